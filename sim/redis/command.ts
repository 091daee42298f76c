/**
 * Commands as objects: a row of the table, its flags as booleans, its subcommands, its key specs, and the handler that a family registers.
 *
 * Key positions follow from the key specs alone, save for the few commands whose specs Redis marks unknown or incomplete.
 */
import { assert } from '../kernel/assert.ts';
import type { Client } from './client.ts';
import { COMMAND_ROWS, type CommandRow } from './command-table.ts';
import { parseSafeInteger } from './numbers.ts';
import type { Reply } from './reply.ts';

/**
 * Executes a command. `args[0]` is the name. A failure that changes nothing may be thrown as `CommandFailure`; NO_REPLY says that the client
 * blocked or that the handler has written by itself.
 */
export type Handler = (client: Client, args: string[]) => Reply;

/** Handlers of a family by full name: `get`, `client|kill`. */
export type Handlers = Readonly<Record<string, Handler>>;

export interface KeySpec {
  readonly flags: readonly string[];
  readonly begin:
    | { readonly kind: 'index'; readonly index: number }
    | { readonly kind: 'keyword'; readonly keyword: string; readonly from: number }
    | { readonly kind: 'unknown' };
  readonly find:
    | { readonly kind: 'range'; readonly lastKey: number; readonly step: number; readonly limit: number }
    | { readonly kind: 'keynum'; readonly countAt: number; readonly firstKey: number; readonly step: number }
    | { readonly kind: 'unknown' };
}

export class Command {
  /** Full name: `get`, `client|kill`. */
  readonly name: string;
  readonly row: CommandRow;
  readonly arity: number;
  readonly flags: readonly string[];
  readonly categories: readonly string[];
  readonly keySpecs: readonly KeySpec[];
  readonly isWrite: boolean;
  readonly isReadOnly: boolean;
  readonly isDenyOom: boolean;
  readonly isNoScript: boolean;
  readonly isNoAuth: boolean;
  readonly isNoMulti: boolean;
  readonly mayReplicate: boolean;
  readonly isAllowedWhileBusy: boolean;
  readonly isSlowlogSkipped: boolean;
  readonly isFast: boolean;
  readonly subcommands: Map<string, Command> | null;
  handler: Handler | null = null;
  calls = 0;
  micros = 0;
  rejectedCalls = 0;
  failedCalls = 0;

  constructor(row: CommandRow, hasSubcommands: boolean) {
    this.row = row;
    this.name = row[0];
    this.arity = row[1];
    this.flags = words(row[2]);
    this.categories = words(row[6]);
    this.keySpecs = row[8] === '' ? [] : row[8].split(' | ').map(parseKeySpec);
    this.isWrite = this.flags.includes('write');
    this.isReadOnly = this.flags.includes('readonly');
    this.isDenyOom = this.flags.includes('denyoom');
    this.isNoScript = this.flags.includes('noscript');
    this.isNoAuth = this.flags.includes('no_auth');
    this.isNoMulti = this.flags.includes('no_multi');
    this.mayReplicate = MAY_REPLICATE.has(row[0]);
    this.isAllowedWhileBusy = this.flags.includes('allow_busy');
    this.isSlowlogSkipped = this.flags.includes('skip_slowlog');
    this.isFast = this.flags.includes('fast');
    this.subcommands = hasSubcommands ? new Map() : null;
  }

  /** Whether this many words, the name (and container) included, are a right call. */
  acceptsCount(count: number): boolean {
    return this.arity > 0 ? count === this.arity : count >= -this.arity;
  }
}

/** These carry an internal flag that COMMAND does not show: scripts and publications count as possible writes. */
const MAY_REPLICATE = new Set(['publish', 'spublish', 'pfcount', 'eval', 'evalsha', 'fcall']);

function words(text: string): string[] {
  return text === '' ? [] : text.split(' ');
}

function parseKeySpec(text: string): KeySpec {
  const [flags, begin, find] = text.split('; ');
  return { flags: words(flags!), begin: parseBegin(words(begin!)), find: parseFind(words(find!)) };
}

function parseBegin(parts: readonly string[]): KeySpec['begin'] {
  if (parts[0] === 'index') return { kind: 'index', index: Number(parts[1]) };
  if (parts[0] === 'keyword') return { kind: 'keyword', keyword: parts[1]!, from: Number(parts[2]) };
  return { kind: 'unknown' };
}

function parseFind(parts: readonly string[]): KeySpec['find'] {
  const [first, second, third] = parts.slice(1).map(Number);
  if (parts[0] === 'range') return { kind: 'range', lastKey: first!, step: second!, limit: third! };
  if (parts[0] === 'keynum') return { kind: 'keynum', countAt: first!, firstKey: second!, step: third! };
  return { kind: 'unknown' };
}

