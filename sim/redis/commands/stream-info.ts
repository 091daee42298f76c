/** XINFO STREAM, GROUPS and CONSUMERS (t_stream.c). */
import type { Client } from '../client.ts';
import type { Handlers } from '../command.ts';
import * as errors from '../errors.ts';
import { asStream } from '../keyspace.ts';
import { array, bulk, int, mapOf, NIL, type Reply } from '../reply.ts';
import { groupLag } from '../values/stream-lag.ts';
import { STREAM_ID_MAX, type StreamConsumer, type StreamGroup, type StreamValue } from '../values/stream-value.ts';
import { integerArgument } from './arguments.ts';
import { helpCommand } from './help.ts';
import { entryReply, idReply } from './stream-arguments.ts';
import { sortedByName } from './stream-groups.ts';

const FULL_COUNT_DEFAULT = 10;

export const streamInfoCommands: Handlers = {
  'xinfo|stream'(client, args) {
    const stream = streamArgument(client, args[2]!);
    if (args.length === 3) return brief(stream);
    if (args.length !== 4 && args.length !== 6) return errors.fail(errors.unknownSubcommandOrArity('xinfo', args[1]!));
    if (args[3]!.toUpperCase() !== 'FULL') return errors.fail(errors.unknownSubcommandOrArity('xinfo', args[1]!));
    let count = FULL_COUNT_DEFAULT;
    if (args.length === 6) {
      if (args[4]!.toUpperCase() !== 'COUNT') return errors.fail(errors.unknownSubcommandOrArity('xinfo', args[1]!));
      count = integerArgument(args[5]!);
      if (count < 0) count = FULL_COUNT_DEFAULT;
    }
    return full(stream, count);
  },

  'xinfo|groups'(client, args) {
    const stream = streamArgument(client, args[2]!);
    return array(
      sortedByName(stream.groups).map((group) =>
        mapOf([
          ['name', bulk(group.name)],
          ['consumers', int(group.consumers.size)],
          ['pending', int(group.pending.size)],
          ['last-delivered-id', idReply(group.lastId)],
          ['entries-read', group.entriesRead < 0 ? NIL : int(group.entriesRead)],
          ['lag', lagReply(stream, group)],
        ]),
      ),
    );
  },

  'xinfo|consumers'(client, args) {
    const stream = streamArgument(client, args[2]!);
    const group = stream.groups.get(args[3]!) ?? errors.fail(errors.noGroupForKey(args[3]!, args[2]!));
    return array(
      sortedByName(group.consumers).map((consumer) =>
        mapOf([
          ['name', bulk(consumer.name)],
          ['pending', int(consumer.pending.size)],
          ['idle', int(Math.max(0, client.engine.nowMs - consumer.seenAtMs))],
        ]),
      ),
    );
  },

  'xinfo|help': helpCommand('xinfo'),
};

function streamArgument(client: Client, key: string): StreamValue {
  return asStream(client.db.read(key)) ?? errors.fail(errors.NO_SUCH_KEY);
}

function lagReply(stream: StreamValue, group: StreamGroup): Reply {
  const lag = groupLag(stream, group);
  return lag === null ? NIL : int(lag);
}

function head(stream: StreamValue): [string, Reply][] {
  return [
    ['length', int(stream.length)],
    ['radix-tree-keys', int(stream.nodeCount)],
    ['radix-tree-nodes', int(stream.radixTreeNodes())],
    ['last-generated-id', idReply(stream.lastId)],
    ['max-deleted-entry-id', idReply(stream.maxDeletedId)],
    ['entries-added', int(stream.entriesAdded)],
    ['recorded-first-entry-id', idReply(stream.firstId)],
  ];
}

function brief(stream: StreamValue): Reply {
  const [first] = stream.range(0n, STREAM_ID_MAX, 1, false);
  const last = stream.lastEntry;
  return mapOf([
    ...head(stream),
    ['groups', int(stream.groups.size)],
    ['first-entry', first === undefined ? NIL : entryReply(first)],
    ['last-entry', last === undefined ? NIL : entryReply(last)],
  ]);
}

/** @param count entries per list; 0 for all */
function full(stream: StreamValue, count: number): Reply {
  return mapOf([
    ...head(stream),
    ['entries', array(stream.range(0n, STREAM_ID_MAX, count, false).map(entryReply))],
    ['groups', array(sortedByName(stream.groups).map((group) => fullGroup(stream, group, count)))],
  ]);
}

function fullGroup(stream: StreamValue, group: StreamGroup, count: number): Reply {
  return mapOf([
    ['name', bulk(group.name)],
    ['last-delivered-id', idReply(group.lastId)],
    ['entries-read', group.entriesRead < 0 ? NIL : int(group.entriesRead)],
    ['lag', lagReply(stream, group)],
    ['pel-count', int(group.pending.size)],
    [
      'pending',
      firstPending(group, count, (entry) => [
        idReply(entry.id),
        bulk(entry.consumer.name),
        int(entry.deliveredAtMs),
        int(entry.deliveries),
      ]),
    ],
    ['consumers', array(sortedByName(group.consumers).map((consumer) => fullConsumer(consumer, count)))],
  ]);
}

function fullConsumer(consumer: StreamConsumer, count: number): Reply {
  return mapOf([
    ['name', bulk(consumer.name)],
    ['seen-time', int(consumer.seenAtMs)],
    ['pel-count', int(consumer.pending.size)],
    [
      'pending',
      firstPending(consumer, count, (entry) => [idReply(entry.id), int(entry.deliveredAtMs), int(entry.deliveries)]),
    ],
  ]);
}

function firstPending(
  owner: Pick<StreamGroup, 'pending'>,
  count: number,
  columns: (entry: NonNullable<ReturnType<StreamGroup['pending']['get']>>) => Reply[],
): Reply {
  const replies: Reply[] = [];
  for (const entry of owner.pending.from(0n)) {
    replies.push(array(columns(entry)));
    if (replies.length === count) break;
  }
  return array(replies);
}
