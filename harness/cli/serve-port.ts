/**
 * Puts a simulated server on a real port: real sockets, the real clock, random streams from a drawn seed. For looking at a server with its
 * ordinary tools (`redis-cli`, `psql`), for client test-suites and for differential tests; never part of a simulated run.
 *
 * Invariant: calls into the server never overlap, and no call follows `close` of its stream. `spend` does nothing here: real time passes by
 * itself.
 */
import { randomBytes } from 'node:crypto';
import net from 'node:net';
import type { ByteStream, ByteStreamHandler, OutgoingHandler } from '../../sim/kernel/byte-stream.ts';
import type { Clock, Timer } from '../../sim/kernel/clock.ts';
import type { Commit, Server, ServerContext, ServerFactory } from '../../sim/kernel/server.ts';
import type { Stream } from '../../sim/kernel/stream.ts';

export interface ServePortOptions {
  /** Port to listen on; 0 lets the system choose. */
  readonly port: number;
  /** Address to listen on; `127.0.0.1` when absent. */
  readonly host?: string;
  /** Takes the server's log lines; they are dropped when absent. */
  readonly log?: (line: string) => void;
  /** Takes reported commits; they are dropped when absent. */
  readonly commit?: (commit: Commit) => void;
}

export interface ServedPort {
  readonly port: number;
  readonly server: Server;
  /** Stops listening, resets every connection and takes the server down. */
  close(): Promise<void>;
}

/** setTimeout takes 31 bits of milliseconds at most. */
const TIMEOUT_MS_MAX = 0x7fffffff;

/** Starts a server from its factory on a real port and waits until it listens. */
export async function servePort(factory: ServerFactory, options: ServePortOptions): Promise<ServedPort> {
  const host = options.host ?? '127.0.0.1';
  const context = new RealContext(host, options);
  const server = factory(context);
  server.start();
  const sockets = new Set<net.Socket>();
  let connections = 0;
  const listener = net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    connections += 1;
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    attach(server, socket, connections);
  });
  await new Promise<void>((resolve, reject) => {
    listener.once('error', reject);
    listener.listen(options.port, host, () => {
      listener.removeListener('error', reject);
      resolve();
    });
  });
  const address = listener.address();
  const port = address !== null && typeof address === 'object' ? address.port : options.port;
  return {
    port,
    server,
    close: async () => {
      const closed = new Promise<void>((resolve) => listener.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
      server.crash('nothing');
      context.stop();
    },
  };
}

function attach(server: Server, socket: net.Socket, id: number): void {
  const stream = new SocketStream(socket, id);
  bind(socket, stream, server.accept(stream));
}

function bind(socket: net.Socket, stream: SocketStream, handler: ByteStreamHandler): void {
  socket.on('data', (bytes) => handler.data(bytes));
  socket.on('end', () => handler.end());
  socket.on('drain', () => handler.drain?.());
  // The reason of a failure matters to no server: `close` follows in any case.
  socket.on('error', () => {});
  socket.once('close', () => {
    stream.isClosed = true;
    handler.close();
  });
}

class SocketStream implements ByteStream {
  readonly id: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
  isClosed = false;
  readonly #socket: net.Socket;

  constructor(socket: net.Socket, id: number) {
    this.#socket = socket;
    this.id = id;
    this.remoteAddress = socket.remoteAddress ?? '';
    this.remotePort = socket.remotePort ?? 0;
  }

  get localAddress(): string {
    return this.#socket.localAddress ?? '';
  }

  get localPort(): number {
    return this.#socket.localPort ?? 0;
  }

  get bytesQueued(): number {
    return this.#socket.writableLength;
  }

