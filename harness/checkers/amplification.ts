/**
 * C12: retries do not multiply the load: what a dependency gets stays in proportion to what was asked for, in each window of time. A
 * retry storm fails this long before anything else shows it (M. Brooker, "Fixing retries with token buckets", 2022).
 */
import { type Duration, durationText, milliseconds, timeText } from '../duration.ts';
import { matchesGlob } from '../labels/glob.ts';
import type { Checker } from './checker.ts';
import { settleChecker, violated } from './define.ts';
import { isRequest } from './sources.ts';

export interface AmplificationOptions {
  /** Glob over names of marks or metrics, or name of a ledger, each record of which is one attempt. */
  readonly attempts: string;
  /** Glob over the operations that are asked for; default all but reads. */
  readonly requests?: string;
  /** Most attempts per request in a window. */
  readonly ratio: number;
  /** Length of a window; default the whole run. */
  readonly window?: Duration;
  /** Attempts in a window that are too few to judge; default 10. */
  readonly atLeast?: number;
  readonly settle?: Duration;
}

interface Window {
  attempts: number;
  requests: number;
  readonly witness: number[];
}

/**
 * In each window the attempts number at most `ratio` times the requests (of that window and the one before it, whose work may spill).
 * Premises: attempts.
 * @example invariant.amplification({ attempts: 'provider.attempt', ratio: 1.2, window: '10s' })
 */
export function amplification(options: AmplificationOptions): Checker {
  const { attempts, requests, ratio, window, atLeast = 10, settle } = options;
  const name = `amplification(${attempts})`;
  const windowMicros = window === undefined ? Number.POSITIVE_INFINITY : milliseconds(window) * 1000;
  const span = window === undefined ? 'the run' : `any ${durationText(windowMicros / 1000)}`;
  return settleChecker({
    id: 'C12',
    name,
    claim: `there are at most ${ratio} ${attempts} per request in ${span}`,
    settle,
    start() {
      const windows = new Map<number, Window>();
      let total = 0;
      const windowAt = (at: number): Window => {
        const index = windowMicros === Number.POSITIVE_INFINITY ? 0 : Math.floor(at / windowMicros);
        const found = windows.get(index) ?? { attempts: 0, requests: 0, witness: [] };
        windows.set(index, found);
        return found;
      };
      return {
        record(record) {
          if (record.kind === 'op') {
            if (record.phase === 'invoke' && isRequest(record.f, requests)) windowAt(record.at).requests += 1;
            return;
          }
          const source =
            record.kind === 'effect'
              ? record.ledger
              : record.kind === 'mark' || record.kind === 'metric'
                ? record.name
                : undefined;
          if (source === undefined || !matchesGlob(attempts, source)) return;
          total += 1;
          const counted = windowAt(record.at);
          counted.attempts += 1;
          if (counted.witness.length < 50) counted.witness.push(record.seq);
        },
        settle() {
          for (const [index, { attempts: count, requests: own, witness }] of windows) {
            const asked = own + (windows.get(index - 1)?.requests ?? 0);
            if (count < atLeast || count <= ratio * asked) continue;
            const when =
              windowMicros === Number.POSITIVE_INFINITY
                ? 'in the run'
                : `between ${timeText(index * windowMicros)} and ${timeText((index + 1) * windowMicros)}`;
            return violated(
              name,
              `${count} ${attempts} came for ${asked} request${asked === 1 ? '' : 's'} ${when}, more than ${ratio} each.`,
              witness,
            );
          }
          return undefined;
        },
        premises: () => total,
      };
    },
  });
}
