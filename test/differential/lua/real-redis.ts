/**
 * A throwaway redis-server and the bytes of its replies.
 *
 * Commands are pipelined; each reply comes back as the raw RESP2 text that the server wrote, so that comparisons are of bytes.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { connect, type Socket } from 'node:net';

/** Whether a redis-server of the simulated version is installed here. */
export function isRealRedisInstalled(): boolean {
  const result = spawnSync('redis-server', ['--version']);
  return result.status === 0 && /v=7\.0\.15/.test(String(result.stdout));
}

function encodeCommand(args: readonly string[]): string {
  let text = `*${args.length}\r\n`;
  for (const arg of args) text += `$${arg.length}\r\n${arg}\r\n`;
  return text;
}

/** The offset after the reply that starts at `at`, or -1 if it is not complete. */
function replyEnd(text: string, at: number): number {
  const line = text.indexOf('\r\n', at);
  if (line < 0) return -1;
  const count = Number(text.slice(at + 1, line));
  switch (text[at]) {
    case '$':
    case '=': {
      if (count < 0) return line + 2;
      const end = line + 2 + count + 2;
      return end <= text.length ? end : -1;
    }
    case '*':
    case '~':
    case '>':
      return itemsEnd(text, line + 2, count);
    case '%':
      return itemsEnd(text, line + 2, count * 2);
    default:
      return line + 2;
  }
}

function itemsEnd(text: string, start: number, count: number): number {
  let at = start;
  for (let i = 0; i < count && at >= 0; i++) at = replyEnd(text, at);
  return at;
}

export class RealRedis {
  private readonly child: ChildProcess;
  private readonly socket: Socket;
  private received = '';
  private readonly waiting: ((reply: string) => void)[] = [];

  private constructor(child: ChildProcess, socket: Socket) {
    this.child = child;
    this.socket = socket;
    socket.setEncoding('latin1');
    socket.on('data', (data) => this.accept(String(data)));
    socket.on('close', () => {
      for (const resolve of this.waiting.splice(0)) resolve('(connection closed)');
    });
    socket.on('error', () => {});
  }

  /** Starts a server on a loopback port and connects to it. */
  static async start(port: number): Promise<RealRedis> {
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
      '/tmp',
    ];
    const child = spawn('redis-server', options, { stdio: 'ignore' });
    for (let attempt = 0; ; attempt++) {
      try {
        const socket = await new Promise<Socket>((resolve, reject) => {
          const candidate = connect(port, '127.0.0.1', () => resolve(candidate));
          candidate.on('error', reject);
        });
        return new RealRedis(child, socket);
      } catch (error) {
        if (attempt === 100) {
          child.kill('SIGKILL');
          throw error;
        }
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  }

  /** Sends a command; its reply as raw bytes (latin1). */
  send(...args: string[]): Promise<string> {
    return new Promise((resolve) => {
      this.waiting.push(resolve);
      this.socket.write(Buffer.from(encodeCommand(args), 'latin1'));
    });
  }

  stop(): void {
    this.socket.destroy();
    this.child.kill('SIGKILL');
  }

  private accept(data: string): void {
    this.received += data;
    let at = 0;
    while (at < this.received.length) {
      const end = replyEnd(this.received, at);
      if (end < 0) break;
      this.waiting.shift()?.(this.received.slice(at, end));
      at = end;
    }
    this.received = this.received.slice(at);
  }
}
