/**
 * Idempotency store: the server's side of an `Idempotency-Key`. The first request with a key does the work, and its reply is kept; a
 * repetition gets that reply, and a concurrent one is told to come back.
 *
 * The work runs in the transaction that stores the reply, so that both happen or neither. Work with effects elsewhere needs keys there too.
 */
import { createHash } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';
import { Rollback, transaction } from './transaction.ts';

export type Answer<Reply> =
  | { readonly kind: 'done'; readonly reply: Reply }
  | { readonly kind: 'replayed'; readonly reply: Reply }
  /** The key came with another request before. */
  | { readonly kind: 'mismatch' }
  /** Another request with the key is under way. */
  | { readonly kind: 'busy' };

export interface IdempotentRequest {
  readonly key: string;
  readonly request: unknown;
  /** Names this attempt, so that a second look finds its own claim. */
  readonly owner: string;
  /** After that a claim whose owner went silent passes on. */
  readonly ownedMs: number;
}

const CLAIM = `
  INSERT INTO idempotency AS held (key, request_hash, owner, owned_until)
  VALUES ($1, $2, $3, now() + $4 * interval '1 millisecond')
  ON CONFLICT (key) DO UPDATE SET owner = excluded.owner, owned_until = excluded.owned_until
   WHERE held.reply IS NULL AND held.request_hash = excluded.request_hash
     AND (held.owner = excluded.owner OR held.owned_until < now())`;

interface StoredRow<Reply> {
  readonly request_hash: string;
  readonly reply: Reply | null;
  readonly is_free: boolean;
}

/** Answers a request with a key, running the work at most once. */
export async function once<Reply>(
  pool: Pool,
  { key, request, owner, ownedMs }: IdempotentRequest,
  work: (client: PoolClient) => Promise<Reply>,
): Promise<Answer<Reply>> {
  const hash = createHash('sha256').update(JSON.stringify(request)).digest('hex');
  // Looked up first: the claim below would wait for the end of work that is under way.
  const known = await lookUp<Reply>(pool, { key, hash, owner });
  if (known !== undefined) return known;
  const claimed = await pool.query(CLAIM, [key, hash, owner, ownedMs]);
  if (claimed.rowCount === 0) return answerToOthers();
  const reply = await transaction<Reply | undefined>(pool, async (client) => {
    // Whoever took the claim over meanwhile has the row: then this work must not happen.
    const held = await client.query(
      'SELECT 1 FROM idempotency WHERE key = $1 AND owner = $2 AND reply IS NULL FOR UPDATE',
      [key, owner],
    );
    if (held.rowCount === 0) return new Rollback(undefined);
    const value = await work(client);
    await client.query('UPDATE idempotency SET reply = $2 WHERE key = $1', [key, JSON.stringify(value)]);
    return value;
  });
  return reply === undefined ? answerToOthers() : { kind: 'done', reply };

  // Somebody was faster.
  async function answerToOthers(): Promise<Answer<Reply>> {
    return (await lookUp<Reply>(pool, { key, hash, owner })) ?? { kind: 'busy' };
  }
}

/** The answer that is there already; undefined when the key is new, or its claim may be taken over. */
async function lookUp<Reply>(
  pool: Pool,
  { key, hash, owner }: { readonly key: string; readonly hash: string; readonly owner: string },
): Promise<Answer<Reply> | undefined> {
  const { rows } = await pool.query<StoredRow<Reply>>(
    'SELECT request_hash, reply, owned_until < now() OR owner = $2 AS is_free FROM idempotency WHERE key = $1',
    [key, owner],
  );
  const row = rows[0];
  if (row === undefined) return undefined;
  if (row.request_hash !== hash) return { kind: 'mismatch' };
  if (row.reply !== null) return { kind: 'replayed', reply: row.reply };
  return row.is_free ? undefined : { kind: 'busy' };
}
