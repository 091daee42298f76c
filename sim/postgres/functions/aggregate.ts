/**
 * Aggregates, by pg_proc OID. States are small records of their own; sums of integers are kept as bigints so that no order of rows changes them.
 * Left out: xmlagg, range_agg and aggregates over money, which the engine refuses by name.
 */
import { arrayOf, asArray } from '../types/array.ts';
import type { BitString, CallContext, Datum, Interval, Json, Numeric, PgArray } from '../types/datum.ts';
import { outOfRange, pgError } from '../types/errors.ts';
import { int8Max, int8Min } from '../types/integer.ts';
import { makeObject, quoteJson } from '../types/jsonb.ts';
import {
  add,
  divide,
  divideAt,
  divisionScale,
  finite,
  fromBigInt,
  multiply,
  numericNaN,
  sign,
  subtract,
  zero,
} from '../types/numeric.ts';
import { sqrtAt } from '../types/numeric-math.ts';
import { floatOverflow } from './arithmetic.ts';
import { builtinFunctions } from './function-row.ts';
import type { AggregateImplementation, CallSite } from './implementation.ts';
import { addIntervals, divideInterval } from './interval-arithmetic.ts';
import { isStructured, jsonbOf, jsonText, keyText } from './json-building.ts';

/** An aggregate over one argument that skips nulls and starts from its first value. */
function folding(
  step: (state: Datum, value: Datum, context: CallContext, site: CallSite) => Datum,
): AggregateImplementation {
  return {
    start: () => null,
    step: (state, args, context, site) => {
      const value = args[0]!;
      if (value === null) return state;
      return state === null ? value : step(state as Datum, value, context, site);
    },
    finish: (state) => state as Datum,
  };
}

/** max keeps the later of equal values, as the larger functions of the server do. */
const extreme = (direction: 1 | -1): AggregateImplementation =>
  folding((state, value, context, site) => {
    const order = context.types.byOid(site.argTypes[0]!).compare(state, value);
    return direction * order > 0 ? state : value;
  });

const count: AggregateImplementation = {
  start: () => 0,
  step: (state, args) => (args.length > 0 && args[0] === null ? state : (state as number) + 1),
  finish: (state) => BigInt(state as number),
};

interface Total {
  count: number;
  sum: bigint;
}

function integerTotal(finish: (total: Total) => Datum): AggregateImplementation {
  return {
    start: (): Total => ({ count: 0, sum: 0n }),
    step: (state, args) => {
      const total = state as Total;
      if (args[0] !== null) {
        total.count++;
        total.sum += BigInt(args[0] as number | bigint);
      }
      return total;
    },
    finish: (state) => ((state as Total).count === 0 ? null : finish(state as Total)),
  };
}

function toInt8(value: bigint): bigint {
  if (value < int8Min || value > int8Max) throw outOfRange('bigint');
  return value;
}

const sumToInt8 = integerTotal((total) => toInt8(total.sum));
const sumToNumeric = integerTotal((total) => fromBigInt(total.sum));
const averageOfIntegers = integerTotal((total) => divide(fromBigInt(total.sum), fromBigInt(BigInt(total.count))));

interface DecimalTotal {
  count: number;
  sum: Numeric;
}

function decimalTotal(finish: (total: DecimalTotal) => Datum): AggregateImplementation {
  return {
    start: (): DecimalTotal => ({ count: 0, sum: zero }),
    step: (state, args) => {
      const total = state as DecimalTotal;
      if (args[0] !== null) {
        total.count++;
        total.sum = add(total.sum, args[0] as Numeric);
      }
      return total;
    },
    finish: (state) => ((state as DecimalTotal).count === 0 ? null : finish(state as DecimalTotal)),
  };
}

const sumOfNumeric = decimalTotal((total) => total.sum);
const averageOfNumeric = decimalTotal((total) => divide(total.sum, fromBigInt(BigInt(total.count))));

const sumOfFloat = (narrow: (value: number) => number): AggregateImplementation =>
  folding((state, value) => {
    const sum = narrow((state as number) + (value as number));
    if (!Number.isFinite(sum) && Number.isFinite(state) && Number.isFinite(value)) throw floatOverflow();
    return sum;
  });

/** Running count, sum and sum of squared deviations (Youngs and Cramer), as float8_accum keeps them. */
interface Moments {
  count: number;
  sumX: number;
  squaresX: number;
}

