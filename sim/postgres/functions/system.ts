/** Functions about values and types that need no catalog: pg_typeof, format_type, gen_random_uuid, sizes, pg_lsn arithmetic, range frames. */

import { asArray } from '../types/array.ts';
import type { CallContext, Datum, Interval, Numeric, TimeTz } from '../types/datum.ts';
import { invalidParameter, outOfRange, pgError } from '../types/errors.ts';
import { compareFloat } from '../types/float.ts';
import { compareInterval } from '../types/interval.ts';
import * as decimal from '../types/numeric.ts';
import { formatUuid } from '../types/uuid.ts';
import {
  addIntervalToInstant,
  addIntervalToLocal,
  midnightOf,
  subtractIntervalFromInstant,
  subtractIntervalFromLocal,
} from './datetime-arithmetic.ts';
import type { Implementation } from './implementation.ts';
import { addIntervals, subtractIntervals } from './interval-arithmetic.ts';
import { spread } from './string.ts';

const num = (datum: Datum | undefined): number => datum as number;
const big = (datum: Datum | undefined): bigint => datum as bigint;
const dec = (datum: Datum | undefined): Numeric => datum as Numeric;

const sizeUnits = ['bytes', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** A size in the largest unit that keeps it under 20 times 512 or so, rounded half away from zero. */
function sizePretty(size: bigint): string {
  let value = size;
  const absolute = (x: bigint): bigint => (x < 0n ? -x : x);
  if (absolute(value) < 10n * 1024n) return `${value} bytes`;
  // One bit more is kept until the end, for rounding.
  value >>= 9n;
  if (value < 0n && size % 512n !== 0n) value += 1n;
  for (let i = 1; i < sizeUnits.length; i++) {
    if (absolute(value) < 20n * 1024n - 1n || i === sizeUnits.length - 1) {
      const rounded = (value < 0n ? value - 1n : value + 1n) / 2n;
      return `${rounded} ${sizeUnits[i]}`;
    }
    value /= 1024n;
  }
  return `${value}`;
}

function sizePrettyNumeric(size: Numeric): string {
  const integerText = (value: Numeric): string => decimal.formatNumeric(value);
  const below = (value: Numeric, limit: number): boolean =>
    decimal.compareNumeric(value.value < 0n ? decimal.negate(value) : value, decimal.fromInteger(limit)) < 0;
  if (below(size, 10 * 1024)) return `${integerText(size)} bytes`;
  let value = decimal.divideTruncated(size, decimal.fromInteger(512));
  for (let i = 1; i < sizeUnits.length; i++) {
    if (below(value, 20 * 1024 - 1) || i === sizeUnits.length - 1) {
      const one = decimal.fromInteger(value.value < 0n ? -1 : 1);
      return `${integerText(decimal.divideTruncated(decimal.add(value, one), decimal.fromInteger(2)))} ${sizeUnits[i]}`;
    }
    value = decimal.divideTruncated(value, decimal.fromInteger(1024));
  }
  return integerText(value);
}

function sizeBytes(text: string): bigint {
  const match = /^\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*([A-Za-z]*)\s*$/.exec(text);
  if (match === null) throw invalidParameter(`invalid size: "${text}"`);
  const powers: Record<string, number> = { '': 0, bytes: 0, b: 0, kb: 1, mb: 2, gb: 3, tb: 4, pb: 5 };
  const power = powers[match[2]!.toLowerCase()];
  if (power === undefined) {
    throw invalidParameter(`invalid size: "${text}"`, {
      detail: `Invalid size unit: "${match[2]}".`,
      hint: 'Valid units are "bytes", "kB", "MB", "GB", "TB", and "PB".',
    });
  }
  const value = decimal.multiply(decimal.parseNumeric(match[1]!)!, decimal.fromBigInt(1024n ** BigInt(power)));
  return decimal.toInteger(value, -(2n ** 63n), 2n ** 63n - 1n, 'bigint');
}

function randomUuid(context: CallContext): string {
  const bytes = Buffer.from(context.randomBytes(16));
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return formatUuid(bytes.toString('hex'));
}

const invalidOffset = (): Error => pgError('22013', 'invalid preceding or following size in window function');

/** in_range for integers: is `value` on the right side of `base` plus or minus an offset. */
const integerInRange: Implementation = (a) => {
  const [value, base, offset] = [BigInt(a[0] as number), BigInt(a[1] as number), BigInt(a[2] as number)];
  if (offset < 0n) throw invalidOffset();
  const limit = a[3] ? base - offset : base + offset;
  return a[4] ? value <= limit : value >= limit;
};

const floatInRange: Implementation = (a) => {
  const [value, base, offset] = [num(a[0]), num(a[1]), num(a[2])];
  if (Number.isNaN(offset) || offset < 0) throw invalidOffset();
  if (Number.isNaN(value)) return Number.isNaN(base) || !a[4];
  if (Number.isNaN(base)) return a[4] as boolean;
  if (!Number.isFinite(offset) && !Number.isFinite(base) && (a[3] ? base > 0 : base < 0)) return true;
  const limit = a[3] ? base - offset : base + offset;
  return a[4] ? compareFloat(value, limit) <= 0 : compareFloat(value, limit) >= 0;
};

/** in_range over moments, for any way of adding an interval. */
const momentInRange =
  (
    shift: (base: Datum, offset: Interval, isMinus: boolean, context: CallContext) => number,
    read: (datum: Datum) => number,
  ): Implementation =>
  (a, context) => {
    const offset = a[2] as Interval;
    if (compareInterval(offset, { months: 0, days: 0, micros: 0 }) < 0) throw invalidOffset();
    const limit = shift(a[1]!, offset, a[3] as boolean, context);
    const value = read(a[0]!);
    return a[4] ? value <= limit : value >= limit;
  };

const localShift = (base: number, offset: Interval, isMinus: boolean): number =>
  isMinus ? subtractIntervalFromLocal(base, offset) : addIntervalToLocal(base, offset);

export const systemFunctions: Record<string, Implementation> = {
  pg_typeof: (_a, _context, site) => site.argTypes[0]!,
  format_type: (a, context) =>
    a[0] === null ? null : context.types.formatType(num(a[0]), a[1] === null ? null : num(a[1])),
  oidvectortypes: (a, context) =>
    asArray(a[0]!)
      .items.map((oid) => context.types.formatType(oid as number))
      .join(', '),
  getdatabaseencoding: () => 'UTF8',
  gen_random_uuid: (_a, context) => randomUuid(context),
  pg_num_nulls: (a, _context, site) => {
    const all = spread(a, site, 0);
    return all === null ? null : all.values.filter((value) => value === null).length;
  },
  pg_num_nonnulls: (a, _context, site) => {
    const all = spread(a, site, 0);
    return all === null ? null : all.values.filter((value) => value !== null).length;
  },
  pg_size_pretty: (a) => sizePretty(big(a[0])),
  pg_size_pretty_numeric: (a) => sizePrettyNumeric(dec(a[0])),
  pg_size_bytes: (a) => sizeBytes(a[0] as string),
  pg_lsn_mi: (a) => decimal.fromBigInt(big(a[0]) - big(a[1])),
  pg_lsn_pli: (a) => lsnPlus(big(a[0]), dec(a[1])),
  'sql:numeric_pl_pg_lsn(numeric,pg_lsn)': (a) => lsnPlus(big(a[1]), dec(a[0])),
  pg_lsn_mii: (a) => lsnPlus(big(a[0]), decimal.negate(dec(a[1]))),
  numeric_pg_lsn: (a) => {
    const value = decimal.valueAt(dec(a[0]), 0);
    if (value < 0n || value > 2n ** 64n - 1n) throw outOfRange('pg_lsn');
    return value;
  },
  in_range_int2_int2: integerInRange,
  in_range_int2_int4: integerInRange,
  in_range_int2_int8: integerInRange,
  in_range_int4_int2: integerInRange,
  in_range_int4_int4: integerInRange,
  in_range_int4_int8: integerInRange,
  in_range_int8_int8: integerInRange,
  in_range_float4_float8: floatInRange,
  in_range_float8_float8: floatInRange,
  in_range_numeric_numeric: (a) => {
    if (dec(a[2]).special === 1 || decimal.sign(dec(a[2])) < 0) throw invalidOffset();
    const limit = a[3] ? decimal.subtract(dec(a[1]), dec(a[2])) : decimal.add(dec(a[1]), dec(a[2]));
    const order = decimal.compareNumeric(dec(a[0]), limit);
    return a[4] ? order <= 0 : order >= 0;
  },
  in_range_timestamp_interval: momentInRange((base, offset, isMinus) => localShift(num(base), offset, isMinus), num),
  in_range_timestamptz_interval: momentInRange(
    (base, offset, isMinus, context) =>
      isMinus
        ? subtractIntervalFromInstant(num(base), offset, context)
        : addIntervalToInstant(num(base), offset, context),
    num,
  ),
  in_range_date_interval: momentInRange(
    (base, offset, isMinus) => localShift(midnightOf(num(base)), offset, isMinus),
    (datum) => midnightOf(num(datum)),
  ),
  in_range_time_interval: momentInRange(
    (base, offset, isMinus) => num(base) + (isMinus ? -offset.micros : offset.micros),
    num,
  ),
  in_range_timetz_interval: momentInRange(
    (base, offset, isMinus) => {
      const value = base as TimeTz;
      return value.micros + value.zoneSeconds * 1_000_000 + (isMinus ? -offset.micros : offset.micros);
    },
    (datum) => (datum as TimeTz).micros + (datum as TimeTz).zoneSeconds * 1_000_000,
  ),
  in_range_interval_interval: (a) => {
    const offset = a[2] as Interval;
    if (compareInterval(offset, { months: 0, days: 0, micros: 0 }) < 0) throw invalidOffset();
    const limit = a[3] ? subtractIntervals(a[1] as Interval, offset) : addIntervals(a[1] as Interval, offset);
    const order = compareInterval(a[0] as Interval, limit);
    return a[4] ? order <= 0 : order >= 0;
  },
};

function lsnPlus(lsn: bigint, bytes: Numeric): bigint {
  if (bytes.special === 1) throw pgError('22023', 'cannot add NaN to pg_lsn');
  const sum = decimal.add(decimal.fromBigInt(lsn), bytes);
  const value = decimal.valueAt(sum, 0);
  if (sum.special !== 0 || value < 0n || value > 2n ** 64n - 1n) throw outOfRange('pg_lsn');
  return value;
}
