/** A scenario's own checker, for a claim that the library does not have. */
import { type Duration, milliseconds } from '../duration.ts';
import type { Checker, Judge } from './checker.ts';

export interface CustomOptions {
  /** Name of the invariant: stable, since shrinking demands the same one. */
  readonly name: string;
  /** The claim in words. */
  readonly claim: string;
  readonly when: 'always' | 'settle';
  /** Time after the last heal at which a `settle` checker judges; default 0. */
  readonly settle?: Duration;
  /** True when a subject that does nothing fails it; default false. */
  readonly liveness?: boolean;
  /** Starts a run's judge. It must keep its state inside, so that runs do not know of each other. */
  readonly start: () => Judge;
}

/**
 * A checker of the scenario's own making.
 * @example
 * invariant.custom({ name: 'no late mail', claim: 'no mail leaves after the stop', when: 'always', start: () => {
 *   let mails = 0
 *   return { record: (r) => { if (r.kind === 'effect') mails++; return undefined }, settle: () => undefined, premises: () => mails }
 * } })
 */
export function custom({ name, claim, when, settle = 0, liveness = false, start }: CustomOptions): Checker {
  return { id: 'custom', name, claim, when, settleMs: when === 'settle' ? milliseconds(settle) : 0, liveness, start };
}
