/** Consumer groups: XGROUP, XPENDING, XCLAIM, XAUTOCLAIM (t_stream.c). */
import type { Client } from '../client.ts';
import type { Handlers } from '../command.ts';
import { NOTIFY } from '../config.ts';
import * as errors from '../errors.ts';
import { asStream } from '../keyspace.ts';
import { LONG_MAX } from '../numbers.ts';
import * as propagation from '../propagation.ts';
import { array, bulk, EMPTY_ARRAY, int, NIL, NIL_ARRAY, OK, type Reply } from '../reply.ts';
import {
  formatStreamId,
  newGroup,
  type PendingEntry,
  type StreamConsumer,
  type StreamGroup,
  type StreamId,
  StreamValue,
} from '../values/stream-value.ts';
import { integerArgument, rangedArgument } from './arguments.ts';
import { helpCommand } from './help.ts';
import { entryReply, idReply, intervalArgument, parseStreamId, strictIdArgument } from './stream-arguments.ts';
import { findOrCreateConsumer } from './stream-reading.ts';

export const streamGroupCommands: Handlers = {
  'xgroup|create': (client, args) => createGroup(client, args),
  'xgroup|setid': (client, args) => setGroupId(client, args),

  'xgroup|destroy'(client, args) {
    const stream = streamArgument(client, args[2]!);
    if (!stream.groups.delete(args[3]!)) return int(0);
    client.changed(args[2]!, NOTIFY.stream, 'xgroup-destroy');
    client.engine.keyReady(client.db, args[2]!);
    return int(1);
  },

  'xgroup|createconsumer'(client, args) {
    const group = groupArgument(client, args[2]!, args[3]!);
    if (group.consumers.has(args[4]!)) return int(0);
    findOrCreateConsumer(client, args[2]!, group, args[4]!, []);
    client.db.modified(args[2]!);
    return int(1);
  },

  'xgroup|delconsumer'(client, args) {
    const group = groupArgument(client, args[2]!, args[3]!);
    const consumer = group.consumers.get(args[4]!);
    if (consumer === undefined) return int(0);
    const pending = consumer.pending.size;
    for (const entry of consumer.pending.from(0n)) group.pending.delete(entry.id);
    group.consumers.delete(args[4]!);
    client.changed(args[2]!, NOTIFY.stream, 'xgroup-delconsumer');
    return int(pending);
  },

  'xgroup|help': helpCommand('xgroup'),
  xpending: (client, args) => pending(client, args),
  xclaim: (client, args) => claim(client, args),
  xautoclaim: (client, args) => autoclaim(client, args),
};

function streamArgument(client: Client, key: string): StreamValue {
  return asStream(client.db.write(key)) ?? errors.fail(errors.XGROUP_NO_KEY);
}

function groupArgument(client: Client, key: string, name: string): StreamGroup {
  return streamArgument(client, key).groups.get(name) ?? errors.fail(errors.noGroupForKey(name, key));
}

function parseGroupOptions(args: readonly string[], isCreate: boolean): { mustMake: boolean; entriesRead: number } {
  let mustMake = false;
  let entriesRead = -1;
  for (let at = 5; at < args.length; at++) {
    const option = args[at]!.toUpperCase();
    if (isCreate && option === 'MKSTREAM') mustMake = true;
    else if (option === 'ENTRIESREAD' && at + 1 < args.length) {
      at += 1;
      entriesRead = integerArgument(args[at]!);
      if (entriesRead < -1) return errors.fail(errors.ENTRIES_READ);
    } else return errors.fail(errors.unknownSubcommandOrArity('xgroup', args[1]!));
  }
  return { mustMake, entriesRead };
}

