/**
 * The 80-bit extended double of x86, as far as INCRBYFLOAT and HINCRBYFLOAT show it: Redis reads both numbers with `strtold`, adds them and
 * prints `%.17Lf` without trailing zeros. With plain doubles 0.1 + 0.2 would print as 0.30000000000000004; Redis prints 0.3.
 *
 * A value is `mantissa * 2^exponent`; its mantissa has at most 64 bits. Rounding is to nearest, ties to even. Denormals are not modelled:
 * they are far below the 17 decimals that can be seen.
 */
import { strtod } from './numbers.ts';

export interface LongDouble {
  readonly mantissa: bigint;
  readonly exponent: number;
}

const MANTISSA_BITS = 64;
/** The largest value is just below 2^16384. */
const TOP_BIT_MAX = 16384;
/** More decimal exponent than this overflows or vanishes whatever the digits are (they are at most 5 KiB long). */
const EXPONENT_DECIMAL_MAX = 12_000;

const ZERO: LongDouble = { mantissa: 0n, exponent: 0 };

/**
 * Reads a number as `strtold` does.
 * @returns null when the text is no number or overflows; `'inf'`, `'-inf'` or `'nan'` for those
 */
export function parseLongDouble(text: string): LongDouble | 'inf' | '-inf' | 'nan' | null {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(text);
  if (match === null) return parseUnusual(text);
  const whole = match[2] ?? '';
  const fraction = match[3] ?? '';
  if (whole.length + fraction.length === 0) return null;
  const digits = BigInt(`0${whole}${fraction}`);
  if (digits === 0n) return ZERO;
  const exponent = Number(match[4] ?? '0') - fraction.length;
  if (Math.abs(exponent) > EXPONENT_DECIMAL_MAX) return null;
  const signed = match[1] === '-' ? -digits : digits;
  const value =
    exponent >= 0 ? normalise(signed * 10n ** BigInt(exponent), 0, false) : divide(signed, 10n ** BigInt(-exponent));
  return isOverflow(value) ? null : value;
}

function parseUnusual(text: string): LongDouble | 'inf' | '-inf' | 'nan' | null {
  const value = strtod(text);
  if (value === null) return null;
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  return fromDouble(value);
}

function fromDouble(value: number): LongDouble {
  if (value === 0) return ZERO;
  let exponent = 0;
  let scaled = value;
  while (!Number.isInteger(scaled)) {
    scaled *= 2;
    exponent -= 1;
  }
  return normalise(BigInt(scaled), exponent, false);
}

/** The rounded sum; null when it overflows to infinity. */
export function addLongDouble(left: LongDouble, right: LongDouble): LongDouble | null {
  const exponent = Math.min(left.exponent, right.exponent);
  const sum =
    (left.mantissa << BigInt(left.exponent - exponent)) + (right.mantissa << BigInt(right.exponent - exponent));
  if (sum === 0n) return ZERO;
  const value = normalise(sum, exponent, false);
  return isOverflow(value) ? null : value;
}

/** `%.17Lf` without trailing zeros, point or minus zero: what INCRBYFLOAT stores and answers. */
export function formatLongDouble(value: LongDouble): string {
  const isNegative = value.mantissa < 0n;
  const magnitude = isNegative ? -value.mantissa : value.mantissa;
  const scale = 10n ** 17n;
  const scaled =
    value.exponent >= 0
      ? (magnitude << BigInt(value.exponent)) * scale
      : shiftRound(magnitude * scale, -value.exponent);
  const digits = scaled.toString().padStart(18, '0');
  const whole = digits.slice(0, -17);
  let fraction = digits.slice(-17);
  let end = fraction.length;
  while (end > 0 && fraction.charCodeAt(end - 1) === 48) end -= 1;
  fraction = fraction.slice(0, end);
  const text = fraction === '' ? whole : `${whole}.${fraction}`;
  return isNegative && text !== '0' ? `-${text}` : text;
}

function isOverflow(value: LongDouble): boolean {
  const magnitude = value.mantissa < 0n ? -value.mantissa : value.mantissa;
  return bitLength(magnitude) + value.exponent > TOP_BIT_MAX;
}

/** Divides with enough further bits that one rounding decides; `isInexact` breaks false ties. */
function divide(numerator: bigint, denominator: bigint): LongDouble {
  const magnitude = numerator < 0n ? -numerator : numerator;
  const shift = Math.max(0, MANTISSA_BITS + 2 + bitLength(denominator) - bitLength(magnitude));
  const dividend = magnitude << BigInt(shift);
  const quotient = dividend / denominator;
  const isInexact = quotient * denominator !== dividend;
  return normalise(numerator < 0n ? -quotient : quotient, -shift, isInexact);
}

function normalise(mantissa: bigint, exponent: number, isInexact: boolean): LongDouble {
  const isNegative = mantissa < 0n;
  let magnitude = isNegative ? -mantissa : mantissa;
  let power = exponent;
  const excess = bitLength(magnitude) - MANTISSA_BITS;
  if (excess > 0) {
    // A sticky bit below stands for the remainder that the division has lost.
    magnitude = isInexact ? shiftRound((magnitude << 1n) | 1n, excess + 1) : shiftRound(magnitude, excess);
    power += excess;
  }
  return { mantissa: isNegative ? -magnitude : magnitude, exponent: power };
}

/** Shifts right by `bits`, rounding to nearest and ties to even. */
function shiftRound(value: bigint, bits: number): bigint {
  const shift = BigInt(bits);
  const quotient = value >> shift;
  const remainder = value - (quotient << shift);
  const half = 1n << (shift - 1n);
  if (remainder > half || (remainder === half && (quotient & 1n) === 1n)) return quotient + 1n;
  return quotient;
}

function bitLength(value: bigint): number {
  const hex = value.toString(16);
  return (hex.length - 1) * 4 + (32 - Math.clz32(Number.parseInt(hex[0]!, 16)));
}
