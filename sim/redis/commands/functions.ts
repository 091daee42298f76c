/**
 * FUNCTION and FCALL (functions.c). FUNCTION DUMP and RESTORE are refused by name, since their payload is that of an RDB file.
 *
 * Differs: FUNCTION LIST goes in the order of loading, where Redis goes by hash. Clients cannot rely on either.
 */
import type { Client } from '../client.ts';
import type { Handlers } from '../command.ts';
import * as errors from '../errors.ts';
import type { FunctionLibrary } from '../functions.ts';
import { globMatches } from '../glob.ts';
import type { RegisteredFunction } from '../lua/index.ts';
import { parseSafeInteger } from '../numbers.ts';
import { array, bulk, bulkOrNil, int, mapOf, NIL, OK, type Reply, status } from '../reply.ts';
import { RunHost, runScript } from '../script-run.ts';
import { SCRIPT_FLAGS } from '../scripting.ts';
import { helpCommand } from './help.ts';

export const functionCommands: Handlers = {
  fcall: (client, args) => callFunction(client, args, false),
  fcall_ro: (client, args) => callFunction(client, args, true),

  'function|load'(client, args) {
    const { engine } = client;
    const options = args.slice(2, -1);
    for (const option of options) {
      if (option.toLowerCase() !== 'replace') return errors.fail(errors.unknownLoadOption(option));
    }
    const code = args.at(-1)!;
    const host = new RunHost(engine.scriptRunner());
    const name = engine.functions.load(code, { host, isReplacing: options.length > 0 });
    engine.dirty += 1;
    return bulk(name);
  },

  'function|delete'(client, args) {
    if (!client.engine.functions.delete(args[2]!)) return errors.fail(errors.NO_SUCH_LIBRARY);
    client.engine.dirty += 1;
    return OK;
  },

  'function|flush'(client, args) {
    if (args.length > 3) return errors.fail(errors.unknownSubcommandOrArity('function', args[1]!));
    if (args.length === 3 && !/^a?sync$/i.test(args[2]!)) return errors.fail(errors.FUNCTION_FLUSH);
    client.engine.functions.flush();
    client.engine.dirty += 1;
    return OK;
  },

  'function|list'(client, args) {
    let pattern: string | null = null;
    let hasCode = false;
    for (let at = 2; at < args.length; at++) {
      const word = args[at]!.toLowerCase();
      if (!hasCode && word === 'withcode') hasCode = true;
      else if (pattern === null && word === 'libraryname') {
        at += 1;
        if (at >= args.length) return errors.fail(errors.LIBRARY_NAME_MISSING);
        pattern = args[at]!;
      } else return errors.fail(errors.unknownListArgument(args[at]!));
    }
    const libraries: Reply[] = [];
    for (const library of client.engine.functions.all) {
      if (pattern === null || globMatches(pattern, library.name, true)) libraries.push(describe(library, hasCode));
    }
    return array(libraries);
  },

  'function|stats'({ engine }) {
    let functions = 0;
    for (const library of engine.functions.all) functions += library.functions.length;
    const counts = mapOf([
      ['libraries_count', int(engine.functions.libraryCount)],
      ['functions_count', int(functions)],
    ]);
    return mapOf([
      ['running_script', NIL],
      ['engines', mapOf([['LUA', counts]])],
    ]);
  },

  'function|kill': () => errors.fail(errors.NOT_BUSY),

  'function|help': helpCommand('function'),
};

function callFunction(client: Client, args: string[], isReadOnly: boolean): Reply {
  const target = client.engine.functions.find(args[1]!);
  if (target === undefined) return errors.fail(errors.NO_SUCH_FUNCTION);
  const keyCount = parseSafeInteger(args[2]!);
  if (Number.isNaN(keyCount)) return errors.fail(errors.KEY_COUNT);
  if (keyCount > args.length - 3) return errors.fail(errors.NUMKEYS_TOO_MANY);
  if (keyCount < 0) return errors.fail(errors.NEGATIVE_KEY_COUNT);
  const keys = args.slice(3, 3 + keyCount);
  return runScript(client, target, { keys, argv: args.slice(3 + keyCount), isReadOnly, flags: target.flags });
}

function describe({ name, code, functions }: FunctionLibrary, hasCode: boolean): Reply {
  const entries: [string, Reply][] = [
    ['library_name', bulk(name)],
    ['engine', bulk('LUA')],
    ['functions', array(functions.map(describeFunction))],
  ];
  if (hasCode) entries.push(['library_code', bulk(code)]);
  return mapOf(entries);
}

function describeFunction({ name, description, flags }: RegisteredFunction): Reply {
  const listed = SCRIPT_FLAGS.filter((flag) => flags.includes(flag)).map(status);
  return mapOf([
    ['name', bulk(name)],
    ['description', bulkOrNil(description)],
    ['flags', { kind: 'set', value: listed }],
  ]);
}
