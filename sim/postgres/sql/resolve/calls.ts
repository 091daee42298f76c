/** Function calls: plain, set-returning, aggregate and window. Source: PostgreSQL's parse_func.c and parse_agg.c. */
import type { FuncCall, Node, WindowDef } from 'libpg-query';
import { findType } from '../../catalog/search-path.ts';
import { failure, PgError, unsupported } from '../../errors.ts';
import { aggregateByFunction } from '../../functions/aggregate-row.ts';
import type { FunctionRow } from '../../functions/function-row.ts';
import { aggregateOf, callableOf, functionCandidates, isUserFunction } from '../../functions-port.ts';
import { functionMissing, isCallCast, type ResolvedFunction, resolveFunction } from '../../types/index.ts';
import type { AggregateCall, Expr } from '../expression.ts';
import { parseSql } from '../parse.ts';
import { coerce, coerceBoolean, placed, registryOf, settled } from './coerce.ts';
import { resolveExpr } from './expressions.ts';
import { Scope, StatementScope } from './scope.ts';
import { sortKeys } from './sort.ts';
import { namesOf } from './type-name.ts';
import { resolveWindow } from './window.ts';

export function callExpr(scope: Scope, node: FuncCall): Expr {
  const at = node.location ?? 0;
  const names = namesOf(node.funcname);
  const name = names.at(-1) ?? '';
  const schema = names.length > 1 ? names[names.length - 2] : undefined;
  const candidates = functionCandidates(scope.statement.backend, schema, name);
  const isAggregate = candidates.some((row) => row.kind === 'a');
  const args = resolveArgs(scope, node.args, isAggregate && node.over === undefined);
  // For the choice among overloads the sorted arguments follow those in front of WITHIN GROUP.
  if (node.agg_within_group === true)
    for (const item of node.agg_order ?? [])
      if ('SortBy' in item) args.exprs.push(resolveWithin(scope, item.SortBy.node!));
  const argTypes = args.exprs.map((arg) => arg.type);
  const call = {
    name: schema === undefined ? name : `${schema}.${name}`,
    candidates: node.agg_star === true ? candidates.filter((row) => row.argTypes.length === 0) : candidates,
    argTypes,
    argNames: args.names,
    isVariadic: node.func_variadic === true,
  };
  let found: ResolvedFunction;
  try {
    found = resolveFunction(registryOf(scope), call);
  } catch (error) {
    const cast = callCast(scope, schema, name, args.exprs, node);
    if (cast !== null) return cast;
    if (error instanceof PgError && error.fields.position === undefined)
      throw (candidates.length === 0 ? (functionMissing(registryOf(scope), call) as PgError) : error).with({
        position: scope.statement.position(at),
      });
    throw error;
  }
  return bound(scope, node, found, args.exprs, at);
}

/** Brings the arguments into the function's slots, defaults and VARIADIC included. */
export function slotArgs(scope: Scope, found: ResolvedFunction, exprs: readonly Expr[]): Expr[] {
  let nextDefault = 0;
  const args = found.order.map((index, slot) => {
    const type = found.argTypes[slot]!;
    if (index >= 0) return coerce(scope, exprs[index]!, type, -1, 'i');
    const text = found.defaults[nextDefault++]!;
    const { row } = found;
    if (isUserFunction(row)) {
      const inner = new Scope(new StatementScope(scope.statement.backend, '', [], false), null);
      return coerce(scope, resolveExpr(inner, row.defaultNodes[row.defaults.indexOf(text)]!), type, -1, 'a');
    }
    const parsed = parseSql(`SELECT ${text}`)[0]?.node;
    const target = parsed !== undefined && 'SelectStmt' in parsed ? parsed.SelectStmt.targetList?.[0] : undefined;
    if (target === undefined || !('ResTarget' in target)) throw unsupported('this function default');
    return coerce(scope, resolveExpr(scope, target.ResTarget.val!), type, -1, 'i');
  });
  if (found.collected === 0) return args;
  const collected = args.splice(args.length - found.collected);
  const elementType = found.collectedType;
  args.push({
    kind: 'array',
    elementType,
    items: collected,
    isNested: false,
    type: registryOf(scope).arrayOf(elementType),
    typmod: -1,
    at: collected[0]?.at ?? -1,
  });
  return args;
}

function resolveWithin(scope: Scope, node: Node): Expr {
  const before = scope.isInAggregate;
  scope.isInAggregate = true;
  try {
    return resolveExpr(scope, node);
  } finally {
    scope.isInAggregate = before;
  }
}

