/**
 * The `external` provider: servers that run already, given by URL. It touches no data that it did not make: in Postgres it makes a database
 * of its own and drops it at the end; a Redis must be empty, or the user says that it may be written to. It takes no server down.
 */
import { randomUUID } from 'node:crypto';
import { SeedstormError } from '../../sim/kernel/errors.ts';
import type { SocketAddress } from '../addresses.ts';
import { openSession } from '../postgres-session.ts';
import { redisReplies } from '../redis-session.ts';
import type { Credentials, PostgresNeeds, Provider, RedisNeeds, RunningServer } from './server.ts';

const PORTS = { redis: 6379, postgres: 5432 } as const;

export function externalProvider(options: {
  readonly urls: Readonly<Record<string, string>>;
  readonly mayTouchData: boolean;
}): Provider {
  return (needs) => {
    const url = parseUrl(needs.name, needs.type, options.urls[needs.name]);
    return needs.type === 'redis' ? useRedis(needs, url, options.mayTouchData) : usePostgres(needs, url);
  };
}

interface ServerUrl {
  readonly address: SocketAddress;
  readonly credentials: Credentials;
}

function parseUrl(name: string, type: 'redis' | 'postgres', text: string | undefined): ServerUrl {
  const example = `--server ${name}=${type}://user:password@127.0.0.1:${PORTS[type]}`;
  if (text === undefined)
    throw new SeedstormError(
      'E_USAGE',
      `--provider external: there is no URL for the server ${name}. Give it as ${example}.`,
    );
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !new RegExp(`^${type}(ql)?:$`).test(url.protocol))
    throw new SeedstormError('E_INPUT', `--server ${name}=${text} is no ${type} URL. Write ${example}.`);
  const word = (encoded: string): string | undefined => (encoded === '' ? undefined : decodeURIComponent(encoded));
  return {
    address: { address: url.hostname, port: url.port === '' ? PORTS[type] : Number(url.port) },
    credentials: { user: word(url.username), password: word(url.password), database: word(url.pathname.slice(1)) },
  };
}

async function useRedis(needs: RedisNeeds, url: ServerUrl, mayTouchData: boolean): Promise<RunningServer> {
  const { address, credentials } = url;
  const where = `${address.address}:${address.port}`;
  const login = credentials.password === undefined ? [] : [['AUTH', credentials.password]];
  let replies: readonly string[];
  try {
    replies = await redisReplies(address, [...login, ['DBSIZE']]);
  } catch (error) {
    throw new SeedstormError(
      'E_NOT_FOUND',
      `The Redis of ${needs.name} does not answer (${(error as Error).message}). Start it, correct --server ${needs.name}=redis://..., or use --provider local.`,
      { cause: error },
    );
  }
  const keys = Number(replies.at(-1)!.slice(1));
  if (keys > 0 && !mayTouchData)
    throw new SeedstormError(
      'E_UNSUPPORTED',
      `The Redis of ${needs.name} (${where}) holds ${keys} keys that seedstorm did not make. Give an empty one, or say --allow-existing-data if they may be changed.`,
    );
  return {
    needs,
    address,
    credentials,
    description: `redis at ${where} (external)`,
    close: async () => {
      if (keys === 0) await redisReplies(address, [...login, ['FLUSHDB']]).catch(() => {});
    },
  };
}

async function usePostgres(needs: PostgresNeeds, { address, credentials }: ServerUrl): Promise<RunningServer> {
  const where = `${address.address}:${address.port}`;
  const database = `seedstorm_${randomUUID().replaceAll('-', '').slice(0, 12)}`;
  const connect = async () => {
    try {
      return await openSession(address, credentials);
    } catch (error) {
      if (error instanceof SeedstormError) throw error;
      throw new SeedstormError(
        'E_NOT_FOUND',
        `The Postgres of ${needs.name} (${where}) does not answer: ${(error as Error).message}. Start it, correct --server ${needs.name}=postgres://..., or use --provider local.`,
        { cause: error },
      );
    }
  };
  const session = await connect();
  try {
    await session.query(`CREATE DATABASE ${database} TEMPLATE template0`).catch((error: Error) => {
      throw new SeedstormError(
        'E_UNSUPPORTED',
        `In the Postgres of ${needs.name} (${where}) no database of our own can be made: ${error.message}. Give the URL of a user with the right CREATEDB.`,
        { cause: error },
      );
    });
  } finally {
    await session.end();
  }
  return {
    needs,
    address,
    credentials: { ...credentials, database },
    description: `postgres at ${where}, database ${database} (external)`,
    close: async () => {
      const last = await connect();
      const { rows } = await last.query<{ slot_name: string }>(
        'SELECT slot_name FROM pg_replication_slots WHERE database = $1 AND NOT active',
        [database],
      );
      for (const { slot_name } of rows) await last.query('SELECT pg_drop_replication_slot($1)', [slot_name]);
      await last.query(`DROP DATABASE ${database} WITH (FORCE)`);
      await last.end();
    },
  };
}
