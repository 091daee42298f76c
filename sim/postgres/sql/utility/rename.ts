/** ALTER ... RENAME: schemas, relations, columns, constraints. */
import type { Node, RenameStmt } from 'libpg-query';
import type { Backend } from '../../backend.ts';
import type { Column, Relation } from '../../catalog/objects.ts';
import { findRelation, relationByName } from '../../catalog/search-path.ts';
import { columnExists, constraintOfMissing, failure, relationExists, unsupported } from '../../errors.ts';
import { ACCESS_EXCLUSIVE } from '../../lock/lock-tag.ts';
import type { Waiting } from '../../wait.ts';
import { columnOf, TAGS } from './alter-table.ts';
import { replaceRelation, shapeOf } from './define.ts';
import type { UtilityContext, UtilityHandlers, UtilityResult } from './index.ts';

function* rename(context: UtilityContext, node: RenameStmt): Waiting<UtilityResult> {
  const { backend } = context;
  const { catalog } = backend.engine;
  const newName = node.newname ?? '';
  if (node.renameType === 'OBJECT_SCHEMA') {
    const schema = catalog.schemas.find(backend, 0, node.subname ?? '');
    if (schema === null) throw failure('3F000', `schema "${node.subname}" does not exist`);
    catalog.schemas.replace(backend.current().xid(), backend, { ...schema, name: newName });
    return { tag: 'ALTER SCHEMA' };
  }
  const range = node.relation;
  if (range === undefined) throw unsupported('this RENAME');
  const found = findRelation(backend, range.schemaname, range.relname ?? '');
  const tag = TAGS[node.relationType ?? ''] ?? TAGS[node.renameType ?? ''] ?? 'ALTER TABLE';
  if (found === null) {
    if (node.missing_ok === true) {
      backend.client.notice(
        failure('00000', `relation "${range.relname}" does not exist, skipping`, { severity: 'NOTICE' }),
      );
      return { tag };
    }
    relationByName(backend, range.schemaname, range.relname ?? '');
  }
  yield* backend.lockRelation(found!, ACCESS_EXCLUSIVE);
  const { relation } = shapeOf(backend, found!.oid);
  if (node.renameType === 'OBJECT_COLUMN') {
    const column = columnOf(relation, node.subname ?? '');
    if (relation.columns.some((candidate) => candidate.name === newName && !candidate.isDropped))
      throw columnExists(newName, relation.name);
    renameColumn(backend, relation, column, newName);
    return { tag };
  }
  if (node.renameType === 'OBJECT_TABCONSTRAINT') {
    const constraint = catalog
      .constraintsOf(backend, relation.oid)
      .find((candidate) => candidate.name === node.subname);
    if (constraint === undefined) throw constraintOfMissing(node.subname ?? '', relation.name);
    catalog.constraints.replace(backend.current().xid(), backend, { ...constraint, name: newName });
    const index =
      constraint.indexOid === 0 || constraint.kind === 'foreign'
        ? null
        : catalog.relations.get(backend, constraint.indexOid);
    if (index !== null) replaceRelation(backend, { ...index, name: newName });
    return { tag };
  }
  if (catalog.relations.find(backend, relation.schema, newName) !== null) throw relationExists(newName);
  replaceRelation(backend, { ...relation, name: newName });
  // The row type has the table's name.
  const type = relation.typeOid === 0 ? null : catalog.types.get(backend, relation.typeOid);
  if (type !== null) {
    catalog.types.replace(backend.current().xid(), backend, { ...type, name: newName });
    backend.engine.types.rename(type.oid, newName);
  }
  if (relation.index !== null) {
    const constraint = catalog
      .constraintsOf(backend, relation.index.tableOid)
      .find((candidate) => candidate.indexOid === relation.oid && candidate.kind !== 'foreign');
    if (constraint !== undefined)
      catalog.constraints.replace(backend.current().xid(), backend, { ...constraint, name: newName });
  }
  return { tag };
}

/** Expressions of the table are kept as parsed, by name, so they are renamed as well. */
function renameColumn(backend: Backend, relation: Relation, column: Column, newName: string): void {
  const { catalog } = backend.engine;
  const xid = backend.current().xid();
  const renamed = (node: Node | null): Node | null =>
    node === null ? null : (renameIn(node, column.name, newName) as Node);
  replaceRelation(backend, {
    ...relation,
    columns: relation.columns.map((other) => ({
      ...other,
      name: other.number === column.number ? newName : other.name,
      expression: other.generated === 'stored' ? renamed(other.expression) : other.expression,
    })),
  });
  for (const constraint of catalog.constraintsOf(backend, relation.oid))
    if (constraint.expression !== null)
      catalog.constraints.replace(xid, backend, { ...constraint, expression: renamed(constraint.expression) });
  for (const index of catalog.indexesOf(backend, relation.oid)) {
    const info = index.index!;
    if (info.predicate === null && info.keys.every((key) => key.column !== 0)) continue;
    replaceRelation(backend, {
      ...index,
      index: {
        ...info,
        predicate: renamed(info.predicate),
        keys: info.keys.map((key) => ({ ...key, expression: renamed(key.expression) })),
      },
    });
  }
}

function renameIn(value: unknown, from: string, to: string): unknown {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((item) => renameIn(item, from, to));
  const record = value as Record<string, unknown>;
  const reference = record['ColumnRef'] as
    | { readonly fields?: readonly Record<string, { readonly sval?: string }>[] }
    | undefined;
  if (reference !== undefined) {
    const fields = [...(reference.fields ?? [])];
    const last = fields[fields.length - 1];
    if (last?.['String']?.sval === from) fields[fields.length - 1] = { String: { sval: to } };
    return { ColumnRef: { ...reference, fields } };
  }
  return Object.fromEntries(Object.entries(record).map(([key, part]) => [key, renameIn(part, from, to)]));
}

export const renameHandlers: UtilityHandlers = { RenameStmt: rename };
