/**
 * The jsonb tree: building, order, text. Keys are unique and sorted by byte length, then bytes; the last of equal keys wins.
 * Order between values is compareJsonbContainers': object > array > boolean > number > string > null, longer containers above shorter ones.
 */
import type { Json } from './datum.ts';
import { pgError } from './errors.ts';
import { compareNumeric, formatNumeric, normalized } from './numeric.ts';
import { compareText } from './scan.ts';

/** The order of keys inside an object. */
export function compareKeys(left: string, right: string): number {
  const a = Buffer.byteLength(left);
  const b = Buffer.byteLength(right);
  return a === b ? compareText(left, right) : a - b;
}

/** An object from keys in any order; a later equal key replaces an earlier one. */
export function makeObject(keys: readonly string[], values: readonly Json[]): Json {
  const byKey = new Map<string, Json>();
  for (let i = 0; i < keys.length; i++) byKey.set(keys[i]!, values[i]!);
  const sorted = [...byKey.keys()].sort(compareKeys);
  return { kind: 'object', keys: sorted, values: sorted.map((key) => byKey.get(key)!) };
}

/** The value of a key, or undefined; a binary search over the sorted keys. */
export function memberOf(object: Json, key: string): Json | undefined {
  if (object.kind !== 'object') return undefined;
  let low = 0;
  let high = object.keys.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const order = compareKeys(key, object.keys[middle]!);
    if (order === 0) return object.values[middle];
    if (order < 0) high = middle - 1;
    else low = middle + 1;
  }
  return undefined;
}

const escapes: Record<string, string> = {
  '"': '\\"',
  '\\': '\\\\',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

/** A JSON string literal as escape_json writes it. */
export function quoteJson(text: string): string {
  let out = '"';
  let run = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 32 && code !== 34 && code !== 92) continue;
    out += text.slice(run, i);
    out += escapes[text[i]!] ?? `\\u${code.toString(16).padStart(4, '0')}`;
    run = i + 1;
  }
  return `${out}${text.slice(run)}"`;
}

/** jsonb_out. */
export function formatJson(value: Json): string {
  switch (value.kind) {
    case 'null':
      return 'null';
    case 'boolean':
      return value.value ? 'true' : 'false';
    case 'string':
      return quoteJson(value.value);
    case 'number':
      return formatNumeric(value.value);
    case 'array': {
      let text = '[';
      for (let i = 0; i < value.items.length; i++) text += (i === 0 ? '' : ', ') + formatJson(value.items[i]!);
      return `${text}]`;
    }
    case 'object': {
      let text = '{';
      for (let i = 0; i < value.keys.length; i++) {
        text += `${i === 0 ? '' : ', '}${quoteJson(value.keys[i]!)}: ${formatJson(value.values[i]!)}`;
      }
      return `${text}}`;
    }
  }
}

/** jsonb_pretty. */
export function prettyJson(value: Json, indent = 0): string {
  const inner = ' '.repeat(indent + 4);
  const outer = ' '.repeat(indent);
  if (value.kind === 'array') {
    if (value.items.length === 0) return `[\n${outer}]`;
    return `[\n${value.items.map((item) => inner + prettyJson(item, indent + 4)).join(',\n')}\n${outer}]`;
  }
  if (value.kind === 'object') {
    if (value.keys.length === 0) return `{\n${outer}}`;
    const lines = value.keys.map((key, i) => `${inner}${quoteJson(key)}: ${prettyJson(value.values[i]!, indent + 4)}`);
    return `{\n${lines.join(',\n')}\n${outer}}`;
  }
  return formatJson(value);
}

const rank = { null: 0, string: 1, number: 2, boolean: 3, array: 4, object: 5 } as const;
const isContainer = (value: Json): boolean => value.kind === 'array' || value.kind === 'object';

/** The order of two whole jsonb values. A bare scalar counts as an array of one, which sorts below a true array of one. */
export function compareJson(left: Json, right: Json): number {
  if (!isContainer(left) && right.kind === 'array') return right.items.length === 0 ? 1 : -1;
  if (!isContainer(right) && left.kind === 'array') return left.items.length === 0 ? -1 : 1;
  return compareInside(left, right);
}

function compareInside(left: Json, right: Json): number {
  if (left.kind !== right.kind) return rank[left.kind] - rank[right.kind];
  if (left.kind === 'array' && right.kind === 'array') {
    if (left.items.length !== right.items.length) return left.items.length - right.items.length;
    for (let i = 0; i < left.items.length; i++) {
      const order = compareInside(left.items[i]!, right.items[i]!);
      if (order !== 0) return order;
    }
    return 0;
  }
  if (left.kind === 'object' && right.kind === 'object') {
    if (left.keys.length !== right.keys.length) return left.keys.length - right.keys.length;
    for (let i = 0; i < left.keys.length; i++) {
      const order = compareText(left.keys[i]!, right.keys[i]!) || compareInside(left.values[i]!, right.values[i]!);
      if (order !== 0) return order;
    }
    return 0;
  }
  return compareScalar(left, right);
}

function compareScalar(left: Json, right: Json): number {
  if (left.kind === 'string' && right.kind === 'string') return compareText(left.value, right.value);
  if (left.kind === 'number' && right.kind === 'number') return compareNumeric(left.value, right.value);
  if (left.kind === 'boolean' && right.kind === 'boolean') return Number(left.value) - Number(right.value);
  return 0;
}

export const equalJson = (left: Json, right: Json): boolean => compareJson(left, right) === 0;

/** A text that is equal for equal values, however their numbers are written. */
export function jsonKey(value: Json): string {
  switch (value.kind) {
    case 'number':
      return formatNumeric(normalized(value.value));
    case 'array':
      return `[${value.items.map(jsonKey).join(',')}]`;
    case 'object':
      return `{${value.keys.map((key, i) => `${quoteJson(key)}:${jsonKey(value.values[i]!)}`).join(',')}}`;
    default:
      return formatJson(value);
  }
}

/** Containment (@>): objects by key, arrays as sets; a scalar is contained in an array at top level. */
export function containsJson(whole: Json, part: Json): boolean {
  if (whole.kind === 'array' && !isContainer(part)) return whole.items.some((item) => equalJson(item, part));
  return containsInside(whole, part);
}

function containsInside(whole: Json, part: Json): boolean {
  if (whole.kind === 'object' && part.kind === 'object') {
    if (part.keys.length > whole.keys.length) return false;
    return part.keys.every((key, i) => {
      const member = memberOf(whole, key);
      if (member === undefined || member.kind !== part.values[i]!.kind) return false;
      return containsInside(member, part.values[i]!);
    });
  }
  if (whole.kind === 'array' && part.kind === 'array') {
    return part.items.every((wanted) =>
      isContainer(wanted)
        ? whole.items.some((item) => item.kind === wanted.kind && containsInside(item, wanted))
        : whole.items.some((item) => !isContainer(item) && equalJson(item, wanted)),
    );
  }
  if (isContainer(whole) || isContainer(part)) return false;
  return equalJson(whole, part);
}

const typeNames = {
  null: 'null',
  string: 'string',
  number: 'numeric',
  boolean: 'boolean',
  array: 'array',
  object: 'object',
} as const;

/** `cannot cast jsonb string to type integer`. */
export function cannotCastJson(value: Json, type: string): Error {
  const name = isContainer(value) ? 'array or object' : typeNames[value.kind];
  const shown = value.kind === 'array' ? 'array' : value.kind === 'object' ? 'object' : name;
  return pgError('22023', `cannot cast jsonb ${shown} to type ${type}`);
}
