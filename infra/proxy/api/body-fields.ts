/**
 * Trees of JSON into fields, as Go fills a structure: keys in any case, unknown keys passed over, null changing nothing. A value of another
 * type leaves its field alone, the other fields are filled all the same, and then the first such value is the error.
 */
import { apiErrors } from './api-error.ts';
import type { BodyNode } from './body-text.ts';

/** Type names as they stand in error texts. */
type ScalarType = 'string' | 'bool' | 'float32' | 'int64' | 'int';

export type Field =
  | { readonly type: 'string'; readonly set: (value: string) => void }
  | { readonly type: 'bool'; readonly set: (value: boolean) => void }
  | { readonly type: 'float32'; readonly set: (value: number) => void }
  | { readonly type: 'int64' | 'int'; readonly set: (value: bigint) => void }
  /** A structure inside, without fields when nothing of it matters. */
  | { readonly type: 'structure'; readonly structure: Structure };

export interface Structure {
  /** Fields that stand in an embedded structure, and what error texts put before their names for it. */
  readonly embedded?: { readonly prefix: string; readonly fields: ReadonlySet<string> };
  /** Its type in error texts, such as `toxiproxy.Proxy`. */
  readonly type: string;
  /** How error texts begin the name of one of its fields, such as `Proxy.`. */
  readonly prefix: string;
  readonly fields: Readonly<Record<string, Field>>;
}

/** Remembers the first value that did not fit. */
class Misfits {
  #first: string | undefined;

  note(value: string, field: string, type: string): void {
    const where = field === '' ? 'Go value' : `Go struct field ${field}`;
    this.#first ??= `json: cannot unmarshal ${value} into ${where} of type ${type}`;
  }

  throwFirst(): void {
    if (this.#first !== undefined) throw apiErrors.badRequestBody(this.#first);
  }
}

/** @throws ApiError 400 */
export function fill(node: BodyNode, structure: Structure): void {
  const misfits = new Misfits();
  fillStructure(node, structure, '', misfits);
  misfits.throwFirst();
}

/**
 * Fills one structure for each item.
 * @throws ApiError 400
 */
export function fillList(node: BodyNode, type: string, structureOf: () => Structure): void {
  const misfits = new Misfits();
  if (node.kind === 'array') for (const item of node.items) fillStructure(item, structureOf(), '', misfits);
  else if (node.kind !== 'null') misfits.note(node.kind, '', type);
  misfits.throwFirst();
}

function fillStructure(node: BodyNode, structure: Structure, field: string, misfits: Misfits): void {
  if (node.kind === 'null') return;
  if (node.kind !== 'object') {
    misfits.note(node.kind, field, structure.type);
    return;
  }
  for (const [key, value] of node.entries) {
    const name = Object.hasOwn(structure.fields, key)
      ? key
      : Object.keys(structure.fields).find((other) => other.toLowerCase() === key.toLowerCase());
    if (name === undefined || value.kind === 'null') continue;
    const inner = structure.embedded?.fields.has(name) === true ? structure.embedded.prefix : '';
    fillField(value, structure.fields[name]!, `${structure.prefix}${inner}${name}`, misfits);
  }
}

function fillField(value: BodyNode, field: Field, name: string, misfits: Misfits): void {
  if (field.type === 'structure') {
    fillStructure(value, field.structure, name, misfits);
  } else if (field.type === 'string' && value.kind === 'string') field.set(value.value);
  else if (field.type === 'bool' && value.kind === 'bool') field.set(value.value);
  else if (value.kind === 'number' && field.type !== 'string' && field.type !== 'bool')
    setNumber(value.text, field, name, misfits);
  else misfits.note(value.kind, name, field.type satisfies ScalarType);
}

const INT64_MAX = 2n ** 63n - 1n;

function setNumber(
  text: string,
  field: Extract<Field, { readonly type: 'float32' | 'int64' | 'int' }>,
  name: string,
  misfits: Misfits,
): void {
  if (field.type === 'float32') {
    const value = Math.fround(Number(text));
    if (Number.isFinite(value)) field.set(value);
    else misfits.note(`number ${text}`, name, field.type);
    return;
  }
  const value = /^-?\d+$/.test(text) ? BigInt(text) : undefined;
  if (value === undefined || value > INT64_MAX || value < -INT64_MAX - 1n)
    misfits.note(`number ${text}`, name, field.type);
  else field.set(value);
}
