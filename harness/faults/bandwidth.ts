/** Bandwidth: some directed links carry only so many bytes a second; what does not fit queues up and comes later. */
import { z } from 'zod';
import { durationText } from '../duration.ts';
import { linkSides } from '../labels/glob.ts';
import { defineKind, liftAll, linkField, listed, namesOfLink, nextOnItsLink } from './define.ts';
import {
  answeredOn,
  drawDuration,
  drawLink,
  drawStart,
  type LastingOptions,
  type LinkOptions,
  linksTiedOfTen,
} from './draw.ts';
import { shrinkList } from './shrinking.ts';

export interface BandwidthOptions extends LastingOptions, LinkOptions {
  /** Globs of links to choose from; default: processes and what they talk to, either way. */
  readonly links?: readonly string[];
  /** Least and greatest rate in bytes a second; default 100 to 100,000. */
  readonly bytesPerSecond?: { readonly min?: number; readonly max?: number };
}

export const bandwidthKind = defineKind({
  kind: 'bandwidth',
  fields: { links: z.array(linkField).min(1), bytesPerSecond: z.number().min(1) },
  acts: ['disturb'],
  lasting: true,
  draw: (draw, context, given) => {
    const options = given as BandwidthOptions;
    const forMs = drawDuration(draw, context, { min: options.min ?? '1s', max: options.max ?? '30s' });
    const link = drawLink(draw, context, { links: options.links, toProcess: draw.ratio(1, 2) });
    const { min = 100, max = 100_000 } = options.bytesPerSecond ?? {};
    const start = drawStart(draw, context, {
      ...answeredOn(link),
      points: options.points,
      forMs,
      tiedOfTen: linksTiedOfTen(options),
    });
    return {
      kind: 'bandwidth',
      ...start,
      for: forMs,
      links: [link],
      bytesPerSecond: draw.logarithmic(Math.max(1, min), max),
    };
  },
  // A higher rate disturbs less but is a larger number, so the rate stays as it is.
  shrink: (fault) => shrinkList(fault, 'links'),
  names: (fault) => fault.links.flatMap((link, index) => namesOfLink(`links[${index}]`, link)),
  describe: (fault) =>
    `${listed(fault.links)} limited to ${fault.bytesPerSecond} bytes a second for ${durationText(fault.for ?? 0)}`,
  awaits: nextOnItsLink,
  apply: ({ world, bite }, { links, bytesPerSecond }) =>
    liftAll(links.map((link) => world.disturb(linkSides(link), { kind: 'bandwidth', bytesPerSecond }, bite))),
});
