/** C7: reads are not older than a bound: a read returns at least the newest version that was committed so long before it began. */
import { type Duration, durationText, milliseconds, timeText } from '../duration.ts';
import type { Checker } from './checker.ts';
import { alwaysChecker, violated } from './define.ts';
import { compareTokens, fieldOf } from './sources.ts';
import { VersionedOperations, type VersionedOptions } from './versions.ts';

export interface StalenessBoundOptions extends Omit<VersionedOptions, 'writes'> {
  /** Age from which on a version must be seen. Zero: any that was there when the read began. */
  readonly bound: Duration;
  /** Glob over the writing operations, which count from their confirmation. */
  readonly writes?: string;
  /** Or the rows of a table, which count from their commit: `key` names the row, `column` has the version. */
  readonly truth?: { readonly server: string; readonly table: string; readonly key: string; readonly column: string };
}

interface Written {
  readonly version: string;
  readonly at: number;
  readonly seq: number;
}

/**
 * No read is staler than the bound.
 * Premises: reads of a key that had been written for that long.
 * @example invariant.stalenessBound({ reads: 'GET api *', truth: { server: 'db', table: 'items', key: 'id', column: 'version' }, bound: '5s' })
 */
export function stalenessBound(options: StalenessBoundOptions): Checker {
  const { reads, writes, truth, bound, version } = options;
  const boundMs = milliseconds(bound);
  const name = `stalenessBound(${reads})`;
  return alwaysChecker({
    id: 'C7',
    name,
    claim: `${reads} returns nothing that is staler than ${durationText(boundMs)}`,
    start() {
      // A glob that covers nothing stands for no writing operations.
      const operations = new VersionedOperations({
        reads,
        writes: writes ?? '',
        ...(version === undefined ? {} : { version }),
      });
      const written = new Map<string, Written[]>();
      let judged = 0;
      const note = (key: string, entry: Written) => {
        const list = written.get(key);
        if (list === undefined) written.set(key, [entry]);
        else list.push(entry);
      };
      return {
        record(record) {
          if (truth !== undefined && record.kind === 'commit' && record.server === truth.server) {
            for (const { table, new: row } of record.rows) {
              const key = table === truth.table ? fieldOf(row, truth.key) : undefined;
              const found = fieldOf(row, truth.column);
              if (key !== undefined && found !== undefined)
                note(key, { version: found, at: record.at, seq: record.seq });
            }
          }
          const operation = operations.record(record);
          if (operation === undefined) return undefined;
          if (operation.kind === 'write') {
            note(operation.key, { version: operation.version, at: operation.endedAt, seq: operation.ended });
            return undefined;
          }
          const newest = newestBefore(written.get(operation.key), operation.invokedAt - boundMs * 1000);
          if (newest === undefined) return undefined;
          judged += 1;
          if (compareTokens(operation.version, newest.version) >= 0) return undefined;
          const message =
            `${operation.f} at ${timeText(operation.invokedAt)} returned version ${operation.version} of ${operation.key || 'it'}; ` +
            `version ${newest.version} was there since ${timeText(newest.at)}, longer than ${durationText(boundMs)}.`;
          return violated(name, message, [newest.seq, operation.invoked, operation.ended]);
        },
        premises: () => judged,
      };
    },
  });
}

function newestBefore(list: readonly Written[] | undefined, at: number): Written | undefined {
  let newest: Written | undefined;
  for (const entry of list ?? []) {
    if (entry.at <= at && (newest === undefined || compareTokens(entry.version, newest.version) > 0)) newest = entry;
  }
  return newest;
}
