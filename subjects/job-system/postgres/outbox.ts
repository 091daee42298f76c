/**
 * Transactional outbox: an event is written in the transaction that makes it true, and published by a relay afterwards.
 *
 * At least once: a relay that dies between publishing and its COMMIT publishes again. The event's id stays the same, and consumers tell
 * repetitions by it (inbox.ts). Relays pass each other by SKIP LOCKED, so the order between batches is not kept.
 */
import type { Pool, PoolClient } from 'pg';
import type { NewEvent } from '../job.ts';
import { transaction } from './transaction.ts';

export interface OutboxEvent extends NewEvent {
  readonly id: string;
}

export async function writeEvents(client: PoolClient, events: readonly NewEvent[]): Promise<void> {
  for (const { topic, key, payload } of events) {
    await client.query('INSERT INTO outbox (topic, key, payload) VALUES ($1, $2, $3)', [
      topic,
      key,
      JSON.stringify(payload),
    ]);
  }
}

/**
 * Publishes the oldest events that no other relay is at.
 * @param publish resolves when the broker has the event for certain
 * @returns how many were published
 */
export async function relayBatch(
  pool: Pool,
  publish: (event: OutboxEvent) => Promise<void>,
  { batchMax = 100 }: { readonly batchMax?: number } = {},
): Promise<number> {
  return transaction(pool, async (client) => {
    const { rows } = await client.query<OutboxEvent>(
      `SELECT id, topic, key, payload FROM outbox WHERE sent_at IS NULL
        ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED`,
      [batchMax],
    );
    for (const event of rows) await publish(event);
    if (rows.length > 0) {
      await client.query('UPDATE outbox SET sent_at = now() WHERE id = ANY($1)', [rows.map(({ id }) => id)]);
    }
    return rows.length;
  });
}
