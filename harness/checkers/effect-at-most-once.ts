/** C1: no effect happens twice for one business key. The first repeat ends the run. */
import { timeText } from '../duration.ts';
import type { Checker } from './checker.ts';
import { alwaysChecker, violated } from './define.ts';
import { type Effect, effectsIn } from './sources.ts';

export interface EffectAtMostOnceOptions {
  /** Field of the effect (or column of the table) that is its business key; default: the effect's own key. */
  readonly by?: string;
  /** With a Postgres server: rows inserted into this table are the effects. */
  readonly table?: string;
}

/**
 * Each business key has at most one effect, at all times.
 * @param from name of the ledger, or of a Postgres server next to `table`
 * Premises: effects.
 * @example invariant.effectAtMostOnce('bank', { by: 'invoice' })
 */
export function effectAtMostOnce(from: string, { by, table }: EffectAtMostOnceOptions = {}): Checker {
  const what = by ?? 'key';
  const where = table === undefined ? from : `${from}.${table}`;
  const name = `effectAtMostOnce(${where} by ${what})`;
  return alwaysChecker({
    id: 'C1',
    name,
    claim: `no ${what} has more than one effect in ${where}`,
    start() {
      const first = new Map<string, Effect>();
      let effects = 0;
      return {
        record(record) {
          for (const effect of effectsIn(record, { from, table, by })) {
            effects += 1;
            const before = first.get(effect.key);
            if (before === undefined) {
              first.set(effect.key, effect);
              continue;
            }
            const message =
              `${what} ${effect.key} took effect in ${where} a second time at ${timeText(effect.at)} (by ${effect.caller}); ` +
              `the first time was at ${timeText(before.at)} (by ${before.caller}).`;
            return violated(name, message, [before.seq, effect.seq]);
          }
          return undefined;
        },
        premises: () => effects,
      };
    },
  });
}
