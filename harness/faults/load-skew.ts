/** A skew of load: a great share of the workload's picks (`t.pick`) fall on the first item, the hot key, for a while. */
import { z } from 'zod';
import { durationText } from '../duration.ts';
import { clientHost } from '../plan/surroundings.ts';
import { defineKind } from './define.ts';
import { drawDuration, drawStart, type LastingOptions } from './draw.ts';

export interface LoadSkewOptions extends LastingOptions {
  /** Greatest share, 0 to 1; default 0.95. */
  readonly share?: number;
}

export const loadSkewKind = defineKind({
  kind: 'load-skew',
  fields: { share: z.number().min(0).max(1) },
  acts: ['disturbLoad'],
  lasting: true,
  draw: (draw, context, given) => {
    const options = given as LoadSkewOptions;
    const forMs = drawDuration(draw, context, { min: options.min ?? '1s', max: options.max ?? '30s' });
    // The workload has no messages of its own that all scenarios share, so it starts by the clock.
    const start = drawStart(draw, context, { points: [], near: clientHost, forMs, tiedOfTen: 0 });
    return {
      kind: 'load-skew',
      ...start,
      for: forMs,
      share: draw.integer(50, Math.max(50, Math.round((options.share ?? 0.95) * 100))) / 100,
    };
  },

  names: () => [],
  describe: ({ share, for: forMs }) =>
    `${Math.round(share * 100)} % of the workload's picks fall on the first item for ${durationText(forMs ?? 0)}`,
  isNothing: ({ share }) => share === 0,
  apply: ({ world, bite }, { share }) => world.disturbLoad({ kind: 'skew', share }, bite),
});
