/**
 * The math library of Lua 5.1 (lmathlib.c), with Redis's `random` and `randomseed` over its own drand48.
 *
 * The random sequence belongs to the server and goes on from script to script; it starts from the generator's built-in state.
 *
 * Differs: transcendental functions are V8's, which may differ from glibc's in the last bit; `%.14g` hides that nearly always.
 */
import { argumentError, nativeError } from '../error.ts';
import { powerOf } from '../operators.ts';
import { run } from '../state.ts';
import type { LuaTable } from '../table.ts';
import type { LuaFunction } from '../value.ts';
import { builtIn, checkInt, checkNumber, library, single } from './arguments.ts';

const RADIANS_PER_DEGREE = Math.PI / 180;
const HALF = 0x1000000;
const INCREMENT = 0xb;
const RANDOM_MAX = 0x7fffffff;

/** The multiplier 0x5DEECE66D in halves of 24 bits. */
const A_HIGH = Math.floor(0x5deece66d / HALF);
const A_LOW = 0x5deece66d % HALF;

/** The next 31 bits of the server's sequence. */
function nextRandom(): number {
  const { memory } = run;
  const low = memory.randomLow * A_LOW + INCREMENT;
  const carry = Math.floor(low / HALF);
  const high = memory.randomHigh * A_LOW + memory.randomLow * A_HIGH + carry;
  memory.randomLow = low % HALF;
  memory.randomHigh = high % HALF;
  return memory.randomHigh * 128 + Math.floor(memory.randomLow / 0x20000);
}

const random: LuaFunction = (...args) => {
  const fraction = (nextRandom() % RANDOM_MAX) / RANDOM_MAX;
  switch (args.length) {
    case 0:
      return fraction;
    case 1: {
      const upper = checkInt(args, 1);
      if (upper < 1) throw argumentError(1, 'interval is empty');
      return Math.floor(fraction * upper) + 1;
    }
    case 2: {
      const lower = checkInt(args, 1);
      const upper = checkInt(args, 2);
      if (lower > upper) throw argumentError(2, 'interval is empty');
      return Math.floor(fraction * ((upper - lower + 1) | 0)) + lower;
    }
    default:
      throw nativeError('wrong number of arguments');
  }
};

const randomseed: LuaFunction = (...args) => {
  const seed = checkInt(args, 1) >>> 0;
  // The seed becomes the upper 32 of the 48 bits; the lower 16 are fixed.
  run.memory.randomHigh = seed >>> 8;
  run.memory.randomLow = (seed & 0xff) * 0x10000 + 0x330e;
  return [];
};

function unary(compute: (value: number) => number): LuaFunction {
  return single((...args) => compute(checkNumber(args, 1)));
}

const modf: LuaFunction = (...args) => {
  const value = checkNumber(args, 1);
  const whole = Math.trunc(value);
  if (!Number.isFinite(value)) return Number.isNaN(value) ? [value, value] : [value, value > 0 ? 0 : -0];
  const fraction = value - whole;
  return [whole, fraction === 0 && (value < 0 || Object.is(value, -0)) ? -0 : fraction];
};

const frexp: LuaFunction = (...args) => {
  const value = checkNumber(args, 1);
  if (value === 0 || !Number.isFinite(value)) return [value, 0];
  let exponent = Math.max(-1023, Math.floor(Math.log2(Math.abs(value))) + 1);
  let fraction = value * 2 ** -exponent;
  while (Math.abs(fraction) < 0.5) {
    fraction *= 2;
    exponent--;
  }
  while (Math.abs(fraction) >= 1) {
    fraction /= 2;
    exponent++;
  }
  return [fraction, exponent];
};

const ldexp: LuaFunction = (...args) => {
  let value = checkNumber(args, 1);
  let exponent = checkInt(args, 2);
  if (value === 0 || !Number.isFinite(value)) return value;
  for (; exponent > 1000 && Number.isFinite(value); exponent -= 1000) value *= 2 ** 1000;
  for (; exponent < -1000 && value !== 0; exponent += 1000) value *= 2 ** -1000;
  return exponent > 1000 || exponent < -1000 ? value : value * 2 ** exponent;
};

const fmod: LuaFunction = (...args) => checkNumber(args, 1) % checkNumber(args, 2);

function extreme(isBetter: (candidate: number, best: number) => boolean): LuaFunction {
  return single((...args) => {
    let best = checkNumber(args, 1);
    for (let i = 2; i <= args.length; i++) {
      const candidate = checkNumber(args, i);
      if (isBetter(candidate, best)) best = candidate;
    }
    return best;
  });
}

export function mathLibrary(): LuaTable {
  const fmodFunction = single(fmod);
  return library(
    {
      abs: unary(Math.abs),
      acos: unary(Math.acos),
      asin: unary(Math.asin),
      atan2: single((...args) => Math.atan2(checkNumber(args, 1), checkNumber(args, 2))),
      atan: unary(Math.atan),
      ceil: unary(Math.ceil),
      cosh: unary(Math.cosh),
      cos: unary(Math.cos),
      deg: unary((value) => value / RADIANS_PER_DEGREE),
      exp: unary(Math.exp),
      floor: unary(Math.floor),
      fmod: fmodFunction,
      frexp: builtIn(frexp),
      ldexp: single(ldexp),
      log10: unary(Math.log10),
      log: unary(Math.log),
      max: extreme((candidate, best) => candidate > best),
      min: extreme((candidate, best) => candidate < best),
      modf: builtIn(modf),
      pow: single((...args) => powerOf(checkNumber(args, 1), checkNumber(args, 2))),
      rad: unary((value) => value * RADIANS_PER_DEGREE),
      random: single(random),
      randomseed: builtIn(randomseed),
      sinh: unary(Math.sinh),
      sin: unary(Math.sin),
      sqrt: unary(Math.sqrt),
      tanh: unary(Math.tanh),
      tan: unary(Math.tan),
      pi: Math.PI,
      huge: Infinity,
      mod: fmodFunction,
    },
    28,
  );
}
