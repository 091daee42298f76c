/**
 * exp, ln, log10 and pow of doubles, correctly rounded: computed in bigints with 40 digits and rounded once. The C library of the real server
 * is right in nearly every last digit, JavaScript's Math is not, and programs print these numbers (exp() spaces retries in job queues).
 */
import type { Numeric } from '../types/datum.ts';
import { digitCount, divideRounded, finite, formatNumeric, tenTo } from '../types/numeric.ts';
import { expFixed, lnFixed } from '../types/numeric-math.ts';

const digits = 40;

/** The exact decimal value of a finite double. */
export function exactDecimal(value: number): Numeric {
  if (Number.isInteger(value)) return finite(BigInt(value), 0);
  let exponent = 0;
  let mantissa = value;
  // Doubling is exact, and at most 1074 times are needed.
  while (!Number.isInteger(mantissa)) {
    mantissa *= 2;
    exponent++;
  }
  return finite(BigInt(mantissa) * 5n ** BigInt(exponent), exponent);
}

const toDouble = (value: bigint, scale: number): number => Number(formatNumeric(finite(value, scale)));

/** e^x for x given as an unscaled value; the result is rounded to a double. */
function expOf(x: bigint, scale: number): number {
  const approximate = toDouble(x, scale);
  // Outside these bounds the result is infinite or zero whatever its digits are.
  if (approximate > 710) return Number.POSITIVE_INFINITY;
  if (approximate < -746) return 0;
  const working = digits + Math.max(0, Math.ceil(-approximate * Math.LOG10E));
  const shifted = working >= scale ? x * tenTo(working - scale) : divideRounded(x, tenTo(scale - working));
  return toDouble(expFixed(shifted, working), working);
}

export function exactExp(value: number): number {
  if (!Number.isFinite(value) || value === 0) return Math.exp(value);
  const exact = exactDecimal(value);
  return expOf(exact.value, exact.scale);
}

/** ln of a positive double. */
export function exactLn(value: number): number {
  if (!Number.isFinite(value) || value === 1) return Math.log(value);
  // Near 1 the logarithm is small and needs more places.
  const scale = digits + 20;
  return toDouble(lnFixed(exactDecimal(value), scale), scale);
}

export function exactLog10(value: number): number {
  if (!Number.isFinite(value) || value === 1) return Math.log10(value);
  const scale = digits + 20;
  const quotient = divideRounded(lnFixed(exactDecimal(value), scale) * tenTo(scale), lnFixed(finite(10n, 0), scale));
  return toDouble(quotient, scale);
}

/** base^exponent for finite arguments; a negative base needs an integer exponent. */
export function exactPower(base: number, exponent: number): number {
  const isTrivial = base === 0 || exponent === 0 || base === 1 || exponent === 1;
  if (isTrivial || !Number.isFinite(base) || !Number.isFinite(exponent)) return base ** exponent;
  if (Number.isInteger(base) && Number.isInteger(exponent) && exponent > 0 && exponent <= 1100) {
    const whole = BigInt(base);
    if (digitCount(whole) * exponent < 400) return Number(whole ** BigInt(exponent));
  }
  const size = exactDecimal(Math.abs(base));
  const factor = exactDecimal(exponent);
  const scale = digits + 20 + digitCount(factor.value);
  const product = divideRounded(lnFixed(size, scale) * factor.value, tenTo(factor.scale));
  const result = expOf(product, scale);
  const isOdd = Number.isInteger(exponent) && Math.abs(exponent % 2) === 1;
  return base < 0 && isOdd ? -result : result;
}
