/**
 * The kernel: takes the earliest event, lets its actor handle it, drains next-ticks and microtasks to the end, and goes on.
 *
 * There is no real timer and no real clock here. The loop runs in slices inside `setImmediate`, because Node's own tick queue can only
 * be drained (`process._tickCallback`) from a macrotask. Errors are not caught around a handler: they reach Node's uncaught-exception
 * hook, which attributes them to `current`, exact because all of an event's continuations run before the next event.
 */
import type { Actor, Work } from './actor.ts';
import { assert } from './assert.ts';
import type { Micros } from './clock.ts';
import { SeedstormError } from './errors.ts';
import { EventQueue, Task } from './event-queue.ts';
import { Streams } from './streams.ts';
import { TraceHash } from './trace-hash.ts';

export interface KernelLimits {
  /** Events after which a run is stopped as `error`. */
  readonly eventsMax: number;
}

export type KernelEnd =
  /** Stopped by `stop`, with its reason. */
  | { readonly kind: 'stopped'; readonly reason: string }
  /** Nothing is left to happen. */
  | { readonly kind: 'quiescent' }
  | { readonly kind: 'failed'; readonly error: unknown };

const EVENTS_PER_SLICE = 4096;

/** Taken at load: while a process is current, the names on the real global object are its own. */
const { setImmediate: later, process: realProcess } = globalThis;

/** Node's own tick drain. It is private, but present with the same text on Node 20, 22, 24 and 26. */
const tickCallback = (realProcess as unknown as { _tickCallback(): void })._tickCallback.bind(realProcess);

class CallbackTask extends Task {
  readonly #callback: () => void;
  constructor(callback: () => void) {
    super();
    this.#callback = callback;
  }
  override fire(): void {
    this.#callback();
  }
}

/** Real work outside (a thread-pool job) whose completion comes at a fixed virtual time, whatever order it finished in. */
class ExternalTask extends Task implements Work {
  readonly #kernel: Kernel;
  readonly #actor: Actor;
  readonly #deliver: (outcome: ExternalOutcome) => void;
  #outcome: ExternalOutcome | undefined;

