/**
 * What went wrong, and what follows from it. Whoever throws knows best, so the classes are errors; everything unknown is worth
 * another attempt.
 */

/** No retry will help: the payload is wrong, the customer is gone. */
export class PermanentError extends Error {
  override readonly name: string = 'PermanentError';
}

/** The handler used up its time. */
export class DeadlineError extends Error {
  override readonly name: string = 'DeadlineError';
}

/** The job may be in another worker's hands: what this one does no longer counts. */
export class LeaseLostError extends Error {
  override readonly name: string = 'LeaseLostError';
}

/** The worker is told to stop. */
export class ShutdownError extends Error {
  override readonly name: string = 'ShutdownError';
}

/** `abandon`: write nothing. `release`: give back unharmed. `bury`: dead letter. `retry`: again later. */
export type Consequence = 'abandon' | 'release' | 'bury' | 'retry';

export function consequenceOf(error: unknown): Consequence {
  if (error instanceof LeaseLostError) return 'abandon';
  if (error instanceof ShutdownError) return 'release';
  if (error instanceof PermanentError) return 'bury';
  return 'retry';
}

/** An error in one line for logs, rows and dead letters. */
export function errorText(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
