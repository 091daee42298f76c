/**
 * Our Lua against redis-server's: random programs through EVAL, replies equal byte for byte, errors included.
 *
 * `SEEDSTORM_LUA_RUNS` sets the number of programs per property (default 300); the nightly run sets it high.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OurRedis } from './our-redis.ts';
import { bareProgram, brokenProgram, program } from './program-arbitrary.ts';
import { isRealRedisInstalled, RealRedis } from './real-redis.ts';

const PORT = 22_011;
const RUNS = Number(process.env.SEEDSTORM_LUA_RUNS ?? 300);
const SEED = Number(process.env.SEEDSTORM_LUA_SEED ?? 20240115);
const TIMEOUT_MS = 60_000 + RUNS * 100;

const isInstalled = isRealRedisInstalled();
const isRequired = process.env.CI === 'true';

describe.skipIf(!isInstalled && !isRequired)(
  `Lua agrees with redis-server 7.0.15 (seed ${SEED}, ${RUNS} programs each)`,
  () => {
    let real: RealRedis;
    const ours = new OurRedis();

    beforeAll(async () => {
      if (!isInstalled) throw new Error('redis-server 7.0.15 is required with CI=true and was not found on PATH');
      real = await RealRedis.start(PORT);
    });
    afterAll(() => real?.stop());

    const agree = async (source: string): Promise<void> => {
      const expected = await real.send('EVAL', source, '1', 'key', 'arg1', 'arg2');
      expect(ours.eval(source, ['key'], ['arg1', 'arg2'])).toBe(expected);
    };

    it.each([
      ['programs of protected statements', program],
      ['programs that may end with an error', bareProgram],
      ['texts with syntax errors', brokenProgram],
    ])(
      '%s give equal replies',
      async (_name, arbitrary) => {
        await fc.assert(fc.asyncProperty(arbitrary, agree), { numRuns: RUNS, seed: SEED });
      },
      TIMEOUT_MS,
    );
  },
);
