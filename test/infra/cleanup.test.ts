import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ping } from '../../infra/providers/local-redis.ts';

const dist = fileURLToPath(new URL('../../dist/infra/', import.meta.url));
const hasRedis = (process.env['PATH'] ?? '').split(':').some((folder) => existsSync(`${folder}/redis-server`));

/** A harness that starts a Redis in a run's folder, says where, and waits. */
const harness = `
import { takeAddresses } from '${dist}addresses.js';
import { localProvider } from '${dist}providers/local.js';
import { makeRunFolder } from '${dist}run-folder.js';
const { listener } = await takeAddresses(['redis']);
const folder = makeRunFolder().path;
const needs = { type: 'redis', name: 'redis', password: undefined, appendfsync: 'no', maxmemory: 0 };
const { address } = await localProvider(needs, { folder, listener, log: () => {} });
console.log(JSON.stringify({ folder, address }));
setInterval(() => {}, 1000);
`;

describe.skipIf(!hasRedis)('after kill -9 of the harness (skipped where there is no redis-server)', () => {
  it('no server, no port and no folder is left', async () => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', harness], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const text = await new Promise<string>((resolve) => child.stdout.once('data', (bytes) => resolve(String(bytes))));
    const { folder, address } = JSON.parse(text) as { folder: string; address: { address: string; port: number } };
    expect(await ping(address)).toBe('+PONG\r\n');
    child.kill('SIGKILL');
    await expect.poll(() => ping(address), { timeout: 10_000 }).toBeUndefined();
    await expect.poll(() => existsSync(folder), { timeout: 10_000 }).toBe(false);
  });
});
