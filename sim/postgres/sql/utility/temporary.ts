/** Temporary tables: the end of a session drops them, and ON COMMIT empties or drops them with the transaction. */
import type { Backend } from '../../backend.ts';
import type { Relation } from '../../catalog/objects.ts';
import { dropRelation, emptyTable } from './drop.ts';

function temporaryRelations(backend: Backend): Relation[] {
  return backend.engine.catalog.relations
    .all(backend)
    .filter((relation) => relation.schema === backend.temporarySchema);
}

export function dropTemporaryObjects(backend: Backend): void {
  const relations = temporaryRelations(backend);
  if (relations.length === 0) return;
  backend.current().changedCatalog = true;
  for (const relation of relations) if (relation.index === null) dropRelation(backend, relation, true, relations);
}

export function emptyOnCommit(backend: Backend): void {
  const relations = temporaryRelations(backend);
  for (const relation of relations) {
    if (relation.onCommit === 'delete' && relation.heap?.first !== null) emptyTable(backend, relation, false);
    else if (relation.onCommit === 'drop') dropRelation(backend, relation, true, relations);
    else continue;
    // Only this session's plans can name them, and those must be made anew.
    backend.current().changedCatalog = true;
  }
}
