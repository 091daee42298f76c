/**
 * A throwaway real PostgreSQL on a free loopback port, for comparison: its own data directory under the system's temporary folder, run by the
 * unprivileged user `postgres`, without fsync. `stop` removes everything.
 */
import { execFileSync, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';

const BIN = '/usr/lib/postgresql/15/bin';

export interface RealServer {
  readonly port: number;
  stop(): Promise<void>;
}

/** Whether a real server can be started here. */
export const hasRealServer = existsSync(`${BIN}/postgres`);

const AS_POSTGRES = ['--reuid=postgres', '--regid=postgres', '--clear-groups'];

function asPostgres(command: string, args: readonly string[]): [string, string[]] {
  return process.getuid?.() === 0 ? ['setpriv', [...AS_POSTGRES, command, ...args]] : [command, [...args]];
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(address !== null && typeof address === 'object' ? address.port : 0));
    });
  });
}

export async function startRealServer(settings: Readonly<Record<string, string>> = {}): Promise<RealServer> {
  const directory = mkdtempSync(join(tmpdir(), 'seedstorm-postgres-'));
  if (process.getuid?.() === 0) {
    const ids = execFileSync('getent', ['passwd', 'postgres'], { encoding: 'utf8' }).split(':');
    chownSync(directory, Number(ids[2]), Number(ids[3]));
  }
  const data = join(directory, 'data');
  const [initdb, initdbArgs] = asPostgres(`${BIN}/initdb`, [
    '-D',
    data,
    '--locale=C',
    '-E',
    'UTF8',
    '-A',
    'trust',
    '-U',
    'postgres',
    '-N',
  ]);
  execFileSync(initdb, initdbArgs, { stdio: 'ignore', cwd: directory });
  const port = await freePort();
  const options = {
    fsync: 'off',
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    timezone: 'Etc/UTC',
    autovacuum: 'off',
    ...settings,
  };
  const args = [
    '-D',
    data,
    '-p',
    String(port),
    ...Object.entries(options).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ];
  const [postgres, postgresArgs] = asPostgres(`${BIN}/postgres`, args);
  const child = spawn(postgres, postgresArgs, { stdio: 'ignore', cwd: directory });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  await untilReady(port);
  return {
    port,
    stop: async () => {
      child.kill('SIGINT');
      await exited;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function untilReady(port: number): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    const client = new pg.Client({ host: '127.0.0.1', port, user: 'postgres', database: 'postgres' });
    try {
      await client.connect();
      await client.end();
      return;
    } catch (error) {
      if (attempt > 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