function floatMoments(finish: (moments: Moments) => number | null): AggregateImplementation {
  return {
    start: (): Moments => ({ count: 0, sumX: 0, squaresX: 0 }),
    step: (state, args) => {
      const moments = state as Moments;
      if (args[0] === null) return moments;
      const value = args[0] as number;
      const before = moments.count;
      const sumBefore = moments.sumX;
      moments.count++;
      moments.sumX += value;
      if (before > 0) {
        const deviation = value * moments.count - moments.sumX;
        moments.squaresX += (deviation * deviation) / (moments.count * before);
        if (!Number.isFinite(moments.sumX) || !Number.isFinite(moments.squaresX)) {
          if (Number.isFinite(sumBefore) && Number.isFinite(value)) throw floatOverflow();
          moments.squaresX = Number.NaN;
        }
      } else if (!Number.isFinite(value)) moments.squaresX = Number.NaN;
      return moments;
    },
    finish: (state) => finish(state as Moments),
  };
}

type Spread = 'var_pop' | 'var_samp' | 'stddev_pop' | 'stddev_samp';
const spreads: Record<string, Spread> = {
  variance: 'var_samp',
  var_samp: 'var_samp',
  var_pop: 'var_pop',
  stddev: 'stddev_samp',
  stddev_samp: 'stddev_samp',
  stddev_pop: 'stddev_pop',
};

const floatSpread = (kind: Spread): AggregateImplementation =>
  floatMoments((moments) => {
    const isSample = kind.endsWith('samp');
    if (moments.count < (isSample ? 2 : 1)) return null;
    const variance = moments.squaresX / (isSample ? moments.count - 1 : moments.count);
    return kind.startsWith('var') ? variance : Math.sqrt(variance);
  });

interface Squares {
  count: number;
  sum: Numeric;
  squares: Numeric;
}

/** Variance and deviation of exact numbers, with the scale that division of the sums gives. */
function exactSpread(kind: Spread): AggregateImplementation {
  const isSample = kind.endsWith('samp');
  return {
    start: (): Squares => ({ count: 0, sum: zero, squares: zero }),
    step: (state, args) => {
      const squares = state as Squares;
      const value = args[0]!;
      if (value === null) return squares;
      const exact = typeof value === 'object' ? (value as Numeric) : fromBigInt(BigInt(value as number | bigint));
      squares.count++;
      squares.sum = add(squares.sum, exact);
      squares.squares = add(squares.squares, multiply(exact, exact));
      return squares;
    },
    finish: (state) => {
      const { count: n, sum, squares } = state as Squares;
      if (n < (isSample ? 2 : 1)) return null;
      if (sum.special !== 0 || squares.special !== 0) return numericNaN;
      const total = fromBigInt(BigInt(n));
      const top = subtract(multiply(total, squares), multiply(sum, sum));
      if (sign(top) <= 0) return zero;
      const bottom = multiply(total, isSample ? fromBigInt(BigInt(n - 1)) : total);
      const scale = divisionScale(top, bottom);
      const variance = finite(divideAt(top, bottom, scale), scale);
      return kind.startsWith('var') ? variance : sqrtAt(variance, scale);
    },
  };
}

interface IntervalTotal {
  count: number;
  sum: Interval;
}

function intervalTotal(finish: (total: IntervalTotal) => Datum): AggregateImplementation {
  return {
    start: (): IntervalTotal => ({ count: 0, sum: { months: 0, days: 0, micros: 0 } }),
    step: (state, args) => {
      const total = state as IntervalTotal;
      if (args[0] !== null) {
        total.count++;
        total.sum = addIntervals(total.sum, args[0] as Interval);
      }
      return total;
    },
    finish: (state) => ((state as IntervalTotal).count === 0 ? null : finish(state as IntervalTotal)),
  };
}

const bitwise = (name: string): AggregateImplementation =>
  folding((state, value) => {
    if (typeof state === 'object') return bitwiseString(name, (state as BitString).bits, (value as BitString).bits);
    if (typeof state === 'bigint') {
      const right = value as bigint;
      return name === 'bit_and' ? state & right : name === 'bit_or' ? state | right : state ^ right;
    }
    const [left, right] = [state as number, value as number];
    return name === 'bit_and' ? left & right : name === 'bit_or' ? left | right : left ^ right;
  });

function bitwiseString(name: string, left: string, right: string): BitString {
  if (left.length !== right.length) {
    throw pgError('22026', `cannot ${name.slice(4).toUpperCase()} bit strings of different sizes`);
  }
  let bits = '';
  for (let i = 0; i < left.length; i++) {
    const ones = Number(left[i]) + Number(right[i]);
    bits += (name === 'bit_and' ? ones === 2 : name === 'bit_or' ? ones > 0 : ones === 1) ? '1' : '0';
  }
  return { bits };
}

