/** INSERT, UPDATE and DELETE to queries. Source: PostgreSQL's analyze.c and rewriteHandler.c (defaults, identity, generated columns). */
import type { DeleteStmt, InsertStmt, Node, OnConflictClause, ResTarget, SelectStmt, UpdateStmt } from 'libpg-query';
import type { Column, Relation } from '../../catalog/objects.ts';
import {
  columnOfMissing,
  columnTwice,
  failure,
  generatedAlways,
  generatedInsert,
  generatedUpdate,
  identityUpdate,
  noConflictTarget,
  unsupported,
  wrongObjectType,
} from '../../errors.ts';
import { ROW_EXCLUSIVE } from '../../lock/lock-tag.ts';
import { Oid } from '../../types/index.ts';
import type { Expr } from '../expression.ts';
import type { Assignment, OnConflict, Query, TableEntry, Target } from '../query.ts';
import { coerce, coerceAssignment } from './coerce.ts';
import { resolveExpr } from './expressions.ts';
import { relationEntry, resolveFrom } from './from.ts';
import { sameExpr } from './same.ts';
import { Scope, tableItem } from './scope.ts';
import { clause, EMPTY_QUERY, gathered, resolveSelect } from './select.ts';
import { columnDefault, indexKeyExpr, tableScope } from './table-expressions.ts';
import { resolveTargets } from './targets.ts';
import { resolveWith } from './with.ts';

export type RelationEntry = Extract<TableEntry, { kind: 'relation' }>;

export function resolveModification(scope: Scope, node: Node): Query {
  if ('InsertStmt' in node) return insert(scope, node.InsertStmt);
  if ('UpdateStmt' in node) return update(scope, node.UpdateStmt);
  if ('DeleteStmt' in node) return remove(scope, node.DeleteStmt);
  throw unsupported(`${Object.keys(node)[0]} as a query`);
}

function targetTable(
  scope: Scope,
  node: Parameters<typeof relationEntry>[1],
  verb: 'insert into' | 'update' | 'delete from',
): { readonly entry: RelationEntry; readonly table: number } {
  const entry = relationEntry(scope, node, ROW_EXCLUSIVE);
  if (entry.kind === 'subquery' && entry.view !== null) throw unsupported(`${verb} a view`);
  if (entry.kind !== 'relation') throw wrongObjectType(entry.name, 'a table');
  const { relation } = entry.shape;
  if (relation.rows !== null) throw failure('42501', `permission denied for table ${relation.name}`);
  if (relation.kind === 'S') throw failure('42809', `cannot change sequence "${relation.name}"`);
  if (relation.kind !== 'r' && relation.kind !== 'p') throw wrongObjectType(relation.name, 'a table');
  scope.modifies = true;
  return { entry, table: scope.addTable(entry) };
}

function columnIndexOf(relation: Relation, name: string, at: number | undefined, scope: Scope): number {
  const index = relation.columns.findIndex((column) => column.name === name && !column.isDropped);
  if (index < 0) throw columnOfMissing(name, relation.name, scope.statement.position(at));
  return index;
}

function insert(scope: Scope, node: InsertStmt): Query {
  if (node.withClause !== undefined) resolveWith(scope, node.withClause);
  const { entry, table } = targetTable(scope, node.relation!, 'insert into');
  const { relation } = entry.shape;
  const columns = insertColumns(scope, relation, node);
  const source = insertSource(scope, relation, columns, node);
  const given = node.selectStmt === undefined ? [] : columns.slice(0, source?.width ?? columns.length);
  if (source !== null && node.cols !== undefined && source.width < columns.length) {
    const at = 'ResTarget' in node.cols[source.width]! ? node.cols[source.width] : undefined;
    throw failure('42601', 'INSERT has more target columns than expressions', {
      position: scope.statement.position(at !== undefined && 'ResTarget' in at ? at.ResTarget.location : undefined),
    });
  }
  const assignments: Assignment[] = [];
  relation.columns.forEach((column, index) => {
    if (column.isDropped || column.generated !== 'none' || given.includes(index)) return;
    const expr = columnDefault(scope.statement, relation, column);
    if (expr !== null) assignments.push({ column: index, expr });
  });
  scope.names = [tableItem(table, entry, null)];
  const onConflict =
    node.onConflictClause === undefined ? null : conflictClause(scope, entry, table, node.onConflictClause);
  scope.names = [tableItem(table, entry, null)];
  const returning = resolveTargets(scope, node.returningClause?.exprs, 'returning');
  return {
    ...EMPTY_QUERY,
    ...gathered(scope),
    command: 'insert',
    target: table,
    insertSource: source?.query ?? null,
    insertColumns: given,
    assignments,
    onConflict,
    returning: settledTargets(scope, returning),
    modifies: true,
  };
}

