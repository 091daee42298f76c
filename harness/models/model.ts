/**
 * A sequential specification: what an object would do if operations came one at a time. The linearizability checker asks it whether an
 * order of operations could have happened.
 */

/** One operation as a model sees it. */
export interface Call {
  /** What was done, in the model's own words: `read`, `write`, `enqueue`. */
  readonly f: string;
  readonly input: unknown;
  /** What came back. Meaningless unless `isKnown`. */
  readonly output: unknown;
  /** False for an operation of unknown outcome: the model takes any output. */
  readonly isKnown: boolean;
  /** Who did it, for models that care (locks). */
  readonly session: string;
}

/**
 * The specification of one object (one key).
 *
 * States are immutable values. `keyOf` must give equal texts for equal states and different texts for different ones: the search
 * prunes by it, and two states that share a text would hide a violation.
 */
export interface Model<State> {
  readonly name: string;
  /** What its operations mean, in words, for documents. */
  readonly about: string;
  /** Words for `f`, each with the others that mean the same: `{ read: ['get'] }`. */
  readonly words: Readonly<Record<string, readonly string[]>>;
  /** Words of operations that never change the state: of unknown outcome they say nothing, and are left out of a search. */
  readonly reads: readonly string[];
  readonly initial: State;
  /** The state after the call, or undefined when the call could not have happened in this state. */
  step(state: State, call: Call): State | undefined;
  keyOf(state: State): string;
  /** `wrote 3`, `read 4`, for a sentence. */
  describe(call: Call): string;
}

/** A value as a text, the same for equal values: object keys in order. Undefined counts as null. */
export function valueText(value: unknown): string {
  if (value === undefined || value === null) return 'null';
  if (typeof value !== 'object') return typeof value === 'bigint' ? value.toString() : JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(valueText).join(',')}]`;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, part]) => `${JSON.stringify(key)}:${valueText(part)}`).join(',')}}`;
}

/** The output in words, where it is known. */
export function outputText(call: Call): string {
  return call.isKnown ? valueText(call.output) : 'an unknown outcome';
}
