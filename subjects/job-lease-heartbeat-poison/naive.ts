/**
 * Billing worker with its queue in a Postgres table. Jobs are claimed with SKIP LOCKED, for as long as the longest of them takes; those of
 * a dead worker are picked up after that.
 */
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { call } from './provider.ts';

const { WORKER_NAME = 'worker', DATABASE_URL, PROVIDER_URL = 'http://127.0.0.1:8080' } = process.env;
const leaseMs = Number(process.env.LONG_TIMEOUT_MS ?? 120_000);
const pollEveryMs = Number(process.env.POLL_EVERY_MS ?? 1_000);
const pageMs = Number(process.env.PAGE_MS ?? 10_000);
const attemptsMax = 5;

const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 4 });
pool.on('error', (error) => console.error('postgres:', error.message));

interface Job {
  readonly id: string;
  readonly type: string;
  readonly key: string;
  readonly payload: { readonly amount: number; readonly pages: number; readonly amounts: readonly number[] };
  readonly attempts: number;
}

async function enqueue(type: string, key: string, payload: unknown): Promise<string> {
  const id = randomUUID();
  await pool.query(
    `INSERT INTO jobs (id, type, key, payload, dedup_key, attempts_max) VALUES ($1, $2, $3, $4, $1, $5)`,
    [id, type, key, JSON.stringify(payload), attemptsMax],
  );
  return id;
}

async function claim(): Promise<Job | undefined> {
  const { rows } = await pool.query<Job>(
    `UPDATE jobs SET state = 'running', lease_owner = $1, lease_until = now() + $2 * interval '1 millisecond'
      WHERE id = (SELECT id FROM jobs
                   WHERE (state = 'queued' AND run_at <= now()) OR (state = 'running' AND lease_until < now())
                   ORDER BY run_at, id LIMIT 1
                     FOR UPDATE SKIP LOCKED)
     RETURNING id, type, key, payload, attempts`,
    [WORKER_NAME, leaseMs],
  );
  return rows[0];
}

async function work(job: Job): Promise<void> {
  const { type, key, payload } = job;
  const readDocument = () => call(PROVIDER_URL, { method: 'GET', path: `/documents/${key}` });
  await readDocument();
  if (type === 'charge') {
    const body = { key, amount: payload.amount };
    const receipt = await call(PROVIDER_URL, { method: 'POST', path: '/charges', body });
    await storePaper(key, JSON.stringify(receipt));
  } else if (type === 'statement') {
    for (let page = 0; page < payload.pages; page++) {
      if (page > 0) await readDocument();
      await sleep(pageMs);
    }
    await storePaper(key, `${payload.pages} pages`);
  } else {
    for (const [index, amount] of payload.amounts.entries()) await enqueue('charge', `${key}.${index}`, { amount });
  }
}

async function storePaper(key: string, text: string): Promise<void> {
  await pool.query('INSERT INTO papers (key, text) VALUES ($1, $2)', [key, text]);
}

async function run(job: Job): Promise<void> {
  try {
    await work(job);
    await pool.query(`UPDATE jobs SET state = 'done', finished_at = now() WHERE id = $1`, [job.id]);
  } catch (error) {
    const message = (error as Error).message;
    console.error(`${job.type} ${job.key}:`, message);
    const state = job.attempts + 1 >= attemptsMax ? 'dead' : 'queued';
    await pool.query(`UPDATE jobs SET state = $2, attempts = attempts + 1, last_error = $3 WHERE id = $1`, [
      job.id,
      state,
      message,
    ]);
  }
}

const server = createServer(async (request, response) => {
  if (`${request.method} ${request.url}` !== 'POST /jobs') {
    response.writeHead(404).end();
    return;
  }
  try {
    let text = '';
    for await (const chunk of request) text += chunk;
    const { type, key, payload } = JSON.parse(text);
    const id = await enqueue(type, key, payload);
    response.writeHead(201, { 'content-type': 'application/json' }).end(JSON.stringify({ id }));
  } catch (error) {
    response.writeHead(503).end((error as Error).message);
  }
});
if (process.env.PORT !== undefined) server.listen(Number(process.env.PORT), process.env.HOST ?? '127.0.0.1');

process.once('SIGTERM', () => process.exit(0));

for (;;) {
  try {
    const job = await claim();
    if (job === undefined) await sleep(pollEveryMs);
    else await run(job);
  } catch (error) {
    console.error('queue:', (error as Error).message);
    await sleep(pollEveryMs);
  }
}
