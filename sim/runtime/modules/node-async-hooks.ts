/**
 * `node:async_hooks`: the realm's AsyncLocalStorage and AsyncResource. Contexts follow promises and next-ticks by themselves; across
 * virtual timers and sockets the process carries them, from its first AsyncLocalStorage on, so that programs without one pay nothing.
 */
import * as real from 'node:async_hooks';
import type { VirtualProcess } from '../process.ts';
import { refusing } from '../refusal.ts';

/** `node:async_hooks` of one incarnation. */
export function createAsyncHooks(process: VirtualProcess): Record<string, unknown> {
  class AsyncLocalStorage<T> extends real.AsyncLocalStorage<T> {
    constructor(...args: ConstructorParameters<typeof real.AsyncLocalStorage<T>>) {
      super(...args);
      process.carriesAsyncContext = true;
      process.captureContext ??= () => new real.AsyncResource('SEEDSTORM');
    }
  }
  return {
    AsyncLocalStorage,
    AsyncResource: real.AsyncResource,
    createHook: () => ({ enable: refusing(process, 'async_hooks.createHook().enable'), disable() {} }),
    executionAsyncId: () => 1,
    triggerAsyncId: () => 0,
    executionAsyncResource: () => ({}),
    asyncWrapProviders: real.asyncWrapProviders,
  };
}
