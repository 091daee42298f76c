/**
 * Reads intervals: `1 year 2 mons 3 days 04:05:06`, `1-2 3 4:05:06`, `@ 1 hour ago`, and ISO 8601 `P1Y2M3DT4H5M6S`.
 * Fields are taken from the right, since a number's unit follows it (DecodeInterval, DecodeISO8601Interval).
 */
import { microsPerDay } from './calendar.ts';
import { readClock } from './datetime-parse.ts';
import { type ScannedField, scanDatetime } from './datetime-scan.ts';
import { type IntervalUnit, intervalWord } from './datetime-words.ts';
import type { CallContext, Interval } from './datum.ts';
import { intervalOutOfRange, invalidDatetime, pgError } from './errors.ts';

/** Bits of an interval's range typmod, numbered as the grammar numbers them. */
export const rangeBits = {
  month: 1 << 1,
  year: 1 << 2,
  day: 1 << 3,
  hour: 1 << 10,
  minute: 1 << 11,
  second: 1 << 12,
} as const;
export const fullRange = 0x7fff;
export const fullPrecision = 0xffff;

const microsOf: Partial<Record<IntervalUnit, number>> = {
  microsecond: 1,
  millisecond: 1000,
  second: 1_000_000,
  minute: 60_000_000,
  hour: 3_600_000_000,
};

/** Sums up the parts of an interval. */
class Sum {
  months = 0;
  days = 0;
  micros = 0;

  addMicros(value: number, fraction: number, scale: number): void {
    this.micros += value * scale;
    this.addFractionMicros(fraction, scale);
  }

  addFractionMicros(fraction: number, scale: number): void {
    if (fraction === 0) return;
    const scaled = fraction * scale;
    let whole = Math.trunc(scaled);
    const rest = scaled - whole;
    if (rest > 0.5) whole++;
    else if (rest < -0.5) whole--;
    this.micros += whole;
  }

  addFractionDays(fraction: number, scale: number): void {
    if (fraction === 0) return;
    const scaled = fraction * scale;
    const whole = Math.trunc(scaled);
    this.days += whole;
    this.addFractionMicros(scaled - whole, microsPerDay);
  }

  add(unit: IntervalUnit, value: number, fraction: number): boolean {
    const scale = microsOf[unit];
    if (scale !== undefined) {
      this.addMicros(value, fraction, scale);
      return true;
    }
    switch (unit) {
      case 'day':
        this.days += value;
        this.addFractionMicros(fraction, microsPerDay);
        return true;
      case 'week':
        this.days += value * 7;
        this.addFractionDays(fraction, 7);
        return true;
      case 'month':
        this.months += value;
        this.addFractionDays(fraction, 30);
        return true;
      case 'year':
      case 'decade':
      case 'century':
      case 'millennium': {
        const years = unit === 'year' ? 1 : unit === 'decade' ? 10 : unit === 'century' ? 100 : 1000;
        this.months += value * 12 * years + roundHalfEven(fraction * 12 * years);
        return true;
      }
      default:
        return false;
    }
  }
}

/** C's rint. */
export function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest < 0.5) return floor;
  if (rest > 0.5) return floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}

const overflow = (text: string): Error => pgError('22015', `interval field value out of range: "${text}"`);

/** The interval of a text, before any typmod is applied; `range` tells what a bare number means. */
export function parseInterval(text: string, range: number, context: CallContext): Interval {
  const fields = scanDatetime(text);
  let sum = fields === null || fields.length === 0 ? null : decodeFields(fields, text, range, context.intervalStyle);
  if (sum === null && text.startsWith('P')) sum = decodeIso(text);
  if (sum === null) throw invalidDatetime('interval', text);
  // Years are counted apart from months until the end, so only their sum is out of range.
  if (Math.abs(sum.months) > 2147483647 && Math.abs(sum.months) <= 2147483647 * 12) throw intervalOutOfRange();
  if (
    Math.abs(sum.months) > 2147483647 ||
    Math.abs(sum.days) > 2147483647 ||
    Math.abs(sum.micros) > 9.223372036854775e18
  ) {
    throw overflow(text);
  }
  if (!Number.isFinite(sum.micros)) throw intervalOutOfRange();
  return { months: sum.months + 0, days: sum.days + 0, micros: sum.micros + 0 };
}

