/**
 * A duplicate: an HTTP request is delivered twice, as a proxy that retries, or a webhook's sender, delivers it. The copy comes on a
 * connection of its own, at once or long after the caller has gone on, and nobody reads its reply. On the link of a client it is an operation
 * of the workload that is delivered twice. Redis and Postgres never see a request twice: TCP does not repeat, and their clients are programs.
 */
import { z } from 'zod';
import { type Duration, durationText, milliseconds } from '../duration.ts';
import { linkSides } from '../labels/glob.ts';
import { type CountShareOptions, countShareFields, drawCountShare, hitsNothing, hitsText } from './count-share.ts';
import { defineKind, linkField, namesOfLink } from './define.ts';
import { drawDuration, drawStart, type LastingOptions, rounded } from './draw.ts';
import { drawExchangeLink } from './exchange.ts';
import { shrinkNumber } from './shrinking.ts';

export interface DuplicateOptions extends LastingOptions, CountShareOptions {
  /** Globs of links to choose from, in the direction of the requests, `client>worker-*` too; default: processes to services. */
  readonly links?: readonly string[];
  /** Globs over requests, one of which is drawn: `POST /charge`; default all. */
  readonly labels?: readonly string[];
  /** Longest time until the copy comes; default 40 s. Half of the copies come at once. */
  readonly delay?: Duration;
}

export const duplicateKind = defineKind({
  kind: 'duplicate',
  fields: {
    link: linkField,
    label: z.string().min(1).default('*'),
    delayMs: z.number().min(0).max(3_600_000),
    ...countShareFields,
  },
  acts: ['tamper'],
  lasting: true,
  draw: (draw, context, given) => {
    const options = given as DuplicateOptions;
    const forMs = drawDuration(draw, context, { min: options.min ?? '1s', max: options.max ?? '20s' });
    const link = drawExchangeLink(draw, context, options.links);
    const start = drawStart(draw, context, { points: options.points, near: linkSides(link).from, link, forMs });
    const delayMaxMs = milliseconds(options.delay ?? '40s');
    const lateMs = rounded(draw.logarithmic(1, Math.max(1, delayMaxMs)));
    return {
      kind: 'duplicate',
      ...start,
      for: forMs,
      link: start.on?.link ?? link,
      label: draw.pick(options.labels ?? ['*']),
      delayMs: draw.ratio(1, 2) || delayMaxMs === 0 ? 0 : lateMs,
      ...drawCountShare(draw, options),
    };
  },
  shrink: (fault) => [...shrinkNumber(fault, 'count', 1), ...shrinkNumber(fault, 'delayMs', 0)],
  names: ({ link }) => namesOfLink('link', link),
  describe: ({ link, label, delayMs, for: forMs, ...hits }) => {
    const { from, to } = linkSides(link);
    const what = label === '*' ? '' : ` "${label}"`;
    const late = delayMs === 0 ? '' : `, the second time ${durationText(delayMs)} later`;
    return `of what ${from} asks of ${to}, ${hitsText(hits)}${what} arrive twice${late}, for ${durationText(forMs ?? 0)}`;
  },
  isNothing: hitsNothing,
  apply: ({ world, bite }, { link, label, delayMs, count, share }) =>
    world.tamper({ link, label, how: { kind: 'duplicate', delayMs }, count, share }, bite),
});
