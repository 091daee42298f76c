/**
 * SELECT, VALUES and set operations to queries. Source: PostgreSQL's analyze.c and parse_agg.c.
 * Order of work, as there: WITH, FROM, select list, WHERE, HAVING, ORDER BY, GROUP BY, DISTINCT, LIMIT, locking.
 */
import type { LockingClause, Node, SelectStmt } from 'libpg-query';
import { failure, unsupported } from '../../errors.ts';
import { ROW_SHARE } from '../../lock/lock-tag.ts';
import { KEY_SHARE, NO_KEY_UPDATE, type RowLockMode, SHARE, UPDATE } from '../../storage/tuple.ts';
import { Oid } from '../../types/index.ts';
import type { Expr } from '../expression.ts';
import type { Query, RowMark, SetOperation, Target } from '../query.ts';
import { coerceBoolean, coerceCommon, coerceInteger, coerceToCommon, registryOf, settled } from './coerce.ts';
import { resolveExpr } from './expressions.ts';
import { resolveFrom } from './from.ts';
import { finishGrouping, groupItems } from './grouping.ts';
import { sameExpr } from './same.ts';
import { Scope } from './scope.ts';
import { outputExpr, requireOrdering, sortKeys } from './sort.ts';
import { resolveTargets } from './targets.ts';
import { defineWindow } from './window.ts';
import { resolveWith } from './with.ts';

export const EMPTY_QUERY = {
  command: 'select',
  ctes: [],
  from: [],
  where: null,
  targets: [],
  groupBy: [],
  groupingSets: null,
  isGrouped: false,
  having: null,
  distinct: 'none',
  order: [],
  limit: null,
  offset: null,
  withTies: false,
  rowMarks: [],
  setOperation: null,
  setTable: -1,
  recursive: null,
  target: -1,
  insertSource: null,
  insertColumns: [],
  assignments: [],
  onConflict: null,
  returning: [],
  checks: [],
  modifies: false,
} as const satisfies Partial<Query>;

/** The parts of a query that its scope has gathered. */
export function gathered(
  scope: Scope,
): Pick<Query, 'tables' | 'aggregates' | 'windows' | 'windowCalls' | 'sets' | 'ctes'> {
  return {
    tables: scope.tables,
    aggregates: scope.aggregates,
    windows: scope.windows,
    windowCalls: scope.windowCalls,
    sets: scope.sets,
    ctes: [...scope.ctes.values()],
  };
}

export function resolveSelectNode(scope: Scope, node: Node): Query {
  if (!('SelectStmt' in node)) throw unsupported(`${Object.keys(node)[0]} as a subquery`);
  return resolveSelect(scope, node.SelectStmt);
}

export function resolveSelect(scope: Scope, node: SelectStmt): Query {
  if (node.withClause !== undefined) resolveWith(scope, node.withClause);
  if (node.intoClause !== undefined) throw unsupported('SELECT INTO here');
  if (node.valuesLists !== undefined) return valuesQuery(scope, node);
  if (node.op !== undefined && node.op !== 'SETOP_NONE') return setQuery(scope, node);
  return plainSelect(scope, node);
}

