/** Where processes find the servers, the services and each other in the simulated world: host names and the usual ports. */
import { assertNever } from '../sim/kernel/assert.ts';
import type { Address, ServerDefinition } from './scenario.ts';

export const HTTP_PORT = 8080;
export const REDIS_PORT = 6379;
const POSTGRES_PORT = 5432;

export function httpAddress(host: string): Address {
  return { host, port: HTTP_PORT, url: `http://${host}:${HTTP_PORT}` };
}

export function addressOf(name: string, server: ServerDefinition): Address {
  switch (server.type) {
    case 'redis': {
      const { password } = server.options;
      return {
        host: name,
        port: REDIS_PORT,
        url: `redis://${password === undefined ? '' : `:${encodeURIComponent(password)}@`}${name}:${REDIS_PORT}`,
      };
    }
    case 'postgres': {
      const { password = 'seedstorm' } = server.options;
      return {
        host: name,
        port: POSTGRES_PORT,
        url: `postgres://seedstorm:${encodeURIComponent(password)}@${name}:${POSTGRES_PORT}/seedstorm`,
      };
    }
    case 'service':
      return httpAddress(name);
    default:
      return assertNever(server);
  }
}
