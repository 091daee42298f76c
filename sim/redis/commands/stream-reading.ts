/** XREAD and XREADGROUP, blocking or not, and XACK: the delivery of entries to readers and consumers (t_stream.c, blocked.c). */
import type { Client } from '../client.ts';
import type { Handlers } from '../command.ts';
import { NOTIFY } from '../config.ts';
import * as errors from '../errors.ts';
import { asStream } from '../keyspace.ts';
import * as propagation from '../propagation.ts';
import { array, bulk, error, int, NIL_ARRAY, NO_REPLY, type Reply } from '../reply.ts';
import { IdMap } from '../values/id-map.ts';
import { groupDistance, hasTombstonesAfter } from '../values/stream-lag.ts';
import {
  formatStreamId,
  STREAM_ID_MAX,
  type StreamConsumer,
  type StreamGroup,
  type StreamId,
  type StreamValue,
} from '../values/stream-value.ts';
import { integerArgument } from './arguments.ts';
import { deletedEntryReply, entryReply, strictIdArgument } from './stream-arguments.ts';

export const streamReadingCommands: Handlers = {
  xread: (client, args) => read(client, args, false),
  xreadgroup: (client, args) => read(client, args, true),

  xack(client, args) {
    const key = args[1]!;
    const stream = asStream(client.db.read(key));
    const group = stream?.groups.get(args[2]!);
    if (group === undefined) return int(0);
    const ids = args.slice(3).map(strictIdArgument);
    let acknowledged = 0;
    for (const id of ids) {
      const pending = group.pending.get(id);
      if (pending === undefined) continue;
      group.pending.delete(id);
      pending.consumer.pending.delete(id);
      acknowledged += 1;
    }
    client.engine.dirty += acknowledged;
    return int(acknowledged);
  },
};

/** Stands for `>`: what no consumer of the group has seen. */
const NEW_ENTRIES = STREAM_ID_MAX;

interface ReadOptions {
  readonly keys: readonly string[];
  readonly after: StreamId[];
  readonly group: string | null;
  readonly consumer: string;
  readonly isNoAck: boolean;
  /** 0 for all. */
  readonly count: number;
  /** Null: does not block. */
  readonly blockMs: number | null;
}

function read(client: Client, args: readonly string[], isGroupRead: boolean): Reply {
  const options = parse(client, args, isGroupRead);
  const effects: string[][] = [];
  const found: (readonly [Reply, Reply])[] = [];
  for (let at = 0; at < options.keys.length; at++) {
    const key = options.keys[at]!;
    const stream = asStream(client.db.read(key));
    if (stream === undefined) continue;
    const entries = readOne(client, key, stream, options, options.after[at]!, effects);
    if (entries !== null) found.push([bulk(key), entries]);
  }
  client.engine.propagation.replace(client.db.number, ...effects);
  if (found.length > 0) return streamsReply(client, found);
  if (options.blockMs === null || client.isBlockingDenied) return NIL_ARRAY;
  block(client, options, options.blockMs);
  return NO_REPLY;
}

function streamsReply(client: Client, found: readonly (readonly [Reply, Reply])[]): Reply {
  if (client.resp === 3) return { kind: 'map', value: found };
  return array(found.map((pair) => array(pair)));
}

