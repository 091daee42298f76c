/**
 * A lost reply: the request was executed, its reply never comes, and the connection is reset. It strikes at the message of its trigger,
 * or, when the clock starts it, at the next reply on its link.
 */
import { z } from 'zod';
import { linkSides } from '../labels/glob.ts';
import { defineKind, linkField, namesOfLink, nothingToLift } from './define.ts';
import { type CommonOptions, drawLink, drawStart } from './draw.ts';

export interface ReplyLostOptions extends CommonOptions {
  /** Globs of links to choose from, in the direction of the replies; default: servers to the processes that use them. */
  readonly links?: readonly string[];
}

export const replyLostKind = defineKind({
  kind: 'reply-lost',
  fields: { link: linkField, label: z.string().min(1).default('*') },
  acts: ['drop'],
  lasting: false,
  rule: ({ on }) => {
    if (on !== undefined && on.message !== 'reply') return { field: 'on', message: 'a lost reply starts on a "reply"' };
    if (on?.when === 'after') return { field: 'on', message: 'a delivered reply cannot be lost; use when: "before"' };
    return undefined;
  },
  draw: (draw, context, given) => {
    const options = given as ReplyLostOptions;
    const drawnLink = drawLink(draw, context, { links: options.links, toProcess: true });
    const near = linkSides(drawnLink).to;
    const points = options.points?.filter(({ message, when }) => (message ?? 'reply') === 'reply' && when !== 'after');
    const { at, on } = drawStart(draw, context, { points, near, link: drawnLink, forMs: 0, tiedOfTen: 10 });
    const trigger = on === undefined ? undefined : { ...on, message: 'reply' as const };
    return {
      kind: 'reply-lost',
      at,
      ...(trigger === undefined ? {} : { on: trigger }),
      link: trigger?.link ?? drawnLink,
      label: trigger?.label ?? '*',
    };
  },
  names: (fault) => namesOfLink('link', fault.link),
  describe: (fault) => {
    const { from, to } = linkSides(fault.link);
    const what = fault.label === '*' ? 'a reply' : `the reply to "${fault.label}"`;
    return `${what} from ${from} to ${to} is lost, its request executed`;
  },
  awaits: ({ link, label }) => ({ link, message: 'reply', label, nth: 1, when: 'before' }),
  apply: ({ world, bite, message }) => {
    if (message === undefined) return nothingToLift;
    world.drop(message);
    bite(`lost "${message.label}"`);
    return nothingToLift;
  },
});
