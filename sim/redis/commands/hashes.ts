/** Hash commands (t_hash.c). */
import type { Client } from '../client.ts';
import type { Handlers } from '../command.ts';
import { NOTIFY } from '../config.ts';
import * as errors from '../errors.ts';
import { asHash } from '../keyspace.ts';
import { parseLongDouble } from '../long-double.ts';
import { INT64_MAX, INT64_MIN, parseInt64 } from '../numbers.ts';
import { array, bulk, bulkOrNil, bulks, EMPTY_ARRAY, EMPTY_MAP, int, int64, OK, type Reply } from '../reply.ts';
import { HashValue } from '../values/hash-value.ts';
import type { OrderedIndex } from '../values/ordered-index.ts';
import { checkPairedCount, drawCountArgument, int64Argument } from './arguments.ts';
import { scanCollection } from './scan.ts';
import { addFloats } from './strings.ts';

export const hashCommands: Handlers = {
  hset(client, args) {
    return int(setFields(client, args, 'hset'));
  },

  hmset(client, args) {
    setFields(client, args, 'hmset');
    return OK;
  },

  hsetnx(client, args) {
    const hash = writable(client, args[1]!);
    if (hash.get(args[2]!) !== undefined) return int(0);
    hash.convertFor(args, 2, client.engine.config.hashLimits);
    hash.set(args[2]!, args[3]!, client.engine.config.hashLimits);
    client.changed(args[1]!, NOTIFY.hash, 'hset');
    return int(1);
  },

  hget(client, args) {
    return bulkOrNil(asHash(client.db.read(args[1]!))?.get(args[2]!));
  },

  hmget(client, args) {
    const hash = asHash(client.db.read(args[1]!));
    const replies: Reply[] = [];
    for (let index = 2; index < args.length; index++) replies.push(bulkOrNil(hash?.get(args[index]!)));
    return array(replies);
  },

  hgetall(client, args) {
    const hash = asHash(client.db.read(args[1]!));
    if (hash === undefined) return EMPTY_MAP;
    const pairs: (readonly [Reply, Reply])[] = [];
    for (const [field, value] of hash.fields) pairs.push([bulk(field), bulk(value)]);
    return { kind: 'map', value: pairs };
  },

  hkeys(client, args) {
    const hash = asHash(client.db.read(args[1]!));
    return hash === undefined ? EMPTY_ARRAY : bulks(hash.fields.keys());
  },

  hvals(client, args) {
    const hash = asHash(client.db.read(args[1]!));
    return hash === undefined ? EMPTY_ARRAY : bulks(hash.fields.values());
  },

  hlen(client, args) {
    return int(asHash(client.db.read(args[1]!))?.size ?? 0);
  },

  hexists(client, args) {
    return int(asHash(client.db.read(args[1]!))?.get(args[2]!) === undefined ? 0 : 1);
  },

  hstrlen(client, args) {
    return int(asHash(client.db.read(args[1]!))?.get(args[2]!)?.length ?? 0);
  },

  hdel(client, args) {
    const key = args[1]!;
    const hash = asHash(client.db.write(key));
    if (hash === undefined) return int(0);
    let deleted = 0;
    for (let index = 2; index < args.length; index++) if (hash.delete(args[index]!)) deleted += 1;
    if (deleted > 0) {
      client.changed(key, NOTIFY.hash, 'hdel', deleted);
      removeIfEmpty(client, key, hash);
    }
    return int(deleted);
  },

  hincrby(client, args) {
    const amount = int64Argument(args[3]!);
    const hash = writable(client, args[1]!, false);
    const wide = parseInt64(hash.get(args[2]!) ?? '0');
    if (wide === null) return errors.fail(errors.HASH_NOT_AN_INTEGER);
    const total = wide + amount;
    if (total > INT64_MAX || total < INT64_MIN) return errors.fail(errors.OVERFLOW);
    store(client, args[1]!, hash, args[2]!, String(total), 'hincrby');
    return int64(total);
  },

  hincrbyfloat(client, args) {
    const key = args[1]!;
    const amount = parseLongDouble(args[3]!);
    if (amount === null || amount === 'nan') return errors.fail(errors.NOT_A_FLOAT);
    if (typeof amount === 'string') return errors.fail(errors.NAN_OR_INFINITY_ARGUMENT);
    const hash = writable(client, key, false);
    const text = addFloats(hash.get(args[2]!) ?? '0', args[3]!, errors.HASH_NOT_A_FLOAT);
    store(client, key, hash, args[2]!, text, 'hincrbyfloat');
    client.engine.propagation.replace(client.db.number, ['HSET', key, args[2]!, text]);
    return bulk(text);
  },

  hrandfield(client, args) {
    if (args.length === 2) {
      const hash = asHash(client.db.read(args[1]!));
      return bulkOrNil(hash?.index().random(client.engine.stream('random')));
    }
    return randomFields(client, args);
  },

  hscan(client, args) {
    return scanCollection(client, args, 'hash');
  },
};

