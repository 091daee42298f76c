/** What a sweep is held to, and the exit code that follows: one rule for the run of all seeds and for the sum of its shards. */
import type { ScenarioReport } from '../../reports/index.ts';
import { detectionBudget } from '../load.ts';
import { exitCode } from './exit-codes.ts';

/** Fewer seeds than this say nothing about a checker that had no premise. */
export const VACUITY_SEEDS_MIN = 50;

/** What a sweep found; counts are numbers of seeds. */
export interface SweepFigures {
  readonly subject: string;
  readonly seeds: number;
  readonly violation: number;
  readonly vacuous: number;
  readonly unknown: number;
  readonly error: number;
  /** Claims without a premise in any seed. */
  readonly empty: readonly string[];
}

export interface SweepTerms {
  readonly faults: boolean;
  /** Plans were searched for, so that some may have nothing to judge. */
  readonly toleratesVacuous: boolean;
  /** Part of the seeds ran elsewhere: what was not found here may be found there. */
  readonly isShard: boolean;
}

/** Naive subjects and mutants are to be caught within their budget of seeds, while faults are on; all others are to hold. */
export function expectationOf(figures: SweepFigures, terms: SweepTerms): ScenarioReport['expected'] {
  const { subject, seeds, violation, vacuous, unknown, error, empty } = figures;
  const budget = detectionBudget(subject);
  if (budget !== undefined && terms.faults) {
    if (violation > 0) return true;
    return seeds < budget || terms.isShard ? 'inconclusive' : false;
  }
  if (violation > 0) return false;
  if (seeds === 0) return 'inconclusive';
  if (error + unknown + (terms.toleratesVacuous ? 0 : vacuous) > 0) return false;
  if (empty.length === 0 || !terms.faults) return true;
  return seeds >= VACUITY_SEEDS_MIN ? false : 'inconclusive';
}

/** The exit code of sweeps, given what was found and whether it was expected. */
export function exitCodeOfSweeps(
  sweeps: readonly Pick<ScenarioReport, 'subject' | 'violation' | 'error' | 'expected'>[],
  { isRefused }: { readonly isRefused: boolean },
): number {
  // A program that sim cannot run is bad input, whatever the seed.
  if (isRefused) return exitCode.usage;
  const missed = sweeps.filter(({ expected }) => expected === false);
  if (missed.some(({ violation, subject }) => violation > 0 || detectionBudget(subject) !== undefined)) {
    return exitCode.violation;
  }
  return missed.length > 0 || sweeps.some(({ error }) => error > 0) ? exitCode.error : exitCode.expected;
}
