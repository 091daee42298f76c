/**
 * Opens the records of the page and indexes them: one list of rows in (at, seq) order over messages and all other records, as typed
 * arrays. A row's number is its identity in the whole page.
 */
import { describeRecord, oneLine } from '../../words.ts';
import { decodeMessages, type Messages } from '../columns.ts';
import type { PlainRecord, RunData } from '../pack.ts';

export interface Run {
  readonly data: RunData;
  readonly messages: Messages;
  /** Host index of every dictionary text that is a host; -1 for the others. */
  readonly hostOfString: Int32Array;
  readonly hostIndex: ReadonlyMap<string, number>;
  readonly rows: Rows;
  readonly operations: readonly Operation[];
  readonly lives: readonly Life[];
  /** Row numbers of the witness records, in the order of the checker. */
  readonly witnessRows: readonly number[];
}

export interface Rows {
  readonly length: number;
  readonly at: Float64Array;
  readonly seq: Int32Array;
  /** Index in `messages` where >= 0; else `-1 - index` in `data.records`. */
  readonly ref: Int32Array;
  /** Row number of every message. */
  readonly ofMessage: Int32Array;
}

interface Operation {
  readonly id: string;
  readonly host: string;
  readonly session: string;
  readonly f: string;
  readonly key: string;
  readonly value: unknown;
  readonly start: number;
  /** Null where it never completed. */
  readonly end: number | null;
  readonly outcome: 'ok' | 'fail' | 'info' | 'open';
  readonly error: string;
  readonly row: number;
}

/** A stretch of one host's life. */
interface Life {
  readonly host: number;
  readonly state: 'running' | 'paused' | 'down';
  readonly from: number;
  readonly to: number;
  /** How the process ended where this stretch begins; `none`: it did not, or had not started. */
  readonly end: 'none' | 'clean' | 'failed';
}

export async function openRun(): Promise<Run> {
  const text = document.getElementById('run-data')?.textContent ?? '';
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  const data = JSON.parse(await new Response(stream).text()) as RunData;
  return indexRun(data);
}

export function indexRun(data: RunData): Run {
  const messages = decodeMessages(data.messages);
  const hostIndex = new Map(data.hosts.map((host, index) => [host.name, index]));
  const hostOfString = Int32Array.from(messages.strings, (value) => hostIndex.get(value) ?? -1);
  const rows = mergeRows(data.records, messages);
  const rowOfSeq = new Map<number, number>();
  const wanted = new Set(data.witness);
  for (let row = 0; row < rows.length; row += 1) {
    if (wanted.has(rows.seq[row]!)) rowOfSeq.set(rows.seq[row]!, row);
    const message = rows.ref[row]!;
    if (message >= 0 && wanted.has(messages.endSeq[message]!)) rowOfSeq.set(messages.endSeq[message]!, row);
  }
  return {
    data,
    messages,
    hostOfString,
    hostIndex,
    rows,
    operations: pairOperations(data.records, rows),
    lives: livesOf(data, hostIndex),
    witnessRows: data.witness.map((seq) => rowOfSeq.get(seq)).filter((row) => row !== undefined),
  };
}

/** Row of the record with this `seq`, of a message's arrival included; -1 where the page does not have it. */
export function rowOfSeq(run: Run, seq: number): number {
  const { rows, messages } = run;
  let low = 0;
  let high = rows.length - 1;
  // Within equal times rows are ordered by seq, and times never fall as seq grows.
  while (low <= high) {
    const middle = (low + high) >> 1;
    const value = rows.seq[middle]!;
    if (value === seq) return middle;
    if (value < seq) low = middle + 1;
    else high = middle - 1;
  }
  const message = messages.endSeq.indexOf(seq);
  return message < 0 ? -1 : rows.ofMessage[message]!;
}

/** First row at or after a true time. */
export function firstRowAt(rows: Rows, at: number): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows.at[middle]! < at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The record of a row that is not a message. */
export function plainRecord(run: Run, row: number): PlainRecord | null {
  const ref = run.rows.ref[row]!;
  return ref >= 0 ? null : (run.data.records[-1 - ref] ?? null);
}

export function kindOf(run: Run, row: number): string {
  return plainRecord(run, row)?.kind ?? 'message';
}

