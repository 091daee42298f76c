/**
 * C13: a circuit breaker does its work: it opens after so many failures in a row, lets only probes through while the dependency is down,
 * closes soon after it is well again, and never opens while it is well. What is judged is the traffic that the dependency saw, by marks
 * of the dependency's service, not what the breaker says about itself.
 */
import { type Duration, durationText, milliseconds, timeText } from '../duration.ts';
import { matchesGlob } from '../labels/glob.ts';
import type { Checker, Finding } from './checker.ts';
import { settleChecker, violated } from './define.ts';
import { fieldOf } from './sources.ts';

export interface BreakerBehaviourOptions {
  /** Failures in a row after which it must be open. */
  readonly opensAfter: number;
  /** Calls that were on their way when it opened, and count for nothing; default 0. */
  readonly underWay?: number;
  /** Most calls per window that may reach the dependency while it is open. */
  readonly probes: number;
  readonly window: Duration;
  /** Glob over the workload's operations that need the dependency; with `closesWithin`. */
  readonly requests?: string;
  /** Time after the dependency's recovery from which on no request is refused. */
  readonly closesWithin?: Duration;
  /** Marks that say that the dependency is down, and well again; default `down` and `up`. */
  readonly down?: string;
  readonly up?: string;
}

interface CallMark {
  readonly at: number;
  readonly seq: number;
  readonly isOk: boolean;
}

/**
 * @param calls glob over names of marks, one for each call that the dependency got; their value has `ok: true` or `false`
 * Premises: failed calls, and requests after a recovery.
 * @example invariant.breakerBehaviour('provider.call', { opensAfter: 5, probes: 2, window: '10s' })
 */
export function breakerBehaviour(calls: string, options: BreakerBehaviourOptions): Checker {
  const { opensAfter, underWay = 0, probes, window, requests, closesWithin, down = 'down', up = 'up' } = options;
  const name = `breakerBehaviour(${calls})`;
  const windowMicros = milliseconds(window) * 1000;
  return settleChecker({
    id: 'C13',
    name,
    claim: `after ${opensAfter} failures in a row at most ${probes} ${calls} come per ${durationText(windowMicros / 1000)}, until one succeeds`,
    start() {
      const marks: CallMark[] = [];
      const refused: { readonly at: number; readonly seq: number; readonly f: string; readonly error: string }[] = [];
      const outages: { readonly from: number; until: number | undefined }[] = [];
      const asked = new Map<string, number>();
      let afterRecovery = 0;
      /** The dependency is well, and has been for so long that the breaker must have closed. */
      const mustBeClosed = (at: number) => {
        const last = outages[outages.length - 1];
        if (last === undefined) return true;
        return last.until !== undefined && at >= last.until + milliseconds(closesWithin ?? 0) * 1000;
      };
      return {
        record(record) {
          if (record.kind === 'mark') {
            if (record.name === down) outages.push({ from: record.at, until: undefined });
            else if (record.name === up) {
              const last = outages[outages.length - 1];
              if (last !== undefined) last.until ??= record.at;
            } else if (matchesGlob(calls, record.name)) {
              marks.push({ at: record.at, seq: record.seq, isOk: fieldOf(record.value, 'ok') === 'true' });
            }
            return;
          }
          if (
            record.kind !== 'op' ||
            requests === undefined ||
            closesWithin === undefined ||
            !matchesGlob(requests, record.f)
          )
            return;
          if (record.phase === 'invoke') {
            if (mustBeClosed(record.at)) asked.set(record.id, record.at);
            return;
          }
          const at = asked.get(record.id);
          if (at === undefined || !mustBeClosed(record.at)) return;
          afterRecovery += 1;
          if (record.phase !== 'ok')
            refused.push({ at, seq: record.seq, f: record.f, error: record.error ?? 'an error' });
        },
        settle() {
          const first = refused[0];
          if (first !== undefined) {
            const since =
              outages.length === 0
                ? 'never was down'
                : `was well again since ${timeText(outages[outages.length - 1]!.until ?? 0)}`;
            const message = `${first.f} at ${timeText(first.at)} was answered with ${first.error}, although the dependency ${since}.`;
            return violated(
              name,
              message,
              refused.slice(0, 20).map(({ seq }) => seq),
            );
          }
          return tooManyProbes(name, calls, marks, { opensAfter, underWay, probes, windowMicros });
        },
        premises: () => marks.filter(({ isOk }) => !isOk).length + afterRecovery,
      };
    },
    settle: 0,
  });
}

function tooManyProbes(
  name: string,
  calls: string,
  marks: readonly CallMark[],
  limits: {
    readonly opensAfter: number;
    readonly underWay: number;
    readonly probes: number;
    readonly windowMicros: number;
  },
): Finding {
  let failures = 0;
  let openedAt = 0;
  let open: CallMark[] = [];
  for (const mark of marks) {
    if (mark.isOk) {
      failures = 0;
      open = [];
      continue;
    }
    failures += 1;
    if (failures === limits.opensAfter) openedAt = mark.at;
    if (failures <= limits.opensAfter + limits.underWay) continue;
    open = [...open.filter(({ at }) => at > mark.at - limits.windowMicros), mark];
    if (open.length <= limits.probes) continue;
    const message =
      `${open.length} ${calls} came in the ${durationText(limits.windowMicros / 1000)} before ${timeText(mark.at)}, ` +
      `although ${limits.opensAfter} in a row had failed by ${timeText(openedAt)}; ${limits.probes} are allowed.`;
    return violated(
      name,
      message,
      open.map(({ seq }) => seq),
    );
  }
  return undefined;
}
