/**
 * Parser of JSON text as the server's: RFC 7159 with the server's own error details. It keeps the source span of every value, because type json
 * hands out text verbatim, and turns a tree into the jsonb form when asked.
 */
import type { Json } from './datum.ts';
import { PgError, pgError } from './errors.ts';
import { makeObject } from './jsonb.ts';
import { parseNumeric } from './numeric.ts';
import { isAlpha, isDigit } from './scan.ts';

/** A value of a json text with its span; `value` of a string is decoded, of a number is its text. */
export interface JsonNode {
  readonly kind: 'null' | 'boolean' | 'string' | 'number' | 'array' | 'object';
  readonly start: number;
  readonly end: number;
  readonly value: string;
  readonly keys: readonly string[];
  readonly items: readonly JsonNode[];
}

const none: readonly never[] = [];
/** The server limits recursion by its stack; this is about where its default gives up. */
const depthMax = 6000;

type TokenKind = 'string' | 'number' | 'word' | 'end' | '{' | '}' | '[' | ']' | ',' | ':';

const isWordCharacter = (code: number): boolean => isAlpha(code) || isDigit(code) || code === 95 || code > 127;

class JsonParser {
  readonly #source: string;
  /** False checks strings without decoding escapes, as json_in does: \u0000 is then allowed. */
  readonly #isDecoded: boolean;
  #kind: TokenKind = 'end';
  #start = 0;
  #end = 0;
  #value = '';
  #depth = 0;

  constructor(source: string, isDecoded: boolean) {
    this.#source = source;
    this.#isDecoded = isDecoded;
  }

  parse(): JsonNode {
    this.#next();
    const node = this.#parseValue('Expected JSON value');
    if ((this.#kind as TokenKind) !== 'end') throw this.#expected('Expected end of input');
    return node;
  }

  #parseValue(wanted: string): JsonNode {
    const start = this.#start;
    switch (this.#kind) {
      case 'string':
      case 'number': {
        const kind = this.#kind;
        return this.#leaf(kind, this.#value);
      }
      case 'word': {
        const word = this.#source.slice(this.#start, this.#end);
        if (word === 'true' || word === 'false') return this.#leaf('boolean', word);
        if (word === 'null') return this.#leaf('null', word);
        throw this.#invalidToken();
      }
      case '{':
        return this.#parseObject(start);
      case '[':
        return this.#parseArray(start);
      default:
        throw this.#expected(wanted);
    }
  }

  #leaf(kind: JsonNode['kind'], value: string): JsonNode {
    const node: JsonNode = { kind, start: this.#start, end: this.#end, value, keys: none, items: none };
    this.#next();
    return node;
  }

  #enter(): void {
    this.#depth++;
    if (this.#depth > depthMax) {
      throw pgError('54001', 'stack depth limit exceeded', {
        hint: 'Increase the configuration parameter "max_stack_depth" (currently 2048kB), after ensuring the platform\'s stack depth limit is adequate.',
      });
    }
    this.#next();
  }

