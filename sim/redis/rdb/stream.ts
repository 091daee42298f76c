/**
 * A stream as RDB bytes: its nodes as listpacks, then its counters, its groups with their pending entries, and their consumers.
 *
 * A node's listpack starts with a master entry (count, deleted, field names); the entries follow, each as a difference from the master. An
 * entry that was deleted is written as an empty one with the deleted flag: the node's fullness counts it.
 */
import { parseInt64 } from '../numbers.ts';
import { IdMap } from '../values/id-map.ts';
import {
  newGroup,
  type PendingEntry,
  SEQUENCE_MAX,
  type StreamEntry,
  type StreamGroup,
  type StreamId,
  type StreamNode,
  StreamValue,
  streamId,
} from '../values/stream-value.ts';
import { STREAM_ENTRY } from './format.ts';
import { decodeListpack, encodeListpack } from './listpack.ts';
import { RdbFormatError, RdbReader } from './reader.ts';
import { bigEndian, encodeSize, encodeString, littleEndian } from './writer.ts';

/** How -1 (unknown) is stored where a length is. */
const UNKNOWN = 2n ** 64n - 1n;

export function encodeStream(stream: StreamValue): string {
  let body = encodeSize(stream.nodes.length);
  for (const node of stream.nodes) {
    body += encodeSize(16) + rawId(node.masterId);
    const listpack = encodeListpack(nodeElements(node));
    body += encodeSize(listpack.length) + listpack;
  }
  body += encodeSize(stream.length);
  body += encodeId(stream.lastId) + encodeId(stream.firstId) + encodeId(stream.maxDeletedId);
  body += encodeSize(stream.entriesAdded);
  body += encodeSize(stream.groups.size);
  for (const group of stream.groups.values()) body += encodeGroup(group);
  return body;
}

function encodeId(id: StreamId): string {
  return encodeSize(id >> 64n) + encodeSize(id & SEQUENCE_MAX);
}

function rawId(id: StreamId): string {
  return bigEndian(id >> 64n, 8) + bigEndian(id & SEQUENCE_MAX, 8);
}

function nodeElements(node: StreamNode): string[] {
  const { masterFields } = node;
  const elements = [node.entries.length, node.deleted, masterFields.length].map(String);
  elements.push(...masterFields, '0');
  for (let left = node.deleted; left > 0; left--) {
    elements.push(String(STREAM_ENTRY.deleted | STREAM_ENTRY.sameFields), '0', '0');
    for (let value = 0; value < masterFields.length; value++) elements.push('');
    elements.push(String(masterFields.length + 3));
  }
  for (const entry of node.entries) elements.push(...entryElements(node, entry));
  return elements;
}

function entryElements(node: StreamNode, { id, fields }: StreamEntry): string[] {
  const count = fields.length / 2;
  const isSame = count === node.masterFields.length && node.masterFields.every((name, at) => fields[2 * at] === name);
  const elements = [
    String(isSame ? STREAM_ENTRY.sameFields : 0),
    String((id >> 64n) - (node.masterId >> 64n)),
    String(BigInt.asIntN(64, (id & SEQUENCE_MAX) - (node.masterId & SEQUENCE_MAX))),
  ];
  if (isSame) {
    for (let at = 1; at < fields.length; at += 2) elements.push(fields[at]!);
    elements.push(String(count + 3));
  } else elements.push(String(count), ...fields, String(2 * count + 4));
  return elements;
}

function encodeGroup(group: StreamGroup): string {
  let body = encodeString(group.name) + encodeId(group.lastId);
  body += encodeSize(group.entriesRead < 0 ? UNKNOWN : group.entriesRead);
  body += encodeSize(group.pending.size);
  for (const entry of group.pending.from(0n)) {
    body += rawId(entry.id) + littleEndian(entry.deliveredAtMs, 8) + encodeSize(entry.deliveries);
  }
  body += encodeSize(group.consumers.size);
  for (const consumer of group.consumers.values()) {
    body += encodeString(consumer.name) + littleEndian(consumer.seenAtMs, 8) + encodeSize(consumer.pending.size);
    for (const entry of consumer.pending.from(0n)) body += rawId(entry.id);
  }
  return body;
}

