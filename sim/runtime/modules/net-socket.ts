/**
 * `net.Socket`, one state machine over an end of the virtual network, on top of `stream.Duplex`: events, errors and facts come in the
 * order of Node, which test/conformance/node holds against the real one.
 *
 * Left out: Unix sockets, file descriptors and `onread` (refused by name), happy eyeballs (every name has one IPv4 address).
 */
import type { AsyncResource } from 'node:async_hooks';
import { isIP } from 'node:net';
import { Duplex } from 'node:stream';
import type { Work } from '../../kernel/actor.ts';
import type { Endpoint, EndpointOwner, SocketErrorCode } from '../../net/socket.ts';
import type { Timeout, TimerFunctions } from '../globals/timers.ts';
import type { Holding, VirtualProcess } from '../process.ts';
import { refuse } from '../refusal.ts';
import { assertFunction, invalidArgumentType, nodeError, outOfRange, systemError } from './errors.ts';
import { type SocketAddress, shownAddress } from './net-address.ts';
import { type ConnectOptions, checkedConnectPort, normalizeConnectArguments } from './net-arguments.ts';
import { Handle } from './net-handle.ts';
import { lookUp } from './net-lookup.ts';
import { onReadableEnd } from './net-write-after-end.ts';

/** Taken at load: while a process is current, the bare name is its own. */
const { nextTick } = process;

/** Linux gives up a connect to an address that nobody has after six retransmissions. */
const CONNECT_TIMEOUT_MS = 127_000;

type WriteCallback = (error?: Error | null) => void;

/** The server that a socket belongs to, as `net.Server` and `http.Server` keep it. */
interface OwningServer {
  _socketDestroyed?(socket: VirtualSocket): void;
}

