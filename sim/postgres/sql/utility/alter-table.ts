/** ALTER TABLE. Source: PostgreSQL's tablecmds.c. Each command is done at once, in the order in which it was written. */
import type { AlterTableCmd, AlterTableStmt } from 'libpg-query';
import type { Backend } from '../../backend.ts';
import type { Column, Relation } from '../../catalog/objects.ts';
import { findRelation, relationByName, schemaName } from '../../catalog/search-path.ts';
import {
  columnExists,
  columnOfMissing,
  constraintOfMissing,
  dependentObjects,
  failure,
  relationMissing,
  unsupported,
} from '../../errors.ts';
import { ACCESS_EXCLUSIVE, type LockMode, SHARE_ROW_EXCLUSIVE, SHARE_UPDATE_EXCLUSIVE } from '../../lock/lock-tag.ts';
import { Heap } from '../../storage/heap.ts';
import { SortedIndex } from '../../storage/sorted-index.ts';
import { isVisible } from '../../storage/tuple.ts';
import type { Datum } from '../../types/datum.ts';
import type { Waiting } from '../../wait.ts';
import { Compiler, canWait } from '../compile.ts';
import { Execution } from '../execute/frame.ts';
import { widened } from '../execute/scan.ts';
import { coerceAssignment } from '../resolve/coerce.ts';
import { resolveExpr } from '../resolve/expressions.ts';
import { someExpr } from '../resolve/same.ts';
import { columnDefault, statementFor, tableScope } from '../resolve/table-expressions.ts';
import { resolveTypeName } from '../resolve/type-name.ts';
import { rowFrame, tableRules } from '../table/rules.ts';
import { addConstraint, requireNoNulls, validateCheck, validateForeignKey } from './constraints.ts';
import { planColumn } from './create-table.ts';
import {
  createSequence,
  fillIndex,
  freeRelationName,
  keyOrders,
  nextvalExpression,
  replaceRelation,
  sequenceOptions,
  shapeOf,
} from './define.ts';
import type { UtilityContext, UtilityHandlers, UtilityResult } from './index.ts';
import { attach, detach } from './partitions.ts';
import { switchTriggers } from './triggers.ts';

export const TAGS: Readonly<Record<string, string>> = {
  OBJECT_TABLE: 'ALTER TABLE',
  OBJECT_INDEX: 'ALTER INDEX',
  OBJECT_SEQUENCE: 'ALTER SEQUENCE',
  OBJECT_VIEW: 'ALTER VIEW',
};

function* alterTable(context: UtilityContext, node: AlterTableStmt): Waiting<UtilityResult> {
  const { backend } = context;
  const tag = TAGS[node.objtype ?? ''] ?? 'ALTER TABLE';
  const range = node.relation!;
  const found = findRelation(backend, range.schemaname, range.relname ?? '');
  if (found === null) {
    if (node.missing_ok !== true) throw relationMissing(range.relname ?? '');
    backend.client.notice(
      failure('00000', `relation "${range.relname}" does not exist, skipping`, { severity: 'NOTICE' }),
    );
    return { tag };
  }
  const commands = (node.cmds ?? []).flatMap((command) => ('AlterTableCmd' in command ? [command.AlterTableCmd] : []));
  yield* backend.lockRelation(
    found,
    commands.reduce<LockMode>((mode, command) => Math.max(mode, lockFor(command)) as LockMode, SHARE_UPDATE_EXCLUSIVE),
  );
  for (const command of commands) {
    yield* alter(backend, found.oid, command, context.statement.text);
    if (!REACHES_PARTITIONS.has(command.subtype ?? '')) continue;
    for (const child of backend.engine.catalog.partitionsOf(backend, found.oid)) {
      yield* backend.lockRelation(child, ACCESS_EXCLUSIVE);
      yield* alter(backend, child.oid, command, context.statement.text);
    }
  }
  const relation = backend.engine.catalog.relations.get(backend, found.oid);
  if (relation !== null && relation.typeOid !== 0)
    backend.engine.types.setFields(
      relation.typeOid,
      relation.columns
        .filter((column) => !column.isDropped)
        .map((column) => ({ name: column.name, type: column.typeOid, typmod: column.typmod })),
    );
  return { tag };
}

