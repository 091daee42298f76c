/** Transactions on a pool of connections. */
import type { Pool, PoolClient } from 'pg';

/** Rolls the transaction back and is then not an error: `transaction` resolves with its value. */
export class Rollback<Value> {
  readonly value: Value;
  constructor(value: Value) {
    this.value = value;
  }
}

/**
 * Runs the body between BEGIN and COMMIT. Rejects with the body's error after a rollback, or with that of the COMMIT, after which nobody
 * knows whether it happened.
 */
export async function transaction<Result>(
  pool: Pool,
  body: (client: PoolClient) => Promise<Result | Rollback<Result>>,
): Promise<Result> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    const result = await body(client);
    await client.query(result instanceof Rollback ? 'ROLLBACK' : 'COMMIT');
    client.release();
    return result instanceof Rollback ? result.value : result;
  } catch (error) {
    // Closed instead of rolled back: the server rolls back what it sees closing, and a connection in doubt is not used again.
    client.release(true);
    throw error;
  }
}
