/** Set commands (t_set.c). The order of members is numeric for small sets of integers and free otherwise. */
import type { Client } from '../client.ts';
import type { Handlers } from '../command.ts';
import { NOTIFY } from '../config.ts';
import * as errors from '../errors.ts';
import { asSet } from '../keyspace.ts';
import { array, bulk, bulkSet, bulks, EMPTY_ARRAY, EMPTY_SET, int, NIL, type Reply } from '../reply.ts';
import { SetValue } from '../values/set-value.ts';
import { drawCountArgument, positiveArgument, rangedArgument } from './arguments.ts';
import { drawNames } from './hashes.ts';
import { scanCollection } from './scan.ts';

export const setCommands: Handlers = {
  sadd(client, args) {
    const key = args[1]!;
    let set = asSet(client.db.write(key));
    if (set === undefined) {
      set = new SetValue();
      client.db.add(key, set);
    }
    let added = 0;
    for (let index = 2; index < args.length; index++) {
      if (set.add(args[index]!, client.engine.config.intsetEntriesMax)) added += 1;
    }
    if (added > 0) client.changed(key, NOTIFY.set, 'sadd', added);
    return int(added);
  },

  srem(client, args) {
    const key = args[1]!;
    const set = asSet(client.db.write(key));
    if (set === undefined) return int(0);
    let removed = 0;
    for (let index = 2; index < args.length; index++) if (set.delete(args[index]!)) removed += 1;
    if (removed > 0) {
      client.changed(key, NOTIFY.set, 'srem', removed);
      removeIfEmpty(client, key, set);
    }
    return int(removed);
  },

  smove(client, args) {
    return smove(client, args[1]!, args[2]!, args[3]!);
  },

  sismember(client, args) {
    return int(asSet(client.db.read(args[1]!))?.has(args[2]!) === true ? 1 : 0);
  },

  smismember(client, args) {
    const set = asSet(client.db.read(args[1]!));
    const replies: Reply[] = [];
    for (let index = 2; index < args.length; index++) replies.push(int(set?.has(args[index]!) === true ? 1 : 0));
    return array(replies);
  },

  scard(client, args) {
    return int(asSet(client.db.read(args[1]!))?.size ?? 0);
  },

  smembers(client, args) {
    const set = asSet(client.db.read(args[1]!));
    return set === undefined ? EMPTY_SET : bulkSet(set.members());
  },

  spop(client, args) {
    return args.length === 2 ? popOne(client, args[1]!) : popMany(client, args);
  },

  srandmember(client, args) {
    if (args.length > 3) return errors.fail(errors.SYNTAX);
    if (args.length === 2) {
      const member = asSet(client.db.read(args[1]!))?.index().random(client.engine.stream('random'));
      return member === undefined ? NIL : bulk(member);
    }
    const count = drawCountArgument(args[2]!);
    const set = asSet(client.db.read(args[1]!));
    if (set === undefined || count === 0) return EMPTY_ARRAY;
    return bulks(drawNames(client, set, count));
  },

  sinter: (client, args) => bulkSet(intersection(client, args.slice(1), 0).members()),
  sunion: (client, args) => bulkSet(union(client, args.slice(1)).members()),
  sdiff: (client, args) => bulkSet(difference(client, args.slice(1)).members()),

  sintercard(client, args) {
    const count = rangedArgument(args[1]!, 1, 9.3e18, errors.NUMKEYS_POSITIVE);
    if (count > args.length - 2) return errors.fail(errors.NUMKEYS_TOO_MANY);
    let limit = 0;
    for (let at = 2 + count; at < args.length; at += 2) {
      if (args[at]!.toUpperCase() !== 'LIMIT' || at + 1 >= args.length) return errors.fail(errors.SYNTAX);
      limit = positiveArgument(args[at + 1]!, errors.LIMIT_NEGATIVE);
    }
    return int(intersection(client, args.slice(2, 2 + count), limit).size);
  },

  sinterstore: (client, args) => store(client, args[1]!, intersection(client, args.slice(2), 0), 'sinterstore'),
  sunionstore: (client, args) => store(client, args[1]!, union(client, args.slice(2)), 'sunionstore'),
  sdiffstore: (client, args) => store(client, args[1]!, difference(client, args.slice(2)), 'sdiffstore'),

  sscan(client, args) {
    return scanCollection(client, args, 'set');
  },
};

