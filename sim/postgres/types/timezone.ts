/**
 * Time zones: offsets of IANA zones taken from the real Intl with explicit zone and instant, so nothing here depends on the host's zone or clock.
 * Each zone remembers the intervals of constant offset it has found. Source of the local-time rule: DetermineTimeZoneOffset of the server
 * (a skipped hour is read with the offset before the change, a repeated one with the offset after it).
 * Differs: abbreviations of past decades are those the zone has today for the same offset, so to_char's TZ says EST where the server may say EWT.
 */
import { abbreviationRows } from './rows/abbreviation-rows.ts';

/** Seconds east of UTC and what the clocks are called then. */
export interface ZoneMoment {
  readonly offsetSeconds: number;
  readonly abbreviation: string;
}

export interface Zone {
  readonly name: string;
  /** True when the offset never changes. */
  readonly isFixed: boolean;
  /** What holds at an instant, in seconds since 1970. */
  at(unixSeconds: number): ZoneMoment;
  /** The offset to read a local time with, given in seconds as if it were UTC. */
  offsetOfLocal(localSeconds: number): number;
}

class FixedZone implements Zone {
  readonly name: string;
  readonly isFixed = true;
  readonly #moment: ZoneMoment;

  constructor(name: string, offsetSeconds: number, abbreviation: string) {
    this.name = name;
    this.#moment = { offsetSeconds, abbreviation };
  }

  at(): ZoneMoment {
    return this.#moment;
  }

  offsetOfLocal(): number {
    return this.#moment.offsetSeconds;
  }
}

interface Span {
  /** First second of the span, and the first one after it. */
  start: number;
  end: number;
  offsetSeconds: number;
  abbreviation: string;
}

const daySeconds = 86400;
/** Shorter than any real period of constant offset, so that a step never jumps over one. */
const probeSeconds = 7 * daySeconds;
const probesMax = 30;
/** Before it every zone keeps its local mean time. */
const earliest = -5364662400;
/** The calendar repeats after 400 years, and rules do not change after the last known one. */
const cycleSeconds = 12622780800;
const latest = 13569465600;

const englishLocales = ['en-US', 'en-GB', 'en-CA', 'en-AU', 'en-NZ', 'en-IN', 'en-ZA'];

/** Abbreviations of the IANA data; ICU invents others (LHDT), where IANA has numbers. */
const ianaAbbreviations = new Set(
  (
    'UTC GMT WET WEST CET CEST EET EEST MSK BST IST EST EDT CST CDT MST MDT PST PDT AKST AKDT HST HDT AST ADT NST NDT SST ChST ' +
    'AEST AEDT ACST ACDT AWST NZST NZDT SAST EAT WAT CAT JST KST HKT PKT WIB WITA WIT'
  ).split(' '),
);

/** Names that the IANA data has and no English locale of ICU shows. */
const otherAbbreviations: Record<string, string> = {
  'Asia/Tokyo': 'JST',
  'Asia/Seoul': 'KST',
  'Asia/Shanghai': 'CST',
  'Asia/Hong_Kong': 'HKT',
  'Asia/Taipei': 'CST',
  'Asia/Macau': 'CST',
  'Asia/Manila': 'PST',
  'Asia/Karachi': 'PKT',
  'Asia/Jakarta': 'WIB',
  'Asia/Pontianak': 'WIB',
  'Asia/Makassar': 'WITA',
  'Asia/Jayapura': 'WIT',
  'Europe/Moscow': 'MSK',
  'Europe/Simferopol': 'MSK',
  'Africa/Nairobi': 'EAT',
  'Africa/Lagos': 'WAT',
  'Africa/Maputo': 'CAT',
};

class IntlZone implements Zone {
  readonly name: string;
  readonly isFixed = false;
  readonly #format: Intl.DateTimeFormat;
  readonly #spans: Span[] = [];
  #last: Span | null = null;

  constructor(name: string, format: Intl.DateTimeFormat) {
    this.name = name;
    this.#format = format;
  }

  at(unixSeconds: number): ZoneMoment {
    let seconds = Math.floor(unixSeconds);
    if (seconds < earliest) seconds = earliest;
    else if (seconds > latest) seconds -= Math.ceil((seconds - latest) / cycleSeconds) * cycleSeconds;
    const last = this.#last;
    if (last !== null && seconds >= last.start && seconds < last.end) return last;
    let span = this.#find(seconds);
    if (span === null) {
      span = this.#explore(seconds);
      this.#insert(span);
    }
    this.#last = span;
    return span;
  }

