/**
 * A partition: bytes between two sets of hosts are held, and come late after the heal, as TCP's retransmission would bring them. That
 * late write is the bug class it hunts. Lost bytes are `blackhole`'s affair.
 */
import { z } from 'zod';
import { durationText } from '../duration.ts';
import { defineKind, listed, nextOnItsLink } from './define.ts';
import { drawDuration, drawStart, type LastingOptions, type LinkOptions, linksTiedOfTen } from './draw.ts';
import {
  disturbSides,
  drawSides,
  namesOfSides,
  type SidesOptions,
  shrinkSides,
  sidesFields,
  sidesText,
  tiedLink,
} from './sides.ts';

export interface PartitionOptions extends LastingOptions, LinkOptions, SidesOptions {
  /** What a new connection meets: `hang` (default), or `silent`, as behind a proxy. */
  readonly connect?: 'hang' | 'silent';
}

export const partitionKind = defineKind({
  kind: 'partition',
  fields: { ...sidesFields, connect: z.enum(['hang', 'silent']).default('hang') },
  acts: ['disturb'],
  lasting: true,
  draw: (draw, context, given) => {
    const options = given as PartitionOptions;
    const forMs = drawDuration(draw, context, { min: options.min ?? '500ms', max: options.max ?? '20s' });
    const sides = drawSides(draw, context, options, 'partition');
    const start = drawStart(draw, context, {
      ...tiedLink(sides),
      points: options.points,
      forMs,
      tiedOfTen: linksTiedOfTen(options),
    });
    return { kind: 'partition', ...start, for: forMs, ...sides, connect: options.connect ?? 'hang' };
  },
  shrink: shrinkSides,
  names: namesOfSides,
  describe: (fault) => {
    const [first, second] = fault.between;
    const what =
      fault.direction === 'both' ? `${listed(first)} cut from ${listed(second)}` : `${sidesText(fault)} is held`;
    return `${what} for ${durationText(fault.for ?? 0)}`;
  },
  awaits: nextOnItsLink,
  apply: (application, fault) => disturbSides(application, fault, { kind: 'cut', connect: fault.connect }),
});
