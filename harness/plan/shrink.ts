/**
 * Finds a smaller plan that still breaks the same invariant.
 *
 * First whole faults go (delta debugging, Zeller and Hildebrandt, 2002), then workload items, then each fault gets simpler by its own
 * kind's rules, then all windows move earlier together; and again, until nothing helps or the budget is spent. Every candidate is
 * strictly simpler than the best so far, so it ends. The best so far is never lost: it is what comes back, whatever stops the search.
 */
import type * as fc from 'fast-check';
import type { FaultKind } from '../faults/kind.ts';
import { faultKinds } from '../faults/registry.ts';
import type { Fault, Plan } from './format.ts';

export interface ShrinkOptions {
  /** Most runs of a candidate. */
  readonly runs: number;
  /** Most seconds by `now`. */
  readonly seconds: number;
  /** A clock in ms, of the caller's choice. */
  readonly now: () => number;
  /** Number of the workload's top-level items, as the failing run counted them; 0 (default): items are left alone unless the predicate tells. */
  readonly items?: number;
  /** The scenario's arbitrary of draws; without it draws are left alone. */
  readonly draws?: fc.Arbitrary<unknown>;
  /** Default: all kinds. */
  readonly kinds?: ReadonlyMap<string, FaultKind>;
}

export interface ShrinkProgress {
  readonly runs: number;
  /** The smallest plan so far that still fails. */
  readonly best: Plan;
  /** True when the last candidate became the best. */
  readonly improved: boolean;
}

export interface ShrinkResult {
  readonly plan: Plan;
  readonly runs: number;
  /** Why it ended: nothing smaller fails, or a budget, or an error of the predicate. */
  readonly stopped: 'minimal' | 'runs' | 'seconds' | 'error';
  readonly error?: unknown;
}

/**
 * True when the plan still breaks the same invariant. With the number of top-level items that its workload had, where that is known: a
 * smaller draw has fewer.
 */
export type StillFails = (plan: Plan) => Promise<boolean | { readonly fails: boolean; readonly items: number }>;

/** Shrinks to the end; see `shrinking` for progress. */
export async function shrinkPlan(plan: Plan, stillFails: StillFails, options: ShrinkOptions): Promise<ShrinkResult> {
  const search = shrinking(plan, stillFails, options);
  for (;;) {
    const step = await search.next();
    if (step.done === true) return step.value;
  }
}

/** Shrinks step by step: yields after each run of a candidate, and may be left at any of them. */
export async function* shrinking(
  plan: Plan,
  stillFails: StillFails,
  options: ShrinkOptions,
): AsyncGenerator<ShrinkProgress, ShrinkResult> {
  const kinds = options.kinds ?? faultKinds;
  const known = new Set<string>([JSON.stringify(plan)]);
  const startedMs = options.now();
  const workload = { items: options.items ?? 0 };
  let best = plan;
  let runs = 0;
  for (;;) {
    const moves = allMoves(best, options.draws, workload, kinds);
    let improvedInPass = false;
    // A generator of moves is told whether its last candidate failed, and goes on from there.
    let step = moves.next(false);
    while (step.done !== true) {
      const candidate = step.value;
      const text = JSON.stringify(candidate);
      if (known.has(text)) {
        step = moves.next(false);
        continue;
      }
      known.add(text);
      if (runs >= options.runs) return { plan: best, runs, stopped: 'runs' };
      if (options.now() - startedMs >= options.seconds * 1000) return { plan: best, runs, stopped: 'seconds' };
      runs += 1;
      let improved: boolean;
      try {
        const answer = await stillFails(candidate);
        improved = typeof answer === 'boolean' ? answer : answer.fails;
        if (improved && typeof answer !== 'boolean') workload.items = answer.items;
      } catch (error) {
        return { plan: best, runs, stopped: 'error', error };
      }
      if (improved) {
        best = withoutAbsentItems(candidate, workload.items);
        improvedInPass = true;
      }
      yield { runs, best, improved };
      step = moves.next(improved);
    }
    if (!improvedInPass) return { plan: best, runs, stopped: 'minimal' };
  }
}

/** Yields candidates; receives whether the last one failed; returns the plan that it arrived at. */
type Moves = Generator<Plan, Plan, boolean>;

function* allMoves(
  start: Plan,
  draws: fc.Arbitrary<unknown> | undefined,
  workload: { readonly items: number },
  kinds: ReadonlyMap<string, FaultKind>,
): Moves {
  let plan = yield* dropFaults(start);
  if (draws !== undefined) plan = yield* simplifyDraws(plan, draws);
  // Known only now, since smaller draws have fewer items.
  plan = yield* dropItems(withoutAbsentItems(plan, workload.items), workload.items);
  plan = yield* simplifyFaults(plan, kinds);
  plan = yield* moveTogether(plan);
  return plan;
}

/** The same plan without items in `skip` that the workload does not have. */
function withoutAbsentItems(plan: Plan, items: number): Plan {
  const skip = plan.workload.skip.filter((item) => item < items);
  return items === 0 || skip.length === plan.workload.skip.length
    ? plan
    : { ...plan, workload: { ...plan.workload, skip } };
}

function* dropFaults(plan: Plan): Moves {
  const kept = yield* leastSubset(plan.faults, (faults) => ({ ...plan, faults }));
  return { ...plan, faults: kept };
}

function* dropItems(plan: Plan, items: number): Moves {
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
function* leastSubset<T>(
  all: readonly T[],
  build: (kept: readonly T[]) => Plan,
): Generator<Plan, readonly T[], boolean> {
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

/** The draws get smaller by fast-check's own rules, where the arbitrary can shrink a value that it did not draw itself. */
function* simplifyDraws(start: Plan, arbitrary: fc.Arbitrary<unknown>): Moves {
  let plan = start;
  for (let hasImproved = true; hasImproved; ) {
    hasImproved = false;
    const { draws } = plan.workload;
    if (!arbitrary.canShrinkWithoutContext(draws)) return plan;
    for (const { value } of arbitrary.shrink(draws, undefined)) {
      const candidate: Plan = { ...plan, workload: { ...plan.workload, draws: value } };
      if (yield candidate) {
        plan = candidate;
        hasImproved = true;
        break;
      }
    }
  }
  return plan;
}

function* simplifyFaults(start: Plan, kinds: ReadonlyMap<string, FaultKind>): Moves {
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

/** Faults that must overlap move only together: all that start by the clock come earlier by the same time. */
function* moveTogether(start: Plan): Moves {
  let plan = start;
  const byClock = (fault: Fault) => fault.at !== undefined && fault.on === undefined;
  if (plan.faults.filter(byClock).length < 2) return plan;
  for (let hasImproved = true; hasImproved; ) {
    hasImproved = false;
    const earliest = Math.min(...plan.faults.filter(byClock).map(({ at }) => at ?? 0));
    for (let shift = earliest; shift >= Math.max(1, earliest / 16); shift = Math.floor(shift / 2)) {
      const faults = plan.faults.map((fault) => (byClock(fault) ? { ...fault, at: (fault.at ?? 0) - shift } : fault));
      const candidate: Plan = { ...plan, faults };
      if (yield candidate) {
        plan = candidate;
        hasImproved = true;
        break;
      }
    }
  }
  return plan;
}
