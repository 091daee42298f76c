/**
 * A fault of an HTTP service, made on its link, so that service and caller are unmodified: the request is refused before it arrives, or
 * executed and answered with an error all the same; its reply is corrupted, broken off or late. It hits the requests that match while it is
 * in force.
 */
import { z } from 'zod';
import { type Duration, durationText, milliseconds } from '../duration.ts';
import { linkSides } from '../labels/glob.ts';
import type { Tampering } from '../world.ts';
import { type CountShareOptions, countShareFields, drawCountShare, hitsNothing, hitsText } from './count-share.ts';
import { defineKind, linkField, namesOfLink } from './define.ts';
import { drawDuration, drawStart, type LastingOptions, rounded } from './draw.ts';
import { drawExchangeLink } from './exchange.ts';
import { shrinkNumber } from './shrinking.ts';

const hows = ['refuse', 'error-after-effect', 'corrupt', 'truncate', 'delay-request', 'delay-reply'] as const;
type How = (typeof hows)[number];

export interface HttpOptions extends LastingOptions, CountShareOptions {
  /** Globs of links to choose from, in the direction of the requests; default: processes to services. */
  readonly links?: readonly string[];
  /** Globs over requests, one of which is drawn: `POST /charge`; default all. */
  readonly labels?: readonly string[];
  /** What may happen; default any. `refuse`: not executed, and answered with an error; `error-after-effect`: executed, and answered with an error. */
  readonly how?: readonly How[];
  /** Statuses of errors; default 500, 502, 503, 429 for `refuse`, and 500, 502, 504 after an effect. */
  readonly status?: readonly number[];
  /** Longest delay; default 30 s. */
  readonly delay?: Duration;
}

export const httpKind = defineKind({
  kind: 'http',
  fields: {
    link: linkField,
    label: z.string().min(1).default('*'),
    how: z.enum(hows),
    status: z.int().min(400).max(599).optional(),
    delayMs: z.number().min(0).max(3_600_000).optional(),
    ...countShareFields,
  },
  acts: ['tamper'],
  lasting: true,
  rule: ({ how, status, delayMs }) => {
    if (answersError(how) && status === undefined)
      return { field: 'status', message: `"${how}" needs a "status" of 400 to 599` };
    if (how.startsWith('delay') && delayMs === undefined)
      return { field: 'delayMs', message: `"${how}" needs "delayMs"` };
    return undefined;
  },
  draw: (draw, context, given) => {
    const options = given as HttpOptions;
    const forMs = drawDuration(draw, context, { min: options.min ?? '1s', max: options.max ?? '20s' });
    const link = drawExchangeLink(draw, context, options.links);
    const how = draw.pick(options.how ?? hows);
    const statuses = options.status ?? (how === 'refuse' ? [500, 502, 503, 429] : [500, 502, 504]);
    const start = drawStart(draw, context, { points: options.points, near: linkSides(link).from, link, forMs });
    const delayMs = rounded(draw.logarithmic(100, Math.max(100, milliseconds(options.delay ?? '30s'))));
    return {
      kind: 'http',
      ...start,
      for: forMs,
      link: start.on?.link ?? link,
      label: draw.pick(options.labels ?? ['*']),
      how,
      ...(answersError(how) ? { status: draw.pick(statuses) } : {}),
      ...(how.startsWith('delay') ? { delayMs } : {}),
      ...drawCountShare(draw, options),
    };
  },
  shrink: (fault) => [...shrinkNumber(fault, 'count', 1), ...shrinkNumber(fault, 'delayMs', 1)],
  names: ({ link }) => namesOfLink('link', link),
  describe: ({ link, label, how, status, delayMs, for: forMs, ...hits }) => {
    const { from, to } = linkSides(link);
    const what = label === '*' ? '' : ` "${label}"`;
    return `of what ${from} asks of ${to}, ${hitsText(hits)}${what} ${fateText(how, status, delayMs)}, for ${durationText(forMs ?? 0)}`;
  },
  isNothing: (fault) => hitsNothing(fault) || fault.delayMs === 0,
  apply: ({ world, bite }, { link, label, how, status, delayMs, count, share }) =>
    world.tamper({ link, label, how: tampering(how, status, delayMs), count, share }, bite),
});

function answersError(how: How): boolean {
  return how === 'refuse' || how === 'error-after-effect';
}

function tampering(how: How, status = 500, delayMs = 0): Tampering {
  switch (how) {
    case 'refuse':
      return { kind: 'refuse', status };
    case 'error-after-effect':
      return { kind: 'replace', status };
    case 'corrupt':
    case 'truncate':
      return { kind: how };
    case 'delay-request':
    case 'delay-reply':
      return { kind: how, delayMs };
  }
}

function fateText(how: How, status: number | undefined, delayMs = 0): string {
  switch (how) {
    case 'refuse':
      return `are answered ${status} and not executed`;
    case 'error-after-effect':
      return `are executed and answered ${status}`;
    case 'corrupt':
      return 'get a corrupted reply';
    case 'truncate':
      return 'get a reply that breaks off';
    case 'delay-request':
      return `arrive ${durationText(delayMs)} late`;
    case 'delay-reply':
      return `are answered ${durationText(delayMs)} late`;
  }
}
