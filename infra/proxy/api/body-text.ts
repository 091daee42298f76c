/**
 * JSON text to a tree, with what Go's `encoding/json` says of text that is none. A body is its first value; what follows is not looked at.
 *
 * A tree, not values: numbers keep their text and objects their repeated keys, because what they become depends on the field that takes
 * them (`body-fields.ts`). Works on latin1 text, a character a byte, as Go's scanner does.
 *
 * Differs: nesting ends at 1,000 levels, not 10,000.
 */
import { apiErrors } from './api-error.ts';

export type BodyNode =
  | { readonly kind: 'null' }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'number'; readonly text: string }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'array'; readonly items: readonly BodyNode[] }
  | { readonly kind: 'object'; readonly entries: readonly (readonly [key: string, value: BodyNode])[] };

const DEPTH_MAX = 1000;
const SPACE = ' \t\r\n';
const ESCAPES = 'bfnrt\\/"';

/** @throws ApiError 400 */
export function readBody(body: Buffer): BodyNode {
  return new BodyReader(body.toString('latin1')).read();
}

class BodyReader {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  read(): BodyNode {
    this.#skipSpace();
    if (this.#at === this.#text.length) throw apiErrors.badRequestBody('EOF');
    return this.#value();
  }

  #value(): BodyNode {
    this.#skipSpace();
    switch (this.#text[this.#at]) {
      case '{':
        return this.#object();
      case '[':
        return this.#array();
      case '"':
        return { kind: 'string', value: this.#string() };
      case 't':
        return this.#literal('true', { kind: 'bool', value: true });
      case 'f':
        return this.#literal('false', { kind: 'bool', value: false });
      case 'n':
        return this.#literal('null', { kind: 'null' });
      default:
        return this.#number();
    }
  }

  #object(): BodyNode {
    const entries: [string, BodyNode][] = [];
    this.#open();
    if (this.#peek() !== '}') {
      for (;;) {
        if (this.#peek() !== '"') throw this.#wrong('looking for beginning of object key string');
        const key = this.#string();
        if (this.#peek() !== ':') throw this.#wrong('after object key');
        this.#at += 1;
        entries.push([key, this.#value()]);
        const after = this.#peek();
        if (after === '}') break;
        if (after !== ',') throw this.#wrong('after object key:value pair');
        this.#at += 1;
      }
    }
    this.#close();
    return { kind: 'object', entries };
  }

  #array(): BodyNode {
    const items: BodyNode[] = [];
    this.#open();
    if (this.#peek() !== ']') {
      for (;;) {
        items.push(this.#value());
        const after = this.#peek();
        if (after === ']') break;
        if (after !== ',') throw this.#wrong('after array element');
        this.#at += 1;
      }
    }
    this.#close();
    return { kind: 'array', items };
  }

  #string(): string {
    const start = this.#at++;
    for (;;) {
      const character = this.#next();
      if (character === '"') break;
      if (character === '\\') this.#escape();
      else if (character < ' ') throw this.#wrongAt(this.#at - 1, 'in string literal');
    }
    const literal = Buffer.from(this.#text.slice(start, this.#at), 'latin1').toString('utf8');
    // Half a surrogate pair becomes U+FFFD on the way through UTF-8.
    return Buffer.from(JSON.parse(literal) as string, 'utf8').toString('utf8');
  }

  #escape(): void {
    const letter = this.#next();
    if (letter === 'u') {
      for (let digit = 0; digit < 4; digit++) {
        if (!/[0-9a-fA-F]/.test(this.#next())) throw this.#wrongAt(this.#at - 1, 'in \\u hexadecimal character escape');
      }
    } else if (!ESCAPES.includes(letter)) throw this.#wrongAt(this.#at - 1, 'in string escape code');
  }

  #literal(word: string, node: BodyNode): BodyNode {
    for (let index = 0; index < word.length; index++) {
      if (this.#next() !== word[index])
        throw this.#wrongAt(this.#at - 1, `in literal ${word} (expecting ${quoted(word[index]!)})`);
    }
    return node;
  }

  #number(): BodyNode {
    const start = this.#at;
    if (this.#text[this.#at] === '-') {
      this.#at += 1;
      if (!isDigit(this.#text[this.#at])) throw this.#wrong('in numeric literal');
    } else if (!isDigit(this.#text[this.#at])) throw this.#wrong('looking for beginning of value');
    if (this.#text[this.#at] === '0') this.#at += 1;
    else this.#digits();
    if (this.#text[this.#at] === '.') {
      this.#at += 1;
      if (!isDigit(this.#text[this.#at])) throw this.#wrong('after decimal point in numeric literal');
      this.#digits();
    }
    if (/[eE]/.test(this.#text[this.#at] ?? '')) {
      this.#at += 1;
      if (/[+-]/.test(this.#text[this.#at] ?? '')) this.#at += 1;
      if (!isDigit(this.#text[this.#at])) throw this.#wrong('in exponent of numeric literal');
      this.#digits();
    }
    return { kind: 'number', text: this.#text.slice(start, this.#at) };
  }

  #digits(): void {
    while (isDigit(this.#text[this.#at])) this.#at += 1;
  }

  #open(): void {
    this.#depth += 1;
    if (this.#depth > DEPTH_MAX) throw this.#wrong('exceeded max depth');
    this.#at += 1;
  }

  #close(): void {
    this.#depth -= 1;
    this.#at += 1;
  }

  #skipSpace(): void {
    while (this.#at < this.#text.length && SPACE.includes(this.#text[this.#at]!)) this.#at += 1;
  }

  /** The next character that is no space, still unread. */
  #peek(): string | undefined {
    this.#skipSpace();
    return this.#text[this.#at];
  }

  #next(): string {
    const character = this.#text[this.#at];
    if (character === undefined) throw apiErrors.badRequestBody('unexpected EOF');
    this.#at += 1;
    return character;
  }

  #wrong(where: string): Error {
    return this.#wrongAt(this.#at, where);
  }

  #wrongAt(at: number, where: string): Error {
    const character = this.#text[at];
    if (character === undefined) return apiErrors.badRequestBody('unexpected EOF');
    return apiErrors.badRequestBody(`invalid character ${quoted(character)} ${where}`);
  }
}

function isDigit(character: string | undefined): boolean {
  return character !== undefined && character >= '0' && character <= '9';
}

/** A byte as Go quotes it. */
function quoted(character: string): string {
  if (character === "'") return "'\\''";
  if (character === '"') return `'"'`;
  const named: Readonly<Record<string, string>> = {
    '\x07': '\\a',
    '\b': '\\b',
    '\f': '\\f',
    '\n': '\\n',
    '\r': '\\r',
    '\t': '\\t',
    '\v': '\\v',
    '\\': '\\\\',
  };
  const name = named[character];
  if (name !== undefined) return `'${name}'`;
  const code = character.charCodeAt(0);
  const isPrintable = (code >= 0x20 && code < 0x7f) || (code > 0xa0 && code !== 0xad);
  if (isPrintable) return `'${character}'`;
  return code < 0x80 ? `'\\x${code.toString(16).padStart(2, '0')}'` : `'\\u${code.toString(16).padStart(4, '0')}'`;
}
