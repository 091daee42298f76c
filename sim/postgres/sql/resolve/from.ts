/** FROM: tables, subqueries, functions, VALUES, CTE names and joins. Source: PostgreSQL's parse_clause.c. */
import type { Alias, JoinExpr, Node, RangeFunction, RangeSubselect, RangeVar } from 'libpg-query';
import type { Relation } from '../../catalog/objects.ts';
import { relationByName } from '../../catalog/search-path.ts';
import { failure, tableNameTwice, unsupported, wrongObjectType } from '../../errors.ts';
import { ACCESS_SHARE, type LockMode } from '../../lock/lock-tag.ts';
import { Oid } from '../../types/index.ts';
import type { Expr } from '../expression.ts';
import type { CommonTable, FromItem, JoinKind, OutputColumn, TableEntry, TableFunction } from '../query.ts';
import { coerceBoolean, coerceToCommon } from './coerce.ts';
import { resolveExpr } from './expressions.ts';
import { functionOutput } from './function-output.ts';
import { operator } from './operators.ts';
import { type NameItem, Scope, tableItem } from './scope.ts';
import { resolveSelectNode } from './select.ts';
import { namesOf, resolveTypeName } from './type-name.ts';
import { viewQuery } from './views.ts';

interface FromResult {
  readonly item: FromItem;
  readonly names: NameItem[];
}

/** Resolves a FROM list and makes its names visible in the scope. */
export function resolveFrom(scope: Scope, nodes: readonly Node[] | undefined): FromItem[] {
  const items: FromItem[] = [];
  for (const node of nodes ?? []) {
    const { item, names } = fromItem(scope, node);
    requireDistinct(scope.names, names);
    // Items to the left may be used by LATERAL items only, until the list is through.
    for (const name of names) name.lateralOnly = true;
    scope.names.push(...names);
    items.push(item);
  }
  for (const name of scope.names) name.lateralOnly = false;
  return items;
}

function requireDistinct(before: readonly NameItem[], added: readonly NameItem[]): void {
  for (const item of added) {
    if (!item.nameVisible) continue;
    for (const other of before) {
      if (!other.nameVisible || other.name !== item.name) continue;
      const sameTable = other.schema === item.schema || other.schema === null || item.schema === null;
      if (sameTable) throw tableNameTwice(item.name);
    }
  }
}

function fromItem(scope: Scope, node: Node): FromResult {
  if ('RangeVar' in node) return rangeVar(scope, node.RangeVar);
  if ('RangeSubselect' in node) return subselect(scope, node.RangeSubselect);
  if ('RangeFunction' in node) return rangeFunction(scope, node.RangeFunction);
  if ('JoinExpr' in node) return join(scope, node.JoinExpr);
  throw unsupported(`the FROM item ${Object.keys(node)[0]}`);
}

function single(scope: Scope, entry: TableEntry, schema: string | null): FromResult {
  const table = scope.addTable(entry);
  return { item: { kind: 'table', table }, names: [tableItem(table, entry, schema)] };
}

function rangeVar(scope: Scope, node: RangeVar): FromResult {
  const name = node.relname ?? '';
  if (node.schemaname === undefined || node.schemaname === '') {
    let level = 0;
    for (let outer: Scope | null = scope; outer !== null; outer = outer.parent, level += 1) {
      const cte = outer.ctes.get(name);
      if (cte !== undefined) return cteReference(scope, cte, level, node.alias, name);
    }
  }
  return single(
    scope,
    relationEntry(scope, node, ACCESS_SHARE),
    node.alias === undefined ? (node.schemaname ?? null) : null,
  );
}

function cteReference(
  scope: Scope,
  cte: CommonTable,
  level: number,
  alias: Alias | undefined,
  name: string,
): FromResult {
  cte.references += 1;
  // A query that reads an outer level's WITH depends on that level.
  let depth = level;
  for (let inner: Scope | null = scope; inner !== null && depth > 0; inner = inner.parent, depth -= 1)
    if (depth > inner.outerReach) inner.outerReach = depth;
  const columns = renamed(cte.columns, alias, alias?.aliasname ?? name);
  return single(scope, { kind: 'cte', cte, level, name: alias?.aliasname ?? name, columns, isLateral: false }, null);
}

