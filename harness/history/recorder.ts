/**
 * The recorder gives every record its place in the history and tells the judges and the files about it.
 *
 * Records come in true-time order: a world hands them over as events, or behind a watermark. Messages are always counted; they take a
 * place in the history only when a run is traced, so that a sweep does not pay for them. Checkers therefore never read messages, and
 * the witness of a violation is taken from the run whose history is shown.
 */
import { assert } from '../../sim/kernel/assert.ts';
import type { HistoryRecord, UnplacedRecord } from './record.ts';

export interface RecorderOptions {
  /** Keeps `message` records as well (a traced run). */
  readonly keepMessages: boolean;
}

export type HistoryListener = (record: HistoryRecord) => void;

export interface Recorder {
  /** All records so far, in (at, seq) order. */
  readonly records: readonly HistoryRecord[];
  /** False: a world need not build message records, and calls `countMessage` instead. */
  readonly keepMessages: boolean;
  /** Messages so far, kept or not. */
  readonly messages: number;
  /**
   * Places a record at a true time (µs), which must not lie before the last one, and tells the listeners. A message that is not kept
   * is counted only: its record comes back with the place that the next record will take.
   */
  record(at: number, unplaced: UnplacedRecord): HistoryRecord;
  /** Counts a message that is not kept. */
  countMessage(): void;
  /** Calls the listener for each record from now on, in order of subscription. Returns the way to end it. */
  subscribe(listener: HistoryListener): () => void;
}

/** Makes the recorder of one run. */
export function createRecorder({ keepMessages }: RecorderOptions): Recorder {
  const records: HistoryRecord[] = [];
  let listeners: readonly HistoryListener[] = [];
  let messages = 0;
  let lastAt = 0;
  return {
    records,
    keepMessages,
    get messages() {
      return messages;
    },
    record(at, unplaced) {
      assert(Number.isFinite(at), `a record came without a time (${unplaced.kind} on ${unplaced.host})`);
      assert(
        at >= lastAt,
        `a record at ${at} us came after one at ${lastAt} us (${unplaced.kind} on ${unplaced.host})`,
      );
      // The union of the parts is a record again; TypeScript does not see that through the spread of a union.
      const record = { seq: records.length, at, ...unplaced } as HistoryRecord;
      if (record.kind === 'message') {
        messages += 1;
        if (!keepMessages) return record;
      }
      lastAt = at;
      records.push(record);
      for (const listener of listeners) listener(record);
      return record;
    },
    countMessage() {
      messages += 1;
    },
    subscribe(listener) {
      listeners = [...listeners, listener];
      return () => {
        listeners = listeners.filter((other) => other !== listener);
      };
    },
  };
}

/** One record as a line of a history file, without the line's end. */
export function historyLine(record: HistoryRecord): string {
  return JSON.stringify(record, plainValue);
}

/** The records as a history file: newline-delimited JSON. */
export function historyText(records: Iterable<HistoryRecord>): string {
  const lines: string[] = [];
  for (const record of records) lines.push(historyLine(record));
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

/** Values of rows may be wider than JSON: 64-bit integers go out as their decimal text. */
function plainValue(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}