function plainSelect(scope: Scope, node: SelectStmt): Query {
  const from = resolveFrom(scope, node.fromClause);
  for (const window of node.windowClause ?? [])
    if ('WindowDef' in window) scope.windows.push(defineWindow(scope, window.WindowDef, window.WindowDef.name ?? ''));
  let targets = resolveTargets(scope, node.targetList, 'select');
  const where = clause(scope, 'where', node.whereClause, 'WHERE');
  const having = clause(scope, 'having', node.havingClause, 'HAVING');
  scope.clause = 'order by';
  let order = sortKeys(scope, node.sortClause, targets);
  scope.clause = 'group by';
  const grouping = groupItems(scope, node.groupClause, targets);
  scope.clause = 'select';
  if (scope.settlesUnknown) targets = targets.map((target) => ({ ...target, expr: settled(scope, target.expr) }));
  let distinct: Query['distinct'] = 'none';
  if (node.distinctClause !== undefined) distinct = distinctItems(scope, node.distinctClause, targets);
  const { limit, offset } = limits(scope, node);
  const rowMarks = resolveLocking(scope, node.lockingClause);
  const isGrouped = grouping !== null || scope.aggregates.length > 0 || having !== null;
  if (distinct === 'all') {
    for (const key of order) {
      if (!targets.some((target) => sameExpr(target.expr, key.expr)))
        throw failure('42P10', 'for SELECT DISTINCT, ORDER BY expressions must appear in select list', {
          position: scope.statement.position(key.expr.at),
        });
    }
  } else if (distinct !== 'none') {
    const distinctOn = distinct;
    for (let index = 0; index < Math.min(order.length, distinctOn.length); index++) {
      if (!distinctOn.some((expr) => sameExpr(expr, order[index]!.expr)))
        throw failure('42P10', 'SELECT DISTINCT ON expressions must match initial ORDER BY expressions', {
          position: scope.statement.position(distinctOn[0]!.at),
        });
    }
    order = [
      ...order,
      ...distinctOn
        .filter((expr) => !order.some((key) => sameExpr(key.expr, expr)))
        .map((expr) => ({ expr, isDescending: false, nullsFirst: false })),
    ];
  }
  if (rowMarks.length > 0) refuseLocking(node.lockingClause!, isGrouped, distinct, scope);
  const query: Query = {
    ...EMPTY_QUERY,
    ...gathered(scope),
    from,
    where,
    targets,
    groupBy: grouping?.exprs ?? [],
    groupingSets: grouping?.sets ?? null,
    isGrouped,
    having,
    distinct,
    order,
    limit,
    offset,
    withTies: node.limitOption === 'LIMIT_OPTION_WITH_TIES',
    rowMarks,
    modifies: scope.modifies,
  };
  return isGrouped ? finishGrouping(scope, query) : query;
}

export function clause(scope: Scope, kind: Scope['clause'], node: Node | undefined, name: string): Expr | null {
  if (node === undefined) return null;
  const before = scope.clause;
  scope.clause = kind;
  try {
    return coerceBoolean(scope, resolveExpr(scope, node), name);
  } finally {
    scope.clause = before;
  }
}

function distinctItems(scope: Scope, nodes: readonly Node[], targets: readonly Target[]): Query['distinct'] {
  // Plain DISTINCT is a list with one empty node.
  if (nodes.length === 1 && Object.keys(nodes[0]!).length === 0) {
    for (const target of targets) requireOrdering(scope, target.expr);
    return 'all';
  }
  return nodes.map((node) => settled(scope, outputExpr(scope, node, targets, 'DISTINCT ON')));
}

function limits(scope: Scope, node: SelectStmt): Pick<Query, 'limit' | 'offset'> {
  const one = (part: Node | undefined, name: 'LIMIT' | 'OFFSET'): Expr | null => {
    if (part === undefined) return null;
    scope.clause = name === 'LIMIT' ? 'limit' : 'offset';
    // Columns of this query are out of reach here.
    const saved = scope.names;
    scope.names = [];
    try {
      const expr = resolveExpr(scope, part);
      if (expr.kind === 'const' && expr.value === null) return null;
      return coerceInteger(scope, expr, Oid.int8, name);
    } finally {
      scope.names = saved;
      scope.clause = 'select';
    }
  };
  return { limit: one(node.limitCount, 'LIMIT'), offset: one(node.limitOffset, 'OFFSET') };
}

