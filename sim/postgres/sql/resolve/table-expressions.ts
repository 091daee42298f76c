import type { Backend } from '../../backend.ts';
import type { Column, IndexInfo, Relation } from '../../catalog/objects.ts';
import { Oid } from '../../types/index.ts';
import type { Expr } from '../expression.ts';
import { coerce, coerceAssignment } from './coerce.ts';
import { resolveExpr } from './expressions.ts';
import { relationColumns } from './from.ts';
import { Scope, StatementScope, tableItem } from './scope.ts';

/** A scope in which the columns of one table may be named. */
export function tableScope(statement: StatementScope, relation: Relation): Scope {
  const scope = new Scope(statement, null);
  const entry = {
    kind: 'relation',
    shape: { relation, indexes: [], constraints: [], referencedBy: [], triggers: [], partitions: [] },
    lockMode: 1,
    name: relation.name,
    columns: relationColumns(relation),
    isLateral: false,
  } as const;
  const table = scope.addTable(entry);
  scope.names = [tableItem(table, entry, null)];
  scope.clause = 'check';
  return scope;
}

/** `text` is that of the statement when the expression is written in it, for positions of errors. */
export function statementFor(backend: Backend, text = ''): StatementScope {
  return new StatementScope(backend, text, [], false);
}

/** What a column gets when nothing is given; null when that is NULL. */
export function columnDefault(statement: StatementScope, relation: Relation, column: Column): Expr | null {
  if (column.identity !== 'none') {
    const { catalog } = statement.backend.engine;
    const sequence = catalog.relations
      .all(statement.backend)
      .find(
        (candidate) =>
          candidate.sequence?.isIdentity === true &&
          candidate.sequence.ownerTable === relation.oid &&
          candidate.sequence.ownerColumn === column.number,
      );
    if (sequence !== undefined) {
      const next: Expr = { kind: 'next value', sequenceOid: sequence.oid, type: Oid.int8, typmod: -1, at: -1 };
      return coerce(new Scope(statement, null), next, column.typeOid, -1, 'a');
    }
  }
  if (column.expression === null || column.generated !== 'none') return null;
  const scope = new Scope(new StatementScope(statement.backend, '', [], false), null);
  scope.clause = 'default';
  return coerceAssignment(scope, resolveExpr(scope, column.expression), column.typeOid, column.typmod, column.name);
}

/** Key `position` of an index over the table in `scope`. */
export function indexKeyExpr(scope: Scope, relation: Relation, info: IndexInfo, position: number): Expr {
  const key = info.keys[position]!;
  if (key.column === 0) return resolveExpr(scope, key.expression!);
  const column = relation.columns[key.column - 1]!;
  return {
    kind: 'var',
    level: 0,
    table: 0,
    column: key.column - 1,
    type: column.typeOid,
    typmod: column.typmod,
    at: -1,
  };
}
