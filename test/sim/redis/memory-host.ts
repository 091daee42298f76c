/**
 * A place for a simulated server in a test: a clock that moves only when told, seeded streams, connections in memory. Everything a server
 * writes is there at once, so tests need no waiting.
 */
import type { ByteStream, ByteStreamHandler } from '../../../sim/kernel/byte-stream.ts';
import type { Clock, Timer } from '../../../sim/kernel/clock.ts';
import type { Server, ServerContext, ServerFactory } from '../../../sim/kernel/server.ts';
import type { Stream } from '../../../sim/kernel/stream.ts';
import { encodeRequest, type Reply, ReplyDecoder } from '../../../sim/redis/index.ts';

/** 2024-01-01T00:00:00Z. */
const EPOCH_MICROS = 1_704_067_200_000_000;

export class MemoryHost {
  readonly server: Server;
  readonly clock = new ManualClock();
  /** Service time charged so far, in microseconds. */
  spentMicros = 0;
  readonly lines: string[] = [];
  readonly #connections: MemoryConnection[] = [];

  constructor(factory: ServerFactory) {
    const streams = new Map<string, Stream>();
    const context: ServerContext = {
      host: 'redis',
      clock: this.clock,
      stream: (name) => {
        let stream = streams.get(name);
        if (stream === undefined) {
          stream = new SeededStream(name);
          streams.set(name, stream);
        }
        return stream;
      },
      spend: (micros) => {
        this.spentMicros += micros;
      },
      connect: () => {
        throw new Error('this server is alone');
      },
      takeName: () => {},
      commit: () => {},
      log: (line) => {
        this.lines.push(line);
      },
    };
    this.server = factory(context);
    this.server.start();
  }

  connect(): MemoryConnection {
    const connection = new MemoryConnection(this.#connections.length + 1);
    connection.handler = this.server.accept(connection);
    this.#connections.push(connection);
    return connection;
  }

  /** Moves time on and fires the timers that become due, in order. */
  advance(ms: number): void {
    this.clock.advance(ms * 1000);
  }
}

export class MemoryConnection implements ByteStream {
  readonly id: number;
  readonly remoteAddress = '127.0.0.1';
  readonly remotePort: number;
  readonly localAddress = '127.0.0.1';
  readonly localPort = 6379;
  bytesQueued = 0;
  handler: ByteStreamHandler | null = null;
  isEnded = false;
  isDestroyed = false;
  readonly #decoder = new ReplyDecoder();
  #received = '';

  constructor(id: number) {
    this.id = id;
    this.remotePort = 40_000 + id;
  }

  write(bytes: Uint8Array): void {
    const copy = Buffer.from(bytes);
    this.#received += copy.toString('latin1');
    this.#decoder.push(copy);
  }

  end(): void {
    this.isEnded = true;
  }

  destroy(): void {
    this.isDestroyed = true;
  }

  /** Sends bytes as they are. */
  sendRaw(text: string): void {
    this.handler!.data(Buffer.from(text, 'latin1'));
  }

  /** Sends a request and returns the replies that have come since the last look. */
  send(...args: string[]): Reply[] {
    this.sendRaw(encodeRequest(args));
    return this.replies();
  }

  /** Sends a request and returns its only reply. */
  ask(...args: string[]): Reply {
    const replies = this.send(...args);
    if (replies.length !== 1)
      throw new Error(`${args.join(' ')} had ${replies.length} replies: ${JSON.stringify(replies)}`);
    return replies[0]!;
  }

  replies(): Reply[] {
    const replies: Reply[] = [];
    for (let reply = this.#decoder.next(); reply !== null; reply = this.#decoder.next()) replies.push(reply);
    return replies;
  }

  /** The bytes that have come since the last look, as a byte string. */
  takeBytes(): string {
    const bytes = this.#received;
    this.#received = '';
    this.replies();
    return bytes;
  }

  /** The peer goes away. */
  close(): void {
    this.handler!.close();
  }
}

interface Alarm {
  readonly atMicros: number;
  readonly sequence: number;
  readonly callback: () => void;
}

class ManualClock implements Clock {
  #micros = 0;
  #epochMicros = EPOCH_MICROS;
  #sequence = 0;
  #alarms: Alarm[] = [];

  wallMicros(): number {
    return this.#epochMicros + this.#micros;
  }

  monotonicMicros(): number {
    return this.#micros;
  }

  after(delayMicros: number, callback: () => void): Timer {
    this.#sequence += 1;
    const alarm: Alarm = { atMicros: this.#micros + delayMicros, sequence: this.#sequence, callback };
    this.#alarms.push(alarm);
    return {
      cancel: () => {
        this.#alarms = this.#alarms.filter((other) => other !== alarm);
      },
    };
  }

  /** Steps the wall clock without letting time pass. */
  setWall(micros: number): void {
    this.#epochMicros = micros - this.#micros;
  }

  advance(micros: number): void {
    const end = this.#micros + micros;
    for (;;) {
      let next: Alarm | null = null;
      for (const alarm of this.#alarms) {
        if (alarm.atMicros > end) continue;
        if (next === null || alarm.atMicros < next.atMicros) next = alarm;
        else if (alarm.atMicros === next.atMicros && alarm.sequence < next.sequence) next = alarm;
      }
      if (next === null) break;
      const due = next;
      this.#alarms = this.#alarms.filter((other) => other !== due);
      this.#micros = Math.max(this.#micros, due.atMicros);
      due.callback();
    }
    this.#micros = end;
  }
}

/** Mulberry32, seeded by the stream's name: enough for tests, and the same on each run. */
class SeededStream implements Stream {
  #state: number;

  constructor(name: string) {
    this.#state = 1;
    for (const char of name) this.#state = (Math.imul(this.#state, 31) + char.charCodeAt(0)) | 0;
  }

  uint32(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  double(): number {
    return this.uint32() / 2 ** 32;
  }

  int(bound: number): number {
    return Math.floor(this.double() * bound);
  }

  bytes(length: number): Buffer {
    const bytes = Buffer.alloc(length);
    for (let index = 0; index < length; index++) bytes[index] = this.int(256);
    return bytes;
  }

  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.double())) * Math.cos(2 * Math.PI * this.double());
  }

  ratio(numerator: number, denominator: number): boolean {
    return numerator > 0 && this.int(denominator) < numerator;
  }
}
