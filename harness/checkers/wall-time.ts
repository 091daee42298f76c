/**
 * Wall time of a zone to instants. The zone's rules come from the ICU of the harness; an instant is found by asking which local time the
 * candidates around it show, so that gaps and overlaps need no rule of their own.
 */

export interface WallTimeOptions {
  readonly zone: string;
  /** `HH:MM` or `HH:MM:SS`. */
  readonly wall: string;
  /** Days of the week, 0 is Sunday; undefined is all. */
  readonly days: readonly number[] | undefined;
  readonly gap: 'skip' | 'later';
  readonly overlap: 'first' | 'second' | 'both';
  /** Unix times in ms: from (inclusive) until (exclusive). */
  readonly fromMs: number;
  readonly untilMs: number;
}

const dayMs = 86_400_000;
const formats = new Map<string, Intl.DateTimeFormat>();

/** The instants at which the wall shows the time, day by day, in order. */
export function wallInstants(options: WallTimeOptions): readonly number[] {
  const { zone, fromMs, untilMs, days } = options;
  const [hour = 0, minute = 0, second = 0] = options.wall.split(':').map(Number);
  const ofDay = ((hour * 60 + minute) * 60 + second) * 1000;
  const instants: number[] = [];
  // Local dates, as midnights of UTC; one more on either side, since zones are up to 14 h off.
  for (let date = floorDay(fromMs) - dayMs; date <= untilMs + dayMs; date += dayMs) {
    if (days !== undefined && !days.includes(new Date(date).getUTCDay())) continue;
    for (const instant of instantsOf(date + ofDay, zone, options)) {
      if (instant >= fromMs && instant < untilMs) instants.push(instant);
    }
  }
  return instants;
}

/** Local date of an instant: `2026-03-29`. */
export function localDate(instantMs: number, zone: string): string {
  return new Date(instantMs + offsetMs(instantMs, zone)).toISOString().slice(0, 10);
}

/** Instants that show a local time, given as if it were UTC. */
function instantsOf(local: number, zone: string, { gap, overlap }: WallTimeOptions): readonly number[] {
  // Offsets shortly before and after cover any change near the local time.
  const offsets = new Set([offsetMs(local - dayMs, zone), offsetMs(local + dayMs, zone)]);
  const shown = [...offsets]
    .map((offset) => local - offset)
    .filter((instant) => instant + offsetMs(instant, zone) === local)
    .sort((a, b) => a - b);
  if (shown.length === 0) {
    // In a gap: the offset from before it puts the instant as long after the gap's begin as the time lies in the gap.
    return gap === 'later' ? [local - offsetMs(local - dayMs, zone)] : [];
  }
  if (shown.length === 1 || overlap === 'both') return shown;
  return [overlap === 'first' ? shown[0]! : shown[1]!];
}

/** What the zone adds to UTC at an instant. */
function offsetMs(instantMs: number, zone: string): number {
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formats.set(zone, format);
  }
  const part: Record<string, number> = {};
  for (const { type, value } of format.formatToParts(instantMs)) part[type] = Number(value);
  const local = Date.UTC(part.year!, part.month! - 1, part.day!, part.hour!, part.minute!, part.second!);
  return local - Math.floor(instantMs / 1000) * 1000;
}

function floorDay(ms: number): number {
  return Math.floor(ms / dayMs) * dayMs;
}
