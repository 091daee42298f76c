/** PARTITION BY, PARTITION OF, ATTACH and DETACH. Source: PostgreSQL's tablecmds.c and partbounds.c. */
import type { Node, PartitionBoundSpec, PartitionSpec } from 'libpg-query';
import type { Backend } from '../../backend.ts';
import type { PartitionBound, Partitioning, Relation } from '../../catalog/objects.ts';
import { failure, unsupported } from '../../errors.ts';
import { isVisible } from '../../storage/tuple.ts';
import type { Datum } from '../../types/datum.ts';
import { Compiler } from '../compile.ts';
import { Execution, Frame } from '../execute/frame.ts';
import { widened } from '../execute/scan.ts';
import { positionOf } from '../parse.ts';
import { coerce } from '../resolve/coerce.ts';
import { resolveExpr } from '../resolve/expressions.ts';
import { Scope } from '../resolve/scope.ts';
import { statementFor } from '../resolve/table-expressions.ts';
import { namesOf } from '../resolve/type-name.ts';
import { isWithin } from '../table/partition.ts';
import { createIndex, insertConstraint, objectName, replaceRelation, shapeOf } from './define.ts';

/** PARTITION BY of a table with those columns. */
export function partitioningOf(relation: Relation, node: PartitionSpec): Partitioning {
  const strategy = node.strategy === 'PARTITION_STRATEGY_LIST' ? 'list' : 'range';
  if (node.strategy === 'PARTITION_STRATEGY_HASH') throw unsupported('PARTITION BY HASH');
  const keys = (node.partParams ?? []).map((item) => {
    if (!('PartitionElem' in item) || item.PartitionElem.name === undefined)
      throw unsupported('an expression as partition key');
    const { name } = item.PartitionElem;
    const column = relation.columns.find((candidate) => candidate.name === name);
    if (column === undefined) throw failure('42703', `column "${name}" named in partition key does not exist`);
    return column;
  });
  if (strategy === 'list' && keys.length > 1)
    throw failure('42P17', 'cannot use "list" partition strategy with more than one column');
  return { strategy, columns: keys.map((column) => column.number), types: keys.map((column) => column.typeOid) };
}

function boundOf(backend: Backend, parent: Relation, node: PartitionBoundSpec, text: string): PartitionBound {
  const partitioning = parent.partitioning!;
  if (node.is_default === true) return { kind: 'default' };
  const wanted = node.strategy === 'l' ? 'list' : 'range';
  if (wanted !== partitioning.strategy)
    throw failure('42P16', `invalid bound specification for a ${partitioning.strategy} partition`);
  const value = (item: Node, index: number): Datum => {
    const scope = new Scope(statementFor(backend, text), null);
    const expr = coerce(scope, resolveExpr(scope, item), partitioning.types[index]!, -1, 'a');
    const execution = new Execution(backend, backend.activeSnapshot(), []);
    return new Compiler(backend, []).expression(expr)(new Frame(execution, null, 0));
  };
  if (wanted === 'list') return { kind: 'list', values: (node.listdatums ?? []).map((item) => value(item, 0)) };
  const limits = (items: readonly Node[] | undefined): Extract<PartitionBound, { kind: 'range' }>['from'] =>
    (items ?? []).map((item, index) => {
      const word = 'ColumnRef' in item ? namesOf(item.ColumnRef.fields)[0] : undefined;
      if (word === 'minvalue') return { kind: 'min' };
      if (word === 'maxvalue') return { kind: 'max' };
      return { kind: 'value', value: value(item, index) };
    });
  return { kind: 'range', from: limits(node.lowerdatums), to: limits(node.upperdatums) };
}

/** Makes a table a partition, after a look at bounds and rows. */
export function attach(
  backend: Backend,
  parentOid: number,
  childOid: number,
  node: PartitionBoundSpec,
  text: string,
): void {
  const { catalog } = backend.engine;
  const parent = shapeOf(backend, parentOid);
  const child = shapeOf(backend, childOid);
  const { partitioning } = parent.relation;
  if (partitioning === null) throw failure('42809', `table "${parent.relation.name}" is not partitioned`);
  if (child.relation.partition !== null) throw failure('42809', `"${child.relation.name}" is already a partition`);
  requireSameColumns(backend, parent.relation, child.relation);
  const bound = boundOf(backend, parent.relation, node, text);
  for (const other of parent.partitions)
    if (overlaps(backend, partitioning, bound, other.relation.partition!.bound))
      throw failure('42P17', `partition "${child.relation.name}" would overlap partition "${other.relation.name}"`, {
        position: positionOf(text, overlapAt(backend, partitioning, bound, other.relation.partition!.bound, node)),
      });
  if (bound.kind !== 'default') requireRows(backend, partitioning, bound, child.relation);
  replaceRelation(backend, { ...child.relation, partition: { parentOid, bound, partitioning } });
  catalog.linkPartition(parentOid, childOid);
  copyIndexes(backend, parentOid, childOid);
}

export function detach(backend: Backend, parent: Relation, child: Relation): void {
  if (child.partition?.parentOid !== parent.oid)
    throw failure('42P01', `relation "${child.name}" is not a partition of relation "${parent.name}"`);
  replaceRelation(backend, { ...child, partition: null });
}

