/** Sorted-set commands (t_zset.c): writing, reading, popping. Ranges are in `sorted-set-ranges.ts`, unions and the like in `sorted-set-algebra.ts`. */
import type { Client } from '../client.ts';
import type { Handlers } from '../command.ts';
import { NOTIFY } from '../config.ts';
import * as errors from '../errors.ts';
import { asSortedSet } from '../keyspace.ts';
import { array, bulk, double, EMPTY_ARRAY, int, NIL, NIL_ARRAY, NO_REPLY, type Reply } from '../reply.ts';
import { type ScoredMember, SortedSetValue } from '../values/sorted-set-value.ts';
import {
  checkPairedCount,
  doubleArgument,
  drawCountArgument,
  positiveArgument,
  rangedArgument,
  timeoutArgument,
} from './arguments.ts';
import { drawNames } from './hashes.ts';
import { scanCollection } from './scan.ts';

type End = 'min' | 'max';

export const sortedSetCommands: Handlers = {
  zadd(client, args) {
    return add(client, args, parseAddOptions(args, 2));
  },

  zincrby(client, args) {
    return add(client, args, parseAddOptions(args, 2, true));
  },

  zrem(client, args) {
    const key = args[1]!;
    const sorted = asSortedSet(client.db.write(key));
    if (sorted === undefined) return int(0);
    let removed = 0;
    for (let index = 2; index < args.length; index++) if (sorted.delete(args[index]!)) removed += 1;
    if (removed > 0) {
      client.changed(key, NOTIFY.zset, 'zrem', removed);
      removeIfEmpty(client, key, sorted);
    }
    return int(removed);
  },

  zcard(client, args) {
    return int(asSortedSet(client.db.read(args[1]!))?.size ?? 0);
  },

  zscore(client, args) {
    return scoreReply(asSortedSet(client.db.read(args[1]!))?.score(args[2]!));
  },

  zmscore(client, args) {
    const sorted = asSortedSet(client.db.read(args[1]!));
    const replies: Reply[] = [];
    for (let index = 2; index < args.length; index++) replies.push(scoreReply(sorted?.score(args[index]!)));
    return array(replies);
  },

  zrank: (client, args) => rank(client, args, false),
  zrevrank: (client, args) => rank(client, args, true),
  zpopmin: (client, args) => popCommand(client, args, 'min'),
  zpopmax: (client, args) => popCommand(client, args, 'max'),
  bzpopmin: (client, args) => blockingPop(client, args, 'min'),
  bzpopmax: (client, args) => blockingPop(client, args, 'max'),
  zmpop: (client, args) => popFromFirst(client, args, 1, null),
  bzmpop: (client, args) => popFromFirst(client, args, 2, args[1]!),

  zrandmember(client, args) {
    return randomMembers(client, args);
  },

  zscan(client, args) {
    return scanCollection(client, args, 'zset');
  },
};

interface AddOptions {
  readonly isNx: boolean;
  readonly isXx: boolean;
  readonly isGt: boolean;
  readonly isLt: boolean;
  readonly isCountingChanges: boolean;
  readonly isIncrement: boolean;
  /** Position of the first score. */
  readonly from: number;
}

function parseAddOptions(args: readonly string[], from: number, isIncrement = false): AddOptions {
  const seen = new Set<string>();
  let at = from;
  for (; at < args.length; at++) {
    const option = args[at]!.toUpperCase();
    if (!ADD_OPTIONS.has(option)) break;
    seen.add(option);
  }
  const options: AddOptions = {
    isNx: seen.has('NX'),
    isXx: seen.has('XX'),
    isGt: seen.has('GT'),
    isLt: seen.has('LT'),
    isCountingChanges: seen.has('CH'),
    isIncrement: isIncrement || seen.has('INCR'),
    from: at,
  };
  const words = args.length - at;
  if (words === 0 || words % 2 === 1) return errors.fail(errors.SYNTAX);
  if (options.isNx && options.isXx) return errors.fail(errors.ZADD_NX_XX);
  if ((options.isNx && (options.isGt || options.isLt)) || (options.isGt && options.isLt)) {
    return errors.fail(errors.ZADD_GT_LT_NX);
  }
  if (options.isIncrement && words > 2) return errors.fail(errors.ZADD_INCR_PAIR);
  return options;
}

const ADD_OPTIONS = new Set(['NX', 'XX', 'GT', 'LT', 'CH', 'INCR']);

