/** Short histories for tests of checkers, and one call that judges them. */
import type { Checker, Finding, Violation } from '../../../harness/checkers/checker.ts';
import type { HistoryRecord, UnplacedRecord } from '../../../harness/history/record.ts';
import { createRecorder } from '../../../harness/history/recorder.ts';

type Row = Record<string, unknown>;
type Step = (place: (record: UnplacedRecord, atSeconds?: number) => void) => void;

let operations = 0;

/** An operation that is invoked at one time (s) and ends at another. */
export function op(
  f: string,
  times: readonly [invoked: number, ended?: number],
  options: {
    key?: string;
    value?: unknown;
    reply?: unknown;
    session?: string;
    end?: 'ok' | 'fail' | 'info';
    error?: string;
  } = {},
): Step {
  const id = `op-${++operations}`;
  const { key, value, reply, session, end = 'ok', error } = options;
  const common = {
    kind: 'op' as const,
    host: 'client',
    id,
    f,
    ...(key === undefined ? {} : { key }),
    ...(session === undefined ? {} : { session }),
  };
  return (place) => {
    place({ ...common, phase: 'invoke', ...(value === undefined ? {} : { value }) }, times[0]);
    if (times[1] === undefined) return;
    const outcome = reply === undefined ? (value === undefined ? {} : { value }) : { value: reply };
    place({ ...common, phase: end, ...outcome, ...(error === undefined ? {} : { error }) }, times[1]);
  };
}

export function effect(
  key: string,
  at: number,
  options: { ledger?: string; caller?: string; value?: unknown } = {},
): Step {
  const { ledger = 'bank', caller = 'worker-1', value } = options;
  return (place) =>
    place({ kind: 'effect', host: ledger, ledger, key, caller, ...(value === undefined ? {} : { value }) }, at);
}

let transactions = 0;
type Change = { table: string; op: 'insert' | 'update' | 'delete'; old?: Row; new?: Row };

export const insert = (table: string, row: Row): Change => ({ table, op: 'insert', new: row });
export const update = (table: string, old: Row, row: Row): Change => ({ table, op: 'update', old, new: row });
export const remove = (table: string, old: Row): Change => ({ table, op: 'delete', old });

export function commit(at: number, ...rows: Change[]): Step {
  return commitOn('db', at, ...rows);
}

export function commitOn(server: string, at: number, ...rows: Change[]): Step {
  const tx = ++transactions;
  return (place) => place({ kind: 'commit', host: server, server, tx, lsn: `0/${tx}`, rows }, at);
}

export const mark =
  (name: string, at: number, value?: unknown): Step =>
  (place) =>
    place({ kind: 'mark', host: 'client', name, ...(value === undefined ? {} : { value }) }, at);

export const metric =
  (name: string, at: number, value: number): Step =>
  (place) =>
    place({ kind: 'metric', host: 'worker-1', name, value }, at);

export const fault =
  (id: string, phase: 'start' | 'heal', at: number, host = 'worker-1'): Step =>
  (place) =>
    place({ kind: 'fault', host, id, phase, detail: id }, at);

/** The records of the steps, in order of time; steps of the same instant stay in their order. */
export function historyOf(...steps: readonly Step[]): readonly HistoryRecord[] {
  const placed: { record: UnplacedRecord; at: number }[] = [];
  for (const step of steps) step((record, at = 0) => placed.push({ record, at: at * 1e6 }));
  const recorder = createRecorder({ keepMessages: true });
  for (const { record, at } of placed.toSorted((a, b) => a.at - b.at)) recorder.record(at, record);
  return recorder.records;
}

export interface Judged {
  readonly violation: Violation | undefined;
  readonly unknown: string | undefined;
  readonly premises: number;
}

/** Judges a history as a run does, settling at `now` (s; default 100), healed at `healedAt` (s; default 40). */
export function judge(
  checker: Checker,
  records: readonly HistoryRecord[],
  { healedAt = 40, now = 100 }: { healedAt?: number; now?: number } = {},
): Judged {
  const judgeOfRun = checker.start();
  let finding: Finding;
  for (const record of records) {
    finding = judgeOfRun.record(record);
    if (finding !== undefined) break;
  }
  if (finding === undefined && checker.when === 'settle')
    finding = judgeOfRun.settle({ healedAt: healedAt * 1e6, now: now * 1e6 });
  return {
    violation: finding !== undefined && 'violation' in finding ? finding.violation : undefined,
    unknown: finding !== undefined && 'unknown' in finding ? finding.unknown : undefined,
    premises: judgeOfRun.premises(),
  };
}
