/**
 * Concurrency against the real server. Goal: who waits, who wakes, who fails and what is left must be the same, step by step.
 * Method: interleaving.ts; first known shapes by name, then drawn ones.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ServedPort } from '../../../harness/cli/serve-port.ts';
import { servePostgres } from '../../sim/postgres/serve.ts';
import { type Interleaving, type Step, transcript } from './interleaving.ts';
import { hasRealServer, type RealServer, startRealServer } from './real-server.ts';

const SETUP = `
  CREATE TABLE t (id int PRIMARY KEY, v int NOT NULL, u int UNIQUE, s text DEFAULT 'q');
  INSERT INTO t VALUES (1, 10, 100), (2, 20, 200), (3, 30, 300);
  CREATE TABLE c (id int PRIMARY KEY, t int REFERENCES t ON DELETE CASCADE);
  INSERT INTO c VALUES (1, 1);
`;
const FINAL = ['SELECT * FROM t ORDER BY id', 'SELECT * FROM c ORDER BY id'];

/** `0: BEGIN` lines to steps. */
function steps(text: string): Step[] {
  return text
    .trim()
    .split('\n')
    .map((line) => {
      const [, session, sql] = /^\s*(\d)\s*:\s*(.*)$/.exec(line)!;
      return { session: Number(session), sql: sql! };
    });
}

