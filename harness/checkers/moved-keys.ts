/** C14: when the set of shards changes, few keys move: about the part that the new shard takes over, not nearly all (`hash mod n`). */
import { timeText } from '../duration.ts';
import { matchesGlob } from '../labels/glob.ts';
import type { Checker } from './checker.ts';
import { firstOf, settleChecker, violated } from './define.ts';
import { fieldOf } from './sources.ts';

export interface MovedKeysOptions {
  /** Name of the mark that says that the shards changed. */
  readonly change: string;
  /** Largest part of the keys, seen before and after, that may have moved, in [0, 1]. */
  readonly atMost: number;
  /** Fields of a placement's value; default `key` and `shard`. */
  readonly key?: string;
  readonly shard?: string;
}

/**
 * Of the keys placed before and after a change of shards, at most the part is placed elsewhere afterwards.
 * @param placements glob over names of ledgers or marks, each record of which places a key on a shard
 * Premises: keys placed both before and after a change.
 * @example invariant.movedKeys('shard.request', { change: 'shard added', atMost: 0.35 })
 */
export function movedKeys(
  placements: string,
  { change, atMost, key = 'key', shard = 'shard' }: MovedKeysOptions,
): Checker {
  const name = `movedKeys(${placements})`;
  return settleChecker({
    id: 'C14',
    name,
    claim: `at most ${Math.round(atMost * 100)} % of the keys move at "${change}"`,
    settle: 0,
    start() {
      const changes: {
        readonly at: number;
        readonly seq: number;
        readonly before: Map<string, Placed>;
        readonly after: Map<string, Placed>;
      }[] = [];
      const present = new Map<string, Placed>();
      const compared = (index: number) => {
        const entry = changes[index]!;
        return [...entry.after].filter(([placed]) => entry.before.has(placed));
      };
      return {
        record(record) {
          if (record.kind === 'mark' && record.name === change) {
            changes.push({ at: record.at, seq: record.seq, before: new Map(present), after: new Map() });
            return;
          }
          const source = record.kind === 'effect' ? record.ledger : record.kind === 'mark' ? record.name : undefined;
          if (source === undefined || !matchesGlob(placements, source)) return;
          const value = record.kind === 'effect' || record.kind === 'mark' ? record.value : undefined;
          const [placed, on] = [fieldOf(value, key), fieldOf(value, shard)];
          if (placed === undefined || on === undefined) return;
          present.set(placed, { on, seq: record.seq });
          changes[changes.length - 1]?.after.set(placed, { on, seq: record.seq });
        },
        settle() {
          for (const [index, { at, seq, before }] of changes.entries()) {
            const both = compared(index);
            const moved = both.filter(([placed, { on }]) => before.get(placed)?.on !== on);
            if (both.length === 0 || moved.length <= atMost * both.length) continue;
            const named = moved.map(([placed, { on }]) => `${placed} from ${before.get(placed)?.on} to ${on}`);
            const message = `${moved.length} of ${both.length} keys moved at "${change}" (${timeText(at)}), more than ${Math.round(atMost * 100)} %: ${firstOf(named)}.`;
            const witness = moved.slice(0, 20).flatMap(([placed, { seq: after }]) => [before.get(placed)!.seq, after]);
            return violated(name, message, [seq, ...witness]);
          }
          return undefined;
        },
        premises: () => changes.reduce((sum, _, index) => sum + compared(index).length, 0),
      };
    },
  });
}

interface Placed {
  readonly on: string;
  readonly seq: number;
}
