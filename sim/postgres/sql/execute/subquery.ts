/**
 * Subqueries in expressions. One that depends on nothing outside runs once a statement and is kept; `IN` over such a one becomes a hash
 * look-up. Source: PostgreSQL's nodeSubplan.c, for the null rules of ANY and ALL.
 */
import { severalRows } from '../../errors.ts';
import type { HashKey } from '../../types/behaviour.ts';
import type { Datum, PgArray, PgType } from '../../types/datum.ts';
import { Oid } from '../../types/index.ts';
import { resumed } from '../../wait.ts';
import { logged } from '../calling.ts';
import { type Compiler, canWait } from '../compile.ts';
import type { SubqueryExpr } from '../expression.ts';
import { planQuery } from '../plan/planner.ts';
import { rowKey } from './aggregate.ts';
import type { Evaluate, Frame, Row } from './frame.ts';
import type { QueryPlan, RowCursor } from './query-plan.ts';

/** The rows of an uncorrelated subquery of one column, for an index that looks them up. */
export function subqueryValues(compiler: Compiler, expr: SubqueryExpr): (frame: Frame) => readonly Datum[] {
  const gathered = gatheredRows(compiler, expr);
  return (frame) => gathered(frame).map((row) => row[0]!);
}

function planOf(compiler: Compiler, expr: SubqueryExpr): QueryPlan {
  return compiler.once(expr.query, () => planQuery(compiler, expr.query));
}

function gatheredRows(compiler: Compiler, expr: SubqueryExpr): (frame: Frame) => readonly Row[] {
  return compiler.once(expr.tests, () => rowsOnce(planOf(compiler, expr)));
}

export function compileSubquery(compiler: Compiler, expr: SubqueryExpr): Evaluate {
  const plan = planOf(compiler, expr);
  switch (expr.form) {
    case 'exists':
      return reduced(
        expr,
        plan,
        () => false,
        (_state, _row) => true,
        (state) => state,
        true,
      );
    case 'value':
      return reduced<{ value: Datum; count: number }>(
        expr,
        plan,
        () => ({ value: null, count: 0 }),
        (state, row) => {
          if (state.count > 0) throw severalRows();
          return { value: row[0]!, count: 1 };
        },
        (state) => state.value,
        false,
      );
    case 'record': {
      const fields = plan.columns.map((column) => ({ name: column.name, type: column.type, typmod: column.typmod }));
      return reduced<{ row: Row | null }>(
        expr,
        plan,
        () => ({ row: null }),
        (state, row) => {
          if (state.row !== null) throw severalRows();
          return { row };
        },
        (state) => (state.row === null ? null : { type: Oid.record, values: state.row, fields }),
        false,
      );
    }
    case 'array': {
      const { types } = compiler;
      const columnType = plan.columns[0]!.type;
      const elementType = types.elementOf(columnType) !== 0 ? types.elementOf(columnType) : columnType;
      const isNested = types.elementOf(columnType) !== 0;
      return reduced<Datum[]>(
        expr,
        plan,
        () => [],
        (state, row) => {
          state.push(row[0]!);
          return state;
        },
        (state): Datum => {
          if (state.length === 0) return { elementType, dims: [], lower: [], items: [] };
          if (!isNested) return { elementType, dims: [state.length], lower: [1], items: state };
          const parts = state as PgArray[];
          return {
            elementType,
            dims: [parts.length, ...parts[0]!.dims],
            lower: [1, ...parts[0]!.lower],
            items: parts.flatMap((part) => part.items),
          };
        },
        false,
      );
    }
    case 'any':
    case 'all':
    case 'row':
      return tested(compiler, expr, plan);
  }
}

/** Folds the rows of the subquery into one value. */
function reduced<S>(
  expr: SubqueryExpr,
  plan: QueryPlan,
  start: () => S,
  add: (state: S, row: Row) => S,
  finish: (state: S) => Datum,
  stopsAtFirst: boolean,
): Evaluate {
  const run = (rows: RowCursor, holder: { state: S }): Datum => {
    for (;;) {
      const row = rows.next();
      if (row === null) return finish(holder.state);
      holder.state = add(holder.state, row);
      if (stopsAtFirst) return finish(holder.state);
    }
  };
  if (!expr.isCorrelated)
    return onceEvaluated(plan, (rows) => {
      const holder = { state: start() };
      return () => run(rows, holder);
    });
  if (canWait(expr)) {
    return (frame) =>
      logged(frame, () => {
        const rows = plan.open(frame.execution, frame);
        const holder = { state: start() };
        return resumed(() => run(rows, holder));
      });
  }
  return (frame) => run(plan.open(frame.execution, frame), { state: start() });
}

interface Once {
  readonly step: () => Datum;
  isDone: boolean;
  value: Datum;
}

/** Runs at the first need and keeps its value for the statement; progress survives a wait. */
function onceEvaluated(plan: QueryPlan, begin: (rows: RowCursor) => () => Datum): Evaluate {
  const key = {};
  return (frame) => {
    const { once } = frame.execution;
    let state = once.get(key) as Once | undefined;
    if (state === undefined) {
      state = { step: begin(plan.open(frame.execution, outermost(frame))), isDone: false, value: null };
      once.set(key, state);
    }
    if (!state.isDone) {
      // Recorded calls belong to the expression around, not to the subquery.
      const saved = frame.execution.replay;
      frame.execution.replay = null;
      try {
        state.value = state.step();
        state.isDone = true;
      } finally {
        frame.execution.replay = saved;
      }
    }
    return state.value;
  };
}

