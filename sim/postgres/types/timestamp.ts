/** date, time, timetz, timestamp and timestamptz as types; reading is datetime-parse.ts, text is datetime-format.ts. */
import type { TypeBehaviour } from './behaviour.ts';
import {
  dateEnd,
  dateMin,
  daysFromCivil,
  daysInMonth,
  epochDays,
  isTimestampInRange,
  microsFromFields,
  microsPerDay,
} from './calendar.ts';
import { clockText, dateText, offsetText, timestampText } from './datetime-format.ts';
import { parseMoment } from './datetime-parse.ts';
import type { CallContext, Datum, TimeTz } from './datum.ts';
import { insufficientData, invalidParameter, pgError, timestampOutOfRange } from './errors.ts';
import { roundMicros } from './interval.ts';
import { sessionZone } from './session-zone.ts';

const epochMicrosOf2000 = 946_684_800_000_000;
const maxInt8 = 2n ** 63n - 1n;
const minInt8 = -(2n ** 63n);

const compareNumber = (left: Datum, right: Datum): number =>
  (left as number) < (right as number) ? -1 : (left as number) > (right as number) ? 1 : 0;
const hashNumber = (datum: Datum): number => datum as number;

/** The offset of the session's zone for a local moment in microseconds, east of UTC. */
export function localOffset(localMicros: number, context: CallContext): number {
  return sessionZone(context).offsetOfLocal(Math.floor(localMicros / 1_000_000));
}

/** The instant of a local moment under the session's zone. */
export function instantOfLocal(localMicros: number, context: CallContext): number {
  if (!Number.isFinite(localMicros)) return localMicros;
  const micros = localMicros - localOffset(localMicros, context) * 1_000_000;
  if (!isTimestampInRange(micros)) throw timestampOutOfRange();
  return micros;
}

/** The local moment of an instant under the session's zone. */
export function localOfInstant(micros: number, context: CallContext): number {
  if (!Number.isFinite(micros)) return micros;
  return micros + sessionZone(context).at(Math.floor(micros / 1_000_000)).offsetSeconds * 1_000_000;
}

function secondsPrecision(name: string): Pick<TypeBehaviour, 'typmodIn' | 'typmodOut'> {
  const title = name.toUpperCase();
  const suffix = name.endsWith('tz') ? ' WITH TIME ZONE' : '';
  return {
    typmodIn(modifiers) {
      if (modifiers.length !== 1) throw invalidParameter('invalid type modifier');
      const precision = Number(modifiers[0]);
      const shown = `${title.replace('TZ', '')}(${precision})${suffix}`;
      if (precision < 0) throw invalidParameter(`${shown} precision must not be negative`);
      return Math.min(precision, 6);
    },
    typmodOut: (typmod) => (typmod < 0 ? '' : `(${typmod})`),
  };
}

export const date: TypeBehaviour = {
  input(text, _typmod, context) {
    const moment = parseMoment(text, 'date', context, false);
    if (moment.special === 'infinity') return Number.POSITIVE_INFINITY;
    if (moment.special === '-infinity') return Number.NEGATIVE_INFINITY;
    if (moment.special === 'epoch') return -epochDays;
    const { year, month, day } = moment.fields;
    const days = daysFromCivil(year, month, day);
    if (days < dateMin || days >= dateEnd) throw pgError('22008', `date out of range: "${text}"`);
    return days;
  },
  output(datum, context) {
    const days = datum as number;
    if (!Number.isFinite(days)) return days > 0 ? 'infinity' : '-infinity';
    return dateText(days, context.dateStyle);
  },
  receive(bytes) {
    if (bytes.length < 4) throw insufficientData();
    const days = bytes.readInt32BE(0);
    if (days === 2147483647) return Number.POSITIVE_INFINITY;
    if (days === -2147483648) return Number.NEGATIVE_INFINITY;
    if (days < dateMin || days >= dateEnd) throw pgError('22008', 'date out of range');
    return days;
  },
  send(datum) {
    const days = datum as number;
    const bytes = Buffer.alloc(4);
    bytes.writeInt32BE(Number.isFinite(days) ? days : days > 0 ? 2147483647 : -2147483648);
    return bytes;
  },
  compare: compareNumber,
  hashKey: hashNumber,
};

/** What isoMoment has read: local microseconds and the zone's seconds east of UTC. Shared, since reading never nests. */
const iso = { local: 0, offsetSeconds: 0, hasZone: false };

