/** The functions behind pg_cast, and the input and output functions of types when they are called by name. */

import { bit, varbit } from '../types/bit.ts';
import type { Datum, Interval, Json, Numeric, TimeTz } from '../types/datum.ts';
import { notSimulated, outOfRange, pgError } from '../types/errors.ts';
import { int8Max, int8Min } from '../types/integer.ts';
import { interval, roundMicros } from '../types/interval.ts';
import { cannotCastJson } from '../types/jsonb.ts';
import * as decimal from '../types/numeric.ts';
import { numeric } from '../types/numeric.ts';
import { bpchar, trimPadding, truncateName, varchar } from '../types/text.ts';
import { fitTimestamp } from '../types/timestamp.ts';
import { floatOverflow, floatUnderflow, int2, int4, roundToEven } from './arithmetic.ts';
import type { Implementation } from './implementation.ts';

const num = (datum: Datum | undefined): number => datum as number;
const big = (datum: Datum | undefined): bigint => datum as bigint;
const dec = (datum: Datum | undefined): Numeric => datum as Numeric;

/** A float rounded to an integer within [least, most). */
function fromFloat(value: number, limit: number, type: string): number {
  const rounded = roundToEven(value);
  if (!(rounded >= -limit && rounded < limit)) throw outOfRange(type);
  return rounded === 0 ? 0 : rounded;
}

function fromFloatBig(value: number): bigint {
  const rounded = roundToEven(value);
  if (!(rounded >= -(2 ** 63) && rounded < 2 ** 63)) throw outOfRange('bigint');
  return BigInt(rounded);
}

function toSingle(value: number): number {
  const single = Math.fround(value);
  if (!Number.isFinite(single) && Number.isFinite(value)) throw floatOverflow();
  if (single === 0 && value !== 0) throw floatUnderflow();
  return single;
}

/** numeric to a float, where a number too large is an error and one too small becomes zero with one too. */
function numericToFloat(value: Numeric, isSingle: boolean): number {
  const result = decimal.toFloat(value);
  const type = isSingle ? 'real' : 'double precision';
  const final = isSingle ? Math.fround(result) : result;
  if (value.special === 0 && (!Number.isFinite(final) || (final === 0 && value.value !== 0n))) {
    throw pgError('22003', `"${decimal.formatNumeric(value)}" is out of range for type ${type}`);
  }
  return final;
}

function jsonNumber(value: Json, type: string): Numeric {
  if (value.kind !== 'number') throw cannotCastJson(value, type);
  return value.value;
}

const int2Range = [-32768n, 32767n, 'smallint'] as const;
const int4Range = [-2147483648n, 2147483647n, 'integer'] as const;
const int8Range = [int8Min, int8Max, 'bigint'] as const;

