/**
 * Writing rows: heap, indexes, uniqueness, and what is told to foreign keys and observers.
 * Source: PostgreSQL's execIndexing.c and _bt_check_unique: a possible duplicate whose transaction is still open is waited for.
 */
import type { RowChange } from '../../../kernel/server.ts';
import type { Backend } from '../../backend.ts';
import type { Relation } from '../../catalog/objects.ts';
import { uniqueViolation } from '../../errors.ts';
import { compareKeys } from '../../storage/sorted-index.ts';
import { isDeadToAll, type RowLockMode, type Tuple } from '../../storage/tuple.ts';
import type { Xid } from '../../transaction-status.ts';
import type { Datum } from '../../types/datum.ts';
import { Oid } from '../../types/index.ts';
import type { Waiting } from '../../wait.ts';
import type { Execution } from '../execute/frame.ts';
import { widened } from '../execute/scan.ts';
import { queueForeignKeys } from './foreign-key.ts';
import { removeDead } from './prune.ts';
import { markChanged } from './row-lock.ts';
import { type IndexRules, keyText, placeOf, rowFrame, type TableRules } from './rules.ts';

/** Bytes of log that one row change is taken to need. */
const LOG_BYTES_PER_CHANGE = 120;

/**
 * Puts a row into the table and all its indexes.
 * @param arbiters indexes of ON CONFLICT, found free of duplicates just before: they get their entries first, before anything can wait
 */
export function* insertRow(
  execution: Execution,
  rules: TableRules,
  row: Datum[],
  arbiters: readonly Relation[] = [],
): Waiting<Tuple> {
  const { backend } = execution;
  const { relation } = rules.shape;
  const transaction = backend.current();
  const tuple = relation.heap!.insert(row, transaction.xid(), transaction.command);
  backend.engine.conflicts.wrote(backend, relation.oid, null, tuple);
  const isArbiter = (index: IndexRules): boolean => arbiters.some((arbiter) => arbiter.oid === index.index.oid);
  for (const index of rules.indexes) if (isArbiter(index)) yield* addEntry(execution, rules, index, tuple, true);
  for (const index of rules.indexes) if (!isArbiter(index)) yield* addEntry(execution, rules, index, tuple, true);
  noteChange(execution, rules, { op: 'insert', old: null, new: row });
  queueForeignKeys(execution, rules, null, tuple);
  return tuple;
}

/** Replaces a version that the caller has locked; nothing may wait between the lock and this call. */
export function* replaceRow(
  execution: Execution,
  rules: TableRules,
  old: Tuple,
  row: Datum[],
  mode: RowLockMode,
): Waiting<Tuple> {
  const { backend } = execution;
  const { relation } = rules.shape;
  const transaction = backend.current();
  const before = widened(old, relation);
  const tuple = relation.heap!.insert(row, transaction.xid(), transaction.command);
  markChanged(backend, old, mode, tuple);
  // Locks of others that the change does not break go on to the new version.
  if (old.lockers !== null)
    tuple.lockers = old.lockers.filter(
      (locker) => backend.status.isInProgress(locker.xid) && backend.status.ownerOf(locker.xid) !== backend,
    );
  backend.engine.conflicts.wrote(backend, relation.oid, old, tuple);
  for (const index of rules.indexes) {
    const isChanged =
      index.columns === null ||
      index.columns.some((column) => !sameDatum(execution, relation, column, before[column]!, row[column]!));
    yield* addEntry(execution, rules, index, tuple, isChanged);
  }
  noteChange(execution, rules, { op: 'update', old: before, new: row });
  queueForeignKeys(execution, rules, old, tuple);
  return tuple;
}

export function deleteRow(execution: Execution, rules: TableRules, old: Tuple, mode: RowLockMode): void {
  const { backend } = execution;
  markChanged(backend, old, mode, null);
  backend.engine.conflicts.wrote(backend, rules.shape.relation.oid, old, null);
  noteChange(execution, rules, { op: 'delete', old: widened(old, rules.shape.relation), new: null });
  queueForeignKeys(execution, rules, old, null);
}

export function sameDatum(
  execution: Execution,
  relation: Relation,
  column: number,
  left: Datum,
  right: Datum,
): boolean {
  if (left === right) return true;
  if (left === null || right === null) return false;
  const type = execution.context.types.byOid(relation.columns[column]!.typeOid);
  if (type.isOrdered) return type.compare(left, right) === 0;
  return type.output(left, execution.context) === type.output(right, execution.context);
}

function* addEntry(
  execution: Execution,
  rules: TableRules,
  index: IndexRules,
  tuple: Tuple,
  mayConflict: boolean,
): Waiting<void> {
  const frame = rowFrame(execution, tuple.values);
  if (index.predicate !== null && !index.predicate(frame)) return;
  const key = index.keys.map((value) => value(frame));
  const info = index.index.index!;
  if (info.isUnique && mayConflict) {
    if (info.isImmediate) yield* requireUnique(execution, rules, index, key, tuple);
    else deferUnique(execution, rules, index, key, tuple);
  }
  info.tree.insert(key, tuple);
  execution.backend.engine.conflicts.addedEntry(execution.backend, index.index.oid, key);
  tuple.entries.push({ index: info, key });
}

