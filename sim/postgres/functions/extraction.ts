/** EXTRACT, date_part and date_trunc. EXTRACT gives exact numbers with the server's scales, date_part the same as a double. */
import {
  civilFromDays,
  dayOfWeek,
  daysFromCivil,
  epochDays,
  type Fields,
  fieldsFromMicros,
  isoWeek,
  julianOf2000,
  microsFromFields,
  microsPerDay,
} from '../types/calendar.ts';
import type { CallContext, Datum, Interval, Numeric, TimeTz } from '../types/datum.ts';
import { pgError } from '../types/errors.ts';
import { makeInterval } from '../types/interval.ts';
import {
  add,
  divide,
  finite,
  fromBigInt,
  fromInteger,
  numericInfinity,
  numericMinusInfinity,
  toFloat,
} from '../types/numeric.ts';
import { sessionZone } from '../types/session-zone.ts';
import type { Zone } from '../types/timezone.ts';
import { namedZone } from './datetime.ts';
import { checkedMoment, midnightOf } from './datetime-arithmetic.ts';
import type { Implementation } from './implementation.ts';

type Unit =
  | 'microseconds'
  | 'milliseconds'
  | 'second'
  | 'minute'
  | 'hour'
  | 'day'
  | 'week'
  | 'month'
  | 'quarter'
  | 'year'
  | 'decade'
  | 'century'
  | 'millennium'
  | 'julian'
  | 'isoyear'
  | 'dow'
  | 'isodow'
  | 'doy'
  | 'epoch'
  | 'timezone'
  | 'timezone_hour'
  | 'timezone_minute';

const spellings: Record<Unit, string> = {
  microseconds: 'microsecon us usec usecs usecond useconds',
  milliseconds: 'millisecon ms msec msecs msecond mseconds',
  second: 's sec secs second seconds',
  minute: 'm min mins minute minutes mm',
  hour: 'h hr hrs hour hours',
  day: 'd day days',
  week: 'w week weeks',
  month: 'mon mons month months',
  quarter: 'qtr quarter',
  year: 'y yr yrs year years',
  decade: 'dec decs decade decades',
  century: 'c cent century centuries',
  millennium: 'mil mils millennia millennium',
  julian: 'j jd julian',
  isoyear: 'isoyear',
  dow: 'dow',
  isodow: 'isodow',
  doy: 'doy',
  epoch: 'epoch',
  timezone: 'timezone',
  timezone_hour: 'timezone_h',
  timezone_minute: 'timezone_m',
};
const units = new Map<string, Unit>();
for (const [unit, words] of Object.entries(spellings))
  for (const word of words.split(' ')) units.set(word, unit as Unit);

function unitOf(text: string): Unit | undefined {
  return units.get(text.toLowerCase().slice(0, 10));
}

const unknownUnit = (text: string, type: string): Error =>
  pgError('22023', `unit "${text.toLowerCase()}" not recognized for type ${type}`);
const unsupportedUnit = (text: string, type: string): Error =>
  pgError('0A000', `unit "${text.toLowerCase()}" not supported for type ${type}`);

function requireUnit(text: string, type: string): Unit {
  const unit = unitOf(text);
  if (unit === undefined) throw unknownUnit(text, type);
  return unit;
}

const whole = fromInteger;
const decadeOf = (year: number): number => (year >= 0 ? Math.trunc(year / 10) : -Math.trunc((8 - (year - 1)) / 10));
const centuryOf = (year: number): number =>
  year > 0 ? Math.trunc((year + 99) / 100) : -Math.trunc((99 - (year - 1)) / 100);
const millenniumOf = (year: number): number =>
  year > 0 ? Math.trunc((year + 999) / 1000) : -Math.trunc((999 - (year - 1)) / 1000);
/** There is no year 0 to the outside. */
const shownYear = (year: number): number => (year > 0 ? year : year - 1);

