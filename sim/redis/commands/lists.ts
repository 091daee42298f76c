/** List commands (t_list.c), the blocking ones included. */
import type { Client } from '../client.ts';
import type { Handlers } from '../command.ts';
import { NOTIFY } from '../config.ts';
import * as errors from '../errors.ts';
import { asList } from '../keyspace.ts';
import { array, bulk, bulks, EMPTY_ARRAY, int, NIL, NIL_ARRAY, NO_REPLY, OK, type Reply } from '../reply.ts';
import { ListValue } from '../values/list-value.ts';
import type { Value } from '../values/value.ts';
import { clampRange, integerArgument, positiveArgument, rangedArgument, timeoutArgument } from './arguments.ts';

type End = 'head' | 'tail';

export const listCommands: Handlers = {
  lpush: (client, args) => push(client, args, 'head', false),
  rpush: (client, args) => push(client, args, 'tail', false),
  lpushx: (client, args) => push(client, args, 'head', true),
  rpushx: (client, args) => push(client, args, 'tail', true),
  lpop: (client, args) => pop(client, args, 'head'),
  rpop: (client, args) => pop(client, args, 'tail'),

  llen(client, args) {
    return int(asList(client.db.read(args[1]!))?.size ?? 0);
  },

  lindex(client, args) {
    const list = asList(client.db.read(args[1]!));
    if (list === undefined) return NIL;
    const index = integerArgument(args[2]!);
    const position = index < 0 ? index + list.size : index;
    return position < 0 || position >= list.size ? NIL : bulk(list.at(position));
  },

  lrange(client, args) {
    const start = integerArgument(args[2]!);
    const stop = integerArgument(args[3]!);
    const list = asList(client.db.read(args[1]!));
    if (list === undefined) return EMPTY_ARRAY;
    const range = clampRange(start, stop, list.size);
    return range === null ? EMPTY_ARRAY : bulks(list.range(range.start, range.stop));
  },

  lset(client, args) {
    const list = asList(client.db.write(args[1]!));
    if (list === undefined) return errors.fail(errors.NO_SUCH_KEY);
    const index = integerArgument(args[2]!);
    const position = index < 0 ? index + list.size : index;
    if (position < 0 || position >= list.size) return errors.fail(errors.INDEX_OUT_OF_RANGE);
    list.set(position, args[3]!);
    client.changed(args[1]!, NOTIFY.list, 'lset');
    return OK;
  },

  linsert(client, args) {
    const where = args[2]!.toUpperCase();
    if (where !== 'BEFORE' && where !== 'AFTER') return errors.fail(errors.SYNTAX);
    const list = asList(client.db.write(args[1]!));
    if (list === undefined) return int(0);
    const items = list.range(0, list.size - 1);
    const position = items.indexOf(args[3]!);
    client.engine.walked(items.length);
    if (position < 0) return int(-1);
    items.splice(where === 'BEFORE' ? position : position + 1, 0, args[4]!);
    list.replace(items);
    client.changed(args[1]!, NOTIFY.list, 'linsert');
    return int(list.size);
  },

  lrem(client, args) {
    const key = args[1]!;
    const count = integerArgument(args[2]!);
    const list = asList(client.db.write(key));
    if (list === undefined) return int(0);
    client.engine.walked(list.size);
    const items = list.range(0, list.size - 1);
    const kept = withoutElement(items, args[3]!, count);
    const removed = items.length - kept.length;
    if (removed === 0) return int(0);
    list.replace(kept);
    client.changed(key, NOTIFY.list, 'lrem', removed);
    removeIfEmpty(client, key, list);
    return int(removed);
  },

  ltrim(client, args) {
    const key = args[1]!;
    const start = integerArgument(args[2]!);
    const stop = integerArgument(args[3]!);
    const list = asList(client.db.write(key));
    if (list === undefined) return OK;
    const range = clampRange(start, stop, list.size);
    const size = list.size;
    if (range === null) list.replace([]);
    else trim(list, range.start, range.stop);
    client.engine.walked(size - list.size);
    client.changed(key, NOTIFY.list, 'ltrim');
    removeIfEmpty(client, key, list);
    return OK;
  },

  lpos(client, args) {
    return positions(client, args);
  },

  rpoplpush(client, args) {
    return move(client, args[1]!, args[2]!, 'tail', 'head');
  },

  lmove(client, args) {
    return move(client, args[1]!, args[2]!, endArgument(args[3]!), endArgument(args[4]!));
  },

  lmpop(client, args) {
    return popFromFirst(client, args, 1, null);
  },

  blpop: (client, args) => blockingPop(client, args, 'head'),
  brpop: (client, args) => blockingPop(client, args, 'tail'),

  brpoplpush(client, args) {
    const timeoutMs = timeoutArgument(args[3]!);
    return blockingMove(client, args[1]!, args[2]!, { from: 'tail', to: 'head' }, timeoutMs);
  },

  blmove(client, args) {
    const ends = { from: endArgument(args[3]!), to: endArgument(args[4]!) };
    return blockingMove(client, args[1]!, args[2]!, ends, timeoutArgument(args[5]!));
  },

  blmpop(client, args) {
    return popFromFirst(client, args, 2, args[1]!);
  },
};