function parse(client: Client, args: readonly string[], isGroupRead: boolean): ReadOptions {
  let count = 0;
  let blockMs: number | null = null;
  let group: string | null = null;
  let consumer = '';
  let isNoAck = false;
  let streamsAt = 0;
  for (let at = 1; at < args.length && streamsAt === 0; at++) {
    const option = args[at]!.toUpperCase();
    const left = args.length - at - 1;
    if (option === 'BLOCK' && left >= 1) {
      at += 1;
      blockMs = integerArgument(args[at]!, errors.TIMEOUT_NOT_AN_INTEGER);
      if (blockMs < 0) return errors.fail(errors.TIMEOUT_NEGATIVE);
      if (blockMs > Number.MAX_SAFE_INTEGER * 1000) return errors.fail(errors.TIMEOUT_RANGE);
    } else if (option === 'COUNT' && left >= 1) {
      at += 1;
      count = Math.max(0, integerArgument(args[at]!));
    } else if (option === 'STREAMS' && left >= 1) {
      streamsAt = at + 1;
      if (left % 2 !== 0) return errors.fail(errors.STREAM_UNBALANCED);
    } else if (option === 'GROUP' && left >= 2) {
      if (!isGroupRead) return errors.fail(errors.XREAD_GROUP_OPTION);
      group = args[at + 1]!;
      consumer = args[at + 2]!;
      at += 2;
    } else if (option === 'NOACK') {
      if (!isGroupRead) return errors.fail(errors.XREAD_NOACK_OPTION);
      isNoAck = true;
    } else return errors.fail(errors.SYNTAX);
  }
  if (streamsAt === 0) return errors.fail(errors.SYNTAX);
  if (isGroupRead && group === null) return errors.fail(errors.XREADGROUP_NO_GROUP);
  const number = (args.length - streamsAt) / 2;
  const keys = args.slice(streamsAt, streamsAt + number);
  const after = keys.map((key, at) => startArgument(client, key, args[streamsAt + number + at]!, group));
  return { keys, after, group, consumer, isNoAck, count, blockMs };
}

/** The ID after which to read; a missing group is reported before a bad ID of a later stream. */
function startArgument(client: Client, key: string, text: string, group: string | null): StreamId {
  const stream = asStream(client.db.read(key));
  if (group !== null && stream?.groups.get(group) === undefined) return errors.fail(errors.noGroupInRead(key, group));
  if (text === '$') return group === null ? (stream?.lastId ?? 0n) : errors.fail(errors.XREAD_DOLLAR_GROUP);
  if (text === '>') return group === null ? errors.fail(errors.XREAD_GREATER) : NEW_ENTRIES;
  return strictIdArgument(text);
}

/** What one stream has for the reader: null when that is nothing, and so no reason to answer. */
function readOne(
  client: Client,
  key: string,
  stream: StreamValue,
  options: ReadOptions,
  after: StreamId,
  effects: string[][],
): Reply | null {
  if (options.group === null) {
    if (stream.length === 0 || stream.lastEntry!.id <= after) return null;
    return array(stream.range(after + 1n, STREAM_ID_MAX, options.count, false).map(entryReply));
  }
  const group = stream.groups.get(options.group)!;
  const isHistory = after !== NEW_ENTRIES;
  if (!isHistory && (stream.length === 0 || stream.lastEntry!.id <= group.lastId)) return null;
  // A consumer comes into being by its first answer, not by asking.
  const consumer = findOrCreateConsumer(client, key, group, options.consumer, effects);
  if (isHistory) {
    client.engine.dirty += 1;
    return readHistory(client, stream, consumer, after, options.count);
  }
  client.engine.dirty += 1;
  return readNew(client, key, stream, group, consumer, options, effects);
}

/** The consumer, made when it is missing, with its time of last sight set to now. */
export function findOrCreateConsumer(
  client: Client,
  key: string,
  group: StreamGroup,
  name: string,
  effects: string[][],
): StreamConsumer {
  let consumer = group.consumers.get(name);
  if (consumer === undefined) {
    consumer = { name, seenAtMs: client.engine.nowMs, pending: new IdMap() };
    group.consumers.set(name, consumer);
    client.engine.notify(client.db, NOTIFY.stream, 'xgroup-createconsumer', key);
    client.engine.dirty += 1;
    effects.push(propagation.createConsumerEffect(key, group.name, name));
  }
  consumer.seenAtMs = client.engine.nowMs;
  return consumer;
}

