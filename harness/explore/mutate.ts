/**
 * Makes a plan from another one by one to three small changes: another start, another duration, a fault less, or faults of a second
 * plan. Hosts, links and labels only ever come from plans of the same scenario, so a changed plan is valid where its parents are; a
 * change that breaks a fault's own schema is not made.
 */
import { Draw } from '../faults/draw.ts';
import { faultKinds } from '../faults/registry.ts';
import type { Fault, Plan, Trigger } from '../plan/format.ts';
import { randomOf } from '../plan/random.ts';

export interface Mutant {
  readonly plan: Plan;
  /** What was changed: `f2 starts at another time`. */
  readonly how: string;
}

/** More faults than in either parent by this many at most. */
const GROWTH_MAX = 2;

/** A change of the plan by chance of that seed; `other` gives faults, draws and the bounds of times. */
export function mutate(plan: Plan, other: Plan, seed: number): Mutant {
  const draw = new Draw(randomOf(seed, 'explore/mutate'));
  const latestMs = Math.max(0, ...[...plan.faults, ...other.faults].map(({ at }) => at ?? 0));
  const faultsMax = Math.max(plan.faults.length, other.faults.length) + GROWTH_MAX;
  let faults = plan.faults;
  const changes: string[] = [];
  for (let count = draw.integer(1, 3); count > 0; count--) {
    const change = draw.integer(0, 6);
    const taken = other.faults.length === 0 ? undefined : draw.pick(other.faults);
    if (faults.length === 0 || (change === 0 && faults.length < faultsMax)) {
      if (taken === undefined) continue;
      faults = [...faults, { ...taken, id: `new${changes.length}` }];
      changes.push(`a ${taken.kind} more`);
      continue;
    }
    const index = draw.integer(0, faults.length - 1);
    const fault = faults[index]!;
    if (change === 1 && faults.length > 1) {
      faults = faults.toSpliced(index, 1);
      changes.push(`without ${fault.id}`);
    } else if (change === 2 && taken !== undefined) {
      faults = faults.with(index, { ...taken, id: fault.id });
      changes.push(`${fault.id} is a ${taken.kind}`);
    } else {
      const changed = otherwise(fault, draw, latestMs);
      if (!faultKinds.get(fault.kind)!.schema.safeParse(changed).success) continue;
      faults = faults.with(index, changed);
      changes.push(`${fault.id} at another moment`);
    }
  }
  const workload = draw.ratio(1, 4) ? other.workload : plan.workload;
  return {
    plan: { ...plan, seed: draw.ratio(1, 2) ? plan.seed : seed, workload, faults: renumbered(faults) },
    how: changes.join(', ') || 'other chance',
  };
}

/** The same disturbance at another moment, or for another time. */
function otherwise(fault: Fault, draw: Draw, latestMs: number): Fault {
  const { on, at, for: forMs } = fault;
  if (forMs !== undefined && draw.ratio(1, 4))
    return { ...fault, for: Math.max(1, Math.round(forMs * draw.pick([0.25, 0.5, 0.75, 1.5, 2]))) };
  if (on !== undefined) return { ...fault, on: otherTrigger(on, draw) };
  const nearMs = Math.max(1, Math.floor((at ?? 0) / 8));
  const moved = draw.ratio(1, 2) ? draw.integer(0, latestMs) : (at ?? 0) + draw.integer(-nearMs, nearMs);
  return { ...fault, at: Math.min(latestMs, Math.max(0, moved)) };
}

function otherTrigger(on: Trigger, draw: Draw): Trigger {
  switch (draw.integer(0, 3)) {
    case 0:
      return { ...on, when: on.when === 'before' ? 'after' : 'before' };
    case 1:
      return { ...on, nth: Math.max(1, Math.round(on.nth * draw.pick([0.5, 0.75, 1.25, 2]))) };
    default:
      return { ...on, nth: Math.max(1, on.nth + draw.pick([-3, -2, -1, 1, 2, 3])) };
  }
}

function renumbered(faults: readonly Fault[]): readonly Fault[] {
  return faults
    .map((fault, order) => ({ fault, order }))
    .sort((a, b) => (a.fault.at ?? 0) - (b.fault.at ?? 0) || a.order - b.order)
    .map(({ fault }, index) => ({ ...fault, id: `f${index + 1}` }));
}
