/**
 * A row version, who locks it, and whether a snapshot sees it.
 * Source: PostgreSQL 15 manual 13.3.2 (row-level locks) and README.tuplock. Differs: lockers are a list beside `xmax` and no multixact; only
 * pgrowlocks and pg_get_multixact_members could tell.
 */
import type { Snapshot, TransactionStatus, Xid } from '../transaction-status.ts';
import type { Datum } from '../types/datum.ts';
import type { SortedIndex } from './sorted-index.ts';

/** Row lock strengths, weakest first, as FOR KEY SHARE, FOR SHARE, FOR NO KEY UPDATE and FOR UPDATE take them. */
export const KEY_SHARE = 0;
export const SHARE = 1;
export const NO_KEY_UPDATE = 2;
export const UPDATE = 3;
export type RowLockMode = 0 | 1 | 2 | 3;

/** Table 13.3 of the manual: [held][wanted]. */
const ROW_LOCK_CONFLICTS: readonly (readonly boolean[])[] = [
  [false, false, false, true],
  [false, false, true, true],
  [false, true, true, true],
  [true, true, true, true],
];

export function rowLocksConflict(held: RowLockMode, wanted: RowLockMode): boolean {
  return ROW_LOCK_CONFLICTS[held]![wanted]!;
}

export interface RowLocker {
  readonly xid: Xid;
  readonly mode: RowLockMode;
}

/** An index entry of a version; `index` holds the tree of an index's catalog value. */
export interface TupleEntry {
  readonly index: { readonly tree: SortedIndex };
  readonly key: readonly Datum[];
}

export class Tuple {
  /** Position in the table: block * 256 + line, line from 1. */
  readonly tid: number;
  values: Datum[];
  readonly xmin: Xid;
  readonly cmin: number;
  /** Who deleted or replaced this version; 0 when nobody did. */
  xmax: Xid = 0;
  cmax = 0;
  /** Whether `xmax` changed a key column or deleted: UPDATE, otherwise NO_KEY_UPDATE. */
  xmaxMode: RowLockMode = UPDATE;
  /** The version that replaced this one; null after a delete. */
  newer: Tuple | null = null;
  lockers: RowLocker[] | null = null;
  /** Neighbours in the heap. A removed version keeps `following`, so that a scan standing on it goes on. */
  previous: Tuple | null = null;
  following: Tuple | null = null;
  isRemoved = false;
  /** Where the version stands in indexes, so that its removal needs no key to be computed again. */
  entries: TupleEntry[] = [];
  /** True when `newer` is null because the row moved to another partition. */
  movedAway = false;

  constructor(tid: number, values: Datum[], xmin: Xid, cmin: number) {
    this.tid = tid;
    this.values = values;
    this.xmin = xmin;
    this.cmin = cmin;
  }
}

/** HeapTupleSatisfiesMVCC. */
export function isVisible(tuple: Tuple, snapshot: Snapshot, status: TransactionStatus): boolean {
  const inserted = status.outcome(tuple.xmin);
  if (inserted > 0) {
    if (inserted > snapshot.commit) return false;
  } else {
    if (inserted < 0) return false;
    if (status.ownerOf(tuple.xmin) !== snapshot.owner) return false;
    if (tuple.cmin >= snapshot.command) return false;
  }
  if (tuple.xmax === 0) return true;
  const deleted = status.outcome(tuple.xmax);
  if (deleted > 0) return deleted > snapshot.commit;
  if (deleted < 0) return true;
  if (status.ownerOf(tuple.xmax) !== snapshot.owner) return true;
  return tuple.cmax >= snapshot.command;
}

/** Whether no snapshot at or after `horizon` can see the version, now or ever. */
export function isDeadToAll(tuple: Tuple, horizon: number, status: TransactionStatus): boolean {
  if (status.isAborted(tuple.xmin)) return true;
  if (tuple.xmax === 0) return false;
  const deleted = status.outcome(tuple.xmax);
  return deleted > 0 && deleted <= horizon;
}
