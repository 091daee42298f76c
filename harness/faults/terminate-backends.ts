/**
 * Postgres ends all its connections (`pg_terminate_backend`): the clients see error 57P01 and a close; their transactions roll back and
 * their session locks go. Connections of one process only are `reset`'s affair.
 */
import { z } from 'zod';
import { defineKind, nothingToLift } from './define.ts';
import { type CommonOptions, chosen, drawStart, type Point } from './draw.ts';
import { isDown, namesOfServer } from './server-target.ts';

export interface TerminateBackendsOptions extends CommonOptions {
  /** Globs of servers; default every Postgres. */
  readonly servers?: readonly string[];
}

export const terminateBackendsKind = defineKind({
  kind: 'terminate-backends',
  fields: { server: z.string().min(1) },
  acts: ['serverAct'],
  lasting: false,
  draw: (draw, context, given) => {
    const options = given as TerminateBackendsOptions;
    const server = draw.pick(chosen(context.postgres, options.servers, 'fault.terminate-backends: no server'));
    const anyReply: readonly Point[] = context.processes.map((process) => ({ link: `${server}>${process}` }));
    const start = drawStart(draw, context, { points: options.points ?? anyReply, near: server, forMs: 0 });
    return { kind: 'terminate-backends', ...start, server };
  },
  names: namesOfServer,
  describe: ({ server }) => `${server} terminates all its connections`,
  apply: ({ world, bite }, { server }) => {
    if (isDown(world, server)) return nothingToLift;
    const done = world.serverAct(server, 'terminate-backends', {});
    if (done !== '') bite(done);
    return nothingToLift;
  },
});
