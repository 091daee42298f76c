/** Schemas, indexes, sequences, views. */
import type { AlterSeqStmt, CreateSchemaStmt, CreateSeqStmt, IndexElem, IndexStmt, Node, ViewStmt } from 'libpg-query';
import type { Backend } from '../../backend.ts';
import type { IndexKey, Relation } from '../../catalog/objects.ts';
import { findRelation, relationByName } from '../../catalog/search-path.ts';
import { failure, schemaExists, wrongObjectType } from '../../errors.ts';
import { SHARE_LOCK, SHARE_UPDATE_EXCLUSIVE } from '../../lock/lock-tag.ts';
import { SequenceState } from '../../storage/sequence.ts';
import { Oid } from '../../types/index.ts';
import type { Waiting } from '../../wait.ts';
import { resolveExpr } from '../resolve/expressions.ts';
import { outputColumns } from '../resolve/from.ts';
import { Scope, StatementScope } from '../resolve/scope.ts';
import { clause, resolveSelectNode } from '../resolve/select.ts';
import { statementFor, tableScope } from '../resolve/table-expressions.ts';
import { columnName } from '../resolve/targets.ts';
import { namesOf, resolveTypeName } from '../resolve/type-name.ts';
import { schemaFor } from './create-table.ts';
import {
  createIndex,
  createSequence,
  EMPTY_RELATION,
  freeRelationName,
  insertRelation,
  replaceRelation,
  requireFreeName,
  sequenceOptions,
  shapeOf,
} from './define.ts';
import type { UtilityContext, UtilityHandlers, UtilityResult } from './index.ts';
import { runSimpleStatement } from './nested.ts';
import { copyIndexes } from './partitions.ts';

function notice(backend: Backend, code: string, message: string): void {
  backend.client.notice(failure(code, message, { severity: 'NOTICE' }));
}

function* createSchema(context: UtilityContext, node: CreateSchemaStmt): Waiting<UtilityResult> {
  const { backend } = context;
  const { catalog } = backend.engine;
  const name = node.schemaname ?? node.authrole?.rolename ?? '';
  if (catalog.schemas.find(backend, 0, name) !== null) {
    if (node.if_not_exists !== true) throw schemaExists(name);
    notice(backend, '42P06', `schema "${name}" already exists, skipping`);
    return { tag: 'CREATE SCHEMA' };
  }
  if (name.startsWith('pg_'))
    throw failure('42939', `unacceptable schema name "${name}"`, {
      detail: 'The prefix "pg_" is reserved for system schemas.',
    });
  for (
    let xid = catalog.schemas.runningWriter(backend, 0, name);
    xid !== 0;
    xid = catalog.schemas.runningWriter(backend, 0, name)
  ) {
    yield* backend.awaitXid(xid);
    if (catalog.schemas.find(backend, 0, name) !== null)
      throw failure('23505', 'duplicate key value violates unique constraint "pg_namespace_nspname_index"', {
        detail: `Key (nspname)=(${name}) already exists.`,
        schema: 'pg_catalog',
        table: 'pg_namespace',
        constraint: 'pg_namespace_nspname_index',
      });
  }
  catalog.schemas.insert(backend.current().xid(), {
    oid: catalog.newOid(),
    name,
    schema: 0,
    owner: backend.currentUser,
  });
  for (const element of node.schemaElts ?? []) yield* runSimpleStatement(context, element, name);
  return { tag: 'CREATE SCHEMA' };
}

