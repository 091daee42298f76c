/** C16: somebody is told in time when it matters, and is left in peace otherwise. The pager is a ledger; an alert is its effect. */
import { type Duration, durationText, milliseconds, timeText } from '../duration.ts';
import { matchesGlob } from '../labels/glob.ts';
import type { Checker } from './checker.ts';
import { type Condition, ConditionOverTime, conditionText } from './conditions.ts';
import { settleChecker, violated } from './define.ts';

export interface AlertRuleOptions {
  /** When an alert is due. */
  readonly when: Condition;
  /** How soon; a condition that passes sooner needs none. */
  readonly within: Duration;
  /** Glob over the alerts' keys; default any. */
  readonly alert?: string;
  /** True (default): an alert while the condition does not hold, and did not within `within` before, is a false alarm. */
  readonly quietOtherwise?: boolean;
  readonly settle?: Duration;
}

/**
 * Each time the condition holds for longer than `within`, an alert came in that time; and no other alert came.
 * @param pager name of the ledger that takes alerts
 * Premises: times at which an alert was due, and alerts.
 * @example invariant.alertRule('pager', { when: { server: 'db', table: 'dlq', where: {}, count: 1 }, within: '60s' })
 */
export function alertRule(pager: string, options: AlertRuleOptions): Checker {
  const { when, within, alert = '*', quietOtherwise = true, settle } = options;
  const name = `alertRule(${pager}: ${conditionText(when)})`;
  const withinMicros = milliseconds(within) * 1000;
  return settleChecker({
    id: 'C16',
    name,
    claim: `${pager} is told within ${durationText(withinMicros / 1000)} when ${conditionText(when)}${quietOtherwise ? ', and not otherwise' : ''}`,
    settle,
    start() {
      const condition = new ConditionOverTime(when);
      const alerts: { readonly at: number; readonly seq: number; readonly key: string }[] = [];
      let last = 0;
      const due = () => condition.intervals.filter(({ from, until = last }) => until - from >= withinMicros);
      return {
        record(record) {
          last = record.at;
          condition.record(record);
          if (record.kind === 'effect' && record.ledger === pager && matchesGlob(alert, record.key))
            alerts.push(record);
        },
        settle({ now }) {
          last = now;
          for (const { from, seq } of due()) {
            if (alerts.some(({ at }) => at >= from && at <= from + withinMicros)) continue;
            const message = `${conditionText(when)} from ${timeText(from)} on, and ${pager} was not told by ${timeText(from + withinMicros)}.`;
            return violated(name, message, [seq]);
          }
          if (!quietOtherwise) return undefined;
          for (const { at, seq, key } of alerts) {
            const isTrue = condition.intervals.some(
              ({ from, until = now }) => at >= from && at <= until + withinMicros,
            );
            if (isTrue) continue;
            return violated(
              name,
              `${pager} was told "${key}" at ${timeText(at)}, although it was not so that ${conditionText(when)}.`,
              [seq],
            );
          }
          return undefined;
        },
        premises: () => due().length + alerts.length,
      };
    },
  });
}
