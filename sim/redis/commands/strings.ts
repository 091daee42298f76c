/** String commands (t_string.c), without bitmaps. */
import type { Client } from '../client.ts';
import type { Handlers } from '../command.ts';
import { NOTIFY } from '../config.ts';
import * as errors from '../errors.ts';
import { asString } from '../keyspace.ts';
import { addLongDouble, formatLongDouble, parseLongDouble } from '../long-double.ts';
import { INT64_MAX, INT64_MIN, parseInt64, parseSafeInteger } from '../numbers.ts';
import * as propagation from '../propagation.ts';
import { array, bulk, int, int64, NIL, OK, type Reply } from '../reply.ts';
import { StringValue } from '../values/string-value.ts';
import { int64Argument, integerArgument } from './arguments.ts';

interface SetOptions {
  condition: 'nx' | 'xx' | null;
  isKeepingExpiry: boolean;
  isPersisting: boolean;
  isGetting: boolean;
  /** Wall milliseconds; -1 without. */
  expireAtMs: number;
}

export const stringCommands: Handlers = {
  get(client, args) {
    const value = asString(client.db.read(args[1]!));
    return value === undefined ? NIL : bulk(value.text);
  },

  set(client, args) {
    const options = parseSetOptions(client, args, 3, false);
    const key = args[1]!;
    let old: Reply = NIL;
    if (options.isGetting) {
      const value = asString(client.db.read(key));
      if (value !== undefined) old = bulk(value.text);
    }
    const exists = client.db.write(key) !== undefined;
    if (options.condition === (exists ? 'nx' : 'xx')) return options.isGetting ? old : NIL;
    putString(client, key, args[2]!, options);
    return options.isGetting ? old : OK;
  },

  setnx(client, args) {
    if (client.db.write(args[1]!) !== undefined) return int(0);
    putString(client, args[1]!, args[2]!, plainSet());
    return int(1);
  },

  setex(client, args) {
    const expireAtMs = expiryArgument(client, args[2]!, 'EX', 'setex');
    putString(client, args[1]!, args[3]!, { ...plainSet(), expireAtMs });
    return OK;
  },

  psetex(client, args) {
    const expireAtMs = expiryArgument(client, args[2]!, 'PX', 'psetex');
    putString(client, args[1]!, args[3]!, { ...plainSet(), expireAtMs });
    return OK;
  },

  getset(client, args) {
    const old = asString(client.db.read(args[1]!));
    const reply = old === undefined ? NIL : bulk(old.text);
    client.db.put(args[1]!, new StringValue(args[2]!));
    client.changed(args[1]!, NOTIFY.string, 'set');
    client.engine.propagation.replace(client.db.number, ['SET', args[1]!, args[2]!]);
    return reply;
  },

  getdel(client, args) {
    const value = asString(client.db.read(args[1]!));
    if (value === undefined) return NIL;
    client.db.delete(args[1]!);
    client.changed(args[1]!, NOTIFY.generic, 'del');
    client.engine.propagation.replace(client.db.number, propagation.removeKey(args[1]!));
    return bulk(value.text);
  },

  getex(client, args) {
    const options = parseSetOptions(client, args, 2, true);
    const key = args[1]!;
    const value = asString(client.db.read(key));
    if (value === undefined) return NIL;
    const reply = bulk(value.text);
    if (options.expireAtMs >= 0) expireString(client, key, value, options.expireAtMs);
    else if (options.isPersisting && client.db.clearExpiry(key, value)) {
      client.changed(key, NOTIFY.generic, 'persist');
      client.engine.propagation.replace(client.db.number, propagation.persist(key));
    }
    return reply;
  },

  mget(client, args) {
    const replies: Reply[] = [];
    for (let index = 1; index < args.length; index++) {
      const value = client.db.read(args[index]!);
      replies.push(value?.kind === 'string' ? bulk(value.text) : NIL);
    }
    return array(replies);
  },

  mset(client, args) {
    if (args.length % 2 === 0) return errors.fail(errors.wrongArity('mset'));
    setMany(client, args);
    return OK;
  },

  msetnx(client, args) {
    if (args.length % 2 === 0) return errors.fail(errors.wrongArity('msetnx'));
    for (let index = 1; index < args.length; index += 2) {
      if (client.db.write(args[index]!) !== undefined) return int(0);
    }
    setMany(client, args);
    return int(1);
  },

  incr(client, args) {
    return increment(client, args[1]!, 1n);
  },

  decr(client, args) {
    return increment(client, args[1]!, -1n);
  },

  incrby(client, args) {
    return increment(client, args[1]!, int64Argument(args[2]!));
  },

  decrby(client, args) {
    const amount = int64Argument(args[2]!);
    if (amount === INT64_MIN) return errors.fail(errors.DECREMENT_OVERFLOW);
    return increment(client, args[1]!, -amount);
  },

  incrbyfloat(client, args) {
    const key = args[1]!;
    const value = asString(client.db.write(key));
    const text = addFloats(value?.text ?? '0', args[2]!, errors.NOT_A_FLOAT);
    client.db.put(key, new StringValue(text), true);
    client.changed(key, NOTIFY.string, 'incrbyfloat');
    client.engine.propagation.replace(client.db.number, propagation.setKeepingExpiry(key, text));
    return bulk(text);
  },

  append(client, args) {
    const key = args[1]!;
    const value = asString(client.db.write(key));
    if (value === undefined) {
      client.db.add(key, new StringValue(args[2]!));
      client.changed(key, NOTIFY.string, 'append');
      return int(args[2]!.length);
    }
    checkLength(client, value.length + args[2]!.length);
    value.text += args[2]!;
    value.isRaw = true;
    client.changed(key, NOTIFY.string, 'append');
    return int(value.length);
  },

  strlen(client, args) {
    return int(asString(client.db.read(args[1]!))?.length ?? 0);
  },

  setrange(client, args) {
    const key = args[1]!;
    const offset = integerArgument(args[2]!);
    const text = args[3]!;
    if (offset < 0) return errors.fail(errors.OFFSET_OUT_OF_RANGE);
    let value = asString(client.db.write(key));
    if (text.length === 0) return int(value?.length ?? 0);
    checkLength(client, offset + text.length);
    if (value === undefined) {
      value = new StringValue('');
      client.db.add(key, value);
    }
    value.writable(offset + text.length).write(text, offset, 'latin1');
    client.changed(key, NOTIFY.string, 'setrange');
    return int(value.length);
  },

  getrange: getRange,
  substr: getRange,

  lcs(client, args) {
    return longestCommonSubsequence(client, args);
  },
};

