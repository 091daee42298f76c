/**
 * C2: each accepted request has exactly one effect once the system has settled. A request whose outcome the workload does not know
 * (`info`) may have one or none; a key that nobody asked for, or whose request failed for certain, is not demanded, but may not have
 * two effects either.
 */
import type { Duration } from '../duration.ts';
import { timeText } from '../duration.ts';
import type { Checker } from './checker.ts';
import { firstOf, settleChecker, violated } from './define.ts';
import { type Effect, effectsIn, effectText, Requests } from './sources.ts';

export interface EffectExactlyOnceOptions {
  /** Field of effect and request that is the business key; default: their own keys. */
  readonly by?: string;
  /** Time after the last heal at which it judges; default 0. */
  readonly settle?: Duration;
  /** With a Postgres server: rows inserted into this table are the effects. */
  readonly table?: string;
  /** Glob over the operations that ask for the effect; default: all but reads. */
  readonly requests?: string;
  /** Keys for which no effect is demanded, such as poison: a glob-free test by the scenario. Such keys may still not have two. */
  readonly except?: (key: string, value: unknown) => boolean;
}

/**
 * Each accepted request has exactly one effect at heal + settle.
 * @param from name of the ledger, or of a Postgres server next to `table`
 * Premises: keys of accepted requests.
 * @example invariant.effectExactlyOnce('bank', { by: 'invoice', settle: '60s' })
 */
export function effectExactlyOnce(from: string, options: EffectExactlyOnceOptions = {}): Checker {
  const { by, table, requests, except = () => false } = options;
  const what = by ?? 'key';
  const where = table === undefined ? from : `${from}.${table}`;
  const name = `effectExactlyOnce(${where} by ${what})`;
  return settleChecker({
    id: 'C2',
    name,
    claim: `each accepted ${what} has exactly one effect in ${where}`,
    liveness: true,
    settle: options.settle,
    start() {
      const asked = new Requests({ requests, by });
      const effects = new Map<string, Effect[]>();
      const demanded = () => [...asked.accepted().values()].filter(({ key, value }) => !except(key, value));
      return {
        record(record) {
          asked.record(record);
          for (const effect of effectsIn(record, { from, table, by })) {
            const list = effects.get(effect.key);
            if (list === undefined) effects.set(effect.key, [effect]);
            else list.push(effect);
          }
        },
        settle({ now }) {
          for (const [key, list] of effects) {
            if (list.length < 2) continue;
            const times = firstOf(list.map(effectText));
            return violated(
              name,
              `${what} ${key} took effect in ${where} ${list.length} times: ${times}.`,
              list.map(({ seq }) => seq),
            );
          }
          const missing = demanded().filter(({ key }) => !effects.has(key));
          const first = missing[0];
          if (first === undefined) return undefined;
          const others =
            missing.length === 1 ? '' : `, and neither have ${firstOf(missing.slice(1).map(({ key }) => key))}`;
          const message =
            `${what} ${first.key} was accepted at ${timeText(first.endedAt ?? first.invokedAt)} (${first.f}), ` +
            `and has no effect in ${where} at ${timeText(now)}${others}.`;
          return violated(
            name,
            message,
            missing.flatMap(({ invoked, ended }) => (ended === undefined ? [invoked] : [invoked, ended])),
          );
        },
        premises: () => demanded().length,
      };
    },
  });
}
