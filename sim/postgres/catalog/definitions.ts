/**
 * Definitions of the user's objects as SQL: defaults, indexes, constraints, views, triggers, functions.
 * Source: the pg_get_*def functions of PostgreSQL's ruleutils.c.
 */
import type { Node } from 'libpg-query';
import type { Backend } from '../backend.ts';
import type { Expr } from '../sql/expression.ts';
import {
  functionName,
  isSearched,
  type Printing,
  printExpr,
  quoteIdentifier,
  quoteLiteral,
} from '../sql/print/expression.ts';
import { printQuery, queryPrinting } from '../sql/print/query.ts';
import type { Query } from '../sql/query.ts';
import { coerceAssignment, coerceBoolean } from '../sql/resolve/coerce.ts';
import { resolveExpr } from '../sql/resolve/expressions.ts';
import { relationColumns } from '../sql/resolve/from.ts';
import { Scope, tableItem } from '../sql/resolve/scope.ts';
import { EMPTY_QUERY } from '../sql/resolve/select.ts';
import { indexKeyExpr, statementFor, tableScope } from '../sql/resolve/table-expressions.ts';
import { viewQuery } from '../sql/resolve/views.ts';
import { defaultClass } from '../types/index.ts';
import type { Constraint, FunctionObject, PartitionBound, PartitionLimit, Relation, Trigger } from './objects.ts';
import { schemaName } from './search-path.ts';

/** A relation's name, with its schema unless it is on the search path. */
export function qualifiedName(backend: Backend, relation: Relation, always = false): string {
  const name = quoteIdentifier(relation.name);
  return !always && isSearched(backend, relation.schema)
    ? name
    : `${quoteIdentifier(schemaName(backend, relation.schema))}.${name}`;
}

function printingIn(backend: Backend, scope: Scope, isPretty: boolean, isQualified = false): Printing {
  const query = {
    ...EMPTY_QUERY,
    tables: scope.tables,
    aggregates: [],
    windows: [],
    windowCalls: [],
    sets: [],
  } as Query;
  return queryPrinting(backend, [query], { isPretty, isQualified });
}

function printed(backend: Backend, scope: Scope, expr: Expr, isPretty: boolean): string {
  return printExpr(expr, printingIn(backend, scope, isPretty));
}

/** The default or generation expression of a column; null when it has none. */
export function columnExpression(
  backend: Backend,
  relation: Relation,
  number: number,
  isPretty: boolean,
): string | null {
  const column = relation.columns[number - 1];
  if (column === undefined || column.expression === null) return null;
  const scope = tableScope(statementFor(backend), relation);
  scope.clause = column.generated === 'none' ? 'default' : 'check';
  const expr = coerceAssignment(scope, resolveExpr(scope, column.expression), column.typeOid, -1, column.name);
  return printed(backend, scope, expr, isPretty);
}

/** A condition over one table, such as a CHECK or the predicate of an index. */
export function tableCondition(backend: Backend, relation: Relation, node: Node, isPretty: boolean): string {
  const scope = tableScope(statementFor(backend), relation);
  return printed(backend, scope, coerceBoolean(scope, resolveExpr(scope, node), 'CHECK'), isPretty);
}

/** Key `position` of an index, from 0; as CREATE INDEX wants it when `isWhole`. */
function indexKey(backend: Backend, table: Relation, index: Relation, position: number, isPretty: boolean): string {
  const info = index.index!;
  const key = info.keys[position];
  if (key === undefined) {
    const number = info.included[position - info.keys.length];
    return number === undefined ? '' : quoteIdentifier(table.columns[number - 1]!.name);
  }
  const scope = tableScope(statementFor(backend), table);
  const expr = indexKeyExpr(scope, table, info, position);
  const text = printed(backend, scope, expr, isPretty);
  if (key.column !== 0 || (expr.kind === 'call' && (expr.written === 'function' || expr.written === 'syntax')))
    return text;
  return `(${text})`;
}

function keyOptions(backend: Backend, index: Relation, position: number): string {
  const info = index.index!;
  const key = info.keys[position]!;
  const standard =
    info.method === 'btree' ? defaultClass(403, backend.engine.types.baseOf(key.typeOid))?.name : undefined;
  const operatorClass =
    key.operatorClass !== '' && key.operatorClass !== standard ? ` ${quoteIdentifier(key.operatorClass)}` : '';
  const nulls = key.nullsFirst === key.isDescending ? '' : key.nullsFirst ? ' NULLS FIRST' : ' NULLS LAST';
  return `${operatorClass}${key.isDescending ? ' DESC' : ''}${nulls}`;
}

