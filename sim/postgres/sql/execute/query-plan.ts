/**
 * A query's plan as a whole: opened with an outer frame, it gives rows of its select list. What works on rows of output (DISTINCT, LIMIT,
 * set-returning calls of the select list) is done here, above the plan nodes.
 */
import { failure } from '../../errors.ts';
import type { Datum, PgType } from '../../types/datum.ts';
import type { OutputColumn } from '../query.ts';
import { rowKey } from './aggregate.ts';
import { type Evaluate, type Execution, Frame, type PlanNode, type Row } from './frame.ts';
import { compareByColumns, type SortColumn } from './sort.ts';

export interface RowCursor {
  /** The next row, null at the end. May throw Suspended and is then called again. */
  next(): Row | null;
}

export interface QueryPlan {
  readonly columns: readonly OutputColumn[];
  open(execution: Execution, outer: Frame | null): RowCursor;
}

export interface SelectParts {
  readonly columns: readonly OutputColumn[];
  readonly tableCount: number;
  readonly root: PlanNode;
  readonly targets: readonly Evaluate[];
  readonly distinct:
    | { readonly kind: 'none' }
    | { readonly kind: 'all'; readonly types: readonly PgType[] }
    | { readonly kind: 'on'; readonly values: readonly Evaluate[]; readonly types: readonly PgType[] };
  readonly sets: readonly ((frame: Frame) => Iterable<Datum>)[];
  /** For a sort that needs set-returning calls, or null. */
  readonly outputSort: readonly SortColumn[] | null;
  readonly limit: Evaluate | null;
  readonly offset: Evaluate | null;
  /** Sort columns that decide ties, for WITH TIES. */
  readonly ties: readonly SortColumn[] | null;
  /** Brings data-modifying CTEs to their end after the last row. */
  readonly finish: ((frame: Frame) => void) | null;
}

export class SelectPlan implements QueryPlan {
  readonly columns: readonly OutputColumn[];
  readonly parts: SelectParts;
  constructor(parts: SelectParts) {
    this.columns = parts.columns;
    this.parts = parts;
  }

  open(execution: Execution, outer: Frame | null): RowCursor {
    return new SelectCursor(this.parts, new Frame(execution, outer, this.parts.tableCount));
  }
}

class SelectCursor implements RowCursor {
  readonly #parts: SelectParts;
  readonly #frame: Frame;
  readonly #source: { next(): boolean };
  #isStarted = false;
  #left = Number.POSITIVE_INFINITY;
  #skip = 0;
  #seen: Set<unknown> | null = null;
  #lastOn: unknown = null;
  readonly #iterators: (Iterator<Datum> | null)[] = [];
  /** Values of the set-returning calls for a row whose select list is not through. */
  #setValues: Datum[] | null = null;
  #hasRow = false;
  #sorted: { readonly row: Row; readonly keys: Datum[] }[] | null = null;
  #sortedAt = 0;
  #isSortDone = false;
  #tieKeys: Datum[] | null = null;
  #isFinished = false;

  constructor(parts: SelectParts, frame: Frame) {
    this.#parts = parts;
    this.#frame = frame;
    this.#source = parts.root.open(frame);
  }

  next(): Row | null {
    if (!this.#isStarted) this.#start();
    while (this.#skip > 0 && this.#left > 0) {
      if (this.#distinctRow() === null) return this.#end();
      this.#skip -= 1;
    }
    if (this.#left <= 0) return this.#parts.ties === null ? this.#end() : this.#tied();
    const row = this.#distinctRow();
    if (row === null) return this.#end();
    this.#left -= 1;
    if (this.#left === 0 && this.#parts.ties !== null)
      this.#tieKeys = this.#parts.ties.map((column) => column.value(this.#frame));
    return row;
  }

  #start(): void {
    const { limit, offset, distinct } = this.#parts;
    const offsetValue = offset === null ? null : offset(this.#frame);
    const limitValue = limit === null ? null : limit(this.#frame);
    if (offsetValue !== null) {
      if ((offsetValue as bigint) < 0n) throw failure('2201X', 'OFFSET must not be negative', {});
      this.#skip = Number(offsetValue);
    }
    if (limitValue !== null) {
      if ((limitValue as bigint) < 0n) throw failure('2201W', 'LIMIT must not be negative', {});
      this.#left = Number(limitValue);
    }
    if (distinct.kind === 'all') this.#seen = new Set();
    this.#isStarted = true;
  }

  #end(): null {
    if (!this.#isFinished) {
      this.#parts.finish?.(this.#frame);
      this.#isFinished = true;
    }
    return null;
  }

  /** Rows after the limit that sort like the last one. */
  #tied(): Row | null {
    if (this.#tieKeys === null) return this.#end();
    const row = this.#distinctRow();
    if (row === null) return this.#end();
    const keys = this.#parts.ties!.map((column) => column.value(this.#frame));
    if (compareByColumns(this.#parts.ties!, keys, this.#tieKeys) === 0) return row;
    this.#tieKeys = null;
    return this.#end();
  }

  #distinctRow(): Row | null {
    const { distinct } = this.#parts;
    for (;;) {
      const row = this.#parts.outputSort === null ? this.#outputRow() : this.#sortedRow();
      if (row === null || distinct.kind === 'none') return row;
      if (distinct.kind === 'all') {
        const key = rowKey(distinct.types, row);
        if (this.#seen!.has(key)) continue;
        this.#seen!.add(key);
        return row;
      }
      const key = rowKey(
        distinct.types,
        distinct.values.map((value) => value(this.#frame)),
      );
      if (this.#lastOn !== null && this.#lastOn === key) continue;
      this.#lastOn = key;
      return row;
    }
  }

  #sortedRow(): Row | null {
    const columns = this.#parts.outputSort!;
    this.#sorted ??= [];
    while (!this.#isSortDone) {
      const row = this.#outputRow();
      if (row === null) {
        this.#sorted.sort((a, b) => compareByColumns(columns, a.keys, b.keys));
        this.#isSortDone = true;
      } else this.#sorted.push({ row, keys: columns.map((column) => column.value(this.#frame)) });
    }
    return this.#sorted[this.#sortedAt++]?.row ?? null;
  }

  #outputRow(): Row | null {
    const { targets, sets } = this.#parts;
    const frame = this.#frame;
    if (sets.length > 0) return this.#setRow();
    if (!this.#hasRow && !this.#source.next()) return null;
    this.#hasRow = true;
    const row = new Array<Datum>(targets.length);
    for (let index = 0; index < targets.length; index++) row[index] = targets[index]!(frame);
    this.#hasRow = false;
    return row;
  }

  /** Set-returning calls run side by side; a shorter one gives nulls until the longest is through. */
  #setRow(): Row | null {
    const { targets, sets } = this.#parts;
    const frame = this.#frame;
    for (;;) {
      if (!this.#hasRow) {
        if (!this.#source.next()) return null;
        this.#hasRow = true;
        this.#iterators.length = 0;
      }
      while (this.#iterators.length < sets.length)
        this.#iterators.push(sets[this.#iterators.length]!(frame)[Symbol.iterator]());
      if (this.#setValues !== null) {
        frame.sets = this.#setValues;
        const row = targets.map((target) => target(frame));
        this.#setValues = null;
        return row;
      }
      let isAny = false;
      const values = this.#iterators.map((iterator, index) => {
        const step = iterator?.next();
        if (step === undefined || step.done === true) {
          this.#iterators[index] = null;
          return null;
        }
        isAny = true;
        return step.value;
      });
      if (!isAny) {
        this.#hasRow = false;
        continue;
      }
      this.#setValues = values;
    }
  }
}
