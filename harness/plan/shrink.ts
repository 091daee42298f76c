/**
 * Finds a smaller plan that still breaks the same invariant.
 *
 * It makes passes over all moves (`shrink-moves.ts`) until nothing helps or the budget is spent. Every candidate is strictly simpler
 * than the best so far, so it ends. The best so far is never lost: it is what comes back, whatever stops the search. `minimal` is
 * claimed only after a whole pass in which each candidate was run and none failed: no single fault can then be dropped, shortened or
 * weakened. Where a candidate could not be judged (its child died), the end is `unproven`.
 */
import type { FaultKind } from '../faults/kind.ts';
import { faultKinds } from '../faults/registry.ts';
import type { Plan } from './format.ts';
import { allMoves, type SimplerDraws, withoutAbsentItems } from './shrink-moves.ts';

export interface ShrinkOptions {
  /** Most runs of a candidate. */
  readonly runs: number;
  /** Most seconds by `now`. */
  readonly seconds: number;
  /** A clock in ms, of the caller's choice. */
  readonly now: () => number;
  /** Number of the workload's top-level items, as the failing run counted them; 0 (default): items are left alone unless the predicate tells. */
  readonly items?: number;
  /** Simpler values of the workload's draws, the simplest first; without it draws are left alone. */
  readonly draws?: SimplerDraws;
  /** Names of the process instances; none (default): all of them are kept. */
  readonly processes?: readonly string[];
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
  /** Why it ended: nothing smaller fails, or the same but for candidates without a verdict, or a budget, or an error of the predicate. */
  readonly stopped: 'minimal' | 'unproven' | 'runs' | 'seconds' | 'error';
  readonly error?: unknown;
}

/**
 * True when the plan still breaks the same invariant. With the number of top-level items that its workload had, where that is known: a
 * smaller draw has fewer. `unjudged`: the run has no verdict, and nothing is known of the candidate.
 */
export type StillFails = (
  plan: Plan,
) => Promise<boolean | 'unjudged' | { readonly fails: boolean; readonly items: number }>;

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
  const known = new Set<string>([JSON.stringify(plan)]);
  const startedMs = options.now();
  const workload = { items: options.items ?? 0 };
  const surroundings = {
    kinds: options.kinds ?? faultKinds,
    workload,
    processes: options.processes ?? [],
    ...(options.draws === undefined ? {} : { draws: options.draws }),
  };
  let best = plan;
  let runs = 0;
  for (;;) {
    const moves = allMoves(best, surroundings);
    let improvedInPass = false;
    let unjudged = 0;
    // A generator of moves is told whether its last candidate failed, and goes on from there.
    let step = await moves.next(false);
    while (step.done !== true) {
      const candidate = step.value;
      const text = JSON.stringify(candidate);
      if (known.has(text)) {
        step = await moves.next(false);
        continue;
      }
      if (runs >= options.runs) return { plan: best, runs, stopped: 'runs' };
      if (options.now() - startedMs >= options.seconds * 1000) return { plan: best, runs, stopped: 'seconds' };
      runs += 1;
      let improved = false;
      try {
        const answer = await stillFails(candidate);
        // What has no verdict may have one the next time: it is asked for again in a later pass.
        if (answer === 'unjudged') unjudged += 1;
        else known.add(text);
        improved = typeof answer === 'object' ? answer.fails : answer === true;
        if (improved && typeof answer === 'object') workload.items = answer.items;
      } catch (error) {
        return { plan: best, runs, stopped: 'error', error };
      }
      if (improved) {
        best = withoutAbsentItems(candidate, workload.items);
        improvedInPass = true;
      }
      yield { runs, best, improved };
      step = await moves.next(improved);
    }
    if (!improvedInPass) return { plan: best, runs, stopped: unjudged === 0 ? 'minimal' : 'unproven' };
  }
}
