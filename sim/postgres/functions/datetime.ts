/** Operators and functions of dates, times and intervals: arithmetic, zones, make_*, now(), age(), overlaps. Parts are extraction.ts's. */
import {
  dateEnd,
  dateMin,
  dayOfWeek,
  daysFromCivil,
  daysInMonth,
  fieldsFromMicros,
  microsPerDay,
} from '../types/calendar.ts';
import { monthNames, pad2, weekdayNames } from '../types/datetime-format.ts';
import type { CallContext, Datum, Interval, TimeTz } from '../types/datum.ts';
import { invalidParameter, pgError, timeZoneUnknown } from '../types/errors.ts';
import { formatGeneral } from '../types/float.ts';
import { formatInterval, makeInterval } from '../types/interval.ts';
import { sessionZone } from '../types/session-zone.ts';
import { instantOfLocal, localOffset, localOfInstant, timetz } from '../types/timestamp.ts';
import { fixedZone, type Zone, zoneByName, zoneOfAbbreviation } from '../types/timezone.ts';
import { roundToEven } from './arithmetic.ts';
import {
  addIntervalToInstant,
  addIntervalToLocal,
  age,
  checkedMoment,
  dateOf,
  midnightOf,
  subtractIntervalFromInstant,
  subtractIntervalFromLocal,
  subtractMoments,
  timeOf,
} from './datetime-arithmetic.ts';
import type { Implementation } from './implementation.ts';
import {
  addIntervals,
  divideInterval,
  justifyDays,
  justifyHours,
  justifyInterval,
  multiplyInterval,
  negateInterval,
  subtractIntervals,
} from './interval-arithmetic.ts';

const num = (datum: Datum | undefined): number => datum as number;
const span = (datum: Datum | undefined): Interval => datum as Interval;
const zoned = (datum: Datum | undefined): TimeTz => datum as TimeTz;

function checkedDate(days: number): number {
  if (!Number.isFinite(days)) return days;
  if (days < dateMin || days >= dateEnd) throw pgError('22008', 'date out of range');
  return days;
}

/** A time of day modulo 24 hours. */
const wrapTime = (micros: number): number => micros - Math.floor(micros / microsPerDay) * microsPerDay;

/** The zone a text names: an abbreviation first, then a full name. */
export function namedZone(name: string): Zone {
  const zone = zoneOfAbbreviation(name) ?? zoneByName(name);
  if (zone === null) throw timeZoneUnknown(name);
  return zone;
}

function intervalZone(value: Interval, context: CallContext): Zone {
  if (value.months !== 0 || value.days !== 0) {
    const shown = formatInterval(value, context.intervalStyle);
    throw invalidParameter(`interval time zone "${shown}" must not include months or days`);
  }
  return fixedZone(Math.trunc(value.micros / 1_000_000));
}

/** The local moment of an instant in a zone. */
function localIn(zone: Zone, micros: number): number {
  if (!Number.isFinite(micros)) return micros;
  return checkedMoment(micros + zone.at(Math.floor(micros / 1_000_000)).offsetSeconds * 1_000_000);
}

function instantIn(zone: Zone, local: number): number {
  if (!Number.isFinite(local)) return local;
  return checkedMoment(local - zone.offsetOfLocal(Math.floor(local / 1_000_000)) * 1_000_000);
}

function rezone(value: TimeTz, offsetSeconds: number): TimeTz {
  const utc = value.micros + value.zoneSeconds * 1_000_000;
  return { micros: wrapTime(utc + offsetSeconds * 1_000_000), zoneSeconds: offsetSeconds === 0 ? 0 : -offsetSeconds };
}

function makeDate(year: number, month: number, day: number): number {
  const isBc = year < 0;
  const internal = isBc ? year + 1 : year;
  const isValid = year !== 0 && month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(internal, month);
  if (!isValid) throw pgError('22008', `date field value out of range: ${year}-${pad2(month)}-${pad2(day)}`);
  const days = daysFromCivil(internal, month, day);
  if (days < dateMin || days >= dateEnd)
    throw pgError('22008', `date out of range: ${year}-${pad2(month)}-${pad2(day)}`);
  return days;
}