/** Changes of columns, which a partitioned table hands on to its partitions. */
const REACHES_PARTITIONS: ReadonlySet<string> = new Set([
  'AT_AddColumn',
  'AT_DropColumn',
  'AT_ColumnDefault',
  'AT_SetNotNull',
  'AT_DropNotNull',
  'AT_AlterColumnType',
]);

function lockFor(command: AlterTableCmd): LockMode {
  if (command.subtype === 'AT_ValidateConstraint' || command.subtype === 'AT_SetStatistics')
    return SHARE_UPDATE_EXCLUSIVE;
  if (
    command.subtype === 'AT_AddConstraint' &&
    command.def !== undefined &&
    'Constraint' in command.def &&
    command.def.Constraint.contype === 'CONSTR_FOREIGN'
  )
    return SHARE_ROW_EXCLUSIVE;
  return ACCESS_EXCLUSIVE;
}

export function columnOf(relation: Relation, name: string): Column {
  const column = relation.columns.find((candidate) => candidate.name === name && !candidate.isDropped);
  if (column === undefined) throw columnOfMissing(name, relation.name);
  return column;
}

function withColumn(relation: Relation, changed: Column): Relation {
  return {
    ...relation,
    columns: relation.columns.map((column) => (column.number === changed.number ? changed : column)),
  };
}

function* alter(backend: Backend, oid: number, command: AlterTableCmd, text: string): Waiting<void> {
  const { relation } = shapeOf(backend, oid);
  const name = command.name ?? '';
  switch (command.subtype) {
    case 'AT_AddColumn':
      yield* addColumn(backend, relation, command, text);
      return;
    case 'AT_DropColumn':
      dropColumn(backend, relation, command);
      return;
    case 'AT_ColumnDefault': {
      const column = columnOf(relation, name);
      replaceRelation(backend, withColumn(relation, { ...column, expression: command.def ?? null }));
      return;
    }
    case 'AT_SetNotNull':
      requireNoNulls(backend, relation, columnOf(relation, name).number);
      replaceRelation(backend, withColumn(relation, { ...columnOf(relation, name), isNotNull: true }));
      return;
    case 'AT_DropNotNull': {
      const column = columnOf(relation, name);
      const primary = backend.engine.catalog
        .constraintsOf(backend, oid)
        .find((constraint) => constraint.kind === 'primary');
      if (primary?.columns.includes(column.number) === true)
        throw failure('42P16', `column "${name}" is in a primary key`);
      replaceRelation(backend, withColumn(relation, { ...column, isNotNull: false }));
      return;
    }
    case 'AT_AlterColumnType':
      changeType(backend, relation, command);
      return;
    case 'AT_AddConstraint':
      if (command.def !== undefined && 'Constraint' in command.def)
        yield* addConstraint(backend, oid, { node: command.def.Constraint, column: null }, false);
      return;
    case 'AT_DropConstraint':
      dropConstraint(backend, relation, command);
      return;
    case 'AT_ValidateConstraint':
      yield* validate(backend, relation, name);
      return;
    case 'AT_AddIdentity':
      addIdentity(backend, relation, command);
      return;
    case 'AT_DropIdentity': {
      const column = columnOf(relation, name);
      for (const sequence of backend.engine.catalog.relations.all(backend))
        if (
          sequence.sequence?.isIdentity === true &&
          sequence.sequence.ownerTable === oid &&
          sequence.sequence.ownerColumn === column.number
        )
          backend.engine.catalog.relations.remove(backend.current().xid(), backend, sequence.oid);
      replaceRelation(backend, withColumn(relation, { ...column, identity: 'none' }));
      return;
    }
    case 'AT_AttachPartition':
    case 'AT_DetachPartition': {
      const part = command.def !== undefined && 'PartitionCmd' in command.def ? command.def.PartitionCmd : undefined;
      const child = relationByName(backend, part?.name?.schemaname, part?.name?.relname ?? '');
      yield* backend.lockRelation(child, ACCESS_EXCLUSIVE);
      if (command.subtype === 'AT_DetachPartition') detach(backend, relation, child);
      else attach(backend, relation.oid, child.oid, part!.bound!, text);
      return;
    }
    case 'AT_EnableTrig':
    case 'AT_DisableTrig':
      switchTriggers(backend, relation.oid, command.name ?? '', command.subtype === 'AT_EnableTrig');
      return;
    case 'AT_EnableTrigAll':
    case 'AT_EnableTrigUser':
    case 'AT_DisableTrigAll':
    case 'AT_DisableTrigUser':
      switchTriggers(backend, relation.oid, null, command.subtype.startsWith('AT_Enable'));
      return;
    case 'AT_EnableRowSecurity':
    case 'AT_DisableRowSecurity':
    case 'AT_ForceRowSecurity':
    case 'AT_NoForceRowSecurity':
      // Differs: every role sees all rows, as the owner and superusers do; policies are refused by name. Another role could tell.
      return;
    case 'AT_ChangeOwner':
    case 'AT_ReplicaIdentity':
    case 'AT_SetStatistics':
    case 'AT_SetStorage':
    case 'AT_SetRelOptions':
    case 'AT_ResetRelOptions':
    case 'AT_ClusterOn':
      // Nothing that a statement could see depends on these here.
      return;
    default:
      throw unsupported(`ALTER TABLE ${(command.subtype ?? '').replace('AT_', '')}`);
  }
}

