/**
 * `node:http`: Node's own client, server and parser over virtual sockets. What reads a real clock or a real timer inside Node is
 * replaced: the `Date` header, the scan for slow connections (`headersTimeout`, `requestTimeout`), and the default agent.
 */
import * as realHttp from 'node:http';
import type { Endpoint } from '../../net/socket.ts';
import type { ProcessGlobals } from '../globals/index.ts';
import type { VirtualProcess } from '../process.ts';
import { PortListener, type VirtualNet, type VirtualSocket } from './node-net.ts';

type Handler = (...args: never[]) => void;
type RequestOptions = realHttp.RequestOptions & { _defaultAgent?: unknown };

interface ServerInternals {
  headersTimeout: number;
  requestTimeout: number;
}

/** Splits `(url?, options?, callback?)`. */
export function normalizeRequest(args: unknown[]): [string | URL | undefined, RequestOptions, Handler | undefined] {
  const [first, second, third] = args;
  const isUrl = typeof first === 'string' || first instanceof URL;
  const options = (isUrl ? (typeof second === 'function' ? {} : second) : first) as RequestOptions | null | undefined;
  const callback = (isUrl ? (typeof second === 'function' ? second : third) : second) as Handler | undefined;
  return [isUrl ? (first as string | URL) : undefined, options ?? {}, callback];
}

export interface VirtualHttp {
  readonly module: Record<string, unknown>;
  readonly ClientRequest: new (...args: unknown[]) => realHttp.ClientRequest;
  readonly ServerResponse: typeof realHttp.ServerResponse;
  /** Makes a server class for `http` or `https`: how a socket comes from an accepted end is the only difference. */
  serverClass(
    makeSocket: (endpoint: Endpoint, options: Record<string, unknown>) => VirtualSocket,
    /** Event of the socket after which it carries HTTP; absent: from the start. */
    readyEvent?: 'secure',
  ): new (
    ...args: unknown[]
  ) => realHttp.Server;
}

