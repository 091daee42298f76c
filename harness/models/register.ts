/** A register: `read`, `write(v)` and `cas([old, new])`, whose output says whether it was done. It holds null at first. */
import { type Call, type Model, outputText, valueText } from './model.ts';

/** The value as text: equal values, equal states. */
export type RegisterState = string;

export const registerModel: Model<RegisterState> = {
  name: 'register',
  about: 'read; write(v); cas([old, new]) -> true or false',
  words: { read: ['get'], write: ['put', 'set'], cas: ['compare-and-set'] },
  reads: ['read'],
  initial: 'null',
  step: stepRegister,
  keyOf: (state) => state,
  describe: describeRegister,
};

/** The step of a register, which a map has for each key. */
export function stepRegister(state: RegisterState, { f, input, output, isKnown }: Call): RegisterState | undefined {
  switch (f) {
    case 'read':
      return !isKnown || valueText(output) === state ? state : undefined;
    case 'write':
      return valueText(input);
    case 'cas': {
      const [old, next] = Array.isArray(input) ? input : [undefined, undefined];
      const fits = valueText(old) === state;
      // An output other than false means that it was done: many clients answer with the new value.
      const isDone = isKnown ? output !== false : fits;
      if (isDone) return fits ? valueText(next) : undefined;
      return fits && isKnown ? undefined : state;
    }
    default:
      return undefined;
  }
}

export function describeRegister(call: Call): string {
  switch (call.f) {
    case 'read':
      return `read ${outputText(call)}`;
    case 'write':
      return `wrote ${valueText(call.input)}`;
    default:
      return `${call.f} ${valueText(call.input)} gave ${outputText(call)}`;
  }
}
