/**
 * Scans of one table: in heap order, or through an index. Both keep their place while versions come and go, and both remove what is dead to
 * every snapshot when they meet it, so that a queue table that is claimed from its front stays as fast as an empty one.
 */
import type { IndexInfo, Relation } from '../../catalog/objects.ts';
import type { IndexEntry, SortedIndex } from '../../storage/sorted-index.ts';
import { compareKeys } from '../../storage/sorted-index.ts';
import { isDeadToAll, isVisible, type Tuple } from '../../storage/tuple.ts';
import type { Datum } from '../../types/datum.ts';
import { removeDead } from '../table/prune.ts';
import type { Cursor, Evaluate, Frame, PlanNode, Row } from './frame.ts';

export type Condition = ((frame: Frame) => boolean) | null;

/** The stored row widened to the columns that the table has now. */
export function widened(tuple: Tuple, relation: Relation): Row {
  const { values } = tuple;
  const { columns } = relation;
  if (values.length >= columns.length) return values;
  const row = [...values];
  for (let index = row.length; index < columns.length; index++) row.push(columns[index]!.missing);
  return row;
}

/** A scan under re-check has one row at most: the one it was given. */
class RecheckCursor implements Cursor {
  readonly #frame: Frame;
  readonly #table: number;
  readonly #filter: Condition;
  #isDone = false;

  constructor(frame: Frame, table: number, filter: Condition) {
    this.#frame = frame;
    this.#table = table;
    this.#filter = filter;
  }

  next(): boolean {
    if (this.#isDone) return false;
    const row = this.#frame.recheck![this.#table] ?? null;
    if (row === null) {
      this.#isDone = true;
      return false;
    }
    this.#frame.rows[this.#table] = row;
    this.#frame.tuples[this.#table] = this.#frame.recheckTuples[this.#table] ?? null;
    const isWanted = this.#filter === null || this.#filter(this.#frame);
    this.#isDone = true;
    return isWanted;
  }
}

export function recheckCursor(frame: Frame, table: number, filter: Condition): Cursor | null {
  return frame.recheck === null ? null : new RecheckCursor(frame, table, filter);
}

export class SeqScan implements PlanNode {
  readonly table: number;
  readonly relation: Relation;
  readonly filter: Condition;

  constructor(table: number, relation: Relation, filter: Condition) {
    this.table = table;
    this.relation = relation;
    this.filter = filter;
  }

  open(frame: Frame): Cursor {
    const again = recheckCursor(frame, this.table, this.filter);
    if (again !== null) return again;
    frame.execution.backend.engine.conflicts.readRelation(frame.execution.backend, this.relation.oid);
    return new SeqCursor(this, frame);
  }
}

class SeqCursor implements Cursor {
  readonly #scan: SeqScan;
  readonly #frame: Frame;
  #at: Tuple | null;
  #isPending = false;
  readonly #last: Tuple | null;

  constructor(scan: SeqScan, frame: Frame) {
    this.#scan = scan;
    this.#frame = frame;
    this.#at = scan.relation.heap!.first;
    // Versions that are added while the scan runs are of no snapshot it has, so it ends where the heap ends now.
    this.#last = scan.relation.heap!.last;
  }

  next(): boolean {
    const frame = this.#frame;
    const { execution } = frame;
    const { table, relation, filter } = this.#scan;
    const { status } = execution.backend;
    for (;;) {
      const tuple = this.#at;
      if (tuple === null) return false;
      if (!this.#isPending) {
        execution.scan();
        if (!isVisible(tuple, execution.snapshot, status)) {
          execution.backend.engine.conflicts.sawInvisible(execution.backend, relation.oid, tuple, execution.snapshot);
          this.#advance(tuple);
          if (isDeadToAll(tuple, execution.horizon, status)) removeDead(relation, tuple);
          continue;
        }
        execution.backend.engine.conflicts.sawVisible(execution.backend, relation.oid, tuple, execution.snapshot);
        frame.rows[table] = widened(tuple, relation);
        frame.tuples[table] = tuple;
      }
      this.#isPending = true;
      const isWanted = filter === null || filter(frame);
      this.#isPending = false;
      this.#advance(tuple);
      if (isWanted) return true;
    }
  }

