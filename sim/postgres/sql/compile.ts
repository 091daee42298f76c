/**
 * Resolved expressions to functions of a frame; one flat table, a case a kind of expression. Null handling, short circuits and laziness are the real server's.
 * What may suspend in the middle of an expression is in calling.ts.
 */
import { assert } from '../../kernel/assert.ts';
import type { Backend } from '../backend.ts';
import { failure, unsupported } from '../errors.ts';
import { nextSequenceValue } from '../session-functions/sequences.ts';
import type { Datum } from '../types/datum.ts';
import { Oid, type PgArray, type PgRecord, type TypeRegistry } from '../types/index.ts';
import { plainCall, recorded, restartable, waitingCall } from './calling.ts';
import type { Evaluate, Frame } from './execute/frame.ts';
import { compileSubquery } from './execute/subquery.ts';
import {
  type CallExpr,
  type Expr,
  SYSTEM_CMAX,
  SYSTEM_CMIN,
  SYSTEM_CTID,
  SYSTEM_TABLEOID,
  SYSTEM_XMAX,
  SYSTEM_XMIN,
  WHOLE_ROW,
} from './expression.ts';
import { folded } from './plan/fold.ts';
import type { TableEntry } from './query.ts';
import { someExpr } from './resolve/same.ts';
import { sessionValue } from './session-value.ts';
import { subscript } from './subscript.ts';

/** What compilation may know: the session's types, and the tables of each level for whole rows. */
export class Compiler {
  readonly backend: Backend;
  readonly types: TypeRegistry;
  /** Tables of this query, then of those around it. */
  readonly levels: readonly (readonly TableEntry[])[];
  /** What is made once a statement: plans of CTEs, subqueries that two places of a plan share. */
  readonly shared: Map<object, unknown>;

  constructor(backend: Backend, levels: readonly (readonly TableEntry[])[], shared: Map<object, unknown> = new Map()) {
    this.backend = backend;
    this.types = backend.engine.types;
    this.levels = levels;
    this.shared = shared;
  }

  inner(tables: readonly TableEntry[]): Compiler {
    return new Compiler(this.backend, [tables, ...this.levels], this.shared);
  }

  /** Makes a thing once for `key`. */
  once<T>(key: object, make: () => T): T {
    if (!this.shared.has(key)) this.shared.set(key, make());
    return this.shared.get(key) as T;
  }

  /** For use in a node that calls again after Suspended with the same frame. */
  expression(expr: Expr): Evaluate {
    const evaluate = this.#compile(folded(this, expr));
    return canWait(expr) ? restartable(evaluate) : evaluate;
  }

  /** A condition: true only when it is true. */
  condition(expr: Expr | null): ((frame: Frame) => boolean) | null {
    if (expr === null) return null;
    const evaluate = this.expression(expr);
    return (frame) => evaluate(frame) === true;
  }

  part(expr: Expr): Evaluate {
    return this.#compile(expr);
  }

  #all(exprs: readonly Expr[]): Evaluate[] {
    return exprs.map((expr) => this.#compile(expr));
  }