function endArgument(text: string): End {
  const end = text.toUpperCase();
  if (end === 'LEFT') return 'head';
  return end === 'RIGHT' ? 'tail' : errors.fail(errors.SYNTAX);
}

function push(client: Client, args: readonly string[], end: End, mustExist: boolean): Reply {
  const key = args[1]!;
  let list = asList(client.db.write(key));
  if (list === undefined) {
    if (mustExist) return int(0);
    list = new ListValue();
    client.db.add(key, list);
  }
  for (let index = 2; index < args.length; index++) {
    if (end === 'head') list.pushHead(args[index]!);
    else list.pushTail(args[index]!);
  }
  client.changed(key, NOTIFY.list, end === 'head' ? 'lpush' : 'rpush', args.length - 2);
  return int(list.size);
}

function pop(client: Client, args: readonly string[], end: End): Reply {
  if (args.length > 3) return errors.fail(errors.wrongArity(end === 'head' ? 'lpop' : 'rpop'));
  const key = args[1]!;
  const count = args.length === 3 ? positiveArgument(args[2]!) : null;
  const list = asList(client.db.write(key));
  if (list === undefined) return count === null ? NIL : NIL_ARRAY;
  if (count === null) return bulk(take(client, key, list, end, 1)[0]!);
  return count === 0 ? EMPTY_ARRAY : bulks(take(client, key, list, end, count));
}

/** Pops up to `count` elements, with the events of a pop, and removes the list when it is empty. */
function take(client: Client, key: string, list: ListValue, end: End, count: number): string[] {
  const items: string[] = [];
  while (items.length < count && list.size > 0) items.push(end === 'head' ? list.popHead()! : list.popTail()!);
  client.changed(key, NOTIFY.list, end === 'head' ? 'lpop' : 'rpop', items.length);
  removeIfEmpty(client, key, list);
  return items;
}

function removeIfEmpty(client: Client, key: string, list: ListValue): void {
  if (list.size > 0) return;
  client.db.delete(key);
  client.engine.notify(client.db, NOTIFY.generic, 'del', key);
}

/** Up to `count` occurrences less, from the head, or from the tail when negative; 0 means all. */
function withoutElement(items: readonly string[], element: string, count: number): string[] {
  let left = count === 0 ? items.length : Math.abs(count);
  const kept: string[] = [];
  const isBackward = count < 0;
  for (let step = 0; step < items.length; step++) {
    const item = items[isBackward ? items.length - 1 - step : step]!;
    if (item === element && left > 0) left -= 1;
    else kept.push(item);
  }
  return isBackward ? kept.reverse() : kept;
}

/** Pops from the ends when little goes, so that trimming a long list to its length is cheap. */
function trim(list: ListValue, start: number, stop: number): void {
  const after = list.size - 1 - stop;
  for (let index = 0; index < start; index++) list.popHead();
  for (let index = 0; index < after; index++) list.popTail();
}