  #advance(tuple: Tuple): void {
    this.#at = tuple === this.#last ? null : tuple.following;
  }
}

/** One bound on an index: equal to values for its first columns, then a range on the next. */
export interface IndexBounds {
  readonly equals: readonly Evaluate[];
  readonly lower: { readonly value: Evaluate; readonly isInclusive: boolean } | null;
  readonly upper: { readonly value: Evaluate; readonly isInclusive: boolean } | null;
  /** For `column = ANY(array)` on the column after `equals`: the values, to be tried in index order. */
  readonly any: ((frame: Frame) => readonly Datum[] | null) | null;
  /** Whether `equals[i]` may be null and then finds nulls (IS NULL). */
  readonly findsNull: readonly boolean[];
}

export class IndexScan implements PlanNode {
  readonly table: number;
  readonly relation: Relation;
  readonly indexOid: number;
  readonly info: IndexInfo;
  readonly bounds: IndexBounds;
  readonly isBackward: boolean;
  readonly filter: Condition;

  constructor(
    table: number,
    relation: Relation,
    indexOid: number,
    info: IndexInfo,
    bounds: IndexBounds,
    isBackward: boolean,
    filter: Condition,
  ) {
    this.table = table;
    this.relation = relation;
    this.indexOid = indexOid;
    this.info = info;
    this.bounds = bounds;
    this.isBackward = isBackward;
    this.filter = filter;
  }

  open(frame: Frame): Cursor {
    return recheckCursor(frame, this.table, this.filter) ?? new IndexCursor(this, frame);
  }
}

interface KeyRange {
  /** Key prefix at which the range begins and ends, in index order. */
  readonly low: readonly Datum[];
  readonly lowInclusive: boolean;
  readonly high: readonly Datum[];
  readonly highInclusive: boolean;
}

class IndexCursor implements Cursor {
  readonly #scan: IndexScan;
  readonly #frame: Frame;
  readonly #tree: SortedIndex;
  readonly #ranges: readonly KeyRange[];
  #range = 0;
  #entry: IndexEntry | null = null;
  #position: { block: number; at: number } | null = null;
  #version = -1;
  #isPending = false;

  constructor(scan: IndexScan, frame: Frame) {
    this.#scan = scan;
    this.#frame = frame;
    this.#tree = scan.info.tree;
    this.#ranges = rangesOf(scan, frame);
    const { conflicts } = frame.execution.backend.engine;
    for (const range of this.#ranges)
      conflicts.readRange(frame.execution.backend, scan.relation.oid, scan.indexOid, range.low, range.high, scan.info);
  }

  next(): boolean {
    const frame = this.#frame;
    const { execution } = frame;
    const { table, relation, filter } = this.#scan;
    const { status } = execution.backend;
    for (;;) {
      if (!this.#isPending) {
        const entry = this.#step();
        if (entry === null) return false;
        const { tuple } = entry;
        execution.scan();
        if (!isVisible(tuple, execution.snapshot, status)) {
          execution.backend.engine.conflicts.sawInvisible(execution.backend, relation.oid, tuple, execution.snapshot);
          if (isDeadToAll(tuple, execution.horizon, status)) removeDead(relation, tuple);
          continue;
        }
        execution.backend.engine.conflicts.sawVisible(execution.backend, relation.oid, tuple, execution.snapshot);
        frame.rows[table] = widened(tuple, relation);
        frame.tuples[table] = tuple;
      }
      this.#isPending = true;
      const isWanted = filter === null || filter(frame);
      this.#isPending = false;
      if (isWanted) return true;
    }
  }

  #step(): IndexEntry | null {
    for (;;) {
      const range = this.#ranges[this.#scan.isBackward ? this.#ranges.length - 1 - this.#range : this.#range];
      if (range === undefined) return null;
      const entry = this.#scan.isBackward ? this.#previous(range) : this.#following(range);
      if (entry !== null) {
        this.#entry = entry;
        return entry;
      }
      this.#range += 1;
      this.#position = null;
      this.#entry = null;
    }
  }

