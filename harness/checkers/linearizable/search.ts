/**
 * The search for a linearization of one object's history: an order of its operations that respects real time and that the model allows.
 *
 * Wing and Gong's algorithm (1993) with Lowe's memoisation (2017), in the form of Porcupine: events in a doubly linked list; an operation
 * is taken out when it is linearized and put back on the way out; pairs of (set of linearized operations, state) that were seen before
 * are not entered again. An operation of unknown outcome has no return: it may be linearized at any later point, or never.
 *
 * The cost is exponential at worst. A budget of steps ends the search with `unknown`, which is never taken for a pass.
 */
import { assert } from '../../../sim/kernel/assert.ts';
import type { Call, Model } from '../../models/model.ts';

/** An operation on one object: its call, and the times between which it took effect. */
export interface TimedCall {
  readonly call: Call;
  /** Order of the invocation among all events of the history. */
  readonly invoked: number;
  /** Order of the completion; undefined when the outcome is unknown. */
  readonly completed: number | undefined;
}

export type SearchResult =
  | { readonly kind: 'linearizable'; readonly order: readonly number[]; readonly steps: number }
  | {
      readonly kind: 'impossible';
      /** The longest order found, as indices into the operations. */
      readonly order: readonly number[];
      /** The operation that had to come next, and could not. */
      readonly stuck: number;
      /** Texts of states that it may have found, and in each of which it was refused. */
      readonly states: readonly string[];
      readonly steps: number;
    }
  | { readonly kind: 'unknown'; readonly steps: number };

interface Event {
  readonly operation: number;
  readonly isReturn: boolean;
  previous: Event;
  next: Event;
  /** The return of a call's operation, when it has one. */
  match: Event | undefined;
}

interface Frame {
  readonly call: Event;
  readonly stateBefore: unknown;
}

const statesShown = 5;

/**
 * Looks for an order.
 * @param operations in any order; `invoked` and `completed` are all different
 * @param stepsMax budget, in steps of the model
 */
export function searchLinearization(
  model: Model<unknown>,
  operations: readonly TimedCall[],
  stepsMax: number,
): SearchResult {
  const head = eventList(operations);
  // What is left without a return may never have happened: the search ends when no return is left.
  let returnsLeft = operations.reduce((count, { completed }) => count + Number(completed !== undefined), 0);
  const seen = new SeenStates(operations.length);
  const frames: Frame[] = [];
  let deepest: readonly number[] = [];
  let stuck = -1;
  let states = new Set<string>();
  let state = model.initial;
  let steps = 0;
  let event = head.next;
  while (returnsLeft > 0) {
    if (!event.isReturn && event !== head) {
      if (steps >= stepsMax) return { kind: 'unknown', steps };
      steps += 1;
      const next = model.step(state, operations[event.operation]!.call);
      if (next !== undefined && seen.enter(event.operation, model.keyOf(next))) {
        frames.push({ call: event, stateBefore: state });
        state = next;
        takeOut(event);
        if (event.match !== undefined) returnsLeft -= 1;
        event = head.next;
      } else event = event.next;
      continue;
    }
    // A return, before its call was linearized: what comes later may not come first. Or the end, without a way on.
    if (event !== head) {
      if (frames.length > deepest.length || stuck === -1) {
        deepest = frames.map(({ call }) => call.operation);
        if (stuck !== event.operation) states = new Set();
        stuck = event.operation;
      }
      // All that ended before it is linearized here, so this is a state that it may have found.
      if (event.operation === stuck && states.size < statesShown) states.add(model.keyOf(state));
    }
    const frame = frames.pop();
    if (frame === undefined) {
      assert(stuck !== -1, 'a search for a linearization ended without a reason');
      return { kind: 'impossible', order: deepest, stuck, states: [...states].sort(), steps };
    }
    seen.leave(frame.call.operation);
    state = frame.stateBefore;
    putBack(frame.call);
    if (frame.call.match !== undefined) returnsLeft += 1;
    event = frame.call.next;
  }
  return { kind: 'linearizable', order: frames.map(({ call }) => call.operation), steps };
}

function eventList(operations: readonly TimedCall[]): Event {
  const head = { operation: -1, isReturn: false, match: undefined } as unknown as Event;
  head.previous = head;
  head.next = head;
  const events: { readonly order: number; readonly event: Event }[] = [];
  for (const [operation, { invoked, completed }] of operations.entries()) {
    const call: Event = { operation, isReturn: false, previous: head, next: head, match: undefined };
    events.push({ order: invoked, event: call });
    if (completed === undefined) continue;
    call.match = { operation, isReturn: true, previous: head, next: head, match: undefined };
    events.push({ order: completed, event: call.match });
  }
  events.sort((a, b) => a.order - b.order);
  for (const { event } of events) {
    event.previous = head.previous;
    event.next = head;
    head.previous.next = event;
    head.previous = event;
  }
  return head;
}

function takeOut(call: Event): void {
  unlink(call);
  if (call.match !== undefined) unlink(call.match);
}

/** The reverse of `takeOut`, in the reverse order, so that the neighbours are what they were. */
function putBack(call: Event): void {
  if (call.match !== undefined) link(call.match);
  link(call);
}

function unlink(event: Event): void {
  event.previous.next = event.next;
  event.next.previous = event.previous;
}

function link(event: Event): void {
  event.previous.next = event;
  event.next.previous = event;
}

/** Which operations are linearized, as bits, and the pairs of those bits and a state that were entered before. */
class SeenStates {
  private readonly bits: Uint32Array;
  /** A hash of the bits, kept up by exclusive or of one number per operation (Zobrist). */
  private hash = 0;
  private readonly buckets = new Map<number, { readonly bits: Uint32Array; readonly state: string }[]>();

  constructor(operations: number) {
    this.bits = new Uint32Array(Math.ceil(operations / 32));
  }

  /** Marks the operation as linearized; false, and no change, when the result is known already. */
  enter(operation: number, state: string): boolean {
    this.flip(operation);
    const bucket = this.buckets.get(this.hash);
    if (bucket?.some((entry) => entry.state === state && this.equals(entry.bits)) === true) {
      this.flip(operation);
      return false;
    }
    const entry = { bits: this.bits.slice(), state };
    if (bucket === undefined) this.buckets.set(this.hash, [entry]);
    else bucket.push(entry);
    return true;
  }

  leave(operation: number): void {
    this.flip(operation);
  }

  private flip(operation: number): void {
    this.bits[operation >>> 5]! ^= 1 << (operation & 31);
    this.hash = (this.hash ^ scrambled(operation)) >>> 0;
  }

  private equals(other: Uint32Array): boolean {
    for (let index = 0; index < other.length; index++) if (other[index] !== this.bits[index]) return false;
    return true;
  }
}

/** A number of 32 bits per operation (the finaliser of MurmurHash3). */
function scrambled(operation: number): number {
  let hash = Math.imul(operation + 1, 0x9e3779b1);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
