/** Inbox: a consumer deals with each event once, however often it is delivered, since the note and the work commit together. */
import type { Pool, PoolClient } from 'pg';
import { Rollback, transaction } from './transaction.ts';

export interface Delivery {
  readonly consumer: string;
  readonly eventId: string;
}

/**
 * Runs the work unless the event was dealt with before. A concurrent delivery of the same event waits for this one's end.
 * @returns false for a repetition
 */
export async function processOnce(
  pool: Pool,
  { consumer, eventId }: Delivery,
  work: (client: PoolClient) => Promise<void>,
): Promise<boolean> {
  return transaction<boolean>(pool, async (client) => {
    const { rowCount } = await client.query(
      'INSERT INTO inbox (consumer, event_id) VALUES ($1, $2) ON CONFLICT DO NOTHING',
      [consumer, eventId],
    );
    if (rowCount === 0) return new Rollback(false);
    await work(client);
    return true;
  });
}
