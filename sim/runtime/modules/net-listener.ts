/** A listening port of a process: what `net.Server` and `http.Server` share. It emits on its target, which is the program's server. */
import type { EventEmitter } from 'node:events';
import { isIP } from 'node:net';
import type { Endpoint, Listener } from '../../net/socket.ts';
import type { Holding, VirtualProcess } from '../process.ts';
import { refuse } from '../refusal.ts';
import { listenError, nodeError } from './errors.ts';
import { normalizeListenArguments } from './net-arguments.ts';
import { createLookup } from './node-dns.ts';

const { nextTick } = process;

/** A connection that a listener took. */
export interface Accepted {
  readonly endpoint: Endpoint;
  /** The listener is on `::`, where IPv4 peers show as mapped addresses. */
  readonly isMapped: boolean;
}

/**
 * Ports that a host answers besides the one on which its program listens, as a load balancer in front of a service would. A program
 * of the host that listens there itself comes first.
 */
export type StandIns = ReadonlyMap<number, (accepted: Accepted) => void>;

const noStandIns: StandIns = new Map();
/** Listeners that give way. */
const standingIn = new WeakSet<Listener>();

/** Differs: a listener on the loopback address can be reached from other hosts, too; a real one refuses them. */
export class PortListener implements Holding {
  readonly #process: VirtualProcess;
  readonly #target: EventEmitter;
  readonly #protocol: 'http' | undefined;
  readonly #onConnection: (accepted: Accepted) => void;
  readonly #standIns: StandIns;
  #port: number | undefined;
  #isRef = true;
  #address = '::';
  #number = 0;
  #answered: [port: number, listener: Listener][] = [];

  constructor(
    process: VirtualProcess,
    target: EventEmitter,
    protocol: 'http' | undefined,
    onConnection: (accepted: Accepted) => void,
    standIns: StandIns = noStandIns,
  ) {
    this.#process = process;
    this.#target = target;
    this.#protocol = protocol;
    this.#onConnection = onConnection;
    this.#standIns = standIns;
  }

  get isListening(): boolean {
    return this.#port !== undefined;
  }

  listen(args: unknown[]): void {
    const [options, callback] = normalizeListenArguments(args);
    if (!this.#process.isAlive) return;
    if (this.#port !== undefined) {
      throw nodeError('ERR_SERVER_ALREADY_LISTEN', 'Listen method has been called more than once without closing.');
    }
    if (typeof options.path === 'string') refuse(this.#process, `listen on the Unix socket ${options.path}`);
    if (options.fd !== undefined) refuse(this.#process, 'listen on a file descriptor');
    if (callback !== undefined) this.#target.once('listening', callback);
    const { signal } = options;
    if (signal !== undefined) {
      const server = this.#target as unknown as { close(): void };
      if (signal.aborted) nextTick(() => server.close());
      else signal.addEventListener('abort', () => server.close(), { once: true });
    }
    const port = Number(options.port);
    const number = ++this.#number;
    if (!options.host || isIP(options.host) > 0) {
      this.#bind(options.host || '::', port);
      return;
    }
    createLookup(this.#process)(options.host, {}, (error, address) => {
      if (number !== this.#number) return;
      if (error === null) this.#bind(address as string, port);
      else this.#target.emit('error', error);
    });
  }

  #bind(address: string, wanted: number): void {
    const { host } = this.#process;
    let port = wanted;
    if (port === 0) {
      do port = host.ephemeralPort();
      while (host.listeners.has(port));
    }
    const isOurs = this.#process.network.resolve(address, host) === host;
    const holder = host.listeners.get(port);
    if ((holder !== undefined && !standingIn.has(holder)) || !isOurs) {
      const error = listenError(isOurs ? 'EADDRINUSE' : 'EADDRNOTAVAIL', address, port);
      nextTick(() => this.#target.emit('error', error));
      return;
    }
    this.#port = port;
    this.#address = address;
    (this.#target as { _connectionKey?: string })._connectionKey =
      `${isIP(address) === 6 ? 6 : 4}:${address}:${wanted}`;
    const isMapped = address === '::';
    host.listeners.set(port, {
      actor: this.#process,
      protocol: this.#protocol,
      accept: (endpoint) => this.#onConnection({ endpoint, isMapped }),
    });
    for (const [outside, onConnection] of this.#standIns) this.#standIn(outside, onConnection);
    this.#process.hold(this);
    if (this.#isRef) this.#process.ref();
    nextTick(() => {
      if (this.#port !== undefined) this.#target.emit('listening');
    });
  }

  #standIn(port: number, onConnection: (accepted: Accepted) => void): void {
    const { listeners } = this.#process.host;
    if (listeners.has(port)) return;
    const listener: Listener = {
      actor: this.#process,
      protocol: this.#protocol,
      accept: (endpoint) => onConnection({ endpoint, isMapped: false }),
    };
    standingIn.add(listener);
    listeners.set(port, listener);
    this.#answered.push([port, listener]);
  }

  #stopAnswering(): void {
    const { listeners } = this.#process.host;
    if (this.#port !== undefined) listeners.delete(this.#port);
    this.#port = undefined;
    for (const [port, listener] of this.#answered) if (listeners.get(port) === listener) listeners.delete(port);
    this.#answered = [];
  }

  address(): { address: string; family: string; port: number } | null {
    return this.#port === undefined
      ? null
      : { address: this.#address, family: isIP(this.#address) === 6 ? 'IPv6' : 'IPv4', port: this.#port };
  }

  /** Stops listening. Returns false when it did not listen. */
  close(): boolean {
    this.#number++;
    if (this.#port === undefined) return false;
    this.#stopAnswering();
    this.#process.letGo(this);
    if (this.#isRef && this.#process.isAlive) this.#process.unref();
    return true;
  }

  release(): void {
    this.#stopAnswering();
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
