/** Functions and operators of ranges. */
import type { CallContext, Datum, PgRange, PgType } from '../types/datum.ts';
import { pgError } from '../types/errors.ts';
import { asRange, compareBounds, emptyRange, makeRange } from '../types/range.ts';
import type { CallSite, Implementation } from './implementation.ts';

const elementOf = (range: PgRange, context: CallContext): PgType =>
  context.types.byOid(context.types.rangeSubtype(range.type));

function construct(a: readonly Datum[], context: CallContext, site: CallSite, flags: string): Datum {
  if (!/^[[(][\])]$/.test(flags)) {
    throw pgError('42601', 'invalid range bound flags', { hint: 'Valid values are "[]", "[)", "(]", and "()".' });
  }
  const element = context.types.byOid(context.types.rangeSubtype(site.resultType));
  return makeRange(
    {
      type: site.resultType,
      lower: a[0]!,
      upper: a[1]!,
      lowerInclusive: flags[0] === '[',
      upperInclusive: flags[1] === ']',
    },
    element,
  );
}

function containsElement(range: PgRange, value: Datum, context: CallContext): boolean {
  if (range.isEmpty) return false;
  const element = elementOf(range, context);
  if (range.lower !== null) {
    const order = element.compare(range.lower, value);
    if (order > 0 || (order === 0 && !range.lowerInclusive)) return false;
  }
  if (range.upper !== null) {
    const order = element.compare(range.upper, value);
    if (order < 0 || (order === 0 && !range.upperInclusive)) return false;
  }
  return true;
}

function contains(whole: PgRange, part: PgRange, context: CallContext): boolean {
  if (part.isEmpty) return true;
  if (whole.isEmpty) return false;
  const element = elementOf(whole, context);
  return compareBounds(whole, true, part, true, element) <= 0 && compareBounds(whole, false, part, false, element) >= 0;
}

function overlaps(a: PgRange, b: PgRange, context: CallContext): boolean {
  if (a.isEmpty || b.isEmpty) return false;
  const element = elementOf(a, context);
  return compareBounds(a, true, b, false, element) <= 0 && compareBounds(b, true, a, false, element) <= 0;
}

const isBefore = (a: PgRange, b: PgRange, context: CallContext): boolean =>
  !a.isEmpty && !b.isEmpty && compareBounds(a, false, b, true, elementOf(a, context)) < 0;

/** Whether the upper bound of one and the lower of the other leave nothing between them and share nothing. */
function touches(a: PgRange, b: PgRange, context: CallContext): boolean {
  if (a.upper === null || b.lower === null) return false;
  const order = elementOf(a, context).compare(a.upper, b.lower);
  if (order === 0) return a.upperInclusive !== b.lowerInclusive;
  if (order > 0) return false;
  const gap = makeRange(
    {
      type: a.type,
      lower: a.upper,
      upper: b.lower,
      lowerInclusive: !a.upperInclusive,
      upperInclusive: !b.lowerInclusive,
    },
    elementOf(a, context),
  );
  return gap.isEmpty;
}

const isAdjacent = (a: PgRange, b: PgRange, context: CallContext): boolean =>
  !a.isEmpty && !b.isEmpty && (touches(a, b, context) || touches(b, a, context));

function hull(a: PgRange, b: PgRange, context: CallContext): PgRange {
  if (a.isEmpty) return b;
  if (b.isEmpty) return a;
  const element = elementOf(a, context);
  const low = compareBounds(a, true, b, true, element) <= 0 ? a : b;
  const high = compareBounds(a, false, b, false, element) >= 0 ? a : b;
  return { ...low, upper: high.upper, upperInclusive: high.upperInclusive };
}

function intersect(a: PgRange, b: PgRange, context: CallContext): PgRange {
  if (!overlaps(a, b, context)) return emptyRange(a.type);
  const element = elementOf(a, context);
  const low = compareBounds(a, true, b, true, element) >= 0 ? a : b;
  const high = compareBounds(a, false, b, false, element) <= 0 ? a : b;
  return { ...low, upper: high.upper, upperInclusive: high.upperInclusive };
}

function minus(a: PgRange, b: PgRange, context: CallContext): PgRange {
  if (a.isEmpty || b.isEmpty || !overlaps(a, b, context)) return a;
  const element = elementOf(a, context);
  const startsEarlier = compareBounds(a, true, b, true, element) < 0;
  const endsLater = compareBounds(a, false, b, false, element) > 0;
  if (startsEarlier && endsLater) throw pgError('22000', 'result of range difference would not be contiguous');
  if (startsEarlier) {
    const { type, lower, lowerInclusive } = a;
    return makeRange({ type, lower, lowerInclusive, upper: b.lower, upperInclusive: !b.lowerInclusive }, element);
  }
  if (endsLater) {
    const { type, upper, upperInclusive } = a;
    return makeRange({ type, lower: b.upper, lowerInclusive: !b.upperInclusive, upper, upperInclusive }, element);
  }
  return emptyRange(a.type);
}

const two =
  (operation: (a: PgRange, b: PgRange, context: CallContext) => Datum): Implementation =>
  (args, context) =>
    operation(asRange(args[0]!), asRange(args[1]!), context);

export const rangeFunctions: Record<string, Implementation> = {
  range_constructor2: (a, context, site) => construct(a, context, site, '[)'),
  range_constructor3: (a, context, site) => {
    if (a[2] === null) throw pgError('22000', 'range constructor flags argument must not be null');
    return construct(a, context, site, a[2] as string);
  },
  range_lower: (a) => asRange(a[0]!).lower,
  range_upper: (a) => asRange(a[0]!).upper,
  range_empty: (a) => asRange(a[0]!).isEmpty,
  range_lower_inc: (a) => asRange(a[0]!).lowerInclusive,
  range_upper_inc: (a) => asRange(a[0]!).upperInclusive,
  range_lower_inf: (a) => !asRange(a[0]!).isEmpty && asRange(a[0]!).lower === null,
  range_upper_inf: (a) => !asRange(a[0]!).isEmpty && asRange(a[0]!).upper === null,
  range_contains_elem: (a, context) => containsElement(asRange(a[0]!), a[1]!, context),
  elem_contained_by_range: (a, context) => containsElement(asRange(a[1]!), a[0]!, context),
  range_contains: two(contains),
  range_contained_by: two((a, b, context) => contains(b, a, context)),
  range_overlaps: two(overlaps),
  range_before: two(isBefore),
  range_after: two((a, b, context) => isBefore(b, a, context)),
  range_adjacent: two(isAdjacent),
  range_overleft: two(
    (a, b, context) => !a.isEmpty && !b.isEmpty && compareBounds(a, false, b, false, elementOf(a, context)) <= 0,
  ),
  range_overright: two(
    (a, b, context) => !a.isEmpty && !b.isEmpty && compareBounds(a, true, b, true, elementOf(a, context)) >= 0,
  ),
  range_union: two((a, b, context) => {
    if (!a.isEmpty && !b.isEmpty && !overlaps(a, b, context) && !isAdjacent(a, b, context)) {
      throw pgError('22000', 'result of range union would not be contiguous');
    }
    return hull(a, b, context);
  }),
  range_merge: two(hull),
  range_intersect: two(intersect),
  range_minus: two(minus),
};
