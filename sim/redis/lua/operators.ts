/**
 * Lua's operators on values of any type: the slow paths of compiled code, with coercions and metamethods.
 *
 * Compiled code handles numbers, strings and plain tables inline and comes here for the rest. Source: Lua 5.1 lvm.c.
 */
import { LuaError, operandError } from './error.ts';
import { NATIVE_DEPTH_MAX, run } from './state.ts';
import { hashString, LuaTable } from './table.ts';
import { first, type LuaFunction, type LuaResult, type LuaValue, numberToString, toNumber, typeName } from './value.ts';

/** The metatable that all strings share; its `__index` is the string library. */
export const stringMetatable = new LuaTable(0, 1);

const META_LOOPS_MAX = 100;

const HASHES = {
  __index: hashString('__index'),
  __newindex: hashString('__newindex'),
  __call: hashString('__call'),
  __eq: hashString('__eq'),
  __lt: hashString('__lt'),
  __le: hashString('__le'),
  __concat: hashString('__concat'),
  __add: hashString('__add'),
  __sub: hashString('__sub'),
  __mul: hashString('__mul'),
  __div: hashString('__div'),
  __mod: hashString('__mod'),
  __pow: hashString('__pow'),
  __unm: hashString('__unm'),
  __tostring: hashString('__tostring'),
  __metatable: hashString('__metatable'),
} as const;

export type MetaEvent = keyof typeof HASHES;

/** The metamethod of a value for an event, or nil. */
export function metamethod(value: LuaValue, event: MetaEvent): LuaValue {
  if (value instanceof LuaTable) {
    const meta = value.metatable;
    return meta === undefined ? undefined : meta.getString(event, HASHES[event]);
  }
  if (typeof value === 'string') return stringMetatable.getString(event, HASHES[event]);
  return undefined;
}

/**
 * Calls a metamethod. For Lua this is a call from C, so coroutines cannot yield through it, but the caller's frame is the Lua function
 * that used the operator: the error's level is left alone.
 */
function callMetamethod(target: LuaValue, a: LuaValue, b: LuaValue, c?: LuaValue): LuaResult {
  if (run.nativeDepth >= NATIVE_DEPTH_MAX) throw new LuaError('C stack overflow', 1);
  run.nativeDepth++;
  try {
    const callee = typeof target === 'function' ? target : callable(target);
    return arguments.length > 3 ? callee(a, b, c) : callee(a, b);
  } finally {
    run.nativeDepth--;
  }
}

/** `object[key]` */
export function index(object: LuaValue, key: LuaValue): LuaValue {
  if (object instanceof LuaTable) {
    const value = object.get(key);
    if (value !== undefined || object.metatable === undefined) return value;
  }
  return indexSlow(object, key);
}

/** `object.key`, with the key's hash computed when the script was compiled. */
export function field(object: LuaValue, key: string, hash: number): LuaValue {
  if (object instanceof LuaTable) {
    const value = object.getString(key, hash);
    if (value !== undefined || object.metatable === undefined) return value;
  }
  return indexSlow(object, key);
}

function indexSlow(start: LuaValue, key: LuaValue): LuaValue {
  let object = start;
  for (let loop = 0; loop < META_LOOPS_MAX; loop++) {
    let handler: LuaValue;
    if (object instanceof LuaTable) {
      const value = object.get(key);
      if (value !== undefined) return value;
      handler = metamethod(object, '__index');
      if (handler === undefined) return undefined;
    } else {
      handler = metamethod(object, '__index');
      // Only the operand itself can have a name in the source; a handler is an unnamed temporary.
      if (handler === undefined) throw operandError('index', typeName(object), loop === 0 ? 0 : 99);
    }
    if (typeof handler === 'function') return first(callMetamethod(handler, object, key));
    object = handler;
  }
  throw new LuaError('loop in gettable', 1);
}

/** `object[key] = value` */
export function setIndex(object: LuaValue, key: LuaValue, value: LuaValue): void {
  if (object instanceof LuaTable && object.metatable === undefined && !object.isReadonly) object.set(key, value);
  else setIndexSlow(object, key, value);
}

