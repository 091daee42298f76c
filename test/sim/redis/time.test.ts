/** Everything that depends on time: expiry, blocking with a timeout, pauses; all exact, since time moves only when told. */
import { describe, expect, test } from 'vitest';
import { redisServer } from '../../../sim/redis/index.ts';
import { bulk, int } from '../../../sim/redis/reply.ts';
import { MemoryHost } from './memory-host.ts';

const NIL = { kind: 'nil' };
const NIL_ARRAY = { kind: 'nil-array' };

describe('expiry', () => {
  test('a key is there at its time and gone a millisecond later, by the wall clock of the server', () => {
    const host = new MemoryHost(redisServer());
    const connection = host.connect();
    connection.send('SET', 'k', 'v', 'PX', '100');
    host.advance(100);
    expect(connection.ask('GET', 'k')).toEqual(bulk('v'));
    host.advance(1);
    expect(connection.ask('GET', 'k')).toEqual(NIL);
  });

  test('a step of the wall clock expires keys at once', () => {
    const host = new MemoryHost(redisServer());
    const connection = host.connect();
    connection.send('SET', 'k', 'v', 'EX', '100');
    host.clock.setWall(host.clock.wallMicros() + 101_000_000);
    expect(connection.ask('EXISTS', 'k')).toEqual(int(0));
  });

  test('an expired key that nobody looks up is deleted at the next tick, with its event', () => {
    const host = new MemoryHost(redisServer({ config: { 'notify-keyspace-events': 'Ex' } }));
    const listener = host.connect();
    listener.send('SUBSCRIBE', '__keyevent@0__:expired');
    host.connect().send('SET', 'k', 'v', 'PX', '150');
    host.advance(150);
    expect(listener.replies()).toEqual([]);
    host.advance(100);
    expect(listener.replies()).toEqual([
      { kind: 'array', value: [bulk('message'), bulk('__keyevent@0__:expired'), bulk('k')] },
    ]);
  });

  test('time stands still inside a transaction', () => {
    const host = new MemoryHost(redisServer());
    const connection = host.connect();
    for (const args of [['MULTI'], ['SET', 'k', 'v', 'PX', '1'], ['PTTL', 'k']]) connection.send(...args);
    const reply = connection.ask('EXEC');
    expect(reply.kind === 'array' && reply.value[1]).toEqual(int(1));
  });
});

describe('blocking commands', () => {
  test('end with nil at their timeout', () => {
    const host = new MemoryHost(redisServer());
    const connection = host.connect();
    expect(connection.send('BLPOP', 'l', '1.5')).toEqual([]);
    host.advance(1499);
    expect(connection.replies()).toEqual([]);
    host.advance(1);
    expect(connection.replies()).toEqual([NIL_ARRAY]);
  });

  test('are served first come, first served, and a timed-out client is out of the queue', () => {
    const host = new MemoryHost(redisServer());
    const [first, second, third, pusher] = [host.connect(), host.connect(), host.connect(), host.connect()];
    first.send('BLPOP', 'l', '1');
    second.send('BLPOP', 'l', '0');
    third.send('BRPOP', 'l', '0');
    host.advance(1000);
    expect(first.replies()).toEqual([NIL_ARRAY]);
    expect(pusher.ask('RPUSH', 'l', 'a', 'b', 'c')).toEqual(int(3));
    expect(second.replies()).toEqual([{ kind: 'array', value: [bulk('l'), bulk('a')] }]);
    expect(third.replies()).toEqual([{ kind: 'array', value: [bulk('l'), bulk('c')] }]);
    expect(pusher.ask('LRANGE', 'l', '0', '-1')).toEqual({ kind: 'array', value: [bulk('b')] });
  });

  test('are woken after a whole transaction: what it takes back they do not get', () => {
    const host = new MemoryHost(redisServer());
    const waiter = host.connect();
    const other = host.connect();
    waiter.send('BLPOP', 'l', '0');
    for (const args of [['MULTI'], ['RPUSH', 'l', 'a'], ['DEL', 'l'], ['EXEC']]) other.send(...args);
    expect(waiter.replies()).toEqual([]);
    for (const args of [['MULTI'], ['RPUSH', 'l', 'a'], ['RPUSH', 'l', 'b'], ['LPOP', 'l'], ['EXEC']])
      other.send(...args);
    expect(waiter.replies()).toEqual([{ kind: 'array', value: [bulk('l'), bulk('b')] }]);
  });

  test('are woken after a script', () => {
    const host = new MemoryHost(redisServer());
    const waiter = host.connect();
    waiter.send('BZPOPMIN', 'z', '0');
    host.connect().send('EVAL', 'redis.call("ZADD", KEYS[1], 2, "b", 1, "a")', '1', 'z');
    expect(waiter.replies()).toEqual([{ kind: 'array', value: [bulk('z'), bulk('a'), bulk('1')] }]);
  });

  test('hold back the further requests of their connection', () => {
    const host = new MemoryHost(redisServer());
    const waiter = host.connect();
    waiter.send('BLPOP', 'l', '1');
    expect(waiter.send('PING')).toEqual([]);
    host.advance(1000);
    expect(waiter.replies()).toEqual([NIL_ARRAY, { kind: 'status', value: 'PONG' }]);
  });

  test('of a client that went away get nothing', () => {
    const host = new MemoryHost(redisServer());
    const gone = host.connect();
    const waiter = host.connect();
    gone.send('BLPOP', 'l', '0');
    waiter.send('BLPOP', 'l', '0');
    gone.close();
    host.connect().send('RPUSH', 'l', 'a');
    expect(waiter.replies()).toHaveLength(1);
  });
});

describe('pauses', () => {
  test('CLIENT PAUSE WRITE holds writes and lets reads through', () => {
    const host = new MemoryHost(redisServer());
    const writer = host.connect();
    const other = host.connect();
    other.send('CLIENT', 'PAUSE', '500', 'WRITE');
    expect(writer.send('SET', 'k', 'v')).toEqual([]);
    expect(other.ask('GET', 'k')).toEqual(NIL);
    host.advance(500);
    expect(writer.replies()).toEqual([{ kind: 'status', value: 'OK' }]);
  });

  test('the act pause stops requests and timers, and nothing is lost', () => {
    const host = new MemoryHost(redisServer());
    const waiter = host.connect();
    const other = host.connect();
    waiter.send('BLPOP', 'l', '1');
    host.server.act('pause', { ms: 3000 });
    expect(other.send('PING')).toEqual([]);
    host.advance(2999);
    expect(waiter.replies()).toEqual([]);
    host.advance(1);
    expect(waiter.replies()).toEqual([NIL_ARRAY]);
    expect(other.replies()).toEqual([{ kind: 'status', value: 'PONG' }]);
  });

  test('an unknown act is refused by name', () => {
    const host = new MemoryHost(redisServer());
    expect(() => host.server.act('explode', {})).toThrowError(/no act explode/);
  });
});

test('each command is charged service time before its reply leaves', () => {
  const host = new MemoryHost(
    redisServer({ serviceTime: { perCommandMicros: 100, perElementMicros: 0, perByteMicros: 0 } }),
  );
  const connection = host.connect();
  connection.sendRaw('PING\r\nPING\r\nPING\r\n');
  expect(host.spentMicros).toBe(300);
});
