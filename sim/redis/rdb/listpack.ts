/** Listpacks as bytes (listpack.c): a header of size and count, elements with their length behind them, an end mark. */
import { parseInt64 } from '../numbers.ts';
import { RdbFormatError, type RdbReader } from './reader.ts';
import { littleEndian } from './writer.ts';

const END = 0xff;
const HEADER_BYTES = 6;
const COUNT_UNKNOWN = 0xffff;

/** A listpack of these elements; what reads as an integer is stored as one. */
export function encodeListpack(elements: readonly string[]): string {
  let body = '';
  for (const element of elements) body += encodeElement(element);
  const count = Math.min(elements.length, COUNT_UNKNOWN);
  return `${littleEndian(HEADER_BYTES + body.length + 1, 4)}${littleEndian(count, 2)}${body}\xff`;
}

function encodeElement(text: string): string {
  const value = text.length <= 20 ? parseInt64(text) : null;
  const encoded = value === null ? encodeText(text) : encodeInteger(value);
  return encoded + backLength(encoded.length);
}

function encodeInteger(value: bigint): string {
  if (value >= 0n && value <= 127n) return String.fromCharCode(Number(value));
  if (value >= -4096n && value <= 4095n) {
    const bits = Number(BigInt.asUintN(13, value));
    return String.fromCharCode(0xc0 | (bits >> 8), bits & 255);
  }
  if (value >= -32768n && value <= 32767n) return `\xf1${littleEndian(value, 2)}`;
  if (value >= -8388608n && value <= 8388607n) return `\xf2${littleEndian(value, 3)}`;
  if (value >= -2147483648n && value <= 2147483647n) return `\xf3${littleEndian(value, 4)}`;
  return `\xf4${littleEndian(value, 8)}`;
}

function encodeText(text: string): string {
  const { length } = text;
  if (length < 64) return String.fromCharCode(0x80 | length) + text;
  if (length < 4096) return String.fromCharCode(0xe0 | (length >> 8), length & 255) + text;
  return `\xf0${littleEndian(length, 4)}${text}`;
}

/** The length of an element, seven bits a byte, so that it can be read backwards. */
function backLength(length: number): string {
  const groups = backLengthBytes(length);
  let bytes = '';
  for (let group = groups - 1; group >= 0; group--) {
    const bits = Math.floor(length / 2 ** (7 * group)) & 127;
    bytes += String.fromCharCode(group === groups - 1 ? bits : bits | 128);
  }
  return bytes;
}

function backLengthBytes(length: number): number {
  if (length <= 127) return 1;
  if (length < 16383) return 2;
  if (length < 2097151) return 3;
  return length < 268435455 ? 4 : 5;
}

/**
 * The elements of a listpack.
 * @throws RdbFormatError
 */
export function decodeListpack(reader: RdbReader): string[] {
  const size = Number(reader.unsigned(4));
  reader.unsigned(2);
  if (size !== reader.length) throw new RdbFormatError('a listpack has another size than it says');
  const elements: string[] = [];
  for (;;) {
    const start = reader.position;
    const first = reader.byte();
    if (first === END) break;
    elements.push(decodeElement(reader, first));
    const groups = backLengthBytes(reader.position - start);
    reader.bytes(groups);
  }
  if (!reader.isAtEnd) throw new RdbFormatError('a listpack ends early');
  return elements;
}

function decodeElement(reader: RdbReader, first: number): string {
  if (first < 0x80) return String(first);
  if (first < 0xc0) return reader.bytes(first & 63);
  if (first < 0xe0) return String(BigInt.asIntN(13, BigInt(((first & 31) << 8) | reader.byte())));
  if (first < 0xf0) return reader.bytes(((first & 15) << 8) | reader.byte());
  switch (first) {
    case 0xf0:
      return reader.bytes(Number(reader.unsigned(4)));
    case 0xf1:
      return String(reader.signed(2));
    case 0xf2:
      return String(reader.signed(3));
    case 0xf3:
      return String(reader.signed(4));
    case 0xf4:
      return String(reader.signed(8));
    default:
      throw new RdbFormatError(`a listpack element starts with ${first}`);
  }
}
