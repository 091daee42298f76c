/**
 * C6: fencing tokens of accepted writes never go back (M. Kleppmann, "How to do distributed locking", 2016): a holder whose lease has
 * passed to another must not get its late write in. Order is commit order, as the store saw it.
 */
import { timeText } from '../duration.ts';
import type { Checker } from './checker.ts';
import { alwaysChecker, violated } from './define.ts';
import { compareTokens, fieldOf } from './sources.ts';

export interface FenceMonotoneOptions {
  readonly table: string;
  /** Column with the token. */
  readonly token: string;
  /** Column that names the protected resource; default: the whole table is one. */
  readonly resource?: string;
  /** Column that names the writer, for the sentence. */
  readonly owner?: string;
}

interface Accepted {
  readonly token: unknown;
  readonly at: number;
  readonly seq: number;
  readonly by: string;
}

/**
 * Tokens of committed writes are non-decreasing per resource, in commit order.
 * @param server name of the Postgres server
 * Premises: writes with a token to a resource that had one before.
 * @example invariant.fenceMonotone('db', { table: 'invoices', token: 'fence', resource: 'tenant' })
 */
export function fenceMonotone(server: string, { table, token, resource, owner }: FenceMonotoneOptions): Checker {
  const name = `fenceMonotone(${server}.${table}.${token})`;
  return alwaysChecker({
    id: 'C6',
    name,
    claim: `${token} of accepted writes to ${server}.${table} never goes back${resource === undefined ? '' : ` for a ${resource}`}`,
    start() {
      const latest = new Map<string, Accepted>();
      let compared = 0;
      return {
        record(record) {
          if (record.kind !== 'commit' || record.server !== server) return undefined;
          for (const { table: written, new: row } of record.rows) {
            const value = written === table ? row?.[token] : undefined;
            if (value === undefined || value === null) continue;
            const key = fieldOf(row, resource) ?? table;
            const before = latest.get(key);
            const writer = fieldOf(row, owner);
            const by = writer === undefined ? `transaction ${record.tx}` : `${writer}, transaction ${record.tx}`;
            if (before !== undefined) {
              compared += 1;
              if (compareTokens(value, before.token) < 0) {
                const message =
                  `a write to ${key} with ${token} ${value} was accepted at ${timeText(record.at)} (${by}), ` +
                  `after one with ${token} ${before.token} at ${timeText(before.at)} (${before.by}).`;
                return violated(name, message, [before.seq, record.seq]);
              }
            }
            latest.set(key, { token: value, at: record.at, seq: record.seq, by });
          }
          return undefined;
        },
        premises: () => compared,
      };
    },
  });
}
