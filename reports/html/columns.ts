/**
 * Messages in columns. A message is one row (sent, arrived, perhaps held or lost), numbers are differences to the row above, texts are
 * numbers of a dictionary: 10⁵ messages of a few kinds then deflate to about a tenth of their lines. Decoding gives typed arrays, which
 * the diagram reads without making an object per message. Times are rounded to 1 µs; previews are cut at 128 characters.
 */
import type { MessageRecord } from '../../harness/history/record.ts';

const PREVIEW_LENGTH_MAX = 128;

/** As it stands in the page's JSON. Index 0 of `strings` is the empty text. */
export interface EncodedMessages {
  readonly strings: readonly string[];
  readonly seq: readonly number[];
  readonly sent: readonly number[];
  /** Time of flight, µs; -1: lost; -2: never arrived within the run. */
  readonly flight: readonly number[];
  /** `seq` of the last record of the message less that of its first. */
  readonly endSeq: readonly number[];
  /** µs from sending to the instant at which a fault held it; -1: not held. */
  readonly held: readonly number[];
  readonly id: readonly number[];
  readonly from: readonly number[];
  readonly to: readonly number[];
  readonly label: readonly number[];
  /** Index in `messageTypes`. */
  readonly type: readonly number[];
  readonly bytes: readonly number[];
  readonly connection: readonly number[];
  /** `id` less that of the answered request; 0: none. */
  readonly answers: readonly number[];
  readonly preview: readonly number[];
}

export const messageTypes = ['request', 'reply', 'push'] as const;
export const LOST = -1;
const IN_FLIGHT = -2;

/** A message put together from its records. */
export interface MessageRow {
  readonly first: MessageRecord;
  readonly sent: number;
  flight: number;
  endSeq: number;
  held: number;
}

/** One row per message id, in the order of the first record. */
export function gatherMessages(records: readonly MessageRecord[]): MessageRow[] {
  const rows: MessageRow[] = [];
  const byId = new Map<number, MessageRow>();
  for (const record of records) {
    const at = Math.round(record.at);
    let row = byId.get(record.id);
    if (row === undefined) {
      row = { first: record, sent: at, flight: IN_FLIGHT, endSeq: record.seq, held: -1 };
      byId.set(record.id, row);
      rows.push(row);
    }
    row.endSeq = record.seq;
    if (record.phase === 'delivered') row.flight = at - row.sent;
    if (record.phase === 'lost') row.flight = LOST;
    if (record.phase === 'held' && row.held < 0) row.held = at - row.sent;
  }
  return rows;
}

/** @param hasPreview says of which rows the preview is kept */
export function encodeMessages(rows: readonly MessageRow[], hasPreview: (row: MessageRow) => boolean): EncodedMessages {
  const strings = new Map<string, number>([['', 0]]);
  const text = (value: string): number => {
    const known = strings.get(value);
    if (known !== undefined) return known;
    const index = strings.size;
    strings.set(value, index);
    return index;
  };
  const columns = {
    seq: [] as number[],
    sent: [] as number[],
    flight: [] as number[],
    endSeq: [] as number[],
    held: [] as number[],
    id: [] as number[],
    from: [] as number[],
    to: [] as number[],
    label: [] as number[],
    type: [] as number[],
    bytes: [] as number[],
    connection: [] as number[],
    answers: [] as number[],
    preview: [] as number[],
  };
  let seq = 0;
  let sent = 0;
  let id = 0;
  for (const row of rows) {
    const { first } = row;
    columns.seq.push(first.seq - seq);
    columns.sent.push(row.sent - sent);
    columns.id.push(first.id - id);
    columns.flight.push(row.flight);
    columns.endSeq.push(row.endSeq - first.seq);
    columns.held.push(row.held);
    columns.from.push(text(first.from));
    columns.to.push(text(first.to));
    columns.label.push(text(first.label));
    columns.type.push(messageTypes.indexOf(first.type));
    columns.bytes.push(first.bytes);
    columns.connection.push(first.connection);
    columns.answers.push(first.answers === undefined ? 0 : first.id - first.answers);
    columns.preview.push(text(hasPreview(row) ? (first.preview ?? '').slice(0, PREVIEW_LENGTH_MAX) : ''));
    seq = first.seq;
    sent = row.sent;
    id = first.id;
  }
  return { strings: [...strings.keys()], ...columns };
}

export interface Messages {
  readonly length: number;
  readonly strings: readonly string[];
  readonly seq: Int32Array;
  readonly sent: Float64Array;
  /** True time of arrival; of a lost or never delivered message: of its sending. */
  readonly arrived: Float64Array;
  readonly flight: Float64Array;
  readonly endSeq: Int32Array;
  readonly held: Float64Array;
  readonly id: Int32Array;
  readonly from: Int32Array;
  readonly to: Int32Array;
  readonly label: Int32Array;
  readonly type: Uint8Array;
  readonly bytes: Int32Array;
  readonly connection: Int32Array;
  /** `id` of the answered request; -1: none. */
  readonly answers: Int32Array;
  readonly preview: Int32Array;
}

export function decodeMessages(encoded: EncodedMessages): Messages {
  const { length } = encoded.seq;
  const seq = summed(new Int32Array(length), encoded.seq);
  const sent = summed(new Float64Array(length), encoded.sent);
  const id = summed(new Int32Array(length), encoded.id);
  const arrived = new Float64Array(length);
  const endSeq = new Int32Array(length);
  const answers = new Int32Array(length);
  for (let row = 0; row < length; row += 1) {
    arrived[row] = sent[row]! + Math.max(0, encoded.flight[row]!);
    endSeq[row] = seq[row]! + encoded.endSeq[row]!;
    answers[row] = encoded.answers[row] === 0 ? -1 : id[row]! - encoded.answers[row]!;
  }
  return {
    length,
    strings: encoded.strings,
    seq,
    sent,
    arrived,
    flight: Float64Array.from(encoded.flight),
    endSeq,
    held: Float64Array.from(encoded.held),
    id,
    from: Int32Array.from(encoded.from),
    to: Int32Array.from(encoded.to),
    label: Int32Array.from(encoded.label),
    type: Uint8Array.from(encoded.type),
    bytes: Int32Array.from(encoded.bytes),
    connection: Int32Array.from(encoded.connection),
    answers,
    preview: Int32Array.from(encoded.preview),
  };
}

function summed<Column extends Int32Array | Float64Array>(column: Column, differences: readonly number[]): Column {
  let sum = 0;
  for (let row = 0; row < differences.length; row += 1) {
    sum += differences[row]!;
    column[row] = sum;
  }
  return column;
}
