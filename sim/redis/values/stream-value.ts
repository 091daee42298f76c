/**
 * A stream: entries in nodes, and consumer groups (t_stream.c, stream.h).
 *
 * An ID is one 128-bit number, milliseconds above sequence. Nodes end where Redis ends them (by the size of their listpack and by count),
 * since approximate trimming drops whole nodes and a client sees the resulting length. An entry that was deleted is gone here; its node
 * remembers how many were, because they count towards its fullness.
 */
import { IdMap } from './id-map.ts';
import { EMPTY_LISTPACK_BYTES, elementBytes, integerElementBytes } from './listpack-size.ts';
import { KeyValue } from './value.ts';

export type StreamId = bigint;

const SEQUENCE_BITS = 64n;
export const SEQUENCE_MAX = 2n ** 64n - 1n;
export const STREAM_ID_MAX: StreamId = 2n ** 128n - 1n;

export function streamId(ms: bigint, sequence: bigint): StreamId {
  return (ms << SEQUENCE_BITS) | sequence;
}

export function formatStreamId(id: StreamId): string {
  return `${id >> SEQUENCE_BITS}-${id & SEQUENCE_MAX}`;
}

export interface StreamEntry {
  readonly id: StreamId;
  /** Field, value, field, value, ... */
  readonly fields: readonly string[];
}

export interface StreamNode {
  readonly masterId: StreamId;
  /** Field names of the first entry; an entry with the same names is stored without them. */
  readonly masterFields: readonly string[];
  readonly entries: StreamEntry[];
  deleted: number;
  bytes: number;
}

/** A delivered and unacknowledged entry of a group. */
export interface PendingEntry {
  readonly id: StreamId;
  consumer: StreamConsumer;
  deliveredAtMs: number;
  deliveries: number;
}

export interface StreamConsumer {
  readonly name: string;
  seenAtMs: number;
  readonly pending: IdMap<PendingEntry>;
}

export interface StreamGroup {
  readonly name: string;
  lastId: StreamId;
  /** How many entries the group has read; -1 when unknown. */
  entriesRead: number;
  readonly pending: IdMap<PendingEntry>;
  readonly consumers: Map<string, StreamConsumer>;
}

export interface StreamLimits {
  readonly nodeBytesMax: number;
  readonly nodeEntriesMax: number;
}

export interface TrimOptions {
  readonly by:
    | { readonly kind: 'length'; readonly lengthMax: number }
    | { readonly kind: 'id'; readonly minId: StreamId };
  /** Drops whole nodes only. */
  readonly isApproximate: boolean;
  /** Most entries to drop; 0 for no limit. */
  readonly limit: number;
}

/** A listpack may not grow beyond this, whatever the configuration says. */
const NODE_BYTES_LIMIT = 1 << 30;

export class StreamValue extends KeyValue {
  readonly kind = 'stream';
  lastId: StreamId = 0n;
  maxDeletedId: StreamId = 0n;
  entriesAdded = 0;
  readonly groups = new Map<string, StreamGroup>();
  #nodes: StreamNode[] = [];
  #length = 0;
  #payload = 0;

  get length(): number {
    return this.#length;
  }

  get nodeCount(): number {
    return this.#nodes.length;
  }

  get nodes(): readonly StreamNode[] {
    return this.#nodes;
  }

  /** Appends a whole node as it was stored elsewhere; the counters of the stream are the caller's to set. */
  appendNode({ masterId, masterFields, entries, deleted }: Omit<StreamNode, 'bytes'>): void {
    const named = masterFields.flatMap((name) => [name, '']);
    const node: StreamNode = { ...newNode(masterId, named), entries: [...entries], deleted };
    for (const { id, fields } of entries) {
      node.bytes += entryBytes(node, id, fields);
      for (const text of fields) this.#payload += text.length;
    }
    this.#nodes.push(node);
    this.#length += entries.length;
  }

  /** ID of the first entry; 0 when there is none. */
  get firstId(): StreamId {
    return this.#nodes[0]?.entries[0]?.id ?? 0n;
  }

  get lastEntry(): StreamEntry | undefined {
    const entries = this.#nodes[this.#nodes.length - 1]?.entries;
    return entries?.[entries.length - 1];
  }

  /** Appends an entry; its ID must be above `lastId`. */
  append(id: StreamId, fields: readonly string[], limits: StreamLimits): void {
    let textBytes = 0;
    for (let index = 0; index < fields.length; index++) textBytes += fields[index]!.length;
    let node = this.#nodes[this.#nodes.length - 1];
    if (node === undefined || isFull(node, textBytes, limits)) {
      node = newNode(id, fields);
      this.#nodes.push(node);
    }
    node.bytes += entryBytes(node, id, fields);
    node.entries.push({ id, fields });
    this.#length += 1;
    this.#payload += textBytes;
    this.entriesAdded += 1;
    this.lastId = id;
  }

