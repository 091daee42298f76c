/**
 * SORT and SORT_RO (sort.c): lists, sets and sorted sets, by their elements or by other keys, with GET and STORE.
 *
 * ALPHA compares bytes, as the real server does in the C locale.
 */
import type { Client } from '../client.ts';
import type { Handlers } from '../command.ts';
import { NOTIFY } from '../config.ts';
import * as errors from '../errors.ts';
import { strtodLoose } from '../numbers.ts';
import { array, bulk, int, NIL, type Reply } from '../reply.ts';
import { ListValue } from '../values/list-value.ts';
import type { Value } from '../values/value.ts';
import { integerArgument } from './arguments.ts';

export const sortCommands: Handlers = {
  sort: (client, args) => sort(client, args, true),
  sort_ro: (client, args) => sort(client, args, false),
};

interface SortOptions {
  by: string | null;
  readonly get: string[];
  isDescending: boolean;
  isAlpha: boolean;
  offset: number;
  /** Negative for all. */
  count: number;
  store: string | null;
}

interface Item {
  readonly element: string;
  readonly score: number;
  /** The text to compare with ALPHA; null when the BY key is missing. */
  readonly text: string | null;
}

function sort(client: Client, args: readonly string[], isStoreAllowed: boolean): Reply {
  const options = parse(args, isStoreAllowed);
  const value = client.db.read(args[1]!);
  if (value !== undefined && value.kind !== 'list' && value.kind !== 'set' && value.kind !== 'zset') {
    return errors.fail(errors.WRONG_TYPE);
  }
  let isSorted = options.by === null || options.by.includes('*');
  // The order of a set is arbitrary: where it would go into a key or a script it is sorted after all.
  if (!isSorted && value?.kind === 'set' && (options.store !== null || client.stream === null)) {
    isSorted = true;
    options.isAlpha = true;
    options.by = null;
  }
  const elements = elementsOf(value, !isSorted && options.isDescending);
  const items = elements.map((element) => itemOf(client, element, options, isSorted));
  if (isSorted) items.sort(comparison(options));
  const chosen = limited(items, options);
  client.engine.walked(items.length * Math.log2(items.length + 2));
  const outputs = outputsOf(client, chosen, options);
  if (options.store !== null) return store(client, options.store, outputs);
  return array(outputs.map((text) => (text === null ? NIL : bulk(text))));
}

function parse(args: readonly string[], isStoreAllowed: boolean): SortOptions {
  const options: SortOptions = {
    by: null,
    get: [],
    isDescending: false,
    isAlpha: false,
    offset: 0,
    count: -1,
    store: null,
  };
  for (let at = 2; at < args.length; at++) {
    const option = args[at]!.toUpperCase();
    const left = args.length - at - 1;
    if (option === 'ASC') options.isDescending = false;
    else if (option === 'DESC') options.isDescending = true;
    else if (option === 'ALPHA') options.isAlpha = true;
    else if (option === 'LIMIT' && left >= 2) {
      options.offset = integerArgument(args[at + 1]!);
      options.count = integerArgument(args[at + 2]!);
      at += 2;
    } else if (option === 'STORE' && left >= 1 && isStoreAllowed) {
      at += 1;
      options.store = args[at]!;
    } else if (option === 'BY' && left >= 1) {
      at += 1;
      options.by = args[at]!;
    } else if (option === 'GET' && left >= 1) {
      at += 1;
      options.get.push(args[at]!);
    } else return errors.fail(errors.SYNTAX);
  }
  return options;
}

function elementsOf(value: Value | undefined, isReversed: boolean): string[] {
  switch (value?.kind) {
    case 'list':
      return value.range(0, value.size - 1);
    case 'set':
      return [...value.members()];
    case 'zset': {
      const members: string[] = [];
      for (const entry of value.entries()) members.push(entry.member);
      return isReversed ? members.reverse() : members;
    }
    default:
      return [];
  }
}

function itemOf(client: Client, element: string, options: SortOptions, isSorted: boolean): Item {
  if (!isSorted) return { element, score: 0, text: element };
  const by = options.by === null ? element : lookUpPattern(client, options.by, element);
  if (options.isAlpha) return { element, score: 0, text: by };
  if (by === null) return { element, score: 0, text: null };
  const score = strtodLoose(by);
  if (score === null || (!Number.isFinite(score) && !/inf/i.test(by))) return errors.fail(errors.SORT_NOT_A_DOUBLE);
  return { element, score, text: null };
}

function comparison(options: SortOptions): (left: Item, right: Item) => number {
  const sign = options.isDescending ? -1 : 1;
  return (left, right) => {
    let order = 0;
    if (options.isAlpha) {
      if (left.text === null || right.text === null) order = left.text === right.text ? 0 : left.text === null ? -1 : 1;
      else order = compareBytes(left.text, right.text);
    } else {
      order = left.score > right.score ? 1 : left.score < right.score ? -1 : compareBytes(left.element, right.element);
    }
    return sign * order;
  };
}

function compareBytes(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

function limited(items: readonly Item[], options: SortOptions): readonly Item[] {
  const start = Math.max(0, options.offset);
  const end = options.count < 0 ? items.length : Math.min(items.length, start + options.count);
  return start >= items.length ? [] : items.slice(start, end);
}

function outputsOf(client: Client, items: readonly Item[], options: SortOptions): (string | null)[] {
  const outputs: (string | null)[] = [];
  for (const { element } of items) {
    if (options.get.length === 0) outputs.push(element);
    for (const pattern of options.get) outputs.push(lookUpPattern(client, pattern, element));
  }
  return outputs;
}

/** The value of the key (or `key->field`) that a pattern names for an element; `#` is the element itself. */
function lookUpPattern(client: Client, pattern: string, element: string): string | null {
  if (pattern === '#') return element;
  const star = pattern.indexOf('*');
  if (star < 0) return null;
  const arrow = pattern.indexOf('->', star);
  const hasField = arrow >= 0 && arrow + 2 < pattern.length;
  const key = pattern.slice(0, star) + element + pattern.slice(star + 1, hasField ? arrow : undefined);
  const value = client.db.read(key);
  if (hasField) return value?.kind === 'hash' ? (value.get(pattern.slice(arrow + 2)) ?? null) : null;
  return value?.kind === 'string' ? value.text : null;
}

function store(client: Client, target: string, outputs: readonly (string | null)[]): Reply {
  if (outputs.length > 0) {
    const list = new ListValue();
    list.replace(outputs.map((text) => text ?? ''));
    client.db.put(target, list);
    client.changed(target, NOTIFY.list, 'sortstore', outputs.length);
  } else if (client.db.peek(target) !== undefined) {
    client.db.delete(target);
    client.changed(target, NOTIFY.generic, 'del');
  }
  return int(outputs.length);
}
