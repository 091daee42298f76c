/**
 * EVAL on our engine, as raw RESP2 bytes, over a host with the few commands that the compared scripts use.
 */
import {
  compileScript,
  createLuaMemory,
  LuaCompileError,
  type LuaHost,
  sha1Hex,
} from '../../../sim/redis/lua/index.ts';
import { error as errorReply, type Reply } from '../../../sim/redis/reply.ts';

/** RESP2 text of a reply. */
export function encodeReply(reply: Reply): string {
  switch (reply.kind) {
    case 'nil':
      return '$-1\r\n';
    case 'nil-array':
      return '*-1\r\n';
    case 'int':
    case 'bigint':
      return `:${reply.value}\r\n`;
    case 'bulk':
      return `$${reply.value.length}\r\n${reply.value}\r\n`;
    case 'status':
      return `+${reply.value}\r\n`;
    case 'error':
      return `-${reply.value}\r\n`;
    case 'array':
    case 'set':
    case 'push':
      return `*${reply.value.length}\r\n${reply.value.map(encodeReply).join('')}`;
    case 'map':
      return `*${reply.value.length * 2}\r\n${reply.value.map(([key, value]) => encodeReply(key) + encodeReply(value)).join('')}`;
    case 'bool':
      return `:${reply.value ? 1 : 0}\r\n`;
    default: {
      const text = String(reply.value);
      return `$${text.length}\r\n${text}\r\n`;
    }
  }
}

function runCommand(args: readonly string[]): Reply {
  const name = args[0]!.toUpperCase();
  if (name === 'ECHO' && args.length === 2) return { kind: 'bulk', value: args[1]! };
  if (name === 'PING' && args.length === 1) return { kind: 'status', value: 'PONG' };
  if (name === 'ECHO') return errorReply('ERR Wrong number of args calling Redis command from script');
  return errorReply('ERR Unknown Redis command called from script');
}

/** One simulated server: what scripts leave behind stays for the next. */
export class OurRedis {
  private readonly host: LuaHost = {
    call: runCommand,
    log() {},
    setResp() {},
    memory: createLuaMemory(),
    isAllowed: (args) => (['GET', 'SET', 'ECHO', 'PING'].includes(args[0]!.toUpperCase()) ? true : undefined),
  };

  eval(source: string, keys: string[] = [], argv: string[] = []): string {
    try {
      return encodeReply(compileScript(source, sha1Hex(source)).run(this.host, keys, argv));
    } catch (error) {
      if (!(error instanceof LuaCompileError)) throw error;
      const text = `ERR Error compiling script (new function): ${error.message}`;
      return encodeReply(errorReply(text.replace(/[\r\n]/g, ' ')));
    }
  }
}
