/**
 * `node:http`: Node's own client, server and parser over virtual sockets. What reads a real clock or a real timer inside Node is
 * replaced: the `Date` header, the scan for slow connections (http-server.ts), and the default agent.
 */
import * as realHttp from 'node:http';
import type { ProcessGlobals } from '../globals/index.ts';
import type { VirtualProcess } from '../process.ts';
import { callable } from './callable.ts';
import { createHttpServerClass, type HttpServerClass, type HttpServerOptions } from './http-server.ts';
import type { Accepted } from './net-listener.ts';
import type { VirtualSocket } from './net-socket.ts';
import type { VirtualNet } from './node-net.ts';

/** Taken at load: while a process is current, the bare name is its own. */
const RealDate = Date;

type Handler = (...args: never[]) => void;
type RequestOptions = realHttp.RequestOptions & { _defaultAgent?: unknown };

/** Splits `(url?, options?, callback?)`. */
export function normalizeRequest(args: unknown[]): [string | URL | undefined, RequestOptions, Handler | undefined] {
  const [first, second, third] = args;
  const isUrl = typeof first === 'string' || first instanceof URL;
  const options = (isUrl ? (typeof second === 'function' ? {} : second) : first) as RequestOptions | null | undefined;
  const callback = (isUrl ? (typeof second === 'function' ? second : third) : second) as Handler | undefined;
  return [isUrl ? (first as string | URL) : undefined, options ?? {}, callback];
}

/** The arguments of Node's ClientRequest, with a process's own agent as the default. */
export function withDefaultAgent(args: unknown[], agent: unknown): unknown[] {
  const [url, options, callback] = normalizeRequest(args);
  const complete = { ...options, _defaultAgent: options._defaultAgent ?? agent };
  return url === undefined ? [complete, callback] : [url, complete, callback];
}

export interface VirtualHttp {
  readonly module: Record<string, unknown>;
  readonly ClientRequest: new (...args: unknown[]) => realHttp.ClientRequest;
  serverClass(options: Pick<HttpServerOptions, 'makeSocket' | 'readyEvent' | 'acceptSecure'>): HttpServerClass;
}

/** Options of the agent that a process uses unless it says otherwise. */
export const globalAgentOptions = { keepAlive: true, scheduling: 'lifo', timeout: 5000 } as const;

/** Headers as `ServerResponse._storeHeader` takes them, with one more behind the program's own. */
function withHeader(headers: unknown, own: unknown, name: string, value: string): unknown {
  if (headers === null || headers === undefined) return [[name, value]];
  if (headers === own) return [...Object.values(headers as Record<string, [string, unknown]>), [name, value]];
  if (!Array.isArray(headers)) return { ...headers, [name]: value };
  return Array.isArray(headers[0])
    ? [...(headers as unknown[]), [name, value]]
    : [...(headers as unknown[]), name, value];
}

function hasDate(headers: unknown, own: unknown): boolean {
  if (headers === null || headers === undefined) return false;
  const names = Array.isArray(headers)
    ? headers.map((entry: unknown) => (Array.isArray(entry) ? (entry[0] as unknown) : entry))
    : Object.keys(headers === own ? (own as object) : headers);
  return names.some((name) => String(name).toLowerCase() === 'date');
}

const outHeaders = Object.getOwnPropertySymbols(new realHttp.OutgoingMessage()).find(
  ({ description }) => description === 'kOutHeaders',
);

/** `node:http` of one incarnation. */
export function createHttp(
  process: VirtualProcess,
  globals: ProcessGlobals,
  net: VirtualNet,
  acceptSecure: (accepted: Accepted) => VirtualSocket,
): VirtualHttp {
  const AgentBase = class Agent extends realHttp.Agent {
    override createConnection(...args: unknown[]): never {
      return net.connect(...args) as never;
    }
    /** Node's own agents of `https` are agents, too. */
    static override [Symbol.hasInstance](value: unknown): boolean {
      return this === module['Agent']
        ? value instanceof realHttp.Agent
        : Function.prototype[Symbol.hasInstance].call(this, value);
    }
  };
  const Agent = callable(AgentBase, {
    setUp: (self, args) => (realHttp.Agent as unknown as (...values: unknown[]) => void).apply(self as never, args),
  });

  const ResponseBase = class ServerResponse extends realHttp.ServerResponse {
    _storeHeader(firstLine: string, headers: unknown): void {
      const store = (
        realHttp.ServerResponse.prototype as unknown as { _storeHeader(line: string, headers: unknown): void }
      )._storeHeader;
      const own = outHeaders === undefined ? undefined : (this as unknown as Record<symbol, unknown>)[outHeaders];
      const { sendDate } = this;
      if (!sendDate) {
        store.call(this, firstLine, headers);
        return;
      }
      // Node's own date comes from a cache with a real timer; its place is behind the program's headers.
      this.sendDate = false;
      const isDated = hasDate(headers, own);
      const date = (): string => new RealDate(Math.floor(process.wallMillis())).toUTCString();
      store.call(this, firstLine, isDated ? headers : withHeader(headers, own, 'Date', date()));
      this.sendDate = sendDate;
    }
  };
  const ServerResponse = callable(ResponseBase, {
    setUp: (self, args) =>
      (realHttp.ServerResponse as unknown as (...values: unknown[]) => void).apply(self as never, args),
  });

  const withAgent = (args: unknown[]): unknown[] => withDefaultAgent(args, module['globalAgent']);
  const RealRequest = realHttp.ClientRequest as unknown as new (...args: unknown[]) => realHttp.ClientRequest;
  const RequestBase = class ClientRequest extends RealRequest {
    constructor(...args: unknown[]) {
      super(...withAgent(args));
    }
  };
  const ClientRequest = callable(RequestBase, {
    setUp: (self, args) =>
      (realHttp.ClientRequest as unknown as (...values: unknown[]) => void).apply(self as never, withAgent(args)),
  });
  const request = (...args: unknown[]): realHttp.ClientRequest => new RequestBase(...args);

  const serverClass: VirtualHttp['serverClass'] = (options) =>
    createHttpServerClass({ process, globals, ServerResponse: ResponseBase, ...options });
  const Server = serverClass({
    acceptSecure,
    makeSocket: (accepted, options) =>
      net.accept(accepted, {
        allowHalfOpen: true,
        ...(typeof options['highWaterMark'] === 'number' ? { highWaterMark: options['highWaterMark'] } : {}),
      }),
  });

  const module: Record<string, unknown> = {
    ...realHttp,
    Agent,
    globalAgent: new Agent(globalAgentOptions),
    ClientRequest,
    Server,
    ServerResponse,
    createServer: (...args: unknown[]) => new Server(...args),
    request,
    get: (...args: unknown[]) => {
      const sent = request(...args);
      sent.end();
      return sent;
    },
  };
  delete module['default'];
  for (const name of ['WebSocket', 'CloseEvent', 'MessageEvent'])
    if (name in module) module[name] = globals.record[name];
  return { module, ClientRequest, serverClass };
}
