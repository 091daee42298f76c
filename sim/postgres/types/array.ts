/**
 * Arrays of any element type: literal syntax in and out, binary form, order.
 * Order (array_cmp): element by element with null above all and equal to itself, then the number of elements, dimensions, sizes, lower bounds.
 */
import type { TypeBehaviour } from './behaviour.ts';
import type { CallContext, Datum, PgArray, PgType } from './datum.ts';
import { insufficientData, invalidBinary, malformedArray, pgError } from './errors.ts';
import { isSpace } from './scan.ts';

const dimensionsMax = 6;
const itemsMax = 134217727;

export const emptyArray = (elementType: number): PgArray => ({ elementType, dims: [], lower: [], items: [] });

/** A one-dimensional array from 1; an empty list gives the empty array. */
export function arrayOf(elementType: number, items: readonly Datum[]): PgArray {
  return items.length === 0 ? emptyArray(elementType) : { elementType, dims: [items.length], lower: [1], items };
}

export const asArray = (datum: Datum): PgArray => datum as PgArray;

/** Splits a literal into dimensions and element texts (null for an unquoted NULL). */
class LiteralParser {
  readonly #text: string;
  readonly #delimiter: string;
  readonly dims: number[] = [];
  #leafDepth: number | null = null;
  #contents = 0;
  /** Elements at two depths; told when the level around both closes, as the server does. */
  #isUneven = false;
  readonly items: (string | null)[] = [];
  #at = 0;

  constructor(text: string, delimiter: string) {
    this.#text = text;
    this.#delimiter = delimiter;
  }

