/** C10: no row stays too long in a state that should pass: `running` with a lease that is long over, `pending` for ever. */
import { type Duration, durationText, milliseconds, timeText } from '../duration.ts';
import type { Checker } from './checker.ts';
import { firstOf, settleChecker, violated } from './define.ts';
import { filterText, type RowFilter, rowMatches, Table } from './sources.ts';

export interface NoStateOlderThanOptions {
  readonly table: string;
  /** Rows that should pass: `{ state: 'running' }`. */
  readonly state: RowFilter;
  /** Longest time that a row may match without a change of its content. */
  readonly age: Duration;
  readonly key?: string | readonly string[];
  readonly settle?: Duration;
}

/**
 * At heal + settle no row has been in the state, unchanged, for longer than the age.
 * @param server name of the Postgres server
 * Premises: rows that were in the state at some time.
 * @example invariant.noStateOlderThan('db', { table: 'jobs', state: { state: 'running' }, age: '50s', settle: '120s' })
 */
export function noStateOlderThan(server: string, options: NoStateOlderThanOptions): Checker {
  const { table, state, age, key, settle } = options;
  const name = `noStateOlderThan(${server}.${table} ${filterText(state)})`;
  const ageMs = milliseconds(age);
  return settleChecker({
    id: 'C10',
    name,
    claim: `no row of ${server}.${table} has ${filterText(state)} for longer than ${durationText(ageMs)}`,
    settle,
    start() {
      const rows = new Table({ server, table, key });
      let entered = 0;
      return {
        record(record) {
          for (const { before, after } of rows.record(record)) {
            if (rowMatches(after?.row, state) && !rowMatches(before?.row, state)) entered += 1;
          }
        },
        settle({ now }) {
          const old = [...rows.rows.values()].filter(
            ({ row, at }) => rowMatches(row, state) && now - at > ageMs * 1000,
          );
          if (old.length === 0) return undefined;
          const named = old.map(({ key: row, at }) => `${row} (since ${timeText(at)})`);
          const message = `${old.length} row${old.length === 1 ? ' of' : 's of'} ${server}.${table} with ${filterText(state)} did not change for more than ${durationText(ageMs)} at ${timeText(now)}: ${firstOf(named)}.`;
          return violated(
            name,
            message,
            old.map(({ seq }) => seq),
          );
        },
        premises: () => entered,
      };
    },
  });
}
