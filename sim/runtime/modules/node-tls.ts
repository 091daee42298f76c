/**
 * `node:tls`, modelled: the handshake's round trip, server name, ALPN and the check of the certificate's name are there; encryption is
 * not, so labels can read what passes.
 *
 * The handshake is one line each way. A host's certificate names the host and every outside name that the scenario maps to it. A
 * client whose name is not among them gets ERR_TLS_CERT_ALTNAME_INVALID, as from a real chain that is otherwise valid.
 * Differs: certificates, keys and cipher lists given by the program are not looked at; a program can notice by asking for the peer's.
 */

import { isIP } from 'node:net';
import * as real from 'node:tls';
import type { TimerFunctions } from '../globals/timers.ts';
import type { VirtualProcess } from '../process.ts';
import { refuse, refusing } from '../refusal.ts';
import { callable } from './callable.ts';
import { nodeError } from './errors.ts';
import { type ConnectOptions, normalizeConnectArguments } from './net-arguments.ts';
import type { Accepted } from './net-listener.ts';
import { VirtualSocket } from './net-socket.ts';
import type { VirtualNet } from './node-net.ts';

/** Opens each side's one line of handshake. No protocol that a server of ours speaks begins like this; `harness/labels` skips it. */
export const HELLO_PREFIX = '\x16seedstorm-tls ';
const NEWLINE = 0x0a;
const HELLO_BYTES_MAX = 4096;

interface TlsOptions extends ConnectOptions {
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
  readonly checkServerIdentity?: (name: string, certificate: object) => Error | undefined;
  readonly ALPNProtocols?: readonly (string | Uint8Array)[] | Uint8Array;
  readonly SNICallback?: unknown;
  readonly socket?: VirtualSocket;
}

interface Hello {
  readonly servername?: string;
  readonly alpn?: readonly string[];
  readonly names?: readonly string[];
}

function protocolNames(list: TlsOptions['ALPNProtocols']): readonly string[] {
  if (list === undefined) return [];
  if (list instanceof Uint8Array) {
    const names: string[] = [];
    for (let at = 0; at < list.length; at += list[at]! + 1)
      names.push(Buffer.from(list.subarray(at + 1, at + 1 + list[at]!)).toString('latin1'));
    return names;
  }
  return list.map((name) => (typeof name === 'string' ? name : Buffer.from(name).toString('latin1')));
}

/** The base of every process's `tls.TLSSocket`: a socket whose first line is the handshake. */
class VirtualTlsSocket extends VirtualSocket {
  readonly #options: TlsOptions;
  readonly #side: 'client' | 'server';
  readonly #names: readonly string[];
  #hello: Buffer | undefined = Buffer.alloc(0);
  #peerNames: readonly string[] = [];
  encrypted = true;
  authorized = false;
  authorizationError: Error | null = null;
  alpnProtocol: string | false = false;
  servername: string | false = false;
  secureConnecting = true;

  constructor(
    options: TlsOptions,
    process: VirtualProcess,
    timers: TimerFunctions,
    side: 'client' | 'server',
    names: readonly string[],
  ) {
    super(options, process, timers);
    this.#options = options;
    this.#side = side;
    this.#names = names;
  }

  override connected(): void {
    this.#greet();
    super.connected();
  }

  /** Shakes hands over a connection that is there already (`STARTTLS`), once it is established. */
  over(parent: VirtualSocket): void {
    if (parent.connecting) {
      this.connecting = true;
      parent.once('connect', () => {
        this.connecting = false;
        this.over(parent);
        this.emit('connect');
      });
      parent.once('close', () => this.destroy());
      return;
    }
    this.takeOver(parent);
    if (this.#side === 'client') this.#greet();
  }

  #greet(): void {
    const { servername, ALPNProtocols } = this.#options;
    this.sendRaw(hello({ ...(servername === undefined ? {} : { servername }), alpn: protocolNames(ALPNProtocols) }));
  }

  // What is written before the handshake is over waits for it.

  override _write(chunk: Buffer | string, encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    if (this.secureConnecting) this.once('secure', () => super._write(chunk, encoding, callback));
    else super._write(chunk, encoding, callback);
  }

  override _writev(
    chunks: { chunk: Buffer | string; encoding: BufferEncoding }[],
    callback: (error?: Error | null) => void,
  ): void {
    if (this.secureConnecting) this.once('secure', () => super._writev(chunks, callback));
    else super._writev(chunks, callback);
  }

