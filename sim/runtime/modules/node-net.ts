/**
 * `node:net` over the virtual network. Sockets are in net-socket.ts, listening ports in net-listener.ts; here are `net.Server` and the
 * module itself.
 */
import { EventEmitter } from 'node:events';
import * as realNet from 'node:net';
import type { TimerFunctions } from '../globals/timers.ts';
import type { VirtualProcess } from '../process.ts';
import { refuse } from '../refusal.ts';
import { callable } from './callable.ts';
import { invalidArgumentType, nodeError } from './errors.ts';
import { type ConnectOptions, type Listener, normalizeConnectArguments } from './net-arguments.ts';
import { type Accepted, PortListener } from './net-listener.ts';
import { VirtualSocket } from './net-socket.ts';

const { nextTick } = process;

interface ServerOptions extends ConnectOptions {
  readonly pauseOnConnect?: boolean;
  readonly keepAliveInitialDelay?: number;
  /** How `node:tls` makes its own sockets. */
  readonly makeSocket?: (accepted: Accepted) => VirtualSocket;
}

export interface VirtualNet {
  readonly module: Record<string, unknown>;
  /** Makes a socket for an accepted connection. */
  accept(accepted: Accepted, options?: ServerOptions): VirtualSocket;
  connect(...args: unknown[]): VirtualSocket;
  readonly Server: new (...args: unknown[]) => realNet.Server;
}

/** `close` with a callback, as all servers have it. */
export function onceClosed(
  server: EventEmitter,
  wasListening: boolean,
  callback: ((error?: Error) => void) | undefined,
): void {
  if (typeof callback !== 'function') return;
  if (wasListening) server.once('close', callback);
  else server.once('close', () => callback(nodeError('ERR_SERVER_NOT_RUNNING', 'Server is not running.')));
}

