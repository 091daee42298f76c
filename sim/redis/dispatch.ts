/**
 * From requests to replies: reading, the checks before a command runs (in the order of `processCommand` in server.c, which decides which
 * error a client sees), queueing for MULTI, the call itself, and what follows a call (propagation, statistics, waiting clients).
 */
import { assert } from '../kernel/assert.ts';
import type { Client } from './client.ts';
import { type Command, keysOf } from './command.ts';
import type { Engine } from './engine.ts';
import * as errors from './errors.ts';
import type { FunctionFlag } from './lua/index.ts';
import type { Effect } from './propagation.ts';
import { error, isError, NO_REPLY, QUEUED, type Reply } from './reply.ts';
import { discardTransaction, unwatchAll } from './transaction.ts';

/** Commands that act at once inside MULTI. */
const NEVER_QUEUED = new Set(['exec', 'discard', 'multi', 'watch', 'quit', 'reset']);
/** Commands that a client may send inside MULTI while memory is short. */
const ENDING_QUEUE = new Set(['exec', 'discard', 'quit', 'reset']);
/** Commands that a RESP2 client may send while it is subscribed. */
const SUBSCRIBER_COMMANDS = new Set([
  'ping',
  'subscribe',
  'ssubscribe',
  'sunsubscribe',
  'psubscribe',
  'unsubscribe',
  'punsubscribe',
  'quit',
  'reset',
]);
const EVALUATIONS = new Set(['eval', 'evalsha', 'eval_ro', 'evalsha_ro', 'fcall', 'fcall_ro']);

