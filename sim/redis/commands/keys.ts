/** Commands on keys of any kind (db.c, expire.c, object.c), without SCAN's grammar and SORT. */
import type { Client } from '../client.ts';
import type { Handlers } from '../command.ts';
import { NOTIFY } from '../config.ts';
import * as errors from '../errors.ts';
import { decayed } from '../eviction.ts';
import { globMatches } from '../glob.ts';
import { INT64_MAX, INT64_MIN, parseInt64 } from '../numbers.ts';
import { copyValue } from '../persistence.ts';
import * as propagation from '../propagation.ts';
import { bulk, bulks, int, NIL, OK, type Reply, status } from '../reply.ts';
import { breakWatches } from '../transaction.ts';
import { int64Argument, integerArgument } from './arguments.ts';
import { helpCommand } from './help.ts';
import { scanKeys } from './scan.ts';

export const keyCommands: Handlers = {
  del: deleteKeys,
  unlink: deleteKeys,

  exists(client, args) {
    let count = 0;
    for (let index = 1; index < args.length; index++) if (client.db.read(args[index]!) !== undefined) count += 1;
    return int(count);
  },

  touch(client, args) {
    let count = 0;
    for (let index = 1; index < args.length; index++) if (client.db.read(args[index]!) !== undefined) count += 1;
    return int(count);
  },

  type(client, args) {
    return status(client.db.peek(args[1]!)?.kind ?? 'none');
  },

  keys(client, args) {
    const found: string[] = [];
    client.engine.walked(client.db.size);
    for (const key of [...client.db.keys.keys()]) {
      if ((args[1] === '*' || globMatches(args[1]!, key)) && client.db.peek(key) !== undefined) found.push(key);
    }
    return bulks(found);
  },

  scan(client, args) {
    return scanKeys(client, args);
  },

  randomkey(client) {
    const stream = client.engine.stream('random');
    for (let attempt = 1; ; attempt++) {
      const key = client.db.index().random(stream);
      if (key === undefined) return NIL;
      // A replica deletes no expired key, so all of them may be expired: in the end it answers with one of those.
      if (client.db.peek(key) !== undefined || attempt === 100) return bulk(key);
    }
  },

  dbsize(client) {
    return int(client.db.size);
  },

  expire: (client, args) => expire(client, args, { isSeconds: true, isRelative: true }),
  pexpire: (client, args) => expire(client, args, { isSeconds: false, isRelative: true }),
  expireat: (client, args) => expire(client, args, { isSeconds: true, isRelative: false }),
  pexpireat: (client, args) => expire(client, args, { isSeconds: false, isRelative: false }),

  ttl(client, args) {
    return int(
      remaining(client, args[1]!, (value) => Math.floor((Math.max(0, value - client.engine.nowMs) + 500) / 1000)),
    );
  },

  pttl(client, args) {
    return int(remaining(client, args[1]!, (value) => Math.max(0, value - client.engine.nowMs)));
  },

  expiretime(client, args) {
    return int(remaining(client, args[1]!, (value) => Math.floor((value + 500) / 1000)));
  },

  pexpiretime(client, args) {
    return int(remaining(client, args[1]!, (value) => value));
  },

  persist(client, args) {
    const key = args[1]!;
    const value = client.db.write(key);
    if (value === undefined || !client.db.clearExpiry(key, value)) return int(0);
    client.changed(key, NOTIFY.generic, 'persist');
    return int(1);
  },

  rename(client, args) {
    rename(client, args[1]!, args[2]!, false);
    return OK;
  },

  renamenx(client, args) {
    return int(rename(client, args[1]!, args[2]!, true) ? 1 : 0);
  },

  copy(client, args) {
    return copyKey(client, args);
  },

  move(client, args) {
    return moveKey(client, args);
  },

  flushdb(client, args) {
    checkFlushMode(args);
    const { db } = client;
    breakWatches(db, (key) => db.keys.has(key));
    client.engine.walked(db.size);
    client.engine.dirty += db.size + 1;
    releaseBlockedStreams(client, [db]);
    client.engine.propagation.replace(db.number, ['FLUSHDB']);
    return OK;
  },

  flushall(client, args) {
    checkFlushMode(args);
    const { engine } = client;
    for (const database of engine.databases) breakWatches(database, (key) => database.keys.has(key));
    engine.walked(engine.keyCount());
    engine.dirty += engine.keyCount() + 1;
    releaseBlockedStreams(client, engine.databases);
    engine.propagation.replace(client.db.number, ['FLUSHALL']);
    return OK;
  },

  swapdb(client, args) {
    const first = swapArgument(client, args[1]!, 'ERR invalid first DB index');
    const second = swapArgument(client, args[2]!, 'ERR invalid second DB index');
    if (first !== second) {
      breakWatches(first, (key) => first.keys.has(key) || second.keys.has(key));
      breakWatches(second, (key) => first.keys.has(key) || second.keys.has(key));
      first.swap(second);
      client.engine.blocking.databasesSwapped(first);
      client.engine.blocking.databasesSwapped(second);
    }
    client.engine.dirty += 1;
    return OK;
  },

  'object|encoding'(client, args) {
    const value = client.db.peek(args[2]!);
    return value === undefined ? NIL : bulk(value.encoding());
  },

  'object|refcount'(client, args) {
    const value = client.db.peek(args[2]!);
    if (value === undefined) return NIL;
    // Small integers are shared objects, which are never freed.
    const isShared = value.kind === 'string' && value.encoding() === 'int' && /^[0-9]{1,4}$/.test(value.text);
    return int(isShared ? 2147483647 : 1);
  },

  'object|idletime'(client, args) {
    const value = client.db.peek(args[2]!);
    if (value === undefined) return NIL;
    if (client.engine.config.isLfu) return errors.fail(errors.OBJECT_LRU);
    return int(Math.floor((client.engine.nowMs - value.usedAtMs) / 1000));
  },

  'object|freq'(client, args) {
    const value = client.db.peek(args[2]!);
    if (value === undefined) return NIL;
    const { config, nowMs } = client.engine;
    if (!config.isLfu) return errors.fail(errors.OBJECT_LFU);
    return int(decayed(value, Math.floor(nowMs / 60_000), config.lfuDecayMinutes));
  },

  'object|help': helpCommand('object'),
};

