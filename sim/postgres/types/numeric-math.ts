/**
 * sqrt, exp, ln, log and power of numeric, with the result scales of numeric.c; the digits come from fixed-point series in bigints with guard
 * digits, so that the last shown digit is correctly rounded, which the server's own series reach as well.
 */
import type { Numeric } from './datum.ts';
import { divisionByZero, pgError } from './errors.ts';
import {
  absolute,
  checked,
  clampScale,
  compareNumeric,
  divideAt,
  divideRounded,
  finite,
  fromBigInt,
  leadingDigit,
  numericInfinity,
  numericNaN,
  one,
  overflow,
  round,
  sign,
  subtract,
  tenTo,
  toFloat,
  valueAt,
  zero,
} from './numeric.ts';

const log10OfE = Math.LOG10E;
const significantDigitsMin = 16;
const resultScaleMax = 2000;

function integerRoot(value: bigint): bigint {
  if (value < 2n) return value;
  let guess = 1n << BigInt((value.toString(2).length + 1) >> 1);
  for (;;) {
    const next = (guess + value / guess) >> 1n;
    if (next >= guess) return guess;
    guess = next;
  }
}

export function sqrt(a: Numeric): Numeric {
  if (a.special === 1 || a.special === 2) return a;
  if (sign(a) < 0) throw pgError('2201F', 'cannot take square root of a negative number');
  const { weight } = leadingDigit(a);
  const rootWeight = (weight + 1) * 2 - 1;
  const scale = clampScale(significantDigitsMin - rootWeight, a.scale);
  return sqrtAt(a, scale);
}

/** The square root of a number that is not negative, rounded to `scale` digits. */
export function sqrtAt(a: Numeric, scale: number): Numeric {
  const half = Math.ceil(a.scale / 2);
  const root = integerRoot(a.value * tenTo(2 * (scale + 2 + half) - a.scale));
  return round(finite(root, scale + 2 + half), scale);
}

/** e^x at `scale` digits, x given as an unscaled value at the same scale; correct to a few units in the last place. */
export function expFixed(x: bigint, scale: number): bigint {
  const unit = tenTo(scale);
  const halvings = 16 + Math.max(0, absolute(x / unit).toString(2).length);
  const guard = halvings + 8;
  const inner = tenTo(scale + guard);
  const reduced = (x * tenTo(guard)) >> BigInt(halvings);
  let term = inner;
  let sum = inner;
  for (let n = 1n; term !== 0n; n++) {
    term = (term * reduced) / (inner * n);
    sum += term;
  }
  for (let i = 0; i < halvings; i++) sum = (sum * sum) / inner;
  return divideRounded(sum, tenTo(guard));
}

const logarithmsOfTwo = new Map<number, bigint>();

/** 2 * atanh(numerator / denominator) at `scale` digits. */
function doubleArtanh(numerator: bigint, denominator: bigint, scale: number): bigint {
  const unit = tenTo(scale);
  const ratio = (numerator * unit) / denominator;
  const square = (ratio * ratio) / unit;
  let power = ratio;
  let sum = 0n;
  for (let n = 1n; power !== 0n; n += 2n) {
    sum += power / n;
    power = (power * square) / unit;
  }
  return 2n * sum;
}

function lnOfTwo(scale: number): bigint {
  let value = logarithmsOfTwo.get(scale);
  if (value === undefined) {
    value = doubleArtanh(1n, 3n, scale);
    logarithmsOfTwo.set(scale, value);
  }
  return value;
}

/** ln(a) at `scale` digits for a finite positive `a`. */
export function lnFixed(a: Numeric, scale: number): bigint {
  const guard = 12;
  const working = scale + guard;
  const numerator = a.value;
  const denominator = tenTo(a.scale);
  const shift = numerator.toString(2).length - denominator.toString(2).length;
  const top = shift < 0 ? numerator << BigInt(-shift) : numerator;
  const bottom = shift > 0 ? denominator << BigInt(shift) : denominator;
  const sum = doubleArtanh(top - bottom, top + bottom, working) + BigInt(shift) * lnOfTwo(working);
  return divideRounded(sum, tenTo(guard));
}

