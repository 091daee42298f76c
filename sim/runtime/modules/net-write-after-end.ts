/** What becomes of `write` on a socket without half-open mode once the other side has ended. */
import { Duplex } from 'node:stream';

/** Taken at load: while a process is current, the bare name is its own. */
const { nextTick } = process;

interface Socket extends Duplex {
  allowHalfOpen: boolean;
}
type WriteCallback = (error?: Error | null) => void;

/** Without half-open sockets a write after the other side's end is that side's fault. */
export function onReadableEnd(this: Socket): void {
  if (!this.allowHalfOpen) this.write = writeAfterEnd as typeof this.write;
}

function writeAfterEnd(this: Socket, ...args: unknown[]): boolean {
  if (!this.writableEnded) return (Duplex.prototype.write as (...values: unknown[]) => boolean).apply(this, args);
  const callback = args.find((argument) => typeof argument === 'function') as WriteCallback | undefined;
  const error = Object.assign(new Error('This socket has been ended by the other party'), { code: 'EPIPE' });
  if (callback !== undefined) nextTick(callback, error);
  this.destroy(error);
  return false;
}