  override _final(callback: (error?: Error | null) => void): void {
    if (this.secureConnecting && !this.connecting) this.once('secure', () => super._final(callback));
    else super._final(callback);
  }

  /** Bytes of the handshake are taken here; what follows them is data. */
  override data(bytes: Buffer): void {
    if (this.#hello === undefined) {
      super.data(bytes);
      return;
    }
    const all = Buffer.concat([this.#hello, bytes]);
    const end = all.indexOf(NEWLINE);
    const isHello =
      all.toString('latin1', 0, HELLO_PREFIX.length) ===
      HELLO_PREFIX.slice(0, Math.min(all.length, HELLO_PREFIX.length));
    if (!isHello || (end < 0 && all.length > HELLO_BYTES_MAX)) {
      this.destroy(
        Object.assign(new Error('SSL routines::wrong version number'), {
          library: 'SSL routines',
          reason: 'wrong version number',
          code: 'ERR_SSL_WRONG_VERSION_NUMBER',
        }),
      );
      return;
    }
    this.#hello = all;
    if (end < 0) return;
    this.#hello = undefined;
    this.#shakeHands(JSON.parse(all.toString('utf8', HELLO_PREFIX.length, end)) as Hello);
    if (!this.destroyed && end + 1 < all.length) super.data(all.subarray(end + 1));
  }

  #shakeHands(peer: Hello): void {
    this.secureConnecting = false;
    if (this.#side === 'server') {
      const mine = protocolNames(this.#options.ALPNProtocols);
      const chosen = (peer.alpn ?? []).find((name) => mine.includes(name));
      this.servername = peer.servername ?? false;
      this.alpnProtocol = chosen ?? false;
      this.sendRaw(hello({ names: this.#names, alpn: chosen === undefined ? [] : [chosen] }));
      this.authorized = false;
      this.emit('secure');
      return;
    }
    const name = this.#options.servername ?? this._host ?? '';
    this.alpnProtocol = peer.alpn?.[0] ?? false;
    this.servername = name;
    const { checkServerIdentity } = this.#options;
    const certificate = {
      subject: { CN: peer.names?.[0] },
      subjectaltname: (peer.names ?? []).map((each) => `DNS:${each}`).join(', '),
    };
    const error =
      checkServerIdentity === undefined ? nameError(name, peer.names ?? []) : checkServerIdentity(name, certificate);
    this.#peerNames = peer.names ?? [];
    this.authorized = error === undefined;
    this.authorizationError = error ?? null;
    if (error !== undefined && this.#options.rejectUnauthorized !== false) {
      this.destroy(error);
      return;
    }
    this.emit('secureConnect');
    this.emit('secure');
  }

  getPeerCertificate(): object {
    if (this.#peerNames.length === 0) return {};
    return {
      subject: { CN: this.#peerNames[0] },
      subjectaltname: this.#peerNames.map((each) => `DNS:${each}`).join(', '),
      valid_from: 'Jan  1 00:00:00 2020 GMT',
      valid_to: 'Jan  1 00:00:00 2100 GMT',
    };
  }
  getCertificate(): object {
    return {};
  }
  getCipher(): object {
    return { name: 'TLS_AES_256_GCM_SHA384', standardName: 'TLS_AES_256_GCM_SHA384', version: 'TLSv1.3' };
  }
  getProtocol(): string {
    return 'TLSv1.3';
  }
  getSession(): undefined {
    return undefined;
  }
  isSessionReused(): boolean {
    return false;
  }
  setServername(): void {}
  setMaxSendFragment(): boolean {
    return true;
  }
  disableRenegotiation(): void {}
  enableTrace(): void {}
}

function hello(content: Hello): Buffer {
  return Buffer.from(`${HELLO_PREFIX}${JSON.stringify(content)}\n`);
}

function nameError(name: string, names: readonly string[]): Error | undefined {
  if (names.includes(name.toLowerCase())) return undefined;
  const kind = isIP(name) > 0 ? 'IP' : 'Host';
  const reason =
    kind === 'IP'
      ? `IP: ${name} is not in the cert's list: `
      : `Host: ${name}. is not in the cert's altnames: ${names.map((each) => `DNS:${each}`).join(', ')}`;
  const error = nodeError(
    'ERR_TLS_CERT_ALTNAME_INVALID',
    `Hostname/IP does not match certificate's altnames: ${reason}`,
  );
  return Object.assign(error, { reason, host: name });
}

export interface VirtualTls {
  readonly module: Record<string, unknown>;
  connect(...args: unknown[]): VirtualSocket;
  /** Makes the server's side of an accepted connection; `secure` follows on it. */
  accept(accepted: Accepted, options: Record<string, unknown>): VirtualSocket;
}

/** `node:tls` of one incarnation. */
export function createTls(process: VirtualProcess, timers: TimerFunctions, net: VirtualNet): VirtualTls {
  const names = (): readonly string[] => process.network.namesOf(process.host);
  const trustsAll = process.options.env['NODE_TLS_REJECT_UNAUTHORIZED'] === '0';
  const SocketBase = class TLSSocket extends VirtualTlsSocket {
    constructor(socket?: unknown, options: TlsOptions & { isServer?: boolean } = {}) {
      super(options, process, timers, options.isServer === true ? 'server' : 'client', names());
      if (socket instanceof VirtualSocket) this.over(socket);
      else if (socket !== undefined && socket !== null)
        refuse(process, 'new tls.TLSSocket over a stream that is no socket');
    }
  };
  const TLSSocket = callable(SocketBase, {
    refuse: () => refuse(process, 'tls.TLSSocket as a function, in the constructor of an old-style subclass'),
  });
  const connect = (...args: unknown[]): VirtualSocket => {
    const [given, callback] = normalizeConnectArguments(args);
    const options = {
      ...(trustsAll ? { rejectUnauthorized: false } : {}),
      ...(args.find((argument, index) => index > 0 && typeof argument === 'object' && argument !== null) as
        | object
        | undefined),
      ...given,
    } as TlsOptions;
    const below = options.socket;
    const host = options.host ?? below?._host ?? 'localhost';
    const servername = options.servername ?? (isIP(host) > 0 ? undefined : host);
    const complete = { ...options, ...(servername === undefined ? {} : { servername }) };
    const socket = new TLSSocket(below, complete);
    if (callback !== undefined) socket.once('secureConnect', callback as () => void);
    return below === undefined ? socket.connect({ ...options, host }) : socket;
  };
  const accept = (accepted: Accepted, options: Record<string, unknown>): VirtualSocket => {
    const socket = new TLSSocket(undefined, { ...(options as TlsOptions), isServer: true });
    socket.adopt(accepted.endpoint, accepted);
    return socket;
  };
  const NetServer = net.Server;
  const ServerBase = class Server extends NetServer {
    constructor(options?: Record<string, unknown> | Handler, onSecure?: Handler) {
      super(socketMaker(options));
      this._secure(options, onSecure);
    }
    _secure(options?: Record<string, unknown> | Handler, onSecure?: Handler): void {
      const handler = typeof options === 'function' ? options : onSecure;
      if (handler !== undefined) this.on('secureConnection', handler);
      this.on('connection', (socket: unknown) => {
        const secured = socket as VirtualSocket;
        secured.once('secure', () => this.emit('secureConnection', secured));
        secured.once('error', (error: Error) => this.emit('tlsClientError', error, secured));
      });
    }
    setSecureContext(): void {}
    addContext(): void {}
    getTicketKeys(): Buffer {
      return Buffer.alloc(48);
    }
    setTicketKeys(): void {}
  };
  const socketMaker = (options?: Record<string, unknown> | Handler): Record<string, unknown> => {
    const given = typeof options === 'function' || options === undefined ? {} : options;
    return { ...given, makeSocket: (accepted: Accepted) => accept(accepted, given) };
  };
  const Server = callable(ServerBase, {
    setUp: (self, [options, onSecure]) => {
      Reflect.apply(NetServer as unknown as Handler, self, [socketMaker(options as Handler)]);
      ServerBase.prototype._secure.call(self as never, options as Handler, onSecure as Handler);
    },
  });
  const module: Record<string, unknown> = {
    ...real,
    TLSSocket,
    Server,
    connect,
    createServer: (options?: Record<string, unknown>, onSecure?: Handler) => new Server(options, onSecure),
    createSecureContext: (options: unknown) => ({ context: options }),
    createSecurePair: refusing(process, 'tls.createSecurePair'),
  };
  delete module['default'];
  return { module, connect, accept };
}

type Handler = (...args: unknown[]) => void;
