/**
 * The string library of Lua 5.1 (lstrlib.c) over byte strings. Patterns are in `pattern.ts`, `format` in `format.ts`.
 *
 * Differs: `string.dump` refuses every function; in Redis it returns bytecode, which nothing there can load.
 */
import { argumentError, LuaError, nativeError } from '../error.ts';
import { index, stringMetatable } from '../operators.ts';
import { callFromNative } from '../state.ts';
import { LuaTable } from '../table.ts';
import { first, type LuaFunction, type LuaResult, type LuaValue, toText, typeName } from '../value.ts';
import {
  type Arguments,
  builtIn,
  checkFunction,
  checkInt,
  checkInteger,
  checkString,
  library,
  optionalInt,
  optionalInteger,
  single,
} from './arguments.ts';
import { formatArguments } from './format.ts';
import { Matcher } from './pattern.ts';

const STACK_MAX = 8000;
/** Longest string that is made: what V8 allows. */
const LENGTH_MAX = 0x1fffffe8;

/** A position counted from the end if negative. */
function relative(position: number, length: number): number {
  const at = position < 0 ? position + length + 1 : position;
  return at >= 0 ? at : 0;
}

const byte: LuaFunction = (...args) => {
  const text = checkString(args, 1);
  let from = relative(optionalInteger(args, 2, 1), text.length);
  let to = relative(optionalInteger(args, 3, from), text.length);
  if (from <= 0) from = 1;
  if (to > text.length) to = text.length;
  if (from > to) return [];
  const count = to - from + 1;
  if (args.length + count > STACK_MAX) throw nativeError('stack overflow (string slice too long)');
  if (count === 1) return text.charCodeAt(from - 1);
  const codes: LuaValue[] = [];
  for (let i = from; i <= to; i++) codes.push(text.charCodeAt(i - 1));
  return codes;
};

const char: LuaFunction = (...args) => {
  let text = '';
  for (let i = 1; i <= args.length; i++) {
    const code = checkInt(args, i);
    if (code < 0 || code > 255) throw argumentError(i, 'invalid value');
    text += String.fromCharCode(code);
  }
  return text;
};

const sub: LuaFunction = (...args) => {
  const text = checkString(args, 1);
  let from = relative(checkInteger(args, 2), text.length);
  let to = relative(optionalInteger(args, 3, -1), text.length);
  if (from < 1) from = 1;
  if (to > text.length) to = text.length;
  return from <= to ? text.slice(from - 1, to) : '';
};

/** Only ASCII letters change: the server runs in the C locale. */
const lower: LuaFunction = (...args) => checkString(args, 1).replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
const upper: LuaFunction = (...args) => checkString(args, 1).replace(/[a-z]+/g, (letters) => letters.toUpperCase());
const len: LuaFunction = (...args) => checkString(args, 1).length;

const reverse: LuaFunction = (...args) => {
  const text = checkString(args, 1);
  let result = '';
  for (let i = text.length - 1; i >= 0; i--) result += text[i]!;
  return result;
};

const rep: LuaFunction = (...args) => {
  const text = checkString(args, 1);
  const count = checkInt(args, 2);
  if (count <= 0) return '';
  if (text.length * count > LENGTH_MAX) throw new LuaError('not enough memory', 0);
  return text.repeat(count);
};