/** All commands by lower-case name. One per server, since it holds the call statistics. */
export class CommandTable {
  readonly commands = new Map<string, Command>();
  /** Every command and subcommand by full name, in table order. */
  readonly all = new Map<string, Command>();
  readonly #bySpelling = new Map<string, Command>();

  constructor(families: readonly Handlers[]) {
    const containers = new Set<string>();
    for (const row of COMMAND_ROWS) {
      const bar = row[0].indexOf('|');
      if (bar > 0) containers.add(row[0].slice(0, bar));
    }
    for (const row of COMMAND_ROWS) {
      const bar = row[0].indexOf('|');
      const command = new Command(row, containers.has(row[0]));
      this.all.set(row[0], command);
      if (bar < 0) this.commands.set(row[0], command);
      else this.commands.get(row[0].slice(0, bar))!.subcommands!.set(row[0].slice(bar + 1), command);
    }
    for (const handlers of families) {
      for (const [name, handler] of Object.entries(handlers)) {
        const command = this.all.get(name);
        assert(command !== undefined, `a handler is registered for ${name}, which is not in the Redis command table`);
        assert(command.handler === null, `two handlers are registered for ${name}`);
        command.handler = handler;
      }
    }
  }

  /** The command for a name in any case, without looking at subcommands. */
  find(name: string): Command | undefined {
    let command = this.#bySpelling.get(name);
    if (command === undefined) {
      command = this.commands.get(name.toLowerCase());
      if (command !== undefined) this.#bySpelling.set(name, command);
    }
    return command;
  }

  /** The command or subcommand that a request names; undefined when there is no such. */
  resolve(args: readonly string[]): Command | undefined {
    const command = this.find(args[0]!);
    if (command?.subcommands == null || args.length < 2) return command;
    return command.subcommands.get(args[1]!.toLowerCase());
  }
}

export interface KeyUse {
  readonly position: number;
  readonly flags: readonly string[];
}

/** Positions of the keys in a call, with how each is used; null when the arguments do not fit the key specs. */
export function keysOf(command: Command, args: readonly string[]): KeyUse[] | null {
  const found: KeyUse[] = [];
  for (const spec of command.keySpecs) {
    const first = beginOf(spec, args);
    if (first === null) continue;
    if (spec.find.kind === 'unknown') continue;
    if (!collect(spec, first, args, found)) return null;
  }
  if (command.name === 'sort') addSortStore(args, found);
  return found;
}

function beginOf(spec: KeySpec, args: readonly string[]): number | null {
  const begin = spec.begin;
  if (begin.kind === 'index') return begin.index;
  if (begin.kind === 'unknown') return null;
  const isReversed = begin.from < 0;
  let position = isReversed ? args.length + begin.from : begin.from;
  const end = isReversed ? 0 : args.length - 1;
  for (; position !== end; position += isReversed ? -1 : 1) {
    if (position < 1 || position >= args.length) return null;
    if (args[position]!.toUpperCase() === begin.keyword) return position + 1;
  }
  return null;
}

function collect(spec: KeySpec, first: number, args: readonly string[], found: KeyUse[]): boolean {
  const find = spec.find;
  if (find.kind === 'unknown') return true;
  if (find.kind === 'keynum') {
    const countPosition = first + find.countAt;
    if (countPosition >= args.length) return false;
    const count = parseSafeInteger(args[countPosition]!);
    if (!(count >= 1)) return false;
    const start = first + find.firstKey;
    if (start + (count - 1) * find.step >= args.length) return false;
    for (let index = 0; index < count; index++) found.push({ position: start + index * find.step, flags: spec.flags });
    return true;
  }
  let last: number;
  if (find.lastKey >= 0) last = first + find.lastKey;
  else if (find.limit <= 1) last = args.length + find.lastKey;
  else last = first + Math.trunc((args.length - first) / find.limit + find.lastKey);
  if (first >= args.length || last >= args.length || last < first) return last < first ? first <= args.length : false;
  for (let position = first; position <= last; position += find.step) found.push({ position, flags: spec.flags });
  return true;
}

/** SORT's destination may stand anywhere, and the last one counts. */
function addSortStore(args: readonly string[], found: KeyUse[]): void {
  let store = -1;
  for (let position = 2; position < args.length; position++) {
    const word = args[position]!.toUpperCase();
    if (word === 'LIMIT') position += 2;
    else if (word === 'GET' || word === 'BY') position += 1;
    else if (word === 'STORE' && position + 1 < args.length) {
      store = position + 1;
      position += 1;
    }
  }
  if (store > 0) found.push({ position: store, flags: ['OW', 'update'] });
}
