/**
 * Bytes to messages, for both directions: any split of the input gives the same messages. Incomplete input is a null result, never an
 * exception; bytes that break the protocol give one `Invalid` message, after which the decoder gives nothing more.
 * Source: PostgreSQL 15 manual, 55.7. Every length includes its own four bytes and excludes the type letter.
 */
import {
  type BackendMessage,
  CANCEL_REQUEST_CODE,
  type FieldDescription,
  type FrontendMessage,
  GSSENC_REQUEST_CODE,
  MESSAGE_BYTES_MAX,
  SSL_REQUEST_CODE,
  STARTUP_BYTES_MAX,
  type TransactionStatus,
} from './messages.ts';

const EMPTY = Buffer.alloc(0);

/** Thrown inside a body that is shorter than its own counts say; caught at the decoder's edge. */
class ShortMessage extends Error {}

/** A cursor over one complete message body. */
class BodyReader {
  readonly #bytes: Buffer;
  readonly #end: number;
  #at: number;

  constructor(bytes: Buffer, start: number, end: number) {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
  }

  get left(): number {
    return this.#end - this.#at;
  }

  byte(): number {
    if (this.left < 1) throw new ShortMessage('insufficient data left in message');
    return this.#bytes[this.#at++]!;
  }

  int16(): number {
    if (this.left < 2) throw new ShortMessage('insufficient data left in message');
    const value = this.#bytes.readInt16BE(this.#at);
    this.#at += 2;
    return value;
  }

  int32(): number {
    if (this.left < 4) throw new ShortMessage('insufficient data left in message');
    const value = this.#bytes.readInt32BE(this.#at);
    this.#at += 4;
    return value;
  }

  uint32(): number {
    return this.int32() >>> 0;
  }

  take(length: number): Buffer {
    if (length < 0 || this.left < length) throw new ShortMessage('insufficient data left in message');
    const value = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return value;
  }

  text(): string {
    const stop = this.#bytes.indexOf(0, this.#at);
    if (stop < 0 || stop >= this.#end) throw new ShortMessage('invalid string in message');
    const value = this.#bytes.toString('utf8', this.#at, stop);
    this.#at = stop + 1;
    return value;
  }

  rest(): Buffer {
    return this.take(this.left);
  }
}

/** Holds the bytes that are not read yet; shared by both decoders. */
class Pending {
  bytes: Buffer = EMPTY;
  at = 0;

  push(bytes: Buffer): void {
    this.bytes = this.at >= this.bytes.length ? bytes : Buffer.concat([this.bytes.subarray(this.at), bytes]);
    this.at = 0;
  }

  get left(): number {
    return this.bytes.length - this.at;
  }
}

/** What a server reads. Starts in the startup phase, where packets have no letter; `startupDone` ends it. */
export class FrontendDecoder {
  readonly #pending = new Pending();
  #isStartup = true;
  #isBroken = false;

  push(bytes: Buffer): void {
    this.#pending.push(bytes);
  }

  /** Bytes received and not yet part of a returned message. */
  get bytesPending(): number {
    return this.#pending.left;
  }

  /** The next complete message, or null when more bytes are needed. */
  next(): FrontendMessage | null {
    if (this.#isBroken) return null;
    const message = this.#isStartup ? this.#startupPacket() : this.#message();
    if (message !== null && message.kind === 'Invalid') this.#isBroken = true;
    return message;
  }

  #startupPacket(): FrontendMessage | null {
    const pending = this.#pending;
    if (pending.left < 4) return null;
    const length = pending.bytes.readInt32BE(pending.at);
    if (length < 8 || length > STARTUP_BYTES_MAX)
      return { kind: 'Invalid', reason: 'invalid length of startup packet' };
    if (pending.left < length) return null;
    const reader = new BodyReader(pending.bytes, pending.at + 4, pending.at + length);
    pending.at += length;
    const code = reader.int32();
    if (code === SSL_REQUEST_CODE) return { kind: 'SSLRequest' };
    if (code === GSSENC_REQUEST_CODE) return { kind: 'GSSENCRequest' };
    if (code === CANCEL_REQUEST_CODE) {
      if (reader.left < 8) return { kind: 'Invalid', reason: 'invalid length of startup packet' };
      return { kind: 'CancelRequest', processId: reader.int32(), secretKey: reader.int32() };
    }
    this.#isStartup = false;
    try {
      return { kind: 'StartupMessage', version: code, parameters: startupParameters(reader) };
    } catch (error) {
      return invalid(error);
    }
  }

