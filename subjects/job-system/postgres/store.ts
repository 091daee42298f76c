/** The back end on Postgres: the statements of this folder behind the interface of a store. */
import type { Pool, PoolClient } from 'pg';
import { withChildIds } from '../identity.ts';
import type { Depths, JobStore } from '../job.ts';
import { claimNext, extendLease, finishFenced } from './claim.ts';
import { buryFenced, sweepExpired } from './dead-letter.ts';
import { insertJobs } from './enqueue.ts';
import { writeEvents } from './outbox.ts';
import { Rollback, transaction } from './transaction.ts';

const RETRY = `
  UPDATE jobs SET state = 'queued', run_at = now() + $3 * interval '1 millisecond', silent = 0,
                  last_error = $4, lease_owner = NULL, lease_until = NULL
   WHERE id = $1 AND state = 'running' AND fence = $2`;

const RELEASE = `
  UPDATE jobs SET state = 'queued', run_at = now(), attempts = attempts - 1, silent = 0, lease_owner = NULL, lease_until = NULL
   WHERE id = $1 AND state = 'running' AND fence = $2`;

const DEPTHS = `
  SELECT count(*) FILTER (WHERE state = 'queued')::int AS queued,
         count(*) FILTER (WHERE state = 'running')::int AS running,
         count(*) FILTER (WHERE state = 'dead')::int AS dead,
         coalesce(extract(epoch FROM now() - min(run_at) FILTER (WHERE state = 'queued' AND run_at <= now())) * 1000, 0)::float8
           AS "oldestMs"
    FROM jobs`;

/** Makes the store. The pool should have timeouts: a store that does not answer must not stop the worker. */
export function createPostgresStore(pool: Pool): JobStore<PoolClient> {
  return {
    enqueue: async (job) => (await insertJobs(pool, [job]))[0]!,
    claim: (options) => claimNext(pool, options),
    heartbeat: (job, leaseMs) => extendLease(pool, job, leaseMs),
    complete: (job, { result, children = [], events = [], within }) =>
      transaction<boolean>(pool, async (client) => {
        if (!(await finishFenced(client, job, result))) return new Rollback(false);
        await within?.(client);
        await insertJobs(client, withChildIds(job, children));
        await writeEvents(client, events);
        return true;
      }),
    retry: async ({ id, fence }, { delayMs, error }) =>
      (await pool.query(RETRY, [id, fence, delayMs, error])).rowCount === 1,
    release: async ({ id, fence }) => (await pool.query(RELEASE, [id, fence])).rowCount === 1,
    bury: (job, report) => buryFenced(pool, job, report),
    sweep: (options) => sweepExpired(pool, options),
    depths: async () => (await pool.query<Depths>(DEPTHS)).rows[0]!,
  };
}
