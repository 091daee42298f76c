/**
 * Ordered-set and hypothetical-set aggregates. Rows arrive in the order of WITHIN GROUP; direct arguments come to `finish`.
 * For the hypothetical ones each row's sort keys are its arguments. Differs: ranks count rows by the keys' ascending order with nulls last; a
 * descending WITHIN GROUP gives another number than the server's.
 */
import { arrayOf, asArray } from '../types/array.ts';
import type { CallContext, Datum, Interval, PgArray } from '../types/datum.ts';
import { pgError } from '../types/errors.ts';
import type { AggregateImplementation, CallSite } from './implementation.ts';
import { addIntervals, multiplyInterval, subtractIntervals } from './interval-arithmetic.ts';

interface Rows {
  readonly items: Datum[];
}

/** Collects the first argument of every row that has one. */
function collecting(
  finish: (items: readonly Datum[], direct: readonly Datum[], context: CallContext, site: CallSite) => Datum,
): AggregateImplementation {
  return {
    start: (): Rows => ({ items: [] }),
    step: (state, args) => {
      if (args[0] !== null) (state as Rows).items.push(args[0]!);
      return state;
    },
    finish: (state, context, site, direct) => finish((state as Rows).items, direct, context, site),
  };
}

function requireFraction(fraction: number): number {
  if (fraction < 0 || fraction > 1 || Number.isNaN(fraction))
    throw pgError('22003', `percentile value ${fraction} is not between 0 and 1`);
  return fraction;
}

const discrete = (items: readonly Datum[], fraction: number): Datum =>
  items[Math.max(0, Math.ceil(requireFraction(fraction) * items.length) - 1)]!;

function continuous(items: readonly Datum[], fraction: number): Datum {
  const position = requireFraction(fraction) * (items.length - 1);
  const low = Math.floor(position);
  const high = Math.ceil(position);
  const first = items[low]!;
  if (low === high) return first;
  const part = position - low;
  if (typeof first === 'number') return first + part * ((items[high] as number) - first);
  const from = first as Interval;
  return addIntervals(from, multiplyInterval(subtractIntervals(items[high] as Interval, from), part));
}

const single = (pick: (items: readonly Datum[], fraction: number) => Datum): AggregateImplementation =>
  collecting((items, direct) => {
    if (direct[0] === null) return null;
    requireFraction(direct[0] as number);
    return items.length === 0 ? null : pick(items, direct[0] as number);
  });

const many = (pick: (items: readonly Datum[], fraction: number) => Datum): AggregateImplementation =>
  collecting((items, direct, context, site) => {
    if (direct[0] === null || items.length === 0) return null;
    const fractions: PgArray = asArray(direct[0]!);
    const elementType = context.types.elementOf(site.resultType);
    if (fractions.items.length === 0) return arrayOf(elementType, []);
    return {
      elementType,
      dims: fractions.dims,
      lower: fractions.lower,
      items: fractions.items.map((fraction) => (fraction === null ? null : pick(items, fraction as number))),
    };
  });

const mode = collecting((items, _direct, context, site) => {
  if (items.length === 0) return null;
  const type = context.types.byOid(site.argTypes[site.argTypes.length - 1]!);
  let best = items[0]!;
  let bestCount = 0;
  let count = 0;
  for (let i = 0; i < items.length; i++) {
    count = i > 0 && type.compare(items[i - 1]!, items[i]!) === 0 ? count + 1 : 1;
    if (count > bestCount) {
      bestCount = count;
      best = items[i]!;
    }
  }
  return best;
});

interface Keys {
  readonly rows: (readonly Datum[])[];
}

/** Nulls last, which is the default of an ascending order. */
function compareKeys(left: readonly Datum[], right: readonly Datum[], context: CallContext, site: CallSite): number {
  for (let i = 0; i < left.length; i++) {
    const a = left[i]!;
    const b = right[i]!;
    if (a === null || b === null) {
      if (a === b) continue;
      return a === null ? 1 : -1;
    }
    const order = context.types.byOid(site.argTypes[i]!).compare(a, b);
    if (order !== 0) return order;
  }
  return 0;
}

interface Standing {
  before: number;
  upTo: number;
  groupsBefore: number;
  total: number;
}

function hypothetical(finish: (standing: Standing) => Datum): AggregateImplementation {
  return {
    start: (): Keys => ({ rows: [] }),
    step: (state, args) => {
      (state as Keys).rows.push(args);
      return state;
    },
    finish: (state, context, site, direct) => {
      const { rows } = state as Keys;
      const standing: Standing = { before: 0, upTo: 0, groupsBefore: 0, total: rows.length };
      let last: readonly Datum[] | null = null;
      for (const row of rows) {
        const order = compareKeys(row, direct, context, site);
        if (order < 0) {
          standing.before++;
          if (last === null || compareKeys(last, row, context, site) !== 0) standing.groupsBefore++;
          last = row;
        }
        if (order <= 0) standing.upTo++;
      }
      return finish(standing);
    },
  };
}

export const orderedSetAggregates: ReadonlyMap<number, AggregateImplementation> = new Map<
  number,
  AggregateImplementation
>([
  [3972, single(discrete)],
  [3974, single(continuous)],
  [3976, single(continuous)],
  [3978, many(discrete)],
  [3980, many(continuous)],
  [3982, many(continuous)],
  [3984, mode],
  [3986, hypothetical((s) => BigInt(s.before + 1))],
  [3988, hypothetical((s) => (s.total === 0 ? 0 : s.before / s.total))],
  [3990, hypothetical((s) => (s.upTo + 1) / (s.total + 1))],
  [3992, hypothetical((s) => BigInt(s.groupsBefore + 1))],
]);
