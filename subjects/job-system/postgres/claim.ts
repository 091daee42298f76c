/**
 * Claim, heartbeat, and the fence: the statements about a job in somebody's hands.
 *
 * SKIP LOCKED lets claimers pass each other. The attempt and the fence are counted by the claim itself, so that a worker which dies a
 * moment later has left its trace. All times are compared by the database's clock alone.
 */
import type { Pool, PoolClient } from 'pg';
import type { ClaimedJob } from '../job.ts';

const CLAIM = `
  UPDATE jobs
     SET state = 'running', attempts = attempts + 1, silent = silent + 1, fence = fence + 1,
         lease_owner = $1, lease_until = now() + $2 * interval '1 millisecond'
   WHERE id = (SELECT id FROM jobs
                WHERE state = 'queued' AND run_at <= now()
                ORDER BY run_at, id LIMIT 1
                  FOR UPDATE SKIP LOCKED)
  RETURNING id, type, key, payload, attempts, attempts_max, fence`;

const HEARTBEAT = `
  UPDATE jobs SET lease_until = now() + $3 * interval '1 millisecond', silent = 0
   WHERE id = $1 AND state = 'running' AND fence = $2`;

const FINISH = `
  UPDATE jobs SET state = 'done', result = $3, finished_at = now(), lease_owner = NULL, lease_until = NULL
   WHERE id = $1 AND state = 'running' AND fence = $2`;

interface ClaimedRow {
  readonly id: string;
  readonly type: string;
  readonly key: string;
  readonly payload: unknown;
  readonly attempts: number;
  readonly attempts_max: number;
  readonly fence: string;
}

export async function claimNext(
  pool: Pool,
  { worker, leaseMs }: { readonly worker: string; readonly leaseMs: number },
): Promise<ClaimedJob | undefined> {
  const { rows } = await pool.query<ClaimedRow>(CLAIM, [worker, leaseMs]);
  const row = rows[0];
  if (row === undefined) return undefined;
  const { id, type, key, payload, attempts, attempts_max: attemptsMax, fence } = row;
  return { id, type, key, payload, attempt: attempts, attemptsMax, fence };
}

/** False when a newer claim exists, or the job has ended. */
export async function extendLease(pool: Pool, { id, fence }: ClaimedJob, leaseMs: number): Promise<boolean> {
  return (await pool.query(HEARTBEAT, [id, fence, leaseMs])).rowCount === 1;
}

/** First statement of a completing transaction; false when it must be rolled back. */
export async function finishFenced(client: PoolClient, { id, fence }: ClaimedJob, result: unknown): Promise<boolean> {
  return (await client.query(FINISH, [id, fence, JSON.stringify(result ?? null)])).rowCount === 1;
}
