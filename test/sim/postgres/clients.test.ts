/**
 * postgres (porsager), knex, kysely and drizzle, unmodified: definitions, rows, transactions, joins, errors. What each program says is kept as it
 * said it to a real PostgreSQL 15 (clients/*.txt); SEEDSTORM_UPDATE=1 with DATABASE_URL of a fresh real server writes it anew.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { postgresServer, preparePostgres } from '../../../sim/postgres/index.ts';
import { runPrograms } from '../runtime/programs.ts';

beforeAll(preparePostgres);

const pathOf = (file: string): string => fileURLToPath(new URL(`./clients/${file}`, import.meta.url));

test.each(['porsager', 'knex', 'kysely', 'drizzle'])(
  '%s says what it says to the real server, the same on every run',
  async (name) => {
    const program = readFileSync(pathOf(`${name}.mjs`), 'utf8');
    if (process.env['SEEDSTORM_UPDATE'] === '1')
      writeFileSync(
        pathOf(`${name}.txt`),
        execFileSync(process.execPath, [pathOf(`${name}.mjs`)], {
          encoding: 'utf8',
          env: { ...process.env, TZ: 'UTC' },
        }),
      );
    const run = () =>
      runPrograms({
        programs: { 'client.mjs': program },
        servers: [{ name: 'postgres', type: 'postgres', factory: postgresServer({ users: { postgres: {} } }) }],
        env: { DATABASE_URL: 'postgres://postgres@postgres:5432/postgres' },
      });
    const ran = await run();
    const said = ran.lines.filter((line) => line.startsWith('client: ')).map((line) => line.slice('client: '.length));
    expect(said).toEqual(
      readFileSync(pathOf(`${name}.txt`), 'utf8')
        .trimEnd()
        .split('\n'),
    );
    expect((await run()).hash).toBe(ran.hash);
  },
  120_000,
);
