/** Functions of text: cutting, padding, searching, quoting, format(). Lengths and positions count characters, not code units. */
import { arrayOf, asArray } from '../types/array.ts';
import type { CallContext, Datum, PgArray } from '../types/datum.ts';
import { invalidParameter, notSimulated, pgError } from '../types/errors.ts';
import { Oid } from '../types/oids.ts';
import { characterCount, firstCharacters } from '../types/scan.ts';
import type { CallSite, Implementation, SetImplementation } from './implementation.ts';
import { isReservedWord } from './keywords.ts';
import { lowerAscii, upperAscii } from './like.ts';

const str = (datum: Datum | undefined): string => datum as string;
const num = (datum: Datum | undefined): number => datum as number;
/** What one allocation of the server can hold. */
const lengthMax = 1073741823;

const tooLong = (): Error => pgError('54000', 'requested length too large');

/** The text of any value, as its output function gives it. */
export function textOf(datum: Datum, type: number, context: CallContext): string {
  return context.types.byOid(type).output(datum, context);
}

/** The text a cast to text gives, which differs from the output function's for boolean and padded characters. */
function castToText(datum: Datum, type: number, context: CallContext): string {
  const base = context.types.baseOf(type);
  if (base === Oid.bool) return datum ? 'true' : 'false';
  return base === Oid.bpchar ? str(datum).replace(/ +$/, '') : textOf(datum, type, context);
}

const isAscii = (text: string): boolean => characterCount(text) === text.length;

function substring(text: string, start: number, length: number | null): string {
  if (length !== null && length < 0) throw pgError('22011', 'negative substring length not allowed');
  const from = Math.max(start, 1) - 1;
  const to = length === null ? Number.POSITIVE_INFINITY : Math.max(from, start + length - 1);
  if (isAscii(text)) return text.slice(from, to);
  return [...text].slice(from, to).join('');
}

function position(text: string, part: string): number {
  const at = text.indexOf(part);
  return at < 0 ? 0 : characterCount(text.slice(0, at)) + 1;
}

function overlay(text: string, replacement: string, start: number, length: number): string {
  if (start <= 0) throw pgError('22011', 'negative substring length not allowed');
  return substring(text, 1, start - 1) + replacement + substring(text, start + length, null);
}

function pad(text: string, length: number, fill: string, isLeft: boolean): string {
  const wanted = Math.max(0, length);
  if (wanted > lengthMax) throw tooLong();
  const have = characterCount(text);
  if (have >= wanted || fill === '') return firstCharacters(text, wanted);
  const units = [...fill];
  let padding = '';
  for (let i = 0; i < wanted - have; i++) padding += units[i % units.length];
  return isLeft ? padding + text : text + padding;
}

function trim(text: string, set: string, isLeft: boolean, isRight: boolean): string {
  const wanted = new Set(set);
  const characters = [...text];
  let start = 0;
  let end = characters.length;
  while (isLeft && start < end && wanted.has(characters[start]!)) start++;
  while (isRight && end > start && wanted.has(characters[end - 1]!)) end--;
  return characters.slice(start, end).join('');
}

function left(text: string, count: number): string {
  return firstCharacters(text, count >= 0 ? count : Math.max(0, characterCount(text) + count));
}

function right(text: string, count: number): string {
  const characters = [...text];
  return characters.slice(count >= 0 ? Math.max(0, characters.length - count) : -count).join('');
}

function initcap(text: string): string {
  let out = '';
  let isInWord = false;
  for (const c of text) {
    out += isInWord ? lowerAscii(c) : upperAscii(c);
    isInWord = /[A-Za-z0-9]/.test(c);
  }
  return out;
}

function translate(text: string, from: string, to: string): string {
  const targets = [...to];
  const map = new Map<string, string>();
  [...from].forEach((c, i) => {
    if (!map.has(c)) map.set(c, targets[i] ?? '');
  });
  let out = '';
  for (const c of text) out += map.get(c) ?? c;
  return out;
}

function splitPart(text: string, separator: string, field: number): string {
  if (field === 0) throw invalidParameter('field position must not be zero');
  if (text === '') return '';
  if (separator === '') return field === 1 || field === -1 ? text : '';
  const parts = text.split(separator);
  return (field > 0 ? parts[field - 1] : parts[parts.length + field]) ?? '';
}

function chr(code: number): string {
  if (code === 0) throw pgError('54000', 'null character not permitted');
  if (code < 0) throw invalidParameter('character number must be positive');
  if (code > 0x10ffff) throw pgError('54000', `requested character too large for encoding: ${code}`);
  if (code >= 0xd800 && code <= 0xdfff) throw pgError('54000', `requested character not valid for encoding: ${code}`);
  return String.fromCodePoint(code);
}

