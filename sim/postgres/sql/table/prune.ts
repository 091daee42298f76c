/** Removal of row versions that no snapshot can see: from the heap and from every index of the table. */
import type { Relation } from '../../catalog/objects.ts';
import type { Tuple } from '../../storage/tuple.ts';

export function removeDead(relation: Relation, tuple: Tuple): void {
  if (tuple.isRemoved) return;
  for (const entry of tuple.entries) entry.index.tree.remove(entry.key, tuple);
  tuple.entries = [];
  relation.heap!.remove(tuple);
}