/** The entry for a table or view that a statement names. */
export function relationEntry(scope: Scope, node: RangeVar, lockMode: LockMode): TableEntry {
  const { backend } = scope.statement;
  const relation = relationByName(
    backend,
    node.schemaname,
    node.relname ?? '',
    scope.statement.position(node.location ?? 0),
  );
  const name = node.alias?.aliasname ?? relation.name;
  if (relation.kind === 'i')
    throw wrongObjectType(relation.name, 'a table, view or sequence').with({
      position: scope.statement.position(node.location),
    });
  if (relation.kind === 'c')
    throw failure('42809', `cannot open relation "${relation.name}"`, {
      detail: 'This operation is not supported for composite types.',
      position: scope.statement.position(node.location),
    });
  const columns = renamed(relationColumns(relation), node.alias, name);
  if (relation.kind === 'v' && relation.rows === null) {
    const query = viewQuery(scope.statement, relation);
    return { kind: 'subquery', query, name, columns, isLateral: false, view: relation };
  }
  const shape = backend.engine.catalog.shape(backend, relation, backend.transaction?.changedCatalog === true);
  return { kind: 'relation', shape, lockMode, name, columns, isLateral: false };
}

export function relationColumns(relation: Relation): OutputColumn[] {
  return relation.columns.map((column) => ({
    name: column.isDropped ? '' : column.name,
    type: column.typeOid,
    typmod: column.typmod,
    tableOid: relation.oid,
    columnNumber: column.number,
  }));
}

/** Columns under the names of an alias such as `t(a, b)`. */
function renamed(columns: readonly OutputColumn[], alias: Alias | undefined, name: string): readonly OutputColumn[] {
  const names = namesOf(alias?.colnames);
  if (names.length === 0) return columns;
  const shown = columns.filter((column) => column.name !== '');
  if (names.length > shown.length)
    throw failure(
      '42P10',
      `table "${name}" has ${shown.length} columns available but ${names.length} columns specified`,
    );
  let next = 0;
  return columns.map((column) =>
    column.name === '' || next >= names.length ? column : { ...column, name: names[next++]! },
  );
}

function subselect(scope: Scope, node: RangeSubselect): FromResult {
  const isLateral = node.lateral === true;
  const name = node.alias?.aliasname ?? '';
  if (name === '') {
    const isValues =
      node.subquery !== undefined &&
      'SelectStmt' in node.subquery &&
      node.subquery.SelectStmt.valuesLists !== undefined;
    throw failure('42601', `${isValues ? 'VALUES' : 'subquery'} in FROM must have an alias`, {
      hint: `For example, FROM (${isValues ? 'VALUES ...' : 'SELECT ...'}) [AS] foo.`,
    });
  }
  const inner = new Scope(scope.statement, isLateral ? scope : hidden(scope));
  const query = resolveSelectNode(inner, node.subquery!);
  if (inner.modifies) scope.modifies = true;
  const columns = renamed(outputColumns(query), node.alias, name);
  return single(
    scope,
    { kind: 'subquery', query, name, columns, isLateral: isLateral && inner.outerReach > 0, view: null },
    null,
  );
}

/** The scope as a FROM item sees it that is not LATERAL: only what lies further out, with the same count of levels. */
function hidden(scope: Scope): Scope {
  const copy = new Scope(scope.statement, scope.parent);
  for (const [name, cte] of scope.ctes) copy.ctes.set(name, cte);
  copy.names = [];
  // Errors about tables that are there but out of reach are told apart by these.
  copy.tables.push(...scope.tables);
  return copy;
}

export function outputColumns(query: {
  readonly targets: readonly {
    readonly name: string;
    readonly expr: Expr;
    readonly isHidden: boolean;
    readonly tableOid: number;
    readonly columnNumber: number;
  }[];
}): OutputColumn[] {
  return query.targets
    .filter((target) => !target.isHidden)
    .map((target) => ({
      name: target.name,
      type: target.expr.type,
      typmod: target.expr.typmod,
      tableOid: target.tableOid,
      columnNumber: target.columnNumber,
    }));
}

