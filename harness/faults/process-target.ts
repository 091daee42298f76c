/** A fault of one process: what `crash`, `pause` and `exit` have in common. */
import { z } from 'zod';
import type { DrawnFault, Fault } from '../plan/format.ts';
import type { Lift, World } from '../world.ts';
import type { NameInside } from './define.ts';
import { chosenProcesses, type Draw, drawDuration, drawStart, type LastingOptions } from './draw.ts';
import type { FaultContext } from './kind.ts';

export const processFields = { process: z.string().min(1) };

export interface ProcessFaultOptions extends LastingOptions {
  /** Globs of the processes that it may hit; default all. */
  readonly processes?: readonly string[];
}

/** Draws process, duration and start. */
export function drawProcessFault(
  draw: Draw,
  context: FaultContext,
  options: ProcessFaultOptions,
  defaults: { readonly kind: string; readonly min: `${number}ms` | `${number}s`; readonly max: `${number}s` },
): DrawnFault & { readonly process: string } {
  const process = draw.pick(chosenProcesses(context, options.processes, defaults.kind));
  const forMs = drawDuration(draw, context, { min: options.min ?? defaults.min, max: options.max ?? defaults.max });
  const start = drawStart(draw, context, { points: options.points, near: process, forMs });
  return { kind: defaults.kind, ...start, for: forMs, process };
}

export function namesOfProcess({ process }: Fault & { readonly process: string }): readonly NameInside[] {
  return [{ field: 'process', name: process, role: 'process' }];
}

/** How often a fault looks whether its process, or server, is back (ms). */
const lookEveryMs = 100;

/**
 * Tries to hit the target now, and goes on trying while it is down (between a crash and a restart, say), until it is lifted.
 * @param strike returns true when it hit
 */
export function strikeWhenRunning(world: World, strike: () => boolean): Lift {
  let timer: { cancel(): void } | undefined;
  const attempt = () => {
    timer = strike() ? undefined : world.after(lookEveryMs, attempt);
  };
  attempt();
  return () => timer?.cancel();
}
