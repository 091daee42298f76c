/** Scans of what is no stored table: VALUES, functions, subqueries, CTEs, system catalogs, one empty row. */

import type { Relation } from '../../catalog/objects.ts';
import { unsupported } from '../../errors.ts';
import type { BoundSite } from '../../functions/implementation.ts';
import type { Datum, PgRecord } from '../../types/datum.ts';
import type { Waiting } from '../../wait.ts';
import { logged, restartable } from '../calling.ts';
import type { Callable } from '../expression.ts';
import type { CommonTable } from '../query.ts';
import type { Cursor, Evaluate, Frame, PlanNode, Row } from './frame.ts';
import type { QueryPlan, RowCursor } from './query-plan.ts';
import { type Condition, recheckCursor } from './scan.ts';

/** Rows from an iterator, filtered, into one table of the frame. */
class RowsCursor implements Cursor {
  readonly #frame: Frame;
  readonly #table: number;
  readonly #filter: Condition;
  readonly #next: () => Row | null;
  #isPending = false;

  constructor(frame: Frame, table: number, filter: Condition, next: () => Row | null) {
    this.#frame = frame;
    this.#table = table;
    this.#filter = filter;
    this.#next = next;
  }

  next(): boolean {
    for (;;) {
      if (!this.#isPending) {
        const row = this.#next();
        if (row === null) return false;
        this.#frame.execution.scan();
        this.#frame.rows[this.#table] = row;
        this.#isPending = true;
      }
      const isWanted = this.#filter === null || this.#filter(this.#frame);
      this.#isPending = false;
      if (isWanted) return true;
    }
  }
}

/** One row without columns: SELECT without FROM. */
export class OneRow implements PlanNode {
  readonly filter: Condition;
  constructor(filter: Condition) {
    this.filter = filter;
  }

  open(frame: Frame): Cursor {
    let isDone = false;
    const { filter } = this;
    return {
      next: () => {
        if (isDone) return false;
        const isWanted = filter === null || filter(frame);
        isDone = true;
        return isWanted;
      },
    };
  }
}

export class ValuesScan implements PlanNode {
  readonly table: number;
  readonly rows: readonly (readonly Evaluate[])[];
  readonly filter: Condition;
  constructor(table: number, rows: readonly (readonly Evaluate[])[], filter: Condition) {
    this.table = table;
    this.rows = rows;
    this.filter = filter;
  }

  open(frame: Frame): Cursor {
    const again = recheckCursor(frame, this.table, this.filter);
    if (again !== null) return again;
    let at = 0;
    const { rows } = this;
    return new RowsCursor(frame, this.table, this.filter, () => {
      const row = rows[at];
      if (row === undefined) return null;
      const values = row.map((evaluate) => evaluate(frame));
      at += 1;
      return values;
    });
  }
}

export class VirtualScan implements PlanNode {
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
    const rows = this.relation.rows!(frame.execution.backend);
    let at = 0;
    return new RowsCursor(frame, this.table, this.filter, () => rows[at++] ?? null);
  }
}

/** A function of FROM: how to call it and how many columns it gives. */
export interface FunctionSource {
  readonly call: ((frame: Frame) => Iterable<Datum>) | null;
  readonly scalar: Evaluate | null;
  readonly columnCount: number;
  readonly isRow: boolean;
}

export class FunctionScan implements PlanNode {
  readonly table: number;
  readonly sources: readonly FunctionSource[];
  readonly withOrdinality: boolean;
  readonly filter: Condition;
  constructor(table: number, sources: readonly FunctionSource[], withOrdinality: boolean, filter: Condition) {
    this.table = table;
    this.sources = sources;
    this.withOrdinality = withOrdinality;
    this.filter = filter;
  }

  open(frame: Frame): Cursor {
    const again = recheckCursor(frame, this.table, this.filter);
    if (again !== null) return again;
    const iterators: (Iterator<Datum> | null)[] = [];
    let ordinal = 0n;
    return new RowsCursor(frame, this.table, this.filter, () => {
      // One by one, so that a call that suspends does not repeat those before it.
      while (iterators.length < this.sources.length) iterators.push(iteratorOf(this.sources[iterators.length]!, frame));
      const row: Datum[] = [];
      let isAny = false;
      this.sources.forEach((source, index) => {
        const step = iterators[index]?.next();
        if (step === undefined || step.done === true) {
          iterators[index] = null;
          for (let column = 0; column < source.columnCount; column++) row.push(null);
          return;
        }
        isAny = true;
        spread(row, step.value, source);
      });
      if (!isAny) return null;
      ordinal += 1n;
      if (this.withOrdinality) row.push(ordinal);
      return row;
    });
  }
}

