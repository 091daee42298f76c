/** Enqueueing: one statement for any number of jobs, which leaves alone what is there already. */
import type { Pool, PoolClient } from 'pg';
import { jobId } from '../identity.ts';
import { ATTEMPTS_MAX_DEFAULT, type Enqueued, type NewJob } from '../job.ts';

const COLUMNS = 9;

/**
 * Inserts the jobs that are not known yet; in the caller's transaction, if it has one.
 * @returns for each job its id, and whether it was new
 */
export async function insertJobs(client: Pool | PoolClient, jobs: readonly NewJob[]): Promise<readonly Enqueued[]> {
  if (jobs.length === 0) return [];
  const values: unknown[] = [];
  const tuples = jobs.map((job) => {
    const { type, key, payload, delayMs = 0, attemptsMax = ATTEMPTS_MAX_DEFAULT, parentId, entity, seq } = job;
    const id = jobId(job);
    // A child's identity is its place under its parent.
    const dedupKey = parentId === undefined ? JSON.stringify([type, key]) : id;
    const first = values.length;
    values.push(
      id,
      type,
      key,
      JSON.stringify(payload ?? null),
      dedupKey,
      attemptsMax,
      parentId ?? null,
      entity ?? null,
      seq ?? null,
    );
    const parameters = Array.from({ length: COLUMNS }, (_, index) => `$${first + index + 1}`);
    return `(${parameters.join(', ')}, now() + ${Math.round(delayMs)} * interval '1 millisecond')`;
  });
  const { rows } = await client.query<{ id: string }>(
    `INSERT INTO jobs (id, type, key, payload, dedup_key, attempts_max, parent_id, entity, seq, run_at)
     VALUES ${tuples.join(', ')} ON CONFLICT (dedup_key) DO NOTHING RETURNING id`,
    values,
  );
  const inserted = new Set(rows.map(({ id }) => id));
  return jobs.map((job) => ({ id: jobId(job), isNew: inserted.has(jobId(job)) }));
}
