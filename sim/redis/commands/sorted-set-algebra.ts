/** ZUNION, ZINTER, ZDIFF, their STORE forms and ZINTERCARD. Plain sets take part with scores of 1. */
import type { Client } from '../client.ts';
import type { Handlers } from '../command.ts';
import { NOTIFY } from '../config.ts';
import * as errors from '../errors.ts';
import { array, bulk, EMPTY_ARRAY, int, type Reply } from '../reply.ts';
import type { SetValue } from '../values/set-value.ts';
import { SortedSetValue } from '../values/sorted-set-value.ts';
import { doubleArgument, integerArgument, positiveArgument } from './arguments.ts';
import { entriesReply } from './sorted-sets.ts';

type Operation = 'union' | 'inter' | 'diff';

export const sortedSetAlgebraCommands: Handlers = {
  zunion: (client, args) => answer(client, args, 'union'),
  zinter: (client, args) => answer(client, args, 'inter'),
  zdiff: (client, args) => answer(client, args, 'diff'),
  zunionstore: (client, args) => store(client, args, 'union'),
  zinterstore: (client, args) => store(client, args, 'inter'),
  zdiffstore: (client, args) => store(client, args, 'diff'),

  zintercard(client, args) {
    const { sources, next } = parseSources(client, args, 1, 'zintercard');
    let limit = 0;
    for (let at = next; at < args.length; at += 2) {
      if (args[at]!.toUpperCase() !== 'LIMIT' || at + 1 >= args.length) return errors.fail(errors.SYNTAX);
      limit = positiveArgument(args[at + 1]!, errors.LIMIT_NEGATIVE);
    }
    return int(combine(client, sources, 'inter', 'sum', limit).size);
  },
};

interface Source {
  readonly collection: SetValue | SortedSetValue | undefined;
  readonly size: number;
  weight: number;
}

type Aggregate = 'sum' | 'min' | 'max';

interface Parsed {
  readonly sources: Source[];
  readonly aggregate: Aggregate;
  readonly isWithScores: boolean;
}

function parseSources(
  client: Client,
  args: readonly string[],
  countAt: number,
  command: string,
): { sources: Source[]; next: number } {
  const count = integerArgument(args[countAt]!);
  if (count < 1) return errors.fail(errors.atLeastOneKey(command));
  if (count > args.length - countAt - 1) return errors.fail(errors.SYNTAX);
  const sources: Source[] = [];
  for (let at = countAt + 1; at <= countAt + count; at++) {
    const value = client.db.read(args[at]!);
    if (value !== undefined && value.kind !== 'zset' && value.kind !== 'set') return errors.fail(errors.WRONG_TYPE);
    sources.push({ collection: value, size: value?.size ?? 0, weight: 1 });
  }
  return { sources, next: countAt + count + 1 };
}

function parse(client: Client, args: readonly string[], countAt: number, operation: Operation): Parsed {
  const { sources, next } = parseSources(client, args, countAt, args[0]!.toLowerCase());
  let aggregate: Aggregate = 'sum';
  let isWithScores = false;
  for (let at = next; at < args.length; at++) {
    const option = args[at]!.toUpperCase();
    const left = args.length - at - 1;
    if (option === 'WEIGHTS' && operation !== 'diff' && left >= sources.length) {
      for (const source of sources) {
        at += 1;
        source.weight = doubleArgument(args[at]!, errors.WEIGHT_FLOAT);
      }
    } else if (option === 'AGGREGATE' && operation !== 'diff' && left >= 1) {
      at += 1;
      const word = args[at]!.toLowerCase();
      if (word !== 'sum' && word !== 'min' && word !== 'max') return errors.fail(errors.SYNTAX);
      aggregate = word;
    } else if (option === 'WITHSCORES' && countAt === 1) isWithScores = true;
    else return errors.fail(errors.SYNTAX);
  }
  return { sources, aggregate, isWithScores };
}

