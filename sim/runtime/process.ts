/**
 * One incarnation of a program: its event loop, its life and what it holds.
 *
 * The loop has Node's phases (timers, poll, check): while the process is free, an event is handled as it comes; what comes while it is
 * busy or paused waits, and is then taken phase by phase, overdue timers first, as libuv does after a stall.
 *
 * Differs: promise reactions that a listener of `exit` queues do not run; on Node they do when the process ends by itself.
 *
 * Life is one state machine: running -> paused -> running, running | paused -> ended. An ended process owns no timer, socket or
 * listener, and whatever its stale continuations call does nothing.
 */
import type { AsyncResource } from 'node:async_hooks';
import { constants } from 'node:os';
import { Actor, type Work } from '../kernel/actor.ts';
import { assert } from '../kernel/assert.ts';
import type { Micros } from '../kernel/clock.ts';
import { Task } from '../kernel/event-queue.ts';
import type { Stream } from '../kernel/stream.ts';
import type { Host } from '../net/host.ts';
import type { Network } from '../net/network.ts';
import { describeError, notAnError } from './fatal-error.ts';
import { Fifo } from './fifo.ts';
import type { Holding, ProcessEnd, ProcessObserver, ProcessState, VirtualProcessOptions } from './process-options.ts';
import { SharedState } from './shared-state.ts';

export type { Holding, ProcessEnd, ProcessObserver, VirtualProcessOptions } from './process-options.ts';

const signalNumbers = constants.signals;
/** Signals whose default action is to do nothing. */
const ignoredSignals = new Set(['SIGCHLD', 'SIGURG', 'SIGWINCH', 'SIGPIPE', 'SIGCONT']);

/** Exit codes of Node for a failure in a handler of errors and for a top-level await that never settles. */
const HANDLER_FAILED = 7;
const UNSETTLED_TOP_LEVEL_AWAIT = 13;

/** Thrown to leave the stack after `process.exit`; never reported. */
export const exitSignal: unique symbol = Symbol('seedstorm.exit');

class Wake extends Task {
  readonly #process: VirtualProcess;
  constructor(process: VirtualProcess) {
    super();
    this.#process = process;
  }
  override fire(): void {
    this.#process.wake();
  }
}

/** A timer of a process: fires by the host's monotonic clock. */
export abstract class ProcessTimer extends Task implements Work {
  readonly process: VirtualProcess;
  /** Monotonic time of the host at which it is due. */
  dueMonotonic: Micros = 0;
  isCleared = false;
  constructor(process: VirtualProcess) {
    super();
    this.process = process;
  }
  override fire(): void {
    this.process.dispatchTimer(this);
  }
  abstract perform(): void;
}

type Phase = 'timers' | 'poll' | 'check';

export class VirtualProcess extends Actor {
  readonly network: Network;
  readonly host: Host;
  readonly incarnation: number;
  readonly options: VirtualProcessOptions;
  readonly observer: ProcessObserver;
  readonly pid: number;
  readonly startedAt: Micros;
  state: ProcessState = 'running';
  /** The program's own globals; what accessors on the real global object dispatch to. */
  globals: Record<string, unknown> = {};
  /** Listeners of `process.on(...)`; set by the `process` global. */
  emitter: { emit(event: string, ...args: unknown[]): boolean; listenerCount(event: string): number } | undefined;
  /** As the program set it; a text of digits stays one. */
  exitCode: number | string | null | undefined;
  /** The absolute path of a folder that exists; set by `node:fs`, for `process.chdir`. */
  folderAt: ((path: string, from: string) => string) | undefined;
  /** The virtual module of a name; set with the modules, for `process.getBuiltinModule`. */
  builtin: ((id: string) => unknown) | undefined;
  /** True once the program made an AsyncLocalStorage: from then on contexts are carried across timers and sockets. */
  carriesAsyncContext = false;
  /** Makes the resource that carries the current context; set with `carriesAsyncContext`. */
  captureContext: (() => AsyncResource) | undefined;
  readonly #holdings = new Set<Holding>();
  readonly #timers = new Set<ProcessTimer>();
  #refs = 0;
  #poll = new Fifo<Work>();
  #due = new Fifo<ProcessTimer>();
  #check = new Fifo<Work>();
  /** What libuv reports when the poll is over, such as a finished shutdown: before immediates. */
  #pending = new Fifo<Work>();
  #phase: Phase = 'timers';
  #batch = 0;
  readonly #wake = new Wake(this);
  readonly #cpuStream: Stream;
  readonly #cpuMicros: number;
  readonly shared = new SharedState();
  /** How far the natural end has come, once nothing is left to do. */
  #ending: 'none' | 'scheduled' | 'said' = 'none';
  #isExiting = false;
  /** Set while a top-level await of the program is pending: an end by nature is then a failure. */
  awaitsTop = false;
  /** `process.setUncaughtExceptionCaptureCallback`. */
  captureUncaught: ((error: unknown) => void) | undefined;
  /** Monotonic time up to which timers belong to the timers phase that runs. */
  #timersUntil: Micros = 0;

