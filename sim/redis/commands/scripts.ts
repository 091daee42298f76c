/**
 * EVAL, EVALSHA, their read-only forms, and SCRIPT (eval.c, script.c).
 *
 * How a script runs is in `script-run.ts`.
 */
import type { Client } from '../client.ts';
import type { Handlers } from '../command.ts';
import * as errors from '../errors.ts';
import { array, bulk, int, OK, type Reply } from '../reply.ts';
import { runScript } from '../script-run.ts';
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
  return runScript(client, script.compiled, { keys, argv, isReadOnly: form.isReadOnly, flags: script.flags });
}

function compile(client: Client, source: string): KnownScript {
  try {
    return client.engine.scripts.load(source);
  } catch (thrown) {
    if (!(thrown instanceof Error) || thrown.name !== 'LuaCompileError') throw thrown;
    return errors.fail(errors.compileFailure(thrown.message));
  }
}
