/** GROUP BY, grouping sets and aggregates, by hashing. Groups come out in the order in which their first rows came in. */
import type { AggregateImplementation, BoundSite } from '../../functions/implementation.ts';
import type { HashKey } from '../../types/behaviour.ts';
import type { CallContext, Datum, PgType } from '../../types/datum.ts';
import type { Cursor, Evaluate, Frame, PlanNode } from './frame.ts';
import type { Condition } from './scan.ts';
import { compareByColumns, type FrameState, restoreFrame, type SortColumn, saveFrame } from './sort.ts';

export interface AggregateStep {
  readonly implementation: AggregateImplementation;
  readonly site: Omit<BoundSite, 'context'>;
  readonly isStrict: boolean;
  /** Arguments in front of WITHIN GROUP. */
  readonly direct: readonly Evaluate[];
  readonly args: readonly Evaluate[];
  readonly argTypes: readonly PgType[];
  readonly isDistinct: boolean;
  readonly order: readonly SortColumn[];
  readonly filter: Condition;
}

/** One aggregate over one group: its state, and what DISTINCT and ORDER BY must hold back. */
export class Accumulator {
  readonly #step: AggregateStep;
  readonly #context: CallContext;
  #state: unknown;
  #seen: Set<string | HashKey> | null;
  #held: { readonly args: readonly Datum[]; readonly keys: readonly Datum[] }[] | null;

  constructor(step: AggregateStep, context: CallContext) {
    this.#step = step;
    this.#context = context;
    this.#state = step.implementation.start(step.site);
    this.#seen = step.isDistinct ? new Set() : null;
    this.#held = step.order.length > 0 || step.isDistinct ? [] : null;
  }

