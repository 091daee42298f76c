/** bytea: hex and escape formats in, the session's bytea_output out. */
import type { TypeBehaviour } from './behaviour.ts';
import { invalidParameter, pgError } from './errors.ts';
import { isSpace } from './scan.ts';

function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  if (code >= 97 && code <= 102) return code - 87;
  if (code >= 65 && code <= 70) return code - 55;
  return -1;
}

/** Bytes from pairs of hexadecimal digits; white space between pairs is skipped. */
export function decodeHex(text: string): Buffer {
  const bytes = Buffer.alloc(text.length >> 1);
  let length = 0;
  let i = 0;
  while (i < text.length) {
    if (isSpace(text.charCodeAt(i))) {
      i++;
      continue;
    }
    const high = hexDigit(text.charCodeAt(i));
    if (high < 0) throw invalidParameter(`invalid hexadecimal digit: "${String.fromCodePoint(text.codePointAt(i)!)}"`);
    if (i + 1 >= text.length) throw invalidParameter('invalid hexadecimal data: odd number of digits');
    const low = hexDigit(text.charCodeAt(i + 1));
    if (low < 0)
      throw invalidParameter(`invalid hexadecimal digit: "${String.fromCodePoint(text.codePointAt(i + 1)!)}"`);
    bytes[length++] = (high << 4) | low;
    i += 2;
  }
  return bytes.subarray(0, length);
}

/** Null where a backslash is followed by neither another one nor three octal digits. */
export function decodeEscape(text: string): Buffer | null {
  const source = Buffer.from(text, 'utf8');
  const bytes = Buffer.alloc(source.length);
  let length = 0;
  for (let i = 0; i < source.length; i++) {
    const code = source[i]!;
    if (code !== 92) {
      bytes[length++] = code;
      continue;
    }
    if (source[i + 1] === 92) {
      bytes[length++] = 92;
      i++;
      continue;
    }
    const [a, b, c] = [source[i + 1] ?? 0, source[i + 2] ?? 0, source[i + 3] ?? 0];
    if (a < 48 || a > 51 || b < 48 || b > 55 || c < 48 || c > 55) return null;
    bytes[length++] = ((a - 48) << 6) | ((b - 48) << 3) | (c - 48);
    i += 3;
  }
  return bytes.subarray(0, length);
}

/** The escape format of output: printable ASCII as it is, the rest in octal. */
export function encodeEscape(bytes: Buffer, isPrintableKept: boolean): string {
  let text = '';
  for (const byte of bytes) {
    if (byte === 92) text += '\\\\';
    else if (isPrintableKept ? byte < 32 || byte > 126 : byte === 0 || byte > 127)
      text += `\\${byte.toString(8).padStart(3, '0')}`;
    else text += String.fromCharCode(byte);
  }
  return text;
}

export const bytea: TypeBehaviour = {
  input(text) {
    if (text.startsWith('\\x')) return decodeHex(text.slice(2));
    const bytes = decodeEscape(text);
    // The real message quotes no text here.
    if (bytes === null) throw pgError('22P02', 'invalid input syntax for type bytea');
    return bytes;
  },
  output: (datum, context) =>
    context.byteaOutput === 'escape' ? encodeEscape(datum as Buffer, true) : `\\x${(datum as Buffer).toString('hex')}`,
  receive: (bytes) => Buffer.from(bytes),
  send: (datum) => datum as Buffer,
  compare: (left, right) => Buffer.compare(left as Buffer, right as Buffer),
  hashKey: (datum) => (datum as Buffer).toString('latin1'),
};
