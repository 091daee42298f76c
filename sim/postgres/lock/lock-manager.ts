/**
 * Heavyweight locks: who holds what in which mode, and who waits, first come, first served.
 * Source: PostgreSQL 15, README of its lock manager (queueing, group conflicts, wake-up) and manual 13.3.
 *
 * Invariants: granted modes of different holders never conflict; a waiter conflicts with a grant or with a waiter before it; every grant is
 * found both at the lock and at its holder. Nothing here waits: `acquire` grants, or gives a Wait that ends with the grant.
 * Left out: fast-path and group locking, which only pg_locks.fastpath could show.
 */
import { assert } from '../../kernel/assert.ts';
import { Wait } from '../wait.ts';
import { LOCK_CONFLICTS, type LockMode, type LockTag, lockKey } from './lock-tag.ts';

/** One who can hold locks: a session. */
export interface LockHolder {
  readonly processId: number;
  /** Its grants by lock key. Owned by the lock manager. */
  readonly locks: Map<string, Grant>;
  /** The request it waits for, if any. Owned by the lock manager. */
  waiter: Waiter | null;
}

/** To whom a grant belongs inside its holder: a subtransaction's number, or SESSION_OWNER for session-level advisory locks. */
export type GrantOwner = number;
export const SESSION_OWNER: GrantOwner = 0;

interface GrantCount {
  owner: GrantOwner;
  mode: LockMode;
  count: number;
}

/** What one holder has of one lock. */
export interface Grant {
  readonly lock: Lock;
  readonly holder: LockHolder;
  /** Mask of the modes held. */
  mask: number;
  readonly counts: GrantCount[];
}

export interface Lock {
  readonly tag: LockTag;
  readonly key: string;
  readonly grants: Map<LockHolder, Grant>;
  readonly queue: Waiter[];
}

export interface Waiter {
  readonly lock: Lock;
  readonly holder: LockHolder;
  readonly mode: LockMode;
  readonly owner: GrantOwner;
  readonly wait: Wait;
}

export type Acquired =
  | { readonly kind: 'granted' }
  | { readonly kind: 'refused' }
  | { readonly kind: 'wait'; readonly waiter: Waiter };

const GRANTED: Acquired = { kind: 'granted' };
const REFUSED: Acquired = { kind: 'refused' };

export class LockManager {
  readonly #locks = new Map<string, Lock>();

  get locks(): ReadonlyMap<string, Lock> {
    return this.#locks;
  }

  /**
   * Takes a lock, or queues for it.
   * @param isPatient false: never queue, say `refused` instead
   */
  acquire(holder: LockHolder, tag: LockTag, mode: LockMode, owner: GrantOwner, isPatient: boolean): Acquired {
    assert(holder.waiter === null, `session ${holder.processId} asks for a lock while it waits for one`);
    const key = lockKey(tag);
    const held = holder.locks.get(key);
    if (held !== undefined && (held.mask & (1 << mode)) !== 0) {
      count(held, mode, owner, 1);
      return GRANTED;
    }
    const lock = this.#lockOf(tag, key);
    if (this.#canGrantAtOnce(lock, holder, mode)) {
      this.#grant(lock, holder, mode, owner);
      return GRANTED;
    }
    if (!isPatient) {
      this.#dropIfIdle(lock);
      return REFUSED;
    }
    return this.#enqueue(lock, holder, mode, owner);
  }

  /** Gives back one of the holder's counts; false when it has none. */
  release(holder: LockHolder, tag: LockTag, mode: LockMode, owner: GrantOwner): boolean {
    const grant = holder.locks.get(lockKey(tag));
    if (grant === undefined || !count(grant, mode, owner, -1)) return false;
    this.#afterRelease(grant);
    return true;
  }

  /** Gives back all that an owner inside a holder has; `null` means all but the session's own. */
  releaseOwner(holder: LockHolder, owner: GrantOwner | null): void {
    for (const grant of [...holder.locks.values()]) {
      let changed = false;
      for (let index = grant.counts.length - 1; index >= 0; index--) {
        const entry = grant.counts[index]!;
        if (owner === null ? entry.owner !== SESSION_OWNER : entry.owner === owner) {
          grant.counts.splice(index, 1);
          changed = true;
        }
      }
      if (changed) this.#afterRelease(grant);
    }
  }

  /** Moves what a subtransaction has to its parent, as its release does. */
  reassign(holder: LockHolder, from: GrantOwner, to: GrantOwner): void {
    for (const grant of holder.locks.values()) {
      for (let index = grant.counts.length - 1; index >= 0; index--) {
        const entry = grant.counts[index]!;
        if (entry.owner !== from) continue;
        grant.counts.splice(index, 1);
        for (let times = 0; times < entry.count; times++) count(grant, entry.mode, to, 1);
      }
    }
  }

  /** Records a lock that its holder has had all along, when somebody first waits for it (transaction numbers). */
  ensureHeld(holder: LockHolder, tag: LockTag, mode: LockMode, owner: GrantOwner): void {
    const key = lockKey(tag);
    if (holder.locks.has(key)) return;
    this.#grant(this.#lockOf(tag, key), holder, mode, owner);
  }

  /** Releases a lock of which the holder's mode and owner no longer matter (a transaction number that ended). */
  releaseAll(holder: LockHolder, tag: LockTag): void {
    const grant = holder.locks.get(lockKey(tag));
    if (grant === undefined) return;
    grant.counts.length = 0;
    this.#afterRelease(grant);
  }

  /** Puts the queue of a lock into a new order (deadlock avoidance) and wakes whom that lets in. */
  reorder(lock: Lock, order: readonly Waiter[]): void {
    assert(order.length === lock.queue.length, 'a reordered lock queue lost a waiter');
    lock.queue.splice(0, lock.queue.length, ...order);
    this.#wake(lock);
  }

