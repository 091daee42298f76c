/**
 * Throwaway real servers for one test file: Redis and Postgres on loopback, and a bank that records charges.
 *
 * Postgres refuses to run as root, so as root it runs as the system's `postgres` user.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

const attemptsMax = 200;

export interface RealServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** The programs needed, or the name of the missing one. */
export function missingPrograms(): string[] {
  return [
    ...(findRedis() === undefined ? ['redis-server'] : []),
    ...(findPostgresFolder() === undefined ? ['postgres'] : []),
  ];
}

export async function startRedis(port: number): Promise<RealServer> {
  const child = spawn(findRedis()!, ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', tmpdir()], {
    stdio: 'ignore',
  });
  await listening(port, child);
  return { url: `redis://127.0.0.1:${port}`, stop: () => stopChild(child, 'SIGTERM') };
}

export async function startPostgres(port: number, schema: string): Promise<RealServer> {
  const programs = findPostgresFolder()!;
  const data = mkdtempSync(path.join(tmpdir(), 'seedstorm-postgres-'));
  const user = unprivilegedUser();
  if (user !== undefined) chownSync(data, user.uid, user.gid);
  execFileSync(path.join(programs, 'initdb'), ['-D', data, '-U', 'postgres', '-A', 'trust', '-N', '-E', 'UTF8'], {
    ...user,
    cwd: data,
    stdio: 'pipe',
  });
  const child = spawn(
    path.join(programs, 'postgres'),
    ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', data, '-F'],
    { ...user, cwd: data, stdio: 'ignore' },
  );
  const stop = async () => {
    await stopChild(child, 'SIGINT');
    rmSync(data, { recursive: true, force: true });
  };
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  try {
    await listening(port, child);
    const client = await connected(url);
    await client.query(schema);
    await client.end();
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, stop };
}

/** A bank that honours `Idempotency-Key` and keeps the effects in their order. */
export interface Bank extends RealServer {
  /** Invoices charged, in order, one entry per effect. */
  readonly effects: readonly number[];
  /** Requests received, those answered from the store of keys included. */
  readonly requests: readonly number[];
  /** Called after the n-th effect was recorded and before its reply is sent. */
  onEffect: ((count: number) => Promise<void>) | undefined;
}

export async function startBank(port: number): Promise<Bank> {
  const effects: number[] = [];
  const requests: number[] = [];
  const keys = new Set<string>();
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', async () => {
      const { invoice } = JSON.parse(body) as { invoice: number };
      const key = request.headers['idempotency-key'] as string | undefined;
      requests.push(invoice);
      if (key === undefined || !keys.has(key)) {
        if (key !== undefined) keys.add(key);
        effects.push(invoice);
        await bank.onEffect?.(effects.length);
      }
      response.end('{"status":"charged"}');
    });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const bank: Bank = {
    url: `http://127.0.0.1:${port}`,
    effects,
    requests,
    onEffect: undefined,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return bank;
}

/** Ends a child and waits for its exit. */
export async function stopChild(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill(signal);
  await once(child, 'exit');
}

function findRedis(): string | undefined {
  return (process.env.PATH ?? '')
    .split(path.delimiter)
    .map((folder) => path.join(folder, 'redis-server'))
    .find(existsSync);
}

function findPostgresFolder(): string | undefined {
  const packaged = '/usr/lib/postgresql';
  const versions = existsSync(packaged) ? readdirSync(packaged).sort((a, b) => Number(b) - Number(a)) : [];
  return [
    ...versions.map((version) => path.join(packaged, version, 'bin')),
    ...(process.env.PATH ?? '').split(path.delimiter),
  ].find((folder) => existsSync(path.join(folder, 'initdb')) && existsSync(path.join(folder, 'postgres')));
}

function unprivilegedUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

/** Postgres listens before it has started up, and refuses with 57P03 meanwhile. */
async function connected(url: string): Promise<pg.Client> {
  for (let attempt = 0; ; attempt++) {
    const client = new pg.Client({ connectionString: url });
    try {
      await client.connect();
      return client;
    } catch (error) {
      if ((error as { code?: string }).code !== '57P03' || attempt >= attemptsMax) throw error;
      await sleep(50);
    }
  }
}

async function listening(port: number, child: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < attemptsMax; attempt++) {
    if (child.exitCode !== null) throw new Error(`${child.spawnfile} ended with code ${child.exitCode}`);
    const socket = connect(port, '127.0.0.1');
    const isOpen = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
    });
    socket.destroy();
    if (isOpen) return;
    await sleep(50);
  }
  throw new Error(`${child.spawnfile} does not listen on ${port}`);
}
