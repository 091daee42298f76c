/**
 * A throwaway Postgres as a child: a copy of a data directory that was initialised once per version and is kept in the cache, run as an
 * unprivileged user, without fsync.
 *
 * A crash is SIGKILL to the server and all its backends: commits whose log was not written yet (`synchronous_commit = off`) are gone. What
 * the system had got is safe, so that `nothing` and `unsynced` differ in the way down only.
 */
import { type ExecFileSyncOptions, execFileSync } from 'node:child_process';
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SeedstormError } from '../../sim/kernel/errors.ts';
import type { SocketAddress } from '../addresses.ts';
import { openSession } from '../postgres-session.ts';
import { type Child, startChild } from '../processes/child.ts';
import { type Executable, findPostgres } from './executables.ts';
import type { Credentials, Loss, PostgresNeeds, ProviderContext, RunningServer } from './server.ts';

const PORT = 5432;
const READY_PATIENCE_MS = 20_000;
const CLOSE_PATIENCE_MS = 3_000;
export const POSTGRES_USER = 'seedstorm';
export const POSTGRES_DATABASE = 'seedstorm';
/** Counted up with every change of how the cached directory is made. */
const TEMPLATE_VERSION = 1;

/** Starts it; resolves when it answers. */
export async function startLocalPostgres(needs: PostgresNeeds, context: ProviderContext): Promise<RunningServer> {
  const executable = findPostgres();
  const user = unprivilegedUser();
  const data = join(context.folder, needs.name);
  copyTemplate(template(executable, user), data, user);
  writeFileSync(join(data, 'pg_hba.conf'), `host all all 127.0.0.0/8 ${needs.auth}\n`);
  const address = await context.listener(needs.name, PORT);
  const credentials: Credentials = { user: POSTGRES_USER, password: needs.password, database: POSTGRES_DATABASE };
  const server = new LocalPostgres({
    needs,
    path: executable.path,
    data,
    user,
    address,
    credentials: needs.auth === 'trust' ? credentials : { ...credentials, password: 'seedstorm' },
    log: (line) => context.log(needs.name, line),
  });
  await server.start();
  return {
    needs,
    address,
    credentials,
    description: `postgres ${executable.version} (local)`,
    life: server,
    close: () => server.close(),
  };
}

type Identity = { readonly uid: number; readonly gid: number } | undefined;

interface LocalPostgresOptions {
  readonly needs: PostgresNeeds;
  readonly path: string;
  readonly data: string;
  readonly user: Identity;
  readonly address: SocketAddress;
  readonly credentials: Credentials;
  readonly log: (line: string) => void;
}

class LocalPostgres {
  readonly #options: LocalPostgresOptions;
  #child: Child | undefined;

  constructor(options: LocalPostgresOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    await this.#child?.ended;
    const { path, data, user, address, credentials, needs, log } = this.#options;
    const lines: string[] = [];
    const child = await startChild({
      command: path,
      args: ['-D', data, '-p', String(address.port), ...postgresSettings(needs, address)],
      cwd: data,
      env: { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' },
      ...(user === undefined ? {} : { user }),
      quitSignal: 'SIGQUIT',
      onLine: (_stream, line) => {
        lines.push(line);
        log(line);
      },
    });
    this.#child = child;
    await untilAnswering(child, address, credentials, lines);
  }

  crash(loss: Loss): void {
    if (loss === 'nothing') this.#child?.signal('SIGINT');
    else this.#child?.kill();
  }

  async close(): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    // An immediate shutdown gives the system's shared memory back, which a killed server cannot.
    child.signal('SIGQUIT');
    const timer = setTimeout(() => child.kill(), CLOSE_PATIENCE_MS);
    await child.ended;
    clearTimeout(timer);
  }
}

