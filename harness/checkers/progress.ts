/** C18: the system gets on with its work: enough of what was accepted is done once it has settled, and no class of work starves. */
import { type Duration, timeText } from '../duration.ts';
import type { Checker } from './checker.ts';
import { firstOf, settleChecker, violated } from './define.ts';
import { effectsIn, fieldOf, Requests } from './sources.ts';

export interface ProgressOptions {
  /** Part of the accepted requests' keys that must have an effect, in (0, 1]; default 1. */
  readonly share?: number;
  /** Field of request and effect that names a class of work; each class is then held to the share on its own. */
  readonly per?: string;
  readonly by?: string;
  readonly table?: string;
  readonly requests?: string;
  readonly settle?: Duration;
}

/**
 * Of the accepted requests, at least the share has an effect at heal + settle; per class, where `per` names one.
 * @param from name of the ledger, or of a Postgres server next to `table`
 * Premises: keys of accepted requests.
 * @example invariant.progress('bank', { by: 'invoice', per: 'tenant', share: 0.9, settle: '60s' })
 */
export function progress(from: string, options: ProgressOptions = {}): Checker {
  const { share = 1, per, by, table, requests } = options;
  const name = per === undefined ? `progress(${from})` : `progress(${from} per ${per})`;
  const part = `${Math.round(share * 1000) / 10} %`;
  return settleChecker({
    id: 'C18',
    name,
    claim: `at least ${part} of the accepted requests${per === undefined ? '' : ` of each ${per}`} took effect in ${from}`,
    liveness: true,
    settle: options.settle,
    start() {
      const asked = new Requests({ requests, by });
      const done = new Set<string>();
      return {
        record(record) {
          asked.record(record);
          for (const { key } of effectsIn(record, { from, table, by })) done.add(key);
        },
        settle({ now }) {
          const classes = new Map<string, { accepted: number; missing: string[]; witness: number[] }>();
          for (const { key, value, invoked } of asked.accepted().values()) {
            const group = fieldOf(value, per) ?? '';
            const entry = classes.get(group) ?? { accepted: 0, missing: [], witness: [] };
            classes.set(group, entry);
            entry.accepted += 1;
            if (done.has(key)) continue;
            entry.missing.push(key);
            entry.witness.push(invoked);
          }
          for (const [group, { accepted, missing, witness }] of classes) {
            if (accepted - missing.length >= share * accepted) continue;
            const of = per === undefined ? '' : ` of ${per} ${group}`;
            const message =
              `${accepted - missing.length} of ${accepted} accepted requests${of} took effect in ${from} by ${timeText(now)}, ` +
              `fewer than ${part}; missing are ${firstOf(missing)}.`;
            return violated(name, message, witness);
          }
          return undefined;
        },
        premises: () => asked.accepted().size,
      };
    },
  });
}
