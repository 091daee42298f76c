/**
 * Rows out of JSON: json_populate_record, json_to_record and the set-returning pair of each. A member becomes a column by the column's type:
 * text through its input function, arrays and composites recursively (populate_record of the server).
 */
import type { CallContext, Datum, Json, PgRecord, RecordField } from '../types/datum.ts';
import { invalidParameter, pgError } from '../types/errors.ts';
import { type JsonNode, jsonFromNode, parseJsonText } from '../types/json-parse.ts';
import { formatJson, memberOf } from '../types/jsonb.ts';
import { Oid } from '../types/oids.ts';
import type { CallSite, Implementation, SetImplementation } from './implementation.ts';
import { nodeMember } from './json.ts';

/** One JSON value of either kind. */
type Source = { readonly text: string; readonly node: JsonNode } | { readonly tree: Json };

const kindOf = (source: Source): Json['kind'] => ('tree' in source ? source.tree.kind : source.node.kind);

function memberSource(source: Source, key: string): Source | undefined {
  if ('tree' in source) {
    const tree = memberOf(source.tree, key);
    return tree === undefined ? undefined : { tree };
  }
  const node = nodeMember(source.node, key);
  return node === undefined ? undefined : { text: source.text, node };
}

const itemSources = (source: Source): Source[] => {
  if ('tree' in source) return source.tree.kind === 'array' ? source.tree.items.map((tree) => ({ tree })) : [];
  return source.node.items.map((node) => ({ text: source.text, node }));
};

/** Verbatim text of a value, strings without their quotes when `isBare`. */
function sourceText(source: Source, isBare: boolean): string {
  if ('tree' in source) return isBare && source.tree.kind === 'string' ? source.tree.value : formatJson(source.tree);
  return isBare && source.node.kind === 'string'
    ? source.node.value
    : source.text.slice(source.node.start, source.node.end);
}

function convert(source: Source, type: number, typmod: number, context: CallContext, column: string): Datum {
  const base = context.types.baseOf(type);
  const isNull = kindOf(source) === 'null';
  let value: Datum;
  if (base === Oid.json) value = sourceText(source, false);
  else if (base === Oid.jsonb) value = 'tree' in source ? source.tree : jsonFromNode(source.node);
  else if (isNull) value = null;
  else if (context.types.elementOf(base) !== 0) value = convertArray(source, base, typmod, context, column);
  else if (context.types.byOid(base).kind === 'composite') value = convertComposite(source, base, context);
  else return context.types.byOid(type).input(sourceText(source, true), typmod, context);
  context.types.domain(type)?.check(value, context);
  return value;
}

function convertComposite(source: Source, type: number, context: CallContext): Datum {
  if (kindOf(source) === 'string') return context.types.byOid(type).input(sourceText(source, true), -1, context);
  if (kindOf(source) !== 'object')
    throw invalidParameter(`cannot call populate_composite on ${kindOf(source) === 'array' ? 'an array' : 'a scalar'}`);
  const fields = context.types.compositeFields(type);
  return { type, values: fieldValues(source, fields, null, context) };
}

function convertArray(source: Source, type: number, typmod: number, context: CallContext, column: string): Datum {
  if (kindOf(source) === 'string') return context.types.byOid(type).input(sourceText(source, true), typmod, context);
  if (kindOf(source) !== 'array') {
    throw pgError('22P02', 'expected JSON array', { hint: `See the value of key "${column}".` });
  }
  const elementType = context.types.elementOf(type);
  const dims: number[] = [];
  const items: Datum[] = [];
  const level = (part: Source, depth: number): void => {
    const parts = itemSources(part);
    const isLeaf = parts.length === 0 || kindOf(parts[0]!) !== 'array' || dims.length === depth + 1;
    if (dims[depth] === undefined) dims[depth] = parts.length;
    else if (dims[depth] !== parts.length) {
      throw pgError('22P02', 'malformed JSON array', {
        detail: 'Multidimensional arrays must have sub-arrays with matching dimensions.',
      });
    }
    for (const item of parts) {
      if (
        !isLeaf ||
        (kindOf(item) === 'array' &&
          context.types.baseOf(elementType) !== Oid.json &&
          context.types.baseOf(elementType) !== Oid.jsonb)
      ) {
        if (kindOf(item) !== 'array')
          throw pgError('22P02', 'expected JSON array', { hint: `See the array element of key "${column}".` });
        level(item, depth + 1);
      } else items.push(convert(item, elementType, typmod, context, column));
    }
  };
  level(source, 0);
  if (items.length === 0) return { elementType, dims: [], lower: [], items };
  return { elementType, dims, lower: dims.map(() => 1), items };
}