function makeTime(hour: number, minute: number, seconds: number): number {
  const isValid = hour >= 0 && minute >= 0 && minute <= 59 && seconds >= 0 && seconds <= 60 && hour <= 24;
  const micros = (hour * 60 + minute) * 60_000_000 + roundToEven(seconds * 1_000_000);
  if (!isValid || micros > microsPerDay) {
    const shown = formatGeneral(seconds, 6).padStart(2, '0');
    throw pgError('22008', `time field value out of range: ${hour}:${pad2(minute)}:${shown}`);
  }
  return micros;
}

const makeLocal = (a: readonly Datum[]): number =>
  checkedMoment(midnightOf(makeDate(num(a[0]), num(a[1]), num(a[2]))) + makeTime(num(a[3]), num(a[4]), num(a[5])));

function zoneOfArgument(name: string): Zone {
  if (/^[+-]?\d/.test(name)) {
    const match = /^([+-])(\d{1,2})(?::?(\d{2}))?(?::?(\d{2}))?$/.exec(name);
    if (match === null) {
      if (/^\d/.test(name)) {
        throw invalidParameter(`invalid input syntax for type numeric time zone: "${name}"`, {
          hint: 'Numeric time zones must have "-" or "+" as first character.',
        });
      }
      throw invalidParameter(`invalid input syntax for type numeric time zone: "${name}"`);
    }
    const size = Number(match[2]) * 3600 + Number(match[3] ?? 0) * 60 + Number(match[4] ?? 0);
    if (size > 15 * 3600 + 3599) throw invalidParameter(`numeric time zone "${name}" out of range`);
    return fixedZone(match[1] === '-' ? -size : size);
  }
  return namedZone(name);
}

/** OVERLAPS over any comparable ends; nulls as the standard says. */
function overlaps(a: readonly Datum[], compare: (left: Datum, right: Datum) => number): boolean | null {
  const order = (left: Datum, right: Datum): [Datum, Datum] | null => {
    if (left === null) return right === null ? null : [right, null];
    if (right === null || compare(left, right) <= 0) return [left, right];
    return [right, left];
  };
  const first = order(a[0]!, a[1]!);
  const second = order(a[2]!, a[3]!);
  if (first === null || second === null) return null;
  const [start1, end1] = first;
  const [start2, end2] = second;
  const relation = compare(start1, start2);
  if (relation > 0) {
    if (end2 === null) return null;
    if (compare(start1, end2) < 0) return true;
    return end1 === null ? null : false;
  }
  if (relation < 0) {
    if (end1 === null) return null;
    if (compare(start2, end1) < 0) return true;
    return end2 === null ? null : false;
  }
  return end1 === null || end2 === null ? null : true;
}

const byNumber = (left: Datum, right: Datum): number => num(left) - num(right);

/** The overlaps functions whose ends are given as start and length. */
function overlapsWith(
  isFirstLength: boolean,
  isSecondLength: boolean,
  end: (start: number, length: Interval, context: CallContext) => number,
): Implementation {
  return (a, context) => {
    const close = (start: Datum, length: Datum): Datum =>
      start === null || length === null ? null : end(num(start), span(length), context);
    const ends = [
      a[0]!,
      isFirstLength ? close(a[0]!, a[1]!) : a[1]!,
      a[2]!,
      isSecondLength ? close(a[2]!, a[3]!) : a[3]!,
    ];
    return overlaps(ends, byNumber);
  };
}

const timePlus = (micros: number, value: Interval): number => wrapTime(micros + value.micros);

