/**
 * lua-cmsgpack 0.4.0: Lua values to MessagePack bytes and back.
 *
 * A table is an array if its keys are exactly 1..n, else a map in the order of `next`; an empty table is an array. Tables nested deeper
 * than 16 become nil. Whole numbers are integers of the shortest form, others floats if a float holds them exactly.
 */
import { argumentError, LuaError, nativeError } from '../error.ts';
import { LuaTable } from '../table.ts';
import type { LuaFunction, LuaResult, LuaValue } from '../value.ts';
import { type Arguments, builtIn, checkInteger, checkString, library, optionalInteger, single } from './arguments.ts';
import { bytesToDouble, bytesToFloat, bytesToInteger, doubleToBytes, floatToBytes, integerToBytes } from './bytes.ts';

const NESTING_MAX = 16;
const INT_MAX = 0x7fffffff;
const STACK_MAX = 7980;

function byte(code: number): string {
  return String.fromCharCode(code & 0xff);
}

function big(value: number, size: number): string {
  let text = '';
  let rest = value;
  for (let i = 0; i < size; i++) {
    text = byte(rest % 256) + text;
    rest = Math.floor(rest / 256);
  }
  return text;
}

function encodeInteger(value: number): string {
  if (value >= 0) {
    if (value <= 127) return byte(value);
    if (value <= 0xff) return `\xcc${byte(value)}`;
    if (value <= 0xffff) return `\xcd${big(value, 2)}`;
    if (value <= 0xffffffff) return `\xce${big(value, 4)}`;
    return `\xcf${integerToBytes(value, 8, false)}`;
  }
  if (value >= -32) return byte(value);
  if (value >= -128) return `\xd0${byte(value)}`;
  if (value >= -32768) return `\xd1${integerToBytes(value, 2, false)}`;
  if (value >= -2147483648) return `\xd2${integerToBytes(value, 4, false)}`;
  return `\xd3${integerToBytes(value, 8, false)}`;
}

function encodeNumber(value: number): string {
  if (Math.trunc(value) === value && value >= -(2 ** 63) && value < 2 ** 63) return encodeInteger(value);
  return Math.fround(value) === value ? `\xca${floatToBytes(value)}` : `\xcb${doubleToBytes(value)}`;
}

function encodeString(text: string): string {
  const { length } = text;
  if (length < 32) return byte(0xa0 | length) + text;
  if (length <= 0xff) return `\xd9${byte(length)}${text}`;
  if (length <= 0xffff) return `\xda${big(length, 2)}${text}`;
  return `\xdb${big(length, 4)}${text}`;
}

/** Head of an array or a map with `count` entries. */
function encodeHead(count: number, short: number, medium: string, long: string): string {
  if (count <= 15) return byte(short | count);
  return count <= 0xffff ? medium + big(count, 2) : long + big(count, 4);
}

function isArray(table: LuaTable): boolean {
  let max = 0;
  let count = 0;
  for (let at = table.positionAfter(-1); at >= 0; at = table.positionAfter(at)) {
    const key = table.keyAt(at);
    if (typeof key !== 'number' || key <= 0 || (key | 0) !== key) return false;
    if (key > max) max = key;
    count++;
  }
  return max === count;
}

function encodeTable(table: LuaTable, level: number): string {
  if (isArray(table)) {
    const length = table.length();
    let text = encodeHead(length, 0x90, '\xdc', '\xdd');
    for (let i = 1; i <= length; i++) text += encodeValue(table.getNumber(i), level + 1);
    return text;
  }
  let count = 0;
  let text = '';
  for (let at = table.positionAfter(-1); at >= 0; at = table.positionAfter(at)) {
    count++;
    text += encodeValue(table.keyAt(at), level + 1) + encodeValue(table.valueAt(at), level + 1);
  }
  return encodeHead(count, 0x80, '\xde', '\xdf') + text;
}

function encodeValue(value: LuaValue, level: number): string {
  switch (typeof value) {
    case 'string':
      return encodeString(value);
    case 'number':
      return encodeNumber(value);
    case 'boolean':
      return value ? '\xc3' : '\xc2';
    default:
      return value instanceof LuaTable && level < NESTING_MAX ? encodeTable(value, level) : '\xc0';
  }
}

const pack: LuaFunction = (...args) => {
  if (args.length === 0) throw argumentError(0, 'MessagePack pack needs input.');
  let text = '';
  for (const value of args) text += encodeValue(value, 0);
  return text;
};

class Decoder {
  at: number;
  private readonly text: string;

  constructor(text: string, at: number) {
    this.text = text;
    this.at = at;
  }

  get isAtEnd(): boolean {
    return this.at >= this.text.length;
  }

  private need(count: number): void {
    if (this.text.length - this.at < count) throw nativeError('Missing bytes in input.');
  }

  /** An unsigned integer of `size` bytes after the type byte, which is skipped as well. */
  private unsigned(size: number): number {
    this.need(1 + size);
    let value = 0;
    for (let i = 1; i <= size; i++) value = value * 256 + this.text.charCodeAt(this.at + i);
    this.at += 1 + size;
    return value;
  }

