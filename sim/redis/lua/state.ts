/**
 * The state of the run in progress, and the limits on it.
 *
 * Compiled code and the standard library are shared by all runs of all simulated servers, which is safe because scripts cannot change
 * them: globals are read-only. What belongs to one run is here, set on entry and restored on exit, so that runs may nest.
 *
 * Differs: Lua's limit on nested calls is about 16,000 frames; here it is a budget of estimated JavaScript stack bytes, because the
 * engine's own limit depends on what was optimised and would differ from run to run. A recursion deeper than about 4,000 plain frames can tell.
 */
import type { ScriptHost } from '../script-engine.ts';
import { LuaError, passNative } from './error.ts';
import { type CjsonSettings, defaultCjsonSettings } from './library/cjson-encode.ts';
import type { LuaTable } from './table.ts';
import type { LuaFunction, LuaResult, LuaThread, LuaValue } from './value.ts';

/** How many back-edges and calls pass between two looks at the host's clock. */
export const TICK_INTERVAL = 1000;

/** Estimated JavaScript stack, in units of 8 bytes, that nested Lua calls may take. */
export const DEPTH_MAX = 64_000;

/** LUAI_MAXCCALLS less the levels that Redis itself occupies. */
export const NATIVE_DEPTH_MAX = 198;

/** What a host may offer besides the calls of a script. */
export interface LuaHost extends ScriptHost {
  /** Called every `TICK_INTERVAL` back-edges and calls; what it throws ends the script and cannot be caught by it. */
  tick?(): void;
  /** What scripts leave behind on this server. Absent: each run starts as on a fresh server. */
  readonly memory?: LuaMemory;
  /** `redis.acl_check_cmd`: whether the caller may run the command, `undefined` if there is no such command. Absent: the function refuses. */
  isAllowed?(args: string[]): boolean | undefined;
  /** `redis.set_repl`: how the commands that follow are propagated (1 append-only file, 2 replicas, 3 both, 0 none). */
  setReplication?(flags: number): void;
  /** The lowest level that `redis.log` passes on. Absent: all levels. */
  readonly logLevelMin?: number;
}

/** What one script leaves for the next, since Redis runs all of them in one interpreter. Everything else is read-only. */
export interface LuaMemory {
  /** The state of Redis's own drand48, 48 bits in two halves of 24. */
  randomHigh: number;
  randomLow: number;
  cjson: CjsonSettings;
}

/** The memory of a server that has run no script yet. */
export function createLuaMemory(): LuaMemory {
  return { randomHigh: 0x1234ab, randomLow: 0xcd330e, cjson: defaultCjsonSettings() };
}

export class LuaRun {
  /** Nested calls, in the unit of `DEPTH_MAX`. */
  depth = 0;
  /** Calls and back-edges until the next tick. */
  budget = TICK_INTERVAL;
  nativeDepth = 0;
  host: LuaHost | undefined = undefined;
  memory: LuaMemory = createLuaMemory();
  keys: readonly string[] = [];
  argv: readonly string[] = [];
  keysTable: LuaTable | undefined = undefined;
  argvTable: LuaTable | undefined = undefined;
  thread: LuaThread | undefined = undefined;
  /** The table of globals that function libraries see now. */
  globals: LuaTable | undefined = undefined;
  /** The protocol that the script selected. */
  resp: 2 | 3 = 2;

  /** Called when the budget is used up. */
  tick(): void {
    this.budget = TICK_INTERVAL;
    this.host?.tick?.();
  }

  /** Called when a function was entered beyond the depth limit. */
  overflow(): never {
    throw new LuaError('stack overflow', 1);
  }
}

/** The one run in progress. A single object whose fields are swapped, so that compiled code can hold on to it. */
export const run = new LuaRun();

/** Calls a Lua function from a built-in or a metamethod: one level of C calls, through which no coroutine can yield. */
export function callFromNative(target: LuaFunction, args: LuaValue[]): LuaResult {
  if (run.nativeDepth >= NATIVE_DEPTH_MAX) throw new LuaError('C stack overflow', 0);
  run.nativeDepth++;
  try {
    return target.apply(undefined, args);
  } catch (error) {
    if (error instanceof LuaError) passNative(error);
    throw error;
  } finally {
    run.nativeDepth--;
  }
}
