/**
 * Puts a simulated server on a virtual host: streams on sockets, timers on the host's clock, service time on lanes.
 *
 * A server that works one command at a time has one lane; one with a worker per connection has a lane each. What a handler writes
 * leaves when the handler ends, as one write of the event loop does.
 */

import { Lane } from './kernel/actor.ts';
import type { ByteStream, ByteStreamHandler, OutgoingHandler } from './kernel/byte-stream.ts';
import type { Clock, Micros, Timer } from './kernel/clock.ts';
import type { Kernel } from './kernel/kernel.ts';
import type { Commit, Loss, Server, ServerContext, ServerFactory } from './kernel/server.ts';
import type { Stream } from './kernel/stream.ts';
import type { Host } from './net/host.ts';
import type { Network } from './net/network.ts';
import type { Endpoint, EndpointOwner, Listener } from './net/socket.ts';

/** CPU time of a handler apart from what the server itself charges, µs. */
const HANDLER_MICROS = 2;

class ServerLane extends Lane {
  /** Streams with bytes that leave when the handler ends. */
  readonly unsent: ServerStream[] = [];
  override finish(): void {
    for (let index = 0; index < this.unsent.length; index++) this.unsent[index]!.flush();
    this.unsent.length = 0;
    super.finish();
  }
}

class ServerStream implements ByteStream, EndpointOwner {
  readonly id: number;
  readonly #host: ServerHost;
  readonly endpoint: Endpoint;
  #handler: ByteStreamHandler | OutgoingHandler | undefined;
  #chunks: Uint8Array[] = [];
  #ends = false;
  #isClosed = false;

  constructor(host: ServerHost, id: number, endpoint: Endpoint) {
    this.#host = host;
    this.id = id;
    this.endpoint = endpoint;
  }

  start(handler: ByteStreamHandler | OutgoingHandler): void {
    this.#handler = handler;
  }

  get remoteAddress(): string {
    return this.endpoint.remoteHost.address;
  }
  get remotePort(): number {
    return this.endpoint.remotePort;
  }
  get localAddress(): string {
    return this.endpoint.host.address;
  }
  get localPort(): number {
    return this.endpoint.port;
  }
  get bytesQueued(): number {
    return this.endpoint.bytesQueued;
  }

