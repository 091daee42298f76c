/** COMMAND and its subcommands: the command table, told. */
import type { Client } from '../client.ts';
import { type Command, type Handlers, type KeySpec, keysOf } from '../command.ts';
import * as errors from '../errors.ts';
import { globMatches } from '../glob.ts';
import { array, bulk, bulks, EMPTY_SET, int, mapOf, NIL_ARRAY, type Reply, status } from '../reply.ts';
import { helpCommand } from './help.ts';

export const introspectionCommands: Handlers = {
  command: (client) => array([...client.engine.table.commands.values()].map(commandReply)),
  'command|count': (client) => int(client.engine.table.commands.size),

  'command|info'(client, args) {
    if (args.length === 2) return array([...client.engine.table.commands.values()].map(commandReply));
    return array(
      args.slice(2).map((name) => {
        const command = client.engine.table.all.get(name.toLowerCase());
        return command === undefined ? NIL_ARRAY : commandReply(command);
      }),
    );
  },

  'command|docs'(client, args) {
    const { table } = client.engine;
    const commands =
      args.length === 2 ? [...table.commands.values()] : args.slice(2).map((name) => table.all.get(name.toLowerCase()));
    const known = commands.filter((command) => command !== undefined);
    return mapOf(known.map((command): [string, Reply] => [command.name, docsReply(command)]));
  },

  'command|list'(client, args) {
    return listCommands(client, args);
  },

  'command|getkeys'(client, args) {
    const call = args.slice(2);
    return bulks(keyUses(client, call).map((use) => call[use.position]!));
  },

  'command|getkeysandflags'(client, args) {
    const call = args.slice(2);
    return array(
      keyUses(client, call).map((use) =>
        array([bulk(call[use.position]!), { kind: 'set', value: use.flags.map(status) }]),
      ),
    );
  },

  'command|help': helpCommand('command'),
};

function commandReply(command: Command): Reply {
  const [name, arity, , firstKey, lastKey, keyStep] = command.row;
  return array([
    bulk(name),
    int(arity),
    { kind: 'set', value: command.flags.map(status) },
    int(firstKey),
    int(lastKey),
    int(keyStep),
    { kind: 'set', value: command.categories.map((category) => status(`@${category}`)) },
    { kind: 'set', value: command.row[7] === '' ? [] : command.row[7].split(' ').map(bulk) },
    { kind: 'set', value: command.keySpecs.map(keySpecReply) },
    command.subcommands === null ? EMPTY_SET : array([...command.subcommands.values()].map(commandReply)),
  ]);
}

function keySpecReply(spec: KeySpec): Reply {
  const { begin, find } = spec;
  const beginSpec: [string, Reply][] =
    begin.kind === 'index'
      ? [['index', int(begin.index)]]
      : begin.kind === 'keyword'
        ? [
            ['keyword', bulk(begin.keyword)],
            ['startfrom', int(begin.from)],
          ]
        : [];
  const findSpec: [string, Reply][] =
    find.kind === 'range'
      ? [
          ['lastkey', int(find.lastKey)],
          ['keystep', int(find.step)],
          ['limit', int(find.limit)],
        ]
      : find.kind === 'keynum'
        ? [
            ['keynumidx', int(find.countAt)],
            ['firstkey', int(find.firstKey)],
            ['keystep', int(find.step)],
          ]
        : [];
  return mapOf([
    ['flags', { kind: 'set', value: spec.flags.map(status) }],
    [
      'begin_search',
      mapOf([
        ['type', bulk(begin.kind)],
        ['spec', mapOf(beginSpec)],
      ]),
    ],
    [
      'find_keys',
      mapOf([
        ['type', bulk(find.kind)],
        ['spec', mapOf(findSpec)],
      ]),
    ],
  ]);
}

function docsReply(command: Command): Reply {
  const entries: [string, Reply][] = [
    ['since', bulk(command.row[9])],
    ['group', bulk(command.row[10])],
  ];
  if (command.subcommands !== null) {
    const children = [...command.subcommands.values()];
    entries.push(['subcommands', mapOf(children.map((child): [string, Reply] => [child.name, docsReply(child)]))]);
  }
  return mapOf(entries);
}

function listCommands(client: Client, args: readonly string[]): Reply {
  const { table } = client.engine;
  if (args.length === 2) return bulks(table.commands.keys());
  if (args.length !== 5 || args[2]!.toUpperCase() !== 'FILTERBY') return errors.fail(errors.SYNTAX);
  const filter = args[3]!.toUpperCase();
  const argument = args[4]!;
  if (filter === 'PATTERN') return bulks([...table.all.keys()].filter((name) => globMatches(argument, name, true)));
  if (filter === 'ACLCAT') {
    const category = argument.toLowerCase();
    return bulks(
      [...table.all.values()].filter((command) => command.categories.includes(category)).map((command) => command.name),
    );
  }
  return filter === 'MODULE' ? bulks([]) : errors.fail(errors.SYNTAX);
}

function keyUses(client: Client, call: readonly string[]): NonNullable<ReturnType<typeof keysOf>> {
  const command = client.engine.table.resolve(call);
  if (command === undefined) return errors.fail(errors.INVALID_COMMAND);
  if (command.keySpecs.length === 0) return errors.fail(errors.NO_KEY_ARGUMENTS);
  if (!command.acceptsCount(call.length)) return errors.fail(errors.INVALID_ARGUMENT_COUNT);
  const uses = keysOf(command, call);
  if (uses !== null && uses.length > 0) return uses;
  return command.flags.includes('no_mandatory_keys') ? [] : errors.fail(errors.INVALID_ARGUMENTS);
}
