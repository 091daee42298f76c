/** C14: load is spread: in each window the busiest shard gets at most so many times the mean of all. */
import { type Duration, durationText, milliseconds, timeText } from '../duration.ts';
import { matchesGlob } from '../labels/glob.ts';
import type { Checker } from './checker.ts';
import { settleChecker, violated } from './define.ts';
import { fieldOf } from './sources.ts';

export interface LoadShareOptions {
  /** Field of the arrival's value that names its shard; default: the host that recorded it. */
  readonly per?: string;
  /** All shards, so that idle ones count in the mean; default those that were seen. */
  readonly shards?: readonly string[];
  /** Most that a shard may get, in multiples of the mean. */
  readonly factor: number;
  /** Default the whole run. */
  readonly window?: Duration;
  /** Fewest arrivals in a window that are worth judging; default 20. */
  readonly atLeast?: number;
  readonly settle?: Duration;
}

/**
 * No shard gets more than `factor` times the mean in a window.
 * @param arrivals glob over names of ledgers or marks, each record of which is one arrival
 * Premises: windows with enough arrivals.
 * @example invariant.loadShare('shard.request', { per: 'shard', factor: 1.5, window: '10s' })
 */
export function loadShare(arrivals: string, options: LoadShareOptions): Checker {
  const { per, shards = [], factor, window, atLeast = 20, settle } = options;
  const name = `loadShare(${arrivals})`;
  const windowMicros = window === undefined ? undefined : milliseconds(window) * 1000;
  return settleChecker({
    id: 'C14',
    name,
    claim: `no shard gets more than ${factor} times the mean of ${arrivals}${window === undefined ? '' : ` in any ${durationText(milliseconds(window))}`}`,
    settle,
    start() {
      const windows = new Map<number, Map<string, number[]>>();
      const seen = new Set<string>(shards);
      const sizeOf = (counts: Map<string, number[]>) =>
        [...counts.values()].reduce((sum, list) => sum + list.length, 0);
      return {
        record(record) {
          const source = record.kind === 'effect' ? record.ledger : record.kind === 'mark' ? record.name : undefined;
          if (source === undefined || !matchesGlob(arrivals, source)) return;
          const value = record.kind === 'effect' || record.kind === 'mark' ? record.value : undefined;
          const shard = per === undefined ? record.host : fieldOf(value, per);
          if (shard === undefined) return;
          seen.add(shard);
          const index = windowMicros === undefined ? 0 : Math.floor(record.at / windowMicros);
          const counts = windows.get(index) ?? new Map<string, number[]>();
          windows.set(index, counts);
          const list = counts.get(shard);
          if (list === undefined) counts.set(shard, [record.seq]);
          else list.push(record.seq);
        },
        settle() {
          for (const [index, counts] of windows) {
            const size = sizeOf(counts);
            if (size < atLeast) continue;
            const mean = size / seen.size;
            for (const [shard, list] of counts) {
              if (list.length <= factor * mean) continue;
              const when =
                windowMicros === undefined
                  ? ''
                  : ` in the ${durationText(windowMicros / 1000)} from ${timeText(index * windowMicros)}`;
              const message = `${shard} got ${list.length} of ${size} ${arrivals}${when}; the mean of ${seen.size} shards is ${mean.toFixed(1)}, and ${factor} times that is the limit.`;
              return violated(name, message, list.slice(0, 50));
            }
          }
          return undefined;
        },
        premises: () => [...windows.values()].filter((counts) => sizeOf(counts) >= atLeast).length,
      };
    },
  });
}