/** CREATE INDEX, or one column of it when `column` (from 1) is given. */
export function indexDefinition(backend: Backend, index: Relation, column: number, isPretty: boolean): string | null {
  const info = index.index;
  const table = info === null ? null : backend.engine.catalog.relations.get(backend, info.tableOid);
  if (info === null || table === null) return null;
  if (column > 0) return indexKey(backend, table, index, column - 1, isPretty);
  const keys = info.keys.map(
    (_, position) => indexKey(backend, table, index, position, isPretty) + keyOptions(backend, index, position),
  );
  const included = info.included.map((number) => quoteIdentifier(table.columns[number - 1]!.name));
  const only = table.kind === 'p' ? 'ONLY ' : '';
  return [
    `CREATE ${info.isUnique ? 'UNIQUE ' : ''}INDEX ${quoteIdentifier(index.name)} ON ${only}${qualifiedName(backend, table, !isPretty)}`,
    ` USING ${info.method} (${keys.join(', ')})`,
    included.length === 0 ? '' : ` INCLUDE (${included.join(', ')})`,
    info.nullsNotDistinct ? ' NULLS NOT DISTINCT' : '',
    info.predicate === null ? '' : ` WHERE ${tableCondition(backend, table, info.predicate, isPretty)}`,
  ].join('');
}

function columnList(relation: Relation, numbers: readonly number[]): string {
  return numbers.map((number) => quoteIdentifier(relation.columns[number - 1]!.name)).join(', ');
}

export function constraintDefinition(backend: Backend, constraint: Constraint, isPretty: boolean): string | null {
  const { relations } = backend.engine.catalog;
  const table = relations.get(backend, constraint.tableOid);
  if (table === null) return null;
  const deferring = `${constraint.isDeferrable ? ' DEFERRABLE' : ''}${constraint.isDeferred ? ' INITIALLY DEFERRED' : ''}`;
  const validity = constraint.isValidated ? '' : ' NOT VALID';
  switch (constraint.kind) {
    case 'primary':
    case 'unique': {
      const index = relations.get(backend, constraint.indexOid)?.index;
      const included = index?.included ?? [];
      const word =
        constraint.kind === 'primary'
          ? 'PRIMARY KEY'
          : `UNIQUE${index?.nullsNotDistinct === true ? ' NULLS NOT DISTINCT' : ''}`;
      const more = included.length === 0 ? '' : ` INCLUDE (${columnList(table, included)})`;
      return `${word} (${columnList(table, constraint.columns)})${more}${deferring}`;
    }
    case 'check': {
      const text = tableCondition(backend, table, constraint.expression!, isPretty);
      return `CHECK (${text})${constraint.noInherit ? ' NO INHERIT' : ''}${validity}`;
    }
    case 'foreign': {
      const foreign = constraint.foreign!;
      const target = relations.get(backend, foreign.tableOid);
      if (target === null) return null;
      const action = (name: string, what: string): string =>
        what === 'no action' ? '' : ` ON ${name} ${what.toUpperCase()}`;
      const some = foreign.deleteColumns.length === 0 ? '' : ` (${columnList(table, foreign.deleteColumns)})`;
      return [
        `FOREIGN KEY (${columnList(table, constraint.columns)})`,
        ` REFERENCES ${qualifiedName(backend, target)}(${columnList(target, foreign.columns)})`,
        foreign.match === 'full' ? ' MATCH FULL' : '',
        action('UPDATE', foreign.onUpdate),
        action('DELETE', foreign.onDelete),
        some,
        deferring,
        validity,
      ].join('');
    }
  }
}

export function viewDefinition(backend: Backend, view: Relation, isPretty: boolean): string | null {
  if (view.view === null) return null;
  return `${printQuery(backend, [viewQuery(statementFor(backend), view)], isPretty, 0)};`;
}

export function triggerDefinition(backend: Backend, trigger: Trigger, isPretty: boolean): string | null {
  const { catalog } = backend.engine;
  const table = catalog.relations.get(backend, trigger.tableOid);
  const run = catalog.functions.get(backend, trigger.functionOid);
  if (table === null || run === null) return null;
  const events = trigger.events.map((event) =>
    event === 'update' && trigger.columns.length > 0
      ? `UPDATE OF ${columnList(table, trigger.columns)}`
      : event.toUpperCase(),
  );
  const when = trigger.when === null ? '' : ` WHEN (${triggerWhen(backend, table, trigger.when, isPretty)})`;
  const deferring = trigger.isDeferrable ? `DEFERRABLE${trigger.isDeferred ? ' INITIALLY DEFERRED' : ''} ` : '';
  const args = trigger.arguments.map(quoteLiteral).join(', ');
  return `CREATE ${trigger.isDeferrable ? 'CONSTRAINT ' : ''}TRIGGER ${quoteIdentifier(trigger.name)} ${trigger.timing.toUpperCase()} ${events.join(' OR ')} ON ${qualifiedName(backend, table, !isPretty)} ${deferring}FOR EACH ${trigger.isRow ? 'ROW' : 'STATEMENT'}${when} EXECUTE FUNCTION ${functionName(backend, run.oid, run.name)}(${args})`;
}

