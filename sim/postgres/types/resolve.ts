/**
 * Which function or operator an expression means: candidates by name and count, then by exact types, preferred types, and categories of unknown
 * literals. Source: manual sections 10.2 and 10.3; func_get_detail and func_select_candidate of the server. Errors are the server's, without
 * positions, which the caller adds.
 */
import type { FunctionRow } from '../functions/function-row.ts';
import { canCoerce, categoryOf, findCoercion } from './coercion.ts';
import { pgError } from './errors.ts';
import { Oid } from './oids.ts';
import { type OperatorRow, operatorsByName } from './operators.ts';
import { makeConcrete } from './polymorphic.ts';
import type { TypeRegistry } from './registry.ts';

export * from './coercion.ts';

export interface FunctionCall {
  /** As error texts show it, with its schema when the call had one. */
  readonly name: string;
  /** Functions of that name, those of earlier schemas of the search path first. */
  readonly candidates: readonly FunctionRow[];
  /** Types of the arguments as written; 705 for untyped literals and parameters. */
  readonly argTypes: readonly number[];
  /** Names of the last arguments when written `name => value`; empty when all are by position. */
  readonly argNames?: readonly string[];
  /** True when the last argument is marked VARIADIC. */
  readonly isVariadic?: boolean;
}

export interface ResolvedFunction {
  readonly row: FunctionRow;
  /**
   * For each parameter slot the index of the argument that fills it, or -1 for the default. Variadic elements have one slot each.
   */
  readonly order: readonly number[];
  /** Concrete type of each slot, to which the argument must be coerced. */
  readonly argTypes: readonly number[];
  /** SQL texts of the defaults, one per slot with -1 in `order`, in slot order. */
  readonly defaults: readonly string[];
  /** How many last slots make up the VARIADIC array; 0 when nothing is collected. A VARIADIC "any" function gets its slots as they are. */
  readonly collected: number;
  /** Element type of that array. */
  readonly collectedType: number;
  readonly resultType: number;
}

interface Candidate {
  readonly row: FunctionRow;
  readonly types: readonly number[];
  readonly order: readonly number[];
  readonly isExpanded: boolean;
  readonly defaultCount: number;
}

/** `lower(integer)`, with names where they were given. */
function signature(registry: TypeRegistry, call: FunctionCall): string {
  const firstNamed = call.argTypes.length - (call.argNames?.length ?? 0);
  const shown = call.argTypes.map((type, i) => {
    const name = i >= firstNamed ? `${call.argNames![i - firstNamed]} => ` : '';
    return name + registry.formatType(type);
  });
  return `${call.name}(${shown.join(', ')})`;
}

export function functionMissing(registry: TypeRegistry, call: FunctionCall): Error {
  return pgError('42883', `function ${signature(registry, call)} does not exist`, {
    hint: 'No function matches the given name and argument types. You might need to add explicit type casts.',
  });
}

/** The row's input parameters' names, '' where unnamed. */
function inputNames(row: FunctionRow): string[] {
  if (row.argModes.length === 0) return row.argTypes.map((_, i) => row.argNames[i] ?? '');
  return row.argNames.filter((_, i) => row.argModes[i] === 'i' || row.argModes[i] === 'b' || row.argModes[i] === 'v');
}

/** How the call's arguments would fill a row's parameters; null when they cannot. */
function matchShape(row: FunctionRow, call: FunctionCall): Candidate | null {
  const count = call.argTypes.length;
  const parameters = row.argTypes.length;
  const named = call.argNames ?? [];
  if (named.length > 0) return matchNamed(row, call, named);
  if (row.variadic !== 0 && call.isVariadic !== true && count >= parameters) {
    const element = row.variadic;
    const types = row.argTypes.slice(0, parameters - 1);
    while (types.length < count) types.push(element);
    return { row, types, order: types.map((_, i) => i), isExpanded: true, defaultCount: 0 };
  }
  // VARIADIC "any" takes a marked array as it is; a plain call with fewer arguments than parameters fills none of it.
  if (count > parameters) return null;
  const missing = parameters - count;
  if (missing > row.defaults.length) return null;
  if (call.isVariadic === true && (missing > 0 || row.variadic === 0)) return null;
  const order = row.argTypes.map((_, i) => (i < count ? i : -1));
  return { row, types: row.argTypes, order, isExpanded: false, defaultCount: missing };
}

