/**
 * C22: versions that run side by side get on with each other: no error shows that one does not understand the other's schema, slots or
 * messages. Such errors are looked for in what the workload got, in the servers' logs and in why processes ended.
 */
import { timeText } from '../duration.ts';
import type { HistoryRecord } from '../history/record.ts';
import type { Checker } from './checker.ts';
import { alwaysChecker, violated } from './define.ts';

export interface CompatErrorsOptions {
  /**
   * Texts that must not occur; default: the SQLSTATEs of an unknown column (42703), table (42P01) or function (42883), of what is not
   * supported (0A000), of a missing value (23502) and of a wrong type (42804), and CROSSSLOT.
   */
  readonly forbidden?: readonly string[];
}

const defaultForbidden = ['42703', '42P01', '42883', '42804', '0A000', '23502', 'CROSSSLOT'];

/**
 * None of the forbidden texts occurs in an error.
 * Premises: operations that ended.
 * @example invariant.compatErrors({ forbidden: ['42703', '42P01'] })
 */
export function compatErrors({ forbidden = defaultForbidden }: CompatErrorsOptions = {}): Checker {
  const name = 'compatErrors';
  return alwaysChecker({
    id: 'C22',
    name,
    claim: `no error says ${forbidden.join(', ')}`,
    start() {
      let judged = 0;
      return {
        record(record) {
          if (record.kind === 'op' && record.phase !== 'invoke') judged += 1;
          const text = errorIn(record);
          if (text === undefined) return undefined;
          const found = forbidden.find((one) => holdsWord(text, one));
          if (found === undefined) return undefined;
          const line = text.split('\n').find((one) => holdsWord(one, found)) ?? text;
          return violated(
            name,
            `${record.process ?? record.host} met ${found} at ${timeText(record.at)}: ${line.trim().slice(0, 200)}`,
            [record.seq],
          );
        },
        premises: () => judged,
      };
    },
  });
}

function errorIn(record: HistoryRecord): string | undefined {
  if (record.kind === 'op') {
    if (record.phase === 'invoke' || record.phase === 'ok') return undefined;
    return `${record.error ?? ''} ${JSON.stringify(record.value) ?? ''}`;
  }
  if (record.kind === 'log') return record.stream === 'stdout' ? undefined : record.text;
  return record.kind === 'process' ? record.error : undefined;
}

/** The text as a word of its own: `42703` is not found in `142703`. */
function holdsWord(text: string, word: string): boolean {
  for (let at = text.indexOf(word); at !== -1; at = text.indexOf(word, at + 1)) {
    if (!/\w/.test(text[at - 1] ?? ' ') && !/\w/.test(text[at + word.length] ?? ' ')) return true;
  }
  return false;
}
