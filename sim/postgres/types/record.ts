/** Row values: text and binary forms, and their order (record_cmp: column by column, null above all). */

import { delimitedKey } from './array.ts';
import type { TypeBehaviour } from './behaviour.ts';
import type { CallContext, Datum, PgRecord, RecordField } from './datum.ts';
import { insufficientData, malformedRecord, pgError } from './errors.ts';
import type { TypeRegistry } from './registry.ts';
import { isSpace } from './scan.ts';

export const asRecord = (datum: Datum): PgRecord => datum as PgRecord;

function needsQuotes(text: string): boolean {
  if (text === '') return true;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 34 || code === 92 || code === 40 || code === 41 || code === 44 || isSpace(code)) return true;
  }
  return false;
}

function formatRecord(record: PgRecord, fields: readonly RecordField[], context: CallContext): string {
  let text = '(';
  for (let i = 0; i < record.values.length; i++) {
    if (i > 0) text += ',';
    const value = record.values[i]!;
    if (value === null) continue;
    const shown = context.types.byOid(fields[i]!.type).output(value, context);
    text += needsQuotes(shown) ? `"${shown.replace(/["\\]/g, '$&$&')}"` : shown;
  }
  return `${text})`;
}

/** The column texts of a record literal; null where nothing stands between the commas. */
function splitLiteral(source: string, count: number): (string | null)[] {
  let at = 0;
  const fail = (detail: string): Error => malformedRecord(source, detail);
  const skip = (): void => {
    while (at < source.length && isSpace(source.charCodeAt(at))) at++;
  };
  skip();
  if (source[at] !== '(') throw fail('Missing left parenthesis.');
  at++;
  const columns: (string | null)[] = [];
  for (let i = 0; i < count; i++) {
    if (i > 0) {
      if (source[at] !== ',') throw fail('Too few columns.');
      at++;
    }
    if (source[at] === ',' || source[at] === ')') {
      columns.push(null);
      continue;
    }
    let value = '';
    let isQuoted = false;
    while (isQuoted || (source[at] !== ',' && source[at] !== ')')) {
      const c = source[at];
      if (c === undefined) throw fail('Unexpected end of input.');
      at++;
      if (c === '\\') {
        if (source[at] === undefined) throw fail('Unexpected end of input.');
        value += source[at++];
      } else if (c === '"') {
        if (!isQuoted) isQuoted = true;
        else if (source[at] === '"') {
          value += '"';
          at++;
        } else isQuoted = false;
      } else value += c;
    }
    columns.push(value);
  }
  if (source[at] !== ')') throw fail('Too many columns.');
  at++;
  skip();
  if (at < source.length) throw fail('Junk after right parenthesis.');
  return columns;
}

function receiveRecord(bytes: Buffer, oid: number, fields: readonly RecordField[], context: CallContext): PgRecord {
  if (bytes.length < 4) throw insufficientData();
  const count = bytes.readInt32BE(0);
  if (count !== fields.length) throw pgError('42804', `wrong number of columns: ${count}, expected ${fields.length}`);
  const values: Datum[] = [];
  let at = 4;
  for (let i = 0; i < count; i++) {
    if (bytes.length < at + 8) throw insufficientData();
    const type = bytes.readUInt32BE(at);
    const field = fields[i]!;
    if (type !== field.type) {
      const shown = (typeOid: number): string => `${typeOid} (${context.types.formatType(typeOid)})`;
      throw pgError(
        '42804',
        `binary data has type ${shown(type)} instead of expected ${shown(field.type)} in record column ${i + 1}`,
      );
    }
    const length = bytes.readInt32BE(at + 4);
    at += 8;
    if (length < 0) values.push(null);
    else {
      if (bytes.length < at + length) throw insufficientData();
      values.push(context.types.byOid(type).receive(bytes.subarray(at, at + length), field.typmod, context));
      at += length;
    }
  }
  return { type: oid, values };
}

function sendRecord(record: PgRecord, fields: readonly RecordField[], context: CallContext): Buffer {
  const parts: Buffer[] = [];
  const head = Buffer.alloc(4);
  head.writeInt32BE(record.values.length);
  parts.push(head);
  record.values.forEach((value, i) => {
    const column = Buffer.alloc(8);
    column.writeUInt32BE(fields[i]!.type, 0);
    const body = value === null ? null : context.types.byOid(fields[i]!.type).send(value, context);
    column.writeInt32BE(body === null ? -1 : body.length, 4);
    parts.push(column);
    if (body !== null) parts.push(body);
  });
  return Buffer.concat(parts);
}

export function compareRecords(left: PgRecord, right: PgRecord, registry: TypeRegistry): number {
  const leftFields = registry.fieldsOf(left);
  const rightFields = registry.fieldsOf(right);
  const count = Math.min(left.values.length, right.values.length);
  for (let i = 0; i < count; i++) {
    const leftType = leftFields[i]!.type;
    const rightType = rightFields[i]!.type;
    if (leftType !== rightType) {
      throw pgError(
        '42804',
        `cannot compare dissimilar column types ${registry.formatType(leftType)} and ${registry.formatType(rightType)} at record column ${i + 1}`,
      );
    }
    const a = left.values[i]!;
    const b = right.values[i]!;
    if (a === null || b === null) {
      if (a === b) continue;
      return a === null ? 1 : -1;
    }
    const order = registry.byOid(leftType).compare(a, b);
    if (order !== 0) return order;
  }
  if (left.values.length !== right.values.length) {
    throw pgError('42804', 'cannot compare record types with different numbers of columns');
  }
  return 0;
}

/** A composite type, or record itself when `oid` is 2249. */
export function recordBehaviour(registry: TypeRegistry, oid: number): TypeBehaviour {
  const isAnonymous = oid === 2249;
  return {
    input(text, _typmod, context) {
      if (isAnonymous) throw pgError('0A000', 'input of anonymous composite types is not implemented');
      const fields = registry.compositeFields(oid);
      const columns = splitLiteral(text, fields.length);
      const values = columns.map((column, i) => {
        const field = fields[i]!;
        return column === null ? null : context.types.byOid(field.type).input(column, field.typmod, context);
      });
      return { type: oid, values };
    },
    output: (datum, context) => formatRecord(asRecord(datum), registry.fieldsOf(asRecord(datum)), context),
    receive(bytes, _typmod, context) {
      if (isAnonymous) throw pgError('0A000', 'input of anonymous composite types is not implemented');
      return receiveRecord(bytes, oid, registry.compositeFields(oid), context);
    },
    send: (datum, context) => sendRecord(asRecord(datum), registry.fieldsOf(asRecord(datum)), context),
    compare: (left, right) => compareRecords(asRecord(left), asRecord(right), registry),
    hashKey(datum) {
      const record = asRecord(datum);
      const fields = registry.fieldsOf(record);
      let key = '';
      record.values.forEach((value, i) => {
        key += value === null ? '|null' : `|${delimitedKey(registry.byOid(fields[i]!.type).hashKey(value))}`;
      });
      return key;
    },
  };
}
