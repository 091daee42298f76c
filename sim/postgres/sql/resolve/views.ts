/** The query of a view, resolved afresh for each statement that reads it. */
import type { Relation } from '../../catalog/objects.ts';
import type { Query } from '../query.ts';
import { Scope, StatementScope } from './scope.ts';
import { resolveSelectNode } from './select.ts';

export function viewQuery(statement: StatementScope, relation: Relation): Query {
  // Positions inside a view mean nothing to the statement's text.
  const inner = new StatementScope(statement.backend, '', [], false);
  return resolveSelectNode(new Scope(inner, null), relation.view!.query);
}
