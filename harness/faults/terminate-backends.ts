/**
 * Postgres ends connections (`pg_terminate_backend`): the clients see error 57P01 and a close; their transactions roll back and their
 * session locks go. Of one process only, or of all.
 */
import { z } from 'zod';
import { defineKind, nothingToLift } from './define.ts';
import { type CommonOptions, chosen, chosenProcesses, drawStart } from './draw.ts';

export interface TerminateBackendsOptions extends CommonOptions {
  /** Globs of servers; default every Postgres. */
  readonly servers?: readonly string[];
  /** Globs of the processes whose connections end; default all. */
  readonly processes?: readonly string[];
}

export const terminateBackendsKind = defineKind({
  kind: 'terminate-backends',
  fields: {
    server: z.string().min(1),
    /** Whose connections; absent: all. */
    process: z.string().min(1).optional(),
  },
  acts: ['serverAct'],
  lasting: false,
  draw: (draw, context, given) => {
    const options = given as TerminateBackendsOptions;
    const server = draw.pick(chosen(context.postgres, options.servers, 'fault.terminate-backends: no server'));
    const process = draw.pick(chosenProcesses(context, options.processes, 'terminate-backends'));
    const start = drawStart(draw, context, {
      points: options.points,
      near: process,
      link: `${server}>${process}`,
      forMs: 0,
    });
    return { kind: 'terminate-backends', ...start, server, ...(draw.ratio(3, 4) ? { process } : {}) };
  },
  names: ({ server, process }) => [
    { field: 'server', name: server, role: 'server' },
    ...(process === undefined ? [] : [{ field: 'process', name: process, role: 'process' as const }]),
  ],
  describe: ({ server, process }) =>
    `${server} terminates ${process === undefined ? 'all its connections' : `the connections of ${process}`}`,
  apply: ({ world, bite }, { server, process }) => {
    const done = world.serverAct(server, 'terminate-backends', process === undefined ? {} : { host: process });
    if (done !== '') bite(done);
    return nothingToLift;
  },
});