/** An uncorrelated subquery still finds WITH names of the levels around it. */
function outermost(frame: Frame): Frame {
  return frame;
}

/** `left op ANY (subquery)`, ALL, and a row compared with one row. */
function tested(compiler: Compiler, expr: SubqueryExpr, plan: QueryPlan): Evaluate {
  const tests = expr.tests.map((test) => compiler.part(test));
  const hashed = expr.form === 'row' || expr.isCorrelated ? null : hashedTest(compiler, expr);
  if (hashed !== null) return hashed;
  const isAll = expr.form === 'all';
  const isNotEqual = expr.operator === '<>';
  const rowTest = (frame: Frame, row: Row): Datum => {
    const saved = frame.subqueryRow;
    frame.subqueryRow = row;
    // Several columns: all equal, or any different for <>.
    let result: Datum = !isNotEqual || tests.length === 1;
    if (tests.length === 1) result = tests[0]!(frame);
    else {
      let sawNull = false;
      result = !isNotEqual;
      for (const test of tests) {
        const value = test(frame);
        if (value === null) sawNull = true;
        else if (value === isNotEqual) {
          result = isNotEqual;
          sawNull = false;
          break;
        }
      }
      if (sawNull) result = null;
    }
    frame.subqueryRow = saved;
    return result;
  };
  const run = (
    frame: Frame,
    next: () => Row | null,
    holder: { sawNull: boolean; count: number; last: Datum },
  ): Datum => {
    for (;;) {
      const row = next();
      if (row === null) break;
      if (expr.form === 'row') {
        holder.count += 1;
        if (holder.count > 1) throw severalRows();
        holder.last = rowTest(frame, row);
        continue;
      }
      const value = rowTest(frame, row);
      if (value === null) holder.sawNull = true;
      else if (value !== isAll) return !isAll;
    }
    if (expr.form === 'row') return holder.last;
    return holder.sawNull ? null : isAll;
  };
  if (expr.isCorrelated) {
    return (frame) => {
      const rows = plan.open(frame.execution, frame);
      return run(frame, () => rows.next(), { sawNull: false, count: 0, last: null });
    };
  }
  const gathered = gatheredRows(compiler, expr);
  return (frame) => {
    const rows = gathered(frame);
    let at = 0;
    return run(frame, () => rows[at++] ?? null, { sawNull: false, count: 0, last: null });
  };
}

function rowsOnce(plan: QueryPlan): (frame: Frame) => readonly Row[] {
  const key = {};
  return (frame) => {
    const { once } = frame.execution;
    let state = once.get(key) as { rows: Row[]; source: RowCursor; isDone: boolean } | undefined;
    if (state === undefined) {
      state = { rows: [], source: plan.open(frame.execution, frame), isDone: false };
      once.set(key, state);
    }
    while (!state.isDone) {
      const row = state.source.next();
      if (row === null) state.isDone = true;
      else state.rows.push(row);
    }
    return state.rows;
  };
}

/** `= ANY` and `<> ALL` over hashable columns. */
function hashedTest(compiler: Compiler, expr: SubqueryExpr): Evaluate | null {
  const isAny = expr.form === 'any' && expr.operator === '=';
  const isNone = expr.form === 'all' && expr.operator === '<>' && expr.tests.length === 1;
  if (!isAny && !isNone) return null;
  const lefts: Evaluate[] = [];
  const rights: Evaluate[] = [];
  const types: PgType[] = [];
  for (const test of expr.tests) {
    if (test.kind !== 'call' || test.args.length !== 2) return null;
    const [left, right] = test.args;
    const type = compiler.types.byOid(left!.type);
    if (left!.type !== right!.type || !type.isHashable) return null;
    lefts.push(compiler.part(left!));
    rights.push(compiler.part(right!));
    types.push(type);
  }
  const gathered = gatheredRows(compiler, expr);
  const key = {};
  return (frame) => {
    const rows = gathered(frame);
    const { once } = frame.execution;
    let table = once.get(key) as
      | { readonly keys: Set<string | HashKey>; readonly hasNull: boolean; readonly partial: Row[] }
      | undefined;
    const saved = frame.subqueryRow;
    if (table === undefined) {
      const keys = new Set<string | HashKey>();
      let hasNull = false;
      const partial: Row[] = [];
      for (const row of rows) {
        frame.subqueryRow = row;
        const values = rights.map((right) => right(frame));
        if (values.includes(null)) {
          hasNull = true;
          partial.push(values);
        } else keys.add(rowKey(types, values));
      }
      frame.subqueryRow = saved;
      table = { keys, hasNull, partial };
      once.set(key, table);
    }
    if (rows.length === 0) return isNone;
    const values = lefts.map((left) => left(frame));
    if (values.every((value) => value !== null)) {
      if (table.keys.has(rowKey(types, values))) return isAny;
      if (!table.partial.some((row) => couldMatch(types, values, row))) return isNone;
      return null;
    }
    // A null on the left: unknown if any row could match on the other columns.
    if (values.every((value) => value === null)) return null;
    return rows.length > 0 ? null : isNone;
  };
}

function couldMatch(types: readonly PgType[], left: readonly Datum[], right: Row): boolean {
  return left.every(
    (value, index) => value === null || right[index] === null || types[index]!.compare(value, right[index]!) === 0,
  );
}
