/**
 * A stalled event loop: a process handles each event late, because something blocks its thread again and again (synchronous work, a
 * chatty garbage collection). Less than a pause: it goes on, but timers, heartbeats and replies all come behind.
 */
import { z } from 'zod';
import { type Duration, durationText, milliseconds } from '../duration.ts';
import { defineKind } from './define.ts';
import { rounded } from './draw.ts';
import { drawProcessFault, namesOfProcess, type ProcessFaultOptions, processFields } from './process-target.ts';
import { shrinkNumber } from './shrinking.ts';

/** `min` and `max` limit how long it lasts; default 500 ms to 30 s. */
export interface StallOptions extends ProcessFaultOptions {
  /** Longest time by which an event is late; default 500 ms. */
  readonly stall?: Duration;
}

export const stallKind = defineKind({
  kind: 'stall',
  fields: { ...processFields, stallMs: z.number().min(0).max(600_000) },
  acts: ['disturbHost'],
  lasting: true,
  draw: (draw, context, options) => {
    const most = Math.max(1, milliseconds((options as StallOptions).stall ?? '500ms'));
    return {
      ...drawProcessFault(draw, context, options, { kind: 'stall', min: '500ms', max: '30s' }),
      stallMs: rounded(draw.logarithmic(Math.min(5, most), most)),
    };
  },
  shrink: (fault) => shrinkNumber(fault, 'stallMs', 1),
  names: namesOfProcess,
  describe: ({ process, stallMs, for: forMs }) =>
    `each event of ${process} takes ${durationText(stallMs)} more for ${durationText(forMs ?? 0)}`,
  isNothing: ({ stallMs }) => stallMs === 0,
  apply: ({ world, bite }, { process, stallMs }) => world.disturbHost(process, { kind: 'stall', stallMs }, bite),
});
