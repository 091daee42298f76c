/**
 * A set: `add(v)`, `remove(v)`, `contains(v)`, and `read`, whose output lists all members in any order. Outputs of `add` and `remove`
 * that are false say that nothing changed; true, that something did; others say nothing.
 */
import { type Call, type Model, outputText, valueText } from './model.ts';

/** Members as texts, sorted. */
export type SetState = readonly string[];

export const setModel: Model<SetState> = {
  name: 'set',
  about: 'add(v); remove(v); contains(v) -> true or false; read -> all members',
  words: { add: [], remove: ['delete'], contains: ['has'], read: ['members'] },
  reads: ['contains', 'read'],
  initial: [],
  step(state, { f, input, output, isKnown }) {
    const member = valueText(input);
    const has = state.includes(member);
    switch (f) {
      case 'add':
        if (isKnown && typeof output === 'boolean' && output === has) return undefined;
        return has ? state : [...state, member].sort();
      case 'remove':
        if (isKnown && typeof output === 'boolean' && output !== has) return undefined;
        return has ? state.filter((other) => other !== member) : state;
      case 'contains':
        return !isKnown || Boolean(output) === has ? state : undefined;
      case 'read': {
        if (!isKnown) return state;
        const members = Array.isArray(output) ? output.map(valueText).sort() : [];
        return members.length === state.length && members.every((one, index) => one === state[index])
          ? state
          : undefined;
      }
      default:
        return undefined;
    }
  },
  keyOf: (state) => state.join('\n'),
  describe: (call: Call) => {
    if (call.f === 'read') return `read ${outputText(call)}`;
    if (call.f === 'contains') return `asked for ${valueText(call.input)} and got ${outputText(call)}`;
    return `${call.f === 'add' ? 'added' : 'removed'} ${valueText(call.input)}`;
  },
};
