/**
 * What a table asks of its rows, compiled once for each shape: generated columns, NOT NULL, CHECK, and the keys of its indexes.
 * Invariant: rules of a shape never change; a changed table has a new shape.
 */
import type { Node } from 'libpg-query';
import type { Backend } from '../../backend.ts';
import type { Relation, TableShape } from '../../catalog/objects.ts';
import { schemaName } from '../../catalog/search-path.ts';
import { checkViolation, failure, notNullViolation } from '../../errors.ts';
import type { TriggerRule } from '../../procedural/trigger.ts';
import type { Datum } from '../../types/datum.ts';
import { Compiler } from '../compile.ts';
import { type Evaluate, type Execution, Frame } from '../execute/frame.ts';
import { coerceAssignment } from '../resolve/coerce.ts';
import { resolveExpr } from '../resolve/expressions.ts';
import { relationColumns } from '../resolve/from.ts';
import { Scope, tableItem } from '../resolve/scope.ts';
import { clause } from '../resolve/select.ts';
import { indexKeyExpr, statementFor, tableScope } from '../resolve/table-expressions.ts';
import { isWithin } from './partition.ts';

export interface IndexRules {
  readonly index: Relation;
  readonly keys: readonly Evaluate[];
  readonly keyNames: readonly string[];
  readonly predicate: ((frame: Frame) => boolean) | null;
  /** Columns that the keys and the predicate read; null when that is not known. */
  readonly columns: readonly number[] | null;
}

export interface TableRules {
  readonly shape: TableShape;
  readonly generated: readonly { readonly column: number; readonly value: Evaluate }[];
  readonly checks: readonly { readonly name: string; readonly value: Evaluate }[];
  readonly indexes: readonly IndexRules[];
  readonly triggers: readonly TriggerRule[];
  /** Columns of unique indexes that a foreign key could point to: changing one takes the strongest row lock. */
  readonly keyColumns: readonly number[];
  /** As ReportOptions.observe names it, or null when nobody watches. */
  readonly observedAs: string | null;
}

const known = new WeakMap<TableShape, TableRules>();

export function tableRules(backend: Backend, shape: TableShape): TableRules {
  let rules = known.get(shape);
  if (rules === undefined) {
    rules = build(backend, shape);
    known.set(shape, rules);
  }
  return rules;
}

function build(backend: Backend, shape: TableShape): TableRules {
  const { relation } = shape;
  const statement = statementFor(backend);
  const scope = tableScope(statement, relation);
  const compiler = new Compiler(backend, [scope.tables]);
  const generated = relation.columns.flatMap((column, index) => {
    if (column.isDropped || column.generated !== 'stored' || column.expression === null) return [];
    const expr = coerceAssignment(
      scope,
      resolveExpr(scope, column.expression),
      column.typeOid,
      column.typmod,
      column.name,
    );
    return [{ column: index, value: compiler.expression(expr) }];
  });
  const checks = shape.constraints
    .filter((constraint) => constraint.kind === 'check')
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((constraint) => ({
      name: constraint.name,
      value: compiler.expression(clause(scope, 'check', constraint.expression!, 'CHECK')!),
    }));
  const indexes = shape.indexes.map((index): IndexRules => {
    const info = index.index!;
    const isPlain = info.keys.every((key) => key.column !== 0) && info.predicate === null;
    return {
      index,
      keys: info.keys.map((_, position) => compiler.expression(indexKeyExpr(scope, relation, info, position))),
      keyNames: info.keys.map((key, position) =>
        key.column === 0 ? indexColumnName(index, position) : relation.columns[key.column - 1]!.name,
      ),
      predicate: info.predicate === null ? null : compiler.condition(clause(scope, 'index', info.predicate, 'WHERE')),
      columns: isPlain ? info.keys.map((key) => key.column - 1) : null,
    };
  });
  const keyColumns = new Set<number>();
  for (const index of shape.indexes) {
    const info = index.index!;
    if (!info.isUnique || info.predicate !== null || !info.isImmediate || info.keys.some((key) => key.column === 0))
      continue;
    for (const key of info.keys) keyColumns.add(key.column - 1);
  }
  return {
    shape,
    generated,
    checks,
    indexes,
    triggers: shape.triggers.map((trigger) => ({
      trigger,
      when: trigger.when === null ? null : triggerCondition(backend, shape, trigger.when),
    })),
    keyColumns: [...keyColumns],
    observedAs: observedName(backend, relation),
  };
}