const STRENGTHS: Readonly<Record<string, RowLockMode>> = {
  LCS_FORKEYSHARE: KEY_SHARE,
  LCS_FORSHARE: SHARE,
  LCS_FORNOKEYUPDATE: NO_KEY_UPDATE,
  LCS_FORUPDATE: UPDATE,
};
export const STRENGTH_NAMES: Readonly<Record<string, string>> = {
  LCS_FORKEYSHARE: 'FOR KEY SHARE',
  LCS_FORSHARE: 'FOR SHARE',
  LCS_FORNOKEYUPDATE: 'FOR NO KEY UPDATE',
  LCS_FORUPDATE: 'FOR UPDATE',
};

function refuseLocking(nodes: readonly Node[], isGrouped: boolean, distinct: Query['distinct'], scope: Scope): void {
  const first = nodes[0]!;
  const name = 'LockingClause' in first ? STRENGTH_NAMES[first.LockingClause.strength ?? ''] : 'FOR UPDATE';
  if (distinct !== 'none') throw failure('0A000', `${name} is not allowed with DISTINCT clause`);
  if (isGrouped && scope.aggregates.length > 0)
    throw failure('0A000', `${name} is not allowed with aggregate functions`);
  if (isGrouped) throw failure('0A000', `${name} is not allowed with GROUP BY clause`);
  if (scope.windowCalls.length > 0) throw failure('0A000', `${name} is not allowed with window functions`);
  if (scope.sets.length > 0)
    throw failure('0A000', `${name} is not allowed with set-returning functions in the target list`);
}

function resolveLocking(scope: Scope, nodes: readonly Node[] | undefined): RowMark[] {
  const marks: RowMark[] = [];
  for (const node of nodes ?? []) if ('LockingClause' in node) lockTables(scope, node.LockingClause, marks);
  return marks;
}

function lockTables(scope: Scope, node: LockingClause, marks: RowMark[]): void {
  const mode = STRENGTHS[node.strength ?? 'LCS_FORUPDATE'] ?? UPDATE;
  const wait = node.waitPolicy === 'LockWaitSkip' ? 'skip' : node.waitPolicy === 'LockWaitError' ? 'error' : 'block';
  const named = node.lockedRels;
  const add = (table: number, isNamed: boolean): void => {
    const entry = scope.tables[table]!;
    const name = STRENGTH_NAMES[node.strength ?? ''] ?? 'FOR UPDATE';
    if (entry.kind === 'relation') {
      if (entry.shape.relation.rows !== null) return;
      scope.tables[table] = { ...entry, lockMode: ROW_SHARE };
      const known = marks.findIndex((mark) => mark.table === table);
      if (known < 0) marks.push({ table, mode, wait, isDirect: true });
      else {
        const other = marks[known]!;
        marks[known] = { ...other, mode: Math.max(mode, other.mode) as RowLockMode, wait: stricter(other.wait, wait) };
      }
    } else if (entry.kind === 'subquery') {
      const query = entry.query;
      const inner: RowMark[] = query.tables.flatMap((table2, index) =>
        table2.kind === 'relation' ? [{ table: index, mode, wait, isDirect: false }] : [],
      );
      query.tables.forEach((table2, index) => {
        if (table2.kind === 'relation') query.tables[index] = { ...table2, lockMode: ROW_SHARE };
      });
      scope.tables[table] = {
        ...entry,
        query: {
          ...query,
          rowMarks: [
            ...query.rowMarks,
            ...inner.filter((mark) => !query.rowMarks.some((other) => other.table === mark.table)),
          ],
        },
      };
    } else if (isNamed) {
      const what =
        entry.kind === 'join'
          ? 'a join'
          : entry.kind === 'function'
            ? 'a function'
            : entry.kind === 'values'
              ? 'VALUES'
              : 'a WITH query';
      throw failure('0A000', `${name} cannot be applied to ${what}`);
    }
  };
  if (named === undefined || named.length === 0) {
    scope.tables.forEach((_, index) => {
      add(index, false);
    });
    return;
  }
  for (const item of named) {
    if (!('RangeVar' in item)) continue;
    const name = item.RangeVar.relname ?? '';
    const found = scope.names.find((candidate) => candidate.name === name && candidate.nameVisible);
    if (found === undefined)
      throw failure(
        '42P01',
        `relation "${name}" in ${STRENGTH_NAMES[node.strength ?? '']} clause not found in FROM clause`,
        { position: scope.statement.position(item.RangeVar.location) },
      );
    add(found.table, true);
  }
}

