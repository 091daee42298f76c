/** Operators and functions of smallint, integer, bigint, real, double precision and oid, with the server's range checks. */
import type { Datum } from '../types/datum.ts';
import { divisionByZero, invalidParameter, outOfRange, pgError } from '../types/errors.ts';
import { int8Max, int8Min } from '../types/integer.ts';
import { exactExp, exactLn, exactLog10, exactPower } from './exact-math.ts';
import type { Implementation } from './implementation.ts';

export const arithmetic: Record<string, Implementation> = {};

const num = (datum: Datum | undefined): number => datum as number;
const big = (datum: Datum | undefined): bigint => BigInt(datum as number | bigint);

/** A result that must fit smallint or integer. */
function small(value: number, limit: number, type: string): number {
  if (value < -limit || value >= limit) throw outOfRange(type);
  return value === 0 ? 0 : value;
}

export const int2 = (value: number): number => small(value, 32768, 'smallint');
export const int4 = (value: number): number => small(value, 2147483648, 'integer');

export function int8(value: bigint): bigint {
  if (value < int8Min || value > int8Max) throw outOfRange('bigint');
  return value;
}

type SmallOperator = (a: number, b: number) => number;
type BigOperator = (a: bigint, b: bigint) => bigint;

const dividing = (a: number, b: number): number => {
  if (b === 0) throw divisionByZero();
  return Math.trunc(a / b);
};
const dividingBig = (a: bigint, b: bigint): bigint => {
  if (b === 0n) throw divisionByZero();
  return a / b;
};
const smallOperators: Record<string, SmallOperator> = {
  pl: (a, b) => a + b,
  mi: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: dividing,
};
const bigOperators: Record<string, BigOperator> = {
  pl: (a, b) => a + b,
  mi: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: dividingBig,
};

for (const [word, operator] of Object.entries(smallOperators)) {
  arithmetic[`int2${word}`] = (a) => int2(operator(num(a[0]), num(a[1])));
  for (const prefix of ['int4', 'int24', 'int42'])
    arithmetic[prefix + word] = (a) => int4(operator(num(a[0]), num(a[1])));
}
for (const [word, operator] of Object.entries(bigOperators)) {
  for (const prefix of ['int8', 'int28', 'int82', 'int48', 'int84']) {
    arithmetic[prefix + word] = (a) => int8(operator(big(a[0]), big(a[1])));
  }
}

const remainder = (a: number, b: number): number => {
  if (b === 0) throw divisionByZero();
  const rest = a % b;
  return rest === 0 ? 0 : rest;
};
arithmetic.int2mod = (a) => remainder(num(a[0]), num(a[1]));
arithmetic.int4mod = arithmetic.int2mod;
arithmetic.int8mod = (a) => {
  if (big(a[1]) === 0n) throw divisionByZero();
  return big(a[0]) % big(a[1]);
};
arithmetic.int2um = (a) => int2(-num(a[0]));
arithmetic.int4um = (a) => int4(-num(a[0]));
arithmetic.int8um = (a) => int8(-big(a[0]));
for (const name of ['int2up', 'int4up', 'int8up', 'float4up', 'float8up', 'numeric_uplus'])
  arithmetic[name] = (a) => a[0]!;
arithmetic.int2abs = (a) => int2(Math.abs(num(a[0])));
arithmetic.int4abs = (a) => int4(Math.abs(num(a[0])));
arithmetic.int8abs = (a) => int8(big(a[0]) < 0n ? -big(a[0]) : big(a[0]));
arithmetic.int4inc = (a) => int4(num(a[0]) + 1);
arithmetic.int8inc = (a) => int8(big(a[0]) + 1n);
arithmetic.int8dec = (a) => int8(big(a[0]) - 1n);

arithmetic.int2and = (a) => num(a[0]) & num(a[1]);
arithmetic.int2or = (a) => num(a[0]) | num(a[1]);
arithmetic.int2xor = (a) => num(a[0]) ^ num(a[1]);
arithmetic.int2not = (a) => ~num(a[0]);
arithmetic.int4and = arithmetic.int2and;
arithmetic.int4or = arithmetic.int2or;
arithmetic.int4xor = arithmetic.int2xor;
arithmetic.int4not = arithmetic.int2not;
// Shifts take the count modulo the width, as the processor does.
arithmetic.int2shl = (a) => ((num(a[0]) << (num(a[1]) & 31)) << 16) >> 16;
arithmetic.int2shr = (a) => num(a[0]) >> (num(a[1]) & 31);
arithmetic.int4shl = (a) => num(a[0]) << num(a[1]);
arithmetic.int4shr = (a) => num(a[0]) >> num(a[1]);
arithmetic.int8and = (a) => big(a[0]) & big(a[1]);
arithmetic.int8or = (a) => big(a[0]) | big(a[1]);
arithmetic.int8xor = (a) => big(a[0]) ^ big(a[1]);
arithmetic.int8not = (a) => ~big(a[0]);
arithmetic.int8shl = (a) => BigInt.asIntN(64, big(a[0]) << BigInt(num(a[1]) & 63));
arithmetic.int8shr = (a) => big(a[0]) >> BigInt(num(a[1]) & 63);

