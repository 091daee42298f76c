/**
 * Reads dates, times and timestamps from text: one state machine over the scanned fields, as DecodeDateTime and DecodeTimeOnly of the server are.
 * A field never fills what an earlier one has filled; the result tells which zone was written, and the caller applies the session's.
 * Past 500 lines this is one machine; its states are the bits of `mask`.
 */
import {
  civilFromDays,
  daysFromCivil,
  daysInMonth,
  epochDays,
  type Fields,
  fieldsFromMicros,
  julianOf2000,
  microsPerDay,
} from './calendar.ts';
import { type ScannedField, scanDatetime } from './datetime-scan.ts';
import { type DateUnit, dateWord } from './datetime-words.ts';
import type { CallContext } from './datum.ts';
import { datetimeFieldOverflow, invalidDatetime, pgError, timeZoneUnknown } from './errors.ts';
import { isAlpha, isDigit } from './scan.ts';
import { sessionZone } from './session-zone.ts';
import { type Zone, zoneByName, zoneOfAbbreviation } from './timezone.ts';

const yearBit = 1;
const monthBit = 2;
const dayBit = 4;
const timeBit = 8;
const zoneBit = 16;
const dayOfYearBit = 32;
const daylightBit = 64;
const meridiemBit = 128;
const eraBit = 256;
const weekdayBit = 512;
const dateBits = yearBit | monthBit | dayBit;

export type DateOrder = 'ymd' | 'dmy' | 'mdy';

/** The field order of a DateStyle such as `ISO, MDY`. */
export function dateOrder(dateStyle: string): DateOrder {
  const upper = dateStyle.toUpperCase();
  return upper.includes('YMD') ? 'ymd' : upper.includes('DMY') ? 'dmy' : 'mdy';
}

export interface ParsedMoment {
  /** Set when the text was one of these words; the fields then mean nothing. */
  readonly special: 'epoch' | 'infinity' | '-infinity' | null;
  readonly fields: Fields;
  readonly hasDate: boolean;
  /** Seconds east of UTC, or null when the text has no zone. */
  readonly offsetSeconds: number | null;
}

type Trouble = 'format' | 'overflow' | 'orderOverflow' | 'zoneOverflow';

class Refusal {
  readonly trouble: Trouble;
  constructor(trouble: Trouble) {
    this.trouble = trouble;
  }
}

const refuse = (trouble: Trouble = 'format'): never => {
  throw new Refusal(trouble);
};

/** Leading digits with an optional sign, as strtol reads them. */
function leadingInteger(text: string, from = 0): { value: number; end: number } {
  let end = from;
  if (text[end] === '-' || text[end] === '+') end++;
  const digits = end;
  while (end < text.length && isDigit(text.charCodeAt(end))) end++;
  if (end === digits) return { value: 0, end: from };
  const value = Number(text.slice(from, end));
  if (Math.abs(value) > 2147483647) refuse('overflow');
  return { value, end };
}

/** Microseconds of a text such as `.25`. */
function fractionMicros(text: string): number {
  if (!/^\.\d*$/.test(text)) refuse();
  return text === '.' ? 0 : Math.round(Number(`0${text}`) * 1_000_000);
}

/** Hours, minutes and seconds; `mm:ss.fff` without hours when a point follows the second number. */
export interface ClockTime {
  hour: number;
  minute: number;
  second: number;
  micros: number;
}