/** `node:net` of one incarnation. */
export function createNet(process: VirtualProcess, timers: TimerFunctions): VirtualNet {
  const SocketBase = class Socket extends VirtualSocket {
    constructor(options?: ConnectOptions | number) {
      super(typeof options === 'number' ? { fd: options } : options, process, timers);
    }
  };
  const Socket = callable(SocketBase, {
    refuse: () => refuse(process, 'net.Socket as a function, in the constructor of an old-style subclass'),
  });
  const connect = (...args: unknown[]): VirtualSocket => {
    const [options] = normalizeConnectArguments(args);
    return new SocketBase(options).connect(...args);
  };
  const accept = ({ endpoint, isMapped }: Accepted, options?: ServerOptions): VirtualSocket => {
    const socket = new SocketBase(
      options === undefined
        ? {}
        : {
            allowHalfOpen: options.allowHalfOpen ?? false,
            ...(options.highWaterMark === undefined ? {} : { highWaterMark: options.highWaterMark }),
          },
    );
    socket.adopt(endpoint, { isMapped, isPaused: options?.pauseOnConnect === true });
    return socket;
  };

  // No private fields: an old-style subclass sets them up on an object of its own.
  const ServerBase = class Server extends EventEmitter {
    declare _connections: number;
    declare _handle: PortListener | null;
    declare _usingWorkers: boolean;
    declare _workers: unknown[];
    declare _unref: boolean;
    declare _listeningId: number;
    declare allowHalfOpen: boolean;
    declare pauseOnConnect: boolean;
    declare noDelay: boolean;
    declare keepAlive: boolean;
    declare keepAliveInitialDelay: number;
    declare highWaterMark: number;
    declare maxConnections: number | undefined;
    declare _isClosing: boolean;
    declare _listener: PortListener;

    constructor(options?: ServerOptions | Listener, onConnection?: Listener) {
      super();
      this._setUp(options, onConnection);
    }

    _setUp(options?: ServerOptions | Listener | null, onConnection?: Listener): void {
      let given: ServerOptions = {};
      if (typeof options === 'function') this.on('connection', options);
      else if (options === undefined || options === null || typeof options === 'object') {
        given = { ...options };
        if (typeof onConnection === 'function') this.on('connection', onConnection);
      } else throw invalidArgumentType('options', 'of type object', options);
      this._connections = 0;
      this._handle = null;
      this._usingWorkers = false;
      this._workers = [];
      this._unref = false;
      this._listeningId = 1;
      this.allowHalfOpen = given.allowHalfOpen ?? false;
      this.pauseOnConnect = given.pauseOnConnect === true;
      this.noDelay = Boolean(given.noDelay);
      this.keepAlive = Boolean(given.keepAlive);
      this.keepAliveInitialDelay = given.keepAliveInitialDelay ?? 0;
      this.highWaterMark = given.highWaterMark ?? 65_536;
      const listener = new PortListener(process, this, undefined, (accepted) => this._accept(accepted, given));
      hidden(this, '_isClosing', false);
      hidden(this, '_listener', listener);
    }

    _accept(accepted: Accepted, options: ServerOptions): void {
      if (this.maxConnections && this._connections >= this.maxConnections) {
        const dropped = accept(accepted, options);
        const { localAddress, localPort, localFamily, remoteAddress, remotePort, remoteFamily } = dropped;
        dropped.destroy();
        this.emit('drop', { localAddress, localPort, localFamily, remoteAddress, remotePort, remoteFamily });
        return;
      }
      const socket = options.makeSocket?.(accepted) ?? accept(accepted, options);
      this._connections++;
      socket.server = socket._server = this;
      this.emit('connection', socket);
    }

    get listening(): boolean {
      return this._listener.isListening;
    }
    listen(...args: unknown[]): this {
      this._listener.listen(args);
      this._isClosing = false;
      this._handle = this._listener;
      return this;
    }
    address(): unknown {
      return this._listener.address();
    }
    close(callback?: (error?: Error) => void): this {
      onceClosed(this, this._listener.close(), callback);
      this._handle = null;
      this._isClosing = true;
      this._emitCloseIfDrained();
      return this;
    }
    /** A socket of this server was destroyed; its own `close` is still to come. */
    _socketDestroyed(): void {
      this._connections--;
      this._emitCloseIfDrained();
    }
    _emitCloseIfDrained(): void {
      if (!this._isClosing || this._connections > 0) return;
      nextTick(() => this.emit('close'));
    }
    getConnections(callback: (error: null, count: number) => void): this {
      nextTick(callback, null, this._connections);
      return this;
    }
    ref(): this {
      this._unref = false;
      this._listener.ref();
      return this;
    }
    unref(): this {
      this._unref = true;
      this._listener.unref();
      return this;
    }
    /** Servers of `http` come from Node's own class, and are servers of `net` as well. */
    static override [Symbol.hasInstance](value: unknown): boolean {
      if (Function.prototype[Symbol.hasInstance].call(this, value)) return true;
      return this === module['Server'] && value instanceof realNet.Server;
    }
    async [Symbol.asyncDispose](): Promise<void> {
      if (!this.listening) return;
      await new Promise<void>((resolve, reject) =>
        this.close((error) => (error === undefined ? resolve() : reject(error))),
      );
    }
  };
  const Server = callable(ServerBase, {
    setUp: (self, args) => {
      EventEmitter.call(self as EventEmitter);
      ServerBase.prototype._setUp.apply(self as InstanceType<typeof ServerBase>, args as never);
    },
  });

  let autoSelectFamily = true;
  let autoSelectTimeout = 250;
  const module: Record<string, unknown> = {
    _normalizeArgs: (args: unknown[]) => {
      const [options, callback] = normalizeConnectArguments(args);
      return [options, callback ?? null];
    },
    get _createServerHandle() {
      return () => refuse(process, 'net._createServerHandle');
    },
    _setSimultaneousAccepts: () => undefined,
    BlockList: realNet.BlockList,
    SocketAddress: realNet.SocketAddress,
    connect,
    createConnection: connect,
    createServer: (options?: ServerOptions, onConnection?: Listener) => new ServerBase(options, onConnection),
    isIP: realNet.isIP,
    isIPv4: realNet.isIPv4,
    isIPv6: realNet.isIPv6,
    Server,
    Socket,
    Stream: Socket,
    getDefaultAutoSelectFamily: () => autoSelectFamily,
    setDefaultAutoSelectFamily: (value: boolean) => {
      autoSelectFamily = value;
    },
    getDefaultAutoSelectFamilyAttemptTimeout: () => autoSelectTimeout,
    setDefaultAutoSelectFamilyAttemptTimeout: (value: number) => {
      autoSelectTimeout = Math.max(value, 10);
    },
  };
  return { module, accept, connect, Server: Server as unknown as VirtualNet['Server'] };
}

/** A field that programs do not see among the keys, as the symbols of Node's own servers. */
function hidden(target: object, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, writable: true, configurable: true, enumerable: false });
}
