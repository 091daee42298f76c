/**
 * The last place before the receiver's socket on a labelled connection: shows each message to the hooks before it is delivered, and keeps
 * what is held or frozen. It writes message by message, so that nothing after a held message is delivered with the one before it.
 */
import type { Chunk } from './chunk.ts';
import type { Freezer } from './freezer.ts';
import type { Arrival, MessageHooks, ProxyMessage } from './messages.ts';
import type { Outlet } from './outlet.ts';
import { nothing, type Sink } from './sink.ts';

/** A message between its sending and its end. */
export class TrackedMessage {
  readonly message: ProxyMessage;
  state: 'sent' | 'arriving' | 'held' | 'passing' | 'delivered' | 'lost' = 'sent';

  constructor(message: ProxyMessage) {
    this.message = message;
  }
}

const beforeDelivery: ReadonlySet<TrackedMessage['state']> = new Set(['arriving', 'held', 'passing']);

export interface GateOptions {
  readonly hooks: MessageHooks;
  readonly freezer: Freezer;
  readonly outlet: Outlet;
  /** Resets both sides of the connection. */
  readonly reset: () => void;
}

export class Gate implements Sink {
  onRoom: () => void = nothing;
  readonly #options: GateOptions;
  #waiting: Chunk[] = [];
  #inFlight: TrackedMessage[] = [];
  #held: TrackedMessage | undefined;
  #isSourceEnded = false;
  #isClosed = false;
  #isPumping = false;
  readonly #onThaw = () => this.#pump();

  constructor(options: GateOptions) {
    this.#options = options;
    options.outlet.onRoom = () => this.#pump();
    options.freezer.gates.add(this.#onThaw);
  }

  get #isShut(): boolean {
    return this.#held !== undefined || this.#options.freezer.isFrozen;
  }

  get hasRoom(): boolean {
    return this.#waiting.length === 0 && !this.#isClosed && !this.#isShut && this.#options.outlet.hasRoom;
  }

  /** The last byte of a message has reached the proxy. */
  sent(tracked: TrackedMessage, lastBytes: Buffer): void {
    this.#inFlight.push(tracked);
    this.#options.hooks.sent?.(tracked.message, lastBytes);
  }

  take(chunk: Chunk): void {
    if (this.#isClosed) return;
    this.#waiting.push(chunk);
    this.#pump();
  }

  end(): void {
    this.#isSourceEnded = true;
    this.#pump();
  }

  /** While held or frozen: gives back all that waits here, for a toxic that was added meanwhile. */
  takeBack(): { readonly chunks: readonly Chunk[]; readonly isSourceEnded: boolean } | undefined {
    if (!this.#isShut || this.#isClosed) return undefined;
    const isSourceEnded = this.#isSourceEnded;
    this.#isSourceEnded = false;
    return { chunks: this.#waiting.splice(0), isSourceEnded };
  }

  /** The connection is gone: what was not delivered is lost. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#waiting = [];
    this.#held = undefined;
    this.#options.freezer.gates.delete(this.#onThaw);
    for (const tracked of this.#inFlight.splice(0)) this.#lose(tracked);
  }

  #pump(): void {
    if (this.#isPumping) return;
    this.#isPumping = true;
    while (this.#waiting.length > 0 && !this.#isClosed && !this.#isShut && this.#options.outlet.hasRoom) this.#step();
    this.#isPumping = false;
    if (this.#isClosed || this.#waiting.length > 0) return;
    if (this.#isSourceEnded && !this.#isShut) this.#options.outlet.end();
    else if (this.hasRoom) this.onRoom();
  }

  #step(): void {
    const { outlet, hooks } = this.#options;
    const chunk = this.#waiting[0]!;
    const first = chunk.ends?.[0];
    if (first === undefined) {
      this.#waiting.shift();
      outlet.take(chunk);
      return;
    }
    const tracked = first.message;
    if (tracked.state === 'sent') {
      this.#arrive(tracked);
      if (this.#isClosed || this.#isShut || !outlet.hasRoom) return;
    }
    if (first.end === chunk.length) this.#waiting.shift();
    else this.#waiting[0] = chunk.part(first.end, chunk.length);
    outlet.take(first.end === chunk.length ? chunk : chunk.part(0, first.end));
    this.#deliver(tracked, hooks);
  }

  #arrive(tracked: TrackedMessage): void {
    tracked.state = 'arriving';
    this.#options.hooks.arriving?.(new ArrivalAtGate(tracked, this));
    if (tracked.state === 'arriving') tracked.state = 'passing';
  }

  #deliver(tracked: TrackedMessage, hooks: MessageHooks): void {
    // A toxic between may have swallowed messages: those before this one never come.
    for (let first = this.#inFlight.shift(); first !== undefined && first !== tracked; first = this.#inFlight.shift())
      this.#lose(first);
    tracked.state = 'delivered';
    hooks.delivered?.(tracked.message);
  }

  #lose(tracked: TrackedMessage): void {
    if (tracked.state === 'lost' || tracked.state === 'delivered') return;
    tracked.state = 'lost';
    this.#options.hooks.lost?.(tracked.message);
  }

  // Acts of an arrival.

  hold(tracked: TrackedMessage): void {
    if (tracked.state !== 'arriving') return;
    tracked.state = 'held';
    this.#held = tracked;
  }

  release(tracked: TrackedMessage): void {
    if (this.#held !== tracked) return;
    tracked.state = 'passing';
    this.#held = undefined;
    this.#pump();
    // With nothing here, what was taken back waits in a toxic that may send now.
    if (this.hasRoom) this.onRoom();
  }

  drop(tracked: TrackedMessage): boolean {
    if (this.#isClosed || !beforeDelivery.has(tracked.state)) return false;
    this.close();
    this.#options.reset();
    return true;
  }
}

class ArrivalAtGate implements Arrival {
  readonly #tracked: TrackedMessage;
  readonly #gate: Gate;

  constructor(tracked: TrackedMessage, gate: Gate) {
    this.#tracked = tracked;
    this.#gate = gate;
  }

  get message(): ProxyMessage {
    return this.#tracked.message;
  }

  hold(): void {
    this.#gate.hold(this.#tracked);
  }

  release(): void {
    this.#gate.release(this.#tracked);
  }

  drop(): boolean {
    return this.#gate.drop(this.#tracked);
  }
}
