/**
 * Exponential backoff with full jitter (Marc Brooker, "Exponential Backoff And Jitter", 2015): uniform between zero and the bound, so that clients
 * which failed together do not come back together.
 */

export interface BackoffOptions {
  /** Bound after the first failure. */
  readonly baseMs: number;
  readonly capMs: number;
}

/** The wait after the n-th failure in a row, counted from 1. */
export function fullJitterMs(failures: number, { baseMs, capMs }: BackoffOptions): number {
  return Math.round(Math.random() * Math.min(capMs, baseMs * 2 ** (failures - 1)));
}
