/**
 * What a checker is: a judge of one claim over the history. It reads only the oracle's side (servers, ledger, workload), never what a
 * subject believes. `always` checkers end the run at the first violation; `settle` checkers judge at heal + settle.
 */
import type { HistoryRecord } from '../history/record.ts';

/** A proof that the claim is broken. */
export interface Violation {
  /** Name of the invariant, stable over runs: shrinking demands the same one. */
  readonly invariant: string;
  /** One sentence for a person, with the names and times of the case. */
  readonly message: string;
  /** `seq` of the records that prove it, in order. */
  readonly witness: readonly number[];
}

export type Finding = { readonly violation: Violation } | { readonly unknown: string } | undefined;

export interface SettleContext {
  /** True time, µs: the last heal or the end of the workload, whichever is later. */
  readonly healedAt: number;
  /** True time, µs, of the judgement. */
  readonly now: number;
}

/** One run's judge. It keeps what it needs of the records that it was shown. */
export interface Judge {
  /** Shown every record in (at, seq) order. Only an `always` checker returns a finding here. */
  record(record: HistoryRecord): Finding;
  /** Called once at heal + settle. */
  settle(context: SettleContext): Finding;
  /** Occasions on which there was something to judge, so far. */
  premises(): number;
}

export interface Checker {
  /** Name of the invariant in verdicts and reports, such as `effectExactlyOnce(bank by invoice)`. */
  readonly name: string;
  /** The claim in words: `each accepted invoice is charged exactly once, 60 s after the last heal`. */
  readonly claim: string;
  /** Id in the catalogue of checkers, such as `C2`. */
  readonly id: string;
  readonly when: 'always' | 'settle';
  /** ms after the heal at which it judges (settle checkers). */
  readonly settleMs: number;
  /** True for checkers which fail a subject that does nothing. */
  readonly liveness: boolean;
  start(): Judge;
}
