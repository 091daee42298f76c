/** Functions of arrays: bounds, building, searching, containment, unnest. Elements compare as in the element type's own operators. */
import { arrayOf, asArray, emptyArray } from '../types/array.ts';
import type { CallContext, Datum, PgArray, PgType } from '../types/datum.ts';
import { pgError } from '../types/errors.ts';
import { Oid } from '../types/oids.ts';
import type { Implementation, SetImplementation } from './implementation.ts';

const num = (datum: Datum | undefined): number => datum as number;
const itemsMax = 134217727;

/** The element type when its values can be compared for equality. */
function equatable(type: number, context: CallContext): PgType {
  const element = context.types.byOid(type);
  if (element.isOrdered || element.isHashable) return element;
  throw pgError('42883', `could not identify an equality operator for type ${context.types.formatType(type)}`);
}

const isSame = (element: PgType, left: Datum, right: Datum): boolean =>
  left === null || right === null ? left === right : element.compare(left, right) === 0;

function bound(array: PgArray, dimension: number): number | null {
  return dimension < 1 || dimension > array.dims.length ? null : dimension - 1;
}

function requireFlat(array: PgArray, message: string): void {
  if (array.dims.length > 1) throw pgError('0A000', message);
}

function append(array: PgArray | null, item: Datum, elementType: number): PgArray {
  if (array === null || array.dims.length === 0) return { elementType, dims: [1], lower: [1], items: [item] };
  if (array.dims.length > 1) throw pgError('22000', 'argument must be empty or one-dimensional array');
  return { ...array, dims: [array.dims[0]! + 1], items: [...array.items, item] };
}

function prepend(item: Datum, array: PgArray | null, elementType: number): PgArray {
  if (array === null || array.dims.length === 0) return { elementType, dims: [1], lower: [1], items: [item] };
  if (array.dims.length > 1) throw pgError('22000', 'argument must be empty or one-dimensional array');
  return { ...array, dims: [array.dims[0]! + 1], items: [item, ...array.items] };
}

const incompatible = (detail: string): Error => pgError('2202E', 'cannot concatenate incompatible arrays', { detail });

function concatenate(left: PgArray, right: PgArray): PgArray {
  if (left.dims.length === 0) return right;
  if (right.dims.length === 0) return left;
  const depth = left.dims.length - right.dims.length;
  if (Math.abs(depth) > 1) {
    throw incompatible(
      `Arrays of ${left.dims.length} and ${right.dims.length} dimensions are not compatible for concatenation.`,
    );
  }
  const items = [...left.items, ...right.items];
  if (depth === 0) {
    for (let i = 1; i < left.dims.length; i++) {
      if (left.dims[i] !== right.dims[i] || left.lower[i] !== right.lower[i]) {
        throw incompatible('Arrays with differing element dimensions are not compatible for concatenation.');
      }
    }
    return { ...left, dims: [left.dims[0]! + right.dims[0]!, ...left.dims.slice(1)], items };
  }
  const outer = depth > 0 ? left : right;
  const inner = depth > 0 ? right : left;
  for (let i = 0; i < inner.dims.length; i++) {
    if (outer.dims[i + 1] !== inner.dims[i] || outer.lower[i + 1] !== inner.lower[i]) {
      throw incompatible('Arrays with differing dimensions are not compatible for concatenation.');
    }
  }
  return { ...outer, dims: [outer.dims[0]! + 1, ...outer.dims.slice(1)], items };
}

function position(array: PgArray, wanted: Datum, start: number | null, context: CallContext): number | null {
  requireFlat(array, 'searching for elements in multidimensional arrays is not supported');
  if (array.dims.length === 0) return null;
  const element = equatable(array.elementType, context);
  const lower = array.lower[0]!;
  for (let i = start === null ? 0 : Math.max(0, start - lower); i < array.items.length; i++) {
    if (isSame(element, array.items[i]!, wanted)) return lower + i;
  }
  return null;
}

function replaceItems(
  array: PgArray,
  wanted: Datum,
  replacement: Datum,
  isRemoved: boolean,
  context: CallContext,
): PgArray {
  if (isRemoved) requireFlat(array, 'removing elements from multidimensional arrays is not supported');
  if (array.items.length === 0) return array;
  const element = equatable(array.elementType, context);
  if (!isRemoved)
    return { ...array, items: array.items.map((item) => (isSame(element, item, wanted) ? replacement : item)) };
  const items = array.items.filter((item) => !isSame(element, item, wanted));
  if (items.length === array.items.length) return array;
  return items.length === 0 ? emptyArray(array.elementType) : { ...array, dims: [items.length], items };
}