function deleteKeys(client: Client, args: string[]): Reply {
  let count = 0;
  for (let index = 1; index < args.length; index++) {
    const key = args[index]!;
    if (client.db.peek(key) === undefined) continue;
    client.db.delete(key);
    client.changed(key, NOTIFY.generic, 'del');
    count += 1;
  }
  return int(count);
}

interface ExpireForm {
  readonly isSeconds: boolean;
  readonly isRelative: boolean;
}

interface ExpireCondition {
  readonly isNx: boolean;
  readonly isXx: boolean;
  readonly isGt: boolean;
  readonly isLt: boolean;
}

function expire(client: Client, args: readonly string[], form: ExpireForm): Reply {
  const key = args[1]!;
  const condition = parseCondition(args);
  const atMs = expireArgument(client, args, form);
  const value = client.db.write(key);
  if (value === undefined) return int(0);
  const oldMs = value.expireAtMs;
  if (condition.isNx && oldMs >= 0) return int(0);
  if (condition.isXx && oldMs < 0) return int(0);
  // No expiry counts as infinitely late.
  if (condition.isGt && (oldMs < 0 || atMs <= oldMs)) return int(0);
  if (condition.isLt && oldMs >= 0 && atMs >= oldMs) return int(0);
  if (atMs <= client.engine.nowMs && !client.engine.keepsExpired) {
    client.db.delete(key);
    client.changed(key, NOTIFY.generic, 'del');
    client.engine.propagation.replace(client.db.number, propagation.removeKey(key));
    return int(1);
  }
  client.db.setExpiry(key, value, atMs);
  client.changed(key, NOTIFY.generic, 'expire');
  client.engine.propagation.replace(client.db.number, propagation.expireAt(key, atMs));
  return int(1);
}

function parseCondition(args: readonly string[]): ExpireCondition {
  let isNx = false;
  let isXx = false;
  let isGt = false;
  let isLt = false;
  for (let at = 3; at < args.length; at++) {
    const option = args[at]!.toUpperCase();
    if (option === 'NX') isNx = true;
    else if (option === 'XX') isXx = true;
    else if (option === 'GT') isGt = true;
    else if (option === 'LT') isLt = true;
    else return errors.fail(errors.unsupportedOption(args[at]!));
  }
  if (isNx && (isXx || isGt || isLt)) return errors.fail(errors.EXPIRE_NX_OTHERS);
  if (isGt && isLt) return errors.fail(errors.EXPIRE_GT_LT);
  return { isNx, isXx, isGt, isLt };
}

