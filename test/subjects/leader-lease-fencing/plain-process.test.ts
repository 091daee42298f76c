/**
 * Goal: the billing workers are ordinary Node programs. Method: run the very files of the scenario as child processes against a real
 * Redis, a real Postgres and a bank, let two compete, and disturb the leader when a charge was made but not yet answered.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type Bank,
  missingPrograms,
  type RealServer,
  startBank,
  startPostgres,
  startRedis,
  stopChild,
} from './real-servers.ts';

const repository = new URL('../../../', import.meta.url);
const portBase = 25_300;
const leaseTtlMs = 1_500;
const invoices = 20;

const missing = missingPrograms();
const skip = missing.length > 0 && process.env.CI !== 'true';

interface Worker {
  readonly name: string;
  readonly child: ChildProcess;
  readonly statusUrl: string;
  output: string;
}

interface Status {
  readonly worker: string;
  readonly leader: boolean;
  readonly token?: string;
  readonly remainingMs?: number;
}

describe.skipIf(skip)(
  `billing workers as plain processes${skip ? ` (not installed: ${missing.join(', ')})` : ''}`,
  () => {
    let redis: RealServer;
    let postgres: RealServer;
    let bank: Bank;
    let database: pg.Pool;
    let workers: Worker[];

    beforeAll(async () => {
      redis = await startRedis(portBase);
      const schema = readFileSync(new URL('scenarios/leader-lease-fencing/schema.sql', repository), 'utf8');
      postgres = await startPostgres(portBase + 1, schema);
      database = new pg.Pool({ connectionString: postgres.url });
      // The server is stopped after the last test; a connection that hears of it while it closes is no failure.
      database.on('error', () => {});
    }, 60_000);

    beforeEach(async () => {
      workers = [];
      bank = await startBank(portBase + 2);
      await database.query(`TRUNCATE invoices; UPDATE leadership SET token = 0, owner = 'nobody'`);
      await database.query('INSERT INTO invoices (id, amount) SELECT i, 100 + i FROM generate_series(1, $1) AS i', [
        invoices,
      ]);
    });

    afterEach(async () => {
      for (const { child } of workers) {
        child.kill('SIGCONT');
        await stopChild(child, 'SIGKILL');
      }
      await bank?.stop();
    });

    afterAll(async () => {
      await database?.end();
      await postgres?.stop();
      await redis?.stop();
    });

    it('hardened: a leader killed between the charge and its reply leaves every invoice charged exactly once', async () => {
      startWorkers('hardened.ts');
      bank.onEffect = async (count) => {
        if (count === 5) await stopChild((await theLeader()).child, 'SIGKILL');
      };
      await allPaid();
      expect(timesCharged()).toEqual(new Array(invoices).fill(1));
      expect(bank.requests.length, 'the fifth invoice was charged again, with the same key').toBe(invoices + 1);
      const survivor = await theLeader();
      survivor.child.kill('SIGTERM');
      expect(await once(survivor.child, 'exit')).toEqual([0, null]);
      expect(await grants()).toEqual([{ owner: survivor.name }]);
    }, 30_000);

    it('hardened: a leader paused for longer than its lease, in the middle of an invoice, gives way to the next', async () => {
      startWorkers('hardened.ts');
      const paused = await pauseLeaderAtEffect(5);
      expect(timesCharged()).toEqual(new Array(invoices).fill(1));
      expect(paused.output).toContain('steps down');
      const leader = await theLeader();
      expect(leader).not.toBe(paused);
      const { rows } = await database.query(
        'SELECT DISTINCT fence_seen FROM invoices ORDER BY fence_seen DESC LIMIT 1',
      );
      const status = await statusOf(leader);
      expect(status.token).toBe(rows[0].fence_seen);
      expect(status.remainingMs).toBeLessThanOrEqual(leaseTtlMs);
    }, 30_000);

    it('naive: the same pause charges invoices twice', async () => {
      startWorkers('naive.ts');
      await pauseLeaderAtEffect(5);
      expect(Math.max(...timesCharged())).toBe(2);
    }, 30_000);

    function startWorkers(file: string): void {
      for (const number of [1, 2]) {
        const port = portBase + 10 + number;
        const child = spawn(
          process.execPath,
          ['--import', registration(), fileURLToPath(new URL(`subjects/leader-lease-fencing/${file}`, repository))],
          {
            cwd: fileURLToPath(repository),
            stdio: ['ignore', 'pipe', 'pipe'],
            env: {
              PATH: process.env.PATH,
              WORKER_NAME: `worker-${number}`,
              REDIS_URL: redis.url,
              DATABASE_URL: postgres.url,
              BANK_URL: bank.url,
              PORT: String(port),
              LEASE_TTL_MS: String(leaseTtlMs),
              LEASE_MARGIN_MS: '200',
              CAMPAIGN_EVERY_MS: '100',
              POLL_EVERY_MS: '50',
              CALL_TIMEOUT_MS: '400',
            },
          },
        );
        const worker: Worker = { name: `worker-${number}`, child, statusUrl: `http://127.0.0.1:${port}/`, output: '' };
        for (const stream of [child.stdout, child.stderr]) {
          stream.setEncoding('utf8').on('data', (text: string) => {
            worker.output += text;
          });
        }
        workers.push(worker);
      }
    }

    /** SIGSTOP in the middle of the n-th charge; SIGCONT when the other worker has finished; then time for the late writes. */
    async function pauseLeaderAtEffect(n: number): Promise<Worker> {
      const paused = new Promise<Worker>((resolve) => {
        bank.onEffect = async (count) => {
          if (count !== n) return;
          const leader = await theLeader();
          leader.child.kill('SIGSTOP');
          resolve(leader);
        };
      });
      const leader = await paused;
      await allPaid();
      leader.child.kill('SIGCONT');
      await sleep(2 * leaseTtlMs);
      return leader;
    }

    async function statusOf(worker: Worker): Promise<Status> {
      const reply = await fetch(worker.statusUrl, { signal: AbortSignal.timeout(1_000) });
      return (await reply.json()) as Status;
    }

    async function theLeader(): Promise<Worker> {
      for (const worker of workers) {
        const isRunning = worker.child.exitCode === null && worker.child.signalCode === null;
        if (isRunning && (await statusOf(worker)).leader) return worker;
      }
      throw new Error(`nobody leads:\n${workers.map((worker) => worker.output).join('\n')}`);
    }

    async function allPaid(): Promise<void> {
      for (;;) {
        const { rows } = await database.query(`SELECT count(*)::int AS open FROM invoices WHERE state <> 'paid'`);
        if (rows[0].open === 0) return;
        await sleep(50);
      }
    }

    async function grants(): Promise<unknown[]> {
      return (await database.query('SELECT owner FROM leadership')).rows;
    }

    function timesCharged(): number[] {
      const counts = new Array<number>(invoices).fill(0);
      for (const invoice of bank.effects) counts[invoice - 1]!++;
      return counts;
    }
  },
);

/** Our own loader where it is built; another that strips types until then. */
function registration(): string {
  const built = new URL('dist/harness/source/register.js', repository);
  return existsSync(built) ? pathToFileURL(fileURLToPath(built)).href : 'tsx';
}
