/**
 * Replies of commands to Lua values and back, as in Redis's script_lua.c.
 *
 * Towards Lua: a status is a table with `ok`, an error one with `err`, nil is false in RESP2 and nil in RESP3 (where maps, sets, doubles and
 * the like are tables with one field naming their kind). From Lua: numbers are truncated to integers, arrays end at the first nil.
 *
 * Invariant: the tables are built by the same assignments in the same order as in C, so `pairs` over a reply has Redis's order.
 */
import { bulk, error as errorReply, int, int64, NIL, type Reply, status } from '../reply.ts';
import { formatGeneral } from './number-format.ts';
import { hashString, LuaTable } from './table.ts';
import { type LuaValue, toText } from './value.ts';

const OK = hashString('ok');
const ERR = hashString('err');
const IGNORE = hashString('ignore_error_stats_update');
const DOUBLE = hashString('double');
const BIG_NUMBER = hashString('big_number');
const VERBATIM = hashString('verbatim_string');
const FORMAT = hashString('format');
const STRING = hashString('string');
const MAP = hashString('map');
const SET = hashString('set');

/** `status_reply`: a table with one field. */
export function oneField(name: string, hash: number, value: LuaValue): LuaTable {
  const table = new LuaTable(0, 0);
  table.setString(name, hash, value);
  return table;
}

export function statusTable(text: string): LuaTable {
  return oneField('ok', OK, text);
}

/**
 * The table of an error.
 * @param text with a leading `-`: code and message; without: a message to which `ERR` is added
 */
export function errorTable(text: string): LuaTable {
  let code = 'ERR';
  let message = text;
  if (text[0] === '-') {
    const space = text.indexOf(' ');
    if (space < 0) {
      message = text.slice(1);
    } else {
      code = text.slice(1, space);
      message = text.slice(space + 1);
    }
  }
  return oneField('err', ERR, `${code} ${trimNewlines(message)}`);
}

function trimNewlines(text: string): string {
  let start = 0;
  let end = text.length;
  const isNewline = (at: number) => text[at] === '\r' || text[at] === '\n';
  while (start < end && isNewline(start)) start++;
  while (end > start && isNewline(end - 1)) end--;
  return text.slice(start, end);
}

/** The table of an error that a command replied. */
export function commandErrorTable(text: string): LuaTable {
  const table = errorTable(`-${text}`);
  table.setString('ignore_error_stats_update', IGNORE, true);
  return table;
}

/** A command's reply as a Lua value. */
export function replyToLua(reply: Reply, resp: 2 | 3): LuaValue {
  switch (reply.kind) {
    case 'bulk':
      return reply.value;
    case 'int':
      return reply.value;
    case 'status':
      return statusTable(reply.value);
    case 'nil':
    case 'nil-array':
      return resp === 2 ? false : undefined;
    case 'array':
    case 'push':
      return arrayToLua(reply.value, resp);
    case 'error':
      return commandErrorTable(reply.value);
    case 'bigint':
      return Number(reply.value);
    default:
      return resp === 3 ? richToLua(reply) : flatToLua(reply);
  }
}

function arrayToLua(items: readonly Reply[], resp: 2 | 3): LuaTable {
  const values: LuaValue[] = [];
  let hasNil = false;
  for (let i = 0; i < items.length; i++) {
    const value = replyToLua(items[i]!, resp);
    if (value === undefined) hasNil = true;
    values.push(value);
  }
  if (!hasNil) return LuaTable.fromList(values);
  const table = new LuaTable(0, 0);
  for (let i = 0; i < values.length; i++) table.setNumber(i + 1, values[i]);
  return table;
}

type RichReply = Extract<Reply, { kind: 'map' | 'set' | 'double' | 'bool' | 'bignum' | 'verbatim' }>;

function richToLua(reply: RichReply): LuaValue {
  switch (reply.kind) {
    case 'double':
      return oneField('double', DOUBLE, reply.value);
    case 'bool':
      return reply.value;
    case 'bignum':
      return oneField('big_number', BIG_NUMBER, reply.value);
    case 'verbatim': {
      const inner = oneField('string', STRING, reply.value);
      inner.setString('format', FORMAT, reply.format);
      return oneField('verbatim_string', VERBATIM, inner);
    }
    case 'map': {
      const inner = new LuaTable(0, 0);
      for (const [key, value] of reply.value) inner.set(replyToLua(key, 3), replyToLua(value, 3));
      return oneField('map', MAP, inner);
    }
    case 'set': {
      const inner = new LuaTable(0, 0);
      for (const item of reply.value) inner.set(replyToLua(item, 3), true);
      return oneField('set', SET, inner);
    }
  }
}

/** What a RESP2 client gets in place of a RESP3 type. */
function flatToLua(reply: RichReply): LuaValue {
  switch (reply.kind) {
    case 'double':
      return doubleText(reply.value);
    case 'bool':
      return reply.value ? 1 : 0;
    case 'bignum':
    case 'verbatim':
      return reply.value;
    case 'set':
      return arrayToLua(reply.value, 2);
    case 'map': {
      const items: Reply[] = [];
      for (const [key, value] of reply.value) items.push(key, value);
      return arrayToLua(items, 2);
    }
  }
}

