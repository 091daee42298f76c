/** CREATE TRIGGER, DROP TRIGGER, and switching triggers off and on. Source: PostgreSQL's CreateTrigger. */
import type { CreateTrigStmt, DropStmt } from 'libpg-query';
import type { Backend } from '../../backend.ts';
import type { Trigger, TriggerEvent } from '../../catalog/objects.ts';
import { findRelation, relationByName } from '../../catalog/search-path.ts';
import { failure, tableMissing, unsupported, wrongObjectType } from '../../errors.ts';
import { ACCESS_EXCLUSIVE, SHARE_ROW_EXCLUSIVE } from '../../lock/lock-tag.ts';
import type { Waiting } from '../../wait.ts';
import { namesOf } from '../resolve/type-name.ts';
import { triggerCondition } from '../table/rules.ts';
import { shapeOf } from './define.ts';
import { findFunction } from './functions.ts';
import type { UtilityContext, UtilityHandlers, UtilityResult } from './index.ts';

/** TRIGGER_TYPE_* of pg_trigger.h. */
const BEFORE = 1 << 1;
const INSTEAD = 1 << 6;
const EVENTS: readonly (readonly [number, TriggerEvent])[] = [
  [1 << 2, 'insert'],
  [1 << 3, 'delete'],
  [1 << 4, 'update'],
  [1 << 5, 'truncate'],
];
const TRIGGER_TYPE = 2279;

function* createTrigger(context: UtilityContext, node: CreateTrigStmt): Waiting<UtilityResult> {
  const { backend } = context;
  const name = node.trigname ?? '';
  const table = relationByName(backend, node.relation?.schemaname, node.relation?.relname ?? '');
  if (table.kind === 'p') throw unsupported('a trigger on a partitioned table');
  if (table.kind !== 'r') {
    if (table.kind === 'v') throw unsupported('a trigger on a view');
    throw wrongObjectType(table.name, 'a table');
  }
  if ((node.timing ?? 0) & INSTEAD)
    throw failure('42809', `"${table.name}" is a table`, { detail: 'Tables cannot have INSTEAD OF triggers.' });
  if ((node.transitionRels ?? []).length > 0) throw unsupported('REFERENCING of a trigger');
  yield* backend.lockRelation(table, SHARE_ROW_EXCLUSIVE);
  const { catalog } = backend.engine;
  const shape = shapeOf(backend, table.oid);
  const existing = shape.triggers.find((trigger) => trigger.name === name);
  if (existing !== undefined && node.replace !== true)
    throw failure('42710', `trigger "${name}" for relation "${table.name}" already exists`);
  const fn = findFunction(backend, { objname: node.funcname ?? [], objargs: [], args_unspecified: false });
  if (fn === null) throw failure('42883', `function ${namesOf(node.funcname).join('.')}() does not exist`);
  if (fn.row.returnType !== TRIGGER_TYPE) throw failure('42P17', `function ${fn.name} must return type trigger`);
  const events = EVENTS.filter(([bit]) => ((node.events ?? 0) & bit) !== 0).map(([, event]) => event);
  if (events.includes('truncate')) throw unsupported('a trigger on TRUNCATE');
  const columns = namesOf(node.columns).map((column) => {
    const found = table.columns.find((candidate) => candidate.name === column && !candidate.isDropped);
    if (found === undefined) throw failure('42703', `column "${column}" of relation "${table.name}" does not exist`);
    return found.number;
  });
  if (node.whenClause !== undefined) triggerCondition(backend, shape, node.whenClause);
  const trigger: Trigger = {
    oid: existing?.oid ?? catalog.newOid(),
    name,
    schema: table.schema,
    tableOid: table.oid,
    functionOid: fn.oid,
    timing: (node.timing ?? 0) & BEFORE ? 'before' : 'after',
    isRow: node.row === true,
    events,
    columns,
    when: node.whenClause ?? null,
    arguments: namesOf(node.args),
    isEnabled: true,
    isDeferrable: node.deferrable === true,
    isDeferred: node.initdeferred === true,
  };
  const xid = backend.current().xid();
  if (existing === undefined) {
    catalog.triggers.insert(xid, trigger);
    catalog.linkTrigger(trigger);
  } else catalog.triggers.replace(xid, backend, trigger);
  return { tag: 'CREATE TRIGGER' };
}

export function* dropTrigger(backend: Backend, node: DropStmt): Waiting<UtilityResult> {
  const { catalog } = backend.engine;
  for (const object of node.objects ?? []) {
    const names = 'List' in object ? namesOf(object.List.items) : [];
    const name = names.at(-1) ?? '';
    const tableName = names.at(-2) ?? '';
    const table = findRelation(backend, names.at(-3), tableName);
    const trigger = table === null ? undefined : shapeOf(backend, table.oid).triggers.find((one) => one.name === name);
    if (table === null || trigger === undefined) {
      if (node.missing_ok !== true)
        throw table === null
          ? tableMissing(tableName).with({})
          : failure('42704', `trigger "${name}" for table "${tableName}" does not exist`);
      backend.client.notice(
        failure(
          '00000',
          table === null
            ? `relation "${tableName}" does not exist, skipping`
            : `trigger "${name}" for relation "${tableName}" does not exist, skipping`,
          { severity: 'NOTICE' },
        ),
      );
      continue;
    }
    yield* backend.lockRelation(table, ACCESS_EXCLUSIVE);
    catalog.triggers.remove(backend.current().xid(), backend, trigger.oid);
  }
  return { tag: 'DROP TRIGGER' };
}

/** ALTER TABLE ... ENABLE or DISABLE TRIGGER; `name` null means all. */
export function switchTriggers(backend: Backend, tableOid: number, name: string | null, isEnabled: boolean): void {
  const { catalog } = backend.engine;
  const table = catalog.relations.get(backend, tableOid)!;
  const wanted = shapeOf(backend, tableOid).triggers.filter((trigger) => name === null || trigger.name === name);
  if (name !== null && wanted.length === 0)
    throw failure('42704', `trigger "${name}" for table "${table.name}" does not exist`);
  for (const trigger of wanted) catalog.triggers.replace(backend.current().xid(), backend, { ...trigger, isEnabled });
}

export const triggerHandlers: UtilityHandlers = { CreateTrigStmt: createTrigger };
