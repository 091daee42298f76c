/**
 * The moves of shrinking: generators of simpler plans, told after each candidate whether it still fails, so that they go on from there.
 *
 * First whole faults go (delta debugging, Zeller and Hildebrandt, 2002), then processes, draws and workload items, then each fault
 * gets simpler by its own kind's rules. Joint moves come last: faults that must overlap come earlier, or get shorter, only together.
 */
import type { FaultKind } from '../faults/kind.ts';
import type { Fault, Plan } from './format.ts';

/** Simpler values of a draw, the simplest first; never the value itself. */
export type SimplerDraws = (draws: unknown) => Promise<readonly unknown[]>;

export interface MoveSurroundings {
  readonly kinds: ReadonlyMap<string, FaultKind>;
  /** Top-level items of the workload, as the last failing run counted them; 0: not known. */
  readonly workload: { readonly items: number };
  /** Names of the process instances. */
  readonly processes: readonly string[];
  readonly draws?: SimplerDraws;
}

/** Yields candidates; receives whether the last one failed; returns the plan that it arrived at. */
export type Moves = AsyncGenerator<Plan, Plan, boolean>;

/** Steps finer than this part of a time are not worth a run. */
const FINEST_SHARE = 1 / 16;

/** One pass over all moves. */
export async function* allMoves(
  start: Plan,
  { kinds, workload, processes, draws }: MoveSurroundings,
): AsyncGenerator<Plan, Plan, boolean> {
  let plan = yield* dropFaults(start);
  plan = yield* dropProcesses(plan, processes, kinds);
  if (draws !== undefined) plan = yield* simplifyDraws(plan, draws);
  // Known only now, since smaller draws have fewer items.
  plan = yield* dropItems(withoutAbsentItems(plan, workload.items), workload.items);
  plan = yield* simplifyFaults(plan, kinds);
  plan = yield* shortenTogether(plan);
  plan = yield* moveTogether(plan);
  return plan;
}

/** The same plan without items in `skip` that the workload does not have. */
export function withoutAbsentItems(plan: Plan, items: number): Plan {
  const skip = plan.workload.skip.filter((item) => item < items);
  return items === 0 || skip.length === plan.workload.skip.length
    ? plan
    : { ...plan, workload: { ...plan.workload, skip } };
}

async function* dropFaults(plan: Plan): Moves {
  const kept = yield* leastSubset(plan.faults, (faults) => ({ ...plan, faults }));
  return { ...plan, faults: kept };
}

/** Processes that no fault names are not started, all of them or one at a time. */
async function* dropProcesses(start: Plan, processes: readonly string[], kinds: ReadonlyMap<string, FaultKind>): Moves {
  const absent = new Set(start.absent);
  const named = new Set(start.faults.flatMap((fault) => namesOf(fault, kinds)));
  const free = processes.filter((name) => !absent.has(name) && !named.has(name));
  if (free.length === 0) return start;
  const without = (kept: readonly string[]): Plan => {
    const left = [...absent, ...free.filter((name) => !kept.includes(name))];
    return left.length === 0 ? start : { ...start, absent: left.toSorted() };
  };
  const kept = yield* leastSubset(free, without);
  return kept.length === free.length ? start : without(kept);
}

/** Hosts that a fault or its trigger names. */
function namesOf(fault: Fault, kinds: ReadonlyMap<string, FaultKind>): readonly string[] {
  const own = kinds.get(fault.kind)?.names(fault) ?? [];
  return [...own.map(({ name }) => name), ...(fault.on?.link.split('>') ?? [])];
}

async function* dropItems(plan: Plan, items: number): Moves {
  const skipped = new Set(plan.workload.skip);
  const present = Array.from({ length: items }, (_, index) => index).filter((index) => !skipped.has(index));
  const withItems = (kept: readonly number[]): Plan => {
    const keep = new Set(kept);
    const skip = [...skipped, ...present.filter((index) => !keep.has(index))].sort((a, b) => a - b);
    return { ...plan, workload: { ...plan.workload, skip } };
  };
  const kept = yield* leastSubset(present, withItems);
  return kept.length === present.length ? plan : withItems(kept);
}

/**
 * Delta debugging: a subset from which no single part can be taken. Tries nothing at all first, then halves, then what is left
 * without a part, in ever smaller parts.
 */
