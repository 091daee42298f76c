/**
 * One claim's lease as its worker sees it: heartbeats at a third of it, and a signal that ends the work as soon as the worker can no
 * longer be sure.
 *
 * The worker counts by its monotonic clock from *before* the request that granted or extended the lease was sent, less a margin for
 * clocks that run at different rates: so it stops before the store lets another in. A worker that is paused cannot stop in time, whatever it
 * counts; against its late writes there is the fence, in the store.
 */
import { LeaseLostError } from './failure.ts';

export interface LeaseOptions {
  readonly leaseMs: number;
  readonly heartbeatEveryMs: number;
  readonly marginMs: number;
  /** `performance.now()` before the claim was sent. */
  readonly grantedAt: number;
  /** Asks the store for another full lease; false when the claim is not the newest any more. */
  readonly extend: () => Promise<boolean>;
}

export class Lease {
  readonly #options: LeaseOptions;
  readonly #loss = new AbortController();
  #deadline: number;
  #beat: NodeJS.Timeout | undefined;
  #alarm: NodeJS.Timeout | undefined;
  #isOver = false;

  constructor(options: LeaseOptions) {
    this.#options = options;
    this.#deadline = this.#deadlineFrom(options.grantedAt);
    this.#setAlarm();
    this.#scheduleBeat(options.heartbeatEveryMs);
  }

  /** Aborted with a LeaseLostError. */
  get signal(): AbortSignal {
    return this.#loss.signal;
  }

  /** Stops the heartbeats: the job has ended. */
  end(): void {
    this.#isOver = true;
    clearTimeout(this.#beat);
    clearTimeout(this.#alarm);
  }

  #scheduleBeat(inMs: number): void {
    if (!this.#isOver) this.#beat = setTimeout(() => void this.#heartbeat(), inMs);
  }

  async #heartbeat(): Promise<void> {
    const { extend, heartbeatEveryMs } = this.#options;
    const sentAt = performance.now();
    try {
      if (!(await extend())) return this.#lose('another worker has the job');
      if (this.#isOver) return;
      this.#deadline = this.#deadlineFrom(sentAt);
      this.#setAlarm();
      this.#scheduleBeat(heartbeatEveryMs);
    } catch {
      // Out of reach: try again soon, for as long as the lease lasts.
      this.#scheduleBeat(heartbeatEveryMs / 4);
    }
  }

  #deadlineFrom(sentAt: number): number {
    return sentAt + this.#options.leaseMs - this.#options.marginMs;
  }

  #setAlarm(): void {
    clearTimeout(this.#alarm);
    this.#alarm = setTimeout(() => this.#lose('no heartbeat came through'), this.#deadline - performance.now());
  }

  #lose(reason: string): void {
    if (this.#isOver) return;
    this.end();
    this.#loss.abort(new LeaseLostError(reason));
  }
}
