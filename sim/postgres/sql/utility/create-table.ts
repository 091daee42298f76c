/** CREATE TABLE and CREATE TABLE AS. Source: PostgreSQL's parse_utilcmd.c (serial, identity, order of constraints) and DefineRelation. */
import type { ColumnDef, CreateStmt, CreateTableAsStmt, Node, RangeVar } from 'libpg-query';
import type { Backend } from '../../backend.ts';
import type { Column, Relation } from '../../catalog/objects.ts';
import { creationSchema, findRelation, relationByName, schemaName } from '../../catalog/search-path.ts';
import { columnTwice, failure, unsupported } from '../../errors.ts';
import { ACCESS_EXCLUSIVE } from '../../lock/lock-tag.ts';
import { Heap } from '../../storage/heap.ts';
import { Oid } from '../../types/index.ts';
import { resumed, type Waiting } from '../../wait.ts';
import { Execution } from '../execute/frame.ts';
import { positionOf } from '../parse.ts';
import { coerceAssignment } from '../resolve/coerce.ts';
import { resolveExpr } from '../resolve/expressions.ts';
import { Scope } from '../resolve/scope.ts';
import { statementFor } from '../resolve/table-expressions.ts';
import { namesOf, resolveTypeName } from '../resolve/type-name.ts';
import { planFor } from '../statement.ts';
import { tableRules } from '../table/rules.ts';
import { insertRow } from '../table/write.ts';
import { addConstraint, type PendingConstraint } from './constraints.ts';
import {
  createSequence,
  EMPTY_RELATION,
  freeRelationName,
  insertConstraint,
  insertRelation,
  nextvalExpression,
  replaceRelation,
  requireFreeName,
  sequenceOptions,
  shapeOf,
} from './define.ts';
import type { UtilityContext, UtilityHandlers, UtilityResult } from './index.ts';
import { attach, copyIndexes, partitioningOf } from './partitions.ts';
import { dropTemporaryObjects, emptyOnCommit } from './temporary.ts';

const SERIALS: ReadonlyMap<string, number> = new Map([
  ['smallserial', Oid.int2],
  ['serial2', Oid.int2],
  ['serial', Oid.int4],
  ['serial4', Oid.int4],
  ['bigserial', Oid.int8],
  ['serial8', Oid.int8],
]);

/** A column, and what must be made beside it. */
export interface ColumnPlan {
  readonly column: Column;
  readonly sequence: {
    readonly typeOid: number;
    readonly options: readonly Node[];
    readonly isIdentity: boolean;
  } | null;
  readonly constraints: readonly PendingConstraint[];
}

