/** Ranges of sorted sets by rank, score and bytes: ZRANGE in all its forms, counting, and removal. */
import type { Client } from '../client.ts';
import type { Handlers } from '../command.ts';
import { NOTIFY } from '../config.ts';
import * as errors from '../errors.ts';
import { asSortedSet } from '../keyspace.ts';
import { strtodLoose } from '../numbers.ts';
import { array, bulk, EMPTY_ARRAY, int, type Reply } from '../reply.ts';
import { type ScoredMember, SortedSetValue } from '../values/sorted-set-value.ts';
import { clampRange, integerArgument } from './arguments.ts';
import { entriesReply, removeIfEmpty } from './sorted-sets.ts';

type RangeKind = 'rank' | 'score' | 'lex';

/** Ranks of a range, both included; null when it is empty. */
type Ranks = { readonly start: number; readonly stop: number } | null;

export const sortedSetRangeCommands: Handlers = {
  zrange: (client, args) => rangeCommand(client, args, { kind: null, isReversed: null, from: 1 }),
  zrevrange: (client, args) => rangeCommand(client, args, { kind: 'rank', isReversed: true, from: 1 }),
  zrangebyscore: (client, args) => rangeCommand(client, args, { kind: 'score', isReversed: false, from: 1 }),
  zrevrangebyscore: (client, args) => rangeCommand(client, args, { kind: 'score', isReversed: true, from: 1 }),
  zrangebylex: (client, args) => rangeCommand(client, args, { kind: 'lex', isReversed: false, from: 1 }),
  zrevrangebylex: (client, args) => rangeCommand(client, args, { kind: 'lex', isReversed: true, from: 1 }),
  zrangestore: (client, args) => rangeCommand(client, args, { kind: null, isReversed: null, from: 2 }),

  zcount: (client, args) => count(client, args, scoreRange(args[2]!, args[3]!)),
  zlexcount: (client, args) => count(client, args, lexRange(args[2]!, args[3]!)),

  zremrangebyrank(client, args) {
    const start = integerArgument(args[2]!);
    const stop = integerArgument(args[3]!);
    return remove(client, args[1]!, 'zremrangebyrank', (sorted) => clampRange(start, stop, sorted.size));
  },

  zremrangebyscore(client, args) {
    return remove(client, args[1]!, 'zremrangebyscore', scoreRange(args[2]!, args[3]!));
  },

  zremrangebylex(client, args) {
    return remove(client, args[1]!, 'zremrangebylex', lexRange(args[2]!, args[3]!));
  },
};

interface RangeForm {
  /** Null: the arguments say. */
  readonly kind: RangeKind | null;
  readonly isReversed: boolean | null;
  /** Position of the source key; 2 for ZRANGESTORE, which has its destination before it. */
  readonly from: number;
}

interface RangeOptions {
  readonly kind: RangeKind;
  readonly isReversed: boolean;
  readonly isWithScores: boolean;
  readonly offset: number;
  /** Negative for no limit. */
  readonly limit: number;
}

function rangeCommand(client: Client, args: readonly string[], form: RangeForm): Reply {
  const options = parseOptions(args, form);
  const isStoring = form.from === 2;
  const low = args[form.from + 1]!;
  const high = args[form.from + 2]!;
  const isSwapped = options.isReversed && options.kind !== 'rank';
  const find = rangeFinder(options, isSwapped ? high : low, isSwapped ? low : high);
  const sorted = asSortedSet(client.db.read(args[form.from]!));
  const entries = sorted === undefined ? [] : select(sorted, find(sorted), options);
  if (isStoring) return storeEntries(client, args[1]!, entries);
  if (entries.length === 0) return EMPTY_ARRAY;
  return options.isWithScores ? entriesReply(client, entries) : array(entries.map((entry) => bulk(entry.member)));
}

function parseOptions(args: readonly string[], form: RangeForm): RangeOptions {
  let kind = form.kind;
  let isReversed = form.isReversed;
  let isWithScores = false;
  let hasLimit = false;
  let offset = 0;
  let limit = -1;
  for (let at = form.from + 3; at < args.length; at++) {
    const option = args[at]!.toUpperCase();
    if (option === 'WITHSCORES' && form.from === 1) isWithScores = true;
    else if (option === 'LIMIT' && at + 2 < args.length) {
      offset = integerArgument(args[at + 1]!);
      limit = integerArgument(args[at + 2]!);
      hasLimit = limit !== -1;
      at += 2;
    } else if (option === 'REV' && form.isReversed === null) isReversed = true;
    else if (option === 'BYSCORE' && form.kind === null) kind = 'score';
    else if (option === 'BYLEX' && form.kind === null) kind = 'lex';
    else return errors.fail(errors.SYNTAX);
  }
  kind ??= 'rank';
  if (hasLimit && kind === 'rank') return errors.fail(errors.ZRANGE_LIMIT);
  if (isWithScores && kind === 'lex') return errors.fail(errors.ZRANGE_WITHSCORES_LEX);
  return { kind, isReversed: isReversed ?? false, isWithScores, offset, limit };
}

type RangeFinder = (sorted: SortedSetValue) => Ranks;

function rangeFinder(options: RangeOptions, low: string, high: string): RangeFinder {
  if (options.kind === 'score') return scoreRange(low, high);
  if (options.kind === 'lex') return lexRange(low, high, options.isReversed);
  const start = integerArgument(low);
  const stop = integerArgument(high);
  return (sorted) => {
    const range = clampRange(start, stop, sorted.size);
    if (range === null || !options.isReversed) return range;
    return { start: sorted.size - 1 - range.stop, stop: sorted.size - 1 - range.start };
  };
}