  /** Takes the row in the frame. */
  add(frame: Frame): void {
    const step = this.#step;
    if (step.filter !== null && !step.filter(frame)) return;
    const args = step.args.map((arg) => arg(frame));
    if (this.#seen !== null) {
      const key = rowKey(step.argTypes, args);
      if (this.#seen.has(key)) return;
      this.#seen.add(key);
    }
    if (this.#held !== null) this.#held.push({ args, keys: step.order.map((column) => column.value(frame)) });
    else this.#state = step.implementation.step(this.#state, args, this.#context, step.site);
  }

  /** `frame` has the group's columns, which the direct arguments may name. */
  result(frame: Frame): Datum {
    const step = this.#step;
    if (this.#held !== null) {
      // DISTINCT sorts by its arguments when no order is asked for.
      if (step.order.length > 0) this.#held.sort((a, b) => compareByColumns(step.order, a.keys, b.keys));
      else this.#held.sort((a, b) => compareArgs(step.argTypes, a.args, b.args));
      for (const { args } of this.#held)
        this.#state = step.implementation.step(this.#state, args, this.#context, step.site);
      this.#held = null;
    }
    return step.implementation.finish(
      this.#state,
      this.#context,
      step.site,
      step.direct.map((arg) => arg(frame)),
    );
  }
}

function compareArgs(types: readonly PgType[], left: readonly Datum[], right: readonly Datum[]): number {
  for (let index = 0; index < types.length; index++) {
    const a = left[index]!;
    const b = right[index]!;
    if (a === null || b === null) {
      if (a !== b) return a === null ? 1 : -1;
      continue;
    }
    const sign = types[index]!.compare(a, b);
    if (sign !== 0) return sign;
  }
  return 0;
}

/** A key by which equal rows, and no others, are the same. */
export function rowKey(types: readonly PgType[], values: readonly Datum[]): string | HashKey {
  if (types.length === 1) {
    const value = values[0]!;
    return value === null ? '\u0000null' : types[0]!.hashKey(value);
  }
  let key = '';
  for (let index = 0; index < types.length; index++) {
    const value = values[index]!;
    if (value === null) {
      key += 'n;';
      continue;
    }
    const part = String(types[index]!.hashKey(value));
    key += `${part.length}:${part};`;
  }
  return key;
}

interface Group {
  readonly values: Datum[];
  readonly first: FrameState | null;
  readonly accumulators: Accumulator[];
}

export class Aggregate implements PlanNode {
  readonly child: PlanNode;
  readonly groups: readonly Evaluate[];
  readonly groupTypes: readonly PgType[];
  /** Sets of positions in `groups`; one with all of them for a plain GROUP BY. */
  readonly sets: readonly (readonly number[])[];
  readonly steps: readonly AggregateStep[];
  readonly having: Condition;

  constructor(
    child: PlanNode,
    groups: readonly Evaluate[],
    groupTypes: readonly PgType[],
    sets: readonly (readonly number[])[],
    steps: readonly AggregateStep[],
    having: Condition,
  ) {
    this.child = child;
    this.groups = groups;
    this.groupTypes = groupTypes;
    this.sets = sets;
    this.steps = steps;
    this.having = having;
  }

  open(frame: Frame): Cursor {
    return new AggregateCursor(this, frame);
  }
}

class AggregateCursor implements Cursor {
  readonly #node: Aggregate;
  readonly #frame: Frame;
  readonly #child: Cursor;
  readonly #bySet: Map<string | HashKey, Group>[];
  #results: Group[] | null = null;
  #at = 0;
  #isPending = false;
  #hasGroup = false;

  constructor(node: Aggregate, frame: Frame) {
    this.#node = node;
    this.#frame = frame;
    this.#child = node.child.open(frame);
    this.#bySet = node.sets.map(() => new Map());
  }

  next(): boolean {
    if (this.#results === null) this.#gather();
    const { having } = this.#node;
    const frame = this.#frame;
    for (;;) {
      if (!this.#hasGroup) {
        const group = this.#results![this.#at];
        if (group === undefined) return false;
        this.#at += 1;
        if (group.first !== null) restoreFrame(frame, group.first);
        frame.groups = group.values;
        frame.aggregates = group.accumulators.map((accumulator) => accumulator.result(frame));
        this.#hasGroup = true;
      }
      const isWanted = having === null || having(frame);
      this.#hasGroup = false;
      if (isWanted) return true;
    }
  }

  #gather(): void {
    const node = this.#node;
    const frame = this.#frame;
    while (this.#isPending || this.#child.next()) {
      this.#isPending = true;
      const values = node.groups.map((group) => group(frame));
      this.#isPending = false;
      node.sets.forEach((set, index) => {
        const group = this.#groupOf(this.#bySet[index]!, set, values);
        for (const accumulator of group.accumulators) accumulator.add(frame);
      });
    }
    const results: Group[] = [];
    node.sets.forEach((set, index) => {
      const groups = this.#bySet[index]!;
      // Without GROUP BY columns there is one group even when no row came.
      if (set.length === 0 && groups.size === 0)
        groups.set('', this.#newGroup([...node.groups.map(() => null), 0], null));
      results.push(...groups.values());
    });
    this.#results = results;
  }

  #groupOf(groups: Map<string | HashKey, Group>, set: readonly number[], values: readonly Datum[]): Group {
    const node = this.#node;
    const used = set.length === node.groups.length ? values : set.map((position) => values[position]!);
    const types =
      set.length === node.groups.length ? node.groupTypes : set.map((position) => node.groupTypes[position]!);
    const key = set.length === 0 ? '' : rowKey(types, used);
    let group = groups.get(key);
    if (group === undefined) {
      const shown: Datum[] =
        set.length === node.groups.length
          ? [...values]
          : values.map((value, position) => (set.includes(position) ? value : null));
      // GROUPING reads behind the columns which of them the set has.
      shown.push(set.reduce((mask, position) => mask | (1 << position), 0));
      group = this.#newGroup(shown, saveFrame(this.#frame));
      groups.set(key, group);
    }
    return group;
  }

  #newGroup(values: Datum[], first: FrameState | null): Group {
    const { context } = this.#frame.execution;
    return { values, first, accumulators: this.#node.steps.map((step) => new Accumulator(step, context)) };
  }
}