function answer(client: Client, args: readonly string[], operation: Operation): Reply {
  const { sources, aggregate, isWithScores } = parse(client, args, 1, operation);
  const result = combine(client, sources, operation, aggregate, 0);
  if (result.size === 0) return EMPTY_ARRAY;
  if (isWithScores) return entriesReply(client, result.entries());
  const replies: Reply[] = [];
  for (const entry of result.entries()) replies.push(bulk(entry.member));
  return array(replies);
}

function store(client: Client, args: readonly string[], operation: Operation): Reply {
  const { sources, aggregate } = parse(client, args, 2, operation);
  const result = new SortedSetValue();
  for (const { member, score } of combine(client, sources, operation, aggregate, 0).entries()) {
    result.set(member, score, client.engine.config.sortedSetLimits);
  }
  const target = args[1]!;
  if (result.size > 0) {
    client.db.put(target, result);
    client.changed(target, NOTIFY.zset, `z${operation}store`);
  } else if (client.db.peek(target) !== undefined) {
    client.db.delete(target);
    client.changed(target, NOTIFY.generic, 'del');
  }
  return int(result.size);
}

/**
 * Floats do not add up alike in every order, so the order is Redis's: sources by size, smallest first, ties as given.
 * @param limit most members to find; 0 for all
 */
function combine(
  client: Client,
  sources: Source[],
  operation: Operation,
  aggregate: Aggregate,
  limit: number,
): SortedSetValue {
  const limits = client.engine.config.sortedSetLimits;
  const result = new SortedSetValue();
  // Computed as a skip list, which keeps the sign of minus zero; what is stored may become a listpack, which does not.
  result.isSkiplist = true;
  let walked = 0;
  for (const source of sources) walked += source.size;
  client.engine.walked(walked);
  if (operation === 'diff') {
    const [first, ...others] = sources;
    for (const [member, score] of membersOf(first!)) {
      if (!others.some((other) => scoreIn(other, member) !== undefined)) result.set(member, score, limits);
    }
    return result;
  }
  const ordered = sources.sort((left, right) => left.size - right.size);
  const scores = operation === 'union' ? unite(ordered, aggregate) : intersect(ordered, aggregate, limit);
  for (const [member, score] of scores) result.set(member, score, limits);
  return result;
}

function unite(sources: readonly Source[], aggregate: Aggregate): Map<string, number> {
  const scores = new Map<string, number>();
  for (const source of sources) {
    for (const [member, score] of membersOf(source)) {
      const weighted = notNaN(source.weight * score);
      const old = scores.get(member);
      scores.set(member, old === undefined ? weighted : merge(old, weighted, aggregate));
    }
  }
  return scores;
}

function intersect(sources: readonly Source[], aggregate: Aggregate, limit: number): Map<string, number> {
  const scores = new Map<string, number>();
  const [smallest, ...others] = sources;
  for (const [member, score] of membersOf(smallest!)) {
    let total: number | null = notNaN(smallest!.weight * score);
    for (const other of others) {
      const own = scoreIn(other, member);
      if (own === undefined) {
        total = null;
        break;
      }
      total = merge(total, other.weight * own, aggregate);
    }
    if (total === null) continue;
    scores.set(member, total);
    if (scores.size === limit) break;
  }
  return scores;
}

function* membersOf(source: Source): Iterable<readonly [string, number]> {
  const { collection } = source;
  if (collection === undefined) return;
  if (collection.kind === 'set') for (const member of collection.members()) yield [member, 1];
  else for (const entry of collection.entries()) yield [entry.member, entry.score];
}

function scoreIn(source: Source, member: string): number | undefined {
  const { collection } = source;
  if (collection === undefined) return undefined;
  if (collection.kind === 'set') return collection.has(member) ? 1 : undefined;
  return collection.score(member);
}

/** Infinity minus infinity is zero here, as the manual says. */
function merge(left: number, right: number, aggregate: Aggregate): number {
  if (aggregate === 'sum') return notNaN(left + right);
  // biome-ignore lint/complexity/useMathMinMax: of two zeros the first stays, whatever their signs.
  if (aggregate === 'min') return right < left ? right : left;
  // biome-ignore lint/complexity/useMathMinMax: as above.
  return right > left ? right : left;
}

function notNaN(value: number): number {
  return Number.isNaN(value) ? 0 : value;
}
