/**
 * One proxy: a listener, its toxics, its connections. Enabled while it listens; stopping it closes the listener and every connection.
 *
 * Differs: a connection to the upstream that takes long delays no other client; the real server connects to one upstream at a time, so the
 * clients behind it wait. A client can tell only when connecting to the upstream hangs.
 * Differs: addresses that are not loopback are refused, unless the API itself listens on one.
 */
import net from 'node:net';
import { AddressError, type HostPort, isLoopback, joinHostPort, resolveAddress, splitHostPort } from './address.ts';
import type { AppliedToxic, Direction } from './applied-toxic.ts';
import { Connection, type Surroundings } from './connection.ts';

const SOCKET = { allowHalfOpen: true, noDelay: true, highWaterMark: 64 * 1024 } as const;
/** Both ends as Go's net package sets them. */
const KEEP_ALIVE = { keepAlive: true, keepAliveInitialDelay: 15_000 } as const;

export interface ProxyOptions extends Surroundings {
  readonly name: string;
  readonly listen: string;
  readonly upstream: string;
  readonly isLoopbackOnly: boolean;
}

/** Why a proxy does not listen. */
export class ListenError extends Error {}

export class ToxicProxy {
  readonly name: string;
  listen: string;
  upstream: string;
  readonly toxics: Record<Direction, AppliedToxic[]> = { upstream: [], downstream: [] };
  readonly #options: ProxyOptions;
  #listener: net.Server | undefined;
  readonly #connections = new Set<Connection>();
  /** Clients whose upstream is not connected yet, and those upstreams. */
  readonly #dialling = new Set<net.Socket>();

  constructor(options: ProxyOptions) {
    this.#options = options;
    this.name = options.name;
    this.listen = options.listen;
    this.upstream = options.upstream;
  }

  get isEnabled(): boolean {
    return this.#listener !== undefined;
  }

  get connectionCount(): number {
    return this.#connections.size;
  }

  /**
   * Listens, unless it does. `listen` then has the address that it got.
   * @throws ListenError
   */
  async start(): Promise<void> {
    if (this.isEnabled) return;
    const address = await this.#address();
    const listener = net.createServer({ ...SOCKET, ...KEEP_ALIVE, pauseOnConnect: true }, (client) =>
      this.#dial(client),
    );
    await listening(listener, address);
    this.#listener = listener;
    const bound = listener.address() as net.AddressInfo;
    this.listen = joinHostPort({ host: bound.address, port: bound.port });
  }

  /** Stops listening and closes every connection. */
  stop(): void {
    this.#listener?.close();
    this.#listener = undefined;
    for (const socket of this.#dialling) socket.destroy();
    for (const connection of this.#connections) connection.close();
  }

  /** Resets every connection; returns how many there were. */
  reset(): number {
    const open = [...this.#connections];
    for (const connection of open) connection.reset();
    return open.length;
  }

  /** @throws AddressError when the other address cannot be resolved */
  async differsFrom(other: { readonly listen: string; readonly upstream: string }): Promise<boolean> {
    const resolved = joinHostPort(await resolveAddress(other.listen));
    return this.listen !== resolved || this.upstream !== other.upstream;
  }

  /**
   * Takes other addresses over and starts or stops. Connections stay only if neither address changes.
   * @throws AddressError, ListenError
   */
  async update(wanted: {
    readonly listen: string;
    readonly upstream: string;
    readonly isEnabled: boolean;
  }): Promise<void> {
    if (await this.differsFrom(wanted)) {
      this.stop();
      this.listen = wanted.listen;
      this.upstream = wanted.upstream;
    }
    if (wanted.isEnabled) await this.start();
    else this.stop();
  }

  toxic(name: string): AppliedToxic | undefined {
    return [...this.toxics.upstream, ...this.toxics.downstream].find((toxic) => toxic.name === name);
  }

  addToxic(toxic: AppliedToxic): void {
    this.toxics[toxic.direction].push(toxic);
    for (const connection of this.#connections) connection.line(toxic.direction).add(toxic);
  }

  /** Puts changed attributes or toxicity in force. */
  updateToxic(toxic: AppliedToxic): void {
    for (const connection of this.#connections) connection.line(toxic.direction).update(toxic);
  }

  removeToxic(toxic: AppliedToxic): void {
    const list = this.toxics[toxic.direction];
    list.splice(list.indexOf(toxic), 1);
    for (const connection of this.#connections) connection.line(toxic.direction).remove(toxic);
  }

  removeToxics(): void {
    for (const toxic of [...this.toxics.upstream, ...this.toxics.downstream]) this.removeToxic(toxic);
  }

  async #address(): Promise<HostPort> {
    const address = await resolveAddress(this.listen).catch((error: Error) => {
      throw new ListenError(`listen tcp: ${error.message}`);
    });
    if (this.#options.isLoopbackOnly && !isLoopback(address.host))
      throw new ListenError(
        `listen tcp ${joinHostPort(address)}: this proxy server binds loopback addresses only; write 127.0.0.1, or start it with another --host`,
      );
    return address;
  }

  #dial(client: net.Socket): void {
    const address = this.#upstreamAddress();
    if (address === undefined) {
      client.destroy();
      return;
    }
    const server = net.connect({ ...SOCKET, ...KEEP_ALIVE, ...address });
    this.#dialling.add(client).add(server);
    const settle = (): void => {
      this.#dialling.delete(client);
      this.#dialling.delete(server);
    };
    const onFailure = (): void => {
      settle();
      client.destroy();
    };
    // The connection's own listeners for errors come on top.
    client.on('error', ignore);
    server.on('error', ignore);
    server.once('close', onFailure);
    server.once('connect', () => {
      server.removeListener('close', onFailure);
      settle();
      this.#connect(client, server);
    });
  }

  #connect(client: net.Socket, server: net.Socket): void {
    const connection: Connection = new Connection({
      ...this.#options,
      proxy: this.name,
      client,
      server,
      toxics: this.toxics,
      onClose: () => this.#connections.delete(connection),
    });
    this.#connections.add(connection);
  }

  #upstreamAddress(): HostPort | undefined {
    try {
      const { host, port } = splitHostPort(this.upstream);
      return { host: host === '' ? 'localhost' : host, port };
    } catch (error) {
      if (error instanceof AddressError) return undefined;
      throw error;
    }
  }
}

function ignore(): void {}

const bindErrors: Readonly<Record<string, string>> = {
  EADDRINUSE: 'address already in use',
  EADDRNOTAVAIL: 'cannot assign requested address',
  EACCES: 'permission denied',
};

function listening(listener: net.Server, address: HostPort): Promise<void> {
  return new Promise((resolve, reject) => {
    listener.once('error', (error: NodeJS.ErrnoException) => {
      const why = bindErrors[error.code ?? ''] ?? error.message;
      reject(new ListenError(`listen tcp ${joinHostPort(address)}: bind: ${why}`));
    });
    const options = { port: address.port, ...(address.host === '' ? {} : { host: address.host }) };
    listener.listen(options, () => {
      listener.removeAllListeners('error');
      listener.on('error', ignore);
      resolve();
    });
  });
}
