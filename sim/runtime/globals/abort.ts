/** `AbortSignal` with a `timeout` by the process's own timers; all else is the realm's, `instanceof` and `any` included. */
import { noteCombinedSignal } from '../leftovers.ts';
import type { VirtualProcess } from '../process.ts';
import type { TimerFunctions } from './timers.ts';

/** Taken at load: while a process is current, the bare name is its own. */
const RealAbortSignal = AbortSignal;

/** The `AbortSignal` of one incarnation. */
export function createAbortSignal(_process: VirtualProcess, timers: TimerFunctions): typeof AbortSignal {
  const timeout = (delay: number): AbortSignal => {
    const controller = new AbortController();
    timers
      .setTimeout(
        () => controller.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError')),
        delay,
      )
      .unref();
    return controller.signal;
  };
  const any = (parts: AbortSignal[]): AbortSignal => {
    const signal = RealAbortSignal.any(parts);
    noteCombinedSignal(signal);
    return signal;
  };
  return new Proxy(RealAbortSignal, {
    get(target, property) {
      if (property === 'timeout') return timeout;
      if (property === 'any') return any;
      const value: unknown = Reflect.get(target, property);
      return typeof value === 'function' && property !== 'prototype' ? value.bind(target) : value;
    },
  });
}