function positions(client: Client, args: readonly string[]): Reply {
  let rank = 1;
  let count: number | null = null;
  let lengthMax = 0;
  for (let at = 3; at < args.length; at++) {
    const option = args[at]!.toUpperCase();
    const argument = args[at + 1];
    if (argument === undefined) return errors.fail(errors.SYNTAX);
    if (option === 'RANK') {
      rank = rangedArgument(argument, -9.3e18, 9.3e18, errors.NOT_AN_INTEGER);
      if (rank === 0) return errors.fail(errors.RANK_ZERO);
    } else if (option === 'COUNT') {
      count = positiveArgument(argument, errors.LPOS_COUNT_NEGATIVE);
    } else if (option === 'MAXLEN') {
      lengthMax = positiveArgument(argument, errors.LPOS_MAXLEN_NEGATIVE);
    } else return errors.fail(errors.SYNTAX);
    at += 1;
  }
  const list = asList(client.db.read(args[1]!));
  if (list === undefined) return count === null ? NIL : EMPTY_ARRAY;
  const found = findPositions(list, args[2]!, { rank, count: count ?? 1, lengthMax });
  if (count === null) return found.length === 0 ? NIL : int(found[0]!);
  return array(found.map(int));
}

interface FindOptions {
  readonly rank: number;
  /** 0 for all. */
  readonly count: number;
  /** Most elements to compare; 0 for all. */
  readonly lengthMax: number;
}

function findPositions(list: ListValue, element: string, options: FindOptions): number[] {
  const found: number[] = [];
  const isBackward = options.rank < 0;
  const limit = options.lengthMax === 0 ? list.size : Math.min(list.size, options.lengthMax);
  let toSkip = Math.abs(options.rank) - 1;
  for (let step = 0; step < limit; step++) {
    const position = isBackward ? list.size - 1 - step : step;
    if (list.at(position) !== element) continue;
    if (toSkip > 0) toSkip -= 1;
    else {
      found.push(position);
      if (found.length === options.count) break;
    }
  }
  return found;
}

/** Moves one element between lists, which may be the same. */
function move(client: Client, source: string, target: string, from: End, to: End): Reply {
  const list = asList(client.db.write(source));
  if (list === undefined) return NIL;
  const destination = asList(client.db.write(target));
  const element = from === 'head' ? list.popHead()! : list.popTail()!;
  pushMoved(client, target, destination, element, to);
  client.changed(source, NOTIFY.list, from === 'head' ? 'lpop' : 'rpop');
  if (list.size === 0) removeIfEmpty(client, source, list);
  client.engine.propagation.replace(client.db.number, moveEffect(source, target, from, to));
  return bulk(element);
}

function pushMoved(client: Client, target: string, list: ListValue | undefined, element: string, to: End): void {
  let destination = list;
  if (destination === undefined) {
    destination = new ListValue();
    client.db.add(target, destination);
  }
  if (to === 'head') destination.pushHead(element);
  else destination.pushTail(element);
  client.changed(target, NOTIFY.list, to === 'head' ? 'lpush' : 'rpush');
}

function moveEffect(source: string, target: string, from: End, to: End): string[] {
  return ['LMOVE', source, target, from === 'head' ? 'LEFT' : 'RIGHT', to === 'head' ? 'LEFT' : 'RIGHT'];
}

function blockingPop(client: Client, args: readonly string[], end: End): Reply {
  const timeoutMs = timeoutArgument(args[args.length - 1]!);
  const keys = args.slice(1, -1);
  for (const key of keys) {
    const list = asList(client.db.write(key));
    if (list === undefined) continue;
    const element = take(client, key, list, end, 1)[0]!;
    client.engine.propagation.replace(client.db.number, [end === 'head' ? 'LPOP' : 'RPOP', key]);
    return array([bulk(key), bulk(element)]);
  }
  if (client.isBlockingDenied) return NIL_ARRAY;
  client.engine.blocking.block(client, {
    kind: 'list',
    keys,
    timeoutMs,
    timeoutReply: NIL_ARRAY,
    isServedByLoss: false,
    attempt: (waiting, key, value) => {
      const element = take(waiting, key, value as ListValue, end, 1)[0]!;
      waiting.engine.propagation.now(waiting.db.number, [end === 'head' ? 'LPOP' : 'RPOP', key]);
      waiting.write(array([bulk(key), bulk(element)]));
      return true;
    },
  });
  return NO_REPLY;
}

