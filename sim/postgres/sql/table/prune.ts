/** Removal of row versions that no snapshot can see: from the heap and from every index of the table. */
import type { IndexInfo, Relation } from '../../catalog/objects.ts';
import type { Engine } from '../../engine.ts';
import type { Tuple } from '../../storage/tuple.ts';

export function removeDead(engine: Engine, relation: Relation, tuple: Tuple): void {
  if (tuple.isRemoved) return;
  for (const entry of tuple.entries) entry.index.tree.remove(entry.key, tuple);
  tuple.entries = [];
  relation.heap!.remove(tuple);
  void engine;
}

export type { IndexInfo };
