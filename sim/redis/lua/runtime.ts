/**
 * The members that generated code refers to, each by its `$` name, and the step from source text to a JavaScript function.
 *
 * This object and the constants listed by the code generator are all that generated code can see.
 */
import { ChunkOutput, emitFunction, type GlobalLookup, mayUseCoroutines } from './emit.ts';
import { LuaError, passFrame, type Site } from './error.ts';
import { iterate, iterateList, iteratePairs } from './iterate.ts';
import {
  add,
  callable,
  concat,
  concatPair,
  divide,
  equals,
  field,
  index,
  lengthOf,
  lessOrEqual,
  lessThan,
  modulo,
  multiply,
  negate,
  power,
  powerOf,
  setField,
  setIndex,
  subtract,
} from './operators.ts';
import { parse } from './parser.ts';
import { run } from './state.ts';
import { LuaTable } from './table.ts';
import {
  type LuaFunction,
  type LuaGenerator,
  type LuaResult,
  type LuaValue,
  list,
  NO_VALUES,
  toNumber,
} from './value.ts';

/** Taken once, at load: programs under simulation may replace the global later. */
const HostFunction = Function;

function concatTriple(a: LuaValue, b: LuaValue, c: LuaValue): LuaValue {
  if (typeof a === 'string' && typeof b === 'string' && typeof c === 'string') return a + b + c;
  return concat([a, b, c]);
}

function remainder(a: number, b: number): number {
  return a - Math.floor(a / b) * b;
}

function table(arraySize: number, hashSize: number): LuaTable {
  return new LuaTable(arraySize, hashSize);
}

/** Stores a flushed part of a list constructor: from the last to the first, as Lua does. */
function storeList(target: LuaTable, values: LuaValue[], stored: number): LuaTable {
  target.reserveArray(stored + values.length);
  const { array } = target;
  for (let i = values.length - 1; i >= 0; i--) array[stored + i] = values[i];
  return target;
}

function forNumber(value: LuaValue, what: string): number {
  const number = toNumber(value);
  if (number === undefined) {
    throw new LuaError(
      what === 'initial' ? "'for' initial value must be a number" : `'for' ${what} must be a number`,
      1,
    );
  }
  return number;
}

/** LUA_COMPAT_VARARG: the extra arguments as a table with their number in `n`. */
function argTable(values: readonly LuaValue[]): LuaTable {
  const target = new LuaTable(values.length, 1);
  for (let i = 0; i < values.length; i++) target.set(i + 1, values[i]);
  target.set('n', values.length);
  return target;
}

function getGlobal(name: string): never {
  throw new LuaError(`Script attempted to access nonexistent global variable '${name}'`, 1);
}

function setGlobal(): never {
  throw new LuaError('Attempt to modify a readonly table', 1);
}

/** The table KEYS; made when a script first asks for it. */
export function keysTable(): LuaTable {
  if (run.keysTable === undefined) run.keysTable = LuaTable.fromList(run.keys);
  return run.keysTable;
}

/** The table ARGV. */
export function argvTable(): LuaTable {
  if (run.argvTable === undefined) run.argvTable = LuaTable.fromList(run.argv);
  return run.argvTable;
}

export const YIELD_ACROSS_CALL = 'attempt to yield across metamethod/C-call boundary';

/** Runs a generator where nothing may yield. */
function drain(generator: Generator<LuaValue[], LuaResult, LuaValue[]>): LuaResult {
  let step = generator.next();
  while (step.done !== true) step = generator.throw(new LuaError(YIELD_ACROSS_CALL, 0));
  return step.value;
}

/** A Lua function that may yield: callable as it is from code that may not, and as a generator from code that may. */
function closure(generator: LuaGenerator): LuaFunction {
  const target: LuaFunction = (...args) => drain(generator(...args));
  target.gen = generator;
  return target;
}

/** Calls any value from code that may yield. */
function* generate(target: LuaValue, args: LuaValue[]): Generator<LuaValue[], LuaResult, LuaValue[]> {
  const callee = typeof target === 'function' ? target : callable(target);
  if (callee.gen !== undefined) return yield* callee.gen(...args);
  return callee(...args);
}

