/**
 * Foreign keys, by the same queries as PostgreSQL's ri_triggers.c, queued to the end of the statement or of the transaction.
 * Invariant: the referenced row is locked FOR KEY SHARE until the end of the transaction that points to it.
 */
import type { Backend } from '../../backend.ts';
import type { Constraint, Relation } from '../../catalog/objects.ts';
import { schemaName } from '../../catalog/search-path.ts';
import { foreignKeyMissing, foreignKeyReferenced } from '../../errors.ts';
import type { Tuple } from '../../storage/tuple.ts';
import type { Datum } from '../../types/datum.ts';
import { quoteIdentifier } from '../../types/index.ts';
import type { Waiting } from '../../wait.ts';
import type { Execution } from '../execute/frame.ts';
import { widened } from '../execute/scan.ts';
import { runInternal } from '../internal.ts';
import { keyText, placeOf, type TableRules } from './rules.ts';
import { isLive, sameDatum } from './write.ts';

/** Queues what the foreign keys of a changed row ask for. `old` is null for an insert, `current` for a delete. */
export function queueForeignKeys(
  execution: Execution,
  rules: TableRules,
  old: Tuple | null,
  current: Tuple | null,
): void {
  const { shape } = rules;
  const { backend } = execution;
  if (current !== null) {
    for (const constraint of shape.constraints) {
      if (constraint.kind !== 'foreign') continue;
      if (
        old !== null &&
        !isChanged(execution, shape.relation, constraint.columns, old, current) &&
        !backend.isOwnVersion(old)
      )
        continue;
      backend.queueCheck(constraint.oid, constraint.isDeferred, () =>
        checkReference(execution, shape.relation, constraint, current),
      );
    }
  }
  if (old === null) return;
  for (const constraint of shape.referencedBy) {
    const foreign = constraint.foreign!;
    if (current !== null && !isChanged(execution, shape.relation, foreign.columns, old, current)) continue;
    const action = current === null ? foreign.onDelete : foreign.onUpdate;
    const isDeferred = action === 'no action' && constraint.isDeferred;
    backend.queueCheck(constraint.oid, isDeferred, () =>
      followReference(execution, shape.relation, constraint, old, current),
    );
  }
}

function isChanged(
  execution: Execution,
  relation: Relation,
  columns: readonly number[],
  old: Tuple,
  current: Tuple,
): boolean {
  const before = widened(old, relation);
  return columns.some(
    (number) => !sameDatum(execution, relation, number - 1, before[number - 1]!, current.values[number - 1] ?? null),
  );
}

function tableName(backend: Backend, relation: Relation): string {
  return `${quoteIdentifier(schemaName(backend, relation.schema))}.${quoteIdentifier(relation.name)}`;
}

function columnNames(relation: Relation, numbers: readonly number[]): string[] {
  return numbers.map((number) => relation.columns[number - 1]!.name);
}

/** `"a" = $1 AND "b" = $2`. */
function matches(relation: Relation, numbers: readonly number[], from = 1): string {
  return columnNames(relation, numbers)
    .map((name, index) => `${quoteIdentifier(name)} = $${index + from}`)
    .join(' AND ');
}

function typesOf(relation: Relation, numbers: readonly number[]): number[] {
  return numbers.map((number) => relation.columns[number - 1]!.typeOid);
}

/** The row must point to a row that is there. */
function* checkReference(
  execution: Execution,
  relation: Relation,
  constraint: Constraint,
  tuple: Tuple,
): Waiting<void> {
  const { backend } = execution;
  // A row that this transaction changed again since is checked by that change.
  if (!isLive(backend, tuple)) return;
  const foreign = constraint.foreign!;
  const values = constraint.columns.map((number) => tuple.values[number - 1] ?? null);
  const nulls = values.filter((value) => value === null).length;
  if (nulls > 0 && (foreign.match === 'simple' || nulls === values.length)) return;
  const referenced = backend.engine.catalog.relations.get(backend, foreign.tableOid)!;
  const rows =
    nulls > 0
      ? []
      : yield* runInternal(
          backend,
          `SELECT 1 FROM ${tableName(backend, referenced)} x WHERE ${matches(referenced, foreign.columns)} FOR KEY SHARE OF x`,
          values,
          typesOf(relation, constraint.columns),
          'latest',
        );
  if (rows.length > 0) return;
  throw foreignKeyMissing(
    placeOf(backend, relation),
    constraint.name,
    keyText(execution, columnNames(relation, constraint.columns), typesOf(relation, constraint.columns), values),
    referenced.name,
  );
}

/** A referenced row went away or changed its key: refuse, or take those along that point to it. */
function* followReference(
  execution: Execution,
  referenced: Relation,
  constraint: Constraint,
  old: Tuple,
  current: Tuple | null,
): Waiting<void> {
  const { backend } = execution;
  const foreign = constraint.foreign!;
  const before = widened(old, referenced);
  const values: Datum[] = foreign.columns.map((number) => before[number - 1]!);
  if (values.includes(null)) return;
  const relation = backend.engine.catalog.relations.get(backend, constraint.tableOid);
  if (relation === null) return;
  const types = typesOf(referenced, foreign.columns);
  const table = tableName(backend, relation);
  const where = matches(relation, constraint.columns);
  const action = current === null ? foreign.onDelete : foreign.onUpdate;
  if (action === 'no action' || action === 'restrict') {
    if (action === 'no action') {
      const same = yield* runInternal(
        backend,
        `SELECT 1 FROM ${tableName(backend, referenced)} x WHERE ${matches(referenced, foreign.columns)} FOR KEY SHARE OF x`,
        values,
        types,
        'latest',
      );
      if (same.length > 0) return;
    }
    const rows = yield* runInternal(
      backend,
      `SELECT 1 FROM ${table} x WHERE ${where} FOR KEY SHARE OF x`,
      values,
      types,
      'latest',
    );
    if (rows.length === 0) return;
    throw foreignKeyReferenced(
      placeOf(backend, relation),
      referenced.name,
      constraint.name,
      keyText(execution, columnNames(referenced, foreign.columns), types, values),
    );
  }
  if (action === 'cascade' && current === null) {
    yield* runInternal(backend, `DELETE FROM ${table} WHERE ${where}`, values, types, 'latest');
    return;
  }
  const named = current === null && foreign.deleteColumns.length > 0 ? foreign.deleteColumns : constraint.columns;
  if (action === 'cascade') {
    const list = columnNames(relation, constraint.columns).map(
      (name, index) => `${quoteIdentifier(name)} = $${index + 1}`,
    );
    const next = foreign.columns.map((number) => current!.values[number - 1] ?? null);
    yield* runInternal(
      backend,
      `UPDATE ${table} SET ${list.join(', ')} WHERE ${matches(relation, constraint.columns, next.length + 1)}`,
      [...next, ...values],
      [...types, ...types],
      'latest',
    );
    return;
  }
  const value = action === 'set null' ? 'NULL' : 'DEFAULT';
  const list = columnNames(relation, named).map((name) => `${quoteIdentifier(name)} = ${value}`);
  yield* runInternal(backend, `UPDATE ${table} SET ${list.join(', ')} WHERE ${where}`, values, types, 'latest');
}