function resolveArgs(
  scope: Scope,
  nodes: readonly Node[] | undefined,
  isAggregate: boolean,
): { readonly exprs: Expr[]; readonly names: string[] } {
  const before = scope.isInAggregate;
  const names: string[] = [];
  const exprs: Expr[] = [];
  // Whether a nested aggregate is an error is only known once the function is; see `bound`.
  scope.isInAggregate = before || isAggregate;
  try {
    for (const node of nodes ?? []) {
      if ('NamedArgExpr' in node) {
        names.push(node.NamedArgExpr.name ?? '');
        exprs.push(resolveExpr(scope, node.NamedArgExpr.arg!));
      } else exprs.push(resolveExpr(scope, node));
    }
  } finally {
    scope.isInAggregate = before;
  }
  return { exprs, names };
}

/** `type(value)` as a cast in the form of a call. */
function callCast(
  scope: Scope,
  schema: string | undefined,
  name: string,
  args: readonly Expr[],
  node: FuncCall,
): Expr | null {
  if (args.length !== 1 || node.agg_star === true || node.over !== undefined || node.agg_distinct === true) return null;
  const target = findType(scope.statement.backend, schema, name);
  if (target === 0) return null;
  const arg = args[0]!;
  return isCallCast(registryOf(scope), arg.type, target) ? coerce(scope, arg, target, -1, 'e') : null;
}

function bound(scope: Scope, node: FuncCall, found: ResolvedFunction, exprs: readonly Expr[], at: number): Expr {
  const { row } = found;
  const position = scope.statement.position(at);
  const args = slotArgs(scope, found, exprs);
  if (row.kind === 'p')
    throw failure(
      '42809',
      `${row.name}(${found.argTypes.map((type) => registryOf(scope).formatType(type)).join(', ')}) is a procedure`,
      {
        hint: 'To call a procedure, use CALL.',
        position,
      },
    );
  if (node.over !== undefined) return windowCall(scope, node, node.over, found, args, at);
  if (row.kind === 'w') throw failure('42809', `window function ${row.name} requires an OVER clause`, { position });
  if (row.kind === 'a') return aggregate(scope, node, found, args, at);
  refuseAggregateSyntax(scope, node, row);
  const site = {
    argTypes: args.map((arg) => arg.type),
    resultType: found.resultType,
    isVariadic: node.func_variadic === true,
  };
  const callable = placed(scope, at, () => callableOf(row));
  if (row.returnsSet) {
    if (scope.clause === 'from')
      return { kind: 'call', callable, args, site, written: 'function', type: found.resultType, typmod: -1, at };
    if (
      scope.clause !== 'select' &&
      scope.clause !== 'order by' &&
      scope.clause !== 'group by' &&
      scope.clause !== 'insert'
    )
      throw failure('0A000', `set-returning functions are not allowed in ${clauseName(scope)}`, { position });
    scope.sets.push({ callable, args, site });
    return { kind: 'set', index: scope.sets.length - 1, type: found.resultType, typmod: -1, at };
  }
  const written = node.funcformat === 'COERCE_SQL_SYNTAX' ? 'syntax' : 'function';
  return { kind: 'call', callable, args, site, written, type: found.resultType, typmod: -1, at };
}

function refuseAggregateSyntax(scope: Scope, node: FuncCall, row: FunctionRow): void {
  const at = scope.statement.position(node.location);
  if (node.agg_star === true)
    throw failure('42809', `${row.name}(*) specified, but ${row.name} is not an aggregate function`, { position: at });
  if (node.agg_distinct === true)
    throw failure('42809', `DISTINCT specified, but ${row.name} is not an aggregate function`, { position: at });
  if (node.agg_order !== undefined)
    throw failure('42809', `ORDER BY specified, but ${row.name} is not an aggregate function`, { position: at });
  if (node.agg_filter !== undefined)
    throw failure('42809', `FILTER specified, but ${row.name} is not an aggregate function`, { position: at });
}

const CLAUSE_NAMES: Readonly<Record<string, string>> = {
  join: 'JOIN conditions',
  default: 'DEFAULT expressions',
  check: 'check constraints',
  index: 'index expressions',
  values: 'VALUES',
  from: 'functions in FROM',
};

export function clauseName(scope: Scope): string {
  return CLAUSE_NAMES[scope.clause] ?? scope.clause.toUpperCase();
}

