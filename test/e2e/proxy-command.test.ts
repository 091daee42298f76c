/** `seedstorm proxy` as a user meets it: its ready line, its API, its end by a signal, and bad input. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';

const main = fileURLToPath(new URL('../../dist/harness/cli/main.js', import.meta.url));
const running: ChildProcess[] = [];
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
});

interface Started {
  readonly child: ChildProcess;
  readonly output: { stdout: string; stderr: string };
  readonly firstLine: () => Promise<string>;
  readonly exit: Promise<number | null>;
}

function start(...args: string[]): Started {
  const child = spawn(process.execPath, [main, 'proxy', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  running.push(child);
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  const exit = once(child, 'close').then(([code]) => code as number | null);
  const firstLine = async (): Promise<string> => {
    while (!output.stdout.includes('\n')) await once(child.stdout, 'data');
    return output.stdout.split('\n')[0]!;
  };
  return { child, output, firstLine, exit };
}

describe('seedstorm proxy', () => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    it(`serves the API until ${signal}, which closes every proxy and connection`, async () => {
      const { child, firstLine, exit } = start('--port', '0');
      const line = await firstLine();
      const url = /^seedstorm proxy listens on (http:\/\/127\.0\.0\.1:\d+); Ctrl-C ends it\.$/.exec(line)?.[1];
      const upstream = net.createServer().listen(0, '127.0.0.1');
      await once(upstream, 'listening');
      const body = JSON.stringify({
        name: 'a',
        listen: '127.0.0.1:0',
        upstream: `127.0.0.1:${(upstream.address() as net.AddressInfo).port}`,
      });
      const made = await (await fetch(`${url}/proxies`, { method: 'POST', body })).json();
      const client = net.connect(Number((made as { listen: string }).listen.split(':')[1]), '127.0.0.1');
      await once(upstream, 'connection');
      child.kill(signal);
      client.on('error', () => {});
      await once(client.resume(), 'close');
      expect(await exit).toBe(0);
      upstream.close();
    });
  }

  it('says in words which port is taken, and exits with 2', async () => {
    const first = start('--port', '0', '--json');
    const ready = JSON.parse(await first.firstLine()) as { format: string; port: number };
    expect(ready.format).toBe('seedstorm/proxy@1');
    const second = start('--port', String(ready.port));
    expect(await second.exit).toBe(2);
    expect(second.output.stderr).toBe(
      `seedstorm: Port ${ready.port} on 127.0.0.1 is taken. Choose another with --port, or 0 for any.\n`,
    );
  });

  it('refuses what is no port', async () => {
    const { exit, output } = start('--port', 'high');
    expect(await exit).toBe(2);
    expect(output.stderr).toBe('seedstorm: --port: "high" is not a port.\n');
  });
});
