/**
 * `node:net` over the virtual network: `Socket` and `Server` as Node's own behave, on top of `stream.Duplex`.
 *
 * Left out: Unix sockets and file descriptors (refused by name), happy eyeballs (every name has one IPv4 address).
 */
import type { AsyncResource } from 'node:async_hooks';
import { EventEmitter } from 'node:events';
import * as realNet from 'node:net';
import { Duplex } from 'node:stream';
import type { Work } from '../../kernel/actor.ts';
import type { Endpoint, EndpointOwner, SocketErrorCode } from '../../net/socket.ts';
import type { Timeout, TimerFunctions } from '../globals/timers.ts';
import type { Holding, VirtualProcess } from '../process.ts';
import { refuse } from '../refusal.ts';
import { createLookup, type LookupFunction } from './node-dns.ts';

const errno: Readonly<Record<string, number>> = {
  ECONNREFUSED: -111,
  ECONNRESET: -104,
  ETIMEDOUT: -110,
  EPIPE: -32,
  EADDRINUSE: -98,
  EADDRNOTAVAIL: -99,
  ENOTFOUND: -3008,
};

/** An error as libuv's wrappers make it: `connect ECONNREFUSED 10.0.0.2:6379`. */
export function systemError(code: string, syscall: string, address?: string, port?: number): NodeJS.ErrnoException {
  const place = address === undefined ? '' : ` ${address}${port === undefined ? '' : `:${port}`}`;
  const error = new Error(`${syscall} ${code}${place}`) as NodeJS.ErrnoException & { address?: string; port?: number };
  error.errno = errno[code] ?? -1;
  error.code = code;
  error.syscall = syscall;
  if (address !== undefined) error.address = address;
  if (port !== undefined) error.port = port;
  return error;
}

export interface ConnectOptions {
  port?: number | string;
  host?: string;
  path?: string;
  localAddress?: string;
  localPort?: number;
  lookup?: LookupFunction;
  timeout?: number;
  keepAlive?: boolean;
  noDelay?: boolean;
  signal?: AbortSignal;
  allowHalfOpen?: boolean;
  highWaterMark?: number;
  fd?: number;
  handle?: unknown;
  onread?: unknown;
}

type Listener = (...args: unknown[]) => void;

/** What `http` and others look for on a socket's handle. */
class Handle {
  readonly #socket: VirtualSocket;
  constructor(socket: VirtualSocket) {
    this.#socket = socket;
  }
  getAsyncId(): number {
    return 0;
  }
  getProviderType(): string {
    return 'TCPWRAP';
  }
  asyncReset(): void {}
  readStart(): void {}
  readStop(): void {}
  ref(): void {
    this.#socket.ref();
  }
  unref(): void {
    this.#socket.unref();
  }
  hasRef(): boolean {
    return this.#socket.holdsProcess;
  }
  close(): void {}
}

const NO_ADDRESS = {};

/** The base of every process's `net.Socket`. */
export class VirtualSocket extends Duplex implements EndpointOwner, Holding {
  readonly #process: VirtualProcess;
  readonly #timers: TimerFunctions;
  #endpoint: Endpoint | undefined;
  #context: AsyncResource | undefined;
  #isRef = true;
  #isHeld = false;
  #idle: Timeout | undefined;
  #pendingWrite: ((error?: Error | null) => void) | undefined;
  #bytesWritten = 0;
  #hasError = false;
  connecting = false;
  timeout = 0;
  server: unknown = null;
  _handle: Handle | null = null;
  _parent: unknown = null;
  _host: string | null = null;
  _hadError = false;
  autoSelectFamilyAttemptedAddresses: string[] = [];

  constructor(options: ConnectOptions | undefined, process: VirtualProcess, timers: TimerFunctions) {
    super({
      allowHalfOpen: options?.allowHalfOpen ?? false,
      emitClose: false,
      autoDestroy: true,
      decodeStrings: false,
      ...(options?.highWaterMark === undefined ? {} : { highWaterMark: options.highWaterMark }),
      ...(options?.signal === undefined ? {} : { signal: options.signal }),
    });
    if (options?.fd !== undefined) refuse(process, 'new net.Socket({ fd })');
    this.#process = process;
    this.#timers = timers;
    this.#context = process.captureContext?.();
  }

