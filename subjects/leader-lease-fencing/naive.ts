/**
 * Billing worker. Several run; the one that holds the key `leader` in Redis charges the open invoices.
 */
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import pg from 'pg';

const {
  WORKER_NAME = 'worker',
  REDIS_URL = 'redis://127.0.0.1:6379',
  DATABASE_URL = 'postgres://127.0.0.1:5432/postgres',
  BANK_URL = 'http://127.0.0.1:8080',
} = process.env;
const leaseTtlMs = Number(process.env.LEASE_TTL_MS ?? 15_000);
const campaignEveryMs = Number(process.env.CAMPAIGN_EVERY_MS ?? 1_000);
const pollEveryMs = Number(process.env.POLL_EVERY_MS ?? 500);
const callTimeoutMs = Number(process.env.CALL_TIMEOUT_MS ?? 3_000);

const redis = new Redis(REDIS_URL, { commandTimeout: callTimeoutMs });
redis.on('error', (error) => console.error('redis:', error.message));

const database = new pg.Pool({
  connectionString: DATABASE_URL,
  connectionTimeoutMillis: callTimeoutMs,
  query_timeout: callTimeoutMs,
});
database.on('error', (error) => console.error('postgres:', error.message));

let isLeader = false;
let isStopping = false;

async function electLeader(): Promise<void> {
  while (!isStopping) {
    try {
      if (isLeader) {
        await redis.pexpire('leader', leaseTtlMs);
      } else {
        isLeader = (await redis.set('leader', WORKER_NAME, 'PX', leaseTtlMs, 'NX')) === 'OK';
        if (isLeader) console.log(`${WORKER_NAME} is the leader`);
      }
    } catch (error) {
      console.error('election:', (error as Error).message);
    }
    await sleep(isLeader ? leaseTtlMs / 3 : campaignEveryMs);
  }
}

async function billInvoices(): Promise<void> {
  while (!isStopping) {
    try {
      if (isLeader) {
        const { rows } = await database.query<{ id: number; amount: number }>(
          `SELECT id, amount FROM invoices WHERE state = 'open' ORDER BY id LIMIT 10`,
        );
        for (const invoice of rows) await bill(invoice.id, invoice.amount);
      }
    } catch (error) {
      console.error('billing:', (error as Error).message);
    }
    await sleep(pollEveryMs);
  }
}

async function bill(invoice: number, amount: number): Promise<void> {
  const reply = await fetch(`${BANK_URL}/charge`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ invoice, amount }),
    signal: AbortSignal.timeout(callTimeoutMs),
  });
  const answer = await reply.text();
  if (!reply.ok) throw new Error(`the bank answered ${reply.status}: ${answer}`);
  await database.query(`UPDATE invoices SET state = 'paid', paid_at = now() WHERE id = $1`, [invoice]);
}

const status = createServer((_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ worker: WORKER_NAME, leader: isLeader }));
});
if (process.env.PORT !== undefined) status.listen(Number(process.env.PORT), process.env.HOST ?? '127.0.0.1');

process.once('SIGTERM', async () => {
  isStopping = true;
  if (isLeader) await redis.del('leader').catch((error) => console.error('release:', error.message));
  process.exit(0);
});

void electLeader();
void billInvoices();