function triggerWhen(backend: Backend, table: Relation, when: Node, isPretty: boolean): string {
  const scope = new Scope(statementFor(backend), null);
  const shape = backend.engine.catalog.shape(backend, table, true);
  for (const name of ['old', 'new']) {
    const entry = {
      kind: 'relation',
      shape,
      lockMode: 1,
      name,
      columns: relationColumns(table),
      isLateral: false,
    } as const;
    scope.names.push(tableItem(scope.addTable(entry), entry, null));
  }
  scope.clause = 'check';
  return printExpr(coerceBoolean(scope, resolveExpr(scope, when), 'WHEN'), printingIn(backend, scope, isPretty, true));
}

/** The arguments between the parentheses; `hasDefaults` for the form of CREATE, otherwise that which identifies the function. */
export function functionArguments(backend: Backend, object: FunctionObject, hasDefaults: boolean): string {
  const { row } = object;
  const { types } = backend.engine;
  const all = row.allArgTypes.length > 0 ? row.allArgTypes : row.argTypes;
  const inputs = row.argTypes.length;
  let input = 0;
  return all
    .flatMap((type, index) => {
      const mode = row.argModes[index] ?? 'i';
      if (mode === 't') return [];
      const isInput = mode !== 'o';
      if (isInput) input += 1;
      if (!isInput && !hasDefaults) return [];
      const words = [
        mode === 'o' ? 'OUT' : mode === 'b' ? 'INOUT' : mode === 'v' ? 'VARIADIC' : '',
        quoteIdentifier(row.argNames[index] ?? ''),
        types.formatType(type),
      ];
      const shown = words.filter((word) => word !== '' && word !== '""').join(' ');
      const position = row.defaults.length - (inputs - input) - 1;
      const isDefaulted = hasDefaults && isInput && position >= 0;
      return [isDefaulted ? `${shown} DEFAULT ${defaultText(backend, row.defaultNodes[position]!, type)}` : shown];
    })
    .join(', ');
}

function defaultText(backend: Backend, node: Node, type: number): string {
  const scope = new Scope(statementFor(backend), null);
  return printed(backend, scope, coerceAssignment(scope, resolveExpr(scope, node), type, -1, ''), false);
}

export function functionResult(backend: Backend, object: FunctionObject): string | null {
  const { row } = object;
  if (row.kind === 'p') return null;
  const { types } = backend.engine;
  const columns = row.argModes.flatMap((mode, index) =>
    mode === 't' ? [`${quoteIdentifier(row.argNames[index] ?? '')} ${types.formatType(row.allArgTypes[index]!)}`] : [],
  );
  if (columns.length > 0) return `TABLE(${columns.join(', ')})`;
  return `${row.returnsSet ? 'SETOF ' : ''}${types.formatType(row.returnType)}`;
}

export function functionDefinition(backend: Backend, object: FunctionObject): string {
  const { row } = object;
  const name = `${quoteIdentifier(schemaName(backend, object.schema))}.${quoteIdentifier(object.name)}`;
  const result = functionResult(backend, object);
  const words = [
    row.volatility === 'i' ? 'IMMUTABLE' : row.volatility === 's' ? 'STABLE' : '',
    row.isStrict ? 'STRICT' : '',
    object.isSecurityDefiner ? 'SECURITY DEFINER' : '',
  ].filter((word) => word !== '');
  const tag = object.body.includes('$function$') ? '$functionx$' : '$function$';
  return [
    `CREATE OR REPLACE ${row.kind === 'p' ? 'PROCEDURE' : 'FUNCTION'} ${name}(${functionArguments(backend, object, true)})\n`,
    result === null ? '' : ` RETURNS ${result}\n`,
    ` LANGUAGE ${object.language}\n`,
    words.length === 0 ? '' : ` ${words.join(' ')}\n`,
    ...object.settings.map(([setting, value]) => ` SET ${quoteIdentifier(setting)} TO ${quoteLiteral(value)}\n`),
    `AS ${tag}${object.body}${tag}\n`,
  ].join('');
}

/** FOR VALUES ... of a partition; null for any other relation. */
export function boundDefinitionOf(backend: Backend, relation: Relation): string | null {
  return relation.partition === null
    ? null
    : boundDefinition(backend, relation.partition.bound, relation.partition.partitioning.types);
}

function boundDefinition(backend: Backend, bound: PartitionBound, types: readonly number[]): string {
  if (bound.kind === 'default') return 'DEFAULT';
  const literal = (value: PartitionLimit | null, type: number): string => {
    if (value === null) return 'NULL';
    if (value.kind !== 'value') return `${value.kind.toUpperCase()}VALUE`;
    if (value.value === null) return 'NULL';
    const text = backend.engine.types.byOid(type).output(value.value, backend.callContext);
    if (type === 16) return text === 't' ? 'true' : 'false';
    return [20, 21, 23, 700, 701, 1700].includes(type) ? text : quoteLiteral(text);
  };
  if (bound.kind === 'list')
    return `FOR VALUES IN (${bound.values.map((value) => literal({ kind: 'value', value }, types[0]!)).join(', ')})`;
  const side = (limits: readonly PartitionLimit[]): string =>
    limits.map((limit, index) => literal(limit, types[index]!)).join(', ');
  return `FOR VALUES FROM (${side(bound.from)}) TO (${side(bound.to)})`;
}
