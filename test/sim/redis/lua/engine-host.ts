/** A host whose commands only echo, and EVAL in one call. */
import { compileScript, createLuaMemory, type LuaHost, sha1Hex } from '../../../../sim/redis/lua/index.ts';
import type { Reply } from '../../../../sim/redis/reply.ts';

export interface RecordingHost extends LuaHost {
  readonly calls: string[][];
  readonly logs: string[];
}

/** @param reply answers each command; by default with its first argument */
export function createHost(reply?: (args: string[]) => Reply): RecordingHost {
  const calls: string[][] = [];
  const logs: string[] = [];
  return {
    calls,
    logs,
    memory: createLuaMemory(),
    call(args) {
      calls.push(args);
      return reply === undefined ? { kind: 'bulk', value: args[1] ?? '' } : reply(args);
    },
    log: (level, message) => void logs.push(`${level} ${message}`),
    setResp() {},
  };
}

/** Compiles and runs a script. */
export function evaluate(source: string, options: { host?: LuaHost; keys?: string[]; argv?: string[] } = {}): Reply {
  const { host = createHost(), keys = [], argv = [] } = options;
  return compileScript(source, sha1Hex(source)).run(host, keys, argv);
}

/** The text of a script's bulk reply. */
export function text(source: string): string {
  const reply = evaluate(source);
  if (reply.kind !== 'bulk') throw new Error(`expected a bulk reply, got ${JSON.stringify(reply)}`);
  return reply.value;
}
