/**
 * numeric: exact decimals. A value is a bigint over a power of ten; the scale is what the server displays and follows its rules
 * (numeric.c: scale of a product is the sum, of a quotient select_div_scale).
 * Invariant: 0 <= scale <= 16383, and `value` is 0n when `special` is not 0.
 */
import type { TypeBehaviour } from './behaviour.ts';
import type { Datum, Numeric } from './datum.ts';
import { divisionByZero, insufficientData, invalidBinary, invalidInput, invalidParameter, pgError } from './errors.ts';
import { isDigit, isSpace, trimSpaces } from './scan.ts';

export const scaleMax = 16383;
const displayScaleMax = 1000;
const significantDigitsMin = 16;
const weightDigitsMax = 131072;

export const finite = (value: bigint, scale: number): Numeric => ({ special: 0, value, scale });
export const numericNaN: Numeric = { special: 1, value: 0n, scale: 0 };
export const numericInfinity: Numeric = { special: 2, value: 0n, scale: 0 };
export const numericMinusInfinity: Numeric = { special: 3, value: 0n, scale: 0 };
export const zero: Numeric = finite(0n, 0);
export const one: Numeric = finite(1n, 0);

const powers: bigint[] = [1n];

/** 10^exponent for exponent >= 0, kept for reuse while small. */
export function tenTo(exponent: number): bigint {
  if (exponent >= 4096) return 10n ** BigInt(exponent);
  for (let i = powers.length; i <= exponent; i++) powers.push(powers[i - 1]! * 10n);
  return powers[exponent]!;
}

export const absolute = (value: bigint): bigint => (value < 0n ? -value : value);

/** numerator / denominator, rounded half away from zero. */
export function divideRounded(numerator: bigint, denominator: bigint): bigint {
  const quotient = numerator / denominator;
  const rest = absolute(numerator % denominator);
  if (rest * 2n < absolute(denominator)) return quotient;
  return numerator < 0n === denominator < 0n ? quotient + 1n : quotient - 1n;
}

/** The unscaled value of `a` at another scale; digits that fall off are rounded half away from zero. */
export function valueAt(a: Numeric, scale: number): bigint {
  if (scale >= a.scale) return a.value * tenTo(scale - a.scale);
  return divideRounded(a.value, tenTo(a.scale - scale));
}

export const overflow = (): Error => pgError('22003', 'value overflows numeric format');

/** Checks the size that the storage format allows. */
export function checked(a: Numeric): Numeric {
  if (a.special === 0 && a.value !== 0n && digitCount(a.value) - a.scale > weightDigitsMax) throw overflow();
  return a;
}

export function digitCount(value: bigint): number {
  return absolute(value).toString().length;
}

/** The numeric of a text, or null when it is none. */
export function parseNumeric(text: string): Numeric | null {
  const trimmed = trimSpaces(text);
  const length = trimmed.length;
  let at = 0;
  let isNegative = false;
  const first = trimmed.charCodeAt(0);
  if (first === 43 || first === 45) {
    isNegative = first === 45;
    at = 1;
  }
  const start = at;
  while (at < length && isDigit(trimmed.charCodeAt(at))) at++;
  let digits = trimmed.slice(start, at);
  let scale = 0;
  if (trimmed.charCodeAt(at) === 46) {
    const fractionStart = ++at;
    while (at < length && isDigit(trimmed.charCodeAt(at))) at++;
    digits += trimmed.slice(fractionStart, at);
    scale = at - fractionStart;
  }
  if (digits === '') return parseSpecial(trimmed);
  if (at < length) {
    const letter = trimmed.charCodeAt(at);
    if (letter !== 101 && letter !== 69) return null;
    let digit = at + 1;
    while (isSpace(trimmed.charCodeAt(digit))) digit++;
    const sign = trimmed.charCodeAt(digit);
    if (sign === 43 || sign === 45) digit++;
    if (digit === length) return null;
    for (let i = digit; i < length; i++) if (!isDigit(trimmed.charCodeAt(i))) return null;
    const exponent = Number(trimmed.slice(at + 1));
    if (Math.abs(exponent) >= 1073741823) throw overflow();
    scale -= exponent;
  }
  let value = BigInt(digits);
  if (scale < 0) {
    if (value !== 0n && digitCount(value) - scale > weightDigitsMax) throw overflow();
    value *= tenTo(value === 0n ? 0 : -scale);
    scale = 0;
  }
  const result = checked(finite(isNegative ? -value : value, scale));
  return scale > scaleMax ? finite(valueAt(result, scaleMax), scaleMax) : result;
}

function parseSpecial(trimmed: string): Numeric | null {
  switch (trimmed.toLowerCase()) {
    case 'nan':
      return numericNaN;
    case 'inf':
    case '+inf':
    case 'infinity':
    case '+infinity':
      return numericInfinity;
    case '-inf':
    case '-infinity':
      return numericMinusInfinity;
    default:
      return null;
  }
}