function matchNamed(row: FunctionRow, call: FunctionCall, named: readonly string[]): Candidate | null {
  const names = inputNames(row);
  const positional = call.argTypes.length - named.length;
  if (call.argTypes.length > row.argTypes.length) return null;
  const order: number[] = row.argTypes.map((_, i) => (i < positional ? i : -1));
  for (let i = 0; i < named.length; i++) {
    const slot = names.indexOf(named[i]!);
    if (slot < positional || order[slot] !== -1) return null;
    order[slot] = positional + i;
  }
  const firstDefault = row.argTypes.length - row.defaults.length;
  for (let slot = 0; slot < order.length; slot++) if (order[slot] === -1 && slot < firstDefault) return null;
  return {
    row,
    types: row.argTypes,
    order,
    isExpanded: false,
    defaultCount: order.filter((index) => index < 0).length,
  };
}

/** Actual types in slot order; a slot with a default takes its declared type. */
const slotInputs = (candidate: Candidate, argTypes: readonly number[]): number[] =>
  candidate.order.map((index, slot) => (index < 0 ? candidate.types[slot]! : argTypes[index]!));

/** The declared types in the order of the call's arguments, which is what candidates are compared by. */
function typesByArgument(candidate: Candidate, count: number): number[] {
  const types: number[] = new Array<number>(count).fill(0);
  candidate.order.forEach((index, slot) => {
    if (index >= 0) types[index] = candidate.types[slot]!;
  });
  return types;
}

/** The function a call means. Throws 42883 when there is none and 42725 when the choice is ambiguous. */
export function resolveFunction(registry: TypeRegistry, call: FunctionCall): ResolvedFunction {
  const count = call.argTypes.length;
  const shapes = dropShadowed(
    call.candidates.map((row) => matchShape(row, call)).filter((candidate) => candidate !== null),
    count,
  );
  const exact = shapes.find((candidate) =>
    typesByArgument(candidate, count).every((type, i) => type === call.argTypes[i]),
  );
  if (exact !== undefined) return finish(registry, exact, call.argTypes);
  const matching = shapes.filter((candidate) =>
    canCoerce(registry, call.argTypes, typesByArgument(candidate, count), 'i'),
  );
  if (matching.length === 0) throw functionMissing(registry, call);
  const chosen = selectCandidate(
    registry,
    call.argTypes,
    matching.map((candidate) => ({ item: candidate, types: typesByArgument(candidate, count) })),
  );
  if (chosen === null) {
    throw pgError('42725', `function ${signature(registry, call)} is not unique`, {
      hint: 'Could not choose a best candidate function. You might need to add explicit type casts.',
    });
  }
  return finish(registry, chosen, call.argTypes);
}

/** Of candidates with the same types in the call's order, keeps the one that is not variadic and needs no default. */
function dropShadowed(candidates: readonly Candidate[], count: number): Candidate[] {
  const kept = new Map<string, Candidate>();
  for (const candidate of candidates) {
    const key = typesByArgument(candidate, count).join(',');
    const other = kept.get(key);
    if (other === undefined) kept.set(key, candidate);
    else if (other.isExpanded && !candidate.isExpanded) kept.set(key, candidate);
    else if (other.isExpanded === candidate.isExpanded && candidate.defaultCount < other.defaultCount)
      kept.set(key, candidate);
  }
  return [...kept.values()];
}

function finish(registry: TypeRegistry, candidate: Candidate, argTypes: readonly number[]): ResolvedFunction {
  const { row } = candidate;
  const concrete = makeConcrete(registry, slotInputs(candidate, argTypes), candidate.types, row.returnType);
  const isCollected = candidate.isExpanded && row.variadic !== Oid.any;
  const firstDefault = row.argTypes.length - row.defaults.length;
  const defaults: string[] = [];
  candidate.order.forEach((index, slot) => {
    if (index < 0) defaults.push(row.defaults[slot - firstDefault]!);
  });
  return {
    row,
    order: candidate.order,
    argTypes: concrete.argTypes,
    defaults,
    collected: isCollected ? argTypes.length - row.argTypes.length + 1 : 0,
    collectedType: isCollected ? concrete.argTypes[concrete.argTypes.length - 1]! : 0,
    resultType: concrete.resultType,
  };
}

interface Choice<T> {
  readonly item: T;
  readonly types: readonly number[];
}

