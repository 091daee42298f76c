/** DROP and TRUNCATE. Source: PostgreSQL's dependency.c and tablecmds.c, for what depends on what and how it is told. */
import type { DropStmt, TruncateStmt } from 'libpg-query';
import type { Backend } from '../../backend.ts';
import type { FunctionObject, Relation } from '../../catalog/objects.ts';
import {
  findRelation,
  isVisible,
  relationByName,
  schemaByName,
  schemaName,
  searchSchemas,
} from '../../catalog/search-path.ts';
import {
  dependentObjects,
  failure,
  objectMissing,
  schemaMissing,
  tableMissing,
  unsupported,
  wrongObjectType,
} from '../../errors.ts';
import { ACCESS_EXCLUSIVE } from '../../lock/lock-tag.ts';
import { Heap } from '../../storage/heap.ts';
import { SequenceState } from '../../storage/sequence.ts';
import { SortedIndex } from '../../storage/sorted-index.ts';
import type { Waiting } from '../../wait.ts';
import { namesOf } from '../resolve/type-name.ts';
import { leavesOf } from '../table/partition.ts';
import { keyOrders, replaceRelation, shapeOf } from './define.ts';
import { dropFunctions, signatureText } from './functions.ts';
import type { UtilityContext, UtilityHandlers, UtilityResult } from './index.ts';
import { dropTrigger } from './triggers.ts';

function notice(backend: Backend, code: string, message: string): void {
  backend.client.notice(failure(code, message, { severity: 'NOTICE' }));
}

const DROP_KINDS: Readonly<Record<string, { readonly kind: string; readonly tag: string; readonly relkinds: string }>> =
  {
    OBJECT_TABLE: { kind: 'table', tag: 'DROP TABLE', relkinds: 'rp' },
    OBJECT_INDEX: { kind: 'index', tag: 'DROP INDEX', relkinds: 'i' },
    OBJECT_SEQUENCE: { kind: 'sequence', tag: 'DROP SEQUENCE', relkinds: 'S' },
    OBJECT_VIEW: { kind: 'view', tag: 'DROP VIEW', relkinds: 'v' },
  };

function* drop(context: UtilityContext, node: DropStmt): Waiting<UtilityResult> {
  const { backend } = context;
  const isCascade = node.behavior === 'DROP_CASCADE';
  if (node.removeType === 'OBJECT_SCHEMA') return yield* dropSchemas(context, node, isCascade);
  if (node.removeType === 'OBJECT_TYPE' || node.removeType === 'OBJECT_DOMAIN') return dropTypes(backend, node);
  if (node.removeType === 'OBJECT_FUNCTION') return dropFunctions(backend, node);
  if (node.removeType === 'OBJECT_TRIGGER') return yield* dropTrigger(backend, node);
  const kind = DROP_KINDS[node.removeType ?? ''];
  if (kind === undefined) throw unsupported(`DROP ${(node.removeType ?? '').replace('OBJECT_', '')}`);
  const targets: Relation[] = [];
  for (const object of node.objects ?? []) {
    const names = 'List' in object ? namesOf(object.List.items) : [];
    const name = names.at(-1) ?? '';
    const schema = names.length > 1 ? names[names.length - 2] : undefined;
    const relation = findRelation(backend, schema, name);
    if (relation === null) {
      if (node.missing_ok !== true)
        throw kind.kind === 'table'
          ? tableMissing(name)
          : failure(kind.kind === 'index' ? '42704' : '42P01', `${kind.kind} "${name}" does not exist`);
      notice(backend, '00000', `${kind.kind} "${name}" does not exist, skipping`);
      continue;
    }
    if (!kind.relkinds.includes(relation.kind))
      throw wrongObjectType(
        name,
        `${kind.kind === 'index' ? 'an' : 'a'} ${kind.kind}`,
        `Use ${hintFor(relation)} to remove ${articled(relation)}.`,
      );
    targets.push(relation);
  }
  for (const relation of targets) {
    const table =
      relation.index === null ? relation : backend.engine.catalog.relations.get(backend, relation.index.tableOid)!;
    yield* backend.lockRelation(table, ACCESS_EXCLUSIVE);
  }
  for (const relation of targets) dropRelation(backend, relation, isCascade, targets);
  return { tag: kind.tag };
}

