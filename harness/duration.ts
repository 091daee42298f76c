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
