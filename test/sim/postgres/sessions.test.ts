/** Sessions as real clients see them: node-postgres over a real port against the simulated server. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Socket } from 'node:net';
import pg from 'pg';
import { afterEach, describe, expect, test } from 'vitest';
import type { ServedPort } from '../../../harness/cli/serve-port.ts';
import type { Commit } from '../../../sim/kernel/server.ts';
import type { PostgresOptions } from '../../../sim/postgres/index.ts';
import { servePostgres } from './serve.ts';

let served: ServedPort | null = null;
const clients: pg.Client[] = [];

async function serve(options: PostgresOptions = {}, commit?: (commit: Commit) => void): Promise<ServedPort> {
  served = await servePostgres(options, commit);
  return served;
}

async function connect(config: Partial<pg.ClientConfig> = {}): Promise<pg.Client> {
  const client = new pg.Client({
    host: '127.0.0.1',
    port: served!.port,
    user: 'postgres',
    database: 'postgres',
    ...config,
  });
  client.on('error', () => {});
  await client.connect();
  clients.push(client);
  return client;
}

afterEach(async () => {
  for (const client of clients.splice(0)) await client.end().catch(() => {});
  await served?.close();
  served = null;
});

/** The place of a crashed server closes its connections; here the test does. */
function dropConnections(): void {
  for (const client of clients.splice(0))
    (client as unknown as { readonly connection: { readonly stream: Socket } }).connection.stream.destroy();
}

const codeOf = async (work: Promise<unknown>): Promise<string | undefined> => {
  try {
    await work;
    return undefined;
  } catch (error) {
    return (error as pg.DatabaseError).code;
  }
};

describe('authentication', () => {
  for (const authentication of ['password', 'md5', 'scram-sha-256'] as const) {
    test(`${authentication} takes the right password and no other`, async () => {
      await serve({ authentication, users: { alice: { password: 'geheim', isSuperuser: false } } });
      const client = await connect({ user: 'alice', password: 'geheim' });
      expect((await client.query('SELECT current_user AS who')).rows).toEqual([{ who: 'alice' }]);
      expect(await codeOf(connect({ user: 'alice', password: 'falsch' }))).toBe('28P01');
      expect(await codeOf(connect({ user: 'bob', password: 'geheim' }))).toBe('28P01');
    });
  }

  test('an unknown database and too many clients are refused', async () => {
    await serve({ maxConnections: 1 });
    expect(await codeOf(connect({ database: 'nowhere' }))).toBe('3D000');
    await connect();
    expect(await codeOf(connect())).toBe('53300');
  });
});

