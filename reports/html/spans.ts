/**
 * Faults and witnesses as spans of true time, drawn from the history and, for faults that left no record, from the plan.
 */
import type { HistoryRecord } from '../../harness/history/record.ts';
import type { Fault, Plan } from '../../harness/plan/format.ts';
import type { RunReport } from '../model.ts';

/** One fault of the plan on the time axis. Times are true time, µs. */
export interface FaultSpan {
  readonly id: string;
  readonly kind: string;
  readonly words: string;
  /** Null where it was triggered by a message that never came. */
  readonly start: number | null;
  /** Null where it happens at an instant or was never lifted. */
  readonly end: number | null;
  readonly bites: readonly number[];
  /** Hosts that the fault names; empty where it concerns all. */
  readonly hosts: readonly string[];
  /** False where a fault starts by the plan's clock and the history does not mention it. */
  readonly isApplied: boolean;
}

/** True time, µs, of the last record. */
export function endOfRun(history: readonly HistoryRecord[]): number {
  return history.at(-1)?.at ?? 0;
}

/** The spans of the plan that ran. */
export function faultSpans(run: RunReport, hosts: readonly string[]): readonly FaultSpan[] {
  return spansOf(run.capsule.plan, run.planInWords, run.history, hosts);
}

/** The spans of the plan before shrinking, which this history did not run: from the plan's own times. */
export function originalSpans(run: RunReport, hosts: readonly string[]): readonly FaultSpan[] {
  const original = run.capsule.found?.original;
  if (original === undefined || run.originalPlanInWords === undefined) return [];
  return spansOf(original, run.originalPlanInWords, [], hosts);
}

function spansOf(
  plan: Pick<Plan, 'faults'>,
  words: readonly string[],
  history: readonly HistoryRecord[],
  hosts: readonly string[],
): readonly FaultSpan[] {
  const starts = new Map<string, number>();
  const ends = new Map<string, number>();
  const bites = new Map<string, number[]>();
  for (const record of history) {
    if (record.kind !== 'fault') continue;
    if (record.phase === 'start' && !starts.has(record.id)) starts.set(record.id, record.at);
    if (record.phase === 'heal') ends.set(record.id, record.at);
    if (record.phase === 'bit') {
      const known = bites.get(record.id);
      if (known === undefined) bites.set(record.id, [record.at]);
      else known.push(record.at);
    }
  }
  return plan.faults.map((fault, index) => {
    const start = starts.get(fault.id) ?? (fault.at === undefined ? null : fault.at * 1000);
    const length = typeof fault.for === 'number' ? fault.for * 1000 : null;
    return {
      id: fault.id,
      kind: fault.kind,
      words: words[index] ?? `${fault.kind} (${fault.id})`,
      start,
      end: ends.get(fault.id) ?? (start === null || length === null ? null : start + length),
      bites: bites.get(fault.id) ?? [],
      hosts: hostsOf(fault, hosts),
      isApplied: starts.has(fault.id),
    };
  });
}

/** Host names anywhere inside a fault's own fields: `process`, `between`, `link: "a>b"` and whatever a later kind calls them. */
function hostsOf(fault: Fault, hosts: readonly string[]): readonly string[] {
  const named = new Set<string>();
  const visit = (value: unknown): void => {
    if (typeof value === 'string') for (const part of value.split('>')) named.add(part);
    else if (Array.isArray(value)) for (const item of value) visit(item);
    else if (value !== null && typeof value === 'object') for (const item of Object.values(value)) visit(item);
  };
  for (const [field, value] of Object.entries(fault)) {
    // The trigger says when, not where.
    if (field !== 'id' && field !== 'kind' && field !== 'on') visit(value);
  }
  return hosts.filter((host) => named.has(host));
}
