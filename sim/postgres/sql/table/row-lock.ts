/**
 * Locking one row version, with all that may stand in the way. Source: PostgreSQL's heap_lock_tuple, heap_update and heap_delete, README.tuplock.
 *
 * Whoever must wait first takes the tuple's heavyweight lock and keeps it until it is through, so that waiters get the row in the order in
 * which they came. After each wait everything is looked at again.
 * Trace without the tuple lock: A holds the row, B waits for A, C comes after A's commit but before B ran; C takes the row and B has waited
 * in vain.
 */
import type { Backend } from '../../backend.ts';
import { DATABASE_OID } from '../../catalog/catalog.ts';
import type { Relation } from '../../catalog/objects.ts';
import {
  ACCESS_EXCLUSIVE,
  ACCESS_SHARE,
  EXCLUSIVE,
  type LockMode,
  type LockTag,
  ROW_SHARE,
} from '../../lock/lock-tag.ts';
import {
  KEY_SHARE,
  NO_KEY_UPDATE,
  type RowLockMode,
  rowLocksConflict,
  SHARE,
  type Tuple,
  UPDATE,
} from '../../storage/tuple.ts';
import type { Xid } from '../../transaction-status.ts';
import type { Waiting } from '../../wait.ts';

/** Mode of the heavyweight tuple lock for each row lock. */
const TUPLE_LOCK_MODES: Readonly<Record<RowLockMode, LockMode>> = {
  [KEY_SHARE]: ACCESS_SHARE,
  [SHARE]: ROW_SHARE,
  [NO_KEY_UPDATE]: EXCLUSIVE,
  [UPDATE]: ACCESS_EXCLUSIVE,
};

export type WaitPolicy = 'block' | 'skip' | 'error';

export type RowLockResult =
  | { readonly kind: 'locked' }
  /** Somebody else's committed change made this version old. */
  | { readonly kind: 'updated'; readonly newer: Tuple }
  | { readonly kind: 'deleted' }
  /** This command or an earlier one of the transaction changed it. */
  | { readonly kind: 'self'; readonly command: number }
  /** Not to be had at once, and the policy is not to wait. */
  | { readonly kind: 'busy' };

/** What a session does with the row once it may: only `update` and `delete` leave a mark other than a lock. */
export function* lockRow(
  backend: Backend,
  relation: Relation,
  tuple: Tuple,
  mode: RowLockMode,
  policy: WaitPolicy,
  keepLock: boolean,
): Waiting<RowLockResult> {
  const tag: LockTag = { kind: 'tuple', database: DATABASE_OID, relation: relation.oid, tid: tuple.tid };
  let hasTupleLock = false;
  try {
    for (;;) {
      const state = rowState(backend, tuple, mode);
      if (state.kind !== 'wait') {
        if (state.kind === 'locked' && keepLock) addLocker(backend, tuple, mode);
        return state;
      }
      if (!hasTupleLock) {
        // Whoever holds a weaker lock on the row already does not queue: the others in the queue may wait for it.
        if (!holdsAny(backend, tuple)) {
          const taken = yield* backend.lock(tag, TUPLE_LOCK_MODES[mode], policy === 'block');
          if (!taken) return { kind: 'busy' };
          hasTupleLock = true;
          if (rowState(backend, tuple, mode).kind !== 'wait') continue;
        }
      }
      for (const xid of state.xids) {
        const ended = yield* backend.awaitXid(xid, policy === 'block');
        if (!ended) return { kind: 'busy' };
      }
    }
  } finally {
    if (hasTupleLock)
      backend.engine.locks.release(backend, tag, TUPLE_LOCK_MODES[mode], backend.current().current.owner);
  }
}

type RowState = Exclude<RowLockResult, { kind: 'busy' }> | { readonly kind: 'wait'; readonly xids: readonly Xid[] };

function rowState(backend: Backend, tuple: Tuple, mode: RowLockMode): RowState {
  const { status } = backend;
  const waits: Xid[] = [];
  if (tuple.xmax !== 0 && !status.isAborted(tuple.xmax)) {
    if (status.isCommitted(tuple.xmax))
      return tuple.newer === null ? { kind: 'deleted' } : { kind: 'updated', newer: tuple.newer };
    if (status.ownerOf(tuple.xmax) === backend) return { kind: 'self', command: tuple.cmax };
    if (rowLocksConflict(tuple.xmaxMode, mode)) waits.push(tuple.xmax);
  }
  if (tuple.lockers !== null) {
    tuple.lockers = tuple.lockers.filter((locker) => status.isInProgress(locker.xid));
    for (const locker of tuple.lockers) {
      if (status.ownerOf(locker.xid) === backend || !rowLocksConflict(locker.mode, mode)) continue;
      if (!waits.includes(locker.xid)) waits.push(locker.xid);
    }
    if (tuple.lockers.length === 0) tuple.lockers = null;
  }
  return waits.length > 0 ? { kind: 'wait', xids: waits } : { kind: 'locked' };
}

function holdsAny(backend: Backend, tuple: Tuple): boolean {
  return tuple.lockers?.some((locker) => backend.status.ownerOf(locker.xid) === backend) === true;
}

/** The lock goes to this version and to those that replaced it already, or a later key change would not meet it. */
function addLocker(backend: Backend, tuple: Tuple, mode: RowLockMode): void {
  const xid = backend.current().xid();
  for (let version: Tuple | null = tuple; version !== null; version = version.newer) {
    if (backend.status.isAborted(version.xmin)) return;
    const lockers = version.lockers ?? [];
    if (lockers.some((locker) => backend.status.ownerOf(locker.xid) === backend && locker.mode >= mode)) continue;
    version.lockers = [...lockers, { xid, mode }];
  }
}

/** Marks the version as deleted or replaced by the current command. The caller holds the row. */
export function markChanged(backend: Backend, tuple: Tuple, mode: RowLockMode, newer: Tuple | null): void {
  const transaction = backend.current();
  tuple.xmax = transaction.xid();
  tuple.cmax = transaction.command;
  tuple.xmaxMode = mode;
  tuple.newer = newer;
}
