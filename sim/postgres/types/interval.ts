/**
 * interval: months, days and microseconds side by side. Comparison counts a month as 30 days and a day as 24 hours, so '1 mon' = '30 days'
 * although the values differ. Output follows IntervalStyle; typmods limit fields and fraction digits.
 */
import type { TypeBehaviour } from './behaviour.ts';
import { microsPerDay } from './calendar.ts';
import { fractionText, pad2 } from './datetime-format.ts';
import type { Datum, Interval } from './datum.ts';
import { insufficientData, intervalOutOfRange, invalidParameter } from './errors.ts';
import { fullPrecision, fullRange, parseInterval, rangeBits } from './interval-parse.ts';

const dayMicros = BigInt(microsPerDay);

/** An interval within range, without negative zeros. */
export function makeInterval(months: number, days: number, micros: number): Interval {
  const isSafe =
    Math.abs(months) <= 2147483648 && months !== 2147483648 && Math.abs(days) <= 2147483648 && days !== 2147483648;
  if (!isSafe || !(Math.abs(micros) <= 9.223372036854775e18)) throw intervalOutOfRange();
  return { months: months + 0, days: days + 0, micros: micros + 0 };
}

/** One number that orders intervals. */
export function intervalSpan(value: Interval): bigint {
  return BigInt(value.micros) + (BigInt(value.months) * 30n + BigInt(value.days)) * dayMicros;
}

