/** WITH, recursive and data-modifying. Source: PostgreSQL's parse_cte.c. */
import type { CommonTableExpr, WithClause } from 'libpg-query';
import { failure } from '../../errors.ts';
import type { CommonTable, OutputColumn, Query, Target } from '../query.ts';
import { outputColumns } from './from.ts';
import { resolveModification } from './modification.ts';
import { Scope } from './scope.ts';
import { combine, EMPTY_QUERY, gathered, resolveSelect, resolveSelectNode } from './select.ts';
import { namesOf } from './type-name.ts';

export function resolveWith(scope: Scope, node: WithClause): void {
  for (const item of node.ctes ?? []) {
    if (!('CommonTableExpr' in item)) continue;
    const cte = item.CommonTableExpr;
    const name = cte.ctename ?? '';
    if (scope.ctes.has(name))
      throw failure('42712', `WITH query name "${name}" specified more than once`, {
        position: scope.statement.position(cte.location),
      });
    scope.ctes.set(
      name,
      node.recursive === true && isSelfReferring(cte) ? recursive(scope, cte, name) : plain(scope, cte, name),
    );
  }
}

const MATERIALIZED: Readonly<Record<string, CommonTable['materialized']>> = {
  CTEMaterializeAlways: 'always',
  CTEMaterializeNever: 'never',
};

function plain(scope: Scope, node: CommonTableExpr, name: string): CommonTable {
  const inner = new Scope(scope.statement, scope);
  const body = node.ctequery!;
  const query = 'SelectStmt' in body ? resolveSelectNode(inner, body) : resolveModification(inner, body);
  if (!('SelectStmt' in body)) {
    if (scope.parent !== null && scope.clause !== 'insert')
      throw failure('0A000', 'WITH clause containing a data-modifying statement must be at the top level', {
        position: scope.statement.position(node.location),
      });
    scope.modifies = true;
  }
  if (inner.modifies) scope.modifies = true;
  const columns = query.command === 'select' ? outputColumns(query) : outputColumns({ targets: query.returning });
  return {
    name,
    query,
    columns: named(columns, node, name),
    isRecursive: false,
    materialized: MATERIALIZED[node.ctematerialized ?? ''] ?? 'default',
    references: 0,
  };
}

function named(columns: readonly OutputColumn[], node: CommonTableExpr, name: string): OutputColumn[] {
  const names = namesOf(node.aliascolnames);
  if (names.length > columns.length)
    throw failure(
      '42P10',
      `WITH query "${name}" has ${columns.length} columns available but ${names.length} columns specified`,
    );
  return columns.map((column, index) => ({
    ...column,
    name: names[index] ?? column.name,
    tableOid: 0,
    columnNumber: 0,
  }));
}

/** Whether the query's text names itself: only then is a WITH RECURSIVE item recursive. */
function isSelfReferring(node: CommonTableExpr): boolean {
  let found = false;
  const visit = (value: unknown): void => {
    if (found || value === null || typeof value !== 'object') return;
    const record = value as Record<string, unknown>;
    const range = record['RangeVar'] as { readonly relname?: string; readonly schemaname?: string } | undefined;
    if (range !== undefined && range.relname === node.ctename && range.schemaname === undefined) {
      found = true;
      return;
    }
    for (const part of Object.values(record)) visit(part);
  };
  visit(node.ctequery);
  return found;
}

/** `base UNION [ALL] step`, where the step reads what the last round gave. */
function recursive(scope: Scope, node: CommonTableExpr, name: string): CommonTable {
  const body = node.ctequery!;
  if (
    !('SelectStmt' in body) ||
    body.SelectStmt.op !== 'SETOP_UNION' ||
    body.SelectStmt.larg === undefined ||
    body.SelectStmt.rarg === undefined
  )
    throw failure(
      '42P19',
      `recursive query "${name}" does not have the form non-recursive-term UNION [ALL] recursive-term`,
      { position: scope.statement.position(node.location) },
    );
  const select = body.SelectStmt;
  if (select.sortClause !== undefined) throw failure('0A000', 'ORDER BY in a recursive query is not implemented');
  if (select.limitCount !== undefined) throw failure('0A000', 'LIMIT in a recursive query is not implemented');
  const outer = new Scope(scope.statement, scope);
  if (select.withClause !== undefined) resolveWith(outer, select.withClause);
  const baseScope = new Scope(scope.statement, outer);
  const base = resolveSelect(baseScope, select.larg!);
  const columns = named(outputColumns(base), node, name);
  const placeholder: CommonTable = {
    name,
    query: base,
    columns,
    isRecursive: true,
    materialized: 'always',
    references: 0,
  };
  outer.ctes.set(name, placeholder);
  const stepScope = new Scope(scope.statement, outer);
  const step = resolveSelect(stepScope, select.rarg!);
  const combined = combine(scope, 'union', select.all === true, base, step, 'UNION');
  const types = combined.types;
  types.forEach((type, index) => {
    if (type !== columns[index]!.type)
      throw failure(
        '42804',
        `recursive query "${name}" column ${index + 1} has type ${scope.statement.backend.engine.types.formatType(columns[index]!.type)} in non-recursive term but type ${scope.statement.backend.engine.types.formatType(type)} overall`,
        {
          hint: 'Cast the output of the non-recursive term to the correct type.',
        },
      );
  });
  outer.ctes.delete(name);
  const table = outer.addTable({ kind: 'join', name, columns, isLateral: false });
  const targets: Target[] = columns.map((column, index) => ({
    name: column.name,
    expr: { kind: 'var', level: 0, table, column: index, type: column.type, typmod: column.typmod, at: -1 },
    isHidden: false,
    tableOid: 0,
    columnNumber: 0,
  }));
  const query: Query = {
    ...EMPTY_QUERY,
    ...gathered(outer),
    targets,
    setOperation: combined,
    setTable: table,
    recursive: placeholder,
    modifies: outer.modifies,
  };
  return Object.assign(placeholder, { query });
}
