/**
 * Recurring jobs: a schedule fires at multiples of its interval, and each firing is a job with the key `name@time`. The key makes a
 * firing unique, so it does not matter how many schedulers run. Firings that were missed while none ran are skipped, save the newest.
 */
import type { Pool } from 'pg';
import { insertJobs } from './enqueue.ts';
import { transaction } from './transaction.ts';

export interface Schedule {
  readonly name: string;
  readonly type: string;
  readonly payload?: unknown;
  readonly everyMs: number;
}

interface DueRow {
  readonly name: string;
  readonly type: string;
  readonly payload: unknown;
  /** Start of the newest interval that is due, Unix ms. */
  readonly slot: string;
}

/** Creates the schedule, or changes it. */
export async function putSchedule(pool: Pool, { name, type, payload, everyMs }: Schedule): Promise<void> {
  await pool.query(
    `INSERT INTO schedules (name, type, payload, every_ms, next_at)
     VALUES ($1, $2, $3, $4::bigint,
             to_timestamp((floor(extract(epoch FROM now()) * 1000 / $4::bigint) + 1) * $4::bigint / 1000.0))
     ON CONFLICT (name) DO UPDATE
        SET type = excluded.type, payload = excluded.payload, every_ms = excluded.every_ms, next_at = excluded.next_at
      WHERE (schedules.type, schedules.every_ms) IS DISTINCT FROM (excluded.type, excluded.every_ms)
         OR schedules.payload IS DISTINCT FROM excluded.payload`,
    [name, type, JSON.stringify(payload ?? null), everyMs],
  );
}

/** Enqueues what is due. Any number of processes may call it. */
export async function fireDue(pool: Pool): Promise<number> {
  return transaction(pool, async (client) => {
    const { rows } = await client.query<DueRow>(
      `WITH due AS (
         SELECT name, floor(extract(epoch FROM now()) * 1000 / every_ms)::bigint * every_ms AS slot
           FROM schedules WHERE next_at <= now() FOR UPDATE SKIP LOCKED)
       UPDATE schedules SET next_at = to_timestamp((due.slot + schedules.every_ms) / 1000.0)
         FROM due WHERE schedules.name = due.name
       RETURNING schedules.name, schedules.type, schedules.payload, due.slot`,
    );
    const jobs = rows.map(({ name, type, payload, slot }) => ({
      type,
      key: `${name}@${new Date(Number(slot)).toISOString()}`,
      payload,
    }));
    return (await insertJobs(client, jobs)).filter(({ isNew }) => isNew).length;
  });
}