export function planColumn(
  backend: Backend,
  node: ColumnDef,
  number: number,
  tableName: string,
  text: string,
): ColumnPlan {
  const name = node.colname ?? '';
  const scope = new Scope(statementFor(backend, text), null);
  const typeNames = namesOf(node.typeName?.names);
  const serial = typeNames.length === 1 ? SERIALS.get(typeNames[0]!) : undefined;
  const { type, typmod } = serial === undefined ? resolveTypeName(scope, node.typeName!) : { type: serial, typmod: -1 };
  if (type !== 0 && backend.engine.types.byOid(type).kind === 'pseudo')
    throw failure('42P16', `column "${name}" has pseudo-type ${backend.engine.types.formatType(type)}`);
  let isNotNull = serial !== undefined;
  let expression: Node | null = null;
  let generated: Column['generated'] = 'none';
  let identity: Column['identity'] = 'none';
  let sequence: ColumnPlan['sequence'] =
    serial === undefined ? null : { typeOid: serial, options: [], isIdentity: false };
  let isNullable = false;
  const constraints: PendingConstraint[] = [];
  for (const item of node.constraints ?? []) {
    if (!('Constraint' in item)) continue;
    const constraint = item.Constraint;
    switch (constraint.contype) {
      case 'CONSTR_NULL':
        if (isNotNull)
          throw failure('42601', `conflicting NULL/NOT NULL declarations for column "${name}" of table "${tableName}"`);
        isNullable = true;
        break;
      case 'CONSTR_NOTNULL':
        if (isNullable)
          throw failure('42601', `conflicting NULL/NOT NULL declarations for column "${name}" of table "${tableName}"`);
        isNotNull = true;
        break;
      case 'CONSTR_DEFAULT':
        if (expression !== null || sequence !== null)
          throw failure('42601', `multiple default values specified for column "${name}" of table "${tableName}"`);
        expression = constraint.raw_expr!;
        break;
      case 'CONSTR_GENERATED':
        generated = 'stored';
        expression = constraint.raw_expr!;
        break;
      case 'CONSTR_IDENTITY':
        identity = constraint.generated_when === 'a' ? 'always' : 'default';
        isNotNull = true;
        sequence = { typeOid: type, options: constraint.options ?? [], isIdentity: true };
        break;
      case 'CONSTR_PRIMARY':
      case 'CONSTR_UNIQUE':
      case 'CONSTR_CHECK':
      case 'CONSTR_FOREIGN':
        constraints.push({ node: constraint, column: name });
        break;
      case 'CONSTR_ATTR_DEFERRABLE':
      case 'CONSTR_ATTR_NOT_DEFERRABLE':
      case 'CONSTR_ATTR_DEFERRED':
      case 'CONSTR_ATTR_IMMEDIATE': {
        const last = constraints.pop();
        if (last !== undefined) constraints.push({ ...last, node: withAttribute(last.node, constraint.contype) });
        break;
      }
      default:
        throw unsupported(`the column constraint ${constraint.contype}`);
    }
  }
  if (expression !== null && generated === 'none') {
    // Checked now, so that a default of the wrong type is refused here and not by the first insert.
    const check = new Scope(statementFor(backend, text), null);
    check.clause = 'default';
    coerceAssignment(check, resolveExpr(check, expression), type, typmod, name);
  }
  return {
    column: {
      name,
      number,
      typeOid: type,
      typmod,
      isNotNull,
      isDropped: false,
      expression,
      generated,
      identity,
      missing: null,
    },
    sequence,
    constraints,
  };
}

function withAttribute(node: PendingConstraint['node'], attribute: string): PendingConstraint['node'] {
  if (attribute === 'CONSTR_ATTR_DEFERRABLE') return { ...node, deferrable: true };
  if (attribute === 'CONSTR_ATTR_DEFERRED') return { ...node, deferrable: true, initdeferred: true };
  return node;
}

function persistenceOf(node: RangeVar): Relation['persistence'] {
  return node.relpersistence === 't' ? 't' : node.relpersistence === 'u' ? 'u' : 'p';
}

/** The session's own schema for temporary tables, made at its first use. */
export function temporarySchema(backend: Backend): number {
  if (backend.temporarySchema === 0) {
    const oid = backend.engine.catalog.newOid();
    backend.engine.catalog.schemas.insert(backend.current().xid(), {
      oid,
      name: `pg_temp_${backend.processId}`,
      schema: 0,
      owner: backend.currentUser,
    });
    backend.temporarySchema = oid;
    backend.beforeCommit = () => emptyOnCommit(backend);
    backend.beforeClose = () => dropTemporaryObjects(backend);
  }
  return backend.temporarySchema;
}

export function schemaFor(backend: Backend, node: RangeVar): number {
  return node.relpersistence === 't' || node.schemaname === 'pg_temp'
    ? temporarySchema(backend)
    : creationSchema(backend, node.schemaname);
}

