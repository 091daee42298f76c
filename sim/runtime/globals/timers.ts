/**
 * `setTimeout` and its kin, by the host's clock. Rules as in Node's `timers`: a delay is truncated to whole ms and at least 1, one
 * beyond 2^31-1 becomes 1 with a warning, an interval is scheduled anew after each call, `refresh` restarts from now.
 * A callback runs in the async context in which its timer was made, once the program uses AsyncLocalStorage.
 */
import type { AsyncResource } from 'node:async_hooks';
import { inspect, promisify } from 'node:util';
import type { Work } from '../../kernel/actor.ts';
import { assertFunction, invalidArgumentType } from '../modules/errors.ts';
import { ProcessTimer, type VirtualProcess } from '../process.ts';

const TIMEOUT_MAX = 2 ** 31 - 1;

type Callback = (...args: unknown[]) => void;

function delayMillis(process: VirtualProcess, delay: unknown): number {
  const number = Number(delay);
  if (number > TIMEOUT_MAX) {
    (process.globals['process'] as NodeJS.Process).emitWarning(
      `${number} does not fit into a 32-bit signed integer.\nTimeout duration was set to 1.`,
      'TimeoutOverflowWarning',
    );
  }
  return number >= 1 && number <= TIMEOUT_MAX ? Math.trunc(number) : 1;
}

/** Node's `Timeout`. */
export class Timeout extends ProcessTimer {
  /** Null once it was cleared. */
  #callback: Callback | null;
  readonly #args: unknown[];
  readonly #millis: number;
  readonly #repeats: boolean;
  readonly #context: AsyncResource | undefined;
  #isRef = true;
  /** It will fire, so it counts among what keeps the process alive. */
  #isActive = false;
  /** Number by which `clearTimeout(+timer)` finds it; made on demand. */
  #id: number | undefined;
  readonly #registry: Map<number, Timeout>;

  constructor(
    process: VirtualProcess,
    registry: Map<number, Timeout>,
    callback: Callback,
    delay: unknown,
    args: unknown[],
    repeats: boolean,
  ) {
    super(process);
    this.#callback = callback;
    this.#args = args;
    this.#millis = delayMillis(process, delay);
    this.#repeats = repeats;
    this.#registry = registry;
    this.#context = process.captureContext?.();
    this.#activate();
  }