  constructor(options: VirtualProcessOptions) {
    super(options.kernel, options.name, options.host.slowness);
    this.options = options;
    this.network = options.network;
    this.host = options.host;
    this.incarnation = options.incarnation;
    this.observer = options.observer;
    this.pid = 1000 + options.incarnation;
    this.startedAt = options.kernel.localNow();
    this.#cpuMicros = options.cpuMicros;
    this.#cpuStream = this.stream('cpu');
    this.host.clock.onRateChange.push(this.#rescheduleTimers);
  }

  get isAlive(): boolean {
    return this.state !== 'ended';
  }

  /** The stream of that name, private to this incarnation. */
  stream(name: string): Stream {
    return this.kernel.streams.of(`process/${this.name}/${this.incarnation}/${name}`);
  }

  /** The node's wall time in ms, with a fraction. Reading a clock costs time, so a busy loop on it ends. */
  wallMillis(): number {
    this.cpu += 0.25;
    return this.host.clock.wallMicros(this.kernel.localNow()) / 1000;
  }

  monotonicMicros(): Micros {
    this.cpu += 0.25;
    return this.host.clock.monotonicMicros(this.kernel.localNow());
  }

  // Work.

  override dispatch(work: Work): void {
    if (this.state === 'ended') return;
    if (this.#isFree()) {
      this.#enter('poll');
      this.execute(work);
    } else {
      this.#poll.push(work);
      this.#arm();
    }
  }

  dispatchTimer(timer: ProcessTimer): void {
    if (this.state === 'ended') return;
    if (this.#isFree()) {
      this.#enter('timers');
      this.execute(timer);
    } else {
      this.#due.push(timer);
      this.#arm();
    }
  }

  /** Queues work for the check phase (`setImmediate`). */
  dispatchImmediate(work: Work): void {
    if (this.state === 'ended') return;
    this.#check.push(work);
    this.#arm();
  }

  /** Queues work that comes when the poll is over, before the check phase. */
  dispatchPending(work: Work): void {
    if (this.state === 'ended') return;
    this.#pending.push(work);
    this.#arm();
  }

  #enter(phase: Phase): void {
    this.#phase = phase;
    this.#batch = 0;
    if (phase === 'timers') this.#timersUntil = this.host.clock.monotonicMicros(this.kernel.now);
  }

  protected override execute(work: Work): void {
    this.shared.enter();
    super.execute(work);
  }

  override finish(): void {
    this.shared.leave();
    super.finish();
  }

  /** Takes what waits; called by the kernel when the process is free again. */
  wake(): void {
    if (this.state !== 'running') return;
    const work = this.#next();
    if (work !== undefined) this.execute(work);
  }

