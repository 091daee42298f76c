/**
 * A lock: `acquire` and `release` by sessions. An acquisition whose output is false found it held; any other output got it. It is not
 * re-entrant. Leases that run out are not in this model: `ownerIntervalsDisjoint` judges those.
 */
import { type Call, type Model, outputText } from './model.ts';

/** The session that holds it, or null. */
export type LockState = string | null;

export const lockModel: Model<LockState> = {
  name: 'lock',
  about: 'acquire -> true, or false when it is held; release, by the holder',
  words: { acquire: ['lock'], release: ['unlock'] },
  reads: [],
  initial: null,
  step(state, { f, output, isKnown, session }) {
    if (f === 'acquire') {
      if (isKnown && output === false) return state === null ? undefined : state;
      return state === null ? session : undefined;
    }
    if (f !== 'release') return undefined;
    return state === session ? null : undefined;
  },
  keyOf: (state) => (state === null ? 'free' : `held by ${state}`),
  describe: (call: Call) =>
    call.f === 'acquire'
      ? call.isKnown && call.output === false
        ? `${call.session} found it held`
        : `${call.session} acquired it${call.isKnown ? '' : ` with ${outputText(call)}`}`
      : `${call.session} released it`,
};
