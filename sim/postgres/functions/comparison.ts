/** Comparison operators' functions of every type, and the three-way functions of the btree classes. */
import { asArray, compareArrays } from '../types/array.ts';
import { epochDays, microsPerDay } from '../types/calendar.ts';
import type { CallContext, Datum, Interval, Json, Numeric, PgType, TimeTz } from '../types/datum.ts';
import { pgError } from '../types/errors.ts';
import { compareFloat } from '../types/float.ts';
import { tid } from '../types/integer.ts';
import { compareInterval } from '../types/interval.ts';
import { compareJson } from '../types/jsonb.ts';
import { compareNumeric } from '../types/numeric.ts';
import { asRange, compareRanges } from '../types/range.ts';
import { asRecord, compareRecords } from '../types/record.ts';
import { compareText } from '../types/scan.ts';
import { trimPadding } from '../types/text.ts';
import { instantOfLocal, timetz } from '../types/timestamp.ts';
import type { CallSite, Implementation } from './implementation.ts';

type Order = (left: Datum, right: Datum, context: CallContext, site: CallSite) => number;

export const comparison: Record<string, Implementation> = {};

/** Registers eq, ne, lt, le, gt, ge under names made from a pattern with `?`. */
function family(pattern: string, order: Order): void {
  const name = (word: string): string => pattern.replace('?', word);
  comparison[name('eq')] = (a, c, s) => order(a[0]!, a[1]!, c, s) === 0;
  comparison[name('ne')] = (a, c, s) => order(a[0]!, a[1]!, c, s) !== 0;
  comparison[name('lt')] = (a, c, s) => order(a[0]!, a[1]!, c, s) < 0;
  comparison[name('le')] = (a, c, s) => order(a[0]!, a[1]!, c, s) <= 0;
  comparison[name('gt')] = (a, c, s) => order(a[0]!, a[1]!, c, s) > 0;
  comparison[name('ge')] = (a, c, s) => order(a[0]!, a[1]!, c, s) >= 0;
}

function threeWay(name: string, order: Order): void {
  comparison[name] = (a, c, s) => Math.sign(order(a[0]!, a[1]!, c, s));
}

/** Numbers and bigints compare exactly with each other in JavaScript. */
const byNumber: Order = (left, right) => {
  const a = left as number;
  const b = right as number;
  return a < b ? -1 : a > b ? 1 : 0;
};
for (const pattern of [
  'int2?',
  'int4?',
  'int8?',
  'int24?',
  'int42?',
  'int28?',
  'int82?',
  'int48?',
  'int84?',
  'oid?',
  'date_?',
  'time_?',
  'timestamp_?',
  'bool?',
  'pg_lsn_?',
  'xid8?',
]) {
  family(pattern, byNumber);
}
for (const name of [
  'btint2cmp',
  'btint4cmp',
  'btint8cmp',
  'btint24cmp',
  'btint42cmp',
  'btint28cmp',
  'btint82cmp',
  'btint48cmp',
  'btint84cmp',
  'btoidcmp',
  'date_cmp',
  'time_cmp',
  'timestamp_cmp',
  'btboolcmp',
  'pg_lsn_cmp',
  'xid8cmp',
]) {
  threeWay(name, byNumber);
}
for (const pattern of ['float4?', 'float8?', 'float48?', 'float84?']) family(pattern, compareFloat);
for (const name of ['btfloat4cmp', 'btfloat8cmp', 'btfloat48cmp', 'btfloat84cmp']) threeWay(name, compareFloat);

const byText: Order = (left, right) => compareText(left as string, right as string);
for (const pattern of ['text?', 'text_?', 'name?', 'name?text', 'text?name', 'char?', 'uuid_?'])
  family(pattern, byText);
for (const pattern of ['text_pattern_?']) family(pattern, byText);
for (const name of [
  'bttextcmp',
  'btnamecmp',
  'btnametextcmp',
  'bttextnamecmp',
  'btcharcmp',
  'uuid_cmp',
  'bttext_pattern_cmp',
])
  threeWay(name, byText);

const byPadded: Order = (left, right) => compareText(trimPadding(left as string), trimPadding(right as string));
family('bpchar?', byPadded);
family('bpchar_pattern_?', byPadded);
threeWay('bpcharcmp', byPadded);
threeWay('btbpchar_pattern_cmp', byPadded);

const byBytes: Order = (left, right) => Buffer.compare(left as Buffer, right as Buffer);
family('bytea?', byBytes);
threeWay('byteacmp', byBytes);

const byBits: Order = (left, right) => compareText((left as { bits: string }).bits, (right as { bits: string }).bits);
family('bit?', byBits);
threeWay('bitcmp', byBits);

family('numeric_?', (left, right) => compareNumeric(left as Numeric, right as Numeric));
threeWay('numeric_cmp', (left, right) => compareNumeric(left as Numeric, right as Numeric));
family('interval_?', (left, right) => compareInterval(left as Interval, right as Interval));
threeWay('interval_cmp', (left, right) => compareInterval(left as Interval, right as Interval));
family('timetz_?', (left, right) => timetz.compare!(left as TimeTz, right as TimeTz));
threeWay('timetz_cmp', (left, right) => timetz.compare!(left as TimeTz, right as TimeTz));
family('jsonb_?', (left, right) => compareJson(left as Json, right as Json));
threeWay('jsonb_cmp', (left, right) => compareJson(left as Json, right as Json));
family('tid?', (left, right) => tid.compare!(left, right));
threeWay('bttidcmp', (left, right) => tid.compare!(left, right));
for (const name of ['xideq', 'cideq']) comparison[name] = (a) => a[0] === a[1];
comparison.xidneq = (a) => a[0] !== a[1];

