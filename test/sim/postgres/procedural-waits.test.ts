/** Functions and triggers that have to wait for a lock: the statement around them goes on where it was, and nothing happens twice. */
import pg from 'pg';
import { expect, test } from 'vitest';
import { servePostgres } from './serve.ts';

test('a function that waits for a row lock suspends its statement and runs each part once', async () => {
  const served = await servePostgres();
  const connect = async (): Promise<pg.Client> => {
    const client = new pg.Client({ host: '127.0.0.1', port: served.port, user: 'postgres', database: 'postgres' });
    await client.connect();
    return client;
  };
  const [holder, waiter] = [await connect(), await connect()];
  try {
    await holder.query(`
      CREATE TABLE hot (id int PRIMARY KEY, n int);
      CREATE TABLE log (line text);
      CREATE TABLE cold (id int, seen int);
      INSERT INTO hot VALUES (1, 0);
      INSERT INTO cold VALUES (1, 0), (2, 0);
      CREATE FUNCTION bump(who int) RETURNS int LANGUAGE plpgsql AS $$
      DECLARE v int;
      BEGIN
        INSERT INTO log VALUES ('begin ' || who);
        UPDATE hot SET n = n + 1 WHERE id = 1 RETURNING n INTO v;
        RETURN v;
      END $$;
      CREATE FUNCTION bumps(n int) RETURNS SETOF int LANGUAGE plpgsql AS $$
      BEGIN FOR i IN 1..n LOOP RETURN NEXT bump(100 + i); END LOOP; END $$`);
    await holder.query('BEGIN');
    await holder.query('UPDATE hot SET n = 10 WHERE id = 1');
    const answer = waiter.query('UPDATE cold SET seen = bump(id) RETURNING id, seen');
    const rows = waiter.query('SELECT b FROM bumps(2) b');
    await holder.query('SELECT 1');
    await holder.query('COMMIT');
    expect((await answer).rows).toEqual([
      { id: 1, seen: 11 },
      { id: 2, seen: 12 },
    ]);
    expect((await rows).rows).toEqual([{ b: 13 }, { b: 14 }]);
    expect((await holder.query('SELECT count(*)::int AS n FROM log')).rows).toEqual([{ n: 4 }]);
  } finally {
    await holder.end();
    await waiter.end();
    await served.close();
  }
});