function rangeFunction(scope: Scope, node: RangeFunction): FromResult {
  const functions: TableFunction[] = [];
  let columns: OutputColumn[] = [];
  const before = scope.clause;
  scope.clause = 'from';
  const savedLateral = scope.names.map((item) => item.lateralOk);
  try {
    for (const item of node.functions ?? []) {
      const parts = 'List' in item ? (item.List.items ?? []) : [item];
      const call = parts[0]!;
      const expr = resolveExpr(scope, call);
      const definitions = parts[1] !== undefined && 'List' in parts[1] ? parts[1].List.items : node.coldeflist;
      const output = functionOutput(
        scope,
        expr,
        callName(call),
        definitions === undefined ? null : columnDefinitions(scope, definitions),
        node.alias?.aliasname,
      );
      functions.push({ expr, columnCount: output.columns.length, isRow: output.isRow });
      columns = columns.concat(output.columns);
    }
  } finally {
    scope.clause = before;
    scope.names.forEach((item, index) => {
      item.lateralOk = savedLateral[index] ?? true;
    });
  }
  if (node.ordinality === true)
    columns.push({ name: 'ordinality', type: Oid.int8, typmod: -1, tableOid: 0, columnNumber: 0 });
  const first = node.functions?.[0];
  const firstCall = first !== undefined && 'List' in first ? first.List.items?.[0] : first;
  const name = node.alias?.aliasname ?? (firstCall === undefined ? '' : callName(firstCall));
  return single(
    scope,
    {
      kind: 'function',
      functions,
      withOrdinality: node.ordinality === true,
      name,
      columns: renamed(columns, node.alias, name),
      isLateral: true,
    },
    null,
  );
}

function callName(node: Node): string {
  if ('FuncCall' in node) return namesOf(node.FuncCall.funcname).at(-1) ?? '';
  if ('SQLValueFunction' in node) return (node.SQLValueFunction.op ?? '').replace('SVFOP_', '').toLowerCase();
  if ('CoalesceExpr' in node) return 'coalesce';
  if ('TypeCast' in node) return namesOf(node.TypeCast.typeName?.names).at(-1) ?? '';
  return '?column?';
}

function columnDefinitions(scope: Scope, nodes: readonly Node[]): OutputColumn[] {
  const columns: OutputColumn[] = [];
  for (const node of nodes) {
    if (!('ColumnDef' in node)) continue;
    const { type, typmod } = resolveTypeName(scope, node.ColumnDef.typeName!);
    columns.push({ name: node.ColumnDef.colname ?? '', type, typmod, tableOid: 0, columnNumber: 0 });
  }
  return columns;
}

const JOIN_KINDS: Readonly<Record<string, JoinKind>> = {
  JOIN_INNER: 'inner',
  JOIN_LEFT: 'left',
  JOIN_FULL: 'full',
  JOIN_RIGHT: 'right',
};

function join(scope: Scope, node: JoinExpr): FromResult {
  const kind = JOIN_KINDS[node.jointype ?? 'JOIN_INNER'] ?? 'inner';
  const left = fromItem(scope, node.larg!);
  // The right side may use the left one when it is LATERAL, but not across RIGHT and FULL joins.
  for (const item of left.names) {
    item.lateralOnly = true;
    item.lateralOk = kind === 'inner' || kind === 'left';
  }
  const before = scope.names;
  scope.names = [...before, ...left.names];
  const right = fromItem(scope, node.rarg!);
  scope.names = before;
  for (const item of left.names) {
    item.lateralOnly = false;
    item.lateralOk = true;
  }
  requireDistinct(left.names, right.names);
  const using = node.isNatural === true ? naturalColumns(left.names, right.names) : namesOf(node.usingClause);
  const merged = using.map((name) => mergeColumn(scope, name, kind, left.names, right.names));
  let on: Expr | null = null;
  if (using.length > 0) on = conjunction(merged.map((column) => column.test));
  else if (node.quals !== undefined) {
    scope.names = [...before, ...left.names, ...right.names];
    const savedClause = scope.clause;
    scope.clause = 'join';
    try {
      on = coerceBoolean(scope, resolveExpr(scope, node.quals), 'JOIN/ON');
    } finally {
      scope.names = before;
      scope.clause = savedClause;
    }
  }
  const item: FromItem = { kind: 'join', join: kind, left: left.item, right: right.item, on, table: -1, merged: [] };
  return { item, names: joinNames(scope, node, using, merged, left.names, right.names) };
}

