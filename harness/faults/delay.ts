/**
 * Delay: everything on some directed links takes longer, by a fixed latency and a jitter. Order on a connection stays, as with TCP.
 */
import { z } from 'zod';
import { type Duration, durationText, milliseconds } from '../duration.ts';
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
  rounded,
} from './draw.ts';
import { shrinkList, shrinkNumber } from './shrinking.ts';

export interface DelayOptions extends LastingOptions, LinkOptions {
  /** Globs of links to choose from; default: processes and what they talk to, either way. */
  readonly links?: readonly string[];
  /** Least and greatest latency; default 50 ms to 5 s. */
  readonly latency?: { readonly min?: Duration; readonly max?: Duration };
}

export const delayKind = defineKind({
  kind: 'delay',
  fields: {
    links: z.array(linkField).min(1),
    latencyMs: z.number().min(0).max(3_600_000),
    jitterMs: z.number().min(0).max(3_600_000),
  },
  acts: ['disturb'],
  lasting: true,
  draw: (draw, context, given) => {
    const options = given as DelayOptions;
    const forMs = drawDuration(draw, context, { min: options.min ?? '1s', max: options.max ?? '30s' });
    const link = drawLink(draw, context, { links: options.links, toProcess: draw.ratio(1, 2) });
    const latencyMs = rounded(
      draw.logarithmic(
        Math.max(1, milliseconds(options.latency?.min ?? '50ms')),
        milliseconds(options.latency?.max ?? '5s'),
      ),
    );
    const start = drawStart(draw, context, {
      ...answeredOn(link),
      points: options.points,
      forMs,
      tiedOfTen: linksTiedOfTen(options),
    });
    return {
      kind: 'delay',
      ...start,
      for: forMs,
      links: [link],
      latencyMs,
      jitterMs: rounded(draw.integer(0, Math.floor(latencyMs / 2))),
    };
  },
  shrink: (fault) => [
    ...shrinkList(fault, 'links'),
    ...shrinkNumber(fault, 'jitterMs', 0),
    ...shrinkNumber(fault, 'latencyMs', 1),
  ],
  names: (fault) => fault.links.flatMap((link, index) => namesOfLink(`links[${index}]`, link)),
  describe: (fault) => {
    const jitter = fault.jitterMs > 0 ? ` and up to ${durationText(fault.jitterMs)} more` : '';
    return `${listed(fault.links)} slower by ${durationText(fault.latencyMs)}${jitter}, for ${durationText(fault.for ?? 0)}`;
  },
  awaits: nextOnItsLink,
  isNothing: ({ latencyMs, jitterMs }) => latencyMs === 0 && jitterMs === 0,
  apply: ({ world, bite }, { links, latencyMs, jitterMs }) =>
    liftAll(links.map((link) => world.disturb(linkSides(link), { kind: 'latency', latencyMs, jitterMs }, bite))),
});