function* createTable(context: UtilityContext, node: CreateStmt): Waiting<UtilityResult> {
  const { backend } = context;
  const range = node.relation!;
  const name = range.relname ?? '';
  if (node.inhRelations !== undefined && node.partbound === undefined) throw unsupported('table inheritance');
  const schema = schemaFor(backend, range);
  const { catalog } = backend.engine;
  if (node.if_not_exists === true && catalog.relations.find(backend, schema, name) !== null) {
    backend.client.notice(failure('42P07', `relation "${name}" already exists, skipping`, { severity: 'NOTICE' }));
    return { tag: 'CREATE TABLE' };
  }
  yield* requireFreeName(backend, schema, name);
  const plans: ColumnPlan[] = [];
  const pending: PendingConstraint[] = [];
  const parent = node.partbound === undefined ? null : parentOf(backend, node);
  if (parent !== null) {
    yield* backend.lockRelation(parent, ACCESS_EXCLUSIVE);
    plans.push(...partitionColumns(parent));
  }
  for (const element of node.tableElts ?? []) {
    if ('ColumnDef' in element)
      plans.push(planColumn(backend, element.ColumnDef, plans.length + 1, name, context.statement.text));
    else if ('Constraint' in element) pending.push({ node: element.Constraint, column: null });
    else if ('TableLikeClause' in element)
      plans.push(
        ...likeColumns(backend, element.TableLikeClause.relation!, element.TableLikeClause.options ?? 0, plans.length),
      );
    else throw unsupported('this element of CREATE TABLE');
  }
  const seen = new Set<string>();
  for (const { column } of plans) {
    if (seen.has(column.name)) throw columnTwice(column.name);
    seen.add(column.name);
  }
  const primaries = [...plans.flatMap((plan) => plan.constraints), ...pending].filter(
    (item) => item.node.contype === 'CONSTR_PRIMARY',
  );
  if (primaries.length > 1)
    throw failure('42P16', `multiple primary keys for table "${name}" are not allowed`, {
      position: positionOf(context.statement.text, primaries[1]!.node.location),
    });
  const relation = defineTable(backend, schema, name, persistenceOf(range), plans, onCommitOf(node.oncommit));
  yield* backend.lockRelation(relation, ACCESS_EXCLUSIVE);
  if (node.partspec !== undefined)
    replaceRelation(backend, {
      ...relation,
      kind: 'p',
      heap: null,
      partitioning: partitioningOf(relation, node.partspec),
    });
  const all = [...plans.flatMap((plan) => plan.constraints), ...pending];
  const rank = (item: PendingConstraint): number =>
    item.node.contype === 'CONSTR_CHECK'
      ? 0
      : item.node.contype === 'CONSTR_PRIMARY'
        ? 1
        : item.node.contype === 'CONSTR_FOREIGN'
          ? 3
          : 2;
  for (const item of [...all].sort((a, b) => rank(a) - rank(b)))
    yield* addConstraint(backend, relation.oid, item, true);
  for (const element of node.tableElts ?? []) {
    if (!('TableLikeClause' in element)) continue;
    const { relation: source, options = 0 } = element.TableLikeClause;
    const model = relationByName(backend, source?.schemaname, source?.relname ?? '');
    if ((options & LIKE_CONSTRAINTS) !== 0) copyChecks(backend, model.oid, relation);
    if ((options & LIKE_INDEXES) !== 0) copyIndexes(backend, model.oid, relation.oid);
  }
  if (parent !== null) {
    copyChecks(backend, parent.oid, relation);
    attach(backend, parent.oid, relation.oid, node.partbound!, context.statement.text);
  }
  return { tag: 'CREATE TABLE' };
}

function copyChecks(backend: Backend, from: number, to: Relation): void {
  for (const constraint of shapeOf(backend, from).constraints)
    if (constraint.kind === 'check')
      insertConstraint(backend, {
        ...constraint,
        oid: backend.engine.catalog.newOid(),
        tableOid: to.oid,
        schema: to.schema,
      });
}

function parentOf(backend: Backend, node: CreateStmt): Relation {
  const range = node.inhRelations?.[0];
  if (range === undefined || !('RangeVar' in range)) throw unsupported('this PARTITION OF');
  const parent = relationByName(backend, range.RangeVar.schemaname, range.RangeVar.relname ?? '');
  if (parent.partitioning === null) throw failure('42809', `"${parent.name}" is not partitioned`);
  return parent;
}

function partitionColumns(parent: Relation): ColumnPlan[] {
  if (parent.columns.some((column) => column.isDropped)) throw unsupported('PARTITION OF a table with dropped columns');
  return parent.columns.map((column) => ({ column, sequence: null, constraints: [] }));
}

function onCommitOf(action: string | undefined): Relation['onCommit'] {
  if (action === 'ONCOMMIT_DELETE_ROWS') return 'delete';
  return action === 'ONCOMMIT_DROP' ? 'drop' : 'preserve';
}