function aggregateCall(
  scope: Scope,
  node: FuncCall,
  found: ResolvedFunction,
  args: readonly Expr[],
  at: number,
): AggregateCall {
  const settledArgs = args.map((arg) => settled(scope, arg));
  const filter =
    node.agg_filter === undefined
      ? null
      : inClause(scope, 'filter', () => coerceBoolean(scope, resolveExpr(scope, node.agg_filter!), 'FILTER'));
  const ordered = sortKeys(scope, node.agg_order, null);
  const isWithin = node.agg_within_group === true;
  const kind = aggregateByFunction(found.row.oid)?.kind ?? 'n';
  if (isWithin !== (kind !== 'n'))
    throw failure(
      '42809',
      isWithin
        ? `${found.row.name} is not an ordered-set aggregate, so it cannot have WITHIN GROUP`
        : `WITHIN GROUP is required for ordered-set aggregate ${found.row.name}`,
      { position: scope.statement.position(at) },
    );
  const directCount = isWithin ? settledArgs.length - ordered.length : 0;
  const direct = settledArgs.slice(0, directCount);
  const sorted = settledArgs.slice(directCount);
  const order = isWithin ? ordered.map((key, index) => ({ ...key, expr: sorted[index] ?? key.expr })) : ordered;
  return {
    direct,
    name: found.row.name,
    oid: found.row.oid,
    implementation: placed(scope, at, () => aggregateOf(found.row)),
    isStrict: found.row.isStrict,
    site: {
      argTypes: sorted.map((arg) => arg.type),
      resultType: found.resultType,
      isVariadic: node.func_variadic === true,
    },
    args: sorted,
    isDistinct: node.agg_distinct === true,
    order,
    filter,
    isStar: node.agg_star === true,
    type: found.resultType,
  };
}

function inClause<T>(scope: Scope, clause: Scope['clause'], make: () => T): T {
  const before = scope.clause;
  scope.clause = clause;
  try {
    return make();
  } finally {
    scope.clause = before;
  }
}

const AGGREGATE_CLAUSES: ReadonlySet<string> = new Set(['select', 'having', 'order by', 'window', 'limit', 'offset']);

function aggregate(scope: Scope, node: FuncCall, found: ResolvedFunction, args: readonly Expr[], at: number): Expr {
  const position = scope.statement.position(at);
  if (scope.isInAggregate) throw failure('42803', 'aggregate function calls cannot be nested', { position });
  if (!AGGREGATE_CLAUSES.has(scope.clause))
    throw failure('42803', `aggregate functions are not allowed in ${clauseName(scope)}`, { position });
  const level = aggregateLevel(args);
  if (level > 0) throw unsupported('an aggregate over columns of an outer query', position);
  scope.aggregates.push(aggregateCall(scope, node, found, args, at));
  return { kind: 'aggregate', level: 0, index: scope.aggregates.length - 1, type: found.resultType, typmod: -1, at };
}

/** The innermost level whose columns the arguments name; 0 when they name none. */
function aggregateLevel(args: readonly Expr[]): number {
  let level = Number.POSITIVE_INFINITY;
  const visit = (value: unknown): void => {
    if (value === null || typeof value !== 'object') return;
    if (Array.isArray(value)) {
      for (const item of value) visit(item);
      return;
    }
    const expr = value as Expr;
    if (expr.kind === 'var') level = Math.min(level, expr.level);
    else if (expr.kind === 'subquery') level = 0;
    else if ('args' in expr || 'arg' in expr || 'left' in expr || 'items' in expr || 'whens' in expr)
      for (const key of Object.keys(expr))
        if (key !== 'callable') visit((expr as unknown as Record<string, unknown>)[key]);
  };
  visit(args);
  return level === Number.POSITIVE_INFINITY ? 0 : level;
}

function windowCall(
  scope: Scope,
  node: FuncCall,
  over: WindowDef,
  found: ResolvedFunction,
  args: readonly Expr[],
  at: number,
): Expr {
  const position = scope.statement.position(at);
  const { row } = found;
  if (scope.isInWindow) throw failure('42P20', 'window function calls cannot be nested', { position });
  if (scope.clause !== 'select' && scope.clause !== 'order by')
    throw failure('42P20', `window functions are not allowed in ${clauseName(scope)}`, { position });
  if (row.kind === 'f')
    throw failure('42809', `OVER specified, but ${row.name} is not a window function nor an aggregate function`, {
      position,
    });
  if (node.agg_distinct === true)
    throw failure('0A000', 'DISTINCT is not implemented for window functions', { position });
  scope.isInWindow = true;
  try {
    const window = resolveWindow(scope, over);
    const isAggregate = row.kind === 'a';
    const call = isAggregate ? aggregateCall(scope, node, found, args, at) : null;
    const filter = call?.filter ?? null;
    const settledArgs = args.map((arg) => settled(scope, arg));
    scope.windowCalls.push({
      window,
      args: settledArgs,
      filter,
      aggregate: call,
      functionOid: row.oid,
      type: found.resultType,
    });
    return { kind: 'window', index: scope.windowCalls.length - 1, type: found.resultType, typmod: -1, at };
  } finally {
    scope.isInWindow = false;
  }
}
