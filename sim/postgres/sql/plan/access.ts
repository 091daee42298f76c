/**
 * How one table is read: in heap order, or by an index that its conditions or the wanted order fit.
 * Statistics are the number of versions in the heap; estimates only steer the choice. Every condition is tested on the row as well, so a
 * chosen index never decides what is true. Differs: the choice is not PostgreSQL's, so rows without ORDER BY may come in another order.
 */
import type { Column, IndexInfo, Relation, TableShape } from '../../catalog/objects.ts';
import type { Datum } from '../../types/datum.ts';
import { Oid, strategiesOf } from '../../types/index.ts';
import type { Compiler } from '../compile.ts';
import type { Evaluate, Frame, PlanNode } from '../execute/frame.ts';
import { IndexScan, SeqScan } from '../execute/scan.ts';
import { subqueryValues } from '../execute/subquery.ts';
import type { Expr } from '../expression.ts';
import type { SortKey } from '../query.ts';
import { impliesPredicate } from '../resolve/modification.ts';
import { mapParts, sameExpr, someExpr } from '../resolve/same.ts';
import { clause } from '../resolve/select.ts';
import { indexKeyExpr, statementFor, tableScope } from '../resolve/table-expressions.ts';
import { tablesUsed } from './tables-used.ts';

export interface Access {
  readonly rows: number;
  readonly cost: number;
  /** Whether rows come in the wanted order. */
  readonly isOrdered: boolean;
  build(filter: ((frame: Frame) => boolean) | null): PlanNode;
}

interface Match {
  readonly equals: { readonly value: Expr; readonly findsNull: boolean }[];
  any: Expr | null;
  lower: { readonly value: Expr; readonly isInclusive: boolean } | null;
  upper: { readonly value: Expr; readonly isInclusive: boolean } | null;
}

/** What the keys and predicate of an index are in this statement, with the table's own number. */
interface IndexExprs {
  readonly keys: readonly Expr[];
  readonly predicate: Expr | null;
}

/**
 * The cheapest way to read a table.
 * @param available tables whose rows are in the frame when the scan is opened
 * @param order the wanted order, or null; `hasLimit` says that few of the ordered rows will be read
 */
export function chooseAccess(
  compiler: Compiler,
  table: number,
  shape: TableShape,
  conditions: readonly Expr[],
  available: ReadonlySet<number>,
  order: readonly SortKey[] | null,
  hasLimit: boolean,
): Access {
  const { relation } = shape;
  const size = Math.max(1, relation.heap?.length ?? 1);
  let best: Access = {
    rows: Math.max(1, size * 0.4 ** Math.min(conditions.length, 4)),
    cost: size,
    isOrdered: false,
    build: (filter) => new SeqScan(table, relation, filter),
  };
  for (const index of shape.indexes) {
    const info = index.index!;
    if (!info.isValid || info.method !== 'btree') continue;
    const access = indexAccess(compiler, table, shape, index, info, conditions, available, order, hasLimit, size);
    if (access !== null && access.cost < best.cost) best = access;
    else if (access !== null && access.cost === best.cost && access.isOrdered && !best.isOrdered) best = access;
  }
  return best;
}

function indexAccess(
  compiler: Compiler,
  table: number,
  shape: TableShape,
  index: Relation,
  info: IndexInfo,
  conditions: readonly Expr[],
  available: ReadonlySet<number>,
  order: readonly SortKey[] | null,
  hasLimit: boolean,
  size: number,
): Access | null {
  const exprs = indexExprs(compiler, table, shape.relation, info);
  if (exprs.predicate !== null && !conditions.some(() => true)) return null;
  if (
    exprs.predicate !== null &&
    !impliesPredicate({ kind: 'and', args: conditions, type: Oid.bool, typmod: -1, at: -1 }, exprs.predicate)
  )
    return null;
  const match = matchKeys(compiler, table, exprs.keys, conditions, available);
  const used = match.equals.length;
  const direction = order === null ? null : orderDirection(exprs.keys, info, used, order);
  const hasRange = match.lower !== null || match.upper !== null;
  if (used === 0 && match.any === null && !hasRange && direction === null && exprs.predicate === null) return null;
  const total = Math.max(1, info.tree.length);
  let rows = total;
  if (info.isUnique && used === info.keys.length) rows = 1;
  else {
    rows = Math.max(1, total / 10 ** used);
    if (match.any !== null)
      rows = Math.max(1, Math.min(rows, info.isUnique && used + 1 === info.keys.length ? 10 : rows / 5));
    if (hasRange) rows = Math.max(1, rows / 3);
  }
  // An ordered scan under a limit stops early; one without it spares a sort.
  const isOrdered = direction !== null && match.any === null;
  // A scan by index costs more per row than one of the heap, and a little to begin with.
  let cost = 2 + rows * 1.5;
  if (isOrdered && hasLimit) cost = Math.min(cost, 3 + rows * 0.01);
  else if (isOrdered) cost = Math.min(cost, size * 1.05);
  else if (used === 0 && match.any === null && !hasRange && exprs.predicate !== null && rows >= size) return null;
  return {
    rows,
    cost,
    isOrdered,
    build: (filter) =>
      new IndexScan(
        table,
        shape.relation,
        index.oid,
        info,
        bounds(compiler, exprs, match),
        direction === 'backward',
        filter,
      ),
  };
}