/**
 * @param isSecondForm the form of Redis 7.0, which has the first ID, the highest deleted one and the counters
 * @throws RdbFormatError
 */
export function decodeStream(reader: RdbReader, isSecondForm: boolean): StreamValue {
  const stream = new StreamValue();
  for (let left = reader.count(); left > 0; left--) {
    const key = new RdbReader(reader.string());
    if (key.length !== 16) throw new RdbFormatError('the ID of a stream node has no 16 bytes');
    decodeNode(stream, decodeRawId(key), decodeListpack(new RdbReader(reader.string())));
  }
  const length = Number(reader.size());
  if (length !== stream.length) throw new RdbFormatError('a stream has another length than it says');
  stream.lastId = decodeId(reader);
  if (isSecondForm) {
    decodeId(reader);
    stream.maxDeletedId = decodeId(reader);
    stream.entriesAdded = Number(reader.size());
  } else stream.entriesAdded = length;
  for (let left = reader.count(); left > 0; left--) decodeGroup(stream, reader, isSecondForm);
  return stream;
}

function decodeId(reader: RdbReader): StreamId {
  const ms = reader.size();
  return streamId(ms, reader.size());
}

function decodeRawId(reader: RdbReader): StreamId {
  const ms = reader.bigEndian(8);
  return streamId(ms, reader.bigEndian(8));
}

function decodeNode(stream: StreamValue, masterId: StreamId, elements: readonly string[]): void {
  let at = 0;
  const next = (): string => elements[at++] ?? bad('the listpack of a stream ends early');
  const count = Number(next());
  const deleted = Number(next());
  const masterFields: string[] = [];
  for (let left = Number(next()); left > 0; left--) masterFields.push(next());
  next();
  const entries: StreamEntry[] = [];
  for (let left = count + deleted; left > 0; left--) {
    const flags = Number(next());
    const ms = (masterId >> 64n) + integer(next());
    const sequence = BigInt.asUintN(64, (masterId & SEQUENCE_MAX) + integer(next()));
    const fields: string[] = [];
    if ((flags & STREAM_ENTRY.sameFields) !== 0) for (const name of masterFields) fields.push(name, next());
    else for (let pair = Number(next()); pair > 0; pair--) fields.push(next(), next());
    next();
    if ((flags & STREAM_ENTRY.deleted) === 0) entries.push({ id: streamId(ms, sequence), fields });
  }
  if (entries.length !== count || at !== elements.length)
    bad('the listpack of a stream has other entries than it says');
  stream.appendNode({ masterId, masterFields, entries, deleted });
}

function decodeGroup(stream: StreamValue, reader: RdbReader, isSecondForm: boolean): void {
  const name = reader.string();
  const lastId = decodeId(reader);
  const read = isSecondForm ? reader.size() : UNKNOWN;
  const group = newGroup(name, lastId, read === UNKNOWN ? -1 : Number(read));
  if (stream.groups.has(name)) bad('a stream has a group twice');
  stream.groups.set(name, group);
  const counters = new Map<StreamId, { readonly deliveredAtMs: number; readonly deliveries: number }>();
  for (let left = reader.count(); left > 0; left--) {
    const id = decodeRawId(reader);
    const deliveredAtMs = Number(reader.signed(8));
    counters.set(id, { deliveredAtMs, deliveries: Number(reader.size()) });
  }
  for (let left = reader.count(); left > 0; left--) {
    const consumer = { name: reader.string(), seenAtMs: Number(reader.signed(8)), pending: new IdMap<PendingEntry>() };
    group.consumers.set(consumer.name, consumer);
    for (let owned = reader.count(); owned > 0; owned--) {
      const id = decodeRawId(reader);
      const counter = counters.get(id) ?? bad('a consumer has an entry that its group has not');
      const entry: PendingEntry = { id, consumer, ...counter };
      consumer.pending.set(entry);
      group.pending.set(entry);
    }
  }
  if (group.pending.size !== counters.size) bad('a pending entry belongs to no consumer');
}

function integer(text: string): bigint {
  return parseInt64(text) ?? bad('a stream has an ID that is no number');
}

function bad(message: string): never {
  throw new RdbFormatError(message);
}