function* addColumn(backend: Backend, relation: Relation, command: AlterTableCmd, text: string): Waiting<void> {
  const node = command.def;
  if (node === undefined || !('ColumnDef' in node)) throw unsupported('this ADD COLUMN');
  const name = node.ColumnDef.colname ?? '';
  if (relation.columns.some((column) => column.name === name && !column.isDropped)) {
    if (command.missing_ok !== true) throw columnExists(name, relation.name);
    backend.client.notice(
      failure('42701', `column "${name}" of relation "${relation.name}" already exists, skipping`, {
        severity: 'NOTICE',
      }),
    );
    return;
  }
  const plan = planColumn(backend, node.ColumnDef, relation.columns.length + 1, relation.name, text);
  let { column } = plan;
  if (plan.sequence !== null) {
    const sequenceName = freeRelationName(backend, relation.schema, relation.name, name, 'seq');
    createSequence(
      backend,
      relation.schema,
      sequenceName,
      sequenceOptions(plan.sequence.options, null, plan.sequence.typeOid).options,
      { table: relation.oid, column: column.number, isIdentity: plan.sequence.isIdentity },
      relation.persistence,
    );
    if (!plan.sequence.isIdentity)
      column = { ...column, expression: nextvalExpression(schemaName(backend, relation.schema), sequenceName) };
  }
  const next: Relation = { ...relation, columns: [...relation.columns, column] };
  replaceRelation(backend, next);
  const expr = column.generated === 'none' ? columnDefault(statementFor(backend), next, column) : null;
  const isVolatile =
    expr !== null &&
    (canWait(expr) ||
      someExpr(
        expr,
        (part) => (part.kind === 'call' && part.callable.volatility === 'v') || part.kind === 'next value',
      ));
  const execution = new Execution(
    backend,
    { commit: backend.status.latest, command: backend.current().command + 1, owner: backend },
    [],
  );
  if (expr !== null && !isVolatile) {
    const missing = new Compiler(backend, []).expression(expr)(rowFrame(execution, []));
    replaceRelation(backend, withColumn(next, { ...column, missing }));
  } else if (expr !== null || column.generated !== 'none')
    rewrite(
      backend,
      relation.oid,
      expr === null ? null : { index: column.number - 1, value: new Compiler(backend, []).expression(expr) },
    );
  if (column.isNotNull) requireNoNulls(backend, shapeOf(backend, relation.oid).relation, column.number);
  for (const constraint of plan.constraints) yield* addConstraint(backend, relation.oid, constraint, false);
}

