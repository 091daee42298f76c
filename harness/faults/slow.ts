/**
 * A slow host: all that it does takes so many times its CPU time (a noisy neighbour, a throttled container, a slow machine). A server's
 * commands take longer likewise.
 */
import { z } from 'zod';
import { durationText } from '../duration.ts';
import { defineKind } from './define.ts';
import { chosen, drawDuration, drawStart, type LastingOptions, serversOf } from './draw.ts';
import { shrinkNumber } from './shrinking.ts';

export interface SlowOptions extends LastingOptions {
  /** Globs of hosts, servers and services too; default all processes. */
  readonly hosts?: readonly string[];
  /** Greatest factor; default 1000: an event that takes 20 µs then takes 20 ms. */
  readonly factor?: number;
}

export const slowKind = defineKind({
  kind: 'slow',
  fields: { host: z.string().min(1), factor: z.number().min(1).max(1_000_000) },
  acts: ['disturbHost'],
  lasting: true,
  draw: (draw, context, given) => {
    const options = given as SlowOptions;
    const hosts = options.hosts === undefined ? context.processes : [...context.processes, ...serversOf(context)];
    const host = draw.pick(chosen(hosts, options.hosts, 'fault.slow: no host'));
    const forMs = drawDuration(draw, context, { min: options.min ?? '1s', max: options.max ?? '30s' });
    const most = options.factor ?? 1000;
    return {
      kind: 'slow',
      ...drawStart(draw, context, { points: options.points, near: host, forMs }),
      for: forMs,
      host,
      factor: draw.logarithmic(Math.min(2, most), most),
    };
  },
  shrink: (fault) => shrinkNumber(fault, 'factor', 2),
  names: ({ host }) => [{ field: 'host', name: host, role: 'host' }],
  describe: ({ host, factor, for: forMs }) => `${host} is ${factor} times slower for ${durationText(forMs ?? 0)}`,
  isNothing: ({ factor }) => factor === 1,
  apply: ({ world, bite }, { host, factor }) => world.disturbHost(host, { kind: 'slow', factor }, bite),
});
