/**
 * The global environment of scripts: built once, read-only, shared by every script of every simulated server.
 *
 * Sharing is safe because nothing can be written: the table and all library tables are marked read-only, as Redis marks them. What does
 * change between scripts is in `LuaMemory`.
 */

import { chunkDisplayName } from './chunk-name.ts';
import { LuaError } from './error.ts';
import { single } from './library/arguments.ts';
import { baseLibrary, toDisplay } from './library/base.ts';
import { bitLibrary } from './library/bit.ts';
import { serverCjsonLibrary } from './library/cjson.ts';
import { cmsgpackLibrary } from './library/cmsgpack.ts';
import { coroutineLibrary } from './library/coroutine.ts';
import { mathLibrary } from './library/math.ts';
import { functionRedisLibrary, loadRedisLibrary, redisLibrary } from './library/redis.ts';
import { stringLibrary } from './library/string.ts';
import { structLibrary } from './library/struct.ts';
import { tableLibrary } from './library/table.ts';
import { stringMetatable } from './operators.ts';
import { errorTable } from './reply-conversion.ts';
import { compileChunk } from './runtime.ts';
import { run } from './state.ts';
import { identityOf, LuaTable } from './table.ts';
import { type LuaFunction, type LuaValue, toText } from './value.ts';

/** `__index` of the globals. */
const refuseUnknown: LuaFunction = (_table, name) => {
  throw new LuaError(`Script attempted to access nonexistent global variable '${toText(name) ?? ''}'`, 1);
};

/**
 * The function that Redis installs to turn errors into tables. Here `engine.ts` does that, and the global is only what a script may call.
 * Differs: it does not add the place of its caller. A script that calls it by its name can tell.
 */
const errorHandler: LuaFunction = (value) => {
  if (value instanceof LuaTable) return value;
  return errorTable(String(toDisplay(value)));
};

function makeReadonly(table: LuaTable): void {
  if (table.isReadonly) return;
  table.isReadonly = true;
  identityOf(table);
  for (let at = table.positionAfter(-1); at >= 0; at = table.positionAfter(at)) {
    const value = table.valueAt(at);
    if (value instanceof LuaTable) makeReadonly(value);
  }
  if (table.metatable !== undefined) makeReadonly(table.metatable);
}

/** A global environment with this `redis` table. */
function createGlobals(redis: LuaTable, hasKeys: boolean): LuaTable {
  const globals = new LuaTable(0, 0);
  const lookup = (name: string): LuaValue => (name === 'KEYS' || name === 'ARGV' ? undefined : globals.get(name));
  const load = (source: string, chunkName: string): LuaFunction =>
    compileChunk(source, {
      chunk: chunkDisplayName(chunkName),
      source: chunkName,
      globals: lookup,
      hasKeys,
      isGenerator: true,
      levelsUsed: run.nativeDepth + 1,
    });
  const entries: Record<string, LuaValue> = {
    ...baseLibrary(load),
    _G: globals,
    __redis__err__handler: single(errorHandler),
    string: stringTable,
    table: tableLibrary(),
    math: mathLibrary(),
    coroutine: coroutineLibrary(),
    cjson: serverCjsonLibrary(),
    struct: structLibrary(),
    cmsgpack: cmsgpackLibrary(),
    bit: bitLibrary(),
    redis,
  };
  for (const name of Object.keys(entries)) globals.set(name, entries[name]);
  const metatable = new LuaTable(0, 0);
  metatable.set('__index', single(refuseUnknown));
  globals.metatable = metatable;
  makeReadonly(globals);
  return globals;
}

const stringTable = stringLibrary();
makeReadonly(stringMetatable);

/** What a function library sees while its functions are called. */
export const functionGlobals = createGlobals(functionRedisLibrary(), false);

/** What a function library sees while it is loaded: only a small `redis` table. */
export function createLoadGlobals(register: LuaFunction): LuaTable {
  const globals = new LuaTable(0, 0);
  const redis = loadRedisLibrary(register);
  globals.set('redis', redis);
  for (const table of [redis, globals]) {
    table.metatable = new LuaTable(0, 0);
    table.metatable.set('__index', refuseUnknown);
  }
  makeReadonly(globals);
  return globals;
}

/** The globals of EVAL. */
export const evalGlobals = createGlobals(redisLibrary(), true);