/** Keeps the choices with the highest score; all of them when every score is zero. */
function keepBest<T>(choices: readonly Choice<T>[], score: (choice: Choice<T>) => number): readonly Choice<T>[] {
  let best = 0;
  let kept: Choice<T>[] = [];
  for (const choice of choices) {
    const value = score(choice);
    if (value > best || kept.length === 0) {
      best = value;
      kept = [choice];
    } else if (value === best) kept.push(choice);
  }
  return kept;
}

/** func_select_candidate: null when no single best one exists. */
function selectCandidate<T>(registry: TypeRegistry, inputs: readonly number[], all: readonly Choice<T>[]): T | null {
  if (all.length === 1) return all[0]!.item;
  const bases = inputs.map((type) => (type === Oid.unknown ? type : registry.baseOf(type)));
  const categories = bases.map((type) => categoryOf(registry, type));
  const isKnown = (i: number): boolean => bases[i] !== Oid.unknown;
  let choices = keepBest(all, ({ types }) => types.filter((type, i) => isKnown(i) && type === bases[i]).length);
  if (choices.length === 1) return choices[0]!.item;
  choices = keepBest(
    choices,
    ({ types }) =>
      types.filter((type, i) => isKnown(i) && (type === bases[i] || isPreferredFor(registry, categories[i]!, type)))
        .length,
  );
  if (choices.length === 1) return choices[0]!.item;
  if (!bases.includes(Oid.unknown)) return null;
  choices = narrowUnknown(registry, bases, choices);
  if (choices.length === 1) return choices[0]!.item;
  const known = new Set(bases.filter((type) => type !== Oid.unknown));
  if (known.size !== 1) return null;
  const [only] = [...known];
  const assumed = bases.map(() => only!);
  const fitting = choices.filter(({ types }) => canCoerce(registry, assumed, types, 'i'));
  return fitting.length === 1 ? fitting[0]!.item : null;
}

function isPreferredFor(registry: TypeRegistry, category: string, oid: number): boolean {
  const type = registry.find(oid);
  return type?.isPreferred === true && type.category === category;
}

/** Gives each unknown argument a category: string where any candidate takes one, otherwise the one all agree on. */
function narrowUnknown<T>(
  registry: TypeRegistry,
  bases: readonly number[],
  choices: readonly Choice<T>[],
): readonly Choice<T>[] {
  const slots: { index: number; category: string; isPreferredThere: boolean }[] = [];
  for (let i = 0; i < bases.length; i++) {
    if (bases[i] !== Oid.unknown) continue;
    let category = '';
    let isPreferredThere = false;
    let hasConflict = false;
    for (const { types } of choices) {
      const type = registry.find(types[i]!);
      const own = type?.category ?? '';
      const preferred = type?.isPreferred ?? false;
      if (category === '') {
        category = own;
        isPreferredThere = preferred;
      } else if (own === category) isPreferredThere ||= preferred;
      else if (own === 'S') {
        category = own;
        isPreferredThere = preferred;
      } else hasConflict = true;
    }
    if (hasConflict && category !== 'S') return choices;
    slots.push({ index: i, category, isPreferredThere });
  }
  const kept = choices.filter(({ types }) =>
    slots.every(({ index, category, isPreferredThere }) => {
      const type = registry.find(types[index]!);
      return type?.category === category && (!isPreferredThere || type.isPreferred);
    }),
  );
  return kept.length === 0 ? choices : kept;
}

export interface ResolvedOperator {
  readonly row: OperatorRow;
  /** Concrete operand types, to which the operands must be coerced. */
  readonly left: number;
  readonly right: number;
  readonly resultType: number;
}

function operatorText(registry: TypeRegistry, name: string, left: number, right: number): string {
  return left === 0
    ? `${name} ${registry.formatType(right)}`
    : `${registry.formatType(left)} ${name} ${registry.formatType(right)}`;
}

function operatorMissing(registry: TypeRegistry, name: string, left: number, right: number): Error {
  return pgError('42883', `operator does not exist: ${operatorText(registry, name, left, right)}`, {
    hint:
      left === 0
        ? 'No operator matches the given name and argument type. You might need to add an explicit type cast.'
        : 'No operator matches the given name and argument types. You might need to add explicit type casts.',
  });
}