/** Two digits at an index, or a number above 99. */
function twoDigits(text: string, at: number): number {
  const tens = text.charCodeAt(at) - 48;
  const ones = text.charCodeAt(at + 1) - 48;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : 1000;
}

/**
 * The short way for `2024-07-01 12:34:56.789+02`, which is what clients send: true when the text has exactly that form, with T or a space, an
 * optional fraction and an optional zone of Z, hours or hours and minutes. Everything else goes the long way, errors included.
 */
function isoMoment(text: string): boolean {
  const length = text.length;
  if (
    length < 19 ||
    text.charCodeAt(4) !== 45 ||
    text.charCodeAt(7) !== 45 ||
    text.charCodeAt(13) !== 58 ||
    text.charCodeAt(16) !== 58
  )
    return false;
  const separator = text.charCodeAt(10);
  if (separator !== 32 && separator !== 84) return false;
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2);
  const month = twoDigits(text, 5);
  const day = twoDigits(text, 8);
  const hour = twoDigits(text, 11);
  const minute = twoDigits(text, 14);
  const second = twoDigits(text, 17);
  if (year < 1 || year > 9999 || month < 1 || month > 12 || hour > 23 || minute > 59 || second > 59) return false;
  if (day < 1 || day > 28) {
    if (day < 1 || day > daysInMonth(year, month)) return false;
  }
  let at = 19;
  let micros = 0;
  if (at < length && text.charCodeAt(at) === 46) {
    let unit = 100_000;
    for (at++; at < length; at++) {
      const digit = text.charCodeAt(at) - 48;
      if (digit < 0 || digit > 9) break;
      // A seventh digit would have to be rounded.
      if (unit < 1) return false;
      micros += digit * unit;
      unit /= 10;
    }
  }
  iso.hasZone = at < length;
  iso.offsetSeconds = 0;
  if (iso.hasZone) {
    const sign = text.charCodeAt(at);
    if (sign === 90) at++;
    else if (sign === 43 || sign === 45) {
      const hours = twoDigits(text, at + 1);
      at += 3;
      let minutes = 0;
      if (at < length) {
        if (text.charCodeAt(at) !== 58) return false;
        minutes = twoDigits(text, at + 1);
        at += 3;
      }
      if (hours > 15 || minutes > 59) return false;
      iso.offsetSeconds = (sign === 45 ? -60 : 60) * (hours * 60 + minutes);
    } else return false;
    if (at !== length) return false;
  }
  const days = daysFromCivil(year, month, day) + epochDays;
  iso.local = days * microsPerDay + ((hour * 60 + minute) * 60 + second) * 1_000_000 + micros;
  return true;
}

function timestampInput(text: string, type: string, context: CallContext): number {
  if (isoMoment(text)) {
    if (type === 'timestamp') return iso.local;
    const { local, offsetSeconds, hasZone } = iso;
    return local - (hasZone ? offsetSeconds : localOffset(local, context)) * 1_000_000;
  }
  const moment = parseMoment(text, type, context, false);
  if (moment.special === 'infinity') return Number.POSITIVE_INFINITY;
  if (moment.special === '-infinity') return Number.NEGATIVE_INFINITY;
  if (moment.special === 'epoch') return 0;
  const local = microsFromFields(moment.fields);
  if (type === 'timestamp') {
    if (!isTimestampInRange(local)) throw pgError('22008', `timestamp out of range: "${text}"`);
    return local;
  }
  const offset = moment.offsetSeconds ?? localOffset(local, context);
  const micros = local - offset * 1_000_000;
  if (!isTimestampInRange(micros)) throw pgError('22008', `timestamp out of range: "${text}"`);
  return micros;
}

export function fitTimestamp(datum: Datum, typmod: number): Datum {
  if (typmod < 0) return datum;
  const micros = datum as number;
  if (!Number.isFinite(micros)) return micros;
  // The server rounds its own count, which starts in 2000.
  return roundMicros(micros - epochMicrosOf2000, typmod) + epochMicrosOf2000;
}

function timestampReceive(bytes: Buffer): number {
  if (bytes.length < 8) throw insufficientData();
  const raw = bytes.readBigInt64BE(0);
  if (raw === maxInt8) return Number.POSITIVE_INFINITY;
  if (raw === minInt8) return Number.NEGATIVE_INFINITY;
  const micros = Number(raw) + epochMicrosOf2000;
  if (!isTimestampInRange(micros)) throw timestampOutOfRange();
  return micros;
}

