/** The outcome of one run, and of a sweep of runs. */
import type { Violation } from './checkers/checker.ts';

export type Verdict = 'pass' | 'violation' | 'vacuous' | 'unknown' | 'error';

export interface RunOutcome {
  readonly verdict: Verdict;
  /** Present when `verdict` is `violation`. */
  readonly violation?: Violation;
  /** Why the run is an `error`, `vacuous` or `unknown`. */
  readonly reason?: string;
  /** Code of the error, where `verdict` is `error`. */
  readonly errorCode?: string;
  /** The trace hash: 16 hex digits. */
  readonly hash: string;
  readonly events: number;
  /** Virtual time that the run took, µs. */
  readonly virtualMicros: number;
  /** Number of times each invariant had something to judge. */
  readonly premises: Readonly<Record<string, number>>;
  /** Ids of planned faults that never bit. */
  readonly idleFaults: readonly string[];
  /** Workload operations that were accepted (`ok`). */
  readonly accepted: number;
}