export function formatNumeric(a: Numeric): string {
  if (a.special !== 0) return a.special === 1 ? 'NaN' : a.special === 2 ? 'Infinity' : '-Infinity';
  if (a.scale === 0) return a.value.toString();
  const digits = absolute(a.value)
    .toString()
    .padStart(a.scale + 1, '0');
  const cut = digits.length - a.scale;
  return `${a.value < 0n ? '-' : ''}${digits.slice(0, cut)}.${digits.slice(cut)}`;
}

/** NaN above everything and equal to itself. */
export function compareNumeric(a: Numeric, b: Numeric): number {
  if (a.special !== 0 || b.special !== 0) return rank(a) - rank(b);
  if (a.scale === b.scale) return a.value < b.value ? -1 : a.value > b.value ? 1 : 0;
  const scale = Math.max(a.scale, b.scale);
  const left = a.value * tenTo(scale - a.scale);
  const right = b.value * tenTo(scale - b.scale);
  return left < right ? -1 : left > right ? 1 : 0;
}

/** -1 for -Infinity, 0 for a number, 1 for Infinity, 2 for NaN. */
const rank = (a: Numeric): number => (a.special === 0 ? 0 : a.special === 1 ? 2 : a.special === 2 ? 1 : -1);

export const sign = (a: Numeric): number =>
  a.special === 0 ? (a.value > 0n ? 1 : a.value < 0n ? -1 : 0) : a.special === 2 ? 1 : a.special === 3 ? -1 : 0;

const infinityOf = (signOf: number): Numeric => (signOf > 0 ? numericInfinity : numericMinusInfinity);

export function negate(a: Numeric): Numeric {
  if (a.special === 0) return finite(-a.value, a.scale);
  return a.special === 1 ? a : infinityOf(-sign(a));
}

export function add(a: Numeric, b: Numeric): Numeric {
  if (a.special !== 0 || b.special !== 0) {
    if (a.special === 1 || b.special === 1) return numericNaN;
    if (a.special === 0) return b;
    return b.special === 0 || a.special === b.special ? a : numericNaN;
  }
  const scale = Math.max(a.scale, b.scale);
  return checked(finite(a.value * tenTo(scale - a.scale) + b.value * tenTo(scale - b.scale), scale));
}

export const subtract = (a: Numeric, b: Numeric): Numeric => add(a, negate(b));

export function multiply(a: Numeric, b: Numeric): Numeric {
  if (a.special !== 0 || b.special !== 0) {
    const signOf = sign(a) * sign(b);
    return a.special === 1 || b.special === 1 || signOf === 0 ? numericNaN : infinityOf(signOf);
  }
  const product = finite(a.value * b.value, a.scale + b.scale);
  return checked(product.scale > scaleMax ? finite(valueAt(product, scaleMax), scaleMax) : product);
}

/** Position of the first digit in base 10000, and that digit: what numeric.c calls weight and digits[0]. */
export function leadingDigit(a: Numeric): { weight: number; digit: number } {
  if (a.value === 0n) return { weight: 0, digit: 0 };
  const size = absolute(a.value);
  const weight = Math.floor((size.toString().length - a.scale - 1) / 4);
  const shift = a.scale + weight * 4;
  return { weight, digit: Number(shift >= 0 ? size / tenTo(shift) : size * tenTo(-shift)) };
}

/** Bounds a computed result scale as numeric.c does everywhere. */
export const clampScale = (scale: number, ...least: number[]): number =>
  Math.min(displayScaleMax, Math.max(scale, 0, ...least));

/** select_div_scale: at least 16 significant digits, and no fewer fraction digits than either operand. */
export function divisionScale(a: Numeric, b: Numeric): number {
  const top = leadingDigit(a);
  const bottom = leadingDigit(b);
  const weight = top.weight - bottom.weight - (top.digit <= bottom.digit ? 1 : 0);
  return clampScale(significantDigitsMin - weight * 4, a.scale, b.scale);
}

/** The quotient rounded to `scale` digits; both finite, `b` not zero. */
export function divideAt(a: Numeric, b: Numeric, scale: number): bigint {
  const shift = scale + b.scale - a.scale;
  return shift >= 0 ? divideRounded(a.value * tenTo(shift), b.value) : divideRounded(a.value, b.value * tenTo(-shift));
}

export function divide(a: Numeric, b: Numeric): Numeric {
  if (a.special !== 0 || b.special !== 0) {
    if (a.special === 1 || b.special === 1) return numericNaN;
    if (a.special !== 0) {
      if (b.special !== 0) return numericNaN;
      if (b.value === 0n) throw divisionByZero();
      return infinityOf(sign(a) * sign(b));
    }
    return zero;
  }
  if (b.value === 0n) throw divisionByZero();
  const scale = divisionScale(a, b);
  return checked(finite(divideAt(a, b, scale), scale));
}