function plainSet(): SetOptions {
  return { condition: null, isKeepingExpiry: false, isPersisting: false, isGetting: false, expireAtMs: -1 };
}

function parseSetOptions(client: Client, args: readonly string[], from: number, isGetex: boolean): SetOptions {
  const options = plainSet();
  let unit = '';
  let expiry = '';
  for (let at = from; at < args.length; at++) {
    const option = args[at]!.toUpperCase();
    const hasNext = at + 1 < args.length;
    const isFree = unit === '' && !options.isKeepingExpiry && !options.isPersisting;
    if (!isGetex && (option === 'NX' || option === 'XX')) {
      const condition = option === 'NX' ? 'nx' : 'xx';
      if (options.condition !== null && options.condition !== condition) return errors.fail(errors.SYNTAX);
      options.condition = condition;
    } else if (!isGetex && option === 'GET') options.isGetting = true;
    else if (!isGetex && option === 'KEEPTTL' && unit === '') options.isKeepingExpiry = true;
    else if (isGetex && option === 'PERSIST' && unit === '') options.isPersisting = true;
    else if (EXPIRY_UNITS.has(option) && hasNext && (isFree || (unit === option && !options.isKeepingExpiry))) {
      unit = option;
      expiry = args[at + 1]!;
      at += 1;
    } else return errors.fail(errors.SYNTAX);
  }
  if (unit === '') return options;
  // GETEX looks at the key before it looks at the time.
  if (isGetex && asString(client.db.peek(args[1]!)) === undefined) return options;
  options.expireAtMs = expiryArgument(client, expiry, unit, isGetex ? 'getex' : 'set');
  return options;
}

