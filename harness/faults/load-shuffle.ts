/** Shuffled load: items of the workload (`t.each`) are taken before their turn, by some places, for a while. */
import { z } from 'zod';
import { durationText } from '../duration.ts';
import { clientHost } from '../plan/surroundings.ts';
import { defineKind } from './define.ts';
import { drawDuration, drawStart, type LastingOptions } from './draw.ts';
import { shrinkNumber } from './shrinking.ts';
export interface LoadShuffleOptions extends LastingOptions {
  /** Most places by which an item comes early; default 10. */
  readonly places?: number;
}

export const loadShuffleKind = defineKind({
  kind: 'load-shuffle',
  fields: { places: z.int().min(0).max(100_000) },
  acts: ['disturbLoad'],
  lasting: true,
  draw: (draw, context, given) => {
    const options = given as LoadShuffleOptions;
    const forMs = drawDuration(draw, context, { min: options.min ?? '1s', max: options.max ?? '30s' });
    // The workload has no messages of its own that all scenarios share, so it starts by the clock.
    const start = drawStart(draw, context, { points: [], near: clientHost, forMs, tiedOfTen: 0 });
    return {
      kind: 'load-shuffle',
      ...start,
      for: forMs,
      places: draw.logarithmic(1, Math.max(1, options.places ?? 10)),
    };
  },
  shrink: (fault) => shrinkNumber(fault, 'places', 1),
  names: () => [],
  describe: ({ places, for: forMs }) =>
    `items of the workload come up to ${places} places early for ${durationText(forMs ?? 0)}`,
  isNothing: ({ places }) => places === 0,
  apply: ({ world, bite }, { places }) => world.disturbLoad({ kind: 'shuffle', places }, bite),
});
