/**
 * What follows a found violation: shrink its plan on the pool, run it once more traced (same hash, checked), and make the capsule and
 * the material of its page.
 */

import { makeCapsule } from '../capsule.ts';
import type { Capsule } from '../capsule-format.ts';
import type { Plan } from '../plan/format.ts';
import { type ShrinkResult, shrinking } from '../plan/shrink.ts';
import { expectAnswer, type Pool } from './pool.ts';
import type { RunAnswer, ScenarioDescription, SubjectDescription, Target } from './protocol.ts';

export interface ShrinkBudget {
  readonly runs: number;
  readonly seconds: number;
}

export interface FoundCase {
  readonly capsule: Capsule;
  /** The traced run, history included. */
  readonly traced: RunAnswer;
  readonly original: RunAnswer;
  /** Runs that shrinking took; 0 when it was off. */
  readonly shrinkRuns: number;
  /** Why shrinking ended; absent when it was off. */
  readonly stopped?: ShrinkResult['stopped'] | 'interrupted';
}

/** Runs a plan and returns the answer; a lost child or a refusal is thrown. */
export async function runPlan(pool: Pool, target: Target, plan: Plan, traces = false): Promise<RunAnswer> {
  return (await expectAnswer(pool, { type: 'plan', target, plan, traces }, 'ran')).answer;
}

/** Shrinks, traces and packs a violation. */
export async function packViolation(options: {
  readonly pool: Pool;
  readonly target: Target;
  readonly scenario: ScenarioDescription;
  readonly original: RunAnswer;
  readonly budget: ShrinkBudget | undefined;
  readonly signal: AbortSignal;
  /** Puts the sources into the capsule. Default false. */
  readonly bundles?: boolean;
  readonly onProgress?: (runs: number, faults: number) => void;
}): Promise<FoundCase> {
  const { pool, target, scenario, original, budget, signal } = options;
  const invariant = original.outcome.violation!.invariant;
  let best = original.plan;
  let shrinkRuns = 0;
  let stopped: FoundCase['stopped'];
  if (budget !== undefined) {
    const stillFails = async (plan: Plan): Promise<{ fails: boolean; items: number }> => {
      const { outcome, items } = await runPlan(pool, target, plan);
      return { fails: outcome.verdict === 'violation' && outcome.violation!.invariant === invariant, items };
    };
    const search = shrinking(original.plan, stillFails, {
      ...budget,
      now: () => performance.now(),
      items: original.items,
    });
    for (let step = await search.next(); ; step = await search.next()) {
      best = step.done === true ? step.value.plan : step.value.best;
      shrinkRuns = step.value.runs;
      if (step.done === true) stopped = step.value.stopped;
      else if (signal.aborted) stopped = 'interrupted';
      if (stopped !== undefined) break;
      options.onProgress?.(shrinkRuns, best.faults.length);
    }
  }
  const plain = best === original.plan ? original : await runPlan(pool, target, best);
  const traced = await runPlan(pool, target, best, true);
  const described = await pool.serve({ type: 'describe-subject', target });
  const subject: SubjectDescription =
    described.type === 'subject-described' ? described.description : { files: {}, sources: {} };
  const capsule = makeCapsule({
    scenario,
    subject,
    ...(options.bundles === true ? { bundle: subject.sources } : {}),
    plan: best,
    outcome: plain.outcome,
    found: {
      by: `seed ${original.plan.seed}`,
      ...(best === original.plan ? {} : { original: original.plan as Capsule['plan'], runs: shrinkRuns }),
    },
  });
  return { capsule, traced, original, shrinkRuns, ...(stopped === undefined ? {} : { stopped }) };
}
