/**
 * One run of a script or function: the checks before it (`scriptPrepareForRun` of script.c), and the host through which it reaches the server.
 *
 * It runs as one step on a client of its own, so a SELECT inside does not move the caller: no other command comes between, waiting clients are
 * served after it, and its effects are one batch.
 */
import { SeedstormError } from '../kernel/errors.ts';
import type { Client } from './client.ts';
import * as errors from './errors.ts';
import type { FunctionFlag, LuaHost, LuaMemory } from './lua/index.ts';
import { formatDouble } from './numbers.ts';
import { array, bulk, int, NIL, type Reply } from './reply.ts';
import type { CompiledScript } from './script-engine.ts';

/** How a script is called. */
export interface Call {
  readonly keys: string[];
  readonly argv: string[];
  /** Called by a command that ends in `_RO`. */
  readonly isReadOnly: boolean;
  /** What the script declares; null for one without a `#!` line, which may do all that its caller may. */
  readonly flags: readonly FunctionFlag[] | null;
}

/** Runs a script for a client and gives its reply. */
export function runScript(client: Client, script: CompiledScript, { keys, argv, isReadOnly, flags }: Call): Reply {
  const { engine } = client;
  const dispatcher = engine.dispatcher!;
  const writesNot = flags?.includes('no-writes') === true;
  const mayExceedMemory = flags?.includes('allow-oom') === true;
  if (dispatcher.isStale && flags?.includes('allow-stale') !== true) {
    return errors.fail(flags === null ? errors.MASTER_DOWN : errors.MASTER_DOWN_FOR_SCRIPT);
  }
  if (flags !== null) {
    if (!writesNot && isReadOnly) return errors.fail(errors.WRITING_SCRIPT_READ_ONLY);
    if (dispatcher.isOutOfMemory && !writesNot && !mayExceedMemory) return errors.fail(errors.SCRIPT_OUT_OF_MEMORY);
  }
  const runner = engine.scriptRunner();
  runner.db = client.db;
  runner.user = client.user;
  runner.resp = 2;
  runner.isReadOnlyScript = isReadOnly || writesNot;
  runner.mayExceedMemory = mayExceedMemory;
  dispatcher.hasScriptWritten = false;
  const reply = script.run(new RunHost(runner), keys, argv);
  // What the script has done was passed on call by call.
  engine.propagation.replace(client.db.number);
  return reply;
}

/** Steps after which a script counts as endless, in ticks of the engine. */
const TICKS_MAX = 200_000;
/** Virtual cost of one tick: about a thousand steps of the real interpreter. */
const TICK_MICROS = 10;

/**
 * The server as a running script, or a library that is being loaded, sees it.
 *
 * Differs: scripts and functions share the settings of cjson here; in Redis each of the two has an interpreter of its own.
 */
export class RunHost implements LuaHost {
  readonly memory: LuaMemory;
  readonly #runner: Client;
  #ticks = 0;

  /** @param runner the client of scripts */
  constructor(runner: Client) {
    this.#runner = runner;
    this.memory = runner.engine.luaMemory;
  }

  call(args: string[]): Reply {
    const runner = this.#runner;
    const reply = runner.engine.dispatcher!.callFromScript(runner, args);
    return runner.resp === 2 ? asResp2(reply) : reply;
  }

  log(_level: number, message: string): void {
    this.#runner.engine.log(message);
  }

  setResp(version: 2 | 3): void {
    this.#runner.resp = version;
  }

  isAllowed(args: string[]): boolean | undefined {
    return this.#runner.engine.dispatcher!.isAllowed(this.#runner, args);
  }

  /**
   * Differs: a script that never ends would make the real server answer BUSY to others until it is killed; here nothing else runs meanwhile, so
   * the run ends as an error of the simulation.
   */
  tick(): void {
    this.#ticks += 1;
    this.#runner.engine.chargeMicros(TICK_MICROS);
    if (this.#ticks < TICKS_MAX) return;
    throw new SeedstormError('E_SPIN', `A Lua script did not end after ${TICKS_MAX} thousand steps.`);
  }
}

/** A reply in the form that RESP2 gives it: the script sees what a RESP2 client would. */
function asResp2(reply: Reply): Reply {
  switch (reply.kind) {
    case 'array':
      return hasOnlyPlain(reply.value) ? reply : array(reply.value.map(asResp2));
    case 'set':
    case 'push':
      return array(reply.value.map(asResp2));
    case 'map': {
      const flat: Reply[] = [];
      for (const [key, value] of reply.value) flat.push(asResp2(key), asResp2(value));
      return array(flat);
    }
    case 'double':
      return bulk(formatDouble(reply.value));
    case 'bool':
      return int(reply.value ? 1 : 0);
    case 'bignum':
    case 'verbatim':
      return bulk(reply.value);
    case 'nil-array':
      return NIL;
    default:
      return reply;
  }
}

function hasOnlyPlain(replies: readonly Reply[]): boolean {
  for (let index = 0; index < replies.length; index++) {
    const kind = replies[index]!.kind;
    if (kind !== 'bulk' && kind !== 'int' && kind !== 'nil' && kind !== 'status') return false;
  }
  return true;
}