/** The first two digits in base 10000 as one number, and its decimal exponent. */
function estimateLnWeight(a: Numeric): number {
  if (sign(a) <= 0) return 0;
  const isNearOne = compareNumeric(a, finite(9n, 1)) >= 0 && compareNumeric(a, finite(11n, 1)) <= 0;
  if (isNearOne) {
    const distance = subtract(a, one);
    if (distance.value === 0n) return 0;
    const { weight, digit } = leadingDigit(distance);
    return weight * 4 + Math.trunc(Math.log10(digit));
  }
  const { weight, digit } = leadingDigit(a);
  const shift = a.scale + (weight - 1) * 4;
  const two = Number(shift >= 0 ? a.value / tenTo(shift) : a.value * tenTo(-shift));
  const hasSecond = two !== digit * 10000 || a.value % tenTo(Math.max(0, shift)) !== 0n;
  const estimate = hasSecond ? Math.log(two) + (weight * 4 - 4) * Math.LN10 : Math.log(digit) + weight * 4 * Math.LN10;
  return Math.trunc(Math.log10(Math.abs(estimate)));
}

function refuseNonPositive(a: Numeric): void {
  if (a.special === 3 || (a.special === 0 && a.value < 0n)) {
    throw pgError('2201E', 'cannot take logarithm of a negative number');
  }
  if (a.special === 0 && a.value === 0n) throw pgError('2201E', 'cannot take logarithm of zero');
}

export function ln(a: Numeric): Numeric {
  if (a.special === 1) return a;
  refuseNonPositive(a);
  if (a.special === 2) return a;
  const scale = clampScale(significantDigitsMin - estimateLnWeight(a), a.scale);
  return finite(divideRounded(lnFixed(a, scale + 8), tenTo(8)), scale);
}

/** The logarithm of `a` to base `base`. */
export function log(base: Numeric, a: Numeric): Numeric {
  if (base.special === 1 || a.special === 1) return numericNaN;
  refuseNonPositive(base);
  refuseNonPositive(a);
  if (base.special === 2) return a.special === 2 ? numericNaN : zero;
  if (a.special === 2) return numericInfinity;
  const baseWeight = estimateLnWeight(base);
  const weight = estimateLnWeight(a) - baseWeight;
  const scale = clampScale(significantDigitsMin - weight, base.scale, a.scale);
  const working = scale + 30 + Math.abs(weight) + Math.abs(baseWeight);
  const bottom = lnFixed(base, working);
  if (bottom === 0n) throw divisionByZero();
  return finite(divideAt(finite(lnFixed(a, working), working), finite(bottom, working), scale), scale);
}

export function exp(a: Numeric): Numeric {
  if (a.special === 1 || a.special === 2) return a;
  if (a.special === 3) return zero;
  const estimate = Math.max(-resultScaleMax, Math.min(resultScaleMax, toFloat(a) * log10OfE));
  return expAt(a, clampScale(significantDigitsMin - Math.trunc(estimate), a.scale));
}

function expAt(a: Numeric, scale: number): Numeric {
  const size = toFloat(a);
  if (Math.abs(size) >= resultScaleMax * 3) {
    if (size > 0) throw overflow();
    return finite(0n, scale);
  }
  const working = scale + 10 + Math.max(0, Math.ceil(size * log10OfE));
  return checked(finite(divideRounded(expFixed(valueAt(a, working), working), tenTo(working - scale)), scale));
}

function powerOfInteger(base: Numeric, exponent: number, leastScale: number): Numeric {
  if (exponent === 0) return finite(tenTo(leastScale), leastScale);
  if (base.value === 0n) {
    if (exponent < 0) throw divisionByZero();
    return finite(0n, leastScale);
  }
  const size = Math.abs(exponent);
  const { weight, digit } = leadingDigit(base);
  const decimalWeight = exponent * (Math.log10(digit) + weight * 4);
  if (decimalWeight > 131072) throw overflow();
  if (decimalWeight < -16384 - 1) return finite(0n, leastScale);
  const digitsOfBase = absolute(base.value).toString().length;
  if (size * digitsOfBase < 20000) {
    const exact = finite(base.value ** BigInt(size), base.scale * size);
    if (exponent > 0) return checked(finite(valueAt(exact, leastScale), leastScale));
    return finite(divideAt(one, exact, leastScale), leastScale);
  }
  const working = leastScale + 30 + Math.ceil(Math.log10(size)) + Math.max(0, Math.ceil(decimalWeight));
  const positive = finite(absolute(base.value), base.scale);
  const logarithm = lnFixed(positive, working) * BigInt(exponent);
  const result = divideRounded(expFixed(logarithm, working), tenTo(working - leastScale));
  return checked(finite(base.value < 0n && size % 2 === 1 ? -result : result, leastScale));
}

