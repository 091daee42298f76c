/** Constraints of CREATE TABLE and ALTER TABLE: primary and unique keys, checks, foreign keys. Source: PostgreSQL's parse_utilcmd.c, tablecmds.c. */
import type { Constraint as ConstraintNode } from 'libpg-query';
import type { Backend } from '../../backend.ts';
import type { Constraint, ForeignKey, ForeignKeyAction, IndexKey, Relation } from '../../catalog/objects.ts';
import { relationByName } from '../../catalog/search-path.ts';
import {
  checkNotMet,
  constraintExists,
  failure,
  foreignKeyMissing,
  nullsPresent,
  unsupported,
  wrongObjectType,
} from '../../errors.ts';
import { SHARE_ROW_EXCLUSIVE } from '../../lock/lock-tag.ts';
import { isVisible } from '../../storage/tuple.ts';
import { quoteIdentifier } from '../../types/index.ts';
import type { Waiting } from '../../wait.ts';
import { Execution } from '../execute/frame.ts';
import { widened } from '../execute/scan.ts';
import { runInternal } from '../internal.ts';
import { someExpr } from '../resolve/same.ts';
import { clause } from '../resolve/select.ts';
import { statementFor, tableScope } from '../resolve/table-expressions.ts';
import { namesOf } from '../resolve/type-name.ts';
import { keyText, placeOf, rowFrame, tableRules } from '../table/rules.ts';
import { createIndex, freeRelationName, insertConstraint, objectName, replaceRelation, shapeOf } from './define.ts';

/** A constraint and the column that it was written at, if any. */
export interface PendingConstraint {
  readonly node: ConstraintNode;
  readonly column: string | null;
}

export function columnNumber(relation: Relation, name: string): number {
  const column = relation.columns.find((candidate) => candidate.name === name && !candidate.isDropped);
  if (column === undefined) throw failure('42703', `column "${name}" named in key does not exist`);
  return column.number;
}

/** Adds one constraint to a table that is in the catalog already. `isNew` tables have no rows to check. */
export function* addConstraint(
  backend: Backend,
  tableOid: number,
  pending: PendingConstraint,
  isNew: boolean,
): Waiting<void> {
  const { node } = pending;
  switch (node.contype) {
    case 'CONSTR_PRIMARY':
    case 'CONSTR_UNIQUE':
      addKey(backend, tableOid, pending, isNew);
      return;
    case 'CONSTR_CHECK':
      addCheck(backend, tableOid, pending);
      return;
    case 'CONSTR_FOREIGN':
      yield* addForeignKey(backend, tableOid, pending, isNew);
      return;
    default:
      throw unsupported(`the constraint ${node.contype}`);
  }
}

function requireFreeConstraint(backend: Backend, relation: Relation, name: string): void {
  if (backend.engine.catalog.constraintsOf(backend, relation.oid).some((constraint) => constraint.name === name))
    throw constraintExists(name, relation.name);
}

function freeConstraintName(backend: Backend, relation: Relation, second: string | null, label: string): string {
  const taken = new Set(
    backend.engine.catalog.constraintsOf(backend, relation.oid).map((constraint) => constraint.name),
  );
  for (let number = 0; ; number++) {
    const name = objectName(relation.name, second, number === 0 ? label : `${label}${number}`);
    if (!taken.has(name)) return name;
  }
}

const EMPTY_CONSTRAINT = {
  columns: [],
  indexOid: 0,
  expression: null,
  foreign: null,
  isDeferrable: false,
  isDeferred: false,
  isValidated: true,
  noInherit: false,
} as const;

