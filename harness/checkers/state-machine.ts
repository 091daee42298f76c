/** C10: rows move along legal transitions only. A deleted row has left the machine; an inserted one begins in an initial state. */
import { timeText } from '../duration.ts';
import type { Checker } from './checker.ts';
import { alwaysChecker, violated } from './define.ts';
import { fieldOf, Table } from './sources.ts';

export interface StateMachineOptions {
  readonly table: string;
  /** Column with the state; default `state`. */
  readonly column?: string;
  /** Column, or columns, that name a row; default `id`. */
  readonly key?: string | readonly string[];
  /** Where each state may go: `{ queued: ['running'], running: ['done', 'queued'], done: [] }`. Staying is always legal. */
  readonly transitions: Readonly<Record<string, readonly string[]>>;
  /** States in which a row may begin; default any that `transitions` has. */
  readonly initial?: readonly string[];
}

/**
 * Each commit changes a row's state by a legal transition only.
 * @param server name of the Postgres server
 * Premises: changes of state, and rows that began.
 * @example invariant.stateMachine('db', { table: 'jobs', transitions: { queued: ['running'], running: ['queued', 'done'], done: [] } })
 */
export function stateMachine(server: string, options: StateMachineOptions): Checker {
  const { table, column = 'state', key, transitions, initial = Object.keys(transitions) } = options;
  const name = `stateMachine(${server}.${table}.${column})`;
  return alwaysChecker({
    id: 'C10',
    name,
    claim: `${column} of ${server}.${table} changes along legal transitions only`,
    start() {
      const rows = new Table({ server, table, key });
      let changes = 0;
      return {
        record(record) {
          for (const { key: row, before, after } of rows.record(record)) {
            const to = fieldOf(after?.row, column);
            if (after === undefined || to === undefined) continue;
            const from = fieldOf(before?.row, column);
            if (from === to) continue;
            changes += 1;
            if (from === undefined ? initial.includes(to) : transitions[from]?.includes(to) === true) continue;
            const message =
              from === undefined
                ? `row ${row} of ${server}.${table} began in ${column} ${to} at ${timeText(record.at)}; it may begin in ${initial.join(', ')}.`
                : `row ${row} of ${server}.${table} went from ${column} ${from} (since ${timeText(before?.at ?? 0)}) to ${to} at ${timeText(record.at)}; ` +
                  `from ${from} it may go to ${transitions[from]?.join(', ') || 'nothing'}.`;
            return violated(
              name,
              message,
              before === undefined ? [record.seq] : [...new Set([before.seq, record.seq])],
            );
          }
          return undefined;
        },
        premises: () => changes,
      };
    },
  });
}