  #message(): FrontendMessage | null {
    const pending = this.#pending;
    if (pending.left < 5) return null;
    const letter = pending.bytes[pending.at]!;
    const length = pending.bytes.readInt32BE(pending.at + 1);
    if (length < 4 || length > MESSAGE_BYTES_MAX) return { kind: 'Invalid', reason: 'invalid message length' };
    if (pending.left < length + 1) return null;
    const reader = new BodyReader(pending.bytes, pending.at + 5, pending.at + 1 + length);
    pending.at += length + 1;
    try {
      return frontendBody(letter, reader);
    } catch (error) {
      return invalid(error);
    }
  }
}

function invalid(error: unknown): { readonly kind: 'Invalid'; readonly reason: string } {
  if (error instanceof ShortMessage) return { kind: 'Invalid', reason: error.message };
  throw error;
}

function startupParameters(reader: BodyReader): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  while (reader.left > 1) {
    const name = reader.text();
    if (name === '') break;
    parameters.set(name, reader.text());
  }
  return parameters;
}

function frontendBody(letter: number, reader: BodyReader): FrontendMessage {
  switch (letter) {
    case 0x51: // Q
      return { kind: 'Query', text: reader.text() };
    case 0x50: // P
      return parseBody(reader);
    case 0x42: // B
      return bindBody(reader);
    case 0x44: // D
      return { kind: 'Describe', what: statementOrPortal(reader), name: reader.text() };
    case 0x45: // E
      return { kind: 'Execute', portal: reader.text(), rowsMax: reader.int32() };
    case 0x43: // C
      return { kind: 'Close', what: statementOrPortal(reader), name: reader.text() };
    case 0x53: // S
      return { kind: 'Sync' };
    case 0x48: // H
      return { kind: 'Flush' };
    case 0x58: // X
      return { kind: 'Terminate' };
    case 0x70: // p
      return { kind: 'Password', bytes: reader.rest() };
    case 0x64: // d
      return { kind: 'CopyData', bytes: reader.rest() };
    case 0x63: // c
      return { kind: 'CopyDone' };
    case 0x66: // f
      return { kind: 'CopyFail', message: reader.text() };
    case 0x46: // F
      return { kind: 'FunctionCall', functionOid: reader.uint32() };
    default:
      return { kind: 'Invalid', reason: `invalid frontend message type ${letter}` };
  }
}

function statementOrPortal(reader: BodyReader): 'S' | 'P' {
  const letter = reader.byte();
  if (letter === 0x53) return 'S';
  if (letter === 0x50) return 'P';
  throw new ShortMessage(`invalid DESCRIBE message subtype ${letter}`);
}

function parseBody(reader: BodyReader): FrontendMessage {
  const statement = reader.text();
  const text = reader.text();
  const count = reader.int16();
  const parameterTypes: number[] = [];
  for (let index = 0; index < count; index++) parameterTypes.push(reader.uint32());
  return { kind: 'Parse', statement, text, parameterTypes };
}

function bindBody(reader: BodyReader): FrontendMessage {
  const portal = reader.text();
  const statement = reader.text();
  const parameterFormats = formats(reader);
  const count = reader.int16();
  const parameters: (Buffer | null)[] = [];
  for (let index = 0; index < count; index++) parameters.push(value(reader));
  return { kind: 'Bind', portal, statement, parameterFormats, parameters, resultFormats: formats(reader) };
}

function formats(reader: BodyReader): number[] {
  const count = reader.int16();
  const list: number[] = [];
  for (let index = 0; index < count; index++) list.push(reader.int16());
  return list;
}

function value(reader: BodyReader): Buffer | null {
  const length = reader.int32();
  return length < 0 ? null : reader.take(length);
}

/** What a client reads: for labels, tests and differential drivers. */
export class BackendDecoder {
  readonly #pending = new Pending();
  #isBroken = false;

  push(bytes: Buffer): void {
    this.#pending.push(bytes);
  }

  /** Bytes received and not yet part of a returned message. */
  get bytesPending(): number {
    return this.#pending.left;
  }