async function* leastSubset<T>(
  all: readonly T[],
  build: (kept: readonly T[]) => Plan,
): AsyncGenerator<Plan, readonly T[], boolean> {
  if (all.length === 0) return all;
  if (yield build([])) return [];
  let kept = all;
  let parts = 2;
  while (kept.length > 1) {
    const size = Math.ceil(kept.length / parts);
    let reduced: readonly T[] | undefined;
    // Few causes hide among many: a part alone is tried first while parts are large.
    for (let at = 0; parts <= 4 && at < kept.length && reduced === undefined; at += size) {
      const part = kept.slice(at, at + size);
      if (yield build(part)) reduced = part;
    }
    const isAlone = reduced !== undefined;
    for (let at = 0; parts > 2 && at < kept.length && reduced === undefined; at += size) {
      const rest = [...kept.slice(0, at), ...kept.slice(at + size)];
      if (yield build(rest)) reduced = rest;
    }
    if (reduced !== undefined) {
      kept = reduced;
      parts = isAlone ? 2 : Math.max(2, parts - 1);
    } else {
      if (size === 1) break;
      parts = Math.min(kept.length, parts * 2);
    }
  }
  return kept;
}

async function* simplifyDraws(start: Plan, simpler: SimplerDraws): Moves {
  let plan = start;
  for (let hasImproved = true; hasImproved; ) {
    hasImproved = false;
    for (const draws of await simpler(plan.workload.draws)) {
      const candidate: Plan = { ...plan, workload: { ...plan.workload, draws } };
      if (yield candidate) {
        plan = candidate;
        hasImproved = true;
        break;
      }
    }
  }
  return plan;
}

async function* simplifyFaults(start: Plan, kinds: ReadonlyMap<string, FaultKind>): Moves {
  let plan = start;
  for (let index = 0; index < plan.faults.length; index++) {
    for (let hasImproved = true; hasImproved; ) {
      hasImproved = false;
      const fault = plan.faults[index]!;
      for (const simpler of kinds.get(fault.kind)?.shrink(fault) ?? []) {
        const candidate: Plan = { ...plan, faults: plan.faults.with(index, simpler) };
        if (yield candidate) {
          plan = candidate;
          hasImproved = true;
          break;
        }
      }
    }
  }
  return plan;
}

/** Faults whose ends belong together get shorter together, all by the same share. */
async function* shortenTogether(start: Plan): Moves {
  let plan = start;
  if (plan.faults.filter(({ for: forMs }) => forMs !== undefined).length < 2) return plan;
  for (let share = 1 / 2; share < 1; ) {
    const faults = plan.faults.map((fault) =>
      fault.for === undefined ? fault : { ...fault, for: Math.max(1, Math.floor(fault.for * share)) },
    );
    const candidate: Plan = { ...plan, faults };
    const isShorter = faults.some(({ for: forMs }, index) => forMs !== plan.faults[index]!.for);
    if (isShorter && (yield candidate)) plan = candidate;
    else share = 1 - (1 - share) / 2 > 1 - FINEST_SHARE ? 1 : 1 - (1 - share) / 2;
  }
  return plan;
}

/** Faults that must overlap move only together: all that start by the clock come earlier by the same time, or the later ones of them. */
async function* moveTogether(start: Plan): Moves {
  let plan = start;
  const starts = (): readonly number[] =>
    [...new Set(plan.faults.flatMap((fault) => (isByClock(fault) ? [fault.at ?? 0] : [])))].sort((a, b) => a - b);
  if (starts().length === 0 || plan.faults.filter(isByClock).length < 2) return plan;
  for (let group = 0; group < starts().length; group++) {
    for (let hasImproved = true; hasImproved && group < starts().length; ) {
      hasImproved = false;
      const from = starts()[group]!;
      // The first group moves towards zero, a later one towards the group before it.
      const room = from - (group === 0 ? 0 : starts()[group - 1]!);
      for (let shift = room; shift >= Math.max(1, room * FINEST_SHARE); shift = Math.floor(shift / 2)) {
        const faults = plan.faults.map((fault) =>
          isByClock(fault) && (fault.at ?? 0) >= from ? { ...fault, at: (fault.at ?? 0) - shift } : fault,
        );
        const candidate: Plan = { ...plan, faults };
        if (yield candidate) {
          plan = candidate;
          hasImproved = true;
          break;
        }
      }
    }
  }
  return plan;
}

function isByClock(fault: Fault): boolean {
  return fault.at !== undefined && fault.on === undefined;
}