export class Dispatcher {
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Handles a client's whole requests until it blocks, closes or has none left. */
  readRequests(client: Client): void {
    while (!client.isClosing && !client.isClosed && client.blocked === null && client.postponed === null) {
      if (this.#engine.isFrozen) return;
      const request = client.decoder.next();
      if (request === null) return;
      if (request.kind === 'violation') {
        const text = `ERR ${errors.inMessage(request.message)}`;
        this.#engine.stats.countError(text);
        client.write(error(text));
        client.closeAfterReply();
        return;
      }
      this.execute(client, request.args);
    }
  }

  /** Handles one request. */
  execute(client: Client, args: string[]): void {
    client.lastUsedAtMs = this.#engine.nowMs;
    if (client.replyMode === 'skip-next') client.replyMode = 'skip';
    const bytesBefore = client.outputLength;
    const command = this.#engine.table.resolve(args);
    const reply = this.#process(client, command, args);
    if (reply !== NO_REPLY) {
      if (isError(reply)) this.#engine.stats.countError(reply.value);
      client.write(reply);
    }
    if (client.replyMode === 'skip' && command?.name !== 'client|reply') client.replyMode = 'on';
    this.#engine.charge(args, client.outputLength - bytesBefore, true);
    client.writeOffset = this.#engine.replication.offset;
    if (this.#engine.blocking.hasReady) this.#engine.blocking.serve();
  }

  /** Runs a command that has passed all checks: errors become replies, effects are passed on, statistics are kept. */
  call(client: Client, command: Command, args: string[]): Reply {
    const engine = this.#engine;
    const dirtyBefore = engine.dirty;
    const database = client.db.number;
    engine.isWriting = command.isWrite;
    let reply: Reply;
    try {
      reply = command.handler!(client, args);
    } catch (thrown) {
      if (!(thrown instanceof errors.CommandFailure)) throw thrown;
      reply = thrown.reply;
    }
    command.calls += 1;
    if (reply.kind === 'error') command.failedCalls += 1;
    engine.stats.commandsProcessed += 1;
    engine.propagation.commandDone(database, args, engine.dirty !== dirtyBefore);
    return reply;
  }

  /** A command of a script. Errors come back as replies with the texts that Redis has for scripts. */
  callFromScript(client: Client, args: string[]): Reply {
    const engine = this.#engine;
    if (args.length === 0) return error('ERR Please specify at least one argument for this redis.call() call');
    const command = engine.table.resolve(args);
    if (command === undefined || command.name === 'quit') return error(errors.UNKNOWN_IN_SCRIPT);
    if (!command.acceptsCount(args.length)) return error(errors.ARITY_IN_SCRIPT);
    if (command.isNoScript) return error(errors.NOT_IN_SCRIPT);
    if (command.handler === null) return error(errors.notSimulated(`the command ${command.name}`));
    const refusal = this.#checkPermission(client, command, args);
    if (refusal !== null) return error(refusal);
    if (command.isWrite && client.isReadOnlyScript) return error(errors.WRITE_IN_READ_ONLY_SCRIPT);
    if (command.isWrite) {
      if (engine.replication.isReplica && engine.config.isReplicaReadOnly) return error(errors.READ_ONLY_REPLICA);
      if (!engine.replication.hasEnoughReplicas) return error(errors.NO_REPLICAS);
    }
    if (command.isDenyOom && this.isOutOfMemory && !this.hasScriptWritten && !client.mayExceedMemory)
      return error(errors.OUT_OF_MEMORY_IN_SCRIPT);
    if (command.isWrite) this.hasScriptWritten = true;
    const reply = this.call(client, command, args);
    engine.charge(args, 0, true);
    return reply;
  }

  /** Whether the client's user may run a command with these arguments; undefined when there is no such command. */
  isAllowed(client: Client, args: readonly string[]): boolean | undefined {
    const command = this.#engine.table.resolve(args);
    return command === undefined ? undefined : this.#checkPermission(client, command, args) === null;
  }

  /** Whether memory was short before the client's command began. */
  get isOutOfMemory(): boolean {
    return this.#wasOutOfMemory && this.#engine.config.maxmemoryBytes > 0;
  }
  #wasOutOfMemory = false;
  /** A script that has written may go on writing, lest it stop half way. */
  hasScriptWritten = false;

  /** Runs an effect from the append-only file. */
  replay(loader: Client, effect: Effect): void {
    loader.db = this.#engine.databases[effect.database]!;
    const args = [...effect.args];
    const command = this.#engine.table.resolve(args);
    assert(command?.handler != null, `the effect ${args[0]} cannot be replayed`);
    const reply = this.call(loader, command, args);
    assert(!isError(reply), `replaying ${args.join(' ').slice(0, 80)} answered ${isError(reply) ? reply.value : ''}`);
  }

  /** Runs a command of the master's stream. */
  apply(applier: Client, args: string[]): void {
    const command = this.#engine.table.resolve(args);
    const reply = command?.handler == null ? error(this.#unknown(args)) : this.call(applier, command, args);
    if (isError(reply)) this.#engine.log(`the master's ${args[0]} was answered with ${reply.value}`);
    this.#engine.charge(args, 0, true);
  }

  /**
   * Runs the queued commands of EXEC. Each reply is written when its command is done, since a HELLO between them changes the protocol, and
   * SUBSCRIBE writes by itself.
   */
  executeQueue(client: Client): void {
    client.writeArrayLength(client.transaction!.length);
    client.isBlockingDenied = true;
    for (const { command, args } of client.transaction!) {
      const refusal = this.#checkPermission(client, command, args);
      const reply = refusal === null ? this.call(client, command, args) : error(refusal);
      if (isError(reply)) this.#engine.stats.countError(reply.value);
      client.write(reply);
      this.#engine.charge(args, 0, true);
    }
    client.isBlockingDenied = false;
  }

  /** Forgets a client whose stream is gone or going. */
  closeClient(client: Client): void {
    if (client.isClosed) return;
    client.isClosed = true;
    this.#engine.blocking.unblock(client);
    this.#engine.pubsub.forget(client);
    unwatchAll(client);
    this.#engine.clients.delete(client.id);
    this.#engine.monitors.delete(client);
    this.#engine.replication.detach(client);
  }

  #process(client: Client, command: Command | undefined, args: string[]): Reply {
    const engine = this.#engine;
    const lower = args[0]!.length === 5 || args[0]!.length === 4 ? args[0]!.toLowerCase() : '';
    if (lower === 'host:' || lower === 'post') {
      engine.log('possible attack: an HTTP request came to the Redis port; connection closed');
      engine.kill(client);
      return NO_REPLY;
    }
    if (command === undefined) return this.#reject(client, null, this.#unknown(args));
    if (!command.acceptsCount(args.length)) return this.#reject(client, command, errors.wrongArity(command.name));
    if (command.name.startsWith('debug') && !engine.config.isDebugEnabled)
      return this.#reject(client, command, DEBUG_DENIED);
    if (!client.isAuthenticated && !command.isNoAuth) return this.#reject(client, command, errors.NO_AUTH);
    if (client.transaction !== null && command.isNoMulti) return this.#reject(client, command, errors.NOT_IN_MULTI);
    const refusal = this.#checkPermission(client, command, args);
    if (refusal !== null) return this.#reject(client, command, refusal);
    if (engine.config.maxmemoryBytes > 0 && !this.#hasRoom(client, command, args)) {
      return this.#reject(client, command, errors.OUT_OF_MEMORY);
    }
    const replicaRefusal = this.#checkReplication(client, command, args);
    if (replicaRefusal !== null) return this.#reject(client, command, replicaRefusal);
    if (client.resp === 2 && client.isSubscriber && !SUBSCRIBER_COMMANDS.has(command.name)) {
      return this.#reject(client, command, errors.pubsubOnly(command.name));
    }
    if (this.isStale && !command.flags.includes('stale')) return this.#reject(client, command, errors.MASTER_DOWN);
    if (command.handler === null) {
      const what = `the command ${command.name}`;
      engine.log(`${what} is not simulated`);
      return this.#reject(client, command, errors.notSimulated(what));
    }
    if (this.#isPaused(client, command, args)) {
      client.postponed = args;
      engine.postponed.push(client);
      return NO_REPLY;
    }
    if (engine.monitors.size > 0) this.#feedMonitors(client, command, args);
    if (client.transaction !== null && !NEVER_QUEUED.has(command.name)) {
      client.transaction.push({ command, args });
      return QUEUED;
    }
    client.lastCommand = command;
    const reply = this.call(client, command, args);
    engine.propagation.unitDone();
    return reply;
  }

  /** Too few replicas for a write, or a write on a replica. */
  #checkReplication(client: Client, command: Command, args: readonly string[]): string | null {
    const { replication, config } = this.#engine;
    const isReadOnly = replication.isReplica && config.isReplicaReadOnly;
    if (!isReadOnly && replication.hasEnoughReplicas) return null;
    const writes =
      command.name === 'exec'
        ? (client.transaction ?? []).some((queued) => this.#isDeclaredWrite(queued.command, queued.args))
        : this.#isDeclaredWrite(command, args);
    if (!writes) return null;
    return isReadOnly ? errors.READ_ONLY_REPLICA : errors.NO_REPLICAS;
  }

  /** A replica whose link is down and that may not serve what it has. */
  get isStale(): boolean {
    const { link } = this.#engine.replication;
    return link !== null && !link.isUp && !this.#engine.config.servesStaleData;
  }

  /** A script without a declaration is found out when it writes. */
  #isDeclaredWrite(command: Command, args: readonly string[]): boolean {
    const flags = this.#scriptFlags(command, args);
    return flags === null ? command.isWrite : !flags.includes('no-writes');
  }

  /** A refused command spoils the transaction that is being queued; a refused EXEC ends it. */
  #reject(client: Client, command: Command | null, text: string): Reply {
    if (command !== null) command.rejectedCalls += 1;
    if (command?.name === 'exec') {
      discardTransaction(client);
      return error(`EXECABORT Transaction discarded because of: ${text.startsWith('ERR ') ? text.slice(4) : text}`);
    }
    if (client.transaction !== null) client.isTransactionBroken = true;
    return error(text);
  }

