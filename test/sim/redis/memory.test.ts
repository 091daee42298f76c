/** Memory limits, eviction, access control, keyspace events, and what is refused by name. */
import { describe, expect, test } from 'vitest';
import { redisServer } from '../../../sim/redis/index.ts';
import { bulk, error, int } from '../../../sim/redis/reply.ts';
import { MemoryHost } from './memory-host.ts';

const OOM = error("OOM command not allowed when used memory > 'maxmemory'.");

function fill(host: MemoryHost, count: number): void {
  const connection = host.connect();
  for (let number = 0; number < count; number++) connection.send('SET', `key:${number}`, 'x'.repeat(1000));
}

describe('maxmemory', () => {
  test('without eviction refuses what takes memory and lets the rest through', () => {
    const host = new MemoryHost(redisServer({ maxmemory: '2mb' }));
    fill(host, 2000);
    const connection = host.connect();
    expect(connection.ask('SET', 'k', 'v')).toEqual(OOM);
    expect(connection.ask('GET', 'key:0')).toEqual(bulk('x'.repeat(1000)));
    expect(connection.ask('DEL', 'key:0')).toEqual(int(1));
  });

  test('a transaction that would take memory is refused as a whole', () => {
    const host = new MemoryHost(redisServer({ maxmemory: '2mb' }));
    fill(host, 2000);
    const connection = host.connect();
    connection.send('MULTI');
    expect(connection.ask('SET', 'k', 'v')).toEqual(OOM);
    expect(connection.ask('EXEC')).toEqual(error('EXECABORT Transaction discarded because of previous errors.'));
  });

  test('nothing joins a transaction while memory is short, but it can be ended', () => {
    const host = new MemoryHost(redisServer());
    const connection = host.connect();
    connection.send('MULTI');
    host.connect().send('CONFIG', 'SET', 'maxmemory', '1');
    for (const args of [['GET', 'k'], ['WATCH', 'k'], ['UNWATCH'], ['MULTI'], ['PING']]) {
      expect(connection.ask(...args)).toEqual(OOM);
    }
    expect(connection.ask('DISCARD')).toEqual({ kind: 'status', value: 'OK' });
  });

  test('a script that declares what it does is judged by that, one that does not by its calls', () => {
    const host = new MemoryHost(redisServer());
    const connection = host.connect();
    const library = `#!lua name=l
      local set = function() return redis.call('SET', 'k', 'v') end
      redis.register_function('writes', set)
      redis.register_function{function_name='exceeds', callback=set, flags={'allow-oom'}}
      redis.register_function{function_name='reads', callback=function() return redis.call('GET', 'k') end, flags={'no-writes'}}`;
    connection.send('FUNCTION', 'LOAD', library);
    connection.send('CONFIG', 'SET', 'maxmemory', '1');
    const ok = { kind: 'status', value: 'OK' };
    expect(connection.ask('EVAL', "return redis.call('GET', 'k')", '0')).toEqual({ kind: 'nil' });
    expect(connection.ask('EVAL', "#!lua\nreturn redis.call('GET', 'k')", '0')).toEqual(OOM);
    expect(connection.ask('EVAL', "#!lua flags=allow-oom\nreturn redis.call('SET', 'k', 'v')", '0')).toEqual(ok);
    expect(connection.ask('EVAL', "#!lua flags=no-writes\nreturn redis.call('GET', 'k')", '0')).toEqual(bulk('v'));
    expect(connection.ask('FCALL', 'writes', '0')).toEqual(OOM);
    expect(connection.ask('FCALL', 'exceeds', '0')).toEqual(ok);
    expect(connection.ask('FCALL', 'reads', '0')).toEqual(bulk('v'));
    expect(connection.ask('FCALL_RO', 'exceeds', '0')).toEqual(
      error('ERR Can not execute a script with write flag using *_ro command.'),
    );
    expect(connection.ask('FUNCTION', 'LOAD', 'REPLACE', library)).toEqual(OOM);
  });

  test.each(['allkeys-lru', 'allkeys-lfu', 'allkeys-random'])('%s evicts and goes on', (maxmemoryPolicy) => {
    const host = new MemoryHost(redisServer({ maxmemory: '2mb', maxmemoryPolicy }));
    fill(host, 3000);
    const connection = host.connect();
    expect(connection.ask('SET', 'k', 'v')).toEqual({ kind: 'status', value: 'OK' });
    const size = connection.ask('DBSIZE');
    expect(size.kind === 'int' && size.value > 500 && size.value < 1500).toBe(true);
  });

  test('volatile-ttl evicts only keys with an expiry', () => {
    const host = new MemoryHost(redisServer({ maxmemory: '2mb', maxmemoryPolicy: 'volatile-ttl' }));
    host.connect().send('SET', 'kept', 'v');
    const connection = host.connect();
    for (let number = 0; number < 3000; number++)
      connection.send('SET', `key:${number}`, 'x'.repeat(1000), 'EX', '100');
    expect(connection.ask('EXISTS', 'kept')).toEqual(int(1));
  });

  test('the account of memory comes back to zero when everything is deleted', () => {
    const host = new MemoryHost(redisServer());
    const connection = host.connect();
    const before = connection.ask('MEMORY', 'STATS');
    connection.send('HSET', 'h', 'f', 'v');
    connection.send('ZADD', 'z', '1', 'a');
    connection.send('XADD', 'x', '1-1', 'f', 'v');
    connection.send('RENAME', 'h', 'other');
    connection.send('SET', 's', 'v', 'EX', '10');
    connection.send('DEL', 'other', 'z', 'x', 's');
    expect(connection.ask('MEMORY', 'STATS')).toEqual(before);
  });
});

