/**
 * FUNCTION LOAD: runs a library's code once, collects the functions that it registers, and makes them callable.
 *
 * Source: function_lua.c of Redis 7.0.15. While the code is loaded it sees only a small `redis` table; its functions, when called, see the
 * globals of scripts without KEYS and ARGV, which they get as arguments. So globals are looked up each time, not bound when compiled.
 */

import type { Reply } from '../reply.ts';
import type { CompiledScript } from '../script-engine.ts';
import { execute } from './engine.ts';
import { LuaCompileError, LuaError } from './error.ts';
import { createLoadGlobals, functionGlobals } from './globals.ts';
import { toDisplay } from './library/base.ts';
import { errorTable } from './reply-conversion.ts';
import { asLuaError, compileChunk } from './runtime.ts';
import { createLuaMemory, type LuaHost, run } from './state.ts';
import { LuaTable } from './table.ts';
import { first, type LuaFunction, type LuaValue, toText } from './value.ts';

export type FunctionFlag = 'no-writes' | 'allow-oom' | 'allow-stale' | 'no-cluster' | 'allow-cross-slot-keys';

const FLAGS: readonly string[] = ['no-writes', 'allow-oom', 'allow-stale', 'no-cluster', 'allow-cross-slot-keys'];
const CHUNK = 'user_function';

/** A function that FCALL can call. */
export interface RegisteredFunction extends CompiledScript {
  readonly name: string;
  readonly description: string | undefined;
  readonly flags: readonly FunctionFlag[];
}

interface Registration {
  name: string | undefined;
  description: string | undefined;
  callback: LuaFunction | undefined;
  flags: readonly FunctionFlag[];
}

function raise(message: string): LuaError {
  return new LuaError(errorTable(message), 0);
}

class LibraryFunction implements RegisteredFunction {
  readonly name: string;
  readonly description: string | undefined;
  readonly flags: readonly FunctionFlag[];
  private readonly callback: LuaFunction;

  constructor(
    name: string,
    callback: LuaFunction,
    options: { description: string | undefined; flags: readonly FunctionFlag[] },
  ) {
    this.name = name;
    this.callback = callback;
    this.description = options.description;
    this.flags = options.flags;
  }

  run(host: LuaHost, keys: string[], argv: string[]): Reply {
    return execute(host, this.name, () => {
      run.globals = functionGlobals;
      return first(this.callback(LuaTable.fromList(keys), LuaTable.fromList(argv)));
    });
  }
}

function readFlags(table: LuaTable): readonly FunctionFlag[] {
  const flags: FunctionFlag[] = [];
  for (let i = 1; ; i++) {
    const value = table.getNumber(i);
    if (value === undefined) return flags;
    if (typeof value !== 'string' || !FLAGS.includes(value)) throw raise('unknown flag given');
    flags.push(value as FunctionFlag);
  }
}

function readNamed(table: LuaValue): Registration {
  if (!(table instanceof LuaTable)) {
    throw raise(
      'calling redis.register_function with a single argument is only applicable to Lua table (representing named arguments).',
    );
  }
  const found: Registration = { name: undefined, description: undefined, callback: undefined, flags: [] };
  for (let at = table.positionAfter(-1); at >= 0; at = table.positionAfter(at)) {
    const key = toText(table.keyAt(at));
    const value = table.valueAt(at);
    if (key === undefined) throw raise('named argument key given to redis.register_function is not a string');
    switch (key.toLowerCase()) {
      case 'function_name':
        found.name = toText(value);
        if (found.name === undefined) {
          throw raise('function_name argument given to redis.register_function must be a string');
        }
        break;
      case 'description':
        found.description = toText(value);
        if (found.description === undefined) {
          throw raise('description argument given to redis.register_function must be a string');
        }
        break;
      case 'callback':
        if (typeof value !== 'function') {
          throw raise('callback argument given to redis.register_function must be a function');
        }
        found.callback = value;
        break;
      case 'flags':
        if (!(value instanceof LuaTable)) {
          throw raise('flags argument to redis.register_function must be a table representing function flags');
        }
        found.flags = readFlags(value);
        break;
      default:
        throw raise('unknown argument given to redis.register_function');
    }
  }
  return found;
}

function readArguments(args: readonly LuaValue[]): Registration {
  if (args.length < 1 || args.length > 2) throw raise('wrong number of arguments to redis.register_function');
  if (args.length === 1) return readNamed(args[0]);
  const name = toText(args[0]);
  if (name === undefined) throw raise('first argument to redis.register_function must be a string');
  const callback = args[1];
  if (typeof callback !== 'function') throw raise('second argument to redis.register_function must be a function');
  return { name, description: undefined, callback, flags: [] };
}

/**
 * Loads a library.
 * @param source byte string without its `#!lua name=...` line, but with that line's newline
 * @param host gets what the code logs while it is loaded
 * @returns the registered functions in the order of registration; none is an error that the caller reports
 * @throws LuaCompileError with the text of FUNCTION LOAD's error, after `ERR `
 */
export function compileLibrary(source: string, host: LuaHost): RegisteredFunction[] {
  let main: LuaFunction;
  try {
    main = compileChunk(source, {
      chunk: CHUNK,
      source: `@${CHUNK}`,
      globals: () => undefined,
      hasKeys: false,
      isDynamic: true,
    });
  } catch (thrown) {
    if (!(thrown instanceof LuaCompileError)) throw thrown;
    throw new LuaCompileError(`Error compiling function: ${thrown.message}`);
  }
  const functions = new Map<string, RegisteredFunction>();
  const register: LuaFunction = (...args) => {
    if (run.globals === functionGlobals) {
      throw raise('redis.register_function can only be called on FUNCTION LOAD command');
    }
    const { name, description, callback, flags } = readArguments(args);
    if (name === undefined) throw raise('redis.register_function must get a function name argument');
    if (callback === undefined) throw raise('redis.register_function must get a callback argument');
    if (!/^[A-Za-z0-9_]+$/.test(name)) {
      throw raise(
        'Library names can only contain letters, numbers, or underscores(_) and must be at least one character long',
      );
    }
    if (functions.has(name)) throw raise('Function already exists in the library');
    functions.set(name, new LibraryFunction(name, callback, { description, flags }));
    return [];
  };
  load(main, host, createLoadGlobals(register));
  return [...functions.values()];
}

/** Runs a library's code. */
function load(main: LuaFunction, host: LuaHost, globals: LuaTable): void {
  const failure = { message: '' };
  // While loading there is no script invocation, so only `redis.log` reaches the host.
  const loadingHost: LuaHost = {
    call: () => ({ kind: 'error', value: 'ERR redis.call/pcall can only be called inside a script invocation' }),
    log: (level, message) => host.log(level, message),
    setResp() {},
    memory: host.memory ?? createLuaMemory(),
    ...(host.tick === undefined ? {} : { tick: () => host.tick?.() }),
  };
  execute(loadingHost, CHUNK, () => {
    run.globals = globals;
    try {
      main();
    } catch (thrown) {
      const known = asLuaError(thrown);
      if (known === undefined) throw thrown;
      const { value } = known;
      const text = value instanceof LuaTable ? toText(value.get('err')) : `ERR ${toDisplay(value)}`;
      failure.message = `Error registering functions: ${text ?? '(null)'}`;
    }
    return undefined;
  });
  if (failure.message !== '') throw new LuaCompileError(failure.message);
}