function* createIndexStatement(context: UtilityContext, node: IndexStmt): Waiting<UtilityResult> {
  const { backend } = context;
  const isConcurrent = node.concurrent === true;
  if (isConcurrent && backend.blockState === 'block')
    throw failure('25001', 'CREATE INDEX CONCURRENTLY cannot run inside a transaction block');
  const table = relationByName(backend, node.relation?.schemaname, node.relation?.relname ?? '');
  if (table.kind !== 'r' && table.kind !== 'p')
    throw wrongObjectType(table.name, 'a table').with({ message: `cannot create index on relation "${table.name}"` });
  yield* backend.lockRelation(table, isConcurrent ? SHARE_UPDATE_EXCLUSIVE : SHARE_LOCK);
  const shape = shapeOf(backend, table.oid);
  const scope = tableScope(statementFor(backend), shape.relation);
  scope.clause = 'index';
  const elements = (node.indexParams ?? []).flatMap((param) => ('IndexElem' in param ? [param.IndexElem] : []));
  const keys = elements.map((element) => indexKey(scope, shape.relation, element));
  const names = elements.map(
    (element) => element.indexcolname ?? element.name ?? columnName(element.expr!).replace('?column?', 'expr'),
  );
  const method = node.accessMethod ?? 'btree';
  if (method !== 'btree' && node.unique === true)
    throw failure('0A000', `access method "${method}" does not support unique indexes`);
  const name = node.idxname ?? freeRelationName(backend, table.schema, table.name, names.join('_'), 'idx');
  if (backend.engine.catalog.relations.find(backend, table.schema, name) !== null && node.if_not_exists === true) {
    notice(backend, '42P07', `relation "${name}" already exists, skipping`);
    return { tag: 'CREATE INDEX' };
  }
  yield* requireFreeName(backend, table.schema, name);
  if (node.whereClause !== undefined) clause(scope, 'index', node.whereClause, 'WHERE');
  createIndex(backend, shape.relation, {
    name,
    keys,
    keyNames: names,
    included: (node.indexIncludingParams ?? []).flatMap((param) =>
      'IndexElem' in param
        ? [shape.relation.columns.find((column) => column.name === param.IndexElem.name)?.number ?? 0]
        : [],
    ),
    isUnique: node.unique === true,
    isPrimary: false,
    nullsNotDistinct: node.nulls_not_distinct === true,
    isImmediate: true,
    predicate: node.whereClause ?? null,
    // Differs: hash, gin and gist indexes are kept as ordered ones or not used at all; only plans could tell.
    method: method === 'hash' ? 'btree' : method,
  });
  for (const child of backend.engine.catalog.partitionsOf(backend, table.oid))
    copyIndexes(backend, table.oid, child.oid);
  return { tag: 'CREATE INDEX' };
}

function indexKey(scope: Scope, relation: Relation, element: IndexElem): IndexKey {
  const isDescending = element.ordering === 'SORTBY_DESC';
  const nullsFirst =
    element.nulls_ordering === 'SORTBY_NULLS_FIRST' || (element.nulls_ordering !== 'SORTBY_NULLS_LAST' && isDescending);
  const operatorClass = namesOf(element.opclass).join('.');
  if (element.name !== undefined) {
    const column = relation.columns.find((candidate) => candidate.name === element.name && !candidate.isDropped);
    if (column === undefined) throw failure('42703', `column "${element.name}" does not exist`);
    return {
      column: column.number,
      expression: null,
      typeOid: column.typeOid,
      isDescending,
      nullsFirst,
      operatorClass,
    };
  }
  const expr = resolveExpr(scope, element.expr!);
  return { column: 0, expression: element.expr!, typeOid: expr.type, isDescending, nullsFirst, operatorClass };
}

function* createSequenceStatement(context: UtilityContext, node: CreateSeqStmt): Waiting<UtilityResult> {
  const { backend } = context;
  const range = node.sequence!;
  const name = range.relname ?? '';
  const schema = schemaFor(backend, range);
  if (node.if_not_exists === true && backend.engine.catalog.relations.find(backend, schema, name) !== null) {
    notice(backend, '42P07', `relation "${name}" already exists, skipping`);
    return { tag: 'CREATE SEQUENCE' };
  }
  yield* requireFreeName(backend, schema, name);
  const { options } = sequenceOptions(node.options, null, sequenceType(backend, node.options));
  createSequence(
    backend,
    schema,
    name,
    options,
    ownedBy(backend, node.options),
    range.relpersistence === 't' ? 't' : 'p',
  );
  return { tag: 'CREATE SEQUENCE' };
}

function sequenceType(backend: Backend, nodes: readonly Node[] | undefined): number {
  for (const node of nodes ?? []) {
    if (!('DefElem' in node) || node.DefElem.defname !== 'as') continue;
    const arg = node.DefElem.arg;
    if (arg !== undefined && 'TypeName' in arg)
      return resolveTypeName(new Scope(statementFor(backend), null), arg.TypeName).type;
  }
  return Oid.int8;
}