/** The quotient cut to an integer, as div() gives it. */
export function divideTruncated(a: Numeric, b: Numeric): Numeric {
  if (a.special !== 0 || b.special !== 0) return divide(a, b);
  if (b.value === 0n) throw divisionByZero();
  const scale = Math.max(a.scale, b.scale);
  return finite((a.value * tenTo(scale - a.scale)) / (b.value * tenTo(scale - b.scale)), 0);
}

export function modulo(a: Numeric, b: Numeric): Numeric {
  if (a.special === 1 || b.special === 1) return numericNaN;
  if (a.special !== 0) {
    if (b.special === 0 && b.value === 0n) throw divisionByZero();
    return numericNaN;
  }
  if (b.special !== 0) return a;
  if (b.value === 0n) throw divisionByZero();
  const scale = Math.max(a.scale, b.scale);
  return finite((a.value * tenTo(scale - a.scale)) % (b.value * tenTo(scale - b.scale)), scale);
}

/** Rounds half away from zero to `scale` digits, which may be negative; the display scale is then 0. */
export function round(a: Numeric, scale: number): Numeric {
  if (a.special !== 0) return a;
  const target = Math.max(-weightDigitsMax, Math.min(scaleMax, scale));
  if (target >= 0) return finite(valueAt(a, target), target);
  const power = tenTo(-target);
  return checked(finite(divideRounded(a.value, power * tenTo(a.scale)) * power, 0));
}

export function truncate(a: Numeric, scale: number): Numeric {
  if (a.special !== 0) return a;
  const target = Math.max(-weightDigitsMax, Math.min(scaleMax, scale));
  if (target >= a.scale) return finite(valueAt(a, target), target);
  if (target >= 0) return finite(a.value / tenTo(a.scale - target), target);
  const power = tenTo(-target);
  return finite((a.value / (power * tenTo(a.scale))) * power, 0);
}

/** The integer at or below (above when `isUp`). */
export function floorOrCeil(a: Numeric, isUp: boolean): Numeric {
  if (a.special !== 0) return a;
  const power = tenTo(a.scale);
  const quotient = a.value / power;
  const rest = a.value % power;
  if (rest > 0n && isUp) return finite(quotient + 1n, 0);
  if (rest < 0n && !isUp) return finite(quotient - 1n, 0);
  return finite(quotient, 0);
}

export const fromBigInt = (value: bigint): Numeric => finite(value, 0);
export const fromInteger = (value: number): Numeric => finite(BigInt(value), 0);

/** A double through 15 (single: 6) significant digits, as the server's cast does. */
export function fromFloat(value: number, significantDigits: number): Numeric {
  if (Number.isNaN(value)) return numericNaN;
  if (!Number.isFinite(value)) return infinityOf(value);
  const [mantissa, exponent] = value.toExponential(significantDigits - 1).split('e') as [string, string];
  const trimmed = mantissa.includes('.') ? mantissa.replace(/0+$/, '').replace(/\.$/, '') : mantissa;
  return parseNumeric(`${trimmed}e${exponent}`)!;
}

export function toFloat(a: Numeric): number {
  if (a.special !== 0)
    return a.special === 1 ? Number.NaN : a.special === 2 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  return a.scale === 0 ? Number(a.value) : Number(formatNumeric(a));
}

/** Rounded to an integer within bounds; `type` names the target in errors. */
export function toInteger(a: Numeric, least: bigint, most: bigint, type: string): bigint {
  if (a.special === 1) throw pgError('0A000', `cannot convert NaN to ${type}`);
  if (a.special !== 0) throw pgError('0A000', `cannot convert infinity to ${type}`);
  const value = valueAt(a, 0);
  if (value < least || value > most) throw pgError('22003', `${type} out of range`);
  return value;
}

/** Without trailing zeros after the point: equal numbers give equal records. */
export function normalized(a: Numeric): Numeric {
  if (a.special !== 0 || a.scale === 0) return a;
  let { value, scale } = a;
  if (value === 0n) return zero;
  while (scale > 0 && value % 10n === 0n) {
    value /= 10n;
    scale--;
  }
  return finite(value, scale);
}

const typmodPrecision = (typmod: number): number => ((typmod - 4) >> 16) & 0xffff;
const typmodScale = (typmod: number): number => (((typmod - 4) & 0x7ff) ^ 1024) - 1024;