  private integer(size: number, isSigned: boolean): number {
    this.need(1 + size);
    const value = bytesToInteger(this.text, this.at + 1, { size, isLittle: false, isSigned });
    this.at += 1 + size;
    return value;
  }

  private string(length: number): string {
    this.need(length);
    const value = this.text.slice(this.at, this.at + length);
    this.at += length;
    return value;
  }

  private array(count: number): LuaTable {
    const table = new LuaTable(0, 0);
    for (let i = 1; i <= count; i++) table.setNumber(i, this.value());
    return table;
  }

  private map(count: number): LuaTable {
    const table = new LuaTable(0, 0);
    for (let i = 0; i < count; i++) {
      const key = this.value();
      const value = this.value();
      // Raised in C, so without a position.
      if (key === undefined) throw new LuaError('table index is nil', 0);
      if (Number.isNaN(key)) throw new LuaError('table index is NaN', 0);
      table.set(key, value);
    }
    return table;
  }

  value(): LuaValue {
    this.need(1);
    const code = this.text.charCodeAt(this.at);
    if (code < 0x80) {
      this.at++;
      return code;
    }
    if (code >= 0xe0) {
      this.at++;
      return code - 256;
    }
    if (code >= 0xa0 && code < 0xc0) {
      this.need(1 + (code & 0x1f));
      this.at++;
      return this.string(code & 0x1f);
    }
    if (code < 0xa0) {
      this.at++;
      return code >= 0x90 ? this.array(code & 0xf) : this.map(code & 0xf);
    }
    return this.tagged(code);
  }

  private constant(value: LuaValue): LuaValue {
    this.at++;
    return value;
  }

  private tagged(code: number): LuaValue {
    switch (code) {
      case 0xc0:
        return this.constant(undefined);
      case 0xc2:
        return this.constant(false);
      case 0xc3:
        return this.constant(true);
      case 0xca: {
        this.need(5);
        const value = bytesToFloat(this.text, this.at + 1);
        this.at += 5;
        return value;
      }
      case 0xcb: {
        this.need(9);
        const value = bytesToDouble(this.text, this.at + 1);
        this.at += 9;
        return value;
      }
      case 0xcc:
        return this.unsigned(1);
      case 0xcd:
        return this.unsigned(2);
      case 0xce:
        return this.unsigned(4);
      case 0xcf:
        // Also this one: the C code reads it as a signed integer.
        return this.integer(8, true);
      case 0xd0:
        return this.integer(1, true);
      case 0xd1:
        return this.integer(2, true);
      case 0xd2:
        return this.integer(4, true);
      case 0xd3:
        return this.integer(8, true);
      case 0xd9:
        return this.string(this.unsigned(1));
      case 0xda:
        return this.string(this.unsigned(2));
      case 0xdb:
        return this.string(this.unsigned(4));
      case 0xdc:
        return this.array(this.unsigned(2));
      case 0xdd:
        return this.array(this.unsigned(4));
      case 0xde:
        return this.map(this.unsigned(2));
      case 0xdf:
        return this.map(this.unsigned(4));
      default:
        throw nativeError('Bad data format in input.');
    }
  }
}

function unpackFrom(args: Arguments, limit: number, offset: number): LuaResult {
  const isWhole = limit === 0 && offset === 0;
  const text = checkString(args, 1);
  if (offset < 0 || limit < 0) {
    throw nativeError(`Invalid request to unpack with offset of ${offset | 0} and limit of ${text.length}.`);
  }
  if (offset > text.length) {
    throw nativeError(`Start offset ${offset | 0} greater than input length ${text.length}.`);
  }
  const decoder = new Decoder(text, offset);
  const values: LuaValue[] = [];
  const max = isWhole ? INT_MAX : limit;
  while (!decoder.isAtEnd && values.length < max) {
    if (values.length >= STACK_MAX) {
      throw nativeError('stack overflow (too many return values at once; use unpack_one or unpack_limit instead.)');
    }
    values.push(decoder.value());
  }
  if (isWhole) return values.length === 1 ? values[0] : values;
  return [decoder.isAtEnd ? -1 : decoder.at, ...values];
}

export function cmsgpackLibrary(): LuaTable {
  return library({
    pack: single(pack),
    unpack: builtIn((...args) => unpackFrom(args, 0, 0)),
    unpack_one: builtIn((...args) => unpackFrom(args, 1, optionalInteger(args, 2, 0))),
    unpack_limit: builtIn((...args) => unpackFrom(args, checkInteger(args, 2), optionalInteger(args, 3, 0))),
    _NAME: 'cmsgpack',
    _VERSION: 'lua-cmsgpack 0.4.0',
    _COPYRIGHT: 'Copyright (C) 2012, Salvatore Sanfilippo',
    _DESCRIPTION: 'MessagePack C implementation for Lua',
  });
}
