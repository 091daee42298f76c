/**
 * C9: each object behaves as if operations on it happened one at a time, each at some instant between its invocation and its completion
 * (Herlihy and Wing, 1990). Objects are judged one by one, which linearizability allows.
 *
 * search.ts looks for an order; objects.ts makes objects' histories of records; this file is the checker and its sentence. The
 * violation names the first operation that no order explains: a history's beginnings are linearizable up to it, and none after it.
 */
import { SeedstormError } from '../../../sim/kernel/errors.ts';
import { type Duration, timeText } from '../../duration.ts';
import { matchesGlob } from '../../labels/glob.ts';
import { type Model, type ModelName, models } from '../../models/index.ts';
import type { Checker, Finding } from '../checker.ts';
import { firstOf, settleChecker, violated } from '../define.ts';
import { type CallOf, callByWords, type ObjectOperation, Objects } from './objects.ts';
import { type SearchResult, searchLinearization } from './search.ts';

export type { CallOf } from './objects.ts';

const defaultBudget = 1_000_000;

export interface LinearizableOptions {
  /** What an object is: the name of a model, or one of the scenario's own. */
  readonly model: ModelName | Model<unknown>;
  /** Glob over the operations' names; default all that the model has a word for. */
  readonly operations?: string;
  /** What an operation means to the model; default by the first word of its name. */
  readonly call?: CallOf;
  /** Steps of the model, over all objects, before it gives up as `unknown`; default 1,000,000. */
  readonly budget?: number;
  readonly settle?: Duration;
}

/**
 * The operations on each key are linearizable.
 * Premises: accepted operations.
 * @example invariant.linearizable({ model: 'register' })
 */
export function linearizable(options: LinearizableOptions): Checker {
  const model = modelOf(options.model);
  const { operations: glob = '*', call = callByWords(model), budget = defaultBudget, settle } = options;
  const name = `linearizable(${model.name}${glob === '*' ? '' : ` of ${glob}`})`;
  return settleChecker({
    id: 'C9',
    name,
    claim: `operations on each ${model.name} take effect one at a time, between their beginning and their end`,
    settle,
    start() {
      const objects = new Objects(call, model.reads);
      return {
        record(record) {
          if (record.kind === 'op' && matchesGlob(glob, record.f)) objects.record(record);
        },
        settle: () => judgeObjects(name, model, objects.close(), budget),
        premises: () => objects.count,
      };
    },
  });
}

function modelOf(model: ModelName | Model<unknown>): Model<unknown> {
  if (typeof model !== 'string') return model;
  const found = models.get(model);
  if (found === undefined)
    throw new SeedstormError('E_INPUT', `There is no model "${model}"; models are ${[...models.keys()].join(', ')}.`);
  return found;
}

/** Judges all objects; a violation of one outranks a budget that ran out at another. */
export function judgeObjects(
  invariant: string,
  model: Model<unknown>,
  objects: ReadonlyMap<string, readonly ObjectOperation[]>,
  budget: number,
): Finding {
  let left = budget;
  let unknown: string | undefined;
  // Small histories first, so that one large one does not take the budget of all.
  const sorted = [...objects].sort(([, a], [, b]) => a.length - b.length);
  for (const [key, operations] of sorted) {
    const result = searchLinearization(model, operations, left);
    left -= result.steps;
    if (result.kind === 'unknown') {
      unknown ??= `the search for an order of ${operations.length} operations${key === '' ? '' : ` on ${key}`} took more than ${budget} steps`;
      left = Math.max(left, Math.floor(budget / 10));
    }
    if (result.kind === 'impossible') return explain(invariant, model, key, operations, result, budget);
  }
  return unknown === undefined ? undefined : { unknown };
}

type Impossible = Extract<SearchResult, { kind: 'impossible' }>;

/** Finds the first completion after which no order exists, and says so. */
function explain(
  invariant: string,
  model: Model<unknown>,
  key: string,
  operations: readonly ObjectOperation[],
  whole: Impossible,
  budget: number,
): Finding {
  const ends = operations
    .flatMap(({ completed }) => (completed === undefined ? [] : [completed]))
    .sort((a, b) => a - b);
  let [low, high] = [0, ends.length - 1];
  let shortest: { readonly part: readonly ObjectOperation[]; readonly result: Impossible } = {
    part: operations,
    result: whole,
  };
  while (low < high) {
    const middle = (low + high) >>> 1;
    const part = upTo(operations, ends[middle]!);
    const result = searchLinearization(model, part, budget);
    if (result.kind === 'impossible') {
      shortest = { part, result };
      high = middle;
    } else if (result.kind === 'linearizable') low = middle + 1;
    else break;
  }
  const { part, result } = shortest;
  const stuck = lastCompleted(part) ?? part[result.stuck]!;
  const overlapping = part.filter((other) => other !== stuck && overlaps(other, stuck));
  const before = result.order
    .map((index) => part[index]!)
    .findLast(({ completed }) => completed !== undefined && completed < stuck.invoked);
  const states = part.indexOf(stuck) === result.stuck ? result.states : [];
  const seen =
    states.length === 0
      ? ''
      : ` It could only have found ${states.map((state) => state.replaceAll('\n', ', ') || 'nothing').join(' or ')}.`;
  const beside =
    overlapping.length === 0 ? '' : ` Beside it, ${firstOf(overlapping.map((other) => callText(model, other)))}.`;
  const message = `No order of the operations on ${key === '' ? model.name : key} explains that ${callText(model, stuck)}.${seen}${beside}`;
  const witness = [stuck, ...overlapping, ...(before === undefined ? [] : [before])];
  return violated(invariant, message, [
    ...new Set(
      witness.flatMap(({ invoked, completed }) => (completed === undefined ? [invoked] : [invoked, completed])),
    ),
  ]);
}

/** The history's beginning up to an event: what completed later was of unknown outcome then. */
function upTo(operations: readonly ObjectOperation[], end: number): readonly ObjectOperation[] {
  const part: ObjectOperation[] = [];
  for (const operation of operations) {
    if (operation.invoked > end) continue;
    const isOpen = operation.completed === undefined || operation.completed > end;
    part.push(
      isOpen
        ? { ...operation, completed: undefined, to: undefined, call: { ...operation.call, isKnown: false } }
        : operation,
    );
  }
  return part;
}

function lastCompleted(operations: readonly ObjectOperation[]): ObjectOperation | undefined {
  let last: ObjectOperation | undefined;
  for (const operation of operations) {
    if (operation.completed !== undefined && (last?.completed === undefined || operation.completed > last.completed))
      last = operation;
  }
  return last;
}

function overlaps(one: ObjectOperation, other: ObjectOperation): boolean {
  const oneEnd = one.completed ?? Number.POSITIVE_INFINITY;
  const otherEnd = other.completed ?? Number.POSITIVE_INFINITY;
  return one.invoked < otherEnd && other.invoked < oneEnd;
}

function callText(model: Model<unknown>, { call, from, to }: ObjectOperation): string {
  const times = to === undefined ? `from ${timeText(from.at)} on` : `from ${timeText(from.at)} to ${timeText(to.at)}`;
  const who = from.session === undefined || model.name === 'lock' ? '' : `${from.session} `;
  return `${who}${model.describe(call)} (${times})`;
}