export function compareInterval(left: Interval, right: Interval): number {
  const a = intervalSpan(left);
  const b = intervalSpan(right);
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Rounds microseconds to `precision` fraction digits, half away from zero. */
export function roundMicros(micros: number, precision: number): number {
  if (precision < 0 || precision >= 6 || !Number.isFinite(micros)) return micros;
  const step = 10 ** (6 - precision);
  const size = Math.floor((Math.abs(micros) + step / 2) / step) * step;
  return micros < 0 ? -size : size;
}

function fitInterval(datum: Datum, typmod: number): Datum {
  const value = datum as Interval;
  if (typmod < 0) return value;
  const range = (typmod >> 16) & 0x7fff;
  const precision = typmod & 0xffff;
  let { months, days, micros } = value;
  if (range !== fullRange) {
    if (range === rangeBits.year) {
      months = Math.trunc(months / 12) * 12;
      days = 0;
      micros = 0;
    } else if (range === rangeBits.month || range === (rangeBits.year | rangeBits.month)) {
      days = 0;
      micros = 0;
    } else if (range === rangeBits.day) micros = 0;
    else if ((range & rangeBits.second) === 0) {
      const unit = (range & rangeBits.minute) !== 0 ? 60_000_000 : 3_600_000_000;
      micros = Math.trunc(micros / unit) * unit;
    }
  }
  return makeInterval(months, days, precision === fullPrecision ? micros : roundMicros(micros, precision));
}

const plural = (value: number): string => (value === 1 ? '' : 's');

interface Parts {
  years: number;
  months: number;
  days: number;
  hours: number;
  minutes: number;
  seconds: number;
  micros: number;
}

function split(value: Interval): Parts {
  const size = Math.abs(value.micros);
  const signOf = value.micros < 0 ? -1 : 1;
  const hours = Math.floor(size / 3_600_000_000);
  const rest = size - hours * 3_600_000_000;
  return {
    years: Math.trunc(value.months / 12),
    months: value.months % 12,
    days: value.days,
    hours: signOf * hours,
    minutes: signOf * Math.floor(rest / 60_000_000),
    seconds: signOf * (Math.floor(rest / 1_000_000) % 60),
    micros: signOf * (rest % 1_000_000),
  };
}

function postgresText(value: Interval): string {
  const parts = split(value);
  let text = '';
  let isBefore = false;
  for (const [amount, unit] of [
    [parts.years, 'year'],
    [parts.months, 'mon'],
    [parts.days, 'day'],
  ] as const) {
    if (amount === 0) continue;
    text += `${text === '' ? '' : ' '}${isBefore && amount > 0 ? '+' : ''}${amount} ${unit}${plural(amount)}`;
    isBefore = amount < 0;
  }
  if (text !== '' && value.micros === 0) return text;
  const signText = value.micros < 0 ? '-' : isBefore ? '+' : '';
  const clock = `${pad2(Math.abs(parts.hours))}:${pad2(Math.abs(parts.minutes))}:${pad2(Math.abs(parts.seconds))}`;
  return `${text === '' ? '' : `${text} `}${signText}${clock}${fractionText(Math.abs(parts.micros))}`;
}

function verboseText(value: Interval): string {
  const parts = split(value);
  let text = '@';
  let isBefore = false;
  let isZero = true;
  const units = [
    [parts.years, 'year'],
    [parts.months, 'mon'],
    [parts.days, 'day'],
    [parts.hours, 'hour'],
    [parts.minutes, 'min'],
  ] as const;
  for (const [amount, unit] of units) {
    if (amount === 0) continue;
    if (isZero) isBefore = amount < 0;
    const shown = isBefore ? -amount : amount;
    text += ` ${shown} ${unit}${plural(shown)}`;
    isZero = false;
  }
  if (parts.seconds !== 0 || parts.micros !== 0) {
    const isNegative = parts.seconds < 0 || parts.micros < 0;
    if (isZero) isBefore = isNegative;
    const signText = isNegative !== isBefore ? '-' : '';
    const seconds = Math.abs(parts.seconds);
    text += ` ${signText}${seconds}${fractionText(Math.abs(parts.micros))} sec${seconds === 1 && parts.micros === 0 ? '' : 's'}`;
    isZero = false;
  }
  if (isZero) text += ' 0';
  return isBefore ? `${text} ago` : text;
}

function isoText(value: Interval): string {
  const parts = split(value);
  let text = 'P';
  if (parts.years !== 0) text += `${parts.years}Y`;
  if (parts.months !== 0) text += `${parts.months}M`;
  if (parts.days !== 0) text += `${parts.days}D`;
  if (value.micros !== 0) text += 'T';
  if (parts.hours !== 0) text += `${parts.hours}H`;
  if (parts.minutes !== 0) text += `${parts.minutes}M`;
  if (parts.seconds !== 0 || parts.micros !== 0) {
    const isNegative = parts.seconds < 0 || parts.micros < 0;
    text += `${isNegative ? '-' : ''}${Math.abs(parts.seconds)}${fractionText(Math.abs(parts.micros))}S`;
  }
  return text === 'P' ? 'PT0S' : text;
}

function standardText(value: Interval): string {
  const parts = split(value);
  const isNegative = value.months < 0 || value.days < 0 || value.micros < 0;
  const isPositive = value.months > 0 || value.days > 0 || value.micros > 0;
  const hasYearMonth = value.months !== 0;
  const hasDay = value.days !== 0;
  const hasTime = value.micros !== 0;
  const isPlain = !(isNegative && isPositive) && !(hasYearMonth && (hasDay || hasTime));
  const clock = (hours: number): string =>
    `${hours}:${pad2(Math.abs(parts.minutes))}:${pad2(Math.abs(parts.seconds))}${fractionText(Math.abs(parts.micros))}`;
  if (!isNegative && !isPositive) return '0';
  if (!isPlain) {
    const signOf = (amount: number): string => (amount < 0 ? '-' : '+');
    const yearSign = signOf(value.months);
    const daySign = signOf(value.days);
    const timeSign = signOf(value.micros);
    return `${yearSign}${Math.abs(parts.years)}-${Math.abs(parts.months)} ${daySign}${Math.abs(parts.days)} ${timeSign}${clock(Math.abs(parts.hours))}`;
  }
  const signText = isNegative ? '-' : '';
  if (hasYearMonth) return `${signText}${Math.abs(parts.years)}-${Math.abs(parts.months)}`;
  if (hasDay) return `${signText}${Math.abs(parts.days)} ${clock(Math.abs(parts.hours))}`;
  return `${signText}${clock(Math.abs(parts.hours))}`;
}

export function formatInterval(value: Interval, style: string): string {
  switch (style) {
    case 'postgres_verbose':
      return verboseText(value);
    case 'iso_8601':
      return isoText(value);
    case 'sql_standard':
      return standardText(value);
    default:
      return postgresText(value);
  }
}

const rangeNames = new Map<number, string>([
  [rangeBits.year, ' year'],
  [rangeBits.month, ' month'],
  [rangeBits.day, ' day'],
  [rangeBits.hour, ' hour'],
  [rangeBits.minute, ' minute'],
  [rangeBits.second, ' second'],
  [rangeBits.year | rangeBits.month, ' year to month'],
  [rangeBits.day | rangeBits.hour, ' day to hour'],
  [rangeBits.day | rangeBits.hour | rangeBits.minute, ' day to minute'],
  [rangeBits.day | rangeBits.hour | rangeBits.minute | rangeBits.second, ' day to second'],
  [rangeBits.hour | rangeBits.minute, ' hour to minute'],
  [rangeBits.hour | rangeBits.minute | rangeBits.second, ' hour to second'],
  [rangeBits.minute | rangeBits.second, ' minute to second'],
]);

export const interval: TypeBehaviour = {
  input(text, typmod, context) {
    const range = typmod < 0 ? fullRange : (typmod >> 16) & 0x7fff;
    return fitInterval(parseInterval(text, range, context), typmod);
  },
  output: (datum, context) => formatInterval(datum as Interval, context.intervalStyle),
  receive(bytes, typmod) {
    if (bytes.length < 16) throw insufficientData();
    const value = {
      micros: Number(bytes.readBigInt64BE(0)),
      days: bytes.readInt32BE(8),
      months: bytes.readInt32BE(12),
    };
    return fitInterval(value, typmod);
  },
  send(datum) {
    const value = datum as Interval;
    const bytes = Buffer.alloc(16);
    bytes.writeBigInt64BE(BigInt(value.micros));
    bytes.writeInt32BE(value.days, 8);
    bytes.writeInt32BE(value.months, 12);
    return bytes;
  },
  compare: (left, right) => compareInterval(left as Interval, right as Interval),
  hashKey: (datum) => intervalSpan(datum as Interval),
  fit: fitInterval,
  typmodIn(modifiers) {
    const range = Number(modifiers[0]);
    if (modifiers.length === 1) return (range << 16) | fullPrecision;
    if (modifiers.length !== 2) throw invalidParameter('invalid INTERVAL type modifier');
    const precision = Number(modifiers[1]);
    if (precision < 0) throw invalidParameter(`INTERVAL(${precision}) precision must not be negative`);
    return (range << 16) | Math.min(precision, 6);
  },
  typmodOut(typmod) {
    if (typmod < 0) return '';
    const precision = typmod & 0xffff;
    const range = rangeNames.get((typmod >> 16) & 0x7fff) ?? '';
    return `${range}${precision === fullPrecision ? '' : `(${precision})`}`;
  },
};