  #isFree(): boolean {
    return (
      this.state === 'running' &&
      this.kernel.current === null &&
      this.busyUntil <= this.kernel.now &&
      this.#poll.length === 0 &&
      this.#due.length === 0 &&
      this.#pending.length === 0 &&
      this.#check.length === 0
    );
  }

  #next(): Work | undefined {
    const pending = this.#pending.shift();
    if (pending !== undefined) return pending;
    for (let turns = 7 + this.#due.length; turns > 0; turns--) {
      if (this.#batch > 0) {
        this.#batch--;
        const work =
          this.#phase === 'timers'
            ? this.#due.shift()
            : this.#phase === 'poll'
              ? this.#poll.shift()
              : this.#check.shift();
        // A timer that was cleared while it waited is not run.
        if (work instanceof ProcessTimer && work.isCleared) continue;
        if (work !== undefined) return work;
      }
      if (this.#batch > 0) continue;
      // The timers phase takes all that were due when it began, also those whose events came while the first one ran.
      if (
        this.#phase === 'timers' &&
        (this.#due.peek()?.dueMonotonic ?? Number.POSITIVE_INFINITY) <= this.#timersUntil
      ) {
        this.#batch = 1;
        continue;
      }
      this.#phase = this.#phase === 'timers' ? 'poll' : this.#phase === 'poll' ? 'check' : 'timers';
      this.#batch =
        this.#phase === 'timers' ? this.#due.length : this.#phase === 'poll' ? this.#poll.length : this.#check.length;
    }
    return undefined;
  }

  get #waits(): boolean {
    return this.#poll.length > 0 || this.#due.length > 0 || this.#pending.length > 0 || this.#check.length > 0;
  }

  #arm(): void {
    if (this.state !== 'running' || this.#wake.isQueued) return;
    // While a handler runs its end is not known; `settled` arms then.
    if (this.kernel.current === this) return;
    this.kernel.queue.push(Math.max(this.busyUntil, this.kernel.now), this.#wake);
  }

  protected override settled(): void {
    if (this.state !== 'running') return;
    if (this.#waits) this.#arm();
    else if (this.#refs === 0) this.#goodbye();
    else this.#ending = 'none';
  }

  protected override baseCost(): number {
    return this.#cpuMicros * (0.75 + 0.5 * this.#cpuStream.double());
  }

  // Timers.

  /** Calls back after `micros` of true time, in the async context of now; keeps the process alive until then. */
  afterMicros(micros: Micros, call: () => void): void {
    if (this.state === 'ended') return;
    const context = this.captureContext?.();
    this.ref();
    const work: Work = {
      perform: () => {
        this.unref();
        if (context === undefined) call();
        else context.runInAsyncScope(call);
      },
    };
    this.kernel.at(this.kernel.localNow() + Math.ceil(micros), () => this.dispatch(work));
  }

  /** Starts a timer `delayMicros` of monotonic node time from now. */
  startTimer(timer: ProcessTimer, delayMicros: Micros): void {
    if (this.state === 'ended') return;
    const { clock } = this.host;
    // Like libuv, timers count from the start of the handler, not from the moment of the call.
    timer.dueMonotonic = clock.monotonicMicros(this.kernel.now) + delayMicros;
    timer.isCleared = false;
    this.#timers.add(timer);
    this.kernel.queue.push(Math.max(clock.trueAt(timer.dueMonotonic), this.kernel.now), timer);
  }

  stopTimer(timer: ProcessTimer): void {
    this.#timers.delete(timer);
    this.kernel.queue.cancel(timer);
    timer.isCleared = true;
  }

  /** A timer ran; it is no longer held. */
  timerFired(timer: ProcessTimer): void {
    this.#timers.delete(timer);
  }

  readonly #rescheduleTimers = (): void => {
    if (this.state === 'ended') return;
    for (const timer of this.#timers) {
      if (!timer.isQueued) continue;
      this.kernel.queue.cancel(timer);
      this.kernel.queue.push(Math.max(this.host.clock.trueAt(timer.dueMonotonic), this.kernel.now), timer);
    }
  };

  // Life.

  /** Counts what keeps the process alive. */
  ref(): void {
    this.#refs++;
  }

  unref(): void {
    this.#refs--;
    assert(this.#refs >= 0, `${this.name} gave up more references than it held`);
    if (this.#refs === 0 && this.kernel.current !== this) this.dispatch({ perform: () => {} });
  }

  hold(holding: Holding): void {
    this.#holdings.add(holding);
  }

  letGo(holding: Holding): void {
    this.#holdings.delete(holding);
  }

  /** SIGSTOP. Sockets go on filling, nothing is handled. */
  pause(): boolean {
    if (this.state !== 'running') return false;
    this.state = 'paused';
    this.kernel.queue.cancel(this.#wake);
    return true;
  }

  /** SIGCONT. Overdue timers come first, then what arrived, in order. */
  resume(): boolean {
    if (this.state !== 'paused') return false;
    this.state = 'running';
    this.#enter('check');
    if (this.#waits) this.#arm();
    return true;
  }

  /** SIGKILL. */
  crash(): boolean {
    if (this.state === 'ended') return false;
    this.#end({ kind: 'crashed' }, true);
    return true;
  }

  /** Ends at once by a signal of its own. */
  die(signal: string): void {
    if (this.state !== 'ended') this.#end({ kind: 'signalled', signal }, true);
  }

  /** A catchable signal: its listeners, or the default action. */
  signal(signal: string): boolean {
    if (this.state === 'ended') return false;
    const work = {
      perform: () => {
        if (this.emitter !== undefined && this.emitter.listenerCount(signal) > 0)
          this.emitter.emit(signal, signal, signalNumbers[signal as NodeJS.Signals]);
        else if (!ignoredSignals.has(signal)) this.#end({ kind: 'signalled', signal }, true);
      },
    };
    // An event of its own: a handler that exits or throws must unwind to the kernel, not through whoever sent the signal.
    this.kernel.at(this.kernel.now, () => this.dispatch(work));
    return true;
  }

  /** `process.exit`: emits `exit`, ends, and leaves the stack. */
  exit(code?: number): never {
    if (this.state !== 'ended') {
      if (code !== undefined) this.exitCode = code;
      this.#emitExit();
      this.#exited();
    }
    throw exitSignal;
  }

  #exited(error?: string): void {
    if (this.state === 'ended') return;
    const code = Number(this.exitCode ?? 0) & 0xff;
    this.#end({ kind: 'exited', code, ...(error === undefined ? {} : { error }) }, false);
  }

  override uncaught(error: unknown): void {
    if (error === exitSignal || this.state === 'ended') return;
    this.#handle(error, 'uncaughtException', () => {
      if (this.captureUncaught === undefined) return false;
      this.captureUncaught(error);
      return true;
    });
  }

  override unhandledRejection(reason: unknown, promise: Promise<unknown>): void {
    if (reason === exitSignal || this.state === 'ended') return;
    const { emitter } = this;
    if (emitter !== undefined && emitter.listenerCount('unhandledRejection') > 0) {
      emitter.emit('unhandledRejection', reason, promise);
      return;
    }
    this.#handle(reason instanceof Error ? reason : notAnError(reason), 'unhandledRejection', () => false);
  }

  /** Gives an error to whoever of the program listens; else it is the end. */
  #handle(error: unknown, origin: string, capture: () => boolean): void {
    const { emitter } = this;
    try {
      if (capture()) return;
      emitter?.emit('uncaughtExceptionMonitor', error, origin);
      if (!this.#isExiting && emitter?.emit('uncaughtException', error, origin) === true) return;
    } catch (again) {
      // What throws in a handler of errors ends the process at once, with a code of its own.
      if (again !== exitSignal) {
        this.#isExiting = true;
        this.#dieOf(again, HANDLER_FAILED);
      }
      return;
    }
    this.#dieOf(error, 1);
  }

  #dieOf(error: unknown, code: number): void {
    if (this.state === 'ended') return;
    const text = describeError(error);
    for (const line of text.split('\n')) this.observer.log(this, 'stderr', line);
    this.exitCode = code;
    try {
      this.#emitExit();
    } catch (again) {
      if (again !== exitSignal) this.exitCode = HANDLER_FAILED;
    }
    this.#exited(text);
  }

  /** Nothing is left to do: `beforeExit`, which may start more, then the end. */
  #goodbye(): void {
    if (this.#ending === 'scheduled') return;
    const isSaid = this.#ending === 'said';
    this.#ending = 'scheduled';
    this.kernel.at(this.busyUntil, () => {
      const work = { perform: isSaid ? this.#leave : this.#sayGoodbye };
      if (this.#isFree()) this.dispatch(work);
      else this.#ending = 'none';
    });
  }

  readonly #sayGoodbye = (): void => {
    this.#ending = 'none';
    if (this.#refs > 0) return;
    this.#ending = 'said';
    this.emitter?.emit('beforeExit', this.exitCode ?? 0);
  };

  readonly #leave = (): void => {
    this.#ending = 'none';
    if (this.#refs > 0) return;
    const code = Number(this.exitCode ?? 0);
    if (this.awaitsTop) {
      this.exitCode ??= UNSETTLED_TOP_LEVEL_AWAIT;
      this.observer.log(this, 'stderr', 'Warning: Detected unsettled top-level await');
    }
    this.#emitExit(code);
    this.#exited();
  };

  #emitExit(code = Number(this.exitCode ?? 0)): void {
    if (this.#isExiting) return;
    this.#isExiting = true;
    this.emitter?.emit('exit', code);
  }

  #end(end: ProcessEnd, crash: boolean): void {
    assert(this.state !== 'ended', `${this.name} ends twice`);
    this.state = 'ended';
    for (const timer of this.#timers) {
      this.kernel.queue.cancel(timer);
      timer.isCleared = true;
    }
    this.#timers.clear();
    for (const holding of [...this.#holdings]) holding.release(crash);
    this.#holdings.clear();
    this.#poll.clear();
    this.#due.clear();
    this.#check.clear();
    this.#pending.clear();
    this.kernel.queue.cancel(this.#wake);
    const { onRateChange } = this.host.clock;
    const index = onRateChange.indexOf(this.#rescheduleTimers);
    if (index >= 0) onRateChange.splice(index, 1);
    this.observer.ended(this, end);
  }
}
