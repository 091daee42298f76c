/**
 * Which conversions exist between types, and the common type of several expressions. Source: manual chapter 10 and the rules of
 * find_coercion_pathway, can_coerce_type and select_common_type. Only decides; functions/cast.ts carries conversions out.
 */
import { pgError } from './errors.ts';
import { Oid } from './oids.ts';
import { type CastContext, castBetween } from './operators.ts';
import { isConsistentPolymorphic, isPolymorphic } from './polymorphic.ts';
import type { TypeRegistry } from './registry.ts';

/** How a value of one type becomes one of another. */
export type Coercion =
  /** The same bytes under another name. */
  | { readonly kind: 'relabel' }
  /** By a function of pg_proc; one with `takesTypmod` gets the target's typmod and true for an explicit cast as well. */
  | { readonly kind: 'function'; readonly procedure: number; readonly takesTypmod: boolean }
  /** Out through text and in again. */
  | { readonly kind: 'text' }
  /** Each element of an array. */
  | { readonly kind: 'array'; readonly element: Coercion }
  /** A row value to a composite type or to record, column by column. */
  | { readonly kind: 'row' };

const strength: Record<CastContext, number> = { i: 0, a: 1, e: 2 };
const relabel: Coercion = { kind: 'relabel' };

/** The category letter of a type, domains counted as their base; `unknown` has X. */
export function categoryOf(registry: TypeRegistry, oid: number): string {
  return registry.find(registry.baseOf(oid))?.category ?? '\u0000';
}

export const isPreferred = (registry: TypeRegistry, oid: number): boolean => registry.find(oid)?.isPreferred ?? false;

const isComposite = (registry: TypeRegistry, oid: number): boolean =>
  registry.find(registry.baseOf(oid))?.kind === 'composite';

/** The way from one type to another that `context` (i, a, e) allows; null when there is none. */
const OID_ARRAY = 1028;

export function findCoercion(
  registry: TypeRegistry,
  source: number,
  target: number,
  context: CastContext,
): Coercion | null {
  const from = registry.baseOf(source);
  const to = registry.baseOf(target);
  if (from === to) return relabel;
  const cast = castBetween(from, to);
  if (cast !== undefined) {
    if (strength[context] < strength[cast.context]) return null;
    if (cast.method === 'b') return relabel;
    return cast.method === 'i'
      ? { kind: 'text' }
      : {
          kind: 'function',
          procedure: cast.procedure,
          takesTypmod: to === Oid.bit && (from === Oid.int4 || from === Oid.int8),
        };
  }
  if ((from === Oid.int2vector && to === Oid.int2Array) || (from === Oid.oidvector && to === OID_ARRAY)) return relabel;
  if (to !== Oid.oidvector && to !== Oid.int2vector) {
    const fromElement = registry.elementOf(from);
    const toElement = registry.elementOf(to);
    if (fromElement !== 0 && toElement !== 0) {
      const element = findCoercion(registry, fromElement, toElement, context);
      if (element !== null) return { kind: 'array', element };
    }
  }
  const rowCoercion = findRowCoercion(registry, from, to);
  if (rowCoercion !== null) return rowCoercion;
  const enumOrOther = castAsElement(registry, from, to);
  if (enumOrOther !== null) return enumOrOther;
  if (context !== 'i' && categoryOf(registry, to) === 'S') return { kind: 'text' };
  if (context === 'e' && categoryOf(registry, from) === 'S') return { kind: 'text' };
  return null;
}

function findRowCoercion(registry: TypeRegistry, from: number, to: number): Coercion | null {
  if (from === Oid.record && isComposite(registry, to)) return { kind: 'row' };
  if (isComposite(registry, from) && to === Oid.record) return relabel;
  const fromElement = registry.elementOf(from);
  if (fromElement !== 0 && to === Oid.recordArray && isComposite(registry, fromElement)) return relabel;
  return null;
}

/** Every array is an anyarray, every enum an anyenum, every range an anyrange, to the eyes of a function that takes them. */
function castAsElement(registry: TypeRegistry, from: number, to: number): Coercion | null {
  if (to === Oid.anyarray && registry.elementOf(from) !== 0) return relabel;
  if (to === Oid.anyenum && registry.find(from)?.kind === 'enum') return relabel;
  if (to === Oid.anyrange && registry.find(from)?.kind === 'range') return relabel;
  return null;
}

/** Whether values of the input types can be passed where the target types are declared. */
export function canCoerce(
  registry: TypeRegistry,
  inputs: readonly number[],
  targets: readonly number[],
  context: CastContext,
): boolean {
  let hasPolymorphic = false;
  for (let i = 0; i < inputs.length; i++) {
    const input = inputs[i]!;
    const target = targets[i]!;
    if (input === target || target === Oid.any) continue;
    if (isPolymorphic(target)) {
      hasPolymorphic = true;
      continue;
    }
    if (input === Oid.unknown) continue;
    if (findCoercion(registry, input, target, context) !== null) continue;
    return false;
  }
  return !hasPolymorphic || isConsistentPolymorphic(registry, inputs, targets);
}

/**
 * The type that UNION, CASE, VALUES, ARRAY and the like give their branches. `context` is the word errors begin with; null gives 0 instead of
 * an error.
 */
export function commonType(registry: TypeRegistry, types: readonly number[], context: string | null): number {
  const first = types[0]!;
  if (first !== Oid.unknown && types.every((type) => type === first)) return first;
  let chosen = registry.baseOf(first);
  for (let i = 1; i < types.length; i++) {
    const next = registry.baseOf(types[i]!);
    if (next === Oid.unknown || next === chosen) continue;
    if (chosen === Oid.unknown) {
      chosen = next;
      continue;
    }
    if (categoryOf(registry, next) !== categoryOf(registry, chosen)) {
      if (context === null) return 0;
      throw pgError(
        '42804',
        `${context} types ${registry.formatType(chosen)} and ${registry.formatType(next)} cannot be matched`,
      );
    }
    if (
      !isPreferred(registry, chosen) &&
      canCoerce(registry, [chosen], [next], 'i') &&
      !canCoerce(registry, [next], [chosen], 'i')
    ) {
      chosen = next;
    }
  }
  return chosen === Oid.unknown ? Oid.text : chosen;
}

/** Checks that a branch can take the common type. */
export function requireCommon(registry: TypeRegistry, type: number, common: number, context: string): void {
  if (canCoerce(registry, [type], [common], 'i')) return;
  throw pgError(
    '42846',
    `${context} could not convert type ${registry.formatType(type)} to ${registry.formatType(common)}`,
  );
}

/** `cannot cast type json to integer`. */
export function cannotCast(registry: TypeRegistry, source: number, target: number): Error {
  return pgError('42846', `cannot cast type ${registry.formatType(source)} to ${registry.formatType(target)}`);
}
