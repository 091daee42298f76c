/**
 * Polymorphic types: what anyelement, anyarray, anycompatible and their kin stand for in one call.
 * Source: manual 38.2.5; check_generic_type_consistency decides, enforce_generic_type_consistency gives types or says why not.
 * Two families: the `any` family wants equal types, the `anycompatible` family a common one.
 */
import { canCoerce, commonType } from './coercion.ts';
import { pgError } from './errors.ts';
import { Oid } from './oids.ts';
import type { TypeRegistry } from './registry.ts';

const plain: ReadonlySet<number> = new Set([
  Oid.anyelement,
  Oid.anyarray,
  Oid.anynonarray,
  Oid.anyenum,
  Oid.anyrange,
  Oid.anymultirange,
]);
const compatible: ReadonlySet<number> = new Set([
  Oid.anycompatible,
  Oid.anycompatiblearray,
  Oid.anycompatiblenonarray,
  Oid.anycompatiblerange,
  Oid.anycompatiblemultirange,
]);

export const isPolymorphic = (oid: number): boolean => plain.has(oid) || compatible.has(oid);

const nameOf = (registry: TypeRegistry, oid: number): string => registry.formatType(oid);

function mismatch(registry: TypeRegistry, message: string, left: number, right: number): Error {
  return pgError('42804', message, { detail: `${nameOf(registry, left)} versus ${nameOf(registry, right)}` });
}

interface Solution {
  element: number;
  array: number;
  range: number;
  compatibleElement: number;
  compatibleArray: number;
}

/** Finds what the families stand for; throws with the server's text where they do not fit together. */
function solve(
  registry: TypeRegistry,
  inputs: readonly number[],
  declared: readonly number[],
  isCheck: boolean,
): Solution {
  const found: Solution = { element: 0, array: 0, range: 0, compatibleElement: 0, compatibleArray: 0 };
  const compatibleTypes: number[] = [];
  let hasPlain = false;
  let hasCompatible = false;
  let isNonArray = false;
  let isEnum = false;
  let isCompatibleNonArray = false;
  let hasCompatibleArray = false;
  for (let i = 0; i < declared.length; i++) {
    const target = declared[i]!;
    const input = inputs[i]!;
    if (plain.has(target)) hasPlain = true;
    else if (compatible.has(target)) hasCompatible = true;
    else continue;
    if (target === Oid.anynonarray) isNonArray = true;
    if (target === Oid.anyenum) isEnum = true;
    if (target === Oid.anycompatiblenonarray) isCompatibleNonArray = true;
    if (target === Oid.anycompatiblearray) hasCompatibleArray = true;
    if (input === Oid.unknown) continue;
    switch (target) {
      case Oid.anyelement:
      case Oid.anynonarray:
      case Oid.anyenum:
        if (found.element !== 0 && found.element !== input) {
          throw mismatch(registry, 'arguments declared "anyelement" are not all alike', found.element, input);
        }
        found.element = input;
        break;
      case Oid.anyarray: {
        const array = registry.baseOf(input);
        if (found.array !== 0 && found.array !== array) {
          throw mismatch(registry, 'arguments declared "anyarray" are not all alike', found.array, array);
        }
        found.array = array;
        break;
      }
      case Oid.anyrange: {
        const range = registry.baseOf(input);
        if (found.range !== 0 && found.range !== range) {
          throw mismatch(registry, 'arguments declared "anyrange" are not all alike', found.range, range);
        }
        found.range = range;
        break;
      }
      case Oid.anycompatible:
      case Oid.anycompatiblenonarray:
        compatibleTypes.push(input);
        break;
      case Oid.anycompatiblearray: {
        const element = registry.elementOf(registry.baseOf(input));
        if (element === 0) {
          throw pgError(
            '42804',
            `argument declared ${nameOf(registry, target)} is not an array but type ${nameOf(registry, input)}`,
          );
        }
        compatibleTypes.push(element);
        break;
      }
      default:
        if (isCheck) throw pgError('0A000', `${nameOf(registry, target)} arguments are not simulated`);
    }
  }
  if (hasPlain) solvePlain(registry, found, { isNonArray, isEnum, isCheck });
  if (hasCompatible) {
    const common = compatibleTypes.length === 0 ? Oid.text : commonType(registry, compatibleTypes, 'arguments');
    for (const type of compatibleTypes) {
      if (!canCoerce(registry, [type], [common], 'i')) {
        throw mismatch(registry, 'arguments of anycompatible family cannot be cast to a common type', type, common);
      }
    }
    found.compatibleElement = common;
    found.compatibleArray = registry.arrayOf(common);
    if (!isCheck && hasCompatibleArray && found.compatibleArray === 0) {
      throw pgError('42704', `could not find array type for data type ${nameOf(registry, common)}`);
    }
    if (isCompatibleNonArray && registry.elementOf(registry.baseOf(common)) !== 0) {
      throw pgError('42804', `type matched to anycompatiblenonarray is an array type: ${nameOf(registry, common)}`);
    }
  }
  return found;
}