  offsetOfLocal(localSeconds: number): number {
    const before = this.at(localSeconds - daySeconds).offsetSeconds;
    const after = this.at(localSeconds + daySeconds).offsetSeconds;
    if (before === after && this.at(localSeconds - before).offsetSeconds === before) return before;
    const isBeforeRight = this.at(localSeconds - before).offsetSeconds === before;
    const isAfterRight = this.at(localSeconds - after).offsetSeconds === after;
    if (isBeforeRight && !isAfterRight) return before;
    if (isAfterRight && !isBeforeRight) return after;
    // Both in a repeated hour, neither in a skipped one.
    return isAfterRight ? after : before;
  }

  #find(seconds: number): Span | null {
    let low = 0;
    let high = this.#spans.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const span = this.#spans[middle]!;
      if (seconds < span.start) high = middle - 1;
      else if (seconds >= span.end) low = middle + 1;
      else return span;
    }
    return null;
  }

  #insert(span: Span): void {
    const at = this.#spans.findIndex((other) => other.start > span.start);
    if (at < 0) this.#spans.push(span);
    else this.#spans.splice(at, 0, span);
  }

  /** The span around an instant, as far as a bounded number of probes shows. */
  #explore(seconds: number): Span {
    const offsetSeconds = this.#offset(seconds);
    let start = seconds;
    for (let n = 0; n < probesMax; n++) {
      const next = start - probeSeconds;
      if (this.#find(next) !== null || this.#offset(next) !== offsetSeconds) {
        start = this.#boundary(next, start, offsetSeconds);
        break;
      }
      start = next;
    }
    let end = seconds;
    for (let n = 0; n < probesMax; n++) {
      const next = end + probeSeconds;
      if (this.#find(next) !== null || this.#offset(next) !== offsetSeconds) {
        end = this.#boundary(next, end, offsetSeconds) + 1;
        break;
      }
      end = next;
    }
    if (end === seconds) end = seconds + 1;
    return { start, end, offsetSeconds, abbreviation: this.#abbreviation(seconds, offsetSeconds) };
  }

  /** The last second before `outside` (seen from `inside`) that has the offset and belongs to no known span. */
  #boundary(outside: number, inside: number, offsetSeconds: number): number {
    let bad = outside;
    let good = inside;
    while (Math.abs(bad - good) > 1) {
      const middle = Math.floor((bad + good) / 2);
      if (this.#find(middle) === null && this.#offset(middle) === offsetSeconds) good = middle;
      else bad = middle;
    }
    return good;
  }

  #offset(seconds: number): number {
    const parts = this.#format.formatToParts(seconds * 1000);
    let year = 0;
    let month = 0;
    let day = 0;
    let hour = 0;
    let minute = 0;
    let second = 0;
    for (const part of parts) {
      if (part.type === 'year') year = Number(part.value);
      else if (part.type === 'month') month = Number(part.value);
      else if (part.type === 'day') day = Number(part.value);
      else if (part.type === 'hour') hour = Number(part.value);
      else if (part.type === 'minute') minute = Number(part.value);
      else if (part.type === 'second') second = Number(part.value);
    }
    return Date.UTC(year, month - 1, day, hour, minute, second) / 1000 - seconds;
  }

  #abbreviation(seconds: number, offsetSeconds: number): string {
    // Only local mean time has odd seconds.
    if (offsetSeconds % 60 !== 0) return 'LMT';
    const shown = this.#englishName(seconds) ?? this.#modernName(offsetSeconds);
    return shown ?? otherAbbreviations[this.name] ?? formatNumericAbbreviation(offsetSeconds);
  }

  #englishName(seconds: number): string | null {
    for (const locale of englishLocales) {
      const part = new Intl.DateTimeFormat(locale, { timeZone: this.name, timeZoneName: 'short' })
        .formatToParts(seconds * 1000)
        .find((candidate) => candidate.type === 'timeZoneName');
      if (part !== undefined && ianaAbbreviations.has(part.value)) return part.value;
    }
    return null;
  }

  /** ICU names only recent decades; the same offset of the same zone had the same name before. */
  #modernName(offsetSeconds: number): string | null {
    for (const instant of modernInstants)
      if (this.#offset(instant) === offsetSeconds) return this.#englishName(instant);
    return null;
  }
}

/** A January and a July of the year 2000. */
const modernInstants = [947_000_000, 962_500_000];

function formatNumericAbbreviation(offsetSeconds: number): string {
  const size = Math.abs(offsetSeconds);
  const hours = String(Math.floor(size / 3600)).padStart(2, '0');
  const minutes = Math.floor(size / 60) % 60;
  return `${offsetSeconds < 0 ? '-' : '+'}${hours}${minutes === 0 ? '' : String(minutes).padStart(2, '0')}`;
}