function expireArgument(client: Client, args: readonly string[], form: ExpireForm): number {
  const command = args[0]!.toLowerCase();
  let value = int64Argument(args[2]!);
  if (form.isSeconds) {
    if (value > INT64_MAX / 1000n || value < INT64_MIN / 1000n) return errors.fail(errors.invalidExpire(command));
    value *= 1000n;
  }
  if (form.isRelative) {
    value += BigInt(client.engine.nowMs);
    if (value > INT64_MAX) return errors.fail(errors.invalidExpire(command));
  }
  return Number(value);
}

function remaining(client: Client, key: string, convert: (expireAtMs: number) => number): number {
  const value = client.db.peek(key);
  if (value === undefined) return -2;
  return value.expireAtMs < 0 ? -1 : convert(value.expireAtMs);
}

/** @returns whether the key was renamed */
function rename(client: Client, source: string, target: string, mustBeFree: boolean): boolean {
  const { db } = client;
  const value = db.write(source);
  if (value === undefined) return errors.fail(errors.NO_SUCH_KEY);
  if (source === target) return !mustBeFree;
  if (db.write(target) !== undefined) {
    if (mustBeFree) return false;
    db.delete(target);
  }
  db.delete(source);
  db.add(target, value);
  db.modified(source);
  db.modified(target);
  client.engine.notify(db, NOTIFY.generic, 'rename_from', source);
  client.engine.notify(db, NOTIFY.generic, 'rename_to', target);
  client.engine.dirty += 1;
  return true;
}

function copyKey(client: Client, args: readonly string[]): Reply {
  let target = client.db;
  let isReplacing = false;
  for (let at = 3; at < args.length; at++) {
    const option = args[at]!.toUpperCase();
    if (option === 'REPLACE') isReplacing = true;
    else if (option === 'DB' && at + 1 < args.length) {
      const number = integerArgument(args[at + 1]!);
      const database = client.engine.databases[number];
      if (database === undefined) return errors.fail(errors.DB_INDEX);
      target = database;
      at += 1;
    } else return errors.fail(errors.SYNTAX);
  }
  const [, source, key] = args;
  if (target === client.db && source === key) return errors.fail(errors.SAME_OBJECT);
  const value = client.db.read(source!);
  if (value === undefined) return int(0);
  if (target.write(key!) !== undefined) {
    if (!isReplacing) return int(0);
    target.delete(key!);
  }
  target.add(key!, copyValue(value));
  target.modified(key!);
  client.engine.notify(target, NOTIFY.generic, 'copy_to', key!);
  client.engine.dirty += 1;
  return int(1);
}

function moveKey(client: Client, args: readonly string[]): Reply {
  const number = integerArgument(args[2]!);
  const target = client.engine.databases[number];
  if (target === undefined) return errors.fail(errors.DB_INDEX);
  if (target === client.db) return errors.fail(errors.SAME_OBJECT);
  const key = args[1]!;
  const value = client.db.write(key);
  if (value === undefined || target.write(key) !== undefined) return int(0);
  client.db.delete(key);
  target.add(key, value);
  client.db.modified(key);
  target.modified(key);
  client.engine.notify(client.db, NOTIFY.generic, 'move_from', key);
  client.engine.notify(target, NOTIFY.generic, 'move_to', key);
  client.engine.dirty += 1;
  return int(1);
}

function checkFlushMode(args: readonly string[]): void {
  if (args.length > 2) errors.fail(errors.SYNTAX);
  if (args.length === 2 && !/^(a?sync)$/i.test(args[1]!)) errors.fail(errors.SYNTAX);
}

/** Empties databases; clients that wait on a stream learn that it is gone. */
function releaseBlockedStreams(client: Client, databases: readonly Client['db'][]): void {
  for (const database of databases) {
    const streams: string[] = [];
    for (const [key, value] of database.keys) if (value.kind === 'stream') streams.push(key);
    database.clear();
    for (const key of streams) client.engine.blocking.keyGone(database, key);
  }
}

function swapArgument(client: Client, text: string, message: string): Client['db'] {
  const number = parseInt64(text);
  if (number === null) return errors.fail(message);
  return client.engine.databases[Number(number)] ?? errors.fail(errors.DB_INDEX);
}
