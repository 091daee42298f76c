/** Reading elements and slices of arrays, and members of jsonb. Source: PostgreSQL 15 manual 8.15.3 and 8.14.5. */
import { unsupported } from '../errors.ts';
import type { Datum, Json, PgArray } from '../types/datum.ts';
import type { TypeRegistry } from '../types/index.ts';
import type { Evaluate } from './execute/frame.ts';
import type { Expr, SubscriptExpr } from './expression.ts';

export function subscript(expr: SubscriptExpr, compile: (part: Expr) => Evaluate, types: TypeRegistry): Evaluate {
  const arg = compile(expr.arg);
  const uppers = expr.uppers.map((part) => (part === null ? null : compile(part)));
  const lowers = expr.lowers.map((part) => (part === null ? null : compile(part)));
  if (expr.isJson) return member(arg, uppers);
  const base = types.baseOf(expr.arg.type);
  if (types.elementOf(base) === 0 && !expr.isSlice) return vectorElement(arg, uppers);
  if (!expr.isSlice) return element(arg, uppers);
  return slice(arg, uppers, lowers);
}

function element(arg: Evaluate, uppers: readonly (Evaluate | null)[]): Evaluate {
  return (frame) => {
    const array = arg(frame) as PgArray | null;
    if (array === null || array.dims.length !== uppers.length) return null;
    let at = 0;
    for (let dimension = 0; dimension < uppers.length; dimension++) {
      const index = uppers[dimension]!(frame) as number | null;
      if (index === null) return null;
      const offset = index - array.lower[dimension]!;
      if (offset < 0 || offset >= array.dims[dimension]!) return null;
      at = at * array.dims[dimension]! + offset;
    }
    return array.items[at] ?? null;
  };
}

/** int2vector and oidvector count from 0. */
function vectorElement(arg: Evaluate, uppers: readonly (Evaluate | null)[]): Evaluate {
  return (frame) => {
    const value = arg(frame);
    const index = uppers[0]!(frame) as number | null;
    if (value === null || index === null) return null;
    if (typeof value === 'object' && 'items' in value && 'dims' in value)
      return value.items[index - (value.lower[0] ?? 0)] ?? null;
    throw unsupported('subscripting this vector');
  };
}

function slice(arg: Evaluate, uppers: readonly (Evaluate | null)[], lowers: readonly (Evaluate | null)[]): Evaluate {
  return (frame) => {
    const array = arg(frame) as PgArray | null;
    if (array === null) return null;
    const empty: PgArray = { elementType: array.elementType, dims: [], lower: [], items: [] };
    if (uppers.length > array.dims.length) return empty;
    const starts: number[] = [];
    const counts: number[] = [];
    for (let dimension = 0; dimension < array.dims.length; dimension++) {
      const low = array.lower[dimension]!;
      const high = low + array.dims[dimension]! - 1;
      let from = low;
      let to = high;
      if (dimension < uppers.length) {
        const lower = lowers[dimension];
        const upper = uppers[dimension];
        const fromValue = lower === null || lower === undefined ? low : lower(frame);
        const toValue = upper === null || upper === undefined ? high : upper(frame);
        if (fromValue === null || toValue === null) return null;
        from = Math.max(low, fromValue as number);
        to = Math.min(high, toValue as number);
      }
      if (to < from) return empty;
      starts.push(from - low);
      counts.push(to - from + 1);
    }
    const items: Datum[] = [];
    collect(array, 0, 0, starts, counts, items);
    return { elementType: array.elementType, dims: counts, lower: counts.map(() => 1), items };
  };
}

function collect(
  array: PgArray,
  dimension: number,
  base: number,
  starts: readonly number[],
  counts: readonly number[],
  items: Datum[],
): void {
  if (dimension === array.dims.length) {
    items.push(array.items[base] ?? null);
    return;
  }
  for (let offset = 0; offset < counts[dimension]!; offset++)
    collect(array, dimension + 1, base * array.dims[dimension]! + starts[dimension]! + offset, starts, counts, items);
}

function member(arg: Evaluate, uppers: readonly (Evaluate | null)[]): Evaluate {
  return (frame) => {
    let json = arg(frame) as Json | null;
    for (const upper of uppers) {
      const key = upper!(frame);
      if (json === null || key === null) return null;
      if (json.kind === 'object') {
        const at: number = json.keys.indexOf(String(key));
        json = at < 0 ? null : json.values[at]!;
      } else if (json.kind === 'array') {
        const index = Number(key);
        json = Number.isInteger(index) ? (json.items[index < 0 ? index + json.items.length : index] ?? null) : null;
      } else return null;
    }
    return json;
  };
}
