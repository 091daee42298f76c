/**
 * A restart of Postgres: all connections end, session locks and unfinished transactions are gone, committed data stays. With `lose:
 * 'unsynced'` commits made under `synchronous_commit = off` may go too.
 */
import { z } from 'zod';
import { defineKind } from './define.ts';
import { drawRestart, namesOfServer, type RestartOptions, restartServer, restartText } from './server-target.ts';

export interface PostgresRestartOptions extends RestartOptions {
  /** Default `nothing`. */
  readonly lose?: 'nothing' | 'unsynced';
}

export const postgresRestartKind = defineKind({
  kind: 'postgres-restart',
  fields: { server: z.string().min(1), lose: z.enum(['nothing', 'unsynced']).default('nothing') },
  acts: ['crashServer', 'startServer'],
  lasting: true,
  draw: (draw, context, given) => {
    const options = given as PostgresRestartOptions;
    return {
      ...drawRestart(draw, context, options, { kind: 'postgres-restart', servers: context.postgres }),
      lose: options.lose ?? 'nothing',
    };
  },
  shrink: (fault) => (fault.lose === 'unsynced' ? [{ ...fault, lose: 'nothing' }] : []),
  names: namesOfServer,
  describe: ({ server, lose, for: forMs }) => restartText(server, lose, forMs),
  apply: (application, { server, lose }) => restartServer(application, server, lose),
});