const KNOWN: Readonly<Record<string, string>> = {
  'an update waits for an update and sees its result': `
    0: BEGIN
    1: BEGIN
    0: UPDATE t SET v = v + 1 WHERE id = 1
    1: UPDATE t SET v = v * 2 WHERE id = 1 RETURNING v
    0: COMMIT
    1: COMMIT`,
  'a predicate is judged again after the wait': `
    0: BEGIN
    0: UPDATE t SET v = 99 WHERE id = 1
    1: UPDATE t SET s = 'late' WHERE v = 10
    2: SELECT * FROM t WHERE v = 10 FOR UPDATE
    0: COMMIT`,
  'a rollback lets the waiter have the old row': `
    0: BEGIN
    0: DELETE FROM t WHERE id = 2
    1: UPDATE t SET v = 0 WHERE id = 2
    0: ROLLBACK`,
  'a deleted row is gone for the waiter': `
    0: BEGIN
    0: DELETE FROM t WHERE id = 2
    1: UPDATE t SET v = 0 WHERE id = 2
    0: COMMIT`,
  // Two of them: a third would race with the second for the new version of the row, once the first has written it.
  'waiters for a row are served in order': `
    0: BEGIN
    0: SELECT * FROM t WHERE id = 1 FOR UPDATE
    1: UPDATE t SET s = s || '1' WHERE id = 1
    2: UPDATE t SET s = s || '2' WHERE id = 1
    0: COMMIT`,
  'two rows in opposite order are a deadlock': `
    0: BEGIN
    1: BEGIN
    0: UPDATE t SET v = 1 WHERE id = 1
    1: UPDATE t SET v = 2 WHERE id = 2
    0: UPDATE t SET v = 1 WHERE id = 2
    1: UPDATE t SET v = 2 WHERE id = 1
    0: COMMIT
    1: COMMIT`,
  'three sessions in a ring are a deadlock': `
    0: BEGIN
    1: BEGIN
    2: BEGIN
    0: UPDATE t SET v = 1 WHERE id = 1
    1: UPDATE t SET v = 2 WHERE id = 2
    2: UPDATE t SET v = 3 WHERE id = 3
    0: UPDATE t SET v = 1 WHERE id = 2
    1: UPDATE t SET v = 2 WHERE id = 3
    2: UPDATE t SET v = 3 WHERE id = 1
    1: COMMIT
    0: COMMIT
    2: COMMIT`,
  'a duplicate waits for the open inserter': `
    0: BEGIN
    0: INSERT INTO t VALUES (4, 1, 1)
    1: INSERT INTO t VALUES (4, 2, 2)
    2: INSERT INTO t VALUES (5, 1, 1)
    0: COMMIT`,
  'a duplicate goes on when the inserter gives up': `
    0: BEGIN
    0: INSERT INTO t VALUES (4, 1, 1)
    1: INSERT INTO t VALUES (4, 2, 2)
    0: ROLLBACK`,
  'ON CONFLICT waits and then updates': `
    0: BEGIN
    0: INSERT INTO t VALUES (4, 1, 1)
    1: INSERT INTO t VALUES (4, 2, 2) ON CONFLICT (id) DO UPDATE SET v = t.v + excluded.v RETURNING *
    2: INSERT INTO t VALUES (4, 3, 3) ON CONFLICT DO NOTHING RETURNING *
    0: COMMIT`,
  'NOWAIT and SKIP LOCKED do not wait': `
    0: BEGIN
    0: SELECT * FROM t WHERE id = 1 FOR UPDATE
    1: SELECT * FROM t WHERE id = 1 FOR UPDATE NOWAIT
    1: SELECT * FROM t ORDER BY id FOR UPDATE SKIP LOCKED
    1: SELECT * FROM t ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
    0: COMMIT`,
  'row lock strengths conflict as the table says': `
    0: BEGIN
    0: SELECT * FROM t WHERE id = 1 FOR KEY SHARE
    1: UPDATE t SET v = 5 WHERE id = 1
    2: SELECT * FROM t WHERE id = 1 FOR NO KEY UPDATE
    2: SELECT * FROM t WHERE id = 1 FOR UPDATE
    0: COMMIT`,
  'a child waits for its parent to be decided': `
    0: BEGIN
    0: DELETE FROM t WHERE id = 2
    1: INSERT INTO c VALUES (2, 2)
    0: COMMIT`,
  'a parent waits for its child to be decided': `
    0: BEGIN
    0: INSERT INTO c VALUES (2, 2)
    1: DELETE FROM t WHERE id = 2
    2: UPDATE t SET v = 7 WHERE id = 2
    0: COMMIT`,
  'repeatable read fails on a concurrent update': `
    0: BEGIN ISOLATION LEVEL REPEATABLE READ
    0: SELECT * FROM t WHERE id = 1
    1: UPDATE t SET v = 11 WHERE id = 1
    0: UPDATE t SET v = v + 1 WHERE id = 1
    0: SELECT 1
    0: ROLLBACK`,
  'repeatable read keeps its snapshot': `
    0: BEGIN ISOLATION LEVEL REPEATABLE READ
    0: SELECT * FROM t
    1: INSERT INTO t VALUES (9, 9, 9)
    1: DELETE FROM t WHERE id = 1
    0: SELECT * FROM t
    0: COMMIT
    0: SELECT * FROM t`,
  'table locks queue': `
    0: BEGIN
    0: SELECT * FROM t
    1: BEGIN
    1: LOCK TABLE t IN ACCESS EXCLUSIVE MODE
    2: SELECT count(*) FROM t
    0: COMMIT
    1: COMMIT`,
  'a table lock deadlock is found': `
    0: BEGIN
    1: BEGIN
    0: LOCK TABLE t IN SHARE MODE
    1: LOCK TABLE t IN SHARE MODE
    0: UPDATE t SET v = 1 WHERE id = 1
    1: UPDATE t SET v = 2 WHERE id = 1
    0: COMMIT`,
  'advisory locks wait in order': `
    0: BEGIN
    0: SELECT pg_advisory_xact_lock(7)
    1: BEGIN
    1: SELECT pg_advisory_xact_lock(7)
    2: SELECT pg_try_advisory_xact_lock(7)
    2: SELECT pg_advisory_lock_shared(7)
    0: COMMIT
    1: COMMIT
    2: SELECT pg_advisory_unlock_shared(7)`,
  'a savepoint gives its row locks back': `
    0: BEGIN
    0: SAVEPOINT a
    0: UPDATE t SET v = 1 WHERE id = 1
    1: UPDATE t SET v = 2 WHERE id = 1
    0: ROLLBACK TO a
    0: COMMIT`,
  'a failed statement inside a savepoint keeps the earlier locks': `
    0: BEGIN
    0: UPDATE t SET v = 1 WHERE id = 1
    0: SAVEPOINT a
    0: SELECT 1/0
    1: UPDATE t SET v = 2 WHERE id = 1
    0: ROLLBACK TO a
    0: COMMIT`,
  'write skew fails under serializable': `
    0: BEGIN ISOLATION LEVEL SERIALIZABLE
    1: BEGIN ISOLATION LEVEL SERIALIZABLE
    0: SELECT sum(v) FROM t
    1: SELECT sum(v) FROM t
    0: UPDATE t SET v = 0 WHERE id = 1
    1: UPDATE t SET v = 0 WHERE id = 2
    0: COMMIT
    1: COMMIT`,
  'a reader between two writers fails under serializable': `
    0: BEGIN ISOLATION LEVEL SERIALIZABLE
    1: BEGIN ISOLATION LEVEL SERIALIZABLE
    2: BEGIN ISOLATION LEVEL SERIALIZABLE
    0: SELECT v FROM t WHERE id = 2
    1: UPDATE t SET v = 21 WHERE id = 2
    1: COMMIT
    2: SELECT v FROM t ORDER BY id
    2: COMMIT
    0: UPDATE t SET v = 11 WHERE id = 1
    0: COMMIT`,
  'inserts that others counted fail under serializable': `
    0: BEGIN ISOLATION LEVEL SERIALIZABLE
    1: BEGIN ISOLATION LEVEL SERIALIZABLE
    0: SELECT count(*) FROM t
    1: SELECT count(*) FROM t
    0: INSERT INTO t VALUES (7, 1, 1)
    1: INSERT INTO t VALUES (8, 1, 2)
    1: COMMIT
    0: COMMIT`,
  'one edge alone does not fail under serializable': `
    0: BEGIN ISOLATION LEVEL SERIALIZABLE
    1: BEGIN ISOLATION LEVEL SERIALIZABLE
    0: SELECT v FROM t
    1: UPDATE t SET v = 5 WHERE id = 1
    1: COMMIT
    0: SELECT v FROM t
    0: COMMIT`,
  'serializable fails on a plain update conflict too': `
    0: BEGIN ISOLATION LEVEL SERIALIZABLE
    1: BEGIN ISOLATION LEVEL SERIALIZABLE
    0: UPDATE t SET v = 5 WHERE id = 1
    1: UPDATE t SET v = 6 WHERE id = 1
    0: COMMIT
    1: COMMIT`,
  'a late write after the other committed fails under serializable': `
    0: BEGIN ISOLATION LEVEL SERIALIZABLE
    1: BEGIN ISOLATION LEVEL SERIALIZABLE
    0: SELECT sum(v) FROM t
    1: SELECT sum(v) FROM t
    1: INSERT INTO t VALUES (9, 60, 1)
    1: COMMIT
    0: INSERT INTO t VALUES (10, 60, 2)
    0: COMMIT`,
  'a job is claimed once': `
    0: BEGIN
    1: BEGIN
    0: UPDATE t SET s = 'run' WHERE id = (SELECT id FROM t WHERE s = 'q' ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id
    1: UPDATE t SET s = 'run' WHERE id = (SELECT id FROM t WHERE s = 'q' ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id
    2: WITH x AS (SELECT id FROM t WHERE s = 'q' ORDER BY id LIMIT 1 FOR UPDATE) UPDATE t SET s = 'run' FROM x WHERE t.id = x.id RETURNING t.id
    0: ROLLBACK
    1: COMMIT`,
  'DDL waits for readers and shows at commit': `
    0: BEGIN
    0: SELECT id FROM t ORDER BY id
    1: ALTER TABLE t ADD COLUMN extra int DEFAULT 5
    2: SELECT * FROM t ORDER BY id
    0: COMMIT`,
  'DDL rolls back': `
    0: BEGIN
    0: ALTER TABLE t DROP COLUMN s
    0: CREATE TABLE n (id int)
    1: SELECT * FROM n
    1: SELECT s FROM t
    0: ROLLBACK`,
};