/** Reads h:m, h:m:s or m:s.f. Throws a Refusal, which callers turn into their own error. */
function decodeClock(text: string, isMinuteToSecond: boolean): ClockTime {
  const hour = leadingInteger(text);
  if (text[hour.end] !== ':') refuse();
  const minute = leadingInteger(text, hour.end + 1);
  const time: ClockTime = { hour: hour.value, minute: minute.value, second: 0, micros: 0 };
  const rest = text.slice(minute.end);
  if (rest === '') {
    if (isMinuteToSecond) {
      time.second = time.minute;
      time.minute = time.hour;
      time.hour = 0;
    }
  } else if (rest.startsWith('.')) {
    time.micros = fractionMicros(rest);
    time.second = time.minute;
    time.minute = time.hour;
    time.hour = 0;
  } else if (rest.startsWith(':')) {
    const second = leadingInteger(rest, 1);
    time.second = second.value;
    const tail = rest.slice(second.end);
    if (tail.startsWith('.')) time.micros = fractionMicros(tail);
    else if (tail !== '') refuse();
  } else refuse();
  const isSane = time.hour >= 0 && time.minute >= 0 && time.minute <= 59 && time.second >= 0 && time.second <= 60;
  if (!isSane || time.micros < 0) refuse('overflow');
  return time;
}

/** The clock of an interval's field, or null with the trouble named. */
export function readClock(text: string, isMinuteToSecond: boolean): ClockTime | Trouble {
  try {
    return decodeClock(text, isMinuteToSecond);
  } catch (error) {
    if (error instanceof Refusal) return error.trouble;
    throw error;
  }
}

/** Seconds east of UTC of a text such as +02, -0330 or +05:30:10. */
function decodeZone(text: string): number {
  if (text[0] !== '+' && text[0] !== '-') refuse();
  const first = leadingInteger(text, 1);
  let hours = first.value;
  let minutes = 0;
  let seconds = 0;
  let end = first.end;
  if (text[end] === ':') {
    const part = leadingInteger(text, end + 1);
    minutes = part.value;
    end = part.end;
    if (text[end] === ':') {
      const last = leadingInteger(text, end + 1);
      seconds = last.value;
      end = last.end;
    }
  } else if (end === text.length && text.length > 3) {
    minutes = hours % 100;
    hours = Math.trunc(hours / 100);
  }
  if (hours < 0 || hours > 15 || minutes < 0 || minutes >= 60 || seconds < 0 || seconds >= 60) refuse('zoneOverflow');
  if (end !== text.length) refuse();
  const size = (hours * 60 + minutes) * 60 + seconds;
  return text[0] === '-' ? -size : size;
}

class MomentDecoder {
  readonly #fields: readonly ScannedField[];
  readonly #order: DateOrder;
  readonly #context: CallContext;
  readonly #isTimeOnly: boolean;
  mask = 0;
  #touched = 0;
  #prefix: DateUnit | 'isoTime' | null = null;
  #hasTextMonth = false;
  #isTwoDigitYear = false;
  #isJulian = false;
  #isBc = false;
  #meridiem: 'am' | 'pm' | null = null;
  #zone: Zone | null = null;
  #isAbbreviation = false;
  #dayOfYear = 0;
  special: ParsedMoment['special'] = null;
  offsetSeconds: number | null = null;
  readonly tm: Fields = { year: 0, month: 0, day: 0, hour: 0, minute: 0, second: 0, micros: 0 };

  constructor(fields: readonly ScannedField[], context: CallContext, isTimeOnly: boolean) {
    this.#fields = fields;
    this.#order = dateOrder(context.dateStyle);
    this.#context = context;
    this.#isTimeOnly = isTimeOnly;
  }

