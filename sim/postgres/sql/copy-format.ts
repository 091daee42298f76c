/**
 * The file formats of COPY: text, csv and binary, to and from rows of field texts (bytes for binary).
 * Source: PostgreSQL 15 manual, COPY, "File Formats". Pure: values are converted by the caller.
 */
import { failure, type PgError } from '../errors.ts';

export interface CopyOptions {
  readonly format: 'text' | 'csv' | 'binary';
  readonly delimiter: string;
  readonly nullText: string;
  readonly header: 'none' | 'written' | 'match';
  readonly quote: string;
  readonly escape: string;
  /** Columns by position that are always quoted, never NULL, or NULL even when quoted. */
  readonly forceQuote: readonly boolean[];
  readonly forceNotNull: readonly boolean[];
  readonly forceNull: readonly boolean[];
}

const BINARY_SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1');

const bad = (message: string): PgError => failure('22P04', message);

const ESCAPES: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };

/** One row of text format, without the line's end. */
export function textLine(fields: readonly (string | null)[], options: CopyOptions): string {
  return fields
    .map((field) => (field === null ? options.nullText : escaped(field, options.delimiter)))
    .join(options.delimiter);
}

function escaped(field: string, delimiter: string): string {
  let text = '';
  for (const character of field) {
    const at = '\b\f\n\r\t\v'.indexOf(character);
    if (at >= 0) text += `\\${'bfnrtv'[at]}`;
    else text += character === '\\' || character === delimiter ? `\\${character}` : character;
  }
  return text;
}

/** One row of csv, without the line's end. */
export function csvLine(fields: readonly (string | null)[], options: CopyOptions): string {
  const { delimiter, quote, nullText } = options;
  const escaping = options.escape;
  return fields
    .map((field, index) => {
      if (field === null) return nullText;
      const isAlone = fields.length === 1 && field === '\\.';
      const needsQuote =
        options.forceQuote[index] === true ||
        field === nullText ||
        isAlone ||
        [delimiter, quote, '\n', '\r'].some((part) => field.includes(part));
      if (!needsQuote) return field;
      const inside = [...field]
        .map((character) => (character === quote || character === escaping ? escaping + character : character))
        .join('');
      return quote + inside + quote;
    })
    .join(delimiter);
}

export function binaryHeader(): Buffer {
  return Buffer.concat([BINARY_SIGNATURE, Buffer.alloc(8)]);
}

export function binaryRow(fields: readonly (Buffer | null)[]): Buffer {
  const count = Buffer.alloc(2);
  count.writeInt16BE(fields.length);
  const parts: Buffer[] = [count];
  for (const field of fields) {
    const length = Buffer.alloc(4);
    length.writeInt32BE(field === null ? -1 : field.length);
    parts.push(length);
    if (field !== null) parts.push(field);
  }
  return Buffer.concat(parts);
}

export function binaryTrailer(): Buffer {
  return Buffer.from([0xff, 0xff]);
}

export interface CopiedRow {
  /** From 1; a row of csv may span lines and has the number of its last. */
  readonly line: number;
  readonly text: string;
  readonly fields: readonly (string | null)[];
}

/** Lines of text format up to `\.`. */
export function* readText(data: string, options: CopyOptions): IterableIterator<CopiedRow> {
  const newline = /\r\n|\n|\r/.exec(data)?.[0] ?? '\n';
  const lines = data.split(newline);
  if (lines.at(-1) === '') lines.pop();
  for (let index = 0; index < lines.length; index++) {
    // A line that ends in a backslash goes on after the newline.
    let text = lines[index]!;
    while (/(?:^|[^\\])(?:\\\\)*\\$/.test(text) && index + 1 < lines.length)
      text = `${text}${newline}${lines[++index]!}`;
    if (text === '\\.') return;
    yield { line: index + 1, text, fields: textFields(text, options) };
  }
}

