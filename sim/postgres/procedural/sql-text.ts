/**
 * A query or an expression inside a function body, planned with the function's variables as parameters and run with a snapshot of its own.
 * Source: PostgreSQL's spi.c and pl_exec.c. A volatile function sees what happened before each of its statements; a stable one sees what the
 * statement that called it sees.
 * Invariant: a plan is used again only while catalog, settings and the shape of all record variables in it are the same.
 */
import type { Backend } from '../backend.ts';
import { PgError } from '../errors.ts';
import { Execution, type Row } from '../sql/execute/frame.ts';
import { isChangeCursor } from '../sql/execute/modify.ts';
import type { Expr } from '../sql/expression.ts';
import { type ParsedStatement, parseSql } from '../sql/parse.ts';
import type { OutputColumn } from '../sql/query.ts';
import type { StatementScope } from '../sql/resolve/scope.ts';
import { isQuery, lockTables, type Planned, planFor, planWith } from '../sql/statement.ts';
import { runUtility } from '../sql/utility/index.ts';
import type { Snapshot } from '../transaction-status.ts';
import type { Datum } from '../types/datum.ts';
import { resumed, type Waiting } from '../wait.ts';

/** What names mean inside a function. */
export interface Variables {
  /** Types of `$1`, `$2` and so on. */
  readonly parameterTypes: readonly number[];
  readonly conflict: StatementScope['variableConflict'];
  /** What a name stands for: a parameter expression whose number is an index into the values plus 1, or a field of one. */
  find(names: readonly string[], at: number): Expr | null;
  /** Types of the record variables that the last planning asked for, as a text. */
  signature(): string;
}

/** What one statement of a function gave. */
export interface Outcome {
  readonly columns: readonly OutputColumn[];
  readonly rows: readonly Row[];
  /** Rows given or changed. */
  readonly processed: number;
  readonly command: 'select' | 'insert' | 'update' | 'delete' | 'utility';
  /** Whether it is a query or has RETURNING. */
  readonly givesRows: boolean;
}

/** How a function's statements see the data: null = each takes a new snapshot. */
export type Sight = Snapshot | null;

interface KeptPlan {
  readonly planned: Planned;
  readonly settings: string;
  readonly signature: string;
}

/** Rows that one statement of a function may gather. Hitting it is an error, so that memory stays bounded. */
const ROWS_MAX = 1_000_000;

export class SqlText {
  readonly text: string;
  readonly statement: ParsedStatement;
  #kept: KeptPlan | null = null;

  constructor(text: string, statement?: ParsedStatement) {
    this.text = text;
    this.statement = statement ?? parseSql(text)[0]!;
  }

  /** Runs it; `rowsMax` 0 reads all rows. */
  *run(
    backend: Backend,
    variables: Variables,
    values: readonly Datum[],
    sight: Sight,
    rowsMax: number,
  ): Waiting<Outcome> {
    if (!isQuery(this.statement.node)) return yield* utility(backend, this.statement);
    let planned: Planned;
    try {
      planned = yield* this.#plan(backend, variables);
    } catch (error) {
      throw inner(error);
    }
    return yield* runPlanned(backend, planned, values, sight, rowsMax);
  }

  *#plan(backend: Backend, variables: Variables): Waiting<Planned> {
    const kept = this.#kept;
    const mayKeep = backend.transaction?.changedCatalog !== true;
    const settings = backend.planSettings();
    if (
      kept !== null &&
      mayKeep &&
      kept.planned.catalogVersion === backend.engine.catalog.version &&
      kept.settings === settings &&
      kept.signature === variables.signature() &&
      (yield* lockTables(backend, kept.planned))
    )
      return kept.planned;
    const planned = yield* planWith(backend, this.statement, variables.parameterTypes, (scope) => {
      scope.variable = (names, at) => variables.find(names, at);
      scope.variableConflict = variables.conflict;
    });
    this.#kept = mayKeep ? { planned, settings, signature: variables.signature() } : null;
    return planned;
  }
}

/** Errors of inner statements have no position in what the client sent. */
function inner(error: unknown): unknown {
  return error instanceof PgError && error.fields.position !== undefined
    ? new PgError({ ...error.fields, position: undefined })
    : error;
}

function* utility(backend: Backend, statement: ParsedStatement): Waiting<Outcome> {
  backend.depth += 1;
  try {
    const result = yield* runUtility(backend, statement, []);
    const rows: Row[] = [];
    for (let row = result.next(); row !== null; row = result.next()) rows.push(row);
    backend.transaction?.endCommand();
    yield* backend.runChecks(false);
    return {
      columns: result.columns ?? [],
      rows,
      processed: rows.length,
      command: 'utility',
      givesRows: result.columns !== null,
    };
  } catch (error) {
    throw inner(error);
  } finally {
    backend.depth -= 1;
  }
}

/** Runs the text of EXECUTE with its USING values. */
export function* runText(
  backend: Backend,
  text: string,
  values: readonly Datum[],
  types: readonly number[],
  sight: Sight,
  rowsMax: number,
): Waiting<Outcome> {
  let outcome: Outcome = { columns: [], rows: [], processed: 0, command: 'utility', givesRows: false };
  try {
    for (const statement of parseSql(text)) {
      outcome = isQuery(statement.node)
        ? yield* runPlanned(backend, yield* planFor(backend, statement, types, true), values, sight, rowsMax)
        : yield* utility(backend, statement);
    }
  } catch (error) {
    throw inner(error);
  }
  return outcome;
}

export function* runPlanned(
  backend: Backend,
  planned: Planned,
  values: readonly Datum[],
  sight: Sight,
  rowsMax: number,
): Waiting<Outcome> {
  const { query } = planned;
  const transaction = backend.current();
  if (sight === null) transaction.endCommand();
  const snapshot = sight ?? backend.statementSnapshot();
  if (query.modifies) backend.requireWritable(query.command.toUpperCase());
  const execution = new Execution(backend, snapshot, values);
  const rows: Row[] = [];
  backend.useSnapshot(snapshot);
  backend.depth += 1;
  try {
    const cursor = planned.plan.open(execution, null);
    const isChange = query.command !== 'select';
    yield* resumed(() => {
      // A change runs to its end however many of its rows are wanted.
      while (isChange || rowsMax === 0 || rows.length < rowsMax) {
        const row = cursor.next();
        if (row === null) return;
        rows.push(row);
        if (rows.length > ROWS_MAX)
          throw new PgError({
            code: '53200',
            message: 'out of memory',
            detail: 'A statement of a function gave too many rows.',
          });
      }
    });
    if (query.modifies) transaction.endCommand();
    yield* backend.runChecks(false);
    const { costs, context } = backend.engine;
    context.spend(
      Math.round(execution.scannedRows * costs.scannedRowMicros + execution.changedRows * costs.changedRowMicros),
    );
    return {
      columns: planned.columns,
      rows,
      processed: isChangeCursor(cursor) ? cursor.changed : rows.length,
      command: query.command,
      givesRows: !isChange || query.returning.length > 0,
    };
  } catch (error) {
    throw inner(error);
  } finally {
    backend.depth -= 1;
    backend.dropSnapshot(snapshot);
  }
}
