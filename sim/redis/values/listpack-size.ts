/**
 * Sizes of listpack elements (listpack.c), in bytes. Only streams need them: `XADD ... MAXLEN ~` and XTRIM drop whole nodes, and a node is full
 * by its size, so a client can tell where nodes end.
 */
import { parseInt64 } from '../numbers.ts';

/** Header and end mark of an empty listpack. */
export const EMPTY_LISTPACK_BYTES = 7;

/** Bytes of an integer element with its back length. */
export function integerElementBytes(value: bigint): number {
  if (value >= 0n && value <= 127n) return 2;
  if (value >= -4096n && value <= 4095n) return 3;
  if (value >= -32768n && value <= 32767n) return 4;
  if (value >= -8388608n && value <= 8388607n) return 5;
  if (value >= -2147483648n && value <= 2147483647n) return 6;
  return 10;
}

/** Bytes of a string element with its back length; a canonical integer is stored as one. */
export function elementBytes(text: string): number {
  if (text.length <= 20) {
    const value = parseInt64(text);
    if (value !== null) return integerElementBytes(value);
  }
  const length = text.length;
  const encoded = length < 64 ? 1 + length : length < 4096 ? 2 + length : 5 + length;
  return encoded + backLengthBytes(encoded);
}

function backLengthBytes(length: number): number {
  if (length <= 127) return 1;
  if (length < 16383) return 2;
  if (length < 2097151) return 3;
  return length < 268435455 ? 4 : 5;
}
