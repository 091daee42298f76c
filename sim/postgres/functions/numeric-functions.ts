/** Operators and functions of numeric. */
import type { Datum, Numeric } from '../types/datum.ts';
import { pgError } from '../types/errors.ts';
import * as decimal from '../types/numeric.ts';
import * as decimalMath from '../types/numeric-math.ts';
import { int4 } from './arithmetic.ts';
import type { Implementation } from './implementation.ts';

const dec = (datum: Datum | undefined): Numeric => datum as Numeric;

export const numericFunctions: Record<string, Implementation> = {
  numeric_add: (a) => decimal.add(dec(a[0]), dec(a[1])),
  numeric_sub: (a) => decimal.subtract(dec(a[0]), dec(a[1])),
  numeric_mul: (a) => decimal.multiply(dec(a[0]), dec(a[1])),
  numeric_div: (a) => decimal.divide(dec(a[0]), dec(a[1])),
  numeric_div_trunc: (a) => {
    const quotient = decimal.divideTruncated(dec(a[0]), dec(a[1]));
    return quotient.special === 0 ? decimal.truncate(quotient, 0) : quotient;
  },
  numeric_mod: (a) => decimal.modulo(dec(a[0]), dec(a[1])),
  numeric_uminus: (a) => decimal.negate(dec(a[0])),
  numeric_abs: (a) => (decimal.sign(dec(a[0])) < 0 ? decimal.negate(dec(a[0])) : a[0]!),
  numeric_inc: (a) => decimal.add(dec(a[0]), decimal.one),
  numeric_sign: (a) => (dec(a[0]).special === 1 ? a[0]! : decimal.fromInteger(decimal.sign(dec(a[0])))),
  numeric_round: (a) => decimal.round(dec(a[0]), a[1] as number),
  'sql:round(numeric)': (a) => decimal.round(dec(a[0]), 0),
  numeric_trunc: (a) => decimal.truncate(dec(a[0]), a[1] as number),
  'sql:trunc(numeric)': (a) => decimal.truncate(dec(a[0]), 0),
  numeric_ceil: (a) => decimal.floorOrCeil(dec(a[0]), true),
  numeric_floor: (a) => decimal.floorOrCeil(dec(a[0]), false),
  numeric_sqrt: (a) => decimalMath.sqrt(dec(a[0])),
  numeric_exp: (a) => decimalMath.exp(dec(a[0])),
  numeric_ln: (a) => decimalMath.ln(dec(a[0])),
  numeric_log: (a) => decimalMath.log(dec(a[0]), dec(a[1])),
  'sql:log(numeric)': (a) => decimalMath.log(decimal.fromInteger(10), dec(a[0])),
  'sql:log10(numeric)': (a) => decimalMath.log(decimal.fromInteger(10), dec(a[0])),
  numeric_power: (a) => decimalMath.power(dec(a[0]), dec(a[1])),
  numeric_fac: (a) => decimalMath.factorial(a[0] as bigint),
  numeric_gcd: (a) => decimalMath.gcd(dec(a[0]), dec(a[1])),
  numeric_lcm: (a) => decimalMath.lcm(dec(a[0]), dec(a[1])),
  numeric_scale: (a) => (dec(a[0]).special === 0 ? dec(a[0]).scale : null),
  numeric_min_scale: (a) => (dec(a[0]).special === 0 ? decimal.normalized(dec(a[0])).scale : null),
  numeric_trim_scale: (a) => decimal.normalized(dec(a[0])),
  width_bucket_numeric: (a) => {
    const count = a[3] as number;
    const [operand, low, high] = [dec(a[0]), dec(a[1]), dec(a[2])];
    if (count <= 0) throw pgError('2201G', 'count must be greater than zero');
    if (operand.special === 1 || low.special === 1 || high.special === 1) {
      throw pgError('2201G', 'operand, lower bound, and upper bound cannot be NaN');
    }
    if (low.special !== 0 || high.special !== 0) throw pgError('2201G', 'lower and upper bounds must be finite');
    const direction = decimal.compareNumeric(low, high);
    if (direction === 0) throw pgError('2201G', 'lower bound cannot equal upper bound');
    const isUp = direction < 0;
    const toLow = decimal.compareNumeric(operand, low);
    const toHigh = decimal.compareNumeric(operand, high);
    if (isUp ? toLow < 0 : toLow > 0) return 0;
    if (isUp ? toHigh >= 0 : toHigh <= 0) return int4(count + 1);
    const scale = Math.max(operand.scale, low.scale, high.scale);
    const part = decimal.valueAt(operand, scale) - decimal.valueAt(low, scale);
    const whole = decimal.valueAt(high, scale) - decimal.valueAt(low, scale);
    return Number((part * BigInt(count)) / whole) + 1;
  },
};
