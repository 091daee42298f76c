/** Moments plus intervals, differences and ages. Months clamp to the last day of a shorter month; days of an instant keep its local clock time. */
import {
  civilFromDays,
  daysFromCivil,
  daysInMonth,
  epochDays,
  type Fields,
  fieldsFromMicros,
  isTimestampInRange,
  microsFromFields,
  microsPerDay,
} from '../types/calendar.ts';
import type { CallContext, Interval } from '../types/datum.ts';
import { pgError, timestampOutOfRange } from '../types/errors.ts';
import { makeInterval } from '../types/interval.ts';
import { sessionZone } from '../types/session-zone.ts';
import type { Zone } from '../types/timezone.ts';
import { justifyHours, negateInterval } from './interval-arithmetic.ts';

export function checkedMoment(micros: number): number {
  if (!isTimestampInRange(micros)) throw timestampOutOfRange();
  return micros;
}

/** Months and days of an interval on a calendar date; the clock time stays. */
function shiftDate(fields: Fields, months: number, days: number): number {
  const index = fields.year * 12 + fields.month - 1 + months;
  const year = Math.floor(index / 12);
  const month = index - year * 12 + 1;
  const day = months === 0 ? fields.day : Math.min(fields.day, daysInMonth(year, month));
  const shifted = daysFromCivil(year, month, day) + days;
  const date = civilFromDays(shifted);
  return microsFromFields({ ...fields, year: date.year, month: date.month, day: date.day });
}

/** timestamp + interval. */
export function addIntervalToLocal(micros: number, span: Interval): number {
  if (!Number.isFinite(micros)) return micros;
  let result = micros;
  if (span.months !== 0 || span.days !== 0)
    result = checkedMoment(shiftDate(fieldsFromMicros(micros), span.months, span.days));
  return checkedMoment(result + span.micros);
}

/** timestamptz + interval under a zone, the session's by default. */
export function addIntervalToInstant(
  micros: number,
  span: Interval,
  context: CallContext,
  zone: Zone = sessionZone(context),
): number {
  if (!Number.isFinite(micros)) return micros;
  let result = micros;
  for (const [months, days] of [
    [span.months, 0],
    [0, span.days],
  ] as const) {
    if (months === 0 && days === 0) continue;
    const local = result + zone.at(Math.floor(result / 1_000_000)).offsetSeconds * 1_000_000;
    const shifted = shiftDate(fieldsFromMicros(local), months, days);
    result = checkedMoment(shifted - zone.offsetOfLocal(Math.floor(shifted / 1_000_000)) * 1_000_000);
  }
  return checkedMoment(result + span.micros);
}

export const subtractIntervalFromLocal = (micros: number, span: Interval): number =>
  addIntervalToLocal(micros, negateInterval(span));

export const subtractIntervalFromInstant = (micros: number, span: Interval, context: CallContext): number =>
  addIntervalToInstant(micros, negateInterval(span), context);

/** The difference of two moments in days and time. */
export function subtractMoments(left: number, right: number): Interval {
  if (!Number.isFinite(left) || !Number.isFinite(right)) throw pgError('22008', 'cannot subtract infinite timestamps');
  return justifyHours(makeInterval(0, 0, left - right));
}

/** age(): the difference in years, months and days as a calendar counts them. */
export function age(left: number, right: number): Interval {
  if (!Number.isFinite(left) || !Number.isFinite(right)) throw timestampOutOfRange();
  const isNegative = left < right;
  const later = fieldsFromMicros(isNegative ? right : left);
  const earlier = fieldsFromMicros(isNegative ? left : right);
  let micros = later.micros - earlier.micros;
  let seconds = later.second - earlier.second;
  let minutes = later.minute - earlier.minute;
  let hours = later.hour - earlier.hour;
  let days = later.day - earlier.day;
  let months = later.month - earlier.month;
  let years = later.year - earlier.year;
  if (micros < 0) {
    micros += 1_000_000;
    seconds--;
  }
  if (seconds < 0) {
    seconds += 60;
    minutes--;
  }
  if (minutes < 0) {
    minutes += 60;
    hours--;
  }
  if (hours < 0) {
    hours += 24;
    days--;
  }
  while (days < 0) {
    // The earlier moment's month lends its days.
    days += daysInMonth(earlier.year, earlier.month);
    months--;
  }
  if (months < 0) {
    months += 12;
    years--;
  }
  const total = ((hours * 60 + minutes) * 60 + seconds) * 1_000_000 + micros;
  const result = makeInterval(years * 12 + months, days, total);
  return isNegative ? negateInterval(result) : result;
}

/** A date as the local timestamp of its midnight. */
export function midnightOf(days: number): number {
  if (!Number.isFinite(days)) return days;
  const micros = (days + epochDays) * microsPerDay;
  if (!isTimestampInRange(micros)) throw pgError('22008', 'date out of range for timestamp');
  return micros;
}

/** The date of a local timestamp. */
export const dateOf = (micros: number): number =>
  Number.isFinite(micros) ? Math.floor(micros / microsPerDay) - epochDays : micros;

/** The clock time of a local timestamp. */
export const timeOf = (micros: number): number => micros - Math.floor(micros / microsPerDay) * microsPerDay;
