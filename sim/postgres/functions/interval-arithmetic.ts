/** Sums, multiples and normal forms of intervals, with the cascade of fractions from months over days to microseconds that interval_mul has. */
import { microsPerDay } from '../types/calendar.ts';
import type { Interval } from '../types/datum.ts';
import { divisionByZero, intervalOutOfRange } from '../types/errors.ts';
import { makeInterval } from '../types/interval.ts';
import { roundToEven } from './arithmetic.ts';

const secondsPerDay = 86400;

export const addIntervals = (a: Interval, b: Interval): Interval =>
  makeInterval(a.months + b.months, a.days + b.days, a.micros + b.micros);

export const subtractIntervals = (a: Interval, b: Interval): Interval =>
  makeInterval(a.months - b.months, a.days - b.days, a.micros - b.micros);

export const negateInterval = (a: Interval): Interval => makeInterval(-a.months, -a.days, -a.micros);

/** Seconds rounded to microseconds, halves to even. */
const toMicroseconds = (seconds: number): number => roundToEven(seconds * 1_000_000) / 1_000_000;

/** Applies a scaling to each part and cascades what is left over. */
function scale(value: Interval, apply: (part: number) => number): Interval {
  const months = apply(value.months);
  const days = apply(value.days);
  if (!(Math.abs(months) < 2147483648) || !(Math.abs(days) < 2147483648)) throw intervalOutOfRange();
  const wholeMonths = Math.trunc(months);
  const wholeDays = Math.trunc(days);
  const extraDays = toMicroseconds((months - wholeMonths) * 30);
  let seconds = toMicroseconds((days - wholeDays + extraDays - Math.trunc(extraDays)) * secondsPerDay);
  let day = wholeDays;
  if (Math.abs(seconds) >= secondsPerDay) {
    const whole = Math.trunc(seconds / secondsPerDay);
    day += whole;
    seconds -= whole * secondsPerDay;
  }
  day += Math.trunc(extraDays);
  return makeInterval(wholeMonths, day, roundToEven(apply(value.micros) + seconds * 1_000_000));
}

export const multiplyInterval = (value: Interval, factor: number): Interval => scale(value, (part) => part * factor);

export function divideInterval(value: Interval, divisor: number): Interval {
  if (divisor === 0) throw divisionByZero();
  return scale(value, (part) => part / divisor);
}

/** Whole days of 24 hours out of the microseconds, with one sign in the end. */
export function justifyHours(value: Interval): Interval {
  const whole = Math.trunc(value.micros / microsPerDay);
  let micros = value.micros - whole * microsPerDay;
  let days = value.days + whole;
  if (days > 0 && micros < 0) {
    micros += microsPerDay;
    days--;
  } else if (days < 0 && micros > 0) {
    micros -= microsPerDay;
    days++;
  }
  return makeInterval(value.months, days, micros);
}

/** Whole months of 30 days out of the days. */
export function justifyDays(value: Interval): Interval {
  const whole = Math.trunc(value.days / 30);
  let days = value.days - whole * 30;
  let months = value.months + whole;
  if (months > 0 && days < 0) {
    days += 30;
    months--;
  } else if (months < 0 && days > 0) {
    days -= 30;
    months++;
  }
  return makeInterval(months, days, value.micros);
}

export function justifyInterval(value: Interval): Interval {
  const wholeDays = Math.trunc(value.micros / microsPerDay);
  let micros = value.micros - wholeDays * microsPerDay;
  let days = value.days + wholeDays;
  const wholeMonths = Math.trunc(days / 30);
  days -= wholeMonths * 30;
  let months = value.months + wholeMonths;
  if (months > 0 && (days < 0 || (days === 0 && micros < 0))) {
    days += 30;
    months--;
  } else if (months < 0 && (days > 0 || (days === 0 && micros > 0))) {
    days -= 30;
    months++;
  }
  if (days > 0 && micros < 0) {
    micros += microsPerDay;
    days--;
  } else if (days < 0 && micros > 0) {
    micros -= microsPerDay;
    days++;
  }
  return makeInterval(months, days, micros);
}