  run(): void {
    for (let i = 0; i < this.#fields.length; i++) {
      this.#touched = 0;
      this.#step(i, this.#fields[i]!);
      if ((this.#touched & this.mask) !== 0) refuse();
      this.mask |= this.#touched;
    }
    if (this.special === null) this.#finish();
  }

  #step(index: number, field: ScannedField): void {
    switch (field.kind) {
      case 'date':
        this.#dateField(index, field.text);
        return;
      case 'time': {
        if (!this.#isTimeOnly && this.#prefix !== null && this.#prefix !== 'isoTime') refuse();
        this.#prefix = null;
        this.#setClock(decodeClock(field.text, false));
        return;
      }
      case 'zone':
        this.offsetSeconds = decodeZone(field.text);
        this.#touched = zoneBit;
        return;
      case 'number':
        this.#numberField(index, field.text);
        return;
      case 'string':
      case 'special':
        this.#wordField(index, field.text);
        return;
    }
  }

  #setClock(time: ClockTime): void {
    Object.assign(this.tm, time);
    const total = ((time.hour * 60 + time.minute) * 60 + time.second) * 1_000_000 + time.micros;
    // A bare time is judged at the end, after everything else was read.
    if (!this.#isTimeOnly && (time.hour > 24 || total > microsPerDay)) refuse('overflow');
    this.#touched = timeBit;
  }

  #dateField(index: number, text: string): void {
    if (this.#prefix === 'julian') {
      const day = leadingInteger(text);
      this.#setJulian(day.value);
      this.offsetSeconds = decodeZone(text.slice(day.end));
      this.#prefix = null;
      this.#touched |= zoneBit;
      return;
    }
    const hasMonthAndDay = (this.mask & (monthBit | dayBit)) === (monthBit | dayBit);
    const fields = this.#fields;
    const mayBeDate =
      !this.#isTimeOnly ||
      (index === 0 && fields.length >= 2 && (fields[fields.length - 1]!.kind === 'date' || fields[1]!.kind === 'time'));
    if (this.#prefix === null && !hasMonthAndDay && mayBeDate) {
      this.#date(text);
      return;
    }
    if (isDigit(text.charCodeAt(0)) || this.#prefix !== null) {
      if (this.#prefix !== null) {
        if (this.#prefix !== 'isoTime') refuse();
        this.#prefix = null;
      }
      if ((this.mask & timeBit) !== 0) refuse();
      const dash = text.indexOf('-');
      if (dash < 0) refuse();
      this.offsetSeconds = decodeZone(text.slice(dash));
      this.#concatenated(text.slice(0, dash), this.#isTimeOnly ? this.mask | dateBits : this.mask);
      this.#touched |= zoneBit;
      return;
    }
    const zone = zoneByName(text);
    if (zone === null) throw timeZoneUnknown(text);
    this.#zone = zone;
    this.#touched = zoneBit;
  }

  #setJulian(day: number): void {
    if (day < 0) refuse('overflow');
    Object.assign(this.tm, civilFromDays(day - julianOf2000));
    this.#isJulian = true;
    this.#touched |= dateBits;
  }

  #numberField(index: number, text: string): void {
    if (this.#prefix !== null) {
      this.#labelledNumber(text);
      return;
    }
    const point = text.indexOf('.');
    if (this.#isTimeOnly) {
      const last = this.#fields[this.#fields.length - 1]!;
      if (point >= 0 && index === 0 && this.#fields.length >= 2 && last.kind === 'date') this.#date(text);
      else if (point >= 0 && point <= 2) refuse();
      else this.#concatenated(text, this.mask | dateBits);
      return;
    }
    const hasDate = (this.mask & dateBits) !== 0;
    if (point >= 0 && !hasDate) this.#date(text);
    else if (point > 2) this.#concatenated(text, this.mask);
    else if (text.length >= 6 && (!hasDate || (this.mask & timeBit) === 0)) this.#concatenated(text, this.mask);
    else this.#number(text);
  }

  #labelledNumber(text: string): void {
    const prefix = this.#prefix;
    this.#prefix = null;
    const { value, end } = leadingInteger(text);
    const tail = text.slice(end);
    if (tail !== '' && !(tail.startsWith('.') && (prefix === 'julian' || prefix === 'second' || prefix === 'isoTime')))
      refuse();
    switch (prefix) {
      case 'year':
        this.tm.year = value;
        this.#touched = yearBit;
        return;
      case 'month':
        this.tm.month = value;
        this.#touched = monthBit;
        return;
      case 'day':
        this.tm.day = value;
        this.#touched = dayBit;
        return;
      case 'julian': {
        this.#setJulian(value);
        if (tail !== '') {
          const time = fieldsFromMicros(Math.round(Number(`0${tail}`) * microsPerDay));
          Object.assign(this.tm, { hour: time.hour, minute: time.minute, second: time.second, micros: time.micros });
          this.#touched |= timeBit;
        }
        return;
      }
      case 'isoTime':
        this.#concatenated(text, this.mask | dateBits);
        if (this.#touched !== timeBit) refuse();
        return;
      default:
        refuse();
    }
  }

  /** A date whose parts are joined by separators. */
  #date(text: string): void {
    const parts: (string | null)[] = [];
    let at = 0;
    while (at < text.length) {
      while (at < text.length && !isDigit(text.charCodeAt(at)) && !isAlpha(text.charCodeAt(at))) at++;
      if (at >= text.length) refuse();
      const start = at;
      const test = isDigit(text.charCodeAt(at)) ? isDigit : isAlpha;
      while (at < text.length && test(text.charCodeAt(at))) at++;
      parts.push(text.slice(start, at));
      if (at < text.length) at++;
    }
    const before = this.mask;
    let touched = 0;
    for (let i = 0; i < parts.length; i++) {
      const part = parts[i]!;
      if (!isAlpha(part.charCodeAt(0))) continue;
      const word = dateWord(part);
      if (word?.kind === 'ignore') {
        parts[i] = null;
        continue;
      }
      if (word?.kind !== 'month') throw new Refusal('format');
      if ((this.mask & monthBit) !== 0) refuse();
      this.tm.month = word.value;
      this.#hasTextMonth = true;
      this.mask |= monthBit;
      touched |= monthBit;
      parts[i] = null;
    }
    for (const part of parts) {
      if (part === null) continue;
      this.#touched = 0;
      this.#number(part);
      if ((this.#touched & this.mask) !== 0) refuse();
      this.mask |= this.#touched;
      touched |= this.#touched;
    }
    const mask = this.mask;
    this.mask = before;
    this.#touched = touched;
    if ((mask & ~(dayOfYearBit | zoneBit)) !== dateBits) refuse();
  }

  /** One number of a date or time, placed by what is known so far and by the session's field order. */
  #number(text: string): void {
    const { value, end } = leadingInteger(text);
    if (end === 0) refuse();
    if (text[end] === '.') {
      if (end > 2) {
        this.#concatenated(text, this.mask | dateBits);
        return;
      }
      this.tm.micros = fractionMicros(text.slice(end));
    } else if (end !== text.length) refuse();
    const length = text.length;
    const known = this.mask & dateBits;
    if (length === 3 && known === yearBit && value >= 1 && value <= 366) {
      this.#dayOfYear = value;
      this.#touched = dayOfYearBit | monthBit | dayBit;
      return;
    }
    switch (known) {
      case 0:
        if (length >= 3 || this.#order === 'ymd') this.#setYear(value, length);
        else if (this.#order === 'dmy') this.#setDay(value);
        else this.#setMonth(value);
        return;
      case yearBit:
        this.#setMonth(value);
        return;
      case monthBit:
        if (this.#hasTextMonth && (length >= 3 || this.#order === 'ymd')) this.#setYear(value, length);
        else this.#setDay(value);
        return;
      case yearBit | monthBit:
        if (this.#hasTextMonth && length >= 3 && this.#isTwoDigitYear) {
          // The first number was taken for a year and was the day.
          this.tm.day = this.tm.year;
          this.tm.year = value;
          this.#isTwoDigitYear = false;
          this.#touched = dayBit;
        } else this.#setDay(value);
        return;
      case dayBit:
        this.#setMonth(value);
        return;
      case monthBit | dayBit:
        this.#setYear(value, length);
        return;
      case dateBits:
        this.#concatenated(text, this.mask);
        return;
      default:
        refuse();
    }
  }

  #setYear(value: number, length: number): void {
    this.tm.year = value;
    this.#isTwoDigitYear = length <= 2;
    this.#touched = yearBit;
  }

  #setMonth(value: number): void {
    this.tm.month = value;
    this.#touched = monthBit;
  }

  #setDay(value: number): void {
    this.tm.day = value;
    this.#touched = dayBit;
  }

  /** A run of digits: yyyymmdd, yymmdd, hhmmss or hhmm, the latter two with a fraction. */
  #concatenated(text: string, mask: number): void {
    let digits = text;
    const point = text.indexOf('.');
    if (point >= 0) {
      this.tm.micros = fractionMicros(text.slice(point));
      digits = text.slice(0, point);
    } else if ((mask & dateBits) !== dateBits && digits.length >= 6) {
      this.tm.day = Number(digits.slice(-2));
      this.tm.month = Number(digits.slice(-4, -2));
      this.tm.year = Number(digits.slice(0, -4));
      if (digits.length === 6) this.#isTwoDigitYear = true;
      this.#touched = dateBits;
      return;
    }
    if ((mask & timeBit) === 0 && (digits.length === 6 || digits.length === 4)) {
      this.tm.hour = Number(digits.slice(0, 2));
      this.tm.minute = Number(digits.slice(2, 4));
      this.tm.second = digits.length === 6 ? Number(digits.slice(4)) : 0;
      this.#touched = timeBit;
      return;
    }
    refuse();
  }