/** Writes all rows anew into fresh storage, with one column computed, and builds the indexes again. `before` is the table by which rows are read, when not as it is now. */
function rewrite(
  backend: Backend,
  oid: number,
  change: { readonly index: number; readonly value: (frame: ReturnType<typeof rowFrame>) => Datum } | null,
  before?: Relation,
): void {
  const { catalog } = backend.engine;
  const { relation } = shapeOf(backend, oid);
  // A composite type has fields and no rows.
  if (relation.heap === null) return;
  const snapshot = { commit: backend.status.latest, command: backend.current().command + 1, owner: backend };
  const execution = new Execution(backend, snapshot, []);
  const heap = new Heap();
  const generated = tableRules(backend, shapeOf(backend, oid)).generated;
  const transaction = backend.current();
  for (let tuple = relation.heap.first; tuple !== null; tuple = tuple.following) {
    if (!isVisible(tuple, snapshot, backend.status)) continue;
    const row = [...widened(tuple, before ?? relation)];
    if (change !== null) row[change.index] = change.value(rowFrame(execution, row));
    for (const { column, value } of generated) row[column] = value(rowFrame(execution, row));
    heap.insert(row, transaction.xid(), transaction.command);
  }
  replaceRelation(backend, { ...relation, heap });
  for (const index of catalog.indexesOf(backend, oid)) {
    const info = index.index!;
    const keys = info.keys.map((key) =>
      key.column === 0 ? key : { ...key, typeOid: relation.columns[key.column - 1]!.typeOid },
    );
    const next: Relation = { ...index, index: { ...info, keys, tree: new SortedIndex(keyOrders(backend, keys)) } };
    replaceRelation(backend, next);
    fillIndex(backend, oid, next);
  }
}

function dropColumn(backend: Backend, relation: Relation, command: AlterTableCmd): void {
  const name = command.name ?? '';
  const { catalog } = backend.engine;
  const column = relation.columns.find((candidate) => candidate.name === name && !candidate.isDropped);
  if (column === undefined) {
    if (command.missing_ok !== true) throw columnOfMissing(name, relation.name);
    backend.client.notice(
      failure('00000', `column "${name}" of relation "${relation.name}" does not exist, skipping`, {
        severity: 'NOTICE',
      }),
    );
    return;
  }
  const xid = backend.current().xid();
  const foreign = catalog
    .referencesTo(backend, relation.oid)
    .filter((constraint) => constraint.foreign!.columns.includes(column.number));
  if (foreign.length > 0 && command.behavior !== 'DROP_CASCADE')
    throw dependentObjects(
      `column ${name} of table ${relation.name}`,
      foreign
        .map(
          (constraint) =>
            `constraint ${constraint.name} on table ${catalog.relations.get(backend, constraint.tableOid)!.name} depends on column ${name} of table ${relation.name}`,
        )
        .join('\n'),
    );
  for (const constraint of [
    ...foreign,
    ...catalog.constraintsOf(backend, relation.oid).filter((candidate) => candidate.columns.includes(column.number)),
  ])
    catalog.constraints.remove(xid, backend, constraint.oid);
  for (const index of catalog.indexesOf(backend, relation.oid))
    if (index.index!.keys.some((key) => key.column === column.number))
      catalog.relations.remove(xid, backend, index.oid);
  for (const sequence of catalog.relations.all(backend))
    if (sequence.sequence?.ownerTable === relation.oid && sequence.sequence.ownerColumn === column.number)
      catalog.relations.remove(xid, backend, sequence.oid);
  replaceRelation(
    backend,
    withColumn(relation, {
      ...column,
      name: `........pg.dropped.${column.number}........`,
      isDropped: true,
      isNotNull: false,
      expression: null,
      generated: 'none',
      identity: 'none',
    }),
  );
}

