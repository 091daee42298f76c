/** ACL and its subcommands over `../acl.ts`. A user that is deleted or loses its rights takes its connections along. */
import { CATEGORIES, copyUser, newUser } from '../acl.ts';
import type { Client } from '../client.ts';
import { type Handlers, keysOf } from '../command.ts';
import * as errors from '../errors.ts';
import { array, bulk, bulks, EMPTY_ARRAY, int, mapOf, NIL, OK, type Reply, status } from '../reply.ts';
import { integerArgument } from './arguments.ts';
import { helpCommand } from './help.ts';

export const accessCommands: Handlers = {
  'acl|whoami': (client) => bulk(client.user.name),
  'acl|users': (client) => bulks([...client.engine.acl.users.keys()].sort()),

  'acl|list'(client) {
    const { acl } = client.engine;
    const users = [...acl.users.values()].sort((left, right) => (left.name < right.name ? -1 : 1));
    return bulks(users.map((user) => acl.describe(user)));
  },

  'acl|cat'(client, args) {
    if (args.length === 2) return array(CATEGORIES.map(bulk));
    const category = args[2]!.toLowerCase();
    if (args.length > 3) return errors.fail(errors.unknownSubcommandOrArity('acl', args[1]!));
    if (!CATEGORIES.includes(category)) return errors.fail(`ERR Unknown category '${errors.inMessage(args[2]!)}'`);
    const names: string[] = [];
    for (const command of client.engine.table.all.values())
      if (command.categories.includes(category)) names.push(command.name);
    return bulks(names);
  },

  'acl|setuser': (client, args) => setUser(client, args),
  'acl|getuser': (client, args) => getUser(client, args[2]!),

  'acl|deluser'(client, args) {
    const { users } = client.engine.acl;
    let deleted = 0;
    for (const name of args.slice(2)) {
      if (name === 'default') return errors.fail("ERR The 'default' user cannot be removed");
      const user = users.get(name);
      if (user === undefined) continue;
      users.delete(name);
      deleted += 1;
      for (const other of [...client.engine.clients.values()]) {
        if (other.user !== user) continue;
        if (other === client) client.closeAfterReply();
        else client.engine.kill(other);
      }
    }
    return int(deleted);
  },

  'acl|genpass'(client, args) {
    const bits = args.length > 2 ? integerArgument(args[2]!) : 256;
    if (args.length > 3 || bits <= 0 || bits > 4096) {
      return errors.fail(
        'ERR ACL GENPASS argument must be the number of bits for the output password, a positive number up to 4096',
      );
    }
    const digits = Math.ceil(bits / 4);
    return bulk(
      client.engine
        .stream('acl')
        .bytes(Math.ceil(digits / 2))
        .toString('hex')
        .slice(0, digits),
    );
  },

  'acl|dryrun': (client, args) => dryRun(client, args),
  'acl|log': (_client, args) => (args[2]?.toUpperCase() === 'RESET' ? OK : EMPTY_ARRAY),
  'acl|load': () => errors.fail(errors.ACL_NO_FILE),
  'acl|save': () => errors.fail(errors.ACL_NO_FILE),
  'acl|help': helpCommand('acl'),
};

/** All rules or none. */
function setUser(client: Client, args: readonly string[]): Reply {
  const { acl, config } = client.engine;
  const name = args[2]!;
  const existing = acl.users.get(name);
  const changed = existing === undefined ? newUser(name) : copyUser(existing);
  if (existing === undefined && config.aclPubsubDefault === 'allchannels') changed.channelPatterns = ['*'];
  for (const rule of args.slice(3)) {
    const problem = acl.apply(changed, rule, config.aclPubsubDefault);
    if (problem !== null) {
      return errors.fail(`ERR Error in ACL SETUSER modifier '${errors.inMessage(rule)}': ${problem}`);
    }
  }
  if (existing === undefined) acl.users.set(name, changed);
  else {
    existing.passwords.clear();
    existing.allowed.clear();
    for (const password of changed.passwords) existing.passwords.add(password);
    for (const command of changed.allowed) existing.allowed.add(command);
    existing.isEnabled = changed.isEnabled;
    existing.isPasswordless = changed.isPasswordless;
    existing.isAllCommands = changed.isAllCommands;
    existing.commandRules = changed.commandRules;
    existing.keyPatterns = changed.keyPatterns;
    existing.channelPatterns = changed.channelPatterns;
  }
  return OK;
}

function getUser(client: Client, name: string): Reply {
  const { acl } = client.engine;
  const user = acl.users.get(name);
  if (user === undefined) return NIL;
  const flags = [user.isEnabled ? 'on' : 'off'];
  if (user.isPasswordless) flags.push('nopass');
  return mapOf([
    ['flags', { kind: 'set', value: flags.map(status) }],
    ['passwords', bulks(user.passwords)],
    ['commands', bulk(acl.describeCommands(user))],
    ['keys', bulk(acl.describeKeys(user).join(' '))],
    ['channels', bulk(user.channelPatterns.map((pattern) => `&${pattern}`).join(' '))],
    ['selectors', EMPTY_ARRAY],
  ]);
}

function dryRun(client: Client, args: readonly string[]): Reply {
  const { acl, table } = client.engine;
  const user = acl.users.get(args[2]!);
  if (user === undefined) return errors.fail(`ERR User '${errors.inMessage(args[2]!)}' not found`);
  const call = args.slice(3);
  const command = table.resolve(call);
  if (command === undefined) return errors.fail(`ERR Command '${errors.inMessage(call[0]!)}' not found`);
  if (!command.acceptsCount(call.length)) return errors.fail(errors.wrongArity(command.name));
  if (!acl.mayRun(user, command)) return bulk(`This user has no permissions to run the '${command.name}' command`);
  for (const use of keysOf(command, call) ?? []) {
    if (!acl.mayUseKey(user, call[use.position]!, use)) {
      return bulk(`This user has no permissions to access the '${call[use.position]}' key`);
    }
  }
  return OK;
}
