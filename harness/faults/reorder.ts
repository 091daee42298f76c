/**
 * Reordering: a message waits on its way until messages of other connections to the same host have overtaken it. One connection never
 * reorders what it carries; two do, and so do two workers. Items of the workload out of order are `load-shuffle`'s affair.
 */
import { z } from 'zod';
import { durationText } from '../duration.ts';
import { linkSides } from '../labels/glob.ts';
import type { Lift } from '../world.ts';
import { defineKind, linkField, namesOfLink, nextOnItsLink, nothingToLift } from './define.ts';
import { drawDuration, drawLink, drawStart, type LastingOptions } from './draw.ts';
import { shrinkNumber } from './shrinking.ts';

/** `min` and `max` limit how long it waits at most; default 1 s to 20 s. */
export interface ReorderOptions extends LastingOptions {
  /** Globs of links to choose from, in the direction of the requests; default: processes to what they talk to. */
  readonly links?: readonly string[];
  /** Most messages that overtake it; default 20. */
  readonly overtakenBy?: number;
}

export const reorderKind = defineKind({
  kind: 'reorder',
  fields: { link: linkField, overtakenBy: z.int().min(1).max(100_000) },
  acts: ['hold', 'watch'],
  lasting: true,
  rule: ({ on }) =>
    on?.when === 'after'
      ? { field: 'on', message: 'a delivered message cannot be overtaken; use when: "before"' }
      : undefined,
  draw: (draw, context, given) => {
    const options = given as ReorderOptions;
    const forMs = drawDuration(draw, context, { min: options.min ?? '1s', max: options.max ?? '20s' });
    const link = drawLink(draw, context, { links: options.links, toProcess: false });
    const points = options.points?.filter(({ when }) => when !== 'after');
    const near = linkSides(link).from;
    const start = drawStart(draw, context, { points, near, link, forMs, tiedOfTen: 10 });
    const on = start.on === undefined ? {} : { on: { ...start.on, message: 'request' as const } };
    return {
      kind: 'reorder',
      at: start.at,
      ...on,
      for: forMs,
      link: start.on?.link ?? link,
      overtakenBy: draw.logarithmic(1, options.overtakenBy ?? 20),
    };
  },
  shrink: (fault) => shrinkNumber(fault, 'overtakenBy', 1),
  names: ({ link }) => namesOfLink('link', link),
  describe: ({ link, overtakenBy, for: forMs }) => {
    const { from, to } = linkSides(link);
    return `a request from ${from} to ${to} waits until ${overtakenBy} of other connections have overtaken it, ${durationText(forMs ?? 0)} at most`;
  },
  awaits: (fault) =>
    nextOnItsLink(fault) ?? { link: fault.link, message: 'request', label: '*', nth: 1, when: 'before' },
  apply: ({ world, bite, message }, { overtakenBy }) => {
    if (message === undefined) return nothingToLift;
    const release = world.hold(message);
    const others = { link: `*>${message.link.to}`, message: message.type, label: '*', nth: 1, when: 'after' } as const;
    let stopLooking: Lift = nothingToLift;
    let count = 0;
    const look = (): void => {
      stopLooking = world.watch(others, (other) => {
        stopLooking();
        if (other.connection !== message.connection) {
          count += 1;
          bite(`"${other.label}" overtook "${message.label}"`);
        }
        if (count < overtakenBy) look();
        else release();
      });
    };
    look();
    return () => {
      stopLooking();
      release();
    };
  },
});
