/** A throwaway PostgreSQL 15 for comparison: own data directory, loopback only, gone after `stop`. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';

const binaries = '/usr/lib/postgresql/15/bin';

export const isPostgresInstalled = (): boolean => existsSync(join(binaries, 'postgres'));

/** Postgres refuses to run as root, so root drops to the postgres user. */
function command(program: string, args: readonly string[]): [string, string[]] {
  const isRoot = process.getuid?.() === 0;
  if (!isRoot) return [join(binaries, program), [...args]];
  return ['setpriv', ['--reuid=postgres', '--regid=postgres', '--clear-groups', join(binaries, program), ...args]];
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

export interface RealPostgres {
  readonly client: Client;
  stop(): Promise<void>;
}

async function connect(connectionString: string): Promise<Client> {
  for (let attempt = 0; ; attempt++) {
    const client = new Client({ connectionString });
    try {
      await client.connect();
      return client;
    } catch (error) {
      await client.end().catch(() => undefined);
      if (attempt >= 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

/** Starts a cluster and connects; `url` uses a running server instead. */
export async function startRealPostgres(url?: string): Promise<RealPostgres> {
  if (url !== undefined) {
    const client = await connect(url);
    return { client, stop: () => client.end() };
  }
  const folder = mkdtempSync(join(tmpdir(), 'seedstorm-expressions-'));
  if (process.getuid?.() === 0) {
    const ids = ['-u', '-g'].map((flag) => Number(execFileSync('id', [flag, 'postgres']).toString()));
    chownSync(folder, ids[0]!, ids[1]!);
  }
  const data = join(folder, 'data');
  const [initdb, initArguments] = command('initdb', [
    '-D',
    data,
    '-E',
    'UTF8',
    '--locale=C',
    '-A',
    'trust',
    '-U',
    'postgres',
    '-N',
  ]);
  execFileSync(initdb, initArguments, { stdio: 'pipe', cwd: folder });
  const port = await freePort();
  const settings = [
    '-c',
    'listen_addresses=127.0.0.1',
    '-c',
    'unix_socket_directories=',
    '-c',
    'fsync=off',
    '-c',
    'shared_buffers=16MB',
  ];
  const [postgres, serverArguments] = command('postgres', ['-D', data, '-p', String(port), ...settings]);
  const child: ChildProcess = spawn(postgres, serverArguments, { stdio: 'ignore', cwd: folder });
  const client = await connect(`postgres://postgres@127.0.0.1:${port}/postgres`);
  return {
    client,
    stop: async () => {
      await client.end();
      const isGone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGINT');
      await isGone;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