function defaultUnit(range: number): IntervalUnit {
  if (range === fullRange) return 'second';
  if (range === rangeBits.year) return 'year';
  if ((range & rangeBits.month) !== 0) return 'month';
  if ((range & rangeBits.second) !== 0) return 'second';
  if ((range & rangeBits.minute) !== 0) return 'minute';
  if ((range & rangeBits.hour) !== 0) return 'hour';
  return 'day';
}

/** One bit per unit, so that a unit given twice is refused. */
const unitBit: Partial<Record<IntervalUnit, number>> = {
  microsecond: 1,
  millisecond: 2,
  second: 4,
  minute: 8,
  hour: 16,
  day: 32,
  week: 64,
  month: 128,
  year: 256,
  decade: 512,
  century: 1024,
  millennium: 2048,
};
const allSecondBits = 7;
const clockBits = 31;

function decodeFields(fields: readonly ScannedField[], source: string, range: number, style: string): Sum | null {
  const sum = new Sum();
  let mask = 0;
  let unit: IntervalUnit | null = null;
  let isBefore = false;
  const isAllNegative =
    style === 'sql_standard' &&
    fields[0]!.text.startsWith('-') &&
    !fields.slice(1).some((field) => /^[+-]/.test(field.text));
  for (let i = fields.length - 1; i >= 0; i--) {
    const { kind, text } = fields[i]!;
    let touched = 0;
    const mayBeClock = kind === 'time' || (kind === 'zone' && text.indexOf(':', 1) > 0);
    const clockText = kind === 'zone' ? text.slice(1) : text;
    const clock = mayBeClock ? readClock(clockText, range === (rangeBits.minute | rangeBits.second)) : null;
    const isSignedClock = kind === 'zone' && clock !== null && typeof clock !== 'string';
    if (clock !== null && (kind === 'time' || isSignedClock)) {
      if (clock === 'overflow') throw overflow(source);
      if (typeof clock === 'string') return null;
      const micros = ((clock.hour * 60 + clock.minute) * 60 + clock.second) * 1_000_000 + clock.micros;
      const isNegative = (isSignedClock && text.startsWith('-')) || isAllNegative;
      sum.micros += isNegative ? -micros : micros;
      touched = clockBits;
      unit = 'day';
    } else if (kind === 'zone' || kind === 'date' || kind === 'number') {
      if (unit === null) unit = defaultUnit(range);
      const part = decodeNumber(text, source, isAllNegative);
      if (part === null) return null;
      if (part.isYearMonth) unit = 'month';
      if (!sum.add(unit, part.value, part.fraction)) return null;
      touched = unit === 'second' && part.fraction !== 0 ? allSecondBits : unitBit[unit]!;
      // A time field before an hour field, as in `1 02:03`, leaves days for the next number.
      if (unit === 'hour') unit = 'day';
    } else {
      const word = intervalWord(text);
      if (word === 'ignore') continue;
      if (word === undefined) return null;
      if (word === 'ago') isBefore = true;
      else unit = word;
    }
    if ((touched & mask) !== 0) return null;
    mask |= touched;
  }
  if (mask === 0) return null;
  if (isBefore) {
    sum.months = -sum.months;
    sum.days = -sum.days;
    sum.micros = -sum.micros;
  }
  return sum;
}

interface NumberPart {
  value: number;
  fraction: number;
  isYearMonth: boolean;
}