function textFields(line: string, options: CopyOptions): (string | null)[] {
  const fields: (string | null)[] = [];
  const { delimiter, nullText } = options;
  let value = '';
  let start = 0;
  const close = (end: number): void => {
    fields.push(line.slice(start, end) === nullText ? null : value);
    value = '';
    start = end + 1;
  };
  for (let index = 0; index < line.length; index++) {
    const character = line[index]!;
    if (character === delimiter) close(index);
    else if (character === '\\' && index + 1 < line.length) {
      const next = line[++index]!;
      const octal = /^[0-7]{1,3}/.exec(line.slice(index, index + 3))?.[0];
      const hex = next === 'x' ? /^[0-9a-fA-F]{1,2}/.exec(line.slice(index + 1, index + 3))?.[0] : undefined;
      if (octal !== undefined) {
        value += String.fromCharCode(Number.parseInt(octal, 8) & 0xff);
        index += octal.length - 1;
      } else if (hex !== undefined) {
        value += String.fromCharCode(Number.parseInt(hex, 16));
        index += hex.length;
      } else value += ESCAPES[next] ?? next;
    } else value += character;
  }
  close(line.length);
  return fields;
}

/** Records of csv up to `\.` on a line of its own. */
export function* readCsv(data: string, options: CopyOptions): IterableIterator<CopiedRow> {
  const { delimiter, quote, nullText } = options;
  const escaping = options.escape;
  let at = 0;
  let line = 0;
  while (at < data.length) {
    const begin = at;
    line += 1;
    const fields: (string | null)[] = [];
    let value = '';
    let wasQuoted = false;
    let isQuoted = false;
    const close = (): void => {
      const index = fields.length;
      const isNull =
        value === nullText && (!wasQuoted || options.forceNull[index] === true) && options.forceNotNull[index] !== true;
      fields.push(isNull ? null : value);
      value = '';
      wasQuoted = false;
    };
    for (;;) {
      const character = data[at];
      if (character === undefined) {
        if (isQuoted) throw bad('unterminated CSV quoted field');
        break;
      }
      if (isQuoted) {
        if (character === escaping && (data[at + 1] === quote || (data[at + 1] === escaping && escaping !== quote))) {
          value += data[at + 1];
          at += 2;
          continue;
        }
        if (character === quote) isQuoted = false;
        else {
          if (character === '\n') line += 1;
          value += character;
        }
        at += 1;
        continue;
      }
      if (character === quote) {
        isQuoted = true;
        wasQuoted = true;
      } else if (character === delimiter) close();
      else if (character === '\n' || character === '\r') break;
      else value += character;
      at += 1;
    }
    const text = data.slice(begin, at);
    if (data[at] === '\r') at += 1;
    if (data[at] === '\n') at += 1;
    if (text === '\\.') return;
    close();
    yield { line, text, fields };
  }
}

/** Rows of binary format. */
export function* readBinary(data: Buffer): IterableIterator<readonly (Buffer | null)[]> {
  if (!data.subarray(0, BINARY_SIGNATURE.length).equals(BINARY_SIGNATURE))
    throw bad('COPY file signature not recognized');
  let at = BINARY_SIGNATURE.length;
  if (data.length < at + 8) throw bad('invalid COPY file header (missing flags)');
  at += 8 + data.readInt32BE(at + 4);
  for (;;) {
    if (at + 2 > data.length) return;
    const count = data.readInt16BE(at);
    at += 2;
    if (count < 0) return;
    const fields: (Buffer | null)[] = [];
    for (let index = 0; index < count; index++) {
      if (at + 4 > data.length) throw bad('unexpected EOF in COPY data');
      const length = data.readInt32BE(at);
      at += 4;
      if (length < 0) fields.push(null);
      else {
        if (at + length > data.length) throw bad('unexpected EOF in COPY data');
        fields.push(data.subarray(at, at + length));
        at += length;
      }
    }
    yield fields;
  }
}
