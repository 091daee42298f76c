/** Billing worker on the job system's Redis back end. */
import { Redis } from 'ioredis';
import {
  createHttpApi,
  createRedisStore,
  Metrics,
  type RedisTransaction,
  runWorkerProcess,
  Worker,
} from '../job-system/index.ts';
import { createHandlers } from './handlers.ts';

const env = process.env;
const name = env.WORKER_NAME ?? 'worker';
const leaseMs = Number(env.LEASE_MS ?? 30_000);
const callTimeoutMs = Number(env.CALL_TIMEOUT_MS ?? 3_000);

const redis = new Redis(env.REDIS_URL ?? 'redis://127.0.0.1:6379', {
  connectTimeout: callTimeoutMs,
  commandTimeout: callTimeoutMs,
  socketTimeout: 2 * callTimeoutMs,
  // A command that waits for a reconnection acts at a time which its caller no longer knows: fail it instead.
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  retryStrategy: (attempt) => Math.random() * Math.min(100 * 2 ** attempt, callTimeoutMs),
});
redis.on('error', (error) => console.error('redis:', error.message));

const store = createRedisStore(redis, { worker: name });
const metrics = new Metrics();
const worker = new Worker({
  name,
  store,
  metrics,
  leaseMs,
  heartbeatEveryMs: leaseMs / 3,
  pollEveryMs: Number(env.POLL_EVERY_MS ?? 1_000),
  sweepEveryMs: Number(env.SWEEP_EVERY_MS ?? 10_000),
  backoff: { baseMs: Number(env.BACKOFF_BASE_MS ?? 1_000), capMs: Number(env.BACKOFF_CAP_MS ?? 60_000) },
  graceMs: Number(env.GRACE_MS ?? 5_000),
  handlers: createHandlers<RedisTransaction>({
    providerUrl: env.PROVIDER_URL ?? 'http://127.0.0.1:8080',
    shortTimeoutMs: Number(env.SHORT_TIMEOUT_MS ?? 25_000),
    longTimeoutMs: Number(env.LONG_TIMEOUT_MS ?? 120_000),
    pageMs: Number(env.PAGE_MS ?? 10_000),
    storePaper: (writes, key, text) => {
      writes.push(['XADD', 'papers', '*', 'key', key, 'text', text]);
    },
  }),
});

const api = createHttpApi({ store, metrics, onEnqueued: () => worker.wake() });
void runWorkerProcess({ worker, api, close: async () => redis.disconnect() });
