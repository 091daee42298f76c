/**
 * Goal: no client can tell ours from the real Redis 7.0. Method: fast-check draws command sequences over four connections with few keys, numbers
 * at the edges, wrong types and spoilt arguments; both servers get them step by step and every byte of every reply is compared (`drive.ts`), up to
 * the freedoms named in `compare.ts`. A difference is shrunk.
 *
 * The short form runs always. `DIFFERENTIAL_RUNS` (sequences per family) and `DIFFERENTIAL_SEED` make it longer or other. Without redis-server the
 * suite is skipped by name; under CI it fails instead.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { family, TEMPLATES } from './commands.ts';
import { Difference, drive, type Step } from './drive.ts';
import { type RealConnection, RealRedis, redisVersion } from './real-redis.ts';

const version = redisVersion();
const RUNS = Number(process.env.DIFFERENTIAL_RUNS ?? '12');
const SEED = Number(process.env.DIFFERENTIAL_SEED ?? '1');
const PORT = 21_800 + (process.pid % 100);

if (version === null && process.env.CI === 'true') {
  test('redis-server is installed', () => {
    expect(version, 'the differential test needs redis-server 7.0').not.toBeNull();
  });
}

describe.skipIf(version === null)(`differential against redis-server ${version ?? '(not installed)'}`, () => {
  let redis: RealRedis;
  let control: RealConnection;

  beforeAll(async () => {
    redis = await RealRedis.start(PORT);
    control = await redis.connect();
  });

  afterAll(async () => {
    control?.close();
    await redis?.stop();
  });

  for (const name of Object.keys(TEMPLATES)) {
    test(`${name}: ${RUNS} sequences with seed ${SEED}`, { timeout: 60_000 + RUNS * 1000 }, async () => {
      await compareSequences(arbitraryFor(name), RUNS);
    });
  }

  test(`all families together: ${4 * RUNS} sequences with seed ${SEED}`, {
    timeout: 60_000 + RUNS * 4000,
  }, async () => {
    const all = Object.keys(TEMPLATES).filter((name) => name !== 'pubsub');
    await compareSequences(fc.oneof(...all.map((name) => fc.oneof(...family(name)))), 4 * RUNS);
  });

  async function compareSequences(words: fc.Arbitrary<string[]>, runs: number): Promise<void> {
    const step: fc.Arbitrary<Step> = fc.record({ connection: fc.constantFrom(0, 0, 0, 1, 1, 2, 3), args: words });
    const outcome = await fc.check(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 60, size: 'max' }), async (steps) => {
        await drive(redis, control, steps);
      }),
      { numRuns: runs, seed: SEED, interruptAfterTimeLimit: 60_000 + runs * 900 },
    );
    if (!outcome.failed) return;
    const cause = outcome.errorInstance;
    throw cause instanceof Difference ? cause : new Error(`${fc.defaultReportMessage(outcome)}`, { cause });
  }
});

/** What a family needs around it: something to wake blocked clients, something to break a watch. */
function arbitraryFor(name: string): fc.Arbitrary<string[]> {
  const own = fc.oneof(...family(name));
  if (name === 'blocking') {
    const others = fc.oneof(...family('lists'), ...family('sortedSets'), ...family('transactions'));
    return fc.oneof({ weight: 2, arbitrary: own }, { weight: 3, arbitrary: others });
  }
  if (name === 'transactions')
    return fc.oneof({ weight: 3, arbitrary: own }, { weight: 1, arbitrary: fc.oneof(...family('strings')) });
  if (name === 'keys') {
    const others = ['strings', 'lists', 'sets', 'sortedSets', 'hashes'].flatMap((other) => family(other));
    return fc.oneof({ weight: 2, arbitrary: own }, { weight: 1, arbitrary: fc.oneof(...others) });
  }
  if (name === 'algebra' || name === 'ranges') {
    return fc.oneof(
      { weight: 2, arbitrary: own },
      { weight: 1, arbitrary: fc.oneof(...family('sortedSets'), ...family('sets')) },
    );
  }
  return own;
}
