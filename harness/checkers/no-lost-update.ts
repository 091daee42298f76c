/** C8: of two accepted writes neither overwrites the other unseen: no two were based on the same version of a key. */
import { timeText } from '../duration.ts';
import type { OperationRecord } from '../history/record.ts';
import { matchesGlob } from '../labels/glob.ts';
import type { Checker } from './checker.ts';
import { alwaysChecker, violated } from './define.ts';
import { fieldOf } from './sources.ts';

export interface NoLostUpdateOptions {
  /** Glob over the writing operations. */
  readonly writes: string;
  /** Field of a write's value with the version that it was based on; default `based`. */
  readonly based?: string;
}

/**
 * Accepted writes of a key are based on different versions.
 * Premises: accepted writes.
 * @example invariant.noLostUpdate({ writes: 'PUT api *', based: 'version' })
 */
export function noLostUpdate({ writes, based = 'based' }: NoLostUpdateOptions): Checker {
  const name = `noLostUpdate(${writes})`;
  return alwaysChecker({
    id: 'C8',
    name,
    claim: `no two accepted ${writes} of a key are based on the same version`,
    start() {
      const open = new Map<string, OperationRecord>();
      const accepted = new Map<string, { readonly at: number; readonly invoked: number; readonly ended: number }>();
      let judged = 0;
      return {
        record(record) {
          if (record.kind !== 'op' || !matchesGlob(writes, record.f)) return undefined;
          if (record.phase === 'invoke') {
            open.set(record.id, record);
            return undefined;
          }
          const from = open.get(record.id);
          open.delete(record.id);
          const version = record.phase === 'ok' ? fieldOf(from?.value, based) : undefined;
          if (from === undefined || version === undefined) return undefined;
          judged += 1;
          const place = JSON.stringify([from.key, version]);
          const before = accepted.get(place);
          if (before === undefined) {
            accepted.set(place, { at: record.at, invoked: from.seq, ended: record.seq });
            return undefined;
          }
          const message =
            `two writes of ${from.key ?? 'it'} were accepted that were both based on version ${version}: ` +
            `at ${timeText(before.at)} and at ${timeText(record.at)}; one of them is lost.`;
          return violated(name, message, [before.invoked, before.ended, from.seq, record.seq]);
        },
        premises: () => judged,
      };
    },
  });
}
