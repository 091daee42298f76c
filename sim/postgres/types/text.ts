/**
 * text, varchar, bpchar, name, "char", cstring, unknown: strings in UTF-8 under locale C.
 * A bpchar datum is stored padded; comparison ignores the padding. A NUL character cannot occur in any of them.
 */
import type { TypeBehaviour } from './behaviour.ts';
import type { Datum } from './datum.ts';
import { invalidParameter, pgError, valueTooLong } from './errors.ts';
import { characterCount, compareText, firstCharacters } from './scan.ts';

const compare = (left: Datum, right: Datum): number => compareText(left as string, right as string);
const identity = (datum: Datum): string => datum as string;

/** Text from the wire: valid UTF-8 without NUL, or 22021. */
export function decodeText(bytes: Buffer): string {
  const zero = bytes.indexOf(0);
  if (zero >= 0) throw pgError('22021', 'invalid byte sequence for encoding "UTF8": 0x00');
  const text = bytes.toString('utf8');
  if (text.includes('\ufffd')) {
    const bad = firstInvalidUtf8(bytes);
    if (bad !== null) throw pgError('22021', `invalid byte sequence for encoding "UTF8": ${bad}`);
  }
  return text;
}

/** The bytes of the first invalid sequence as the error shows them; null when all is valid. */
function firstInvalidUtf8(bytes: Buffer): string | null {
  let i = 0;
  while (i < bytes.length) {
    const lead = bytes[i]!;
    const size =
      lead < 0x80 ? 1 : (lead & 0xe0) === 0xc0 ? 2 : (lead & 0xf0) === 0xe0 ? 3 : (lead & 0xf8) === 0xf0 ? 4 : 1;
    const part = bytes.subarray(i, Math.min(i + size, bytes.length));
    const isValid = part.length === size && (lead < 0x80 || (size > 1 && !part.toString('utf8').includes('\ufffd')));
    const isReplacement = size === 3 && part.equals(Buffer.from([0xef, 0xbf, 0xbd]));
    if (!isValid && !isReplacement) return [...part].map((byte) => `0x${byte.toString(16).padStart(2, '0')}`).join(' ');
    i += size;
  }
  return null;
}

export const text: TypeBehaviour = {
  input: (value) => value,
  output: identity,
  receive: decodeText,
  send: (datum) => Buffer.from(datum as string, 'utf8'),
  compare,
  hashKey: identity,
};

function lengthTypmod(type: string, modifiers: readonly string[]): number {
  if (modifiers.length !== 1) throw invalidParameter('invalid type modifier');
  const length = Number(modifiers[0]);
  if (length < 1) throw invalidParameter(`length for type ${type} must be at least 1`);
  if (length > 10485760) throw invalidParameter(`length for type ${type} cannot exceed 10485760`);
  return length + 4;
}

const lengthText = (typmod: number): string => (typmod > 4 ? `(${typmod - 4})` : '');

/** Cuts to `length` characters; what is cut must be spaces unless the cast was explicit. */
function cut(value: string, length: number, isExplicit: boolean, type: string): string {
  if (value.length <= length || characterCount(value) <= length) return value;
  const kept = firstCharacters(value, length);
  if (!isExplicit) {
    for (let i = kept.length; i < value.length; i++)
      if (value.charCodeAt(i) !== 32) throw valueTooLong(`${type}(${length})`);
  }
  return kept;
}

function fitVarchar(datum: Datum, typmod: number, isExplicit: boolean): Datum {
  return typmod < 4 ? datum : cut(datum as string, typmod - 4, isExplicit, 'character varying');
}

export const varchar: TypeBehaviour = {
  ...text,
  input: (value, typmod) => fitVarchar(value, typmod, false),
  receive: (bytes, typmod) => fitVarchar(decodeText(bytes), typmod, false),
  fit: fitVarchar,
  typmodIn: (modifiers) => lengthTypmod('varchar', modifiers),
  typmodOut: lengthText,
};

function fitBpchar(datum: Datum, typmod: number, isExplicit: boolean): Datum {
  if (typmod < 4) return datum;
  const length = typmod - 4;
  const kept = cut(datum as string, length, isExplicit, 'character');
  const missing = length - characterCount(kept);
  return missing > 0 ? kept + ' '.repeat(missing) : kept;
}

/** Without the padding, which has no meaning in a bpchar. */
export function trimPadding(value: string): string {
  let end = value.length;
  while (end > 0 && value.charCodeAt(end - 1) === 32) end--;
  return end === value.length ? value : value.slice(0, end);
}

export const bpchar: TypeBehaviour = {
  ...text,
  input: (value, typmod) => fitBpchar(value, typmod, false),
  receive: (bytes, typmod) => fitBpchar(decodeText(bytes), typmod, false),
  compare: (left, right) => compareText(trimPadding(left as string), trimPadding(right as string)),
  hashKey: (datum) => trimPadding(datum as string),
  fit: fitBpchar,
  typmodIn: (modifiers) => lengthTypmod('char', modifiers),
  typmodOut: lengthText,
};

/** At most 63 bytes, cut between characters. */
export function truncateName(value: string): string {
  if (value.length * 3 <= 63) return value;
  if (Buffer.byteLength(value) <= 63) return value;
  let end = value.length;
  while (Buffer.byteLength(value.slice(0, end)) > 63) end--;
  const last = value.charCodeAt(end - 1);
  return value.slice(0, last >= 0xd800 && last <= 0xdbff ? end - 1 : end);
}

export const name: TypeBehaviour = {
  ...text,
  input: truncateName,
  receive(bytes) {
    if (bytes.length > 63) {
      throw pgError('42622', 'identifier too long', { detail: 'Identifier must be less than 64 characters.' });
    }
    return decodeText(bytes);
  },
};

/**
 * "char": one byte. Differs: bytes above 127 are kept as the Latin-1 character of that code, which a client sees as UTF-8; the real server
 * sends the bare byte. The system catalogs hold ASCII only.
 */
export const char: TypeBehaviour = {
  ...text,
  input: (value) => (value === '' ? '' : String.fromCharCode(Buffer.from(value)[0]!)),
  receive: (bytes) => (bytes.length === 0 || bytes[0] === 0 ? '' : String.fromCharCode(bytes[0]!)),
  send: (datum) => Buffer.from([(datum as string) === '' ? 0 : (datum as string).charCodeAt(0) & 0xff]),
};
