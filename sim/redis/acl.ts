/**
 * Users: passwords, commands by name and category, key and channel patterns (acl.c), as far as a permission can be seen to be granted or not.
 *
 * Differs: selectors are refused by name, and commands cannot be allowed by first argument.
 */
import { createHash } from 'node:crypto';
import type { Command, CommandTable, KeyUse } from './command.ts';
import { globMatches } from './glob.ts';

export interface KeyPattern {
  readonly pattern: string;
  readonly isRead: boolean;
  readonly isWrite: boolean;
}

export interface User {
  readonly name: string;
  isEnabled: boolean;
  isPasswordless: boolean;
  /** SHA-256 in hex. */
  readonly passwords: Set<string>;
  /** Full names of the commands that the user may run. */
  readonly allowed: Set<string>;
  /** Every command is allowed, future ones included. */
  isAllCommands: boolean;
  /** The rules that led to `allowed`, for ACL LIST. */
  commandRules: string[];
  keyPatterns: KeyPattern[];
  channelPatterns: string[];
}

/** In the order in which `ACL CAT` lists them. */
export const CATEGORIES: readonly string[] = (
  'keyspace read write set sortedset list hash string bitmap hyperloglog geo stream pubsub admin fast slow blocking dangerous ' +
  'connection transaction scripting'
).split(' ');

const READ_FLAGS: readonly string[] = ['access'];
const WRITE_FLAGS: readonly string[] = ['insert', 'delete', 'update'];

export class AccessControl {
  readonly users = new Map<string, User>();
  readonly defaultUser: User;
  readonly #table: CommandTable;

  constructor(table: CommandTable, requirepass: string) {
    this.#table = table;
    this.defaultUser = newUser('default');
    for (const rule of ['on', 'nopass', '~*', '&*', '+@all']) this.apply(this.defaultUser, rule, 'resetchannels');
    this.users.set('default', this.defaultUser);
    if (requirepass !== '') this.setDefaultPassword(requirepass);
  }

  /** What CONFIG SET requirepass does: one password for the default user, or none. */
  setDefaultPassword(password: string): void {
    const user = this.defaultUser;
    user.passwords.clear();
    user.isPasswordless = password === '';
    if (password !== '') user.passwords.add(hashOf(password));
  }

  /** The user for a name and password, or null. */
  authenticate(name: string, password: string): User | null {
    const user = this.users.get(name);
    if (user === undefined || !user.isEnabled) return null;
    return user.isPasswordless || user.passwords.has(hashOf(password)) ? user : null;
  }

  /**
   * Applies one rule of ACL SETUSER.
   * @returns what is wrong with it, or null
   */
  apply(user: User, rule: string, pubsubDefault: 'allchannels' | 'resetchannels'): string | null {
    const lower = rule.toLowerCase();
    switch (lower) {
      case 'on':
        user.isEnabled = true;
        return null;
      case 'off':
        user.isEnabled = false;
        return null;
      case 'nopass':
        user.isPasswordless = true;
        user.passwords.clear();
        return null;
      case 'resetpass':
        user.isPasswordless = false;
        user.passwords.clear();
        return null;
      case 'allkeys':
        user.keyPatterns = [{ pattern: '*', isRead: true, isWrite: true }];
        return null;
      case 'resetkeys':
        user.keyPatterns = [];
        return null;
      case 'allchannels':
        user.channelPatterns = ['*'];
        return null;
      case 'resetchannels':
        user.channelPatterns = [];
        return null;
      case 'allcommands':
      case '+@all':
        this.#allowAll(user);
        return null;
      case 'nocommands':
      case '-@all':
        denyAll(user);
        return null;
      case 'reset':
        for (const step of ['resetpass', 'resetkeys', pubsubDefault, 'off', '-@all'])
          this.apply(user, step, pubsubDefault);
        return null;
      case 'sanitize-payload':
      case 'skip-sanitize-payload':
      case 'clearselectors':
        return null;
    }
    return this.#applyPrefixed(user, rule);
  }

  /** Whether a user may run a command at all. */
  mayRun(user: User, command: Command): boolean {
    return user.isAllCommands || command.isNoAuth || user.allowed.has(command.name);
  }

  mayUseKey(user: User, key: string, use: KeyUse): boolean {
    const needsRead = use.flags.some((flag) => READ_FLAGS.includes(flag));
    const needsWrite = use.flags.some((flag) => WRITE_FLAGS.includes(flag));
    return user.keyPatterns.some(
      (entry) => (entry.isRead || !needsRead) && (entry.isWrite || !needsWrite) && globMatches(entry.pattern, key),
    );
  }

  /** @param isPattern PSUBSCRIBE needs the very pattern to be granted */
  mayUseChannel(user: User, channel: string, isPattern: boolean): boolean {
    return user.channelPatterns.some((pattern) =>
      pattern === '*' ? true : isPattern ? pattern === channel : globMatches(pattern, channel),
    );
  }