/** A date as the timestamp of its midnight. */
const midnight = (days: number): number => (Number.isFinite(days) ? (days + epochDays) * microsPerDay : days);
const instant = (local: number, context: CallContext): number => {
  try {
    return instantOfLocal(local, context);
  } catch {
    // Outside the range of an instant a local moment still compares by its sign.
    return local > 0 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  }
};
const crossings: readonly (readonly [string, Order])[] = [
  ['date_?_timestamp', (l, r) => byNumber(midnight(l as number), r, noContext, noSite)],
  ['timestamp_?_date', (l, r) => byNumber(l, midnight(r as number), noContext, noSite)],
  ['date_?_timestamptz', (l, r, c) => byNumber(instant(midnight(l as number), c), r, c, noSite)],
  ['timestamptz_?_date', (l, r, c) => byNumber(l, instant(midnight(r as number), c), c, noSite)],
  ['timestamp_?_timestamptz', (l, r, c) => byNumber(instant(l as number, c), r, c, noSite)],
  ['timestamptz_?_timestamp', (l, r, c) => byNumber(l, instant(r as number, c), c, noSite)],
];
// byNumber looks at neither.
const noContext = undefined as unknown as CallContext;
const noSite = undefined as unknown as CallSite;
for (const [pattern, order] of crossings) {
  family(pattern, order);
  threeWay(pattern.replace('?', 'cmp'), order);
}

/** The element type of an array argument, with the error for element types that have no order or no equality. */
function elementFor(context: CallContext, oid: number, isEquality: boolean): PgType {
  const element = context.types.byOid(oid);
  if (isEquality ? element.isOrdered || element.isHashable : element.isOrdered) return element;
  const what = isEquality ? 'an equality operator' : 'a comparison function';
  throw pgError('42883', `could not identify ${what} for type ${context.types.formatType(oid)}`);
}

const byArray =
  (isEquality: boolean): Order =>
  (left, right, context) => {
    const a = asArray(left);
    const b = asArray(right);
    if (a.elementType !== b.elementType) throw pgError('42804', 'cannot compare arrays of different element types');
    return compareArrays(a, b, elementFor(context, a.elementType, isEquality));
  };
family('array_?', byArray(false));
comparison.array_eq = (a, c, s) => byArray(true)(a[0]!, a[1]!, c, s) === 0;
comparison.array_ne = (a, c, s) => byArray(true)(a[0]!, a[1]!, c, s) !== 0;
threeWay('btarraycmp', byArray(false));
comparison.oidvectoreq = comparison.array_eq!;
comparison.oidvectorne = comparison.array_ne!;
for (const word of ['lt', 'le', 'gt', 'ge']) comparison[`oidvector${word}`] = comparison[`array_${word}`]!;

const byRecord: Order = (left, right, context) => compareRecords(asRecord(left), asRecord(right), context.types);
family('record_?', byRecord);
threeWay('btrecordcmp', byRecord);

const byEnum: Order = (left, right, context, site) => context.types.byOid(site.argTypes[0]!).compare(left, right);
family('enum_?', byEnum);
threeWay('enum_cmp', byEnum);
comparison.enum_smaller = (a, c, s) => (byEnum(a[0]!, a[1]!, c, s) < 0 ? a[0]! : a[1]!);
comparison.enum_larger = (a, c, s) => (byEnum(a[0]!, a[1]!, c, s) > 0 ? a[0]! : a[1]!);

const byRange: Order = (left, right, context) => {
  const subtype = context.types.rangeSubtype(asRange(left).type);
  return compareRanges(asRange(left), asRange(right), context.types.byOid(subtype));
};
family('range_?', byRange);
threeWay('range_cmp', byRange);

/** Every pair of `xlarger` and `xsmaller` of the ordered types, which max and min use. */
function extremes(prefix: string, order: Order): void {
  comparison[`${prefix}larger`] = (a, c, s) => (order(a[0]!, a[1]!, c, s) > 0 ? a[0]! : a[1]!);
  comparison[`${prefix}smaller`] = (a, c, s) => (order(a[0]!, a[1]!, c, s) < 0 ? a[0]! : a[1]!);
}
for (const prefix of ['int2', 'int4', 'int8', 'oid', 'date_', 'time_', 'timestamp_', 'pg_lsn_', 'xid8_'])
  extremes(prefix, byNumber);
for (const prefix of ['float4', 'float8']) extremes(prefix, compareFloat);
extremes('text_', byText);
extremes('bpchar_', byPadded);
extremes('numeric_', (left, right) => compareNumeric(left as Numeric, right as Numeric));
extremes('interval_', (left, right) => compareInterval(left as Interval, right as Interval));
extremes('timetz_', (left, right) => timetz.compare!(left, right));
extremes('array_', byArray(false));
