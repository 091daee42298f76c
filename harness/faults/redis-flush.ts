/**
 * A flushed Redis: an operator, or a deployment, removes all keys (FLUSHALL), or all scripts (SCRIPT FLUSH), while clients work. Its
 * connections stay.
 */
import { z } from 'zod';
import { defineKind, nothingToLift } from './define.ts';
import { type CommonOptions, chosen, drawStart, type Point } from './draw.ts';
import { isDown, namesOfServer } from './server-target.ts';

export interface RedisFlushOptions extends CommonOptions {
  /** Globs of servers; default every Redis. */
  readonly servers?: readonly string[];
  /** What goes; default `keys`. */
  readonly what?: 'keys' | 'scripts';
}

export const redisFlushKind = defineKind({
  kind: 'redis-flush',
  fields: { server: z.string().min(1), what: z.enum(['keys', 'scripts']).default('keys') },
  acts: ['serverAct'],
  lasting: false,
  draw: (draw, context, given) => {
    const options = given as RedisFlushOptions;
    const server = draw.pick(chosen(context.redis, options.servers, 'fault.redis-flush: no server'));
    const anyReply: readonly Point[] = context.processes.map((process) => ({ link: `${server}>${process}` }));
    const start = drawStart(draw, context, { points: options.points ?? anyReply, near: server, forMs: 0 });
    return { kind: 'redis-flush', ...start, server, what: options.what ?? 'keys' };
  },
  names: namesOfServer,
  describe: ({ server, what }) => `all ${what} of ${server} are removed`,
  apply: ({ world, bite }, { server, what }) => {
    if (isDown(world, server)) return nothingToLift;
    bite(world.serverAct(server, what === 'keys' ? 'flush' : 'flush-scripts', {}));
    return nothingToLift;
  },
});
