/**
 * What follows a found violation: shrink its plan on the pool, run it once more traced (same hash, checked), and make the capsule and
 * the material of its page.
 */

import { makeCapsule } from '../capsule.ts';
import type { Capsule } from '../capsule-format.ts';
import { explain } from './explain.ts';
import { type Minimised, minimise, runPlan, type ShrinkBudget } from './minimise.ts';
import type { Pool } from './pool.ts';
import type { RunAnswer, ScenarioDescription, SubjectDescription, Target } from './protocol.ts';

export interface FoundCase {
  readonly capsule: Capsule;
  /** The traced run, history included. */
  readonly traced: RunAnswer;
  readonly original: RunAnswer;
  /** Runs that shrinking took; 0 when it was off. */
  readonly shrinkRuns: number;
  /** Why shrinking ended; absent when it was off. */
  readonly stopped?: Minimised['stopped'];
}

/** Shrinks, traces and packs a violation. */
export async function packViolation(options: {
  readonly pool: Pool;
  readonly target: Target;
  readonly scenario: ScenarioDescription;
  readonly original: RunAnswer;
  /** How its plan came about: `seed 17`. */
  readonly how?: string;
  readonly budget: ShrinkBudget | undefined;
  /** Budget of necessity and likelihood; absent: neither is looked for. */
  readonly explain?: ShrinkBudget | undefined;
  readonly signal: AbortSignal;
  /** In infra the original is what is shown: no second run would be the same. Default sim. */
  readonly mode?: Capsule['mode'];
  /** Puts the sources into the capsule. Default false. */
  readonly bundles?: boolean;
  readonly onProgress?: (runs: number, faults: number) => void;
}): Promise<FoundCase> {
  const { pool, target, scenario, original, budget, signal } = options;
  const invariant = original.outcome.violation!.invariant;
  const minimised =
    budget === undefined
      ? undefined
      : await minimise({
          ...{ pool, target, scenario, original, invariant, budget, signal },
          ...(options.onProgress === undefined ? {} : { onProgress: options.onProgress }),
        });
  const best = minimised?.plan ?? original.plan;
  const shrinkRuns = minimised?.runs ?? 0;
  const plain = best === original.plan ? original : await runPlan(pool, target, best);
  const traced = options.mode === 'infra' ? original : await runPlan(pool, target, best, true);
  const explained =
    options.explain === undefined || plain.outcome.violation?.invariant !== invariant
      ? undefined
      : await explain({ pool, target, plan: best, invariant, traced, budget: options.explain, signal });
  const described = await pool.serve({ type: 'describe-subject', target });
  const subject: SubjectDescription =
    described.type === 'subject-described' ? described.description : { files: {}, sources: {} };
  const capsule = makeCapsule({
    mode: options.mode ?? 'sim',
    scenario,
    subject,
    ...(options.bundles === true ? { bundle: subject.sources } : {}),
    plan: best,
    outcome: plain.outcome,
    found: {
      by: options.how ?? `seed ${original.plan.seed}`,
      ...(best === original.plan ? {} : { original: original.plan as Capsule['plan'], runs: shrinkRuns }),
      ...(explained === undefined ? {} : { explained }),
    },
  });
  return { capsule, traced, original, shrinkRuns, ...(minimised === undefined ? {} : { stopped: minimised.stopped }) };
}
