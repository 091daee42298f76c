/**
 * How a statement waits without blocking anything: what must wait throws `Suspended` with a `Wait`, which passes through the plan nodes to
 * the session; the session yields and calls the top node again when the wait is over.
 *
 * Invariant (each plan node, each restartable expression): progress is kept in fields, and nothing is done twice when `next` is called again
 * after a `Suspended` came out of it. So a statement is resumed and never executed again. Nodes that can wait in the middle of their own work
 * (LockRows, ModifyTable) keep a generator in a field; all others are plain code, and a row costs no generator step.
 */

export type WaitKind = 'lock' | 'sleep' | 'client';

/** One thing that is waited for. */
export class Wait {
  readonly kind: WaitKind;
  /** True once the thing has happened; the waiter is then called again. */
  isOver = false;
  /** Set while a session waits here: called once when the wait is over. */
  wake: (() => void) | null = null;
  /** Takes the waiter out of whatever queue it is in; called when the wait is given up. */
  readonly giveUp: () => void;

  constructor(kind: WaitKind, giveUp: () => void) {
    this.kind = kind;
    this.giveUp = giveUp;
  }

  /** Ends the wait. The waiter is told once. */
  finish(): void {
    if (this.isOver) return;
    this.isOver = true;
    const wake = this.wake;
    this.wake = null;
    if (wake !== null) wake();
  }
}

/** Thrown through plain code up to the session. Not an Error: it is no failure, and it must be cheap. */
export class Suspended {
  readonly wait: Wait;

  constructor(wait: Wait) {
    this.wait = wait;
  }
}

/** A computation that yields what it waits for. */
export type Waiting<T> = Generator<Wait, T, void>;

/** Runs plain code that may throw `Suspended`, again and again until it is through. */
export function* resumed<T>(step: () => T): Waiting<T> {
  for (;;) {
    try {
      return step();
    } catch (thrown) {
      if (!(thrown instanceof Suspended)) throw thrown;
      yield thrown.wait;
    }
  }
}

/** One step of a generator from plain code: its result, or `Suspended`. */
export function stepOf<T>(work: Waiting<T>): T {
  const step = work.next();
  if (step.done === true) return step.value;
  throw new Suspended(step.value);
}