  write(bytes: Uint8Array): void {
    if (this.#isClosed || bytes.length === 0) return;
    this.#chunks.push(bytes);
    if (this.#chunks.length === 1) this.#defer();
  }

  end(): void {
    if (this.#isClosed) return;
    this.#ends = true;
    if (this.#chunks.length === 0) this.#defer();
  }

  destroy(how: 'close' | 'reset'): void {
    if (this.#isClosed) return;
    if (how === 'close') this.flush();
    this.#chunks = [];
    if (how === 'close') this.endpoint.close();
    else this.endpoint.resetNow();
    this.#closed();
  }

  /** Sends what the handler wrote. */
  flush(): void {
    if (this.#isClosed) return;
    const chunks = this.#chunks;
    if (chunks.length > 0) {
      this.#chunks = [];
      const [only] = chunks;
      const whole =
        chunks.length === 1 ? Buffer.from(only!.buffer, only!.byteOffset, only!.byteLength) : Buffer.concat(chunks);
      this.endpoint.send(whole);
    }
    if (this.#ends) this.endpoint.shutdown();
    if (this.endpoint.state === 'closed') this.#closed();
  }

  /** The place goes down: the server is not told. */
  abandon(): void {
    this.#isClosed = true;
    this.endpoint.close();
  }

  #defer(): void {
    const lane = this.#host.kernel.current;
    if (lane instanceof ServerLane) lane.unsent.push(this);
    else this.flush();
  }

  #closed(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#host.forget(this);
    this.#handler?.close();
  }

  connected(): void {
    if (!this.#isClosed && 'connected' in this.#handler!) this.#handler.connected();
  }
  connectFailed(): void {
    this.#closed();
  }
  data(bytes: Buffer): void {
    if (!this.#isClosed) this.#handler!.data(bytes);
  }
  ended(): void {
    if (this.#isClosed) return;
    this.#handler!.end();
    // We had half-closed before: both directions are done.
    if (this.endpoint.state === 'closed') this.#closed();
  }
  reset(): void {
    this.#closed();
  }
  drained(): void {
    if (!this.#isClosed) this.#handler!.drain?.();
  }
}

export interface ServerHostOptions {
  readonly kernel: Kernel;
  readonly network: Network;
  readonly host: Host;
  readonly type: 'redis' | 'postgres';
  readonly factory: ServerFactory;
  commit(commit: Commit): void;
  log(line: string): void;
}

export class ServerHost {
  readonly kernel: Kernel;
  readonly host: Host;
  readonly server: Server;
  readonly #options: ServerHostOptions;
  readonly #lane: ServerLane;
  readonly #streams = new Set<ServerStream>();
  #connections = 0;
  /** Grows with each start, so that timers of a former life do nothing. */
  #life = 0;
  isUp = false;

  constructor(options: ServerHostOptions) {
    this.#options = options;
    this.kernel = options.kernel;
    this.host = options.host;
    this.#lane = new ServerLane(this.kernel, options.host.name, HANDLER_MICROS, options.host.slowness);
    this.server = options.factory(this.#context());
  }

  start(): void {
    if (this.isUp) return;
    this.isUp = true;
    this.#life++;
    const listener: Listener = {
      actor: this.#lane,
      protocol: this.#options.type,
      accept: (endpoint) => this.#accept(endpoint),
    };
    this.server.start();
    this.host.listeners.set(this.server.port, listener);
  }

  /** Goes down: connections are closed by the host, timers are void. */
  crash(loss: Loss): void {
    if (!this.isUp) return;
    this.isUp = false;
    this.#life++;
    this.host.listeners.delete(this.server.port);
    for (const stream of [...this.#streams]) stream.abandon();
    this.#streams.clear();
    this.#lane.clear();
    this.server.crash(loss);
  }

  /** Has the server do what only its kind can; returns what was done. */
  act(name: string, argument: Readonly<Record<string, unknown>>): string {
    if (!this.isUp) return '';
    let done = '';
    this.#lane.interrupt({
      perform: () => {
        done = this.server.act(name, argument);
      },
    });
    return done;
  }

  forget(stream: ServerStream): void {
    this.#streams.delete(stream);
  }

  #accept(endpoint: Endpoint): void {
    const stream = new ServerStream(this, ++this.#connections, endpoint);
    if (this.server.occupancy === 'connection') {
      endpoint.actor = new ServerLane(
        this.kernel,
        `${this.host.name}/${stream.id}`,
        HANDLER_MICROS,
        this.host.slowness,
      );
    }
    endpoint.owner = stream;
    this.#streams.add(stream);
    stream.start(this.server.accept(stream));
  }

  /** Opens a connection of the server's own. One to a name that nobody has fails like any other. */
  #connect(target: { readonly host: string; readonly port: number }, handler: OutgoingHandler): ByteStream {
    const { network } = this.#options;
    const remote = network.resolve(target.host, this.host);
    const endpoint = network.open(this.host, remote ?? this.host, remote === undefined ? 0 : target.port, this.#lane);
    const stream = new ServerStream(this, ++this.#connections, endpoint);
    endpoint.owner = stream;
    this.#streams.add(stream);
    stream.start(handler);
    endpoint.connect();
    return stream;
  }

  #context(): ServerContext {
    const { kernel, host } = this;
    const clock: Clock = {
      wallMicros: () => host.clock.wallMicros(kernel.localNow()),
      monotonicMicros: () => host.clock.monotonicMicros(kernel.localNow()),
      after: (delayMicros, callback) => this.#after(delayMicros, callback),
    };
    return {
      host: host.name,
      clock,
      stream: (name): Stream => kernel.streams.of(`server/${host.name}/${name}`),
      spend: (micros) => {
        if (kernel.current !== null) kernel.current.cpu += micros;
      },
      connect: (target, handler) => this.#connect(target, handler),
      takeName: (name) => this.#options.network.addAlias(name, host.name),
      commit: (commit) => this.#options.commit(commit),
      log: (line) => this.#options.log(line),
    };
  }

  #after(delayMicros: Micros, callback: () => void): Timer {
    const { kernel, host } = this;
    const due = host.clock.monotonicMicros(kernel.localNow()) + delayMicros;
    let isCancelled = false;
    const life = this.#life;
    // A change of the host's rate moves the timer only when it comes up too early.
    const arm = (): ReturnType<Kernel['at']> =>
      kernel.at(host.clock.trueAt(due), () => {
        if (life !== this.#life) return;
        if (host.clock.monotonicMicros(kernel.now) < due) {
          task = arm();
          return;
        }
        this.#lane.dispatch({
          perform: () => {
            if (!isCancelled && life === this.#life) callback();
          },
        });
      });
    let task = arm();
    return {
      cancel: () => {
        isCancelled = true;
        kernel.queue.cancel(task);
      },
    };
  }
}
