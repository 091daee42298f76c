/** Addresses as programs are given them; in the simulated world host names and the usual ports. */
import { assertNever } from '../sim/kernel/assert.ts';
import type { Address, ServerDefinition } from './scenario.ts';

export const HTTP_PORT = 8080;
export const REDIS_PORT = 6379;
const POSTGRES_PORT = 5432;

export function httpAddress(host: string, port = HTTP_PORT): Address {
  return { host, port, url: `http://${host}:${port}` };
}

/** The address of a server on that host and port; the usual port of its type when none is given. */
export function addressOf(host: string, server: ServerDefinition, given?: number): Address {
  switch (server.type) {
    case 'redis': {
      const { password } = server.options;
      const port = given ?? REDIS_PORT;
      const login = password === undefined ? '' : `:${encodeURIComponent(password)}@`;
      return { host, port, url: `redis://${login}${host}:${port}` };
    }
    case 'postgres': {
      const { password = 'seedstorm' } = server.options;
      const port = given ?? POSTGRES_PORT;
      return { host, port, url: `postgres://seedstorm:${encodeURIComponent(password)}@${host}:${port}/seedstorm` };
    }
    case 'service':
      return httpAddress(host, given);
    default:
      return assertNever(server);
  }
}
