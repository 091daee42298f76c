/**
 * Numbers as bytes and back, for `struct` and `cmsgpack`. Byte strings in, byte strings out.
 *
 * NaN is written with its sign bit set, as the x86 processor makes it.
 */

const buffer = new DataView(new ArrayBuffer(8));

/** A 64-bit pattern for a number that C converts to an unsigned 64-bit integer. */
export function toUnsigned64(value: number): bigint {
  if (Number.isNaN(value)) return 1n << 63n;
  if (value >= 2 ** 63) return value >= 2 ** 64 ? 0n : BigInt(Math.trunc(value));
  if (value < -(2 ** 63)) return 1n << 63n;
  return BigInt.asUintN(64, BigInt(Math.trunc(value)));
}

function bytesOf(count: number, isLittle: boolean): string {
  let text = '';
  for (let i = 0; i < count; i++) text += String.fromCharCode(buffer.getUint8(isLittle ? count - 1 - i : i));
  return text;
}

/** Eight bytes of a double. */
export function doubleToBytes(value: number, isLittle = false): string {
  if (Number.isNaN(value)) buffer.setBigUint64(0, 0xfff8000000000000n);
  else buffer.setFloat64(0, value);
  return bytesOf(8, isLittle);
}

/** Four bytes of a single-precision number. */
export function floatToBytes(value: number, isLittle = false): string {
  if (Number.isNaN(value)) buffer.setUint32(0, 0xffc00000);
  else buffer.setFloat32(0, value);
  return bytesOf(4, isLittle);
}

function load(text: string, at: number, count: number, isLittle: boolean): void {
  for (let i = 0; i < count; i++) buffer.setUint8(isLittle ? count - 1 - i : i, text.charCodeAt(at + i));
}

export function bytesToDouble(text: string, at: number, isLittle = false): number {
  load(text, at, 8, isLittle);
  return buffer.getFloat64(0);
}

export function bytesToFloat(text: string, at: number, isLittle = false): number {
  load(text, at, 4, isLittle);
  return buffer.getFloat32(0);
}

/** The low `size` bytes of an integer, most significant first or last. */
export function integerToBytes(value: number, size: number, isLittle: boolean): string {
  let rest = toUnsigned64(value);
  let text = '';
  for (let i = 0; i < size; i++) {
    const byte = String.fromCharCode(Number(rest & 0xffn));
    text = isLittle ? text + byte : byte + text;
    rest >>= 8n;
  }
  return text;
}

/** The integer in `size` bytes; only the low 64 bits count, as in C. */
export function bytesToInteger(
  text: string,
  at: number,
  options: { size: number; isLittle: boolean; isSigned: boolean },
): number {
  const { size, isLittle, isSigned } = options;
  let value = 0n;
  for (let i = 0; i < size; i++) {
    const offset = isLittle ? size - 1 - i : i;
    value = BigInt.asUintN(64, (value << 8n) | BigInt(text.charCodeAt(at + offset)));
  }
  if (!isSigned) return Number(value);
  // A shift by 64 or more takes its count modulo 64 on x86.
  const mask = BigInt.asUintN(64, -1n << BigInt((size * 8 - 1) & 63));
  if ((value & mask) !== 0n) value |= mask;
  return Number(BigInt.asIntN(64, value));
}
