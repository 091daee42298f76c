/**
 * Messages to bytes, for both directions. A server's replies are written into one growing buffer, field by field, and leave in one piece:
 * no message object is made for a row. Source: PostgreSQL 15 manual, 55.7.
 */
import type { PgErrorFields } from '../errors.ts';
import {
  CANCEL_REQUEST_CODE,
  type FieldDescription,
  PROTOCOL_3_0,
  SSL_REQUEST_CODE,
  type TransactionStatus,
} from './messages.ts';

const BYTES_AT_FIRST = 1024;

/** A growing buffer with the primitives of the protocol; a message is opened, filled and closed. */
class MessageBuffer {
  #bytes: Buffer = Buffer.alloc(BYTES_AT_FIRST);
  #at = 0;
  #start = 0;

  get length(): number {
    return this.#at;
  }

  /** Hands out what was written and starts anew. */
  take(): Buffer {
    const bytes = this.#bytes.subarray(0, this.#at);
    this.#bytes = Buffer.alloc(BYTES_AT_FIRST);
    this.#at = 0;
    return bytes;
  }

  open(letter: number): void {
    this.#reserve(5);
    this.#bytes[this.#at] = letter;
    this.#start = this.#at + 1;
    this.#at += 5;
  }

  openStartup(): void {
    this.#reserve(4);
    this.#start = this.#at;
    this.#at += 4;
  }

  close(): void {
    this.#bytes.writeInt32BE(this.#at - this.#start, this.#start);
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#at++] = value;
  }

  int16(value: number): void {
    this.#reserve(2);
    this.#bytes.writeUInt16BE(value & 0xffff, this.#at);
    this.#at += 2;
  }

  int32(value: number): void {
    this.#reserve(4);
    this.#bytes.writeInt32BE(value | 0, this.#at);
    this.#at += 4;
  }

  text(value: string): void {
    this.#reserve(value.length * 3 + 1);
    this.#at += this.#bytes.write(value, this.#at, 'utf8');
    this.#bytes[this.#at++] = 0;
  }

  raw(value: Uint8Array): void {
    this.#reserve(value.length);
    this.#bytes.set(value, this.#at);
    this.#at += value.length;
  }

  /** A length-prefixed text value of a row. */
  textValue(value: string): void {
    this.#reserve(value.length * 3 + 4);
    const written = this.#bytes.write(value, this.#at + 4, 'utf8');
    this.#bytes.writeInt32BE(written, this.#at);
    this.#at += written + 4;
  }

  bytesValue(value: Uint8Array): void {
    this.int32(value.length);
    this.raw(value);
  }

  #reserve(length: number): void {
    if (this.#at + length <= this.#bytes.length) return;
    const grown = Buffer.alloc(Math.max(this.#bytes.length * 2, this.#at + length));
    this.#bytes.copy(grown, 0, 0, this.#at);
    this.#bytes = grown;
  }
}

/** What a server says. */
export class BackendWriter {
  readonly #buffer = new MessageBuffer();

  get length(): number {
    return this.#buffer.length;
  }

  take(): Buffer {
    return this.#buffer.take();
  }

  /** The answer to SSLRequest and GSSENCRequest: one bare byte. */
  encryptionRefused(): void {
    this.#buffer.byte(0x4e);
  }

  authentication(code: number, bytes?: Uint8Array): void {
    this.#buffer.open(0x52);
    this.#buffer.int32(code);
    if (bytes !== undefined) this.#buffer.raw(bytes);
    this.#buffer.close();
  }

  backendKeyData(processId: number, secretKey: number): void {
    this.#buffer.open(0x4b);
    this.#buffer.int32(processId);
    this.#buffer.int32(secretKey);
    this.#buffer.close();
  }

  parameterStatus(name: string, value: string): void {
    this.#buffer.open(0x53);
    this.#buffer.text(name);
    this.#buffer.text(value);
    this.#buffer.close();
  }

  negotiateProtocolVersion(minor: number, unknownOptions: readonly string[]): void {
    this.#buffer.open(0x76);
    this.#buffer.int32(minor);
    this.#buffer.int32(unknownOptions.length);
    for (const option of unknownOptions) this.#buffer.text(option);
    this.#buffer.close();
  }

  readyForQuery(status: TransactionStatus): void {
    this.#buffer.open(0x5a);
    this.#buffer.byte(status.charCodeAt(0));
    this.#buffer.close();
  }

  rowDescription(fields: readonly FieldDescription[]): void {
    const buffer = this.#buffer;
    buffer.open(0x54);
    buffer.int16(fields.length);
    for (const field of fields) {
      buffer.text(field.name);
      buffer.int32(field.tableOid);
      buffer.int16(field.columnNumber);
      buffer.int32(field.typeOid);
      buffer.int16(field.typeSize);
      buffer.int32(field.typeModifier);
      buffer.int16(field.format);
    }
    buffer.close();
  }

  /** A row is opened, gets its values one by one, and is closed. */
  openDataRow(count: number): void {
    this.#buffer.open(0x44);
    this.#buffer.int16(count);
  }

  nullValue(): void {
    this.#buffer.int32(-1);
  }

  textValue(value: string): void {
    this.#buffer.textValue(value);
  }

  bytesValue(value: Uint8Array): void {
    this.#buffer.bytesValue(value);
  }

  closeDataRow(): void {
    this.#buffer.close();
  }

  commandComplete(tag: string): void {
    this.#buffer.open(0x43);
    this.#buffer.text(tag);
    this.#buffer.close();
  }

  emptyQueryResponse(): void {
    this.#bare(0x49);
  }

  parseComplete(): void {
    this.#bare(0x31);
  }

  bindComplete(): void {
    this.#bare(0x32);
  }

  closeComplete(): void {
    this.#bare(0x33);
  }

  noData(): void {
    this.#bare(0x6e);
  }

  portalSuspended(): void {
    this.#bare(0x73);
  }

  parameterDescription(types: readonly number[]): void {
    this.#buffer.open(0x74);
    this.#buffer.int16(types.length);
    for (const type of types) this.#buffer.int32(type);
    this.#buffer.close();
  }

  errorResponse(fields: PgErrorFields): void {
    this.#report(0x45, fields);
  }

  noticeResponse(fields: PgErrorFields): void {
    this.#report(0x4e, fields);
  }

  notificationResponse(processId: number, channel: string, payload: string): void {
    this.#buffer.open(0x41);
    this.#buffer.int32(processId);
    this.#buffer.text(channel);
    this.#buffer.text(payload);
    this.#buffer.close();
  }

  copyResponse(letter: 'G' | 'H', columnFormats: readonly number[], format: number): void {
    this.#buffer.open(letter.charCodeAt(0));
    this.#buffer.byte(format);
    this.#buffer.int16(columnFormats.length);
    for (const columnFormat of columnFormats) this.#buffer.int16(columnFormat);
    this.#buffer.close();
  }

  copyData(bytes: Uint8Array): void {
    this.#buffer.open(0x64);
    this.#buffer.raw(bytes);
    this.#buffer.close();
  }

  copyDone(): void {
    this.#bare(0x63);
  }

  #bare(letter: number): void {
    this.#buffer.open(letter);
    this.#buffer.close();
  }

  /** Differs: the fields F, L and R (source file, line, routine) are not sent. A client that prints them can tell. */
  #report(letter: number, fields: PgErrorFields): void {
    const buffer = this.#buffer;
    buffer.open(letter);
    this.#field('S', fields.severity);
    this.#field('V', fields.severity);
    this.#field('C', fields.code);
    this.#field('M', fields.message);
    this.#field('D', fields.detail);
    this.#field('H', fields.hint);
    this.#field('P', fields.position === undefined ? undefined : String(fields.position));
    this.#field('W', fields.where);
    this.#field('s', fields.schema);
    this.#field('t', fields.table);
    this.#field('c', fields.column);
    this.#field('d', fields.dataType);
    this.#field('n', fields.constraint);
    buffer.byte(0);
    buffer.close();
  }

