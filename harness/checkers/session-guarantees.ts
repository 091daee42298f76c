/**
 * C8: what a session may rely on (Terry et al., "Session guarantees for weakly consistent replicated data", 1994), and causality across
 * sessions by a token: who holds a token of a write sees that write.
 */
import { timeText } from '../duration.ts';
import type { Checker } from './checker.ts';
import { alwaysChecker, violated } from './define.ts';
import { compareTokens, fieldOf } from './sources.ts';
import { type Versioned, VersionedOperations, type VersionedOptions } from './versions.ts';

export type SessionGuarantee = 'readYourWrites' | 'monotonicReads' | 'causal';

export interface SessionGuaranteesOptions extends VersionedOptions {
  /** Default `readYourWrites` and `monotonicReads`. */
  readonly guarantees?: readonly SessionGuarantee[];
  /** For `causal`: field of a read's value (its invocation) with the version that it must see at least; default `token`. */
  readonly token?: string;
}

const why: Readonly<Record<SessionGuarantee, string>> = {
  readYourWrites: 'had written',
  monotonicReads: 'had read',
  causal: 'held a token of',
};

/**
 * Reads of a session see what the guarantees promise.
 * Premises: reads that a guarantee has something to say about.
 * @example invariant.sessionGuarantees({ reads: 'GET api *', writes: 'PUT api *' })
 */
export function sessionGuarantees(options: SessionGuaranteesOptions): Checker {
  const { guarantees = ['readYourWrites', 'monotonicReads'], token = 'token' } = options;
  const name = `sessionGuarantees(${guarantees.join(', ')})`;
  return alwaysChecker({
    id: 'C8',
    name,
    claim: `sessions have ${guarantees.join(' and ')}`,
    start() {
      const operations = new VersionedOperations(options);
      // Per session and key: the newest version that it wrote, and that it read.
      const newest = new Map<string, { readonly version: string; readonly operation: Versioned }[]>();
      let judged = 0;
      const placeOf = (kind: string, { session = '', key }: Versioned) => JSON.stringify([kind, session, key]);
      const promised = (
        guarantee: SessionGuarantee,
        read: Versioned,
      ): { version: string; by: Versioned | undefined } | undefined => {
        if (guarantee === 'causal') {
          const version = fieldOf(read.input, token);
          return version === undefined ? undefined : { version, by: undefined };
        }
        const entries = newest.get(placeOf(guarantee === 'readYourWrites' ? 'write' : 'read', read)) ?? [];
        // Only what had ended when the read began is in the session's past.
        const found = entries.findLast(
          ({ operation }) => operation.endedAt <= read.invokedAt && operation.ended < read.invoked,
        );
        return found === undefined ? undefined : { version: found.version, by: found.operation };
      };
      return {
        record(record) {
          const operation = operations.record(record);
          if (operation === undefined) return undefined;
          if (operation.kind === 'read') {
            for (const guarantee of guarantees) {
              if (guarantee !== 'causal' && operation.session === undefined) continue;
              const least = promised(guarantee, operation);
              if (least === undefined) continue;
              judged += 1;
              if (compareTokens(operation.version, least.version) >= 0) continue;
              const who = operation.session ?? 'A reader';
              const when = least.by === undefined ? '' : ` at ${timeText(least.by.endedAt)}`;
              const message =
                `${who} ${why[guarantee]} version ${least.version} of ${operation.key || 'it'}${when}, ` +
                `and read version ${operation.version} at ${timeText(operation.invokedAt)} (${guarantee}).`;
              return violated(name, message, [
                ...(least.by === undefined ? [] : [least.by.invoked, least.by.ended]),
                operation.invoked,
                operation.ended,
              ]);
            }
          }
          if (operation.session === undefined) return undefined;
          const place = placeOf(operation.kind, operation);
          const entries = newest.get(place) ?? [];
          newest.set(place, entries);
          const last = entries[entries.length - 1];
          if (last === undefined || compareTokens(operation.version, last.version) > 0)
            entries.push({ version: operation.version, operation });
          return undefined;
        },
        premises: () => judged,
      };
    },
  });
}
