/** `node:https`: `node:http` over the modelled `node:tls`. */
import type * as http from 'node:http';
import * as real from 'node:https';
import { callable } from './callable.ts';
import { globalAgentOptions, type VirtualHttp, withDefaultAgent } from './node-http.ts';
import type { VirtualTls } from './node-tls.ts';

/** `node:https` of one incarnation. */
export function createHttps(virtualHttp: VirtualHttp, tls: VirtualTls): Record<string, unknown> {
  const AgentBase = class Agent extends real.Agent {
    override createConnection(...args: unknown[]): never {
      return tls.connect(...args) as never;
    }
  };
  const Agent = callable(AgentBase, {
    setUp: (self, args) => (real.Agent as unknown as (...values: unknown[]) => void).apply(self as never, args),
  });
  const Server = virtualHttp.serverClass({ makeSocket: tls.accept, readyEvent: 'secure' });
  const { ClientRequest } = virtualHttp;
  const request = (...args: unknown[]): http.ClientRequest =>
    new ClientRequest(...withDefaultAgent(args, module['globalAgent']));
  const module: Record<string, unknown> = {
    Agent,
    globalAgent: new Agent(globalAgentOptions),
    Server,
    createServer: (...args: unknown[]) => new Server(...args),
    request,
    get: (...args: unknown[]) => {
      const sent = request(...args);
      sent.end();
      return sent;
    },
  };
  return module;
}
