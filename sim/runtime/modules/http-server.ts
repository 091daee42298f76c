/**
 * `http.Server` (and `https.Server`) over virtual ports: Node's own server with its listener exchanged, and its scan for slow
 * connections, which runs on a real interval and a native list, done again by the process's clock.
 *
 * The scan goes by Node's rules: a connection counts from its start or from the first byte of a request until the request has been
 * received; every `connectionsCheckingInterval` those that are too old get 408. Its timer runs only while some connection counts.
 */
import * as realHttp from 'node:http';
import type { ProcessGlobals } from '../globals/index.ts';
import type { Timeout } from '../globals/timers.ts';
import type { VirtualProcess } from '../process.ts';
import { callable } from './callable.ts';
import { nodeError } from './errors.ts';
import { type Accepted, PortListener } from './net-listener.ts';
import type { VirtualSocket } from './net-socket.ts';
import { onceClosed } from './node-net.ts';

const { nextTick } = process;

/** What the scan knows of a connection. */
interface Tracked {
  /** When the request that is being received began, or the connection; undefined while it is idle. */
  startedAt: number | undefined;
  /** Its request, once the headers are there. */
  request: realHttp.IncomingMessage | undefined;
}

/** Fields of Node's server that only Node's own code knows. */
interface ServerInternals {
  headersTimeout: number;
  requestTimeout: number;
  connectionsCheckingInterval: number;
}

/** Events that come with a request whose headers are complete. */
const requestEvents = new Set<string | symbol>(['request', 'checkContinue', 'checkExpectation', 'upgrade', 'connect']);

export type HttpServerClass = new (...args: unknown[]) => realHttp.Server;

export interface HttpServerOptions {
  readonly process: VirtualProcess;
  readonly globals: ProcessGlobals;
  readonly ServerResponse: unknown;
  /** How a socket comes from an accepted connection: the difference between `http` and `https`. */
  readonly makeSocket: (accepted: Accepted, options: Record<string, unknown>) => VirtualSocket;
  /** Event of the socket after which it carries HTTP; absent: from the start. */
  readonly readyEvent?: 'secure';
  /** TLS that the host of a service terminates for it; absent: nothing stands before this server. */
  readonly acceptSecure?: (accepted: Accepted) => VirtualSocket;
}

/** Ports on which the world reaches a service by its outside name. */
const PLAIN_PORT = 80;
const SECURE_PORT = 443;

