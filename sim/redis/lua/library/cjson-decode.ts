/**
 * `cjson.decode`: JSON text to Lua values, with lua-cjson's leniency (hexadecimal, inf, nan) and its error texts.
 *
 * As in C the text ends at the first zero byte, wherever the string ends.
 */
import { type LuaError, nativeError } from '../error.ts';
import { LuaTable } from '../table.ts';
import { type LuaUserdata, type LuaValue, parseNumber } from '../value.ts';
import type { CjsonSettings } from './cjson-encode.ts';

type TokenType =
  | 'object begin'
  | 'object end'
  | 'array begin'
  | 'array end'
  | 'comma'
  | 'colon'
  | 'the end'
  | 'string'
  | 'number'
  | 'boolean'
  | 'null'
  | 'error';

/** Names in error texts. */
const SHOWN: Record<TokenType, string> = {
  'object begin': 'T_OBJ_BEGIN',
  'object end': 'T_OBJ_END',
  'array begin': 'T_ARR_BEGIN',
  'array end': 'T_ARR_END',
  comma: 'T_COMMA',
  colon: 'T_COLON',
  'the end': 'T_END',
  string: 'T_STRING',
  number: 'T_NUMBER',
  boolean: 'T_BOOLEAN',
  null: 'T_NULL',
  error: 'T_ERROR',
};

const PUNCTUATION: ReadonlyMap<number, TokenType> = new Map([
  [123, 'object begin'],
  [125, 'object end'],
  [91, 'array begin'],
  [93, 'array end'],
  [44, 'comma'],
  [58, 'colon'],
]);

const ESCAPED: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ['\\', '\\'],
  ['/', '/'],
  ['b', '\b'],
  ['t', '\t'],
  ['n', '\n'],
  ['f', '\f'],
  ['r', '\r'],
]);

/** What `strtod` takes from the start of a text. */
const NUMBER =
  /[+-]?(?:0[xX](?:[0-9a-fA-F]+\.?[0-9a-fA-F]*|\.[0-9a-fA-F]+)(?:[pP][+-]?\d+)?|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[iI][nN][fF](?:[iI][nN][iI][tT][yY])?|[nN][aA][nN](?:\([0-9A-Za-z_]*\))?)/y;

class JsonParser {
  private at = 0;
  private type: TokenType = 'error';
  private index = 0;
  private value: LuaValue = undefined;
  private problem = '';
  private depth = 0;
  private readonly text: string;
  private readonly settings: CjsonSettings;
  private readonly nullValue: LuaUserdata;

  constructor(text: string, settings: CjsonSettings, nullValue: LuaUserdata) {
    this.text = text;
    this.settings = settings;
    this.nullValue = nullValue;
  }

  parse(): LuaValue {
    this.next();
    const value = this.process();
    this.next();
    if (this.type !== 'the end') throw this.unexpected('the end');
    return value;
  }

  private unexpected(wanted: string): LuaError {
    const found = this.type === 'error' ? this.problem : SHOWN[this.type];
    return nativeError(`Expected ${wanted} but found ${found} at character ${this.index + 1}`);
  }

  private fail(problem: string): undefined {
    this.type = 'error';
    this.index = this.at;
    this.problem = problem;
  }

  /** Byte at an offset from the current one; zero beyond the end. */
  private peek(offset = 0): number {
    const at = this.at + offset;
    return at < this.text.length ? this.text.charCodeAt(at) : 0;
  }

  /** Reads a token; a function result, so that the checker does not hold on to the previous one's type. */
  private advance(): TokenType {
    this.next();
    return this.type;
  }

  private next(): void {
    let code = this.peek();
    while (code === 32 || code === 9 || code === 10 || code === 13) {
      this.at++;
      code = this.peek();
    }
    this.index = this.at;
    if (code === 0) {
      this.type = 'the end';
      return;
    }
    const punctuation = PUNCTUATION.get(code);
    if (punctuation !== undefined) {
      this.type = punctuation;
      this.at++;
      return;
    }
    if (code === 34) this.string();
    else if (code === 45 || (code >= 48 && code <= 57))
      this.number(!this.settings.decodeInvalid && this.isInvalidNumber());
    else this.word(code);
  }

  private word(code: number): void {
    const { text, at } = this;
    if (text.startsWith('true', at)) this.literal('boolean', true, 4);
    else if (text.startsWith('false', at)) this.literal('boolean', false, 5);
    else if (text.startsWith('null', at)) this.literal('null', this.nullValue, 4);
    else if (this.settings.decodeInvalid && 'fiIntN+'.includes(String.fromCharCode(code)) && this.isInvalidNumber()) {
      this.number(false);
    } else {
      this.fail('invalid token');
    }
  }

  private literal(type: TokenType, value: LuaValue, length: number): void {
    this.type = type;
    this.value = value;
    this.at += length;
  }

