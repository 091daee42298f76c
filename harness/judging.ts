/**
 * Judging: the checkers of one run, from the first record to the verdict.
 *
 * `always` checkers see each record and the first violation ends the run; `settle` checkers see the records too, and judge once, at
 * heal + their settle time. The verdict follows one rule: a violation outranks all, then an error, then `unknown`, then `vacuous`.
 * A run is vacuous when no workload operation was accepted, when no settle checker had a premise, or when a planned fault never bit.
 */

import type { Checker, Finding, Judge, Violation } from './checkers/checker.ts';
import { mergeVerdicts } from './checkers/merge.ts';
import type { HistoryRecord } from './history/record.ts';
import type { IdleFault } from './plan/injector.ts';
import type { RunOutcome, Verdict } from './verdict.ts';

export interface JudgingOptions {
  /** Called once, at the first violation of an `always` checker: the world should end the run. */
  readonly onAlwaysViolation?: (violation: Violation) => void;
}

/** An error of the run itself: a refused module, a limit, a program that did not start. */
export interface RunError {
  readonly code: string;
  readonly message: string;
}

export interface ConcludeOptions {
  /** Faults of the plan that never bit, from the injector. */
  readonly faults: readonly IdleFault[];
  /** Workload operations that were accepted; counted from the `ok` records when left out. */
  readonly accepted?: number;
  /** The run's own error, if any. A violation found before it still counts. */
  readonly error?: RunError;
}

/** The part of a run's outcome that judging knows; the world adds hash, events and time. */
export type Judgement = Omit<RunOutcome, 'hash' | 'events' | 'virtualMicros'>;

export interface Judging {
  /** Shows a record to all judges. After a violation it does nothing. */
  feed(record: HistoryRecord): void;
  /** True time (µs) at which the next settle checker judges, or undefined when all have. */
  nextSettleAt(healedAt: number): number | undefined;
  /** Lets all settle checkers judge that are due at `now` (µs). */
  settle(times: { readonly healedAt: number; readonly now: number }): void;
  /** The violation so far. */
  readonly violation: Violation | undefined;
  /** Workload operations accepted so far. */
  readonly accepted: number;
  /** The verdict. Settle checkers that have not judged make it `unknown`, unless the run has worse. */
  conclude(options: ConcludeOptions): Judgement;
}

interface Seat {
  readonly checker: Checker;
  readonly judge: Judge;
  state: 'judging' | 'settled' | 'failed';
}

/** Starts a fresh judge for each checker. */
export function startJudging(checkers: readonly Checker[], options: JudgingOptions = {}): Judging {
  return new JudgingOfRun(checkers, options);
}

class JudgingOfRun implements Judging {
  private readonly seats: readonly Seat[];
  private readonly options: JudgingOptions;
  private readonly errors: string[] = [];
  private readonly unknowns: string[] = [];
  violation: Violation | undefined;
  accepted = 0;

  constructor(checkers: readonly Checker[], options: JudgingOptions) {
    this.seats = checkers.map((checker) => ({ checker, judge: checker.start(), state: 'judging' }));
    this.options = options;
  }

  feed(record: HistoryRecord): void {
    if (this.violation !== undefined) return;
    if (record.kind === 'op' && record.phase === 'ok') this.accepted += 1;
    for (const seat of this.seats) {
      if (seat.state !== 'judging') continue;
      let finding: Finding;
      try {
        finding = seat.judge.record(record);
      } catch (error) {
        this.fail(seat, error);
        continue;
      }
      if (finding === undefined) continue;
      this.take(seat, finding);
      if (this.violation !== undefined) {
        this.options.onAlwaysViolation?.(this.violation);
        return;
      }
    }
  }

  nextSettleAt(healedAt: number): number | undefined {
    let next: number | undefined;
    if (this.violation !== undefined) return undefined;
    for (const { checker, state } of this.seats) {
      if (checker.when !== 'settle' || state !== 'judging') continue;
      const at = healedAt + checker.settleMs * 1000;
      if (next === undefined || at < next) next = at;
    }
    return next;
  }

  settle({ healedAt, now }: { healedAt: number; now: number }): void {
    for (const seat of this.seats) {
      if (this.violation !== undefined) return;
      if (seat.checker.when !== 'settle' || seat.state !== 'judging') continue;
      if (healedAt + seat.checker.settleMs * 1000 > now) continue;
      try {
        const finding = seat.judge.settle({ healedAt, now });
        seat.state = 'settled';
        if (finding !== undefined) this.take(seat, finding);
      } catch (error) {
        this.fail(seat, error);
      }
    }
  }

  conclude({ faults, accepted = this.accepted, error }: ConcludeOptions): Judgement {
    const unsettled = this.seats.filter(({ checker, state }) => checker.when === 'settle' && state === 'judging');
    const unknowns = [
      ...this.unknowns,
      ...(this.violation === undefined ? unsettled.map(({ checker }) => `${checker.name} did not get to judge`) : []),
    ];
    const vacuity = this.vacuity(faults, accepted);
    const errors = error === undefined ? this.errors : [error.message, ...this.errors];
    const found: Verdict[] = ['pass'];
    if (this.violation !== undefined) found.push('violation');
    if (errors.length > 0) found.push('error');
    if (unknowns.length > 0) found.push('unknown');
    if (vacuity !== undefined) found.push('vacuous');
    const verdict = mergeVerdicts(found);
    const reason = { violation: undefined, error: errors[0], unknown: unknowns[0], vacuous: vacuity, pass: undefined }[
      verdict
    ];
    return {
      verdict,
      ...(this.violation === undefined ? {} : { violation: this.violation }),
      ...(reason === undefined ? {} : { reason }),
      ...(verdict === 'error' ? { errorCode: error?.code ?? 'E_ASSERT' } : {}),
      premises: this.premises(),
      idleFaults: faults.map(({ id }) => id),
      accepted,
    };
  }

  private premises(): Record<string, number> {
    const premises: Record<string, number> = {};
    for (const { checker, judge } of this.seats)
      premises[checker.name] = (premises[checker.name] ?? 0) + judge.premises();
    return premises;
  }

  private vacuity(faults: readonly IdleFault[], accepted: number): string | undefined {
    if (accepted === 0) return 'no workload operation was accepted';
    // A scenario without settle checkers is held to what its other checkers had to judge.
    const settling = this.seats.filter(({ checker }) => checker.when === 'settle');
    const held = settling.length > 0 ? settling : this.seats;
    if (!held.some(({ judge }) => judge.premises() > 0)) {
      return `nothing to judge for ${held.map(({ checker }) => checker.name).join(', ') || 'a scenario without invariants'}`;
    }
    const idle = faults[0];
    return idle === undefined ? undefined : `fault ${idle.id} ${idle.reason}`;
  }

  /** A judge that throws is out, and the run is an error. */
  private fail(seat: Seat, error: unknown): void {
    seat.state = 'failed';
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.errors.push(`The checker ${seat.checker.name} threw: ${text}`);
  }

  private take(seat: Seat, finding: NonNullable<Finding>): void {
    if ('violation' in finding) {
      this.violation = finding.violation;
      return;
    }
    seat.state = 'settled';
    this.unknowns.push(`${seat.checker.name}: ${finding.unknown}`);
  }
}