  /** Takes an end that a listener accepted. */
  adopt(endpoint: Endpoint): void {
    this.#attach(endpoint);
    endpoint.isReading = false;
    this._handle = new Handle(this);
  }

  #attach(endpoint: Endpoint): void {
    this.#endpoint = endpoint;
    endpoint.owner = this;
    this.#hold();
  }

  #hold(): void {
    if (this.#isHeld || !this.#process.isAlive) return;
    this.#isHeld = true;
    this.#process.hold(this);
    if (this.#isRef) this.#process.ref();
  }

  #letGo(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.#process.letGo(this);
    if (this.#isRef && this.#process.isAlive) this.#process.unref();
  }

  get holdsProcess(): boolean {
    return this.#isHeld && this.#isRef;
  }

  /** The process ended: the host closes what it held. */
  release(_crash: boolean): void {
    this.#isHeld = false;
    this.#endpoint?.close();
  }

  connect(...args: unknown[]): this {
    const [options, callback] = normalizeConnectArguments(args);
    if (!this.#process.isAlive) return this;
    if (typeof options.path === 'string' && options.path !== '')
      refuse(this.#process, `net.connect to the Unix socket ${options.path}`);
    const port = Number(options.port);
    if (!Number.isInteger(port) || port < 0 || port > 65535) {
      throw Object.assign(
        new RangeError(
          `Port should be >= 0 and < 65536. Received type ${typeof options.port} (${String(options.port)}).`,
        ),
        { code: 'ERR_SOCKET_BAD_PORT' },
      );
    }
    if (this.destroyed || this.#endpoint !== undefined) {
      // A socket may be connected again after it was closed.
      this.#endpoint = undefined;
      (this as unknown as { _undestroy(): void })._undestroy();
      this.#hasError = false;
    }
    if (callback !== undefined) this.once('connect', callback);
    this.connecting = true;
    this.#hold();
    this._handle = new Handle(this);
    if (options.keepAlive) this.setKeepAlive(true);
    if (options.timeout !== undefined && options.timeout > 0) this.setTimeout(options.timeout);
    const name = options.host ?? 'localhost';
    this._host = name;
    const address = realNet.isIP(name) > 0 ? name : undefined;
    if (address !== undefined) {
      globalThis.process.nextTick(() => this.#open(address, port));
      return this;
    }
    const lookup = options.lookup ?? createLookup(this.#process);
    lookup(name, { family: 0, hints: 0 }, (error, found, family) => {
      const first = Array.isArray(found) ? found[0] : undefined;
      const ip = first === undefined ? (found as string | undefined) : (first as { address: string }).address;
      this.emit('lookup', error, ip, family, name);
      if (!this.connecting || this.destroyed) return;
      if (error !== null && error !== undefined) {
        globalThis.process.nextTick(() => this.destroy(error));
        return;
      }
      this.#open(ip!, port);
    });
    return this;
  }

  #open(address: string, port: number): void {
    if (!this.connecting || this.destroyed || !this.#process.isAlive) return;
    const { network, host } = this.#process;
    const target = network.resolve(address, host);
    if (target === undefined) {
      // Nobody has that address: the SYN is never answered.
      this.#timers.setTimeout(() => this.connectFailed('ETIMEDOUT', address, port), 127_000).unref();
      return;
    }
    const endpoint = network.open(host, target, port, this.#process);
    endpoint.isReading = false;
    this.#attach(endpoint);
    endpoint.connect();
  }

  // What the endpoint tells.

  connected(): void {
    this.#inContext(this.#onConnected);
  }

  readonly #onConnected = (): void => {
    if (this.destroyed) return;
    this.connecting = false;
    this.#touch();
    this.emit('connect');
    this.emit('ready');
    if (this.readable && !this.isPaused()) this.read(0);
  };

  connectFailed(
    code: SocketErrorCode,
    address = this.#endpoint?.remoteHost.address,
    port = this.#endpoint?.remotePort,
  ): void {
    this.#inContext(() => {
      if (!this.destroyed) this.destroy(systemError(code, 'connect', address, port));
    });
  }

  data(bytes: Buffer): void {
    if (this.#context !== undefined) {
      this.#context.runInAsyncScope(this.#onData, this, bytes);
      return;
    }
    this.#onData(bytes);
  }

  readonly #onData = (bytes: Buffer): void => {
    if (this.destroyed) return;
    if (this.timeout > 0) this.#touch();
    if (!this.push(bytes)) this.#endpoint!.pauseReading();
  };

  ended(): void {
    this.#inContext(this.#onEnded);
  }

  readonly #onEnded = (): void => {
    if (this.destroyed) return;
    this.#touch();
    this.push(null);
    if (this.readableLength === 0) this.read(0);
  };

  reset(): void {
    this.#inContext(() => {
      if (!this.destroyed) this.destroy(systemError('ECONNRESET', 'read'));
    });
  }

  drained(): void {
    const pending = this.#pendingWrite;
    if (pending === undefined) return;
    this.#pendingWrite = undefined;
    this.#touch();
    this.#inContext(() => pending());
  }

  #inContext(call: () => void): void {
    if (this.#context === undefined) call();
    else this.#context.runInAsyncScope(call, this);
  }

  // The stream's side.

  override _read(): void {
    if (this.connecting || this.#endpoint === undefined) {
      if (this.connecting) this.once('connect', () => this._read());
      return;
    }
    this.#endpoint.resumeReading();
  }

  override _write(
    chunk: Buffer | string | Uint8Array,
    encoding: BufferEncoding,
    callback: (error?: Error | null) => void,
  ): void {
    if (this.connecting) {
      const onClose = (): void =>
        callback(
          Object.assign(new Error('Socket closed before the connection was established'), {
            code: 'ERR_SOCKET_CLOSED_BEFORE_CONNECTION',
          }),
        );
      this.once('connect', () => {
        this.off('close', onClose);
        this._write(chunk, encoding, callback);
      });
      this.once('close', onClose);
      return;
    }
    // A program may reuse its buffer after the write; a string makes a fresh one anyway.
    this.#send(typeof chunk === 'string' ? Buffer.from(chunk, encoding) : Buffer.from(chunk), callback);
  }

  override _writev(
    chunks: { chunk: Buffer | string; encoding: BufferEncoding }[],
    callback: (error?: Error | null) => void,
  ): void {
    const buffers = chunks.map(({ chunk, encoding }) =>
      typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk,
    );
    const whole = Buffer.concat(buffers);
    if (this.connecting) this._write(whole, 'buffer' as BufferEncoding, callback);
    else this.#send(whole, callback);
  }

  /** Sends bytes below the stream: the handshake of a layer above TCP. */
  protected sendRaw(bytes: Buffer): void {
    this.#endpoint?.send(bytes);
  }

  #send(bytes: Buffer, callback: (error?: Error | null) => void): void {
    const endpoint = this.#endpoint;
    if (!this.#process.isAlive) return;
    if (endpoint === undefined || !endpoint.canSend) {
      callback(systemError('EPIPE', 'write'));
      return;
    }
    if (this.timeout > 0) this.#touch();
    this.#bytesWritten += bytes.length;
    this.#process.cpu += bytes.length / 2048;
    if (endpoint.send(bytes)) callback();
    else this.#pendingWrite = callback;
  }

  override _final(callback: (error?: Error | null) => void): void {
    if (this.connecting) {
      this.once('connect', () => this._final(callback));
      return;
    }
    this.#endpoint?.shutdown();
    callback();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.connecting = false;
    this.#idle?.close();
    this.#idle = undefined;
    this.#endpoint?.close();
    this._handle = null;
    this.#hasError = error !== null;
    this._hadError = this.#hasError;
    this.#pendingWrite = undefined;
    const wasHeld = this.#isHeld;
    callback(error);
    if (!this.#process.isAlive) return;
    const emitClose: Work = {
      perform: () => {
        if (wasHeld) this.#letGo();
        const server = this.server as { _connectionClosed?(socket: VirtualSocket): void } | null;
        this.#inContext(() => this.emit('close', this.#hasError));
        server?._connectionClosed?.(this);
      },
    };
    this.#process.dispatchImmediate(emitClose);
  }

  destroySoon(): void {
    if (this.writable) this.end();
    if (this.writableFinished) this.destroy();
    else this.once('finish', this.destroy);
  }

  resetAndDestroy(): this {
    this.#endpoint?.resetNow();
    return this.destroy();
  }

  // Options and facts.

  setTimeout(millis: number, callback?: () => void): this {
    if (this.destroyed) return this;
    this.timeout = millis;
    this.#idle?.close();
    this.#idle = undefined;
    if (millis === 0) {
      if (callback !== undefined) this.removeListener('timeout', callback);
      return this;
    }
    if (callback !== undefined) this.once('timeout', callback);
    this.#idle = this.#timers.setTimeout(() => this._onTimeout(), millis).unref();
    return this;
  }

  _onTimeout(): void {
    this.emit('timeout');
  }

  _unrefTimer(): void {
    this.#touch();
  }

  /** Activity: the idle timer starts anew. */
  #touch(): void {
    if (this.timeout === 0) return;
    if (this.#idle?.isQueued) this.#idle.refresh();
    else this.#idle = this.#timers.setTimeout(() => this._onTimeout(), this.timeout).unref();
  }

  setNoDelay(_enable?: boolean): this {
    return this;
  }

  setKeepAlive(_enable?: boolean, _initialDelay?: number): this {
    return this;
  }

  setTypeOfService(): this {
    return this;
  }

  ref(): this {
    if (!this.#isRef) {
      this.#isRef = true;
      if (this.#isHeld && this.#process.isAlive) this.#process.ref();
    }
    return this;
  }

  unref(): this {
    if (this.#isRef) {
      this.#isRef = false;
      if (this.#isHeld && this.#process.isAlive) this.#process.unref();
    }
    return this;
  }

  address(): object {
    return this.#endpoint === undefined
      ? NO_ADDRESS
      : { address: this.#endpoint.host.address, family: 'IPv4', port: this.#endpoint.port };
  }

  get pending(): boolean {
    return this._handle === null || this.connecting;
  }
  get readyState(): string {
    if (this.connecting) return 'opening';
    if (this.readable && this.writable) return 'open';
    if (this.readable) return 'readOnly';
    return this.writable ? 'writeOnly' : 'closed';
  }
  get remoteAddress(): string | undefined {
    return this.connecting ? undefined : this.#endpoint?.remoteHost.address;
  }
  get remotePort(): number | undefined {
    return this.connecting ? undefined : this.#endpoint?.remotePort;
  }
  get remoteFamily(): string | undefined {
    return this.#endpoint === undefined ? undefined : 'IPv4';
  }
  get localAddress(): string | undefined {
    return this.#endpoint?.host.address;
  }
  get localPort(): number | undefined {
    return this.#endpoint?.port;
  }
  get localFamily(): string | undefined {
    return this.#endpoint === undefined ? undefined : 'IPv4';
  }
  get bytesRead(): number {
    return this.#endpoint?.bytesReceived ?? 0;
  }
  get bytesWritten(): number {
    return this.#bytesWritten + (this.connecting ? this.writableLength : 0);
  }
  get bufferSize(): number {
    return this.writableLength;
  }
  get _bytesDispatched(): number {
    return this.#bytesWritten;
  }
}

/** The arguments of `connect` in all the forms that Node takes. */
export function normalizeConnectArguments(args: unknown[]): [ConnectOptions, Listener | undefined] {
  const flat = Array.isArray(args[0]) ? (args[0] as unknown[]) : args;
  const callback = flat.findLast((argument) => typeof argument === 'function') as Listener | undefined;
  const [first, second] = flat;
  if (typeof first === 'object' && first !== null) return [first as ConnectOptions, callback];
  if (typeof first === 'string' && Number.isNaN(Number(first))) return [{ path: first }, callback];
  return [{ port: first as number, ...(typeof second === 'string' ? { host: second } : {}) }, callback];
}

interface ServerOptions extends ConnectOptions {
  readonly pauseOnConnect?: boolean;
  /** How `node:tls` makes its own sockets. */
  readonly makeSocket?: (endpoint: Endpoint) => VirtualSocket;
}

export interface ListenOptions {
  port?: number | string;
  host?: string;
  path?: string;
  backlog?: number;
  signal?: AbortSignal;
}

/** The arguments of `listen`. */
export function normalizeListenArguments(args: unknown[]): [ListenOptions, Listener | undefined] {
  const callback = args.findLast((argument) => typeof argument === 'function') as Listener | undefined;
  const [first, second] = args;
  if (typeof first === 'object' && first !== null) return [first as ListenOptions, callback];
  if (typeof first === 'string' && Number.isNaN(Number(first))) return [{ path: first }, callback];
  const port = first === undefined || first === null || typeof first === 'function' ? 0 : (first as number);
  return [{ port, ...(typeof second === 'string' ? { host: second } : {}) }, callback];
}

/**
 * A listening port of a process: what `net.Server` and `http.Server` share. It emits on its target, which is the program's server.
 */
export class PortListener implements Holding {
  readonly #process: VirtualProcess;
  readonly #target: EventEmitter;
  readonly #protocol: 'http' | undefined;
  readonly #onConnection: (endpoint: Endpoint) => void;
  #port: number | undefined;
  #isRef = true;
  #address = '0.0.0.0';

  constructor(
    process: VirtualProcess,
    target: EventEmitter,
    protocol: 'http' | undefined,
    onConnection: (endpoint: Endpoint) => void,
  ) {
    this.#process = process;
    this.#target = target;
    this.#protocol = protocol;
    this.#onConnection = onConnection;
  }

  get isListening(): boolean {
    return this.#port !== undefined;
  }

  listen(args: unknown[]): void {
    const [options, callback] = normalizeListenArguments(args);
    if (!this.#process.isAlive) return;
    if (typeof options.path === 'string' && options.path !== '')
      refuse(this.#process, `listen on the Unix socket ${options.path}`);
    if (this.#port !== undefined) {
      throw Object.assign(new Error('Listen method has been called more than once without closing.'), {
        code: 'ERR_SERVER_ALREADY_LISTEN',
      });
    }
    if (callback !== undefined) this.#target.once('listening', callback);
    const { listeners } = this.#process.host;
    let port = Number(options.port ?? 0);
    if (port === 0) {
      do port = this.#process.host.ephemeralPort();
      while (listeners.has(port));
    } else if (listeners.has(port)) {
      const error = systemError('EADDRINUSE', 'listen', options.host ?? '::', port);
      error.message = `listen EADDRINUSE: address already in use ${options.host ?? ':::'}${options.host === undefined ? '' : ':'}${port}`;
      globalThis.process.nextTick(() => this.#target.emit('error', error));
      return;
    }
    this.#port = port;
    this.#address = options.host ?? '::';
    listeners.set(port, { actor: this.#process, protocol: this.#protocol, accept: this.#onConnection });
    this.#process.hold(this);
    if (this.#isRef) this.#process.ref();
    options.signal?.addEventListener('abort', () => this.close(), { once: true });
    globalThis.process.nextTick(() => {
      if (this.#port !== undefined) this.#target.emit('listening');
    });
  }

  address(): { address: string; family: string; port: number } | null {
    return this.#port === undefined
      ? null
      : { address: this.#address, family: this.#address.includes(':') ? 'IPv6' : 'IPv4', port: this.#port };
  }

  /** Stops listening. Returns false when it did not listen. */
  close(): boolean {
    if (this.#port === undefined) return false;
    this.#process.host.listeners.delete(this.#port);
    this.#port = undefined;
    this.#process.letGo(this);
    if (this.#isRef && this.#process.isAlive) this.#process.unref();
    return true;
  }

  release(): void {
    if (this.#port !== undefined) this.#process.host.listeners.delete(this.#port);
    this.#port = undefined;
  }

  ref(): void {
    if (!this.#isRef && this.#port !== undefined) this.#process.ref();
    this.#isRef = true;
  }

  unref(): void {
    if (this.#isRef && this.#port !== undefined) this.#process.unref();
    this.#isRef = false;
  }
}

export interface VirtualNet {
  readonly module: Record<string, unknown>;
  /** Makes a socket for an accepted end. */
  accept(endpoint: Endpoint, options?: ConnectOptions): VirtualSocket;
  connect(...args: unknown[]): VirtualSocket;
}

/** `node:net` of one incarnation. */
export function createNet(process: VirtualProcess, timers: TimerFunctions): VirtualNet {
  class Socket extends VirtualSocket {
    constructor(options?: ConnectOptions) {
      super(options, process, timers);
    }
  }
  const connect = (...args: unknown[]): VirtualSocket => {
    const [options] = normalizeConnectArguments(args);
    return new Socket(options).connect(...args);
  };
  const accept = (endpoint: Endpoint, options?: ConnectOptions): VirtualSocket => {
    const socket = new Socket(options);
    socket.adopt(endpoint);
    return socket;
  };

  class Server extends EventEmitter {
    readonly #listener: PortListener;
    readonly #sockets = new Set<VirtualSocket>();
    #isClosing = false;
    maxConnections: number | undefined;

    constructor(options?: ServerOptions, onConnection?: Listener) {
      super();
      const given = typeof options === 'function' ? undefined : options;
      const handler = typeof options === 'function' ? (options as Listener) : onConnection;
      if (handler !== undefined) this.on('connection', handler);
      this.#listener = new PortListener(process, this, undefined, (endpoint) => {
        if (this.maxConnections !== undefined && this.#sockets.size >= this.maxConnections) {
          endpoint.owner = accept(endpoint);
          endpoint.close();
          this.emit('drop');
          return;
        }
        const socket = given?.makeSocket?.(endpoint) ?? accept(endpoint, given);
        socket.server = this;
        this.#sockets.add(socket);
        if (given?.pauseOnConnect !== true) socket.read(0);
        this.emit('connection', socket);
      });
    }
    get listening(): boolean {
      return this.#listener.isListening;
    }
    listen(...args: unknown[]): this {
      this.#isClosing = false;
      this.#listener.listen(args);
      return this;
    }
    address(): unknown {
      return this.#listener.address();
    }
    close(callback?: (error?: Error) => void): this {
      const wasListening = this.#listener.close();
      if (callback !== undefined) {
        if (wasListening) this.once('close', callback);
        else
          this.once('close', () =>
            callback(Object.assign(new Error('Server is not running.'), { code: 'ERR_SERVER_NOT_RUNNING' })),
          );
      }
      this.#isClosing = true;
      this.#emitCloseIfDrained();
      return this;
    }
    _connectionClosed(socket: VirtualSocket): void {
      this.#sockets.delete(socket);
      this.#emitCloseIfDrained();
    }
    #emitCloseIfDrained(): void {
      if (!this.#isClosing || this.#sockets.size > 0) return;
      this.#isClosing = false;
      globalThis.process.nextTick(() => this.emit('close'));
    }
    getConnections(callback: (error: null, count: number) => void): this {
      globalThis.process.nextTick(callback, null, this.#sockets.size);
      return this;
    }
    ref(): this {
      this.#listener.ref();
      return this;
    }
    unref(): this {
      this.#listener.unref();
      return this;
    }
    async [Symbol.asyncDispose](): Promise<void> {
      await new Promise<void>((resolve) => this.close(() => resolve()));
    }
  }

  const callable = <C extends abstract new (...args: never[]) => object>(base: C): C =>
    new Proxy(base, { apply: (target, _self, args) => Reflect.construct(target, args) as object });

  let autoSelectFamily = true;
  let autoSelectTimeout = 250;
  const module: Record<string, unknown> = {
    Socket: callable(Socket),
    Stream: callable(Socket),
    Server: callable(Server),
    createServer: (options?: ConnectOptions, onConnection?: Listener) => new Server(options, onConnection),
    connect,
    createConnection: connect,
    isIP: realNet.isIP,
    isIPv4: realNet.isIPv4,
    isIPv6: realNet.isIPv6,
    BlockList: realNet.BlockList,
    SocketAddress: realNet.SocketAddress,
    _normalizeArgs: (args: unknown[]) => normalizeConnectArguments(args),
    getDefaultAutoSelectFamily: () => autoSelectFamily,
    setDefaultAutoSelectFamily: (value: boolean) => {
      autoSelectFamily = value;
    },
    getDefaultAutoSelectFamilyAttemptTimeout: () => autoSelectTimeout,
    setDefaultAutoSelectFamilyAttemptTimeout: (value: number) => {
      autoSelectTimeout = value;
    },
  };
  return { module, accept, connect };
}