function doubleText(value: number): string {
  if (value === Infinity) return 'inf';
  if (value === -Infinity) return '-inf';
  if (Number.isNaN(value)) return 'nan';
  return formatGeneral(value, 17);
}

const NULL_REPLY = NIL;

/** Newlines would end a status or error line; Redis writes spaces instead. */
function oneLine(text: string): string {
  return text.replace(/[\r\n]/g, ' ');
}

/** Text up to the first zero byte, as C's string functions see it. */
function cString(text: string): string {
  const end = text.indexOf('\0');
  return end < 0 ? text : text.slice(0, end);
}

const INT64_MIN = -(2n ** 63n);

/** A number truncated to 64 bits, as x86 converts it. */
export function numberToReply(value: number): Reply {
  if (value > -9007199254740992 && value < 9007199254740992) return int(Math.trunc(value) + 0);
  if (Number.isNaN(value) || value >= 2 ** 63 || value < -(2 ** 63)) return int64(INT64_MIN);
  return int64(BigInt(Math.trunc(value)));
}

/** Depth of nested tables at which Redis gives up: its Lua stack has no room for more. */
const NESTING_MAX = 7996 / 2;

/**
 * A script's value as a reply.
 * @param resp the protocol that the script selected for its calls; it decides what a boolean is
 */
export function luaToReply(value: LuaValue, resp: 2 | 3, depth = 0): Reply {
  switch (typeof value) {
    case 'string':
      return bulk(value);
    case 'number':
      return numberToReply(value);
    case 'boolean':
      if (resp === 3) return { kind: 'bool', value };
      return value ? int(1) : NULL_REPLY;
    default:
      break;
  }
  if (!(value instanceof LuaTable)) return NULL_REPLY;
  if (depth >= NESTING_MAX) return errorReply('ERR reached lua stack limit');
  return tableToReply(value, resp, depth);
}

function tableToReply(table: LuaTable, resp: 2 | 3, depth: number): Reply {
  // The array of plain values is by far the most frequent; it has no string keys to look for.
  if (table.mask > 0 || table.nodes[0] !== undefined) {
    const special = taggedTable(table, resp, depth);
    if (special !== undefined) return special;
  }
  const items: Reply[] = [];
  for (let i = 1; ; i++) {
    const item = table.getNumber(i);
    if (item === undefined) break;
    items.push(luaToReply(item, resp, depth + 1));
  }
  return { kind: 'array', value: items };
}

function taggedTable(table: LuaTable, resp: 2 | 3, depth: number): Reply | undefined {
  const err = table.getString('err', ERR);
  if (typeof err === 'string') return errorReply(oneLine(cString(err)));
  const ok = table.getString('ok', OK);
  if (typeof ok === 'string') return status(oneLine(cString(ok)));
  const double = table.getString('double', DOUBLE);
  if (typeof double === 'number') return { kind: 'double', value: double };
  const bigNumber = table.getString('big_number', BIG_NUMBER);
  if (typeof bigNumber === 'string') return { kind: 'bignum', value: oneLine(bigNumber) };
  const verbatim = table.getString('verbatim_string', VERBATIM);
  if (verbatim instanceof LuaTable) {
    const format = verbatim.getString('format', FORMAT);
    const text = verbatim.getString('string', STRING);
    if (typeof format === 'string' && typeof text === 'string')
      return { kind: 'verbatim', format: cString(format), value: text };
  }
  const map = table.getString('map', MAP);
  if (map instanceof LuaTable) {
    const entries: [Reply, Reply][] = [];
    for (let at = map.positionAfter(-1); at >= 0; at = map.positionAfter(at)) {
      entries.push([luaToReply(map.keyAt(at), resp, depth + 1), luaToReply(map.valueAt(at), resp, depth + 1)]);
    }
    return { kind: 'map', value: entries };
  }
  const set = table.getString('set', SET);
  if (set instanceof LuaTable) {
    const items: Reply[] = [];
    for (let at = set.positionAfter(-1); at >= 0; at = set.positionAfter(at))
      items.push(luaToReply(set.keyAt(at), resp, depth + 1));
    return { kind: 'set', value: items };
  }
  return undefined;
}

/** The reply of a script that ended with an error. */
export function failureReply(value: LuaValue, where: { name: string; source: string; line: number }): Reply {
  let message: string;
  if (value instanceof LuaTable) {
    const text = toText(value.getString('err', ERR));
    // C formats a null pointer if the table has no message; Redis 7.0.15 crashes on it.
    message = text === undefined ? '(null)' : cString(text);
  } else {
    message = `ERR ${cString(String(toText(value) ?? value))}`;
  }
  const place = ` script: ${where.name}, on ${where.source}:${where.line}.`;
  return errorReply(oneLine(trimNewlines(message + place)));
}
