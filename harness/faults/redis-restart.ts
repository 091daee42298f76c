/**
 * A restart of Redis: it is down for a while and comes back with all of its data, with what had been synced (the window of
 * `appendfsync everysec`), or with nothing, as a cache without persistence does.
 */
import { z } from 'zod';
import type { Duration } from '../duration.ts';
import { defineKind } from './define.ts';
import {
  drawRestart,
  type Loss,
  namesOfServer,
  type RestartOptions,
  restartServer,
  restartText,
} from './server-target.ts';

export interface RedisRestartOptions extends RestartOptions {
  /** What is lost, or a choice of it; default any of the three. */
  readonly lose?: Loss | readonly Loss[];
  /** The same as `max`: the longest downtime; default 10 s. */
  readonly downFor?: Duration;
}

const losses: readonly Loss[] = ['nothing', 'unsynced', 'everything'];

export const redisRestartKind = defineKind({
  kind: 'redis-restart',
  fields: { server: z.string().min(1), lose: z.enum(['nothing', 'unsynced', 'everything']) },
  acts: ['crashServer', 'startServer'],
  lasting: true,
  draw: (draw, context, given) => {
    const options = given as RedisRestartOptions;
    const { lose = losses } = options;
    const max = options.max ?? options.downFor;
    return {
      ...drawRestart(draw, context, max === undefined ? options : { ...options, max }, {
        kind: 'redis-restart',
        servers: context.redis,
      }),
      lose: draw.pick(typeof lose === 'string' ? [lose] : lose),
    };
  },
  shrink: (fault) => losses.slice(0, losses.indexOf(fault.lose)).map((lose) => ({ ...fault, lose })),
  names: namesOfServer,
  describe: ({ server, lose, for: forMs }) => restartText(server, lose, forMs),
  apply: (application, { server, lose }) => restartServer(application, server, lose),
});