  /** One line of ACL LIST. */
  describe(user: User): string {
    const parts = ['user', user.name, user.isEnabled ? 'on' : 'off'];
    if (user.isPasswordless) parts.push('nopass');
    for (const password of user.passwords) parts.push(`#${password}`);
    parts.push(...this.describeKeys(user));
    if (user.channelPatterns.includes('*')) parts.push('&*');
    else parts.push('resetchannels', ...user.channelPatterns.map((pattern) => `&${pattern}`));
    parts.push(this.describeCommands(user));
    return parts.filter((part) => part !== '').join(' ');
  }

  describeKeys(user: User): string[] {
    return user.keyPatterns.map((entry) => {
      if (entry.isRead && entry.isWrite) return `~${entry.pattern}`;
      return `%${entry.isRead ? 'R' : 'W'}~${entry.pattern}`;
    });
  }

  describeCommands(user: User): string {
    return user.commandRules.join(' ');
  }

  #applyPrefixed(user: User, rule: string): string | null {
    const rest = rule.slice(1);
    switch (rule[0]) {
      case '>':
        user.passwords.add(hashOf(rest));
        user.isPasswordless = false;
        return null;
      case '<':
        return user.passwords.delete(hashOf(rest))
          ? null
          : 'The password you are trying to remove from the user does not exist';
      case '#':
      case '!':
        return applyHash(user, rule[0], rest);
      case '~':
        return addKeyPattern(user, rest, true, true);
      case '%':
        return applyPermission(user, rest);
      case '&':
        user.channelPatterns.push(rest);
        return null;
      case '+':
      case '-':
        return this.#applyCommand(user, rule[0] === '+', rest.toLowerCase());
      case '(':
        return 'seedstorm does not simulate selectors';
      default:
        return 'Syntax error';
    }
  }

  #applyCommand(user: User, isAllowed: boolean, name: string): string | null {
    const names: string[] = [];
    if (name.startsWith('@')) {
      const category = name.slice(1);
      if (!CATEGORIES.includes(category)) return 'Unknown command or category name in ACL';
      for (const command of this.#table.all.values()) {
        if (command.categories.includes(category)) names.push(command.name);
      }
    } else {
      const command = this.#table.all.get(name);
      if (command === undefined) return 'Unknown command or category name in ACL';
      names.push(name);
      for (const child of command.subcommands?.values() ?? []) names.push(child.name);
    }
    if (!isAllowed && user.isAllCommands) user.isAllCommands = false;
    for (const one of names) {
      if (isAllowed) user.allowed.add(one);
      else user.allowed.delete(one);
    }
    const own = name;
    user.commandRules = user.commandRules.filter((rule) => rule.slice(1) !== own);
    user.commandRules.push(`${isAllowed ? '+' : '-'}${own}`);
    return null;
  }

  #allowAll(user: User): void {
    user.isAllCommands = true;
    user.commandRules = ['+@all'];
    for (const name of this.#table.all.keys()) user.allowed.add(name);
  }
}

export function newUser(name: string): User {
  return {
    name,
    isEnabled: false,
    isPasswordless: false,
    passwords: new Set(),
    allowed: new Set(),
    isAllCommands: false,
    commandRules: ['-@all'],
    keyPatterns: [],
    channelPatterns: [],
  };
}

export function copyUser(user: User): User {
  return {
    ...user,
    passwords: new Set(user.passwords),
    allowed: new Set(user.allowed),
    commandRules: [...user.commandRules],
    keyPatterns: [...user.keyPatterns],
    channelPatterns: [...user.channelPatterns],
  };
}

function denyAll(user: User): void {
  user.isAllCommands = false;
  user.allowed.clear();
  user.commandRules = ['-@all'];
}

function applyHash(user: User, sign: string, hash: string): string | null {
  if (!/^[0-9a-f]{64}$/.test(hash)) {
    return 'The password hash must be exactly 64 characters and contain only lowercase hexadecimal characters';
  }
  if (sign === '!') {
    return user.passwords.delete(hash) ? null : 'The password you are trying to remove from the user does not exist';
  }
  user.passwords.add(hash);
  user.isPasswordless = false;
  return null;
}

function applyPermission(user: User, rest: string): string | null {
  const match = /^([rw]+)~(.*)$/is.exec(rest);
  if (match === null) return 'Syntax error';
  const letters = match[1]!.toLowerCase();
  return addKeyPattern(user, match[2]!, letters.includes('r'), letters.includes('w'));
}

function addKeyPattern(user: User, pattern: string, isRead: boolean, isWrite: boolean): string | null {
  if (user.keyPatterns.some((entry) => entry.pattern === '*' && entry.isRead && entry.isWrite)) {
    return "Adding a pattern after the * pattern (or the 'allkeys' flag) is not valid and does not have any effect. Try 'resetkeys' to start with an empty list of patterns";
  }
  user.keyPatterns.push({ pattern, isRead, isWrite });
  return null;
}

function hashOf(password: string): string {
  return createHash('sha256').update(password, 'latin1').digest('hex');
}
