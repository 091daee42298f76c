/** A program that uses all that a fault can disturb: Redis, an HTTP service, timers and the clock. Tells what it saw on its log. */
import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';

const redis = new Redis(process.env.REDIS_URL ?? '', { commandTimeout: 800, maxRetriesPerRequest: 0 });
redis.on('error', () => {});

async function turn(): Promise<string> {
  try {
    const turns = await redis.incr('turns');
    const reply = await fetch(`${process.env.BANK_URL}/turn`, {
      method: 'POST',
      body: JSON.stringify({ key: randomUUID() }),
      signal: AbortSignal.timeout(800),
    });
    await reply.text();
    return `${turns} ${reply.status}`;
  } catch (error) {
    return `failed: ${(error as Error).message}`;
  }
}

async function main(): Promise<void> {
  for (;;) {
    console.log(`${new Date().toISOString()} ${await turn()}`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

main();
