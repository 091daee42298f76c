/**
 * The simple query protocol: one text, any number of statements, one implicit transaction around those that are not in a block.
 * Source: PostgreSQL 15 manual 55.2.2 and 55.2.2.1 (several statements in a simple query).
 */
import type { Backend } from './backend.ts';
import { transactionAborted } from './errors.ts';
import type { ExtendedQuery } from './extended-query.ts';
import type { Output } from './output.ts';
import { parseSql } from './sql/parse.ts';
import { endsFailedBlock, openStatement, prepareStatement, type Result } from './sql/statement.ts';
import { withStatementTimeout } from './statement-timeout.ts';
import { resumed, type Waiting } from './wait.ts';

/** Runs all statements of `text` and commits what is not in a block; errors are thrown. */
export function* runSimpleQuery(
  backend: Backend,
  output: Output,
  extended: ExtendedQuery,
  text: string,
): Waiting<void> {
  backend.beginActivity(text);
  // A simple query drops the unnamed statement and portal.
  extended.dropUnnamed();
  yield* withStatementTimeout(backend, runAll(backend, output, text));
}

function* runAll(backend: Backend, output: Output, text: string): Waiting<void> {
  const { engine } = backend;
  engine.context.spend(engine.costs.parseMicros);
  const statements = parseSql(text);
  if (statements.length === 0) {
    backend.startTransaction();
    yield* endImplicit(backend);
    output.writer.emptyQueryResponse();
    return;
  }
  for (let index = 0; index < statements.length; index++) {
    const statement = statements[index]!;
    const isLast = index === statements.length - 1;
    if (backend.blockState === 'failed' && !endsFailedBlock(statement)) throw transactionAborted();
    backend.startTransaction();
    backend.isBatch = statements.length > 1;
    backend.beginStatement();
    const prepared = yield* prepareStatement(backend, statement, []);
    const result = yield* openStatement(backend, prepared, []);
    const sent = yield* sendAll(backend, output, result);
    backend.transaction?.endCommand();
    yield* backend.endOfStatement();
    if (isLast) yield* endImplicit(backend);
    output.writer.commandComplete(result.tag(sent));
  }
}

/** Commits a transaction that no BEGIN opened. */
export function* endImplicit(backend: Backend): Waiting<void> {
  backend.isBatch = false;
  if (backend.blockState === 'implicit') yield* backend.commit();
}

/** Sends a result's description and all its rows, as text. */
function* sendAll(backend: Backend, output: Output, result: Result): Waiting<number> {
  const { columns } = result;
  if (columns === null) {
    yield* resumed(() => {
      while (result.next() !== null);
    });
    return 0;
  }
  const context = backend.callContext;
  const types = columns.map((column) => context.types.byOid(column.type));
  const formats = columns.map(() => 0);
  output.rowDescription(columns, types, formats);
  let rows = 0;
  yield* resumed(() => {
    for (;;) {
      const row = result.next();
      if (row === null) return;
      rows += 1;
      output.dataRow(row, types, formats, context);
    }
  });
  backend.engine.context.spend(rows * backend.engine.costs.returnedRowMicros);
  return rows;
}
