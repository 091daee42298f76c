/** `Math` and the random half of `crypto`, from the incarnation's own streams. */
import type { VirtualProcess } from '../process.ts';

/** A `Math` with the process's `random`; all else is the realm's. */
export function createMath(process: VirtualProcess): typeof Math {
  const stream = process.stream('random');
  const virtual = Object.create(Object.prototype, Object.getOwnPropertyDescriptors(Math)) as typeof Math;
  Object.defineProperty(virtual, 'random', { value: () => stream.double(), writable: true, configurable: true });
  return virtual;
}
