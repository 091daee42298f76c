/** Durations as people write them: `250` (ms), `'250ms'`, `'20s'`, `'1.5m'`, `'2h'`, `'3d'`. */
import { SeedstormError } from '../sim/kernel/errors.ts';

export type Duration = number | `${number}ms` | `${number}s` | `${number}m` | `${number}h` | `${number}d`;

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * Milliseconds of a duration.
 * @throws SeedstormError `E_INPUT` for anything that is not a duration of zero or more
 */
export function milliseconds(duration: Duration | string): number {
  const text = String(duration).trim();
  const parts = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)?$/.exec(text);
  if (parts === null) {
    throw new SeedstormError(
      'E_INPUT',
      `"${text}" is not a duration. Write 250, "250ms", "20s", "1.5m", "2h" or "3d".`,
    );
  }
  return Number(parts[1]) * unitMs[parts[2] ?? 'ms']!;
}

/** A number of milliseconds in words: `250 ms`, `8 s`, `12.5 s`, `15 min`, `36 h`, `5 d`; at most three decimals. */
export function durationText(ms: number): string {
  const size = Math.abs(ms);
  if (size < 1000) return `${plainNumber(ms)} ms`;
  if (size < 600_000) return `${plainNumber(ms / 1000)} s`;
  if (size < 7_200_000) return `${plainNumber(ms / 60_000)} min`;
  if (size < 259_200_000) return `${plainNumber(ms / 3_600_000)} h`;
  return `${plainNumber(ms / 86_400_000)} d`;
}

/** A true time in µs as a person reads it: `12.345 s`. */
export function timeText(atMicros: number): string {
  return `${plainNumber(atMicros / 1e6)} s`;
}

function plainNumber(value: number): string {
  return String(Math.round(value * 1000) / 1000);
}