  /** Takes the one raw byte that answers SSLRequest or GSSENCRequest; null when it has not come. */
  encryptionAnswer(): string | null {
    const pending = this.#pending;
    if (pending.left < 1) return null;
    return String.fromCharCode(pending.bytes[pending.at++]!);
  }

  /** The next complete message, or null when more bytes are needed. */
  next(): BackendMessage | null {
    const pending = this.#pending;
    if (this.#isBroken || pending.left < 5) return null;
    const letter = pending.bytes[pending.at]!;
    const length = pending.bytes.readInt32BE(pending.at + 1);
    if (length < 4 || length > MESSAGE_BYTES_MAX) {
      this.#isBroken = true;
      return { kind: 'Invalid', reason: 'invalid message length' };
    }
    if (pending.left < length + 1) return null;
    const reader = new BodyReader(pending.bytes, pending.at + 5, pending.at + 1 + length);
    pending.at += length + 1;
    try {
      return backendBody(letter, reader);
    } catch (error) {
      this.#isBroken = true;
      return invalid(error);
    }
  }
}

function backendBody(letter: number, reader: BodyReader): BackendMessage {
  switch (letter) {
    case 0x52: // R
      return { kind: 'Authentication', code: reader.int32(), bytes: reader.rest() };
    case 0x4b: // K
      return { kind: 'BackendKeyData', processId: reader.int32(), secretKey: reader.int32() };
    case 0x53: // S
      return { kind: 'ParameterStatus', name: reader.text(), value: reader.text() };
    case 0x5a: // Z
      return { kind: 'ReadyForQuery', status: String.fromCharCode(reader.byte()) as TransactionStatus };
    case 0x54: // T
      return { kind: 'RowDescription', fields: rowFields(reader) };
    case 0x44: // D
      return dataRow(reader);
    case 0x43: // C
      return { kind: 'CommandComplete', tag: reader.text() };
    case 0x49: // I
      return { kind: 'EmptyQueryResponse' };
    case 0x45: // E
      return { kind: 'ErrorResponse', fields: errorFields(reader) };
    case 0x4e: // N
      return { kind: 'NoticeResponse', fields: errorFields(reader) };
    case 0x41: // A
      return {
        kind: 'NotificationResponse',
        processId: reader.int32(),
        channel: reader.text(),
        payload: reader.text(),
      };
    case 0x31:
      return { kind: 'ParseComplete' };
    case 0x32:
      return { kind: 'BindComplete' };
    case 0x33:
      return { kind: 'CloseComplete' };
    case 0x6e: // n
      return { kind: 'NoData' };
    case 0x73: // s
      return { kind: 'PortalSuspended' };
    case 0x74: // t
      return parameterDescription(reader);
    case 0x47: // G
      return { kind: 'CopyInResponse', format: reader.byte(), columnFormats: formats(reader) };
    case 0x48: // H
      return { kind: 'CopyOutResponse', format: reader.byte(), columnFormats: formats(reader) };
    case 0x64: // d
      return { kind: 'CopyData', bytes: reader.rest() };
    case 0x63: // c
      return { kind: 'CopyDone' };
    default:
      return { kind: 'Invalid', reason: `unknown backend message type ${letter}` };
  }
}

function rowFields(reader: BodyReader): FieldDescription[] {
  const count = reader.int16();
  const fields: FieldDescription[] = [];
  for (let index = 0; index < count; index++) {
    fields.push({
      name: reader.text(),
      tableOid: reader.uint32(),
      columnNumber: reader.int16(),
      typeOid: reader.uint32(),
      typeSize: reader.int16(),
      typeModifier: reader.int32(),
      format: reader.int16(),
    });
  }
  return fields;
}

function dataRow(reader: BodyReader): BackendMessage {
  const count = reader.int16();
  const values: (Buffer | null)[] = [];
  for (let index = 0; index < count; index++) values.push(value(reader));
  return { kind: 'DataRow', values };
}

function errorFields(reader: BodyReader): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (;;) {
    const letter = reader.byte();
    if (letter === 0) return fields;
    fields.set(String.fromCharCode(letter), reader.text());
  }
}

function parameterDescription(reader: BodyReader): BackendMessage {
  const count = reader.int16();
  const types: number[] = [];
  for (let index = 0; index < count; index++) types.push(reader.uint32());
  return { kind: 'ParameterDescription', types };
}
