/**
 * Reads a history file: one JSON object a line, checked against the schema of records.
 *
 * An error names the line and the field. Order and numbering are checked too, because checkers rely on both.
 */
import { SeedstormError } from '../../sim/kernel/errors.ts';
import { type HistoryRecord, historyRecord } from './record.ts';

export interface ReadHistoryOptions {
  /** Named in errors; default `history`. */
  readonly file?: string;
}

/**
 * The records of a history file's text, in order.
 * @throws SeedstormError `E_PARSE` for a line that is no record, or is out of order; the message names line and field
 */
export function readHistory(text: string, { file = 'history' }: ReadHistoryOptions = {}): HistoryRecord[] {
  const records: HistoryRecord[] = [];
  let lineNumber = 0;
  for (const line of text.split('\n')) {
    lineNumber += 1;
    if (line.trim() === '') continue;
    records.push(readLine(line, `${file}:${lineNumber}`, records));
  }
  return records;
}

function readLine(line: string, place: string, before: readonly HistoryRecord[]): HistoryRecord {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw new SeedstormError('E_PARSE', `${place}: not JSON (${(error as Error).message}).`);
  }
  const parsed = historyRecord.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const field = issue === undefined || issue.path.length === 0 ? 'record' : issue.path.join('.');
    throw new SeedstormError('E_PARSE', `${place}: ${field}: ${issue?.message ?? 'not a history record'}.`);
  }
  // The schema's output and the declared union differ only in how optional members are written.
  const record = parsed.data as HistoryRecord;
  if (record.seq !== before.length) {
    throw new SeedstormError(
      'E_PARSE',
      `${place}: seq is ${record.seq}, but the record before it makes it ${before.length}.`,
    );
  }
  const previous = before[before.length - 1];
  if (previous !== undefined && record.at < previous.at) {
    throw new SeedstormError('E_PARSE', `${place}: at is ${record.at}, before the record above it (${previous.at}).`);
  }
  return record;
}