function stricter(left: RowMark['wait'], right: RowMark['wait']): RowMark['wait'] {
  if (left === 'error' || right === 'error') return 'error';
  return left === 'skip' || right === 'skip' ? 'skip' : 'block';
}

/** VALUES as a query of its own. */
function valuesQuery(scope: Scope, node: SelectStmt): Query {
  const before = scope.clause;
  scope.clause = 'values';
  const rows = (node.valuesLists ?? []).map((row) =>
    ('List' in row ? (row.List.items ?? []) : []).map((item) => resolveExpr(scope, item)),
  );
  scope.clause = before;
  const width = rows[0]!.length;
  for (const row of rows)
    if (row.length !== width)
      throw failure('42601', 'VALUES lists must all be the same length', {
        position: scope.statement.position(row[0]?.at),
      });
  const columns: { readonly type: number; readonly exprs: Expr[] }[] = [];
  for (let column = 0; column < width; column++)
    columns.push(
      coerceToCommon(
        scope,
        rows.map((row) => row[column]!),
        'VALUES',
      ),
    );
  const values = rows.map((_, index) => columns.map((column) => column.exprs[index]!));
  const table = scope.addTable({
    kind: 'values',
    rows: values,
    name: '*VALUES*',
    columns: columns.map((column, index) => ({
      name: `column${index + 1}`,
      type: column.type,
      typmod: valuesTypmod(column.exprs),
      tableOid: 0,
      columnNumber: 0,
    })),
    isLateral: false,
  });
  const entry = scope.tables[table]!;
  scope.names.push({
    table,
    name: '*VALUES*',
    schema: null,
    columns: entry.columns,
    exprs: [],
    columnsVisible: true,
    nameVisible: false,
    lateralOnly: false,
    lateralOk: true,
  });
  const targets: Target[] = entry.columns.map((column, index) => ({
    name: column.name,
    expr: { kind: 'var', level: 0, table, column: index, type: column.type, typmod: column.typmod, at: -1 },
    isHidden: false,
    tableOid: 0,
    columnNumber: 0,
  }));
  scope.names[scope.names.length - 1] = {
    ...scope.names[scope.names.length - 1]!,
    exprs: targets.map((target) => target.expr),
  };
  const order = sortKeys(scope, node.sortClause, targets);
  const { limit, offset } = limits(scope, node);
  return {
    ...EMPTY_QUERY,
    ...gathered(scope),
    from: [{ kind: 'table', table }],
    targets,
    order,
    limit,
    offset,
    modifies: scope.modifies,
  };
}

function valuesTypmod(exprs: readonly Expr[]): number {
  const first = exprs[0]!.typmod;
  return exprs.every((expr) => expr.typmod === first) ? first : -1;
}

const OPERATIONS: Readonly<Record<string, SetOperation['operation']>> = {
  SETOP_UNION: 'union',
  SETOP_INTERSECT: 'intersect',
  SETOP_EXCEPT: 'except',
};

