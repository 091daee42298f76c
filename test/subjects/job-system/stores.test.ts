/**
 * Both back ends on real servers: the same observations, and the parts that only Postgres has. Skipped where the servers are not installed.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createPostgresStore,
  createRedisStore,
  fireDue,
  once,
  processOnce,
  putSchedule,
  RedisLock,
  relayBatch,
} from '../../../subjects/job-system/index.ts';
import { missingPrograms, type RealServer, startPostgres, startRedis } from '../leader-lease-fencing/real-servers.ts';
import { expected, observeStore } from './stores.ts';

const portBase = 25_340;
const schema = readFileSync(new URL('../../../subjects/job-system/postgres/schema.sql', import.meta.url), 'utf8');
const missing = missingPrograms();
const skip = missing.length > 0 && process.env.CI !== 'true';

describe.skipIf(skip)(`job system on real servers${skip ? ` (not installed: ${missing.join(', ')})` : ''}`, () => {
  let postgres: RealServer;
  let redisServer: RealServer;
  let pool: pg.Pool;
  let redis: Redis;

  beforeAll(async () => {
    postgres = await startPostgres(portBase, schema);
    redisServer = await startRedis(portBase + 1);
    pool = new pg.Pool({ connectionString: postgres.url });
    // The server is stopped after the last test; a connection that hears of it while it closes is no failure.
    pool.on('error', () => {});
    redis = new Redis(redisServer.url);
  }, 60_000);

  afterAll(async () => {
    redis?.disconnect();
    await pool?.end();
    await redisServer?.stop();
    await postgres?.stop();
  });

  it('Postgres: claims, fences, retries, buries and sweeps', async () => {
    const letters = async () => {
      const { rows } = await pool.query('SELECT reason, attempts FROM dlq ORDER BY at');
      return rows.map(({ reason, attempts }) => `${reason} ${attempts}`);
    };
    expect(await observeStore({ store: createPostgresStore(pool), sleep, letters })).toEqual(expected);
  }, 30_000);

  it('Redis: claims, fences, retries, buries and sweeps', async () => {
    const letters = async () => {
      const entries = await redis.xrange('{jobs}:dead', '-', '+');
      return entries.map(([, fields]) => {
        const field = (name: string) => fields[fields.indexOf(name) + 1];
        return `${field('reason')} ${field('attempts')}`;
      });
    };
    const store = createRedisStore(redis, { worker: 'w1' });
    expect(await observeStore({ store, sleep, letters })).toEqual(expected);
  }, 30_000);

  it('outbox: events of a completing transaction are relayed once by any number of relays', async () => {
    const store = createPostgresStore(pool);
    await store.enqueue({ type: 'order', key: 'o1' });
    const job = (await store.claim({ worker: 'w1', leaseMs: 5_000 }))!;
    const events = [1, 2, 3].map((n) => ({ topic: 'orders', key: `o${n}`, payload: { n } }));
    expect(await store.complete(job, { events })).toBe(true);
    const published: string[] = [];
    const relay = () =>
      relayBatch(pool, async ({ key }) => {
        published.push(key);
      });
    await Promise.all([relay(), relay()]);
    expect(published).toEqual(['o1', 'o2', 'o3']);
    expect(await relay()).toBe(0);
  });

  it('outbox: what was not published for certain is published again', async () => {
    await pool.query(`INSERT INTO outbox (topic, key, payload) VALUES ('orders', 'o9', '{}')`);
    const refuse = relayBatch(pool, async () => {
      throw new Error('the broker is away');
    });
    await expect(refuse).rejects.toThrow('the broker is away');
    expect(await relayBatch(pool, async () => {})).toBe(1);
  });

  it('inbox: a delivery is dealt with once, also when two come together, and again after a failure', async () => {
    const delivery = { consumer: 'mailer', eventId: 'e1' };
    let times = 0;
    const work = async () => {
      times += 1;
      await sleep(50);
    };
    const failing = processOnce(pool, delivery, async () => {
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    const results = await Promise.all([processOnce(pool, delivery, work), processOnce(pool, delivery, work)]);
    expect(results.sort()).toEqual([false, true]);
    expect(times).toBe(1);
  });

  it('idempotency: replayed, busy, mismatched, and taken over from an owner who went silent', async () => {
    const request = { key: 'k1', request: { amount: 5 }, owner: 'a', ownedMs: 200 };
    const never = async (): Promise<number> => {
      throw new Error('the work must not run');
    };
    const slow = once(pool, request, async () => {
      await sleep(100);
      return 42;
    });
    await sleep(30);
    expect(await once(pool, { ...request, owner: 'b' }, never)).toEqual({ kind: 'busy' });
    expect(await slow).toEqual({ kind: 'done', reply: 42 });
    expect(await once(pool, { ...request, owner: 'b' }, never)).toEqual({ kind: 'replayed', reply: 42 });
    expect(await once(pool, { ...request, owner: 'b', request: { amount: 6 } }, never)).toEqual({ kind: 'mismatch' });
    await expect(once(pool, { ...request, key: 'k2' }, never)).rejects.toThrow('must not run');
    await sleep(250);
    expect(await once(pool, { ...request, key: 'k2', owner: 'b' }, async () => 7)).toEqual({ kind: 'done', reply: 7 });
  });

  it('recurring: a slot fires once by any number of schedulers, and a missed one only once', async () => {
    await putSchedule(pool, { name: 'report', type: 'report', everyMs: 60_000 });
    expect(await fireDue(pool)).toBe(0);
    await pool.query(`UPDATE schedules SET next_at = now() - interval '10 minutes'`);
    const fired = await Promise.all([fireDue(pool), fireDue(pool), fireDue(pool)]);
    expect(fired.reduce((sum, one) => sum + one, 0)).toBe(1);
    const { rows } = await pool.query(`SELECT key FROM jobs WHERE type = 'report'`);
    expect(rows).toHaveLength(1);
    expect(rows[0].key).toMatch(/^report@\d{4}-\d\d-\d\dT\d\d:\d\d:00\.000Z$/);
    const next = await pool.query(`SELECT next_at > now() AS later FROM schedules`);
    expect(next.rows).toEqual([{ later: true }]);
  });

  it('lock: one holder, who alone extends and releases it', async () => {
    const [one, two] = [1, 2].map(() => new RedisLock(redis, { key: 'lock', ttlMs: 200 })) as [RedisLock, RedisLock];
    expect([await one.acquire(), await two.acquire(), await one.acquire()]).toEqual([true, false, true]);
    expect([await two.extend(), await two.release(), await one.extend()]).toEqual([false, false, true]);
    await sleep(250);
    expect([await two.acquire(), await one.release(), await two.release()]).toEqual([true, false, true]);
  });
});
