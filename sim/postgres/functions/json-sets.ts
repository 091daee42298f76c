/** Rows out of JSON values: elements, keys, and pairs. */
import type { Datum, Json, PgRecord, RecordField } from '../types/datum.ts';
import { invalidParameter } from '../types/errors.ts';
import { type JsonNode, parseJsonText } from '../types/json-parse.ts';
import { Oid } from '../types/oids.ts';
import type { SetImplementation } from './implementation.ts';
import { bareText, nodeBareText, nodeText } from './json.ts';

function requireArray(kind: Json['kind'], name: string): void {
  if (kind === 'array') return;
  const isScalar = kind !== 'object';
  if (name.startsWith('jsonb'))
    throw invalidParameter(
      isScalar ? 'cannot extract elements from a scalar' : 'cannot extract elements from an object',
    );
  throw invalidParameter(isScalar ? `cannot call ${name} on a scalar` : `cannot call ${name} on a non-array`);
}

function requireObject(kind: Json['kind'], name: string): void {
  if (kind === 'object') return;
  if (name === 'jsonb_each' || name === 'jsonb_each_text')
    throw invalidParameter(`cannot call ${name} on a non-object`);
  if (name.endsWith('object_keys')) {
    throw invalidParameter(`cannot call ${name} on ${kind === 'array' ? 'an array' : 'a scalar'}`);
  }
  throw invalidParameter(kind === 'array' ? 'cannot deconstruct an array as an object' : 'cannot deconstruct a scalar');
}

const fieldsWith = (type: number): readonly RecordField[] => [
  { name: 'key', type: Oid.text, typmod: -1 },
  { name: 'value', type, typmod: -1 },
];
const textFields = fieldsWith(Oid.text);
const jsonFields = fieldsWith(Oid.json);
const jsonbFields = fieldsWith(Oid.jsonb);
const pair = (key: string, value: Datum, fields: readonly RecordField[]): PgRecord => ({
  type: Oid.record,
  values: [key, value],
  fields,
});

function arrayNode(text: Datum, name: string): JsonNode {
  const node = parseJsonText(text as string);
  requireArray(node.kind, name);
  return node;
}

function objectNode(text: Datum, name: string): JsonNode {
  const node = parseJsonText(text as string);
  requireObject(node.kind, name);
  return node;
}

function arrayTree(datum: Datum, name: string): readonly Json[] {
  const value = datum as Json;
  requireArray(value.kind, name);
  return (value as { items: readonly Json[] }).items;
}

function objectTree(datum: Datum, name: string): Json & { kind: 'object' } {
  const value = datum as Json;
  requireObject(value.kind, name);
  return value as Json & { kind: 'object' };
}

export const jsonSets: Record<string, SetImplementation> = {
  json_array_elements: (a) =>
    arrayNode(a[0]!, 'json_array_elements').items.map((item) => nodeText(a[0] as string, item)),
  json_array_elements_text: (a) =>
    arrayNode(a[0]!, 'json_array_elements_text').items.map((item) => nodeBareText(a[0] as string, item)),
  jsonb_array_elements: (a) => arrayTree(a[0]!, 'jsonb_array_elements'),
  jsonb_array_elements_text: (a) => arrayTree(a[0]!, 'jsonb_array_elements_text').map(bareText),
  json_object_keys: (a) => objectNode(a[0]!, 'json_object_keys').keys,
  jsonb_object_keys: (a) => objectTree(a[0]!, 'jsonb_object_keys').keys,
  json_each: (a) => {
    const node = objectNode(a[0]!, 'json_each');
    return node.keys.map((key, i) => pair(key, nodeText(a[0] as string, node.items[i]), jsonFields));
  },
  json_each_text: (a) => {
    const node = objectNode(a[0]!, 'json_each_text');
    return node.keys.map((key, i) => pair(key, nodeBareText(a[0] as string, node.items[i]), textFields));
  },
  jsonb_each: (a) => {
    const value = objectTree(a[0]!, 'jsonb_each');
    return value.keys.map((key, i) => pair(key, value.values[i]!, jsonbFields));
  },
  jsonb_each_text: (a) => {
    const value = objectTree(a[0]!, 'jsonb_each_text');
    return value.keys.map((key, i) => pair(key, bareText(value.values[i]!), textFields));
  },
};