export function hostOf(run: Run, row: number): string {
  const record = plainRecord(run, row);
  return record === null ? run.messages.strings[run.messages.from[run.rows.ref[row]!]!]! : record.host;
}

/** What the row says, in words. */
export function wordsOf(run: Run, row: number): string {
  const record = plainRecord(run, row);
  if (record !== null) return describeRecord(record);
  const { messages } = run;
  const message = run.rows.ref[row]!;
  return oneLine(`→ ${messages.strings[messages.to[message]!]}  ${messages.strings[messages.label[message]!]}`, 240);
}

function mergeRows(records: readonly PlainRecord[], messages: Messages): Rows {
  const length = records.length + messages.length;
  const at = new Float64Array(length);
  const seq = new Int32Array(length);
  const ref = new Int32Array(length);
  const ofMessage = new Int32Array(messages.length);
  let record = 0;
  let message = 0;
  for (let row = 0; row < length; row += 1) {
    const plain = records[record];
    if (plain !== undefined && (message >= messages.length || plain.seq < messages.seq[message]!)) {
      at[row] = plain.at;
      seq[row] = plain.seq;
      ref[row] = -1 - record;
      record += 1;
    } else {
      at[row] = messages.sent[message]!;
      seq[row] = messages.seq[message]!;
      ref[row] = message;
      ofMessage[message] = row;
      message += 1;
    }
  }
  return { length, at, seq, ref, ofMessage };
}

function pairOperations(records: readonly PlainRecord[], rows: Rows): Operation[] {
  const rowOfRecord = new Int32Array(records.length);
  for (let row = 0; row < rows.length; row += 1) if (rows.ref[row]! < 0) rowOfRecord[-1 - rows.ref[row]!] = row;
  const operations: Operation[] = [];
  const open = new Map<string, number>();
  for (const [index, record] of records.entries()) {
    if (record.kind !== 'op') continue;
    if (record.phase === 'invoke') {
      open.set(record.id, operations.length);
      operations.push({
        id: record.id,
        host: record.host,
        session: record.session ?? '',
        f: record.f,
        key: record.key ?? '',
        value: record.value,
        start: record.at,
        end: null,
        outcome: 'open',
        error: '',
        row: rowOfRecord[index]!,
      });
      continue;
    }
    const position = open.get(record.id);
    const started = position === undefined ? undefined : operations[position];
    if (position === undefined || started === undefined) continue;
    open.delete(record.id);
    operations[position] = {
      ...started,
      end: record.at,
      outcome: record.phase,
      error: record.error ?? '',
      value: record.value ?? started.value,
    };
  }
  return operations;
}

function livesOf(data: RunData, hostIndex: ReadonlyMap<string, number>): Life[] {
  const lives: Life[] = [];
  const current = new Map<number, { state: Life['state']; from: number; end: Life['end'] }>();
  for (const [index, host] of data.hosts.entries()) {
    // Servers and services live from the start; a process begins with its record.
    current.set(index, { state: host.role === 'process' ? 'down' : 'running', from: 0, end: 'none' });
  }
  const turn = (host: number, state: Life['state'], at: number, end: Life['end'] = 'none'): void => {
    const before = current.get(host);
    if (before === undefined || before.state === state) return;
    if (at > before.from) lives.push({ host, ...before, to: at });
    current.set(host, { state, from: at, end });
  };
  const told = new Set(data.records.filter((record) => record.kind === 'process').map((record) => record.host));
  for (const [index, host] of data.hosts.entries())
    if (!told.has(host.name)) current.set(index, { state: 'running', from: 0, end: 'none' });
  for (const record of data.records) {
    if (record.kind !== 'process') continue;
    const host = hostIndex.get(record.host);
    if (host === undefined) continue;
    if (record.state === 'started' || record.state === 'resumed') turn(host, 'running', record.at);
    else if (record.state === 'paused') turn(host, 'paused', record.at);
    else if (record.state === 'crashed') turn(host, 'down', record.at, 'failed');
    else if (record.state === 'exited') turn(host, 'down', record.at, (record.code ?? 0) === 0 ? 'clean' : 'failed');
  }
  for (const [host, life] of current) lives.push({ host, ...life, to: data.endAt });
  return lives;
}