  #following(range: KeyRange): IndexEntry | null {
    const tree = this.#tree;
    let position = this.#position;
    if (position === null) position = tree.seek(range.low, range.low.length, !range.lowInclusive);
    else if (this.#version !== tree.version) position = tree.seekAfter(this.#entry!);
    else position.at += 1;
    let block = tree.blocks[position.block];
    if (block !== undefined && position.at >= block.length) {
      position.block += 1;
      position.at = 0;
      block = tree.blocks[position.block];
    }
    this.#position = position;
    this.#version = tree.version;
    const entry = block?.[position.at];
    if (entry === undefined) return null;
    const sign = compareKeys(tree.orders, entry.key, range.high, range.high.length);
    return sign < 0 || (sign === 0 && range.highInclusive) ? entry : null;
  }

  #previous(range: KeyRange): IndexEntry | null {
    const tree = this.#tree;
    let position = this.#position;
    if (position === null) position = tree.seek(range.high, range.high.length, range.highInclusive);
    else if (this.#version !== tree.version) position = tree.seekAt(this.#entry!);
    position.at -= 1;
    if (position.at < 0) {
      position.block -= 1;
      position.at = (tree.blocks[position.block]?.length ?? 0) - 1;
    }
    this.#position = position;
    this.#version = tree.version;
    const entry = position.block < 0 ? undefined : tree.blocks[position.block]?.[position.at];
    if (entry === undefined) return null;
    const sign = compareKeys(tree.orders, entry.key, range.low, range.low.length);
    return sign > 0 || (sign === 0 && range.lowInclusive) ? entry : null;
  }
}

/** The ranges of one opening, in index order; none when a bound is null. */
function rangesOf(scan: IndexScan, frame: Frame): KeyRange[] {
  const { bounds, info } = scan;
  const prefix: Datum[] = [];
  for (let index = 0; index < bounds.equals.length; index++) {
    const value = bounds.equals[index]!(frame);
    if (value === null && bounds.findsNull[index] !== true) return [];
    prefix.push(value);
  }
  if (bounds.any !== null) {
    const values = bounds.any(frame);
    if (values === null) return [];
    const order = info.tree.orders[prefix.length]!;
    const sorted = values
      .filter((value) => value !== null)
      .sort((a, b) => (order.isDescending ? -1 : 1) * order.compare(a, b));
    const distinct = sorted.filter((value, index) => index === 0 || order.compare(value, sorted[index - 1]!) !== 0);
    return distinct.map((value) => point([...prefix, value]));
  }
  if (bounds.lower === null && bounds.upper === null) return [point(prefix)];
  const lower = bounds.lower?.value(frame) ?? null;
  const upper = bounds.upper?.value(frame) ?? null;
  if ((bounds.lower !== null && lower === null) || (bounds.upper !== null && upper === null)) return [];
  const isDescending = info.tree.orders[prefix.length]!.isDescending;
  const start = isDescending ? bounds.upper : bounds.lower;
  const stop = isDescending ? bounds.lower : bounds.upper;
  const startValue = isDescending ? upper : lower;
  const stopValue = isDescending ? lower : upper;
  return [
    {
      low: start === null ? prefix : [...prefix, startValue],
      lowInclusive: start === null || start.isInclusive,
      high: stop === null ? prefix : [...prefix, stopValue],
      highInclusive: stop === null || stop.isInclusive,
    },
  ];
}

function point(key: readonly Datum[]): KeyRange {
  return { low: key, lowInclusive: true, high: key, highInclusive: true };
}
