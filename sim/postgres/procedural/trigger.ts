/**
 * Firing triggers: which ones an event wakes, what they see, and what BEFORE triggers make of a row.
 * Source: PostgreSQL's trigger.c. Order: by name within one kind; AFTER triggers at the end of the statement, in the order of their events.
 */
import type { Backend } from '../backend.ts';
import type { Relation, Trigger, TriggerEvent } from '../catalog/objects.ts';
import { schemaName } from '../catalog/search-path.ts';
import { failure } from '../errors.ts';
import { type Evaluate, type Execution, Frame } from '../sql/execute/frame.ts';
import type { TableRules } from '../sql/table/rules.ts';
import type { Datum, PgRecord } from '../types/datum.ts';
import { Oid } from '../types/index.ts';
import type { Waiting } from '../wait.ts';
import { callTrigger } from './routine.ts';

export interface TriggerRule {
  readonly trigger: Trigger;
  /** Reads OLD as table 0 and NEW as table 1. */
  readonly when: Evaluate | null;
}

type Row = readonly Datum[];

export interface RowEvent {
  readonly event: TriggerEvent;
  readonly old: Row | null;
  readonly new: Row | null;
  /** Indexes of the columns that an UPDATE names. */
  readonly columns: readonly number[];
}

function woken(rules: TableRules, timing: Trigger['timing'], isRow: boolean, event: RowEvent): TriggerRule[] {
  return rules.triggers.filter(
    ({ trigger }) =>
      trigger.isEnabled &&
      trigger.timing === timing &&
      trigger.isRow === isRow &&
      trigger.events.includes(event.event) &&
      (event.event !== 'update' ||
        trigger.columns.length === 0 ||
        trigger.columns.some((number) => event.columns.includes(number - 1))),
  );
}

function isWanted(execution: Execution, rule: TriggerRule, event: RowEvent): boolean {
  if (rule.when === null) return true;
  const frame = new Frame(execution, null, 2);
  frame.rows[0] = event.old;
  frame.rows[1] = event.new;
  return rule.when(frame) === true;
}

/** The row as BEFORE triggers leave it; null when one of them cancels the change. */
export function* fireBefore(execution: Execution, rules: TableRules, event: RowEvent): Waiting<Datum[] | null> {
  const { relation } = rules.shape;
  let current = event;
  for (const rule of woken(rules, 'before', true, event)) {
    if (!isWanted(execution, rule, current)) continue;
    const result = yield* call(execution.backend, relation, rule.trigger, current);
    if (result === null) return null;
    if (event.event !== 'delete') current = { ...current, new: rowOf(relation, result as PgRecord) };
  }
  return [...(current.new ?? current.old)!];
}

/** Puts AFTER triggers of a row off to the end of the statement. */
export function queueAfter(execution: Execution, rules: TableRules, event: RowEvent): void {
  const { backend } = execution;
  const { relation } = rules.shape;
  for (const rule of woken(rules, 'after', true, event)) {
    if (!isWanted(execution, rule, event)) continue;
    backend.queueCheck(0, rule.trigger.isDeferred, function* () {
      yield* call(backend, relation, rule.trigger, event);
    });
  }
}

const noRows = (event: TriggerEvent, columns: readonly number[]): RowEvent => ({
  event,
  old: null,
  new: null,
  columns,
});

export function* fireStatement(
  execution: Execution,
  rules: TableRules,
  event: TriggerEvent,
  columns: readonly number[],
): Waiting<void> {
  const about = noRows(event, columns);
  for (const rule of woken(rules, 'before', false, about))
    if (isWanted(execution, rule, about)) yield* call(execution.backend, rules.shape.relation, rule.trigger, about);
}

export function queueStatement(
  execution: Execution,
  rules: TableRules,
  event: TriggerEvent,
  columns: readonly number[],
): void {
  const { backend } = execution;
  const about = noRows(event, columns);
  for (const rule of woken(rules, 'after', false, about)) {
    if (!isWanted(execution, rule, about)) continue;
    backend.queueCheck(0, false, function* () {
      yield* call(backend, rules.shape.relation, rule.trigger, about);
    });
  }
}

function* call(backend: Backend, relation: Relation, trigger: Trigger, event: RowEvent): Waiting<Datum> {
  const object = backend.engine.catalog.functions.get(backend, trigger.functionOid);
  if (object === null) throw failure('42883', `function with OID ${trigger.functionOid} does not exist`);
  const argv = trigger.arguments;
  return yield* callTrigger(
    backend,
    object,
    relation.typeOid,
    new Map<string, Datum>([
      ['new', recordOf(relation, event.new)],
      ['old', recordOf(relation, event.old)],
      ['tg_name', trigger.name],
      ['tg_when', trigger.timing.toUpperCase()],
      ['tg_level', trigger.isRow ? 'ROW' : 'STATEMENT'],
      ['tg_op', event.event.toUpperCase()],
      ['tg_relid', relation.oid],
      ['tg_relname', relation.name],
      ['tg_table_name', relation.name],
      ['tg_table_schema', schemaName(backend, relation.schema)],
      ['tg_nargs', argv.length],
      [
        'tg_argv',
        argv.length === 0
          ? { elementType: Oid.text, dims: [], lower: [], items: [] }
          : { elementType: Oid.text, dims: [argv.length], lower: [0], items: [...argv] },
      ],
    ]),
  );
}

/** A row without its dropped columns, as the table's row type. */
function recordOf(relation: Relation, row: Row | null): Datum {
  if (row === null) return null;
  const values: Datum[] = [];
  relation.columns.forEach((column, index) => {
    if (!column.isDropped) values.push(row[index] ?? null);
  });
  return { type: relation.typeOid, values };
}

function rowOf(relation: Relation, record: PgRecord): Datum[] {
  let at = 0;
  return relation.columns.map((column) => (column.isDropped ? null : (record.values[at++] ?? null)));
}
