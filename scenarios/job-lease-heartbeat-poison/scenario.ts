/**
 * A job that hangs, kills its worker or outlives its lease is lost, runs for ever or runs twice. Postgres back end; the Redis back end is
 * the scenario `job-lease-heartbeat-poison-redis`, with the same day of billing.
 */
import { fault, invariant, postgres, scenario, service } from 'seedstorm';
import { allBut, billingDay, type Draws, draws, durations, faultsOfADay, workerEnv, workers } from './billing-day.ts';
import { attemptsEnd, childrenExact, poisonIsBuried } from './job-checkers.ts';

export default scenario<Draws>({
  name: 'job-lease-heartbeat-poison',
  about: 'A job that hangs, kills its worker or outlives its lease is lost, runs for ever or runs twice.',
  durations,
  servers: {
    db: postgres({ schema: './schema.sql' }),
    // It honours Idempotency-Key, for the naive worker as well: without it no client could make a charge happen just once.
    provider: service({ program: './clearing-house.ts', env: { LATENCY_MS: '300' } }),
  },
  processes: {
    worker: {
      count: workers.length,
      env: (servers, { name, durations }) => ({
        DATABASE_URL: servers.db!.url,
        ...workerEnv(durations, name, servers.provider!.url),
      }),
    },
  },
  subjects: {
    naive: { worker: '../../subjects/job-lease-heartbeat-poison/naive.ts' },
    hardened: { worker: '../../subjects/job-lease-heartbeat-poison/hardened.ts' },
    mutants: {
      folder: '../../subjects/job-lease-heartbeat-poison/mutants',
      names: ['attempt-counted-in-catch', 'completion-without-fence', 'slow-heartbeat'],
    },
    faultProvoked: true,
  },
  observe: { db: ['jobs', 'dlq', 'papers'] },
  workload: { draws, run: billingDay },
  duration: ({ faults }) => faults!,
  faults: (durations) => {
    const { lease, callTimeout } = durations;
    return faultsOfADay(durations, 'db', {
      ends: ['BEGIN', 'COMMIT'],
      own: [
        // A worker that is about to end a job, and comes back when another has ended it.
        fault.pause({
          processes: ['worker-*'],
          points: [{ link: 'db>worker-*', label: 'BEGIN', nth: 3 }],
          min: (4 * lease!) / 3,
          max: (5 * lease!) / 3,
          weight: 6,
        }),
        fault.terminateBackends(),
        fault.postgresRestart({ max: callTimeout! }),
      ],
    });
  },
  invariants: ({ lease, sweepEvery, scrapeEvery, shortTimeout, longTimeout, settle }) => {
    const requests = 'POST worker-* /jobs';
    return [
      invariant.effectAtMostOnce('charges', { by: 'key' }),
      invariant.effectAtMostOnce('db', { table: 'papers', by: 'key' }),
      invariant.stateMachine('db', {
        table: 'jobs',
        transitions: { queued: ['running'], running: ['queued', 'done', 'dead'], done: [], dead: [] },
        initial: ['queued'],
      }),
      invariant.metricTruth('read depth', {
        truth: { server: 'db', table: 'jobs', where: { state: 'queued' } },
        within: scrapeEvery!,
        field: 'queued',
      }),
      invariant.effectExactlyOnce('charges', { by: 'key', requests, except: allBut('charge'), settle: settle! }),
      invariant.effectExactlyOnce('db', {
        table: 'papers',
        by: 'key',
        requests,
        except: allBut('charge', 'statement'),
        settle: settle!,
      }),
      childrenExact({ settleMs: settle! }),
      invariant.noStateOlderThan('db', {
        table: 'jobs',
        state: { state: 'running' },
        age: lease! + 2 * sweepEvery!,
        settle: settle!,
      }),
      attemptsEnd({
        server: 'db',
        timeoutMs: { charge: shortTimeout!, statement: longTimeout!, batch: shortTimeout! },
        slackMs: 1_000,
        settleMs: settle!,
      }),
      poisonIsBuried({
        executionsMax: 5,
        crashesMax: 3,
        buryMs: 5 * lease!,
        settleMs: settle!,
        dead: (record) =>
          record.kind === 'commit'
            ? record.rows.flatMap(({ table, new: row }) =>
                table === 'dlq' && row !== undefined ? [String(row.key)] : [],
              )
            : [],
      }),
    ];
  },
});