/** A part of a calendar date; null when the unit is of another kind. */
function datePart(unit: Unit, year: number, month: number, days: number): number | null {
  switch (unit) {
    case 'month':
      return month;
    case 'quarter':
      return Math.floor((month - 1) / 3) + 1;
    case 'week':
      return isoWeek(days).week;
    case 'year':
      return shownYear(year);
    case 'isoyear': {
      const iso = isoWeek(days).year;
      return shownYear(iso);
    }
    case 'decade':
      return decadeOf(year);
    case 'century':
      return centuryOf(year);
    case 'millennium':
      return millenniumOf(year);
    case 'dow':
      return dayOfWeek(days);
    case 'isodow':
      return dayOfWeek(days) || 7;
    case 'doy':
      return days - daysFromCivil(year, 1, 1) + 1;
    default:
      return null;
  }
}

/** A part of a clock time in microseconds; null when the unit is of another kind. */
function clockPart(unit: Unit, micros: number): Numeric | null {
  const inMinute = micros % 60_000_000;
  switch (unit) {
    case 'microseconds':
      return whole(inMinute);
    case 'milliseconds':
      return finite(BigInt(inMinute), 3);
    case 'second':
      return finite(BigInt(inMinute), 6);
    case 'minute':
      return whole(Math.trunc(micros / 60_000_000) % 60);
    case 'hour':
      return whole(Math.trunc(micros / 3_600_000_000));
    default:
      return null;
  }
}

function zonePart(unit: Unit, offsetSeconds: number): Numeric | null {
  switch (unit) {
    case 'timezone':
      return whole(offsetSeconds);
    case 'timezone_hour':
      return whole(Math.trunc(offsetSeconds / 3600));
    case 'timezone_minute':
      return whole(Math.trunc((offsetSeconds % 3600) / 60));
    default:
      return null;
  }
}

const growing = new Set<Unit>(['year', 'decade', 'century', 'millennium', 'julian', 'isoyear', 'epoch']);

function momentPart(text: string, micros: number, zone: Zone | null, type: string): Numeric | null {
  const unit = requireUnit(text, type);
  if (zone === null && unit.startsWith('timezone')) throw unsupportedUnit(text, type);
  if (!Number.isFinite(micros)) {
    if (growing.has(unit)) return micros > 0 ? numericInfinity : numericMinusInfinity;
    return null;
  }
  if (unit === 'epoch') return finite(BigInt(micros), 6);
  const offset = zone === null ? 0 : zone.at(Math.floor(micros / 1_000_000)).offsetSeconds;
  const zonedPart = zonePart(unit, offset);
  if (zonedPart !== null) return zonedPart;
  const local = micros + offset * 1_000_000;
  const { year, month, day } = fieldsFromMicros(local);
  const clock = local - Math.floor(local / microsPerDay) * microsPerDay;
  if (unit === 'day') return whole(day);
  const days = daysFromCivil(year, month, day);
  if (unit === 'julian') {
    return add(whole(days + julianOf2000), divide(fromBigInt(BigInt(clock)), fromBigInt(BigInt(microsPerDay))));
  }
  const inDate = datePart(unit, year, month, days);
  return inDate !== null ? whole(inDate) : clockPart(unit, clock);
}

function dateOnlyPart(text: string, days: number): Numeric | null {
  const unit = requireUnit(text, 'date');
  if (!Number.isFinite(days)) {
    if (growing.has(unit)) return days > 0 ? numericInfinity : numericMinusInfinity;
    if (unit === 'day' || datePart(unit, 2000, 1, 0) !== null) return null;
    throw unsupportedUnit(text, 'date');
  }
  const { year, month, day } = civilFromDays(days);
  if (unit === 'day') return whole(day);
  if (unit === 'julian') return whole(days + julianOf2000);
  if (unit === 'epoch') return fromBigInt(BigInt(days + epochDays) * 86400n);
  const part = datePart(unit, year, month, days);
  if (part === null) throw unsupportedUnit(text, 'date');
  return whole(part);
}

