/** C15: a resource stays within its bound: connections, requests under way, buffered bytes, as a service or a server recorded them. */
import { timeText } from '../duration.ts';
import { matchesGlob } from '../labels/glob.ts';
import type { Checker } from './checker.ts';
import { alwaysChecker, violated } from './define.ts';

export interface ResourceBoundOptions {
  readonly atMost: number;
  /** Adds up the last values of all hosts that record the metric; default: each host is held to the bound on its own. */
  readonly total?: boolean;
}

/**
 * The metric never exceeds the bound.
 * @param gauge glob over names of metrics
 * Premises: records of the metric.
 * @example invariant.resourceBound('provider.in-flight', { atMost: 20 })
 */
export function resourceBound(gauge: string, { atMost, total = false }: ResourceBoundOptions): Checker {
  const name = `resourceBound(${gauge})`;
  return alwaysChecker({
    id: 'C15',
    name,
    claim: `${gauge} is at most ${atMost}${total ? ' in total' : ''}`,
    start() {
      const latest = new Map<string, { readonly value: number; readonly seq: number }>();
      let records = 0;
      return {
        record(record) {
          if (record.kind !== 'metric' || !matchesGlob(gauge, record.name)) return undefined;
          records += 1;
          latest.set(record.host, { value: record.value, seq: record.seq });
          const counted = total ? [...latest.values()] : [{ value: record.value, seq: record.seq }];
          const sum = counted.reduce((all, { value }) => all + value, 0);
          if (sum <= atMost) return undefined;
          const where = total ? `over ${latest.size} host${latest.size === 1 ? '' : 's'}` : `on ${record.host}`;
          return violated(
            name,
            `${record.name} was ${sum} ${where} at ${timeText(record.at)}; at most ${atMost} is allowed.`,
            counted.map(({ seq }) => seq),
          );
        },
        premises: () => records,
      };
    },
  });
}