  #activate(): void {
    if (!this.process.isAlive) return;
    if (!this.#isActive && this.#isRef) this.process.ref();
    this.#isActive = true;
    this.process.startTimer(this, this.#millis * 1000);
  }

  #deactivate(): void {
    if (!this.#isActive) return;
    this.#isActive = false;
    if (this.#isRef && this.process.isAlive) this.process.unref();
    if (this.#id !== undefined) this.#registry.delete(this.#id);
    this.#id = undefined;
  }

  override perform(): void {
    const callback = this.#callback;
    if (callback === null) return;
    if (!this.#repeats) {
      this.process.timerFired(this);
      this.#deactivate();
    }
    if (this.#context === undefined) callback.apply(this, this.#args);
    else this.#context.runInAsyncScope(callback, this, ...this.#args);
    // The next round counts from this one's start.
    if (this.#repeats && this.#callback !== null && !this.isQueued) this.#activate();
  }

  ref(): this {
    if (!this.#isRef) {
      this.#isRef = true;
      if (this.#isActive && this.process.isAlive) this.process.ref();
    }
    return this;
  }

  unref(): this {
    if (this.#isRef) {
      this.#isRef = false;
      if (this.#isActive && this.process.isAlive) this.process.unref();
    }
    return this;
  }

  hasRef(): boolean {
    return this.#isRef;
  }

  /** Starts anew from now, also when it has fired. */
  refresh(): this {
    if (this.#callback !== null && this.process.isAlive) {
      this.process.stopTimer(this);
      this.#activate();
    }
    return this;
  }

  close(): this {
    if (this.#callback === null) return this;
    this.#callback = null;
    this.process.stopTimer(this);
    this.#deactivate();
    return this;
  }

  [Symbol.toPrimitive](): number {
    if (this.#id === undefined) {
      this.#id = this.#registry.size + 1;
      while (this.#registry.has(this.#id)) this.#id++;
      this.#registry.set(this.#id, this);
    }
    return this.#id;
  }

  [inspect.custom](): string {
    return `Timeout { ${this.#millis} ms }`;
  }
}

const dispose: symbol | undefined = (Symbol as { dispose?: symbol }).dispose;

/** Node's `Immediate`. */
export class Immediate implements Work {
  readonly #process: VirtualProcess;
  #callback: Callback | null;
  readonly #args: unknown[];
  readonly #context: AsyncResource | undefined;
  #isRef = true;

  constructor(process: VirtualProcess, callback: Callback, args: unknown[]) {
    this.#process = process;
    this.#callback = callback;
    this.#args = args;
    this.#context = process.captureContext?.();
    if (process.isAlive) process.ref();
    process.dispatchImmediate(this);
  }

  perform(): void {
    const callback = this.#callback;
    if (callback === null) return;
    this.#callback = null;
    if (this.#isRef) this.#process.unref();
    if (this.#context === undefined) callback.apply(this, this.#args);
    else this.#context.runInAsyncScope(callback, this, ...this.#args);
  }

  clear(): void {
    if (this.#callback === null) return;
    this.#callback = null;
    if (this.#isRef && this.#process.isAlive) this.#process.unref();
  }

  ref(): this {
    if (!this.#isRef && this.#callback !== null && this.#process.isAlive) this.#process.ref();
    this.#isRef = true;
    return this;
  }

  unref(): this {
    if (this.#isRef && this.#callback !== null && this.#process.isAlive) this.#process.unref();
    this.#isRef = false;
    return this;
  }

  hasRef(): boolean {
    return this.#isRef;
  }
}

if (dispose !== undefined) {
  Object.defineProperty(Timeout.prototype, dispose, {
    value: Timeout.prototype.close,
    configurable: true,
    writable: true,
  });
  Object.defineProperty(Immediate.prototype, dispose, {
    value: Immediate.prototype.clear,
    configurable: true,
    writable: true,
  });
}

export interface TimerFunctions {
  setTimeout: (callback: unknown, delay?: unknown, ...args: unknown[]) => Timeout;
  setInterval: (callback: unknown, delay?: unknown, ...args: unknown[]) => Timeout;
  setImmediate: (callback: unknown, ...args: unknown[]) => Immediate;
  clearTimeout: (timer: unknown) => void;
  clearInterval: (timer: unknown) => void;
  clearImmediate: (immediate: unknown) => void;
  /** `node:timers/promises`. */
  promises: Record<string, unknown>;
}

interface WaitOptions {
  readonly signal?: AbortSignal;
  readonly ref?: boolean;
}

function abortError(signal: AbortSignal): Error {
  const error = new Error('The operation was aborted', { cause: signal.reason });
  error.name = 'AbortError';
  return Object.assign(error, { code: 'ABORT_ERR' });
}

/** The timer functions of one incarnation. */
export function createTimers(process: VirtualProcess): TimerFunctions {
  const registry = new Map<number, Timeout>();

  const setTimeout = (callback: unknown, delay?: unknown, ...args: unknown[]): Timeout => {
    assertFunction('callback', callback);
    return new Timeout(process, registry, callback, delay, args, false);
  };
  const setInterval = (callback: unknown, delay?: unknown, ...args: unknown[]): Timeout => {
    assertFunction('callback', callback);
    return new Timeout(process, registry, callback, delay, args, true);
  };
  const setImmediate = (callback: unknown, ...args: unknown[]): Immediate => {
    assertFunction('callback', callback);
    return new Immediate(process, callback, args);
  };
  const clearTimeout = (timer: unknown): void => {
    if (timer instanceof Timeout) timer.close();
    else if (typeof timer === 'number' || typeof timer === 'string') registry.get(Number(timer))?.close();
  };
  const clearImmediate = (immediate: unknown): void => {
    if (immediate instanceof Immediate) immediate.clear();
  };

  /** Resolves after `start` calls back; rejects when the signal aborts first. */
  const wait = <T>(
    value: T,
    options: WaitOptions | undefined,
    start: (done: () => void) => { unref(): unknown; cancel(): void },
  ): Promise<T> => {
    const signal = options?.signal;
    if (signal !== undefined && (typeof signal !== 'object' || !('aborted' in signal)))
      return Promise.reject(invalidArgumentType('options.signal', 'an instance of AbortSignal', signal));
    if (signal?.aborted) return Promise.reject(abortError(signal));
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        timer.cancel();
        reject(abortError(signal!));
      };
      const timer = start(() => {
        signal?.removeEventListener('abort', onAbort);
        resolve(value);
      });
      if (options?.ref === false) timer.unref();
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  };
  const waitTimeout = <T>(delay?: number, value?: T, options?: WaitOptions): Promise<T | undefined> =>
    wait(value, options, (done) => {
      const timer = setTimeout(done, delay);
      return { unref: () => timer.unref(), cancel: () => timer.close() };
    });
  const waitImmediate = <T>(value?: T, options?: WaitOptions): Promise<T | undefined> =>
    wait(value, options, (done) => {
      const immediate = setImmediate(done);
      return { unref: () => immediate.unref(), cancel: () => immediate.clear() };
    });
  async function* interval<T>(delay?: number, value?: T, options?: WaitOptions): AsyncGenerator<T | undefined> {
    const signal = options?.signal;
    if (signal?.aborted) throw abortError(signal);
    let due = 0;
    let wake: (() => void) | undefined;
    const ring = (): void => wake?.();
    const timer = setInterval(() => {
      due++;
      ring();
    }, delay);
    if (options?.ref === false) timer.unref();
    signal?.addEventListener('abort', ring, { once: true });
    try {
      for (;;) {
        if (signal?.aborted) throw abortError(signal);
        if (due === 0) await new Promise<void>((resolve) => (wake = resolve));
        for (; due > 0; due--) yield value;
      }
    } finally {
      timer.close();
      signal?.removeEventListener('abort', ring);
    }
  }

  const promises = {
    setTimeout: waitTimeout,
    setImmediate: waitImmediate,
    setInterval: interval,
    scheduler: {
      wait: (delay: number, options?: WaitOptions) => waitTimeout(delay, undefined, options),
      yield: () => waitImmediate(),
    },
  };
  Object.defineProperty(setTimeout, promisify.custom, { value: waitTimeout, configurable: true });
  Object.defineProperty(setImmediate, promisify.custom, { value: waitImmediate, configurable: true });
  return { setTimeout, setInterval, setImmediate, clearTimeout, clearInterval: clearTimeout, clearImmediate, promises };
}