/** Whether every element of `part` is among those of `whole`; a null equals nothing. */
function contains(whole: PgArray, part: PgArray, context: CallContext): boolean {
  if (part.items.length === 0) return true;
  const element = equatable(whole.elementType, context);
  return part.items.every(
    (item) => item !== null && whole.items.some((other) => other !== null && element.compare(item, other) === 0),
  );
}

function overlaps(left: PgArray, right: PgArray, context: CallContext): boolean {
  if (left.items.length === 0 || right.items.length === 0) return false;
  const element = equatable(left.elementType, context);
  return left.items.some(
    (item) => item !== null && right.items.some((other) => other !== null && element.compare(item, other) === 0),
  );
}

function fill(value: Datum, dims: PgArray | null, lower: PgArray | null, elementType: number): PgArray {
  if (dims === null) throw pgError('22004', 'dimension array or low bound array cannot be null');
  const sizes = dims.items.map(requireDimension);
  if (dims.dims.length > 1 || (lower !== null && lower.dims.length > 1)) {
    throw pgError('2202E', 'wrong number of array subscripts', { detail: 'Dimension array must be one dimensional.' });
  }
  if (sizes.length > 6)
    throw pgError('54000', `number of array dimensions (${sizes.length}) exceeds the maximum allowed (6)`);
  if (lower !== null && lower.items.length !== sizes.length) {
    throw pgError('2202E', 'wrong number of array subscripts', {
      detail: 'Low bound array has different size than dimensions array.',
    });
  }
  const count = sizes.reduce((product, size) => product * size, sizes.length === 0 ? 0 : 1);
  if (sizes.some((size) => size < 0) || count > itemsMax)
    throw pgError('54000', `array size exceeds the maximum allowed (${itemsMax})`);
  if (count === 0) return emptyArray(elementType);
  const bounds = lower === null ? sizes.map(() => 1) : lower.items.map(requireDimension);
  return { elementType, dims: sizes, lower: bounds, items: new Array<Datum>(count).fill(value) };
}

function requireDimension(value: Datum): number {
  if (value === null) throw pgError('22004', 'dimension values cannot be null');
  return value as number;
}

function trim(array: PgArray, count: number): PgArray {
  const length = array.dims[0] ?? 0;
  if (count < 0 || count > length) throw pgError('2202E', `number of elements to trim must be between 0 and ${length}`);
  if (count === length) return emptyArray(array.elementType);
  const kept = length - count;
  return {
    ...array,
    dims: [kept, ...array.dims.slice(1)],
    items: array.items.slice(0, (array.items.length / length) * kept),
  };
}

/** Which of the sorted thresholds a value reaches. */
function bucket(operand: Datum, thresholds: PgArray, context: CallContext): number {
  if (thresholds.dims.length > 1) throw pgError('2202E', 'thresholds must be one-dimensional array');
  if (thresholds.items.includes(null)) throw pgError('22004', 'thresholds array must not contain NULLs');
  const element = equatable(thresholds.elementType, context);
  let low = 0;
  let high = thresholds.items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (element.compare(operand, thresholds.items[middle]!) < 0) high = middle;
    else low = middle + 1;
  }
  return low;
}

const elementOf = (type: number, context: CallContext): number => context.types.elementOf(context.types.baseOf(type));

/** The labels of an enum between two of them; null is an open end. */
function enumRange(type: number, from: Datum, to: Datum, context: CallContext): PgArray {
  const labels = context.types.enumLabels(context.types.baseOf(type));
  const start = from === null ? 0 : labels.indexOf(from as string);
  const end = to === null ? labels.length - 1 : labels.indexOf(to as string);
  return arrayOf(context.types.baseOf(type), labels.slice(start, end + 1));
}