  /** Numbers that C accepts and JSON does not. */
  private isInvalidNumber(): boolean {
    if (this.peek() === 43) return true;
    const start = this.peek() === 45 ? 1 : 0;
    const code = this.peek(start);
    if (code === 48) {
      const after = this.peek(start + 1);
      return (after | 32) === 120 || (after >= 48 && after <= 57);
    }
    if (code <= 57) return false;
    const word = this.text.substr(this.at + start, 3).toLowerCase();
    return word === 'inf' || word === 'nan';
  }

  private number(isInvalid: boolean): undefined {
    if (isInvalid) return this.fail('invalid number');
    NUMBER.lastIndex = this.at;
    const match = NUMBER.exec(this.text);
    if (match === null) return this.fail('invalid number');
    this.type = 'number';
    this.value = parseNumber(match[0]);
    this.at += match[0].length;
  }

  private string(): undefined {
    const { text } = this;
    let start = ++this.at;
    let value = '';
    for (;;) {
      const code = this.peek();
      if (code === 34) break;
      if (code === 0) return this.fail('unexpected end of string');
      if (code !== 92) {
        this.at++;
        continue;
      }
      value += text.slice(start, this.at);
      if (this.peek(1) === 117) {
        const unicode = this.unicodeEscape();
        if (unicode === undefined) return this.fail('invalid unicode escape code');
        value += unicode;
      } else {
        const escaped = ESCAPED.get(text[this.at + 1] ?? '');
        if (escaped === undefined) return this.fail('invalid escape code');
        value += escaped;
        this.at += 2;
      }
      start = this.at;
    }
    this.value = value + text.slice(start, this.at);
    this.at++;
    this.type = 'string';
  }

  private hex(offset: number): number {
    const digits = this.text.substr(this.at + offset, 4);
    return /^[0-9a-fA-F]{4}$/.test(digits) ? Number.parseInt(digits, 16) : -1;
  }

  private unicodeEscape(): string | undefined {
    let point = this.hex(2);
    if (point < 0) return undefined;
    let length = 6;
    if ((point & 0xf800) === 0xd800) {
      if ((point & 0x400) !== 0 || this.peek(6) !== 92 || this.peek(7) !== 117) return undefined;
      const low = this.hex(8);
      if (low < 0 || (low & 0xfc00) !== 0xdc00) return undefined;
      point = (((point & 0x3ff) << 10) | (low & 0x3ff)) + 0x10000;
      length = 12;
    }
    this.at += length;
    return utf8(point);
  }

  private descend(): void {
    this.depth++;
    if (this.depth > this.settings.decodeDepthMax) {
      throw nativeError(`Found too many nested data structures (${this.depth}) at character ${this.at}`);
    }
  }

  private object(): LuaTable {
    this.descend();
    const table = new LuaTable(0, 0);
    this.next();
    while (this.type !== 'object end') {
      if (this.type !== 'string') throw this.unexpected('object key string');
      const key = this.value;
      if (this.advance() !== 'colon') throw this.unexpected('colon');
      this.next();
      table.set(key, this.process());
      const separator = this.advance();
      if (separator === 'object end') break;
      if (separator !== 'comma') throw this.unexpected('comma or object end');
      // A comma must be followed by a key.
      if (this.advance() !== 'string') throw this.unexpected('object key string');
    }
    this.depth--;
    return table;
  }

  private array(): LuaTable {
    this.descend();
    this.next();
    const values: LuaValue[] = [];
    if (this.type !== 'array end') {
      for (;;) {
        values.push(this.process());
        const separator = this.advance();
        if (separator === 'array end') break;
        if (separator !== 'comma') throw this.unexpected('comma or array end');
        this.next();
      }
    }
    this.depth--;
    return LuaTable.fromList(values);
  }

  private process(): LuaValue {
    switch (this.type) {
      case 'string':
      case 'number':
      case 'boolean':
      case 'null':
        return this.value;
      case 'object begin':
        return this.object();
      case 'array begin':
        return this.array();
      default:
        throw this.unexpected('value');
    }
  }
}

/** A code point as UTF-8 bytes. */
function utf8(point: number): string {
  if (point <= 0x7f) return String.fromCharCode(point);
  if (point <= 0x7ff) return String.fromCharCode((point >> 6) | 0xc0, (point & 0x3f) | 0x80);
  if (point <= 0xffff) {
    return String.fromCharCode((point >> 12) | 0xe0, ((point >> 6) & 0x3f) | 0x80, (point & 0x3f) | 0x80);
  }
  return String.fromCharCode(
    (point >> 18) | 0xf0,
    ((point >> 12) & 0x3f) | 0x80,
    ((point >> 6) & 0x3f) | 0x80,
    (point & 0x3f) | 0x80,
  );
}

/**
 * The value of a JSON text.
 * @param nullValue stands for `null`, since nil cannot be stored in a table
 * @throws LuaError
 */
export function decodeJson(text: string, settings: CjsonSettings, nullValue: LuaUserdata): LuaValue {
  if (text.length >= 2 && (text.charCodeAt(0) === 0 || text.charCodeAt(1) === 0)) {
    throw nativeError('JSON parser does not support UTF-16 or UTF-32');
  }
  return new JsonParser(text, settings, nullValue).parse();
}
