/** `node:https`: `node:http` over the modelled `node:tls`. */
import type * as http from 'node:http';
import * as real from 'node:https';
import { normalizeRequest, type VirtualHttp } from './node-http.ts';
import type { VirtualTls } from './node-tls.ts';

/** `node:https` of one incarnation. */
export function createHttps(virtualHttp: VirtualHttp, tls: VirtualTls): Record<string, unknown> {
  class Agent extends real.Agent {
    override createConnection(...args: unknown[]): never {
      return tls.connect(...args) as never;
    }
  }
  const HttpServer = virtualHttp.serverClass(tls.accept, 'secure');
  const { ClientRequest } = virtualHttp;
  const request = (...args: unknown[]): http.ClientRequest => {
    const [url, options, callback] = normalizeRequest(args);
    const complete = { ...options, _defaultAgent: options._defaultAgent ?? module['globalAgent'] };
    return url === undefined ? new ClientRequest(complete, callback) : new ClientRequest(url, complete, callback);
  };
  const module: Record<string, unknown> = {
    Agent,
    globalAgent: new Agent({ keepAlive: true, scheduling: 'lifo', timeout: 5000 }),
    Server: HttpServer,
    createServer: (...args: unknown[]) => new HttpServer(...args),
    request,
    get: (...args: unknown[]) => {
      const sent = request(...args);
      sent.end();
      return sent;
    },
  };
  return module;
}