function select(sorted: SortedSetValue, ranks: Ranks, options: RangeOptions): readonly ScoredMember[] {
  if (ranks === null || options.offset < 0) return [];
  const size = ranks.stop - ranks.start + 1;
  const count = Math.min(options.limit < 0 ? size : options.limit, size - options.offset);
  if (count <= 0) return [];
  const start = options.isReversed ? ranks.stop - options.offset - count + 1 : ranks.start + options.offset;
  return sorted.range(start, start + count - 1, options.isReversed);
}

interface Bound {
  readonly value: number;
  readonly isExclusive: boolean;
}

function scoreBound(text: string): Bound {
  const isExclusive = text.startsWith('(');
  const value = strtodLoose(isExclusive ? text.slice(1) : text);
  return value === null ? errors.fail(errors.MIN_MAX_FLOAT) : { value, isExclusive };
}

function scoreRange(low: string, high: string): RangeFinder {
  const min = scoreBound(low);
  const max = scoreBound(high);
  return (sorted) => {
    const start = sorted.countBefore((entry) => (min.isExclusive ? entry.score <= min.value : entry.score < min.value));
    const end = sorted.countBefore((entry) => (max.isExclusive ? entry.score < max.value : entry.score <= max.value));
    return start >= end ? null : { start, stop: end - 1 };
  };
}

/** `-` and `+` are below and above everything. */
type LexBound =
  | { readonly kind: 'lowest' }
  | { readonly kind: 'highest' }
  | { readonly kind: 'text'; readonly text: string; readonly isExclusive: boolean };

function lexBound(text: string): LexBound {
  if (text === '-') return { kind: 'lowest' };
  if (text === '+') return { kind: 'highest' };
  if (text.startsWith('[')) return { kind: 'text', text: text.slice(1), isExclusive: false };
  if (text.startsWith('(')) return { kind: 'text', text: text.slice(1), isExclusive: true };
  return errors.fail(errors.MIN_MAX_LEX);
}

/**
 * Only with equal scores is the order by bytes; with others the outcome is what Redis's walk over a listpack gives: from the first member that is
 * not below the range to the last one before something is above it, or the other way round. A large set is searched as if it were ordered,
 * where Redis follows its skip list: the manual leaves both undefined.
 */
function lexRange(low: string, high: string, isReversed = false): RangeFinder {
  const min = lexBound(low);
  const max = lexBound(high);
  return (sorted) => {
    if (!sorted.isSkiplist) return walkLexRange(sorted, min, max, isReversed);
    const start = sorted.countBefore((entry) => isBelow(entry.member, min, true));
    const end = sorted.countBefore((entry) => isBelow(entry.member, max, false));
    return start >= end ? null : { start, stop: end - 1 };
  };
}

function walkLexRange(sorted: SortedSetValue, min: LexBound, max: LexBound, isReversed: boolean): Ranks {
  const members: string[] = [];
  for (const entry of sorted.entries()) members.push(entry.member);
  const isHighEnough = (at: number): boolean => !isBelow(members[at]!, min, true);
  const isLowEnough = (at: number): boolean => isBelow(members[at]!, max, false);
  const last = members.length - 1;
  if (isEmptyLexRange(min, max) || !isHighEnough(last) || !isLowEnough(0)) return null;
  if (isReversed) {
    let stop = last;
    while (stop >= 0 && !isLowEnough(stop)) stop -= 1;
    let start = stop;
    while (start >= 0 && isHighEnough(start)) start -= 1;
    return start === stop ? null : { start: start + 1, stop };
  }
  let start = 0;
  while (start <= last && !isHighEnough(start)) start += 1;
  let stop = start;
  while (stop <= last && isLowEnough(stop)) stop += 1;
  return stop === start ? null : { start, stop: stop - 1 };
}

function isEmptyLexRange(min: LexBound, max: LexBound): boolean {
  if (min.kind === 'highest' || max.kind === 'lowest') return min.kind !== max.kind;
  if (min.kind === 'lowest' || max.kind === 'highest') return false;
  return min.text > max.text || (min.text === max.text && (min.isExclusive || max.isExclusive));
}

/** For the low bound: whether a member is before the range. For the high one: whether it is not behind the range. */
function isBelow(member: string, bound: LexBound, isLow: boolean): boolean {
  if (bound.kind === 'lowest') return false;
  if (bound.kind === 'highest') return true;
  if (isLow) return bound.isExclusive ? member <= bound.text : member < bound.text;
  return bound.isExclusive ? member < bound.text : member <= bound.text;
}

function count(client: Client, args: readonly string[], find: RangeFinder): Reply {
  const sorted = asSortedSet(client.db.read(args[1]!));
  const ranks = sorted === undefined ? null : find(sorted);
  return int(ranks === null ? 0 : ranks.stop - ranks.start + 1);
}

function remove(client: Client, key: string, event: string, find: RangeFinder): Reply {
  const sorted = asSortedSet(client.db.write(key));
  const ranks = sorted === undefined ? null : find(sorted);
  if (sorted === undefined || ranks === null) return int(0);
  const entries = sorted.range(ranks.start, ranks.stop, false);
  for (const entry of entries) sorted.delete(entry.member);
  client.engine.walked(entries.length);
  client.changed(key, NOTIFY.zset, event, entries.length);
  removeIfEmpty(client, key, sorted);
  return int(entries.length);
}

function storeEntries(client: Client, target: string, entries: readonly ScoredMember[]): Reply {
  if (entries.length > 0) {
    const result = new SortedSetValue();
    for (const entry of entries) result.set(entry.member, entry.score, client.engine.config.sortedSetLimits);
    client.db.put(target, result);
    client.changed(target, NOTIFY.zset, 'zrangestore');
  } else if (client.db.write(target) !== undefined) {
    client.db.delete(target);
    client.changed(target, NOTIFY.generic, 'del');
  }
  return int(entries.length);
}
