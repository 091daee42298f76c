/**
 * Refusal by name, at first use: importing a module always succeeds, but what sim cannot virtualise ends the run as `error` with the
 * call, the process and the place in the program.
 */
import { SeedstormError } from '../kernel/errors.ts';
import { firstUserFrame } from './loader/stack.ts';
import type { VirtualProcess } from './process.ts';

/** Ends the run: `what` is the call as the program wrote it. */
export function refuse(process: VirtualProcess, what: string, remedy?: string): never {
  const place = firstUserFrame();
  const error = new SeedstormError(
    'E_REFUSED',
    `${process.name} called ${what}${place === '' ? '' : ` (${place})`}; sim cannot virtualise it. ` +
      (remedy ??
        'Run with --mode infra, or leave the call out; "seedstorm doctor PROGRAM" lists what a program reaches.'),
  );
  process.kernel.fail(error);
  throw error;
}

/** A function that refuses when it is called or constructed. */
export function refusing(process: VirtualProcess, what: string, remedy?: string): (...args: unknown[]) => never {
  return function refused(): never {
    return refuse(process, what, remedy);
  };
}
