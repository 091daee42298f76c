/**
 * A failover of a replicated Redis: the master goes down, a replica becomes the master at once, and the server's name stands for it from then on.
 * Writes that the replica had not received are lost. After a while the old master comes back as a replica.
 */
import { z } from 'zod';
import { REDIS_PORT } from '../addresses.ts';
import { durationText } from '../duration.ts';
import type { World } from '../world.ts';
import { defineKind } from './define.ts';
import { chosen, drawDuration, drawStart, type LastingOptions, type Point } from './draw.ts';
import { strikeWhenRunning } from './process-target.ts';
import { isDown, markDown, markUp, namesOfServer } from './server-target.ts';

export interface RedisFailoverOptions extends LastingOptions {
  /** Globs of servers; default every Redis with replicas. */
  readonly servers?: readonly string[];
}

export const redisFailoverKind = defineKind({
  kind: 'redis-failover',
  fields: { server: z.string().min(1), to: z.string().min(1) },
  acts: ['serverAct', 'crashServer', 'startServer'],
  lasting: true,
  draw: (draw, context, given) => {
    const options = given as RedisFailoverOptions;
    const server = draw.pick(
      chosen(Object.keys(context.replicated), options.servers, 'fault.redis-failover: no Redis with replicas'),
    );
    const to = draw.pick(context.replicated[server]!);
    const forMs = drawDuration(draw, context, { min: options.min ?? '500ms', max: options.max ?? '20s' });
    const anyReply: readonly Point[] = context.processes.map((process) => ({ link: `${server}>${process}` }));
    const start = drawStart(draw, context, { points: options.points ?? anyReply, near: server, forMs });
    return { kind: 'redis-failover', ...start, for: forMs, server, to };
  },
  names: (fault) => [...namesOfServer(fault), { field: 'to', name: fault.to, role: 'server' }],
  describe: ({ server, to, for: forMs }) =>
    `the master of ${server} goes down for ${durationText(forMs ?? 0)} and ${to} takes over`,
  apply: ({ world, bite }, { server, to }) => {
    let former = '';
    let master = '';
    const cancel = strikeWhenRunning(world, () => {
      const nodes = nodesOf(world, server);
      const found = nodes.find((node) => !isDown(world, node) && roleOf(world, node) === 'master');
      const replicas = nodes.filter(
        (node) => node !== found && !isDown(world, node) && roleOf(world, node) !== 'master',
      );
      // After an earlier failover `to` may be the master, or down: another replica takes over then.
      const heir = replicas.includes(to) ? to : replicas[0];
      if (found === undefined || heir === undefined) return false;
      former = found;
      master = heir;
      markDown(world, former);
      world.crashServer(former, 'unsynced');
      bite(`${former} down; ${master} ${world.serverAct(master, 'promote', { name: server })}`);
      for (const other of replicas) {
        if (other !== master) world.serverAct(other, 'replicate', { host: master, port: REDIS_PORT });
      }
      return true;
    });
    return () => {
      cancel();
      if (former === '') return;
      markUp(world, former);
      world.startServer(former);
      // A later failover may have moved the master on.
      const now = nodesOf(world, server).find(
        (node) => node !== former && !isDown(world, node) && roleOf(world, node) === 'master',
      );
      world.serverAct(former, 'replicate', { host: now ?? master, port: REDIS_PORT });
    };
  },
});

function nodesOf(world: World, server: string): readonly string[] {
  return world.hosts.map(({ name }) => name).filter((name) => name === server || name.startsWith(`${server}-replica-`));
}

/** `master`, or `replica of ...`. */
function roleOf(world: World, node: string): string {
  return world.serverAct(node, 'role', {});
}