  constructor(kernel: Kernel, actor: Actor, deliver: (outcome: ExternalOutcome) => void) {
    super();
    this.#kernel = kernel;
    this.#actor = actor;
    this.#deliver = deliver;
  }
  complete(outcome: ExternalOutcome): void {
    if (this.#outcome !== undefined) return;
    this.#outcome = outcome;
    this.#kernel.externalReady(this);
  }
  override fire(): void {
    if (this.#outcome === undefined) this.#kernel.waitForExternal(this);
    else this.#actor.dispatch(this);
  }
  perform(): void {
    this.#deliver(this.#outcome!);
  }
}

export type ExternalOutcome = { readonly value: unknown } | { readonly error: unknown };

export class Kernel {
  readonly queue = new EventQueue();
  readonly streams: Streams;
  readonly hash = new TraceHash();
  readonly limits: KernelLimits;
  /** True time of the event that is being handled. */
  now: Micros = 0;
  /** The actor whose event is being handled. */
  current: Actor | null = null;
  /** Number of events so far. */
  events = 0;
  /** Counts events where a watchdog thread can see them: a handler that spins leaves it standing still. */
  static readonly heartbeat = new Int32Array(new SharedArrayBuffer(4));
  #end: KernelEnd | undefined;
  #resolve: ((end: KernelEnd) => void) | undefined;
  #awaited: ExternalTask | undefined;
  #interrupted: Actor | null = null;

  constructor(seed: number | string, limits: KernelLimits) {
    this.streams = new Streams(seed);
    this.limits = limits;
  }

  /** Drains next-ticks and microtasks. */
  tick(): void {
    tickCallback();
  }

  /** True time as the running handler sees it: the event's time plus the CPU used so far. */
  localNow(): Micros {
    return this.current === null ? this.now : this.now + Math.floor(this.current.cpu * this.current.slowness.factor);
  }

  /** Calls back at a true time, outside of any actor. */
  at(time: Micros, callback: () => void): Task {
    const task = new CallbackTask(callback);
    this.queue.push(Math.max(time, this.now), task);
    return task;
  }

  /**
   * Starts real asynchronous work. Its outcome is delivered to the actor `costMicros` from now; if it is not there by then, virtual
   * time stands still until it is.
   */
  external(
    actor: Actor,
    costMicros: number,
    start: (complete: (outcome: ExternalOutcome) => void) => void,
    deliver: (outcome: ExternalOutcome) => void,
  ): void {
    const task = new ExternalTask(this, actor, deliver);
    this.queue.push(this.localNow() + costMicros, task);
    start((outcome) => task.complete(outcome));
  }

  /** Ends the run after the current event. */
  stop(reason: string): void {
    this.#end ??= { kind: 'stopped', reason };
  }

  /** Ends the run as `error`. */
  fail(error: unknown): void {
    this.#end ??= { kind: 'failed', error };
  }

  get isEnding(): boolean {
    return this.#end !== undefined;
  }

  /**
   * Runs until stopped, failed or quiescent. Must be called outside of any simulation; one run at a time in a real process.
   */
  run(): Promise<KernelEnd> {
    assert(this.#resolve === undefined, 'a kernel runs twice');
    assert(!realProcess.hasUncaughtExceptionCaptureCallback(), 'two kernels run at once');
    const onRejection = (reason: unknown, promise: Promise<unknown>): void => this.#onRejection(reason, promise);
    realProcess.setUncaughtExceptionCaptureCallback((error) => this.#onUncaught(error));
    const others = realProcess.listeners('unhandledRejection');
    realProcess.removeAllListeners('unhandledRejection');
    realProcess.on('unhandledRejection', onRejection);
    return new Promise<KernelEnd>((resolve) => {
      this.#resolve = (end) => {
        realProcess.setUncaughtExceptionCaptureCallback(null);
        realProcess.removeListener('unhandledRejection', onRejection);
        for (const other of others) realProcess.on('unhandledRejection', other);
        resolve(end);
      };
      later(this.#slice);
    });
  }

  readonly #slice = (): void => {
    const queue = this.queue;
    const eventsMax = this.limits.eventsMax;
    const { heartbeat } = Kernel;
    for (let count = 0; count < EVENTS_PER_SLICE; count++) {
      if (this.#end !== undefined) {
        this.#resolve!(this.#end);
        return;
      }
      const task = queue.pop(Number.POSITIVE_INFINITY);
      if (task === undefined) {
        this.#end = { kind: 'quiescent' };
        continue;
      }
      const at = queue.poppedAt;
      assert(at >= this.now, 'time went back');
      this.now = at;
      heartbeat[0]!++;
      if (++this.events > eventsMax) this.fail(this.#overrun(eventsMax));
      task.fire();
      if (this.#awaited !== undefined) return;
    }
    later(this.#slice);
  };

  waitForExternal(task: ExternalTask): void {
    this.#awaited = task;
  }

  externalReady(task: ExternalTask): void {
    if (this.#awaited !== task) return;
    later(() => {
      this.#awaited = undefined;
      task.fire();
      this.#slice();
    });
  }

  #onUncaught(error: unknown): void {
    const actor = this.current;
    if (actor === null) {
      this.fail(error);
    } else {
      actor.uncaught(error);
    }
    this.#interrupted = actor;
    later(this.#resume);
  }

  /** Goes on where an uncaught error broke the loop: the rest of the event's continuations first. */
  readonly #resume = (): void => {
    this.tick();
    const actor = this.#interrupted;
    this.#interrupted = null;
    if (actor !== null && this.current === actor) actor.finish();
    this.#slice();
  };

  #onRejection(reason: unknown, promise: Promise<unknown>): void {
    if (this.current === null) this.fail(reason);
    else this.current.unhandledRejection(reason, promise);
  }

  #overrun(eventsMax: number): SeedstormError {
    return new SeedstormError(
      'E_LIMIT',
      `The run passed its budget of ${eventsMax} events at ${(this.now / 1e6).toFixed(3)} s of true time. ` +
        `Some program probably loops without end. Raise it with --events if the scenario is that large.`,
    );
  }
}