/** `object.key = value` */
export function setField(object: LuaValue, key: string, hash: number, value: LuaValue): void {
  if (object instanceof LuaTable && object.metatable === undefined && !object.isReadonly) {
    object.setString(key, hash, value);
  } else {
    setIndexSlow(object, key, value);
  }
}

function setIndexSlow(start: LuaValue, key: LuaValue, value: LuaValue): void {
  let object = start;
  for (let loop = 0; loop < META_LOOPS_MAX; loop++) {
    let handler: LuaValue;
    if (object instanceof LuaTable) {
      if (object.isReadonly) throw new LuaError('Attempt to modify a readonly table', 1);
      if (object.metatable === undefined || object.get(key) !== undefined) {
        object.set(key, value);
        return;
      }
      handler = metamethod(object, '__newindex');
      // Lua looks the slot up with insertion before it asks for the metamethod.
      object.set(key, handler === undefined ? value : undefined);
      if (handler === undefined) return;
    } else {
      handler = metamethod(object, '__newindex');
      if (handler === undefined) throw operandError('index', typeName(object), loop === 0 ? 0 : 99);
    }
    if (typeof handler === 'function') {
      callMetamethod(handler, object, key, value);
      return;
    }
    object = handler;
  }
  throw new LuaError('loop in settable', 1);
}

/** A JavaScript function that behaves like a call of `value`: its `__call`, or the error that it is not callable. */
export function callable(value: LuaValue): LuaFunction {
  if (typeof value === 'function') return value;
  const handler = metamethod(value, '__call');
  if (typeof handler === 'function') {
    const bound: LuaFunction = (...args) => handler(value, ...args);
    const generator = handler.gen;
    if (generator !== undefined) bound.gen = (...args) => generator(value, ...args);
    return bound;
  }
  return () => {
    throw operandError('call', typeName(value), 0);
  };
}

function arithmeticError(a: LuaValue, b: LuaValue): LuaError {
  const isFirst = toNumber(a) === undefined;
  return operandError('perform arithmetic on', typeName(isFirst ? a : b), isFirst ? 0 : 1);
}

function arithmetic(a: LuaValue, b: LuaValue, event: MetaEvent): LuaValue {
  let handler = metamethod(a, event);
  if (handler === undefined) handler = metamethod(b, event);
  if (handler === undefined) throw arithmeticError(a, b);
  return first(callMetamethod(handler, a, b));
}

export function add(a: LuaValue, b: LuaValue): LuaValue {
  const x = toNumber(a);
  const y = toNumber(b);
  return x !== undefined && y !== undefined ? x + y : arithmetic(a, b, '__add');
}

export function subtract(a: LuaValue, b: LuaValue): LuaValue {
  const x = toNumber(a);
  const y = toNumber(b);
  return x !== undefined && y !== undefined ? x - y : arithmetic(a, b, '__sub');
}

export function multiply(a: LuaValue, b: LuaValue): LuaValue {
  const x = toNumber(a);
  const y = toNumber(b);
  return x !== undefined && y !== undefined ? x * y : arithmetic(a, b, '__mul');
}

export function divide(a: LuaValue, b: LuaValue): LuaValue {
  const x = toNumber(a);
  const y = toNumber(b);
  return x !== undefined && y !== undefined ? x / y : arithmetic(a, b, '__div');
}

export function modulo(a: LuaValue, b: LuaValue): LuaValue {
  const x = toNumber(a);
  const y = toNumber(b);
  return x !== undefined && y !== undefined ? x - Math.floor(x / y) * y : arithmetic(a, b, '__mod');
}

export function power(a: LuaValue, b: LuaValue): LuaValue {
  const x = toNumber(a);
  const y = toNumber(b);
  return x !== undefined && y !== undefined ? powerOf(x, y) : arithmetic(a, b, '__pow');
}

/** C's `pow`, which differs from JavaScript's for a base of one. */
export function powerOf(x: number, y: number): number {
  if (x === 1) return 1;
  if (x === -1 && (y === Infinity || y === -Infinity)) return 1;
  return x ** y;
}

