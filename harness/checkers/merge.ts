/**
 * Merges verdicts. A verdict is never better than its worst part: a violation outranks all, then comes an error, then `unknown`, then
 * `vacuous`; `pass` is what is left when nothing else is there.
 */
import type { Verdict } from '../verdict.ts';

/** The worst first. */
export const verdictOrder: readonly Verdict[] = ['violation', 'error', 'unknown', 'vacuous', 'pass'];

/** The worst of some verdicts; of none it is `vacuous`, since nothing was judged. */
export function mergeVerdicts(verdicts: Iterable<Verdict>): Verdict {
  let worst = verdictOrder.length;
  for (const verdict of verdicts) worst = Math.min(worst, verdictOrder.indexOf(verdict));
  return verdictOrder[worst] ?? 'vacuous';
}

/** Premises of many runs, summed by invariant. */
export function sumPremises(runs: Iterable<Readonly<Record<string, number>>>): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const premises of runs) {
    for (const [invariant, count] of Object.entries(premises)) sums[invariant] = (sums[invariant] ?? 0) + count;
  }
  return sums;
}

/** Invariants that never had anything to judge in a sweep: one of these makes the sweep vacuous. */
export function invariantsWithoutPremise(sums: Readonly<Record<string, number>>): readonly string[] {
  return Object.keys(sums).filter((invariant) => sums[invariant] === 0);
}
