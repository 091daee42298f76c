/**
 * Range types: literal syntax, canonical form of the discrete ones ([lower,upper)), and order (empty below all, then lower bound, then upper).
 * Multiranges are in the catalog only and refuse values by name.
 */

import { delimitedKey } from './array.ts';
import type { TypeBehaviour } from './behaviour.ts';
import { missingBehaviour } from './builtin-types.ts';
import type { CallContext, Datum, PgRange, PgType } from './datum.ts';
import { insufficientData, pgError } from './errors.ts';
import { Oid } from './oids.ts';
import type { TypeRegistry } from './registry.ts';
import { isSpace } from './scan.ts';

export const rangeSubtypes: Record<string, number> = {
  int4range: Oid.int4,
  int8range: Oid.int8,
  numrange: Oid.numeric,
  daterange: Oid.date,
  tsrange: Oid.timestamp,
  tstzrange: Oid.timestamptz,
};

export const asRange = (datum: Datum): PgRange => datum as PgRange;

export const emptyRange = (type: number): PgRange => ({
  type,
  isEmpty: true,
  lower: null,
  upper: null,
  lowerInclusive: false,
  upperInclusive: false,
});

function next(subtype: number, bound: Datum): Datum {
  if (typeof bound === 'bigint') return bound + 1n;
  const value = (bound as number) + 1;
  if (subtype === Oid.int4 && value > 2147483647) throw pgError('22003', 'integer out of range');
  return value;
}

const isDiscrete = (subtype: number): boolean => subtype === Oid.int4 || subtype === Oid.int8 || subtype === Oid.date;

/** A range in canonical form. Throws 22000 when the bounds are in the wrong order. */
export function makeRange(range: Omit<PgRange, 'isEmpty'>, element: PgType): PgRange {
  let { lower, upper, lowerInclusive, upperInclusive } = range;
  if (lower === null) lowerInclusive = false;
  if (upper === null) upperInclusive = false;
  if (lower !== null && upper !== null) {
    const order = element.compare(lower, upper);
    if (order > 0) throw pgError('22000', 'range lower bound must be less than or equal to range upper bound');
    if (order === 0 && !(lowerInclusive && upperInclusive)) return emptyRange(range.type);
  }
  if (isDiscrete(element.oid)) {
    const isBounded = (bound: Datum): boolean =>
      bound !== null && (typeof bound !== 'number' || Number.isFinite(bound));
    if (isBounded(lower) && !lowerInclusive) {
      lower = next(element.oid, lower);
      lowerInclusive = true;
    }
    if (isBounded(upper) && upperInclusive) {
      upper = next(element.oid, upper);
      upperInclusive = false;
    }
    if (lower !== null && upper !== null && element.compare(lower, upper) >= 0) return emptyRange(range.type);
  }
  return { type: range.type, isEmpty: false, lower, upper, lowerInclusive, upperInclusive };
}

function malformed(text: string, detail: string): Error {
  return pgError('22P02', `malformed range literal: "${text}"`, { detail });
}

function parseRange(text: string, type: number, element: PgType, context: CallContext): PgRange {
  let at = 0;
  const skip = (): void => {
    while (at < text.length && isSpace(text.charCodeAt(at))) at++;
  };
  skip();
  if (text.slice(at, at + 5).toLowerCase() === 'empty') {
    at += 5;
    skip();
    if (at < text.length) throw malformed(text, 'Junk after "empty" key word.');
    return emptyRange(type);
  }
  const open = text[at];
  if (open !== '[' && open !== '(') throw malformed(text, 'Missing left parenthesis or bracket.');
  at++;
  const bound = (): string | null => {
    if (text[at] === ',' || text[at] === ')' || text[at] === ']') return null;
    let value = '';
    let isQuoted = false;
    while (isQuoted || (text[at] !== ',' && text[at] !== ')' && text[at] !== ']')) {
      const c = text[at];
      if (c === undefined) throw malformed(text, 'Unexpected end of input.');
      at++;
      if (c === '\\') {
        if (text[at] === undefined) throw malformed(text, 'Unexpected end of input.');
        value += text[at++];
      } else if (c === '"') {
        if (!isQuoted) isQuoted = true;
        else if (text[at] === '"') {
          value += '"';
          at++;
        } else isQuoted = false;
      } else value += c;
    }
    return value;
  };
  const low = bound();
  if (text[at] !== ',') throw malformed(text, 'Missing comma after lower bound.');
  at++;
  const high = bound();
  if (text[at] !== ')' && text[at] !== ']') throw malformed(text, 'Too many commas.');
  const close = text[at];
  at++;
  skip();
  if (at < text.length) throw malformed(text, 'Junk after right parenthesis or bracket.');
  const read = (value: string | null): Datum => (value === null ? null : element.input(value, -1, context));
  const range = {
    type,
    lower: read(low),
    upper: read(high),
    lowerInclusive: open === '[',
    upperInclusive: close === ']',
  };
  return makeRange(range, element);
}

