/**
 * A full Redis: its `maxmemory` becomes a byte less than what is in use, for a while. Without eviction each command that needs room is answered with an
 * OOM error; with a policy, keys vanish.
 */
import { z } from 'zod';
import { durationText } from '../duration.ts';
import { defineKind } from './define.ts';
import { strikeWhenRunning } from './process-target.ts';
import { drawRestart, isDown, namesOfServer, type RestartOptions } from './server-target.ts';

const policies = ['noeviction', 'allkeys-lru', 'allkeys-random', 'volatile-ttl'] as const;

/** `min` and `max` limit how long it lasts; default 200 ms to 10 s. */
export interface RedisMemoryOptions extends RestartOptions {
  /** Policies to choose from; default `noeviction`, `allkeys-lru`, `allkeys-random`, `volatile-ttl`. */
  readonly policies?: readonly (typeof policies)[number][];
}

export const redisMemoryKind = defineKind({
  kind: 'redis-memory',
  fields: { server: z.string().min(1), policy: z.enum(policies) },
  acts: ['serverAct'],
  lasting: true,
  draw: (draw, context, given) => {
    const options = given as RedisMemoryOptions;
    return {
      ...drawRestart(draw, context, options, { kind: 'redis-memory', servers: context.redis }),
      policy: draw.pick(options.policies ?? policies),
    };
  },
  names: namesOfServer,
  describe: ({ server, policy, for: forMs }) =>
    `the memory of ${server} is full (${policy}) for ${durationText(forMs ?? 0)}`,
  apply: ({ world, bite }, { server, policy }) => {
    let isLimited = false;
    const cancel = strikeWhenRunning(world, () => {
      if (isDown(world, server)) return false;
      const done = world.serverAct(server, 'limit-memory', { policy });
      // Another fault holds the limit: this one waits for its turn.
      if (done === '') return false;
      isLimited = true;
      bite(done);
      return true;
    });
    return () => {
      cancel();
      // A restart has put it back already.
      if (isLimited && !isDown(world, server)) world.serverAct(server, 'restore-memory', {});
    };
  },
});