/** What the consumer has pending. An entry that was deleted meanwhile comes without fields. */
function readHistory(
  client: Client,
  stream: StreamValue,
  consumer: StreamConsumer,
  after: StreamId,
  count: number,
): Reply {
  const replies: Reply[] = [];
  if (after === STREAM_ID_MAX) return array(replies);
  for (const pending of consumer.pending.from(after + 1n)) {
    const entry = stream.get(pending.id);
    if (entry === undefined) replies.push(deletedEntryReply(pending.id));
    else {
      replies.push(entryReply(entry));
      pending.deliveredAtMs = client.engine.nowMs;
      pending.deliveries += 1;
    }
    if (replies.length === count) break;
  }
  return array(replies);
}

function readNew(
  client: Client,
  key: string,
  stream: StreamValue,
  group: StreamGroup,
  consumer: StreamConsumer,
  options: ReadOptions,
  effects: string[][],
): Reply {
  const replies: Reply[] = [];
  for (const entry of stream.range(group.lastId + 1n, STREAM_ID_MAX, options.count, false)) {
    advance(stream, group, entry.id);
    replies.push(entryReply(entry));
    if (options.isNoAck) continue;
    assign(client, group, consumer, entry.id);
    effects.push(
      propagation.claimEffect({
        key,
        group: group.name,
        consumer: consumer.name,
        id: formatStreamId(entry.id),
        deliveredAtMs: client.engine.nowMs,
        deliveries: 1,
        lastId: formatStreamId(group.lastId),
      }),
    );
  }
  effects.push(propagation.groupPositionEffect(key, group.name, formatStreamId(group.lastId), group.entriesRead));
  return array(replies);
}

/** The group has read up to `id`: its counter of read entries goes along while it can be known. */
function advance(stream: StreamValue, group: StreamGroup, id: StreamId): void {
  if (group.entriesRead >= 0 && !hasTombstonesAfter(stream, id)) group.entriesRead += 1;
  else if (stream.entriesAdded > 0) group.entriesRead = groupDistance(stream, id);
  group.lastId = id;
}

/** Makes an entry pending for a consumer, even if another one had it (a group that was set back). */
function assign(client: Client, group: StreamGroup, consumer: StreamConsumer, id: StreamId): void {
  const old = group.pending.get(id);
  if (old !== undefined) {
    old.consumer.pending.delete(id);
    old.consumer = consumer;
    old.deliveredAtMs = client.engine.nowMs;
    old.deliveries = 1;
    consumer.pending.set(old);
    return;
  }
  const pending = { id, consumer, deliveredAtMs: client.engine.nowMs, deliveries: 1 };
  group.pending.set(pending);
  consumer.pending.set(pending);
}

function block(client: Client, options: ReadOptions, timeoutMs: number): void {
  client.engine.blocking.block(client, {
    kind: 'stream',
    keys: options.keys,
    timeoutMs,
    timeoutReply: NIL_ARRAY,
    isServedByLoss: options.group !== null,
    attempt: (waiting, key, value) => {
      if (value?.kind !== 'stream') {
        waiting.write(error(errors.STREAM_DELETED));
        return true;
      }
      return serve(waiting, key, value, options);
    },
  });
}

/** Serves a waiting reader from one stream. A group's position may have moved on by those served before. */
function serve(client: Client, key: string, stream: StreamValue, options: ReadOptions): boolean {
  const effects: string[][] = [];
  let after = options.after[options.keys.indexOf(key)]!;
  let group: StreamGroup | null = null;
  if (options.group !== null) {
    group = stream.groups.get(options.group) ?? null;
    if (group === null) {
      client.write(error(errors.BLOCKED_GROUP_GONE));
      return true;
    }
    after = group.lastId;
  }
  if (stream.lastId <= after) return false;
  let entries: Reply;
  if (group === null) entries = array(stream.range(after + 1n, STREAM_ID_MAX, options.count, false).map(entryReply));
  else {
    const consumer = findOrCreateConsumer(client, key, group, options.consumer, effects);
    entries = readNew(client, key, stream, group, consumer, options, effects);
  }
  for (const effect of effects) client.engine.propagation.now(client.db.number, effect);
  client.write(streamsReply(client, [[bulk(key), entries]]));
  return true;
}
