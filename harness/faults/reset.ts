/**
 * A reset: every connection between two hosts dies at once, both sides seeing ECONNRESET. On the reply to a `COMMIT`, before its
 * delivery, it is the ambiguous commit: done, and nobody was told.
 */
import { linkSides } from '../labels/glob.ts';
import { defineKind, linkField, namesOfLink, nextOnItsLink, nothingToLift } from './define.ts';
import { type CommonOptions, drawLink, drawStart } from './draw.ts';

export interface ResetOptions extends CommonOptions {
  /** Globs of links to choose from; default: servers to the processes that use them. */
  readonly links?: readonly string[];
}

export const resetKind = defineKind({
  kind: 'reset',
  fields: { link: linkField },
  acts: ['reset'],
  lasting: false,
  draw: (draw, context, given) => {
    const options = given as ResetOptions;
    const drawnLink = drawLink(draw, context, { links: options.links, toProcess: true });
    const near = linkSides(drawnLink).to;
    const start = drawStart(draw, context, { points: options.points, near, link: drawnLink, forMs: 0, tiedOfTen: 10 });
    // A point may lie on another link of that process than the drawn one; what is reset is the link of the message.
    return { kind: 'reset', ...start, link: start.on?.link ?? drawnLink };
  },
  names: (fault) => namesOfLink('link', fault.link),
  describe: (fault) => {
    const { from, to } = linkSides(fault.link);
    return `connections between ${from} and ${to} are reset`;
  },
  awaits: nextOnItsLink,
  apply: ({ world, bite }, { link }) => {
    const count = world.reset(linkSides(link));
    if (count > 0) bite(`${count} connection${count === 1 ? '' : 's'} reset`);
    return nothingToLift;
  },
});
