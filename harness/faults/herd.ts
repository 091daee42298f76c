/**
 * A herd: several processes are killed at the same instant, and all are started again at the same instant, so that their first requests,
 * timers and retries fall together (a deployment that takes all at once, a power cut).
 */
import { z } from 'zod';
import { durationText } from '../duration.ts';
import { defineKind, listed } from './define.ts';
import { chosenProcesses, drawDuration, drawStart, type LastingOptions } from './draw.ts';
import { strikeWhenRunning } from './process-target.ts';
import { shrinkList } from './shrinking.ts';

/** `min` and `max` limit the time that they are down; default 200 ms to 10 s. */
export interface HerdOptions extends LastingOptions {
  /** Globs of the processes; default all. */
  readonly processes?: readonly string[];
}

export const herdKind = defineKind({
  kind: 'herd',
  fields: { processes: z.array(z.string().min(1)).min(1) },
  acts: ['kill', 'start'],
  lasting: true,
  draw: (draw, context, given) => {
    const options = given as HerdOptions;
    const processes = chosenProcesses(context, options.processes, 'herd');
    const forMs = drawDuration(draw, context, { min: options.min ?? '200ms', max: options.max ?? '10s' });
    const start = drawStart(draw, context, { points: options.points, near: draw.pick(processes), forMs });
    return { kind: 'herd', ...start, for: forMs, processes: [...processes] };
  },
  shrink: (fault) => shrinkList(fault, 'processes'),
  names: ({ processes }) => processes.map((name, index) => ({ field: `processes[${index}]`, name, role: 'process' })),
  describe: ({ processes, for: forMs }) =>
    `${listed(processes)} ${processes.length === 1 ? 'is' : 'are'} killed at once, and started again at once after ${durationText(forMs ?? 0)}`,
  apply: ({ world, bite }, { processes }) => {
    let killed: readonly string[] = [];
    const cancel = strikeWhenRunning(world, () => {
      killed = processes.filter((process) => world.kill(process));
      if (killed.length > 0) bite(`${listed(killed)} killed`);
      return killed.length > 0;
    });
    return () => {
      cancel();
      for (const process of killed) world.start(process);
    };
  },
});