/** The operator an expression means; `left` is 0 for a prefix operator. */
export function resolveOperator(registry: TypeRegistry, name: string, left: number, right: number): ResolvedOperator {
  const candidates = operatorsByName(name).filter((row) => (row.kind === 'l') === (left === 0));
  const inputs = left === 0 ? [right] : [left, right];
  const exact = exactOperator(registry, candidates, left, right);
  const row = exact ?? chooseOperator(registry, candidates, inputs, name, left, right);
  const declared = left === 0 ? [row.right] : [row.left, row.right];
  const concrete = makeConcrete(registry, inputs, declared, row.result);
  return {
    row,
    left: left === 0 ? 0 : concrete.argTypes[0]!,
    right: concrete.argTypes[concrete.argTypes.length - 1]!,
    resultType: concrete.resultType,
  };
}

/** An unknown operand is first taken to have the other one's type. */
function exactOperator(
  registry: TypeRegistry,
  candidates: readonly OperatorRow[],
  left: number,
  right: number,
): OperatorRow | undefined {
  if (left === 0) return candidates.find((row) => row.right === right);
  const isUnknown = left === Oid.unknown || right === Oid.unknown;
  const a = left === Oid.unknown ? right : left;
  const b = right === Oid.unknown ? left : right;
  const found = candidates.find((row) => row.left === a && row.right === b);
  if (found !== undefined || !isUnknown) return found;
  const base = registry.baseOf(a);
  return base === a ? undefined : candidates.find((row) => row.left === base && row.right === base);
}

function chooseOperator(
  registry: TypeRegistry,
  candidates: readonly OperatorRow[],
  inputs: readonly number[],
  name: string,
  left: number,
  right: number,
): OperatorRow {
  const typesOf = (row: OperatorRow): number[] => (left === 0 ? [row.right] : [row.left, row.right]);
  const matching = candidates.filter((row) => canCoerce(registry, inputs, typesOf(row), 'i'));
  if (matching.length === 0) throw operatorMissing(registry, name, left, right);
  const chosen = selectCandidate(
    registry,
    inputs,
    matching.map((row) => ({ item: row, types: typesOf(row) })),
  );
  if (chosen !== null) return chosen;
  throw pgError('42725', `operator is not unique: ${operatorText(registry, name, left, right)}`, {
    hint: 'Could not choose a best candidate operator. You might need to add explicit type casts.',
  });
}

/**
 * `left op ANY (array)` and ALL. `right` is the array's type or unknown. The result's `right` is the array type to coerce to.
 */
export function resolveArrayOperator(
  registry: TypeRegistry,
  name: string,
  left: number,
  right: number,
): ResolvedOperator {
  const element = right === Oid.unknown ? Oid.unknown : registry.elementOf(registry.baseOf(right));
  if (element === 0) throw pgError('42809', 'op ANY/ALL (array) requires array on right side');
  const resolved = resolveOperator(registry, name, left, element);
  if (resolved.resultType !== Oid.bool) throw pgError('42809', 'op ANY/ALL (array) requires operator to yield boolean');
  const array = registry.arrayOf(resolved.right);
  if (array === 0)
    throw pgError('42704', `could not find array type for data type ${registry.formatType(resolved.right)}`);
  return { ...resolved, right: array };
}

/** Whether a call of one argument may mean a cast to `target` without a function: a relabelling, or a way through text. */
export function isCallCast(registry: TypeRegistry, source: number, target: number): boolean {
  if (source === Oid.unknown) return true;
  const coercion = findCoercion(registry, source, target, 'e');
  if (coercion === null) return false;
  if (coercion.kind === 'relabel') return true;
  const isRow = source === Oid.record || registry.find(source)?.kind === 'composite';
  return coercion.kind === 'text' && !(isRow && categoryOf(registry, target) === 'S');
}

/**
 * Whether `name(argument)` means a cast to `target`, the type of that name. A function with exactly the argument's type comes first, any other
 * one after it, so the caller asks before resolveFunction.
 */
export function isCastByCall(registry: TypeRegistry, call: FunctionCall, target: number): boolean {
  const source = call.argTypes[0];
  if (source === undefined || call.argTypes.length !== 1 || (call.argNames ?? []).length > 0) return false;
  if (call.candidates.some((row) => row.argTypes.length === 1 && row.argTypes[0] === source)) return false;
  return isCallCast(registry, source, target);
}

export { operatorMissing };