  write(bytes: Uint8Array): void {
    if (!this.isClosed && this.#socket.writable) this.#socket.write(bytes);
  }

  end(): void {
    if (!this.isClosed) this.#socket.end();
  }

  destroy(how: 'close' | 'reset'): void {
    if (this.isClosed) return;
    if (how === 'reset') this.#socket.resetAndDestroy();
    else this.#socket.destroy();
  }
}

class RealContext implements ServerContext {
  readonly host: string;
  readonly clock: RealClock = new RealClock();
  readonly #options: ServePortOptions;
  readonly #streams = new Map<string, Stream>();
  readonly #sockets = new Set<net.Socket>();

  constructor(host: string, options: ServePortOptions) {
    this.host = host;
    this.#options = options;
  }

  stream(name: string): Stream {
    let stream = this.#streams.get(name);
    if (stream === undefined) {
      stream = new RandomStream();
      this.#streams.set(name, stream);
    }
    return stream;
  }

  spend(): void {}

  takeName(): void {}

  connect(target: { readonly host: string; readonly port: number }, handler: OutgoingHandler): ByteStream {
    const socket = net.connect({ ...target, noDelay: true });
    const stream = new SocketStream(socket, 0);
    this.#sockets.add(socket);
    socket.once('connect', () => handler.connected());
    socket.once('close', () => this.#sockets.delete(socket));
    bind(socket, stream, handler);
    return stream;
  }

  commit(commit: Commit): void {
    this.#options.commit?.(commit);
  }

  log(line: string): void {
    this.#options.log?.(line);
  }

  stop(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.clock.stop();
  }
}

class RealClock implements Clock {
  readonly #timeouts = new Set<NodeJS.Timeout>();

  wallMicros(): number {
    return Math.floor((performance.timeOrigin + performance.now()) * 1000);
  }

  monotonicMicros(): number {
    return Math.floor(performance.now() * 1000);
  }

  after(delayMicros: number, callback: () => void): Timer {
    const timer = { cancel: () => {} };
    this.#arm(timer, delayMicros / 1000, callback);
    return timer;
  }

  /** Drops every timer that a server has left behind. */
  stop(): void {
    for (const timeout of this.#timeouts) clearTimeout(timeout);
    this.#timeouts.clear();
  }

  #arm(timer: { cancel: () => void }, delayMs: number, callback: () => void): void {
    const step = Math.min(delayMs, TIMEOUT_MS_MAX);
    const timeout = setTimeout(() => {
      this.#timeouts.delete(timeout);
      if (step < delayMs) this.#arm(timer, delayMs - step, callback);
      else callback();
    }, step);
    this.#timeouts.add(timeout);
    timer.cancel = () => {
      clearTimeout(timeout);
      this.#timeouts.delete(timeout);
    };
  }
}

/** Randomness for a real port: xoshiro128** seeded by the system, since nothing has to be repeated here. */
class RandomStream implements Stream {
  readonly #state = new Uint32Array(4);

  constructor() {
    const seed = randomBytes(16);
    for (let index = 0; index < 4; index++) this.#state[index] = seed.readUInt32LE(index * 4) | (index === 0 ? 1 : 0);
  }

  uint32(): number {
    const state = this.#state;
    const s1 = state[1]!;
    const scrambled = Math.imul(rotateLeft(Math.imul(s1, 5), 7), 9) >>> 0;
    const shifted = s1 << 9;
    state[2]! ^= state[0]!;
    state[3]! ^= s1;
    state[1]! ^= state[2]!;
    state[0]! ^= state[3]!;
    state[2]! ^= shifted;
    state[3] = rotateLeft(state[3]!, 11);
    return scrambled;
  }

  double(): number {
    return (this.uint32() * 0x200000 + (this.uint32() >>> 11)) / 2 ** 53;
  }

  int(bound: number): number {
    return Math.floor(this.double() * bound);
  }

  bytes(length: number): Buffer {
    return randomBytes(length);
  }

  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.double())) * Math.cos(2 * Math.PI * this.double());
  }

  ratio(numerator: number, denominator: number): boolean {
    return numerator > 0 && this.int(denominator) < numerator;
  }
}

function rotateLeft(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}