function createGroup(client: Client, args: readonly string[]): Reply {
  const options = parseGroupOptions(args, true);
  const key = args[2]!;
  let stream = asStream(client.db.write(key));
  if (stream === undefined && !options.mustMake) return errors.fail(errors.XGROUP_NO_KEY);
  if (args.length > 8) return errors.fail(errors.unknownSubcommandOrArity('xgroup', args[1]!));
  const id = args[4] === '$' ? (stream?.lastId ?? 0n) : strictIdArgument(args[4]!);
  if (stream === undefined) {
    stream = new StreamValue();
    client.db.add(key, stream);
    client.db.modified(key);
  }
  if (stream.groups.has(args[3]!)) return errors.fail(errors.GROUP_EXISTS);
  stream.groups.set(args[3]!, newGroup(args[3]!, id, options.entriesRead));
  client.changed(key, NOTIFY.stream, 'xgroup-create');
  return OK;
}

function setGroupId(client: Client, args: readonly string[]): Reply {
  const options = parseGroupOptions(args, false);
  const key = args[2]!;
  const stream = streamArgument(client, key);
  const group = stream.groups.get(args[3]!) ?? errors.fail(errors.noGroupForKey(args[3]!, key));
  if (args.length !== 5 && args.length !== 7) return errors.fail(errors.unknownSubcommandOrArity('xgroup', args[1]!));
  group.lastId = args[4] === '$' ? stream.lastId : intervalArgument(args[4]!, 'start');
  group.entriesRead = options.entriesRead;
  client.engine.dirty += 1;
  client.engine.notify(client.db, NOTIFY.stream, 'xgroup-setid', key);
  return OK;
}

function pending(client: Client, args: readonly string[]): Reply {
  if (args.length !== 3 && (args.length < 6 || args.length > 9)) return errors.fail(errors.SYNTAX);
  let idleMs = 0;
  let startAt = 3;
  let count = 0;
  let start = 0n;
  let end = 0n;
  if (args.length >= 6) {
    if (args[3]!.toUpperCase() === 'IDLE') {
      idleMs = integerArgument(args[4]!);
      if (args.length < 8) return errors.fail(errors.SYNTAX);
      startAt = 5;
    }
    count = Math.max(0, integerArgument(args[startAt + 2]!));
    start = intervalArgument(args[startAt]!, 'start');
    end = intervalArgument(args[startAt + 1]!, 'end');
  }
  const group = asStream(client.db.read(args[1]!))?.groups.get(args[2]!);
  if (group === undefined) return errors.fail(errors.noGroup(args[1]!, args[2]!));
  if (args.length === 3) return pendingSummary(group);
  let entries: StreamGroup['pending'] | undefined = group.pending;
  if (startAt + 3 < args.length) entries = group.consumers.get(args[startAt + 3]!)?.pending;
  if (entries === undefined) return EMPTY_ARRAY;
  const replies: Reply[] = [];
  for (const entry of entries.from(start)) {
    if (entry.id > end || replies.length >= count) break;
    const idle = Math.max(0, client.engine.nowMs - entry.deliveredAtMs);
    if (idleMs > 0 && client.engine.nowMs - entry.deliveredAtMs < idleMs) continue;
    replies.push(array([idReply(entry.id), bulk(entry.consumer.name), int(idle), int(entry.deliveries)]));
  }
  return array(replies);
}

function pendingSummary(group: StreamGroup): Reply {
  if (group.pending.size === 0) return array([int(0), NIL, NIL, NIL_ARRAY]);
  const consumers = sortedByName(group.consumers).filter((consumer) => consumer.pending.size > 0);
  return array([
    int(group.pending.size),
    idReply(group.pending.first()!.id),
    idReply(group.pending.last()!.id),
    array(consumers.map((consumer) => array([bulk(consumer.name), bulk(String(consumer.pending.size))]))),
  ]);
}

/** In the order of a radix tree: by the bytes of the name. */
export function sortedByName<Item extends { readonly name: string }>(items: ReadonlyMap<string, Item>): Item[] {
  return [...items.values()].sort((left, right) => (left.name < right.name ? -1 : 1));
}

/** The consumer if it exists, marked as seen. One that claims nothing does not come into being. */
function seenConsumer(client: Client, group: StreamGroup, name: string): StreamConsumer | undefined {
  const consumer = group.consumers.get(name);
  if (consumer !== undefined) consumer.seenAtMs = client.engine.nowMs;
  return consumer;
}