const EXPIRY_UNITS = new Set(['EX', 'PX', 'EXAT', 'PXAT']);

/** Wall milliseconds of an expiry given as seconds or milliseconds, from now or absolute. It must be above zero and must not overflow. */
function expiryArgument(client: Client, text: string, unit: string, command: string): number {
  let value = int64Argument(text);
  if (value <= 0n) return errors.fail(errors.invalidExpire(command));
  if (unit === 'EX' || unit === 'EXAT') {
    if (value > INT64_MAX / 1000n) return errors.fail(errors.invalidExpire(command));
    value *= 1000n;
  }
  if (unit === 'EX' || unit === 'PX') {
    value += BigInt(client.engine.nowMs);
    if (value > INT64_MAX) return errors.fail(errors.invalidExpire(command));
  }
  return Number(value);
}

function putString(client: Client, key: string, text: string, options: SetOptions): void {
  const value = new StringValue(text);
  client.db.put(key, value, options.isKeepingExpiry);
  if (options.expireAtMs >= 0) client.db.setExpiry(key, value, options.expireAtMs);
  client.changed(key, NOTIFY.string, 'set');
  if (options.expireAtMs < 0) return;
  if (client.engine.config.notifyFlags !== 0) client.engine.notify(client.db, NOTIFY.generic, 'expire', key);
  client.engine.propagation.replace(client.db.number, propagation.setWithExpiry(key, text, options.expireAtMs));
}

/** GETEX with an absolute time in the past deletes the key. */
function expireString(client: Client, key: string, value: StringValue, atMs: number): void {
  if (atMs <= client.engine.nowMs) {
    client.db.delete(key);
    client.changed(key, NOTIFY.generic, 'del');
    client.engine.propagation.replace(client.db.number, propagation.removeKey(key));
    return;
  }
  client.db.setExpiry(key, value, atMs);
  client.changed(key, NOTIFY.generic, 'expire');
  client.engine.propagation.replace(client.db.number, propagation.expireAt(key, atMs));
}

function setMany(client: Client, args: readonly string[]): void {
  for (let index = 1; index < args.length; index += 2) {
    client.db.put(args[index]!, new StringValue(args[index + 1]!));
    client.changed(args[index]!, NOTIFY.string, 'set');
  }
}

function increment(client: Client, key: string, amount: bigint): Reply {
  const value = asString(client.db.write(key));
  const text = value?.text ?? '0';
  const safe = parseSafeInteger(text);
  const small = Number(amount);
  let sum: string;
  let reply: Reply;
  if (Math.abs(safe) < 1e15 && Math.abs(small) < 1e15) {
    reply = int(safe + small);
    sum = String(safe + small);
  } else {
    const wide = parseInt64(text);
    if (wide === null) return errors.fail(errors.NOT_AN_INTEGER);
    const total = wide + amount;
    if (total > INT64_MAX || total < INT64_MIN) return errors.fail(errors.OVERFLOW);
    reply = int64(total);
    sum = String(total);
  }
  if (value === undefined) client.db.add(key, new StringValue(sum));
  else {
    value.text = sum;
    value.isRaw = false;
  }
  client.changed(key, NOTIFY.string, 'incrby');
  return reply;
}

/** The sum of two numbers as INCRBYFLOAT and HINCRBYFLOAT store it. */
export function addFloats(left: string, right: string, leftMessage: string): string {
  const augend = parseLongDouble(left);
  if (augend === null || augend === 'nan') return errors.fail(leftMessage);
  const addend = parseLongDouble(right);
  if (addend === null || addend === 'nan') return errors.fail(errors.NOT_A_FLOAT);
  if (typeof augend === 'string' || typeof addend === 'string') return errors.fail(errors.NAN_OR_INFINITY);
  const sum = addLongDouble(augend, addend);
  return sum === null ? errors.fail(errors.NAN_OR_INFINITY) : formatLongDouble(sum);
}

