/** A program that does one thing of each kind a turn, and tells on its log what each of them gave. */
import { appendFile } from 'node:fs/promises';
import { Redis } from 'ioredis';
import pg from 'pg';

const redis = new Redis(process.env.REDIS_URL ?? '', { commandTimeout: 3000, maxRetriesPerRequest: 0 });
redis.on('error', () => {});
const name = process.env.NAME ?? '';
let turn = 0;

async function attempt(what: string, call: () => Promise<unknown>): Promise<string> {
  const began = performance.now();
  try {
    const value = await call();
    return `${what}=${value} in ${Math.round(performance.now() - began)}`;
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    return `${what}=failed ${code ?? message}`;
  }
}

async function charge(): Promise<string> {
  const reply = await fetch(`${process.env.BANK_URL}/charge`, {
    method: 'POST',
    body: JSON.stringify({ key: `${name}-${turn}` }),
    signal: AbortSignal.timeout(2000),
  });
  const { ok, error } = (await reply.json()) as { ok?: boolean; error?: string };
  return `${reply.status} ${ok ?? error}`;
}

async function insert(): Promise<string> {
  const client = new pg.Client({ connectionString: process.env.DATABASE_URL ?? '' });
  client.on('error', () => {});
  await client.connect();
  try {
    await client.query('BEGIN');
    await client.query('INSERT INTO turns (worker) VALUES ($1)', [name]);
    await client.query('COMMIT');
    return 'done';
  } finally {
    await client.end().catch(() => {});
  }
}

async function main(): Promise<void> {
  for (;;) {
    turn++;
    const found = [
      await attempt('redis', () => redis.incr('turns')),
      await attempt('bank', charge),
      await attempt('db', insert),
      await attempt('file', () => appendFile('/tmp/turns', `${turn}\n`).then(() => 'written')),
    ];
    console.log(`${new Date().toISOString()} zone ${new Date().getTimezoneOffset()} | ${found.join(' | ')}`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

main();
