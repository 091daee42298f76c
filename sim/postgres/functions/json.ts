/** Looking into json and jsonb, and changing jsonb: -> ->> #> @> ?, jsonb_set, jsonb_insert, ||, -, strip_nulls, typeof. */
import { asArray } from '../types/array.ts';
import type { Datum, Json, PgArray } from '../types/datum.ts';
import { invalidParameter, pgError } from '../types/errors.ts';
import { type JsonNode, parseJsonText } from '../types/json-parse.ts';
import { containsJson, formatJson, makeObject, memberOf, prettyJson, quoteJson } from '../types/jsonb.ts';
import type { Implementation } from './implementation.ts';

const tree = (datum: Datum | undefined): Json => datum as Json;
const str = (datum: Datum | undefined): string => datum as string;

/** A path step as an array index, or null when it is no integer. */
function indexOf(step: string): number | null {
  return /^\s*[+-]?\d+$/.test(step) && Math.abs(Number(step)) <= 2147483647 ? Number(step) : null;
}

/** The text of a jsonb value where a text is wanted: strings bare, null as SQL null. */
export function bareText(value: Json): string | null {
  return value.kind === 'null' ? null : value.kind === 'string' ? value.value : formatJson(value);
}

function element(value: Json, index: number): Json | undefined {
  if (value.kind !== 'array') return undefined;
  return value.items[index < 0 ? value.items.length + index : index];
}

/** A whole value that is a scalar is stored as an array of one, and -> with a number sees it so. */
const asElements = (value: Json): Json =>
  value.kind === 'array' || value.kind === 'object' ? value : { kind: 'array', items: [value] };

function follow(value: Json, path: PgArray): Json | undefined {
  let current: Json | undefined = value;
  for (const step of path.items) {
    if (step === null || current === undefined) return undefined;
    if (current.kind === 'object') current = memberOf(current, step as string);
    else {
      const index = indexOf(step as string);
      current = index === null ? undefined : element(current, index);
    }
  }
  return current;
}

export const nodeMember = (node: JsonNode, key: string): JsonNode | undefined => {
  // The last of equal keys is the one that counts.
  const at = node.keys.lastIndexOf(key);
  return node.kind === 'object' && at >= 0 ? node.items[at] : undefined;
};

function nodeElement(node: JsonNode, index: number): JsonNode | undefined {
  if (node.kind !== 'array') return undefined;
  return node.items[index < 0 ? node.items.length + index : index];
}

function followNode(node: JsonNode, path: PgArray): JsonNode | undefined {
  let current: JsonNode | undefined = node;
  for (const step of path.items) {
    if (step === null || current === undefined) return undefined;
    if (current.kind === 'object') current = nodeMember(current, step as string);
    else {
      const index = indexOf(step as string);
      current = index === null ? undefined : nodeElement(current, index);
    }
  }
  return current;
}

/** A found part of a json text, verbatim. */
export const nodeText = (source: string, node: JsonNode | undefined): Datum =>
  node === undefined ? null : source.slice(node.start, node.end);

export function nodeBareText(source: string, node: JsonNode | undefined): Datum {
  if (node === undefined || node.kind === 'null') return null;
  return node.kind === 'string' ? node.value : source.slice(node.start, node.end);
}

function stripNulls(value: Json): Json {
  if (value.kind === 'array') return { kind: 'array', items: value.items.map(stripNulls) };
  if (value.kind !== 'object') return value;
  const kept = value.keys.map((_, i) => i).filter((i) => value.values[i]!.kind !== 'null');
  return {
    kind: 'object',
    keys: kept.map((i) => value.keys[i]!),
    values: kept.map((i) => stripNulls(value.values[i]!)),
  };
}

function stripNodeNulls(source: string, node: JsonNode): string {
  if (node.kind === 'array') return `[${node.items.map((item) => stripNodeNulls(source, item)).join(',')}]`;
  if (node.kind === 'string') return quoteJson(node.value);
  if (node.kind !== 'object') return source.slice(node.start, node.end);
  const parts: string[] = [];
  node.keys.forEach((key, i) => {
    if (node.items[i]!.kind !== 'null') parts.push(`${quoteJson(key)}:${stripNodeNulls(source, node.items[i]!)}`);
  });
  return `{${parts.join(',')}}`;
}