function isStackOverflow(error: unknown): boolean {
  return error instanceof RangeError && error.message === 'Maximum call stack size exceeded';
}

/** What a JavaScript error means to Lua, or `undefined` if it is none of the script's business. */
export function asLuaError(error: unknown): LuaError | undefined {
  if (error instanceof LuaError) return error;
  if (isStackOverflow(error)) return new LuaError('stack overflow', 1);
  if (error instanceof RangeError && error.message === 'Invalid string length')
    return new LuaError('not enough memory', 0);
  return undefined;
}

/** The parts of the runtime that are bound to one chunk. */
function bindChunk(chunk: string, source: string, sites: readonly Site[]) {
  return {
    $sites: sites,
    $pass(error: unknown, _sites: readonly Site[], index: number): unknown {
      const known = asLuaError(error);
      if (known === undefined) return error;
      passFrame(known, chunk, source, sites[index]!);
      return known;
    },
  };
}

const MEMBERS = {
  $run: run,
  $none: NO_VALUES,
  $Array: Array,
  $list: list,
  $index: index,
  $field: field,
  $setIndex: setIndex,
  $setField: setField,
  $callable: callable,
  $add: add,
  $subtract: subtract,
  $multiply: multiply,
  $divide: divide,
  $modulo: modulo,
  $power: power,
  $powerOf: powerOf,
  $remainder: remainder,
  $negate: negate,
  $length: lengthOf,
  $concat: concat,
  $concatPair: concatPair,
  $concatTriple: concatTriple,
  $equals: equals,
  $lessThan: lessThan,
  $lessOrEqual: lessOrEqual,
  $table: table,
  $storeList: storeList,
  $forNumber: forNumber,
  $argTable: argTable,
  $getGlobal: getGlobal,
  $setGlobal: setGlobal,
  $keys: keysTable,
  $argv: argvTable,
  $iterate: iterate,
  $iteratePairs: iteratePairs,
  $iterateList: iterateList,
  $closure: closure,
  $generate: generate,
};

const HEADER = `"use strict";const{${Object.keys(MEMBERS).join(',')},$sites,$pass,$k}=$rt;`;

/** How a chunk is to be compiled. */
export interface ChunkOptions {
  /** Name as messages show it, such as `user_script`. */
  readonly chunk: string;
  /** Name as the chunk was given it, such as `@user_script`. */
  readonly source: string;
  readonly globals: GlobalLookup;
  /** Whether KEYS and ARGV are globals: so in EVAL, not in function libraries. */
  readonly hasKeys: boolean;
  /** Compiles to generators whatever the source says: for chunks whose functions another chunk may put into a coroutine. */
  readonly isGenerator?: boolean;
  /** Looks globals up each time in `run.globals`, for function libraries. */
  readonly isDynamic?: boolean;
  /** Levels of C calls in use, which leave fewer for nested syntax. Absent: none, as for a script that is not running yet. */
  readonly levelsUsed?: number;
}

/**
 * Generates JavaScript for a chunk.
 * @throws LuaCompileError
 */
export function generateSource(source: string, options: ChunkOptions): { code: string; output: ChunkOutput } {
  const { body, globalNames } = parse(source, options.chunk, options.levelsUsed ?? 0);
  const output = new ChunkOutput(options.globals, {
    isGenerator: options.isGenerator === true || mayUseCoroutines(globalNames),
    hasKeys: options.hasKeys,
    isDynamic: options.isDynamic === true,
  });
  const main = emitFunction(output, body);
  const constants = output.constants.map((_, i) => `$c${i}=$k[${i}]`);
  const declare = constants.length > 0 ? `const ${constants.join(',')};` : '';
  return { code: `${HEADER}${declare}return ${main};`, output };
}

/**
 * Compiles a chunk to a function of its varargs.
 * @throws LuaCompileError
 */
export function compileChunk(source: string, options: ChunkOptions): LuaFunction {
  const { code, output } = generateSource(source, options);
  const factory = HostFunction('$rt', code) as (runtime: object) => LuaFunction;
  return factory({ ...MEMBERS, ...bindChunk(options.chunk, options.source, output.sites), $k: output.constants });
}