/** The start of the stride that holds a moment. */
function bin(stride: Interval, micros: number, origin: number, type: string): number {
  if (!Number.isFinite(micros)) return micros;
  if (!Number.isFinite(origin)) throw pgError('22008', 'origin out of range');
  if (stride.months !== 0)
    throw pgError('0A000', 'timestamps cannot be binned into intervals containing months or years');
  const size = stride.days * microsPerDay + stride.micros;
  if (size <= 0) throw pgError('22008', 'stride must be greater than zero');
  return type === '' ? micros : checkedMoment(origin + Math.floor((micros - origin) / size) * size);
}

function timeOfDay(context: CallContext): string {
  const micros = context.clockMicros();
  const moment = sessionZone(context).at(Math.floor(micros / 1_000_000));
  const f = fieldsFromMicros(micros + moment.offsetSeconds * 1_000_000);
  const weekday = weekdayNames[dayOfWeek(daysFromCivil(f.year, f.month, f.day))];
  const clock = `${pad2(f.hour)}:${pad2(f.minute)}:${pad2(f.second)}.${String(f.micros).padStart(6, '0')}`;
  return `${weekday} ${monthNames[f.month - 1]} ${pad2(f.day)} ${clock} ${f.year} ${moment.abbreviation}`;
}

const today = (context: CallContext): number => dateOf(localOfInstant(context.transactionMicros, context));

const dateAndTime: Implementation = (a) => {
  const days = num(a[0]);
  return Number.isFinite(days) ? checkedMoment(midnightOf(days) + num(a[1])) : days;
};
const dateAndTimeTz: Implementation = (a) => {
  const days = num(a[0]);
  const value = zoned(a[1]);
  return Number.isFinite(days) ? checkedMoment(midnightOf(days) + value.micros + value.zoneSeconds * 1_000_000) : days;
};