const isContainer = (value: Json): boolean => value.kind === 'array' || value.kind === 'object';
const itemsOf = (value: Json): readonly Json[] => (value.kind === 'array' ? value.items : [value]);

function concatenate(left: Json, right: Json): Json {
  if (left.kind === 'object' && right.kind === 'object') {
    return makeObject([...left.keys, ...right.keys], [...left.values, ...right.values]);
  }
  return { kind: 'array', items: [...itemsOf(left), ...itemsOf(right)] };
}

function exists(value: Json, key: string): boolean {
  if (value.kind === 'object') return memberOf(value, key) !== undefined;
  if (value.kind === 'array') return value.items.some((item) => item.kind === 'string' && item.value === key);
  return value.kind === 'string' && value.value === key;
}

function without(object: Json & { kind: 'object' }, drop: (key: string) => boolean): Json {
  const kept = object.keys.map((_, i) => i).filter((i) => !drop(object.keys[i]!));
  return { kind: 'object', keys: kept.map((i) => object.keys[i]!), values: kept.map((i) => object.values[i]!) };
}

function deleteKeys(value: Json, keys: readonly string[]): Json {
  if (!isContainer(value)) throw invalidParameter('cannot delete from scalar');
  const wanted = new Set(keys);
  if (value.kind === 'object') return without(value, (key) => wanted.has(key));
  const items = (value as { items: readonly Json[] }).items;
  return { kind: 'array', items: items.filter((item) => !(item.kind === 'string' && wanted.has(item.value))) };
}

function deleteIndex(value: Json, index: number): Json {
  if (!isContainer(value)) throw invalidParameter('cannot delete from scalar');
  if (value.kind !== 'array') throw invalidParameter('cannot delete from object using integer index');
  const at = index < 0 ? value.items.length + index : index;
  if (at < 0 || at >= value.items.length) return value;
  return { kind: 'array', items: value.items.filter((_, i) => i !== at) };
}

type Operation = 'replace' | 'create' | 'delete' | 'insertBefore' | 'insertAfter';

function pathIndex(step: string, position: number): number {
  const index = indexOf(step);
  if (index === null) throw pgError('22P02', `path element at position ${position} is not an integer: "${step}"`);
  return index;
}

/** setPath: one change at the end of a path; containers on the way are rebuilt. */
function change(value: Json, path: readonly Datum[], depth: number, operation: Operation, replacement: Json): Json {
  const step = path[depth]!;
  if (step === null) throw pgError('22004', `path element at position ${depth + 1} is null`);
  const key = step as string;
  const isLast = depth === path.length - 1;
  if (value.kind === 'object') return changeObject(value, { key, isLast, path, depth, operation, replacement });
  if (value.kind === 'array') return changeArray(value, { key, isLast, path, depth, operation, replacement });
  return value;
}

interface Step {
  readonly key: string;
  readonly isLast: boolean;
  readonly path: readonly Datum[];
  readonly depth: number;
  readonly operation: Operation;
  readonly replacement: Json;
}

function changeObject(object: Json & { kind: 'object' }, step: Step): Json {
  const at = object.keys.indexOf(step.key);
  if (at < 0) {
    const isCreated = step.isLast && step.operation !== 'replace' && step.operation !== 'delete';
    return isCreated ? makeObject([...object.keys, step.key], [...object.values, step.replacement]) : object;
  }
  if (step.isLast) {
    if (step.operation === 'delete') return without(object, (key) => key === step.key);
    if (step.operation === 'insertBefore' || step.operation === 'insertAfter') {
      throw invalidParameter('cannot replace existing key', {
        hint: 'Try using the function jsonb_set to replace key value.',
      });
    }
  }
  const values = object.values.map((item, i) => {
    if (i !== at) return item;
    return step.isLast ? step.replacement : change(item, step.path, step.depth + 1, step.operation, step.replacement);
  });
  return { kind: 'object', keys: object.keys, values };
}

