/**
 * A stage for proxies: an upstream server, clients, and what both ends saw: bytes, their times, and how the connection was closed. Works
 * with anything that has Toxiproxy's API, so the differential test plays the same scenes on the real server.
 */
import net from 'node:net';

export type Closure = 'open' | 'FIN' | 'RST';

/** One end of a connection. Its socket answers FIN with nothing: what it does is up to the scene. */
export class End {
  readonly socket: net.Socket;
  readonly #pieces: Buffer[] = [];
  readonly #watchers = new Set<() => void>();
  closure: Closure = 'open';
  /** Bytes that came. */
  length = 0;

  constructor(socket: net.Socket) {
    this.socket = socket;
    socket.on('data', (bytes) => {
      this.#pieces.push(bytes);
      this.length += bytes.length;
      this.#tell();
    });
    socket.on('end', () => this.#close('FIN'));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNRESET') this.#close('RST');
    });
  }

  get text(): string {
    return this.bytes.toString('latin1');
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#pieces);
  }

  get sizes(): number[] {
    return this.#pieces.map(({ length }) => length);
  }

  write(data: string | Buffer): void {
    this.socket.write(data);
  }

  /** Resolves with the bytes once there are so many. */
  async received(bytes: number): Promise<string> {
    await this.#until(() => this.length >= bytes, `${bytes} bytes`);
    return this.text;
  }

  async closed(): Promise<Closure> {
    await this.#until(() => this.closure !== 'open', 'the end of the connection');
    return this.closure;
  }

  #close(how: Closure): void {
    if (this.closure !== 'open') return;
    this.closure = how;
    this.#tell();
  }

  #tell(): void {
    for (const watcher of [...this.#watchers]) watcher();
  }

  #until(isTrue: () => boolean, what: string): Promise<void> {
    if (isTrue()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const watcher = (): void => {
        if (!isTrue()) return;
        clearTimeout(patience);
        this.#watchers.delete(watcher);
        resolve();
      };
      const patience = setTimeout(
        () => reject(new Error(`no ${what}; "${this.text.slice(0, 80)}", ${this.closure}`)),
        15_000,
      );
      this.#watchers.add(watcher);
    });
  }
}

export interface ToxicBody {
  readonly type: string;
  readonly name?: string;
  readonly stream?: string;
  readonly toxicity?: number;
  readonly attributes?: Readonly<Record<string, number>>;
}

export interface ProxyBody {
  readonly name: string;
  readonly listen: string;
  readonly upstream: string;
  readonly enabled: boolean;
}

/** An upstream of its own and a proxy before it. */
export class Rig {
  readonly api: string;
  readonly name: string;
  readonly upstream: string;
  readonly #listener: net.Server;
  readonly #ends: End[] = [];
  readonly #accepted: End[] = [];
  #onAccept: () => void = () => {};
  listen = '';

  private constructor(api: string, name: string, listener: net.Server) {
    this.api = api;
    this.name = name;
    this.#listener = listener;
    this.upstream = `127.0.0.1:${(listener.address() as net.AddressInfo).port}`;
    listener.on('connection', (socket) => {
      const end = new End(socket);
      this.#ends.push(end);
      this.#accepted.push(end);
      this.#onAccept();
    });
  }

  static async start(api: string, name: string): Promise<Rig> {
    const listener = net.createServer({ allowHalfOpen: true, noDelay: true });
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    const rig = new Rig(api, name, listener);
    const proxy = await rig.call('POST', '/proxies', { name, listen: '127.0.0.1:0', upstream: rig.upstream });
    rig.listen = (proxy as ProxyBody).listen;
    return rig;
  }

  /** A client through the proxy, and the upstream's end of it. */
  async pair(): Promise<{ readonly client: End; readonly server: End }> {
    const client = await this.connect();
    while (this.#accepted.length === 0)
      await new Promise<void>((resolve) => {
        this.#onAccept = resolve;
      });
    return { client, server: this.#accepted.shift()! };
  }

  async connect(): Promise<End> {
    const [host, port] = this.listen.split(':');
    const socket = net.connect({ host: host!, port: Number(port), allowHalfOpen: true, noDelay: true });
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    const end = new End(socket);
    this.#ends.push(end);
    return end;
  }

  async toxic(body: ToxicBody): Promise<void> {
    await this.call('POST', `/proxies/${this.name}/toxics`, body);
  }

  async update(toxic: string, body: Partial<ToxicBody>): Promise<void> {
    await this.call('POST', `/proxies/${this.name}/toxics/${toxic}`, body);
  }

  async remove(toxic: string): Promise<void> {
    await this.call('DELETE', `/proxies/${this.name}/toxics/${toxic}`);
  }

  async proxy(body: Partial<ProxyBody>): Promise<void> {
    await this.call('POST', `/proxies/${this.name}`, body);
  }

  async call(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(this.api + path, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  }

  /** The upstream stops listening. */
  async goDown(): Promise<void> {
    this.#listener.close();
    await sleep(5);
  }

  async close(): Promise<void> {
    await this.call('DELETE', `/proxies/${this.name}`).catch(() => {});
    this.#listener.close();
    for (const { socket } of this.#ends) socket.destroy();
  }
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
