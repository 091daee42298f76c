/** encode, decode, digests, and the functions of bytea. */
import { createHash } from 'node:crypto';
import { decodeEscape, decodeHex, encodeEscape } from '../types/bytea.ts';
import type { Datum } from '../types/datum.ts';
import { invalidParameter, pgError } from '../types/errors.ts';
import { isSpace } from '../types/scan.ts';
import { decodeText } from '../types/text.ts';
import type { Implementation } from './implementation.ts';

const bytesOf = (datum: Datum | undefined): Buffer => datum as Buffer;
const num = (datum: Datum | undefined): number => datum as number;

/** Base64 in lines of 76 characters, as MIME wants and the server writes. */
function encodeBase64(bytes: Buffer): string {
  return bytes.toString('base64').replace(/(.{76})(?=.)/g, '$1\n');
}

const alphabet = /^[A-Za-z0-9+/]$/;

function decodeBase64(text: string): Buffer {
  let clean = '';
  let padding = 0;
  for (const c of text) {
    if (isSpace(c.charCodeAt(0))) continue;
    if (c === '=') {
      if (padding === 0 && clean.length % 4 < 2)
        throw invalidParameter('unexpected "=" while decoding base64 sequence');
      padding++;
      continue;
    }
    if (padding > 0 && padding < 3 && alphabet.test(c) && (clean.length + padding) % 4 !== 0) {
      throw invalidParameter(`invalid symbol "${c}" found while decoding base64 sequence`);
    }
    if (!alphabet.test(c)) throw invalidParameter(`invalid symbol "${c}" found while decoding base64 sequence`);
    clean += c;
  }
  if ((clean.length + padding) % 4 !== 0) {
    throw invalidParameter('invalid base64 end sequence', {
      hint: 'Input data is missing padding, is truncated, or is otherwise corrupted.',
    });
  }
  return Buffer.from(clean, 'base64');
}

function encode(bytes: Buffer, format: string): string {
  switch (format.toLowerCase()) {
    case 'hex':
      return bytes.toString('hex');
    case 'base64':
      return encodeBase64(bytes);
    case 'escape':
      return encodeEscape(bytes, false);
    default:
      throw invalidParameter(`unrecognized encoding: "${format}"`);
  }
}

function decode(text: string, format: string): Buffer {
  switch (format.toLowerCase()) {
    case 'hex':
      return decodeHex(text);
    case 'base64':
      return decodeBase64(text);
    case 'escape': {
      const bytes = decodeEscape(text);
      if (bytes === null) throw pgError('22P02', 'invalid input syntax for type bytea');
      return bytes;
    }
    default:
      throw invalidParameter(`unrecognized encoding: "${format}"`);
  }
}

const digest =
  (algorithm: string): Implementation =>
  (a) =>
    createHash(algorithm).update(bytesOf(a[0])).digest();

function indexInRange(index: number | bigint, size: number): number {
  const value = Number(index);
  if (value < 0 || value >= size) throw pgError('2202E', `index ${index} out of valid range, 0..${size - 1}`);
  return value;
}

/** Start and length in the manner of substring(): positions from 1, a start before the value shortens the result. */
function slice(bytes: Buffer, start: number, length: number | null): Buffer {
  if (length !== null && length < 0) throw pgError('22011', 'negative substring length not allowed');
  const from = Math.max(start, 1) - 1;
  const to = length === null ? bytes.length : Math.max(from, start + length - 1);
  return bytes.subarray(from, to);
}

function trimBytes(bytes: Buffer, set: Buffer, isLeft: boolean, isRight: boolean): Buffer {
  let start = 0;
  let end = bytes.length;
  while (isLeft && start < end && set.includes(bytes[start]!)) start++;
  while (isRight && end > start && set.includes(bytes[end - 1]!)) end--;
  return bytes.subarray(start, end);
}

function overlay(bytes: Buffer, replacement: Buffer, start: number, length: number): Buffer {
  if (start <= 0) throw pgError('22011', 'negative substring length not allowed');
  return Buffer.concat([slice(bytes, 1, start - 1), replacement, slice(bytes, start + length, null)]);
}

export function requireUtf8(name: string): 'utf8' | 'latin1' | null {
  const plain = name.toUpperCase().replace(/[^A-Z0-9]/g, '');
  if (plain === 'UTF8' || plain === 'UNICODE' || plain === 'SQLASCII') return 'utf8';
  return plain === 'LATIN1' || plain === 'ISO88591' ? 'latin1' : null;
}