function changeType(backend: Backend, relation: Relation, command: AlterTableCmd): void {
  const column = columnOf(relation, command.name ?? '');
  const node = command.def;
  if (node === undefined || !('ColumnDef' in node)) throw unsupported('this ALTER COLUMN TYPE');
  const scope = tableScope(statementFor(backend), relation);
  const { type, typmod } = resolveTypeName(scope, node.ColumnDef.typeName!);
  const using = node.ColumnDef.raw_default;
  const source =
    using === undefined
      ? ({
          kind: 'var',
          level: 0,
          table: 0,
          column: column.number - 1,
          type: column.typeOid,
          typmod: column.typmod,
          at: -1,
        } as const)
      : resolveExpr(scope, using);
  let value: ReturnType<Compiler['expression']>;
  try {
    value = new Compiler(backend, [scope.tables]).expression(
      coerceAssignment(scope, source, type, typmod, column.name),
    );
  } catch (error) {
    if (using !== undefined) throw error;
    throw failure(
      '42804',
      `column "${column.name}" cannot be cast automatically to type ${backend.engine.types.formatType(type)}`,
      {
        hint: `You might need to specify "USING ${column.name}::${backend.engine.types.formatType(type, typmod)}".`,
      },
    );
  }
  replaceRelation(backend, withColumn(relation, { ...column, typeOid: type, typmod, missing: null }));
  rewrite(backend, relation.oid, { index: column.number - 1, value }, relation);
}

function dropConstraint(backend: Backend, relation: Relation, command: AlterTableCmd): void {
  const { catalog } = backend.engine;
  const name = command.name ?? '';
  const constraint = catalog.constraintsOf(backend, relation.oid).find((candidate) => candidate.name === name);
  if (constraint === undefined) {
    if (command.missing_ok !== true) throw constraintOfMissing(name, relation.name);
    backend.client.notice(
      failure('00000', `constraint "${name}" of relation "${relation.name}" does not exist, skipping`, {
        severity: 'NOTICE',
      }),
    );
    return;
  }
  const xid = backend.current().xid();
  if (constraint.kind !== 'foreign' && constraint.indexOid !== 0) {
    const users = catalog
      .referencesTo(backend, relation.oid)
      .filter((foreign) => foreign.indexOid === constraint.indexOid);
    if (users.length > 0 && command.behavior !== 'DROP_CASCADE')
      throw dependentObjects(
        `constraint ${name} on table ${relation.name}`,
        users
          .map(
            (user) =>
              `constraint ${user.name} on table ${catalog.relations.get(backend, user.tableOid)!.name} depends on index ${name}`,
          )
          .join('\n'),
      );
    for (const user of users) catalog.constraints.remove(xid, backend, user.oid);
    catalog.relations.remove(xid, backend, constraint.indexOid);
  }
  catalog.constraints.remove(xid, backend, constraint.oid);
}

function* validate(backend: Backend, relation: Relation, name: string): Waiting<void> {
  const { catalog } = backend.engine;
  const constraint = catalog.constraintsOf(backend, relation.oid).find((candidate) => candidate.name === name);
  if (constraint === undefined) throw constraintOfMissing(name, relation.name);
  if (constraint.isValidated) return;
  if (constraint.kind === 'check') validateCheck(backend, relation.oid, name);
  else yield* validateForeignKey(backend, relation, constraint);
  catalog.constraints.replace(backend.current().xid(), backend, { ...constraint, isValidated: true });
}

function addIdentity(backend: Backend, relation: Relation, command: AlterTableCmd): void {
  const column = columnOf(relation, command.name ?? '');
  const node = command.def;
  if (node === undefined || !('Constraint' in node)) throw unsupported('this ADD GENERATED');
  if (!column.isNotNull)
    throw failure(
      '55000',
      `column "${column.name}" of relation "${relation.name}" must be declared NOT NULL before identity can be added`,
    );
  const sequenceName = freeRelationName(backend, relation.schema, relation.name, column.name, 'seq');
  createSequence(
    backend,
    relation.schema,
    sequenceName,
    sequenceOptions(node.Constraint.options, null, column.typeOid).options,
    { table: relation.oid, column: column.number, isIdentity: true },
    relation.persistence,
  );
  replaceRelation(
    backend,
    withColumn(relation, { ...column, identity: node.Constraint.generated_when === 'a' ? 'always' : 'default' }),
  );
}

export const alterTableHandlers: UtilityHandlers = { AlterTableStmt: alterTable };
