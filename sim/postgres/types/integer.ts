/** smallint, integer, bigint, oid and the transaction-number types. int8 and xid8 are bigints, the others numbers. */
import type { TypeBehaviour } from './behaviour.ts';
import { insufficientData, invalidBinary, invalidInput, valueOutOfRange } from './errors.ts';
import { isDigit, isSpace } from './scan.ts';

export const int8Min = -(2n ** 63n);
export const int8Max = 2n ** 63n - 1n;

/** The digits of a decimal integer with sign, white space around it allowed; null when the text is something else. */
function integerText(text: string): string | null {
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(text.charCodeAt(start))) start++;
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--;
  let at = start;
  const sign = text.charCodeAt(at);
  if (sign === 43 || sign === 45) at++;
  if (at === end) return null;
  for (let i = at; i < end; i++) if (!isDigit(text.charCodeAt(i))) return null;
  return sign === 43 ? text.slice(at, end) : text.slice(start, end);
}

/** The number in front of what makes a text no integer: the server sees that it is too large before it sees what follows. */
function leadingDigits(text: string): string | null {
  return /^\s*\+?(-?\d+)/.exec(text)?.[1] ?? null;
}

/** An integer of 2 or 4 bytes from text, with `type` as errors name it. */
export function parseSmall(text: string, type: 'smallint' | 'integer'): number {
  const limit = type === 'smallint' ? 32768 : 2147483648;
  const digits = integerText(text);
  if (digits === null) {
    const leading = leadingDigits(text);
    // The digits are summed up as a negative number, which may be one larger.
    if (leading !== null && Math.abs(Number(leading)) > limit) throw valueOutOfRange(text, type);
    throw invalidInput(type, text);
  }
  const value = Number(digits);
  if (value < -limit || value >= limit) throw valueOutOfRange(text, type);
  return value === 0 ? 0 : value;
}

export function parseInt8(text: string): bigint {
  const digits = integerText(text);
  if (digits === null) {
    const leading = leadingDigits(text);
    if (leading !== null && (BigInt(leading) < int8Min || -BigInt(leading) < int8Min))
      throw valueOutOfRange(text, 'bigint');
    throw invalidInput('bigint', text);
  }
  const value = BigInt(digits);
  if (value < int8Min || value > int8Max) throw valueOutOfRange(text, 'bigint');
  return value;
}

/** An unsigned 32-bit number as strtoul reads it: a minus sign wraps around. */
export function parseOid(text: string, type = 'oid'): number {
  const digits = integerText(text);
  if (digits === null) throw invalidInput(type, text);
  const value = Number(digits);
  if (value > 4294967295 || value < -2147483648) throw valueOutOfRange(text, type);
  return value < 0 ? value + 4294967296 : value === 0 ? 0 : value;
}

const compareNumber = (left: unknown, right: unknown): number =>
  (left as number) < (right as number) ? -1 : (left as number) > (right as number) ? 1 : 0;

function needs(bytes: Buffer, length: number): void {
  if (bytes.length < length) throw insufficientData();
  if (bytes.length > length) throw invalidBinary('incorrect binary data format');
}

export const int2: TypeBehaviour = {
  input: (text) => parseSmall(text, 'smallint'),
  output: (datum) => String(datum),
  receive(bytes) {
    needs(bytes, 2);
    return bytes.readInt16BE(0);
  },
  send(datum) {
    const bytes = Buffer.alloc(2);
    bytes.writeInt16BE(datum as number);
    return bytes;
  },
  compare: compareNumber,
  hashKey: (datum) => datum as number,
};

export const int4: TypeBehaviour = {
  input: (text) => parseSmall(text, 'integer'),
  output: (datum) => String(datum),
  receive(bytes) {
    needs(bytes, 4);
    return bytes.readInt32BE(0);
  },
  send(datum) {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32BE(datum as number);
    return bytes;
  },
  compare: compareNumber,
  hashKey: (datum) => datum as number,
};

export const int8: TypeBehaviour = {
  input: parseInt8,
  output: (datum) => (datum as bigint).toString(),
  receive(bytes) {
    needs(bytes, 8);
    return bytes.readBigInt64BE(0);
  },
  send(datum) {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64BE(datum as bigint);
    return bytes;
  },
  compare: compareNumber,
  hashKey: (datum) => datum as bigint,
};

export const oid: TypeBehaviour = {
  input: (text) => parseOid(text),
  output: (datum) => String(datum),
  receive(bytes) {
    needs(bytes, 4);
    return bytes.readUInt32BE(0);
  },
  send(datum) {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(datum as number);
    return bytes;
  },
  compare: compareNumber,
  hashKey: (datum) => datum as number,
};

/** xid and cid: numbers without order; their input never complains (strtoul without a check). */
export const xid: TypeBehaviour = {
  ...oid,
  input: (text) => {
    const value = Number.parseInt(text, 10);
    return Number.isNaN(value) ? 0 : value >>> 0;
  },
};

export const xid8: TypeBehaviour = {
  input: (text) => {
    const digits = integerText(text);
    return digits === null ? 0n : BigInt.asUintN(64, BigInt(digits));
  },
  output: (datum) => (datum as bigint).toString(),
  receive(bytes) {
    needs(bytes, 8);
    return bytes.readBigUInt64BE(0);
  },
  send(datum) {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64BE(datum as bigint);
    return bytes;
  },
  compare: compareNumber,
  hashKey: (datum) => datum as bigint,
};

/** pg_lsn: two hexadecimal halves, such as 16/B374D848. */
export const pgLsn: TypeBehaviour = {
  input(text) {
    const match = /^([0-9A-Fa-f]{1,8})\/([0-9A-Fa-f]{1,8})$/.exec(text);
    if (match === null) throw invalidInput('pg_lsn', text);
    return (BigInt(`0x${match[1]}`) << 32n) | BigInt(`0x${match[2]}`);
  },
  output: (datum) => {
    const value = datum as bigint;
    return `${(value >> 32n).toString(16)}/${(value & 0xffffffffn).toString(16)}`.toUpperCase();
  },
  receive: xid8.receive,
  send: xid8.send,
  compare: compareNumber,
  hashKey: (datum) => datum as bigint,
};

/** tid: `(block,offset)`, kept as text in that canonical form. */
export const tid: TypeBehaviour = {
  input(text) {
    const match = /^\s*\((\d+),(\d+)\)\s*$/.exec(text);
    if (match === null || Number(match[1]) > 4294967295 || Number(match[2]) > 65535) throw invalidInput('tid', text);
    return `(${Number(match[1])},${Number(match[2])})`;
  },
  output: (datum) => datum as string,
  receive(bytes) {
    needs(bytes, 6);
    return `(${bytes.readUInt32BE(0)},${bytes.readUInt16BE(4)})`;
  },
  send(datum) {
    const [block, offset] = tidParts(datum as string);
    const bytes = Buffer.alloc(6);
    bytes.writeUInt32BE(block);
    bytes.writeUInt16BE(offset, 4);
    return bytes;
  },
  compare(left, right) {
    const [leftBlock, leftOffset] = tidParts(left as string);
    const [rightBlock, rightOffset] = tidParts(right as string);
    return leftBlock - rightBlock || leftOffset - rightOffset;
  },
  hashKey: (datum) => datum as string,
};

function tidParts(text: string): [number, number] {
  const comma = text.indexOf(',');
  return [Number(text.slice(1, comma)), Number(text.slice(comma + 1, -1))];
}
