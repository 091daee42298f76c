/** Joins. Nested loops take any condition and any kind but right and full; hash joins take equalities and every kind. */

import type { Tuple } from '../../storage/tuple.ts';
import type { HashKey } from '../../types/behaviour.ts';
import type { Datum } from '../../types/datum.ts';
import type { Cursor, Evaluate, Frame, PlanNode, Row } from './frame.ts';
import type { Condition } from './scan.ts';

export class NestedLoop implements PlanNode {
  readonly kind: 'inner' | 'left' | 'semi' | 'anti';
  readonly outer: PlanNode;
  readonly inner: PlanNode;
  readonly on: Condition;
  /** Tables of the inner side, which a left join fills with nulls. */
  readonly innerTables: readonly number[];
  /** Condition above the join. */
  readonly filter: Condition;

  constructor(
    kind: NestedLoop['kind'],
    outer: PlanNode,
    inner: PlanNode,
    on: Condition,
    innerTables: readonly number[],
    filter: Condition,
  ) {
    this.kind = kind;
    this.outer = outer;
    this.inner = inner;
    this.on = on;
    this.innerTables = innerTables;
    this.filter = filter;
  }

  open(frame: Frame): Cursor {
    return new NestedLoopCursor(this, frame);
  }
}

class NestedLoopCursor implements Cursor {
  readonly #join: NestedLoop;
  readonly #frame: Frame;
  readonly #outer: Cursor;
  #inner: Cursor | null = null;
  #hasMatch = false;
  /** 'on' and 'filter': the row at hand waits for that condition. */
  #pending: 'none' | 'on' | 'filter' = 'none';

  constructor(join: NestedLoop, frame: Frame) {
    this.#join = join;
    this.#frame = frame;
    this.#outer = join.outer.open(frame);
  }