function deferUnique(
  execution: Execution,
  rules: TableRules,
  index: IndexRules,
  key: readonly Datum[],
  tuple: Tuple,
): void {
  const { backend } = execution;
  const constraint = rules.shape.constraints.find((candidate) => candidate.indexOid === index.index.oid);
  backend.queueCheck(constraint?.oid ?? 0, constraint?.isDeferred === true, () =>
    requireUnique(execution, rules, index, key, tuple, true),
  );
}

/** Waits until no open transaction can make the key a duplicate; throws 23505 when it is one. */
function* requireUnique(
  execution: Execution,
  rules: TableRules,
  index: IndexRules,
  key: readonly Datum[],
  own: Tuple,
  onlyIfLive = false,
): Waiting<void> {
  const { backend } = execution;
  if (onlyIfLive && !isLive(backend, own)) return;
  for (;;) {
    const conflict = findConflict(execution, rules, index, key, own);
    if (conflict === null) return;
    if (conflict.xid === 0) throw duplicate(execution, rules, index, key);
    yield* backend.awaitXid(conflict.xid);
  }
}

function duplicate(execution: Execution, rules: TableRules, index: IndexRules, key: readonly Datum[]): Error {
  const { backend } = execution;
  const types = index.index.index!.keys.map((column) => column.typeOid);
  return uniqueViolation(
    placeOf(backend, rules.shape.relation),
    index.index.name,
    keyText(execution, index.keyNames, types, key),
  );
}

export interface Conflict {
  readonly tuple: Tuple;
  /** The open transaction that decides whether it is one; 0 when it is one. */
  readonly xid: Xid;
}

/** A version with the same key that is live, or may become so. */
export function findConflict(
  execution: Execution,
  rules: TableRules,
  index: IndexRules,
  key: readonly Datum[],
  own: Tuple | null,
): Conflict | null {
  const { backend } = execution;
  const info = index.index.index!;
  if (!info.nullsNotDistinct && key.includes(null)) return null;
  const { tree } = info;
  const dead: Tuple[] = [];
  let found: Conflict | null = null;
  const position = tree.seek(key, key.length, false);
  scan: for (let block = position.block, at = position.at; block < tree.blocks.length; block++, at = 0) {
    const entries = tree.blocks[block]!;
    for (; at < entries.length; at++) {
      const entry = entries[at]!;
      if (compareKeys(tree.orders, entry.key, key, key.length) !== 0) break scan;
      if (entry.tuple === own) continue;
      const xid = decider(backend, entry.tuple);
      if (xid === -1) {
        if (isDeadToAll(entry.tuple, execution.horizon, backend.status)) dead.push(entry.tuple);
        continue;
      }
      found = { tuple: entry.tuple, xid };
      break scan;
    }
  }
  for (const tuple of dead) removeDead(rules.shape.relation, tuple);
  return found;
}

/** 0: live; -1: dead; otherwise the transaction whose end decides. */
function decider(backend: Backend, tuple: Tuple): Xid {
  const { status } = backend;
  if (status.isAborted(tuple.xmin)) return -1;
  if (status.isInProgress(tuple.xmin) && status.ownerOf(tuple.xmin) !== backend) return tuple.xmin;
  if (tuple.xmax === 0 || status.isAborted(tuple.xmax)) return 0;
  if (status.isCommitted(tuple.xmax)) return -1;
  return status.ownerOf(tuple.xmax) === backend ? -1 : tuple.xmax;
}

export function isLive(backend: Backend, tuple: Tuple): boolean {
  return decider(backend, tuple) === 0;
}

function noteChange(
  execution: Execution,
  rules: TableRules,
  change: {
    readonly op: RowChange['op'];
    readonly old: readonly Datum[] | null;
    readonly new: readonly Datum[] | null;
  },
): void {
  const transaction = execution.backend.current();
  execution.changedRows += 1;
  transaction.logBytes += LOG_BYTES_PER_CHANGE;
  const table = rules.observedAs;
  if (table === null) return;
  transaction.changes.push({
    table,
    op: change.op,
    ...(change.old === null ? {} : { old: plainRow(execution, rules.shape.relation, change.old) }),
    ...(change.new === null ? {} : { new: plainRow(execution, rules.shape.relation, change.new) }),
  });
}

/** A row as plain JSON: numbers for the small integers and floats, booleans, parsed JSON, and text for the rest. */
function plainRow(execution: Execution, relation: Relation, row: readonly Datum[]): Record<string, unknown> {
  const { context } = execution;
  const plain: Record<string, unknown> = {};
  relation.columns.forEach((column, index) => {
    if (column.isDropped) return;
    const value = row[index] ?? null;
    plain[column.name] =
      value === null
        ? null
        : plainValue(column.typeOid, value, (datum) => context.types.byOid(column.typeOid).output(datum, context));
  });
  return plain;
}

function plainValue(type: number, value: Datum, output: (value: Datum) => string): unknown {
  if (type === Oid.json || type === Oid.jsonb) return JSON.parse(output(value));
  if (typeof value === 'boolean') return value;
  if (type === Oid.int2 || type === Oid.int4 || type === Oid.oid || type === Oid.float4 || type === Oid.float8)
    return Number.isFinite(value as number) ? value : output(value);
  return output(value);
}
