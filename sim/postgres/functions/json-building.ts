/** JSON out of SQL values: to_json, row_to_json, json_build_*, json_object, and their jsonb twins. json keeps the server's spacing exactly. */
import { asArray } from '../types/array.ts';
import { dateText, timestampText } from '../types/datetime-format.ts';
import type { CallContext, Datum, Json, Numeric, PgArray, PgRecord } from '../types/datum.ts';
import { invalidParameter, pgError } from '../types/errors.ts';
import { parseJson } from '../types/json-parse.ts';
import { makeObject, quoteJson } from '../types/jsonb.ts';
import { fromBigInt, fromInteger, parseNumeric } from '../types/numeric.ts';
import { Oid } from '../types/oids.ts';
import { sessionZone } from '../types/session-zone.ts';
import type { CallSite, Implementation } from './implementation.ts';
import { spread, textOf } from './string.ts';

type Shape =
  | 'boolean'
  | 'number'
  | 'date'
  | 'timestamp'
  | 'timestamptz'
  | 'json'
  | 'jsonb'
  | 'array'
  | 'record'
  | 'text';

/** How a type turns into JSON. */
function shapeOf(type: number, context: CallContext): Shape {
  const base = context.types.baseOf(type);
  switch (base) {
    case Oid.bool:
      return 'boolean';
    case Oid.int2:
    case Oid.int4:
    case Oid.int8:
    case Oid.float4:
    case Oid.float8:
    case Oid.numeric:
      return 'number';
    case Oid.date:
      return 'date';
    case Oid.timestamp:
      return 'timestamp';
    case Oid.timestamptz:
      return 'timestamptz';
    case Oid.json:
      return 'json';
    case Oid.jsonb:
      return 'jsonb';
    default: {
      const found = context.types.byOid(base);
      if (context.types.elementOf(base) !== 0) return 'array';
      return found.kind === 'composite' || base === Oid.record ? 'record' : 'text';
    }
  }
}

/** Whether values of the type are written as arrays or objects, which json_agg puts on lines of their own. */
export function isStructured(type: number, context: CallContext): boolean {
  const shape = shapeOf(type, context);
  return shape === 'array' || shape === 'record';
}

/** ISO 8601 with a T, whatever DateStyle says. */
function momentText(value: number, shape: Shape, context: CallContext): string {
  if (!Number.isFinite(value)) return value > 0 ? 'infinity' : '-infinity';
  if (shape === 'date') return dateText(value, 'ISO');
  const text = timestampText(value, shape === 'timestamptz' ? sessionZone(context) : null, 'ISO').replace(' ', 'T');
  if (shape !== 'timestamptz') return text;
  // XML schema wants minutes in the offset: +02:00 where ISO output says +02.
  return text.replace(/([+-]\d\d)( BC)?$/, '$1:00$2');
}

const numberPattern = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;

/** The JSON text of a value, as to_json gives it. */
export function jsonText(value: Datum, type: number, context: CallContext): string {
  if (value === null) return 'null';
  const shape = shapeOf(type, context);
  switch (shape) {
    case 'boolean':
      return value ? 'true' : 'false';
    case 'number': {
      const text = textOf(value, type, context);
      return numberPattern.test(text) ? text : quoteJson(text);
    }
    case 'date':
    case 'timestamp':
    case 'timestamptz':
      return quoteJson(momentText(value as number, shape, context));
    case 'json':
    case 'jsonb':
      return textOf(value, type, context);
    case 'array':
      return arrayText(asArray(value), context, false);
    case 'record':
      return recordText(value as PgRecord, context, false);
    case 'text':
      return quoteJson(textOf(value, type, context));
  }
}

function arrayText(array: PgArray, context: CallContext, isPretty: boolean): string {
  if (array.items.length === 0) return '[]';
  let at = 0;
  const level = (depth: number): string => {
    const parts: string[] = [];
    for (let i = 0; i < array.dims[depth]!; i++) {
      parts.push(
        depth + 1 < array.dims.length ? level(depth + 1) : jsonText(array.items[at++]!, array.elementType, context),
      );
    }
    return `[${parts.join(isPretty && depth === 0 ? ',\n ' : ',')}]`;
  };
  return level(0);
}