function postgresSettings(needs: PostgresNeeds, { address }: SocketAddress): readonly string[] {
  const settings: Readonly<Record<string, string>> = {
    listen_addresses: address,
    unix_socket_directories: '',
    fsync: 'off',
    full_page_writes: 'off',
    wal_level: 'logical',
    timezone: 'Etc/UTC',
    log_timezone: 'Etc/UTC',
    shared_buffers: '16MB',
    // In the data directory, which is removed: a server that is killed leaves what it had elsewhere.
    dynamic_shared_memory_type: 'mmap',
    // The harness's own sessions come on top.
    max_connections: String(needs.maxConnections + 3),
    superuser_reserved_connections: '3',
  };
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

async function untilAnswering(
  child: Child,
  address: SocketAddress,
  credentials: Credentials,
  lines: readonly string[],
): Promise<void> {
  const giveUpAt = performance.now() + READY_PATIENCE_MS;
  for (;;) {
    let problem: unknown;
    try {
      const session = await openSession(address, credentials);
      await session.end();
      return;
    } catch (error) {
      if (error instanceof SeedstormError) throw error;
      problem = error;
    }
    const text = lines.join('\n');
    if (!child.isRunning) {
      const hint = /Address already in use/.test(text)
        ? ` Port ${address.port} of ${address.address} is taken: end what listens there.`
        : '';
      throw new SeedstormError('E_CHILD', `postgres ended before it answered.${hint} It said:\n${text}`);
    }
    if (performance.now() > giveUpAt) {
      child.kill();
      throw new SeedstormError(
        'E_CHILD',
        `postgres did not answer on ${address.address}:${address.port} within ${READY_PATIENCE_MS / 1000} s (${(problem as Error).message}). It said:\n${text}`,
      );
    }
    await sleep(5);
  }
}

// The cached data directory.

/** Who runs Postgres: it refuses to run as root. */
function unprivilegedUser(): Identity {
  if (process.getuid?.() !== 0) return undefined;
  const passwords = readFileSync('/etc/passwd', 'utf8').split('\n');
  for (const name of ['postgres', 'nobody']) {
    const fields = passwords.find((line) => line.startsWith(`${name}:`))?.split(':');
    if (fields !== undefined) return { uid: Number(fields[2]), gid: Number(fields[3]) };
  }
  throw new SeedstormError(
    'E_NOT_FOUND',
    'Postgres does not run as root, and this machine has neither a user "postgres" nor "nobody". Run seedstorm as an ordinary user.',
  );
}

function cacheFolder(): string {
  const base = process.env['SEEDSTORM_CACHE'] ?? process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  return join(base, 'seedstorm');
}

/** The initialised directory of that version, made now if need be. */
function template({ path, version }: Executable, user: Identity): string {
  const kept = join(cacheFolder(), `postgres-${version}-${user?.uid ?? process.getuid?.() ?? 0}-v${TEMPLATE_VERSION}`);
  if (existsSync(join(kept, 'PG_VERSION'))) return kept;
  // Made where the unprivileged user may write, and moved when it is whole: two runs at once do not meet.
  const workshop = mkdtempSync(join(tmpdir(), 'seedstorm-initdb-'));
  try {
    if (user !== undefined) chownSync(workshop, user.uid, user.gid);
    const data = join(workshop, 'data');
    const passwordFile = join(workshop, 'password');
    writeFileSync(passwordFile, 'seedstorm\n');
    const options: ExecFileSyncOptions = {
      cwd: workshop,
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { PATH: process.env['PATH'], LC_ALL: 'C' },
      ...user,
    };
    const folder = dirname(path);
    execFileSync(
      join(folder, 'initdb'),
      [
        '-D',
        data,
        '-U',
        POSTGRES_USER,
        '-A',
        'trust',
        `--pwfile=${passwordFile}`,
        '--locale=C',
        '-E',
        'UTF8',
        '-N',
        '--wal-segsize=1',
      ],
      options,
    );
    execFileSync(path, ['--single', '-D', data, 'postgres'], {
      ...options,
      // Each database is 300 files to copy in every run, and nobody misses the pristine template.
      input: `CREATE DATABASE ${POSTGRES_DATABASE};\nUPDATE pg_database SET datistemplate = false WHERE datname = 'template0';\nDROP DATABASE template0;\n`,
    });
    mkdirSync(cacheFolder(), { recursive: true });
    const staged = `${kept}.${process.pid}`;
    copyFolder(data, staged);
    try {
      renameSync(staged, kept);
    } catch (error) {
      // Another run was quicker.
      rmSync(staged, { recursive: true, force: true });
      if (!existsSync(join(kept, 'PG_VERSION'))) throw error;
    }
    return kept;
  } catch (error) {
    const { stderr } = error as { readonly stderr?: Buffer };
    if (stderr === undefined) throw error;
    throw new SeedstormError('E_CHILD', `initdb failed: ${stderr.toString().trim()}`, { cause: error });
  } finally {
    rmSync(workshop, { recursive: true, force: true });
  }
}

function copyTemplate(source: string, target: string, user: Identity): void {
  copyFolder(source, target);
  if (user !== undefined) chownSync(target, user.uid, user.gid);
}

function copyFolder(source: string, target: string): void {
  execFileSync('cp', ['-a', source, target], { stdio: ['ignore', 'ignore', 'pipe'] });
}