  #compile(expr: Expr): Evaluate {
    switch (expr.kind) {
      case 'const': {
        const { value } = expr;
        return () => value;
      }
      case 'unknown': {
        const { text } = expr;
        return () => text;
      }
      case 'param': {
        const index = expr.number - 1;
        return (frame) => frame.execution.parameters[index] ?? null;
      }
      case 'var':
        return this.#variable(expr.level, expr.table, expr.column);
      case 'call':
        return this.#call(expr);
      case 'via text': {
        const arg = this.#compile(expr.arg);
        const from = this.types.byOid(expr.arg.type === Oid.unknown ? Oid.text : expr.arg.type);
        const to = this.types.byOid(expr.type);
        const { typmod } = expr;
        return (frame) => {
          const value = arg(frame);
          if (value === null) return null;
          const { context } = frame.execution;
          return to.input(from.output(value, context), typmod, context);
        };
      }
      case 'relabel':
        return this.#relabel(expr.arg, expr.type);
      case 'fit': {
        const arg = this.#compile(expr.arg);
        const type = this.types.byOid(expr.type);
        const { typmod, isExplicit } = expr;
        return (frame) => {
          const value = arg(frame);
          return value === null ? null : type.fit(value, typmod, isExplicit);
        };
      }
      case 'array map': {
        const arg = this.#compile(expr.arg);
        const element = this.#compile(expr.element);
        const { elementType } = expr;
        return (frame) => {
          const value = arg(frame) as PgArray | null;
          if (value === null) return null;
          const saved = frame.test;
          const items = value.items.map((item) => {
            if (item === null) return null;
            frame.test = item;
            return element(frame);
          });
          frame.test = saved;
          return { elementType, dims: value.dims, lower: value.lower, items };
        };
      }
      case 'row map': {
        const arg = this.#compile(expr.arg);
        const { type } = expr;
        return (frame) => {
          const value = arg(frame) as PgRecord | null;
          return value === null ? null : { type, values: value.values };
        };
      }
      case 'test value':
        return (frame) => frame.test;
      case 'domain': {
        const arg = this.#compile(expr.arg);
        const { type } = expr;
        const { types } = this;
        return (frame) => {
          const value = arg(frame);
          types.domain(type)?.check(value, frame.execution.context);
          return value;
        };
      }
      case 'and':
      case 'or':
        return this.#logic(this.#all(expr.args), expr.kind === 'and');
      case 'not': {
        const arg = this.#compile(expr.arg);
        return (frame) => {
          const value = arg(frame);
          return value === null ? null : !value;
        };
      }
      case 'case':
        return this.#case(expr);
      case 'coalesce': {
        const args = this.#all(expr.args);
        return (frame) => {
          for (const arg of args) {
            const value = arg(frame);
            if (value !== null) return value;
          }
          return null;
        };
      }
      case 'greatest':
      case 'least': {
        const args = this.#all(expr.args);
        const type = this.types.byOid(expr.type);
        const wanted = expr.kind === 'greatest' ? 1 : -1;
        return (frame) => {
          let best: Datum = null;
          for (const arg of args) {
            const value = arg(frame);
            if (value === null) continue;
            if (best === null || Math.sign(type.compare(value, best)) === wanted) best = value;
          }
          return best;
        };
      }
      case 'nullif':
      case 'distinct': {
        const left = this.#compile(expr.left);
        const right = this.#compile(expr.right);
        const { equal } = expr;
        const site = { ...expr.site, context: this.backend.callContext };
        const isDistinct = expr.kind === 'distinct';
        return (frame) => {
          const a = left(frame);
          const b = right(frame);
          site.context = frame.execution.context;
          if (a === null || b === null) return isDistinct ? a !== b : a;
          const same = equal.call!([a, b], site) === true;
          return isDistinct ? !same : same ? null : a;
        };
      }
      case 'null test': {
        const arg = this.#compile(expr.arg);
        const { isNull, isRow } = expr;
        return (frame) => {
          const value = arg(frame);
          if (value === null || !isRow) return (value === null) === isNull;
          return (value as PgRecord).values.every((field) => (field === null) === isNull);
        };
      }
      case 'boolean test': {
        const arg = this.#compile(expr.arg);
        const { test } = expr;
        const isNegated = test.startsWith('not ');
        const wanted = test.endsWith('true') ? true : test.endsWith('false') ? false : null;
        return (frame) => (arg(frame) === wanted) !== isNegated;
      }
      case 'any array':
        return this.#anyArray(expr);
      case 'array':
        return this.#array(expr.elementType, this.#all(expr.items), expr.isNested);
      case 'row': {
        const items = this.#all(expr.items);
        const { type } = expr;
        const fields = expr.items.map((item, index) => ({
          name: expr.names[index]!,
          type: item.type,
          typmod: item.typmod,
        }));
        return (frame) => {
          const values = items.map((item) => item(frame));
          return type === Oid.record ? { type, values, fields } : { type, values };
        };
      }
      case 'field': {
        const arg = this.#compile(expr.arg);
        const { index } = expr;
        return (frame) => {
          const value = arg(frame) as PgRecord | null;
          return value === null ? null : (value.values[index] ?? null);
        };
      }
      case 'subscript':
        return subscript(expr, (part) => this.#compile(part), this.types);
      case 'row compare':
        return this.#rowCompare(expr);
      case 'subquery':
        return this.once(expr, () => compileSubquery(this, expr));
      case 'subquery column': {
        const { index } = expr;
        return (frame) => frame.subqueryRow[index] ?? null;
      }
      case 'aggregate': {
        const { index } = expr;
        return upwards(expr.level, (frame) => frame.aggregates[index] ?? null);
      }
      case 'group': {
        const { index } = expr;
        return upwards(expr.level, (frame) => frame.groups[index] ?? null);
      }
      case 'window': {
        const { index } = expr;
        return (frame) => frame.windows[index] ?? null;
      }
      case 'set': {
        const { index } = expr;
        return (frame) => frame.sets[index] ?? null;
      }
      case 'session value':
        return sessionValue(expr.name);
      case 'next value': {
        const { sequenceOid } = expr;
        return recorded((frame) => nextSequenceValue(frame.execution.backend, sequenceOid));
      }
      case 'grouping':
        return grouping(expr.indexes);
      case 'default':
        throw failure('42601', 'DEFAULT is not allowed in this context', {});
    }
  }