function recordText(record: PgRecord, context: CallContext, isPretty: boolean): string {
  const fields = context.types.fieldsOf(record);
  const parts = record.values.map(
    (value, i) => `${quoteJson(fields[i]!.name)}:${jsonText(value, fields[i]!.type, context)}`,
  );
  return `{${parts.join(isPretty ? ',\n ' : ',')}}`;
}

/** The jsonb tree of a value, as to_jsonb gives it. */
export function jsonbOf(value: Datum, type: number, context: CallContext): Json {
  if (value === null) return { kind: 'null' };
  const shape = shapeOf(type, context);
  switch (shape) {
    case 'boolean':
      return { kind: 'boolean', value: value as boolean };
    case 'number': {
      const number = numberOf(value, context.types.baseOf(type), context);
      return number.special === 0
        ? { kind: 'number', value: number }
        : { kind: 'string', value: textOf(value, type, context) };
    }
    case 'date':
    case 'timestamp':
    case 'timestamptz':
      return { kind: 'string', value: momentText(value as number, shape, context) };
    case 'json':
      return parseJson(value as string);
    case 'jsonb':
      return value as Json;
    case 'array':
      return arrayTree(asArray(value), context);
    case 'record': {
      const record = value as PgRecord;
      const fields = context.types.fieldsOf(record);
      return makeObject(
        record.values.map((_, i) => fields[i]!.name),
        record.values.map((item, i) => jsonbOf(item, fields[i]!.type, context)),
      );
    }
    case 'text':
      return { kind: 'string', value: textOf(value, type, context) };
  }
}

function numberOf(value: Datum, type: number, context: CallContext): Numeric {
  if (type === Oid.numeric) return value as Numeric;
  if (typeof value === 'bigint') return fromBigInt(value);
  if (type === Oid.int2 || type === Oid.int4) return fromInteger(value as number);
  return parseNumeric(textOf(value, type, context))!;
}

function arrayTree(array: PgArray, context: CallContext): Json {
  let at = 0;
  const level = (depth: number): Json => {
    const items: Json[] = [];
    for (let i = 0; i < array.dims[depth]!; i++) {
      items.push(
        depth + 1 < array.dims.length ? level(depth + 1) : jsonbOf(array.items[at++]!, array.elementType, context),
      );
    }
    return { kind: 'array', items };
  };
  return array.items.length === 0 ? { kind: 'array', items: [] } : level(0);
}

/** The text a value has as the key of an object. */
export function keyText(value: Datum, type: number, context: CallContext): string {
  const shape = shapeOf(type, context);
  if (shape === 'json' || shape === 'array' || shape === 'record' || shape === 'jsonb') {
    throw invalidParameter('key value must be scalar, not array, composite, or json');
  }
  if (shape === 'boolean') return value ? 'true' : 'false';
  if (shape === 'date' || shape === 'timestamp' || shape === 'timestamptz')
    return momentText(value as number, shape, context);
  return textOf(value, type, context);
}

function oddArguments(name: string): Error {
  return invalidParameter('argument list must have even number of elements', {
    hint: `The arguments of ${name}() must consist of alternating keys and values.`,
  });
}

function buildObjectText(args: readonly Datum[], context: CallContext, site: CallSite): Datum {
  const all = spread(args, site, 0);
  if (all === null) return null;
  if (all.values.length % 2 !== 0) throw oddArguments('json_build_object');
  const parts: string[] = [];
  for (let i = 0; i < all.values.length; i += 2) {
    const key = all.values[i]!;
    if (key === null)
      throw pgError('22023', `argument ${i + 1} cannot be null`, { hint: 'Object keys should be text.' });
    const shown = quoteJson(keyText(key, all.types[i]!, context));
    parts.push(`${shown} : ${jsonText(all.values[i + 1]!, all.types[i + 1]!, context)}`);
  }
  return `{${parts.join(', ')}}`;
}

