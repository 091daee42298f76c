/**
 * One wait of a toxic, exact to well under a millisecond: Node's timers count whole ones, so the rest is passed in turns of the event loop.
 * A wait of nothing takes one turn, as Go's timer of zero lets others run first.
 */

/** setTimeout takes 31 bits of milliseconds at most. */
const TIMEOUT_MS_MAX = 0x7fffffff;
/** A timer may fire this much late (ms), so it is set so much earlier. */
const TIMER_ERROR_MS = 1.2;

export class Wait {
  readonly #dueMs: number;
  readonly #callback: () => void;
  #timeout: NodeJS.Timeout | undefined;
  #turn: NodeJS.Immediate | undefined;

  /** Calls back once, `delayMs` from now; a delay below zero counts as zero. */
  constructor(delayMs: number, callback: () => void) {
    this.#dueMs = performance.now() + delayMs;
    this.#callback = callback;
    this.#arm(delayMs);
  }

  cancel(): void {
    clearTimeout(this.#timeout);
    clearImmediate(this.#turn);
  }

  #arm(leftMs: number): void {
    if (leftMs > TIMER_ERROR_MS) {
      const stepMs = Math.min(Math.max(1, Math.floor(leftMs - TIMER_ERROR_MS)), TIMEOUT_MS_MAX);
      this.#timeout = setTimeout(() => this.#look(), stepMs);
    } else this.#turn = setImmediate(() => this.#look());
  }

  #look(): void {
    const leftMs = this.#dueMs - performance.now();
    if (leftMs <= 0) this.#callback();
    else this.#arm(leftMs);
  }
}