describe('access control', () => {
  test('a password is asked for before anything else', () => {
    const connection = new MemoryHost(redisServer({ requirepass: 'secret' })).connect();
    expect(connection.ask('GET', 'k')).toEqual(error('NOAUTH Authentication required.'));
    expect(connection.ask('AUTH', 'wrong')).toEqual(
      error('WRONGPASS invalid username-password pair or user is disabled.'),
    );
    expect(connection.ask('AUTH', 'secret')).toEqual({ kind: 'status', value: 'OK' });
    expect(connection.ask('GET', 'k')).toEqual({ kind: 'nil' });
  });

  test('a user has the commands, keys and channels that it was given', () => {
    const host = new MemoryHost(redisServer());
    host.connect().send('ACL', 'SETUSER', 'bob', 'on', '>pw', '~a*', '%R~b*', '&ch*', '+@read', '+set', '+publish');
    const bob = host.connect();
    bob.send('AUTH', 'bob', 'pw');
    const noKey = error('NOPERM this user has no permissions to access one of the keys used as arguments');
    expect(bob.ask('SET', 'a1', 'v')).toEqual({ kind: 'status', value: 'OK' });
    expect(bob.ask('SET', 'b1', 'v')).toEqual(noKey);
    expect(bob.ask('GET', 'b1')).toEqual({ kind: 'nil' });
    expect(bob.ask('GET', 'c1')).toEqual(noKey);
    expect(bob.ask('DEL', 'a1')).toEqual(error("NOPERM this user has no permissions to run the 'del' command"));
    expect(bob.ask('PUBLISH', 'ch1', 'm')).toEqual(int(0));
    expect(bob.ask('PUBLISH', 'x', 'm')).toEqual(
      error('NOPERM this user has no permissions to access one of the channels used as arguments'),
    );
  });
});

test('keyspace events name the key and the event', () => {
  const host = new MemoryHost(redisServer({ config: { 'notify-keyspace-events': 'KEA' } }));
  const listener = host.connect();
  listener.send('PSUBSCRIBE', '__key*__:*');
  const connection = host.connect();
  connection.send('RPUSH', 'l', 'a');
  connection.send('LPOP', 'l');
  const events = listener.replies().map((reply) => (reply.kind === 'array' ? reply.value.slice(2) : []));
  expect(events).toEqual([
    [bulk('__keyspace@0__:l'), bulk('rpush')],
    [bulk('__keyevent@0__:rpush'), bulk('l')],
    [bulk('__keyspace@0__:l'), bulk('lpop')],
    [bulk('__keyevent@0__:lpop'), bulk('l')],
    [bulk('__keyspace@0__:l'), bulk('del')],
    [bulk('__keyevent@0__:del'), bulk('l')],
  ]);
});

test('a command that is not simulated is refused by name and logged', () => {
  const host = new MemoryHost(redisServer());
  const reply = host.connect().ask('GEOADD', 'g', '1', '2', 'x');
  expect(reply).toEqual(error('ERR seedstorm: the command geoadd is not simulated; see docs/limits.md'));
  expect(host.lines).toEqual(['the command geoadd is not simulated']);
});

test('a scan returns what was there throughout once, and ends while keys are added', () => {
  const host = new MemoryHost(redisServer());
  const connection = host.connect();
  for (let number = 0; number < 100; number++) connection.send('SET', `old:${number}`, 'v');
  const seen: string[] = [];
  let cursor = '0';
  let added = 0;
  do {
    const reply = connection.ask('SCAN', cursor, 'COUNT', '7');
    if (reply.kind !== 'array') throw new Error('SCAN answers with an array');
    const [next, names] = reply.value;
    cursor = next?.kind === 'bulk' ? next.value : '0';
    for (const name of names?.kind === 'array' ? names.value : []) {
      if (name.kind === 'bulk') seen.push(name.value);
      connection.send('SET', `new:${added}`, 'v');
      connection.send('DEL', `old:${added + 1000}`);
      added += 1;
    }
  } while (cursor !== '0');
  expect(seen.filter((name) => name.startsWith('old:')).length).toBe(100);
  expect(new Set(seen).size).toBe(seen.length);
});