/** Makes the server class of one incarnation. */
export function createHttpServerClass(setting: HttpServerOptions): HttpServerClass {
  const { process, globals, ServerResponse, makeSocket, readyEvent, acceptSecure } = setting;
  const RealServer = realHttp.Server as unknown as new (...args: unknown[]) => realHttp.Server;
  const now = (): number => process.host.clock.monotonicMicros(process.kernel.now) / 1000;

  const ServerBase = class Server extends RealServer {
    declare _isClosing: boolean;
    declare _listener: PortListener;
    declare _tracked: Map<VirtualSocket, Tracked>;
    declare _scan: Timeout | undefined;
    declare _listeningSince: number;

    constructor(...args: unknown[]) {
      super(...withResponse(args));
      this._setUp(args);
    }

    _setUp(args: unknown[]): void {
      // `setupConnectionsTracking` starts the real interval.
      this.removeListener('listening', this.listeners('listening')[0] as never);
      const options = (typeof args[0] === 'object' && args[0] !== null ? args[0] : {}) as Record<string, unknown>;
      hidden(this, '_isClosing', false);
      hidden(this, '_tracked', new Map<VirtualSocket, Tracked>());
      hidden(this, '_scan', undefined);
      hidden(this, '_listeningSince', 0);
      const take = (accepted: Accepted): void => this._accept(makeSocket(accepted, options), readyEvent);
      const standIns = new Map<number, (accepted: Accepted) => void>();
      if (process.options.isService === true && acceptSecure !== undefined) {
        standIns.set(PLAIN_PORT, take);
        standIns.set(SECURE_PORT, (accepted) => this._accept(acceptSecure(accepted), 'secure'));
      }
      hidden(this, '_listener', new PortListener(process, this, 'http', take, standIns));
      Object.defineProperty(this, 'listening', { get: () => this._listener.isListening, configurable: true });
    }

    _accept(socket: VirtualSocket, ready: 'secure' | undefined): void {
      const counts = this as unknown as { _connections: number; maxConnections?: number };
      if (counts.maxConnections && counts._connections >= counts.maxConnections) {
        const { localAddress, localPort, localFamily, remoteAddress, remotePort, remoteFamily } = socket;
        socket.destroy();
        this.emit('drop', { localAddress, localPort, localFamily, remoteAddress, remotePort, remoteFamily });
        return;
      }
      counts._connections++;
      socket.server = socket._server = this;
      if (ready === undefined) this._serve(socket);
      else socket.once(ready, () => this._serve(socket));
    }

    _serve(socket: VirtualSocket): void {
      const tracked: Tracked = { startedAt: now(), request: undefined };
      this._tracked.set(socket, tracked);
      socket._onBytes = () => {
        if (tracked.startedAt !== undefined && tracked.request?.complete !== true) return;
        tracked.startedAt = now();
        tracked.request = undefined;
        this._armScan();
      };
      this._armScan();
      this.emit('connection', socket);
    }

    override emit(name: string | symbol, ...args: unknown[]): boolean {
      if (requestEvents.has(name)) {
        const request = args[0] as realHttp.IncomingMessage;
        const socket = request.socket as unknown as VirtualSocket;
        const tracked = this._tracked.get(socket);
        if (tracked !== undefined) tracked.request = request;
        // From now on the connection carries something else.
        if (name === 'upgrade' || name === 'connect') this._forget(socket);
      }
      return super.emit(name as never, ...(args as never[]));
    }

    override listen(...args: unknown[]): this {
      this._listener.listen(args);
      this._isClosing = false;
      this._listeningSince = now();
      return this;
    }
    override address(): never {
      return this._listener.address() as never;
    }
    override close(callback?: (error?: Error) => void): this {
      this.closeIdleConnections();
      this._scan?.close();
      onceClosed(this, this._listener.close(), callback);
      this._isClosing = true;
      this._emitCloseIfDrained();
      return this;
    }
    override closeAllConnections(): void {
      for (const socket of [...this._tracked.keys()]) socket.destroy();
    }
    override closeIdleConnections(): void {
      for (const [socket, tracked] of [...this._tracked]) {
        const { _httpMessage: message } = socket as unknown as { _httpMessage?: { finished: boolean } | null };
        if (isIdle(tracked) && (message === null || message === undefined || message.finished)) socket.destroy();
      }
    }
    override getConnections(callback: (error: Error | null, count: number) => void): never {
      nextTick(callback, null, (this as unknown as { _connections: number })._connections);
      return this as never;
    }
    override ref(): this {
      this._listener.ref();
      return this;
    }
    override unref(): this {
      this._listener.unref();
      return this;
    }

    /** A socket of this server was destroyed; its own `close` is still to come. */
    _socketDestroyed(socket: VirtualSocket): void {
      this._forget(socket);
      (this as unknown as { _connections: number })._connections--;
      this._emitCloseIfDrained();
    }
    _forget(socket: VirtualSocket): void {
      this._tracked.delete(socket);
      socket._onBytes = undefined;
    }
    _emitCloseIfDrained(): void {
      if (!this._isClosing || (this as unknown as { _connections: number })._connections > 0) return;
      nextTick(() => this.emit('close'));
    }

    _armScan(): void {
      if (this._scan?.isQueued === true || !this._listener.isListening) return;
      const { connectionsCheckingInterval: every = 30_000 } = this as unknown as ServerInternals;
      const left = every - ((now() - this._listeningSince) % every);
      this._scan = globals.timers.setTimeout(() => this._checkConnections(), Math.max(1, Math.ceil(left))).unref();
    }
    _checkConnections(): void {
      const { headersTimeout, requestTimeout } = this as unknown as ServerInternals;
      let counting = 0;
      for (const [socket, tracked] of [...this._tracked]) {
        if (isIdle(tracked)) continue;
        const age = now() - tracked.startedAt!;
        const isLate =
          (tracked.request === undefined && headersTimeout > 0 && age > headersTimeout) ||
          (requestTimeout > 0 && age > requestTimeout);
        if (isLate) {
          tracked.startedAt = undefined;
          refuseLate(socket);
        } else counting++;
      }
      if (counting > 0) this._armScan();
    }
  };

  const withResponse = (args: unknown[]): unknown[] =>
    typeof args[0] === 'object' && args[0] !== null
      ? [{ ServerResponse, ...args[0] }, ...args.slice(1)]
      : args[0] === undefined || args[0] === null || typeof args[0] === 'function'
        ? [{ ServerResponse }, ...args.filter((argument) => typeof argument === 'function')]
        : args;

  return callable(ServerBase, {
    setUp: (self, args) => {
      (realHttp.Server as unknown as (...values: unknown[]) => void).apply(self as never, withResponse(args));
      ServerBase.prototype._setUp.call(self as InstanceType<typeof ServerBase>, args);
    },
  }) as unknown as HttpServerClass;
}

function isIdle({ startedAt, request }: Tracked): boolean {
  return startedAt === undefined || request?.complete === true;
}

/** Hands the connection to Node's own error handling, which answers 408. */
function refuseLate(socket: VirtualSocket): void {
  const error = nodeError('ERR_HTTP_REQUEST_TIMEOUT', 'Request timeout');
  const listener = socket.listeners('error').find(({ name }) => name === 'socketOnError');
  if (listener === undefined) socket.destroy(error);
  else listener.call(socket, error);
}

/** A field that programs do not see among the keys, as the symbols of Node's own servers. */
function hidden(target: object, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, writable: true, configurable: true, enumerable: false });
}