/** quote_ident: quotes what is not a plain lower-case identifier, and what is a keyword other than an unreserved one. */
export function quoteIdent(name: string): string {
  if (/^[a-z_][a-z0-9_]*$/.test(name) && !isReservedWord(name)) return name;
  return `"${name.replaceAll('"', '""')}"`;
}

export function quoteLiteral(text: string): string {
  const body = text.replace(/['\\]/g, '$&$&');
  return text.includes('\\') ? `E'${body}'` : `'${body}'`;
}

/** The arguments of a VARIADIC "any" call from `first` on, with their types; a marked array is spread. */
export function spread(
  args: readonly Datum[],
  site: CallSite,
  first: number,
): { readonly values: readonly Datum[]; readonly types: readonly number[] } | null {
  if (!site.isVariadic) return { values: args.slice(first), types: site.argTypes.slice(first) };
  const array = args[first] as PgArray | null;
  if (array === null) return null;
  return { values: array.items, types: array.items.map(() => array.elementType) };
}

function concat(
  args: readonly Datum[],
  context: CallContext,
  site: CallSite,
  first: number,
  separator: string,
): string | null {
  const rest = spread(args, site, first);
  if (rest === null) return null;
  const parts: string[] = [];
  rest.values.forEach((value, i) => {
    if (value !== null) parts.push(textOf(value, rest.types[i]!, context));
  });
  return parts.join(separator);
}

/** format(): %s, %I, %L with argument numbers and widths. */
function format(args: readonly Datum[], context: CallContext, site: CallSite): string {
  const template = str(args[0]);
  const rest = spread(args, site, 1) ?? { values: [], types: [] };
  let out = '';
  let next = 0;
  let at = 0;
  const take = (index: number): { value: Datum; type: number } => {
    if (index >= rest.values.length) throw invalidParameter('too few arguments for format()');
    return { value: rest.values[index]!, type: rest.types[index]! };
  };
  while (at < template.length) {
    const c = template[at]!;
    if (c !== '%') {
      out += c;
      at++;
      continue;
    }
    at++;
    if (at >= template.length) throw unterminated();
    if (template[at] === '%') {
      out += '%';
      at++;
      continue;
    }
    let explicit: number | null = null;
    const numbered = /^(\d+)\$/.exec(template.slice(at));
    if (numbered !== null) {
      explicit = Number(numbered[1]);
      if (explicit === 0) throw invalidParameter('format specifies argument 0, but arguments are numbered from 1');
      at += numbered[0].length;
    }
    let isLeft = false;
    while (template[at] === '-') {
      isLeft = true;
      at++;
    }
    let width = 0;
    const digits = /^\d+/.exec(template.slice(at));
    if (digits !== null) {
      width = Number(digits[0]);
      at += digits[0].length;
    } else if (template[at] === '*') {
      at++;
      const position = /^(\d+)\$/.exec(template.slice(at));
      let index = next;
      if (position !== null) {
        if (Number(position[1]) === 0)
          throw invalidParameter('format specifies argument 0, but arguments are numbered from 1');
        index = Number(position[1]) - 1;
        at += position[0].length;
      } else next++;
      if (position !== null) next = index + 1;
      const { value, type } = take(index);
      width = value === null ? 0 : Number(textOf(value, type, context));
    }
    if (width < 0) {
      isLeft = true;
      width = -width;
    }
    const kind = template[at];
    if (kind === undefined) throw unterminated();
    if (kind !== 's' && kind !== 'I' && kind !== 'L') {
      throw invalidParameter(
        `unrecognized format() type specifier "${String.fromCodePoint(template.codePointAt(at)!)}"`,
        {
          hint: 'For a single "%" use "%%".',
        },
      );
    }
    at++;
    const index = explicit === null ? next : explicit - 1;
    next = index + 1;
    const { value, type } = take(index);
    let shown: string;
    if (value === null) {
      if (kind === 'I') throw pgError('22004', 'null values cannot be formatted as an SQL identifier');
      shown = kind === 'L' ? 'NULL' : '';
    } else {
      const text = textOf(value, type, context);
      shown = kind === 's' ? text : kind === 'I' ? quoteIdent(text) : quoteLiteral(text);
    }
    const missing = width - characterCount(shown);
    if (missing > 0) shown = isLeft ? shown + ' '.repeat(missing) : ' '.repeat(missing) + shown;
    out += shown;
  }
  return out;
}

const unterminated = (): Error =>
  invalidParameter('unterminated format() type specifier', { hint: 'For a single "%" use "%%".' });

function splitText(text: string, separator: string | null, nullText: string | null): Datum[] {
  if (text === '') return [];
  const parts = separator === null ? [...text] : separator === '' ? [text] : text.split(separator);
  return parts.map((part) => (part === nullText ? null : part));
}

const splitArguments = (a: readonly Datum[]): Datum[] | null =>
  a[0] === null ? null : splitText(str(a[0]), a[1] as string | null, a.length > 2 ? (a[2] as string | null) : null);

function arrayToText(array: PgArray, separator: string, nullText: string | null, context: CallContext): string {
  const element = context.types.byOid(array.elementType);
  const parts: string[] = [];
  for (const item of array.items) {
    if (item !== null) parts.push(element.output(item, context));
    else if (nullText !== null) parts.push(nullText);
  }
  return parts.join(separator);
}

/** parse_ident: the parts of a dotted name. */
function parseIdent(text: string, isStrict: boolean): Datum {
  const parts: string[] = [];
  let at = 0;
  const skip = (): void => {
    while (at < text.length && /[ \t\n\r\f]/.test(text[at]!)) at++;
  };
  const fail = (detail?: string): Error =>
    invalidParameter(
      `string is not a valid identifier: ${quoteForError(text)}`,
      detail === undefined ? undefined : { detail },
    );
  skip();
  let isAfterDot = false;
  for (;;) {
    if (text[at] === '"') {
      let value = '';
      at++;
      for (;;) {
        if (at >= text.length) throw fail('String has unclosed double quotes.');
        if (text[at] === '"') {
          if (text[at + 1] !== '"') break;
          at++;
        }
        value += text[at++];
      }
      at++;
      if (value === '') throw fail('Quoted identifier must not be empty.');
      parts.push(value);
    } else {
      const word = /^[A-Za-z_\u0080-\uffff][A-Za-z0-9_$\u0080-\uffff]*/.exec(text.slice(at));
      if (word === null) {
        if (isAfterDot) throw fail('No valid identifier after ".".');
        throw text[at] === '.' ? fail('No valid identifier before ".".') : fail();
      }
      parts.push(lowerAscii(word[0]));
      at += word[0].length;
    }
    skip();
    if (text[at] === '.') {
      isAfterDot = true;
      at++;
      skip();
      continue;
    }
    if (at >= text.length || !isStrict) break;
    throw fail();
  }
  return arrayOf(Oid.text, parts);
}

const quoteForError = (text: string): string => `"${text}"`;

function unistr(text: string): string {
  return text.replace(
    /\\(?:([0-9a-fA-F]{4})|\+([0-9a-fA-F]{6})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(\\)|)/g,
    (whole, a, b, c, d, e) => {
      if (e !== undefined) return '\\';
      const hex = a ?? b ?? c ?? d;
      if (hex === undefined) {
        throw pgError('42601', 'invalid Unicode escape', {
          hint: 'Unicode escapes must be \\XXXX, \\+XXXXXX, \\uXXXX, or \\UXXXXXXXX.',
        });
      }
      return whole === '' ? '' : String.fromCodePoint(Number.parseInt(hex, 16));
    },
  );
}

const normalForms = new Set(['NFC', 'NFD', 'NFKC', 'NFKD']);
function normalForm(form: string): 'NFC' | 'NFD' | 'NFKC' | 'NFKD' {
  const upper = form.toUpperCase();
  if (!normalForms.has(upper)) throw invalidParameter(`invalid normalization form: ${form}`);
  return upper as 'NFC';
}

const bitLengthOfText: Implementation = (a) => Buffer.byteLength(str(a[0])) * 8;

export const stringFunctions: Record<string, Implementation> = {
  textcat: (a) => str(a[0]) + str(a[1]),
  'sql:textanycat(text,anynonarray)': (a, context, site) => str(a[0]) + castToText(a[1]!, site.argTypes[1]!, context),
  'sql:anytextcat(anynonarray,text)': (a, context, site) => castToText(a[0]!, site.argTypes[0]!, context) + str(a[1]),
  textlen: (a) => characterCount(str(a[0])),
  bpcharlen: (a) => characterCount(str(a[0]).replace(/ +$/, '')),
  textoctetlen: (a) => Buffer.byteLength(str(a[0])),
  bpcharoctetlen: (a) => Buffer.byteLength(str(a[0])),
  'sql:bit_length(text)': bitLengthOfText,
  lower: (a) => lowerAscii(str(a[0])),
  upper: (a) => upperAscii(str(a[0])),
  initcap: (a) => initcap(str(a[0])),
  text_substr: (a) => substring(str(a[0]), num(a[1]), num(a[2])),
  text_substr_no_len: (a) => substring(str(a[0]), num(a[1]), null),
  textpos: (a) => position(str(a[0]), str(a[1])),
  textoverlay: (a) => overlay(str(a[0]), str(a[1]), num(a[2]), num(a[3])),
  textoverlay_no_len: (a) => overlay(str(a[0]), str(a[1]), num(a[2]), characterCount(str(a[1]))),
  lpad: (a) => pad(str(a[0]), num(a[1]), str(a[2]), true),
  rpad: (a) => pad(str(a[0]), num(a[1]), str(a[2]), false),
  'sql:lpad(text,int4)': (a) => pad(str(a[0]), num(a[1]), ' ', true),
  'sql:rpad(text,int4)': (a) => pad(str(a[0]), num(a[1]), ' ', false),
  btrim: (a) => trim(str(a[0]), str(a[1]), true, true),
  btrim1: (a) => trim(str(a[0]), ' ', true, true),
  ltrim: (a) => trim(str(a[0]), str(a[1]), true, false),
  ltrim1: (a) => trim(str(a[0]), ' ', true, false),
  rtrim: (a) => trim(str(a[0]), str(a[1]), false, true),
  text_left: (a) => left(str(a[0]), num(a[1])),
  text_right: (a) => right(str(a[0]), num(a[1])),
  text_reverse: (a) => [...str(a[0])].reverse().join(''),
  repeat: (a) => {
    if (str(a[0]).length * Math.max(0, num(a[1])) > lengthMax) throw tooLong();
    return str(a[0]).repeat(Math.max(0, num(a[1])));
  },
  replace_text: (a) => (str(a[1]) === '' ? str(a[0]) : str(a[0]).replaceAll(str(a[1]), () => str(a[2]))),
  translate: (a) => translate(str(a[0]), str(a[1]), str(a[2])),
  split_part: (a) => splitPart(str(a[0]), str(a[1]), num(a[2])),
  text_starts_with: (a) => str(a[0]).startsWith(str(a[1])),
  ascii: (a) => str(a[0]).codePointAt(0) ?? 0,
  chr: (a) => chr(num(a[0])),
  to_hex32: (a) => (num(a[0]) >>> 0).toString(16),
  to_hex64: (a) => BigInt.asUintN(64, a[0] as bigint).toString(16),
  quote_ident: (a) => quoteIdent(str(a[0])),
  quote_literal: (a) => quoteLiteral(str(a[0])),
  quote_nullable: (a) => (a[0] === null ? 'NULL' : quoteLiteral(str(a[0]))),
  'sql:quote_literal(anyelement)': (a, context, site) => quoteLiteral(castToText(a[0]!, site.argTypes[0]!, context)),
  'sql:quote_nullable(anyelement)': (a, context, site) =>
    a[0] === null ? 'NULL' : quoteLiteral(castToText(a[0]!, site.argTypes[0]!, context)),
  text_concat: (a, context, site) => concat(a, context, site, 0, ''),
  text_concat_ws: (a, context, site) => (a[0] === null ? null : concat(a, context, site, 1, str(a[0]))),
  text_format: (a, context, site) => (a[0] === null ? null : format(a, context, site)),
  text_format_nv: (a, context, site) => (a[0] === null ? null : format(a, context, site)),
  text_to_array: (a) => {
    const parts = splitArguments(a);
    return parts === null ? null : arrayOf(Oid.text, parts);
  },
  text_to_array_null: (a) => {
    const parts = splitArguments(a);
    return parts === null ? null : arrayOf(Oid.text, parts);
  },
  array_to_text: (a, context) => arrayToText(asArray(a[0]!), str(a[1]), null, context),
  array_to_text_null: (a, context) =>
    a[0] === null || a[1] === null ? null : arrayToText(asArray(a[0]!), str(a[1]), a[2] as string | null, context),
  parse_ident: (a) => parseIdent(str(a[0]), a[1] as boolean),
  unistr: (a) => unistr(str(a[0])),
  unicode_normalize_func: (a) => str(a[0]).normalize(normalForm(str(a[1]))),
  unicode_is_normalized: (a) => str(a[0]) === str(a[0]).normalize(normalForm(str(a[1]))),
  to_ascii_default: () => {
    throw notSimulated('function to_ascii(text)');
  },
  nameconcatoid: (a) => `${str(a[0]).slice(0, 63 - String(a[1]).length - 1)}_${a[1]}`,
};

export const stringSets: Record<string, SetImplementation> = {
  text_to_table: (a) => splitArguments(a) ?? [],
  text_to_table_null: (a) => splitArguments(a) ?? [],
};
