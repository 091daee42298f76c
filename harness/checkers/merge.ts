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