function indexExprs(compiler: Compiler, table: number, relation: Relation, info: IndexInfo): IndexExprs {
  const isPlain = info.predicate === null && info.keys.every((key) => key.column !== 0);
  if (isPlain) {
    return {
      keys: info.keys.map((key): Expr => columnVar(table, key.column - 1, relation.columns[key.column - 1]!)),
      predicate: null,
    };
  }
  const scope = tableScope(statementFor(compiler.backend), relation);
  const moved = (expr: Expr): Expr => (expr.kind === 'var' ? { ...expr, table } : mapParts(expr, moved));
  return {
    keys: info.keys.map((_, position) => moved(indexKeyExpr(scope, relation, info, position))),
    predicate: info.predicate === null ? null : moved(clause(scope, 'index', info.predicate, 'WHERE')!),
  };
}

function columnVar(table: number, column: number, of: Column): Expr {
  return { kind: 'var', level: 0, table, column, type: of.typeOid, typmod: of.typmod, at: -1 };
}

function matchKeys(
  compiler: Compiler,
  table: number,
  keys: readonly Expr[],
  conditions: readonly Expr[],
  available: ReadonlySet<number>,
): Match {
  const match: Match = { equals: [], any: null, lower: null, upper: null };
  for (const key of keys) {
    const equal = findEqual(compiler, table, key, conditions, available);
    if (equal !== null) {
      match.equals.push(equal);
      continue;
    }
    match.any = findAny(compiler, table, key, conditions, available);
    if (match.any !== null) return match;
    for (const condition of conditions) {
      const test = comparison(compiler, table, key, condition, available);
      if (test === null) continue;
      if (test.strategy === 1 || test.strategy === 2)
        match.upper ??= { value: test.value, isInclusive: test.strategy === 2 };
      if (test.strategy === 4 || test.strategy === 5)
        match.lower ??= { value: test.value, isInclusive: test.strategy === 4 };
    }
    return match;
  }
  return match;
}

function findEqual(
  compiler: Compiler,
  table: number,
  key: Expr,
  conditions: readonly Expr[],
  available: ReadonlySet<number>,
): Match['equals'][number] | null {
  for (const condition of conditions) {
    if (condition.kind === 'null test' && condition.isNull && !condition.isRow && isKey(condition.arg, key)) {
      return { value: { kind: 'const', value: null, type: key.type, typmod: -1, at: -1 }, findsNull: true };
    }
    if (isKey(condition, key) && key.type === Oid.bool)
      return { value: { kind: 'const', value: true, type: Oid.bool, typmod: -1, at: -1 }, findsNull: false };
    if (condition.kind === 'not' && isKey(condition.arg, key))
      return { value: { kind: 'const', value: false, type: Oid.bool, typmod: -1, at: -1 }, findsNull: false };
    const test = comparison(compiler, table, key, condition, available);
    if (test !== null && test.strategy === 3) return { value: test.value, findsNull: false };
  }
  return null;
}

function findAny(
  compiler: Compiler,
  table: number,
  key: Expr,
  conditions: readonly Expr[],
  available: ReadonlySet<number>,
): Expr | null {
  for (const condition of conditions) {
    if (
      condition.kind === 'any array' &&
      !condition.isAll &&
      isKey(condition.left, key) &&
      strategyOf(condition.operatorOid) === 3
    ) {
      const element = compiler.types.elementOf(compiler.types.baseOf(condition.array.type));
      if (isComparable(compiler, key.type, element) && isAvailable(table, condition.array, available)) return condition;
    }
    if (
      condition.kind === 'subquery' &&
      condition.form === 'any' &&
      condition.operator === '=' &&
      !condition.isCorrelated &&
      condition.tests.length === 1
    ) {
      const test = condition.tests[0]!;
      if (test.kind !== 'call' || !isKey(test.args[0]!, key)) continue;
      const right = test.args[1]!;
      if (right.kind === 'subquery column' && isComparable(compiler, key.type, right.type)) return condition;
    }
  }
  return null;
}

interface Comparison {
  readonly strategy: number;
  readonly value: Expr;
}

/** `key op value` or `value op key` with an operator of the key's order. */
function comparison(
  compiler: Compiler,
  table: number,
  key: Expr,
  condition: Expr,
  available: ReadonlySet<number>,
): Comparison | null {
  if (condition.kind !== 'call' || condition.operatorOid === undefined || condition.args.length !== 2) return null;
  const strategy = strategyOf(condition.operatorOid);
  if (strategy === 0) return null;
  const [left, right] = condition.args as [Expr, Expr];
  if (isKey(left, key) && isAvailable(table, right, available) && isComparable(compiler, key.type, right.type))
    return { strategy, value: right };
  if (isKey(right, key) && isAvailable(table, left, available) && isComparable(compiler, key.type, left.type))
    return { strategy: 6 - strategy, value: left };
  return null;
}