  next(): boolean {
    const { kind, inner, on, filter } = this.#join;
    const frame = this.#frame;
    for (;;) {
      if (this.#pending === 'filter') {
        const isWanted = filter === null || filter(frame);
        this.#pending = 'none';
        if (isWanted) return true;
        continue;
      }
      if (this.#inner === null) {
        if (!this.#outer.next()) return false;
        this.#inner = inner.open(frame);
        this.#hasMatch = false;
      }
      if (this.#pending === 'on' || this.#inner.next()) {
        this.#pending = 'on';
        const isMatch = on === null || on(frame);
        this.#pending = 'none';
        if (!isMatch) continue;
        this.#hasMatch = true;
        if (kind === 'anti' || kind === 'semi') {
          this.#inner = null;
          if (kind === 'anti') continue;
        }
        this.#pending = 'filter';
        continue;
      }
      this.#inner = null;
      if (this.#hasMatch || kind === 'inner' || kind === 'semi') continue;
      for (const table of this.#join.innerTables) {
        frame.rows[table] = null;
        frame.tuples[table] = null;
      }
      this.#pending = 'filter';
    }
  }
}

/** Rows of some tables at one instant, to be put back into the frame later. */
interface Saved {
  readonly rows: readonly (Row | null)[];
  readonly tuples: readonly (Tuple | null)[];
  isMatched: boolean;
}

export function saveTables(frame: Frame, tables: readonly number[]): Saved {
  return {
    rows: tables.map((table) => frame.rows[table] ?? null),
    tuples: tables.map((table) => frame.tuples[table] ?? null),
    isMatched: false,
  };
}

function restore(frame: Frame, tables: readonly number[], saved: Saved | null): void {
  for (let index = 0; index < tables.length; index++) {
    frame.rows[tables[index]!] = saved === null ? null : saved.rows[index]!;
    frame.tuples[tables[index]!] = saved === null ? null : saved.tuples[index]!;
  }
}

/** How one column of a hash join is compared. */
export interface HashColumn {
  readonly outer: Evaluate;
  readonly inner: Evaluate;
  readonly hash: (value: Datum) => HashKey;
}

export class HashJoin implements PlanNode {
  readonly kind: 'inner' | 'left' | 'right' | 'full' | 'semi' | 'anti';
  readonly outer: PlanNode;
  readonly inner: PlanNode;
  readonly columns: readonly HashColumn[];
  /** The whole join condition; equal hashes do not prove it. */
  readonly on: Condition;
  readonly outerTables: readonly number[];
  readonly innerTables: readonly number[];
  readonly filter: Condition;

  constructor(
    kind: HashJoin['kind'],
    outer: PlanNode,
    inner: PlanNode,
    columns: readonly HashColumn[],
    on: Condition,
    outerTables: readonly number[],
    innerTables: readonly number[],
    filter: Condition,
  ) {
    this.kind = kind;
    this.outer = outer;
    this.inner = inner;
    this.columns = columns;
    this.on = on;
    this.outerTables = outerTables;
    this.innerTables = innerTables;
    this.filter = filter;
  }

  open(frame: Frame): Cursor {
    return new HashJoinCursor(this, frame);
  }
}

class HashJoinCursor implements Cursor {
  readonly #join: HashJoin;
  readonly #frame: Frame;
  readonly #inner: Cursor;
  #outer: Cursor | null = null;
  readonly #buckets = new Map<string | HashKey, Saved[]>();
  readonly #all: Saved[] = [];
  #isBuilt = false;
  #hasOuter = false;
  #hasMatch = false;
  #bucket: readonly Saved[] = [];
  #at = 0;
  #unmatchedAt = -1;
  #pending: 'none' | 'on' | 'filter' = 'none';

  constructor(join: HashJoin, frame: Frame) {
    this.#join = join;
    this.#frame = frame;
    this.#inner = join.inner.open(frame);
  }

  next(): boolean {
    const { filter } = this.#join;
    if (!this.#isBuilt) this.#build();
    this.#outer ??= this.#join.outer.open(this.#frame);
    for (;;) {
      if (this.#pending !== 'filter' && !this.#advance()) return false;
      this.#pending = 'filter';
      const isWanted = filter === null || filter(this.#frame);
      this.#pending = 'none';
      if (isWanted) return true;
    }
  }

  #build(): void {
    const keepsAll = this.#join.kind === 'right' || this.#join.kind === 'full';
    while (this.#inner.next()) {
      const saved = saveTables(this.#frame, this.#join.innerTables);
      if (keepsAll) this.#all.push(saved);
      const key = this.#key('inner');
      if (key === null) continue;
      const bucket = this.#buckets.get(key);
      if (bucket === undefined) this.#buckets.set(key, [saved]);
      else bucket.push(saved);
    }
    this.#isBuilt = true;
  }

  /** Null when a column is null: it matches nothing. */
  #key(side: 'outer' | 'inner'): string | HashKey | null {
    const { columns } = this.#join;
    if (columns.length === 1) {
      const value = columns[0]![side](this.#frame);
      return value === null ? null : columns[0]!.hash(value);
    }
    let key = '';
    for (const column of columns) {
      const value = column[side](this.#frame);
      if (value === null) return null;
      const part = String(column.hash(value));
      key += `${part.length}:${part}`;
    }
    return key;
  }

  /** Puts the next joined row into the frame. */
  #advance(): boolean {
    const { kind, on, innerTables, outerTables } = this.#join;
    const frame = this.#frame;
    for (;;) {
      if (this.#unmatchedAt >= 0) {
        while (this.#unmatchedAt < this.#all.length) {
          const saved = this.#all[this.#unmatchedAt++]!;
          if (saved.isMatched) continue;
          restore(frame, outerTables, null);
          restore(frame, innerTables, saved);
          return true;
        }
        return false;
      }
      if (!this.#hasOuter) {
        if (!this.#outer!.next()) {
          if (kind !== 'right' && kind !== 'full') return false;
          this.#unmatchedAt = 0;
          continue;
        }
        this.#hasOuter = true;
        this.#hasMatch = false;
        this.#at = 0;
        const key = this.#key('outer');
        this.#bucket = key === null ? [] : (this.#buckets.get(key) ?? []);
      }
      while (this.#at < this.#bucket.length) {
        const saved = this.#bucket[this.#at]!;
        restore(frame, innerTables, saved);
        const isMatch = on === null || on(frame);
        this.#at += 1;
        if (!isMatch) continue;
        saved.isMatched = true;
        this.#hasMatch = true;
        if (kind === 'semi' || kind === 'anti') {
          this.#hasOuter = false;
          break;
        }
        return true;
      }
      if (!this.#hasOuter) {
        if (kind === 'semi') return true;
        continue;
      }
      this.#hasOuter = false;
      if (this.#hasMatch || (kind !== 'left' && kind !== 'full' && kind !== 'anti')) continue;
      restore(frame, innerTables, null);
      return true;
    }
  }
}

/** A condition above any node. */
export class Filter implements PlanNode {
  readonly child: PlanNode;
  readonly condition: NonNullable<Condition>;
  constructor(child: PlanNode, condition: NonNullable<Condition>) {
    this.child = child;
    this.condition = condition;
  }

  open(frame: Frame): Cursor {
    const child = this.child.open(frame);
    let isPending = false;
    return {
      next: () => {
        for (;;) {
          if (!isPending && !child.next()) return false;
          isPending = true;
          const isWanted = this.condition(frame);
          isPending = false;
          if (isWanted) return true;
        }
      },
    };
  }
}
