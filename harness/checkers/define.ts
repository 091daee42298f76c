/**
 * Makes checkers: what a checker's own file need not repeat. A checker says its claim in words, and starts a judge for each run.
 */
import { type Duration, durationText, milliseconds } from '../duration.ts';
import type { HistoryRecord } from '../history/record.ts';
import type { Checker, Finding, Judge, SettleContext } from './checker.ts';

interface Common {
  /** Id in the catalogue of checkers. */
  readonly id: string;
  readonly name: string;
  readonly claim: string;
  /** True when a subject that does nothing fails it; default false. */
  readonly liveness?: boolean;
}

export interface AlwaysJudge {
  record(record: HistoryRecord): Finding;
  premises(): number;
}

/** A checker that judges each record as it comes. */
export function alwaysChecker(options: Common & { readonly start: () => AlwaysJudge }): Checker {
  const { id, name, claim, liveness = false, start } = options;
  return {
    id,
    name,
    claim,
    liveness,
    when: 'always',
    settleMs: 0,
    start() {
      const judge = start();
      return { record: (record) => judge.record(record), settle: () => undefined, premises: () => judge.premises() };
    },
  };
}

export interface SettleJudge {
  /** Takes note; judges later. */
  record(record: HistoryRecord): void;
  settle(context: SettleContext): Finding;
  premises(): number;
}

/** A checker that judges once, some time after the last heal; the claim gets that time added. */
export function settleChecker(
  options: Common & { readonly settle: Duration | undefined; readonly start: () => SettleJudge },
): Checker {
  const { id, name, claim, liveness = false, settle = 0, start } = options;
  const settleMs = milliseconds(settle);
  return {
    id,
    name,
    claim: settleMs === 0 ? `${claim}, after the last heal` : `${claim}, ${durationText(settleMs)} after the last heal`,
    liveness,
    when: 'settle',
    settleMs,
    start(): Judge {
      const judge = start();
      return {
        record(record) {
          judge.record(record);
          return undefined;
        },
        settle: (context) => judge.settle(context),
        premises: () => judge.premises(),
      };
    },
  };
}

/** So many records prove a break well enough: more of them make no reader wiser. */
const witnessMax = 100;

/** The finding of a broken claim; the witness is put in order. */
export function violated(invariant: string, message: string, witness: readonly number[]): NonNullable<Finding> {
  return { violation: { invariant, message, witness: witness.toSorted((a, b) => a - b).slice(0, witnessMax) } };
}

/** The first few of many, for a sentence: `a, b, c and 4 more`. */
export function firstOf(texts: readonly string[], most = 3): string {
  const shown = texts.slice(0, most);
  const left = texts.length - shown.length;
  if (left > 0) return `${shown.join(', ')} and ${left} more`;
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} and ${shown[shown.length - 1]}`;
}