function settledTargets(scope: Scope, targets: readonly Target[]): Target[] {
  return targets.map((target) =>
    target.expr.type === Oid.unknown ? { ...target, expr: coerce(scope, target.expr, Oid.text, -1, 'i') } : target,
  );
}

function insertColumns(scope: Scope, relation: Relation, node: InsertStmt): number[] {
  if (node.cols === undefined) return relation.columns.flatMap((column, index) => (column.isDropped ? [] : [index]));
  const list: number[] = [];
  for (const item of node.cols) {
    if (!('ResTarget' in item)) continue;
    const { name = '', location, indirection } = item.ResTarget;
    if (indirection !== undefined && indirection.length > 0) throw unsupported('assignment to a part of a column');
    const index = columnIndexOf(relation, name, location ?? 0, scope);
    if (list.includes(index)) throw columnTwice(name, scope.statement.position(location));
    list.push(index);
  }
  return list;
}

interface InsertSource {
  readonly query: Query;
  readonly width: number;
}

function insertSource(
  scope: Scope,
  relation: Relation,
  columns: readonly number[],
  node: InsertStmt,
): InsertSource | null {
  const body = node.selectStmt;
  if (body === undefined || !('SelectStmt' in body)) return null;
  const select = body.SelectStmt;
  const isPlainValues =
    select.valuesLists !== undefined &&
    select.sortClause === undefined &&
    select.limitCount === undefined &&
    select.limitOffset === undefined &&
    select.withClause === undefined;
  return isPlainValues
    ? valuesSource(scope, relation, columns, select, node)
    : selectSource(scope, relation, columns, select, node);
}

function valuesSource(
  scope: Scope,
  relation: Relation,
  columns: readonly number[],
  select: SelectStmt,
  node: InsertStmt,
): InsertSource {
  const inner = new Scope(scope.statement, scope);
  inner.clause = 'values';
  let width = -1;
  const rows: Expr[][] = [];
  for (const row of select.valuesLists ?? []) {
    const items = 'List' in row ? (row.List.items ?? []) : [];
    const exprs = items.map((item) => resolveExpr(inner, item));
    if (width >= 0 && exprs.length !== width)
      throw failure('42601', 'VALUES lists must all be the same length', {
        position: scope.statement.position(exprs[0]?.at),
      });
    width = exprs.length;
    if (exprs.length > columns.length)
      throw failure('42601', 'INSERT has more expressions than target columns', {
        position: scope.statement.position(exprs[columns.length]!.at),
      });
    rows.push(exprs.map((expr, position) => assigned(scope, relation, columns[position]!, expr, node)));
  }
  if (inner.modifies) scope.modifies = true;
  const table = inner.addTable({
    kind: 'values',
    rows,
    name: '*VALUES*',
    columns: rows[0]!.map((_, index) => {
      const column = relation.columns[columns[index]!]!;
      return { name: column.name, type: column.typeOid, typmod: column.typmod, tableOid: 0, columnNumber: 0 };
    }),
    isLateral: false,
  });
  const entry = inner.tables[table]!;
  const query: Query = {
    ...EMPTY_QUERY,
    ...gathered(inner),
    from: [{ kind: 'table', table }],
    targets: entry.columns.map((column, index) => ({
      name: column.name,
      expr: { kind: 'var', level: 0, table, column: index, type: column.type, typmod: column.typmod, at: -1 },
      isHidden: false,
      tableOid: 0,
      columnNumber: 0,
    })),
  };
  return { query, width };
}

