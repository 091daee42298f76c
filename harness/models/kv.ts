/**
 * A key-value map: `get`, `put(v)`, `delete`, `append(text)` and `cas([old, new])` of single keys. Keys do not touch each other, so the
 * checker judges each on its own, and the state is that of one key. An absent key reads as null.
 */
import type { Call, Model } from './model.ts';
import { describeRegister, type RegisterState, stepRegister } from './register.ts';

export const kvModel: Model<RegisterState> = {
  name: 'kv',
  about: 'per key: get; put(v); delete; append(text); cas([old, new]) -> true or false',
  words: { read: ['get'], write: ['put', 'set'], delete: ['del', 'remove'], append: [], cas: ['compare-and-set'] },
  reads: ['read'],
  initial: 'null',
  step(state, call) {
    if (call.f === 'delete') return 'null';
    if (call.f === 'append') return JSON.stringify(textOf(state) + String(call.input ?? ''));
    return stepRegister(state, call);
  },
  keyOf: (state) => state,
  describe: (call: Call) => (call.f === 'delete' ? 'deleted it' : describeRegister(call)),
};

function textOf(state: RegisterState): string {
  const value: unknown = JSON.parse(state);
  return value === null ? '' : String(value);
}