function hintFor(relation: Relation): string {
  return relation.kind === 'i'
    ? 'DROP INDEX'
    : relation.kind === 'S'
      ? 'DROP SEQUENCE'
      : relation.kind === 'v'
        ? 'DROP VIEW'
        : 'DROP TABLE';
}

function articled(relation: Relation): string {
  return relation.kind === 'i'
    ? 'an index'
    : relation.kind === 'S'
      ? 'a sequence'
      : relation.kind === 'v'
        ? 'a view'
        : 'a table';
}

/** Drops a relation with what belongs to it; refuses when others depend on it, unless `isCascade`. */
export function dropRelation(
  backend: Backend,
  relation: Relation,
  isCascade: boolean,
  together: readonly Relation[],
): void {
  const { catalog } = backend.engine;
  if (catalog.relations.get(backend, relation.oid) === null) return;
  const xid = backend.current().xid();
  for (const child of catalog.partitionsOf(backend, relation.oid)) dropRelation(backend, child, isCascade, together);
  if (relation.index !== null) {
    const constraint = catalog
      .constraintsOf(backend, relation.index.tableOid)
      .find((candidate) => candidate.indexOid === relation.oid && candidate.kind !== 'foreign');
    if (constraint !== undefined)
      throw failure(
        '2BP01',
        `cannot drop index ${relation.name} because constraint ${constraint.name} on table ${catalog.relations.get(backend, relation.index.tableOid)!.name} requires it`,
        {
          hint: `You can drop constraint ${constraint.name} on table ${catalog.relations.get(backend, relation.index.tableOid)!.name} instead.`,
        },
      );
    catalog.relations.remove(xid, backend, relation.oid);
    return;
  }
  const foreign = catalog
    .referencesTo(backend, relation.oid)
    .filter(
      (constraint) =>
        constraint.tableOid !== relation.oid && !together.some((other) => other.oid === constraint.tableOid),
    );
  const views = catalog.relations
    .all(backend)
    .filter(
      (other) =>
        other.view !== null &&
        other.oid !== relation.oid &&
        !together.includes(other) &&
        mentions(backend, other, relation),
    );
  const defaults = relation.sequence === null ? [] : defaultsUsing(backend, relation);
  if (!isCascade && foreign.length + views.length + defaults.length > 0) {
    const what = relation.kind === 'S' ? 'sequence' : relation.kind === 'v' ? 'view' : 'table';
    const lines = [
      ...foreign.map(
        (constraint) =>
          `constraint ${constraint.name} on table ${catalog.relations.get(backend, constraint.tableOid)!.name} depends on ${what} ${relation.name}`,
      ),
      ...views.map((view) => `view ${view.name} depends on ${what} ${relation.name}`),
      ...defaults.map((text) => `${text} depends on sequence ${relation.name}`),
    ];
    throw dependentObjects(`${what} ${relation.name}`, lines.join('\n'));
  }
  for (const constraint of foreign) {
    catalog.constraints.remove(xid, backend, constraint.oid);
    notice(
      backend,
      '00000',
      `drop cascades to constraint ${constraint.name} on table ${catalog.relations.get(backend, constraint.tableOid)!.name}`,
    );
  }
  for (const view of views) {
    notice(backend, '00000', `drop cascades to view ${view.name}`);
    dropRelation(backend, view, true, together);
  }
  for (const constraint of catalog.constraintsOf(backend, relation.oid))
    catalog.constraints.remove(xid, backend, constraint.oid);
  for (const index of catalog.indexesOf(backend, relation.oid)) catalog.relations.remove(xid, backend, index.oid);
  for (const sequence of catalog.relations.all(backend))
    if (sequence.sequence?.ownerTable === relation.oid) catalog.relations.remove(xid, backend, sequence.oid);
  for (const trigger of catalog.triggersOf(backend, relation.oid)) catalog.triggers.remove(xid, backend, trigger.oid);
  if (relation.typeOid !== 0) catalog.types.remove(xid, backend, relation.typeOid);
  catalog.relations.remove(xid, backend, relation.oid);
}

