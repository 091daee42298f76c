/** Replication between simulated servers over the virtual network, as clients see it: lag, breaks, failover and what it loses. */
import { describe, expect, test } from 'vitest';
import type { RedisOptions } from '../../../sim/redis/index.ts';
import { runBeside } from './replicated.ts';

const config = { 'repl-diskless-sync-delay': '0' };
const pair: Readonly<Record<string, RedisOptions>> = {
  cache: { config, hasConfigFile: true },
  'cache-replica-1': { config, replicaOf: { host: 'cache', port: 6379 }, hasConfigFile: true },
};
const head = `import { Redis } from 'ioredis';
  const sleep = (ms: number) => new Promise((r) => setTimeout(r, ms));
  const master = new Redis('redis://cache:6379', { retryStrategy: () => 100, maxRetriesPerRequest: null });
  const replica = new Redis('redis://cache-replica-1:6379', { retryStrategy: () => 100, maxRetriesPerRequest: null });
  for (const redis of [master, replica]) redis.on('error', () => {});`;

describe('a replica', () => {
  test('follows, hears publications, is waited for, and lags while the link is slow', async () => {
    const lines = await runBeside({
      servers: pair,
      stopAtMs: 9000,
      arrange: (world) =>
        world.after(3000, () => {
          const lift = world.disturb(
            { from: 'cache', to: 'cache-replica-1' },
            { kind: 'cut', connect: 'hang' },
            () => {},
          );
          world.after(2000, lift);
        }),
      programs: {
        a: `${head}
          await sleep(1000);
          const heard = new Redis('redis://cache-replica-1:6379'); await heard.subscribe('news'); heard.on('message', (c, m) => console.log(c, m));
          await master.set('k', '1'); await master.publish('news', 'hello');
          console.log(await master.wait(1, 1000), await replica.get('k'));
          await sleep(2500);
          await master.set('k', '2');
          console.log(await master.wait(1, 500), await replica.get('k'), (await replica.role())[3]);
          await sleep(2500);
          console.log(await master.wait(1, 500), await replica.get('k'), await replica.set('k', '3').catch((e) => e.message));`,
      },
    });
    expect(lines).toEqual([
      'news hello',
      '1 1',
      '0 1 connected',
      "1 2 READONLY You can't write against a read only replica.",
    ]);
  });

  test('goes on after a reset without a new snapshot, and takes a new one from a master that started again', async () => {
    const lines = await runBeside({
      servers: pair,
      stopAtMs: 12_000,
      arrange: (world) => {
        world.after(2000, () => world.reset({ from: 'cache', to: 'cache-replica-1' }));
        world.after(5000, () => world.crashServer('cache', 'everything'));
        world.after(6000, () => world.startServer('cache'));
      },
      programs: {
        a: `${head}
          const syncs = async () => (await master.info('stats')).match(/sync_full:\\d+|sync_partial_ok:\\d+/g)!.join(' ');
          await master.set('k', '1'); await sleep(4000);
          console.log(await syncs(), await replica.get('k'));
          await sleep(5000);
          console.log(await syncs(), await replica.get('k'), await replica.dbsize());`,
      },
    });
    expect(lines).toEqual(['sync_full:1 sync_partial_ok:1 1', 'sync_full:1 sync_partial_ok:0 null 0']);
  });
});

describe('a failover', () => {
  test('loses what the replica had not received, moves the name, and brings the old master back as a replica', async () => {
    const lines = await runBeside({
      servers: pair,
      stopAtMs: 9000,
      arrange: (world) => {
        world.after(1900, () => {
          const lift = world.disturb({ from: 'cache', to: 'cache-replica-1' }, { kind: 'blackhole' }, () => {});
          world.after(2000, lift);
        });
        world.after(2100, () => {
          world.crashServer('cache', 'unsynced');
          world.serverAct('cache-replica-1', 'promote', { name: 'cache' });
        });
        world.after(4000, () => {
          world.startServer('cache');
          world.serverAct('cache', 'replicate', { host: 'cache-replica-1', port: 6379 });
        });
      },
      programs: {
        a: `${head}
          await sleep(1000); await master.set('kept', '1'); await sleep(1000);
          console.log(await master.set('lost', '1'));
          await sleep(1000);
          console.log(await master.mget('kept', 'lost'), (await master.role())[0], await master.set('new', '2'));
          await sleep(3000);
          const old = new Redis({ host: '10.0.0.1', port: 6379 });
          console.log(await old.mget('kept', 'lost', 'new'), (await old.role())[0], await master.wait(1, 1000));`,
      },
    });
    expect(lines).toEqual(['OK', "[ '1', null ] master OK", "[ '1', null, '2' ] slave 1"]);
  });
});