function add(client: Client, args: readonly string[], options: AddOptions): Reply {
  const key = args[1]!;
  const scores: number[] = [];
  for (let at = options.from; at < args.length; at += 2) scores.push(doubleArgument(args[at]!));
  const existing = asSortedSet(client.db.write(key));
  if (existing === undefined && options.isXx) return options.isIncrement ? NIL : int(0);
  const sorted = existing ?? new SortedSetValue();
  let added = 0;
  let updated = 0;
  let score: number | null = null;
  for (let index = 0; index < scores.length; index++) {
    const member = args[options.from + 2 * index + 1]!;
    const old = sorted.score(member);
    const outcome = addOne(client, sorted, member, scores[index]!, options);
    if (outcome === 'added') added += 1;
    else if (outcome === 'updated') updated += 1;
    // The sum itself, not what is stored: a listpack loses the sign of minus zero.
    score = outcome === 'refused' ? null : old === undefined ? scores[index]! : old + scores[index]!;
  }
  if (existing === undefined) client.db.add(key, sorted);
  if (added + updated > 0) client.changed(key, NOTIFY.zset, options.isIncrement ? 'zincr' : 'zadd', added + updated);
  if (options.isIncrement) return score === null ? NIL : double(score);
  return int(options.isCountingChanges ? added + updated : added);
}

function addOne(
  client: Client,
  sorted: SortedSetValue,
  member: string,
  given: number,
  options: AddOptions,
): 'added' | 'updated' | 'same' | 'refused' {
  const old = sorted.score(member);
  const limits = client.engine.config.sortedSetLimits;
  if (old === undefined) {
    if (options.isXx) return 'refused';
    sorted.set(member, given, limits);
    return 'added';
  }
  if (options.isNx) return 'refused';
  const score = options.isIncrement ? old + given : given;
  if (Number.isNaN(score)) return errors.fail(errors.SCORE_NAN);
  if ((options.isLt && score >= old) || (options.isGt && score <= old)) return 'refused';
  if (score === old) return 'same';
  sorted.set(member, score, limits);
  return 'updated';
}

export function scoreReply(score: number | undefined): Reply {
  return score === undefined ? NIL : double(score);
}

export function removeIfEmpty(client: Client, key: string, sorted: SortedSetValue): void {
  if (sorted.size > 0) return;
  client.db.delete(key);
  client.engine.notify(client.db, NOTIFY.generic, 'del', key);
}

function rank(client: Client, args: readonly string[], isReversed: boolean): Reply {
  const sorted = asSortedSet(client.db.read(args[1]!));
  const position = sorted?.rank(args[2]!) ?? -1;
  if (position < 0) return NIL;
  return int(isReversed ? sorted!.size - 1 - position : position);
}

/** Takes up to `count` entries off an end, with the events of a pop. */
function take(client: Client, key: string, sorted: SortedSetValue, end: End, count: number): readonly ScoredMember[] {
  const number = Math.min(count, sorted.size);
  const entries =
    end === 'min' ? sorted.range(0, number - 1, false) : sorted.range(sorted.size - number, sorted.size - 1, true);
  for (const entry of entries) sorted.delete(entry.member);
  client.changed(key, NOTIFY.zset, end === 'min' ? 'zpopmin' : 'zpopmax', entries.length);
  removeIfEmpty(client, key, sorted);
  return entries;
}

function popEffect(key: string, end: End, count: number): string[] {
  return [end === 'min' ? 'ZPOPMIN' : 'ZPOPMAX', key, String(count)];
}

function popCommand(client: Client, args: readonly string[], end: End): Reply {
  if (args.length > 3) return errors.fail(errors.SYNTAX);
  const key = args[1]!;
  const count = args.length === 3 ? positiveArgument(args[2]!) : null;
  const sorted = asSortedSet(client.db.write(key));
  if (sorted === undefined || count === 0) return EMPTY_ARRAY;
  const entries = take(client, key, sorted, end, count ?? 1);
  return entriesReply(client, entries, count !== null);
}

/** Members with scores: flat in RESP2, pairs in RESP3 when they are many. */
export function entriesReply(client: Client, entries: Iterable<ScoredMember>, isPaired = true): Reply {
  const replies: Reply[] = [];
  for (const entry of entries) {
    if (client.resp === 3 && isPaired) replies.push(array([bulk(entry.member), double(entry.score)]));
    else replies.push(bulk(entry.member), double(entry.score));
  }
  return array(replies);
}