function fitNumeric(datum: Datum, typmod: number): Datum {
  const a = datum as Numeric;
  if (typmod < 4 || a.special === 1) return a;
  const precision = typmodPrecision(typmod);
  const scale = typmodScale(typmod);
  if (a.special !== 0) {
    throw pgError('22003', 'numeric field overflow', {
      detail: `A field with precision ${precision}, scale ${scale} cannot hold an infinite value.`,
    });
  }
  const rounded = round(a, scale);
  const digitsMax = precision - scale;
  const integerDigits = rounded.value === 0n ? Number.NEGATIVE_INFINITY : digitCount(rounded.value) - rounded.scale;
  if (integerDigits > digitsMax) {
    throw pgError('22003', 'numeric field overflow', {
      detail: `A field with precision ${precision}, scale ${scale} must round to an absolute value less than ${digitsMax !== 0 ? `10^${digitsMax}` : '1'}.`,
    });
  }
  return rounded;
}

function sendNumeric(a: Numeric): Buffer {
  const signCode = a.special !== 0 ? [0, 0xc000, 0xd000, 0xf000][a.special]! : a.value < 0n ? 0x4000 : 0;
  const digits: number[] = [];
  let weight = 0;
  if (a.value !== 0n) {
    const padding = (4 - (a.scale % 4)) % 4;
    const decimalText = (absolute(a.value) * tenTo(padding)).toString();
    const padded = decimalText.padStart(Math.ceil(decimalText.length / 4) * 4, '0');
    for (let i = 0; i < padded.length; i += 4) digits.push(Number(padded.slice(i, i + 4)));
    weight = digits.length - (a.scale + padding) / 4 - 1;
    while (digits[digits.length - 1] === 0) digits.pop();
  }
  const bytes = Buffer.alloc(8 + 2 * digits.length);
  bytes.writeInt16BE(digits.length, 0);
  bytes.writeInt16BE(weight, 2);
  bytes.writeUInt16BE(signCode, 4);
  bytes.writeInt16BE(a.scale, 6);
  for (let i = 0; i < digits.length; i++) bytes.writeInt16BE(digits[i]!, 8 + 2 * i);
  return bytes;
}

function receiveNumeric(bytes: Buffer): Numeric {
  if (bytes.length < 8) throw insufficientData();
  const count = bytes.readUInt16BE(0);
  const weight = bytes.readInt16BE(2);
  const signCode = bytes.readUInt16BE(4);
  const scale = bytes.readUInt16BE(6);
  if (signCode === 0xc000) return numericNaN;
  if (signCode === 0xd000) return numericInfinity;
  if (signCode === 0xf000) return numericMinusInfinity;
  if (signCode !== 0 && signCode !== 0x4000) throw invalidBinary('invalid sign in external "numeric" value');
  if (scale > scaleMax) throw invalidBinary('invalid scale in external "numeric" value');
  if (bytes.length < 8 + 2 * count) throw insufficientData();
  let value = 0n;
  for (let i = 0; i < count; i++) {
    const digit = bytes.readInt16BE(8 + 2 * i);
    if (digit < 0 || digit >= 10000) throw invalidBinary('invalid digit in external "numeric" value');
    value = value * 10000n + BigInt(digit);
  }
  if (signCode === 0x4000) value = -value;
  const exponent = (weight - count + 1) * 4 + scale;
  return finite(exponent >= 0 ? value * tenTo(exponent) : value / tenTo(-exponent), scale);
}

export const numeric: TypeBehaviour = {
  input(text, typmod) {
    const value = parseNumeric(text);
    if (value === null) throw invalidInput('numeric', text);
    return fitNumeric(value, typmod);
  },
  output: (datum) => formatNumeric(datum as Numeric),
  receive: (bytes, typmod) => fitNumeric(receiveNumeric(bytes), typmod),
  send: (datum) => sendNumeric(datum as Numeric),
  compare: (left, right) => compareNumeric(left as Numeric, right as Numeric),
  hashKey: (datum) => {
    const a = normalized(datum as Numeric);
    return a.special === 0 && a.scale === 0 ? a.value : formatNumeric(a);
  },
  fit: fitNumeric,
  typmodIn(modifiers) {
    const precision = Number(modifiers[0]);
    const scale = Number(modifiers[1] ?? 0);
    if (modifiers.length < 1 || modifiers.length > 2) throw invalidParameter('invalid NUMERIC type modifier');
    if (!(precision >= 1 && precision <= 1000))
      throw invalidParameter(`NUMERIC precision ${precision} must be between 1 and 1000`);
    if (scale < -1000 || scale > 1000) throw invalidParameter(`NUMERIC scale ${scale} must be between -1000 and 1000`);
    return ((precision << 16) | (scale & 0x7ff)) + 4;
  },
  typmodOut: (typmod) => (typmod < 4 ? '' : `(${typmodPrecision(typmod)},${typmodScale(typmod)})`),
};
