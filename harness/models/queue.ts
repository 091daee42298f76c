/** A first-in-first-out queue: `enqueue(v)`, and `dequeue`, whose output is the oldest item, or null when there is none. */
import { type Call, type Model, outputText, valueText } from './model.ts';

/** Items as texts, the oldest first. */
export type QueueState = readonly string[];

export const queueModel: Model<QueueState> = {
  name: 'queue',
  about: 'enqueue(v); dequeue -> the oldest item, or null',
  words: { enqueue: ['push', 'send'], dequeue: ['pop', 'receive'] },
  reads: [],
  initial: [],
  step(state, { f, input, output, isKnown }) {
    if (f === 'enqueue') return [...state, valueText(input)];
    if (f !== 'dequeue') return undefined;
    const oldest = state[0] ?? 'null';
    if (isKnown && valueText(output) !== oldest) return undefined;
    return state.slice(1);
  },
  keyOf: (state) => state.join('\n'),
  describe: (call: Call) =>
    call.f === 'enqueue' ? `enqueued ${valueText(call.input)}` : `dequeued ${outputText(call)}`,
};
