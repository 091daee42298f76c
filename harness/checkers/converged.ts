/** C4: stores that should hold the same do hold the same, once the system has settled: two databases, a cache table, a provider's book. */
import type { Duration } from '../duration.ts';
import { timeText } from '../duration.ts';
import type { HistoryRecord } from '../history/record.ts';
import { valueText } from '../models/model.ts';
import type { Checker } from './checker.ts';
import { firstOf, settleChecker, violated } from './define.ts';
import { effectsIn, type Row, type RowFilter, rowMatches, Table } from './sources.ts';

/** A table, or a ledger of which the last effect of each key counts. */
export type Store =
  | {
      readonly server: string;
      readonly table: string;
      /** Column, or columns, that name a row; default `id`. */
      readonly key?: string | readonly string[];
      /** Only rows like these; default all. */
      readonly where?: RowFilter;
      /** This store's names of the compared columns, where they differ: `{ amount: 'total_amount' }`. */
      readonly columns?: Readonly<Record<string, string>>;
    }
  | { readonly ledger: string; readonly by?: string; readonly columns?: Readonly<Record<string, string>> };

export interface ConvergedOptions {
  /** What is compared; empty: only which keys there are. */
  readonly columns: readonly string[];
  readonly settle?: Duration;
}

interface Entry {
  readonly text: string;
  readonly seq: number;
}

/**
 * At heal + settle all stores have the same keys, with the same values in the compared columns.
 * Premises: keys in any of the stores.
 * @example invariant.converged([{ server: 'db', table: 'orders' }, { server: 'reports', table: 'orders' }], { columns: ['state'], settle: '60s' })
 */
export function converged(stores: readonly Store[], { columns, settle }: ConvergedOptions): Checker {
  const names = stores.map((store) => ('ledger' in store ? store.ledger : `${store.server}.${store.table}`));
  const name = `converged(${names.join(', ')})`;
  return settleChecker({
    id: 'C4',
    name,
    claim: `${names.join(' and ')} hold the same keys${columns.length === 0 ? '' : `, with the same ${columns.join(', ')}`}`,
    settle,
    start() {
      const contents = stores.map((store) => new Content(store, columns));
      const keys = () => new Set(contents.flatMap((content) => [...content.entries().keys()]));
      return {
        record(record) {
          for (const content of contents) content.record(record);
        },
        settle({ now }) {
          const entries = contents.map((content) => content.entries());
          const different: { readonly text: string; readonly witness: readonly number[] }[] = [];
          for (const key of [...keys()].sort()) {
            const found = entries.map((content) => content.get(key));
            if (found.every((entry) => entry !== undefined && entry.text === found[0]?.text)) continue;
            const texts = found.map(
              (entry, index) => `${entry === undefined ? 'missing' : entry.text} in ${names[index]}`,
            );
            different.push({
              text: `${key} is ${texts.join(', ')}`,
              witness: found.flatMap((entry) => (entry === undefined ? [] : [entry.seq])),
            });
          }
          if (different.length === 0) return undefined;
          const message = `${different.length} key${different.length === 1 ? ' differs' : 's differ'} at ${timeText(now)}: ${firstOf(different.map(({ text }) => text))}.`;
          return violated(
            name,
            message,
            different.flatMap(({ witness }) => witness),
          );
        },
        premises: () => keys().size,
      };
    },
  });
}

/** What one store holds. */
class Content {
  private readonly store: Store;
  private readonly columns: readonly string[];
  private readonly table: Table | undefined;
  private readonly effects = new Map<string, Entry>();

  constructor(store: Store, columns: readonly string[]) {
    this.store = store;
    this.columns = columns;
    this.table = 'table' in store ? new Table(store) : undefined;
  }

  record(record: HistoryRecord): void {
    this.table?.record(record);
    if (!('ledger' in this.store)) return;
    for (const { key, value, seq } of effectsIn(record, {
      from: this.store.ledger,
      table: undefined,
      by: this.store.by,
    })) {
      this.effects.set(key, { text: this.textOf((value ?? {}) as Row), seq });
    }
  }

  entries(): ReadonlyMap<string, Entry> {
    if (this.table === undefined) return this.effects;
    const entries = new Map<string, Entry>();
    const where = 'table' in this.store ? (this.store.where ?? {}) : {};
    for (const { key, row, seq } of this.table.rows.values()) {
      if (rowMatches(row, where)) entries.set(key, { text: this.textOf(row), seq });
    }
    return entries;
  }

  /** Numbers and their texts are the same value: drivers differ in that. */
  private textOf(row: Row): string {
    if (this.columns.length === 0) return 'there';
    const texts = this.columns.map((column) => {
      const value = row[this.store.columns?.[column] ?? column];
      return `${column} ${typeof value === 'string' ? value : valueText(value)}`;
    });
    return texts.join(' and ');
  }
}
