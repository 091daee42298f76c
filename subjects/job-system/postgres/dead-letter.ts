/** Dead letters: a job is given up and its letter written in one statement, so that neither exists without the other. */
import type { Pool } from 'pg';
import type { ClaimedJob, DeathReport, SweepOptions, Swept } from '../job.ts';

const BURY = `
  WITH buried AS (
    UPDATE jobs SET state = 'dead', last_error = $4, finished_at = now(),
                    lease_owner = NULL, lease_until = NULL
     WHERE id = $1 AND state = 'running' AND fence = $2
    RETURNING id, type, key, payload, attempts)
  INSERT INTO dlq (job_id, type, key, payload, reason, error, attempts, worker)
  SELECT id, type, key, payload, $3, $4, attempts, $5 FROM buried`;

/** Jobs whose lease has run out. A job that so often, and in a row, left no sign of life takes its workers along, and is not tried again. */
const SWEEP = `
  WITH expired AS (
    SELECT id, lease_owner FROM jobs
     WHERE state = 'running' AND lease_until < now()
     ORDER BY lease_until LIMIT 100
       FOR UPDATE SKIP LOCKED),
  swept AS (
    UPDATE jobs SET
           state = CASE WHEN silent >= $1 OR attempts >= attempts_max THEN 'dead' ELSE 'queued' END,
           finished_at = CASE WHEN silent >= $1 OR attempts >= attempts_max THEN now() END,
           run_at = now(), last_error = 'the worker went silent', lease_owner = NULL, lease_until = NULL
      FROM expired WHERE jobs.id = expired.id
    RETURNING jobs.id, jobs.type, jobs.key, jobs.payload, jobs.state, jobs.attempts, jobs.silent, expired.lease_owner),
  letters AS (
    INSERT INTO dlq (job_id, type, key, payload, reason, error, attempts, worker)
    SELECT id, type, key, payload, CASE WHEN silent >= $1 THEN 'crashes' ELSE 'attempts' END,
           'the worker went silent', attempts, lease_owner
      FROM swept WHERE state = 'dead')
  SELECT state FROM swept`;

export async function buryFenced(
  pool: Pool,
  { id, fence }: ClaimedJob,
  { reason, error, worker }: DeathReport,
): Promise<boolean> {
  return (await pool.query(BURY, [id, fence, reason, error, worker])).rowCount === 1;
}

export async function sweepExpired(pool: Pool, { silentClaimsMax }: SweepOptions): Promise<Swept> {
  const { rows } = await pool.query<{ state: string }>(SWEEP, [silentClaimsMax]);
  const buried = rows.filter(({ state }) => state === 'dead').length;
  return { requeued: rows.length - buried, buried };
}