function requireSameColumns(backend: Backend, parent: Relation, child: Relation): void {
  const { types } = backend.engine;
  for (const column of parent.columns) {
    if (column.isDropped) continue;
    const other = child.columns.find((candidate) => candidate.name === column.name && !candidate.isDropped);
    if (other === undefined) throw failure('42804', `child table is missing column "${column.name}"`);
    if (other.typeOid !== column.typeOid || other.typmod !== column.typmod)
      throw failure('42804', `child table "${child.name}" has different type for column "${column.name}"`);
    if (column.isNotNull && !other.isNotNull)
      throw failure('42804', `column "${column.name}" in child table must be marked NOT NULL`);
    if (other.number !== column.number) throw unsupported('a partition whose columns stand in another order');
  }
  const extra = child.columns.find(
    (column) => !column.isDropped && !parent.columns.some((other) => other.name === column.name && !other.isDropped),
  );
  if (extra !== undefined)
    throw failure(
      '42804',
      `table "${child.name}" contains column "${extra.name}" not found in parent "${parent.name}"`,
      { detail: 'The new partition may contain only the columns present in parent.' },
    );
  void types;
}

function overlaps(backend: Backend, partitioning: Partitioning, left: PartitionBound, right: PartitionBound): boolean {
  if (left.kind === 'default' || right.kind === 'default') return left.kind === right.kind;
  const rowOf = (values: readonly Datum[]): Datum[] => {
    const row: Datum[] = [];
    partitioning.columns.forEach((column, index) => {
      row[column - 1] = values[index] ?? null;
    });
    return row;
  };
  if (left.kind === 'list') return left.values.some((value) => isWithin(backend, partitioning, right, rowOf([value])));
  if (right.kind === 'list') return false;
  const lowest = (bound: Extract<PartitionBound, { kind: 'range' }>): readonly Datum[] | null =>
    bound.from.every((limit) => limit.kind === 'value')
      ? bound.from.map((limit) => (limit.kind === 'value' ? limit.value : null))
      : null;
  const isOpenBelow = (bound: Extract<PartitionBound, { kind: 'range' }>): boolean => lowest(bound) === null;
  if (isOpenBelow(left) && isOpenBelow(right)) return true;
  const inside = (start: readonly Datum[] | null, bound: PartitionBound): boolean =>
    start !== null && isWithin(backend, partitioning, bound, rowOf(start));
  return inside(lowest(left), right) || inside(lowest(right), left);
}

/** Where in the text the bound stands that overlaps. */
function overlapAt(
  backend: Backend,
  partitioning: Partitioning,
  bound: PartitionBound,
  other: PartitionBound,
  node: PartitionBoundSpec,
): number | undefined {
  const datums = (bound.kind === 'list' ? node.listdatums : node.lowerdatums) ?? [];
  const index =
    bound.kind === 'list'
      ? bound.values.findIndex((value) => overlaps(backend, partitioning, { kind: 'list', values: [value] }, other))
      : 0;
  const datum = datums[Math.max(0, index)];
  if (datum === undefined) return node.location;
  return 'A_Const' in datum ? (datum.A_Const.location ?? 0) : node.location;
}

function requireRows(backend: Backend, partitioning: Partitioning, bound: PartitionBound, child: Relation): void {
  const snapshot = { commit: backend.status.latest, command: backend.current().command + 1, owner: backend };
  for (let tuple = child.heap?.first ?? null; tuple !== null; tuple = tuple.following)
    if (isVisible(tuple, snapshot, backend.status) && !isWithin(backend, partitioning, bound, widened(tuple, child)))
      throw failure('23514', `partition constraint of relation "${child.name}" is violated by some row`, {
        schema: backend.engine.catalog.schemas.get(backend, child.schema)?.name,
        table: child.name,
      });
}

/** Gives a partition the indexes and keys of its parent that it has not yet. */
export function copyIndexes(backend: Backend, parentOid: number, childOid: number): void {
  const parent = shapeOf(backend, parentOid);
  for (const index of parent.indexes) {
    const info = index.index!;
    const child = shapeOf(backend, childOid);
    const columns = (keys: typeof info.keys): string => keys.map((key) => key.column).join(',');
    const has = child.indexes.some(
      (other) =>
        columns(other.index!.keys) === columns(info.keys) &&
        other.index!.isUnique === info.isUnique &&
        (other.index!.predicate === null) === (info.predicate === null) &&
        info.keys.every((key) => key.column !== 0),
    );
    if (has) continue;
    const names = index.columns.map((column) => column.name);
    const name = info.isPrimary
      ? objectName(child.relation.name, null, 'pkey')
      : objectName(child.relation.name, names.join('_'), info.isUnique ? 'key' : 'idx');
    const made = createIndex(backend, child.relation, {
      name,
      keys: info.keys,
      keyNames: names,
      included: info.included,
      isUnique: info.isUnique,
      isPrimary: info.isPrimary,
      nullsNotDistinct: info.nullsNotDistinct,
      isImmediate: info.isImmediate,
      predicate: info.predicate,
      method: info.method,
    });
    const constraint = parent.constraints.find((one) => one.indexOid === index.oid && one.kind !== 'foreign');
    if (constraint !== undefined)
      insertConstraint(backend, {
        ...constraint,
        oid: backend.engine.catalog.newOid(),
        name,
        schema: child.relation.schema,
        tableOid: childOid,
        indexOid: made.oid,
      });
  }
}