const stringAggregate: AggregateImplementation = {
  start: (): { parts: (string | Buffer)[] } => ({ parts: [] }),
  step: (state, args) => {
    const { parts } = state as { parts: (string | Buffer)[] };
    if (args[0] === null) return state;
    // The first value's delimiter is ignored.
    if (parts.length > 0 && args[1] !== null) parts.push(args[1] as string);
    parts.push(args[0] as string);
    return state;
  },
  finish: (state) => {
    const { parts } = state as { parts: (string | Buffer)[] };
    if (parts.length === 0) return null;
    return typeof parts[0] === 'string' ? parts.join('') : Buffer.concat(parts as Buffer[]);
  },
};

const arrayAggregate: AggregateImplementation = {
  start: (): { items: Datum[] } => ({ items: [] }),
  step: (state, args) => {
    (state as { items: Datum[] }).items.push(args[0]!);
    return state;
  },
  finish: (state, _context, site) => {
    const { items } = state as { items: Datum[] };
    return items.length === 0 ? null : arrayOf(site.argTypes[0]!, items);
  },
};

const arrayOfArrays: AggregateImplementation = {
  start: (): { arrays: PgArray[] } => ({ arrays: [] }),
  step: (state, args) => {
    const { arrays } = state as { arrays: PgArray[] };
    if (args[0] === null) throw pgError('22004', 'cannot accumulate null arrays');
    const array = asArray(args[0]!);
    if (array.dims.length === 0) throw pgError('2202E', 'cannot accumulate empty arrays');
    const first = arrays[0];
    if (
      first !== undefined &&
      !(first.dims.length === array.dims.length && first.dims.every((size, i) => size === array.dims[i]))
    ) {
      throw pgError('2202E', 'cannot accumulate arrays of different dimensionality');
    }
    arrays.push(array);
    return state;
  },
  finish: (state) => {
    const { arrays } = state as { arrays: PgArray[] };
    const first = arrays[0];
    if (first === undefined) return null;
    return {
      elementType: first.elementType,
      dims: [arrays.length, ...first.dims],
      lower: [1, ...first.lower],
      items: arrays.flatMap((array) => array.items),
    };
  },
};

const jsonAggregate: AggregateImplementation = {
  start: (): { parts: string[] } => ({ parts: [] }),
  step: (state, args, context, site) => {
    const { parts } = state as { parts: string[] };
    const text = jsonText(args[0]!, site.argTypes[0]!, context);
    const isOnNewLine = parts.length > 0 && args[0] !== null && isStructured(site.argTypes[0]!, context);
    parts.push(isOnNewLine ? `\n ${text}` : text);
    return state;
  },
  finish: (state) => {
    const { parts } = state as { parts: string[] };
    return parts.length === 0 ? null : `[${parts.join(', ')}]`;
  },
};

const jsonObjectAggregate: AggregateImplementation = {
  start: (): { parts: string[] } => ({ parts: [] }),
  step: (state, args, context, site) => {
    if (args[0] === null) throw pgError('22023', 'field name must not be null');
    const key = quoteJson(keyText(args[0]!, site.argTypes[0]!, context));
    (state as { parts: string[] }).parts.push(`${key} : ${jsonText(args[1]!, site.argTypes[1]!, context)}`);
    return state;
  },
  finish: (state) => {
    const { parts } = state as { parts: string[] };
    return parts.length === 0 ? null : `{ ${parts.join(', ')} }`;
  },
};

const jsonbAggregate: AggregateImplementation = {
  start: (): { items: Json[] } => ({ items: [] }),
  step: (state, args, context, site) => {
    (state as { items: Json[] }).items.push(jsonbOf(args[0]!, site.argTypes[0]!, context));
    return state;
  },
  finish: (state) => {
    const { items } = state as { items: Json[] };
    return items.length === 0 ? null : { kind: 'array', items };
  },
};

interface Members {
  keys: string[];
  values: Json[];
}

const jsonbObjectAggregate: AggregateImplementation = {
  start: (): Members => ({ keys: [], values: [] }),
  step: (state, args, context, site) => {
    if (args[0] === null) throw pgError('22023', 'field name must not be null');
    (state as Members).keys.push(keyText(args[0]!, site.argTypes[0]!, context));
    (state as Members).values.push(jsonbOf(args[1]!, site.argTypes[1]!, context));
    return state;
  },
  finish: (state) => {
    const { keys, values } = state as Members;
    return keys.length === 0 ? null : makeObject(keys, values);
  },
};

/** Sums for regression; arguments come as (Y, X). */
interface Regression extends Moments {
  sumY: number;
  squaresY: number;
  products: number;
}