function decodeNumber(text: string, source: string, isNegated: boolean): NumberPart | null {
  const match = /^([+-]?)(\d*)(.*)$/.exec(text)!;
  const isMinus = match[1] === '-';
  const signOf = isMinus || isNegated ? -1 : 1;
  const value = Number(match[2]);
  if (value > 9.223372036854775e18) throw overflow(source);
  const rest = match[3]!;
  if (rest === '') return match[2] === '' ? null : { value: signOf * value, fraction: 0, isYearMonth: false };
  const months = /^-(\d*)$/.exec(rest);
  if (months !== null) {
    if (Number(months[1]) >= 12) throw overflow(source);
    return { value: signOf * (value * 12 + Number(months[1])), fraction: 0, isYearMonth: true };
  }
  if (!/^\.\d*$/.test(rest)) return null;
  return { value: signOf * value, fraction: rest === '.' ? 0 : signOf * Number(`0${rest}`), isYearMonth: false };
}

/** ISO 8601: designators `P1Y2M3DT4H5M6S`, or the alternative `P0001-02-03T04:05:06`. */
function decodeIso(text: string): Sum | null {
  const sum = new Sum();
  let isDatePart = true;
  let hasField = false;
  let at = 1;
  if (text.length < 2) return null;
  while (at < text.length) {
    if (text[at] === 'T') {
      isDatePart = false;
      hasField = false;
      at++;
      continue;
    }
    const match = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?/.exec(text.slice(at));
    if (match === null) return null;
    const number = Number(match[0]);
    if (Math.abs(number) > 9e15) throw overflow(text);
    const whole = Math.trunc(number);
    const fraction = number - whole;
    at += match[0].length;
    const designator = text[at] ?? '';
    const unit = isoUnit(designator, isDatePart);
    if (unit !== null) {
      at++;
      sum.add(unit, whole, fraction);
      hasField = true;
      continue;
    }
    if (hasField) return null;
    const consumed = isDatePart
      ? isoDate(sum, match[0], text.slice(at), whole, fraction)
      : isoTime(sum, text.slice(at), whole, fraction);
    if (consumed === null) return null;
    at += consumed;
    hasField = true;
  }
  return sum;
}

function isoUnit(designator: string, isDatePart: boolean): IntervalUnit | null {
  const units: Record<string, IntervalUnit> = isDatePart
    ? { Y: 'year', M: 'month', W: 'week', D: 'day' }
    : { H: 'hour', M: 'minute', S: 'second' };
  return units[designator] ?? null;
}

function isoDate(sum: Sum, number: string, rest: string, whole: number, fraction: number): number | null {
  if ((rest === '' || rest.startsWith('T')) && /^[+-]?\d{8}$/.test(number)) {
    const digits = number.replace(/^[+-]/, '');
    const signOf = number.startsWith('-') ? -1 : 1;
    sum.add('year', signOf * Number(digits.slice(0, 4)), 0);
    sum.add('month', signOf * Number(digits.slice(4, 6)), 0);
    sum.add('day', signOf * Number(digits.slice(6)), 0);
    return 0;
  }
  if (rest === '' || rest.startsWith('T') || rest.startsWith('-')) {
    sum.add('year', whole, fraction);
    const match = /^(?:-(\d+)(?:-(\d+))?)?(?=T|$)/.exec(rest);
    if (match === null) return null;
    if (match[1] !== undefined) sum.add('month', Number(match[1]), 0);
    if (match[2] !== undefined) sum.add('day', Number(match[2]), 0);
    return match[0].length;
  }
  return null;
}

function isoTime(sum: Sum, rest: string, whole: number, fraction: number): number | null {
  const match = /^(?::(\d+)(?::(\d+(?:\.\d*)?))?)?$/.exec(rest);
  if (match === null) return null;
  sum.add('hour', whole, fraction);
  if (match[1] !== undefined) sum.add('minute', Number(match[1]), 0);
  if (match[2] !== undefined) sum.add('second', Math.trunc(Number(match[2])), Number(match[2]) % 1);
  return match[0].length;
}
