/**
 * A late request: a request, and what follows it on its link, is held for a while and then arrives, long after its caller gave up, took
 * another way or lost its lease. It strikes at the message of its trigger, or, when the clock starts it, at the next request on its link.
 */
import { durationText } from '../duration.ts';
import { linkSides } from '../labels/glob.ts';
import { defineKind, linkField, namesOfLink, nextOnItsLink } from './define.ts';
import { drawDuration, drawLink, drawStart, type LastingOptions } from './draw.ts';

/** `min` and `max` limit how late it comes; default 1 s to 40 s. */
export interface LateRequestOptions extends LastingOptions {
  /** Globs of links to choose from, in the direction of the requests; default: processes to what they talk to. */
  readonly links?: readonly string[];
}

export const lateRequestKind = defineKind({
  kind: 'late-request',
  fields: { link: linkField },
  acts: ['disturb'],
  lasting: true,
  rule: ({ on }) => {
    if (on !== undefined && on.message !== 'request')
      return { field: 'on', message: 'a late request starts on a "request"' };
    if (on?.when === 'after') return { field: 'on', message: 'a delivered request cannot be late; use when: "before"' };
    return undefined;
  },
  draw: (draw, context, given) => {
    const options = given as LateRequestOptions;
    const forMs = drawDuration(draw, context, { min: options.min ?? '1s', max: options.max ?? '40s' });
    const link = drawLink(draw, context, { links: options.links, toProcess: false });
    const points = options.points?.filter(({ message, when }) => message === 'request' && when !== 'after');
    const near = linkSides(link).from;
    const { at, on } = drawStart(draw, context, { points, near, link, forMs, tiedOfTen: 10 });
    const trigger = on === undefined ? undefined : { ...on, message: 'request' as const };
    return {
      kind: 'late-request',
      at,
      ...(trigger === undefined ? {} : { on: trigger }),
      for: forMs,
      link: trigger?.link ?? link,
    };
  },
  names: ({ link }) => namesOfLink('link', link),
  describe: ({ link, for: forMs }) => {
    const { from, to } = linkSides(link);
    return `a request from ${from} to ${to} arrives ${durationText(forMs ?? 0)} late, and so does what follows it`;
  },
  awaits: (fault) =>
    nextOnItsLink(fault) ?? { link: fault.link, message: 'request', label: '*', nth: 1, when: 'before' },
  apply: ({ world, bite, message }, { link }) =>
    world.disturb(message?.link ?? linkSides(link), { kind: 'cut', connect: 'hang' }, bite),
});
