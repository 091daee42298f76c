/** A burst of load: the workload sleeps so many times shorter for a while, so that what it does comes all at once. */
import { z } from 'zod';
import { durationText } from '../duration.ts';
import { clientHost } from '../plan/surroundings.ts';
import { defineKind } from './define.ts';
import { drawDuration, drawStart, type LastingOptions } from './draw.ts';
import { shrinkNumber } from './shrinking.ts';
export interface LoadBurstOptions extends LastingOptions {
  /** Greatest factor; default 50. */
  readonly factor?: number;
}

export const loadBurstKind = defineKind({
  kind: 'load-burst',
  fields: { factor: z.number().min(1).max(1_000_000) },
  acts: ['disturbLoad'],
  lasting: true,
  draw: (draw, context, given) => {
    const options = given as LoadBurstOptions;
    const forMs = drawDuration(draw, context, { min: options.min ?? '1s', max: options.max ?? '30s' });
    // The workload has no messages of its own that all scenarios share, so it starts by the clock.
    const start = drawStart(draw, context, { points: [], near: clientHost, forMs, tiedOfTen: 0 });
    return { kind: 'load-burst', ...start, for: forMs, factor: draw.logarithmic(2, Math.max(2, options.factor ?? 50)) };
  },
  shrink: (fault) => shrinkNumber(fault, 'factor', 2),
  names: () => [],
  describe: ({ factor, for: forMs }) => `the workload hurries ${factor} times as much for ${durationText(forMs ?? 0)}`,
  isNothing: ({ factor }) => factor === 1,
  apply: ({ world, bite }, { factor }) => world.disturbLoad({ kind: 'burst', factor }, bite),
});
