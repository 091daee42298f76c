/**
 * Drawn statements against the real server. Goal: any statement of the grammar gives the same rows, or the same error. Method: batches of
 * statements in one session on both servers; rows are compared sorted, since neither server promises an order without ORDER BY. Division is
 * left out, since which of two conditions is tested first decides whether it fails.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ServedPort } from '../../../harness/cli/serve-port.ts';
import { servePostgres } from '../../sim/postgres/serve.ts';
import { hasRealServer, type RealServer, startRealServer } from './real-server.ts';
import { answersSorted } from './statements.ts';

const SETUP = [
  'CREATE TABLE x (id int PRIMARY KEY, n int, s text, b bool)',
  'CREATE INDEX ON x (n, s)',
  'CREATE TABLE y (id serial PRIMARY KEY, x int REFERENCES x ON DELETE CASCADE, n bigint, m numeric(6,2) DEFAULT 1.5)',
  'CREATE INDEX ON y (x) WHERE n > 1',
  'INSERT INTO x SELECT g, g % 4, CASE WHEN g % 5 = 0 THEN NULL ELSE chr(97 + g % 6) END, g % 2 = 0 FROM generate_series(1, 12) g',
  'INSERT INTO y (x, n) SELECT g % 9 + 1, g % 5 FROM generate_series(1, 15) g',
];

const number = fc.integer({ min: -2, max: 13 }).map(String);
const intColumn = fc.constantFrom('x.id', 'x.n', 'y.n', 'y.x', 'y.id');
const { int, text, bool } = fc.letrec<{ int: string; text: string; bool: string }>((tie) => ({
  int: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    intColumn,
    number,
    fc.tuple(tie('int'), fc.constantFrom('+', '-', '*'), tie('int')).map(([a, op, b]) => `(${a} ${op} ${b})`),
    fc.tuple(tie('bool'), tie('int'), tie('int')).map(([c, a, b]) => `CASE WHEN ${c} THEN ${a} ELSE ${b} END`),
    fc.tuple(tie('int'), tie('int')).map(([a, b]) => `COALESCE(${a}, ${b})`),
    fc.tuple(tie('int'), tie('int')).map(([a, b]) => `NULLIF(${a}, ${b})`),
    tie('text').map((a) => `length(${a})`),
    fc.constant('(SELECT max(z.n) FROM y z WHERE z.x = x.id)'),
    fc.constant('NULL::int'),
  ),
  text: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constant('x.s'),
    fc.constantFrom("'a'", "'b'", "''", 'NULL::text'),
    fc.tuple(tie('text'), tie('text')).map(([a, b]) => `(${a} || ${b})`),
    tie('int').map((a) => `(${a})::text`),
    tie('text').map((a) => `upper(${a})`),
  ),
  bool: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom('x.b', 'true', 'NULL::bool'),
    fc.tuple(tie('int'), fc.constantFrom('=', '<', '>=', '<>'), tie('int')).map(([a, op, b]) => `${a} ${op} ${b}`),
    fc.tuple(tie('text'), fc.constantFrom('=', '<', 'LIKE'), tie('text')).map(([a, op, b]) => `${a} ${op} ${b}`),
    fc.tuple(tie('bool'), fc.constantFrom('AND', 'OR'), tie('bool')).map(([a, op, b]) => `(${a} ${op} ${b})`),
    tie('bool').map((a) => `NOT (${a})`),
    tie('int').map((a) => `${a} IS NULL`),
    fc
      .tuple(tie('int'), fc.array(number, { minLength: 1, maxLength: 3 }))
      .map(([a, list]) => `${a} IN (${list.join(', ')})`),
    fc.tuple(tie('int'), number, number).map(([a, b, c]) => `${a} BETWEEN ${b} AND ${c}`),
    fc
      .tuple(tie('int'), fc.constantFrom('IN', 'NOT IN'))
      .map(([a, op]) => `${a} ${op} (SELECT z.x FROM y z WHERE z.n > 2)`),
    fc.constant('EXISTS (SELECT 1 FROM y z WHERE z.x = x.id AND z.n = y.n)'),
    fc.tuple(tie('int'), tie('int')).map(([a, b]) => `${a} IS DISTINCT FROM ${b}`),
  ),
}));

const from = fc.oneof(
  fc.constant('x JOIN y ON y.x = x.id'),
  fc.constant('x LEFT JOIN y ON y.x = x.id AND y.n > 1'),
  fc.constant('x RIGHT JOIN y ON y.x = x.id AND x.n = 2'),
  fc.constant('x FULL JOIN y ON y.x = x.n'),
  fc.constant('x, y'),
  bool.map((on) => `x JOIN y ON ${on}`),
  bool.map((on) => `x LEFT JOIN y ON ${on}`),
  fc.constant('x CROSS JOIN LATERAL (SELECT * FROM y z WHERE z.x = x.id LIMIT 3) y'),
);

const select = fc.oneof(
  fc.tuple(int, text, from, bool).map(([a, b, f, w]) => `SELECT ${a} AS a, ${b} AS b FROM ${f} WHERE ${w}`),
  fc.tuple(int, from, bool).map(([a, f, w]) => `SELECT DISTINCT ${a} FROM ${f} WHERE ${w}`),
  fc
    .tuple(fc.constantFrom('x.n', 'x.s', 'x.b', 'y.n'), int, from, bool)
    .map(
      ([g, a, f, w]) =>
        `SELECT ${g}, count(*), sum(${a}), min(${a}), count(DISTINCT ${a}) FROM ${f} WHERE ${w} GROUP BY ${g}`,
    ),
  fc.tuple(int, from, bool).map(([a, f, h]) => `SELECT x.n, max(${a}) FROM ${f} GROUP BY x.n HAVING bool_or(${h})`),
  fc
    .tuple(int, from, int)
    .map(
      ([a, f, o]) =>
        `SELECT x.id, y.id, ${a}, row_number() OVER (PARTITION BY x.n ORDER BY ${o}, x.id, y.id) FROM ${f}`,
    ),
  fc
    .tuple(int, int, from, bool, fc.constantFrom('UNION', 'UNION ALL', 'INTERSECT', 'EXCEPT'))
    .map(([a, b, f, w, op]) => `SELECT ${a} FROM ${f} WHERE ${w} ${op} SELECT ${b} FROM ${f}`),
  fc.tuple(int, from, bool, fc.nat(5)).map(([a, f, w, l]) => `SELECT ${a} FROM ${f} WHERE ${w} ORDER BY 1 LIMIT ${l}`),
  fc
    .tuple(int, from, bool)
    .map(
      ([a, f, w]) =>
        `WITH q AS (SELECT ${a} AS v, x.id AS k FROM ${f} WHERE ${w}) SELECT q.v, count(*) FROM q JOIN x ON x.id = q.k GROUP BY 1`,
    ),
);

const own = (expr: string): string =>
  expr
    .replaceAll(/\by\./g, 'x.')
    .replaceAll('x.x', 'x.n')
    .replaceAll(/\(SELECT max\(z\.n\) FROM x z WHERE z\.n = x\.id\)/g, '1');
const change = fc.oneof(
  fc.tuple(int, bool).map(([a, w]) => own(`UPDATE x SET n = ${a} WHERE ${w} RETURNING id, n`)),
  fc.tuple(text, bool).map(([a, w]) => own(`UPDATE x SET s = ${a} WHERE ${w}`)),
  fc
    .tuple(number, int)
    .map(([a, b]) =>
      own(
        `INSERT INTO x SELECT ${a}, ${b}, x.s FROM x WHERE x.id = 3 ON CONFLICT (id) DO UPDATE SET n = excluded.n + x.n RETURNING *`,
      ),
    ),
  bool.map((w) => own(`DELETE FROM x WHERE ${w} RETURNING id`)),
  fc
    .tuple(int, bool)
    .map(([a, w]) => `UPDATE y SET n = ${a} FROM x WHERE x.id = y.x AND (${w}) AND x.id = y.id RETURNING y.id`),
  fc.constantFrom('BEGIN', 'COMMIT', 'ROLLBACK', 'SAVEPOINT s', 'ROLLBACK TO s'),
);

describe.skipIf(!hasRealServer)('drawn statements against the real server', () => {
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

  const seed = Number(process.env['SEEDSTORM_SEED'] ?? 1);
  const runs = Number(process.env['SEEDSTORM_RUNS'] ?? 6);
  const isShrinking = process.env['SEEDSTORM_SHRINK'] !== undefined;
  test(`seed ${seed}, ${runs} runs`, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof({ weight: 3, arbitrary: select }, { weight: 1, arbitrary: change }), {
          minLength: isShrinking ? 1 : 20,
          maxLength: 40,
        }),
        async (statements) => {
          const all = [...SETUP, ...statements];
          const theirs = await answersSorted(real.port, all);
          expect(await answersSorted(ours.port, all)).toEqual(theirs);
        },
      ),
      { seed, numRuns: runs, endOnFailure: !isShrinking },
    );
  }, 600_000);
});
