/**
 * The story of a run: its witness records between the faults and the lives of the processes, in true time. It is what a stranger reads
 * first, so it is short: of many disturbances those nearest to the witnesses are told. Before a witness stands what the process that
 * caused it had logged last: often the stale belief on which it acted.
 */
import type { HistoryRecord } from '../../harness/history/record.ts';
import type { RunReport } from '../model.ts';
import { describeRecord, oneLine } from '../words.ts';

interface StoryEntry {
  readonly kind: 'witness' | 'fault' | 'process' | 'log';
  readonly at: number;
  readonly seq: number;
  readonly host: string;
  readonly words: string;
  /** Number of the witness, from 1; 0 for the others. */
  readonly number: number;
}

export interface Story {
  readonly entries: readonly StoryEntry[];
  /** Disturbances and witnesses that were left out. */
  readonly omitted: number;
}

const DISTURBANCES_MAX = 10;
const WITNESSES_MAX = 12;
const SAME_INSTANT_MICROS = 1000;

export function tellStory(run: RunReport): Story {
  const numbers = new Map((run.violation?.witness ?? []).map((seq, index) => [seq, index + 1]));
  const witnesses: StoryEntry[] = [];
  const disturbances: StoryEntry[] = [];
  const faultAt = run.history.filter((record) => record.kind === 'fault').map((record) => record.at);
  for (const record of run.history) {
    const number = numbers.get(record.seq);
    if (number !== undefined) witnesses.push(entry(record, 'witness', number));
    else if (record.kind === 'fault' && record.phase !== 'bit') disturbances.push(entry(record, 'fault', 0));
    else if (isTurn(record, faultAt)) disturbances.push(entry(record, 'process', 0));
  }
  const shownWitnesses = witnesses.slice(0, WITNESSES_MAX);
  const nearest = [...disturbances]
    .sort((a, b) => distance(a, shownWitnesses) - distance(b, shownWitnesses) || a.seq - b.seq)
    .slice(0, DISTURBANCES_MAX);
  const entries = [...shownWitnesses, ...nearest, ...lastWords(run, numbers)].sort(
    (a, b) => a.at - b.at || a.seq - b.seq,
  );
  return { entries, omitted: witnesses.length + disturbances.length - shownWitnesses.length - nearest.length };
}

/** A change of a process's life which no fault's record tells already; first starts and clean ends are not news. */
function isTurn(record: HistoryRecord, faultAt: readonly number[]): boolean {
  if (record.kind !== 'process') return false;
  if (record.state === 'started' && (record.incarnation ?? 1) === 1) return false;
  if (record.state === 'exited' && record.code === 0 && record.error === undefined) return false;
  return !faultAt.some((at) => Math.abs(at - record.at) <= SAME_INSTANT_MICROS);
}

/** The last log line of each witness's actor before it. */
function lastWords(run: RunReport, numbers: ReadonlyMap<number, number>): StoryEntry[] {
  const last = new Map<string, StoryEntry>();
  const told = new Map<number, StoryEntry>();
  for (const record of run.history) {
    if (record.kind === 'log' && record.stream !== 'server') {
      last.set(record.host, { ...entry(record, 'log', 0), words: oneLine(record.text, 140) });
    }
    const number = numbers.get(record.seq) ?? WITNESSES_MAX + 1;
    const said = last.get(record.kind === 'effect' ? record.caller : record.host);
    if (number <= WITNESSES_MAX && said !== undefined) told.set(said.seq, said);
  }
  return [...told.values()];
}

function entry(record: HistoryRecord, kind: StoryEntry['kind'], number: number): StoryEntry {
  return { kind, at: record.at, seq: record.seq, host: record.host, words: describeRecord(record), number };
}

function distance(entry: StoryEntry, witnesses: readonly StoryEntry[]): number {
  let least = Number.POSITIVE_INFINITY;
  for (const witness of witnesses) least = Math.min(least, Math.abs(witness.at - entry.at));
  return least;
}