const session = fc.integer({ min: 0, max: 2 });
const id = fc.integer({ min: 1, max: 4 });
const sql = fc.oneof(
  { weight: 5, arbitrary: fc.constant('BEGIN') },
  { weight: 1, arbitrary: fc.constant('BEGIN ISOLATION LEVEL REPEATABLE READ') },
  { weight: 4, arbitrary: fc.constant('COMMIT') },
  { weight: 2, arbitrary: fc.constant('ROLLBACK') },
  { weight: 6, arbitrary: id.map((n) => `UPDATE t SET v = v + 1 WHERE id = ${n} RETURNING v`) },
  { weight: 2, arbitrary: id.map((n) => `UPDATE t SET s = s || 'x' WHERE v < ${n * 10 + 1}`) },
  { weight: 1, arbitrary: id.map((n) => `UPDATE t SET id = id + 10 WHERE id = ${n}`) },
  { weight: 2, arbitrary: id.map((n) => `DELETE FROM t WHERE id = ${n}`) },
  { weight: 3, arbitrary: fc.tuple(id, id).map(([n, m]) => `INSERT INTO t VALUES (${n}, ${m}, ${m * 100})`) },
  {
    weight: 2,
    arbitrary: id.map(
      (n) => `INSERT INTO t VALUES (${n}, 1, NULL) ON CONFLICT (id) DO UPDATE SET v = t.v + 100 RETURNING v`,
    ),
  },
  { weight: 1, arbitrary: id.map((n) => `INSERT INTO t VALUES (${n}, 1, NULL) ON CONFLICT DO NOTHING`) },
  { weight: 2, arbitrary: fc.tuple(id, id).map(([n, m]) => `INSERT INTO c VALUES (${n + 1}, ${m})`) },
  { weight: 1, arbitrary: id.map((n) => `SELECT id, v FROM t WHERE id <= ${n} ORDER BY id FOR UPDATE`) },
  { weight: 1, arbitrary: id.map((n) => `SELECT id, v FROM t WHERE id = ${n} FOR SHARE`) },
  { weight: 1, arbitrary: id.map((n) => `SELECT id, v FROM t WHERE id = ${n} FOR KEY SHARE`) },
  { weight: 1, arbitrary: fc.constant('SELECT id FROM t ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED') },
  { weight: 1, arbitrary: id.map((n) => `SELECT id FROM t WHERE id = ${n} FOR NO KEY UPDATE NOWAIT`) },
  { weight: 1, arbitrary: fc.constant('SELECT * FROM t ORDER BY id') },
  { weight: 1, arbitrary: fc.constantFrom('SAVEPOINT a', 'ROLLBACK TO a', 'RELEASE a') },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('SHARE', 'ROW EXCLUSIVE', 'SHARE ROW EXCLUSIVE', 'ACCESS EXCLUSIVE')
      .map((mode) => `LOCK TABLE t IN ${mode} MODE`),
  },
);