function addKey(backend: Backend, tableOid: number, pending: PendingConstraint, isNew: boolean): void {
  const { node } = pending;
  let { relation } = shapeOf(backend, tableOid);
  const isPrimary = node.contype === 'CONSTR_PRIMARY';
  const names = pending.column !== null ? [pending.column] : namesOf(node.keys);
  if (node.indexname !== undefined && node.indexname !== '') throw unsupported('a constraint USING INDEX');
  const { catalog } = backend.engine;
  if (isPrimary && catalog.constraintsOf(backend, tableOid).some((constraint) => constraint.kind === 'primary'))
    throw failure('42P16', `multiple primary keys for table "${relation.name}" are not allowed`);
  const columns = names.map((name) => columnNumber(relation, name));
  if (isPrimary) {
    if (!isNew) for (const number of columns) requireNoNulls(backend, relation, number);
    relation = {
      ...relation,
      columns: relation.columns.map((column) =>
        columns.includes(column.number) ? { ...column, isNotNull: true } : column,
      ),
    };
    replaceRelation(backend, relation);
  }
  const name =
    node.conname ??
    (isPrimary
      ? freeRelationName(backend, relation.schema, relation.name, null, 'pkey')
      : freeRelationName(backend, relation.schema, relation.name, names.join('_'), 'key'));
  requireFreeConstraint(backend, relation, name);
  if (catalog.relations.find(backend, relation.schema, name) !== null)
    throw failure('42P07', `relation "${name}" already exists`);
  const isDeferrable = node.deferrable === true;
  const keys: IndexKey[] = columns.map((number) => ({
    column: number,
    expression: null,
    typeOid: relation.columns[number - 1]!.typeOid,
    isDescending: false,
    nullsFirst: false,
    operatorClass: '',
  }));
  const index = createIndex(backend, relation, {
    name,
    keys,
    keyNames: names,
    included: namesOf(node.including).map((included) => columnNumber(relation, included)),
    isUnique: true,
    isPrimary,
    nullsNotDistinct: node.nulls_not_distinct === true,
    isImmediate: !isDeferrable,
    predicate: null,
    method: 'btree',
  });
  insertConstraint(backend, {
    ...EMPTY_CONSTRAINT,
    oid: catalog.newOid(),
    name,
    schema: relation.schema,
    kind: isPrimary ? 'primary' : 'unique',
    tableOid,
    columns,
    indexOid: index.oid,
    isDeferrable,
    isDeferred: node.initdeferred === true,
  });
}

/** Calls `visit` with every row that is visible now. */
export function eachRow(
  backend: Backend,
  relation: Relation,
  visit: (row: readonly import('../../types/datum.ts').Datum[], execution: Execution) => void,
): void {
  const snapshot = { commit: backend.status.latest, command: backend.current().command + 1, owner: backend };
  const execution = new Execution(backend, snapshot, []);
  for (let tuple = relation.heap?.first ?? null; tuple !== null; tuple = tuple.following) {
    if (isVisible(tuple, snapshot, backend.status)) visit(widened(tuple, relation), execution);
  }
}

export function requireNoNulls(backend: Backend, relation: Relation, number: number): void {
  const column = relation.columns[number - 1]!;
  eachRow(backend, relation, (row) => {
    if ((row[number - 1] ?? null) === null) throw nullsPresent(placeOf(backend, relation), column.name);
  });
}

function addCheck(backend: Backend, tableOid: number, pending: PendingConstraint): void {
  const { node } = pending;
  const { relation } = shapeOf(backend, tableOid);
  const scope = tableScope(statementFor(backend), relation);
  const expr = clause(scope, 'check', node.raw_expr, 'CHECK')!;
  const used = new Set<number>();
  someExpr(expr, (part) => {
    if (part.kind === 'var' && part.column >= 0) used.add(part.column);
    return false;
  });
  const single = used.size === 1 ? relation.columns[[...used][0]!]!.name : null;
  const name = node.conname ?? freeConstraintName(backend, relation, single, 'check');
  requireFreeConstraint(backend, relation, name);
  const constraint: Constraint = {
    ...EMPTY_CONSTRAINT,
    oid: backend.engine.catalog.newOid(),
    name,
    schema: relation.schema,
    kind: 'check',
    tableOid,
    columns: [...used].map((index) => index + 1),
    expression: node.raw_expr!,
    isValidated: node.skip_validation !== true,
    noInherit: node.is_no_inherit === true,
  };
  insertConstraint(backend, constraint);
  if (constraint.isValidated) validateCheck(backend, tableOid, name);
}

export function validateCheck(backend: Backend, tableOid: number, name: string): void {
  const shape = shapeOf(backend, tableOid);
  const check = tableRules(backend, shape).checks.find((candidate) => candidate.name === name);
  eachRow(backend, shape.relation, (row, execution) => {
    if (check?.value(rowFrame(execution, row)) === false) throw checkNotMet(placeOf(backend, shape.relation), name);
  });
}

const ACTIONS: Readonly<Record<string, ForeignKeyAction>> = {
  a: 'no action',
  r: 'restrict',
  c: 'cascade',
  n: 'set null',
  d: 'set default',
};

