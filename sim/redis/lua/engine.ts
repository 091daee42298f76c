/**
 * Compiled scripts and their runs.
 *
 * A run swaps its state into the one `run` object, calls the main function, and turns what comes out into a reply: the value, or the error
 * with the place where it was raised.
 */

import { error as errorReply, type Reply } from '../reply.ts';
import type { CompiledScript } from '../script-engine.ts';
import { type LuaError, passNative } from './error.ts';
import { evalGlobals } from './globals.ts';
import { toDisplay } from './library/base.ts';
import { index } from './operators.ts';
import { failureReply, luaToReply, oneField } from './reply-conversion.ts';
import { argvTable, asLuaError, compileChunk, keysTable } from './runtime.ts';
import { createLuaMemory, type LuaHost, run, TICK_INTERVAL } from './state.ts';
import { hashString, LuaTable, restartIdentities } from './table.ts';
import { first, type LuaFunction, type LuaValue, toText } from './value.ts';

const CHUNK = 'user_script';
const HANDLER_FAILURE = 'err_handler_def:10: Attempt to modify a readonly table';

function lookupGlobal(name: string): LuaValue {
  return name === 'KEYS' || name === 'ARGV' ? undefined : evalGlobals.get(name);
}

/** Runs a function as a script of a host and gives its reply. */
export function execute(host: LuaHost, name: string, body: () => LuaValue): Reply {
  const { depth, nativeDepth, host: outerHost, memory, thread, resp, budget, globals } = run;
  run.depth = 0;
  run.nativeDepth = 0;
  run.budget = TICK_INTERVAL;
  run.host = host;
  run.memory = host.memory ?? createLuaMemory();
  run.thread = undefined;
  run.resp = 2;
  restartIdentities();
  try {
    const value = body();
    return luaToReply(value, run.resp);
  } catch (thrown) {
    const known = asLuaError(thrown);
    if (known === undefined) throw thrown;
    return describe(known, name);
  } finally {
    run.depth = depth;
    run.nativeDepth = nativeDepth;
    run.budget = budget;
    run.host = outerHost;
    run.memory = memory;
    run.thread = thread;
    run.resp = resp;
    run.globals = globals;
  }
}

/** What Redis's error handler and its caller make of an error. */
function describe(error: LuaError, name: string): Reply {
  if (error.isFresh) passNative(error);
  let { value } = error;
  if (value instanceof LuaTable && value.isReadonly) {
    // The handler itself fails when it adds the place to such a table, and the message tells where in the handler.
    return errorReply(`ERR ${HANDLER_FAILURE} script: ${name}, on @err_handler_def:10.`);
  }
  // Redis reads the field with metamethods.
  if (value instanceof LuaTable && value.metatable !== undefined) value = errorMessage(value);
  else if (!(value instanceof LuaTable)) value = toDisplay(value);
  return failureReply(value, { name, source: error.source, line: error.line });
}

function errorMessage(table: LuaTable): LuaTable {
  try {
    const message = toText(index(table, 'err'));
    return message === undefined ? table : oneField('err', hashString('err'), message);
  } catch (thrown) {
    if (asLuaError(thrown) === undefined) throw thrown;
    return table;
  }
}

function publishArguments(): void {
  evalGlobals.set('KEYS', keysTable());
  evalGlobals.set('ARGV', argvTable());
}

class EvalScript implements CompiledScript {
  private readonly main: LuaFunction;
  private readonly sha: string;
  /** Whether the script can look into the table of globals; if not, KEYS and ARGV need not be there. */
  private readonly seesGlobals: boolean;

  constructor(main: LuaFunction, sha: string) {
    this.main = main;
    this.sha = sha;
    this.seesGlobals = main.gen !== undefined;
  }

  run(host: LuaHost, keys: string[], argv: string[]): Reply {
    const { keys: outerKeys, argv: outerArgv, keysTable: outerKeysTable, argvTable: outerArgvTable } = run;
    run.keys = keys;
    run.argv = argv;
    run.keysTable = undefined;
    run.argvTable = undefined;
    if (this.seesGlobals) publishArguments();
    try {
      return execute(host, this.sha, () => first(this.main()));
    } finally {
      run.keys = outerKeys;
      run.argv = outerArgv;
      run.keysTable = outerKeysTable;
      run.argvTable = outerArgvTable;
    }
  }
}

/**
 * Compiles a script of EVAL or SCRIPT LOAD.
 * @param source byte string; a first line starting with `#!` is skipped, its flags are the caller's business
 * @param sha lower-case hex SHA-1 of the source
 * @throws LuaCompileError whose message follows `Error compiling script (new function): ` in Redis's reply
 */
export function compileScript(source: string, sha: string): CompiledScript {
  const main = compileChunk(withoutShebang(source), {
    chunk: CHUNK,
    source: `@${CHUNK}`,
    globals: lookupGlobal,
    hasKeys: true,
  });
  return new EvalScript(main, sha);
}

/** Without the text of a `#!` line; its newline stays, so that line numbers are right. */
function withoutShebang(source: string): string {
  if (!source.startsWith('#!')) return source;
  const end = source.indexOf('\n');
  return end < 0 ? '' : source.slice(end);
}
