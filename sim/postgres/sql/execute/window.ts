/**
 * Window functions: all rows are gathered, sorted by partition and order, and each call is evaluated for each row.
 * Source: PostgreSQL 15 manual 4.2.8 and 9.22. Frames are computed per row from row numbers and peer groups.
 */

import { failure, unsupported } from '../../errors.ts';
import type { BoundSite, WindowImplementation, WindowView } from '../../functions/implementation.ts';
import type { Datum, PgType } from '../../types/datum.ts';
import type { WindowFrame } from '../query.ts';
import { Accumulator, type AggregateStep } from './aggregate.ts';
import type { Cursor, Evaluate, Frame, PlanNode } from './frame.ts';
import { compareByColumns, compareDatums, type FrameState, restoreFrame, type SortColumn, saveFrame } from './sort.ts';

export interface WindowStep {
  readonly partition: readonly { readonly value: Evaluate; readonly type: PgType }[];
  readonly order: readonly SortColumn[];
  readonly frame: WindowFrame;
  readonly startOffset: Evaluate | null;
  readonly endOffset: Evaluate | null;
  readonly calls: readonly WindowCallStep[];
}

export interface WindowCallStep {
  /** Position in the frame's list of window values. */
  readonly index: number;
  readonly function: WindowImplementation | null;
  readonly aggregate: AggregateStep | null;
  readonly args: readonly Evaluate[];
  readonly site: Omit<BoundSite, 'context'>;
}

interface Item {
  readonly state: FrameState;
  readonly partition: Datum[];
  readonly keys: Datum[];
}

export class WindowAggregate implements PlanNode {
  readonly child: PlanNode;
  readonly steps: readonly WindowStep[];
  readonly count: number;
  constructor(child: PlanNode, steps: readonly WindowStep[], count: number) {
    this.child = child;
    this.steps = steps;
    this.count = count;
  }

  open(frame: Frame): Cursor {
    const child = this.child.open(frame);
    const states: FrameState[] = [];
    let ordered: FrameState[] | null = null;
    let at = 0;
    return {
      next: () => {
        if (ordered === null) {
          while (child.next()) {
            const state = saveFrame(frame);
            state.windows = new Array<Datum>(this.count).fill(null);
            states.push(state);
          }
          ordered = states;
          for (const step of this.steps) ordered = runStep(step, frame, ordered);
        }
        const state = ordered[at];
        if (state === undefined) return false;
        at += 1;
        restoreFrame(frame, state);
        return true;
      },
    };
  }
}

function runStep(step: WindowStep, frame: Frame, states: readonly FrameState[]): FrameState[] {
  const items: Item[] = states.map((state) => {
    restoreFrame(frame, state);
    return {
      state,
      partition: step.partition.map((part) => part.value(frame)),
      keys: step.order.map((column) => column.value(frame)),
    };
  });
  const partitionColumns = step.partition.map((part) => ({
    type: part.type,
    isDescending: false,
    nullsFirst: false,
    value: part.value,
  }));
  items.sort(
    (a, b) =>
      compareByColumns(partitionColumns, a.partition, b.partition) || compareByColumns(step.order, a.keys, b.keys),
  );
  for (let start = 0; start < items.length; ) {
    let end = start + 1;
    while (
      end < items.length &&
      compareByColumns(partitionColumns, items[start]!.partition, items[end]!.partition) === 0
    )
      end += 1;
    new Partition(step, frame, items.slice(start, end)).run();
    start = end;
  }
  return items.map((item) => item.state);
}

class Partition {
  readonly #step: WindowStep;
  readonly #frame: Frame;
  readonly #items: readonly Item[];
  /** Start of each row's peer group, its end, and its number. */
  readonly #peerStart: number[] = [];
  readonly #peerEnd: number[] = [];
  readonly #peerGroup: number[] = [];
  readonly #groupStarts: number[] = [];

  constructor(step: WindowStep, frame: Frame, items: readonly Item[]) {
    this.#step = step;
    this.#frame = frame;
    this.#items = items;
    for (let start = 0; start < items.length; ) {
      let end = start + 1;
      while (end < items.length && compareByColumns(step.order, items[start]!.keys, items[end]!.keys) === 0) end += 1;
      for (let row = start; row < end; row++) {
        this.#peerStart.push(start);
        this.#peerEnd.push(end);
        this.#peerGroup.push(this.#groupStarts.length);
      }
      this.#groupStarts.push(start);
      start = end;
    }
  }

  run(): void {
    for (const call of this.#step.calls) {
      if (call.aggregate !== null) this.#runAggregate(call, call.aggregate);
      else if (call.function !== null) this.#runFunction(call, call.function);
      else throw unsupported('this window function');
    }
  }

