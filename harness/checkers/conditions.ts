/**
 * Conditions over time: when did something hold? What `alertRule` compares alerts with, and `metricTruth` compares metrics with.
 */
import type { HistoryRecord } from '../history/record.ts';
import { filterText, type RowFilter, rowMatches, Table } from './sources.ts';

/** A condition on the oracle's side. */
export type Condition =
  /** At least so many rows of a table match. */
  | {
      readonly server: string;
      readonly table: string;
      readonly where: RowFilter;
      readonly count: number;
      readonly key?: string;
    }
  /** A metric that a service recorded is above, or below, a value; from the record on, until the next. */
  | { readonly metric: string; readonly above: number }
  | { readonly metric: string; readonly below: number };

/** An interval in which a condition held; `until` is undefined while it does. */
export interface Held {
  readonly from: number;
  readonly seq: number;
  until: number | undefined;
}

/** Number of matching rows of a table, as the commits so far left it. */
export class RowCount {
  private readonly table: Table;
  private readonly where: RowFilter;
  value = 0;

  constructor(options: {
    readonly server: string;
    readonly table: string;
    readonly where: RowFilter;
    readonly key?: string | undefined;
  }) {
    this.table = new Table(options);
    this.where = options.where;
  }

  /** True when the record may have changed the count. */
  record(record: HistoryRecord): boolean {
    const steps = this.table.record(record);
    for (const { before, after } of steps) {
      this.value += Number(rowMatches(after?.row, this.where)) - Number(rowMatches(before?.row, this.where));
    }
    return steps.length > 0;
  }
}

/** Follows a condition over the records. */
export class ConditionOverTime {
  private readonly condition: Condition;
  private readonly count: RowCount | undefined;
  readonly intervals: Held[] = [];

  constructor(condition: Condition) {
    this.condition = condition;
    this.count = 'table' in condition ? new RowCount(condition) : undefined;
  }

  record(record: HistoryRecord): void {
    const holds = this.holdsAfter(record);
    if (holds === undefined) return;
    const last = this.intervals[this.intervals.length - 1];
    const held = last !== undefined && last.until === undefined;
    if (holds && !held) this.intervals.push({ from: record.at, seq: record.seq, until: undefined });
    if (!holds && held) last.until = record.at;
  }

  private holdsAfter(record: HistoryRecord): boolean | undefined {
    const { condition } = this;
    if ('table' in condition)
      return this.count?.record(record) === true ? this.count.value >= condition.count : undefined;
    if (record.kind !== 'metric' || record.name !== condition.metric) return undefined;
    return 'above' in condition ? record.value > condition.above : record.value < condition.below;
  }
}

/** `db.jobs has 10 or more rows with state queued`. */
export function conditionText(condition: Condition): string {
  if ('table' in condition) {
    return `${condition.server}.${condition.table} has ${condition.count} or more rows with ${filterText(condition.where)}`;
  }
  return 'above' in condition
    ? `${condition.metric} is above ${condition.above}`
    : `${condition.metric} is below ${condition.below}`;
}