function gcdBig(a: bigint, b: bigint): bigint {
  let x = a < 0n ? -a : a;
  let y = b < 0n ? -b : b;
  while (y !== 0n) [x, y] = [y, x % y];
  return x;
}
const lcmBig = (a: bigint, b: bigint): bigint => {
  if (a === 0n || b === 0n) return 0n;
  const product = (a / gcdBig(a, b)) * b;
  return product < 0n ? -product : product;
};
arithmetic.int4gcd = (a) => int4(Number(gcdBig(big(a[0]), big(a[1]))));
arithmetic.int8gcd = (a) => int8(gcdBig(big(a[0]), big(a[1])));
arithmetic.int4lcm = (a) => int4(Number(lcmBig(big(a[0]), big(a[1]))));
arithmetic.int8lcm = (a) => int8(lcmBig(big(a[0]), big(a[1])));

export const floatOverflow = (): Error => pgError('22003', 'value out of range: overflow');
export const floatUnderflow = (): Error => pgError('22003', 'value out of range: underflow');

/** Refuses an infinity that no operand had, and a zero that no operand explains. */
function checkFloat(result: number, isInfinityFine: boolean, isZeroFine: boolean): number {
  if (!isInfinityFine && Math.abs(result) === Number.POSITIVE_INFINITY) throw floatOverflow();
  if (!isZeroFine && result === 0) throw floatUnderflow();
  return result;
}

const isInfinite = (value: number): boolean => value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY;

const floatOperators: Record<string, (a: number, b: number, narrow: (value: number) => number) => number> = {
  pl: (a, b, narrow) => checkFloat(narrow(a + b), isInfinite(a) || isInfinite(b), true),
  mi: (a, b, narrow) => checkFloat(narrow(a - b), isInfinite(a) || isInfinite(b), true),
  mul: (a, b, narrow) => checkFloat(narrow(a * b), isInfinite(a) || isInfinite(b), a === 0 || b === 0),
  div: (a, b, narrow) => {
    if (b === 0 && !Number.isNaN(a)) throw divisionByZero();
    return checkFloat(narrow(a / b), isInfinite(a), a === 0 || isInfinite(b));
  },
};
const asDouble = (value: number): number => value;
for (const [word, operator] of Object.entries(floatOperators)) {
  arithmetic[`float4${word}`] = (a) => operator(num(a[0]), num(a[1]), Math.fround);
  for (const prefix of ['float8', 'float48', 'float84'])
    arithmetic[prefix + word] = (a) => operator(num(a[0]), num(a[1]), asDouble);
}
for (const prefix of ['float4', 'float8']) {
  arithmetic[`${prefix}um`] = (a) => -num(a[0]);
  arithmetic[`${prefix}abs`] = (a) => Math.abs(num(a[0]));
}

/** C's rint: to the nearest integer, halves to the even one. */
export function roundToEven(value: number): number {
  if (!Number.isFinite(value) || Math.abs(value) >= 4503599627370496) return value;
  const floor = Math.floor(value);
  const rest = value - floor;
  const result = rest < 0.5 ? floor : rest > 0.5 ? floor + 1 : floor % 2 === 0 ? floor : floor + 1;
  return result === 0 && (value < 0 || Object.is(value, -0)) ? -0 : result;
}

arithmetic.dround = (a) => roundToEven(num(a[0]));
arithmetic.dtrunc = (a) => Math.trunc(num(a[0]));
arithmetic.dceil = (a) => Math.ceil(num(a[0]));
arithmetic.dfloor = (a) => Math.floor(num(a[0]));
arithmetic.dsign = (a) => {
  const value = num(a[0]);
  return value > 0 ? 1 : value < 0 ? -1 : Number.isNaN(value) ? value : 0;
};
arithmetic.dsqrt = (a) => {
  if (num(a[0]) < 0) throw pgError('2201F', 'cannot take square root of a negative number');
  return Math.sqrt(num(a[0]));
};
// Differs: the last digit may be another than the C library's, which is itself not the nearest.
arithmetic.dcbrt = (a) => Math.cbrt(num(a[0]));