  #unknown(args: readonly string[]): string {
    const container = this.#engine.table.find(args[0]!);
    return container === undefined ? errors.unknownCommand(args) : errors.unknownSubcommand(container.name, args[1]!);
  }

  #checkPermission(client: Client, command: Command, args: readonly string[]): string | null {
    const { acl } = this.#engine;
    const user = client.user;
    if (!acl.mayRun(user, command)) return errors.noPermissionCommand(command.name);
    const hasAllKeys = user.keyPatterns.some((entry) => entry.pattern === '*' && entry.isRead && entry.isWrite);
    if (!hasAllKeys && command.keySpecs.length > 0) {
      for (const use of keysOf(command, args) ?? []) {
        if (!acl.mayUseKey(user, args[use.position]!, use)) return errors.NO_PERMISSION_KEY;
      }
    }
    if (user.channelPatterns.includes('*')) return null;
    const channels = channelsOf(command, args);
    for (const channel of channels) {
      if (!acl.mayUseChannel(user, channel, command.name === 'psubscribe')) return errors.NO_PERMISSION_CHANNEL;
    }
    return null;
  }

  #hasRoom(client: Client, command: Command, args: readonly string[]): boolean {
    const { replication, config } = this.#engine;
    if (replication.isReplica && config.isReplicaIgnoringMaxmemory) return true;
    const fits = this.#engine.makeRoom();
    this.#wasOutOfMemory = !fits;
    if (fits) return true;
    if (client.transaction === null) return !this.#needsMemory(command, args);
    if (command.name === 'exec') {
      return !client.transaction.some((queued) => this.#needsMemory(queued.command, queued.args));
    }
    // A queue may grow without end: nothing joins it, whatever it does.
    return ENDING_QUEUE.has(command.name);
  }

  #needsMemory(command: Command, args: readonly string[]): boolean {
    const flags = this.#scriptFlags(command, args);
    return flags === null ? command.isDenyOom : !flags.includes('no-writes') && !flags.includes('allow-oom');
  }

  #mayWrite(command: Command, args: readonly string[]): boolean {
    const flags = this.#scriptFlags(command, args);
    return flags === null ? command.isWrite || command.mayReplicate : !flags.includes('no-writes');
  }

  /** What the script or function that a command calls declares; null when it declares nothing or the command calls none. */
  #scriptFlags(command: Command, args: readonly string[]): readonly FunctionFlag[] | null {
    if (!EVALUATIONS.has(command.name)) return null;
    const { scripts, functions } = this.#engine;
    if (command.name.startsWith('fcall')) return functions.find(args[1]!)?.flags ?? null;
    return command.name.startsWith('evalsha') ? (scripts.find(args[1]!)?.flags ?? null) : scripts.flagsOf(args[1]!);
  }

  #isPaused(client: Client, command: Command, args: readonly string[]): boolean {
    const engine = this.#engine;
    if (engine.pauseKind === null) return false;
    if (engine.pauseKind === 'all') return true;
    if (command.name === 'exec') {
      return (client.transaction ?? []).some((queued) => this.#mayWrite(queued.command, queued.args));
    }
    return client.transaction === null && this.#mayWrite(command, args);
  }

  #feedMonitors(client: Client, command: Command, args: readonly string[]): void {
    if (command.flags.includes('skip_monitor') || command.flags.includes('admin')) return;
    const engine = this.#engine;
    const seconds = Math.floor(engine.nowMicros / 1e6);
    const micros = String(engine.nowMicros % 1_000_000).padStart(6, '0');
    const address = `${client.stream?.remoteAddress}:${client.stream?.remotePort}`;
    const quoted = args.map(quote).join(' ');
    const line: Reply = { kind: 'status', value: `${seconds}.${micros} [${client.db.number} ${address}] ${quoted}` };
    for (const monitor of engine.monitors) monitor.push(line);
  }
}

const DEBUG_DENIED =
  'ERR DEBUG command not allowed. If the enable-debug-command option is set to "local", you can run it from a local connection, otherwise you need to set this option in the configuration file, and then restart the server.';

function channelsOf(command: Command, args: readonly string[]): readonly string[] {
  switch (command.name) {
    case 'publish':
    case 'spublish':
      return args.slice(1, 2);
    case 'subscribe':
    case 'psubscribe':
    case 'ssubscribe':
      return args.slice(1);
    default:
      return [];
  }
}

/** Text as MONITOR shows it (`sdscatrepr`). */
export function quote(text: string): string {
  let quoted = '"';
  for (const char of text) {
    const code = char.charCodeAt(0);
    if (char === '\\' || char === '"') quoted += `\\${char}`;
    else if (char === '\n') quoted += '\\n';
    else if (char === '\r') quoted += '\\r';
    else if (char === '\t') quoted += '\\t';
    else if (code === 7) quoted += '\\a';
    else if (code === 8) quoted += '\\b';
    else if (code >= 32 && code < 127) quoted += char;
    else quoted += `\\x${code.toString(16).padStart(2, '0')}`;
  }
  return `${quoted}"`;
}