  #variable(level: number, table: number, column: number): Evaluate {
    if (column >= 0) {
      if (level === 0) {
        return (frame) => {
          const row = frame.rows[table]!;
          return row === null ? null : (row[column] ?? null);
        };
      }
      return upwards(level, (frame) => {
        const row = frame.rows[table]!;
        return row === null ? null : (row[column] ?? null);
      });
    }
    const entry = this.levels[level]![table]!;
    if (column === WHOLE_ROW) return upwards(level, wholeRow(entry));
    if (column === SYSTEM_TABLEOID) {
      const oid = entry.kind === 'relation' ? entry.shape.relation.oid : 0;
      return upwards(level, (frame) => (frame.rows[table] === null ? null : oid));
    }
    return upwards(level, systemColumn(table, column));

    function wholeRow(of: TableEntry): Evaluate {
      const shown = of.columns.flatMap((candidate, index) => (candidate.name === '' ? [] : [index]));
      const type = of.kind === 'relation' ? of.shape.relation.typeOid : Oid.record;
      const fields = shown.map((index) => ({
        name: of.columns[index]!.name,
        type: of.columns[index]!.type,
        typmod: of.columns[index]!.typmod,
      }));
      return (frame) => {
        const row = frame.rows[table]!;
        if (row === null) return null;
        const values = shown.map((index) => row[index] ?? null);
        if (of.kind === 'function' && shown.length === 1) return values[0]!;
        return type === Oid.record ? { type, values, fields } : { type, values };
      };
    }
  }

  #call(expr: CallExpr): Evaluate {
    const { callable } = expr;
    const args = this.#all(expr.args);
    const { isStrict } = callable;
    if (callable.wait !== null)
      return waitingCall(callable.wait, args, isStrict, { ...expr.site, context: this.backend.callContext });
    const { call } = callable;
    if (call === null) throw failure('0A000', 'set-valued function called in context that cannot accept a set', {});
    const site = { ...expr.site, context: this.backend.callContext };
    const evaluate = plainCall(call, args, isStrict, site);
    return callable.volatility === 'v' ? recorded(evaluate) : evaluate;
  }

  #relabel(arg: Expr, type: number): Evaluate {
    const evaluate = this.#compile(arg);
    const from = this.types.baseOf(arg.type);
    const to = this.types.baseOf(type);
    // Most relabels change nothing; a row or array carries its type along.
    if (this.types.elementOf(to) !== 0 && from !== to) {
      const elementType = this.types.elementOf(to);
      return (frame) => {
        const value = evaluate(frame) as PgArray | null;
        return value === null ? null : { ...value, elementType };
      };
    }
    return evaluate;
  }

  #logic(args: readonly Evaluate[], isAnd: boolean): Evaluate {
    const decisive = !isAnd;
    return (frame) => {
      let sawNull = false;
      for (const arg of args) {
        const value = arg(frame);
        if (value === decisive) return decisive;
        if (value === null) sawNull = true;
      }
      return sawNull ? null : isAnd;
    };
  }

  #case(expr: Extract<Expr, { kind: 'case' }>): Evaluate {
    const arg = expr.arg === null ? null : this.#compile(expr.arg);
    const whens = expr.whens.map(({ when }) => this.#compile(when));
    const thens = expr.whens.map(({ result }) => this.#compile(result));
    const otherwise = this.#compile(expr.otherwise);
    return (frame) => {
      const saved = frame.test;
      const value = arg === null ? null : arg(frame);
      for (let index = 0; index < whens.length; index++) {
        if (arg !== null) frame.test = value;
        const isTrue = whens[index]!(frame) === true;
        frame.test = saved;
        if (isTrue) return thens[index]!(frame);
      }
      return otherwise(frame);
    };
  }

  #anyArray(expr: Extract<Expr, { kind: 'any array' }>): Evaluate {
    const left = this.#compile(expr.left);
    const array = this.#compile(expr.array);
    const { callable, isAll } = expr;
    const { isStrict } = callable;
    const site = { ...expr.site, context: this.backend.callContext };
    return (frame) => {
      const value = left(frame);
      const list = array(frame) as PgArray | null;
      if (list === null) return null;
      if (list.items.length === 0) return isAll;
      if (value === null && isStrict) return null;
      let sawNull = false;
      site.context = frame.execution.context;
      for (const item of list.items) {
        const result = item === null && isStrict ? null : callable.call!([value, item], site);
        if (result === null) sawNull = true;
        else if (result !== isAll) return !isAll;
      }
      return sawNull ? null : isAll;
    };
  }

  #array(elementType: number, items: readonly Evaluate[], isNested: boolean): Evaluate {
    if (!isNested) {
      return (frame) =>
        items.length === 0
          ? { elementType, dims: [], lower: [], items: [] }
          : { elementType, dims: [items.length], lower: [1], items: items.map((item) => item(frame)) };
    }
    return (frame) => {
      const parts = items.map((item) => item(frame) as PgArray | null).filter((part): part is PgArray => part !== null);
      const first = parts[0];
      if (first === undefined || parts.every((part) => part.items.length === 0))
        return { elementType, dims: [], lower: [], items: [] };
      if (parts.some((part) => part.dims.join() !== first.dims.join()))
        throw failure('2202E', 'multidimensional arrays must have array expressions with matching dimensions', {});
      return {
        elementType,
        dims: [parts.length, ...first.dims],
        lower: [1, ...first.lower],
        items: parts.flatMap((part) => part.items),
      };
    };
  }

  #rowCompare(expr: Extract<Expr, { kind: 'row compare' }>): Evaluate {
    const lefts = this.#all(expr.lefts);
    const rights = this.#all(expr.rights);
    const types = expr.types.map((type) => this.types.byOid(type));
    const { operator } = expr;
    return (frame) => {
      for (let index = 0; index < lefts.length; index++) {
        const a = lefts[index]!(frame);
        const b = rights[index]!(frame);
        if (a === null || b === null) return null;
        const sign = types[index]!.compare(a, b);
        if (sign !== 0) return operator.startsWith('<') ? sign < 0 : sign > 0;
      }
      return operator.endsWith('=');
    };
  }
}

