/**
 * RDB, the format in which Redis hands data on: `encodeFile` and `decodeFile` for a full resynchronisation, `dump` and `undump` for one key.
 *
 * `format.ts` has the numbers, `reader.ts` and `writer.ts` the pieces, `value.ts` the values, with `listpack.ts` and `stream.ts` below it. What is
 * written loads into a real Redis 7.0, and what that writes is read here.
 */
import type { Config } from '../config.ts';
import type { Value } from '../values/value.ts';
import { crc64 } from './crc64.ts';
import { OPCODE, RDB_VERSION } from './format.ts';
import { RdbFormatError, RdbReader } from './reader.ts';
import { decodeValue, encodeValue } from './value.ts';
import { encodeSize, encodeString, littleEndian } from './writer.ts';

export { RdbFormatError } from './reader.ts';

const FOOTER_BYTES = 10;

/** A value as DUMP shows it: type, value, format version, checksum. */
export function dump(value: Value): string {
  const { type, body } = encodeValue(value);
  const payload = String.fromCharCode(type) + body + littleEndian(RDB_VERSION, 2);
  return payload + crc64(payload);
}

/** Whether a DUMP payload is whole and of no later version. */
export function isPayloadIntact(payload: string): boolean {
  if (payload.length < FOOTER_BYTES) return false;
  const checked = payload.slice(0, -8);
  const version = checked.charCodeAt(checked.length - 2) | (checked.charCodeAt(checked.length - 1) << 8);
  return version <= RDB_VERSION && crc64(checked) === payload.slice(-8);
}

/**
 * The value of an intact payload.
 * @throws RdbFormatError
 */
export function undump(payload: string, config: Config): Value {
  const reader = new RdbReader(payload.slice(0, -FOOTER_BYTES));
  return decodeValue(reader.byte(), reader, config);
}

export interface RdbFile {
  /** By number of the database. */
  readonly databases: ReadonlyMap<number, ReadonlyMap<string, Value>>;
  /** Code of the function libraries. */
  readonly libraries: readonly string[];
}

/** A whole dataset. */
export function encodeFile(file: RdbFile, auxiliary: Readonly<Record<string, string>>): string {
  const parts = [`REDIS${String(RDB_VERSION).padStart(4, '0')}`];
  const opcode = (code: number): string => String.fromCharCode(code);
  for (const [name, text] of Object.entries(auxiliary)) {
    parts.push(opcode(OPCODE.auxiliary) + encodeString(name) + encodeString(text));
  }
  for (const code of file.libraries) parts.push(opcode(OPCODE.function2) + encodeString(code));
  for (const [number, keys] of file.databases) {
    if (keys.size === 0) continue;
    parts.push(opcode(OPCODE.selectDatabase) + encodeSize(number));
    for (const [key, value] of keys) {
      if (value.expireAtMs >= 0) parts.push(opcode(OPCODE.expireMs) + littleEndian(value.expireAtMs, 8));
      const { type, body } = encodeValue(value);
      parts.push(String.fromCharCode(type) + encodeString(key) + body);
    }
  }
  parts.push(opcode(OPCODE.end));
  const text = parts.join('');
  return text + crc64(text);
}

/**
 * Reads a whole dataset. Values have their expiry set.
 * @throws RdbFormatError
 */
export function decodeFile(text: string, config: Config): RdbFile {
  const reader = new RdbReader(text);
  if (!/^REDIS\d{4}$/.test(reader.bytes(9))) throw new RdbFormatError('no RDB file');
  const databases = new Map<number, Map<string, Value>>();
  const libraries: string[] = [];
  let keys = new Map<string, Value>();
  databases.set(0, keys);
  let expireAtMs = -1;
  for (;;) {
    const code = reader.byte();
    switch (code) {
      case OPCODE.end:
        return { databases, libraries };
      case OPCODE.auxiliary:
        reader.string();
        reader.string();
        break;
      case OPCODE.function2:
        libraries.push(reader.string());
        break;
      case OPCODE.selectDatabase: {
        const number = reader.count();
        keys = databases.get(number) ?? new Map<string, Value>();
        databases.set(number, keys);
        break;
      }
      case OPCODE.resizeDatabase:
        reader.size();
        reader.size();
        break;
      case OPCODE.expireMs:
        expireAtMs = Number(reader.signed(8));
        break;
      case OPCODE.expireSeconds:
        expireAtMs = Number(reader.signed(4)) * 1000;
        break;
      case OPCODE.idle:
        reader.size();
        break;
      case OPCODE.frequency:
        reader.byte();
        break;
      default: {
        const key = reader.string();
        const value = decodeValue(code, reader, config);
        value.expireAtMs = expireAtMs;
        keys.set(key, value);
        expireAtMs = -1;
      }
    }
  }
}
