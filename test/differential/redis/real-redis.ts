/** A throw-away real Redis on the loopback, without persistence, and raw connections to it. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeRequest, type Reply, ReplyDecoder } from '../../../sim/redis/index.ts';

/** The version of the server that is installed, or null when there is none. */
export function redisVersion(): string | null {
  try {
    const text = execFileSync('redis-server', ['--version'], { encoding: 'utf8' });
    return /v=(\S+)/.exec(text)?.[1] ?? null;
  } catch {
    return null;
  }
}

export class RealRedis {
  readonly port: number;
  readonly #child: ChildProcess;
  readonly #folder: string;

  constructor(port: number, child: ChildProcess, folder: string) {
    this.port = port;
    this.#child = child;
    this.#folder = folder;
  }

  /** @param more further options of the command line */
  static async start(port: number, more: readonly string[] = []): Promise<RealRedis> {
    const folder = mkdtempSync(join(tmpdir(), 'redis-differential-'));
    const options = [
      '--port',
      String(port),
      '--bind',
      '127.0.0.1',
      '--save',
      '',
      '--appendonly',
      'no',
      '--dir',
      folder,
      ...more,
    ];
    const child = spawn('redis-server', options, { stdio: 'ignore', env: { ...process.env, LC_ALL: 'C' } });
    const redis = new RealRedis(port, child, folder);
    for (let attempt = 0; ; attempt++) {
      try {
        const connection = await redis.connect();
        await connection.ask('PING');
        connection.close();
        return redis;
      } catch (failure) {
        if (attempt > 200 || child.exitCode !== null) throw failure;
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
    }
  }

  async connect(): Promise<RealConnection> {
    return RealConnection.open(this.port);
  }

  async stop(): Promise<void> {
    const gone = new Promise<void>((resolve) => this.#child.once('exit', () => resolve()));
    this.#child.kill('SIGKILL');
    await gone;
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

export class RealConnection {
  readonly #socket: net.Socket;
  readonly #decoder = new ReplyDecoder();
  #received = '';
  #wake: (() => void) | null = null;
  isClosed = false;

  static async open(port: number): Promise<RealConnection> {
    const socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', () => resolve());
      socket.once('error', reject);
    });
    return new RealConnection(socket);
  }

  constructor(socket: net.Socket) {
    this.#socket = socket;
    socket.on('data', (bytes) => {
      this.#received += bytes.toString('latin1');
      this.#decoder.push(bytes);
      this.#wake?.();
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      this.isClosed = true;
      this.#wake?.();
    });
  }

  send(args: readonly string[]): void {
    this.#socket.write(Buffer.from(encodeRequest(args), 'latin1'));
  }

  sendRaw(text: string): void {
    this.#socket.write(Buffer.from(text, 'latin1'));
  }

  /** Sends a request and waits for one reply. */
  async ask(...args: string[]): Promise<Reply> {
    this.send(args);
    for (;;) {
      const reply = this.#decoder.next();
      if (reply !== null) return reply;
      if (this.isClosed) throw new Error(`the real Redis closed the connection during ${args.join(' ')}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = null;
    }
  }

  takeBytes(): string {
    const bytes = this.#received;
    this.#received = '';
    return bytes;
  }

  close(): void {
    this.#socket.destroy();
  }
}

/**
 * Waits until the server has handled what was sent before, on any connection.
 *
 * The server reads in the order of arrival but writes the replies of a turn last client first, so the answer here may overtake others by a moment:
 * whoever misses a reply must look again a little later (`drive.ts` does).
 */
export async function settle(control: RealConnection): Promise<void> {
  await control.ask('PING');
  control.takeBytes();
  await new Promise<void>((resolve) => setImmediate(resolve));
}
