/** C17: the backlog is empty once the system has settled: no row of a table is left in an open state. */
import { type Duration, timeText } from '../duration.ts';
import type { Checker } from './checker.ts';
import { firstOf, settleChecker, violated } from './define.ts';
import { filterText, type RowFilter, rowMatches, Table } from './sources.ts';

export interface DrainsOptions {
  readonly table: string;
  /** Which rows are open: column and value, or any of several: `{ state: ['queued', 'running'] }`. */
  readonly open: RowFilter;
  /** Time after the last heal at which it judges; default 0. */
  readonly settle?: Duration;
  /** Open rows that may be left; default 0. */
  readonly atMost?: number;
  /** Column, or columns, that name a row; default `id`. */
  readonly key?: string | readonly string[];
}

/**
 * At most `atMost` rows are open at heal + settle.
 * @param server name of the Postgres server
 * Premises: rows that were open at some time.
 * @example invariant.drains('db', { table: 'jobs', open: { state: ['queued', 'running'] }, settle: '60s' })
 */
export function drains(server: string, { table, open, settle, atMost = 0, key }: DrainsOptions): Checker {
  const name = `drains(${server}.${table})`;
  const rows = atMost === 0 ? 'no row' : `at most ${atMost} rows`;
  return settleChecker({
    id: 'C17',
    name,
    claim: `${rows} of ${server}.${table} ${atMost === 0 ? 'is' : 'are'} left with ${filterText(open)}`,
    liveness: true,
    settle,
    start() {
      const present = new Table({ server, table, key });
      let opened = 0;
      return {
        record(record) {
          for (const { before, after } of present.record(record)) {
            if (rowMatches(after?.row, open) && !rowMatches(before?.row, open)) opened += 1;
          }
        },
        settle({ now }) {
          const left = [...present.rows.values()].filter(({ row }) => rowMatches(row, open));
          if (left.length <= atMost) return undefined;
          const named = left.map(({ key: row, at }) => `${row} (unchanged since ${timeText(at)})`);
          const message =
            `${left.length} row${left.length === 1 ? '' : 's'} of ${server}.${table} with ${filterText(open)} ` +
            `${left.length === 1 ? 'is' : 'are'} left at ${timeText(now)}: ${firstOf(named)}.`;
          return violated(
            name,
            message,
            left.map(({ seq }) => seq),
          );
        },
        premises: () => opened,
      };
    },
  });
}