interface Merged {
  readonly column: OutputColumn;
  readonly expr: Expr;
  readonly test: Expr;
}

function joinNames(
  scope: Scope,
  node: JoinExpr,
  using: readonly string[],
  merged: readonly Merged[],
  left: NameItem[],
  right: NameItem[],
): NameItem[] {
  const sides = [...left, ...right];
  if (using.length === 0 && node.alias === undefined) return sides;
  const columns: OutputColumn[] = merged.map(({ column }) => column);
  const exprs: Expr[] = merged.map(({ expr }) => expr);
  for (const item of sides) {
    if (!item.columnsVisible) continue;
    item.columns.forEach((column, index) => {
      if (column.name === '' || using.includes(column.name)) return;
      columns.push(column);
      exprs.push(item.exprs[index]!);
    });
  }
  for (const item of sides) {
    item.columnsVisible = false;
    if (node.alias !== undefined) item.nameVisible = false;
  }
  const name = node.alias?.aliasname ?? '';
  const shown = renamed(columns, node.alias, name);
  const table = scope.addTable({ kind: 'join', name, columns: shown, isLateral: false });
  return [
    ...sides,
    {
      table,
      name,
      schema: null,
      columns: shown,
      exprs,
      columnsVisible: true,
      nameVisible: node.alias !== undefined,
      lateralOnly: false,
      lateralOk: true,
    },
  ];
}

function visibleColumns(names: readonly NameItem[]): { readonly column: OutputColumn; readonly expr: Expr }[] {
  return names.flatMap((item) =>
    item.columnsVisible ? item.columns.map((column, index) => ({ column, expr: item.exprs[index]! })) : [],
  );
}

function naturalColumns(left: readonly NameItem[], right: readonly NameItem[]): string[] {
  const rights = new Set(visibleColumns(right).map(({ column }) => column.name));
  return visibleColumns(left)
    .map(({ column }) => column.name)
    .filter((name) => name !== '' && rights.has(name));
}

function mergeColumn(
  scope: Scope,
  name: string,
  kind: JoinKind,
  left: readonly NameItem[],
  right: readonly NameItem[],
): Merged {
  const a = usingColumn(name, left, 'left');
  const b = usingColumn(name, right, 'right');
  const common = coerceToCommon(scope, [a.expr, b.expr], 'JOIN/USING');
  const [first, second] = common.exprs as [Expr, Expr];
  const typmod = a.expr.typmod === b.expr.typmod ? a.expr.typmod : -1;
  let expr: Expr = first;
  if (kind === 'right') expr = second;
  else if (kind === 'full') expr = { kind: 'coalesce', args: [first, second], type: common.type, typmod, at: -1 };
  const isPlain = kind !== 'full' && expr.kind === 'var';
  return {
    column: {
      name,
      type: common.type,
      typmod,
      tableOid: isPlain ? a.column.tableOid : 0,
      columnNumber: isPlain ? a.column.columnNumber : 0,
    },
    expr,
    test: operator(scope, '=', a.expr, b.expr, -1),
  };
}

function usingColumn(
  name: string,
  items: readonly NameItem[],
  side: 'left' | 'right',
): { readonly column: OutputColumn; readonly expr: Expr } {
  const matches = visibleColumns(items).filter(({ column }) => column.name === name);
  if (matches.length === 0)
    throw failure('42703', `column "${name}" specified in USING clause does not exist in ${side} table`);
  if (matches.length > 1)
    throw failure('42702', `common column name "${name}" appears more than once in ${side} table`);
  return matches[0]!;
}

export function conjunction(exprs: readonly Expr[]): Expr | null {
  if (exprs.length === 0) return null;
  if (exprs.length === 1) return exprs[0]!;
  return { kind: 'and', args: exprs, type: Oid.bool, typmod: -1, at: -1 };
}
