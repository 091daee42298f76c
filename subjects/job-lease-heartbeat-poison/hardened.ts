/** Billing worker on the job system's Postgres back end. */
import pg from 'pg';
import { createHttpApi, createPostgresStore, Metrics, runWorkerProcess, Worker } from '../job-system/index.ts';
import { createHandlers } from './handlers.ts';

const env = process.env;
const leaseMs = Number(env.LEASE_MS ?? 30_000);
const callTimeoutMs = Number(env.CALL_TIMEOUT_MS ?? 3_000);

const pool = new pg.Pool({
  connectionString: env.DATABASE_URL,
  connectionTimeoutMillis: callTimeoutMs,
  query_timeout: callTimeoutMs,
  max: 4,
});
pool.on('error', (error) => console.error('postgres:', error.message));

const store = createPostgresStore(pool);
const metrics = new Metrics();
const worker = new Worker({
  name: env.WORKER_NAME ?? 'worker',
  store,
  metrics,
  leaseMs,
  heartbeatEveryMs: leaseMs / 3,
  pollEveryMs: Number(env.POLL_EVERY_MS ?? 1_000),
  sweepEveryMs: Number(env.SWEEP_EVERY_MS ?? 10_000),
  backoff: { baseMs: Number(env.BACKOFF_BASE_MS ?? 1_000), capMs: Number(env.BACKOFF_CAP_MS ?? 60_000) },
  graceMs: Number(env.GRACE_MS ?? 5_000),
  handlers: createHandlers<pg.PoolClient>({
    providerUrl: env.PROVIDER_URL ?? 'http://127.0.0.1:8080',
    shortTimeoutMs: Number(env.SHORT_TIMEOUT_MS ?? 25_000),
    longTimeoutMs: Number(env.LONG_TIMEOUT_MS ?? 120_000),
    pageMs: Number(env.PAGE_MS ?? 10_000),
    storePaper: async (client, key, text) => {
      await client.query('INSERT INTO papers (key, text) VALUES ($1, $2)', [key, text]);
    },
  }),
});

const api = createHttpApi({ store, metrics, onEnqueued: () => worker.wake() });
void runWorkerProcess({ worker, api, close: () => pool.end() });