  get(id: StreamId): StreamEntry | undefined {
    const node = this.#nodes[this.#nodeFor(id)];
    const entry = node?.entries[positionIn(node.entries, id)];
    return entry?.id === id ? entry : undefined;
  }

  /** Deletes an entry. @returns whether it was there */
  delete(id: StreamId): boolean {
    const at = this.#nodeFor(id);
    const node = this.#nodes[at];
    if (node === undefined) return false;
    const position = positionIn(node.entries, id);
    if (node.entries[position]?.id !== id) return false;
    this.#forget(node.entries[position]!);
    node.entries.splice(position, 1);
    node.deleted += 1;
    if (node.entries.length === 0) this.#nodes.splice(at, 1);
    return true;
  }

  /** Entries with IDs from `start` to `end`, at most `count` (0: all), backwards when reversed. */
  range(start: StreamId, end: StreamId, count: number, isReversed: boolean): StreamEntry[] {
    return isReversed ? this.#rangeBackward(start, end, count) : this.#rangeForward(start, end, count);
  }

  /** Drops old entries. @returns how many */
  trim(options: TrimOptions): number {
    let dropped = 0;
    let nodesDropped = 0;
    const by = options.by;
    for (const node of this.#nodes) {
      if (by.kind === 'length' && this.#length <= by.lengthMax) break;
      const entries = node.entries;
      if (options.limit > 0 && dropped + entries.length > options.limit) break;
      const isWholeNode =
        by.kind === 'length'
          ? this.#length - entries.length >= by.lengthMax
          : entries[entries.length - 1]!.id < by.minId;
      if (isWholeNode) {
        for (const entry of entries) this.#forget(entry);
        dropped += entries.length;
        nodesDropped += 1;
        continue;
      }
      if (options.isApproximate) break;
      let count = 0;
      while (by.kind === 'length' ? this.#length > by.lengthMax : entries[count]!.id < by.minId) {
        this.#forget(entries[count]!);
        count += 1;
      }
      entries.splice(0, count);
      node.deleted += count;
      dropped += count;
      break;
    }
    if (nodesDropped > 0) this.#nodes.splice(0, nodesDropped);
    return dropped;
  }

  /** Nodes of the radix tree that Redis keeps the listpacks in: `XINFO STREAM` shows the figure. */
  radixTreeNodes(): number {
    if (this.#nodes.length === 0) return 1;
    return countRadixNodes(
      this.#nodes.map((node) => node.masterId),
      0,
    );
  }

  encoding(): 'stream' {
    return 'stream';
  }

  bytes(): number {
    return 120 + this.#payload + 8 * this.#length + 200 * this.#nodes.length + 300 * this.groups.size;
  }

  copy(): StreamValue {
    const copy = new StreamValue();
    copy.lastId = this.lastId;
    copy.maxDeletedId = this.maxDeletedId;
    copy.entriesAdded = this.entriesAdded;
    copy.#length = this.#length;
    copy.#payload = this.#payload;
    copy.#nodes = this.#nodes.map((node) => ({ ...node, entries: node.entries.slice() }));
    for (const [name, group] of this.groups) copy.groups.set(name, copyGroup(group));
    return copy;
  }

  #forget(entry: StreamEntry): void {
    this.#length -= 1;
    for (let index = 0; index < entry.fields.length; index++) this.#payload -= entry.fields[index]!.length;
  }

  #rangeForward(start: StreamId, end: StreamId, count: number): StreamEntry[] {
    const found: StreamEntry[] = [];
    for (let at = this.#nodeFor(start); at < this.#nodes.length; at++) {
      const entries = this.#nodes[at]!.entries;
      for (let position = positionIn(entries, start); position < entries.length; position++) {
        const entry = entries[position]!;
        if (entry.id > end) return found;
        found.push(entry);
        if (found.length === count) return found;
      }
    }
    return found;
  }

  #rangeBackward(start: StreamId, end: StreamId, count: number): StreamEntry[] {
    const found: StreamEntry[] = [];
    for (let at = Math.min(this.#nodeFor(end), this.#nodes.length - 1); at >= 0; at--) {
      const entries = this.#nodes[at]!.entries;
      let position = positionIn(entries, end);
      if (entries[position]?.id !== end) position -= 1;
      for (; position >= 0; position--) {
        const entry = entries[position]!;
        if (entry.id < start) return found;
        found.push(entry);
        if (found.length === count) return found;
      }
    }
    return found;
  }