function upwards(level: number, evaluate: Evaluate): Evaluate {
  if (level === 0) return evaluate;
  return (frame) => {
    let outer = frame;
    for (let steps = level; steps > 0; steps--) {
      const { parent } = outer;
      assert(parent !== null, 'an expression names a query level that is not there');
      outer = parent;
    }
    return evaluate(outer);
  };
}

/** Bits of the columns that the group's set leaves out; the set stands behind the columns. */
function grouping(indexes: readonly number[]): Evaluate {
  if (indexes.length === 0)
    throw failure('42803', 'arguments to GROUPING must be grouping expressions of the associated query level', {});
  return (frame) => {
    const mask = frame.groups.at(-1) as number;
    return indexes.reduce((bits, index) => bits * 2 + ((mask >> index) & 1 ? 0 : 1), 0);
  };
}

function systemColumn(table: number, column: number): Evaluate {
  return (frame) => {
    const tuple = frame.tuples[table];
    if (tuple === null || tuple === undefined) return null;
    switch (column) {
      case SYSTEM_CTID:
        return `(${Math.floor(tuple.tid / 256)},${tuple.tid % 256})`;
      case SYSTEM_XMIN:
        return tuple.xmin;
      case SYSTEM_XMAX:
        return tuple.xmax !== 0 ? tuple.xmax : (tuple.lockers?.[0]?.xid ?? 0);
      case SYSTEM_CMIN:
        return tuple.cmin;
      case SYSTEM_CMAX:
        return tuple.cmax;
      default:
        throw unsupported('this system column');
    }
  };
}

export function canWait(expr: Expr): boolean {
  return someExpr(
    expr,
    (part) =>
      (part.kind === 'call' && (part.callable.wait !== null || part.callable.waitSet !== undefined)) ||
      (part.kind === 'subquery' && part.isCorrelated && part.query.rowMarks.length > 0),
  );
}