  /** Whom `waiter` waits for: holders of conflicting modes, and waiters before it that conflict. */
  blockersOf(waiter: Waiter): { readonly hard: LockHolder[]; readonly soft: Waiter[] } {
    const conflicts = LOCK_CONFLICTS[waiter.mode]!;
    const hard: LockHolder[] = [];
    for (const grant of waiter.lock.grants.values()) {
      if (grant.holder !== waiter.holder && (grant.mask & conflicts) !== 0) hard.push(grant.holder);
    }
    const soft: Waiter[] = [];
    for (const other of waiter.lock.queue) {
      if (other === waiter) break;
      if ((conflicts & (1 << other.mode)) !== 0) soft.push(other);
    }
    return { hard, soft };
  }

  #lockOf(tag: LockTag, key: string): Lock {
    let lock = this.#locks.get(key);
    if (lock === undefined) {
      lock = { tag, key, grants: new Map(), queue: [] };
      this.#locks.set(key, lock);
    }
    return lock;
  }

  #canGrantAtOnce(lock: Lock, holder: LockHolder, mode: LockMode): boolean {
    const conflicts = LOCK_CONFLICTS[mode]!;
    for (const waiter of lock.queue) if ((conflicts & (1 << waiter.mode)) !== 0) return false;
    return !conflictsWithGrants(lock, holder, conflicts);
  }

  /**
   * A new waiter goes last, unless it already holds what an earlier waiter waits for: then it goes just before that one, since it could
   * only deadlock behind it; and if nothing conflicts there, it need not wait at all.
   */
  #enqueue(lock: Lock, holder: LockHolder, mode: LockMode, owner: GrantOwner): Acquired {
    const held = lock.grants.get(holder)?.mask ?? 0;
    const conflicts = LOCK_CONFLICTS[mode]!;
    let at = lock.queue.length;
    if (held !== 0) {
      let ahead = 0;
      for (let index = 0; index < lock.queue.length; index++) {
        const other = lock.queue[index]!;
        if ((LOCK_CONFLICTS[other.mode]! & held) !== 0) {
          if ((conflicts & ahead) === 0 && !conflictsWithGrants(lock, holder, conflicts)) {
            this.#grant(lock, holder, mode, owner);
            return GRANTED;
          }
          at = index;
          break;
        }
        ahead |= 1 << other.mode;
      }
    }
    const wait = new Wait('lock', () => this.#giveUp(waiter));
    const waiter: Waiter = { lock, holder, mode, owner, wait };
    lock.queue.splice(at, 0, waiter);
    holder.waiter = waiter;
    return { kind: 'wait', waiter };
  }

  #giveUp(waiter: Waiter): void {
    const at = waiter.lock.queue.indexOf(waiter);
    if (at < 0) return;
    waiter.lock.queue.splice(at, 1);
    waiter.holder.waiter = null;
    this.#wake(waiter.lock);
    this.#dropIfIdle(waiter.lock);
  }

  #grant(lock: Lock, holder: LockHolder, mode: LockMode, owner: GrantOwner): void {
    let grant = lock.grants.get(holder);
    if (grant === undefined) {
      grant = { lock, holder, mask: 0, counts: [] };
      lock.grants.set(holder, grant);
      holder.locks.set(lock.key, grant);
    }
    count(grant, mode, owner, 1);
  }

  #afterRelease(grant: Grant): void {
    let mask = 0;
    for (const entry of grant.counts) mask |= 1 << entry.mode;
    const freed = grant.mask & ~mask;
    grant.mask = mask;
    if (mask === 0) {
      grant.lock.grants.delete(grant.holder);
      grant.holder.locks.delete(grant.lock.key);
    }
    if (freed !== 0) this.#wake(grant.lock);
    this.#dropIfIdle(grant.lock);
  }

  /** ProcLockWakeup: from the front, everyone who conflicts neither with a grant nor with one who stays waiting before it. */
  #wake(lock: Lock): void {
    let ahead = 0;
    for (let index = 0; index < lock.queue.length; ) {
      const waiter = lock.queue[index]!;
      const conflicts = LOCK_CONFLICTS[waiter.mode]!;
      if ((conflicts & ahead) === 0 && !conflictsWithGrants(lock, waiter.holder, conflicts)) {
        lock.queue.splice(index, 1);
        waiter.holder.waiter = null;
        this.#grant(lock, waiter.holder, waiter.mode, waiter.owner);
        waiter.wait.finish();
      } else {
        ahead |= 1 << waiter.mode;
        index += 1;
      }
    }
  }

  #dropIfIdle(lock: Lock): void {
    if (lock.grants.size === 0 && lock.queue.length === 0) this.#locks.delete(lock.key);
  }
}

function conflictsWithGrants(lock: Lock, holder: LockHolder, conflicts: number): boolean {
  for (const grant of lock.grants.values()) {
    if (grant.holder !== holder && (grant.mask & conflicts) !== 0) return true;
  }
  return false;
}

/** Adds to or takes from a grant's counts; false when there is nothing to take. */
function count(grant: Grant, mode: LockMode, owner: GrantOwner, by: 1 | -1): boolean {
  for (let index = 0; index < grant.counts.length; index++) {
    const entry = grant.counts[index]!;
    if (entry.mode !== mode || entry.owner !== owner) continue;
    entry.count += by;
    if (entry.count === 0) grant.counts.splice(index, 1);
    return true;
  }
  if (by < 0) return false;
  grant.counts.push({ owner, mode, count: 1 });
  grant.mask |= 1 << mode;
  return true;
}
