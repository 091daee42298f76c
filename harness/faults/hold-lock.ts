/**
 * A held lock: a session outside the subject (a migration, a forgotten console) keeps a table lock for a while, and statements that
 * need the table wait behind it.
 */
import { z } from 'zod';
import { durationText } from '../duration.ts';
import { defineKind } from './define.ts';
import { chosen, drawDuration, drawStart, type LastingOptions, type Point } from './draw.ts';
import { strikeWhenRunning } from './process-target.ts';
import { isDown, namesOfServer } from './server-target.ts';

export interface HoldLockOptions extends LastingOptions {
  readonly tables: readonly string[];
  /** Globs of servers; default every Postgres. */
  readonly servers?: readonly string[];
  /** Default `ACCESS EXCLUSIVE`. */
  readonly mode?: 'ACCESS EXCLUSIVE' | 'EXCLUSIVE' | 'SHARE';
}

/** The modes as `pg_locks` names them. */
const lockNames = {
  'ACCESS EXCLUSIVE': 'AccessExclusiveLock',
  EXCLUSIVE: 'ExclusiveLock',
  SHARE: 'ShareLock',
} as const;

export const holdLockKind = defineKind({
  kind: 'hold-lock',
  fields: {
    server: z.string().min(1),
    table: z.string().min(1),
    mode: z.enum(['ACCESS EXCLUSIVE', 'EXCLUSIVE', 'SHARE']),
  },
  acts: ['serverAct'],
  lasting: true,
  draw: (draw, context, given) => {
    const options = given as unknown as HoldLockOptions;
    const server = draw.pick(chosen(context.postgres, options.servers, 'fault.hold-lock: no server'));
    const forMs = drawDuration(draw, context, { min: options.min ?? '500ms', max: options.max ?? '20s' });
    const anyReply: readonly Point[] = context.processes.map((process) => ({ link: `${server}>${process}` }));
    const start = drawStart(draw, context, { points: options.points ?? anyReply, near: server, forMs });
    return {
      kind: 'hold-lock',
      ...start,
      for: forMs,
      server,
      table: draw.pick(options.tables),
      mode: options.mode ?? 'ACCESS EXCLUSIVE',
    };
  },
  names: namesOfServer,
  describe: ({ server, table, mode, for: forMs }) =>
    `another session holds ${table} of ${server} in ${mode} mode for ${durationText(forMs ?? 0)}`,
  apply: ({ world, bite }, { id, server, table, mode }) => {
    let isHeld = false;
    const cancel = strikeWhenRunning(world, () => {
      if (isDown(world, server)) return false;
      isHeld = true;
      const done = world.serverAct(server, 'hold-lock', { id, table, mode: lockNames[mode] });
      if (done !== '') bite(done);
      return true;
    });
    return () => {
      cancel();
      // A crash of the server has released it already.
      if (isHeld && !isDown(world, server)) world.serverAct(server, 'release-locks', { id });
    };
  },
});