/** One value for one column: DEFAULT becomes what it stands for, anything else is coerced. */
function assigned(scope: Scope, relation: Relation, index: number, expr: Expr, node: InsertStmt): Expr {
  const column = relation.columns[index]!;
  if (expr.kind === 'default') {
    if (column.generated === 'stored') return nullOf(column);
    return columnDefault(scope.statement, relation, column) ?? nullOf(column);
  }
  if (column.generated === 'stored') throw generatedInsert(column.name);
  if (
    column.identity === 'always' &&
    node.override !== 'OVERRIDING_SYSTEM_VALUE' &&
    node.override !== 'OVERRIDING_USER_VALUE'
  )
    throw generatedAlways(column.name);
  if (column.identity !== 'none' && node.override === 'OVERRIDING_USER_VALUE')
    return columnDefault(scope.statement, relation, column) ?? nullOf(column);
  return coerceAssignment(scope, expr, column.typeOid, column.typmod, column.name);
}

function nullOf(column: Column): Expr {
  return { kind: 'const', value: null, type: column.typeOid, typmod: column.typmod, at: -1 };
}

function selectSource(
  scope: Scope,
  relation: Relation,
  columns: readonly number[],
  select: SelectStmt,
  node: InsertStmt,
): InsertSource {
  const inner = new Scope(scope.statement, scope);
  inner.settlesUnknown = false;
  const query = resolveSelect(inner, select);
  if (inner.modifies) scope.modifies = true;
  const shown = query.targets.filter((target) => !target.isHidden);
  if (shown.length > columns.length)
    throw failure('42601', 'INSERT has more expressions than target columns', {
      position: scope.statement.position(shown[columns.length]!.expr.at),
    });
  let position = 0;
  const targets = query.targets.map((target) =>
    target.isHidden ? target : { ...target, expr: assigned(inner, relation, columns[position++]!, target.expr, node) },
  );
  return { query: { ...query, targets }, width: shown.length };
}

function conflictClause(scope: Scope, entry: RelationEntry, _table: number, node: OnConflictClause): OnConflict {
  const isUpdate = node.action === 'ONCONFLICT_UPDATE';
  const arbiters = node.infer === undefined ? [] : inferArbiters(scope, entry, node);
  if (isUpdate && node.infer === undefined)
    throw failure('42601', 'ON CONFLICT DO UPDATE requires inference specification or constraint name', {
      hint: 'For example, ON CONFLICT (column_name).',
      position: scope.statement.position(node.location),
    });
  if (!isUpdate) return { action: 'nothing', arbiters, assignments: [], where: null, excluded: -1 };
  const excluded = scope.addTable({ ...entry, name: 'excluded' });
  scope.names.push(tableItem(excluded, scope.tables[excluded]!, null));
  for (const item of scope.names) if (item.table === excluded) item.columnsVisible = false;
  scope.clause = 'update';
  const assignments = setList(scope, entry.shape.relation, node.targetList);
  const where = clause(scope, 'where', node.whereClause, 'WHERE');
  scope.clause = 'insert';
  return { action: 'update', arbiters, assignments, where, excluded };
}

