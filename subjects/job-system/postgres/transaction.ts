/** Transactions on a pool of connections. */
import type { Pool, PoolClient, QueryConfig } from 'pg';

/** Rolls the transaction back and is then not an error: `transaction` resolves with its value. */
export class Rollback<Value> {
  readonly value: Value;
  constructor(value: Value) {
    this.value = value;
  }
}

/** A server that answers at all answers a ROLLBACK within this time; otherwise the connection is closed. */
const rollbackMsMax = 500;

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
    // A connection that did not answer in time will not answer a ROLLBACK either.
    if (error instanceof Error && error.message === 'Query read timeout') client.release(true);
    else await rollBack(client);
    throw error;
  }
}

/** Gives the connection back without its transaction and its locks; closes it when in doubt. */
async function rollBack(client: PoolClient): Promise<void> {
  try {
    const query: QueryConfig & { query_timeout: number } = { text: 'ROLLBACK', query_timeout: rollbackMsMax };
    await client.query(query);
    client.release();
  } catch {
    client.release(true);
  }
}
