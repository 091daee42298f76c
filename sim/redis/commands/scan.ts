/** SCAN, HSCAN, SSCAN, ZSCAN: one grammar, and cursors as `values/ordered-index.ts` explains. A small collection comes whole, as in Redis. */
import type { Client } from '../client.ts';
import * as errors from '../errors.ts';
import { globMatches } from '../glob.ts';
import { formatDouble, LONG_MAX, parseUint64 } from '../numbers.ts';
import { array, bulk, EMPTY_ARRAY, type Reply } from '../reply.ts';
import type { OrderedIndex } from '../values/ordered-index.ts';
import type { SortedSetValue } from '../values/sorted-set-value.ts';
import { integerArgument } from './arguments.ts';

const COUNT_DEFAULT = 10;

interface ScanOptions {
  readonly cursor: bigint;
  readonly count: number;
  readonly pattern: string;
  readonly type: string | null;
}

/** SCAN over the keys of a database. */
export function scanKeys(client: Client, args: readonly string[]): Reply {
  const options = parseOptions(args, 1, true);
  const database = client.db;
  const names: string[] = [];
  const next = database.index().scan(options.cursor, options.count, (key) => names.push(key));
  const replies: Reply[] = [];
  for (const key of names) {
    if (options.pattern !== '*' && !globMatches(options.pattern, key)) continue;
    if (options.type !== null && database.keys.get(key)?.kind !== options.type) continue;
    if (database.peek(key) !== undefined) replies.push(bulk(key));
  }
  client.engine.walked(names.length);
  return scanReply(next, replies);
}

/** HSCAN, SSCAN, ZSCAN. */
export function scanCollection(client: Client, args: readonly string[], kind: 'hash' | 'set' | 'zset'): Reply {
  parseCursor(args[2]!);
  const value = client.db.read(args[1]!);
  if (value === undefined) return scanReply(0n, []);
  if (value.kind !== kind) return errors.fail(errors.WRONG_TYPE);
  const options = parseOptions(args, 2, false);
  if (value.kind === 'hash') {
    const hash = value;
    return scanWith(options, hash.isTable ? hash.index() : null, hash.fields.keys(), (field, replies) => {
      replies.push(bulk(field), bulk(hash.get(field)!));
    });
  }
  if (value.kind === 'set') {
    const set = value;
    return scanWith(options, set.isTable ? set.index() : null, set.members(), (member, replies) => {
      replies.push(bulk(member));
    });
  }
  const sorted = value;
  const names = function* (): Iterable<string> {
    for (const entry of sorted.entries()) yield entry.member;
  };
  return scanWith(options, sorted.isSkiplist ? sorted.index() : null, names(), (member, replies) => {
    replies.push(bulk(member), bulk(scoreText(sorted, member)));
  });
}

/** @param index null when the collection is small: then all of it comes at once and the cursor is ignored */
function scanWith(
  options: ScanOptions,
  index: OrderedIndex | null,
  all: Iterable<string>,
  add: (name: string, replies: Reply[]) => void,
): Reply {
  const replies: Reply[] = [];
  const visit = (name: string): void => {
    if (options.pattern === '*' || globMatches(options.pattern, name)) add(name, replies);
  };
  if (index !== null) return scanReply(index.scan(options.cursor, options.count, visit), replies);
  for (const name of all) visit(name);
  return scanReply(0n, replies);
}

function scanReply(cursor: bigint, replies: readonly Reply[]): Reply {
  return array([bulk(String(cursor)), replies.length === 0 ? EMPTY_ARRAY : array(replies)]);
}

function parseOptions(args: readonly string[], cursorAt: number, isTypeAllowed: boolean): ScanOptions {
  const cursor = parseCursor(args[cursorAt]!);
  let count = COUNT_DEFAULT;
  let pattern = '*';
  let type: string | null = null;
  for (let at = cursorAt + 1; at < args.length; at += 2) {
    const option = args[at]!.toUpperCase();
    const argument = args[at + 1];
    if (argument === undefined) return errors.fail(errors.SYNTAX);
    if (option === 'COUNT') {
      count = integerArgument(argument);
      if (count < 1) return errors.fail(errors.SYNTAX);
    } else if (option === 'MATCH') pattern = argument;
    else if (option === 'TYPE' && isTypeAllowed) type = argument.toLowerCase();
    else return errors.fail(errors.SYNTAX);
  }
  return { cursor, count, pattern, type };
}

/** A listpack holds a whole score as an integer, and shows it as one. */
function scoreText(sorted: SortedSetValue, member: string): string {
  const score = sorted.score(member)!;
  if (!sorted.isSkiplist && Number.isInteger(score) && Math.abs(score) <= LONG_MAX / 2) return String(BigInt(score));
  return formatDouble(score);
}

/** `strtoul` up to the first NUL: nothing at all is zero, leading zeros and a sign are taken, a space or something behind is not. */
function parseCursor(argument: string): bigint {
  const end = argument.indexOf('\0');
  const text = end < 0 ? argument : argument.slice(0, end);
  if (text === '') return 0n;
  const exact = parseUint64(text);
  if (exact !== null) return exact;
  if (/^[+-]?[0-9]+$/.test(text) && text.length <= 20) return BigInt.asUintN(64, BigInt(text.replace('+', '')));
  return errors.fail(errors.INVALID_CURSOR);
}