/** The unique indexes that an ON CONFLICT target means. */
function inferArbiters(scope: Scope, entry: RelationEntry, node: OnConflictClause): Relation[] {
  const infer = node.infer!;
  const { shape } = entry;
  if (infer.conname !== undefined) {
    const constraint = shape.constraints.find((candidate) => candidate.name === infer.conname);
    if (constraint === undefined)
      throw failure('42704', `constraint "${infer.conname}" for table "${shape.relation.name}" does not exist`);
    const index = shape.indexes.find((candidate) => candidate.oid === constraint.indexOid);
    if (index === undefined) throw failure('42809', 'constraint in ON CONFLICT clause has no associated index');
    return [index];
  }
  const wanted: Expr[] = [];
  for (const element of infer.indexElems ?? []) {
    if (!('IndexElem' in element)) continue;
    const { name, expr } = element.IndexElem;
    if (name === undefined) wanted.push(resolveExpr(scope, expr!));
    else {
      const index = columnIndexOf(shape.relation, name, undefined, scope);
      const column = shape.relation.columns[index]!;
      wanted.push({
        kind: 'var',
        level: 0,
        table: 0,
        column: index,
        type: column.typeOid,
        typmod: column.typmod,
        at: -1,
      });
    }
  }
  const predicate = infer.whereClause === undefined ? null : clause(scope, 'where', infer.whereClause, 'WHERE');
  const local = tableScope(scope.statement, shape.relation);
  const matches = shape.indexes.filter((index) => {
    const info = index.index!;
    if (!info.isUnique || !info.isImmediate) return false;
    const keys = info.keys.map((_, position) => indexKeyExpr(local, shape.relation, info, position));
    const covers = (expr: Expr): boolean => keys.some((key) => sameExpr(shifted(key), shifted(expr)));
    if (!wanted.every(covers) || !keys.every((key) => wanted.some((expr) => sameExpr(shifted(expr), shifted(key)))))
      return false;
    if (info.predicate === null) return true;
    return predicate !== null && impliesPredicate(predicate, clause(local, 'index', info.predicate, 'WHERE')!);
  });
  if (matches.length === 0) throw noConflictTarget();
  return matches;
}

/** Conjunct by conjunct: each part of the index's predicate must be written in the clause. */
export function impliesPredicate(given: Expr, predicate: Expr): boolean {
  const parts = (expr: Expr): readonly Expr[] => (expr.kind === 'and' ? expr.args.flatMap(parts) : [expr]);
  const known = parts(given).map(shifted);
  return parts(predicate).every((part) =>
    known.some((other) => sameExpr(other, shifted(part)) || isNotNullOf(other, part)),
  );
}

/** A strict test of a column implies that it is not null. */
function isNotNullOf(given: Expr, wanted: Expr): boolean {
  if (wanted.kind !== 'null test' || wanted.isNull) return false;
  if (given.kind !== 'call' || !given.callable.isStrict) return false;
  return given.args.some((arg) => sameExpr(shifted(arg), shifted(wanted.arg)));
}

/** The expression as if its only table had index 0. */
function shifted(expr: Expr): Expr {
  const map = (part: Expr): Expr => (part.kind === 'var' ? { ...part, table: 0 } : mapAll(part, map));
  return map(expr);
}

import { mapParts as mapAll } from './same.ts';

function setList(scope: Scope, relation: Relation, nodes: readonly Node[] | undefined): Assignment[] {
  const assignments: Assignment[] = [];
  const seen = new Set<number>();
  const rows = new Map<object, Expr>();
  for (const node of nodes ?? []) {
    if (!('ResTarget' in node)) continue;
    const { name = '', val, location, indirection } = node.ResTarget as ResTarget;
    if (indirection !== undefined && indirection.length > 0)
      throw unsupported('assignment to a part of a column', scope.statement.position(location));
    const index = columnIndexOf(relation, name, location ?? 0, scope);
    if (seen.has(index)) throw failure('42601', `multiple assignments to same column "${name}"`);
    seen.add(index);
    assignments.push({ column: index, expr: setValue(scope, relation, index, val!, rows) });
  }
  return assignments;
}

function setValue(scope: Scope, relation: Relation, index: number, node: Node, rows: Map<object, Expr>): Expr {
  const column = relation.columns[index]!;
  let expr: Expr;
  if ('MultiAssignRef' in node) expr = multiAssigned(scope, node.MultiAssignRef, rows);
  else expr = resolveExpr(scope, node);
  if (expr.kind === 'default') {
    if (column.generated === 'stored') return nullOf(column);
    return columnDefault(scope.statement, relation, column) ?? nullOf(column);
  }
  if (column.generated === 'stored') throw generatedUpdate(column.name);
  if (column.identity === 'always') throw identityUpdate(column.name);
  return coerceAssignment(scope, expr, column.typeOid, column.typmod, column.name);
}

