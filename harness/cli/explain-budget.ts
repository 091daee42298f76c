/** What `--explain-time` and `--no-explain` mean, for all commands that pack a violation. */
import { milliseconds } from '../duration.ts';
import type { ShrinkBudget } from '../explore/minimise.ts';

/** Most runs for necessity and likelihood together. */
const EXPLAIN_RUNS = 300;

export function explainBudget(options: {
  readonly explain: boolean;
  readonly explainTime: string;
}): ShrinkBudget | undefined {
  return options.explain ? { runs: EXPLAIN_RUNS, seconds: milliseconds(options.explainTime) / 1000 } : undefined;
}
