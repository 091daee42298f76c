/**
 * real and double precision: shortest exact output as extra_float_digits >= 1 gives, IEEE order with NaN above everything and equal to itself.
 * A float4 datum is always a number that survives Math.fround.
 */
import type { TypeBehaviour } from './behaviour.ts';
import type { CallContext, Datum } from './datum.ts';
import { insufficientData, invalidInput, pgError } from './errors.ts';
import { trimSpaces } from './scan.ts';

const decimal = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
const hexadecimal = /^([+-]?)0[xX]([0-9a-fA-F]*)\.?([0-9a-fA-F]*)(?:[pP]([+-]?\d+))?$/;
const words: Record<string, number> = {
  nan: Number.NaN,
  '+nan': Number.NaN,
  '-nan': Number.NaN,
  inf: Number.POSITIVE_INFINITY,
  '+inf': Number.POSITIVE_INFINITY,
  '-inf': Number.NEGATIVE_INFINITY,
  infinity: Number.POSITIVE_INFINITY,
  '+infinity': Number.POSITIVE_INFINITY,
  '-infinity': Number.NEGATIVE_INFINITY,
};

/** A float from text; `type` is `double precision` or `real`. */
export function parseFloatText(text: string, type: 'double precision' | 'real'): number {
  const trimmed = trimSpaces(text);
  let value: number;
  if (decimal.test(trimmed)) value = Number(trimmed);
  else {
    const word = words[trimmed.toLowerCase()];
    if (word !== undefined) return word;
    const hex = hexadecimal.exec(trimmed);
    if (hex === null || `${hex[2]}${hex[3]}` === '') {
      // The size of the number in front is judged before what follows it.
      const prefix = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?/.exec(trimmed);
      if (prefix !== null && prefix[0] !== trimmed) parseFloatText(prefix[0], type);
      throw invalidInput(type, text);
    }
    const digits = `${hex[2]}${hex[3]}`;
    value = Number(BigInt(`0x${digits}`)) * 2 ** (Number(hex[4] ?? 0) - 4 * (hex[3] ?? '').length);
    if (hex[1] === '-') value = -value;
  }
  const result = type === 'real' ? Math.fround(value) : value;
  const isUnderflow = result === 0 && /[1-9]/.test(trimmed.replace(/[eE].*$/, ''));
  if (!Number.isFinite(result) || isUnderflow) throw pgError('22003', `"${trimmed}" is out of range for type ${type}`);
  return result;
}

/** Significant digits and the decimal exponent of the first one, from an `e` notation such as 1.25e+3. */
function split(notation: string): { digits: string; exponent: number } {
  const at = notation.indexOf('e');
  return { digits: notation.slice(0, at).replace('.', ''), exponent: Number(notation.slice(at + 1)) };
}

function join(sign: string, digits: string, exponent: number, exponentMax: number): string {
  if (exponent < -4 || exponent >= exponentMax) {
    const mantissa = digits.length === 1 ? digits : `${digits[0]}.${digits.slice(1)}`;
    const size = Math.abs(exponent);
    return `${sign}${mantissa}e${exponent < 0 ? '-' : '+'}${size < 10 ? '0' : ''}${size}`;
  }
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  if (digits.length <= exponent + 1) return `${sign}${digits}${'0'.repeat(exponent + 1 - digits.length)}`;
  return `${sign}${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`;
}

function special(value: number): string | null {
  if (Number.isNaN(value)) return 'NaN';
  if (value === Number.POSITIVE_INFINITY) return 'Infinity';
  if (value === Number.NEGATIVE_INFINITY) return '-Infinity';
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  return null;
}

/** C's `%.<precision>g`. */
export function formatGeneral(value: number, precision: number): string {
  const word = special(value);
  if (word !== null) return word;
  const { digits, exponent } = split(Math.abs(value).toExponential(precision - 1));
  const trimmed = digits.replace(/0+$/, '');
  return join(value < 0 ? '-' : '', trimmed === '' ? '0' : trimmed, exponent, precision);
}

export function formatFloat8(value: number, extraFloatDigits: number): string {
  if (extraFloatDigits <= 0) return formatGeneral(value, Math.max(1, 15 + extraFloatDigits));
  const word = special(value);
  if (word !== null) return word;
  const { digits, exponent } = split(Math.abs(value).toExponential());
  return join(value < 0 ? '-' : '', digits, exponent, 15);
}

export function formatFloat4(value: number, extraFloatDigits: number): string {
  if (extraFloatDigits <= 0) return formatGeneral(value, Math.max(1, 6 + extraFloatDigits));
  const word = special(value);
  if (word !== null) return word;
  const size = Math.abs(value);
  let notation = '';
  for (let precision = 0; precision < 9; precision++) {
    notation = size.toExponential(precision);
    if (Math.fround(Number(notation)) === size) break;
  }
  const { digits, exponent } = split(notation);
  return join(value < 0 ? '-' : '', digits, exponent, 6);
}

/** NaN is above everything and equal to NaN. */
export function compareFloat(left: Datum, right: Datum): number {
  const a = left as number;
  const b = right as number;
  if (a < b) return -1;
  if (a > b) return 1;
  if (a === b) return 0;
  const isNaNa = Number.isNaN(a);
  return isNaNa === Number.isNaN(b) ? 0 : isNaNa ? 1 : -1;
}

/** One key for both zeros, and one for NaN. */
const hashKey = (datum: Datum): number | string => (datum === 0 ? 0 : Number.isNaN(datum) ? 'NaN' : (datum as number));

export const float8: TypeBehaviour = {
  input: (text) => parseFloatText(text, 'double precision'),
  output: (datum, context: CallContext) => formatFloat8(datum as number, context.extraFloatDigits),
  receive(bytes) {
    if (bytes.length < 8) throw insufficientData();
    return bytes.readDoubleBE(0);
  },
  send(datum) {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleBE(datum as number);
    return bytes;
  },
  compare: compareFloat,
  hashKey,
};

export const float4: TypeBehaviour = {
  input: (text) => parseFloatText(text, 'real'),
  output: (datum, context: CallContext) => formatFloat4(datum as number, context.extraFloatDigits),
  receive(bytes) {
    if (bytes.length < 4) throw insufficientData();
    return bytes.readFloatBE(0);
  },
  send(datum) {
    const bytes = Buffer.alloc(4);
    bytes.writeFloatBE(datum as number);
    return bytes;
  },
  compare: compareFloat,
  hashKey,
};
