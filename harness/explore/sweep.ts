/**
 * A sweep: one scenario with one subject over many seeds, on the pool's children. It counts verdicts, sums premises, keeps the first
 * violation (the one with the lowest seed among those found) and judges whether all is as expected.
 */
import type { InfraOptions } from '../infra-options.ts';
import type { Verdict } from '../verdict.ts';
import type { Pool } from './pool.ts';
import type { RunAnswer, Target } from './protocol.ts';
import type { Strategy } from './strategy.ts';

export interface SweepOptions {
  readonly pool: Pool;
  readonly target: Target;
  readonly seeds: Iterable<number>;
  readonly faults: boolean;
  /** Which plans are run; default: one drawn per seed. */
  readonly strategy?: Strategy;
  /** Runs in the real world. */
  readonly infra?: InfraOptions;
  /** Stops after the first violation. */
  readonly stopsAtViolation: boolean;
  /** Real time at which no further seed is started (`performance.now()`), or Infinity. */
  readonly deadline: number;
  readonly signal: AbortSignal;
  readonly onRun?: (progress: SweepResult) => void;
}

export interface PremiseSum {
  sum: number;
  seeds: number;
}

/** A seed that has no verdict about the subject. */
export interface TroubledSeed {
  readonly seed: number;
  readonly verdict: Verdict;
  readonly code: string;
  readonly message: string;
}

export interface FoundViolation {
  readonly seed: number;
  /** How its plan came about: `seed 17`. */
  readonly how: string;
  readonly answer: RunAnswer;
}

export interface SweepResult {
  seeds: number;
  readonly counts: Record<Verdict, number>;
  readonly premises: Map<string, PremiseSum>;
  events: number;
  /** Real milliseconds of all runs together. */
  runMillis: number;
  first: FoundViolation | undefined;
  /** The first of each kind of trouble. */
  readonly troubles: TroubledSeed[];
  /** An error before any seed ran: bad input. */
  refusal: { readonly code: string; readonly message: string } | undefined;
}

const TROUBLES_MAX = 20;

/** Runs the sweep; resolves when no seed is under way any more. */
export async function sweep(options: SweepOptions): Promise<SweepResult> {
  const result: SweepResult = {
    seeds: 0,
    counts: { pass: 0, violation: 0, vacuous: 0, unknown: 0, error: 0 },
    premises: new Map(),
    events: 0,
    runMillis: 0,
    first: undefined,
    troubles: [],
    refusal: undefined,
  };
  const seeds = options.seeds[Symbol.iterator]();
  const mustStop = (): boolean =>
    options.signal.aborted ||
    result.refusal !== undefined ||
    (options.stopsAtViolation && result.first !== undefined) ||
    performance.now() >= options.deadline;
  const lane = async (): Promise<void> => {
    while (!mustStop()) {
      const next = seeds.next();
      if (next.done) return;
      await runSeed(options, next.value, result);
    }
  };
  await Promise.all(Array.from({ length: options.pool.workers }, lane));
  return result;
}

async function runSeed(
  { pool, target, faults, infra, signal, strategy, onRun }: SweepOptions,
  seed: number,
  result: SweepResult,
): Promise<void> {
  const attempt = await strategy?.next(seed);
  const request = attempt?.request ?? ({ type: 'seed', target, seed, faults } as const);
  const answer = await pool.serve(infra === undefined ? request : { ...request, infra });
  if (attempt !== undefined) strategy?.learn(attempt, answer.type === 'ran' ? answer.answer : undefined);
  if (answer.type === 'refused' && answer.code !== 'E_ASSERT') {
    result.refusal ??= answer;
    return;
  }
  if (answer.type === 'lost' && signal.aborted) return;
  result.seeds++;
  if (answer.type === 'ran') {
    const { outcome } = answer.answer;
    result.counts[outcome.verdict]++;
    result.events += outcome.events;
    result.runMillis += answer.answer.millis;
    for (const [invariant, premises] of Object.entries(outcome.premises)) {
      const sum = result.premises.get(invariant) ?? { sum: 0, seeds: 0 };
      sum.sum += premises;
      if (premises > 0) sum.seeds++;
      result.premises.set(invariant, sum);
    }
    if (outcome.verdict === 'violation' && (result.first === undefined || seed < result.first.seed)) {
      result.first = { seed, how: attempt?.how ?? `seed ${seed}`, answer: answer.answer };
    } else if (outcome.verdict !== 'pass' && outcome.verdict !== 'violation' && result.troubles.length < TROUBLES_MAX) {
      result.troubles.push({
        seed,
        verdict: outcome.verdict,
        code: outcome.errorCode ?? outcome.verdict,
        message: outcome.reason ?? '',
      });
    }
  } else {
    result.counts.error++;
    const { code, message } = answer as { code: string; message: string };
    if (result.troubles.length < TROUBLES_MAX) result.troubles.push({ seed, verdict: 'error', code, message });
  }
  onRun?.(result);
}
