/** C3: a sum stays what it is: money, stock, seats. Moves between rows, in one transaction, leave it unchanged. */
import { timeText } from '../duration.ts';
import type { Checker } from './checker.ts';
import { alwaysChecker, violated } from './define.ts';
import { type PresentRow, Table } from './sources.ts';

export interface ConservedOptions {
  /** Tables, and the numeric column of each that counts: `[{ table: 'accounts', column: 'balance' }]`. */
  readonly sum: readonly {
    readonly table: string;
    readonly column: string;
    readonly key?: string | readonly string[];
  }[];
  /** What the sum must be once the tables are filled; default: what it is after the first commit that touches them. */
  readonly total?: number;
}

/**
 * The sum over the columns is the same after each commit. With `total` it is judged from the first commit on that reaches it.
 * @param server name of the Postgres server
 * Premises: commits that touch the tables after the sum is set.
 * @example invariant.conserved('db', { sum: [{ table: 'accounts', column: 'balance' }], total: 1000 })
 */
export function conserved(server: string, { sum, total }: ConservedOptions): Checker {
  const columns = sum.map(({ table, column }) => `${table}.${column}`).join(' + ');
  const name = `conserved(${server}: ${columns})`;
  return alwaysChecker({
    id: 'C3',
    name,
    claim: `${columns} adds up to ${total ?? 'the same'} after each commit on ${server}`,
    start() {
      const tables = sum.map(({ table, column, key }) => ({ column, table: new Table({ server, table, key }) }));
      let present = 0;
      let wanted: number | undefined;
      let previous = 0;
      let commits = 0;
      return {
        record(record) {
          let touched = false;
          for (const { column, table } of tables) {
            for (const { before, after } of table.record(record)) {
              touched = true;
              present += amount(after, column) - amount(before, column);
            }
          }
          if (!touched || record.kind !== 'commit') return undefined;
          const shown = rounded(present);
          if (wanted === undefined) {
            if (total === undefined || shown === rounded(total)) wanted = shown;
            previous = record.seq;
            return undefined;
          }
          commits += 1;
          if (shown === wanted) {
            previous = record.seq;
            return undefined;
          }
          const message = `${columns} adds up to ${shown} after transaction ${record.tx} at ${timeText(record.at)}; it was ${wanted} before.`;
          return violated(name, message, [previous, record.seq]);
        },
        premises: () => commits,
      };
    },
  });
}

function amount(row: PresentRow | undefined, column: string): number {
  const value = Number(row?.row[column] ?? 0);
  return Number.isNaN(value) ? 0 : value;
}

/** Sums of decimal fractions are compared to the millionth. */
function rounded(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
