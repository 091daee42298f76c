/**
 * A storm: the capacity of a server or service drops to so many events a second while its clients go on, time out and try again. What
 * they gave up is in its queue all the same, and is done for nobody: whether it recovers afterwards is up to the clients. A request is one
 * event on a connection that is kept, two on a new one.
 * Differs: a simulated Postgres has a worker for each connection, so that its capacity is each connection's.
 */
import { z } from 'zod';
import { durationText } from '../duration.ts';
import { defineKind } from './define.ts';
import { chosen, drawDuration, drawStart, type LastingOptions, serversOf } from './draw.ts';
import { namesOfServer } from './server-target.ts';

export interface StormOptions extends LastingOptions {
  /** Globs of servers and services; default all services, or all servers where there is none. */
  readonly servers?: readonly string[];
  /** Least and greatest capacity in events a second; default 1 to 100. */
  readonly perSecond?: { readonly min?: number; readonly max?: number };
}

export const stormKind = defineKind({
  kind: 'storm',
  fields: { server: z.string().min(1), perSecond: z.number().min(0.01).max(1_000_000) },
  acts: ['disturbHost'],
  lasting: true,
  draw: (draw, context, given) => {
    const options = given as StormOptions;
    const all = options.servers !== undefined || context.services.length === 0 ? serversOf(context) : context.services;
    const server = draw.pick(chosen(all, options.servers, 'fault.storm: no server'));
    const forMs = drawDuration(draw, context, { min: options.min ?? '2s', max: options.max ?? '30s' });
    const { min = 1, max = 100 } = options.perSecond ?? {};
    const points = options.points ?? context.processes.map((process) => ({ link: `${server}>${process}` }));
    return {
      kind: 'storm',
      ...drawStart(draw, context, { points, near: server, forMs }),
      for: forMs,
      server,
      perSecond: draw.logarithmic(Math.max(1, min), Math.max(1, max)),
    };
  },
  names: namesOfServer,
  describe: ({ server, perSecond, for: forMs }) =>
    `${server} can handle ${perSecond} events a second for ${durationText(forMs ?? 0)}`,
  apply: ({ world, bite }, { server, perSecond }) =>
    world.disturbHost(server, { kind: 'stall', stallMs: 1000 / perSecond }, bite),
});