/** Puts a table with its row type and its columns' sequences into the catalog. */
export function defineTable(
  backend: Backend,
  schema: number,
  name: string,
  persistence: Relation['persistence'],
  plans: readonly ColumnPlan[],
  onCommit: Relation['onCommit'],
): Relation {
  const { catalog, types } = backend.engine;
  const oid = catalog.newOid();
  const typeOid = catalog.newOid();
  const arrayOid = catalog.newOid();
  const columns = plans.map((plan): Column => {
    if (plan.sequence === null) return plan.column;
    const sequenceName = freeRelationName(backend, schema, name, plan.column.name, 'seq');
    const { options } = sequenceOptions(plan.sequence.options, null, plan.sequence.typeOid);
    createSequence(
      backend,
      schema,
      sequenceName,
      options,
      { table: oid, column: plan.column.number, isIdentity: plan.sequence.isIdentity },
      persistence,
    );
    return plan.sequence.isIdentity
      ? plan.column
      : { ...plan.column, expression: nextvalExpression(schemaName(backend, schema), sequenceName) };
  });
  const relation: Relation = {
    ...EMPTY_RELATION,
    oid,
    name,
    schema,
    kind: 'r',
    owner: backend.currentUser,
    persistence,
    columns,
    heap: new Heap(),
    typeOid,
    onCommit,
  };
  types.defineComposite({
    oid: typeOid,
    arrayOid,
    name,
    relationOid: oid,
    fields: columns.map((column) => ({ name: column.name, type: column.typeOid, typmod: column.typmod })),
  });
  catalog.types.insert(backend.current().xid(), {
    oid: typeOid,
    name,
    schema,
    kind: 'composite',
    arrayOid,
    relationOid: oid,
  });
  insertRelation(backend, relation);
  return relation;
}

/** CREATE_TABLE_LIKE_* bits. */
const LIKE_CONSTRAINTS = 1 << 2;
const LIKE_DEFAULTS = 1 << 3;
const LIKE_GENERATED = 1 << 4;
const LIKE_INDEXES = 1 << 6;

function likeColumns(backend: Backend, node: RangeVar, options: number, count: number): ColumnPlan[] {
  const source = relationByName(backend, node.schemaname, node.relname ?? '');
  return source.columns
    .filter((column) => !column.isDropped)
    .map((column, index) => {
      const keepsExpression =
        column.generated === 'none' ? (options & LIKE_DEFAULTS) !== 0 : (options & LIKE_GENERATED) !== 0;
      return {
        column: {
          ...column,
          number: count + index + 1,
          missing: null,
          identity: 'none',
          expression: keepsExpression ? column.expression : null,
          generated: keepsExpression ? column.generated : 'none',
        },
        sequence: null,
        constraints: [],
      };
    });
}

function* createTableAs(context: UtilityContext, node: CreateTableAsStmt): Waiting<UtilityResult> {
  const { backend, statement, parameters } = context;
  const range = node.into?.rel;
  if (range === undefined || node.objtype === 'OBJECT_MATVIEW') throw unsupported('CREATE MATERIALIZED VIEW');
  const name = range.relname ?? '';
  const schema = schemaFor(backend, range);
  if (node.if_not_exists === true && findRelation(backend, range.schemaname, name) !== null) {
    backend.client.notice(failure('42P07', `relation "${name}" already exists, skipping`, { severity: 'NOTICE' }));
    return { tag: 'CREATE TABLE AS' };
  }
  yield* requireFreeName(backend, schema, name);
  const query = node.query!;
  if (!('SelectStmt' in query)) throw unsupported('CREATE TABLE AS EXECUTE');
  const planned = yield* planFor(backend, { ...statement, node: query }, [], true);
  const names = namesOf(node.into?.colNames);
  const plans: ColumnPlan[] = planned.plan.columns.map((column, index) => ({
    column: {
      name: names[index] ?? column.name,
      number: index + 1,
      typeOid: column.type,
      typmod: column.typmod,
      isNotNull: false,
      isDropped: false,
      expression: null,
      generated: 'none',
      identity: 'none',
      missing: null,
    },
    sequence: null,
    constraints: [],
  }));
  const relation = defineTable(backend, schema, name, persistenceOf(range), plans, 'preserve');
  yield* backend.lockRelation(relation, ACCESS_EXCLUSIVE);
  if (node.into?.skipData === true) return { tag: 'CREATE TABLE AS' };
  const execution = new Execution(backend, backend.statementSnapshot(), parameters);
  const cursor = planned.plan.open(execution, null);
  const rules = tableRules(backend, shapeOf(backend, relation.oid));
  let count = 0;
  for (;;) {
    const row = yield* resumed(() => cursor.next());
    if (row === null) break;
    yield* insertRow(execution, rules, [...row]);
    count += 1;
  }
  return { tag: `SELECT ${count}` };
}

export const createTableHandlers: UtilityHandlers = { CreateStmt: createTable, CreateTableAsStmt: createTableAs };
