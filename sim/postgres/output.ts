/**
 * What a session sends: gathers messages and hands them to the stream, and filters notices by client_min_messages.
 */
import type { ByteStream } from '../kernel/byte-stream.ts';
import type { PgErrorFields } from './errors.ts';
import type { OutputColumn } from './sql/query.ts';
import type { CallContext, Datum, PgType } from './types/datum.ts';
import { BackendWriter } from './wire/encode.ts';
import type { FieldDescription } from './wire/messages.ts';

/** Bytes gathered at which they leave unasked, as the real server's send buffer does. */
const GATHERED_BYTES_MAX = 8192;

const SEVERITY_ORDER = ['DEBUG5', 'DEBUG4', 'DEBUG3', 'DEBUG2', 'DEBUG1', 'LOG', 'NOTICE', 'WARNING', 'ERROR'];

export class Output {
  readonly writer = new BackendWriter();
  readonly #stream: ByteStream;
  #isDiscarding = false;

  constructor(stream: ByteStream) {
    this.#stream = stream;
  }

  flush(): void {
    if (this.writer.length === 0) return;
    const bytes = this.writer.take();
    if (!this.#isDiscarding) this.#stream.write(bytes);
  }

  /** Sends what has gathered when it is much. */
  relieve(): void {
    if (this.writer.length >= GATHERED_BYTES_MAX) this.flush();
  }

  /** The client is gone: further output is thrown away. */
  discard(): void {
    this.#isDiscarding = true;
  }

  notice(fields: PgErrorFields, minimum: string): void {
    const level = minimum === 'debug' ? 'DEBUG2' : minimum.toUpperCase();
    // INFO is always sent.
    if (fields.severity !== 'INFO' && SEVERITY_ORDER.indexOf(fields.severity) < SEVERITY_ORDER.indexOf(level)) return;
    this.writer.noticeResponse(fields);
  }

  rowDescription(columns: readonly OutputColumn[], types: readonly PgType[], formats: readonly number[]): void {
    this.writer.rowDescription(fieldsOf(columns, types, formats));
  }

  /** One row; `formats` has one entry for each column. */
  dataRow(row: readonly Datum[], types: readonly PgType[], formats: readonly number[], context: CallContext): void {
    const { writer } = this;
    writer.openDataRow(types.length);
    for (let index = 0; index < types.length; index++) {
      const value = row[index] ?? null;
      if (value === null) writer.nullValue();
      else if (formats[index] === 1) writer.bytesValue(types[index]!.send(value, context));
      else writer.textValue(types[index]!.output(value, context));
    }
    writer.closeDataRow();
    this.relieve();
  }
}

function fieldsOf(
  columns: readonly OutputColumn[],
  types: readonly PgType[],
  formats: readonly number[],
): FieldDescription[] {
  return columns.map((column, index) => ({
    name: column.name,
    tableOid: column.tableOid,
    columnNumber: column.columnNumber,
    // A client is told the type under a domain.
    typeOid: types[index]!.kind === 'domain' ? types[index]!.baseOid : column.type,
    typeSize: types[index]!.len,
    typeModifier: types[index]!.kind === 'domain' ? types[index]!.baseTypmod : column.typmod,
    format: formats[index] ?? 0,
  }));
}
