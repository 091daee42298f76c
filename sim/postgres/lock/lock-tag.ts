/**
 * What can be locked, how it is called in messages, and which modes conflict.
 * Source: PostgreSQL 15 manual, table 13.2 (mode conflicts) and DescribeLockTag's texts.
 */

/** Table lock modes, weakest first; advisory, tuple and transaction locks use some of them. */
export const ACCESS_SHARE = 1;
export const ROW_SHARE = 2;
export const ROW_EXCLUSIVE = 3;
export const SHARE_UPDATE_EXCLUSIVE = 4;
export const SHARE_LOCK = 5;
export const SHARE_ROW_EXCLUSIVE = 6;
export const EXCLUSIVE = 7;
export const ACCESS_EXCLUSIVE = 8;
export type LockMode = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

export const LOCK_MODE_NAMES: readonly string[] = [
  'INVALID',
  'AccessShareLock',
  'RowShareLock',
  'RowExclusiveLock',
  'ShareUpdateExclusiveLock',
  'ShareLock',
  'ShareRowExclusiveLock',
  'ExclusiveLock',
  'AccessExclusiveLock',
];

function bits(...modes: number[]): number {
  let mask = 0;
  for (const mode of modes) mask |= 1 << mode;
  return mask;
}

/** By mode, the mask of the modes that conflict with it. */
export const LOCK_CONFLICTS: readonly number[] = [
  0,
  bits(8),
  bits(7, 8),
  bits(5, 6, 7, 8),
  bits(4, 5, 6, 7, 8),
  bits(3, 4, 6, 7, 8),
  bits(3, 4, 5, 6, 7, 8),
  bits(2, 3, 4, 5, 6, 7, 8),
  bits(1, 2, 3, 4, 5, 6, 7, 8),
];

export type LockTag =
  | { readonly kind: 'relation'; readonly database: number; readonly relation: number }
  | { readonly kind: 'tuple'; readonly database: number; readonly relation: number; readonly tid: number }
  | { readonly kind: 'transactionid'; readonly xid: number }
  | { readonly kind: 'object'; readonly database: number; readonly classId: number; readonly object: number }
  /** `keys` is 1 for one bigint (`high`, `low` its halves) and 2 for two integers. */
  | {
      readonly kind: 'advisory';
      readonly database: number;
      readonly high: number;
      readonly low: number;
      readonly keys: 1 | 2;
    };

/** Equal tags have equal keys. */
export function lockKey(tag: LockTag): string {
  switch (tag.kind) {
    case 'relation':
      return `r${tag.relation}`;
    case 'tuple':
      return `t${tag.relation}/${tag.tid}`;
    case 'transactionid':
      return `x${tag.xid}`;
    case 'object':
      return `o${tag.classId}/${tag.object}`;
    case 'advisory':
      return `a${tag.keys}/${tag.high}/${tag.low}`;
  }
}

/** The tag as deadlock reports call it. */
export function describeLockTag(tag: LockTag): string {
  switch (tag.kind) {
    case 'relation':
      return `relation ${tag.relation} of database ${tag.database}`;
    case 'tuple':
      return `tuple (${Math.floor(tag.tid / 256)},${tag.tid % 256}) of relation ${tag.relation} of database ${tag.database}`;
    case 'transactionid':
      return `transaction ${tag.xid}`;
    case 'object':
      return `object ${tag.object} of class ${tag.classId} of database ${tag.database}`;
    case 'advisory':
      return `advisory lock [${tag.database},${tag.high >>> 0},${tag.low >>> 0},${tag.keys}]`;
  }
}