export function negate(a: LuaValue): LuaValue {
  const x = toNumber(a);
  return x !== undefined ? -x : arithmetic(a, a, '__unm');
}

/** `#value`: in Lua 5.1 tables and strings have no metamethod for it. */
export function lengthOf(value: LuaValue): LuaValue {
  if (value instanceof LuaTable) return value.length();
  if (typeof value === 'string') return value.length;
  throw operandError('get length of', typeName(value), 0);
}

/** `a .. b .. c`: Lua joins from the right, as many strings at once as it can. */
export function concat(operands: LuaValue[]): LuaValue {
  let last = operands.length - 1;
  while (last > 0) {
    const a = operands[last - 1];
    const b = operands[last];
    const left = joinable(a);
    const right = joinable(b);
    if (left === undefined || right === undefined) {
      let handler = metamethod(a, '__concat');
      if (handler === undefined) handler = metamethod(b, '__concat');
      if (handler === undefined) {
        const bad = left === undefined ? last - 1 : last;
        throw operandError('concatenate', typeName(operands[bad]), bad);
      }
      operands[last - 1] = first(callMetamethod(handler, a, b));
    } else {
      operands[last - 1] = left + right;
    }
    last--;
  }
  return operands[0];
}

function joinable(value: LuaValue): string | undefined {
  return typeof value === 'string' ? value : typeof value === 'number' ? numberToString(value) : undefined;
}

/** `a .. b` of two values */
export function concatPair(a: LuaValue, b: LuaValue): LuaValue {
  const left = joinable(a);
  const right = joinable(b);
  return left !== undefined && right !== undefined ? left + right : concat([a, b]);
}

/** `a == b` */
export function equals(a: LuaValue, b: LuaValue): boolean {
  return a === b || (a instanceof LuaTable && b instanceof LuaTable && equalsSlow(a, b));
}

function equalsSlow(a: LuaTable, b: LuaTable): boolean {
  const handler = comparisonHandler(a, b, '__eq');
  return handler !== undefined && isTrue(first(callMetamethod(handler, a, b)));
}

/** Comparisons use a metamethod only if both operands have the same one. */
function comparisonHandler(a: LuaValue, b: LuaValue, event: MetaEvent): LuaValue {
  const handler = metamethod(a, event);
  if (handler === undefined) return undefined;
  return handler === metamethod(b, event) ? handler : undefined;
}

export function isTrue(value: LuaValue): boolean {
  return value !== undefined && value !== false;
}

/** `a < b` */
export function lessThan(a: LuaValue, b: LuaValue): boolean {
  if (typeof a === 'number' && typeof b === 'number') return a < b;
  if (typeof a === 'string' && typeof b === 'string') return a < b;
  if (typeName(a) === typeName(b)) {
    const handler = comparisonHandler(a, b, '__lt');
    if (handler !== undefined) return isTrue(first(callMetamethod(handler, a, b)));
  }
  throw comparisonError(a, b);
}

/** `a <= b` */
export function lessOrEqual(a: LuaValue, b: LuaValue): boolean {
  if (typeof a === 'number' && typeof b === 'number') return a <= b;
  if (typeof a === 'string' && typeof b === 'string') return a <= b;
  if (typeName(a) === typeName(b)) {
    const handler = comparisonHandler(a, b, '__le');
    if (handler !== undefined) return isTrue(first(callMetamethod(handler, a, b)));
    const inverse = comparisonHandler(b, a, '__lt');
    if (inverse !== undefined) return !isTrue(first(callMetamethod(inverse, b, a)));
  }
  throw comparisonError(a, b);
}

function comparisonError(a: LuaValue, b: LuaValue): LuaError {
  const x = typeName(a);
  const y = typeName(b);
  // C compares the third letters of the names, so a string and a thread count as two strings.
  return new LuaError(x[2] === y[2] ? `attempt to compare two ${x} values` : `attempt to compare ${x} with ${y}`, 1);
}