  #parseObject(start: number): JsonNode {
    const keys: string[] = [];
    const items: JsonNode[] = [];
    this.#enter();
    if (this.#kind !== '}') {
      for (;;) {
        if (this.#kind !== 'string')
          throw this.#expected(keys.length === 0 ? 'Expected string or "}"' : 'Expected string');
        keys.push(this.#value);
        this.#next();
        if ((this.#kind as TokenKind) !== ':') throw this.#expected('Expected ":"');
        this.#next();
        items.push(this.#parseValue('Expected JSON value'));
        if ((this.#kind as TokenKind) === '}') break;
        if ((this.#kind as TokenKind) !== ',') throw this.#expected('Expected "," or "}"');
        this.#next();
      }
    }
    return this.#close({ kind: 'object', start, end: this.#end, value: '', keys, items });
  }

  #parseArray(start: number): JsonNode {
    const items: JsonNode[] = [];
    this.#enter();
    if (this.#kind !== ']') {
      for (;;) {
        items.push(this.#parseValue('Expected JSON value'));
        if ((this.#kind as TokenKind) === ']') break;
        if ((this.#kind as TokenKind) !== ',') throw this.#expected('Expected "," or "]"');
        this.#next();
      }
    }
    return this.#close({ kind: 'array', start, end: this.#end, value: '', keys: none, items });
  }

  #close(node: JsonNode): JsonNode {
    this.#depth--;
    this.#next();
    return node;
  }

  #next(): void {
    const source = this.#source;
    let at = this.#end;
    while (at < source.length) {
      const code = source.charCodeAt(at);
      if (code !== 32 && code !== 9 && code !== 10 && code !== 13) break;
      at++;
    }
    this.#start = at;
    if (at >= source.length) {
      this.#kind = 'end';
      this.#end = at;
      return;
    }
    const first = source[at]!;
    switch (first) {
      case '{':
      case '}':
      case '[':
      case ']':
      case ',':
      case ':':
        this.#kind = first;
        this.#end = at + 1;
        return;
      case '"':
        this.#string(at);
        return;
      default: {
        const code = source.charCodeAt(at);
        if (code === 45 || isDigit(code)) {
          this.#number(at);
          return;
        }
        let end = at;
        while (end < source.length && isWordCharacter(source.charCodeAt(end))) end++;
        // A character that can begin nothing is a token of its own.
        this.#end = end === at ? at + 1 : end;
        if (end === at) throw this.#invalidToken();
        this.#kind = 'word';
        const word = source.slice(at, end);
        if (word !== 'true' && word !== 'false' && word !== 'null') throw this.#invalidToken();
      }
    }
  }

  #number(start: number): void {
    const source = this.#source;
    let at = start;
    let isBad = false;
    const digits = (): boolean => {
      const from = at;
      while (at < source.length && isDigit(source.charCodeAt(at))) at++;
      return at > from;
    };
    if (source[at] === '-') at++;
    if (source[at] === '0') at++;
    else if (!digits()) isBad = true;
    if (source[at] === '.') {
      at++;
      if (!digits()) isBad = true;
    }
    if (source[at] === 'e' || source[at] === 'E') {
      at++;
      if (source[at] === '+' || source[at] === '-') at++;
      if (!digits()) isBad = true;
    }
    // Letters that follow belong to the broken token.
    while (at < source.length && isWordCharacter(source.charCodeAt(at))) {
      isBad = true;
      at++;
    }
    this.#kind = 'number';
    this.#end = at;
    if (isBad) throw this.#invalidToken();
    this.#value = source.slice(start, at);
  }

  #string(start: number): void {
    const source = this.#source;
    let at = start + 1;
    let run = at;
    let value = '';
    let isHighPending = false;
    for (;;) {
      if (at >= source.length) {
        this.#end = at;
        throw this.#invalidToken();
      }
      const code = source.charCodeAt(at);
      if (code === 34) break;
      if (code < 32) {
        this.#end = at;
        throw this.#error(`Character with value 0x${code.toString(16).padStart(2, '0')} must be escaped.`);
      }
      if (code !== 92) {
        if (isHighPending) throw this.#surrogate(at, 'low');
        at++;
        continue;
      }
      value += source.slice(run, at);
      at++;
      if (at >= source.length) {
        this.#end = at;
        throw this.#invalidToken();
      }
      const letter = source[at]!;
      if (letter === 'u') {
        const unit = this.#unicode(at + 1);
        at += 5;
        if (this.#isDecoded) {
          if (unit >= 0xd800 && unit <= 0xdbff) {
            if (isHighPending) throw this.#surrogate(at, 'high');
            isHighPending = true;
          } else if (unit >= 0xdc00 && unit <= 0xdfff) {
            if (!isHighPending) throw this.#surrogate(at, 'low');
            isHighPending = false;
          } else {
            if (isHighPending) throw this.#surrogate(at, 'low');
            if (unit === 0) throw this.#unsupportedZero(at);
          }
        }
        value += String.fromCharCode(unit);
      } else {
        if (isHighPending) throw this.#surrogate(at, 'low');
        const plain = plainEscapes[letter];
        if (plain === undefined) {
          const character = String.fromCodePoint(source.codePointAt(at)!);
          this.#end = at + character.length;
          throw this.#error(`Escape sequence "\\${character}" is invalid.`);
        }
        value += plain;
        at++;
      }
      run = at;
    }
    if (isHighPending) throw this.#surrogate(at, 'low');
    this.#value = value + source.slice(run, at);
    this.#kind = 'string';
    this.#end = at + 1;
  }

  #unicode(from: number): number {
    let unit = 0;
    for (let i = 0; i < 4; i++) {
      const digit = from + i < this.#source.length ? Number.parseInt(this.#source[from + i]!, 16) : Number.NaN;
      if (Number.isNaN(digit)) {
        this.#end = Math.min(from + i + 1, this.#source.length);
        if (from + i >= this.#source.length) throw this.#invalidToken();
        throw this.#error('"\\u" must be followed by four hexadecimal digits.');
      }
      unit = unit * 16 + digit;
    }
    return unit;
  }

  #surrogate(at: number, which: 'high' | 'low'): PgError {
    this.#end = at;
    return this.#error(
      which === 'high'
        ? 'Unicode high surrogate must not follow a high surrogate.'
        : 'Unicode low surrogate must follow a high surrogate.',
    );
  }

  #unsupportedZero(at: number): PgError {
    this.#end = at;
    return this.#error('\\u0000 cannot be converted to text.', '22P05', 'unsupported Unicode escape sequence');
  }

  #invalidToken(): PgError {
    return this.#error(`Token "${this.#source.slice(this.#start, this.#end)}" is invalid.`);
  }

  #expected(what: string): PgError {
    if (this.#kind === 'end') return this.#error('The input string ended unexpectedly.');
    return this.#error(`${what}, but found "${this.#source.slice(this.#start, this.#end)}".`);
  }

  #error(detail: string, code = '22P02', message = 'invalid input syntax for type json'): PgError {
    return new PgError({ code, message, detail, where: this.#where() });
  }

  /** The line of the error up to the offending token, cut to about fifty bytes as the server does. */
  #where(): string {
    const source = this.#source;
    const before = source.slice(0, this.#end);
    const line = before.split('\n').length;
    const lineStart = before.lastIndexOf('\n') + 1;
    let start = lineStart;
    while (Buffer.byteLength(before.slice(start)) >= 50) {
      const code = source.charCodeAt(start);
      start += code >= 0xd800 && code <= 0xdbff ? 2 : 1;
    }
    // A cut of three characters or fewer saves nothing against the dots.
    if (start - lineStart <= 3) start = lineStart;
    const prefix = start > lineStart ? '...' : '';
    const next = source[this.#end];
    const isMore = this.#kind !== 'end' && next !== undefined && next !== '\n' && next !== '\r';
    return `JSON data, line ${line}: ${prefix}${source.slice(start, this.#end)}${isMore ? '...' : ''}`;
  }
}

const plainEscapes: Record<string, string> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

/** Parses a json text; throws 22P02. Strings are decoded unless the text is only to be checked. */
export function parseJsonText(text: string, isDecoded = true): JsonNode {
  return new JsonParser(text, isDecoded).parse();
}

/** The jsonb tree of a parsed text. */
export function jsonFromNode(node: JsonNode): Json {
  switch (node.kind) {
    case 'null':
      return { kind: 'null' };
    case 'boolean':
      return { kind: 'boolean', value: node.value === 'true' };
    case 'string':
      return { kind: 'string', value: node.value };
    case 'number':
      return { kind: 'number', value: parseNumeric(node.value)! };
    case 'array':
      return { kind: 'array', items: node.items.map(jsonFromNode) };
    case 'object':
      return makeObject(node.keys, node.items.map(jsonFromNode));
  }
}

export function parseJson(text: string): Json {
  return jsonFromNode(parseJsonText(text));
}
