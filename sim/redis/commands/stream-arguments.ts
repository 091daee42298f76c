/** IDs, intervals and trimming options of stream commands, and the replies that several of them share. */
import type { Client } from '../client.ts';
import * as errors from '../errors.ts';
import { array, bulk, bulks, NIL_ARRAY, type Reply } from '../reply.ts';
import {
  formatStreamId,
  SEQUENCE_MAX,
  STREAM_ID_MAX,
  type StreamEntry,
  type StreamId,
  streamId,
  type TrimOptions,
} from '../values/stream-value.ts';
import { integerArgument } from './arguments.ts';

export interface ParsedId {
  readonly id: StreamId;
  /** False for `ms-*`: the sequence is to be generated. */
  readonly hasSequence: boolean;
}

/** Longest text of an ID. */
const ID_LENGTH_MAX = 127;

/** Reads `ms`, `ms-seq`, and `ms-*` where that is allowed. @returns null when it is none of them */
export function parseStreamId(given: string, missingSequence: bigint, isStarAllowed = false): ParsedId | null {
  if (given.length > ID_LENGTH_MAX) return null;
  // As C reads it: up to the first NUL.
  const end = given.indexOf('\0');
  const text = end < 0 ? given : given.slice(0, end);
  const cut = text.indexOf('-');
  const ms = parseUnsigned(cut < 0 ? text : text.slice(0, cut));
  if (ms === null) return null;
  if (cut < 0) return { id: streamId(ms, missingSequence), hasSequence: true };
  const rest = text.slice(cut + 1);
  if (rest === '*') return isStarAllowed ? { id: streamId(ms, 0n), hasSequence: false } : null;
  const sequence = parseUnsigned(rest);
  return sequence === null ? null : { id: streamId(ms, sequence), hasSequence: true };
}

/** `strtoull` after a strict attempt: leading zeros, a plus and leading space are taken. */
function parseUnsigned(text: string): bigint | null {
  if (!/^[ \t-\r]*\+?[0-9]+$/.test(text)) return null;
  const value = BigInt(text.replace(/^[ \t-\r]*\+?/, ''));
  return value > SEQUENCE_MAX ? null : value;
}

/** An ID without `-` and `+`. */
export function strictIdArgument(text: string): StreamId {
  return parseStreamId(text, 0n)?.id ?? errors.fail(errors.STREAM_ID);
}

/** One end of an interval: `-`, `+`, an ID, or `(` and an ID to exclude it. */
export function intervalArgument(text: string, end: 'start' | 'end'): StreamId {
  const missing = end === 'start' ? 0n : SEQUENCE_MAX;
  if (text === '-') return 0n;
  if (text === '+') return STREAM_ID_MAX;
  if (text.length < 2 || !text.startsWith('('))
    return parseStreamId(text, missing)?.id ?? errors.fail(errors.STREAM_ID);
  const id = parseStreamId(text.slice(1), missing)?.id ?? errors.fail(errors.STREAM_ID);
  if (end === 'start') return id === STREAM_ID_MAX ? errors.fail(errors.STREAM_START_INTERVAL) : id + 1n;
  return id === 0n ? errors.fail(errors.STREAM_END_INTERVAL) : id - 1n;
}

export interface AddOrTrimOptions {
  readonly trim: TrimOptions | null;
  readonly mustExist: boolean;
  /** Null for `*`. */
  readonly id: ParsedId | null;
  /** Position of the ID for XADD, one past the end for XTRIM. */
  readonly next: number;
}

/** Approximate trimming without LIMIT stops after this many nodes. */
const LIMIT_NODES = 100;
const LIMIT_MAX = 1_000_000;

/** Options of XADD (up to its ID) and of XTRIM. */
export function parseAddOrTrim(client: Client, args: readonly string[], isAdd: boolean): AddOrTrimOptions {
  let by: TrimOptions['by'] | null = null;
  let isApproximate = false;
  let limit: number | null = null;
  let mustExist = false;
  let id: ParsedId | null = null;
  let at = 2;
  for (; at < args.length; at++) {
    const option = args[at]!.toUpperCase();
    const hasMore = at + 1 < args.length;
    if (isAdd && option === '*') break;
    if ((option === 'MAXLEN' || option === 'MINID') && hasMore) {
      if (by !== null) return errors.fail(errors.MAXLEN_MINID);
      isApproximate = false;
      const sign = args[at + 1]!;
      if (at + 2 < args.length && (sign === '~' || sign === '=')) {
        isApproximate = sign === '~';
        at += 1;
      }
      at += 1;
      by = option === 'MAXLEN' ? lengthThreshold(args[at]!) : { kind: 'id', minId: strictIdArgument(args[at]!) };
    } else if (option === 'LIMIT' && hasMore) {
      at += 1;
      limit = integerArgument(args[at]!);
      if (limit < 0) return errors.fail(errors.TRIM_LIMIT_NEGATIVE);
    } else if (isAdd && option === 'NOMKSTREAM') mustExist = true;
    else if (isAdd) {
      id = parseStreamId(args[at]!, 0n, true) ?? errors.fail(errors.STREAM_ID);
      break;
    } else return errors.fail(errors.SYNTAX);
  }
  if (limit !== null && limit !== 0 && by === null) return errors.fail(errors.TRIM_LIMIT_STRATEGY);
  if (!isAdd && by === null) return errors.fail(errors.XTRIM_STRATEGY);
  if (limit !== null && !isApproximate) return errors.fail(errors.TRIM_LIMIT);
  const trim = by === null ? null : { by, isApproximate, limit: limit ?? (isApproximate ? defaultLimit(client) : 0) };
  return { trim, mustExist, id, next: at };
}

function lengthThreshold(text: string): TrimOptions['by'] {
  const lengthMax = integerArgument(text);
  return lengthMax < 0 ? errors.fail(errors.MAXLEN_NEGATIVE) : { kind: 'length', lengthMax };
}

function defaultLimit(client: Client): number {
  const limit = LIMIT_NODES * client.engine.config.streamLimits.nodeEntriesMax;
  return limit <= 0 ? 10_000 : Math.min(limit, LIMIT_MAX);
}

export function entryReply(entry: StreamEntry): Reply {
  return array([bulk(formatStreamId(entry.id)), bulks(entry.fields)]);
}

/** An entry that a consumer still has pending and that is deleted. */
export function deletedEntryReply(id: StreamId): Reply {
  return array([bulk(formatStreamId(id)), NIL_ARRAY]);
}

export function idReply(id: StreamId): Reply {
  return bulk(formatStreamId(id));
}
