/**
 * Goal: a pair of simulated servers replicates as a pair of real ones does, and each takes the stream of the other. Method: the same steps on a real
 * pair and on ours (on real ports), replies compared; what is free to differ (ports, IDs, offsets) is left out by name.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Reply } from '../../../sim/redis/index.ts';
import { redisVersion } from './real-redis.ts';
import { type Spoken, startOurs, startReal, until } from './served.ts';

const PORT = 22_200 + (process.pid % 100) * 4;
const FAST = { 'repl-diskless-sync-delay': '0', 'enable-debug-command': 'yes' };
const fastFlags = Object.entries(FAST).flatMap(([name, value]) => [`--${name}`, value]);

interface Pair {
  readonly master: Spoken;
  readonly replica: Spoken;
}

async function follow({ master, replica }: Pair): Promise<void> {
  await replica.ask('REPLICAOF', '127.0.0.1', String(master.port));
  await until('the link', async () => (await infoOf(replica)).get('master_link_status') === 'up');
  await until('the replica to be online', async () => ((await infoOf(master)).get('slave0') ?? '').includes('online'));
}

async function infoOf(server: Spoken): Promise<ReadonlyMap<string, string>> {
  const reply = await server.ask('INFO', 'replication');
  if (reply.kind !== 'bulk') throw new Error(`INFO answered ${reply.kind}`);
  return new Map(
    reply.value
      .split('\r\n')
      .filter((line) => line.includes(':'))
      .map((line): [string, string] => {
        const at = line.indexOf(':');
        return [line.slice(0, at), line.slice(at + 1)];
      }),
  );
}

const FREE = /port|offset|replid|histlen|seconds/;

/** INFO without what is free to differ, but with its names. */
async function shape(server: Spoken): Promise<string[]> {
  return [...(await infoOf(server))].map(([name, value]) => {
    if (FREE.test(name)) return name;
    return `${name}:${value
      .replace(/port=\d+/, 'port=*')
      .replace(/offset=\d+/, 'offset=*')
      .replace(/lag=[01]$/, 'lag=*')}`;
  });
}

async function caughtUp({ master, replica }: Pair): Promise<void> {
  await until('the replica to catch up', async () => {
    const [ours, theirs] = [await infoOf(master), await infoOf(replica)];
    return ours.get('master_repl_offset') === theirs.get('master_repl_offset');
  });
}

const withoutPorts = (reply: Reply): string =>
  JSON.stringify(reply)
    .replace(/\d{4,5}/g, '*')
    .replace(/"value":"?\d+"?/g, '"value":*');