function buildObjectTree(args: readonly Datum[], context: CallContext, site: CallSite): Datum {
  const all = spread(args, site, 0);
  if (all === null) return null;
  if (all.values.length % 2 !== 0) throw oddArguments('jsonb_build_object');
  const keys: string[] = [];
  const values: Json[] = [];
  for (let i = 0; i < all.values.length; i += 2) {
    const key = all.values[i]!;
    if (key === null) throw invalidParameter(`argument ${i + 1}: key must not be null`);
    keys.push(keyText(key, all.types[i]!, context));
    values.push(jsonbOf(all.values[i + 1]!, all.types[i + 1]!, context));
  }
  return makeObject(keys, values);
}

function buildArrayText(args: readonly Datum[], context: CallContext, site: CallSite): Datum {
  const all = spread(args, site, 0);
  return all === null ? null : `[${all.values.map((value, i) => jsonText(value, all.types[i]!, context)).join(', ')}]`;
}

function buildArrayTree(args: readonly Datum[], context: CallContext, site: CallSite): Datum {
  const all = spread(args, site, 0);
  return all === null
    ? null
    : { kind: 'array', items: all.values.map((value, i) => jsonbOf(value, all.types[i]!, context)) };
}

/** Pairs of json_object(text[]): one dimension of alternating keys and values, or two with pairs. */
function pairsOf(array: PgArray): [string[], (string | null)[]] {
  if (array.items.length === 0) return [[], []];
  if (array.dims.length === 1 && array.dims[0]! % 2 !== 0)
    throw pgError('2202E', 'array must have even number of elements');
  if (array.dims.length === 2 && array.dims[1] !== 2) throw pgError('2202E', 'array must have two columns');
  if (array.dims.length > 2) throw pgError('2202E', 'wrong number of array subscripts');
  const keys: string[] = [];
  const values: (string | null)[] = [];
  for (let i = 0; i < array.items.length; i += 2) {
    keys.push(requireKey(array.items[i]!));
    values.push(array.items[i + 1] as string | null);
  }
  return [keys, values];
}

function requireKey(key: Datum): string {
  if (key === null) throw pgError('22004', 'null value not allowed for object key');
  return key as string;
}

function zip(keys: PgArray, values: PgArray): [string[], (string | null)[]] {
  if (keys.dims.length > 1 || keys.dims.length !== values.dims.length)
    throw pgError('2202E', 'wrong number of array subscripts');
  if (keys.items.length !== values.items.length) throw pgError('2202E', 'mismatched array dimensions');
  return [keys.items.map(requireKey), values.items as (string | null)[]];
}

function objectText([keys, values]: [string[], (string | null)[]]): string {
  const parts = keys.map((key, i) => `${quoteJson(key)} : ${values[i] === null ? 'null' : quoteJson(values[i]!)}`);
  return `{${parts.join(', ')}}`;
}

function objectTree([keys, values]: [string[], (string | null)[]]): Json {
  return makeObject(
    keys,
    values.map((value): Json => (value === null ? { kind: 'null' } : { kind: 'string', value })),
  );
}

export const jsonBuilding: Record<string, Implementation> = {
  to_json: (a, context, site) => jsonText(a[0]!, site.argTypes[0]!, context),
  to_jsonb: (a, context, site) => jsonbOf(a[0]!, site.argTypes[0]!, context),
  array_to_json: (a, context) => arrayText(asArray(a[0]!), context, false),
  array_to_json_pretty: (a, context) => arrayText(asArray(a[0]!), context, a[1] as boolean),
  row_to_json: (a, context) => recordText(a[0] as PgRecord, context, false),
  row_to_json_pretty: (a, context) => recordText(a[0] as PgRecord, context, a[1] as boolean),
  json_build_object: buildObjectText,
  json_build_object_noargs: () => '{}',
  json_build_array: buildArrayText,
  json_build_array_noargs: () => '[]',
  jsonb_build_object: buildObjectTree,
  jsonb_build_object_noargs: () => makeObject([], []),
  jsonb_build_array: buildArrayTree,
  jsonb_build_array_noargs: () => ({ kind: 'array', items: [] }),
  json_object: (a) => objectText(pairsOf(asArray(a[0]!))),
  json_object_two_arg: (a) => objectText(zip(asArray(a[0]!), asArray(a[1]!))),
  jsonb_object: (a) => objectTree(pairsOf(asArray(a[0]!))),
  jsonb_object_two_arg: (a) => objectTree(zip(asArray(a[0]!), asArray(a[1]!))),
};
