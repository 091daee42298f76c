/**
 * What a Lua value is here, and the conversions between strings and numbers that Lua performs by itself.
 *
 * nil is `undefined`, booleans and numbers are themselves, strings are byte strings (latin1), functions are JavaScript functions, and
 * tables, coroutines and light userdata are objects of one class each. A call yields either one value or an array of values: no Lua value
 * is ever a JavaScript array, so the two cannot be confused, and the common single result costs no allocation.
 *
 * Source: Lua 5.1 lobject.c (`luaO_str2d`) and luaconf.h (`LUAI_NUMFFORMAT "%.14g"`).
 */
import { formatGeneral } from './number-format.ts';
import type { LuaTable } from './table.ts';

export type LuaValue = undefined | boolean | number | string | LuaTable | LuaFunction | LuaThread | LuaUserdata;

/** One value, or a list of zero or more values. */
export type LuaResult = LuaValue | LuaValue[];

export interface LuaFunction {
  (...args: LuaValue[]): LuaResult;
  /** Present on functions that may yield: the same function as a generator. Absent, a call never yields. */
  gen?: LuaGenerator;
  /** True on built-in functions that always return exactly one value, so that call sites need not truncate. */
  single?: boolean;
  /** True on built-in functions; Lua calls them C functions. */
  native?: boolean;
}

export type LuaGenerator = (...args: LuaValue[]) => Generator<LuaValue[], LuaResult, LuaValue[]>;

/** A light userdata; the only one that a script can see is `cjson.null`. */
export class LuaUserdata {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** A coroutine. Its behaviour is in `coroutine-library.ts`; the class is here because it is a kind of value. */
export class LuaThread {
  status: 'suspended' | 'running' | 'normal' | 'dead' = 'suspended';
  readonly body: LuaFunction;
  generator: Generator<LuaValue[], LuaResult, LuaValue[]> | undefined = undefined;
  /** Call depth that the suspended frames hold, to be counted again on resume. */
  depthHeld = 0;

  constructor(body: LuaFunction) {
    this.body = body;
  }
}

/** No values: the result of a function that returns nothing. Never written to. */
export const NO_VALUES: LuaValue[] = [];

/** Lua's name of a value's type. */
export function typeName(value: LuaValue): string {
  switch (typeof value) {
    case 'undefined':
      return 'nil';
    case 'number':
      return 'number';
    case 'string':
      return 'string';
    case 'boolean':
      return 'boolean';
    case 'function':
      return 'function';
    default:
      if (value instanceof LuaUserdata) return 'userdata';
      return value instanceof LuaThread ? 'thread' : 'table';
  }
}

/** The first of a call's results. */
export function first(result: LuaResult): LuaValue {
  return result instanceof Array ? result[0] : result;
}

/** A call's results as a list. */
export function list(result: LuaResult): LuaValue[] {
  return result instanceof Array ? result : [result];
}

/** `%.14g`, with the short way for integers, which are nearly all numbers in practice. */
export function numberToString(value: number): string {
  if (value % 1 === 0 && value < 1e14 && value > -1e14) {
    if (value === 0 && 1 / value < 0) return '-0';
    return String(value);
  }
  return formatGeneral(value, 14);
}

function isSpace(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13);
}

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const HEXADECIMAL = /^([+-]?)0[xX]([0-9a-fA-F]*)(?:\.([0-9a-fA-F]*))?(?:[pP]([+-]?\d+))?$/;

/** C's `strtod` over a whole text without surrounding space, `undefined` if the text is anything else. */
export function parseNumber(text: string): number | undefined {
  if (DECIMAL.test(text)) return Number(text);
  const hex = HEXADECIMAL.exec(text);
  if (hex !== null) {
    const whole = hex[2] ?? '';
    const fraction = hex[3] ?? '';
    if (whole.length + fraction.length === 0) return undefined;
    let value = 0;
    for (let i = 0; i < whole.length; i++) value = value * 16 + Number.parseInt(whole[i]!, 16);
    let scale = 1 / 16;
    for (let i = 0; i < fraction.length; i++) {
      value += Number.parseInt(fraction[i]!, 16) * scale;
      scale /= 16;
    }
    if (hex[4] !== undefined) value *= 2 ** Number(hex[4]);
    return hex[1] === '-' ? -value : value;
  }
  const word = text.toLowerCase();
  const sign = word[0] === '-' ? -1 : 1;
  const bare = word[0] === '-' || word[0] === '+' ? word.slice(1) : word;
  if (bare === 'inf' || bare === 'infinity') return sign * Infinity;
  if (bare === 'nan' || /^nan\([0-9a-z_]*\)$/.test(bare)) return NaN;
  return undefined;
}

/** The number that a string denotes (space around it is allowed), or `undefined`. */
export function stringToNumber(text: string): number | undefined {
  let start = 0;
  let end = text.length;
  // Plain decimal digits are what scripts convert most; they need no pattern.
  if (end > 0 && end < 16) {
    let value = 0;
    let i = 0;
    for (; i < end; i++) {
      const digit = text.charCodeAt(i) - 48;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    if (i === end) return value;
  }
  while (start < end && isSpace(text.charCodeAt(start))) start++;
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--;
  return parseNumber(text.slice(start, end));
}

/** The number that a value stands for where Lua wants a number. */
export function toNumber(value: LuaValue): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value === 'string') return stringToNumber(value);
  return undefined;
}

/** The string that a value stands for where Lua wants a string: strings and numbers only. */
export function toText(value: LuaValue): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return numberToString(value);
  return undefined;
}