function changeArray(array: Json & { kind: 'array' }, step: Step): Json {
  const items = array.items;
  const index = pathIndex(step.key, step.depth + 1);
  const isCreating = step.operation !== 'replace' && step.operation !== 'delete';
  let at = index < 0 ? items.length + index : index;
  if (!step.isLast) {
    if (at < 0 || at >= items.length) return array;
    return {
      kind: 'array',
      items: items.map((item, i) =>
        i === at ? change(item, step.path, step.depth + 1, step.operation, step.replacement) : item,
      ),
    };
  }
  if (at < 0 || at >= items.length) {
    if (!isCreating) return array;
    at = at < 0 ? 0 : items.length;
    return { kind: 'array', items: [...items.slice(0, at), step.replacement, ...items.slice(at)] };
  }
  switch (step.operation) {
    case 'delete':
      return { kind: 'array', items: items.filter((_, i) => i !== at) };
    case 'insertBefore':
      return { kind: 'array', items: [...items.slice(0, at), step.replacement, ...items.slice(at)] };
    case 'insertAfter':
      return { kind: 'array', items: [...items.slice(0, at + 1), step.replacement, ...items.slice(at + 1)] };
    default:
      return { kind: 'array', items: items.map((item, i) => (i === at ? step.replacement : item)) };
  }
}

function changeAt(value: Json, path: PgArray, operation: Operation, replacement: Json, verb: string): Json {
  if (path.dims.length > 1) throw pgError('2202E', 'wrong number of array subscripts');
  if (!isContainer(value)) throw invalidParameter(`cannot ${verb} in scalar`);
  if (path.items.length === 0) return value;
  const isEmpty =
    (value.kind === 'array' && value.items.length === 0) || (value.kind === 'object' && value.keys.length === 0);
  if (isEmpty && (operation === 'replace' || operation === 'delete')) return value;
  return change(value, path.items, 0, operation, replacement);
}

const set = (value: Json, path: PgArray, replacement: Json, isCreated: boolean): Json =>
  changeAt(value, path, isCreated ? 'create' : 'replace', replacement, 'set path');

const jsonNull: Json = { kind: 'null' };

function setLax(a: readonly Datum[]): Datum {
  const [target, path, replacement, isCreated, treatment] = a;
  if (target === null || path === null || isCreated === null) return null;
  if (
    treatment === null ||
    !['raise_exception', 'use_json_null', 'delete_key', 'return_target'].includes(str(treatment))
  ) {
    throw invalidParameter(
      'null_value_treatment must be "delete_key", "return_target", "use_json_null", or "raise_exception"',
    );
  }
  if (replacement !== null) return set(tree(target), asArray(path!), tree(replacement), isCreated as boolean);
  switch (str(treatment)) {
    case 'raise_exception':
      throw pgError('22004', 'JSON value must not be null', {
        detail: 'Exception was raised because null_value_treatment is "raise_exception".',
        hint: 'To avoid, either change the null_value_treatment argument or ensure that an SQL NULL is not passed.',
      });
    case 'use_json_null':
      return set(tree(target), asArray(path!), jsonNull, isCreated as boolean);
    case 'delete_key':
      return changeAt(tree(target), asArray(path!), 'delete', jsonNull, 'delete path');
    default:
      return target!;
  }
}

/** Length of a JSON array, with errors for what is none. */
function lengthOf(kind: Json['kind'], count: number): number {
  if (kind === 'array') return count;
  throw invalidParameter(
    kind === 'object' ? 'cannot get array length of a non-array' : 'cannot get array length of a scalar',
  );
}

