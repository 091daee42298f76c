/**
 * The basic functions of Lua 5.1 that Redis leaves in place, and Redis's own `pcall`.
 *
 * Source: lbaselib.c; `luaRedisPcall` in Redis's script_lua.c. `print`, `dofile`, `loadfile`, `getfenv`, `setfenv` and `newproxy` are absent
 * in Redis 7.0.15, so they are absent here.
 *
 * Differs: `collectgarbage` and `gcinfo` answer constants, because memory use would differ from run to run.
 */
import { argumentError, LuaCompileError, LuaError, nativeError, passNative } from '../error.ts';
import { luaIpairs, luaNext, luaPairs } from '../iterate.ts';
import { callable, index, metamethod, stringMetatable } from '../operators.ts';
import { asLuaError } from '../runtime.ts';
import { callFromNative } from '../state.ts';
import { identityOf, LuaTable } from '../table.ts';
import {
  first,
  type LuaFunction,
  type LuaResult,
  LuaUserdata,
  type LuaValue,
  list,
  numberToString,
  toNumber,
  toText,
  typeName,
} from '../value.ts';
import {
  builtIn,
  checkAny,
  checkFunction,
  checkInt,
  checkOption,
  checkString,
  checkTable,
  optionalInt,
  optionalString,
  single,
} from './arguments.ts';

/** Values that fit on C's stack besides the arguments. */
const STACK_MAX = 8000;
const HANDLER_DEPTH_MAX = 200;
const MEMORY_KILOBYTES = 64;

const SPACE = /^[ \t\n\v\f\r]*$/;

/** An address, in the form that C prints: made up from the order in which objects are first printed. */
function address(value: object): string {
  return `0x${(0x7f0000000000 + identityOf(value) * 0x40).toString(16)}`;
}

/** `tostring` */
export function toDisplay(value: LuaValue): LuaValue {
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
      return numberToString(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'undefined':
      return 'nil';
    default: {
      const handler = metamethod(value, '__tostring');
      if (handler !== undefined) return first(callFromNative(callable(handler), [value]));
      if (value instanceof LuaUserdata) return `userdata: ${value.text}`;
      return `${typeName(value)}: ${address(value)}`;
    }
  }
}

const tostring: LuaFunction = (...args) => {
  checkAny(args, 1);
  return toDisplay(args[0]);
};

const tonumber: LuaFunction = (...args) => {
  const base = optionalInt(args, 2, 10);
  if (base === 10) {
    checkAny(args, 1);
    return toNumber(args[0]);
  }
  const text = checkString(args, 1);
  if (base < 2 || base > 36) throw argumentError(2, 'base out of range');
  return parseUnsigned(text, base);
};

/** C's `strtoul` with trailing space allowed. */
function parseUnsigned(text: string, base: number): number | undefined {
  const match = /^[ \t\n\v\f\r]*([+-]?)/.exec(text)!;
  let at = match[0].length;
  if (base === 16 && /^0[xX][0-9a-fA-F]/.test(text.slice(at))) at += 2;
  let value = 0n;
  const start = at;
  for (; at < text.length; at++) {
    const digit = Number.parseInt(text[at]!, 36);
    if (!(digit < base)) break;
    value = value * BigInt(base) + BigInt(digit);
  }
  if (at === start || !SPACE.test(cString(text.slice(at)))) return undefined;
  if (value > 0xffffffffffffffffn) return Number(0xffffffffffffffffn);
  return Number(match[1] === '-' ? BigInt.asUintN(64, -value) : value);
}

function cString(text: string): string {
  const end = text.indexOf('\0');
  return end < 0 ? text : text.slice(0, end);
}

/**
 * Differs: a level that points beyond a built-in such as `pcall` gives no position; Lua finds the function that called the built-in. A client
 * can tell by the missing prefix of `pcall(error, 'x', 2)`.
 */
const error: LuaFunction = (...args) => {
  const level = optionalInt(args, 2, 1);
  throw new LuaError(args[0], Math.max(level, 0));
};

const getmetatable: LuaFunction = (...args) => {
  checkAny(args, 1);
  const value = args[0];
  const meta = value instanceof LuaTable ? value.metatable : typeof value === 'string' ? stringMetatable : undefined;
  if (meta === undefined) return undefined;
  return meta.get('__metatable') ?? meta;
};

const setmetatable: LuaFunction = (...args) => {
  const meta = args[1];
  const table = checkTable(args, 1);
  if (args.length < 2 || (meta !== undefined && !(meta instanceof LuaTable)))
    throw argumentError(2, 'nil or table expected');
  if (metamethod(table, '__metatable') !== undefined) throw nativeError('cannot change a protected metatable');
  if (table.isReadonly) throw new LuaError('Attempt to modify a readonly table', 0);
  table.metatable = meta;
  return table;
};

const rawequal: LuaFunction = (...args) => {
  checkAny(args, 1);
  checkAny(args, 2);
  return args[0] === args[1];
};

const rawget: LuaFunction = (...args) => {
  const table = checkTable(args, 1);
  checkAny(args, 2);
  return table.get(args[1]);
};

const rawset: LuaFunction = (...args) => {
  const table = checkTable(args, 1);
  checkAny(args, 2);
  checkAny(args, 3);
  // These errors are raised by the C function itself and carry no position.
  if (table.isReadonly) throw new LuaError('Attempt to modify a readonly table', 0);
  const key = args[1];
  if (key === undefined) throw new LuaError('table index is nil', 0);
  if (Number.isNaN(key)) throw new LuaError('table index is NaN', 0);
  table.set(key, args[2]);
  return table;
};

