/** Runs one expression on both sides and gives what differs. Compared: result type, texts of all rows; or SQLSTATE, message, detail, hint. */
import type { Client } from 'pg';
import { PgError } from '../../../sim/postgres/types/errors.ts';
import type { Evaluator, EvaluatorSettings } from './evaluator.ts';

export interface Outcome {
  readonly type?: number;
  readonly texts?: readonly (string | null)[];
  readonly code?: string;
  readonly message?: string;
  readonly detail?: string;
  readonly hint?: string;
}

interface RealError {
  readonly code?: string;
  readonly message: string;
  readonly detail?: string;
  readonly hint?: string;
}

function failure(error: {
  code?: string | undefined;
  message: string;
  detail?: string | undefined;
  hint?: string | undefined;
}): Outcome {
  return {
    code: error.code ?? '',
    message: error.message,
    ...(error.detail === undefined ? {} : { detail: error.detail }),
    ...(error.hint === undefined ? {} : { hint: error.hint }),
  };
}

/** Text results, whatever the type: the client's own parsers stay out. */
const asText = { getTypeParser: () => (value: string) => value };

export async function real(client: Client, sql: string): Promise<Outcome> {
  try {
    const result = await client.query({ text: sql, rowMode: 'array', types: asText as never });
    return { type: result.fields[0]!.dataTypeID, texts: result.rows.map((row: (string | null)[]) => row[0]!) };
  } catch (error) {
    return failure(error as RealError);
  }
}

export function ours(run: () => { readonly type: number; readonly texts: (string | null)[] }): Outcome {
  try {
    const { type, texts } = run();
    return { type, texts };
  } catch (error) {
    if (error instanceof PgError) return failure(error.fields);
    return {
      code: 'BROKEN',
      message: error instanceof Error ? `${error.message} ${error.stack?.split('\n')[1] ?? ''}` : String(error),
    };
  }
}

export interface Difference {
  readonly expression: string;
  readonly real: Outcome;
  readonly ours: Outcome;
}

const isSame = (left: Outcome, right: Outcome): boolean => JSON.stringify(left) === JSON.stringify(right);

export async function compareExpressions(
  client: Client,
  evaluator: Evaluator,
  expressions: readonly string[],
): Promise<Difference[]> {
  const differences: Difference[] = [];
  for (const expression of expressions) {
    const theirs = await real(client, `SELECT ${expression}`);
    const mine = ours(() => evaluator.select(expression));
    if (!isSame(theirs, mine)) differences.push({ expression, real: theirs, ours: mine });
  }
  return differences;
}

export interface AggregateCase {
  readonly name: string;
  readonly rows: readonly (readonly string[])[];
}

export async function compareAggregates(
  client: Client,
  evaluator: Evaluator,
  cases: readonly AggregateCase[],
): Promise<Difference[]> {
  const differences: Difference[] = [];
  for (const { name, rows } of cases) {
    const columns = rows[0]!.map((_, i) => `c${i}`).join(', ');
    const values = rows.map((row) => `(${row.join(', ')})`).join(', ');
    const sql = `SELECT ${name}(${columns}) FROM (VALUES ${values}) AS t(${columns})`;
    const theirs = await real(client, sql);
    const mine = ours(() => evaluator.aggregate(name, rows));
    if (!isSame(theirs, mine)) differences.push({ expression: sql, real: theirs, ours: mine });
  }
  return differences;
}

/** Gives the real session the evaluator's settings. */
export async function prepareSession(client: Client, settings: EvaluatorSettings): Promise<void> {
  await client.query(`SET TimeZone = '${settings.timeZone}'`);
  await client.query(`SET DateStyle = '${settings.dateStyle}'`);
  await client.query(`SET IntervalStyle = '${settings.intervalStyle}'`);
}

export function describeDifferences(differences: readonly Difference[]): string {
  return differences
    .map(
      ({ expression, real: theirs, ours: mine }) =>
        `${expression}\n  real ${JSON.stringify(theirs)}\n  ours ${JSON.stringify(mine)}`,
    )
    .join('\n');
}
