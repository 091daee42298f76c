/** A stepped clock: a host's wall clock jumps once and stays there, as a late time synchronisation or an operator makes it jump. */
import { z } from 'zod';
import { type Duration, durationText, milliseconds } from '../duration.ts';
import { hostsWithClocks } from './clock.ts';
import { defineKind, nothingToLift } from './define.ts';
import { type CommonOptions, drawStart, rounded } from './draw.ts';
import { shrinkTowardsZero } from './shrinking.ts';

export interface ClockStepOptions extends CommonOptions {
  /** Greatest step, either way; default 5 min. */
  readonly step?: Duration;
  /** Globs of hosts, servers too; default all processes. */
  readonly hosts?: readonly string[];
}

export const clockStepKind = defineKind({
  kind: 'clock-step',
  fields: { host: z.string().min(1), stepMs: z.number() },
  acts: ['stepClock'],
  lasting: false,
  draw: (draw, context, given) => {
    const options = given as ClockStepOptions;
    const host = draw.pick(hostsWithClocks(context, options.hosts));
    const stepMax = Math.max(1, milliseconds(options.step ?? '5m'));
    const sign = draw.ratio(1, 2) ? 1 : -1;
    const stepMs = sign * rounded(draw.logarithmic(Math.min(100, stepMax), stepMax));
    return {
      kind: 'clock-step',
      ...drawStart(draw, context, { points: options.points, near: host, forMs: 0 }),
      host,
      stepMs,
    };
  },
  shrink: (fault) => shrinkTowardsZero(fault, 'stepMs'),
  names: ({ host }) => [{ field: 'host', name: host, role: 'host' }],
  describe: ({ host, stepMs }) =>
    `the clock of ${host} steps ${stepMs < 0 ? 'back' : 'forward'} by ${durationText(Math.abs(stepMs))}`,
  isNothing: ({ stepMs }) => stepMs === 0,
  apply: ({ world, bite }, { host, stepMs }) => {
    world.stepClock(host, stepMs, bite);
    return nothingToLift;
  },
});