export function power(base: Numeric, exponent: Numeric): Numeric {
  if (base.special !== 0 || exponent.special !== 0) return powerSpecial(base, exponent);
  const isInteger = exponent.value % tenTo(exponent.scale) === 0n;
  if (base.value === 0n && exponent.value < 0n) throw pgError('2201F', 'zero raised to a negative power is undefined');
  if (base.value < 0n && !isInteger) {
    throw pgError('2201F', 'a negative number raised to a non-integer power yields a complex result');
  }
  if (isInteger) {
    const whole = exponent.value / tenTo(exponent.scale);
    if (whole >= -2147483648n && whole <= 2147483647n)
      return powerOfInteger(base, Number(whole), clampScale(significantDigitsMin, base.scale));
  }
  if (base.value === 0n) return finite(0n, significantDigitsMin);
  const lnWeight = estimateLnWeight(finite(absolute(base.value), base.scale));
  const rough =
    toFloat(
      finite(
        lnFixed(finite(absolute(base.value), base.scale), 30 + Math.max(0, -lnWeight)),
        30 + Math.max(0, -lnWeight),
      ),
    ) * toFloat(exponent);
  if (Math.abs(rough) > resultScaleMax * 3.01) {
    if (rough > 0) throw overflow();
    return finite(0n, 1000);
  }
  const scale = clampScale(significantDigitsMin - Math.trunc(rough * log10OfE), base.scale, exponent.scale);
  const working = scale + 40 + Math.max(0, -lnWeight) + exponent.scale + Math.abs(Math.ceil(rough * log10OfE));
  const logarithm = lnFixed(finite(absolute(base.value), base.scale), working);
  const product = divideRounded(logarithm * exponent.value, tenTo(exponent.scale));
  const result = expAt(finite(product, working), scale);
  const isOdd = isInteger && (exponent.value / tenTo(exponent.scale)) % 2n !== 0n;
  return base.value < 0n && isOdd ? finite(-result.value, result.scale) : result;
}

function powerSpecial(base: Numeric, exponent: Numeric): Numeric {
  if (base.special === 1) return exponent.special === 0 && exponent.value === 0n ? one : base;
  if (exponent.special === 1) return base.special === 0 && compareNumeric(base, one) === 0 ? one : exponent;
  if (compareNumeric(base, one) === 0 && base.special === 0) return one;
  if (exponent.special === 0 && exponent.value === 0n) return one;
  if (base.special === 0 && base.value === 0n) {
    if (sign(exponent) < 0) throw pgError('2201F', 'zero raised to a negative power is undefined');
    return zero;
  }
  if (exponent.special !== 0) {
    const size = base.special === 0 ? compareNumeric(finite(absolute(base.value), base.scale), one) : 1;
    if (size === 0) return one;
    return size > 0 === (exponent.special === 2) ? numericInfinity : zero;
  }
  if (base.special === 2) return exponent.value < 0n ? zero : numericInfinity;
  const isInteger = exponent.value % tenTo(exponent.scale) === 0n;
  if (!isInteger) throw pgError('2201F', 'a negative number raised to a non-integer power yields a complex result');
  if (exponent.value < 0n) return zero;
  return (exponent.value / tenTo(exponent.scale)) % 2n === 0n ? numericInfinity : { special: 3, value: 0n, scale: 0 };
}

export function factorial(n: bigint): Numeric {
  if (n < 0n) throw pgError('22003', 'factorial of a negative number is undefined');
  if (n > 32177n) throw overflow();
  let product = 1n;
  for (let i = 2n; i <= n; i++) product *= i;
  return fromBigInt(product);
}

/** Greatest common divisor; the scale is the larger of the two. */
export function gcd(a: Numeric, b: Numeric): Numeric {
  if (a.special !== 0 || b.special !== 0) return numericNaN;
  const scale = Math.max(a.scale, b.scale);
  let x = absolute(valueAt(a, scale));
  let y = absolute(valueAt(b, scale));
  while (y !== 0n) [x, y] = [y, x % y];
  return finite(x, scale);
}

export function lcm(a: Numeric, b: Numeric): Numeric {
  if (a.special !== 0 || b.special !== 0) return numericNaN;
  const scale = Math.max(a.scale, b.scale);
  const divisor = gcd(a, b);
  if (divisor.value === 0n) return finite(0n, scale);
  return checked(finite(absolute((valueAt(a, scale) / divisor.value) * valueAt(b, scale)), scale));
}
