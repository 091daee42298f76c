/**
 * An actor handles one event at a time and is busy while it does: a virtual process, or a lane of a server.
 *
 * Handling costs virtual CPU time. What a handler sends or records leaves at its local time (the event's time plus the CPU used so
 * far); later events of the same actor wait until it is free. So an event loop can be slow, and two processes interleave differently
 * by seed.
 */
import type { Micros } from './clock.ts';
import { Task } from './event-queue.ts';
import type { Kernel } from './kernel.ts';

/** How slow a place is: shared by all actors of a host, and changed by faults. */
export class Slowness {
  /** Everything takes so many times its CPU time. */
  factor = 1;
  /** Each event costs so much besides, µs. */
  stallMicros = 0;
  /** Called with each event that is handled slowly. */
  met: (() => void) | undefined;
}

/** Something that an actor handles. */
export interface Work {
  perform(): void;
}

export abstract class Actor {
  readonly kernel: Kernel;
  readonly name: string;
  /** True time until which it is busy. */
  busyUntil: Micros = 0;
  /** CPU used by the handler that runs now, in µs; may have a fraction. */
  cpu = 0;
  readonly slowness: Slowness;

  constructor(kernel: Kernel, name: string, slowness: Slowness) {
    this.kernel = kernel;
    this.name = name;
    this.slowness = slowness;
  }

  /** Takes work that has arrived; handles it now, or when the actor is free. */
  abstract dispatch(work: Work): void;
  /** An error reached the top of this actor's stack. */
  abstract uncaught(error: unknown): void;
  /** A promise was rejected and nobody handles it. */
  abstract unhandledRejection(reason: unknown, promise: Promise<unknown>): void;
  /** CPU time of handling anything at all. */
  protected abstract baseCost(): number;
  /** Called after each handler, when the actor's CPU time is known. */
  protected abstract settled(): void;

  protected execute(work: Work): void {
    this.kernel.current = this;
    this.cpu = this.baseCost() + this.slowness.stallMicros;
    this.slowness.met?.();
    work.perform();
    this.kernel.tick();
    this.finish();
  }

  /** Ends the handler; also called by the kernel after an uncaught error. */
  finish(): void {
    this.busyUntil = this.kernel.now + Math.ceil(this.cpu * this.slowness.factor);
    this.cpu = 0;
    this.kernel.current = null;
    this.settled();
  }
}

class LaneWake extends Task {
  readonly #lane: Lane;
  constructor(lane: Lane) {
    super();
    this.#lane = lane;
  }
  override fire(): void {
    this.#lane.wake();
  }
}

/** A first-in-first-out actor: a single-threaded server, or one worker of a server with many. */
export class Lane extends Actor {
  #waiting: Work[] = [];
  #head = 0;
  readonly #wake = new LaneWake(this);
  readonly #costMicros: number;

  constructor(kernel: Kernel, name: string, costMicros: number, slowness: Slowness) {
    super(kernel, name, slowness);
    this.#costMicros = costMicros;
  }

  override dispatch(work: Work): void {
    if (this.kernel.current === null && this.busyUntil <= this.kernel.now && this.#head === this.#waiting.length) {
      this.execute(work);
      return;
    }
    this.#waiting.push(work);
    this.#arm();
  }

  /** Handles work at once, before all that waits, even while busy: a signal to the server's process, not a client's request. */
  interrupt(work: Work): void {
    const { busyUntil } = this;
    this.execute(work);
    this.busyUntil = Math.max(busyUntil, this.busyUntil);
  }

  /** Forgets all that waits. */
  clear(): void {
    this.#waiting = [];
    this.#head = 0;
    this.busyUntil = 0;
    this.kernel.queue.cancel(this.#wake);
  }

  wake(): void {
    const work = this.#waiting[this.#head];
    if (work === undefined) return;
    this.#waiting[this.#head++] = undefined as unknown as Work;
    if (this.#head === this.#waiting.length) {
      this.#waiting.length = 0;
      this.#head = 0;
    }
    this.execute(work);
  }

  protected override settled(): void {
    if (this.#head < this.#waiting.length) this.#arm();
  }

  protected override baseCost(): number {
    return this.#costMicros;
  }

  override uncaught(error: unknown): void {
    this.kernel.fail(error);
  }

  override unhandledRejection(reason: unknown): void {
    this.kernel.fail(reason);
  }

  #arm(): void {
    if (this.#wake.isQueued) return;
    this.kernel.queue.push(Math.max(this.busyUntil, this.kernel.now), this.#wake);
  }
}