/** The values of all columns; what the object lacks comes from `base`. */
function fieldValues(
  source: Source,
  fields: readonly RecordField[],
  base: PgRecord | null,
  context: CallContext,
): Datum[] {
  return fields.map((field, i) => {
    const member = memberSource(source, field.name);
    if (member !== undefined) return convert(member, field.type, field.typmod, context, field.name);
    if (base !== null) return base.values[i] ?? null;
    context.types.domain(field.type)?.check(null, context);
    return null;
  });
}

/** The columns a call promises: of its composite type, of its base row, or of its column definition list. */
function columnsOf(
  site: CallSite,
  base: PgRecord | null,
  context: CallContext,
): { type: number; fields: readonly RecordField[] } {
  if (site.columns !== undefined && site.columns.length > 0) return { type: Oid.record, fields: site.columns };
  const named = context.types.compositeFields(site.resultType);
  if (named.length > 0) return { type: site.resultType, fields: named };
  if (base !== null) return { type: base.type, fields: context.types.fieldsOf(base) };
  const declared = context.types.compositeFields(site.argTypes[0]!);
  if (declared.length > 0) return { type: site.argTypes[0]!, fields: declared };
  throw pgError('0A000', 'function returning record called in context that cannot accept type record', {
    hint: 'Try calling the function in the FROM clause using a column definition list.',
  });
}

function makeRow(source: Source, site: CallSite, base: PgRecord | null, context: CallContext, name: string): PgRecord {
  const kind = kindOf(source);
  if (kind !== 'object') throw invalidParameter(`cannot call ${name} on ${kind === 'array' ? 'an array' : 'a scalar'}`);
  const { type, fields } = columnsOf(site, base, context);
  const values = fieldValues(source, fields, base, context);
  return type === Oid.record ? { type, values, fields } : { type, values };
}

const textSource = (datum: Datum): Source => ({ text: datum as string, node: parseJsonText(datum as string) });
const treeSource = (datum: Datum): Source => ({ tree: datum as Json });

function* makeRows(
  source: Source,
  site: CallSite,
  base: PgRecord | null,
  context: CallContext,
  name: string,
): Generator<Datum> {
  const kind = kindOf(source);
  if (kind !== 'array')
    throw invalidParameter(`cannot call ${name} on ${kind === 'object' ? 'an object' : 'a scalar'}`);
  for (const item of itemSources(source)) {
    if (kindOf(item) !== 'object') throw invalidParameter(`argument of ${name} must be an array of objects`);
    yield makeRow(item, site, base, context, name);
  }
}

const asBase = (datum: Datum | undefined): PgRecord | null => (datum === undefined ? null : (datum as PgRecord | null));

export const jsonRecordFunctions: Record<string, Implementation> = {
  json_populate_record: (a, context, site) =>
    a[1] === null ? a[0]! : makeRow(textSource(a[1]!), site, asBase(a[0]), context, 'json_populate_record'),
  jsonb_populate_record: (a, context, site) =>
    a[1] === null ? a[0]! : makeRow(treeSource(a[1]!), site, asBase(a[0]), context, 'jsonb_populate_record'),
  json_to_record: (a, context, site) => makeRow(textSource(a[0]!), site, null, context, 'json_to_record'),
  jsonb_to_record: (a, context, site) => makeRow(treeSource(a[0]!), site, null, context, 'jsonb_to_record'),
};

const none: readonly Datum[] = [];

export const jsonRecordSets: Record<string, SetImplementation> = {
  json_populate_recordset: (a, context, site) =>
    a[1] === null ? none : makeRows(textSource(a[1]!), site, asBase(a[0]), context, 'json_populate_recordset'),
  jsonb_populate_recordset: (a, context, site) =>
    a[1] === null ? none : makeRows(treeSource(a[1]!), site, asBase(a[0]), context, 'jsonb_populate_recordset'),
  json_to_recordset: (a, context, site) =>
    a[0] === null ? none : makeRows(textSource(a[0]!), site, null, context, 'json_to_recordset'),
  jsonb_to_recordset: (a, context, site) =>
    a[0] === null ? none : makeRows(treeSource(a[0]!), site, null, context, 'jsonb_to_recordset'),
};