export const jsonFunctions: Record<string, Implementation> = {
  jsonb_object_field: (a) => memberOf(tree(a[0]), str(a[1])) ?? null,
  jsonb_object_field_text: (a) => {
    const member = memberOf(tree(a[0]), str(a[1]));
    return member === undefined ? null : bareText(member);
  },
  jsonb_array_element: (a) => element(asElements(tree(a[0])), a[1] as number) ?? null,
  jsonb_array_element_text: (a) => {
    const found = element(asElements(tree(a[0])), a[1] as number);
    return found === undefined ? null : bareText(found);
  },
  jsonb_extract_path: (a) => follow(tree(a[0]), asArray(a[1]!)) ?? null,
  jsonb_extract_path_text: (a) => {
    const found = follow(tree(a[0]), asArray(a[1]!));
    return found === undefined ? null : bareText(found);
  },
  json_object_field: (a) => nodeText(str(a[0]), nodeMember(parseJsonText(str(a[0])), str(a[1]))),
  json_object_field_text: (a) => nodeBareText(str(a[0]), nodeMember(parseJsonText(str(a[0])), str(a[1]))),
  json_array_element: (a) => nodeText(str(a[0]), nodeElement(parseJsonText(str(a[0])), a[1] as number)),
  json_array_element_text: (a) => nodeBareText(str(a[0]), nodeElement(parseJsonText(str(a[0])), a[1] as number)),
  json_extract_path: (a) => nodeText(str(a[0]), followNode(parseJsonText(str(a[0])), asArray(a[1]!))),
  json_extract_path_text: (a) => nodeBareText(str(a[0]), followNode(parseJsonText(str(a[0])), asArray(a[1]!))),
  json_array_length: (a) => {
    const node = parseJsonText(str(a[0]));
    return lengthOf(node.kind, node.items.length);
  },
  jsonb_array_length: (a) => {
    const value = tree(a[0]);
    return lengthOf(value.kind, value.kind === 'array' ? value.items.length : 0);
  },
  json_typeof: (a) => parseJsonText(str(a[0])).kind,
  jsonb_typeof: (a) => tree(a[0]).kind,
  json_strip_nulls: (a) => stripNodeNulls(str(a[0]), parseJsonText(str(a[0]))),
  jsonb_strip_nulls: (a) => stripNulls(tree(a[0])),
  jsonb_pretty: (a) => prettyJson(tree(a[0])),
  jsonb_contains: (a) => isSameContainer(tree(a[0]), tree(a[1])) && containsJson(tree(a[0]), tree(a[1])),
  jsonb_contained: (a) => isSameContainer(tree(a[1]), tree(a[0])) && containsJson(tree(a[1]), tree(a[0])),
  jsonb_exists: (a) => exists(tree(a[0]), str(a[1])),
  jsonb_exists_any: (a) => asArray(a[1]!).items.some((key) => key !== null && exists(tree(a[0]), key as string)),
  jsonb_exists_all: (a) => asArray(a[1]!).items.every((key) => key === null || exists(tree(a[0]), key as string)),
  jsonb_concat: (a) => concatenate(tree(a[0]), tree(a[1])),
  jsonb_delete: (a) => deleteKeys(tree(a[0]), [str(a[1])]),
  jsonb_delete_array: (a) => deleteKeys(tree(a[0]), asArray(a[1]!).items.filter((key) => key !== null) as string[]),
  jsonb_delete_idx: (a) => deleteIndex(tree(a[0]), a[1] as number),
  jsonb_delete_path: (a) => changeAt(tree(a[0]), asArray(a[1]!), 'delete', jsonNull, 'delete path'),
  jsonb_set: (a) => set(tree(a[0]), asArray(a[1]!), tree(a[2]), a[3] as boolean),
  jsonb_set_lax: setLax,
  jsonb_insert: (a) =>
    changeAt(tree(a[0]), asArray(a[1]!), a[3] === true ? 'insertAfter' : 'insertBefore', tree(a[2]), 'set path'),
};

/** An object never contains an array nor the other way round; a scalar counts as an array. */
function isSameContainer(whole: Json, part: Json): boolean {
  return (whole.kind === 'object') === (part.kind === 'object');
}
