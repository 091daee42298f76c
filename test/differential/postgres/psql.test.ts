/** psql over a real port: what it prints of the catalogs and of COPY must be what it prints of the real server; pgbench must run through. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ServedPort } from '../../../harness/cli/serve-port.ts';
import { servePostgres } from '../../sim/postgres/serve.ts';
import { hasRealServer, type RealServer, startRealServer } from './real-server.ts';

const BIN = '/usr/lib/postgresql/15/bin';
const run = promisify(execFile);
const pathOf = (file: string): string => fileURLToPath(new URL(`./psql/${file}`, import.meta.url));

/** Everything psql says to a script, errors where they come. */
async function said(port: number, file: string): Promise<string[]> {
  const command = `"${BIN}/psql" -X -a -h 127.0.0.1 -p ${port} -U postgres postgres -f "${pathOf(file)}" 2>&1`;
  const { stdout } = await run('sh', ['-c', command], { maxBuffer: 1 << 24, env: { ...process.env, LC_ALL: 'C' } });
  return stdout.replaceAll(pathOf(file), file).split('\n');
}

describe.skipIf(!hasRealServer || !existsSync(`${BIN}/psql`))('psql and pgbench', () => {
  let real: RealServer;
  let ours: ServedPort;

  beforeAll(async () => {
    real = await startRealServer();
    ours = await servePostgres();
  }, 60_000);

  afterAll(async () => {
    await ours?.close();
    await real?.stop();
  });

  test('describes the same objects in the same words', async () => {
    await said(real.port, 'setup.sql');
    await said(ours.port, 'setup.sql');
    expect(await said(ours.port, 'describe.sql')).toEqual(await said(real.port, 'describe.sql'));
  }, 60_000);

  test('copies in and out, errors included', async () => {
    expect(await said(ours.port, 'copy.sql')).toEqual(await said(real.port, 'copy.sql'));
  }, 60_000);

  test('pgbench fills its tables by COPY and runs prepared', async () => {
    const where = ['-h', '127.0.0.1', '-p', String(ours.port), '-U', 'postgres', 'postgres'];
    await run(`${BIN}/pgbench`, ['-i', '-s', '1', '-q', ...where]);
    const { stdout } = await run(`${BIN}/pgbench`, ['-M', 'prepared', '-c', '2', '-t', '20', '-n', ...where]);
    expect(stdout).toContain('number of transactions actually processed: 40/40');
    expect(stdout).toContain('number of failed transactions: 0');
  }, 120_000);
});