function regression(finish: (sums: Regression) => Datum): AggregateImplementation {
  return {
    start: (): Regression => ({ count: 0, sumX: 0, squaresX: 0, sumY: 0, squaresY: 0, products: 0 }),
    step: (state, args) => {
      const sums = state as Regression;
      if (args[0] === null || args[1] === null) return sums;
      const y = args[0] as number;
      const x = args[1] as number;
      const before = sums.count;
      sums.count++;
      sums.sumX += x;
      sums.sumY += y;
      if (before > 0) {
        const deviationX = x * sums.count - sums.sumX;
        const deviationY = y * sums.count - sums.sumY;
        const scale = 1 / (sums.count * before);
        sums.squaresX += deviationX * deviationX * scale;
        sums.squaresY += deviationY * deviationY * scale;
        sums.products += deviationX * deviationY * scale;
      } else {
        if (!Number.isFinite(x)) {
          sums.squaresX = Number.NaN;
          sums.products = Number.NaN;
        }
        if (!Number.isFinite(y)) {
          sums.squaresY = Number.NaN;
          sums.products = Number.NaN;
        }
      }
      return sums;
    },
    finish: (state) => finish(state as Regression),
  };
}

const whenAny =
  (value: (sums: Regression) => Datum): ((sums: Regression) => Datum) =>
  (sums) =>
    sums.count < 1 ? null : value(sums);

const regressions: Record<string, AggregateImplementation> = {
  regr_count: regression((s) => BigInt(s.count)),
  regr_sxx: regression(whenAny((s) => s.squaresX)),
  regr_syy: regression(whenAny((s) => s.squaresY)),
  regr_sxy: regression(whenAny((s) => s.products)),
  regr_avgx: regression(whenAny((s) => s.sumX / s.count)),
  regr_avgy: regression(whenAny((s) => s.sumY / s.count)),
  regr_r2: regression(
    whenAny((s) => {
      if (s.squaresX === 0) return null;
      return s.squaresY === 0 ? 1 : (s.products * s.products) / (s.squaresX * s.squaresY);
    }),
  ),
  regr_slope: regression(whenAny((s) => (s.squaresX === 0 ? null : s.products / s.squaresX))),
  regr_intercept: regression(
    whenAny((s) => (s.squaresX === 0 ? null : (s.sumY - (s.sumX * s.products) / s.squaresX) / s.count)),
  ),
  covar_pop: regression(whenAny((s) => s.products / s.count)),
  covar_samp: regression((s) => (s.count < 2 ? null : s.products / (s.count - 1))),
  corr: regression(
    whenAny((s) => (s.squaresX === 0 || s.squaresY === 0 ? null : s.products / Math.sqrt(s.squaresX * s.squaresY))),
  ),
};

const byName: Record<string, AggregateImplementation> = {
  count,
  max: extreme(1),
  min: extreme(-1),
  bool_and: folding((state, value) => (state as boolean) && (value as boolean)),
  bool_or: folding((state, value) => (state as boolean) || (value as boolean)),
  every: folding((state, value) => (state as boolean) && (value as boolean)),
  bit_and: bitwise('bit_and'),
  bit_or: bitwise('bit_or'),
  bit_xor: bitwise('bit_xor'),
  string_agg: stringAggregate,
  json_agg: jsonAggregate,
  json_object_agg: jsonObjectAggregate,
  jsonb_agg: jsonbAggregate,
  jsonb_object_agg: jsonbObjectAggregate,
  ...regressions,
};

/** Sums and averages differ by argument type. */
const sums: Record<number, AggregateImplementation> = {
  20: sumToNumeric,
  21: sumToInt8,
  23: sumToInt8,
  700: sumOfFloat(Math.fround),
  701: sumOfFloat((value) => value),
  1186: intervalTotal((total) => total.sum),
  1700: sumOfNumeric,
};
const floatAverage = floatMoments((moments) => (moments.count === 0 ? null : moments.sumX / moments.count));
const averages: Record<number, AggregateImplementation> = {
  20: averageOfIntegers,
  21: averageOfIntegers,
  23: averageOfIntegers,
  700: floatAverage,
  701: floatAverage,
  1186: intervalTotal((total) => divideInterval(total.sum, total.count)),
  1700: averageOfNumeric,
};

/** Types whose values are not simulated; aggregates over them stay away. */
const missingTypes = new Set([790]);

function find(name: string, argType: number): AggregateImplementation | undefined {
  if (missingTypes.has(argType)) return undefined;
  if (name === 'sum') return sums[argType];
  if (name === 'avg') return averages[argType];
  const spreadKind = spreads[name];
  if (spreadKind !== undefined)
    return argType === 700 || argType === 701 ? floatSpread(spreadKind) : exactSpread(spreadKind);
  if (name === 'array_agg') return argType === 2277 ? arrayOfArrays : arrayAggregate;
  return byName[name];
}

export const aggregates: ReadonlyMap<number, AggregateImplementation> = new Map(
  builtinFunctions
    .filter((row) => row.kind === 'a')
    .flatMap((row): [number, AggregateImplementation][] => {
      const found = find(row.name, row.argTypes[0] ?? 0);
      return found === undefined ? [] : [[row.oid, found]];
    }),
);
