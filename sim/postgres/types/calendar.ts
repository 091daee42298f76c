/**
 * The proleptic Gregorian calendar over day numbers. Years are astronomical: 0 is 1 BC. Days count from 2000-01-01, as a date datum does.
 * Source: the civil-calendar algorithm over 400-year eras, which agrees with date2j and j2date of the server over its whole range.
 */

export const microsPerSecond = 1_000_000;
export const microsPerMinute = 60_000_000;
export const microsPerHour = 3_600_000_000;
export const microsPerDay = 86_400_000_000;
/** Days from 1970-01-01 to 2000-01-01. */
export const epochDays = 10957;
/** Julian day number of 2000-01-01. */
export const julianOf2000 = 2451545;
export const timestampMin = -210866803200000000;
export const timestampEnd = 9224318016000000000;
export const dateMin = -julianOf2000;
export const dateEnd = 2145031949;

export interface CivilDate {
  year: number;
  month: number;
  day: number;
}

/** A moment broken into fields; `micros` is below a second. */
export interface Fields extends CivilDate {
  hour: number;
  minute: number;
  second: number;
  micros: number;
}

export function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146097 + dayOfEra - 730425;
}

export function civilFromDays(days: number): CivilDate {
  const shifted = days + 730425;
  const era = Math.floor(shifted / 146097);
  const dayOfEra = shifted - era * 146097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36524) - Math.floor(dayOfEra / 146096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1;
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day };
}

export const isLeapYear = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);

const monthLengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

export const daysInMonth = (year: number, month: number): number =>
  month === 2 && isLeapYear(year) ? 29 : monthLengths[month - 1]!;

/** 0 = Sunday. */
export function dayOfWeek(days: number): number {
  return (((days + 6) % 7) + 7) % 7;
}

/** Microseconds since 1970 of a local moment taken as if it were UTC. */
export function microsFromFields(fields: Fields): number {
  const days = daysFromCivil(fields.year, fields.month, fields.day) + epochDays;
  const time = ((fields.hour * 60 + fields.minute) * 60 + fields.second) * microsPerSecond + fields.micros;
  return days * microsPerDay + time;
}

/** Past this size a double cannot hold every second in microseconds, so fractions are noise and get rounded away. */
const exactMax = 2 ** 59;

export function fieldsFromMicros(micros: number): Fields {
  if (Math.abs(micros) > exactMax) return fieldsFromSeconds(Math.round(micros / microsPerSecond));
  const days = Math.floor(micros / microsPerDay);
  let rest = micros - days * microsPerDay;
  const date = civilFromDays(days - epochDays);
  const hour = Math.floor(rest / microsPerHour);
  rest -= hour * microsPerHour;
  const minute = Math.floor(rest / microsPerMinute);
  rest -= minute * microsPerMinute;
  const second = Math.floor(rest / microsPerSecond);
  return {
    year: date.year,
    month: date.month,
    day: date.day,
    hour,
    minute,
    second,
    micros: rest - second * microsPerSecond,
  };
}

function fieldsFromSeconds(seconds: number): Fields {
  const days = Math.floor(seconds / 86400);
  const rest = seconds - days * 86400;
  const date = civilFromDays(days - epochDays);
  return { ...date, hour: Math.floor(rest / 3600), minute: Math.floor(rest / 60) % 60, second: rest % 60, micros: 0 };
}

/** ISO 8601 week number and the year it belongs to. */
export function isoWeek(days: number): { year: number; week: number } {
  const weekday = (dayOfWeek(days) + 6) % 7;
  const thursday = days - weekday + 3;
  const { year } = civilFromDays(thursday);
  return { year, week: Math.floor((thursday - daysFromCivil(year, 1, 1)) / 7) + 1 };
}

/** The Monday that begins ISO week `week` of `year`. */
export function isoWeekStart(year: number, week: number): number {
  const fourth = daysFromCivil(year, 1, 4);
  return fourth - ((dayOfWeek(fourth) + 6) % 7) + (week - 1) * 7;
}

export const isTimestampInRange = (micros: number): boolean => micros >= timestampMin && micros < timestampEnd;
