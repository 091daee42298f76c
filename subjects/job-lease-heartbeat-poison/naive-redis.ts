/** Billing worker with its queue in a Redis list. */
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { call } from './provider.ts';

const { REDIS_URL = 'redis://127.0.0.1:6379', PROVIDER_URL = 'http://127.0.0.1:8080' } = process.env;
const pageMs = Number(process.env.PAGE_MS ?? 10_000);
const attemptsMax = 5;

const redis = new Redis(REDIS_URL);
// A blocked connection can do nothing else.
const queue = new Redis(REDIS_URL);
for (const connection of [redis, queue]) connection.on('error', (error) => console.error('redis:', error.message));

interface Job {
  readonly id: string;
  readonly type: string;
  readonly key: string;
  readonly payload: { readonly amount: number; readonly pages: number; readonly amounts: readonly number[] };
  readonly attempts: number;
}

async function enqueue(type: string, key: string, payload: unknown): Promise<string> {
  const id = randomUUID();
  await redis.lpush('jobs', JSON.stringify({ id, type, key, payload, attempts: 0 }));
  return id;
}

async function work({ type, key, payload }: Job): Promise<void> {
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
  await redis.xadd('papers', '*', 'key', key, 'text', text);
}

async function run(job: Job): Promise<void> {
  try {
    await work(job);
  } catch (error) {
    console.error(`${job.type} ${job.key}:`, (error as Error).message);
    const failed = { ...job, attempts: job.attempts + 1 };
    await redis.lpush(failed.attempts >= attemptsMax ? 'dead' : 'jobs', JSON.stringify(failed));
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
    const taken = await queue.brpop('jobs', 0);
    if (taken !== null) await run(JSON.parse(taken[1]));
  } catch (error) {
    console.error('queue:', (error as Error).message);
    await sleep(1_000);
  }
}