function defaultsUsing(backend: Backend, sequence: Relation): string[] {
  const owner = sequence.sequence!.ownerTable;
  if (owner === 0) return [];
  const table = backend.engine.catalog.relations.get(backend, owner);
  const column = table?.columns.find((candidate) => candidate.number === sequence.sequence!.ownerColumn);
  return column?.expression == null ? [] : [`default value for column ${column.name} of table ${table!.name}`];
}

/** Whether a view's query names the relation. */
function mentions(backend: Backend, view: Relation, relation: Relation): boolean {
  let found = false;
  const visit = (value: unknown): void => {
    if (found || value === null || typeof value !== 'object') return;
    const record = value as Record<string, unknown>;
    const range = record['RangeVar'] as { readonly relname?: string; readonly schemaname?: string } | undefined;
    if (
      range !== undefined &&
      range.relname === relation.name &&
      findRelation(backend, range.schemaname, range.relname)?.oid === relation.oid
    )
      found = true;
    for (const part of Object.values(record)) visit(part);
  };
  visit(view.view!.query);
  return found;
}

function* dropSchemas(context: UtilityContext, node: DropStmt, isCascade: boolean): Waiting<UtilityResult> {
  const { backend } = context;
  const { catalog } = backend.engine;
  for (const object of node.objects ?? []) {
    const name = 'String' in object ? (object.String.sval ?? '') : '';
    const schema = catalog.schemas.find(backend, 0, name);
    if (schema === null) {
      if (node.missing_ok !== true) throw schemaMissing(name);
      notice(backend, '00000', `schema "${name}" does not exist, skipping`);
      continue;
    }
    const inside = catalog.relations
      .all(backend)
      .filter((relation) => relation.schema === schema.oid && relation.index === null);
    const functions = catalog.functions.all(backend).filter((object) => object.schema === schema.oid);
    if (inside.length + functions.length > 0 && !isCascade)
      throw dependentObjects(
        `schema ${name}`,
        [
          ...inside.map(
            (relation) =>
              `${articled(relation).replace(/^an? /, '')} ${relationLabel(backend, relation)} depends on schema ${name}`,
          ),
          ...functions.map((object) => `function ${functionLabel(backend, object)} depends on schema ${name}`),
        ].join('\n'),
      );
    for (const relation of inside) yield* backend.lockRelation(relation, ACCESS_EXCLUSIVE);
    const labels = [
      ...inside.map((relation) => `${articled(relation).replace(/^an? /, '')} ${relationLabel(backend, relation)}`),
      ...functions.map((object) => `function ${functionLabel(backend, object)}`),
    ];
    for (const object of functions) catalog.functions.remove(backend.current().xid(), backend, object.oid);
    for (const relation of inside) dropRelation(backend, relation, true, inside);
    for (const type of catalog.types.all(backend))
      if (type.schema === schema.oid) catalog.types.remove(backend.current().xid(), backend, type.oid);
    if (labels.length > 0)
      notice(
        backend,
        '00000',
        labels.length === 1 ? `drop cascades to ${labels[0]}` : `drop cascades to ${labels.length} other objects`,
      );
    catalog.schemas.remove(backend.current().xid(), backend, schema.oid);
  }
  return { tag: 'DROP SCHEMA' };
}

function functionLabel(backend: Backend, object: FunctionObject): string {
  const isSeen = searchSchemas(backend).includes(object.schema);
  const text = signatureText(backend, object);
  return isSeen ? text : `${schemaName(backend, object.schema)}.${text}`;
}

/** The name, with its schema unless the search path finds it. */
function relationLabel(backend: Backend, relation: Relation): string {
  return isVisible(backend, relation) ? relation.name : `${schemaName(backend, relation.schema)}.${relation.name}`;
}