  /** The server shows the contents without the explicit bounds, once it is past them. */
  fail(detail: string): Error {
    return malformedArray(this.#text.slice(this.#contents), detail);
  }

  #skipSpaces(): void {
    while (this.#at < this.#text.length && isSpace(this.#text.charCodeAt(this.#at))) this.#at++;
  }

  /** Explicit bounds such as [0:2][1:3]=; null when there are none. */
  bounds(): { lower: number[]; sizes: number[] } | null {
    const lower: number[] = [];
    const sizes: number[] = [];
    for (;;) {
      this.#skipSpaces();
      if (this.#text[this.#at] !== '[') break;
      this.#at++;
      if (lower.length >= dimensionsMax) throw tooManyDimensions(lower.length + 1);
      const first = this.#integer();
      if (first === null) throw this.fail('"[" must introduce explicitly-specified array dimensions.');
      let low = 1;
      let high = first;
      if (this.#text[this.#at] === ':') {
        this.#at++;
        low = first;
        const second = this.#integer();
        if (second === null) throw this.fail('Missing array dimension value.');
        high = second;
      }
      if (this.#text[this.#at] !== ']') throw this.fail('Missing "]" after array dimensions.');
      this.#at++;
      if (high < low) throw pgError('2202E', 'upper bound cannot be less than lower bound');
      lower.push(low);
      sizes.push(high - low + 1);
    }
    if (lower.length === 0) return null;
    if (this.#text[this.#at] !== '=') throw this.fail('Missing "=" after array dimensions.');
    this.#at++;
    this.#skipSpaces();
    if (this.#text[this.#at] !== '{') throw this.fail('Array contents must start with "{".');
    return { lower, sizes };
  }

  /** Digits and signs in any mixture, read as C's atoi does. */
  #integer(): number | null {
    const run = /^[0-9+-]+/.exec(this.#text.slice(this.#at));
    if (run === null) return null;
    this.#at += run[0].length;
    return Number.parseInt(run[0], 10) || 0;
  }

  parse(): void {
    this.#skipSpaces();
    if (this.#text[this.#at] !== '{') throw this.fail('Array value must start with "{" or dimension information.');
    this.#contents = this.#at;
    this.#level(0);
    this.#skipSpaces();
    if (this.#at < this.#text.length) throw this.fail('Junk after closing right brace.');
  }

  #level(depth: number): void {
    if (depth >= dimensionsMax) throw tooManyDimensions(depth + 1);
    this.#at++;
    let count = 0;
    this.#skipSpaces();
    // Only the outermost level may be empty.
    if (this.#text[this.#at] === '}' && depth === 0) {
      this.#at++;
      this.#settle(depth, 0);
      return;
    }
    let hasLevels: boolean | null = null;
    for (;;) {
      this.#skipSpaces();
      const next = this.#text[this.#at];
      if (next === undefined) throw this.fail('Unexpected end of input.');
      if (next === '{') {
        if (hasLevels === false) throw this.fail('Unexpected "{" character.');
        hasLevels = true;
        if (this.#leafDepth !== null && this.#leafDepth <= depth) this.#isUneven = true;
        this.#level(depth + 1);
      } else if (next === '}') throw this.fail('Unexpected "}" character.');
      else if (next === this.#delimiter) throw this.fail(`Unexpected "${this.#delimiter}" character.`);
      else {
        if (hasLevels === true) {
          throw this.fail(next === '\\' ? 'Unexpected "\\" character.' : 'Unexpected array element.');
        }
        hasLevels = false;
        if (this.#leafDepth !== null && this.#leafDepth !== depth) this.#isUneven = true;
        else this.#leafDepth = depth;
        this.#element();
      }
      count++;
      this.#skipSpaces();
      const after = this.#text[this.#at];
      if (after === this.#delimiter) {
        this.#at++;
        continue;
      }
      if (after === '}') {
        this.#at++;
        break;
      }
      if (after === undefined) throw this.fail('Unexpected end of input.');
      if (after === '{' || after === '\\') throw this.fail(`Unexpected "${after}" character.`);
      throw this.fail('Unexpected array element.');
    }
    this.#settle(depth, count);
  }

  #mismatch(): Error {
    return this.fail('Multidimensional arrays must have sub-arrays with matching dimensions.');
  }

  #settle(depth: number, count: number): void {
    if (this.#isUneven && depth < (this.#leafDepth ?? 0)) throw this.#mismatch();
    const known = this.dims[depth];
    if (known === undefined) this.dims[depth] = count;
    else if (known !== count) throw this.#mismatch();
  }

  #element(): void {
    const text = this.#text;
    if (text[this.#at] === '"') {
      let value = '';
      this.#at++;
      for (;;) {
        const c = text[this.#at];
        if (c === undefined) throw this.fail('Unexpected end of input.');
        this.#at++;
        if (c === '"') break;
        if (c === '\\') {
          const escaped = text[this.#at];
          if (escaped === undefined) throw this.fail('Unexpected end of input.');
          value += escaped;
          this.#at++;
        } else value += c;
      }
      this.items.push(value);
      return;
    }
    let value = '';
    let solidLength = 0;
    let isEscaped = false;
    for (;;) {
      const c = text[this.#at];
      if (c === undefined) throw this.fail('Unexpected end of input.');
      if (c === this.#delimiter || c === '}') break;
      if (c === '{') throw this.fail('Unexpected "{" character.');
      if (c === '"') throw this.fail('Unexpected array element.');
      this.#at++;
      if (c === '\\') {
        const escaped = text[this.#at];
        if (escaped === undefined) throw this.fail('Unexpected end of input.');
        this.#at++;
        value += escaped;
        isEscaped = true;
        solidLength = value.length;
      } else {
        value += c;
        if (!isSpace(c.charCodeAt(0))) solidLength = value.length;
      }
    }
    value = value.slice(0, solidLength);
    this.items.push(!isEscaped && value.toLowerCase() === 'null' ? null : value);
  }
}

function tooManyDimensions(count: number): Error {
  return pgError('54000', `number of array dimensions (${count}) exceeds the maximum allowed (${dimensionsMax})`);
}

function parseArray(text: string, element: PgType, typmod: number, context: CallContext): PgArray {
  const parser = new LiteralParser(text, element.delimiter);
  const bounds = parser.bounds();
  parser.parse();
  if (bounds !== null) {
    const isSame =
      bounds.sizes.length === parser.dims.length && bounds.sizes.every((size, i) => size === parser.dims[i]);
    if (!isSame) throw malformedArray(text, 'Specified array dimensions do not match array contents.');
  }
  const items = parser.items.map((item) => (item === null ? null : element.input(item, typmod, context)));
  if (items.length === 0) return emptyArray(element.oid);
  return { elementType: element.oid, dims: parser.dims, lower: bounds?.lower ?? parser.dims.map(() => 1), items };
}

function needsQuotes(text: string, delimiter: string): boolean {
  if (text === '' || (text.length === 4 && text.toLowerCase() === 'null')) return true;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 34 || code === 92 || code === 123 || code === 125 || isSpace(code) || text[i] === delimiter)
      return true;
  }
  return false;
}

/** The literal of an array; `show` gives the text of one element. */
export function formatArray(array: PgArray, delimiter: string, show: (item: Datum) => string): string {
  if (array.items.length === 0) return '{}';
  let at = 0;
  const level = (depth: number): string => {
    const size = array.dims[depth]!;
    let text = '{';
    for (let i = 0; i < size; i++) {
      if (i > 0) text += delimiter;
      if (depth + 1 < array.dims.length) text += level(depth + 1);
      else {
        const item = array.items[at++]!;
        if (item === null) text += 'NULL';
        else {
          const shown = show(item);
          text += needsQuotes(shown, delimiter) ? `"${shown.replace(/["\\]/g, '\\$&')}"` : shown;
        }
      }
    }
    return `${text}}`;
  };
  const hasBounds = array.lower.some((bound) => bound !== 1);
  const prefix = hasBounds
    ? `${array.dims.map((size, i) => `[${array.lower[i]}:${array.lower[i]! + size - 1}]`).join('')}=`
    : '';
  return prefix + level(0);
}

function receiveArray(bytes: Buffer, element: PgType, typmod: number, context: CallContext): PgArray {
  if (bytes.length < 12) throw insufficientData();
  const dimensions = bytes.readInt32BE(0);
  if (dimensions < 0) throw invalidBinary(`invalid number of dimensions: ${dimensions}`);
  if (dimensions > dimensionsMax) throw tooManyDimensions(dimensions);
  const flags = bytes.readInt32BE(4);
  if (flags !== 0 && flags !== 1) throw invalidBinary('invalid array flags');
  const elementType = bytes.readUInt32BE(8);
  if (elementType !== element.oid) throw pgError('42804', `wrong element type`);
  const dims: number[] = [];
  const lower: number[] = [];
  let at = 12;
  let count = dimensions === 0 ? 0 : 1;
  for (let i = 0; i < dimensions; i++) {
    if (bytes.length < at + 8) throw insufficientData();
    dims.push(bytes.readInt32BE(at));
    lower.push(bytes.readInt32BE(at + 4));
    count *= dims[i]!;
    at += 8;
  }
  if (count > itemsMax) throw pgError('54000', `array size exceeds the maximum allowed (${itemsMax})`);
  const items: Datum[] = [];
  for (let i = 0; i < count; i++) {
    if (bytes.length < at + 4) throw insufficientData();
    const length = bytes.readInt32BE(at);
    at += 4;
    if (length < 0) {
      items.push(null);
      continue;
    }
    if (bytes.length < at + length) throw insufficientData();
    items.push(element.receive(bytes.subarray(at, at + length), typmod, context));
    at += length;
  }
  return count === 0 ? emptyArray(element.oid) : { elementType: element.oid, dims, lower, items };
}

function sendArray(array: PgArray, element: PgType, context: CallContext): Buffer {
  const head = Buffer.alloc(12 + 8 * array.dims.length);
  head.writeInt32BE(array.dims.length, 0);
  head.writeInt32BE(array.items.includes(null) ? 1 : 0, 4);
  head.writeUInt32BE(element.oid, 8);
  array.dims.forEach((size, i) => {
    head.writeInt32BE(size, 12 + 8 * i);
    head.writeInt32BE(array.lower[i]!, 16 + 8 * i);
  });
  const parts: Buffer[] = [head];
  for (const item of array.items) {
    const length = Buffer.alloc(4);
    const body = item === null ? null : element.send(item, context);
    length.writeInt32BE(body === null ? -1 : body.length);
    parts.push(length);
    if (body !== null) parts.push(body);
  }
  return Buffer.concat(parts);
}

export function compareArrays(left: PgArray, right: PgArray, element: PgType): number {
  const count = Math.min(left.items.length, right.items.length);
  for (let i = 0; i < count; i++) {
    const a = left.items[i]!;
    const b = right.items[i]!;
    if (a === null || b === null) {
      if (a === b) continue;
      return a === null ? 1 : -1;
    }
    const order = element.compare(a, b);
    if (order !== 0) return order;
  }
  if (left.items.length !== right.items.length) return left.items.length - right.items.length;
  if (left.dims.length !== right.dims.length) return left.dims.length - right.dims.length;
  for (let i = 0; i < left.dims.length; i++) if (left.dims[i] !== right.dims[i]) return left.dims[i]! - right.dims[i]!;
  for (let i = 0; i < left.lower.length; i++)
    if (left.lower[i] !== right.lower[i]) return left.lower[i]! - right.lower[i]!;
  return 0;
}

/** A key part that no other value of any length can imitate. */
export function delimitedKey(key: string | number | bigint | boolean): string {
  const text = String(key);
  return `${text.length}:${text}`;
}

/** The behaviour of arrays over an element type, which is looked up late because types refer to each other. */
export function arrayBehaviour(elementType: () => PgType): TypeBehaviour {
  return {
    input: (text, typmod, context) => parseArray(text, elementType(), typmod, context),
    output(datum, context) {
      const element = elementType();
      return formatArray(datum as PgArray, element.delimiter, (item) => element.output(item, context));
    },
    receive: (bytes, typmod, context) => receiveArray(bytes, elementType(), typmod, context),
    send: (datum, context) => sendArray(datum as PgArray, elementType(), context),
    compare: (left, right) => compareArrays(left as PgArray, right as PgArray, elementType()),
    hashKey(datum) {
      const array = datum as PgArray;
      const element = elementType();
      let key = `${array.dims.join('x')}@${array.lower.join(',')}`;
      for (const item of array.items) key += item === null ? '|null' : `|${delimitedKey(element.hashKey(item))}`;
      return key;
    },
    fit(datum, typmod, isExplicit) {
      const array = datum as PgArray;
      if (typmod < 0) return array;
      const element = elementType();
      return {
        ...array,
        items: array.items.map((item) => (item === null ? null : element.fit(item, typmod, isExplicit))),
      };
    },
    typmodIn: (modifiers) => elementType().typmodIn(modifiers),
    typmodOut: (typmod) => elementType().typmodOut(typmod),
  };
}

/** int2vector and oidvector: numbers between spaces, subscripts from 0. */
export function vectorBehaviour(elementType: () => PgType): TypeBehaviour {
  const array = arrayBehaviour(elementType);
  return {
    ...array,
    input(text, _typmod, context) {
      const words = text.split(/[ \t\n\v\f\r]+/).filter((word) => word !== '');
      const element = elementType();
      const items = words.map((word) => element.input(word, -1, context));
      return { elementType: element.oid, dims: [items.length], lower: [0], items };
    },
    output: (datum) => (datum as PgArray).items.join(' '),
  };
}
