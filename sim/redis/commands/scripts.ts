/**
 * EVAL, EVALSHA, their read-only forms, and SCRIPT (eval.c, script.c).
 *
 * A script runs as one step: no other command comes between, waiting clients are served after it, and its effects are one batch. It runs on
 * a client of its own, so a SELECT inside does not move the caller. Functions (FUNCTION, FCALL) are refused by name.
 */
import { SeedstormError } from '../../kernel/errors.ts';
import type { Client } from '../client.ts';
import type { Handlers } from '../command.ts';
import * as errors from '../errors.ts';
import type { LuaHost, LuaMemory } from '../lua/index.ts';
import { formatDouble } from '../numbers.ts';
import { array, bulk, int, NIL, OK, type Reply } from '../reply.ts';
import type { KnownScript } from '../scripting.ts';
import { integerArgument } from './arguments.ts';
import { helpCommand } from './help.ts';

export const scriptCommands: Handlers = {
  eval: (client, args) => evaluate(client, args, { isBySha: false, isReadOnly: false }),
  eval_ro: (client, args) => evaluate(client, args, { isBySha: false, isReadOnly: true }),
  evalsha: (client, args) => evaluate(client, args, { isBySha: true, isReadOnly: false }),
  evalsha_ro: (client, args) => evaluate(client, args, { isBySha: true, isReadOnly: true }),

  'script|load'(client, args) {
    return bulk(compile(client, args[2]!).sha);
  },

  'script|exists'(client, args) {
    const replies: Reply[] = [];
    for (let at = 2; at < args.length; at++)
      replies.push(int(client.engine.scripts.find(args[at]!) === undefined ? 0 : 1));
    return array(replies);
  },

  'script|flush'(client, args) {
    if (args.length > 3 || (args.length === 3 && !/^a?sync$/i.test(args[2]!))) return errors.fail(errors.SCRIPT_FLUSH);
    client.engine.scripts.flush();
    return OK;
  },

  'script|kill': () => errors.fail(errors.NOT_BUSY),

  'script|debug'(_client, args) {
    const mode = args[2]!.toUpperCase();
    if (mode === 'NO') return OK;
    return errors.fail(
      mode === 'YES' || mode === 'SYNC' ? errors.notSimulated('the Lua debugger') : errors.SCRIPT_DEBUG,
    );
  },

  'script|help': helpCommand('script'),
};

interface EvaluationForm {
  readonly isBySha: boolean;
  readonly isReadOnly: boolean;
}

function evaluate(client: Client, args: readonly string[], form: EvaluationForm): Reply {
  if (form.isBySha && args[1]!.length !== 40) return errors.fail(errors.NO_SCRIPT);
  const keyCount = integerArgument(args[2]!);
  if (keyCount > args.length - 3) return errors.fail(errors.NUMKEYS_TOO_MANY);
  if (keyCount < 0) return errors.fail(errors.NEGATIVE_KEY_COUNT);
  const script = form.isBySha ? client.engine.scripts.find(args[1]!) : compile(client, args[1]!);
  if (script === undefined) return errors.fail(errors.NO_SCRIPT);
  const keys = args.slice(3, 3 + keyCount);
  const argv = args.slice(3 + keyCount);
  return run(client, script, keys, argv, form.isReadOnly);
}

function compile(client: Client, source: string): KnownScript {
  try {
    return client.engine.scripts.load(source);
  } catch (thrown) {
    if (!(thrown instanceof Error) || thrown.name !== 'LuaCompileError') throw thrown;
    return errors.fail(errors.compileFailure(thrown.message));
  }
}

function run(client: Client, script: KnownScript, keys: string[], argv: string[], isReadOnly: boolean): Reply {
  const { engine } = client;
  const runner = engine.scriptRunner();
  runner.db = client.db;
  runner.user = client.user;
  runner.resp = 2;
  runner.isReadOnlyScript = isReadOnly || script.isReadOnly;
  engine.dispatcher!.hasScriptWritten = false;
  const reply = script.compiled.run(new Host(runner), keys, argv);
  // What the script has done was passed on call by call.
  engine.propagation.replace(client.db.number);
  return reply;
}

/** Steps after which a script counts as endless, in ticks of the engine. */
const TICKS_MAX = 200_000;
/** Virtual cost of one tick: about a thousand steps of the real interpreter. */
const TICK_MICROS = 10;

class Host implements LuaHost {
  readonly memory: LuaMemory;
  readonly #runner: Client;
  #ticks = 0;

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
export function asResp2(reply: Reply): Reply {
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
