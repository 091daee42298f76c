import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Addresses, takeAddresses } from '../../infra/addresses.ts';
import { prepareDatabase } from '../../infra/observation/commits.ts';
import type { CommittedTransaction } from '../../infra/observation/pgoutput.ts';
import { openSession } from '../../infra/postgres-session.ts';
import { findPostgres, findRedis } from '../../infra/providers/executables.ts';
import { localProvider } from '../../infra/providers/local.ts';
import { redisReplies } from '../../infra/redis-session.ts';
import { makeRunFolder, type RunFolder } from '../../infra/run-folder.ts';

function isThere(find: () => unknown): boolean {
  try {
    find();
    return true;
  } catch {
    return false;
  }
}

let addresses: Addresses;
let folder: RunFolder;
beforeAll(async () => {
  addresses = await takeAddresses(['redis', 'db']);
  folder = makeRunFolder();
});
afterAll(() => {
  addresses.release();
  folder.remove();
  expect(existsSync(folder.path)).toBe(false);
});
const context = () => ({ folder: folder.path, listener: addresses.listener, log: () => {} });

describe.skipIf(!isThere(findRedis))('a local Redis (skipped where there is no redis-server)', () => {
  it('keeps its data over a clean stop, and loses all of it when told to', async () => {
    const needs = { type: 'redis', name: 'redis', password: undefined, appendfsync: 'everysec', maxmemory: 0 } as const;
    const server = await localProvider(needs, context());
    try {
      const size = async () => (await redisReplies(server.address, [['DBSIZE']]))[0];
      await redisReplies(server.address, [['SET', 'a', '1']]);
      server.life!.crash('nothing');
      await server.life!.start();
      expect(await size()).toBe(':1');
      server.life!.crash('everything');
      await server.life!.start();
      expect(await size()).toBe(':0');
    } finally {
      await server.close();
    }
  });
});

describe.skipIf(!isThere(findPostgres))('a local Postgres (skipped where there is none)', () => {
  it('tells the commits of observed tables in commit order, over a crash too', async () => {
    const login = { password: 'seedstorm', auth: 'trust', maxConnections: 20 } as const;
    const needs = { type: 'postgres', name: 'db', schema: '', observe: ['t'], ...login } as const;
    const server = await localProvider(needs, context());
    const commits: CommittedTransaction[] = [];
    let reached = 0;
    const observation = await prepareDatabase({
      ...{ server: 'db', address: server.address, credentials: server.credentials, slot: 'seedstorm_test' },
      ...{
        schema: 'CREATE TABLE t (id int PRIMARY KEY, ok boolean, data jsonb); CREATE TABLE u (id int)',
        tables: ['t'],
      },
      onCommit: (commit) => commits.push(commit),
      onProgress: (at) => {
        reached = at;
      },
      onError: (error) => {
        throw error;
      },
    });
    try {
      const [first, second] = await Promise.all([
        openSession(server.address, server.credentials),
        openSession(server.address, server.credentials),
      ]);
      await first.query(`BEGIN; INSERT INTO t VALUES (1, true, '{"a": 1}')`);
      await second.query('INSERT INTO t VALUES (2, false, NULL)');
      await second.query('INSERT INTO u VALUES (1)');
      await first.query('COMMIT');
      server.life!.crash('unsynced');
      await server.life!.start();
      const third = await openSession(server.address, server.credentials);
      await third.query('UPDATE t SET ok = false WHERE id = 1');
      await third.end();
      const asked = Number(process.hrtime.bigint()) / 1_000;
      while (reached < asked) await new Promise((resolve) => setTimeout(resolve, 10));
      expect(commits.flatMap(({ rows }) => rows)).toEqual([
        { table: 't', op: 'insert', new: { id: 2, ok: false, data: null } },
        { table: 't', op: 'insert', new: { id: 1, ok: true, data: { a: 1 } } },
        {
          table: 't',
          op: 'update',
          old: { id: 1, ok: true, data: { a: 1 } },
          new: { id: 1, ok: false, data: { a: 1 } },
        },
      ]);
    } finally {
      await observation?.close();
      await server.close();
    }
  });
});
