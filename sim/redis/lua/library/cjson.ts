/**
 * The `cjson` library of lua-cjson 2.1.0: encode, decode and the functions that read and change their settings.
 *
 * Settings belong to the server, not to a run: a script that changes them changes them for the scripts after it, as in Redis.
 * `cjson.new` gives a library with settings of its own.
 */
import { argumentError } from '../error.ts';
import { run } from '../state.ts';
import type { LuaTable } from '../table.ts';
import { type LuaFunction, LuaUserdata, type LuaValue } from '../value.ts';
import { type Arguments, builtIn, checkInteger, checkOption, checkString, library, single } from './arguments.ts';
import { decodeJson } from './cjson-decode.ts';
import { type CjsonSettings, defaultCjsonSettings, encodeJson } from './cjson-encode.ts';

/** `cjson.null` */
export const CJSON_NULL = new LuaUserdata('(nil)');

const INT_MAX = 0x7fffffff;
const OFF_ON = ['off', 'on'];
const OFF_ON_NULL = ['off', 'on', 'null'];

function checkCount(args: Arguments, max: number): void {
  if (args.length > max) throw argumentError(max + 1, 'found too many arguments');
}

function integerOption(args: Arguments, position: number, current: number, min: number, max: number): number {
  if (args[position - 1] === undefined) return current;
  const value = checkInteger(args, position) | 0;
  if (value < min || value > max) throw argumentError(1, `expected integer between ${min} and ${max}`);
  return value;
}

function switchOption(args: Arguments, position: number, current: boolean): boolean {
  const value = args[position - 1];
  if (value === undefined) return current;
  if (typeof value === 'boolean') return value;
  return checkOption(args, position, undefined, OFF_ON) === 1;
}

/** The library over settings found by `settings`. */
export function cjsonLibrary(settings: () => CjsonSettings): LuaTable {
  const encode: LuaFunction = (...args) => {
    if (args.length !== 1) throw argumentError(1, 'expected 1 argument');
    return encodeJson(args[0], settings());
  };
  const decode: LuaFunction = (...args) => {
    if (args.length !== 1) throw argumentError(1, 'expected 1 argument');
    return decodeJson(checkString(args, 1), settings(), CJSON_NULL);
  };
  const sparseArray: LuaFunction = (...args) => {
    checkCount(args, 3);
    const current = settings();
    current.sparseConvert = switchOption(args, 1, current.sparseConvert);
    current.sparseRatio = integerOption(args, 2, current.sparseRatio, 0, INT_MAX);
    current.sparseSafe = integerOption(args, 3, current.sparseSafe, 0, INT_MAX);
    return [current.sparseConvert, current.sparseRatio, current.sparseSafe];
  };
  const encodeInvalid: LuaFunction = (...args) => {
    checkCount(args, 1);
    const current = settings();
    const value = args[0];
    if (typeof value === 'boolean') current.encodeInvalid = value ? 1 : 0;
    else if (value !== undefined) current.encodeInvalid = checkOption(args, 1, undefined, OFF_ON_NULL);
    return current.encodeInvalid === 2 ? 'null' : current.encodeInvalid === 1;
  };
  const integer = (key: 'encodeDepthMax' | 'decodeDepthMax' | 'precision', max: number): LuaFunction => {
    return (...args) => {
      checkCount(args, 1);
      const current = settings();
      current[key] = integerOption(args, 1, current[key], 1, max);
      return current[key];
    };
  };
  const toggle = (key: 'decodeInvalid' | 'keepBuffer'): LuaFunction => {
    return (...args) => {
      checkCount(args, 1);
      const current = settings();
      current[key] = switchOption(args, 1, current[key]);
      return current[key];
    };
  };
  const entries: Record<string, LuaValue> = {
    encode: single(encode),
    decode: single(decode),
    encode_sparse_array: builtIn(sparseArray),
    encode_max_depth: single(integer('encodeDepthMax', INT_MAX)),
    decode_max_depth: single(integer('decodeDepthMax', INT_MAX)),
    encode_number_precision: single(integer('precision', 14)),
    encode_keep_buffer: single(toggle('keepBuffer')),
    encode_invalid_numbers: single(encodeInvalid),
    decode_invalid_numbers: single(toggle('decodeInvalid')),
    new: single(() => {
      const own = defaultCjsonSettings();
      return cjsonLibrary(() => own);
    }),
    null: CJSON_NULL,
    _NAME: 'cjson',
    _VERSION: '2.1.0',
  };
  return library(entries);
}

/** The library whose settings are those of the server in whose script it is called. */
export function serverCjsonLibrary(): LuaTable {
  return cjsonLibrary(() => run.memory.cjson);
}
