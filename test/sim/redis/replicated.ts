/** Programs beside several Redis servers, whose housekeeping never ends: the run is stopped at a time, twice, and must be the same both times. */
import { expect } from 'vitest';
import { type RedisOptions, redisServer } from '../../../sim/redis/index.ts';
import type { SimWorld } from '../../../sim/world.ts';
import { runPrograms } from '../runtime/programs.ts';

export interface ServersOptions {
  /** Options by host. */
  readonly servers: Readonly<Record<string, RedisOptions>>;
  readonly programs: Readonly<Record<string, string>>;
  readonly stopAtMs: number;
  readonly arrange?: (world: SimWorld) => void;
}

/** What the programs logged. */
export async function runBeside({ servers, programs, stopAtMs, arrange }: ServersOptions): Promise<readonly string[]> {
  const once = () =>
    runPrograms({
      servers: Object.entries(servers).map(([name, options]) => ({
        name,
        type: 'redis' as const,
        factory: redisServer(options),
      })),
      programs,
      arrange: (world) => {
        world.after(stopAtMs, () => world.kernel.stop('done'));
        arrange?.(world);
      },
    });
  const first = await once();
  const errors = first.records.filter((record) => record.kind === 'process' && record.error !== undefined);
  expect(errors).toEqual([]);
  expect(first.end).toMatchObject({ kind: 'stopped' });
  expect((await once()).hash).toBe(first.hash);
  return first.records.flatMap((record) => (record.kind === 'log' && record.stream !== 'server' ? [record.text] : []));
}
