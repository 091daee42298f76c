/** What a crash takes along under each policy, and that replaying the effects gives the same dataset. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type RedisOptions, redisServer } from '../../../sim/redis/index.ts';
import { family } from '../../differential/redis/commands.ts';
import { MemoryHost } from './memory-host.ts';

function restart(host: MemoryHost, loss: 'nothing' | 'unsynced' | 'everything'): void {
  host.server.crash(loss);
  host.server.start();
}

function valueAfter(options: RedisOptions, loss: 'nothing' | 'unsynced' | 'everything', waitMs: number): unknown {
  const host = new MemoryHost(redisServer(options));
  host.connect().send('SET', 'k', 'v');
  host.advance(waitMs);
  restart(host, loss);
  const reply = host.connect().ask('GET', 'k');
  return reply.kind === 'bulk' ? reply.value : null;
}

describe('a crash', () => {
  test.each([
    [{ appendonly: true, appendfsync: 'always' }, 'unsynced', 0, 'v'],
    [{ appendonly: true, appendfsync: 'everysec' }, 'unsynced', 900, null],
    [{ appendonly: true, appendfsync: 'everysec' }, 'unsynced', 1100, 'v'],
    [{ appendonly: true, appendfsync: 'no' }, 'unsynced', 1100, null],
    [{ appendonly: true, appendfsync: 'no' }, 'nothing', 0, 'v'],
    [{ appendonly: true, appendfsync: 'always' }, 'everything', 1100, null],
    [{ appendonly: false }, 'nothing', 1100, null],
    [{ config: { save: '3600 1' } }, 'nothing', 0, 'v'],
    [{ config: { save: '60 1' } }, 'unsynced', 59_000, null],
    [{ config: { save: '60 1' } }, 'unsynced', 61_000, 'v'],
  ] as const)('with %j that loses %s after %i ms leaves %j', (options, loss, waitMs, value) => {
    expect(valueAfter(options, loss, waitMs)).toBe(value);
  });

  test('forgets scripts, clients and waiting commands', () => {
    const host = new MemoryHost(redisServer({ appendonly: true }));
    const connection = host.connect();
    const sha = connection.ask('SCRIPT', 'LOAD', 'return 1');
    host.connect().send('BLPOP', 'l', '5');
    restart(host, 'nothing');
    host.advance(10_000);
    const again = host.connect();
    expect(again.ask('SCRIPT', 'EXISTS', sha.kind === 'bulk' ? sha.value : '')).toEqual({
      kind: 'array',
      value: [{ kind: 'int', value: 0 }],
    });
  });
});

describe('function libraries', () => {
  const library = "#!lua name=l\nredis.register_function('f', function(keys, args) return args[1] end)";

  test.each([
    [{ appendonly: true, appendfsync: 'always' }, 'unsynced', true],
    [{ appendonly: true, appendfsync: 'everysec' }, 'unsynced', false],
    [{ config: { save: '3600 1' } }, 'nothing', true],
    [{ config: { save: '3600 1' } }, 'unsynced', false],
  ] as const)('with %j and a crash that loses %s: kept is %j', (options, loss, isKept) => {
    const host = new MemoryHost(redisServer(options));
    host.connect().send('FUNCTION', 'LOAD', library);
    restart(host, loss);
    const reply = host.connect().ask('FCALL', 'f', '0', 'x');
    expect(reply).toEqual(isKept ? { kind: 'bulk', value: 'x' } : { kind: 'error', value: 'ERR Function not found' });
  });

  test('survive a rewrite of the append-only file and FLUSHALL; what a function wrote is replayed without it', () => {
    const host = new MemoryHost(redisServer({ appendonly: true, appendfsync: 'always' }));
    const connection = host.connect();
    connection.send(
      'FUNCTION',
      'LOAD',
      "#!lua name=l\nredis.register_function('f', function(keys) return redis.call('INCR', keys[1]) end)",
    );
    connection.send('FLUSHALL');
    connection.send('BGREWRITEAOF');
    host.advance(1000);
    connection.send('FCALL', 'f', '1', 'n');
    connection.send('FUNCTION', 'LOAD', 'REPLACE', library);
    restart(host, 'unsynced');
    const again = host.connect();
    expect(again.ask('GET', 'n')).toEqual({ kind: 'bulk', value: '1' });
    expect(again.ask('FCALL', 'f', '0', 'x')).toEqual({ kind: 'bulk', value: 'x' });
    restart(host, 'everything');
    expect(host.connect().ask('FUNCTION', 'LIST')).toEqual({ kind: 'array', value: [] });
  });
});

test('a relative expiry is kept as an absolute one: time goes on while the server is down', () => {
  const host = new MemoryHost(redisServer({ appendonly: true, appendfsync: 'always' }));
  const connection = host.connect();
  connection.send('SET', 'k', 'v', 'PX', '1000');
  connection.send('SET', 'other', 'v', 'PX', '5000');
  host.server.crash('unsynced');
  host.advance(2000);
  host.server.start();
  const again = host.connect();
  expect(again.ask('EXISTS', 'k')).toEqual({ kind: 'int', value: 0 });
  expect(again.ask('PTTL', 'other')).toEqual({ kind: 'int', value: 3000 });
});

/** Everything a client can see of the dataset, deterministic commands only. */
const LOOKS = [
  ['KEYS', '*'],
  ...['s1', 's2', 's3', 'p1', 'p2', 'p3'].map((key) => ['GET', key]),
  ...['l1', 'l2', 'l3'].map((key) => ['LRANGE', key, '0', '-1']),
  ...['h1', 'h2', 'h3'].map((key) => ['HGETALL', key]),
  ...['e1', 'e2', 'e3'].map((key) => ['SMEMBERS', key]),
  ...['z1', 'z2', 'z3'].map((key) => ['ZRANGE', key, '0', '-1', 'WITHSCORES']),
  ...['x1', 'x2', 'x3'].flatMap((key) => [
    ['XRANGE', key, '-', '+'],
    ['XINFO', 'GROUPS', key],
    ['XPENDING', key, 'g'],
  ]),
];

