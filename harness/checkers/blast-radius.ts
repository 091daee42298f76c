/** C24: what is broken stays where it is: while faults are in force, the operations that do not need the broken part go on well. */
import { type Duration, durationText, milliseconds } from '../duration.ts';
import { matchesGlob } from '../labels/glob.ts';
import type { Checker } from './checker.ts';
import { firstOf, settleChecker, violated } from './define.ts';

export interface BlastRadiusOptions {
  /** Least part of them that must be accepted, in [0, 1]; default 1. */
  readonly share?: number;
  /** Longest time that an accepted one may take; default any. */
  readonly within?: Duration;
  /** Time after a heal that still counts as disturbed; default 0. */
  readonly grace?: Duration;
}

interface Ended {
  readonly f: string;
  readonly phase: 'ok' | 'fail' | 'info';
  readonly tookMs: number;
  readonly error: string;
  readonly witness: readonly number[];
}

/**
 * Operations of the others, invoked while a fault is in force, are accepted, and in time.
 * @param others glob over the operations that do not need what the faults break
 * Premises: such operations.
 * @example invariant.blastRadius('GET catalogue *', { share: 0.99, within: '1s' })
 */
export function blastRadius(others: string, { share = 1, within, grace = 0 }: BlastRadiusOptions = {}): Checker {
  const name = `blastRadius(${others})`;
  const withinMs = within === undefined ? Number.POSITIVE_INFINITY : milliseconds(within);
  const graceMicros = milliseconds(grace) * 1000;
  const part = `${Math.round(share * 1000) / 10} %`;
  return settleChecker({
    id: 'C24',
    name,
    claim: `${part} of ${others} are accepted${within === undefined ? '' : ` within ${durationText(withinMs)}`} while faults are in force`,
    liveness: true,
    settle: 0,
    start() {
      const inForce = new Set<string>();
      let graceUntil = -1;
      const open = new Map<string, { readonly at: number; readonly seq: number }>();
      const ended: Ended[] = [];
      return {
        record(record) {
          if (record.kind === 'fault') {
            if (record.phase === 'start') inForce.add(record.id);
            else if (record.phase === 'heal' && inForce.delete(record.id)) graceUntil = record.at + graceMicros;
            return;
          }
          if (record.kind !== 'op' || !matchesGlob(others, record.f)) return;
          if (record.phase === 'invoke') {
            if (inForce.size > 0 || record.at < graceUntil) open.set(record.id, record);
            return;
          }
          const from = open.get(record.id);
          if (from === undefined) return;
          open.delete(record.id);
          const { f, phase, error = 'an error', seq } = record;
          ended.push({ f, phase, error, tookMs: (record.at - from.at) / 1000, witness: [from.seq, seq] });
        },
        settle() {
          const judged = [
            ...ended,
            ...[...open.values()].map(
              ({ seq }): Ended => ({
                f: others,
                phase: 'info',
                error: 'no end',
                tookMs: Number.POSITIVE_INFINITY,
                witness: [seq],
              }),
            ),
          ];
          const hurt = judged.filter(({ phase, tookMs }) => phase !== 'ok' || tookMs > withinMs);
          if (judged.length - hurt.length >= share * judged.length) return undefined;
          const named = hurt.map(({ f, phase, error, tookMs }) =>
            phase === 'ok' ? `${f} took ${durationText(tookMs)}` : `${f} got ${error}`,
          );
          const message = `${hurt.length} of ${judged.length} ${others} suffered from faults that are none of theirs: ${firstOf([...new Set(named)])}.`;
          return violated(
            name,
            message,
            hurt.slice(0, 20).flatMap(({ witness }) => witness),
          );
        },
        premises: () => ended.length + open.size,
      };
    },
  });
}
