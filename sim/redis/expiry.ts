/**
 * Active expiry: keys that nobody looks up are deleted soon after their time, on the ticks of `hz` (expire.c).
 *
 * A heap holds the times; an entry is stale when its key has another time by now, and is dropped when it comes up. Redis samples keys and may
 * leave an expired one for a while. Differs: here each is deleted at the first tick after its time; only DBSIZE, INFO and the moment of
 * the `expired` event can tell. The timer counts monotonic time and the keys wall time, so after a jump of the wall clock a deletion may be
 * up to a minute late; the lazy expiry in `keyspace.ts` never is.
 */
import type { Timer } from '../kernel/clock.ts';
import type { Engine } from './engine.ts';
import type { Database } from './keyspace.ts';

const TICK_MS = 100;
const WAIT_MS_MAX = 60_000;

interface Due {
  readonly atMs: number;
  readonly database: Database;
  readonly key: string;
}

export class ActiveExpiry {
  readonly #engine: Engine;
  #heap: Due[] = [];
  #timer: Timer | null = null;
  #timerAtMs = Number.POSITIVE_INFINITY;
  isEnabled = true;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  add(database: Database, key: string, atMs: number): void {
    this.#push({ atMs, database, key });
    this.#shrink();
    this.#arm();
  }

  clear(): void {
    this.#timer?.cancel();
    this.#timer = null;
    this.#timerAtMs = Number.POSITIVE_INFINITY;
    this.#heap = [];
  }

  /** DEBUG SET-ACTIVE-EXPIRE. */
  enable(isEnabled: boolean): void {
    this.isEnabled = isEnabled;
    if (isEnabled) this.#arm();
  }

  /** The server has become a master: it deletes by itself again. */
  resume(): void {
    this.#arm();
  }

  #arm(): void {
    const next = this.#heap[0];
    if (next === undefined || !this.isEnabled || this.#engine.replication.isReplica) return;
    const nowMs = this.#engine.nowMs;
    // The first tick at which the key is past its time, not merely at it.
    const dueMs = Math.floor(Math.max(next.atMs, nowMs) / TICK_MS + 1) * TICK_MS;
    const atMs = Math.min(dueMs, nowMs + WAIT_MS_MAX);
    if (this.#timer !== null && this.#timerAtMs <= atMs) return;
    this.#timer?.cancel();
    this.#timerAtMs = atMs;
    this.#timer = this.#engine.after(atMs - nowMs, () => this.#tick());
  }

  #tick(): void {
    this.#timer = null;
    this.#timerAtMs = Number.POSITIVE_INFINITY;
    if (this.#engine.replication.isReplica) return;
    const nowMs = this.#engine.nowMs;
    while (this.#heap.length > 0 && this.#heap[0]!.atMs < nowMs) {
      const { atMs, database, key } = this.#pop();
      if (database.keys.get(key)?.expireAtMs !== atMs) continue;
      database.expire(key);
    }
    this.#engine.propagation.unitDone();
    this.#arm();
  }

  /** Drops stale entries when they are the most: a lock that is renewed for hours leaves one per renewal. */
  #shrink(): void {
    let volatile = 0;
    for (const database of this.#engine.databases) volatile += database.volatile.size;
    if (this.#heap.length < 1024 + 4 * volatile) return;
    // Made anew from the keys themselves: one entry each, however often their expiry was set to the same time.
    this.#heap = [];
    for (const database of this.#engine.databases) {
      for (const key of database.volatile) this.#push({ atMs: database.keys.get(key)!.expireAtMs, database, key });
    }
  }

  #push(due: Due): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(due);
    while (at > 0) {
      const parent = (at - 1) >>> 1;
      if (heap[parent]!.atMs <= due.atMs) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = due;
  }

  #pop(): Due {
    const heap = this.#heap;
    const top = heap[0]!;
    const last = heap.pop()!;
    if (heap.length === 0) return top;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && heap[child + 1]!.atMs < heap[child]!.atMs) child += 1;
      if (heap[child]!.atMs >= last.atMs) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return top;
  }
}
