/**
 * A throwaway `redis-server` as a child, with its data in the run's folder.
 *
 * What a crash takes along: SIGKILL alone loses nothing, since the system keeps what Redis has written. So `unsynced` cuts the append-only
 * file back to what it was at the last sync that its policy would have made, and `everything` removes the data.
 */
import { mkdirSync, readdirSync, rmSync, statSync, truncateSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SeedstormError } from '../../sim/kernel/errors.ts';
import type { SocketAddress } from '../addresses.ts';
import { type Child, startChild } from '../processes/child.ts';
import { findRedis } from './executables.ts';
import type { Loss, ProviderContext, RedisNeeds, RunningServer } from './server.ts';

const PORT = 6379;
const READY_PATIENCE_MS = 10_000;
const SYNC_EVERY_MS = 1_000;

/** Starts it; resolves when it answers. */
export async function startLocalRedis(needs: RedisNeeds, context: ProviderContext): Promise<RunningServer> {
  const { path, version } = findRedis();
  const folder = join(context.folder, needs.name);
  mkdirSync(folder, { recursive: true });
  const address = await context.listener(needs.name, PORT);
  const server = new LocalRedis({ needs, path, folder, address, log: (line) => context.log(needs.name, line) });
  await server.start();
  return {
    needs,
    address,
    credentials: { user: undefined, password: needs.password, database: undefined },
    description: `redis-server ${version} (local)`,
    life: server,
    close: () => server.close(),
  };
}

interface LocalRedisOptions {
  readonly needs: RedisNeeds;
  readonly path: string;
  readonly folder: string;
  readonly address: SocketAddress;
  readonly log: (line: string) => void;
}

class LocalRedis {
  readonly #options: LocalRedisOptions;
  #child: Child | undefined;
  /** What has to happen before the next start. */
  #down: Promise<void> = Promise.resolve();
  #syncTimer: NodeJS.Timeout | undefined;
  /** Bytes of the append-only files that a sync has reached, by name. */
  #syncedBytes = new Map<string, number>();

  constructor(options: LocalRedisOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    await this.#down;
    const { path, folder, address, needs, log } = this.#options;
    const lines: string[] = [];
    const child = await startChild({
      command: path,
      args: [...redisArguments(needs, address), '--dir', folder],
      cwd: folder,
      env: { PATH: process.env['PATH'], LC_ALL: 'C.UTF-8' },
      onLine: (_stream, line) => {
        lines.push(line);
        log(line);
      },
    });
    this.#child = child;
    await untilAnswering(child, address, lines);
    if (needs.appendfsync === 'everysec') {
      this.#noteSync();
      this.#syncTimer = setInterval(() => this.#noteSync(), SYNC_EVERY_MS);
    }
  }

  crash(loss: Loss): void {
    const child = this.#child;
    if (child === undefined) return;
    clearInterval(this.#syncTimer);
    if (loss === 'nothing') child.signal('SIGTERM');
    else child.kill();
    this.#down = child.ended.then(() => {
      if (loss === 'unsynced') this.#cutBack();
      if (loss === 'everything') this.#removeData();
    });
  }

  async close(): Promise<void> {
    clearInterval(this.#syncTimer);
    this.#child?.kill();
    await this.#child?.ended;
    await this.#down;
  }

  #appendFiles(): readonly string[] {
    const folder = join(this.#options.folder, 'appendonlydir');
    try {
      return readdirSync(folder)
        .filter((name) => name.endsWith('.incr.aof'))
        .map((name) => join(folder, name));
    } catch {
      return [];
    }
  }

  #noteSync(): void {
    this.#syncedBytes = new Map(this.#appendFiles().map((file) => [file, statSync(file).size]));
  }

  #cutBack(): void {
    if (this.#options.needs.appendfsync === 'always') return;
    for (const file of this.#appendFiles()) truncateSync(file, this.#syncedBytes.get(file) ?? 0);
  }

  #removeData(): void {
    rmSync(this.#options.folder, { recursive: true, force: true });
    mkdirSync(this.#options.folder);
    this.#syncedBytes.clear();
  }
}

function redisArguments(needs: RedisNeeds, { address, port }: SocketAddress): readonly string[] {
  const settings: Readonly<Record<string, string>> = {
    bind: address,
    port: String(port),
    save: '',
    appendonly: 'yes',
    appendfsync: needs.appendfsync,
    'protected-mode': 'no',
    maxmemory: String(needs.maxmemory),
    ...(needs.password === undefined ? {} : { requirepass: needs.password }),
  };
  return Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
}

/** Any reply counts, a refusal for want of a password too; LOADING does not. */
async function untilAnswering(child: Child, address: SocketAddress, lines: readonly string[]): Promise<void> {
  const giveUpAt = performance.now() + READY_PATIENCE_MS;
  for (;;) {
    const reply = await ping(address);
    if (reply !== undefined && !reply.startsWith('-LOADING')) return;
    const text = lines.join('\n');
    if (!child.isRunning) {
      const hint = /Address already in use/.test(text)
        ? ` Port ${address.port} of ${address.address} is taken: end what listens there.`
        : '';
      throw new SeedstormError('E_CHILD', `redis-server ended before it answered.${hint} It said:\n${text}`);
    }
    if (performance.now() > giveUpAt) {
      child.kill();
      throw new SeedstormError(
        'E_CHILD',
        `redis-server did not answer on ${address.address}:${address.port} within ${READY_PATIENCE_MS / 1000} s. It said:\n${text}`,
      );
    }
    await sleep(2);
  }
}

/** The first bytes of the reply to PING, or undefined where nobody answers. */
export function ping({ address, port }: SocketAddress): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port, timeout: 1000 });
    const finish = (reply: string | undefined): void => {
      socket.destroy();
      resolve(reply);
    };
    socket.once('connect', () => socket.write('PING\r\n'));
    socket.once('data', (bytes) => finish(bytes.toString('latin1')));
    socket.once('error', () => finish(undefined));
    socket.once('timeout', () => finish(undefined));
    socket.once('close', () => finish(undefined));
  });
}
