/**
 * A connection limit: Postgres takes no more than so many connections for a while, and answers others with 53300. Those that are open
 * stay open, so it bites who connects anew: a pool that grows, a process that starts.
 */
import { z } from 'zod';
import { durationText } from '../duration.ts';
import { defineKind } from './define.ts';
import { chosen, drawDuration, drawStart, type LastingOptions, type Point } from './draw.ts';
import { strikeWhenRunning } from './process-target.ts';
import { isDown, namesOfServer } from './server-target.ts';

export interface ConnectionLimitOptions extends LastingOptions {
  /** Globs of servers; default every Postgres. */
  readonly servers?: readonly string[];
  /** Greatest limit; default 10. Half of the limits are 0: none can connect. */
  readonly limit?: number;
}

export const connectionLimitKind = defineKind({
  kind: 'connection-limit',
  fields: { server: z.string().min(1), limit: z.int().min(0).max(10_000) },
  acts: ['serverAct'],
  lasting: true,
  draw: (draw, context, given) => {
    const options = given as ConnectionLimitOptions;
    const server = draw.pick(chosen(context.postgres, options.servers, 'fault.connection-limit: no server'));
    const forMs = drawDuration(draw, context, { min: options.min ?? '1s', max: options.max ?? '20s' });
    const anyReply: readonly Point[] = context.processes.map((process) => ({ link: `${server}>${process}` }));
    const start = drawStart(draw, context, { points: options.points ?? anyReply, near: server, forMs });
    const most = options.limit ?? 10;
    return {
      kind: 'connection-limit',
      ...start,
      for: forMs,
      server,
      limit: draw.ratio(1, 2) ? 0 : draw.integer(0, most),
    };
  },
  names: namesOfServer,
  describe: ({ server, limit, for: forMs }) =>
    `${server} takes ${limit === 0 ? 'no new connections' : `${limit} connections at most`} for ${durationText(forMs ?? 0)}`,
  apply: ({ world, bite }, { id, server, limit }) => {
    let isLimited = false;
    const cancel = strikeWhenRunning(world, () => {
      if (isDown(world, server)) return false;
      isLimited = true;
      bite(world.serverAct(server, 'limit-connections', { id, max: limit }));
      return true;
    });
    return () => {
      cancel();
      if (isLimited && !isDown(world, server)) world.serverAct(server, 'lift-connection-limit', { id });
    };
  },
});