export const datetimeFunctions: Record<string, Implementation> = {
  now: (_a, context) => context.transactionMicros,
  statement_timestamp: (_a, context) => context.statementMicros,
  clock_timestamp: (_a, context) => context.clockMicros(),
  timeofday: (_a, context) => timeOfDay(context),
  date_pli: (a) => checkedDate(num(a[0]) + num(a[1])),
  date_mii: (a) => checkedDate(num(a[0]) - num(a[1])),
  'sql:integer_pl_date(int4,date)': (a) => checkedDate(num(a[1]) + num(a[0])),
  date_mi: (a) => {
    if (!Number.isFinite(num(a[0])) || !Number.isFinite(num(a[1])))
      throw pgError('22008', 'cannot subtract infinite dates');
    return num(a[0]) - num(a[1]);
  },
  date_pl_interval: (a) => addIntervalToLocal(midnightOf(num(a[0])), span(a[1])),
  date_mi_interval: (a) => subtractIntervalFromLocal(midnightOf(num(a[0])), span(a[1])),
  'sql:interval_pl_date(interval,date)': (a) => addIntervalToLocal(midnightOf(num(a[1])), span(a[0])),
  datetime_timestamp: dateAndTime,
  'sql:timedate_pl(time,date)': (a, context, site) => dateAndTime([a[1]!, a[0]!], context, site),
  datetimetz_timestamptz: dateAndTimeTz,
  'sql:timetzdate_pl(timetz,date)': (a, context, site) => dateAndTimeTz([a[1]!, a[0]!], context, site),
  'sql:timestamptz(date,time)': (a, context, site) => instantOfLocal(num(dateAndTime(a, context, site)), context),
  timestamp_pl_interval: (a) => addIntervalToLocal(num(a[0]), span(a[1])),
  timestamp_mi_interval: (a) => subtractIntervalFromLocal(num(a[0]), span(a[1])),
  'sql:interval_pl_timestamp(interval,timestamp)': (a) => addIntervalToLocal(num(a[1]), span(a[0])),
  timestamptz_pl_interval: (a, context) => addIntervalToInstant(num(a[0]), span(a[1]), context),
  timestamptz_mi_interval: (a, context) => subtractIntervalFromInstant(num(a[0]), span(a[1]), context),
  'sql:interval_pl_timestamptz(interval,timestamptz)': (a, context) =>
    addIntervalToInstant(num(a[1]), span(a[0]), context),
  timestamp_mi: (a) => subtractMoments(num(a[0]), num(a[1])),
  time_pl_interval: (a) => timePlus(num(a[0]), span(a[1])),
  time_mi_interval: (a) => timePlus(num(a[0]), negateInterval(span(a[1]))),
  'sql:interval_pl_time(interval,time)': (a) => timePlus(num(a[1]), span(a[0])),
  time_mi_time: (a) => makeInterval(0, 0, num(a[0]) - num(a[1])),
  timetz_pl_interval: (a) => ({
    micros: timePlus(zoned(a[0]).micros, span(a[1])),
    zoneSeconds: zoned(a[0]).zoneSeconds,
  }),
  timetz_mi_interval: (a) => ({
    micros: timePlus(zoned(a[0]).micros, negateInterval(span(a[1]))),
    zoneSeconds: zoned(a[0]).zoneSeconds,
  }),
  'sql:interval_pl_timetz(interval,timetz)': (a) => ({
    micros: timePlus(zoned(a[1]).micros, span(a[0])),
    zoneSeconds: zoned(a[1]).zoneSeconds,
  }),
  interval_pl: (a) => addIntervals(span(a[0]), span(a[1])),
  interval_mi: (a) => subtractIntervals(span(a[0]), span(a[1])),
  interval_um: (a) => negateInterval(span(a[0])),
  interval_mul: (a) => multiplyInterval(span(a[0]), num(a[1])),
  mul_d_interval: (a) => multiplyInterval(span(a[1]), num(a[0])),
  interval_div: (a) => divideInterval(span(a[0]), num(a[1])),
  interval_justify_hours: (a) => justifyHours(span(a[0])),
  interval_justify_days: (a) => justifyDays(span(a[0])),
  interval_justify_interval: (a) => justifyInterval(span(a[0])),
  timestamp_age: (a) => age(num(a[0]), num(a[1])),
  timestamptz_age: (a, context) => age(localOfInstant(num(a[0]), context), localOfInstant(num(a[1]), context)),
  'sql:age(timestamp)': (a, context) => age(midnightOf(today(context)), num(a[0])),
  'sql:age(timestamptz)': (a, context) => age(midnightOf(today(context)), localOfInstant(num(a[0]), context)),
  date_finite: (a) => Number.isFinite(num(a[0])),
  timestamp_finite: (a) => Number.isFinite(num(a[0])),
  interval_finite: () => true,
  date_timestamp: (a) => midnightOf(num(a[0])),
  date_timestamptz: (a, context) => instantOfLocal(midnightOf(num(a[0])), context),
  timestamp_date: (a) => dateOf(num(a[0])),
  timestamptz_date: (a, context) => dateOf(localOfInstant(num(a[0]), context)),
  timestamp_time: (a) => (Number.isFinite(num(a[0])) ? timeOf(num(a[0])) : null),
  timestamptz_time: (a, context) => (Number.isFinite(num(a[0])) ? timeOf(localOfInstant(num(a[0]), context)) : null),
  timestamptz_timetz: (a, context) => {
    if (!Number.isFinite(num(a[0]))) return null;
    const offset = sessionZone(context).at(Math.floor(num(a[0]) / 1_000_000)).offsetSeconds;
    return { micros: timeOf(num(a[0]) + offset * 1_000_000), zoneSeconds: offset === 0 ? 0 : -offset };
  },
  timestamp_timestamptz: (a, context) => instantOfLocal(num(a[0]), context),
  timestamptz_timestamp: (a, context) => localOfInstant(num(a[0]), context),
  time_interval: (a) => makeInterval(0, 0, num(a[0])),
  interval_time: (a) => wrapTime(span(a[0]).micros),
  timetz_time: (a) => zoned(a[0]).micros,
  time_timetz: (a, context) => {
    const day = Math.floor(localOfInstant(context.transactionMicros, context) / microsPerDay) * microsPerDay;
    const offset = localOffset(day + num(a[0]), context);
    return { micros: num(a[0]), zoneSeconds: offset === 0 ? 0 : -offset };
  },
  timestamp_zone: (a) => instantIn(namedZone(a[0] as string), num(a[1])),
  timestamptz_zone: (a) => localIn(namedZone(a[0] as string), num(a[1])),
  timestamp_izone: (a, context) => instantIn(intervalZone(span(a[0]), context), num(a[1])),
  timestamptz_izone: (a, context) => localIn(intervalZone(span(a[0]), context), num(a[1])),
  timetz_zone: (a, context) =>
    rezone(zoned(a[1]), namedZone(a[0] as string).at(Math.floor(context.transactionMicros / 1_000_000)).offsetSeconds),
  timetz_izone: (a, context) => rezone(zoned(a[1]), intervalZone(span(a[0]), context).at(0).offsetSeconds),
  make_date: (a) => makeDate(num(a[0]), num(a[1]), num(a[2])),
  make_time: (a) => makeTime(num(a[0]), num(a[1]), num(a[2])),
  make_timestamp: (a) => makeLocal(a),
  make_timestamptz: (a, context) => instantOfLocal(makeLocal(a), context),
  make_timestamptz_at_timezone: (a) => instantIn(zoneOfArgument(a[6] as string), makeLocal(a)),
  make_interval: (a) => {
    if (!Number.isFinite(num(a[6]))) throw pgError('22008', 'interval out of range');
    const micros = (num(a[4]) * 60 + num(a[5])) * 60_000_000 + roundToEven(num(a[6]) * 1_000_000);
    return makeInterval(num(a[0]) * 12 + num(a[1]), num(a[2]) * 7 + num(a[3]), micros);
  },
  float8_timestamptz: (a) => {
    const seconds = num(a[0]);
    if (Number.isNaN(seconds)) throw pgError('22008', 'timestamp cannot be NaN');
    if (!Number.isFinite(seconds)) return seconds;
    const micros = roundToEven((seconds - 946684800) * 1_000_000) + 946684800000000;
    if (!(micros >= -210866803200000000 && micros < 9224318016000000000)) {
      throw pgError('22008', `timestamp out of range: "${formatGeneral(seconds, 6)}"`);
    }
    return micros;
  },
  timestamp_bin: (a) => bin(span(a[0]), num(a[1]), num(a[2]), 'timestamp'),
  timestamptz_bin: (a) => bin(span(a[0]), num(a[1]), num(a[2]), 'timestamptz'),
  overlaps_timestamp: (a) => overlaps(a, byNumber),
  overlaps_time: (a) => overlaps(a, byNumber),
  overlaps_timetz: (a) => overlaps(a, timetz.compare!),
  'sql:overlaps(timestamptz,timestamptz,timestamptz,interval)': overlapsWith(false, true, addIntervalToInstant),
  'sql:overlaps(timestamptz,interval,timestamptz,interval)': overlapsWith(true, true, addIntervalToInstant),
  'sql:overlaps(timestamptz,interval,timestamptz,timestamptz)': overlapsWith(true, false, addIntervalToInstant),
  'sql:overlaps(timestamp,timestamp,timestamp,interval)': overlapsWith(false, true, addIntervalToLocal),
  'sql:overlaps(timestamp,interval,timestamp,interval)': overlapsWith(true, true, addIntervalToLocal),
  'sql:overlaps(timestamp,interval,timestamp,timestamp)': overlapsWith(true, false, addIntervalToLocal),
  'sql:overlaps(time,interval,time,interval)': overlapsWith(true, true, timePlus),
  'sql:overlaps(time,time,time,interval)': overlapsWith(false, true, timePlus),
  'sql:overlaps(time,interval,time,time)': overlapsWith(true, false, timePlus),
};
