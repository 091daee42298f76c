import { type ChildProcess, spawn } from 'node:child_process';
import http from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { httpExchange } from '../../../harness/workload.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
let child: ChildProcess | undefined;

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Starts the ledger as an ordinary program and waits until it listens. */
async function start(env: Record<string, string> = {}) {
  const port = await freePort();
  const started = spawn(process.execPath, ['--import', 'tsx', 'harness/services/ledger.ts'], {
    cwd: root,
    env: { ...process.env, ...env, PORT: String(port), HOST: '127.0.0.1' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  child = started;
  const exchange = httpExchange(http);
  const call = async (method: string, path: string, body?: string, headers: Record<string, string> = {}) => {
    const { reply } = exchange({ method, address: { host: '127.0.0.1', port, url: '' }, path, headers, body });
    const { status, body: text } = await reply;
    return { status, body: JSON.parse(text) };
  };
  for (;;) {
    try {
      await call('GET', '/effects');
      return call;
    } catch (error) {
      if ((error as { code?: string }).code !== 'ECONNREFUSED' || started.exitCode !== null) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

afterEach(async () => {
  if (child === undefined || child.exitCode !== null) return;
  const ended = new Promise((resolve) => child?.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
});

describe('the ledger', () => {
  it('records every POST as an effect of its own, repeated or not', async () => {
    const call = await start({ LEDGER_KEY: 'invoice' });
    expect(await call('POST', '/charge', '{"invoice":17,"amount":5}', { 'idempotency-key': 'a' })).toEqual({
      status: 201,
      body: { ok: true, n: 1 },
    });
    expect(await call('POST', '/charge', '{"invoice":17,"amount":5}', { 'idempotency-key': 'a' })).toEqual({
      status: 201,
      body: { ok: true, n: 2 },
    });
    await call('POST', '/charge', '{"key":"k","invoice":18}');
    await call('POST', '/mail/9', '');
    const { body } = await call('GET', '/effects');
    expect(body.map(({ key }: { key: string }) => key)).toEqual(['17', '17', 'k', '/mail/9']);
    expect(body[0]).toEqual({ key: '17', value: { invoice: 17, amount: 5 }, idem: 'a' });
  });

  it('honours idempotency keys when told to, at once and later', async () => {
    const call = await start({ LEDGER_IDEMPOTENCY: '1' });
    const idem = { 'idempotency-key': 'a' };
    const replies = await Promise.all([1, 2, 3].map(() => call('POST', '/x', '{"key":"1"}', idem)));
    expect(replies).toEqual(Array.from({ length: 3 }, () => ({ status: 201, body: { ok: true, n: 1 } })));
    expect(await call('POST', '/x', '{"key":"2"}', idem)).toMatchObject({ status: 422 });
    expect(await call('POST', '/x', '{"key":"2"}')).toMatchObject({ status: 201, body: { n: 2 } });
    expect((await call('GET', '/effects')).body).toHaveLength(2);
  });

  it('refuses what is no JSON, what is too large, and other methods, without an effect', async () => {
    const call = await start();
    expect(await call('POST', '/x', '{"key":')).toMatchObject({ status: 400 });
    expect(await call('POST', '/x', JSON.stringify('x'.repeat(1024 * 1024)))).toMatchObject({ status: 413 });
    expect(await call('PUT', '/x', '{}')).toMatchObject({ status: 405 });
    expect((await call('GET', '/effects')).body).toEqual([]);
  });
});