function checkLength(client: Client, length: number): void {
  if (length > client.engine.config.bulkBytesMax) errors.fail(errors.STRING_TOO_LONG);
}

function getRange(client: Client, args: string[]): Reply {
  const start = integerArgument(args[2]!);
  const stop = integerArgument(args[3]!);
  const value = asString(client.db.read(args[1]!));
  const length = value?.length ?? 0;
  if (start < 0 && stop < 0 && start > stop) return bulk('');
  const from = Math.max(0, start < 0 ? start + length : start);
  const to = Math.min(length - 1, Math.max(0, stop < 0 ? stop + length : stop));
  if (from > to || length === 0) return bulk('');
  return bulk(value!.text.slice(from, to + 1));
}

interface Match {
  readonly left: readonly [number, number];
  readonly right: readonly [number, number];
  readonly length: number;
}

function longestCommonSubsequence(client: Client, args: readonly string[]): Reply {
  let isLength = false;
  let isIndexes = false;
  let isWithLengths = false;
  let lengthMin = 0;
  const first = client.db.read(args[1]!);
  const second = client.db.read(args[2]!);
  if ((first !== undefined && first.kind !== 'string') || (second !== undefined && second.kind !== 'string')) {
    return errors.fail(errors.LCS_STRINGS_ONLY);
  }
  const left = first?.kind === 'string' ? first.text : '';
  const right = second?.kind === 'string' ? second.text : '';
  for (let at = 3; at < args.length; at++) {
    const option = args[at]!.toUpperCase();
    if (option === 'IDX') isIndexes = true;
    else if (option === 'LEN') isLength = true;
    else if (option === 'WITHMATCHLEN') isWithLengths = true;
    else if (option === 'MINMATCHLEN' && at + 1 < args.length) {
      lengthMin = Math.max(0, integerArgument(args[at + 1]!));
      at += 1;
    } else return errors.fail(errors.SYNTAX);
  }
  if (isIndexes && isLength) return errors.fail(errors.LCS_BOTH);
  const { text, matches } = alignStrings(left, right);
  client.engine.walked((left.length * right.length) / 64);
  if (isLength) return int(text.length);
  if (!isIndexes) return bulk(text);
  const replies = matches
    .filter((match) => match.length >= lengthMin)
    .map((match) => {
      const parts = [rangeReply(match.left), rangeReply(match.right)];
      if (isWithLengths) parts.push(int(match.length));
      return array(parts);
    });
  return {
    kind: 'map',
    value: [
      [bulk('matches'), array(replies)],
      [bulk('len'), int(text.length)],
    ],
  };
}

function rangeReply(range: readonly [number, number]): Reply {
  return array([int(range[0]), int(range[1])]);
}

/** The classic table, walked from the end as Redis does, so that ties are broken alike. */
function alignStrings(left: string, right: string): { text: string; matches: Match[] } {
  const width = right.length + 1;
  const table = new Uint32Array((left.length + 1) * width);
  for (let row = 1; row <= left.length; row++) {
    for (let column = 1; column <= right.length; column++) {
      const above = table[(row - 1) * width + column]!;
      const before = table[row * width + column - 1]!;
      table[row * width + column] =
        left[row - 1] === right[column - 1] ? table[(row - 1) * width + column - 1]! + 1 : Math.max(above, before);
    }
  }
  const matches: Match[] = [];
  let text = '';
  let row = left.length;
  let column = right.length;
  while (row > 0 && column > 0) {
    if (left[row - 1] === right[column - 1]) {
      const rowEnd = row - 1;
      const columnEnd = column - 1;
      while (row > 0 && column > 0 && left[row - 1] === right[column - 1]) {
        text = left[row - 1]! + text;
        row -= 1;
        column -= 1;
      }
      matches.push({ left: [row, rowEnd], right: [column, columnEnd], length: rowEnd - row + 1 });
    } else if (table[(row - 1) * width + column]! > table[row * width + column - 1]!) row -= 1;
    else column -= 1;
  }
  return { text, matches };
}
