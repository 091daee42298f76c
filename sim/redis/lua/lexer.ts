/**
 * Lua 5.1 tokens from a byte string, with llex.c's rules and error texts.
 *
 * 5.1's rules differ from later ones where programs can tell: `goto` is a name and an unknown escape such as `\x` stands for its letter.
 * Stock 5.1 refuses `[[` inside a level-0 long string; Redis with the fix of CVE-2025-46819 does not.
 */

import { LuaCompileError } from './error.ts';
import { parseNumber } from './value.ts';

export type TokenType = 'name' | 'string' | 'number' | 'eof' | 'symbol';

const RESERVED = new Set([
  'and',
  'break',
  'do',
  'else',
  'elseif',
  'end',
  'false',
  'for',
  'function',
  'if',
  'in',
  'local',
  'nil',
  'not',
  'or',
  'repeat',
  'return',
  'then',
  'true',
  'until',
  'while',
]);

const NEWLINE = 10;
const RETURN = 13;
const BACKSLASH = 92;
const EQUALS = 61;
const OPEN_BRACKET = 91;
const CLOSE_BRACKET = 93;
const EOZ = -1;

const SIMPLE_ESCAPES: Record<string, string> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function isNameStart(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95;
}

/** One token ahead of the parser; `next` moves on. */
export class Lexer {
  /** `symbol` covers operators and reserved words; the text is then the token itself. */
  type: TokenType = 'eof';
  /** The token's text; of a string, its value. */
  text = '';
  number = 0;
  /** Line of the current token's end. */
  line = 1;
  /** Line of the token before. */
  lastLine = 1;
  /** The token as error messages show it. */
  shown = '<eof>';
  private position = 0;
  private readonly source: string;
  private readonly chunk: string;
  private ahead: { type: TokenType; text: string; number: number; shown: string } | undefined = undefined;

  constructor(source: string, chunk: string) {
    this.source = source;
    this.chunk = chunk;
  }

  /** Moves to the next token. */
  next(): void {
    this.lastLine = this.line;
    if (this.ahead !== undefined) {
      this.type = this.ahead.type;
      this.text = this.ahead.text;
      this.number = this.ahead.number;
      this.shown = this.ahead.shown;
      this.ahead = undefined;
    } else {
      this.scan();
    }
  }

  /** Whether the token after the current one is this symbol. */
  isFollowedBy(symbol: string): boolean {
    if (this.ahead === undefined) {
      const { type, text, number, shown } = this;
      this.scan();
      this.ahead = { type: this.type, text: this.text, number: this.number, shown: this.shown };
      this.type = type;
      this.text = text;
      this.number = number;
      this.shown = shown;
    }
    return this.ahead.type === 'symbol' && this.ahead.text === symbol;
  }

  /** Whether the current token is this operator or reserved word. */
  is(symbol: string): boolean {
    return this.type === 'symbol' && this.text === symbol;
  }

  /** A syntax error at the current token. */
  syntaxError(message: string): never {
    this.fail(message, this.shown);
  }

  /** An error at the current line; `near` absent: no token is shown. */
  fail(message: string, near?: string): never {
    const text = `${this.chunk}:${this.line}: ${message}`;
    throw new LuaCompileError(near === undefined ? text : `${text} near '${cString(near)}'`);
  }

  private peek(offset = 0): number {
    const at = this.position + offset;
    return at < this.source.length ? this.source.charCodeAt(at) : EOZ;
  }

  private skipNewline(): void {
    const old = this.peek();
    this.position++;
    const other = this.peek();
    if ((other === NEWLINE || other === RETURN) && other !== old) this.position++;
    this.line++;
  }

  private symbol(text: string): undefined {
    this.type = 'symbol';
    this.text = text;
    this.shown = text;
    this.position += text.length;
  }

  private scan(): undefined {
    for (;;) {
      const code = this.peek();
      switch (code) {
        case NEWLINE:
        case RETURN:
          this.skipNewline();
          continue;
        case 45: // -
          if (this.peek(1) !== 45) return this.symbol('-');
          this.position += 2;
          this.skipComment();
          continue;
        case OPEN_BRACKET: {
          const level = this.bracketLevel(OPEN_BRACKET);
          if (level >= 0) {
            this.text = this.longText(level, 'string');
            this.type = 'string';
            return;
          }
          if (level === -1) return this.symbol('[');
          return this.fail('invalid long string delimiter', this.source.slice(this.position, this.position - level));
        }
        case EQUALS:
          return this.symbol(this.peek(1) === EQUALS ? '==' : '=');
        case 60: // <
          return this.symbol(this.peek(1) === EQUALS ? '<=' : '<');
        case 62: // >
          return this.symbol(this.peek(1) === EQUALS ? '>=' : '>');
        case 126: // ~
          return this.symbol(this.peek(1) === EQUALS ? '~=' : '~');
        case 34:
        case 39:
          this.quoted(code);
          return;
        case 46: // .
          if (this.peek(1) === 46) return this.symbol(this.peek(2) === 46 ? '...' : '..');
          if (!isDigit(this.peek(1))) return this.symbol('.');
          this.numeral();
          return;
        case EOZ:
          this.type = 'eof';
          this.text = '<eof>';
          this.shown = '<eof>';
          return;
        default:
          if (code === 32 || (code >= 9 && code <= 12)) {
            this.position++;
            continue;
          }
          if (isDigit(code)) {
            this.numeral();
            return;
          }
          if (isNameStart(code)) {
            this.name();
            return;
          }
          this.type = 'symbol';
          this.text = this.source[this.position]!;
          this.shown = code < 32 || code === 127 ? `char(${code})` : this.text;
          this.position++;
          return;
      }
    }
  }