interface ClaimOptions {
  readonly ids: readonly StreamId[];
  readonly deliveredAtMs: number;
  readonly deliveries: number | null;
  readonly isForced: boolean;
  readonly isJustId: boolean;
  readonly lastId: StreamId;
}

function claim(client: Client, args: readonly string[]): Reply {
  const key = args[1]!;
  const stream = asStream(client.db.read(key));
  const group = stream?.groups.get(args[2]!);
  if (stream === undefined || group === undefined) return errors.fail(errors.noGroup(key, args[2]!));
  const idleMs = Math.max(0, integerArgument(args[4]!, errors.MIN_IDLE));
  const options = parseClaim(client, args);
  const effects: string[][] = [];
  if (options.lastId > group.lastId) {
    group.lastId = options.lastId;
    client.engine.dirty += 1;
    effects.push(propagation.groupPositionEffect(key, group.name, formatStreamId(group.lastId), group.entriesRead));
  }
  let consumer = seenConsumer(client, group, args[3]!);
  const replies: Reply[] = [];
  for (const id of options.ids) {
    let entry = group.pending.get(id);
    const content = stream.get(id);
    if (content === undefined) {
      if (entry !== undefined) dropPending(client, key, group, entry, effects);
      continue;
    }
    if (entry === undefined) {
      if (!options.isForced) continue;
      consumer ??= findOrCreateConsumer(client, key, group, args[3]!, effects);
      entry = { id, consumer, deliveredAtMs: client.engine.nowMs, deliveries: 1 };
      group.pending.set(entry);
      consumer.pending.set(entry);
    } else if (idleMs > 0 && client.engine.nowMs - entry.deliveredAtMs < idleMs) continue;
    consumer ??= findOrCreateConsumer(client, key, group, args[3]!, effects);
    give(entry, consumer, options.deliveredAtMs);
    if (options.deliveries !== null) entry.deliveries = options.deliveries;
    else if (!options.isJustId) entry.deliveries += 1;
    replies.push(options.isJustId ? idReply(id) : entryReply(content));
    client.engine.dirty += 1;
    effects.push(claimOf(key, group, entry));
  }
  client.engine.propagation.replace(client.db.number, ...effects);
  return array(replies);
}

function parseClaim(client: Client, args: readonly string[]): ClaimOptions {
  const { nowMs } = client.engine;
  const ids: StreamId[] = [];
  let at = 5;
  for (; at < args.length; at++) {
    const parsed = parseStreamId(args[at]!, 0n);
    if (parsed === null) break;
    ids.push(parsed.id);
  }
  let deliveredAtMs = nowMs;
  let deliveries: number | null = null;
  let isForced = false;
  let isJustId = false;
  let lastId = 0n;
  for (; at < args.length; at++) {
    const option = args[at]!.toUpperCase();
    const argument = args[at + 1];
    if (option === 'FORCE') isForced = true;
    else if (option === 'JUSTID') isJustId = true;
    else if (argument === undefined) return errors.fail(errors.unrecognizedClaimOption(args[at]!));
    else {
      at += 1;
      if (option === 'IDLE') deliveredAtMs = nowMs - integerArgument(argument, errors.XCLAIM_IDLE);
      else if (option === 'TIME') deliveredAtMs = integerArgument(argument, errors.XCLAIM_TIME);
      else if (option === 'RETRYCOUNT') deliveries = integerArgument(argument, errors.XCLAIM_RETRYCOUNT);
      else if (option === 'LASTID') lastId = strictIdArgument(argument);
      else return errors.fail(errors.unrecognizedClaimOption(args[at - 1]!));
    }
  }
  if (deliveredAtMs < 0 || deliveredAtMs > nowMs) deliveredAtMs = nowMs;
  return {
    ids,
    deliveredAtMs,
    deliveries: deliveries !== null && deliveries < 0 ? null : deliveries,
    isForced,
    isJustId,
    lastId,
  };
}

