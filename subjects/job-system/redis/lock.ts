/**
 * A lock with an expiry in one Redis: taken with `SET NX PX`, extended and released only by who holds it.
 *
 * It keeps workers from doing the same work twice most of the time. It is no proof of anything: a holder that is paused may go on after the
 * expiry. What must not happen twice needs a fencing token that the store checks.
 */
import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { runScript, script } from './script.ts';

/** ARGV: owner, ttlMs. A holder whose reply was lost takes its own lock afresh. */
const ACQUIRE = script(`
  local owner = redis.call('GET', KEYS[1])
  if owner and owner ~= ARGV[1] then return 0 end
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
  return 1`);

const EXTEND = script(`
  if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
  return redis.call('PEXPIRE', KEYS[1], ARGV[2])`);

const RELEASE = script(`
  if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
  return redis.call('DEL', KEYS[1])`);

export interface RedisLockOptions {
  readonly key: string;
  readonly ttlMs: number;
}

export class RedisLock {
  readonly #redis: Redis;
  readonly #options: RedisLockOptions;
  readonly owner = randomUUID();

  constructor(redis: Redis, options: RedisLockOptions) {
    this.#redis = redis;
    this.#options = options;
  }

  /** True when this owner has the lock now. */
  acquire(): Promise<boolean> {
    return this.#run(ACQUIRE, this.#options.ttlMs);
  }

  /** False: it has passed to another, or expired. */
  extend(): Promise<boolean> {
    return this.#run(EXTEND, this.#options.ttlMs);
  }

  /** False: it was not this owner's any more. */
  release(): Promise<boolean> {
    return this.#run(RELEASE);
  }

  async #run(which: typeof ACQUIRE, ...args: readonly number[]): Promise<boolean> {
    return (await runScript(this.#redis, which, [this.#options.key], [this.owner, ...args])) === 1;
  }
}
