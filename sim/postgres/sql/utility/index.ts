/**
 * Statements that are no queries, by their node: one list of handlers. Each runs to its end before its result is given.
 * Families: transactions.ts, settings.ts, create-table.ts, alter-table.ts, objects.ts (schemas, indexes, sequences,
 * views), drop.ts, locks.ts, functions.ts, triggers.ts,
 * types.ts, prepared.ts.
 */
import type { Node } from 'libpg-query';
import type { Backend } from '../../backend.ts';
import { unsupported } from '../../errors.ts';
import type { Datum } from '../../types/datum.ts';
import type { Waiting } from '../../wait.ts';
import type { Row } from '../execute/frame.ts';
import type { ParsedStatement } from '../parse.ts';
import type { OutputColumn } from '../query.ts';
import type { Result } from '../statement.ts';
import { alterTableHandlers } from './alter-table.ts';
import { commentHandlers } from './comments.ts';
import { copyHandlers } from './copy.ts';
import { createTableHandlers } from './create-table.ts';
import { dropHandlers } from './drop.ts';
import { functionHandlers } from './functions.ts';
import { lockHandlers } from './locks.ts';
import { objectHandlers } from './objects.ts';
import { namedColumns, preparedHandlers } from './prepared.ts';
import { renameHandlers } from './rename.ts';
import { settingHandlers, showColumns } from './settings.ts';
import { transactionHandlers } from './transactions.ts';
import { triggerHandlers } from './triggers.ts';
import { typeHandlers } from './types.ts';

/** What a utility statement gives back: a tag, and rows for the few that have them. */
export interface UtilityResult {
  readonly tag: string;
  readonly columns?: readonly OutputColumn[];
  readonly rows?: readonly Row[];
  /** In place of all others: what another statement gives. */
  readonly result?: Result;
}

export interface UtilityContext {
  readonly backend: Backend;
  readonly statement: ParsedStatement;
  readonly parameters: readonly Datum[];
}

/** A handler that can wait is a generator. */
export type UtilityHandler = (context: UtilityContext, node: never) => UtilityResult | Waiting<UtilityResult>;
export type UtilityHandlers = Readonly<Record<string, UtilityHandler>>;

const handlers: UtilityHandlers = {
  ...transactionHandlers,
  ...settingHandlers,
  ...createTableHandlers,
  ...alterTableHandlers,
  ...renameHandlers,
  ...objectHandlers,
  ...dropHandlers,
  ...lockHandlers,
  ...functionHandlers,
  ...triggerHandlers,
  ...typeHandlers,
  ...preparedHandlers,
  ...commentHandlers,
  ...copyHandlers,
};

/** Statements that change the catalog: plans made before are out of date, and a read-only transaction refuses them. */
const CATALOG_STATEMENTS: ReadonlyMap<string, string> = new Map([
  ['CreateStmt', 'CREATE TABLE'],
  ['CreateTableAsStmt', 'CREATE TABLE AS'],
  ['IndexStmt', 'CREATE INDEX'],
  ['CreateSeqStmt', 'CREATE SEQUENCE'],
  ['AlterSeqStmt', 'ALTER SEQUENCE'],
  ['CreateSchemaStmt', 'CREATE SCHEMA'],
  ['ViewStmt', 'CREATE VIEW'],
  ['DropStmt', 'DROP'],
  ['AlterTableStmt', 'ALTER TABLE'],
  ['RenameStmt', 'ALTER'],
  ['TruncateStmt', 'TRUNCATE TABLE'],
  ['CreateEnumStmt', 'CREATE TYPE'],
  ['CompositeTypeStmt', 'CREATE TYPE'],
  ['AlterObjectSchemaStmt', 'ALTER'],
  ['AlterEnumStmt', 'ALTER TYPE'],
  ['CreateDomainStmt', 'CREATE DOMAIN'],
  ['CreateFunctionStmt', 'CREATE FUNCTION'],
  ['CreateTrigStmt', 'CREATE TRIGGER'],
  ['CommentStmt', 'COMMENT'],
]);

export function* runUtility(
  backend: Backend,
  statement: ParsedStatement,
  parameters: readonly Datum[],
): Waiting<Result> {
  const kind = Object.keys(statement.node)[0]!;
  const handler = handlers[kind];
  if (handler === undefined) throw unsupported(kind.replace(/Stmt$/, ''));
  const change = CATALOG_STATEMENTS.get(kind);
  if (change !== undefined) {
    backend.requireWritable(change);
    backend.current().changedCatalog = true;
    backend.engine.log(200);
  }
  const started = handler(
    { backend, statement, parameters },
    (statement.node as unknown as Record<string, never>)[kind]!,
  );
  const result = 'next' in started ? yield* started : started;
  if (result.result !== undefined) return result.result;
  const rows = result.rows ?? [];
  let at = 0;
  return {
    columns: result.columns ?? null,
    next: () => rows[at++] ?? null,
    tag: () => result.tag,
  };
}

/** Columns that a utility statement will give, known before it runs. */
export function utilityColumns(backend: Backend, node: Node): readonly OutputColumn[] | null {
  return 'VariableShowStmt' in node ? showColumns(node.VariableShowStmt.name ?? '') : namedColumns(backend, node);
}