/** Moves a pending entry to a consumer. */
function give(entry: PendingEntry, consumer: StreamConsumer, deliveredAtMs: number): void {
  if (entry.consumer !== consumer) {
    entry.consumer.pending.delete(entry.id);
    entry.consumer = consumer;
    consumer.pending.set(entry);
  }
  entry.deliveredAtMs = deliveredAtMs;
}

/** An entry that is gone from the stream leaves the group's books as well. */
function dropPending(client: Client, key: string, group: StreamGroup, entry: PendingEntry, effects: string[][]): void {
  group.pending.delete(entry.id);
  entry.consumer.pending.delete(entry.id);
  client.engine.dirty += 1;
  effects.push(['XACK', key, group.name, formatStreamId(entry.id)]);
}

function claimOf(key: string, group: StreamGroup, entry: PendingEntry): string[] {
  return propagation.claimEffect({
    key,
    group: group.name,
    consumer: entry.consumer.name,
    id: formatStreamId(entry.id),
    deliveredAtMs: entry.deliveredAtMs,
    deliveries: entry.deliveries,
    lastId: formatStreamId(group.lastId),
  });
}

/** Entries looked at for each one asked for, so that a call with an unlucky start still ends soon. */
const ATTEMPTS_FACTOR = 10;

function autoclaim(client: Client, args: readonly string[]): Reply {
  const key = args[1]!;
  const idleMs = Math.max(0, integerArgument(args[4]!, errors.MIN_IDLE_AUTO));
  const start = intervalArgument(args[5]!, 'start');
  let count = 100;
  let isJustId = false;
  for (let at = 6; at < args.length; at++) {
    const option = args[at]!.toUpperCase();
    if (option === 'COUNT' && at + 1 < args.length) {
      at += 1;
      count = rangedArgument(args[at]!, 1, LONG_MAX / 16, errors.XAUTOCLAIM_COUNT);
    } else if (option === 'JUSTID') isJustId = true;
    else return errors.fail(errors.SYNTAX);
  }
  const stream = asStream(client.db.read(key));
  const group = stream?.groups.get(args[2]!);
  if (stream === undefined || group === undefined) return errors.fail(errors.noGroup(key, args[2]!));
  const effects: string[][] = [];
  let consumer = seenConsumer(client, group, args[3]!);
  const replies: Reply[] = [];
  const gone: Reply[] = [];
  let attempts = count * ATTEMPTS_FACTOR;
  let next = 0n;
  for (const entry of pendingFrom(group, start)) {
    if (attempts === 0 || count === 0) {
      next = entry.id;
      break;
    }
    attempts -= 1;
    const content = stream.get(entry.id);
    if (content === undefined) {
      dropPending(client, key, group, entry, effects);
      gone.push(idReply(entry.id));
      count -= 1;
      continue;
    }
    if (idleMs > 0 && client.engine.nowMs - entry.deliveredAtMs < idleMs) continue;
    consumer ??= findOrCreateConsumer(client, key, group, args[3]!, effects);
    give(entry, consumer, client.engine.nowMs);
    if (!isJustId) entry.deliveries += 1;
    replies.push(isJustId ? idReply(entry.id) : entryReply(content));
    count -= 1;
    client.engine.dirty += 1;
    effects.push(claimOf(key, group, entry));
  }
  client.engine.propagation.replace(client.db.number, ...effects);
  return array([idReply(next), array(replies), array(gone)]);
}

/** Pending entries from an ID on; the caller may delete the one it has just been given. */
function* pendingFrom(group: StreamGroup, start: StreamId): Iterable<PendingEntry> {
  let from = start;
  for (;;) {
    const [entry] = firstOf(group.pending.from(from));
    if (entry === undefined) return;
    from = entry.id + 1n;
    yield entry;
  }
}

function firstOf<Item>(items: Iterable<Item>): Item[] {
  for (const item of items) return [item];
  return [];
}