function removeIfEmpty(client: Client, key: string, set: SetValue): void {
  if (set.size > 0) return;
  client.db.delete(key);
  client.engine.notify(client.db, NOTIFY.generic, 'del', key);
}

function smove(client: Client, source: string, target: string, member: string): Reply {
  const from = asSet(client.db.write(source));
  const existing = client.db.write(target);
  if (from === undefined) return int(0);
  let to = asSet(existing);
  if (from === to) return int(from.has(member) ? 1 : 0);
  if (!from.delete(member)) return int(0);
  client.engine.notify(client.db, NOTIFY.set, 'srem', source);
  removeIfEmpty(client, source, from);
  client.db.modified(source);
  if (to === undefined) {
    to = new SetValue();
    client.db.add(target, to);
  }
  client.engine.dirty += 1;
  const isNew = to.add(member, client.engine.config.intsetEntriesMax);
  if (isNew) client.changed(target, NOTIFY.set, 'sadd');
  else client.db.modified(target);
  return int(1);
}

function popOne(client: Client, key: string): Reply {
  const set = asSet(client.db.write(key));
  const member = set?.index().random(client.engine.stream('random'));
  if (set === undefined || member === undefined) return NIL;
  set.delete(member);
  client.changed(key, NOTIFY.set, 'spop');
  removeIfEmpty(client, key, set);
  client.engine.propagation.replace(client.db.number, ['SREM', key, member]);
  return bulk(member);
}

function popMany(client: Client, args: readonly string[]): Reply {
  if (args.length > 3) return errors.fail(errors.SYNTAX);
  const count = positiveArgument(args[2]!);
  const key = args[1]!;
  const set = asSet(client.db.write(key));
  if (set === undefined || count === 0) return EMPTY_SET;
  const isAll = count >= set.size;
  const members = isAll ? [...set.members()] : drawNames(client, set, count);
  for (const member of members) set.delete(member);
  client.changed(key, NOTIFY.set, 'spop', members.length);
  removeIfEmpty(client, key, set);
  client.engine.propagation.replace(client.db.number, isAll ? ['DEL', key] : ['SREM', key, ...members]);
  return bulkSet(members);
}

/** The sets behind the keys, every type checked before anything is computed. */
function setsOf(client: Client, keys: readonly string[], isWrite = false): (SetValue | undefined)[] {
  return keys.map((key) => asSet(isWrite ? client.db.write(key) : client.db.read(key)));
}

/** @param limit most members to find; 0 for all */
function intersection(client: Client, keys: readonly string[], limit: number): SetValue {
  const result = new SetValue();
  const sets = setsOf(client, keys);
  if (sets.includes(undefined)) return result;
  const ordered = (sets as SetValue[]).sort((left, right) => left.size - right.size);
  const [smallest, ...others] = ordered;
  client.engine.walked(smallest!.size * ordered.length);
  for (const member of smallest!.members()) {
    if (!others.every((set) => set.has(member))) continue;
    result.add(member, client.engine.config.intsetEntriesMax);
    if (result.size === limit) break;
  }
  return result;
}

function union(client: Client, keys: readonly string[]): SetValue {
  const result = new SetValue();
  for (const set of setsOf(client, keys)) {
    for (const member of set?.members() ?? []) result.add(member, client.engine.config.intsetEntriesMax);
  }
  client.engine.walked(result.size);
  return result;
}

function difference(client: Client, keys: readonly string[]): SetValue {
  const result = new SetValue();
  const [first, ...others] = setsOf(client, keys);
  client.engine.walked((first?.size ?? 0) * keys.length);
  for (const member of first?.members() ?? []) {
    if (!others.some((set) => set?.has(member) === true)) result.add(member, client.engine.config.intsetEntriesMax);
  }
  return result;
}

function store(client: Client, target: string, result: SetValue, event: string): Reply {
  if (result.size > 0) {
    client.db.put(target, result);
    client.changed(target, NOTIFY.set, event, result.size);
  } else if (client.db.peek(target) !== undefined) {
    client.db.delete(target);
    client.changed(target, NOTIFY.generic, 'del');
  }
  return int(result.size);
}