/** The hash for a write, made and added when it is missing unless `isAdded` is false: then `store` adds it once the arguments are right. */
function writable(client: Client, key: string, isAdded = true): HashValue {
  const hash = asHash(client.db.write(key));
  if (hash !== undefined) return hash;
  const fresh = new HashValue();
  if (isAdded) client.db.add(key, fresh);
  return fresh;
}

function store(client: Client, key: string, hash: HashValue, field: string, text: string, event: string): void {
  hash.set(field, text, client.engine.config.hashLimits);
  if (hash.size === 1 && client.db.peek(key) === undefined) client.db.add(key, hash);
  client.changed(key, NOTIFY.hash, event);
}

function setFields(client: Client, args: readonly string[], command: string): number {
  if (args.length % 2 === 1) return errors.fail(errors.wrongArity(command));
  const limits = client.engine.config.hashLimits;
  const hash = writable(client, args[1]!);
  hash.convertFor(args, 2, limits);
  let created = 0;
  for (let index = 2; index < args.length; index += 2) {
    if (hash.set(args[index]!, args[index + 1]!, limits)) created += 1;
  }
  client.changed(args[1]!, NOTIFY.hash, 'hset', args.length / 2 - 1);
  return created;
}

function removeIfEmpty(client: Client, key: string, hash: HashValue): void {
  if (hash.size > 0) return;
  client.db.delete(key);
  client.engine.notify(client.db, NOTIFY.generic, 'del', key);
}

/** A positive count draws different fields, a negative one draws with repetition. */
function randomFields(client: Client, args: readonly string[]): Reply {
  const count = drawCountArgument(args[2]!);
  if (args.length > 4 || (args.length === 4 && args[3]!.toUpperCase() !== 'WITHVALUES'))
    return errors.fail(errors.SYNTAX);
  const isWithValues = args.length === 4;
  if (isWithValues) checkPairedCount(args[2]!);
  const hash = asHash(client.db.read(args[1]!));
  if (hash === undefined || count === 0) return EMPTY_ARRAY;
  const replies: Reply[] = [];
  for (const field of drawNames(client, hash, count)) {
    const value = bulk(hash.get(field)!);
    if (!isWithValues) replies.push(bulk(field));
    else if (client.resp === 3) replies.push(array([bulk(field), value]));
    else replies.push(bulk(field), value);
  }
  return array(replies);
}

/** A collection that random commands draw from. */
interface Drawable {
  readonly size: number;
  index(): OrderedIndex;
}

/** `count` different names (all when there are fewer), or `-count` names with repetition. */
export function drawNames(client: Client, collection: Drawable, count: number): string[] {
  const stream = client.engine.stream('random');
  const index = collection.index();
  const names: string[] = [];
  if (count < 0) {
    for (let drawn = 0; drawn < -count; drawn++) names.push(index.random(stream)!);
    return names;
  }
  if (count >= collection.size) {
    index.scan(0n, collection.size, (name) => names.push(name));
    return names.reverse();
  }
  if (count * 3 > collection.size) {
    index.scan(0n, collection.size, (name) => names.push(name));
    for (let drawn = 0; drawn < count; drawn++) {
      const other = drawn + stream.int(names.length - drawn);
      const name = names[other]!;
      names[other] = names[drawn]!;
      names[drawn] = name;
    }
    return names.slice(0, count);
  }
  const drawn = new Set<string>();
  while (drawn.size < count) drawn.add(index.random(stream)!);
  return [...drawn];
}