  #field(letter: string, value: string | undefined): void {
    if (value === undefined) return;
    this.#buffer.byte(letter.charCodeAt(0));
    this.#buffer.text(value);
  }
}

/** What a client says: for tests and differential drivers. */
export class FrontendWriter {
  readonly #buffer = new MessageBuffer();

  take(): Buffer {
    return this.#buffer.take();
  }

  sslRequest(): this {
    this.#buffer.openStartup();
    this.#buffer.int32(SSL_REQUEST_CODE);
    this.#buffer.close();
    return this;
  }

  cancelRequest(processId: number, secretKey: number): this {
    this.#buffer.openStartup();
    this.#buffer.int32(CANCEL_REQUEST_CODE);
    this.#buffer.int32(processId);
    this.#buffer.int32(secretKey);
    this.#buffer.close();
    return this;
  }

  startup(parameters: Readonly<Record<string, string>>): this {
    this.#buffer.openStartup();
    this.#buffer.int32(PROTOCOL_3_0);
    for (const [name, value] of Object.entries(parameters)) {
      this.#buffer.text(name);
      this.#buffer.text(value);
    }
    this.#buffer.byte(0);
    this.#buffer.close();
    return this;
  }

  query(text: string): this {
    this.#buffer.open(0x51);
    this.#buffer.text(text);
    this.#buffer.close();
    return this;
  }

  parse(statement: string, text: string, parameterTypes: readonly number[]): this {
    this.#buffer.open(0x50);
    this.#buffer.text(statement);
    this.#buffer.text(text);
    this.#buffer.int16(parameterTypes.length);
    for (const type of parameterTypes) this.#buffer.int32(type);
    this.#buffer.close();
    return this;
  }

  /** Parameters are sent as text; results come in `resultFormat`. */
  bind(portal: string, statement: string, parameters: readonly (string | null)[], resultFormat: 0 | 1): this {
    this.#buffer.open(0x42);
    this.#buffer.text(portal);
    this.#buffer.text(statement);
    this.#buffer.int16(0);
    this.#buffer.int16(parameters.length);
    for (const parameter of parameters) {
      if (parameter === null) this.#buffer.int32(-1);
      else this.#buffer.textValue(parameter);
    }
    this.#buffer.int16(1);
    this.#buffer.int16(resultFormat);
    this.#buffer.close();
    return this;
  }

  describe(what: 'S' | 'P', name: string): this {
    return this.#named(0x44, what, name);
  }

  closeNamed(what: 'S' | 'P', name: string): this {
    return this.#named(0x43, what, name);
  }

  execute(portal: string, rowsMax: number): this {
    this.#buffer.open(0x45);
    this.#buffer.text(portal);
    this.#buffer.int32(rowsMax);
    this.#buffer.close();
    return this;
  }

  sync(): this {
    return this.#bare(0x53);
  }

  flush(): this {
    return this.#bare(0x48);
  }

  terminate(): this {
    return this.#bare(0x58);
  }

  password(text: string): this {
    this.#buffer.open(0x70);
    this.#buffer.text(text);
    this.#buffer.close();
    return this;
  }

  #named(letter: number, what: 'S' | 'P', name: string): this {
    this.#buffer.open(letter);
    this.#buffer.byte(what.charCodeAt(0));
    this.#buffer.text(name);
    this.#buffer.close();
    return this;
  }

  #bare(letter: number): this {
    this.#buffer.open(letter);
    this.#buffer.close();
    return this;
  }
}
