/** Stream commands without groups (t_stream.c): adding, reading by range, deleting, trimming. Reading that may block is in `stream-reading.ts`. */
import type { Client } from '../client.ts';
import type { Handlers } from '../command.ts';
import { NOTIFY } from '../config.ts';
import * as errors from '../errors.ts';
import { asStream } from '../keyspace.ts';
import { array, EMPTY_ARRAY, int, NIL, NIL_ARRAY, OK, type Reply } from '../reply.ts';
import {
  formatStreamId,
  SEQUENCE_MAX,
  STREAM_ID_MAX,
  type StreamId,
  StreamValue,
  streamId,
  type TrimOptions,
} from '../values/stream-value.ts';
import { integerArgument } from './arguments.ts';
import {
  entryReply,
  idReply,
  intervalArgument,
  type ParsedId,
  parseAddOrTrim,
  strictIdArgument,
} from './stream-arguments.ts';

export const streamCommands: Handlers = {
  xadd(client, args) {
    return add(client, args);
  },

  xlen(client, args) {
    return int(asStream(client.db.read(args[1]!))?.length ?? 0);
  },

  xrange: (client, args) => range(client, args, false),
  xrevrange: (client, args) => range(client, args, true),

  xdel(client, args) {
    const key = args[1]!;
    const stream = asStream(client.db.write(key));
    if (stream === undefined) return int(0);
    const ids: StreamId[] = [];
    for (let at = 2; at < args.length; at++) ids.push(strictIdArgument(args[at]!));
    let deleted = 0;
    for (const id of ids) {
      if (!stream.delete(id)) continue;
      if (id > stream.maxDeletedId) stream.maxDeletedId = id;
      deleted += 1;
    }
    if (deleted > 0) client.changed(key, NOTIFY.stream, 'xdel', deleted);
    return int(deleted);
  },

  xtrim(client, args) {
    const { trim } = parseAddOrTrim(client, args, false);
    const key = args[1]!;
    const stream = asStream(client.db.write(key));
    if (stream === undefined) return int(0);
    const dropped = stream.trim(trim!);
    if (dropped > 0) {
      client.changed(key, NOTIFY.stream, 'xtrim', dropped);
      client.engine.propagation.replace(client.db.number, ['XTRIM', key, ...exactTrim(stream, trim!)]);
    }
    client.engine.walked(dropped);
    return int(dropped);
  },

  xsetid(client, args) {
    return setId(client, args);
  },
};

function add(client: Client, args: readonly string[]): Reply {
  const options = parseAddOrTrim(client, args, true);
  const fields = args.slice(options.next + 1);
  if (fields.length < 2 || fields.length % 2 === 1) return errors.fail(errors.wrongArity('xadd'));
  if (options.id?.hasSequence === true && options.id.id === 0n) return errors.fail(errors.STREAM_ID_ZERO);
  const key = args[1]!;
  let stream = asStream(client.db.write(key));
  if (stream === undefined) {
    if (options.mustExist) return NIL;
    stream = new StreamValue();
    client.db.add(key, stream);
  }
  if (stream.lastId === STREAM_ID_MAX) return errors.fail(errors.STREAM_EXHAUSTED);
  const id = nextId(client, stream, options.id);
  if (id <= stream.lastId) return errors.fail(errors.STREAM_ID_SMALL);
  stream.append(id, fields, client.engine.config.streamLimits);
  client.engine.keyReady(client.db, key);
  client.changed(key, NOTIFY.stream, 'xadd');
  let trimWords: string[] = [];
  if (options.trim !== null) {
    if (stream.trim(options.trim) > 0) client.changed(key, NOTIFY.stream, 'xtrim', 0);
    trimWords = exactTrim(stream, options.trim);
  }
  client.engine.propagation.replace(client.db.number, ['XADD', key, ...trimWords, formatStreamId(id), ...fields]);
  return idReply(id);
}

function nextId(client: Client, stream: StreamValue, given: ParsedId | null): StreamId {
  const { lastId } = stream;
  if (given === null) {
    const now = streamId(BigInt(client.engine.nowMs), 0n);
    return now >> 64n > lastId >> 64n ? now : lastId + 1n;
  }
  if (given.hasSequence || given.id >> 64n !== lastId >> 64n) return given.id;
  return (lastId & SEQUENCE_MAX) === SEQUENCE_MAX ? errors.fail(errors.STREAM_ID_SMALL) : lastId + 1n;
}

/** Approximate trimming depends on where nodes end, so its outcome is passed on. */
function exactTrim(stream: StreamValue, trim: TrimOptions): string[] {
  if (trim.by.kind === 'length') return ['MAXLEN', '=', String(trim.isApproximate ? stream.length : trim.by.lengthMax)];
  return ['MINID', '=', formatStreamId(trim.isApproximate ? stream.firstId : trim.by.minId)];
}

function range(client: Client, args: readonly string[], isReversed: boolean): Reply {
  const start = intervalArgument(args[isReversed ? 3 : 2]!, 'start');
  const end = intervalArgument(args[isReversed ? 2 : 3]!, 'end');
  let count = -1;
  for (let at = 4; at < args.length; at += 2) {
    if (args[at]!.toUpperCase() !== 'COUNT' || at + 1 >= args.length) return errors.fail(errors.SYNTAX);
    count = Math.max(0, integerArgument(args[at + 1]!));
  }
  const stream = asStream(client.db.read(args[1]!));
  if (stream === undefined) return EMPTY_ARRAY;
  if (count === 0) return NIL_ARRAY;
  return array(stream.range(start, end, Math.max(0, count), isReversed).map(entryReply));
}

function setId(client: Client, args: readonly string[]): Reply {
  const id = strictIdArgument(args[2]!);
  let entriesAdded = -1;
  let maxDeletedId = 0n;
  for (let at = 3; at < args.length; at += 2) {
    const option = args[at]!.toUpperCase();
    if (at + 1 >= args.length) return errors.fail(errors.SYNTAX);
    if (option === 'ENTRIESADDED') {
      entriesAdded = integerArgument(args[at + 1]!);
      if (entriesAdded < 0) return errors.fail(errors.ENTRIES_ADDED_POSITIVE);
    } else if (option === 'MAXDELETEDID') {
      maxDeletedId = strictIdArgument(args[at + 1]!);
      if (id < maxDeletedId) return errors.fail(errors.XSETID_SMALL_DELETED);
    } else return errors.fail(errors.SYNTAX);
  }
  const key = args[1]!;
  const stream = asStream(client.db.write(key));
  if (stream === undefined) return errors.fail(errors.NO_SUCH_KEY);
  if (id < (stream.lastEntry?.id ?? 0n)) return errors.fail(errors.XSETID_SMALL);
  if (entriesAdded >= 0 && stream.length > entriesAdded) return errors.fail(errors.XSETID_ENTRIES);
  stream.lastId = id;
  if (entriesAdded >= 0) stream.entriesAdded = entriesAdded;
  if (maxDeletedId !== 0n) stream.maxDeletedId = maxDeletedId;
  client.changed(key, NOTIFY.stream, 'xsetid');
  return OK;
}
