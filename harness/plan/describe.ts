/** A plan in words, for reports and terminals. */
import { durationText } from '../duration.ts';
import { faultKinds } from '../faults/registry.ts';
import type { Fault, Plan } from './format.ts';
import { triggerText } from './injector.ts';

/** One line a fault, in the order of the plan, and one each about processes and workload items that are left out. */
export function describePlan(plan: Plan): readonly string[] {
  const lines = plan.faults.map(describeFault);
  if (lines.length === 0) lines.push('no faults');
  if (plan.absent !== undefined && plan.absent.length > 0) lines.push(`without ${plan.absent.join(', ')}`);
  if (plan.workload.skip.length > 0) lines.push(`workload without its items ${rangesText(plan.workload.skip)}`);
  return lines;
}

/** `f1, at 12 s: worker-1 cut from redis for 8 s`. */
export function describeFault(fault: Fault): string {
  const words = faultKinds.get(fault.kind)?.describe(fault) ?? `unknown kind "${fault.kind}"`;
  return `${fault.id}, ${startText(fault)}: ${words}`;
}

function startText(fault: Fault): string {
  const { at, on } = fault;
  const awaited = at === undefined ? undefined : faultKinds.get(fault.kind)?.awaits?.(fault);
  const time = durationText(at ?? 0);
  if (on === undefined) return awaited === undefined ? `at ${time}` : `with the next ${awaited.message} after ${time}`;
  const tied = `${on.when} delivery of ${triggerText(on)}`;
  if (at === undefined) return tied;
  return `${tied}, or ${awaited === undefined ? 'at' : 'of the next one after'} ${time}`;
}

/** `1-3, 7, 9-12`. */
function rangesText(numbers: readonly number[]): string {
  const sorted = numbers.toSorted((a, b) => a - b);
  const ranges: [number, number][] = [];
  for (const number of sorted) {
    const last = ranges[ranges.length - 1];
    if (last !== undefined && number <= last[1] + 1) last[1] = number;
    else ranges.push([number, number]);
  }
  return ranges.map(([low, high]) => (low === high ? `${low}` : `${low}-${high}`)).join(', ');
}