  private name(): void {
    const start = this.position;
    let code = this.peek();
    while (isNameStart(code) || isDigit(code)) {
      this.position++;
      code = this.peek();
    }
    this.text = this.source.slice(start, this.position);
    this.shown = this.text;
    this.type = RESERVED.has(this.text) ? 'symbol' : 'name';
  }

  private numeral(): void {
    const start = this.position;
    while (isDigit(this.peek()) || this.peek() === 46) this.position++;
    if (this.peek() === 69 || this.peek() === 101) {
      this.position++;
      if (this.peek() === 43 || this.peek() === 45) this.position++;
    }
    while (isNameStart(this.peek()) || isDigit(this.peek())) this.position++;
    const text = this.source.slice(start, this.position);
    const value = parseNumber(text);
    if (value === undefined) this.fail('malformed number', text);
    this.type = 'number';
    this.number = value;
    this.text = text;
    this.shown = text;
  }

  /** After `--`. */
  private skipComment(): void {
    if (this.peek() === OPEN_BRACKET) {
      const level = this.bracketLevel(OPEN_BRACKET);
      if (level >= 0) {
        this.longText(level, 'comment');
        return;
      }
    }
    while (this.peek() !== NEWLINE && this.peek() !== RETURN && this.peek() !== EOZ) this.position++;
  }

  /** Level n of a long bracket at the current position; -1: a plain bracket; -(k+1): a bracket and k `=` without the second one. */
  private bracketLevel(bracket: number): number {
    let count = 0;
    while (this.peek(1 + count) === EQUALS) count++;
    return this.peek(1 + count) === bracket ? count : -count - 1;
  }

  private longText(level: number, what: 'string' | 'comment'): string {
    const begin = this.position;
    this.position += level + 2;
    const first = this.peek();
    if (first === NEWLINE || first === RETURN) this.skipNewline();
    let value = '';
    for (;;) {
      const code = this.peek();
      switch (code) {
        case EOZ:
          return this.fail(`unfinished long ${what}`, '<eof>');
        case CLOSE_BRACKET:
          if (this.bracketLevel(CLOSE_BRACKET) === level) {
            this.position += level + 2;
            this.shown = this.source.slice(begin, this.position);
            return value;
          }
          value += ']';
          this.position++;
          break;
        case NEWLINE:
        case RETURN:
          value += '\n';
          this.skipNewline();
          break;
        default: {
          const start = this.position;
          let end = start + 1;
          for (; end < this.source.length; end++) {
            const c = this.source.charCodeAt(end);
            if (c === CLOSE_BRACKET || c === NEWLINE || c === RETURN) break;
          }
          value += this.source.slice(start, end);
          this.position = end;
        }
      }
    }
  }

  private quoted(delimiter: number): void {
    const quote = String.fromCharCode(delimiter);
    this.position++;
    let value = '';
    for (;;) {
      const code = this.peek();
      if (code === delimiter) break;
      if (code === EOZ) this.fail('unfinished string', '<eof>');
      if (code === NEWLINE || code === RETURN) this.fail('unfinished string', quote + value);
      this.position++;
      if (code !== BACKSLASH) value += String.fromCharCode(code);
      else value += this.escape(quote + value);
    }
    this.position++;
    this.type = 'string';
    this.text = value;
    this.shown = quote + value + quote;
  }

  /** After a backslash. */
  private escape(before: string): string {
    const code = this.peek();
    if (code === EOZ) return '';
    if (code === NEWLINE || code === RETURN) {
      this.skipNewline();
      return '\n';
    }
    if (!isDigit(code)) {
      this.position++;
      const letter = String.fromCharCode(code);
      return Object.hasOwn(SIMPLE_ESCAPES, letter) ? SIMPLE_ESCAPES[letter]! : letter;
    }
    let value = 0;
    for (let i = 0; i < 3 && isDigit(this.peek()); i++) {
      value = value * 10 + this.peek() - 48;
      this.position++;
    }
    if (value > 255) this.fail('escape sequence too large', before);
    return String.fromCharCode(value);
  }
}

/** What C shows of a byte string: all up to the first zero. */
function cString(text: string): string {
  const end = text.indexOf('\0');
  return end < 0 ? text : text.slice(0, end);
}