/** `node:http` of one incarnation. */
export function createHttp(process: VirtualProcess, globals: ProcessGlobals, net: VirtualNet): VirtualHttp {
  const { timers } = globals;
  let dateSecond = Number.NaN;
  let dateText = '';
  /** The `Date` header; its text is made once a second, as Node's own. */
  const dateHeader = (): string => {
    const second = Math.floor(process.wallMillis() / 1000);
    if (second !== dateSecond) {
      dateSecond = second;
      dateText = new Date(second * 1000).toUTCString();
    }
    return dateText;
  };

  class Agent extends realHttp.Agent {
    override createConnection(...args: unknown[]): never {
      return net.connect(...args) as never;
    }
  }

  class ServerResponse extends realHttp.ServerResponse {
    _storeHeader(firstLine: string, headers: unknown): void {
      const sendsDate = this.sendDate;
      this.sendDate = false;
      (
        realHttp.ServerResponse.prototype as unknown as { _storeHeader(line: string, headers: unknown): void }
      )._storeHeader.call(this, firstLine, headers);
      this.sendDate = sendsDate;
      const written = this as unknown as { _header: string };
      if (sendsDate && !/\r\ndate: /i.test(written._header)) {
        const connection = written._header.indexOf('\r\nConnection: ');
        const at = connection >= 0 ? connection : written._header.length - 4;
        written._header = `${written._header.slice(0, at)}\r\nDate: ${dateHeader()}${written._header.slice(at)}`;
      }
    }
  }

  /** The arguments of Node's ClientRequest, with the process's own agent as the default. */
  const withAgent = (args: unknown[]): unknown[] => {
    const [url, options, callback] = normalizeRequest(args);
    const complete = { ...options, _defaultAgent: options._defaultAgent ?? module['globalAgent'] };
    return url === undefined ? [complete, callback] : [url, complete, callback];
  };
  const RealRequest = realHttp.ClientRequest as unknown as new (...args: unknown[]) => realHttp.ClientRequest;
  class ClientRequest extends RealRequest {
    constructor(...args: unknown[]) {
      super(...withAgent(args));
    }
  }
  const makeRequest = (...args: unknown[]): realHttp.ClientRequest => new RealRequest(...withAgent(args));

  const serverClass = (
    makeSocket: (endpoint: Endpoint, options: Record<string, unknown>) => VirtualSocket,
    readyEvent?: 'secure',
  ): (new (
    ...args: unknown[]
  ) => realHttp.Server) => {
    class Server extends realHttp.Server {
      readonly #listener: PortListener;
      readonly #sockets = new Set<VirtualSocket>();
      /** Connections whose first request has not come yet, and the timers that answer them. */
      readonly #awaited = new Map<VirtualSocket, { close(): unknown }>();
      #isClosing = false;
      constructor(...args: unknown[]) {
        const options = (typeof args[0] === 'object' && args[0] !== null ? args[0] : {}) as Record<string, unknown>;
        const handler = args.find((argument) => typeof argument === 'function') as Handler | undefined;
        super({ ServerResponse, ...options } as never, handler as never);
        // Node's scan for slow connections runs on a real interval; `#watch` stands in for it.
        for (const listener of this.listeners('listening'))
          if (listener.name === 'setupConnectionsTracking') this.removeListener('listening', listener as never);
        this.#listener = new PortListener(process, this, 'http', (endpoint) => {
          const socket = makeSocket(endpoint, options);
          socket.server = this;
          this.#sockets.add(socket);
          socket.once('close', () => this.#forget(socket));
          this.#watch(socket);
          if (readyEvent === undefined) this.emit('connection', socket);
          else socket.once(readyEvent, () => this.emit('connection', socket));
        });
        this.prependListener('request', (request) => this.#unwatch(request.socket as never));
        Object.defineProperty(this, 'listening', { get: () => this.#listener.isListening, configurable: true });
      }
      override listen(...args: unknown[]): this {
        this.#isClosing = false;
        this.#listener.listen(args);
        return this;
      }
      override address(): never {
        return this.#listener.address() as never;
      }
      override close(callback?: (error?: Error) => void): this {
        const wasListening = this.#listener.close();
        if (callback !== undefined) {
          if (wasListening) this.once('close', callback);
          else
            this.once('close', () =>
              callback(Object.assign(new Error('Server is not running.'), { code: 'ERR_SERVER_NOT_RUNNING' })),
            );
        }
        this.#isClosing = true;
        this.closeIdleConnections();
        this.#emitCloseIfDrained();
        return this;
      }
      override closeAllConnections(): void {
        for (const socket of this.#sockets) socket.destroy();
      }
      override closeIdleConnections(): void {
        for (const socket of this.#sockets) if (this.#isIdle(socket)) socket.destroy();
      }
      #isIdle(socket: VirtualSocket): boolean {
        const { parser, _httpMessage } = socket as unknown as {
          parser: { incoming: unknown } | null;
          _httpMessage: unknown;
        };
        const isReading = parser?.incoming !== null && parser?.incoming !== undefined;
        return !isReading && (_httpMessage === null || _httpMessage === undefined);
      }
      override getConnections(callback: (error: Error | null, count: number) => void): never {
        globalThis.process.nextTick(callback, null, this.#sockets.size);
        return this as never;
      }
      override ref(): this {
        this.#listener.ref();
        return this;
      }
      override unref(): this {
        this.#listener.unref();
        return this;
      }
      #forget(socket: VirtualSocket): void {
        this.#sockets.delete(socket);
        this.#unwatch(socket);
        this.#emitCloseIfDrained();
      }
      #emitCloseIfDrained(): void {
        if (!this.#isClosing || this.#sockets.size > 0) return;
        this.#isClosing = false;
        globalThis.process.nextTick(() => this.emit('close'));
      }
      /** Answers 408 to a connection whose first request does not come in time, as Node's connection scan does. */
      #watch(socket: VirtualSocket): void {
        const { headersTimeout, requestTimeout } = this as unknown as ServerInternals;
        const limits = [headersTimeout, requestTimeout].filter((limit) => limit > 0);
        if (limits.length === 0) return;
        const timer = timers
          .setTimeout(
            () => {
              this.#awaited.delete(socket);
              if (socket.destroyed) return;
              const error = Object.assign(new Error('Request timeout'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' });
              if (!this.emit('clientError', error, socket))
                socket.end('HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n');
            },
            Math.min(...limits),
          )
          .unref();
        this.#awaited.set(socket, timer);
      }
      #unwatch(socket: VirtualSocket): void {
        this.#awaited.get(socket)?.close();
        this.#awaited.delete(socket);
      }
    }
    return Server as unknown as new (
      ...args: unknown[]
    ) => realHttp.Server;
  };
  const Server = serverClass((endpoint) => net.accept(endpoint, { allowHalfOpen: true }));
  const callable = <C extends abstract new (...args: never[]) => object>(base: C): C =>
    new Proxy(base, { apply: (target, _self, args) => Reflect.construct(target, args) as object });

  const module: Record<string, unknown> = {
    ...realHttp,
    Agent: callable(Agent),
    globalAgent: new Agent({ keepAlive: true, scheduling: 'lifo', timeout: 5000 }),
    ClientRequest: callable(ClientRequest),
    Server: callable(Server),
    ServerResponse,
    createServer: (...args: unknown[]) => new Server(...args),
    request: makeRequest,
    get: (...args: unknown[]) => {
      const request = makeRequest(...args);
      request.end();
      return request;
    },
  };
  delete module['default'];
  return { module, ClientRequest, ServerResponse: ServerResponse as typeof realHttp.ServerResponse, serverClass };
}