function intervalPart(text: string, value: Interval): Numeric {
  const unit = requireUnit(text, 'interval');
  const years = Math.trunc(value.months / 12);
  switch (unit) {
    case 'day':
      return whole(value.days);
    case 'month':
      return whole(value.months % 12);
    case 'quarter':
      return whole(Math.trunc((value.months % 12) / 3) + 1);
    case 'year':
      return whole(years);
    case 'decade':
      return whole(Math.trunc(years / 10));
    case 'century':
      return whole(Math.trunc(years / 100));
    case 'millennium':
      return whole(Math.trunc(years / 1000));
    case 'epoch': {
      // A year counts 365.25 days here, and a month 30.
      const days = BigInt(years) * 1461n * 6n + (BigInt(value.months % 12) * 30n + BigInt(value.days)) * 24n;
      return finite(days * 3600n * 1_000_000n + BigInt(value.micros), 6);
    }
    default: {
      const part = clockPart(unit, value.micros);
      if (part === null) throw unsupportedUnit(text, 'interval');
      return part;
    }
  }
}

function timePart(text: string, micros: number, offsetSeconds: number | null, type: string): Numeric {
  const unit = requireUnit(text, type);
  if (unit === 'epoch') return finite(BigInt(micros - (offsetSeconds ?? 0) * 1_000_000), 6);
  const part = clockPart(unit, micros) ?? (offsetSeconds === null ? null : zonePart(unit, offsetSeconds));
  if (part === null) throw unsupportedUnit(text, type);
  return part;
}

/** The start of the unit a moment is in. Smaller units than a day keep the offset they were in. */
function truncateFields(unit: Unit, f: Fields): Fields | null {
  const { year, month, day, hour, minute } = f;
  const at = (y: number, m: number, d: number): Fields => ({
    year: y,
    month: m,
    day: d,
    hour: 0,
    minute: 0,
    second: 0,
    micros: 0,
  });
  switch (unit) {
    case 'microseconds':
      return f;
    case 'milliseconds':
      return { ...f, micros: Math.floor(f.micros / 1000) * 1000 };
    case 'second':
      return { ...f, micros: 0 };
    case 'minute':
      return { year, month, day, hour, minute, second: 0, micros: 0 };
    case 'hour':
      return { year, month, day, hour, minute: 0, second: 0, micros: 0 };
    case 'day':
      return at(year, month, day);
    case 'week': {
      const days = daysFromCivil(year, month, day);
      const monday = civilFromDays(days - ((dayOfWeek(days) + 6) % 7));
      return at(monday.year, monday.month, monday.day);
    }
    case 'month':
      return at(year, month, 1);
    case 'quarter':
      return at(year, Math.floor((month - 1) / 3) * 3 + 1, 1);
    case 'year':
      return at(year, 1, 1);
    case 'decade':
      return at(year > 0 ? Math.trunc(year / 10) * 10 : -Math.trunc((8 - (year - 1)) / 10) * 10, 1, 1);
    case 'century':
      return at(year > 0 ? centuryOf(year) * 100 - 99 : centuryOf(year) * 100 + 1, 1, 1);
    case 'millennium':
      return at(year > 0 ? millenniumOf(year) * 1000 - 999 : millenniumOf(year) * 1000 + 1, 1, 1);
    default:
      return null;
  }
}

const untruncatable = new Set<Unit>(['dow', 'isodow', 'doy', 'isoyear', 'epoch', 'julian']);

/** date_trunc does not even know the words that are no spans of time. */
function requireTruncation(text: string, type: string): Unit {
  const unit = requireUnit(text, type);
  if (untruncatable.has(unit)) throw unknownUnit(text, type);
  return unit;
}

const keepsOffset = new Set<Unit>(['microseconds', 'milliseconds', 'second', 'minute', 'hour']);

