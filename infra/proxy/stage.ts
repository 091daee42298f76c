/**
 * One toxic at its place in one direction of one connection: chunks that wait for it, the one that it has in hand, and what comes next.
 *
 * Invariants: the toxic has at most one chunk in hand; chunks leave in the order in which they came; a closed stage takes nothing more, so
 * that the source before it stops being read, as behind a channel that nobody reads.
 *
 * An interruption (the toxic changed, is removed, or got a successor) makes the toxic let go of what it has in hand, in force of nothing.
 */
import type { AppliedToxic } from './applied-toxic.ts';
import type { Chunk } from './chunk.ts';
import { nothing, type Sink } from './sink.ts';
import { noop } from './toxics/noop.ts';
import type { Place, RunningToxic } from './toxics/toxic.ts';
import { Wait } from './wait.ts';

export class Stage implements Sink, Place {
  readonly toxic: AppliedToxic;
  bytesPassed = 0;
  onRoom: () => void = nothing;
  #next: Sink;
  #running: RunningToxic | undefined;
  #waiting: Chunk[] = [];
  #isSourceEnded = false;
  #state: 'idle' | 'busy' | 'ending' | 'closed' = 'idle';
  #isPumping = false;
  #isInterrupting = false;
  #isFirm = false;
  #wait: Wait | undefined;
  /** Sent, but the next has no room yet. */
  #blocked: { readonly chunk: Chunk; readonly then: () => void } | undefined;
  readonly #onBite: () => void;

  constructor(toxic: AppliedToxic, next: Sink, onBite: () => void) {
    this.toxic = toxic;
    this.#next = next;
    this.#onBite = onBite;
    next.onRoom = () => this.#onRoomAhead();
  }

  get isClosed(): boolean {
    return this.#state === 'closed';
  }

  get hasRoom(): boolean {
    if (this.#state === 'closed') return false;
    const waiting = this.#waiting.length;
    return waiting < this.toxic.kind.waitingChunksMax || (waiting === 0 && this.#state === 'idle');
  }

  /** Draws whether the toxic works on this connection, and begins. */
  start(): void {
    const isDrawn = Math.random() < this.toxic.toxicity;
    this.#state = 'idle';
    this.#running = (isDrawn ? this.toxic.kind : noop).run(this, this.toxic.attributes);
    this.#running.started?.();
    this.#pump();
  }

  take(chunk: Chunk): void {
    this.#waiting.push(chunk);
    this.#pump();
  }

  end(): void {
    this.#isSourceEnded = true;
    this.#pump();
  }

  /** Stops the toxic, what it has in hand going on. False when it is closed, or cannot be stopped. */
  interrupt(): boolean {
    if (this.#state === 'closed' || this.#isFirm || this.#running === undefined) return false;
    this.#isInterrupting = true;
    const blocked = this.#blocked;
    this.#blocked = undefined;
    if (blocked !== undefined) this.#next.take(blocked.chunk);
    this.cancelWait();
    this.#running.interrupted();
    this.#running = undefined;
    this.#state = 'idle';
    this.#isInterrupting = false;
    return true;
  }

  /** Puts another sink behind the stage; only while it is interrupted. */
  leadTo(next: Sink): void {
    this.#next = next;
    next.onRoom = () => this.#onRoomAhead();
  }

  /** Hands everything to what comes next and ceases; only after an interruption. */
  giveWay(): Sink {
    for (const chunk of this.#waiting.splice(0)) this.#next.take(chunk);
    if (this.#isSourceEnded) this.close();
    this.#state = 'closed';
    return this.#next;
  }

  /** Ends all waits: the connection is gone. */
  dispose(): void {
    this.#state = 'closed';
    this.#waiting = [];
    this.#blocked = undefined;
    this.cancelWait();
  }

  // The toxic's side.

  send(chunk: Chunk, then: () => void): void {
    if (this.#isInterrupting) this.#next.take(chunk);
    else if (this.#next.hasRoom) {
      this.#next.take(chunk);
      then();
    } else this.#blocked = { chunk, then };
  }

  next(): void {
    if (this.#state === 'busy') this.#state = 'idle';
    this.#pump();
  }

  close(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.cancelWait();
    this.#next.end();
  }

  wait(delayMs: number, callback: () => void): void {
    this.#wait = new Wait(delayMs, callback);
  }

  waitFirmly(delayMs: number, callback: () => void): void {
    this.#isFirm = true;
    this.#wait = new Wait(delayMs, callback);
  }

  cancelWait(): void {
    this.#wait?.cancel();
    this.#wait = undefined;
  }

  bite(): void {
    this.#onBite();
  }

  #pump(): void {
    if (this.#isPumping) return;
    this.#isPumping = true;
    while (this.#state === 'idle' && this.#running !== undefined && this.#waiting.length > 0) {
      this.#state = 'busy';
      this.#running.chunk(this.#waiting.shift()!);
    }
    if (this.#state === 'idle' && this.#running !== undefined && this.#isSourceEnded) {
      this.#state = 'ending';
      this.#running.end();
    }
    this.#isPumping = false;
    if (this.hasRoom) this.onRoom();
  }

  #onRoomAhead(): void {
    const blocked = this.#blocked;
    if (blocked === undefined) return;
    this.#blocked = undefined;
    this.#next.take(blocked.chunk);
    blocked.then();
  }
}
