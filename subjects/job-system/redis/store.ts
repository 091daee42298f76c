/** The back end on Redis Streams: the scripts of this folder behind the interface of a store. */
import type { Redis } from 'ioredis';
import { jobId, withChildIds } from '../identity.ts';
import { ATTEMPTS_MAX_DEFAULT, type ClaimedJob, type JobStore, type NewJob } from '../job.ts';
import { runScript, type Script } from './script.ts';
import { BURY, CLAIM, COMPLETE, DEPTHS, ENQUEUE, HEARTBEAT, RELEASE, RETRY, SWEEP } from './scripts.ts';

/** Commands that are executed with the job's end: `transaction.push(['HSET', 'reports', key, text])`. */
export type RedisTransaction = (readonly string[])[];

export interface RedisStoreOptions {
  /** With a hash tag, so that a cluster keeps all keys together; default `{jobs}`. */
  readonly prefix?: string;
  /** Name of the consumer. */
  readonly worker: string;
}

/**
 * Makes the store. The connection should have a `commandTimeout`, and no offline queue: a command that waits for a reconnection acts at a time that its
 * caller no longer knows.
 */
export function createRedisStore(
  redis: Redis,
  { prefix = '{jobs}', worker }: RedisStoreOptions,
): JobStore<RedisTransaction> {
  const run = (script: Script, ...args: readonly (string | number)[]) =>
    runScript(redis, script, [], [prefix, ...args]);
  const isDone = async (script: Script, job: ClaimedJob, ...args: readonly (string | number)[]) =>
    (await run(script, job.id, job.fence, job.handle ?? '', ...args)) === 1;

  return {
    enqueue: async (job) => ({ id: jobId(job), isNew: (await run(ENQUEUE, ...jobArguments(job))) === 1 }),
    claim: async (options) => claimedJob(await run(CLAIM, options.worker)),
    heartbeat: (job) => isDone(HEARTBEAT, job, worker),
    complete: async (job, { result, children = [], events = [], within }) => {
      const writes: RedisTransaction = [];
      await within?.(writes);
      return isDone(
        COMPLETE,
        job,
        JSON.stringify(result ?? null),
        JSON.stringify(writes),
        JSON.stringify(withChildIds(job, children).map(jobArguments)),
        JSON.stringify(events.map(({ topic, key, payload }) => [topic, key, JSON.stringify(payload)])),
      );
    },
    retry: (job, { delayMs, error }) => isDone(RETRY, job, delayMs, error),
    release: (job) => isDone(RELEASE, job),
    bury: (job, report) => isDone(BURY, job, report.reason, report.error, report.worker),
    sweep: async ({ silentClaimsMax, leaseMs }) => {
      const [requeued, buried] = (await run(SWEEP, worker, leaseMs, silentClaimsMax)) as [number, number];
      return { requeued, buried };
    },
    depths: async () => {
      const [queued, running, dead, oldestMs] = (await run(DEPTHS)) as [number, number, number, number];
      return { queued, running, dead, oldestMs };
    },
  };
}

/** A job as the script `enqueue` takes it. */
function jobArguments(job: NewJob): readonly (string | number)[] {
  const { type, key, payload, attemptsMax = ATTEMPTS_MAX_DEFAULT, delayMs = 0, parentId = '' } = job;
  return [jobId(job), type, key, JSON.stringify(payload ?? null), attemptsMax, Math.round(delayMs), parentId];
}

function claimedJob(reply: unknown): ClaimedJob | undefined {
  if (reply === null) return undefined;
  const [id, type, key, payload, attempt, attemptsMax, fence, handle] = reply as [
    string,
    string,
    string,
    string,
    number,
    number,
    string,
    string,
  ];
  return { id, type, key, payload: JSON.parse(payload), attempt, attemptsMax, fence, handle };
}
