/**
 * A date: the whole run begins shortly before an instant at which calendars are treacherous (a change to or from daylight saving time, the
 * end of a year, a leap day), so that the instant falls into the run. It holds from the first event on.
 */
import { z } from 'zod';
import { defineKind, nothingToLift } from './define.ts';
import type { CommonOptions } from './draw.ts';

export interface CalendarOptions extends CommonOptions {
  /** Instants (ISO 8601, with zone) before which the run may begin; default those of DST in Europe and America, year end, leap day, month end. */
  readonly instants?: readonly string[];
}

const treacherous: readonly string[] = [
  // Clocks go forward: 02:00 local time does not exist.
  '2026-03-08T07:00:00Z',
  '2026-03-29T01:00:00Z',
  // Clocks go back: an hour comes twice.
  '2026-10-25T01:00:00Z',
  '2026-11-01T06:00:00Z',
  // Year end; the ISO week year differs from the calendar's.
  '2027-01-01T00:00:00Z',
  // Leap day, its end, and a short month's end.
  '2028-02-29T00:00:00Z',
  '2028-03-01T00:00:00Z',
  '2026-02-28T23:59:00Z',
  // Seconds since 1970 leave 31 bits.
  '2038-01-19T03:14:08Z',
];

export const calendarKind = defineKind({
  kind: 'calendar',
  fields: { epoch: z.iso.datetime({ offset: true }) },
  acts: ['setting'],
  lasting: false,
  draw: (draw, context, given) => {
    const options = given as CalendarOptions;
    const instant = Date.parse(draw.pick(options.instants ?? treacherous));
    const before = draw.integer(1, Math.max(1, Math.floor(context.durationMs / 2)));
    return { kind: 'calendar', at: 0, epoch: new Date(instant - before).toISOString() };
  },
  names: () => [],
  describe: ({ epoch }) => `the run began at ${epoch}`,
  setting: ({ epoch }) => ({ epoch }),
  apply: ({ world, bite }, { epoch }) => {
    // Another fault may have set another date: this one then is idle, and the run says so.
    if (world.setting.epoch === epoch) bite(`the run began at ${epoch}`);
    return nothingToLift;
  },
});
