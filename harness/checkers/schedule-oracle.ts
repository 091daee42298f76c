/**
 * C19: a schedule in local wall time fires at the instants at which it should, once each, also on the days when the clocks change. The
 * expected instants are computed here, from the zone's rules, independently of any library that a subject uses.
 */
import { type Duration, durationText, milliseconds, timeText } from '../duration.ts';
import type { Checker } from './checker.ts';
import { firstOf, settleChecker, violated } from './define.ts';
import { type Effect, effectsIn } from './sources.ts';
import { localDate, wallInstants } from './wall-time.ts';

export interface ScheduleOracleOptions {
  /** IANA name of the zone. */
  readonly zone: string;
  /** Wall time of each day, `HH:MM` or `HH:MM:SS`. */
  readonly wall: string;
  /** Days of the week on which it fires, 0 is Sunday; default all. */
  readonly days?: readonly number[];
  /** A wall time that does not exist on a day: not at all, or as long after the gap's begin as it would be; default `skip`. */
  readonly gap?: 'skip' | 'later';
  /** A wall time that exists twice: the first, the second, or both; default `first`. */
  readonly overlap?: 'first' | 'second' | 'both';
  /** Time after the instant within which the effect must come; default 60 s. */
  readonly within?: Duration;
  /** Date at true time zero, as in the scenario; default 2026-01-01T00:00:00Z. */
  readonly epoch?: string;
  /** Only effects whose key begins so belong to this schedule; default all of the ledger. */
  readonly prefix?: string;
  readonly settle?: Duration;
}

/**
 * The ledger has exactly one effect within `within` of each expected instant of the run, and no other.
 * @param ledger name of the ledger
 * Premises: expected instants.
 * @example invariant.scheduleOracle('mailer', { zone: 'Europe/Berlin', wall: '02:30', gap: 'later', overlap: 'first' })
 */
export function scheduleOracle(ledger: string, options: ScheduleOracleOptions): Checker {
  const { zone, wall, days, gap = 'skip', overlap = 'first', within = '60s', prefix = '', settle } = options;
  const epochMs = Date.parse(options.epoch ?? '2026-01-01T00:00:00Z');
  const withinMs = milliseconds(within);
  const name = `scheduleOracle(${ledger} at ${wall} ${zone})`;
  return settleChecker({
    id: 'C19',
    name,
    claim: `${ledger} gets one effect at ${wall} in ${zone} each day, within ${durationText(withinMs)}, and no other`,
    liveness: true,
    settle,
    start() {
      const effects: Effect[] = [];
      let expected = 0;
      return {
        record(record) {
          for (const effect of effectsIn(record, { from: ledger, table: undefined, by: undefined })) {
            if (effect.key.startsWith(prefix)) effects.push(effect);
          }
        },
        settle({ now }) {
          const untilMs = epochMs + now / 1000;
          // An instant whose time for the effect is not over yet is not judged.
          const instants = wallInstants({
            zone,
            wall,
            days,
            gap,
            overlap,
            fromMs: epochMs,
            untilMs: untilMs - withinMs,
          });
          expected = instants.length;
          const free = new Set(effects);
          for (const instant of instants) {
            const atMicros = (instant - epochMs) * 1000;
            const hits = [...free].filter(({ at }) => at >= atMicros && at <= atMicros + withinMs * 1000);
            const when = `${wall} of ${localDate(instant, zone)} in ${zone} (${new Date(instant).toISOString()}, ${timeText(atMicros)})`;
            if (hits.length === 0)
              return violated(
                name,
                `nothing came to ${ledger} at ${when}, nor in the ${durationText(withinMs)} after.`,
                [],
              );
            if (hits.length > 1) {
              return violated(
                name,
                `${hits.length} effects came to ${ledger} at ${when}: ${firstOf(hits.map(({ key }) => key))}.`,
                hits.map(({ seq }) => seq),
              );
            }
            free.delete(hits[0]!);
          }
          const late = [...free].find(({ at }) => at / 1000 + epochMs < untilMs - withinMs);
          if (late === undefined) return undefined;
          const at = new Date(epochMs + late.at / 1000).toISOString();
          return violated(
            name,
            `${late.key} came to ${ledger} at ${timeText(late.at)} (${at}), when nothing was due.`,
            [late.seq],
          );
        },
        premises: () => expected,
      };
    },
  });
}