describe('queries', () => {
  test('a pool runs prepared statements with parameters of many types', async () => {
    await serve();
    const pool = new pg.Pool({ host: '127.0.0.1', port: served!.port, user: 'postgres', database: 'postgres', max: 3 });
    await pool.query(
      'CREATE TABLE t (id int PRIMARY KEY, name text, tags text[], at timestamptz, data jsonb, big bigint, price numeric(10,2), raw bytea)',
    );
    const at = new Date('2024-02-29T12:00:00.123Z');
    const insert = { name: 'insert', text: 'INSERT INTO t VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING *' };
    const { rows } = await pool.query({
      ...insert,
      values: [1, 'Zoë', ['a', 'b"c'], at, { x: [1, null] }, '9007199254740993', '12.345', Buffer.from([0, 255])],
    });
    expect(rows).toEqual([
      {
        id: 1,
        name: 'Zoë',
        tags: ['a', 'b"c'],
        at,
        data: { x: [1, null] },
        big: '9007199254740993',
        price: '12.35',
        raw: Buffer.from([0, 255]),
      },
    ]);
    expect(await codeOf(pool.query({ ...insert, values: [1, 'b', [], at, {}, 1, 1, null] }))).toBe('23505');
    const all = await Promise.all(
      Array.from({ length: 20 }, (_, index) => pool.query('SELECT $1::int + 1 AS n', [index])),
    );
    expect(all.map((result) => result.rows[0].n)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    await pool.end();
  });

  test('an error inside a block makes everything up to ROLLBACK fail with 25P02', async () => {
    await serve();
    const client = await connect();
    await client.query('BEGIN');
    expect(await codeOf(client.query('SELECT 1/0'))).toBe('22012');
    expect(await codeOf(client.query('SELECT 1'))).toBe('25P02');
    await client.query('ROLLBACK');
    expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });

  test('a simple query of several statements is one transaction', async () => {
    await serve();
    const client = await connect();
    await client.query('CREATE TABLE t (id int)');
    expect(await codeOf(client.query('INSERT INTO t VALUES (1); SELECT 1/0'))).toBe('22012');
    expect((await client.query('SELECT count(*)::int AS n FROM t')).rows).toEqual([{ n: 0 }]);
  });
});

describe('notifications', () => {
  test('a notification reaches listeners at commit, once for equal ones, and never after a rollback', async () => {
    await serve();
    const listener = await connect();
    const sender = await connect();
    const got: string[] = [];
    listener.on('notification', (message) => got.push(`${message.channel}:${message.payload}`));
    await listener.query('LISTEN work');
    await sender.query("BEGIN; NOTIFY work, 'lost'; ROLLBACK");
    await sender.query('BEGIN');
    await sender.query("SELECT pg_notify('work', 'a'), pg_notify('work', 'a'), pg_notify('work', 'b')");
    await listener.query('SELECT 1');
    expect(got).toEqual([]);
    await sender.query('COMMIT');
    await listener.query('SELECT 1');
    expect(got).toEqual(['work:a', 'work:b']);
  });
});

describe('interrupts', () => {
  test('statement_timeout and lock_timeout end a wait with their own codes', async () => {
    await serve();
    const holder = await connect();
    const waiter = await connect();
    await holder.query('CREATE TABLE t (id int); INSERT INTO t VALUES (1)');
    await holder.query('BEGIN');
    await holder.query('UPDATE t SET id = 2');
    await waiter.query('SET lock_timeout = 30');
    expect(await codeOf(waiter.query('UPDATE t SET id = 3'))).toBe('55P03');
    await waiter.query('SET lock_timeout = 0; SET statement_timeout = 30');
    expect(await codeOf(waiter.query('UPDATE t SET id = 3'))).toBe('57014');
    expect(await codeOf(waiter.query('SELECT pg_sleep(5)'))).toBe('57014');
    await holder.query('COMMIT');
    expect((await waiter.query('SELECT id FROM t')).rows).toEqual([{ id: 2 }]);
  });

  test('pg_cancel_backend cancels a sleeper and pg_terminate_backend ends its session', async () => {
    await serve();
    const sleeper = await connect();
    const other = await connect();
    const pid = (await sleeper.query('SELECT pg_backend_pid() AS pid')).rows[0].pid;
    const sleeping = codeOf(sleeper.query('SELECT pg_sleep(60)'));
    await other.query('SELECT pg_cancel_backend($1)', [pid]);
    expect(await sleeping).toBe('57014');
    const again = codeOf(sleeper.query('SELECT pg_sleep(60)'));
    await other.query('SELECT pg_terminate_backend($1)', [pid]);
    expect(await again).toBe('57P01');
  });

  test('idle_in_transaction_session_timeout ends an idle transaction', async () => {
    await serve();
    const idle = await connect();
    const ended = new Promise<string | undefined>((resolve) =>
      idle.once('error', (error) => resolve((error as pg.DatabaseError).code)),
    );
    await idle.query('SET idle_in_transaction_session_timeout = 20');
    await idle.query('BEGIN');
    expect(await ended).toBe('25P03');
  });
});

describe('the server as the simulator sees it', () => {
  test('commits of observed tables are reported in commit order with plain rows', async () => {
    const commits: Commit[] = [];
    await serve(
      {
        schema: 'CREATE TABLE jobs (id bigint PRIMARY KEY, state text, n int); CREATE TABLE other (id int)',
        observe: ['jobs'],
      },
      (commit) => commits.push(commit),
    );
    const client = await connect();
    await client.query(
      "BEGIN; INSERT INTO jobs VALUES (1, 'new', 5); SAVEPOINT a; INSERT INTO jobs VALUES (2, 'gone', 1); ROLLBACK TO a; UPDATE jobs SET n = 6; INSERT INTO other VALUES (1); COMMIT",
    );
    await client.query('BEGIN; DELETE FROM jobs; ROLLBACK');
    await client.query('DELETE FROM jobs');
    expect(commits.map((commit) => commit.rows)).toEqual([
      [
        { table: 'jobs', op: 'insert', new: { id: '1', state: 'new', n: 5 } },
        { table: 'jobs', op: 'update', old: { id: '1', state: 'new', n: 5 }, new: { id: '1', state: 'new', n: 6 } },
      ],
      [{ table: 'jobs', op: 'delete', old: { id: '1', state: 'new', n: 6 } }],
    ]);
  });

  test('a crash keeps flushed commits, loses unflushed ones, and ends every transaction', async () => {
    const { server } = await serve({ schema: 'CREATE TABLE t (id int)', settings: { wal_writer_delay: '10s' } });
    const client = await connect();
    await client.query('INSERT INTO t VALUES (1)');
    const open = await connect();
    await open.query('BEGIN; INSERT INTO t VALUES (2)');
    await client.query('SET synchronous_commit = off');
    await client.query('INSERT INTO t VALUES (3)');
    dropConnections();
    server.crash('unsynced');
    server.start();
    const after = await connect();
    expect((await after.query('SELECT id FROM t ORDER BY id')).rows).toEqual([{ id: 1 }]);
    dropConnections();
    server.crash('everything');
    server.start();
    const empty = await connect();
    expect((await empty.query('SELECT id FROM t')).rows).toEqual([]);
  });

  test('a held lock makes statements wait until it is released', async () => {
    const { server } = await serve({ schema: 'CREATE TABLE t (id int)' });
    server.act('hold-lock', { table: 't', mode: 'AccessExclusiveLock' });
    const client = await connect();
    let isThrough = false;
    const reading = client.query('SELECT * FROM t').then(() => {
      isThrough = true;
    });
    await (await connect()).query('SELECT 1');
    expect(isThrough).toBe(false);
    expect(server.act('release-locks', {})).toBe('released 1 held locks');
    await reading;
  });
});

test.skipIf(!existsSync('/usr/bin/psql'))('psql runs a script', async () => {
  await serve();
  const run = async (sql: string): Promise<string> => {
    return new Promise((resolve, reject) =>
      execFile(
        'psql',
        [
          '-h',
          '127.0.0.1',
          '-p',
          String(served!.port),
          '-U',
          'postgres',
          '-d',
          'postgres',
          '-X',
          '-A',
          '-t',
          '-c',
          sql,
        ],
        (error, stdout, stderr) => (error === null ? resolve(stdout) : reject(new Error(stderr))),
      ),
    );
  };
  expect(await run("SELECT 1, 'two', NULL")).toBe('1|two|\n');
});