function knownEncoding(name: string, which: string): 'utf8' | 'latin1' {
  const encoding = requireUtf8(name);
  if (encoding === null) throw invalidParameter(`invalid ${which} encoding name "${name}"`);
  return encoding;
}

export const encoding: Record<string, Implementation> = {
  binary_encode: (a) => encode(bytesOf(a[0]), a[1] as string),
  binary_decode: (a) => decode(a[0] as string, a[1] as string),
  md5_text: (a) =>
    createHash('md5')
      .update(a[0] as string, 'utf8')
      .digest('hex'),
  md5_bytea: (a) => createHash('md5').update(bytesOf(a[0])).digest('hex'),
  sha224_bytea: digest('sha224'),
  sha256_bytea: digest('sha256'),
  sha384_bytea: digest('sha384'),
  sha512_bytea: digest('sha512'),
  byteacat: (a) => Buffer.concat([bytesOf(a[0]), bytesOf(a[1])]),
  byteaoctetlen: (a) => bytesOf(a[0]).length,
  'sql:bit_length(bytea)': (a) => bytesOf(a[0]).length * 8,
  bytea_bit_count: (a) => {
    let count = 0n;
    for (const byte of bytesOf(a[0])) for (let bit = byte; bit !== 0; bit &= bit - 1) count++;
    return count;
  },
  byteaGetByte: (a) => bytesOf(a[0])[indexInRange(num(a[1]), bytesOf(a[0]).length)]!,
  byteaSetByte: (a) => {
    const bytes = Buffer.from(bytesOf(a[0]));
    bytes[indexInRange(num(a[1]), bytes.length)] = num(a[2]) & 0xff;
    return bytes;
  },
  byteaGetBit: (a) => {
    const at = indexInRange(a[1] as bigint, bytesOf(a[0]).length * 8);
    return (bytesOf(a[0])[at >> 3]! >> (at & 7)) & 1;
  },
  byteaSetBit: (a) => {
    const bytes = Buffer.from(bytesOf(a[0]));
    const at = indexInRange(a[1] as bigint, bytes.length * 8);
    if (num(a[2]) !== 0 && num(a[2]) !== 1) throw invalidParameter('new bit must be 0 or 1');
    if (num(a[2]) === 1) bytes[at >> 3]! |= 1 << (at & 7);
    else bytes[at >> 3]! &= ~(1 << (at & 7));
    return bytes;
  },
  bytea_substr: (a) => slice(bytesOf(a[0]), num(a[1]), num(a[2])),
  bytea_substr_no_len: (a) => slice(bytesOf(a[0]), num(a[1]), null),
  byteaoverlay: (a) => overlay(bytesOf(a[0]), bytesOf(a[1]), num(a[2]), num(a[3])),
  byteaoverlay_no_len: (a) => overlay(bytesOf(a[0]), bytesOf(a[1]), num(a[2]), bytesOf(a[1]).length),
  byteapos: (a) => bytesOf(a[0]).indexOf(bytesOf(a[1])) + 1,
  byteatrim: (a) => trimBytes(bytesOf(a[0]), bytesOf(a[1]), true, true),
  bytealtrim: (a) => trimBytes(bytesOf(a[0]), bytesOf(a[1]), true, false),
  byteartrim: (a) => trimBytes(bytesOf(a[0]), bytesOf(a[1]), false, true),
  pg_convert_from: (a) =>
    knownEncoding(a[1] as string, 'source') === 'utf8' ? decodeText(bytesOf(a[0])) : bytesOf(a[0]).toString('latin1'),
  pg_convert_to: (a) => Buffer.from(a[0] as string, knownEncoding(a[1] as string, 'destination')),
  pg_convert: (a) => {
    const text =
      knownEncoding(a[1] as string, 'source') === 'utf8' ? decodeText(bytesOf(a[0])) : bytesOf(a[0]).toString('latin1');
    return Buffer.from(text, knownEncoding(a[2] as string, 'destination'));
  },
  length_in_encoding: (a) =>
    knownEncoding(a[1] as string, 'source') === 'utf8' ? [...decodeText(bytesOf(a[0]))].length : bytesOf(a[0]).length,
};