function dropTypes(backend: Backend, node: DropStmt): UtilityResult {
  const { catalog } = backend.engine;
  for (const object of node.objects ?? []) {
    const names = 'TypeName' in object ? namesOf(object.TypeName.names) : [];
    const name = names.at(-1) ?? '';
    const schema = names.length > 1 ? schemaByName(backend, names[0]!) : undefined;
    const type = catalog.types
      .all(backend)
      .find((candidate) => candidate.name === name && (schema === undefined || candidate.schema === schema));
    if (type === undefined) {
      if (node.missing_ok !== true) throw objectMissing('type', name);
      notice(backend, '00000', `type "${name}" does not exist, skipping`);
      continue;
    }
    // The array type's users come first, since they depend on it directly and on the type through it.
    const using = (oid: number, shown: string): string[] =>
      catalog.relations
        .all(backend)
        .flatMap((relation) =>
          relation.columns
            .filter((column) => !column.isDropped && column.typeOid === oid)
            .map((column) => `column ${column.name} of table ${relation.name} depends on type ${shown}`),
        );
    const users = [...using(type.arrayOid, `${name}[]`), ...using(type.oid, name)];
    if (users.length > 0) throw dependentObjects(`type ${name}`, users.join('\n'));
    catalog.types.remove(backend.current().xid(), backend, type.oid);
    if (type.kind === 'composite' && type.relationOid !== 0)
      catalog.relations.remove(backend.current().xid(), backend, type.relationOid);
  }
  return { tag: node.removeType === 'OBJECT_DOMAIN' ? 'DROP DOMAIN' : 'DROP TYPE' };
}

function* truncate(context: UtilityContext, node: TruncateStmt): Waiting<UtilityResult> {
  const { backend } = context;
  const { catalog } = backend.engine;
  const tables: Relation[] = [];
  for (const item of node.relations ?? []) {
    if (!('RangeVar' in item)) continue;
    const relation = relationByName(backend, item.RangeVar.schemaname, item.RangeVar.relname ?? '');
    if (relation.kind !== 'r' && relation.kind !== 'p') throw wrongObjectType(relation.name, 'a table');
    tables.push(
      relation,
      ...leavesOf(shapeOf(backend, relation.oid)).flatMap((leaf) =>
        leaf.relation.oid === relation.oid ? [] : [leaf.relation],
      ),
    );
  }
  for (const table of tables) yield* backend.lockRelation(table, ACCESS_EXCLUSIVE);
  for (let index = 0; index < tables.length; index++) {
    for (const constraint of catalog.referencesTo(backend, tables[index]!.oid)) {
      if (tables.some((table) => table.oid === constraint.tableOid)) continue;
      const other = catalog.relations.get(backend, constraint.tableOid)!;
      if (node.behavior !== 'DROP_CASCADE')
        throw failure('0A000', 'cannot truncate a table referenced in a foreign key constraint', {
          detail: `Table "${other.name}" references "${tables[index]!.name}".`,
          hint: `Truncate table "${other.name}" at the same time, or use TRUNCATE ... CASCADE.`,
        });
      notice(backend, '00000', `truncate cascades to table "${other.name}"`);
      yield* backend.lockRelation(other, ACCESS_EXCLUSIVE);
      tables.push(other);
    }
  }
  for (const table of tables)
    emptyTable(backend, catalog.relations.get(backend, table.oid)!, node.restart_seqs === true);
  return { tag: 'TRUNCATE TABLE' };
}

/** Gives the table new, empty storage; the old one stays for a rollback. */
export function emptyTable(backend: Backend, table: Relation, restartsSequences: boolean): void {
  const { catalog } = backend.engine;
  for (const index of catalog.indexesOf(backend, table.oid))
    replaceRelation(backend, {
      ...index,
      index: { ...index.index!, tree: new SortedIndex(keyOrders(backend, index.index!.keys)) },
    });
  if (table.heap !== null) replaceRelation(backend, { ...table, heap: new Heap() });
  if (!restartsSequences) return;
  for (const sequence of catalog.relations.all(backend)) {
    if (sequence.sequence?.ownerTable === table.oid)
      replaceRelation(backend, {
        ...sequence,
        sequence: { ...sequence.sequence, state: new SequenceState(sequence.sequence.options.start) },
      });
  }
}

export const dropHandlers: UtilityHandlers = { DropStmt: drop, TruncateStmt: truncate };
