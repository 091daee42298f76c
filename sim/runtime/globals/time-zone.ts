/**
 * Offsets of IANA zones, from the real Intl with explicit zone and explicit instants, so that nothing of the host leaks in.
 * Cached by quarter of an hour: no zone has changed its offset at any other instant since 1972.
 */
/** Taken at load: while a process is current, the bare names are its own. */
const RealDate = Date;
const RealFormat = Intl.DateTimeFormat;
const QUARTER_MS = 900_000;

export class ZoneOffsets {
  readonly zone: string;
  readonly #format: Intl.DateTimeFormat;
  readonly #cache = new Map<number, number>();

  /** Throws a RangeError for a zone that does not exist. */
  constructor(zone: string) {
    this.zone = zone;
    this.#format = new RealFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      era: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  }

  /** Local time less UTC at an instant, in ms. */
  at(utcMillis: number): number {
    const quarter = Math.floor(utcMillis / QUARTER_MS);
    let offset = this.#cache.get(quarter);
    if (offset === undefined) {
      offset = this.#compute(quarter * QUARTER_MS);
      if (this.#cache.size > 10_000) this.#cache.clear();
      this.#cache.set(quarter, offset);
    }
    return offset;
  }

  /**
   * The instant of a local time given as if it were UTC. A time that a jump forward skips is read with the offset before the jump, an
   * ambiguous one is its first occurrence: the rules of ECMA-262, UTC(t).
   */
  toUtc(localMillis: number): number {
    const before = this.at(localMillis - 86_400_000);
    const candidate = localMillis - before;
    if (this.at(candidate) === before) return candidate;
    const after = this.at(localMillis + 86_400_000);
    const other = localMillis - after;
    return this.at(other) === after ? other : candidate;
  }

  #compute(utcMillis: number): number {
    const part: Record<string, string> = {};
    for (const { type, value } of this.#format.formatToParts(utcMillis)) part[type] = value;
    const year = part['era'] === 'BC' ? 1 - Number(part['year']) : Number(part['year']);
    const local = new RealDate(0);
    local.setUTCFullYear(year, Number(part['month']) - 1, Number(part['day']));
    local.setUTCHours(Number(part['hour']), Number(part['minute']), Number(part['second']));
    return local.getTime() - utcMillis;
  }
}