function positiveForLogarithm(value: number): number {
  if (value === 0) throw pgError('2201E', 'cannot take logarithm of zero');
  if (value < 0) throw pgError('2201E', 'cannot take logarithm of a negative number');
  return value;
}
arithmetic.dlog1 = (a) => exactLn(positiveForLogarithm(num(a[0])));
arithmetic.dlog10 = (a) => exactLog10(positiveForLogarithm(num(a[0])));
arithmetic.dexp = (a) => {
  const value = num(a[0]);
  return checkFloat(exactExp(value), isInfinite(value), value === Number.NEGATIVE_INFINITY);
};
arithmetic.dpow = (a) => {
  const base = num(a[0]);
  const exponent = num(a[1]);
  if (Number.isNaN(base)) return exponent === 0 ? 1 : base;
  if (Number.isNaN(exponent)) return base === 1 ? 1 : exponent;
  if (base === 0 && exponent < 0) throw pgError('2201F', 'zero raised to a negative power is undefined');
  if (base < 0 && Math.floor(exponent) !== exponent) {
    throw pgError('2201F', 'a negative number raised to a non-integer power yields a complex result');
  }
  // C gives 1 for these, JavaScript NaN.
  if (Math.abs(base) === 1 && isInfinite(exponent)) return 1;
  return checkFloat(
    exactPower(base, exponent),
    isInfinite(base) || isInfinite(exponent),
    base === 0 || isInfinite(base) || isInfinite(exponent),
  );
};

/** Trigonometry that refuses infinities, where C sets EDOM. */
const circular: Record<string, (value: number) => number> = { dsin: Math.sin, dcos: Math.cos, dtan: Math.tan };
const inputOutOfRange = (): Error => pgError('22003', 'input is out of range');
for (const [name, operation] of Object.entries(circular)) {
  arithmetic[name] = (a) => {
    if (isInfinite(num(a[0]))) throw inputOutOfRange();
    return operation(num(a[0]));
  };
}
arithmetic.dcot = (a) => {
  if (isInfinite(num(a[0]))) throw inputOutOfRange();
  return 1 / Math.tan(num(a[0]));
};
for (const [name, operation] of Object.entries({ dasin: Math.asin, dacos: Math.acos })) {
  arithmetic[name] = (a) => {
    const value = num(a[0]);
    if (value < -1 || value > 1) throw inputOutOfRange();
    return operation(value);
  };
}
arithmetic.datan = (a) => Math.atan(num(a[0]));
arithmetic.datan2 = (a) => Math.atan2(num(a[0]), num(a[1]));
arithmetic.dsinh = (a) => Math.sinh(num(a[0]));
arithmetic.dcosh = (a) => Math.cosh(num(a[0]));
arithmetic.dtanh = (a) => Math.tanh(num(a[0]));
arithmetic.dasinh = (a) => Math.asinh(num(a[0]));
arithmetic.dacosh = (a) => {
  if (num(a[0]) < 1) throw inputOutOfRange();
  return Math.acosh(num(a[0]));
};
arithmetic.datanh = (a) => {
  if (num(a[0]) < -1 || num(a[0]) > 1) throw inputOutOfRange();
  return Math.atanh(num(a[0]));
};
arithmetic.degrees = (a) => checkFloat(num(a[0]) / (Math.PI / 180), isInfinite(num(a[0])), num(a[0]) === 0);
arithmetic.radians = (a) => num(a[0]) * (Math.PI / 180);
arithmetic.dpi = () => Math.PI;

/**
 * Degrees, scaled so that 30, 45, 60 and 90 come out exact: each quadrant is put together from a sine below 30 and a cosine below 60 degrees,
 * divided by their own values there.
 */
const radiansPerDegree = Math.PI / 180;
const sineOf30 = Math.sin(30 * radiansPerDegree);
const oneMinusCosineOf60 = 1 - Math.cos(60 * radiansPerDegree);
const lowSine = (degrees: number): number => Math.sin(degrees * radiansPerDegree) / sineOf30 / 2;
const lowCosine = (degrees: number): number => 1 - (1 - Math.cos(degrees * radiansPerDegree)) / oneMinusCosineOf60 / 2;
const quadrantSine = (degrees: number): number => (degrees <= 30 ? lowSine(degrees) : lowCosine(90 - degrees));
const quadrantCosine = (degrees: number): number => (degrees <= 60 ? lowCosine(degrees) : lowSine(90 - degrees));

