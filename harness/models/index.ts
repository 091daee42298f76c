/**
 * Sequential specifications by name, for `invariant.linearizable` and `seedstorm check --model NAME`. model.ts says what a model is; each
 * other file is one of them. A new model is one file and one line here.
 */
import { kvModel } from './kv.ts';
import { lockModel } from './lock.ts';
import type { Model } from './model.ts';
import { queueModel } from './queue.ts';
import { registerModel } from './register.ts';
import { setModel } from './set.ts';

export type { Call, Model } from './model.ts';
export { kvModel, lockModel, queueModel, registerModel, setModel };

export type ModelName = 'register' | 'kv' | 'queue' | 'lock' | 'set';

// Each model's state is its own affair: whoever holds a Model<unknown> only hands its states back to it.
const all = [registerModel, kvModel, queueModel, lockModel, setModel] as unknown as readonly Model<unknown>[];

export const models: ReadonlyMap<string, Model<unknown>> = new Map(all.map((model) => [model.name, model]));