function blockingMove(
  client: Client,
  source: string,
  target: string,
  ends: { readonly from: End; readonly to: End },
  timeoutMs: number,
): Reply {
  const list = asList(client.db.write(source));
  if (list !== undefined) return move(client, source, target, ends.from, ends.to);
  if (client.isBlockingDenied) return NIL;
  client.engine.blocking.block(client, {
    kind: 'list',
    keys: [source],
    timeoutMs,
    timeoutReply: NIL_ARRAY,
    isServedByLoss: false,
    attempt: (waiting, key, value) => serveMove(waiting, key, value, target, ends),
  });
  return NO_REPLY;
}

/** A waiting client whose destination has another type by now gets the error, and the element stays. */
function serveMove(
  client: Client,
  source: string,
  value: Value | undefined,
  target: string,
  ends: { readonly from: End; readonly to: End },
): boolean {
  const destination = client.db.peek(target);
  if (destination !== undefined && destination.kind !== 'list') {
    client.write({ kind: 'error', value: errors.WRONG_TYPE });
    return true;
  }
  const list = value as ListValue;
  const element = ends.from === 'head' ? list.popHead()! : list.popTail()!;
  pushMoved(client, target, destination, element, ends.to);
  client.changed(source, NOTIFY.list, ends.from === 'head' ? 'lpop' : 'rpop');
  removeIfEmpty(client, source, list);
  client.engine.propagation.now(client.db.number, moveEffect(source, target, ends.from, ends.to));
  client.write(bulk(element));
  return true;
}

/** LMPOP and BLMPOP: `numkeys key [key ...] LEFT|RIGHT [COUNT count]`. */
function popFromFirst(client: Client, args: readonly string[], countAt: number, timeout: string | null): Reply {
  const keyCount = rangedArgument(args[countAt]!, 1, 9.3e18, errors.NUMKEYS_POSITIVE);
  const endAt = countAt + 1 + keyCount;
  if (endAt >= args.length) return errors.fail(errors.SYNTAX);
  const end = endArgument(args[endAt]!);
  let count = -1;
  for (let at = endAt + 1; at < args.length; at += 2) {
    if (count >= 0 || args[at]!.toUpperCase() !== 'COUNT' || at + 1 >= args.length) return errors.fail(errors.SYNTAX);
    count = rangedArgument(args[at + 1]!, 1, 9.3e18, errors.COUNT_POSITIVE);
  }
  if (count < 0) count = 1;
  const timeoutMs = timeout === null ? null : timeoutArgument(timeout);
  const keys = args.slice(countAt + 1, endAt);
  for (const key of keys) {
    const list = asList(client.db.write(key));
    if (list === undefined) continue;
    const items = take(client, key, list, end, count);
    client.engine.propagation.replace(client.db.number, popEffect(key, end, items.length));
    return array([bulk(key), bulks(items)]);
  }
  if (timeoutMs === null || client.isBlockingDenied) return NIL_ARRAY;
  client.engine.blocking.block(client, {
    kind: 'list',
    keys,
    timeoutMs,
    timeoutReply: NIL_ARRAY,
    isServedByLoss: false,
    attempt: (waiting, key, value) => {
      const items = take(waiting, key, value as ListValue, end, count);
      waiting.engine.propagation.now(waiting.db.number, popEffect(key, end, items.length));
      waiting.write(array([bulk(key), bulks(items)]));
      return true;
    },
  });
  return NO_REPLY;
}

function popEffect(key: string, end: End, count: number): string[] {
  return [end === 'head' ? 'LPOP' : 'RPOP', key, String(count)];
}
