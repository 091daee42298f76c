/** C11: a percentile of the operations' latencies stays below a bound, over the accepted ones of a run. */
import { type Duration, durationText, milliseconds, timeText } from '../duration.ts';
import { matchesGlob } from '../labels/glob.ts';
import type { Checker } from './checker.ts';
import { settleChecker, violated } from './define.ts';

export interface LatencyOptions {
  /** In (0, 100]: 95 is the latency that 95 % of the operations did not exceed (nearest rank). */
  readonly percentile: number;
  readonly atMost: Duration;
  /** Only operations that were invoked in these intervals of true time, in ms; default all. */
  readonly from?: Duration;
  readonly until?: Duration;
  readonly settle?: Duration;
}

/**
 * The percentile of accepted operations' latencies is at most the bound.
 * @param f glob over the operations' names
 * Premises: accepted operations.
 * @example invariant.latency('GET api *', { percentile: 95, atMost: '300ms' })
 */
export function latency(f: string, { percentile, atMost, from = 0, until, settle }: LatencyOptions): Checker {
  const name = `latency(${f} p${percentile})`;
  const boundMs = milliseconds(atMost);
  const fromMicros = milliseconds(from) * 1000;
  const untilMicros = until === undefined ? Number.POSITIVE_INFINITY : milliseconds(until) * 1000;
  return settleChecker({
    id: 'C11',
    name,
    claim: `${percentile} % of the accepted operations ${f} take at most ${durationText(boundMs)}`,
    settle,
    start() {
      const invoked = new Map<string, { readonly at: number; readonly seq: number }>();
      const calls: { readonly took: number; readonly seq: number; readonly ended: number; readonly at: number }[] = [];
      return {
        record(record) {
          if (record.kind !== 'op' || !matchesGlob(f, record.f)) return;
          if (record.phase === 'invoke') {
            if (record.at >= fromMicros && record.at < untilMicros) invoked.set(record.id, record);
            return;
          }
          const call = invoked.get(record.id);
          if (call === undefined || record.phase !== 'ok') return;
          calls.push({ took: (record.at - call.at) / 1000, seq: call.seq, ended: record.seq, at: call.at });
        },
        settle() {
          if (calls.length === 0) return undefined;
          const sorted = calls.toSorted((a, b) => a.took - b.took || a.seq - b.seq);
          const rank = Math.max(1, Math.ceil((percentile / 100) * sorted.length));
          const at = sorted[rank - 1]!;
          if (at.took <= boundMs) return undefined;
          const worst = sorted[sorted.length - 1]!;
          const message =
            `${percentile} % of ${calls.length} accepted operations ${f} took up to ${durationText(at.took)}, more than ${durationText(boundMs)}; ` +
            `the slowest began at ${timeText(worst.at)} and took ${durationText(worst.took)}.`;
          return violated(name, message, [at.seq, at.ended, ...(worst === at ? [] : [worst.seq, worst.ended])]);
        },
        premises: () => calls.length,
      };
    },
  });
}
