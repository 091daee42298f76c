/** Queries that the engine runs for itself inside a statement: foreign keys, and later procedural code. */
import type { Backend } from '../backend.ts';
import type { Snapshot } from '../transaction-status.ts';
import type { Datum } from '../types/datum.ts';
import { resumed, type Waiting } from '../wait.ts';
import { Execution, type Row } from './execute/frame.ts';
import { parseSql } from './parse.ts';
import { planFor } from './statement.ts';

/**
 * Runs one query and gives its rows.
 * @param sees `latest`: everything committed now and all of this transaction so far, even above READ COMMITTED
 */
export function* runInternal(
  backend: Backend,
  text: string,
  parameters: readonly Datum[],
  types: readonly number[],
  sees: 'latest' | 'statement',
): Waiting<readonly Row[]> {
  const transaction = backend.current();
  transaction.endCommand();
  const statement = parseSql(text)[0]!;
  const planned = yield* planFor(backend, statement, [...types], true);
  const snapshot: Snapshot =
    sees === 'latest'
      ? { commit: backend.status.latest, command: transaction.command, owner: backend }
      : backend.statementSnapshot();
  backend.useSnapshot(snapshot);
  try {
    const cursor = planned.plan.open(new Execution(backend, snapshot, parameters), null);
    const rows: Row[] = [];
    yield* resumed(() => {
      for (;;) {
        const row = cursor.next();
        if (row === null) return;
        rows.push(row);
      }
    });
    transaction.endCommand();
    return rows;
  } finally {
    backend.dropSnapshot(snapshot);
  }
}