/** WHEN of a trigger, which may name OLD and NEW only. */
export function triggerCondition(backend: Backend, shape: TableShape, when: Node): Evaluate {
  const scope = new Scope(statementFor(backend), null);
  for (const name of ['old', 'new']) {
    const entry = {
      kind: 'relation',
      shape,
      lockMode: 1,
      name,
      columns: relationColumns(shape.relation),
      isLateral: false,
    } as const;
    const item = tableItem(scope.addTable(entry), entry, null);
    item.columnsVisible = false;
    scope.names.push(item);
  }
  return new Compiler(backend, [scope.tables]).expression(clause(scope, 'check', when, 'WHEN')!);
}

function indexColumnName(index: Relation, position: number): string {
  return index.columns[position]?.name ?? 'expr';
}

function observedName(backend: Backend, relation: Relation): string | null {
  const observe = backend.engine.options.observe ?? [];
  const schema = schemaName(backend, relation.schema);
  if (observe.includes(`${schema}.${relation.name}`)) return `${schema}.${relation.name}`;
  return schema === 'public' && observe.includes(relation.name) ? relation.name : null;
}

export function placeOf(backend: Backend, relation: Relation): { readonly schema: string; readonly table: string } {
  return { schema: schemaName(backend, relation.schema), table: relation.name };
}

/** A frame with one row in it, for the table's own expressions. */
export function rowFrame(execution: Execution, row: readonly Datum[]): Frame {
  const frame = new Frame(execution, null, 1);
  frame.rows[0] = row;
  return frame;
}

/** Computes generated columns into `row` and tests NOT NULL and CHECK. */
export function applyRules(execution: Execution, rules: TableRules, row: Datum[]): void {
  const { relation } = rules.shape;
  const { backend } = execution;
  const frame = rowFrame(execution, row);
  for (const { column, value } of rules.generated) row[column] = value(frame);
  for (let index = 0; index < relation.columns.length; index++) {
    const column = relation.columns[index]!;
    if (column.isNotNull && !column.isDropped && (row[index] ?? null) === null)
      throw notNullViolation(placeOf(backend, relation), column.name, rowText(execution, relation, row));
  }
  const { partition } = relation;
  if (partition !== null && partition.bound.kind !== 'default')
    if (!isWithin(backend, partition.partitioning, partition.bound, row))
      throw failure('23514', `new row for relation "${relation.name}" violates partition constraint`, {
        detail: `Failing row contains ${rowText(execution, relation, row)}.`,
        ...placeOf(backend, relation),
      });
  for (const check of rules.checks) {
    if (check.value(frame) === false)
      throw checkViolation(placeOf(backend, relation), check.name, rowText(execution, relation, row));
  }
}

/** Characters of one value in an error's detail. */
const VALUE_CHARACTERS_MAX = 64;

/** `(1, null, text)`, as errors show a row. */
export function rowText(execution: Execution, relation: Relation, row: readonly Datum[]): string {
  const { context } = execution;
  const parts: string[] = [];
  relation.columns.forEach((column, index) => {
    if (column.isDropped) return;
    const value = row[index] ?? null;
    if (value === null) {
      parts.push('null');
      return;
    }
    const text = context.types.byOid(column.typeOid).output(value, context);
    parts.push(text.length <= VALUE_CHARACTERS_MAX ? text : `${text.slice(0, VALUE_CHARACTERS_MAX)}...`);
  });
  return `(${parts.join(', ')})`;
}

/** `(a, b)=(1, 2)`, as errors show a key. */
export function keyText(
  execution: Execution,
  names: readonly string[],
  types: readonly number[],
  values: readonly Datum[],
): string {
  const { context } = execution;
  const shown = values.map((value, index) =>
    value === null ? 'null' : context.types.byOid(types[index]!).output(value, context),
  );
  return `(${names.join(', ')})=(${shown.join(', ')})`;
}
