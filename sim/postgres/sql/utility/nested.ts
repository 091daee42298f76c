/** A statement inside another: an element of CREATE SCHEMA. */
import type { Node } from 'libpg-query';
import type { Waiting } from '../../wait.ts';
import type { UtilityContext } from './index.ts';
import { runUtility } from './index.ts';

/** Runs `node`, with relations that name no schema put into `schema`. */
export function* runSimpleStatement(context: UtilityContext, node: Node, schema: string): Waiting<void> {
  const placed = JSON.parse(JSON.stringify(node)) as Record<
    string,
    { relation?: { schemaname?: string }; view?: { schemaname?: string }; sequence?: { schemaname?: string } }
  >;
  for (const part of Object.values(placed))
    for (const range of [part.relation, part.view, part.sequence]) if (range !== undefined) range.schemaname ??= schema;
  yield* runUtility(context.backend, { ...context.statement, node: placed as unknown as Node }, []);
}