describe.skipIf(redisVersion() === null)('replication against redis-server', () => {
  let real: Pair;
  let ours: Pair;

  beforeAll(async () => {
    const [master, replica] = await Promise.all([startReal(PORT, fastFlags), startReal(PORT + 1, fastFlags)]);
    real = { master, replica };
    ours = {
      master: await startOurs({ port: PORT + 2, config: FAST }),
      replica: await startOurs({ port: PORT + 3, config: FAST }),
    };
  });

  afterAll(async () => {
    for (const server of [real?.replica, ours?.replica, real?.master, ours?.master]) await server?.stop();
  });

  async function both(side: keyof Pair, ...args: string[]): Promise<void> {
    const [expected, actual] = [await real[side].ask(...args), await ours[side].ask(...args)];
    expect(actual, args.join(' ')).toEqual(expected);
  }

  test('a pair answers alike before, during and after', async () => {
    expect(await shape(ours.master)).toEqual(await shape(real.master));
    for (const pair of [real, ours]) {
      await pair.master.ask('SET', 'early', '1');
      await follow(pair);
    }
    expect(await shape(ours.master)).toEqual(await shape(real.master));
    expect(await shape(ours.replica)).toEqual(await shape(real.replica));
    for (const side of ['master', 'replica'] as const) {
      expect(withoutPorts(await ours[side].ask('ROLE'))).toBe(withoutPorts(await real[side].ask('ROLE')));
    }
    await both('master', 'SET', 'k', 'v');
    await both('master', 'WAIT', '1', '2000');
    await both('master', 'WAIT', '2', '50');
    await both('replica', 'GET', 'k');
    await both('replica', 'GET', 'early');
    await both('replica', 'SET', 'k', 'w');
    await both('replica', 'MULTI');
    await both('replica', 'SET', 'k', 'w');
    await both('replica', 'EXEC');
    await both('replica', 'WAIT', '0', '0');
    await both('replica', 'EVAL', "return redis.call('SET', KEYS[1], 'w')", '1', 'k');
    await both('replica', 'EVAL', "return redis.call('GET', KEYS[1])", '1', 'k');
    await both('replica', 'EVAL', '#!lua\nreturn 1', '0');
    await both('replica', 'REPLICAOF', '127.0.0.1', 'port');
    await both('master', 'CONFIG', 'SET', 'min-replicas-to-write', '2');
    await both('master', 'SET', 'k', 'x');
    await both('master', 'EVAL', "return redis.call('SET', KEYS[1], 'w')", '1', 'k');
    await both('master', 'GET', 'k');
    expect(await shape(ours.master)).toEqual(await shape(real.master));
    await both('master', 'CONFIG', 'SET', 'min-replicas-to-write', '1');
    await both('master', 'SET', 'k', 'x');
    await both('master', 'CONFIG', 'SET', 'min-replicas-to-write', '0');
    await both('replica', 'REPLCONF', 'nonsense', '1');
    await both('replica', 'REPLCONF', 'capa');
    await both('master', 'CLIENT', 'KILL', 'TYPE', 'replica');
    for (const pair of [real, ours]) {
      await until('a partial resynchronisation', async () => {
        const stats = await pair.master.ask('INFO', 'stats');
        return stats.kind === 'bulk' && stats.value.includes('sync_full:1\r\nsync_partial_ok:1\r\n');
      });
    }
  });

  test('a replica hides an expired key and leaves its deletion to the master', async () => {
    for (const side of ['master', 'replica'] as const) await both(side, 'DEBUG', 'SET-ACTIVE-EXPIRE', '0');
    for (const pair of [real, ours]) await pair.master.ask('CONFIG', 'SET', 'min-replicas-to-write', '0');
    await both('master', 'FLUSHALL');
    await both('master', 'SET', 'e', '1', 'PX', '30');
    await both('master', 'WAIT', '1', '2000');
    await new Promise((resolve) => setTimeout(resolve, 60));
    for (const question of [['GET', 'e'], ['EXISTS', 'e'], ['TTL', 'e'], ['KEYS', '*'], ['SCAN', '0'], ['DBSIZE']]) {
      await both('replica', ...question);
    }
    await both('master', 'GET', 'e');
    for (const pair of [real, ours]) await caughtUp(pair);
    await both('replica', 'DBSIZE');
    for (const side of ['master', 'replica'] as const) await both(side, 'DEBUG', 'SET-ACTIVE-EXPIRE', '1');
  });

  test('a replica without its master refuses what may be stale, and becomes a master with the same data', async () => {
    await both('master', 'SET', 'k', 'v');
    await both('master', 'WAIT', '1', '2000');
    await both('replica', 'CONFIG', 'SET', 'replica-serve-stale-data', 'no');
    await both('replica', 'REPLICAOF', '127.0.0.1', '1');
    await both('replica', 'GET', 'k');
    await both('replica', 'PING');
    await both('replica', 'EVAL', 'return 1', '0');
    await both('replica', 'EVAL', '#!lua\nreturn 1', '0');
    await both('replica', 'EVAL', '#!lua flags=allow-stale,no-writes\nreturn 1', '0');
    await both('replica', 'CONFIG', 'SET', 'replica-serve-stale-data', 'yes');
    await both('replica', 'GET', 'k');
    await both('replica', 'REPLICAOF', 'NO', 'ONE');
    await both('replica', 'ROLE');
    await both('replica', 'SET', 'k', 'w');
    await both('replica', 'GET', 'k');
    await both('replica', 'REPLICAOF', 'no', 'one');
    expect(await shape(ours.replica)).toEqual(await shape(real.replica));
  });

  test.each([
    ['ours follows the real one', () => ({ master: real.master, replica: ours.replica })],
    ['the real one follows ours', () => ({ master: ours.master, replica: real.replica })],
  ])('%s: snapshot and stream', async (_name, pairOf) => {
    const pair = pairOf();
    const { master, replica } = pair;
    await master.ask('FLUSHALL');
    await master.ask(
      'FUNCTION',
      'LOAD',
      "#!lua name=lib\nredis.register_function{function_name='f', callback=function() return 7 end, flags={'no-writes'}}",
    );
    await write(master, 'before');
    await follow(pair);
    await write(master, 'after');
    await master.ask('MULTI');
    await master.ask('INCR', 'n');
    await master.ask('SPOP', 'after:set');
    await master.ask('EXEC');
    await caughtUp(pair);
    expect(await replica.ask('FCALL_RO', 'f', '0')).toEqual(await master.ask('FCALL_RO', 'f', '0'));
    for (const prefix of ['before', 'after']) expect(await read(replica, prefix)).toEqual(await read(master, prefix));
    expect(await replica.ask('DBSIZE')).toEqual(await master.ask('DBSIZE'));
    await replica.ask('REPLICAOF', 'NO', 'ONE');
    await master.ask('FUNCTION', 'FLUSH');
  });
});