function quoteBound(text: string): string {
  let isPlain = text !== '';
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (
      code === 34 ||
      code === 92 ||
      code === 40 ||
      code === 41 ||
      code === 91 ||
      code === 93 ||
      code === 44 ||
      isSpace(code)
    )
      isPlain = false;
  }
  return isPlain ? text : `"${text.replace(/["\\]/g, '$&$&')}"`;
}

function formatRange(range: PgRange, element: PgType, context: CallContext): string {
  if (range.isEmpty) return 'empty';
  const show = (bound: Datum): string => (bound === null ? '' : quoteBound(element.output(bound, context)));
  return `${range.lowerInclusive ? '[' : '('}${show(range.lower)},${show(range.upper)}${range.upperInclusive ? ']' : ')'}`;
}

/** Compares two bounds, each lower or upper, as range_cmp_bounds does. */
export function compareBounds(a: PgRange, isLowerA: boolean, b: PgRange, isLowerB: boolean, element: PgType): number {
  const left = isLowerA ? a.lower : a.upper;
  const right = isLowerB ? b.lower : b.upper;
  if (left === null && right === null) return isLowerA === isLowerB ? 0 : isLowerA ? -1 : 1;
  if (left === null) return isLowerA ? -1 : 1;
  if (right === null) return isLowerB ? 1 : -1;
  const order = element.compare(left, right);
  if (order !== 0) return order;
  const leftInclusive = isLowerA ? a.lowerInclusive : a.upperInclusive;
  const rightInclusive = isLowerB ? b.lowerInclusive : b.upperInclusive;
  if (!leftInclusive && !rightInclusive) return isLowerA === isLowerB ? 0 : isLowerA ? 1 : -1;
  if (!leftInclusive) return isLowerA ? 1 : -1;
  if (!rightInclusive) return isLowerB ? -1 : 1;
  return 0;
}

export function compareRanges(left: PgRange, right: PgRange, element: PgType): number {
  if (left.isEmpty || right.isEmpty) return left.isEmpty === right.isEmpty ? 0 : left.isEmpty ? -1 : 1;
  return compareBounds(left, true, right, true, element) || compareBounds(left, false, right, false, element);
}

const flag = { empty: 1, lowerInclusive: 2, upperInclusive: 4, lowerInfinite: 8, upperInfinite: 16 } as const;

export function rangeBehaviour(registry: TypeRegistry, oid: number, subtype: number): TypeBehaviour {
  const element = (): PgType => registry.byOid(subtype);
  return {
    input: (text, _typmod, context) => parseRange(text, oid, element(), context),
    output: (datum, context) => formatRange(asRange(datum), element(), context),
    receive(bytes, _typmod, context) {
      if (bytes.length < 1) throw insufficientData();
      const flags = bytes[0]!;
      if ((flags & flag.empty) !== 0) return emptyRange(oid);
      let at = 1;
      const read = (isInfinite: boolean): Datum => {
        if (isInfinite) return null;
        const length = bytes.readInt32BE(at);
        const value = element().receive(bytes.subarray(at + 4, at + 4 + length), -1, context);
        at += 4 + length;
        return value;
      };
      const lower = read((flags & flag.lowerInfinite) !== 0);
      const upper = read((flags & flag.upperInfinite) !== 0);
      const lowerInclusive = (flags & flag.lowerInclusive) !== 0;
      return makeRange(
        { type: oid, lower, upper, lowerInclusive, upperInclusive: (flags & flag.upperInclusive) !== 0 },
        element(),
      );
    },
    send(datum, context) {
      const range = asRange(datum);
      let flags = range.isEmpty ? flag.empty : 0;
      if (range.lowerInclusive) flags |= flag.lowerInclusive;
      if (range.upperInclusive) flags |= flag.upperInclusive;
      if (!range.isEmpty && range.lower === null) flags |= flag.lowerInfinite;
      if (!range.isEmpty && range.upper === null) flags |= flag.upperInfinite;
      const parts: Buffer[] = [Buffer.from([flags])];
      for (const bound of [range.lower, range.upper]) {
        if (bound === null) continue;
        const body = element().send(bound, context);
        const length = Buffer.alloc(4);
        length.writeInt32BE(body.length);
        parts.push(length, body);
      }
      return Buffer.concat(parts);
    },
    compare: (left, right) => compareRanges(asRange(left), asRange(right), element()),
    hashKey(datum) {
      const range = asRange(datum);
      if (range.isEmpty) return 'empty';
      const key = (bound: Datum): string => (bound === null ? '' : delimitedKey(element().hashKey(bound)));
      return `${range.lowerInclusive ? '[' : '('}${key(range.lower)},${key(range.upper)}${range.upperInclusive ? ']' : ')'}`;
    },
  };
}

export const multirangeBehaviour = (typeName: string): TypeBehaviour => missingBehaviour(typeName);