const strategies = new Map<number, number>();

/** btree strategy of an operator: 1 <, 2 <=, 3 =, 4 >=, 5 >; 0 for any other operator. */
export function strategyOf(operator: number): number {
  let strategy = strategies.get(operator);
  if (strategy === undefined) {
    strategy = strategiesOf(operator).find((row) => row.method === 403)?.strategy ?? 0;
    strategies.set(operator, strategy);
  }
  return strategy;
}

/** The same column or expression, through coercions that change nothing (varchar to text). */
function isKey(expr: Expr, key: Expr): boolean {
  if (sameExpr(expr, key)) return true;
  return expr.kind === 'relabel' && isKey(expr.arg, key);
}

const INTEGERS: ReadonlySet<number> = new Set([Oid.int2, Oid.int4, Oid.int8]);
const TEXTS: ReadonlySet<number> = new Set([Oid.text, Oid.varchar]);

/** Whether values of both types are ordered by the key's own comparison, perhaps after `asKey`. */
function isComparable(compiler: Compiler, key: number, value: number): boolean {
  const a = compiler.types.baseOf(key);
  const b = compiler.types.baseOf(value);
  return a === b || (INTEGERS.has(a) && INTEGERS.has(b)) || (TEXTS.has(a) && TEXTS.has(b));
}

function isAvailable(table: number, expr: Expr, available: ReadonlySet<number>): boolean {
  if (someExpr(expr, (part) => part.kind === 'call' && part.callable.volatility === 'v')) return false;
  for (const used of tablesUsed(expr)) if (used === table || !available.has(used)) return false;
  return true;
}

function orderDirection(
  keys: readonly Expr[],
  info: IndexInfo,
  skipped: number,
  order: readonly SortKey[],
): 'forward' | 'backward' | null {
  // Columns fixed by equality may be left out of either order.
  let at = skipped;
  let direction: 'forward' | 'backward' | null = null;
  for (const wanted of order) {
    if (keys.slice(0, skipped).some((key) => sameExpr(wanted.expr, key))) continue;
    const key = keys[at];
    if (key === undefined || !sameExpr(wanted.expr, key)) return null;
    const { isDescending, nullsFirst } = info.keys[at]!;
    const isForward = wanted.isDescending === isDescending && wanted.nullsFirst === nullsFirst;
    const isBackward = wanted.isDescending !== isDescending && wanted.nullsFirst !== nullsFirst;
    if (!isForward && !isBackward) return null;
    const next = isForward ? 'forward' : 'backward';
    if (direction !== null && direction !== next) return null;
    direction = next;
    at += 1;
  }
  return direction ?? 'forward';
}

function bounds(compiler: Compiler, exprs: IndexExprs, match: Match): IndexScan['bounds'] {
  const typed = (position: number, value: Expr): Evaluate =>
    asKey(compiler, exprs.keys[position]!.type, value.type, compiler.expression(value));
  const next = match.equals.length;
  let any: IndexScan['bounds']['any'] = null;
  if (match.any !== null) {
    const keyType = exprs.keys[next]!.type;
    if (match.any.kind === 'any array') {
      const array = compiler.expression(match.any.array);
      const element = compiler.types.elementOf(compiler.types.baseOf(match.any.array.type));
      const convert = keyConverter(compiler, keyType, element);
      any = (frame) => {
        const value = array(frame) as { readonly items: readonly Datum[] } | null;
        return value === null ? null : value.items.map(convert).filter((item) => item !== null);
      };
    } else if (match.any.kind === 'subquery') {
      const values = subqueryValues(compiler, match.any);
      const right = match.any.tests[0]!.kind === 'call' ? match.any.tests[0]!.args[1]!.type : keyType;
      const convert = keyConverter(compiler, keyType, right);
      any = (frame) => values(frame).map(convert);
    }
  }
  return {
    equals: match.equals.map(({ value }, position) => typed(position, value)),
    findsNull: match.equals.map(({ findsNull }) => findsNull),
    lower:
      match.lower === null ? null : { value: typed(next, match.lower.value), isInclusive: match.lower.isInclusive },
    upper:
      match.upper === null ? null : { value: typed(next, match.upper.value), isInclusive: match.upper.isInclusive },
    any,
  };
}

function asKey(compiler: Compiler, key: number, from: number, value: Evaluate): Evaluate {
  const convert = keyConverter(compiler, key, from);
  return (frame) => convert(value(frame));
}

/** Integers of another width are brought to the key's own kind of number; their order is the same. */
function keyConverter(compiler: Compiler, key: number, from: number): (value: Datum) => Datum {
  const a = compiler.types.baseOf(key);
  const b = compiler.types.baseOf(from);
  if (a === b || (a !== Oid.int8 && b !== Oid.int8)) return (value) => value;
  if (a === Oid.int8) return (value) => (value === null ? null : BigInt(value as number));
  return (value) => (value === null ? null : Number(value as bigint));
}
