/** GROUP BY, grouping sets, and the check that nothing else is read. Source: PostgreSQL's parse_agg.c. */
import type { Node } from 'libpg-query';
import { failure, groupingError, unsupported } from '../../errors.ts';
import type { Expr } from '../expression.ts';
import type { Query, SortKey, Target } from '../query.ts';
import { settled } from './coerce.ts';
import { mapParts, sameExpr } from './same.ts';
import type { Scope } from './scope.ts';
import { outputExpr, requireOrdering } from './sort.ts';

export interface Grouping {
  readonly exprs: readonly Expr[];
  readonly sets: readonly (readonly number[])[] | null;
}

/** Null when there is no GROUP BY. */
export function groupItems(
  scope: Scope,
  nodes: readonly Node[] | undefined,
  targets: readonly Target[],
): Grouping | null {
  if (nodes === undefined || nodes.length === 0) return null;
  const exprs: Expr[] = [];
  const indexOf = (node: Node): number => {
    const expr = settled(scope, outputExpr(scope, node, targets, 'GROUP BY'));
    requireOrdering(scope, expr);
    const known = exprs.findIndex((other) => sameExpr(other, expr));
    if (known >= 0) return known;
    exprs.push(expr);
    return exprs.length - 1;
  };
  let hasSets = false;
  // Each item is a list of alternatives; the sets are their cross product.
  let sets: number[][] = [[]];
  for (const node of nodes) {
    const alternatives = setsOf(node, indexOf);
    if (alternatives.length !== 1 || 'GroupingSet' in node) hasSets = true;
    sets = sets.flatMap((set) => alternatives.map((alternative) => [...new Set([...set, ...alternative])]));
  }
  return { exprs, sets: hasSets ? sets : null };
}

function setsOf(node: Node, indexOf: (node: Node) => number): number[][] {
  if (!('GroupingSet' in node)) {
    if ('RowExpr' in node) return [(node.RowExpr.args ?? []).map(indexOf)];
    return [[indexOf(node)]];
  }
  const { kind, content = [] } = node.GroupingSet;
  if (kind === 'GROUPING_SET_EMPTY') return [[]];
  if (kind === 'GROUPING_SET_SIMPLE') return [content.map(indexOf)];
  if (kind === 'GROUPING_SET_SETS') return content.flatMap((part) => setsOf(part, indexOf));
  const parts = content.map((part) => setsOf(part, indexOf)[0] ?? []);
  if (kind === 'GROUPING_SET_ROLLUP')
    return Array.from({ length: parts.length + 1 }, (_, index) => parts.slice(0, parts.length - index).flat());
  if (kind === 'GROUPING_SET_CUBE') {
    const all: number[][] = [];
    for (let mask = 2 ** parts.length - 1; mask >= 0; mask--)
      all.push(parts.flatMap((part, index) => ((mask >> (parts.length - 1 - index)) & 1 ? part : [])));
    return all;
  }
  throw unsupported('this grouping set');
}

/** Replaces grouped expressions by references to the group, and refuses every other column. */
export function finishGrouping(scope: Scope, query: Query): Query {
  const dependent = dependentTables(query);
  const replace = (expr: Expr): Expr => {
    const index = query.groupBy.findIndex((group) => sameExpr(group, expr));
    if (expr.kind === 'grouping') {
      const indexes = expr.args.map((arg) => query.groupBy.findIndex((group) => sameExpr(group, arg)));
      if (indexes.some((at) => at < 0))
        throw failure('42803', 'arguments to GROUPING must be grouping expressions of the associated query level', {
          position: scope.statement.position(expr.args[indexes.findIndex((at) => at < 0)]!.at),
        });
      return { ...expr, indexes };
    }
    if (index >= 0) return { kind: 'group', level: 0, index, type: expr.type, typmod: expr.typmod, at: expr.at };
    if (expr.kind === 'var' && expr.level === 0 && !dependent.has(expr.table)) {
      const entry = query.tables[expr.table]!;
      const column = expr.column >= 0 ? entry.columns[expr.column]!.name : '*';
      throw groupingError(`${entry.name}.${column}`, scope.statement.position(expr.at));
    }
    return mapParts(expr, replace);
  };
  const keys = (list: readonly SortKey[]): SortKey[] => list.map((key) => ({ ...key, expr: replace(key.expr) }));
  return {
    ...query,
    targets: query.targets.map((target) => ({ ...target, expr: replace(target.expr) })),
    having: query.having === null ? null : replace(query.having),
    order: keys(query.order),
    distinct: typeof query.distinct === 'string' ? query.distinct : query.distinct.map(replace),
    windows: query.windows.map((window) => ({
      ...window,
      partition: window.partition.map(replace),
      order: keys(window.order),
    })),
    windowCalls: query.windowCalls.map((call) => ({
      ...call,
      args: call.args.map(replace),
      filter: call.filter === null ? null : replace(call.filter),
      aggregate:
        call.aggregate === null
          ? null
          : {
              ...call.aggregate,
              args: call.aggregate.args.map(replace),
              filter: call.aggregate.filter === null ? null : replace(call.aggregate.filter),
            },
    })),
    sets: query.sets.map((set) => ({ ...set, args: set.args.map(replace) })),
  };
}

/** Tables whose primary key is grouped: all their columns depend on it. */
function dependentTables(query: Query): Set<number> {
  const tables = new Set<number>();
  if (query.groupingSets !== null) return tables;
  query.tables.forEach((entry, table) => {
    if (entry.kind !== 'relation') return;
    const primary = entry.shape.constraints.find((constraint) => constraint.kind === 'primary');
    if (primary === undefined) return;
    const isGrouped = primary.columns.every((number) =>
      query.groupBy.some(
        (expr) => expr.kind === 'var' && expr.level === 0 && expr.table === table && expr.column === number - 1,
      ),
    );
    if (isGrouped) tables.add(table);
  });
  return tables;
}