/** The base of every process's `net.Socket`. */
export class VirtualSocket extends Duplex implements EndpointOwner, Holding {
  readonly #process: VirtualProcess;
  readonly #timers: TimerFunctions;
  #endpoint: Endpoint | undefined;
  #context: AsyncResource | undefined;
  #isRef = true;
  #isHeld = false;
  #idle: Timeout | undefined;
  #pendingWrite: WriteCallback | undefined;
  /** Bytes of a write that waits for the connection. */
  #pendingBytes = 0;
  #bytesRead = 0;
  #bytesWritten = 0;
  #hasError = false;
  #hasEnded = false;
  #resets = false;
  /** The address that the client named, as an IP. */
  #dialled: string | undefined;
  /** A listener on `::` shows IPv4 peers as mapped addresses. */
  #isMapped = false;
  #peer: SocketAddress | undefined;
  connecting = false;
  timeout: number | undefined;
  server: unknown = null;
  _server: unknown = null;
  _handle: Handle | null = null;
  _parent: VirtualSocket | null = null;
  _host: string | null = null;
  _hadError = false;
  /** Called for each arrival of bytes: how an HTTP server watches for slow requests without a listener that programs would see. */
  _onBytes: (() => void) | undefined;
  autoSelectFamilyAttemptedAddresses: string[] | undefined;

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
    if (options?.onread !== undefined) refuse(process, 'new net.Socket({ onread })');
    this.#process = process;
    this.#timers = timers;
    this.#context = process.captureContext?.();
    this.on('end', onReadableEnd);
  }

  /** Takes an end that a listener accepted; `isMapped` tells that it listens on `::`. */
  adopt(endpoint: Endpoint, { isMapped = false, isPaused = false } = {}): void {
    const other = endpoint.peer?.owner;
    this.#dialled = other instanceof VirtualSocket ? other.#dialled : undefined;
    this.#isMapped = isMapped && isIP(this.#dialled ?? '') !== 6;
    this.#attach(endpoint);
    endpoint.isReading = false;
    this._handle = new Handle(this);
    if (isPaused) (this as unknown as { _readableState: { flowing: boolean } })._readableState.flowing = false;
    else this.read(0);
  }

  /** Takes over the connection of another socket, which is an empty shell from then on: a layer above TCP. */
  protected takeOver(parent: VirtualSocket): void {
    const endpoint = parent.#endpoint;
    this._parent = parent;
    this._host ??= parent._host;
    this.#dialled = parent.#dialled;
    this.#isMapped = parent.#isMapped;
    this.#peer = parent.#peer;
    this._handle = new Handle(this);
    if (endpoint === undefined) return;
    const rest = parent.read() as Buffer | string | null;
    parent.#endpoint = undefined;
    this.#attach(endpoint);
    parent.#letGo();
    this.once('close', () => parent.destroy());
    parent.once('close', () => this.destroy());
    if (rest !== null) this.data(typeof rest === 'string' ? Buffer.from(rest, 'latin1') : rest);
    endpoint.isReading = false;
    this.read(0);
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
    if (typeof options.path === 'string') refuse(this.#process, `net.connect to the Unix socket ${options.path}`);
    const port = checkedConnectPort(options);
    this.#reopen();
    if (callback !== undefined) this.once('connect', callback);
    this.#touch();
    this.connecting = true;
    this._handle = new Handle(this);
    if (options.timeout !== undefined && options.timeout > 0 && this.timeout === undefined)
      this.setTimeout(options.timeout);
    const name = options.host || 'localhost';
    if (isIP(name) > 0) {
      nextTick(() => this.#open(name, port));
      return this;
    }
    this._host = name;
    lookUp(this.#process, name, options, (found) => {
      if (found.isTold) this.emit('lookup', found.error, found.address, found.family, name);
      if (!this.connecting) return;
      const { address } = found;
      if (address === undefined) nextTick(() => this.destroy(found.error as Error));
      else this.#open(address, port);
    });
    return this;
  }

  /** A socket may be connected again after it was closed. */
  #reopen(): void {
    if (!this.destroyed && this.#endpoint === undefined) return;
    this.#endpoint = undefined;
    this.#peer = undefined;
    this.#bytesRead = 0;
    this.#bytesWritten = 0;
    this.#hasError = false;
    this.#hasEnded = false;
    Reflect.deleteProperty(this, 'write');
    (this as unknown as { _undestroy(): void })._undestroy();
  }

  #open(address: string, port: number): void {
    if (!this.connecting || this.destroyed || !this.#process.isAlive) return;
    const { network, host } = this.#process;
    this.#dialled = address;
    this.#hold();
    const target = network.resolve(address, host);
    if (target === undefined) {
      // Nobody has that address: the SYN is never answered.
      this.#timers.setTimeout(() => this.connectFailed('ETIMEDOUT', port), CONNECT_TIMEOUT_MS).unref();
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

  connectFailed(code: SocketErrorCode, port = this.#endpoint?.remotePort): void {
    this.#inContext(() => {
      if (!this.destroyed) this.destroy(systemError(code, 'connect', this.#dialled, port));
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
    if (this.timeout) this.#touch();
    this.#bytesRead += bytes.length;
    this._onBytes?.();
    if (!this.push(bytes)) this.#endpoint?.pauseReading();
  };

  ended(): void {
    this.#inContext(this.#onEnded);
  }

  readonly #onEnded = (): void => {
    if (this.destroyed) return;
    this.#hasEnded = true;
    this.push(null);
    this.read(0);
  };

  reset(): void {
    // After the other side's end nothing is read any more: only a write finds out, by EPIPE.
    if (this.#hasEnded) return;
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

  override _write(chunk: Buffer | string | Uint8Array, encoding: BufferEncoding, callback: WriteCallback): void {
    // A program may reuse its buffer after the write; a string makes a fresh one anyway.
    this.#dispatchWrite(typeof chunk === 'string' ? Buffer.from(chunk, encoding) : Buffer.from(chunk), callback);
  }

  override _writev(chunks: { chunk: Buffer | string; encoding: BufferEncoding }[], callback: WriteCallback): void {
    const buffers = chunks.map(({ chunk, encoding }) =>
      typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk,
    );
    this.#dispatchWrite(Buffer.concat(buffers), callback);
  }

  #dispatchWrite(bytes: Buffer, callback: WriteCallback): void {
    if (!this.connecting) {
      this.#send(bytes, callback);
      return;
    }
    this.#pendingBytes = bytes.length;
    const onClose = (): void =>
      callback(nodeError('ERR_SOCKET_CLOSED_BEFORE_CONNECTION', 'Socket closed before the connection was established'));
    this.once('connect', () => {
      this.off('close', onClose);
      this.#pendingBytes = 0;
      this.#send(bytes, callback);
    });
    this.once('close', onClose);
  }

  /** Sends bytes below the stream: the handshake of a layer above TCP. */
  protected sendRaw(bytes: Buffer): void {
    this.#endpoint?.send(bytes);
  }

  #send(bytes: Buffer, callback: WriteCallback): void {
    const endpoint = this.#endpoint;
    if (!this.#process.isAlive) return;
    if (endpoint === undefined || this._handle === null) {
      callback(nodeError('ERR_SOCKET_CLOSED', 'Socket is closed'));
      return;
    }
    if (!endpoint.canSend) {
      callback(systemError('EPIPE', 'write'));
      return;
    }
    if (this.timeout) this.#touch();
    this.#bytesWritten += bytes.length;
    this.#process.cpu += bytes.length / 2048;
    if (endpoint.send(bytes)) callback();
    else this.#pendingWrite = callback;
  }

  override _final(callback: WriteCallback): void {
    if (this.connecting) {
      this.once('connect', () => this._final(callback));
      return;
    }
    const endpoint = this.#endpoint;
    if (endpoint === undefined || this._handle === null) {
      callback();
      return;
    }
    endpoint.shutdown();
    // The shutdown of a real handle reports back when the poll is over, before immediates.
    this.#process.dispatchPending({ perform: () => this.#inContext(() => callback()) });
  }

  override _destroy(error: Error | null, callback: WriteCallback): void {
    this.connecting = false;
    this.#idle?.close();
    this.#idle = undefined;
    const hadHandle = this._handle !== null;
    if (this.#resets) this.#endpoint?.resetNow();
    else this.#endpoint?.close();
    this._handle = null;
    this.#hasError = error !== null;
    this.#pendingWrite = undefined;
    callback(error);
    if (!this.#process.isAlive) return;
    if (hadHandle) {
      // Closing a handle reports back after the check phase.
      const closing: Work = { perform: () => this.#closed() };
      this.#process.dispatchImmediate(closing);
    } else nextTick(() => this.#closed());
    const server = this._server as OwningServer | null;
    this._server = null;
    server?._socketDestroyed?.(this);
  }

  #closed(): void {
    this.#letGo();
    this.#inContext(() => this.emit('close', this.#hasError));
  }

  destroySoon(): void {
    if (this.writable) this.end();
    if (this.writableFinished) this.destroy();
    else this.once('finish', this.destroy);
  }

  resetAndDestroy(): this {
    if (this._handle === null) return this.destroy(nodeError('ERR_SOCKET_CLOSED', 'Socket is closed'));
    this.#resets = true;
    if (this.connecting) this.once('connect', () => this.destroy());
    else this.destroy();
    return this;
  }

  // Options and facts.

  setTimeout(millis: number, callback?: () => void): this {
    if (this.destroyed) return this;
    this.timeout = millis;
    if (typeof millis !== 'number') throw invalidArgumentType('msecs', 'of type number', millis);
    if (!(millis >= 0 && Number.isFinite(millis))) throw outOfRange('msecs', 'a non-negative finite number', millis);
    this.#idle?.close();
    this.#idle = undefined;
    if (callback !== undefined) assertFunction('callback', callback);
    if (millis === 0) {
      if (callback !== undefined) this.removeListener('timeout', callback);
      return this;
    }
    this.#idle = this.#timers.setTimeout(() => this._onTimeout(), millis).unref();
    if (callback !== undefined) this.once('timeout', callback);
    return this;
  }

  _onTimeout(): void {
    this.emit('timeout');
  }

  _unrefTimer(): void {
    this.#touch();
  }

  /** Activity: the idle timer starts anew, of the sockets below as well. */
  #touch(): void {
    if (this.timeout) this.#idle?.refresh();
    this._parent?._unrefTimer();
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

  address(): Partial<SocketAddress> {
    return this.#localAddress ?? {};
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

  get #localAddress(): SocketAddress | undefined {
    const endpoint = this.#endpoint;
    if (endpoint === undefined || this._handle === null) return undefined;
    return shownAddress(endpoint, 'local', { dialled: this.#dialled, isMapped: this.#isMapped });
  }

  get #remoteAddress(): SocketAddress | undefined {
    const endpoint = this.#endpoint;
    if (this.#peer !== undefined || endpoint === undefined || this._handle === null || this.connecting)
      return this.#peer;
    this.#peer = shownAddress(endpoint, 'remote', { dialled: this.#dialled, isMapped: this.#isMapped });
    return this.#peer;
  }

  get remoteAddress(): string | undefined {
    return this.#remoteAddress?.address;
  }
  get remotePort(): number | undefined {
    return this.#remoteAddress?.port;
  }
  get remoteFamily(): string | undefined {
    return this.#remoteAddress?.family;
  }
  get localAddress(): string | undefined {
    return this.#localAddress?.address;
  }
  get localPort(): number | undefined {
    return this.#localAddress?.port;
  }
  get localFamily(): string | undefined {
    return this.#localAddress?.family;
  }
  get bytesRead(): number {
    return this.#bytesRead;
  }
  get bytesWritten(): number {
    return (
      this.#bytesWritten +
      this.#pendingBytes +
      (this.#pendingBytes > 0 || this.#pendingWrite !== undefined ? this.#queuedBehind : this.writableLength)
    );
  }
  /** Bytes in the stream's buffer besides the write that is under way. */
  get #queuedBehind(): number {
    const { writableBuffer } = this as unknown as {
      writableBuffer?: { chunk: string | Buffer; encoding: BufferEncoding }[];
    };
    let bytes = 0;
    for (const { chunk, encoding } of writableBuffer ?? [])
      bytes += typeof chunk === 'string' ? Buffer.byteLength(chunk, encoding) : chunk.length;
    return bytes;
  }
  get bufferSize(): number | undefined {
    return this._handle === null ? undefined : this.writableLength;
  }
  get _bytesDispatched(): number {
    return this.#bytesWritten;
  }
}
