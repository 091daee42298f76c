/** What can be done to a real server from outside and is no crash: the acts of `World.serverAct`, by the names that sim has for them. */
import type pg from 'pg';
import { SeedstormError } from '../sim/kernel/errors.ts';
import { OWN_APPLICATION, openSession } from './postgres-session.ts';
import type { RunningServer } from './providers/server.ts';
import { redisCommand } from './redis-session.ts';

/** The server's acts; each resolves when it is done. */
export interface ServerActs {
  /** Says what is being done. `done` tells when it is in force. */
  perform(
    name: string,
    argument: Readonly<Record<string, unknown>>,
  ): { readonly text: string; readonly done: Promise<void> };
  /** The server went down: what was held there is gone. */
  forget(): void;
  close(): Promise<void>;
}

export function actsOf(server: RunningServer): ServerActs {
  return server.needs.type === 'redis' ? redisActs(server) : postgresActs(server);
}

/** Lock modes by the names that `pg_locks` has for them. */
const lockModes: Readonly<Record<string, string>> = {
  AccessExclusiveLock: 'ACCESS EXCLUSIVE',
  ExclusiveLock: 'EXCLUSIVE',
  ShareLock: 'SHARE',
};

function postgresActs({ address, credentials }: RunningServer): ServerActs {
  const holders = new Map<string, Promise<pg.Client>>();
  const terminate = async (): Promise<void> => {
    const session = await openSession(address, credentials);
    await session.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE backend_type = 'client backend' AND datname = current_database() AND application_name <> $1`,
      [OWN_APPLICATION],
    );
    await session.end();
  };
  const hold = async (table: string, mode: string): Promise<pg.Client> => {
    const session = await openSession(address, credentials);
    const name = table
      .split('.')
      .map((part) => session.escapeIdentifier(part))
      .join('.');
    await session.query(`BEGIN; LOCK TABLE ${name} IN ${mode} MODE`);
    return session;
  };
  const release = async (id: string): Promise<void> => {
    const holder = holders.get(id);
    holders.delete(id);
    await holder?.then((session) => session.end()).catch(() => {});
  };
  return {
    perform(name, argument) {
      const id = String(argument['id']);
      switch (name) {
        case 'terminate-backends':
          return { text: 'terminated all backends', done: terminate() };
        case 'hold-lock': {
          const mode = lockModes[String(argument['mode'])] ?? 'ACCESS EXCLUSIVE';
          const holder = hold(String(argument['table']), mode);
          holders.set(id, holder);
          // It waits for sessions that have the table; their end, not ours, decides when it is held.
          holder.catch(() => {});
          return { text: `asked for ${String(argument['table'])} in ${mode} mode`, done: Promise.resolve() };
        }
        case 'release-locks':
          return { text: 'released', done: release(id) };
        default:
          throw unknownAct('Postgres', name, ['terminate-backends', 'hold-lock', 'release-locks']);
      }
    },
    forget: () => holders.clear(),
    close: async () => {
      await Promise.all([...holders.keys()].map(release));
    },
  };
}

function redisActs({ address, credentials }: RunningServer): ServerActs {
  const run = (...command: readonly string[]): Promise<void> => redisCommand(address, credentials.password, command);
  return {
    perform(name, argument) {
      switch (name) {
        case 'pause':
          return {
            text: `paused for ${argument['ms']} ms`,
            done: run('CLIENT', 'PAUSE', String(argument['ms']), 'ALL'),
          };
        case 'flush':
          return { text: 'flushed all keys', done: run('FLUSHALL') };
        case 'kill-clients':
          return { text: 'closed all connections', done: run('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes') };
        case 'flush-scripts':
          return { text: 'forgot all scripts', done: run('SCRIPT', 'FLUSH') };
        case 'config': {
          const [setting, value] = [String(argument['name']), String(argument['value'])];
          return { text: `set ${setting} to ${value}`, done: run('CONFIG', 'SET', setting, value) };
        }
        default:
          throw unknownAct('Redis', name, ['pause', 'flush', 'kill-clients', 'flush-scripts', 'config']);
      }
    },
    forget: () => {},
    close: async () => {},
  };
}

function unknownAct(server: string, name: string, known: readonly string[]): SeedstormError {
  return new SeedstormError('E_UNSUPPORTED', `A real ${server} has no act "${name}"; it has ${known.join(', ')}.`);
}