async function write(server: Spoken, prefix: string): Promise<void> {
  const commands = [
    ['SET', `${prefix}:text`, 'v', 'EX', '1000'],
    ['APPEND', `${prefix}:text`, '\0\xff'],
    ['RPUSH', `${prefix}:list`, 'a', 'b', 'c'],
    ['SADD', `${prefix}:set`, 'a', '1', 'b'],
    ['HINCRBYFLOAT', `${prefix}:hash`, 'f', '1.25'],
    ['ZADD', `${prefix}:zset`, '1.5', 'a', '2', 'b'],
    ['XADD', `${prefix}:stream`, '*', 'f', 'v'],
    ['XGROUP', 'CREATE', `${prefix}:stream`, 'g', '0'],
    ['XREADGROUP', 'GROUP', 'g', 'c', 'STREAMS', `${prefix}:stream`, '>'],
    ['EVAL', "redis.call('SET', KEYS[1], '1') redis.call('INCR', KEYS[1])", '1', `${prefix}:script`],
    ['SELECT', '3'],
    ['SET', `${prefix}:other`, '1'],
    ['SELECT', '0'],
  ];
  for (const command of commands) expect((await server.ask(...command)).kind, command.join(' ')).not.toBe('error');
}

async function read(server: Spoken, prefix: string): Promise<Reply[]> {
  const replies: Reply[] = [];
  for (const question of [
    ['GET', `${prefix}:text`],
    ['PEXPIRETIME', `${prefix}:text`],
    ['LRANGE', `${prefix}:list`, '0', '-1'],
    ['SCARD', `${prefix}:set`],
    ['HGETALL', `${prefix}:hash`],
    ['ZRANGE', `${prefix}:zset`, '0', '-1', 'WITHSCORES'],
    ['XRANGE', `${prefix}:stream`, '-', '+'],
    ['XPENDING', `${prefix}:stream`, 'g'],
    ['GET', `${prefix}:script`],
    ['SELECT', '3'],
    ['GET', `${prefix}:other`],
    ['SELECT', '0'],
  ]) {
    replies.push(await server.ask(...question));
  }
  return replies;
}