function pairsReply(entries: readonly ScoredMember[]): Reply {
  return array(entries.map((entry) => array([bulk(entry.member), double(entry.score)])));
}

function blockingPop(client: Client, args: readonly string[], end: End): Reply {
  const timeoutMs = timeoutArgument(args[args.length - 1]!);
  const keys = args.slice(1, -1);
  const pop = (popper: Client, key: string, sorted: SortedSetValue): Reply => {
    const entry = take(popper, key, sorted, end, 1)[0]!;
    return array([bulk(key), bulk(entry.member), double(entry.score)]);
  };
  for (const key of keys) {
    const sorted = asSortedSet(client.db.write(key));
    if (sorted === undefined) continue;
    const reply = pop(client, key, sorted);
    client.engine.propagation.replace(client.db.number, popEffect(key, end, 1));
    return reply;
  }
  if (client.isBlockingDenied) return NIL_ARRAY;
  client.engine.blocking.block(client, {
    kind: 'zset',
    keys,
    timeoutMs,
    timeoutReply: NIL_ARRAY,
    isServedByLoss: false,
    attempt: (waiting, key, value) => {
      const reply = pop(waiting, key, value as SortedSetValue);
      waiting.engine.propagation.now(waiting.db.number, popEffect(key, end, 1));
      waiting.write(reply);
      return true;
    },
  });
  return NO_REPLY;
}

/** ZMPOP and BZMPOP: `numkeys key [key ...] MIN|MAX [COUNT count]`. */
function popFromFirst(client: Client, args: readonly string[], countAt: number, timeout: string | null): Reply {
  const keyCount = rangedArgument(args[countAt]!, 1, 9.3e18, errors.NUMKEYS_POSITIVE);
  const endAt = countAt + 1 + keyCount;
  if (endAt >= args.length) return errors.fail(errors.SYNTAX);
  const word = args[endAt]!.toUpperCase();
  if (word !== 'MIN' && word !== 'MAX') return errors.fail(errors.SYNTAX);
  const end: End = word === 'MIN' ? 'min' : 'max';
  let count = -1;
  for (let at = endAt + 1; at < args.length; at += 2) {
    if (count >= 0 || args[at]!.toUpperCase() !== 'COUNT' || at + 1 >= args.length) return errors.fail(errors.SYNTAX);
    count = rangedArgument(args[at + 1]!, 1, 9.3e18, errors.COUNT_POSITIVE);
  }
  if (count < 0) count = 1;
  const timeoutMs = timeout === null ? null : timeoutArgument(timeout);
  const keys = args.slice(countAt + 1, endAt);
  for (const key of keys) {
    const sorted = asSortedSet(client.db.write(key));
    if (sorted === undefined) continue;
    const entries = take(client, key, sorted, end, count);
    client.engine.propagation.replace(client.db.number, popEffect(key, end, entries.length));
    return array([bulk(key), pairsReply(entries)]);
  }
  if (timeoutMs === null || client.isBlockingDenied) return NIL_ARRAY;
  client.engine.blocking.block(client, {
    kind: 'zset',
    keys,
    timeoutMs,
    timeoutReply: NIL_ARRAY,
    isServedByLoss: false,
    attempt: (waiting, key, value) => {
      const entries = take(waiting, key, value as SortedSetValue, end, count);
      waiting.engine.propagation.now(waiting.db.number, popEffect(key, end, entries.length));
      waiting.write(array([bulk(key), pairsReply(entries)]));
      return true;
    },
  });
  return NO_REPLY;
}

function randomMembers(client: Client, args: readonly string[]): Reply {
  if (args.length === 2) {
    const member = asSortedSet(client.db.read(args[1]!))?.index().random(client.engine.stream('random'));
    return member === undefined ? NIL : bulk(member);
  }
  const count = drawCountArgument(args[2]!);
  if (args.length > 4 || (args.length === 4 && args[3]!.toUpperCase() !== 'WITHSCORES'))
    return errors.fail(errors.SYNTAX);
  const isWithScores = args.length === 4;
  if (isWithScores) checkPairedCount(args[2]!);
  const sorted = asSortedSet(client.db.read(args[1]!));
  if (sorted === undefined || count === 0) return EMPTY_ARRAY;
  const members = drawNames(client, sorted, count);
  if (!isWithScores) return array(members.map(bulk));
  return entriesReply(
    client,
    members.map((member) => ({ member, score: sorted.score(member)! })),
  );
}
