/** C5: what belongs to one key is applied in its order: event 4 of an order is not booked before event 3, and none is left out. */
import { timeText } from '../duration.ts';
import type { HistoryRecord } from '../history/record.ts';
import type { Checker } from './checker.ts';
import { alwaysChecker, violated } from './define.ts';
import { compareTokens, effectsIn, fieldOf } from './sources.ts';

export interface OrderPerKeyOptions {
  /** Field or column that names the key; default: the effect's own key, or the column `key`. */
  readonly key?: string;
  /** Field or column with the sequence number. */
  readonly seq: string;
  /** With a Postgres server: rows inserted into or changed in this table, in commit order. */
  readonly table?: string;
  /**
   * `consecutive` (default): each is one more than the last; `increasing`: gaps are allowed; `nonDecreasing`: repeats too. With
   * `consecutive` and `increasing` a repeat is a violation.
   */
  readonly order?: 'consecutive' | 'increasing' | 'nonDecreasing';
  /** Sequence numbers that may be skipped (declared gaps). */
  readonly gaps?: (key: string, seq: number) => boolean;
}

interface Applied {
  readonly key: string;
  readonly seq: string;
  readonly at: number;
  readonly place: number;
}

/**
 * Sequence numbers come in order, per key.
 * @param from name of the ledger, or of a Postgres server next to `table`
 * Premises: applications after the first of their key.
 * @example invariant.orderPerKey('db', { table: 'entries', key: 'account', seq: 'n' })
 */
export function orderPerKey(from: string, options: OrderPerKeyOptions): Checker {
  const { key, seq, table, order = 'consecutive', gaps = () => false } = options;
  const where = table === undefined ? from : `${from}.${table}`;
  const name = `orderPerKey(${where} by ${key ?? 'key'})`;
  return alwaysChecker({
    id: 'C5',
    name,
    claim: `${seq} of each ${key ?? 'key'} in ${where} is ${{ consecutive: 'consecutive', increasing: 'increasing', nonDecreasing: 'never lower than before' }[order]}`,
    start() {
      const last = new Map<string, Applied>();
      let judged = 0;
      return {
        record(record) {
          for (const applied of appliedIn(record, from, table, key, seq)) {
            const before = last.get(applied.key);
            last.set(applied.key, applied);
            if (before === undefined) continue;
            judged += 1;
            const wrong = wrongWith(before, applied, order, gaps);
            if (wrong === undefined) continue;
            const message = `${seq} ${applied.seq} of ${applied.key} was applied in ${where} at ${timeText(applied.at)}, ${wrong} ${before.seq} (at ${timeText(before.at)}).`;
            return violated(name, message, [...new Set([before.place, applied.place])]);
          }
          return undefined;
        },
        premises: () => judged,
      };
    },
  });
}

function wrongWith(
  before: Applied,
  applied: Applied,
  order: 'consecutive' | 'increasing' | 'nonDecreasing',
  gaps: (key: string, seq: number) => boolean,
): string | undefined {
  const step = compareTokens(applied.seq, before.seq);
  if (step < 0) return 'after';
  if (step === 0) return order === 'nonDecreasing' ? undefined : 'again after';
  if (order !== 'consecutive') return undefined;
  for (let skipped = Number(before.seq) + 1; skipped < Number(applied.seq); skipped++) {
    if (!gaps(applied.key, skipped)) return `without ${skipped}, after`;
  }
  return undefined;
}

function appliedIn(
  record: HistoryRecord,
  from: string,
  table: string | undefined,
  key: string | undefined,
  seq: string,
): readonly Applied[] {
  if (table === undefined) {
    return effectsIn(record, { from, table, by: key }).flatMap((effect) => {
      const number = fieldOf(effect.value, seq);
      return number === undefined ? [] : [{ key: effect.key, seq: number, at: effect.at, place: effect.seq }];
    });
  }
  if (record.kind !== 'commit' || record.server !== from) return [];
  return record.rows.flatMap((row) => {
    const number = row.table === table && row.op !== 'delete' ? fieldOf(row.new, seq) : undefined;
    // An update of other columns applies nothing.
    if (number === undefined || fieldOf(row.old, seq) === number) return [];
    return [{ key: fieldOf(row.new, key ?? 'key') ?? table, seq: number, at: record.at, place: record.seq }];
  });
}