/** An angle folded into the first quadrant, with the signs its sine and cosine had. */
function foldAngle(degrees: number): { angle: number; sine: 1 | -1; cosine: 1 | -1 } {
  if (isInfinite(degrees)) throw inputOutOfRange();
  let angle = degrees % 360;
  let sine: 1 | -1 = 1;
  let cosine: 1 | -1 = 1;
  if (angle < 0) {
    angle = -angle;
    sine = -1;
  }
  if (angle > 180) {
    angle = 360 - angle;
    sine = sine === 1 ? -1 : 1;
  }
  if (angle > 90) {
    angle = 180 - angle;
    cosine = -1;
  }
  return { angle, sine, cosine };
}

const positiveZero = (value: number): number => (value === 0 ? 0 : value);
const tangentOf45 = quadrantSine(45) / quadrantCosine(45);
const cotangentOf45 = quadrantCosine(45) / quadrantSine(45);
arithmetic.dsind = (a) => {
  const { angle, sine } = foldAngle(num(a[0]));
  return sine * quadrantSine(angle);
};
arithmetic.dcosd = (a) => {
  const { angle, cosine } = foldAngle(num(a[0]));
  return cosine * quadrantCosine(angle);
};
arithmetic.dtand = (a) => {
  const { angle, sine, cosine } = foldAngle(num(a[0]));
  return positiveZero(sine * cosine * (quadrantSine(angle) / quadrantCosine(angle) / tangentOf45));
};
arithmetic.dcotd = (a) => {
  const { angle, sine, cosine } = foldAngle(num(a[0]));
  return positiveZero(sine * cosine * (quadrantCosine(angle) / quadrantSine(angle) / cotangentOf45));
};
const arcsineOfHalf = Math.asin(0.5);
const arccosineOfHalf = Math.acos(0.5);
const arctangentOfOne = Math.atan(1);
const lowArcsine = (value: number): number =>
  value <= 0.5 ? (Math.asin(value) / arcsineOfHalf) * 30 : 90 - (Math.acos(value) / arccosineOfHalf) * 60;
const lowArccosine = (value: number): number =>
  value <= 0.5 ? 90 - (Math.asin(value) / arcsineOfHalf) * 30 : (Math.acos(value) / arccosineOfHalf) * 60;
function requireUnitRange(value: number): number {
  if (value < -1 || value > 1) throw inputOutOfRange();
  return value;
}
arithmetic.dasind = (a) => {
  const value = requireUnitRange(num(a[0]));
  return value >= 0 ? lowArcsine(value) : -lowArcsine(-value);
};
arithmetic.dacosd = (a) => {
  const value = requireUnitRange(num(a[0]));
  return value >= 0 ? lowArccosine(value) : 90 + lowArcsine(-value);
};
arithmetic.datand = (a) => (Math.atan(num(a[0])) / arctangentOfOne) * 45;
arithmetic.datan2d = (a) => (Math.atan2(num(a[0]), num(a[1])) / arctangentOfOne) * 45;

arithmetic.width_bucket_float8 = (a) => {
  const [operand, low, high, count] = [num(a[0]), num(a[1]), num(a[2]), num(a[3])];
  if (count <= 0) throw pgError('2201G', 'count must be greater than zero');
  if (Number.isNaN(operand) || Number.isNaN(low) || Number.isNaN(high)) {
    throw pgError('2201G', 'operand, lower bound, and upper bound cannot be NaN');
  }
  if (isInfinite(low) || isInfinite(high)) throw pgError('2201G', 'lower and upper bounds must be finite');
  if (low === high) throw pgError('2201G', 'lower bound cannot equal upper bound');
  const isUp = low < high;
  if (isUp ? operand < low : operand > low) return 0;
  if (isUp ? operand >= high : operand <= high) return int4(count + 1);
  return Math.min(count, Math.floor(count * ((operand - low) / (high - low)))) + 1;
};

arithmetic.drandom = (_a, context) => context.random();
arithmetic.setseed = (a, context) => {
  const seed = num(a[0]);
  if (seed < -1 || seed > 1 || Number.isNaN(seed)) {
    throw invalidParameter(`setseed parameter ${seed} is out of allowed range [-1,1]`);
  }
  context.setSeed?.(seed);
  return '';
};
