/**
 * A reset at COMMIT: the connection of a transaction dies around its commit. With the reply it is the ambiguous commit, done and nobody
 * told; with the request it never happened. The program sees the same error both times.
 */
import { z } from 'zod';
import { linkSides } from '../labels/glob.ts';
import { defineKind, linkField, namesOfLink, nothingToLift } from './define.ts';
import { type CommonOptions, chosen, chosenProcesses, drawStart, type Point } from './draw.ts';

export interface ResetAtCommitOptions extends CommonOptions {
  /** Globs of servers; default every Postgres. */
  readonly servers?: readonly string[];
  /** Globs of the processes; default all. */
  readonly processes?: readonly string[];
  /** True: the commit was done; false: it was not. Default both, done in two of three cases. */
  readonly committed?: boolean;
}

export const resetAtCommitKind = defineKind({
  kind: 'reset-at-commit',
  fields: { link: linkField, committed: z.boolean() },
  acts: ['reset'],
  lasting: false,
  draw: (draw, context, given) => {
    const options = given as ResetAtCommitOptions;
    const server = draw.pick(chosen(context.postgres, options.servers, 'fault.reset-at-commit: no server'));
    const process = draw.pick(chosenProcesses(context, options.processes, 'reset-at-commit'));
    const drawnCommitted = draw.ratio(2, 3);
    const committed = options.committed ?? drawnCommitted;
    const link = committed ? `${server}>${process}` : `${process}>${server}`;
    const point: Point = { link, message: committed ? 'reply' : 'request', label: 'COMMIT', when: 'before' };
    const start = drawStart(draw, context, { points: [point], near: process, forMs: 0, tiedOfTen: 10 });
    return { kind: 'reset-at-commit', ...start, link, committed };
  },
  names: ({ link }) => namesOfLink('link', link),
  describe: ({ link, committed }) => {
    const { from, to } = linkSides(link);
    return `the connections between ${from} and ${to} are reset at a COMMIT, which was ${committed ? 'done' : 'not done'}`;
  },
  awaits: ({ link, committed }) => ({
    link,
    message: committed ? 'reply' : 'request',
    label: 'COMMIT',
    nth: 1,
    when: 'before',
  }),
  apply: ({ world, bite, message }, { link }) => {
    if (message === undefined) return nothingToLift;
    const count = world.reset(linkSides(link));
    if (count > 0) bite(`reset at "${message.label}"`);
    return nothingToLift;
  },
});
