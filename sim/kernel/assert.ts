/** Assertions that stay on in every run: a broken one is our bug and ends the run as `error`, never as a verdict about the subject. */
import { SeedstormError } from './errors.ts';

export function assert(claim: boolean, message: string): asserts claim {
  if (!claim)
    throw new SeedstormError('E_ASSERT', `seedstorm is broken: ${message}. Please report it with the capsule.`);
}

/** The end of an exhaustive `switch`. */
export function assertNever(value: never): never {
  throw new SeedstormError('E_ASSERT', `seedstorm is broken: unexpected case ${JSON.stringify(value)}.`);
}