function truncateMoment(text: string, micros: number, zone: Zone | null): number {
  const type = zone === null ? 'timestamp without time zone' : 'timestamp with time zone';
  if (!Number.isFinite(micros)) return micros;
  const unit = requireTruncation(text, type);
  const offset = zone === null ? 0 : zone.at(Math.floor(micros / 1_000_000)).offsetSeconds;
  const fields = truncateFields(unit, fieldsFromMicros(micros + offset * 1_000_000));
  if (fields === null) throw unsupportedUnit(text, type);
  const local = microsFromFields(fields);
  if (zone === null) return checkedMoment(local);
  const newOffset = keepsOffset.has(unit) ? offset : zone.offsetOfLocal(Math.floor(local / 1_000_000));
  return checkedMoment(local - newOffset * 1_000_000);
}

const intervalSteps: Partial<Record<Unit, number>> = {
  milliseconds: 1000,
  second: 1_000_000,
  minute: 60_000_000,
  hour: 3_600_000_000,
};
const monthSteps: Partial<Record<Unit, number>> = {
  month: 1,
  quarter: 3,
  year: 12,
  decade: 120,
  century: 1200,
  millennium: 12000,
};

function truncateInterval(text: string, value: Interval): Interval {
  const unit = requireTruncation(text, 'interval');
  if (unit === 'microseconds') return value;
  const step = intervalSteps[unit];
  if (step !== undefined) return makeInterval(value.months, value.days, Math.trunc(value.micros / step) * step);
  if (unit === 'day') return makeInterval(value.months, value.days, 0);
  const months = monthSteps[unit];
  if (months !== undefined) return makeInterval(Math.trunc(value.months / months) * months, 0, 0);
  if (unit === 'week') {
    throw pgError('0A000', 'unit "week" not supported for type interval', {
      detail: 'Months usually have fractional weeks.',
    });
  }
  throw unsupportedUnit(text, 'interval');
}

const str = (datum: Datum | undefined): string => datum as string;
const num = (datum: Datum | undefined): number => datum as number;

type Part = (a: readonly Datum[], context: CallContext) => Numeric | null;
const parts: Record<string, Part> = {
  timestamp: (a) => momentPart(str(a[0]), num(a[1]), null, 'timestamp without time zone'),
  timestamptz: (a, context) => momentPart(str(a[0]), num(a[1]), sessionZone(context), 'timestamp with time zone'),
  interval: (a) => intervalPart(str(a[0]), a[1] as Interval),
  time: (a) => timePart(str(a[0]), num(a[1]), null, 'time without time zone'),
  timetz: (a) => timePart(str(a[0]), (a[1] as TimeTz).micros, -(a[1] as TimeTz).zoneSeconds, 'time with time zone'),
};

export const extraction: Record<string, Implementation> = {
  extract_date: (a) => dateOnlyPart(str(a[0]), num(a[1])),
  'sql:date_part(text,date)': (a) => {
    const part = momentPart(str(a[0]), midnightOf(num(a[1])), null, 'timestamp without time zone');
    return part === null ? null : toFloat(part);
  },
  timestamp_trunc: (a) => truncateMoment(str(a[0]), num(a[1]), null),
  timestamptz_trunc: (a, context) => truncateMoment(str(a[0]), num(a[1]), sessionZone(context)),
  timestamptz_trunc_zone: (a) => truncateMoment(str(a[0]), num(a[1]), namedZone(str(a[2]))),
  interval_trunc: (a) => truncateInterval(str(a[0]), a[1] as Interval),
};
/** date_part adds the zone in doubles, where extract is exact. */
function timetzEpoch(a: readonly Datum[]): number | null {
  const value = a[1] as TimeTz;
  return unitOf(str(a[0])) === 'epoch' ? value.micros / 1_000_000 + value.zoneSeconds : null;
}

for (const [type, part] of Object.entries(parts)) {
  extraction[`extract_${type}`] = part;
  extraction[`${type}_part`] = (a, context) => {
    const epoch = type === 'timetz' ? timetzEpoch(a) : null;
    if (epoch !== null) return epoch;
    const value = part(a, context);
    return value === null ? null : toFloat(value);
  };
}