const COLLECT_OPTIONS = ['stop', 'restart', 'collect', 'count', 'step', 'setpause', 'setstepmul'];

const collectgarbage: LuaFunction = (...args) => {
  const option = COLLECT_OPTIONS[checkOption(args, 1, 'collect', COLLECT_OPTIONS)];
  optionalInt(args, 2, 0);
  switch (option) {
    case 'count':
      return MEMORY_KILOBYTES;
    case 'step':
      return true;
    case 'setpause':
      return 200;
    case 'setstepmul':
      return 200;
    default:
      return 0;
  }
};

const type: LuaFunction = (...args) => {
  checkAny(args, 1);
  return typeName(args[0]);
};

const assert: LuaFunction = (...args) => {
  checkAny(args, 1);
  if (args[0] === undefined || args[0] === false) {
    throw nativeError(cString(optionalString(args, 2) ?? 'assertion failed!'));
  }
  return args;
};

const unpack: LuaFunction = (...args) => {
  const table = checkTable(args, 1);
  const from = optionalInt(args, 2, 1);
  const to = args[2] === undefined ? table.length() : checkInt(args, 3);
  if (from > to) return [];
  const count = to - from + 1;
  if (count > 0x7fffffff || args.length + count > STACK_MAX) throw nativeError('too many results to unpack');
  const values: LuaValue[] = [];
  for (let i = from; i <= to; i++) values.push(table.getNumber(i));
  return values;
};

const select: LuaFunction = (...args) => {
  const count = args.length;
  const selector = args[0];
  if (typeof selector === 'string' && selector[0] === '#') return count - 1;
  let at = checkInt(args, 1);
  if (at < 0) at = count + at;
  else if (at > count) at = count;
  if (at < 1) throw argumentError(1, 'index out of range');
  return args.slice(at);
};

/** Calls in protected mode. */
function protect(target: LuaFunction, args: LuaValue[]): { result: LuaResult } | { error: LuaError } {
  try {
    return { result: callFromNative(target, args) };
  } catch (thrown) {
    const known = asLuaError(thrown);
    if (known === undefined) throw thrown;
    passNative(known);
    return { error: known };
  }
}

const pcall: LuaFunction = (...args) => {
  // Redis's own pcall has a placeholder at the first place when it counts.
  if (args.length === 0) return [false, 'attempt to call a boolean value'];
  const outcome = protect(callable(args[0]), args.slice(1));
  if ('result' in outcome) return [true, ...list(outcome.result)];
  const { value } = outcome.error;
  if (value instanceof LuaTable) {
    const text = first(callFromNative(() => index(value, 'err'), []));
    // C leaves the field on the stack when it is not a string, so there is a third result.
    return toText(text) !== undefined ? [false, text] : [false, value, text];
  }
  return [false, value];
};

const xpcall: LuaFunction = (...args) => {
  checkAny(args, 2);
  const outcome = protect(callable(args[0]), []);
  if ('result' in outcome) return [true, ...list(outcome.result)];
  let { value } = outcome.error;
  // An error in the handler is handed to the handler again, until C's stack ends.
  for (let depth = 0; depth < HANDLER_DEPTH_MAX; depth++) {
    const handler = args[1];
    if (typeof handler !== 'function') break;
    const handled = protect(handler, [value]);
    if ('result' in handled) return [false, first(handled.result)];
    value = handled.error.value;
  }
  return [false, 'error in error handling'];
};

/** Compiles a chunk for `load` and `loadstring`; given by the engine, which this library must not import. */
export type ChunkLoader = (source: string, chunkName: string) => LuaFunction;

function tryLoad(load: ChunkLoader, source: string, name: string): LuaResult {
  try {
    return load(source, name);
  } catch (thrown) {
    if (thrown instanceof LuaCompileError) return [undefined, thrown.message];
    throw thrown;
  }
}

/** The basic functions, by name. */
export function baseLibrary(load: ChunkLoader): Record<string, LuaValue> {
  return {
    _VERSION: 'Lua 5.1',
    assert: builtIn(assert),
    collectgarbage: single(collectgarbage),
    error: builtIn(error),
    gcinfo: single(() => MEMORY_KILOBYTES),
    getmetatable: single(getmetatable),
    ipairs: builtIn(luaIpairs),
    load: builtIn((...args) => {
      const name = optionalString(args, 2) ?? '=(load)';
      const reader = checkFunction(args, 1);
      let source = '';
      for (;;) {
        const outcome = protect(reader, []);
        if ('error' in outcome) return [undefined, outcome.error.value];
        const piece = first(outcome.result);
        if (piece === undefined || piece === '') break;
        const text = toText(piece);
        if (text === undefined) return [undefined, 'reader function must return a string'];
        source += text;
      }
      return tryLoad(load, source, name);
    }),
    loadstring: builtIn((...args) => {
      const source = checkString(args, 1);
      return tryLoad(load, source, optionalString(args, 2) ?? source);
    }),
    next: builtIn(luaNext),
    pairs: builtIn(luaPairs),
    pcall: builtIn(pcall),
    rawequal: single(rawequal),
    rawget: single(rawget),
    rawset: single(rawset),
    select: builtIn(select),
    setmetatable: single(setmetatable),
    tonumber: single(tonumber),
    tostring: single(tostring),
    type: single(type),
    unpack: builtIn(unpack),
    xpcall: builtIn(xpcall),
  };
}