/** One column of `(a, b) = (...)`. */
function multiAssigned(
  scope: Scope,
  node: { readonly source?: Node; readonly colno?: number; readonly ncolumns?: number },
  rows: Map<object, Expr>,
): Expr {
  const source = node.source!;
  const position = (node.colno ?? 1) - 1;
  if ('RowExpr' in source) {
    const items = source.RowExpr.args ?? [];
    if (items.length !== node.ncolumns)
      throw failure('42601', 'number of columns does not match number of values', {
        position: scope.statement.position(source.RowExpr.location),
      });
    return resolveExpr(scope, items[position]!);
  }
  if (!('SubLink' in source))
    throw failure('0A000', 'source for a multiple-column UPDATE item must be a sub-SELECT or ROW() expression');
  const key = source.SubLink.subselect!;
  let record = rows.get(key);
  if (record === undefined) {
    const inner = new Scope(scope.statement, scope);
    const query = 'SelectStmt' in key ? resolveSelect(inner, key.SelectStmt) : null;
    if (query === null) throw unsupported('this source of a multiple-column UPDATE');
    const columns = query.targets.filter((target) => !target.isHidden);
    if (columns.length !== node.ncolumns)
      throw failure('42601', 'number of columns does not match number of values', {
        position: scope.statement.position(source.SubLink.location),
      });
    record = {
      kind: 'subquery',
      form: 'record',
      query,
      isCorrelated: inner.outerReach > 0,
      tests: [],
      operator: '',
      type: Oid.record,
      typmod: -1,
      at: source.SubLink.location ?? 0,
    };
    rows.set(key, record);
  }
  if (record.kind !== 'subquery') throw unsupported('this source of a multiple-column UPDATE');
  const column = record.query.targets.filter((target) => !target.isHidden)[position]!;
  return {
    kind: 'field',
    arg: record,
    index: position,
    type: column.expr.type,
    typmod: column.expr.typmod,
    at: record.at,
  };
}

function update(scope: Scope, node: UpdateStmt): Query {
  if (node.withClause !== undefined) resolveWith(scope, node.withClause);
  const { entry, table } = targetTable(scope, node.relation!, 'update');
  const own = tableItem(table, entry, null);
  own.lateralOnly = true;
  own.lateralOk = false;
  scope.names = [own];
  const from = resolveFrom(scope, node.fromClause);
  own.lateralOnly = false;
  own.lateralOk = true;
  scope.clause = 'update';
  const assignments = setList(scope, entry.shape.relation, node.targetList);
  const where = clause(scope, 'where', node.whereClause, 'WHERE');
  const returning = resolveTargets(scope, node.returningClause?.exprs, 'returning');
  return {
    ...EMPTY_QUERY,
    ...gathered(scope),
    command: 'update',
    target: table,
    from: [{ kind: 'table', table }, ...from],
    where,
    assignments,
    returning: settledTargets(scope, returning),
    modifies: true,
  };
}

function remove(scope: Scope, node: DeleteStmt): Query {
  if (node.withClause !== undefined) resolveWith(scope, node.withClause);
  const { entry, table } = targetTable(scope, node.relation!, 'delete from');
  scope.names = [tableItem(table, entry, null)];
  const from = resolveFrom(scope, node.usingClause);
  const where = clause(scope, 'where', node.whereClause, 'WHERE');
  const returning = resolveTargets(scope, node.returningClause?.exprs, 'returning');
  return {
    ...EMPTY_QUERY,
    ...gathered(scope),
    command: 'delete',
    target: table,
    from: [{ kind: 'table', table }, ...from],
    where,
    returning: settledTargets(scope, returning),
    modifies: true,
  };
}
