/** The `local` provider: servers of this machine as throwaway children on loopback. */
import { startLocalPostgres } from './local-postgres.ts';
import { startLocalRedis } from './local-redis.ts';
import type { Provider } from './server.ts';

export const localProvider: Provider = (needs, context) =>
  needs.type === 'redis' ? startLocalRedis(needs, context) : startLocalPostgres(needs, context);
