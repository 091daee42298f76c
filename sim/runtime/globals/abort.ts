/** `AbortSignal` with a `timeout` by the process's own timers; all else is the realm's, `instanceof` and `any` included. */
import type { VirtualProcess } from '../process.ts';
import type { TimerFunctions } from './timers.ts';

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
  return new Proxy(AbortSignal, {
    get(target, property) {
      if (property === 'timeout') return timeout;
      const value: unknown = Reflect.get(target, property);
      return typeof value === 'function' && property !== 'prototype' ? value.bind(target) : value;
    },
  });
}
