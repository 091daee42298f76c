/** The pieces of an RDB file as byte strings. */
import { parseInt64 } from '../numbers.ts';
import { LENGTH_32, LENGTH_64 } from './format.ts';

/** A number as bytes, the lowest first. */
export function littleEndian(value: number | bigint, count: number): string {
  let bits = BigInt.asUintN(8 * count, BigInt(value));
  let bytes = '';
  for (let index = 0; index < count; index++) {
    bytes += String.fromCharCode(Number(bits & 255n));
    bits >>= 8n;
  }
  return bytes;
}

/** A number as bytes, the highest first. */
export function bigEndian(value: number | bigint, count: number): string {
  let bytes = '';
  for (let shift = 8 * (count - 1); shift >= 0; shift -= 8) {
    bytes += String.fromCharCode(Number((BigInt(value) >> BigInt(shift)) & 255n));
  }
  return bytes;
}

/** A length, or another unsigned number. */
export function encodeSize(size: number | bigint): string {
  if (size < 64) return String.fromCharCode(Number(size));
  if (size < 16384) return String.fromCharCode(0x40 | (Number(size) >> 8), Number(size) & 255);
  if (size <= 0xffff_ffff) return String.fromCharCode(LENGTH_32) + bigEndian(size, 4);
  return String.fromCharCode(LENGTH_64) + bigEndian(size, 8);
}

/** A string; a small integer in its short form. Nothing is compressed. */
export function encodeString(text: string): string {
  if (text.length <= 11) {
    const value = parseInt64(text);
    if (value !== null && value >= -2147483648n && value <= 2147483647n) {
      if (value >= -128n && value <= 127n) return `\xc0${littleEndian(value, 1)}`;
      if (value >= -32768n && value <= 32767n) return `\xc1${littleEndian(value, 2)}`;
      return `\xc2${littleEndian(value, 4)}`;
    }
  }
  return encodeSize(text.length) + text;
}

export function encodeDouble(value: number): string {
  const buffer = Buffer.alloc(8);
  buffer.writeDoubleLE(value);
  return buffer.toString('latin1');
}
