/**
 * The state of one sequence. Values are handed out outside transactions and never come back.
 * Source: PostgreSQL 15 manual, CREATE SEQUENCE and 9.17. As there, 32 values are logged ahead, so a crash leaves a gap and never a repeat.
 */
import type { PgError } from '../errors.ts';
import { sequenceLimit } from '../errors.ts';

/** SEQ_LOG_VALS. */
const VALUES_LOGGED_AHEAD = 32n;

export interface SequenceOptions {
  readonly typeOid: number;
  readonly start: bigint;
  readonly increment: bigint;
  readonly min: bigint;
  readonly max: bigint;
  readonly cache: bigint;
  readonly isCycling: boolean;
}

export class SequenceState {
  lastValue: bigint;
  isCalled = false;
  /** Values that may still be given before the next log record. */
  #logged = 0n;

  constructor(lastValue: bigint) {
    this.lastValue = lastValue;
  }

  get logCount(): bigint {
    return this.#logged;
  }

  /** Gives the next value, or the error of a sequence at its end. */
  next(name: string, options: SequenceOptions): bigint | PgError {
    let value = this.lastValue;
    if (this.isCalled) {
      value += options.increment;
      const isPast = options.increment > 0n ? value > options.max : value < options.min;
      if (isPast) {
        if (!options.isCycling)
          return sequenceLimit(name, options.increment > 0n ? options.max : options.min, options.increment > 0n);
        value = options.increment > 0n ? options.min : options.max;
      }
    }
    this.lastValue = value;
    this.isCalled = true;
    this.#logged = this.#logged > 0n ? this.#logged - 1n : VALUES_LOGGED_AHEAD;
    return value;
  }

  set(value: bigint, isCalled: boolean): void {
    this.lastValue = value;
    this.isCalled = isCalled;
    this.#logged = 0n;
  }

  /** What recovery reads: the last value that was logged. */
  recover(options: SequenceOptions): void {
    if (this.#logged === 0n) return;
    const logged = this.lastValue + this.#logged * options.increment;
    this.lastValue = clamp(logged, options);
    this.#logged = 0n;
  }
}

function clamp(value: bigint, options: SequenceOptions): bigint {
  if (value > options.max) return options.max;
  return value < options.min ? options.min : value;
}