function timestampSend(datum: Datum): Buffer {
  const micros = datum as number;
  const bytes = Buffer.alloc(8);
  const raw = Number.isFinite(micros) ? BigInt(micros - epochMicrosOf2000) : micros > 0 ? maxInt8 : minInt8;
  bytes.writeBigInt64BE(raw);
  return bytes;
}

export const timestamp: TypeBehaviour = {
  input: (text, typmod, context) => fitTimestamp(timestampInput(text, 'timestamp', context), typmod),
  output: (datum, context) => timestampText(datum as number, null, context.dateStyle),
  receive: (bytes, typmod) => fitTimestamp(timestampReceive(bytes), typmod),
  send: timestampSend,
  compare: compareNumber,
  hashKey: hashNumber,
  fit: fitTimestamp,
  ...secondsPrecision('timestamp'),
};

export const timestamptz: TypeBehaviour = {
  ...timestamp,
  input: (text, typmod, context) => fitTimestamp(timestampInput(text, 'timestamp with time zone', context), typmod),
  output: (datum, context) => timestampText(datum as number, sessionZone(context), context.dateStyle),
  ...secondsPrecision('timestamptz'),
};

function clockMicros(fields: { hour: number; minute: number; second: number; micros: number }): number {
  return ((fields.hour * 60 + fields.minute) * 60 + fields.second) * 1_000_000 + fields.micros;
}

export const time: TypeBehaviour = {
  input(text, typmod, context) {
    return roundMicros(clockMicros(parseMoment(text, 'time', context, true).fields), typmod);
  },
  output: (datum) => clockText(datum as number),
  receive(bytes, typmod) {
    if (bytes.length < 8) throw insufficientData();
    const micros = Number(bytes.readBigInt64BE(0));
    if (micros < 0 || micros > microsPerDay) throw pgError('22008', 'time out of range');
    return roundMicros(micros, typmod);
  },
  send(datum) {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64BE(BigInt(datum as number));
    return bytes;
  },
  compare: compareNumber,
  hashKey: hashNumber,
  fit: (datum, typmod) => roundMicros(datum as number, typmod),
  ...secondsPrecision('time'),
};

/** Orders by the instant, then by the zone, as timetz_cmp does. */
function compareTimeTz(left: TimeTz, right: TimeTz): number {
  const a = left.micros + left.zoneSeconds * 1_000_000;
  const b = right.micros + right.zoneSeconds * 1_000_000;
  if (a !== b) return a < b ? -1 : 1;
  return left.zoneSeconds === right.zoneSeconds ? 0 : left.zoneSeconds < right.zoneSeconds ? -1 : 1;
}

export const timetz: TypeBehaviour = {
  input(text, typmod, context) {
    const moment = parseMoment(text, 'time with time zone', context, true);
    const micros = clockMicros(moment.fields);
    let offset = moment.offsetSeconds;
    if (offset === null) {
      const local = localOfInstant(context.transactionMicros, context);
      const day = moment.hasDate
        ? microsFromFields(moment.fields) - micros
        : Math.floor(local / microsPerDay) * microsPerDay;
      offset = localOffset(day + micros, context);
    }
    return { micros: roundMicros(micros, typmod), zoneSeconds: offset === 0 ? 0 : -offset };
  },
  output(datum) {
    const value = datum as TimeTz;
    return clockText(value.micros) + offsetText(-value.zoneSeconds);
  },
  receive(bytes, typmod) {
    if (bytes.length < 12) throw insufficientData();
    return { micros: roundMicros(Number(bytes.readBigInt64BE(0)), typmod), zoneSeconds: bytes.readInt32BE(8) };
  },
  send(datum) {
    const value = datum as TimeTz;
    const bytes = Buffer.alloc(12);
    bytes.writeBigInt64BE(BigInt(value.micros));
    bytes.writeInt32BE(value.zoneSeconds, 8);
    return bytes;
  },
  compare: (left, right) => compareTimeTz(left as TimeTz, right as TimeTz),
  hashKey: (datum) => `${(datum as TimeTz).micros}/${(datum as TimeTz).zoneSeconds}`,
  fit(datum, typmod) {
    const value = datum as TimeTz;
    return { micros: roundMicros(value.micros, typmod), zoneSeconds: value.zoneSeconds };
  },
  ...secondsPrecision('timetz'),
};