/** UNION, INTERSECT, EXCEPT: the result is read as a table of its own, so ORDER BY sees only its columns. */
function setQuery(scope: Scope, node: SelectStmt): Query {
  const setOperation = setBranches(scope, node);
  const { left } = setOperation;
  const shown = left.targets.filter((target) => !target.isHidden);
  const table = scope.addTable({
    kind: 'join',
    name: '*SELECT*',
    columns: shown.map((target, index) => ({
      name: target.name,
      type: setOperation.types[index]!,
      typmod: setTypmod(setOperation, index),
      tableOid: 0,
      columnNumber: 0,
    })),
    isLateral: false,
  });
  const entry = scope.tables[table]!;
  const targets: Target[] = entry.columns.map((column, index) => ({
    name: column.name,
    expr: { kind: 'var', level: 0, table, column: index, type: column.type, typmod: column.typmod, at: -1 },
    isHidden: false,
    tableOid: 0,
    columnNumber: 0,
  }));
  scope.names = [
    {
      table,
      name: '*SELECT*',
      schema: null,
      columns: entry.columns,
      exprs: targets.map((target) => target.expr),
      columnsVisible: true,
      nameVisible: false,
      lateralOnly: false,
      lateralOk: true,
    },
  ];
  const order = sortKeys(scope, node.sortClause, targets);
  for (const key of order) {
    if (!targets.some((target) => sameExpr(target.expr, key.expr)))
      throw failure('0A000', 'invalid UNION/INTERSECT/EXCEPT ORDER BY clause', {
        detail: 'Only result column names can be used, not expressions or functions.',
        hint: 'Add the expression/function to every SELECT, or move the UNION into a FROM clause.',
        position: scope.statement.position(key.expr.at),
      });
  }
  const { limit, offset } = limits(scope, node);
  if (node.lockingClause !== undefined) throw failure('0A000', 'FOR UPDATE is not allowed with UNION/INTERSECT/EXCEPT');
  return {
    ...EMPTY_QUERY,
    ...gathered(scope),
    targets,
    order,
    limit,
    offset,
    setOperation,
    setTable: table,
    modifies: scope.modifies,
  };
}

function setTypmod(operation: SetOperation, index: number): number {
  const of = (query: Query): number => query.targets.filter((target) => !target.isHidden)[index]!.expr.typmod;
  return of(operation.left) === of(operation.right) ? of(operation.left) : -1;
}

export function setBranches(scope: Scope, node: SelectStmt): SetOperation {
  const operation = OPERATIONS[node.op ?? ''] ?? 'union';
  const name = operation.toUpperCase();
  const left = branch(scope, node.larg!);
  const right = branch(scope, node.rarg!);
  return combine(scope, operation, node.all === true, left, right, name);
}

function branch(scope: Scope, node: SelectStmt): Query {
  const inner = new Scope(scope.statement, scope);
  // A literal takes its type from the other branch.
  inner.settlesUnknown = false;
  const query = resolveSelect(inner, node);
  if (inner.modifies) scope.modifies = true;
  return query;
}

export function combine(
  scope: Scope,
  operation: SetOperation['operation'],
  isAll: boolean,
  left: Query,
  right: Query,
  name: string,
): SetOperation {
  const lefts = left.targets.filter((target) => !target.isHidden);
  const rights = right.targets.filter((target) => !target.isHidden);
  if (lefts.length !== rights.length)
    throw failure('42601', `each ${name} query must have the same number of columns`, {
      position: scope.statement.position(rights[0]?.expr.at),
    });
  const types = lefts.map((target, index) => coerceToCommon(scope, [target.expr, rights[index]!.expr], name).type);
  if (!isAll)
    for (const type of types)
      if (!registryOf(scope).byOid(registryOf(scope).baseOf(type)).isOrdered)
        throw failure(
          '42883',
          `could not identify an equality operator for type ${registryOf(scope).formatType(type)}`,
        );
  return {
    operation,
    isAll,
    left: retyped(scope, left, types, name),
    right: retyped(scope, right, types, name),
    types,
  };
}

/** A branch with its columns brought to the common types. Where it is a set operation itself, the coercion goes on top. */
export function retyped(scope: Scope, query: Query, types: readonly number[], name: string): Query {
  let index = 0;
  const targets = query.targets.map((target) => {
    if (target.isHidden) return target;
    const type = types[index++]!;
    return target.expr.type === type ? target : { ...target, expr: coerceCommon(scope, target.expr, type, name) };
  });
  return { ...query, targets };
}
