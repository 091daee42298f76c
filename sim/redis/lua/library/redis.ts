/**
 * The `redis` table: calls of commands, replies, logging and switches.
 *
 * Source: script_lua.c of Redis 7.0.15. Errors raised by these functions are tables with a field `err`, not strings.
 */
import { LuaError } from '../error.ts';
import { formatGeneral } from '../number-format.ts';
import { commandErrorTable, errorTable, replyToLua, statusTable } from '../reply-conversion.ts';
import { sha1Hex } from '../sha1.ts';
import { run } from '../state.ts';
import type { LuaTable } from '../table.ts';
import { type LuaFunction, type LuaValue, numberToString, toNumber, toText } from '../value.ts';
import { builtIn, library, single, truncateToInt64 } from './arguments.ts';

const VERSION = '7.0.15';
const VERSION_NUMBER = 0x0007000f;
const LOG_WARNING = 3;

function raise(message: string): LuaError {
  return new LuaError(errorTable(message), 0);
}

/** `%.17g`, with the short way for whole numbers. */
export function argumentText(value: number): string {
  if (value % 1 === 0 && value < 1e15 && value > -1e15 && (value !== 0 || 1 / value > 0)) return String(value);
  return formatGeneral(value, 17);
}

/** The arguments of a command as byte strings, or the error that they are not. */
function commandArguments(args: readonly LuaValue[]): string[] | LuaTable {
  if (args.length === 0) return errorTable('Please specify at least one argument for this redis lib call');
  const texts: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const value = args[i];
    if (typeof value === 'string') texts.push(value);
    else if (typeof value === 'number') texts.push(argumentText(value));
    else return errorTable('Lua redis lib command arguments must be strings or integers');
  }
  return texts;
}

const call: LuaFunction = (...args) => {
  const { host } = run;
  if (host === undefined) throw raise('redis.call/pcall can only be called inside a script invocation');
  const texts = commandArguments(args);
  if (!(texts instanceof Array)) throw new LuaError(texts, 0);
  const reply = host.call(texts);
  if (reply.kind === 'bulk') return reply.value;
  if (reply.kind === 'error') throw new LuaError(commandErrorTable(reply.value), 0);
  return replyToLua(reply, run.resp);
};

const pcall: LuaFunction = (...args) => {
  const { host } = run;
  if (host === undefined) throw raise('redis.call/pcall can only be called inside a script invocation');
  const texts = commandArguments(args);
  if (!(texts instanceof Array)) return texts;
  return replyToLua(host.call(texts), run.resp);
};

const log: LuaFunction = (...args) => {
  if (args.length < 2) throw raise('redis.log() requires two arguments or more.');
  const number = toNumber(args[0]);
  if (number === undefined) throw raise('First argument must be a number (log level).');
  const level = truncateToInt64(number) | 0;
  if (level < 0 || level > LOG_WARNING) throw raise('Invalid debug level.');
  const { host } = run;
  if (host === undefined || level < (host.logLevelMin ?? 0)) return [];
  let message = '';
  for (let i = 1; i < args.length; i++) {
    const text = toText(args[i]);
    if (text === undefined) continue;
    if (i !== 1) message += ' ';
    message += text;
  }
  host.log(level, message);
  return [];
};

const setresp: LuaFunction = (...args) => {
  const { host } = run;
  if (host === undefined) throw raise('redis.setresp can only be called inside a script invocation');
  if (args.length !== 1) throw raise('redis.setresp() requires one argument.');
  const version = truncateToInt64(toNumber(args[0]) ?? 0) | 0;
  if (version !== 2 && version !== 3) throw raise('RESP version must be 2 or 3.');
  run.resp = version;
  host.setResp(version);
  return [];
};

const sha1hex: LuaFunction = (...args) => {
  if (args.length !== 1) throw raise('wrong number of arguments');
  const value = args[0];
  return sha1Hex(typeof value === 'number' ? numberToString(value) : typeof value === 'string' ? value : '');
};

const errorReply: LuaFunction = (...args) => {
  const text = args[0];
  if (args.length !== 1 || typeof text !== 'string') return errorTable('wrong number or type of arguments');
  return errorTable(text[0] === '-' ? text : `-${text}`);
};

const statusReply: LuaFunction = (...args) => {
  const text = args[0];
  if (args.length !== 1 || typeof text !== 'string') return errorTable('wrong number or type of arguments');
  return statusTable(text);
};

const setRepl: LuaFunction = (...args) => {
  const { host } = run;
  if (host === undefined) throw raise('redis.set_repl can only be called inside a script invocation');
  if (args.length !== 1) throw raise('redis.set_repl() requires two arguments.');
  const flags = truncateToInt64(toNumber(args[0]) ?? 0) | 0;
  if ((flags & ~3) !== 0) throw raise('Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE.');
  host.setReplication?.(flags);
  return [];
};

const aclCheckCmd: LuaFunction = (...args) => {
  const { host } = run;
  if (host === undefined) throw raise('redis.acl_check_cmd can only be called inside a script invocation');
  const texts = commandArguments(args);
  if (!(texts instanceof Array)) throw new LuaError(texts, 0);
  if (host.isAllowed === undefined) throw raise('redis.acl_check_cmd is not supported by this simulated server');
  const isAllowed = host.isAllowed(texts);
  if (isAllowed === undefined) throw raise('Invalid command passed to redis.acl_check_cmd()');
  return isAllowed;
};

/** The entries shared by EVAL and function libraries, in the order in which Redis adds them. */
export function commonRedisEntries(): Record<string, LuaValue> {
  return {
    call: single(call),
    pcall: single(pcall),
    log: builtIn(log),
    LOG_DEBUG: 0,
    LOG_VERBOSE: 1,
    LOG_NOTICE: 2,
    LOG_WARNING,
    REDIS_VERSION_NUM: VERSION_NUMBER,
    REDIS_VERSION: VERSION,
    setresp: builtIn(setresp),
    sha1hex: single(sha1hex),
    error_reply: single(errorReply),
    status_reply: single(statusReply),
    set_repl: builtIn(setRepl),
    REPL_NONE: 0,
    REPL_AOF: 1,
    REPL_SLAVE: 2,
    REPL_REPLICA: 2,
    REPL_ALL: 3,
    acl_check_cmd: single(aclCheckCmd),
  };
}

/** The `redis` table of functions while they are called. */
export function functionRedisLibrary(): LuaTable {
  return library(commonRedisEntries());
}

/** The `redis` table while a library is loaded. */
export function loadRedisLibrary(register: LuaFunction): LuaTable {
  return library({
    register_function: builtIn(register),
    log: builtIn(log),
    LOG_DEBUG: 0,
    LOG_VERBOSE: 1,
    LOG_NOTICE: 2,
    LOG_WARNING,
    REDIS_VERSION_NUM: VERSION_NUMBER,
    REDIS_VERSION: VERSION,
  });
}

/** The `redis` table of EVAL. The debugger is never active, so its two functions do what they do then: nothing. */
export function redisLibrary(): LuaTable {
  return library({
    ...commonRedisEntries(),
    breakpoint: single(() => false),
    debug: builtIn(() => []),
    replicate_commands: single(() => true),
  });
}
