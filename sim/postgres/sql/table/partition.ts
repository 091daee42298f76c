/**
 * Partitioned tables: which partition a row belongs to, and whether a row keeps within the bound of its partition.
 * Source: PostgreSQL 15 manual 5.11. A partition has the same columns at the same places as its parent, so a row needs no change on its way.
 * Left out: hash partitioning, expressions as keys, pruning (every partition is asked, which its index makes cheap), row triggers and foreign
 * keys of the partitioned table itself; what is asked for and missing is refused by name.
 */
import type { Backend } from '../../backend.ts';
import type { PartitionBound, Partitioning, Relation, TableShape } from '../../catalog/objects.ts';
import { failure } from '../../errors.ts';
import type { Datum } from '../../types/datum.ts';
import type { Cursor, Frame, PlanNode } from '../execute/frame.ts';
import type { Condition } from '../execute/scan.ts';
import { recheckCursor } from '../execute/scan.ts';

/** The stored table of a row: the table itself, or the partition it goes to. */
export function leafOf(backend: Backend, shape: TableShape, row: readonly Datum[]): TableShape {
  let current = shape;
  while (current.relation.partitioning !== null) {
    const { partitioning } = current.relation;
    const found =
      current.partitions.find((child) => !isDefault(child) && accepts(backend, partitioning, child, row)) ??
      current.partitions.find(isDefault);
    if (found === undefined) throw noPartition(backend, current.relation, partitioning, row);
    current = found;
  }
  return current;
}

function isDefault(child: TableShape): boolean {
  return child.relation.partition?.bound.kind === 'default';
}

function accepts(backend: Backend, partitioning: Partitioning, child: TableShape, row: readonly Datum[]): boolean {
  const partition = child.relation.partition;
  return partition !== null && isWithin(backend, partitioning, partition.bound, row);
}

/** Whether a row lies within a bound; never for a default partition. */
export function isWithin(
  backend: Backend,
  partitioning: Partitioning,
  bound: PartitionBound,
  row: readonly Datum[],
): boolean {
  const compare = (index: number, left: Datum, right: Datum): number =>
    backend.engine.types.byOid(partitioning.types[index]!).compare(left, right);
  const key = partitioning.columns.map((column) => row[column - 1] ?? null);
  if (bound.kind === 'list') {
    const value = key[0]!;
    return bound.values.some((one) => (one === null || value === null ? one === value : compare(0, one, value) === 0));
  }
  if (bound.kind === 'default' || key.includes(null)) return false;
  return side(bound.from, key, compare) <= 0 && side(bound.to, key, compare) > 0;
}

/** Sign of limit minus key, column by column. */
function side(
  limits: Extract<PartitionBound, { kind: 'range' }>['from'],
  key: readonly Datum[],
  compare: (index: number, left: Datum, right: Datum) => number,
): number {
  for (let index = 0; index < limits.length; index++) {
    const limit = limits[index]!;
    if (limit.kind === 'min') return -1;
    if (limit.kind === 'max') return 1;
    const sign = compare(index, limit.value, key[index]!);
    if (sign !== 0) return sign;
  }
  return 0;
}

function noPartition(backend: Backend, relation: Relation, partitioning: Partitioning, row: readonly Datum[]): Error {
  const names = partitioning.columns.map((column) => relation.columns[column - 1]!.name);
  const values = partitioning.columns.map((column, index) => {
    const value = row[column - 1] ?? null;
    return value === null
      ? 'null'
      : backend.engine.types.byOid(partitioning.types[index]!).output(value, backend.callContext);
  });
  return failure('23514', `no partition of relation "${relation.name}" found for row`, {
    detail: `Partition key of the failing row contains (${names.join(', ')}) = (${values.join(', ')}).`,
    schema: backend.engine.catalog.schemas.get(backend, relation.schema)?.name,
    table: relation.name,
  });
}

/** All stored tables below a partitioned one, in the order of their making. */
export function leavesOf(shape: TableShape): TableShape[] {
  return shape.relation.partitioning === null ? [shape] : shape.partitions.flatMap(leavesOf);
}

/** The rows of all partitions, one after the other. */
export class Append implements PlanNode {
  readonly #table: number;
  readonly #children: readonly PlanNode[];
  readonly #filter: Condition;
  constructor(table: number, children: readonly PlanNode[], filter: Condition) {
    this.#table = table;
    this.#children = children;
    this.#filter = filter;
  }

  open(frame: Frame): Cursor {
    const again = recheckCursor(frame, this.#table, this.#filter);
    if (again !== null) return again;
    let at = 0;
    let cursor: Cursor | null = null;
    const children = this.#children;
    return {
      next: () => {
        for (; at < children.length; at++, cursor = null) {
          cursor ??= children[at]!.open(frame);
          if (cursor.next()) return true;
        }
        return false;
      },
    };
  }
}
