/**
 * The job system's front door.
 *
 * Start with `Worker` (worker.ts) over a store: `createPostgresStore` (postgres/store.ts) or `createRedisStore` (redis/store.ts). job.ts has the
 * words and the interface of a store. Parts that are useful alone: the lease (lease.ts), backoff and classification (backoff.ts, failure.ts),
 * outbox, inbox, idempotency store and recurring jobs (postgres/), the lock (redis/lock.ts), metrics (metrics.ts).
 */
export { type BackoffOptions, fullJitterMs } from './backoff.ts';
export {
  type Consequence,
  consequenceOf,
  DeadlineError,
  errorText,
  LeaseLostError,
  PermanentError,
  ShutdownError,
} from './failure.ts';
export { createHttpApi, type HttpApiOptions } from './http-api.ts';
export { jobId, withChildIds } from './identity.ts';
export type * from './job.ts';
export { Lease, type LeaseOptions } from './lease.ts';
export { Metrics } from './metrics.ts';
export { type Answer, type IdempotentRequest, once } from './postgres/idempotency.ts';
export { type Delivery, processOnce } from './postgres/inbox.ts';
export { type OutboxEvent, relayBatch, writeEvents } from './postgres/outbox.ts';
export { fireDue, putSchedule, type Schedule } from './postgres/recurring.ts';
export { createPostgresStore } from './postgres/store.ts';
export { runWorkerProcess } from './process.ts';
export { RedisLock } from './redis/lock.ts';
export { createRedisStore, type RedisTransaction } from './redis/store.ts';
export { type HandlerContext, type HandlerDefinition, type Handlers, Worker, type WorkerOptions } from './worker.ts';
