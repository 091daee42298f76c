/** C11: each operation of the workload ends in time, whatever its outcome. A call that hangs is a failure that no error log shows. */
import { type Duration, durationText, milliseconds, timeText } from '../duration.ts';
import { matchesGlob } from '../labels/glob.ts';
import type { Checker } from './checker.ts';
import { firstOf, settleChecker, violated } from './define.ts';

export interface DeadlineOptions {
  /** Longest time from the invocation to its end. */
  readonly within: Duration;
  /** True: only operations that were accepted (`ok`) count, and one that never ends does not; default false. */
  readonly acceptedOnly?: boolean;
  readonly settle?: Duration;
}

interface Call {
  readonly f: string;
  readonly key: string | undefined;
  readonly at: number;
  readonly seq: number;
}

/**
 * Each operation whose name matches ends within the time.
 * @param f glob over the operations' names
 * Premises: operations.
 * @example invariant.deadline('GET api *', { within: '3s' })
 */
export function deadline(f: string, { within, acceptedOnly = false, settle }: DeadlineOptions): Checker {
  const name = `deadline(${f})`;
  const withinMs = milliseconds(within);
  return settleChecker({
    id: 'C11',
    name,
    claim: `each ${acceptedOnly ? 'accepted ' : ''}operation ${f} ends within ${durationText(withinMs)}`,
    liveness: !acceptedOnly,
    settle,
    start() {
      const open = new Map<string, Call>();
      const late: { readonly call: Call; readonly ended: number; readonly took: number }[] = [];
      let calls = 0;
      return {
        record(record) {
          if (record.kind !== 'op' || !matchesGlob(f, record.f)) return;
          if (record.phase === 'invoke') {
            const { id, at, seq, key } = record;
            open.set(id, { f: record.f, key, at, seq });
            return;
          }
          const call = open.get(record.id);
          open.delete(record.id);
          if (call === undefined || (acceptedOnly && record.phase !== 'ok')) return;
          calls += 1;
          const took = (record.at - call.at) / 1000;
          if (took > withinMs) late.push({ call, ended: record.seq, took });
        },
        settle({ now }) {
          const hanging = acceptedOnly ? [] : [...open.values()].filter(({ at }) => now - at > withinMs * 1000);
          const named = [
            ...late.map(({ call, took }) => `${callText(call)} took ${durationText(took)}`),
            ...hanging.map((call) => `${callText(call)} had not ended by ${timeText(now)}`),
          ];
          if (named.length === 0) return undefined;
          const witness = [...late.flatMap(({ call, ended }) => [call.seq, ended]), ...hanging.map(({ seq }) => seq)];
          return violated(
            name,
            `${named.length} of the operations ${f} went beyond ${durationText(withinMs)}: ${firstOf(named)}.`,
            witness,
          );
        },
        premises: () => calls + (acceptedOnly ? 0 : open.size),
      };
    },
  });
}

function callText({ f, key, at }: Call): string {
  return `${f}${key === undefined || f.endsWith(key) ? '' : ` of ${key}`} at ${timeText(at)}`;
}
