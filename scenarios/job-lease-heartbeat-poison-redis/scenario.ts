/**
 * A job that hangs, kills its worker or outlives its lease is lost, runs for ever or runs twice. Redis back end: the same day of billing as in
 * `job-lease-heartbeat-poison`, with a list (naive) or streams (hardened) instead of tables. What Postgres would show in its commits the
 * workload reads from Redis at the end.
 */
import { fault, invariant, redis, scenario, service, type WorkloadTools } from 'seedstorm';
import {
  allBut,
  billingDay,
  type Draws,
  draws,
  durations,
  faultsOfADay,
  suspects,
  workerEnv,
  workers,
} from '../job-lease-heartbeat-poison/billing-day.ts';
import {
  childrenExact,
  noneForgotten,
  papersStoredOnce,
  poisonIsBuried,
  type StoreSeen,
  storeSeen,
} from '../job-lease-heartbeat-poison/job-checkers.ts';

/** The claims are due right after the workload's last look. */
const settleMs = 100;
const callTimeoutMs = 5_000;

export default scenario<Draws>({
  name: 'job-lease-heartbeat-poison-redis',
  about:
    'A job that hangs, kills its worker or outlives its lease is lost, runs for ever or runs twice (queue in Redis).',
  durations,
  servers: {
    redis: redis({ appendfsync: 'always' }),
    // It honours Idempotency-Key, for the naive worker as well: without it no client could make a charge happen just once.
    provider: service({
      program: '../job-lease-heartbeat-poison/clearing-house.ts',
      env: { LATENCY_MS: '300' },
    }),
  },
  processes: {
    worker: {
      count: workers.length,
      env: (servers, { name, durations }) => ({
        REDIS_URL: servers.redis!.url,
        ...workerEnv(durations, name, servers.provider!.url),
      }),
    },
  },
  subjects: {
    naive: { worker: '../../subjects/job-lease-heartbeat-poison/naive-redis.ts' },
    hardened: { worker: '../../subjects/job-lease-heartbeat-poison/hardened-redis.ts' },
    mutants: {
      folder: '../../subjects/job-lease-heartbeat-poison/mutants-redis',
      names: ['attempt-counted-in-catch', 'completion-without-fence', 'slow-heartbeat'],
    },
    faultProvoked: true,
  },
  workload: {
    draws,
    run: async (t, draws) => {
      await billingDay(t, draws);
      await t.sleep(Math.max(0, t.durations.faults! + t.durations.settle! - t.now()));
      await lookAtStore(t);
    },
  },
  duration: ({ faults }) => faults!,
  faults: (durations) => {
    const { lease, callTimeout } = durations;
    return faultsOfADay(durations, 'redis', {
      ends: ['EVAL *'],
      own: [
        // A worker has charged, and the end of its job comes when another has ended it.
        fault.partition({
          links: ['worker-*>redis'],
          points: [{ link: 'provider>worker-*', label: '* POST /charges', nth: 4 }],
          min: (4 * lease!) / 3,
          max: (5 * lease!) / 3,
          tied: true,
          weight: 6,
        }),
        fault.redisRestart({ lose: ['nothing'], max: callTimeout! }),
      ],
    });
  },
  invariants: ({ lease, sweepEvery }) => [
    invariant.effectAtMostOnce('charges', { by: 'key' }),
    invariant.effectExactlyOnce('charges', {
      by: 'key',
      requests: 'POST worker-* /jobs',
      except: allBut('charge'),
      settle: settleMs,
    }),
    childrenExact({ settleMs }),
    papersStoredOnce({ except: suspects, settleMs }),
    noneForgotten({ idleMs: lease! + 2 * sweepEvery!, settleMs }),
    poisonIsBuried({
      executionsMax: 5,
      crashesMax: 3,
      buryMs: 5 * lease!,
      settleMs,
      dead: (record) => storeSeen(record)?.dead ?? [],
    }),
  ],
});

/** Dead letters, papers, and jobs in somebody's hands, as Redis has them. */
async function lookAtStore(t: WorkloadTools): Promise<void> {
  const { Redis } = await import('ioredis');
  const store = new Redis(t.servers.redis!.url, { commandTimeout: callTimeoutMs });
  const keyed = (entries: readonly [string, string[]][]) =>
    entries.map(([, fields]) => fields[fields.indexOf('key') + 1] ?? '');
  const seen: StoreSeen = {
    dead: keyed(await store.xrange('{jobs}:dead', '-', '+')),
    papers: keyed(await store.xrange('papers', '-', '+')),
    idleMsMax: await longestIdle(),
  };
  t.mark('store', seen);
  store.disconnect();

  async function longestIdle(): Promise<number> {
    // The naive worker has no stream; nothing of its is in anybody's hands.
    if ((await store.exists('{jobs}:ready')) === 0) return 0;
    const pending = (await store.xpending('{jobs}:ready', 'workers', '-', '+', 100)) as [
      string,
      string,
      number,
      number,
    ][];
    return Math.max(0, ...pending.map(([, , idleMs]) => idleMs));
  }
}