test('the append-only file replays to the same dataset, whatever was done', () => {
  const families = [
    'strings',
    'bitmaps',
    'hyperloglogs',
    'hashes',
    'lists',
    'sets',
    'sortedSets',
    'ranges',
    'algebra',
    'streams',
    'groups',
    'keys',
    'blocking',
  ];
  const words = fc.oneof(...families.map((name) => fc.oneof(...family(name))));
  const steps = fc.array(fc.record({ connection: fc.nat(2), args: words }), { maxLength: 80, size: 'max' });
  fc.assert(
    fc.property(steps, (sequence) => {
      const host = new MemoryHost(redisServer({ appendonly: true, appendfsync: 'always' }));
      const connections = [host.connect(), host.connect(), host.connect()];
      for (const step of sequence) connections[step.connection]!.send(...step.args);
      const before = look(host);
      restart(host, 'unsynced');
      expect(look(host)).toEqual(before);
    }),
    { seed: 1, numRuns: 150 },
  );
});

function look(host: MemoryHost): string[] {
  const connection = host.connect();
  const found: string[] = [];
  for (const number of ['0', '1']) {
    connection.send('SELECT', number);
    for (const args of LOOKS) {
      const reply = connection.ask(...args);
      const isUnordered = args[0] === 'KEYS' || args[0] === 'SMEMBERS' || args[0] === 'HGETALL';
      const items = reply.kind === 'array' ? reply.value.map((item) => JSON.stringify(item)) : [JSON.stringify(reply)];
      found.push(`${args.join(' ')} = ${(isUnordered ? items.sort() : items).join(' ')}`);
    }
  }
  return found;
}
