/**
 * The port between the Redis commands about scripts (`commands/scripting.ts`) and the engine that compiles and runs Lua (`lua/`).
 *
 * The engine knows nothing of clients or keys: it calls back through `ScriptHost`. It draws no randomness of its own and reads no clock,
 * so a script's outcome follows from its arguments and from what the host answers.
 */
import type { LuaReply } from './reply.ts';

/** What a running script may ask of the server. */
export interface ScriptHost {
  /** Executes a command (name first, byte strings). An error comes back as a reply of kind `error`; the engine decides whether to raise it. */
  call(args: string[]): LuaReply;
  /** `redis.log`: levels 0 (debug) to 3 (warning). */
  log(level: number, message: string): void;
  /** `redis.setresp`: the protocol in which `call` answers from now on. Each run starts with 2. */
  setResp(version: 2 | 3): void;
}

/** A script, ready to run any number of times. */
export interface CompiledScript {
  /**
   * Runs to the end without interruption.
   * @returns the script's value as a reply; a script error is a reply of kind `error` with Redis's text
   */
  run(host: ScriptHost, keys: string[], argv: string[]): LuaReply;
}

/** What an engine offers. */
export interface ScriptEngine {
  /**
   * @param source byte string
   * @param sha lower-case hex SHA-1 of the source
   * @throws LuaCompileError with Redis's message text
   */
  compileScript(source: string, sha: string): CompiledScript;
}