describe.skipIf(!hasRealServer)('interleavings against the real server', () => {
  let real: RealServer;
  let ours: ServedPort;

  beforeAll(async () => {
    real = await startRealServer();
    ours = await servePostgres();
  }, 60_000);

  afterAll(async () => {
    await ours?.close();
    await real?.stop();
  });

  const compare = async (interleaving: Interleaving): Promise<void> => {
    const theirs = await transcript(real.port, interleaving);
    expect(await transcript(ours.port, interleaving)).toEqual(theirs);
  };

  /**
   * When one commit lets several sessions go on at once, the real server's scheduler decides which comes first: ours must be one of the
   * transcripts that the real server was seen to give.
   */
  const compareAmongSeen = async (interleaving: Interleaving): Promise<void> => {
    const mine = await transcript(ours.port, interleaving);
    for (let attempt = 0; attempt < 8; attempt++) {
      const theirs = await transcript(real.port, interleaving);
      if (JSON.stringify(mine) === JSON.stringify(theirs)) return;
      if (attempt === 7) expect(mine).toEqual(theirs);
    }
  };

  for (const [name, text] of Object.entries(KNOWN)) {
    test(name, () => compare({ setup: SETUP, sessions: 4, steps: steps(text), final: FINAL }), 30_000);
  }

  const seed = Number(process.env['SEEDSTORM_SEED'] ?? 1);
  const runs = Number(process.env['SEEDSTORM_RUNS'] ?? 12);
  test(`drawn interleavings, seed ${seed}, ${runs} runs`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.record({ session, sql }), { minLength: 4, maxLength: 14 }), (drawn) =>
        compareAmongSeen({ setup: SETUP, sessions: 3, steps: drawn, final: FINAL }),
      ),
      { seed, numRuns: runs, endOnFailure: process.env['SEEDSTORM_SHRINK'] === undefined },
    );
  }, 600_000);
});