const SPECIALS = /[\^$*+?.([%-]/;

function cString(text: string): string {
  const end = text.indexOf('\0');
  return end < 0 ? text : text.slice(0, end);
}

function search(args: Arguments, isFind: boolean): LuaResult {
  const text = checkString(args, 1);
  const pattern = checkString(args, 2);
  let start = relative(optionalInteger(args, 3, 1), text.length) - 1;
  if (start < 0) start = 0;
  else if (start > text.length) start = text.length;
  if (isFind && ((args[3] !== undefined && args[3] !== false) || !SPECIALS.test(cString(pattern)))) {
    const at = text.indexOf(pattern, start);
    return at < 0 ? undefined : [at + 1, at + pattern.length];
  }
  const matcher = new Matcher(text, pattern);
  const isAnchored = pattern.charCodeAt(0) === 94;
  for (let at = start; at <= text.length; at++) {
    const end = matcher.run(at, isAnchored ? 1 : 0);
    if (end >= 0) {
      const captures = matcher.captures(at, end, !isFind);
      return isFind ? [at + 1, end, ...captures] : captures;
    }
    if (isAnchored) break;
  }
  return undefined;
}

const gmatch: LuaFunction = (...args) => {
  const text = checkString(args, 1);
  const matcher = new Matcher(text, checkString(args, 2));
  let at = 0;
  return builtIn(() => {
    for (; at <= text.length; at++) {
      const end = matcher.run(at, 0);
      if (end < 0) continue;
      const start = at;
      // An empty match moves on by one, or it would be found for ever.
      at = end === at ? end + 1 : end;
      return matcher.captures(start, end, true);
    }
    return [];
  });
};

/** The replacement text with `%0` to `%9` filled in. */
function expand(matcher: Matcher, template: string, start: number, end: number): string {
  if (template.indexOf('%') < 0) return template;
  let result = '';
  for (let i = 0; i < template.length; i++) {
    const c = template[i]!;
    if (c !== '%') {
      result += c;
      continue;
    }
    i++;
    const code = i < template.length ? template.charCodeAt(i) : 0;
    if (code < 48 || code > 57) result += String.fromCharCode(code);
    else if (code === 48) result += matcher.subject.slice(start, end);
    else result += toText(matcher.capture(code - 49, start, end))!;
  }
  return result;
}

function replacement(matcher: Matcher, by: LuaValue, start: number, end: number): string {
  let value: LuaValue;
  if (typeof by === 'string') return expand(matcher, by, start, end);
  if (typeof by === 'number') return expand(matcher, toText(by)!, start, end);
  if (typeof by === 'function') value = first(callFromNative(by, matcher.captures(start, end, true)));
  else value = indexFromNative(by, matcher.capture(0, start, end));
  if (value === undefined || value === false) return matcher.subject.slice(start, end);
  const text = toText(value);
  if (text === undefined) throw nativeError(`invalid replacement value (a ${typeName(value)})`);
  return text;
}

function indexFromNative(table: LuaValue, key: LuaValue): LuaValue {
  return first(callFromNative(() => index(table, key), []));
}

const gsub: LuaFunction = (...args) => {
  const text = checkString(args, 1);
  const pattern = checkString(args, 2);
  const by = args[2];
  const max = optionalInt(args, 4, text.length + 1);
  const isValid =
    typeof by === 'number' || typeof by === 'string' || typeof by === 'function' || by instanceof LuaTable;
  if (!isValid) throw argumentError(3, 'string/function/table expected');
  const isAnchored = pattern.charCodeAt(0) === 94;
  const matcher = new Matcher(text, pattern);
  let at = 0;
  let count = 0;
  let result = '';
  while (count < max) {
    const end = matcher.run(at, isAnchored ? 1 : 0);
    if (end >= 0) {
      count++;
      result += replacement(matcher, by, at, end);
    }
    if (end > at) at = end;
    else if (at < text.length) result += text[at++]!;
    else break;
    if (isAnchored) break;
  }
  return [result + text.slice(at), count];
};

/** The library; it becomes `__index` of all strings. */
export function stringLibrary(): LuaTable {
  const gmatchFunction = single(gmatch);
  const table = library(
    {
      byte: builtIn(byte),
      char: single(char),
      dump: builtIn((...args) => {
        checkFunction(args, 1);
        throw nativeError('unable to dump given function');
      }),
      find: builtIn((...args) => search(args, true)),
      format: single((...args) => formatArguments(args)),
      gfind: gmatchFunction,
      gmatch: gmatchFunction,
      gsub: builtIn(gsub),
      len: single(len),
      lower: single(lower),
      match: builtIn((...args) => search(args, false)),
      rep: single(rep),
      reverse: single(reverse),
      sub: single(sub),
      upper: single(upper),
    },
    15,
  );
  stringMetatable.set('__index', table);
  return table;
}
