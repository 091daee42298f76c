/** Throwaway real servers on loopback for comparisons; each is ended with the bench. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface RealServer {
  readonly url: string;
  stop(): void;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as net.AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

async function answers(port: number): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const isUp = await new Promise<boolean>((resolve) => {
      const socket = net.connect(port, '127.0.0.1', () => {
        socket.destroy();
        resolve(true);
      });
      socket.on('error', () => resolve(false));
    });
    if (isUp) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`Nothing answers on port ${port} after 10 s.`);
}

function ending(child: ChildProcess, folder: string): () => void {
  const stop = (): void => {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', stop);
  return stop;
}

/** A redis-server without persistence, or undefined where none is installed. */
export async function startRealRedis(): Promise<RealServer | undefined> {
  try {
    execFileSync('redis-server', ['--version'], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'seedstorm-redis-'));
  const child = spawn(
    'redis-server',
    ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder],
    { stdio: 'ignore' },
  );
  const stop = ending(child, folder);
  await answers(port);
  return { url: `redis://127.0.0.1:${port}`, stop };
}

/** A Postgres with fsync off, or undefined where none is installed. */
export async function startRealPostgres(): Promise<RealServer | undefined> {
  const versions = '/usr/lib/postgresql';
  const version = existsSync(versions) ? readdirSync(versions).sort().at(-1) : undefined;
  if (version === undefined) return undefined;
  const bin = join(versions, version, 'bin');
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'seedstorm-postgres-'));
  chmodSync(folder, 0o777);
  const data = join(folder, 'data');
  // Postgres refuses to run as root.
  const asUser = process.getuid?.() === 0 ? ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups'] : [];
  const run = (command: string[]): void => void execFileSync(command[0]!, command.slice(1), { stdio: 'ignore' });
  run([...asUser, join(bin, 'initdb'), '-D', data, '-A', 'trust', '-U', 'postgres', '-N', '-E', 'UTF8', '--locale=C']);
  const command = [
    ...asUser,
    join(bin, 'postgres'),
    '-D',
    data,
    '-p',
    String(port),
    '-c',
    'listen_addresses=127.0.0.1',
    '-c',
    `unix_socket_directories=${folder}`,
    '-c',
    'fsync=off',
  ];
  const child = spawn(command[0]!, command.slice(1), { stdio: 'ignore' });
  const stop = ending(child, folder);
  await answers(port);
  return { url: `postgres://postgres@127.0.0.1:${port}/postgres`, stop };
}