export const casting: Record<string, Implementation> = {
  i2toi4: (a) => a[0]!,
  i4toi2: (a) => int2(num(a[0])),
  int48: (a) => BigInt(num(a[0])),
  int28: (a) => BigInt(num(a[0])),
  int84: (a) => int4(Number(big(a[0]))),
  int82: (a) => int2(Number(big(a[0]))),
  i2tod: (a) => a[0]!,
  i2tof: (a) => a[0]!,
  i4tod: (a) => a[0]!,
  i4tof: (a) => Math.fround(num(a[0])),
  i8tod: (a) => Number(big(a[0])),
  i8tof: (a) => Math.fround(Number(big(a[0]))),
  ftod: (a) => a[0]!,
  dtof: (a) => toSingle(num(a[0])),
  dtoi2: (a) => fromFloat(num(a[0]), 32768, 'smallint'),
  dtoi4: (a) => fromFloat(num(a[0]), 2147483648, 'integer'),
  dtoi8: (a) => fromFloatBig(num(a[0])),
  ftoi2: (a) => fromFloat(num(a[0]), 32768, 'smallint'),
  ftoi4: (a) => fromFloat(num(a[0]), 2147483648, 'integer'),
  ftoi8: (a) => fromFloatBig(num(a[0])),
  i8tooid: (a) => {
    const value = big(a[0]);
    if (value < 0n || value > 4294967295n) throw pgError('22003', 'OID out of range');
    return Number(value);
  },
  oidtoi8: (a) => BigInt(num(a[0])),
  int2_numeric: (a) => decimal.fromInteger(num(a[0])),
  int4_numeric: (a) => decimal.fromInteger(num(a[0])),
  int8_numeric: (a) => decimal.fromBigInt(big(a[0])),
  float4_numeric: (a) => decimal.fromFloat(num(a[0]), 6),
  float8_numeric: (a) => decimal.fromFloat(num(a[0]), 15),
  numeric_int2: (a) => Number(decimal.toInteger(dec(a[0]), ...int2Range)),
  numeric_int4: (a) => Number(decimal.toInteger(dec(a[0]), ...int4Range)),
  numeric_int8: (a) => decimal.toInteger(dec(a[0]), ...int8Range),
  numeric_float4: (a) => numericToFloat(dec(a[0]), true),
  numeric_float8: (a) => numericToFloat(dec(a[0]), false),
  numeric: (a) => numeric.fit!(a[0]!, num(a[1]), false),
  bool_int4: (a) => (a[0] ? 1 : 0),
  int4_bool: (a) => num(a[0]) !== 0,
  booltext: (a) => (a[0] ? 'true' : 'false'),
  chartoi4: (a) => ((a[0] as string) === '' ? 0 : ((a[0] as string).charCodeAt(0) << 24) >> 24),
  i4tochar: (a) => {
    if (num(a[0]) < -128 || num(a[0]) > 127) throw pgError('22003', '"char" out of range');
    return num(a[0]) === 0 ? '' : String.fromCharCode(num(a[0]) & 0xff);
  },
  char_text: (a) => a[0]!,
  char_bpchar: (a) => a[0]!,
  text_char: (a) => ((a[0] as string) === '' ? '' : String.fromCharCode(Buffer.from(a[0] as string)[0]!)),
  rtrim1: (a) => trimPadding(a[0] as string),
  text_name: (a) => truncateName(a[0] as string),
  bpchar_name: (a) => truncateName(trimPadding(a[0] as string)),
  name_text: (a) => a[0]!,
  name_bpchar: (a) => a[0]!,
  bpchar: (a) => bpchar.fit!(a[0]!, num(a[1]), a[2] === true),
  varchar: (a) => varchar.fit!(a[0]!, num(a[1]), a[2] === true),
  bit: (a) => bit.fit!(a[0]!, num(a[1]), a[2] === true),
  varbit: (a) => varbit.fit!(a[0]!, num(a[1]), a[2] === true),
  bitfromint4: (a) => ({ bits: integerBits(BigInt(num(a[0])), 32, num(a[1])) }),
  bitfromint8: (a) => ({ bits: integerBits(big(a[0]), 64, num(a[1])) }),
  bittoint4: (a) => Number(BigInt.asIntN(32, bitsToInteger((a[0] as { bits: string }).bits, 32, 'integer'))),
  bittoint8: (a) => BigInt.asIntN(64, bitsToInteger((a[0] as { bits: string }).bits, 64, 'bigint')),
  jsonb_bool: (a) => {
    const value = a[0] as Json;
    if (value.kind !== 'boolean') throw cannotCastJson(value, 'boolean');
    return value.value;
  },
  jsonb_numeric: (a) => jsonNumber(a[0] as Json, 'numeric'),
  jsonb_int2: (a) => Number(decimal.toInteger(jsonNumber(a[0] as Json, 'smallint'), ...int2Range)),
  jsonb_int4: (a) => Number(decimal.toInteger(jsonNumber(a[0] as Json, 'integer'), ...int4Range)),
  jsonb_int8: (a) => decimal.toInteger(jsonNumber(a[0] as Json, 'bigint'), ...int8Range),
  jsonb_float4: (a) => numericToFloat(jsonNumber(a[0] as Json, 'real'), true),
  jsonb_float8: (a) => numericToFloat(jsonNumber(a[0] as Json, 'double precision'), false),
  interval_scale: (a) => interval.fit!(a[0] as Interval, num(a[1]), false),
  time_scale: (a) => roundMicros(num(a[0]), num(a[1])),
  timetz_scale: (a) => ({
    micros: roundMicros((a[0] as TimeTz).micros, num(a[1])),
    zoneSeconds: (a[0] as TimeTz).zoneSeconds,
  }),
  timestamp_scale: (a) => fitTimestamp(a[0]!, num(a[1])),
  timestamptz_scale: (a) => fitTimestamp(a[0]!, num(a[1])),
  xid8toxid: (a) => Number(big(a[0]) & 0xffffffffn),
  text_regclass: (a, context) => {
    if (context.catalogNames === undefined) throw notSimulated('input of type regclass without a catalog');
    return context.catalogNames.oidOf('regclass', a[0] as string);
  },
};

function integerBits(value: bigint, width: number, typmod: number): string {
  const length = typmod > 0 ? typmod : 1;
  const bits = BigInt.asUintN(width, value).toString(2).padStart(width, '0');
  if (length <= width) return bits.slice(width - length);
  return bits.padStart(length, bits[0]!);
}

function bitsToInteger(bits: string, width: number, type: string): bigint {
  if (bits.length > width) throw outOfRange(type);
  return bits === '' ? 0n : BigInt(`0b${bits}`);
}
