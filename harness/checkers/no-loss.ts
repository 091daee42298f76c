/**
 * C3: nothing that was accepted is lost: each accepted request is found in one of the places where it may be (done, queued, archived,
 * in the dead-letter table), once the system has settled.
 */
import { type Duration, timeText } from '../duration.ts';
import type { Checker } from './checker.ts';
import { firstOf, settleChecker, violated } from './define.ts';
import { effectsIn, fieldOf, Requests, type RowFilter, rowMatches, Table } from './sources.ts';

/** A ledger, or rows of a table. */
export type Place =
  | { readonly ledger: string; readonly by?: string }
  | {
      readonly server: string;
      readonly table: string;
      /** Column with the business key. */
      readonly by: string;
      /** Only rows like these count; default all. */
      readonly where?: RowFilter;
    };

export interface NoLossOptions {
  /** Field of the request that is its business key; default its own key. */
  readonly by?: string;
  readonly in: readonly Place[];
  /** Glob over the operations; default all but reads. */
  readonly requests?: string;
  readonly settle?: Duration;
}

/**
 * Each accepted request is in at least one of the places at heal + settle.
 * Premises: keys of accepted requests.
 * @example invariant.noLoss({ in: [{ server: 'db', table: 'jobs', by: 'dedup_key' }, { server: 'db', table: 'dlq', by: 'dedup_key' }], settle: '60s' })
 */
export function noLoss({ by, in: places, requests, settle }: NoLossOptions): Checker {
  const where = places.map((place) => ('ledger' in place ? place.ledger : `${place.server}.${place.table}`));
  const name = `noLoss(${where.join(', ')})`;
  return settleChecker({
    id: 'C3',
    name,
    claim: `each accepted request is found in ${where.join(' or ')}`,
    liveness: true,
    settle,
    start() {
      const asked = new Requests({ requests, by });
      const effects = new Set<string>();
      const tables = places.flatMap((place) => ('table' in place ? [{ place, rows: new Table(place) }] : []));
      return {
        record(record) {
          asked.record(record);
          for (const { rows } of tables) rows.record(record);
          for (const place of places) {
            if (!('ledger' in place)) continue;
            for (const { key } of effectsIn(record, { from: place.ledger, table: undefined, by: place.by }))
              effects.add(key);
          }
        },
        settle({ now }) {
          const found = new Set(effects);
          for (const { place, rows } of tables) {
            for (const { row } of rows.rows.values()) {
              const key = fieldOf(row, place.by);
              if (key !== undefined && rowMatches(row, place.where ?? {})) found.add(key);
            }
          }
          const lost = [...asked.accepted().values()].filter(({ key }) => !found.has(key));
          if (lost.length === 0) return undefined;
          const named = lost.map(({ key, endedAt }) => `${key} (accepted at ${timeText(endedAt ?? 0)})`);
          const message = `${lost.length} accepted request${lost.length === 1 ? ' is' : 's are'} in none of ${where.join(', ')} at ${timeText(now)}: ${firstOf(named)}.`;
          return violated(
            name,
            message,
            lost.flatMap(({ invoked, ended }) => (ended === undefined ? [invoked] : [invoked, ended])),
          );
        },
        premises: () => asked.accepted().size,
      };
    },
  });
}