function spread(row: Datum[], value: Datum, source: FunctionSource): void {
  if (!source.isRow) {
    row.push(value);
    return;
  }
  const record = value as PgRecord | null;
  for (let column = 0; column < source.columnCount; column++)
    row.push(record === null ? null : (record.values[column] ?? null));
}

function iteratorOf(source: FunctionSource, frame: Frame): Iterator<Datum> {
  if (source.call !== null) return source.call(frame)[Symbol.iterator]();
  return [source.scalar!(frame)][Symbol.iterator]();
}

const NO_ROWS: readonly Datum[] = [];

/** Calls a set-returning function with evaluated arguments; a strict one gives no row for a null argument. */
export function setCaller(
  callable: Callable,
  args: readonly Evaluate[],
  site: Omit<BoundSite, 'context'>,
): (frame: Frame) => Iterable<Datum> {
  const { callSet, waitSet, isStrict } = callable;
  if (waitSet !== undefined) {
    const rows = restartable((frame) => {
      const values = args.map((arg) => arg(frame));
      if (isStrict && values.includes(null)) return NO_ROWS as unknown as Datum;
      // The log of a restartable expression keeps whatever the call gave; here it is the list of rows.
      return logged(
        frame,
        () => waitSet(values, { ...site, context: frame.execution.context }) as unknown as Waiting<Datum>,
      );
    });
    return (frame) => rows(frame) as unknown as readonly Datum[];
  }
  if (callSet === null) throw unsupported('this set-returning function');
  return (frame) => {
    const values = args.map((arg) => arg(frame));
    if (isStrict && values.includes(null)) return [];
    return callSet(values, { ...site, context: frame.execution.context });
  };
}

/** A subquery in FROM; its own frame hangs under this one, so LATERAL references and outer ones are the same. */
export class SubqueryScan implements PlanNode {
  readonly table: number;
  readonly plan: QueryPlan;
  readonly filter: Condition;
  constructor(table: number, plan: QueryPlan, filter: Condition) {
    this.table = table;
    this.plan = plan;
    this.filter = filter;
  }

  open(frame: Frame): Cursor {
    const again = recheckCursor(frame, this.table, this.filter);
    if (again !== null) return again;
    const rows = this.plan.open(frame.execution, frame);
    return new RowsCursor(frame, this.table, this.filter, () => rows.next());
  }
}

/** Rows of a CTE, computed as far as anyone has read. */
export class CommonTableState {
  readonly rows: Row[] = [];
  readonly #source: RowCursor | null;
  #isThrough = false;

  constructor(source: RowCursor | null) {
    this.#source = source;
    this.#isThrough = source === null;
  }

  row(index: number): Row | null {
    while (index >= this.rows.length && !this.#isThrough) {
      const row = this.#source!.next();
      if (row === null) this.#isThrough = true;
      else this.rows.push(row);
    }
    return this.rows[index] ?? null;
  }

  /** Reads it to the end, as a data-modifying one must be. */
  finish(): void {
    while (!this.#isThrough) this.row(this.rows.length);
  }
}

export class CommonTableScan implements PlanNode {
  readonly table: number;
  readonly cte: CommonTable;
  readonly level: number;
  readonly planOf: (cte: CommonTable) => QueryPlan;
  readonly filter: Condition;
  constructor(
    table: number,
    cte: CommonTable,
    level: number,
    planOf: (cte: CommonTable) => QueryPlan,
    filter: Condition,
  ) {
    this.table = table;
    this.cte = cte;
    this.level = level;
    this.planOf = planOf;
    this.filter = filter;
  }

  open(frame: Frame): Cursor {
    const again = recheckCursor(frame, this.table, this.filter);
    if (again !== null) return again;
    let owner: Frame = frame;
    for (let steps = this.level; steps > 0 && owner.parent !== null; steps--) owner = owner.parent;
    const state = commonTableState(owner, this.cte, this.planOf);
    let at = 0;
    return new RowsCursor(frame, this.table, this.filter, () => {
      const row = state.row(at);
      if (row !== null) at += 1;
      return row;
    });
  }
}

export function commonTableState(
  owner: Frame,
  cte: CommonTable,
  planOf: (cte: CommonTable) => QueryPlan,
): CommonTableState {
  let state = owner.ctes.get(cte) as CommonTableState | undefined;
  if (state === undefined) {
    state = new CommonTableState(planOf(cte).open(owner.execution, owner));
    owner.ctes.set(cte, state);
  }
  return state;
}