function* addForeignKey(backend: Backend, tableOid: number, pending: PendingConstraint, isNew: boolean): Waiting<void> {
  const { node } = pending;
  const { catalog } = backend.engine;
  const target = node.pktable!;
  const referenced = relationByName(backend, target.schemaname, target.relname ?? '');
  if (referenced.kind === 'p' || shapeOf(backend, tableOid).relation.kind === 'p')
    throw unsupported('a foreign key of or to a partitioned table');
  if (referenced.kind !== 'r')
    throw wrongObjectType(referenced.name, 'a table').with({
      message: `referenced relation "${referenced.name}" is not a table`,
    });
  if (referenced.oid !== tableOid) yield* backend.lockRelation(referenced, SHARE_ROW_EXCLUSIVE);
  const { relation } = shapeOf(backend, tableOid);
  const names = pending.column !== null ? [pending.column] : namesOf(node.fk_attrs);
  const columns = names.map((name) => {
    const column = relation.columns.find((candidate) => candidate.name === name && !candidate.isDropped);
    if (column === undefined)
      throw failure('42703', `column "${name}" referenced in foreign key constraint does not exist`);
    return column.number;
  });
  const shape = shapeOf(backend, referenced.oid);
  const key = referencedKey(shape.relation, shape.constraints, shape.indexes, namesOf(node.pk_attrs));
  if (key.columns.length !== columns.length)
    throw failure('42830', 'number of referencing and referenced columns for foreign key disagree');
  const name = node.conname ?? freeConstraintName(backend, relation, names.join('_'), 'fkey');
  requireFreeConstraint(backend, relation, name);
  const foreign: ForeignKey = {
    tableOid: referenced.oid,
    columns: key.columns,
    indexOid: key.indexOid,
    match: node.fk_matchtype === 'f' ? 'full' : 'simple',
    onUpdate: ACTIONS[node.fk_upd_action ?? 'a'] ?? 'no action',
    onDelete: ACTIONS[node.fk_del_action ?? 'a'] ?? 'no action',
    deleteColumns: namesOf(node.fk_del_set_cols).map((column) => columnNumber(relation, column)),
  };
  const constraint: Constraint = {
    ...EMPTY_CONSTRAINT,
    oid: catalog.newOid(),
    name,
    schema: relation.schema,
    kind: 'foreign',
    tableOid,
    columns,
    indexOid: key.indexOid,
    foreign,
    isDeferrable: node.deferrable === true,
    isDeferred: node.initdeferred === true,
    isValidated: node.skip_validation !== true,
  };
  insertConstraint(backend, constraint);
  if (!isNew && constraint.isValidated) yield* validateForeignKey(backend, relation, constraint);
}

function referencedKey(
  relation: Relation,
  constraints: readonly Constraint[],
  indexes: readonly Relation[],
  names: readonly string[],
): { readonly columns: readonly number[]; readonly indexOid: number } {
  if (names.length === 0) {
    const primary = constraints.find((constraint) => constraint.kind === 'primary');
    if (primary === undefined)
      throw failure('42704', `there is no primary key for referenced table "${relation.name}"`);
    return { columns: primary.columns, indexOid: primary.indexOid };
  }
  const columns = names.map((name) => {
    const column = relation.columns.find((candidate) => candidate.name === name && !candidate.isDropped);
    if (column === undefined)
      throw failure('42703', `column "${name}" referenced in foreign key constraint does not exist`);
    return column.number;
  });
  const index = indexes.find((candidate) => {
    const info = candidate.index!;
    return (
      info.isUnique &&
      info.isImmediate &&
      info.predicate === null &&
      info.keys.length === columns.length &&
      info.keys.every((key) => columns.includes(key.column))
    );
  });
  if (index === undefined)
    throw failure('42830', `there is no unique constraint matching given keys for referenced table "${relation.name}"`);
  return { columns, indexOid: index.oid };
}

export function* validateForeignKey(backend: Backend, relation: Relation, constraint: Constraint): Waiting<void> {
  const foreign = constraint.foreign!;
  const referenced = backend.engine.catalog.relations.get(backend, foreign.tableOid)!;
  const schema = (oid: number): string =>
    quoteIdentifier(backend.engine.catalog.schemas.get(backend, oid)?.name ?? 'public');
  const own = constraint.columns.map((number) => quoteIdentifier(relation.columns[number - 1]!.name));
  const theirs = foreign.columns.map((number) => quoteIdentifier(referenced.columns[number - 1]!.name));
  const on = own.map((column, index) => `pk.${theirs[index]} = fk.${column}`).join(' AND ');
  const text = `SELECT ${own.map((column) => `fk.${column}`).join(', ')} FROM ${schema(relation.schema)}.${quoteIdentifier(relation.name)} fk LEFT JOIN ${schema(referenced.schema)}.${quoteIdentifier(referenced.name)} pk ON ${on} WHERE pk.${theirs[0]} IS NULL AND ${own.map((column) => `fk.${column} IS NOT NULL`).join(' AND ')} LIMIT 1`;
  const rows = yield* runInternal(backend, text, [], [], 'latest');
  const first = rows[0];
  if (first === undefined) return;
  const execution = new Execution(backend, backend.statementSnapshot(), []);
  const types = constraint.columns.map((number) => relation.columns[number - 1]!.typeOid);
  throw foreignKeyMissing(
    placeOf(backend, relation),
    constraint.name,
    keyText(
      execution,
      constraint.columns.map((number) => relation.columns[number - 1]!.name),
      types,
      first,
    ),
    referenced.name,
  );
}
