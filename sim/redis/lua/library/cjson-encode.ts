/**
 * `cjson.encode`: Lua values to JSON text, byte for byte as lua-cjson 2.1.0 with Redis's patches.
 *
 * Objects come in the order of `next`. A table is an array if all its keys are whole numbers from 1 and it is not too sparse; an empty
 * table is an object. `/` and DEL are escaped; bytes above 127 are copied.
 */
import { type LuaError, nativeError } from '../error.ts';
import { formatGeneral } from '../number-format.ts';
import { LuaTable } from '../table.ts';
import { LuaUserdata, type LuaValue, numberToString, typeName } from '../value.ts';

/** Settings that scripts can change; they stay until the server restarts. */
export interface CjsonSettings {
  sparseConvert: boolean;
  sparseRatio: number;
  sparseSafe: number;
  encodeDepthMax: number;
  decodeDepthMax: number;
  /** 0: error, 1: as they print, 2: null */
  encodeInvalid: number;
  decodeInvalid: boolean;
  precision: number;
  keepBuffer: boolean;
}

export function defaultCjsonSettings(): CjsonSettings {
  return {
    sparseConvert: false,
    sparseRatio: 2,
    sparseSafe: 10,
    encodeDepthMax: 1000,
    decodeDepthMax: 1000,
    encodeInvalid: 0,
    decodeInvalid: true,
    precision: 14,
    keepBuffer: true,
  };
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that JSON escapes.
const NEEDS_ESCAPE = /["\\/\x00-\x1f\x7f]/;

const ESCAPES: string[] = [];
for (let code = 0; code < 256; code++) {
  if (code < 32 || code === 127) ESCAPES.push(`\\u${code.toString(16).padStart(4, '0')}`);
  else ESCAPES.push(String.fromCharCode(code));
}
ESCAPES[8] = '\\b';
ESCAPES[9] = '\\t';
ESCAPES[10] = '\\n';
ESCAPES[12] = '\\f';
ESCAPES[13] = '\\r';
ESCAPES[34] = '\\"';
ESCAPES[47] = '\\/';
ESCAPES[92] = '\\\\';

function encodeString(text: string): string {
  if (!NEEDS_ESCAPE.test(text)) return `"${text}"`;
  let result = '"';
  for (let i = 0; i < text.length; i++) result += ESCAPES[text.charCodeAt(i)]!;
  return `${result}"`;
}

function refuse(value: LuaValue, reason: string): LuaError {
  return nativeError(`Cannot serialise ${typeName(value)}: ${reason}`);
}

function encodeNumber(value: number, settings: CjsonSettings): string {
  if (!Number.isFinite(value)) {
    if (settings.encodeInvalid === 0) throw refuse(value, 'must not be NaN or Inf');
    if (settings.encodeInvalid === 2) return 'null';
    if (Number.isNaN(value)) return 'nan';
  }
  return settings.precision === 14 ? numberToString(value) : formatGeneral(value, settings.precision);
}

/** The number of array elements, or -1 for an object. */
function arrayLength(table: LuaTable, settings: CjsonSettings): number {
  let max = 0;
  let items = 0;
  for (let at = table.positionAfter(-1); at >= 0; at = table.positionAfter(at)) {
    const key = table.keyAt(at);
    if (typeof key !== 'number' || key < 1 || Math.floor(key) !== key) return -1;
    if (key > max) max = key;
    items++;
  }
  if (settings.sparseRatio > 0 && max > items * settings.sparseRatio && max > settings.sparseSafe) {
    if (!settings.sparseConvert) throw refuse(table, 'excessively sparse array');
    return -1;
  }
  return max;
}

function encodeTable(table: LuaTable, settings: CjsonSettings, depth: number): string {
  if (depth > settings.encodeDepthMax) throw nativeError(`Cannot serialise, excessive nesting (${depth})`);
  const length = arrayLength(table, settings);
  if (length > 0) {
    let text = '[';
    for (let i = 1; i <= length; i++) {
      if (i > 1) text += ',';
      text += encodeValue(table.getNumber(i), settings, depth);
    }
    return `${text}]`;
  }
  let text = '{';
  for (let at = table.positionAfter(-1); at >= 0; at = table.positionAfter(at)) {
    if (text !== '{') text += ',';
    const key = table.keyAt(at);
    if (typeof key === 'string') text += `${encodeString(key)}:`;
    else if (typeof key === 'number') text += `"${encodeNumber(key, settings)}":`;
    else throw refuse(key, 'table key must be a number or string');
    text += encodeValue(table.valueAt(at), settings, depth);
  }
  return `${text}}`;
}

function encodeValue(value: LuaValue, settings: CjsonSettings, depth: number): string {
  switch (typeof value) {
    case 'string':
      return encodeString(value);
    case 'number':
      return encodeNumber(value, settings);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'undefined':
      return 'null';
    default:
      if (value instanceof LuaTable) return encodeTable(value, settings, depth + 1);
      if (value instanceof LuaUserdata) return 'null';
      throw refuse(value, 'type not supported');
  }
}

/** JSON text of a value. */
export function encodeJson(value: LuaValue, settings: CjsonSettings): string {
  return encodeValue(value, settings, 0);
}
