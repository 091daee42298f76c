/**
 * A paused Redis (CLIENT PAUSE): connections stay open and commands wait, all of them or only writes; then they are done, in order. A
 * failover, and an operator, do this.
 */
import { z } from 'zod';
import { durationText } from '../duration.ts';
import { defineKind } from './define.ts';
import { strikeWhenRunning } from './process-target.ts';
import { drawRestart, isDown, namesOfServer, type RestartOptions } from './server-target.ts';

/** `min` and `max` limit the pause; default 200 ms to 10 s. */
export interface RedisPauseOptions extends RestartOptions {
  /** What waits; default either. */
  readonly mode?: 'all' | 'write';
}

export const redisPauseKind = defineKind({
  kind: 'redis-pause',
  fields: { server: z.string().min(1), mode: z.enum(['all', 'write']).default('all') },
  acts: ['serverAct'],
  lasting: true,
  draw: (draw, context, given) => {
    const options = given as RedisPauseOptions;
    const mode = draw.pick(['all', 'write'] as const);
    return {
      ...drawRestart(draw, context, options, { kind: 'redis-pause', servers: context.redis }),
      mode: options.mode ?? mode,
    };
  },
  shrink: (fault) => (fault.mode === 'all' ? [{ ...fault, mode: 'write' }] : []),
  names: namesOfServer,
  describe: ({ server, mode, for: forMs }) =>
    `${mode === 'all' ? 'commands' : 'writes'} to ${server} wait for ${durationText(forMs ?? 0)}`,
  isNothing: (fault) => fault.for === 0,
  apply: ({ world, bite }, { server, mode, for: forMs }) =>
    strikeWhenRunning(world, () => {
      if (isDown(world, server)) return false;
      // The server ends the pause by itself.
      bite(world.serverAct(server, 'client-pause', { ms: forMs ?? 0, mode }));
      return true;
    }),
});