function ownedBy(
  backend: Backend,
  nodes: readonly Node[] | undefined,
): { readonly table: number; readonly column: number; readonly isIdentity: boolean } | null {
  for (const node of nodes ?? []) {
    if (!('DefElem' in node) || node.DefElem.defname !== 'owned_by') continue;
    const arg = node.DefElem.arg;
    const names = arg !== undefined && 'List' in arg ? namesOf(arg.List.items) : [];
    if (names.length < 2) return null;
    const table = relationByName(backend, names[names.length - 3], names[names.length - 2]!);
    const column = table.columns.find((candidate) => candidate.name === names.at(-1));
    if (column === undefined)
      throw failure('42703', `column "${names.at(-1)}" of relation "${table.name}" does not exist`);
    return { table: table.oid, column: column.number, isIdentity: false };
  }
  return null;
}

function alterSequence(context: UtilityContext, node: AlterSeqStmt): UtilityResult {
  const { backend } = context;
  const found = findRelation(backend, node.sequence?.schemaname, node.sequence?.relname ?? '');
  if (found === null && node.missing_ok === true) {
    notice(backend, '00000', `relation "${node.sequence?.relname}" does not exist, skipping`);
    return { tag: 'ALTER SEQUENCE' };
  }
  const relation = found ?? relationByName(backend, node.sequence?.schemaname, node.sequence?.relname ?? '');
  if (relation.sequence === null) throw wrongObjectType(relation.name, 'a sequence');
  const { options, restart } = sequenceOptions(
    node.options,
    relation.sequence.options,
    relation.sequence.options.typeOid,
  );
  let { state } = relation.sequence;
  if (restart !== undefined) {
    // A new state, so that a rollback keeps the old one.
    state = new SequenceState(restart ?? options.start);
  }
  const owner = ownedBy(backend, node.options);
  replaceRelation(backend, {
    ...relation,
    sequence: {
      ...relation.sequence,
      options,
      state,
      ...(owner === null ? {} : { ownerTable: owner.table, ownerColumn: owner.column }),
    },
  });
  return { tag: 'ALTER SEQUENCE' };
}

function* createView(context: UtilityContext, node: ViewStmt): Waiting<UtilityResult> {
  const { backend, statement } = context;
  const range = node.view!;
  const name = range.relname ?? '';
  const schema = schemaFor(backend, range);
  const query = resolveSelectNode(new Scope(new StatementScope(backend, statement.text, [], false), null), node.query!);
  const names = namesOf(node.aliases);
  const columns = outputColumns(query).map((column, index) => ({
    name: names[index] ?? column.name,
    number: index + 1,
    typeOid: column.type,
    typmod: column.typmod,
    isNotNull: false,
    isDropped: false,
    expression: null,
    generated: 'none' as const,
    identity: 'none' as const,
    missing: null,
  }));
  const existing = backend.engine.catalog.relations.find(backend, schema, name);
  const view = { query: node.query!, checkOption: 'none' as const };
  if (existing !== null && node.replace === true) {
    if (existing.kind !== 'v') throw wrongObjectType(name, 'a view');
    existing.columns.forEach((column, index) => {
      const next = columns[index];
      if (next === undefined) throw failure('42P16', 'cannot drop columns from view');
      if (next.name !== column.name)
        throw failure('42P16', `cannot change name of view column "${column.name}" to "${next.name}"`, {
          hint: 'Use ALTER VIEW ... RENAME COLUMN ... to change name of view column instead.',
        });
      if (next.typeOid !== column.typeOid)
        throw failure(
          '42P16',
          `cannot change data type of view column "${column.name}" from ${backend.engine.types.formatType(column.typeOid)} to ${backend.engine.types.formatType(next.typeOid)}`,
        );
    });
    replaceRelation(backend, { ...existing, columns, view });
    return { tag: 'CREATE VIEW' };
  }
  yield* requireFreeName(backend, schema, name);
  insertRelation(backend, {
    ...EMPTY_RELATION,
    oid: backend.engine.catalog.newOid(),
    name,
    schema,
    kind: 'v',
    owner: backend.currentUser,
    columns,
    view,
  });
  return { tag: 'CREATE VIEW' };
}

export const objectHandlers: UtilityHandlers = {
  CreateSchemaStmt: createSchema,
  IndexStmt: createIndexStatement,
  CreateSeqStmt: createSequenceStatement,
  AlterSeqStmt: alterSequence,
  ViewStmt: createView,
};