const zones = new Map<string, Zone | null>();
export const utc: Zone = new FixedZone('UTC', 0, 'UTC');

/** A zone at a constant distance east of UTC; the name is what SHOW TimeZone prints for it. */
export function fixedZone(offsetSeconds: number): Zone {
  const text = formatNumericAbbreviation(offsetSeconds);
  return new FixedZone(`<${text}>${formatNumericAbbreviation(-offsetSeconds)}`, offsetSeconds, text);
}

/** A POSIX zone without rules, such as UTC+3 or <+05>-5: there the sign counts west. */
function posixZone(name: string): Zone | null {
  const match = /^(?:<([A-Za-z0-9+-]+)>|([A-Za-z]*))([+-]?)(\d{1,3})(?::(\d{1,2})(?::(\d{1,2}))?)?$/.exec(name);
  if (match === null) return null;
  const size = Number(match[4]) * 3600 + Number(match[5] ?? 0) * 60 + Number(match[6] ?? 0);
  if (size > 167 * 3600) return null;
  return new FixedZone(name, match[3] === '-' ? size : size === 0 ? 0 : -size, match[1] ?? match[2]!);
}

/** A zone by IANA name in any case, or a POSIX specification; null when there is none. Abbreviations are zoneOfAbbreviation's. */
export function zoneByName(name: string): Zone | null {
  const known = zones.get(name);
  if (known !== undefined) return known;
  const zone = makeZone(name);
  zones.set(name, zone);
  return zone;
}

function makeZone(name: string): Zone | null {
  const upper = name.toUpperCase();
  if (upper === 'UTC' || upper === 'ETC/UTC' || upper === 'UCT' || upper === 'ZULU' || upper === 'ETC/ZULU') return utc;
  if (upper === 'GMT' || upper === 'ETC/GMT') return new FixedZone('GMT', 0, 'GMT');
  if (/^[A-Za-z]/.test(name)) {
    try {
      const format = new Intl.DateTimeFormat('en-US', {
        timeZone: name,
        calendar: 'iso8601',
        numberingSystem: 'latn',
        hourCycle: 'h23',
        year: 'numeric',
        month: 'numeric',
        day: 'numeric',
        hour: 'numeric',
        minute: 'numeric',
        second: 'numeric',
      });
      return new IntlZone(canonicalName(name), format);
    } catch {
      // Not an IANA name; it may be a POSIX one.
    }
  }
  return posixZone(name);
}

/** IANA spelling for a name in any case, as the server shows it after SET TimeZone. */
function canonicalName(name: string): string {
  const lower = name.toLowerCase();
  for (const known of Intl.supportedValuesOf('timeZone')) if (known.toLowerCase() === lower) return known;
  return name;
}

/**
 * A zone from a setting or an argument: `Europe/Berlin`, `+02:00`-like numbers count hours east.
 * Null when unknown.
 */
export function zoneOfSetting(value: string): Zone | null {
  const number = /^[+-]?\d+(\.\d+)?$/.test(value.trim()) ? Number(value) : Number.NaN;
  if (!Number.isNaN(number)) return Math.abs(number) > 168 ? null : fixedZone(Math.round(number * 3600));
  return zoneByName(value);
}

interface Abbreviation {
  readonly offsetSeconds: number;
  readonly zoneName: string | null;
  readonly isDaylight: boolean;
}

let abbreviations: Map<string, Abbreviation> | null = null;

function abbreviationTable(): Map<string, Abbreviation> {
  if (abbreviations === null) {
    abbreviations = new Map();
    for (const line of abbreviationRows.split('\n')) {
      const [word, value, flag] = line.split(';') as [string, string, string];
      const offset = Number(value);
      abbreviations.set(word.toLowerCase(), {
        offsetSeconds: Number.isNaN(offset) ? 0 : offset,
        zoneName: Number.isNaN(offset) ? value : null,
        isDaylight: flag === 'D',
      });
    }
  }
  return abbreviations;
}

/** What an abbreviation means, in any case; a zone when its meaning changed over the years. Null when unknown. */
export function zoneOfAbbreviation(word: string): Zone | null {
  const entry = abbreviationTable().get(word.toLowerCase());
  if (entry === undefined) return null;
  if (entry.zoneName !== null) return zoneByName(entry.zoneName);
  return new FixedZone(word.toUpperCase(), entry.offsetSeconds, word.toUpperCase());
}
