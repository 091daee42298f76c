/** C12: what arrives is spread out: the fullest bucket of time holds at most so many times the mean. Missing jitter shows here. */
import { type Duration, durationText, milliseconds, timeText } from '../duration.ts';
import { matchesGlob } from '../labels/glob.ts';
import type { Checker } from './checker.ts';
import { settleChecker, violated } from './define.ts';

export interface BurstinessOptions {
  /** Length of a bucket. */
  readonly bucket: Duration;
  /** Most that a bucket may hold, in multiples of the mean over buckets from the first to the last arrival. */
  readonly factor: number;
  /** Fewest arrivals worth judging; default 20. */
  readonly atLeast?: number;
  readonly settle?: Duration;
}

/**
 * No bucket holds more than `factor` times the mean.
 * @param arrivals glob over names of ledgers, marks or metrics, each record of which is one arrival
 * Premises: arrivals, once there are `atLeast`.
 * @example invariant.burstiness('provider.attempt', { bucket: '1s', factor: 5 })
 */
export function burstiness(arrivals: string, { bucket, factor, atLeast = 20, settle }: BurstinessOptions): Checker {
  const name = `burstiness(${arrivals})`;
  const bucketMicros = milliseconds(bucket) * 1000;
  return settleChecker({
    id: 'C12',
    name,
    claim: `no ${durationText(bucketMicros / 1000)} see more than ${factor} times the mean of ${arrivals}`,
    settle,
    start() {
      const buckets = new Map<number, number[]>();
      let total = 0;
      return {
        record(record) {
          const source =
            record.kind === 'effect'
              ? record.ledger
              : record.kind === 'mark' || record.kind === 'metric'
                ? record.name
                : undefined;
          if (source === undefined || !matchesGlob(arrivals, source)) return;
          total += 1;
          const index = Math.floor(record.at / bucketMicros);
          const list = buckets.get(index);
          if (list === undefined) buckets.set(index, [record.seq]);
          else list.push(record.seq);
        },
        settle() {
          if (total < atLeast) return undefined;
          const indices = [...buckets.keys()];
          const mean = total / (Math.max(...indices) - Math.min(...indices) + 1);
          for (const [index, list] of buckets) {
            if (list.length <= factor * mean) continue;
            const from = timeText(index * bucketMicros);
            const message = `${list.length} ${arrivals} came within ${durationText(bucketMicros / 1000)} from ${from}; the mean is ${mean.toFixed(1)}, and ${factor} times that is the limit.`;
            return violated(name, message, list.slice(0, 50));
          }
          return undefined;
        },
        premises: () => (total < atLeast ? 0 : total),
      };
    },
  });
}
