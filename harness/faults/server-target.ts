/** A fault of one server: what `redis-restart`, `postgres-restart` and the faults inside Postgres have in common. */
import { durationText } from '../duration.ts';
import type { DrawnFault, Fault } from '../plan/format.ts';
import type { Lift, World } from '../world.ts';
import type { NameInside } from './define.ts';
import { chosen, type Draw, drawDuration, drawStart, type LastingOptions, type Point } from './draw.ts';
import type { Application, FaultContext } from './kind.ts';
import { strikeWhenRunning } from './process-target.ts';

export interface RestartOptions extends LastingOptions {
  /** Globs of servers; default all of the type. */
  readonly servers?: readonly string[];
}

/** Draws server, downtime and start; a start on a message takes one between the server and some process. */
export function drawRestart(
  draw: Draw,
  context: FaultContext,
  options: RestartOptions,
  { kind, servers }: { readonly kind: string; readonly servers: readonly string[] },
): DrawnFault & { readonly server: string } {
  const server = draw.pick(chosen(servers, options.servers, `fault.${kind}: no server`));
  const forMs = drawDuration(draw, context, { min: options.min ?? '200ms', max: options.max ?? '10s' });
  const anyReply: readonly Point[] = context.processes.map((process) => ({ link: `${server}>${process}` }));
  const start = drawStart(draw, context, { points: options.points ?? anyReply, near: server, forMs });
  return { kind, ...start, for: forMs, server };
}

export function namesOfServer({ server }: Fault & { readonly server: string }): readonly NameInside[] {
  return [{ field: 'server', name: server, role: 'server' }];
}

export type Loss = 'nothing' | 'unsynced' | 'everything';

const lossText: Readonly<Record<Loss, string>> = {
  nothing: 'keeps its data',
  unsynced: 'loses what was not synced',
  everything: 'loses all its data',
};

/** `redis goes down for 2 s and loses what was not synced`. */
export function restartText(server: string, lose: Loss, forMs: number | undefined): string {
  return `${server} goes down for ${durationText(forMs ?? 0)} and ${lossText[lose]}`;
}

/** Servers that a fault has taken down, by world: one that is down cannot go down again, and cannot be asked for anything. */
const downServers = new WeakMap<World, Set<string>>();

export function isDown(world: World, server: string): boolean {
  return downServers.get(world)?.has(server) ?? false;
}

/** Notes that a fault has taken a server down, or that it is up again. */
export function markDown(world: World, server: string): void {
  downServers.set(world, (downServers.get(world) ?? new Set()).add(server));
}

export function markUp(world: World, server: string): void {
  downServers.get(world)?.delete(server);
}

/** Takes the server down, as soon as it is up; the lift brings it up again. */
export function restartServer({ world, bite }: Application, server: string, lose: Loss): Lift {
  let hasCrashed = false;
  const cancel = strikeWhenRunning(world, () => {
    if (isDown(world, server)) return false;
    markDown(world, server);
    hasCrashed = true;
    world.crashServer(server, lose);
    bite(`${server} down`);
    return true;
  });
  return () => {
    cancel();
    if (!hasCrashed) return;
    hasCrashed = false;
    markUp(world, server);
    world.startServer(server);
  };
}
