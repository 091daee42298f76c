/**
 * `node:diagnostics_channel` with a registry for each process: a subscriber in one process does not hear another's messages. Channels
 * on which Node's own `http` publishes are fed from the realm's, with what happens in this process.
 */
import * as real from 'node:diagnostics_channel';
import type { VirtualProcess } from '../process.ts';
import { invalidArgumentType } from './errors.ts';

type Name = string | symbol;
type Channel = real.Channel;
const RealChannel = (real as unknown as { Channel: new (name: Name) => Channel }).Channel;

/** `node:diagnostics_channel` of one incarnation. */
export function createDiagnosticsChannel(process: VirtualProcess): Record<string, unknown> {
  const channels = new Map<Name, Channel>();
  const channel = (name: Name): Channel => {
    const known = channels.get(name);
    if (known !== undefined) return known;
    if (typeof name !== 'string' && typeof name !== 'symbol')
      throw invalidArgumentType('channel', 'one of type string or symbol', name);
    // The realm registers every channel by name: this one under a name that nobody else can know.
    const made = new RealChannel(Symbol('seedstorm'));
    (made as { name: Name }).name = name;
    channels.set(name, made);
    if (typeof name === 'string' && name.startsWith('http.')) forward(name, made);
    return made;
  };
  const forward = (name: string, to: Channel): void => {
    const listener = (message: unknown): void => {
      if (process.kernel.current === process) to.publish(message);
    };
    real.subscribe(name, listener);
    process.hold({ release: () => void real.unsubscribe(name, listener) });
  };
  const parts = ['start', 'end', 'asyncStart', 'asyncEnd', 'error'] as const;
  return {
    channel,
    hasSubscribers: (name: Name) => channels.get(name)?.hasSubscribers ?? false,
    subscribe: (name: Name, listener: real.ChannelListener) => channel(name).subscribe(listener),
    unsubscribe: (name: Name, listener: real.ChannelListener) => channel(name).unsubscribe(listener),
    tracingChannel: (given: string | object) =>
      real.tracingChannel(
        typeof given === 'string'
          ? (Object.fromEntries(parts.map((part) => [part, channel(`tracing:${given}:${part}`)])) as never)
          : (given as never),
      ),
    Channel: RealChannel,
  };
}