  /** Index of the first node whose last entry is not below `id`; the last node when all are. */
  #nodeFor(id: StreamId): number {
    let low = 0;
    let high = this.#nodes.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const entries = this.#nodes[middle]!.entries;
      if (entries[entries.length - 1]!.id < id) low = middle + 1;
      else high = middle;
    }
    return Math.max(low, 0);
  }
}

export function newGroup(name: string, lastId: StreamId, entriesRead: number): StreamGroup {
  return { name, lastId, entriesRead, pending: new IdMap(), consumers: new Map() };
}

function copyGroup(group: StreamGroup): StreamGroup {
  const copy = newGroup(group.name, group.lastId, group.entriesRead);
  for (const consumer of group.consumers.values()) {
    copy.consumers.set(consumer.name, { name: consumer.name, seenAtMs: consumer.seenAtMs, pending: new IdMap() });
  }
  for (const entry of group.pending.from(0n)) {
    const consumer = copy.consumers.get(entry.consumer.name)!;
    const pending: PendingEntry = { ...entry, consumer };
    copy.pending.set(pending);
    consumer.pending.set(pending);
  }
  return copy;
}

function isFull(node: StreamNode, textBytes: number, limits: StreamLimits): boolean {
  const bytesMax = limits.nodeBytesMax === 0 ? NODE_BYTES_LIMIT : Math.min(limits.nodeBytesMax, NODE_BYTES_LIMIT);
  if (node.bytes + textBytes >= bytesMax) return true;
  return limits.nodeEntriesMax > 0 && node.entries.length + node.deleted >= limits.nodeEntriesMax;
}

/** An empty node with its master entry: count, deleted, number of fields, the fields, and a zero. */
function newNode(id: StreamId, fields: readonly string[]): StreamNode {
  const names: string[] = [];
  let bytes = EMPTY_LISTPACK_BYTES + 3 * 2 + integerElementBytes(BigInt(fields.length / 2));
  for (let index = 0; index < fields.length; index += 2) {
    names.push(fields[index]!);
    bytes += elementBytes(fields[index]!);
  }
  return { masterId: id, masterFields: names, entries: [], deleted: 0, bytes };
}

/** Flags, ID difference, then number of fields and names unless they are the master's, values, and the element count. */
function entryBytes(node: StreamNode, id: StreamId, fields: readonly string[]): number {
  const pairs = fields.length / 2;
  let isSame = pairs === node.masterFields.length;
  for (let index = 0; isSame && index < pairs; index++) isSame = fields[2 * index] === node.masterFields[index];
  const ms = (id >> SEQUENCE_BITS) - (node.masterId >> SEQUENCE_BITS);
  const sequence = BigInt.asIntN(64, (id & SEQUENCE_MAX) - (node.masterId & SEQUENCE_MAX));
  let bytes = 2 + integerElementBytes(ms) + integerElementBytes(sequence);
  for (let index = 0; index < pairs; index++) {
    if (!isSame) bytes += elementBytes(fields[2 * index]!);
    bytes += elementBytes(fields[2 * index + 1]!);
  }
  if (isSame) return bytes + integerElementBytes(BigInt(pairs + 3));
  return bytes + integerElementBytes(BigInt(pairs)) + integerElementBytes(BigInt(2 * pairs + 4));
}

function positionIn(entries: readonly StreamEntry[], id: StreamId): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (entries[middle]!.id < id) low = middle + 1;
    else high = middle;
  }
  return low;
}

const ID_BYTES = 16;

/** A run of bytes that all keys share is one node, a fork is one node, and each key ends in one (rax.c). */
function countRadixNodes(ids: readonly StreamId[], depth: number): number {
  if (depth === ID_BYTES) return 1;
  const first = ids[0]!;
  const last = ids[ids.length - 1]!;
  let fork = depth;
  while (fork < ID_BYTES && byteOf(first, fork) === byteOf(last, fork)) fork += 1;
  const run = fork > depth ? 1 : 0;
  if (fork === ID_BYTES) return run + 1;
  let nodes = run + 1;
  let from = 0;
  while (from < ids.length) {
    let to = from + 1;
    while (to < ids.length && byteOf(ids[to]!, fork) === byteOf(ids[from]!, fork)) to += 1;
    nodes += countRadixNodes(ids.slice(from, to), fork + 1);
    from = to;
  }
  return nodes;
}

function byteOf(id: StreamId, depth: number): number {
  return Number((id >> BigInt(8 * (ID_BYTES - 1 - depth))) & 255n);
}