  #runFunction(call: WindowCallStep, implementation: WindowImplementation): void {
    const { context } = this.#frame.execution;
    const site = { ...call.site, context };
    for (let row = 0; row < this.#items.length; row++) {
      const rows = this.#frameRows(row);
      const view: WindowView = {
        row,
        rowCount: this.#items.length,
        peerStart: this.#peerStart[row]!,
        peerEnd: this.#peerEnd[row]!,
        peerGroup: this.#peerGroup[row]!,
        frameCount: rows.count,
        frameRow: rows.at,
        argument: (other, index) => {
          restoreFrame(this.#frame, this.#items[other]!.state);
          return call.args[index]!(this.#frame);
        },
      };
      this.#items[row]!.state.windows[call.index] = implementation(view, context, site);
    }
  }

  /** Runs on from row to row while the frame only grows at its end; otherwise starts anew. */
  #runAggregate(call: WindowCallStep, aggregate: AggregateStep): void {
    const { context } = this.#frame.execution;
    const grows = this.#step.frame.start.kind === 'unbounded preceding' && this.#step.frame.exclude === 'none';
    let added = 0;
    let previous: Datum = null;
    let isFresh = true;
    let lastEnd = -1;
    for (let row = 0; row < this.#items.length; row++) {
      const rows = this.#frameRows(row);
      if (grows && !isFresh && rows.count === lastEnd) {
        this.#items[row]!.state.windows[call.index] = previous;
        continue;
      }
      // A fresh accumulator each time, since an aggregate's final step may consume its state.
      const accumulator = new Accumulator(aggregate, context);
      for (added = 0; added < rows.count; added++) {
        restoreFrame(this.#frame, this.#items[rows.at(added)]!.state);
        accumulator.add(this.#frame);
      }
      previous = accumulator.result(this.#frame);
      isFresh = false;
      lastEnd = rows.count;
      this.#items[row]!.state.windows[call.index] = previous;
    }
  }

  #frameRows(row: number): { readonly count: number; readonly at: (index: number) => number } {
    const { frame } = this.#step;
    let start = this.#bound(row, frame.start.kind, this.#step.startOffset, true);
    let end = this.#bound(row, frame.end.kind, this.#step.endOffset, false);
    start = Math.max(0, Math.min(start, this.#items.length));
    end = Math.max(start, Math.min(end, this.#items.length));
    if (frame.exclude === 'none') {
      const first = start;
      const count = end - start;
      return { count, at: (index) => (index >= 0 && index < count ? first + index : -1) };
    }
    const list: number[] = [];
    for (let other = start; other < end; other++) {
      const isPeer = other >= this.#peerStart[row]! && other < this.#peerEnd[row]!;
      if (
        frame.exclude === 'current row' ? other === row : frame.exclude === 'group' ? isPeer : isPeer && other !== row
      )
        continue;
      list.push(other);
    }
    return { count: list.length, at: (index) => list[index] ?? -1 };
  }

  /** First row of the frame, or the row after its last. */
  #bound(row: number, kind: WindowFrame['start']['kind'], offset: Evaluate | null, isStart: boolean): number {
    const { mode } = this.#step.frame;
    if (kind === 'unbounded preceding') return 0;
    if (kind === 'unbounded following') return this.#items.length;
    if (kind === 'current row') {
      if (mode === 'rows') return isStart ? row : row + 1;
      return isStart ? this.#peerStart[row]! : this.#peerEnd[row]!;
    }
    restoreFrame(this.#frame, this.#items[row]!.state);
    const value = offset!(this.#frame);
    if (value === null) throw failure('22004', `frame ${isStart ? 'starting' : 'ending'} offset must not be null`, {});
    if (mode === 'range') return this.#rangeBound(row, kind, value, isStart);
    const count = Number(value);
    if (count < 0) throw failure('22013', `frame ${isStart ? 'starting' : 'ending'} offset must not be negative`, {});
    const signed = kind === 'preceding' ? -count : count;
    if (mode === 'rows') return isStart ? row + signed : row + signed + 1;
    const group = this.#peerGroup[row]! + signed + (isStart ? 0 : 1);
    if (group < 0) return 0;
    return this.#groupStarts[group] ?? this.#items.length;
  }

  /** RANGE with an offset, for numbers of JavaScript. */
  #rangeBound(row: number, kind: 'preceding' | 'following', offset: Datum, isStart: boolean): number {
    const column = this.#step.order[0]!;
    const key = this.#items[row]!.keys[0]!;
    if (key === null) return isStart ? this.#peerStart[row]! : this.#peerEnd[row]!;
    if (
      (typeof key !== 'number' && typeof key !== 'bigint') ||
      (typeof offset !== 'number' && typeof offset !== 'bigint')
    )
      throw unsupported('RANGE with an offset of this type');
    const isBack = (kind === 'preceding') !== column.isDescending;
    const limit =
      typeof key === 'bigint'
        ? isBack
          ? key - BigInt(offset)
          : key + BigInt(offset)
        : isBack
          ? key - Number(offset)
          : key + Number(offset);
    for (let other = 0; other < this.#items.length; other++) {
      const value = this.#items[other]!.keys[0]!;
      const sign = value === null ? (column.nullsFirst ? -1 : 1) : compareDatums(column, value, limit);
      if (isStart ? sign >= 0 : sign > 0) return other;
    }
    return this.#items.length;
  }
}
