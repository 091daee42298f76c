/**
 * A wrong clock: a host's wall clock is off by some time, or runs fast or slow, for a while. True time, and the other hosts, stay as
 * they are. Monotonic time drifts along, but does not jump.
 */
import { z } from 'zod';
import { type Duration, durationText, milliseconds } from '../duration.ts';
import { defineKind } from './define.ts';
import { chosen, drawDuration, drawStart, type LastingOptions, rounded, serversOf } from './draw.ts';
import { shrinkTowardsZero } from './shrinking.ts';

export interface ClockOptions extends LastingOptions {
  /** Greatest offset, either way; default 5 min. Zero: no offsets. */
  readonly offset?: Duration;
  /** Greatest rate error in parts per million, either way; default 10,000 (1 %). Zero: no drift. */
  readonly drift?: number;
  /** Globs of hosts, servers too; default all processes. */
  readonly hosts?: readonly string[];
}

export const clockKind = defineKind({
  kind: 'clock',
  fields: {
    host: z.string().min(1),
    offsetMs: z.number().optional(),
    driftPpm: z.number().min(-500_000).max(500_000).optional(),
  },
  acts: ['shiftClock'],
  lasting: true,
  rule: ({ offsetMs, driftPpm }) =>
    offsetMs === undefined && driftPpm === undefined
      ? { field: 'offsetMs', message: 'a clock fault has "offsetMs" or "driftPpm"; this one has neither' }
      : undefined,
  draw: (draw, context, given) => {
    const options = given as ClockOptions;
    const host = draw.pick(hostsWithClocks(context, options.hosts));
    const forMs = drawDuration(draw, context, { min: options.min ?? '5s', max: options.max ?? '60s' });
    const offsetMax = milliseconds(options.offset ?? '5m');
    const driftMax = options.drift ?? 10_000;
    const sign = draw.ratio(1, 2) ? 1 : -1;
    const isOffset = driftMax === 0 || (offsetMax > 0 && draw.ratio(1, 2));
    const wrong = isOffset
      ? { offsetMs: sign * rounded(draw.logarithmic(Math.min(100, Math.max(1, offsetMax)), Math.max(1, offsetMax))) }
      : { driftPpm: sign * draw.logarithmic(Math.min(10, driftMax), driftMax) };
    return {
      kind: 'clock',
      ...drawStart(draw, context, { points: options.points, near: host, forMs }),
      for: forMs,
      host,
      ...wrong,
    };
  },
  shrink: (fault) => [...shrinkTowardsZero(fault, 'offsetMs'), ...shrinkTowardsZero(fault, 'driftPpm')],
  names: ({ host }) => [{ field: 'host', name: host, role: 'host' }],
  describe: ({ host, offsetMs = 0, driftPpm = 0, for: forMs }) => {
    const parts = [
      ...(offsetMs === 0 ? [] : [`is ${durationText(Math.abs(offsetMs))} ${offsetMs > 0 ? 'ahead' : 'behind'}`]),
      ...(driftPpm === 0 ? [] : [`runs ${Math.abs(driftPpm)} ppm ${driftPpm > 0 ? 'fast' : 'slow'}`]),
    ];
    return `the clock of ${host} ${parts.join(' and ') || 'is right'} for ${durationText(forMs ?? 0)}`;
  },
  isNothing: ({ offsetMs = 0, driftPpm = 0 }) => offsetMs === 0 && driftPpm === 0,
  apply: ({ world, bite }, { host, offsetMs, driftPpm }) =>
    world.shiftClock(
      host,
      { ...(offsetMs === undefined ? {} : { offsetMs }), ...(driftPpm === undefined ? {} : { driftPpm }) },
      bite,
    ),
});

/** Hosts that a clock fault may hit. */
export function hostsWithClocks(
  context: Parameters<typeof serversOf>[0],
  globs: readonly string[] | undefined,
): readonly string[] {
  if (globs === undefined) return chosen(context.processes, undefined, 'fault.clock: no process');
  return chosen([...context.processes, ...serversOf(context)], globs, 'fault.clock: no host');
}
