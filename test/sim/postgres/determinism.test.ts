/**
 * The server on a clock and streams of the test's own: same inputs, same bytes, and nothing happens by itself. Also shows the order in which
 * woken sessions run and what work costs.
 */
import { beforeAll, expect, test } from 'vitest';
import type { ByteStream, ByteStreamHandler } from '../../../sim/kernel/byte-stream.ts';
import type { Timer } from '../../../sim/kernel/clock.ts';
import type { Server, ServerContext } from '../../../sim/kernel/server.ts';
import type { Stream } from '../../../sim/kernel/stream.ts';
import { BackendDecoder, FrontendWriter, postgresServer, preparePostgres } from '../../../sim/postgres/index.ts';

beforeAll(() => preparePostgres());

/** Time that moves only when told to. */
class ManualClock {
  now = 1_700_000_000_000_000;
  #timers: { readonly at: number; readonly run: () => void }[] = [];

  wallMicros = (): number => this.now;
  monotonicMicros = (): number => this.now;

  after = (delayMicros: number, run: () => void): Timer => {
    const timer = { at: this.now + delayMicros, run };
    this.#timers.push(timer);
    return {
      cancel: () => {
        this.#timers = this.#timers.filter((other) => other !== timer);
      },
    };
  };

  get pending(): number {
    return this.#timers.length;
  }

  /** Runs what is due within `micros`, in order of time, then of arming. */
  pass(micros: number): void {
    const until = this.now + micros;
    for (;;) {
      const due = this.#timers.filter((timer) => timer.at <= until).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#timers.splice(this.#timers.indexOf(due), 1);
      this.now = due.at;
      due.run();
    }
    this.now = until;
  }
}

function countingStream(): Stream {
  let state = 1;
  const uint32 = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state;
  };
  return {
    uint32,
    double: () => uint32() / 2 ** 32,
    int: (bound) => uint32() % bound,
    bytes: (length) => Buffer.from(Array.from({ length }, () => uint32() & 0xff)),
    normal: () => 0,
    ratio: () => false,
  };
}

class Universe {
  readonly clock = new ManualClock();
  readonly server: Server;
  readonly sent: string[] = [];
  spent = 0;

  constructor() {
    const streams = new Map<string, Stream>();
    const context: ServerContext = {
      host: 'postgres',
      clock: this.clock,
      stream: (name) => {
        const stream = streams.get(name) ?? countingStream();
        streams.set(name, stream);
        return stream;
      },
      spend: (micros) => {
        this.spent += micros;
      },
      connect: () => {
        throw new Error('this server is alone');
      },
      takeName: () => {},
      commit: () => {},
      log: () => {},
    };
    this.server = postgresServer({ schema: 'CREATE TABLE t (id int PRIMARY KEY, v int); INSERT INTO t VALUES (1, 0)' })(
      context,
    );
    this.server.start();
  }

  connect(id: number): (sql: string) => void {
    const decoder = new BackendDecoder();
    const stream: ByteStream = {
      id,
      remoteAddress: '10.0.0.1',
      remotePort: 1,
      localAddress: '10.0.0.2',
      localPort: 5432,
      bytesQueued: 0,
      write: (bytes) => {
        decoder.push(Buffer.from(bytes));
        for (let message = decoder.next(); message !== null; message = decoder.next()) {
          if (message.kind === 'CommandComplete') this.sent.push(`${id} ${message.tag}`);
          if (message.kind === 'ErrorResponse') this.sent.push(`${id} ${message.fields.get('C')}`);
          if (message.kind === 'DataRow') this.sent.push(`${id} ${message.values.map(String).join(',')}`);
        }
      },
      end: () => {},
      destroy: () => {},
    };
    const handler: ByteStreamHandler = this.server.accept(stream);
    handler.data(new FrontendWriter().startup({ user: 'postgres', database: 'postgres' }).take());
    return (sql) => handler.data(new FrontendWriter().query(sql).take());
  }
}

function contention(): Universe {
  const universe = new Universe();
  const [a, b, c] = [1, 2, 3].map((id) => universe.connect(id));
  a!('BEGIN');
  a!('UPDATE t SET v = v + 1');
  b!('UPDATE t SET v = v * 10 RETURNING v, now(), random(), gen_random_uuid()');
  c!('UPDATE t SET v = v * 100 RETURNING v, now(), random(), gen_random_uuid()');
  universe.clock.pass(10_000);
  a!('COMMIT');
  universe.clock.pass(10_000);
  b!('SELECT pg_sleep(2)');
  universe.clock.pass(1_999_999);
  universe.sent.push('almost');
  universe.clock.pass(1);
  return universe;
}

test('two runs of the same input give the same output', () => {
  const first = contention();
  const second = contention();
  expect(first.sent).toEqual(second.sent);
  expect(first.spent).toBe(second.spent);
  expect(first.spent).toBeGreaterThan(0);
});

test('waiters are served in order, and a sleeper wakes at its instant', () => {
  const { sent } = contention();
  expect(sent.map((line) => line.split(',')[0])).toEqual([
    '1 BEGIN',
    '1 UPDATE 1',
    '1 COMMIT',
    '2 10',
    '2 UPDATE 1',
    '3 1000',
    '3 UPDATE 1',
    'almost',
    '2 ',
    '2 SELECT 1',
  ]);
});

test('a crash leaves no timer behind', () => {
  const universe = new Universe();
  const [a, b] = [1, 2].map((id) => universe.connect(id));
  a!('BEGIN; UPDATE t SET v = 1');
  b!("SET statement_timeout = '1h'; SET lock_timeout = '1h'");
  b!('UPDATE t SET v = 2');
  a!('SELECT pg_sleep(100)');
  expect(universe.clock.pending).toBeGreaterThan(3);
  universe.server.crash('unsynced');
  expect(universe.clock.pending).toBe(0);
  universe.server.start();
  const c = universe.connect(3);
  c('SELECT * FROM t');
  expect(universe.sent.at(-2)).toBe('3 1,0');
});