function solvePlain(
  registry: TypeRegistry,
  found: Solution,
  options: { readonly isNonArray: boolean; readonly isEnum: boolean; readonly isCheck: boolean },
): void {
  if (found.array !== 0) {
    const element = found.array === Oid.anyarray ? Oid.anyelement : registry.elementOf(found.array);
    if (element === 0) {
      throw pgError('42804', `argument declared anyarray is not an array but type ${nameOf(registry, found.array)}`);
    }
    if (found.element === 0) found.element = element;
    else if (found.element !== element) {
      throw mismatch(
        registry,
        'argument declared anyarray is not consistent with argument declared anyelement',
        found.array,
        found.element,
      );
    }
  }
  if (found.range !== 0) {
    const element = registry.rangeSubtype(found.range);
    if (element === 0) {
      throw pgError(
        '42804',
        `argument declared anyrange is not a range type but type ${nameOf(registry, found.range)}`,
      );
    }
    if (found.element === 0) found.element = element;
    else if (found.element !== element) {
      throw mismatch(
        registry,
        'argument declared anyrange is not consistent with argument declared anyelement',
        found.range,
        found.element,
      );
    }
  }
  if (found.element === 0) {
    // A check accepts unknown literals everywhere; a call must know.
    if (options.isCheck) return;
    throw pgError('42804', 'could not determine polymorphic type because input has type unknown');
  }
  if (options.isNonArray && registry.elementOf(registry.baseOf(found.element)) !== 0) {
    throw pgError('42804', `type matched to anynonarray is an array type: ${nameOf(registry, found.element)}`);
  }
  if (options.isEnum && registry.find(registry.baseOf(found.element))?.kind !== 'enum') {
    throw pgError('42804', `type matched to anyenum is not an enum type: ${nameOf(registry, found.element)}`);
  }
  if (found.array === 0) found.array = registry.arrayOf(found.element);
}

/** Whether inputs fit the polymorphic types among the declared ones. */
export function isConsistentPolymorphic(
  registry: TypeRegistry,
  inputs: readonly number[],
  declared: readonly number[],
): boolean {
  try {
    solve(registry, inputs, declared, true);
    return true;
  } catch {
    return false;
  }
}

export interface ConcreteTypes {
  readonly argTypes: readonly number[];
  readonly resultType: number;
}

/** The declared types with every polymorphic one replaced by what it stands for in this call. */
export function makeConcrete(
  registry: TypeRegistry,
  inputs: readonly number[],
  declared: readonly number[],
  resultType: number,
): ConcreteTypes {
  if (!declared.some(isPolymorphic)) {
    if (isPolymorphic(resultType)) throw pgError('XX000', 'could not determine polymorphic type');
    return { argTypes: declared, resultType };
  }
  const found = solve(registry, inputs, declared, false);
  const concrete = (type: number): number => {
    switch (type) {
      case Oid.anyelement:
      case Oid.anynonarray:
      case Oid.anyenum:
        return found.element;
      case Oid.anyarray:
        if (found.array === 0) {
          throw pgError('42704', `could not find array type for data type ${nameOf(registry, found.element)}`);
        }
        return found.array;
      case Oid.anyrange:
        if (found.range === 0)
          throw pgError('42804', 'could not determine polymorphic type anyrange because input has type unknown');
        return found.range;
      case Oid.anycompatible:
      case Oid.anycompatiblenonarray:
        return found.compatibleElement;
      case Oid.anycompatiblearray:
        return found.compatibleArray;
      default:
        return type;
    }
  };
  return { argTypes: declared.map(concrete), resultType: concrete(resultType) };
}