export const arrayFunctions: Record<string, Implementation> = {
  array_dims: (a) => {
    const array = asArray(a[0]!);
    if (array.dims.length === 0) return null;
    return array.dims.map((size, i) => `[${array.lower[i]}:${array.lower[i]! + size - 1}]`).join('');
  },
  array_ndims: (a) => asArray(a[0]!).dims.length || null,
  array_lower: (a) => {
    const index = bound(asArray(a[0]!), num(a[1]));
    return index === null ? null : asArray(a[0]!).lower[index]!;
  },
  array_upper: (a) => {
    const index = bound(asArray(a[0]!), num(a[1]));
    return index === null ? null : asArray(a[0]!).lower[index]! + asArray(a[0]!).dims[index]! - 1;
  },
  array_length: (a) => {
    const index = bound(asArray(a[0]!), num(a[1]));
    return index === null ? null : asArray(a[0]!).dims[index]!;
  },
  array_cardinality: (a) => asArray(a[0]!).items.length,
  array_append: (a, context, site) => append(a[0] as PgArray | null, a[1]!, elementOf(site.resultType, context)),
  array_prepend: (a, context, site) => prepend(a[0]!, a[1] as PgArray | null, elementOf(site.resultType, context)),
  array_cat: (a) => {
    if (a[0] === null) return a[1]!;
    return a[1] === null ? a[0]! : concatenate(asArray(a[0]!), asArray(a[1]!));
  },
  array_position: (a, context) => (a[0] === null ? null : position(asArray(a[0]!), a[1]!, null, context)),
  array_position_start: (a, context) => {
    if (a[0] === null) return null;
    if (a[2] === null) throw pgError('22004', 'initial position must not be null');
    return position(asArray(a[0]!), a[1]!, num(a[2]), context);
  },
  array_positions: (a, context) => {
    if (a[0] === null) return null;
    const array = asArray(a[0]!);
    requireFlat(array, 'searching for elements in multidimensional arrays is not supported');
    const element = array.items.length === 0 ? null : equatable(array.elementType, context);
    const found: number[] = [];
    array.items.forEach((item, i) => {
      if (isSame(element!, item, a[1]!)) found.push(array.lower[0]! + i);
    });
    return arrayOf(Oid.int4, found);
  },
  array_remove: (a, context) => (a[0] === null ? null : replaceItems(asArray(a[0]!), a[1]!, null, true, context)),
  array_replace: (a, context) => (a[0] === null ? null : replaceItems(asArray(a[0]!), a[1]!, a[2]!, false, context)),
  arraycontains: (a, context) => contains(asArray(a[0]!), asArray(a[1]!), context),
  arraycontained: (a, context) => contains(asArray(a[1]!), asArray(a[0]!), context),
  arrayoverlap: (a, context) => overlaps(asArray(a[0]!), asArray(a[1]!), context),
  array_fill: (a, context, site) => fill(a[0]!, a[1] as PgArray | null, null, elementOf(site.resultType, context)),
  array_fill_with_lower_bounds: (a, context, site) => {
    if (a[2] === null) throw pgError('22004', 'dimension array or low bound array cannot be null');
    return fill(a[0]!, a[1] as PgArray | null, a[2] as PgArray, elementOf(site.resultType, context));
  },
  trim_array: (a) => trim(asArray(a[0]!), num(a[1])),
  width_bucket_array: (a, context) => bucket(a[0]!, asArray(a[1]!), context),
  enum_first: (a, context, site) => {
    const labels = context.types.enumLabels(context.types.baseOf(site.argTypes[0]!));
    if (labels.length === 0) throw emptyEnum(context.types.formatType(site.argTypes[0]!));
    return a.length > 0 ? labels[0]! : null;
  },
  enum_last: (_a, context, site) => {
    const labels = context.types.enumLabels(context.types.baseOf(site.argTypes[0]!));
    if (labels.length === 0) throw emptyEnum(context.types.formatType(site.argTypes[0]!));
    return labels[labels.length - 1]!;
  },
  enum_range_all: (_a, context, site) => enumRange(site.argTypes[0]!, null, null, context),
  enum_range_bounds: (a, context, site) => enumRange(site.argTypes[0]!, a[0]!, a[1]!, context),
};

const emptyEnum = (type: string): Error => pgError('55000', `enum ${type} contains no values`);

function* subscripts(array: PgArray, dimension: number, isReverse: boolean): Generator<Datum> {
  const index = bound(array, dimension);
  if (index === null) return;
  const low = array.lower[index]!;
  const high = low + array.dims[index]! - 1;
  if (isReverse) for (let i = high; i >= low; i--) yield i;
  else for (let i = low; i <= high; i++) yield i;
}

export const arraySets: Record<string, SetImplementation> = {
  array_unnest: (a) => asArray(a[0]!).items,
  generate_subscripts: (a) => subscripts(asArray(a[0]!), num(a[1]), a[2] as boolean),
  generate_subscripts_nodir: (a) => subscripts(asArray(a[0]!), num(a[1]), false),
};
