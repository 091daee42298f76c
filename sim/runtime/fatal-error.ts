/** Texts of the error that ends a process. */
import { nodeError } from '../../harness/source/node-error.ts';

/** What Node makes of a rejection whose reason is no error. */
export function notAnError(reason: unknown): Error {
  const shown = typeof reason === 'symbol' ? String(reason) : `${reason as string}`;
  const error = nodeError(
    'ERR_UNHANDLED_REJECTION',
    'This error originated either by throwing inside of an async function without a catch block, or by rejecting a promise which ' +
      `was not handled with .catch(). The promise rejected with the reason "${shown}".`,
  );
  error.name = 'UnhandledPromiseRejection';
  return error;
}

/** What Node prints of it. */
export function describeError(error: unknown): string {
  if (error instanceof Error) return error.stack ?? `${error.name}: ${error.message}`;
  try {
    return typeof error === 'object' ? JSON.stringify(error) : String(error);
  } catch {
    return 'an error that cannot be shown';
  }
}