  #wordField(index: number, text: string): void {
    const abbreviation = zoneOfAbbreviation(text);
    if (abbreviation !== null) {
      this.#zone = abbreviation;
      this.#isAbbreviation = true;
      this.#touched = zoneBit;
      return;
    }
    const word = dateWord(text);
    if (word === undefined) {
      const zone = zoneByName(text);
      if (zone === null) throw new Refusal('format');
      this.#zone = zone;
      this.#touched = zoneBit;
      return;
    }
    switch (word.kind) {
      case 'ignore':
        return;
      case 'reserved':
        this.#reserved(word.value);
        return;
      case 'month': {
        const monthMayBeDay =
          (this.mask & monthBit) !== 0 &&
          !this.#hasTextMonth &&
          (this.mask & dayBit) === 0 &&
          this.tm.month >= 1 &&
          this.tm.month <= 31;
        if (monthMayBeDay) {
          this.tm.day = this.tm.month;
          this.#touched = dayBit;
        } else this.#touched = monthBit;
        this.#hasTextMonth = true;
        this.tm.month = word.value;
        return;
      }
      case 'meridiem':
        this.#meridiem = word.value;
        this.#touched = meridiemBit;
        return;
      case 'era':
        this.#isBc = word.value === 'bc';
        this.#touched = eraBit;
        return;
      case 'weekday':
        this.#touched = weekdayBit;
        return;
      case 'unit':
        this.#prefix = word.value;
        return;
      case 'isoTime': {
        const next = this.#fields[index + 1]?.kind;
        if (!this.#isTimeOnly && (this.mask & dateBits) !== dateBits) refuse();
        if (next !== 'number' && next !== 'time' && next !== 'date') refuse();
        this.#prefix = 'isoTime';
        return;
      }
      case 'daylight':
        if (this.#zone !== null) this.offsetSeconds = this.#zone.at(0).offsetSeconds + 3600;
        this.#touched = daylightBit;
        return;
    }
  }

  #reserved(value: string): void {
    const zone = sessionZone(this.#context);
    const now = this.#context.transactionMicros;
    const offset = zone.at(Math.floor(now / 1_000_000)).offsetSeconds;
    const local = fieldsFromMicros(now + offset * 1_000_000);
    switch (value) {
      case 'now':
        Object.assign(this.tm, local);
        this.offsetSeconds = offset;
        this.#touched = dateBits | timeBit | zoneBit;
        return;
      case 'today':
      case 'tomorrow':
      case 'yesterday': {
        if (this.#isTimeOnly) refuse();
        const shift = value === 'today' ? 0 : value === 'tomorrow' ? 1 : -1;
        Object.assign(this.tm, civilFromDays(daysFromCivil(local.year, local.month, local.day) + shift));
        this.#touched = dateBits;
        return;
      }
      case 'allballs':
        this.offsetSeconds = 0;
        this.#touched = timeBit | zoneBit;
        return;
      default:
        if (this.#isTimeOnly) refuse();
        this.special = value as 'epoch' | 'infinity' | '-infinity';
        this.#touched = dateBits | timeBit | zoneBit;
    }
  }

  #finish(): void {
    const tm = this.tm;
    const hasDate = (this.mask & dateBits) === dateBits;
    if (!this.#isTimeOnly || hasDate) this.#validateDate();
    if (this.#meridiem !== null) {
      if (tm.hour > 12) refuse('overflow');
      if (this.#meridiem === 'am' && tm.hour === 12) tm.hour = 0;
      else if (this.#meridiem === 'pm' && tm.hour !== 12) tm.hour += 12;
    }
    if (this.#isTimeOnly) {
      const total = ((tm.hour * 60 + tm.minute) * 60 + tm.second) * 1_000_000 + tm.micros;
      if (tm.hour < 0 || tm.minute > 59 || tm.second > 60 || tm.hour > 24 || total > microsPerDay) refuse('overflow');
      if ((this.mask & timeBit) === 0) refuse();
    } else {
      if (!hasDate) refuse();
    }
    if (this.#zone !== null && this.offsetSeconds === null) this.offsetSeconds = this.#zoneOffset(this.#zone, hasDate);
  }

  #zoneOffset(zone: Zone, hasDate: boolean): number {
    const tm = this.tm;
    if (!hasDate && !zone.isFixed && !this.#isAbbreviation) refuse();
    const days = hasDate
      ? daysFromCivil(tm.year, tm.month, tm.day) + epochDays
      : Math.floor(this.#context.transactionMicros / microsPerDay);
    return zone.offsetOfLocal(days * 86400 + tm.hour * 3600 + tm.minute * 60 + tm.second);
  }

  #validateDate(): void {
    const tm = this.tm;
    if ((this.mask & yearBit) !== 0 && !this.#isJulian) {
      if (this.#isBc) {
        if (tm.year <= 0) refuse('overflow');
        tm.year = 1 - tm.year;
      } else if (this.#isTwoDigitYear) {
        if (tm.year < 0) refuse('overflow');
        if (tm.year < 70) tm.year += 2000;
        else if (tm.year < 100) tm.year += 1900;
      } else if (tm.year <= 0) refuse('overflow');
    }
    if ((this.mask & dayOfYearBit) !== 0)
      Object.assign(tm, civilFromDays(daysFromCivil(tm.year, 1, 1) + this.#dayOfYear - 1));
    if ((this.mask & monthBit) !== 0 && (tm.month < 1 || tm.month > 12)) refuse('orderOverflow');
    if ((this.mask & dayBit) !== 0 && (tm.day < 1 || tm.day > 31)) refuse('orderOverflow');
    if ((this.mask & dateBits) === dateBits && tm.day > daysInMonth(tm.year, tm.month)) refuse('overflow');
  }
}

function troubleError(trouble: Trouble, text: string, type: string): Error {
  switch (trouble) {
    case 'format':
      return invalidDatetime(type, text);
    case 'overflow':
      return datetimeFieldOverflow(text);
    case 'orderOverflow':
      return datetimeFieldOverflow(text, 'Perhaps you need a different "datestyle" setting.');
    case 'zoneOverflow':
      return pgError('22009', `time zone displacement out of range: "${text}"`);
  }
}

/**
 * Reads a moment. `type` is the name errors use; `isTimeOnly` reads for time and timetz, where a date may be left out.
 */
export function parseMoment(text: string, type: string, context: CallContext, isTimeOnly: boolean): ParsedMoment {
  const fields = scanDatetime(text);
  if (fields === null || fields.length === 0) throw invalidDatetime(type, text);
  const decoder = new MomentDecoder(fields, context, isTimeOnly);
  try {
    decoder.run();
  } catch (error) {
    if (error instanceof Refusal) throw troubleError(error.trouble, text, type);
    throw error;
  }
  return {
    special: decoder.special,
    fields: decoder.tm,
    hasDate: (decoder.mask & dateBits) === dateBits,
    offsetSeconds: decoder.offsetSeconds,
  };
}
