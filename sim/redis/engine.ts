/**
 * The state of one running server and the services that commands share: time, databases, clients, events, statistics.
 *
 * One engine lives from `start` to `crash`. Time stands still while an event is handled: every command of a transaction and every call of a
 * script sees the same `nowMs`. Whatever enters from outside (bytes, timers) goes through `begin` and `finish`; in `finish` waiting clients are
 * served, effects are synced, service time is charged, and only then do replies leave.
 */

import type { ByteStream, OutgoingHandler } from '../kernel/byte-stream.ts';
import type { Timer } from '../kernel/clock.ts';
import type { ServerContext } from '../kernel/server.ts';
import type { Stream } from '../kernel/stream.ts';
import { AccessControl } from './acl.ts';
import { Blocking } from './blocking.ts';
import { Client } from './client.ts';
import type { CommandTable } from './command.ts';
import { type Config, NOTIFY } from './config.ts';
import type { Dispatcher } from './dispatch.ts';
import { chooseVictim, noteFrequency } from './eviction.ts';
import { ActiveExpiry } from './expiry.ts';
import { FunctionLibraries } from './functions.ts';
import { Database, type KeyspaceHost } from './keyspace.ts';
import { createLuaMemory, type LuaMemory } from './lua/index.ts';
import { copyValue, type Dataset, type DurableState, EMPTY_DATASET, Persistence } from './persistence.ts';
import { Propagation, removeKey } from './propagation.ts';
import { PubSub } from './pubsub.ts';
import type { RdbFile } from './rdb/index.ts';
import { Replication } from './replication/index.ts';
import { RunHost } from './script-run.ts';
import type { ScriptCache } from './scripting.ts';
import { Statistics } from './statistics.ts';
import { breakWatches } from './transaction.ts';
import type { Value } from './values/value.ts';

/** Virtual cost of a command. All in microseconds; fractions add up. */
export interface ServiceTime {
  readonly perCommandMicros: number;
  /** Per argument, and per element that a command walks over. */
  readonly perElementMicros: number;
  /** Per byte received or sent. */
  readonly perByteMicros: number;
}

export const DEFAULT_SERVICE_TIME: ServiceTime = { perCommandMicros: 4, perElementMicros: 0.05, perByteMicros: 0.001 };

/** Modelled memory of a server without keys and clients, and of one client, in bytes. */
const BASE_MEMORY_BYTES = 900_000;
const CLIENT_MEMORY_BYTES = 2_000;

export interface EngineOptions {
  readonly context: ServerContext;
  readonly config: Config;
  readonly table: CommandTable;
  readonly scripts: ScriptCache;
  readonly serviceTime: ServiceTime;
  readonly port: number;
  readonly state: DurableState | null;
  readonly snapshot: Dataset | null;
  /** Keeps these parameters for the next start; null when there is no configuration file. */
  readonly rewriteConfig: ((parameters: Readonly<Record<string, string>>) => void) | null;
}

export class Engine implements KeyspaceHost {
  readonly config: Config;
  readonly table: CommandTable;
  readonly databases: Database[] = [];
  readonly clients = new Map<number, Client>();
  readonly acl: AccessControl;
  readonly blocking: Blocking;
  readonly pubsub = new PubSub();
  readonly propagation = new Propagation();
  readonly persistence: Persistence;
  readonly expiry: ActiveExpiry;
  readonly replication: Replication;
  readonly scripts: ScriptCache;
  readonly functions = new FunctionLibraries();
  readonly stats = new Statistics();
  /** What scripts leave behind for the next one: random numbers go on where they stopped. */
  readonly luaMemory: LuaMemory = createLuaMemory();
  readonly port: number;
  readonly runId: string;
  readonly startedAtMs: number;
  /** Set by the server, which breaks the cycle between the two. */
  dispatcher: Dispatcher | null = null;
  /** Grows with each change of the dataset; a command whose run leaves it as it was is not propagated. */
  dirty = 0;
  nowMs: number;
  nowMicros: number;
  isLoading = false;
  /** The command that runs now is a write: on a writable replica it may delete an expired key. */
  isWriting = false;
  /** Clients with output to be sent, in the order of their first byte. */
  writers: Client[] = [];
  /** Clients whose wait has ended and that may have further requests in their buffer. */
  unblocked: Client[] = [];
  readonly monitors = new Set<Client>();
  /** The whole server stands still: the act `pause`. */
  isFrozen = false;
  /** CLIENT PAUSE. */
  pausedUntilMs = 0;
  pauseKind: 'write' | 'all' | null = null;
  pauseTimer: Timer | null = null;
  postponed: Client[] = [];
  readonly #context: ServerContext;
  readonly #serviceTime: ServiceTime;
  #timers = new Set<Timer>();
  #frozenCallbacks: (() => void)[] = [];
  #depth = 0;
  #micros = 0;
  /** Service time charged since the start. */
  busyMicros = 0;
  #nextClientId = 1;
  readonly #rewriteConfig: EngineOptions['rewriteConfig'];
  #scriptRunner: Client | null = null;
  #isStopped = false;

  constructor(options: EngineOptions) {
    this.#context = options.context;
    this.#serviceTime = options.serviceTime;
    this.config = options.config;
    this.table = options.table;
    this.scripts = options.scripts;
    this.#rewriteConfig = options.rewriteConfig;
    this.port = options.port;
    this.nowMicros = options.context.clock.wallMicros();
    this.nowMs = Math.floor(this.nowMicros / 1000);
    this.startedAtMs = this.nowMs;
    this.runId = this.stream('run-id').bytes(20).toString('hex');
    for (let number = 0; number < this.config.databases; number++) this.databases.push(new Database(this, number));
    this.acl = new AccessControl(options.table, this.config.requirepass);
    this.blocking = new Blocking(this);
    this.expiry = new ActiveExpiry(this);
    this.persistence = new Persistence(this, options.state, options.snapshot);
    this.replication = new Replication(this);
  }

  stream(name: string): Stream {
    return this.#context.stream(name);
  }

  log(line: string): void {
    this.#context.log(line);
  }

  /** Writes the parameters into the configuration file. @returns false when there is none */
  keepConfig(): boolean {
    if (this.#rewriteConfig === null) return false;
    this.#rewriteConfig(Object.fromEntries(this.config.matching(['*']).filter(([name]) => name !== 'port')));
    return true;
  }

  /** Opens a connection of the server's own. */
  connect(target: { readonly host: string; readonly port: number }, handler: OutgoingHandler): ByteStream {
    return this.#context.connect(target, handler);
  }

  /** The name of a service stands for this server from now on. */
  takeName(name: string): void {
    this.#context.takeName(name);
  }

  /** Opens a client on a stream, or one without for scripts. */
  newClient(stream: Client['stream']): Client {
    const user = this.acl.defaultUser;
    const client = new Client({
      id: stream === null ? 0 : this.#nextClientId,
      engine: this,
      stream,
      user,
      isAuthenticated: stream === null || (user.isPasswordless && user.isEnabled),
    });
    if (stream !== null) {
      this.#nextClientId += 1;
      this.clients.set(client.id, client);
      this.stats.connectionsReceived += 1;
    }
    return client;
  }

  /** The client that scripts run their commands on. */
  scriptRunner(): Client {
    if (this.#scriptRunner === null) {
      this.#scriptRunner = this.newClient(null);
      this.#scriptRunner.isBlockingDenied = true;
    }
    return this.#scriptRunner;
  }

  // Events from outside.

  /** Starts handling an event: time is read once. */
  begin(): void {
    this.#depth += 1;
    if (this.#depth > 1) return;
    this.nowMicros = this.#context.clock.wallMicros();
    this.nowMs = Math.floor(this.nowMicros / 1000);
  }

  /** Ends an event. */
  finish(): void {
    this.#depth -= 1;
    if (this.#depth > 0) return;
    while (this.unblocked.length > 0) {
      const clients = this.unblocked;
      this.unblocked = [];
      for (const client of clients) this.dispatcher!.readRequests(client);
    }
    this.replication.beforeReplies();
    this.persistence.beforeReplies();
    this.#flush();
  }

  /** Calls back after a while; cancelled when the server goes down, put off while it is frozen. */
  after(delayMs: number, callback: () => void): Timer {
    const timer = this.#context.clock.after(Math.max(0, Math.ceil(delayMs * 1000)), () => {
      this.#timers.delete(timer);
      if (this.#isStopped) return;
      if (this.isFrozen) {
        this.#frozenCallbacks.push(run);
        return;
      }
      run();
    });
    let isCancelled = false;
    const run = (): void => {
      if (isCancelled || this.#isStopped) return;
      this.begin();
      callback();
      this.blocking.serve();
      this.finish();
    };
    this.#timers.add(timer);
    return {
      cancel: () => {
        isCancelled = true;
        timer.cancel();
        this.#timers.delete(timer);
      },
    };
  }

  /** The whole server stands still for a while, timers and input alike. */
  freezeFor(ms: number): void {
    this.isFrozen = true;
    const timer = this.#context.clock.after(Math.ceil(ms * 1000), () => {
      this.#timers.delete(timer);
      if (!this.#isStopped) this.#thaw();
    });
    this.#timers.add(timer);
  }

  /** Ends a freeze: what became due meanwhile runs now, then all input. */
  #thaw(): void {
    this.isFrozen = false;
    const callbacks = this.#frozenCallbacks;
    this.#frozenCallbacks = [];
    for (const callback of callbacks) callback();
    this.begin();
    for (const client of [...this.clients.values()]) this.dispatcher!.readRequests(client);
    this.finish();
  }

  /** Goes down: no timer and no client is left. */
  stop(): void {
    this.#isStopped = true;
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
    this.blocking.clear();
    this.expiry.clear();
    this.persistence.stop();
    this.replication.stop();
    this.clients.clear();
    this.writers = [];
  }

  // Service time.

  /** Charges for elements that a command walks over without replying them. */
  walked(elements: number): void {
    this.#micros += elements * this.#serviceTime.perElementMicros;
  }

  charge(args: readonly string[], replyBytes: number, isCommand: boolean): void {
    const time = this.#serviceTime;
    let bytes = replyBytes;
    for (let index = 0; index < args.length; index++) bytes += args[index]!.length;
    this.#micros += args.length * time.perElementMicros + bytes * time.perByteMicros;
    if (isCommand) this.#micros += time.perCommandMicros;
  }

  /** Charges wall time as such: DEBUG SLEEP. */
  chargeMicros(micros: number): void {
    this.#micros += micros;
  }

  #flush(): void {
    const whole = Math.floor(this.#micros);
    if (whole > 0) {
      this.#micros -= whole;
      this.busyMicros += whole;
      this.#context.spend(whole);
    }
    const writers = this.writers;
    if (writers.length === 0) return;
    this.writers = [];
    for (const client of writers) {
      const output = client.takeOutput();
      if (client.isClosed || client.stream === null) continue;
      if (output !== '') {
        this.stats.bytesSent += output.length;
        client.stream.write(Buffer.from(output, 'latin1'));
        this.#checkOutputLimit(client);
      }
      if (client.isClosing && !client.isClosed) {
        client.stream.end();
        this.dispatcher!.closeClient(client);
      }
    }
  }

  /** Closes a client at once, without sending what it still has. */
  kill(client: Client): void {
    if (client.isClosed) return;
    client.stream?.destroy('close');
    this.dispatcher!.closeClient(client);
  }

  #checkOutputLimit(client: Client): void {
    const limits = this.config.outputLimits;
    const limit = client.isReplica ? limits.replica : client.isSubscriber ? limits.pubsub : limits.normal;
    const queued = client.stream!.bytesQueued;
    if (limit.hardBytes > 0 && queued >= limit.hardBytes) {
      this.log(`client ${client.id} closed: output buffer over the hard limit of ${limit.hardBytes} bytes`);
      this.kill(client);
      return;
    }
    if (limit.softBytes === 0 || queued < limit.softBytes) {
      client.softLimitSinceMs = -1;
      return;
    }
    if (client.softLimitSinceMs < 0) client.softLimitSinceMs = this.nowMs;
    else if (this.nowMs - client.softLimitSinceMs > 1000 * limit.softSeconds) {
      this.log(`client ${client.id} closed: output buffer over the soft limit of ${limit.softBytes} bytes`);
      this.kill(client);
    }
  }

  // KeyspaceHost.

  get expiredKeys(): 'deleted' | 'hidden' | 'kept' {
    if (!this.replication.isReplica) return 'deleted';
    if (this.replication.isApplying) return 'kept';
    return this.isWriting ? 'deleted' : 'hidden';
  }

  /** A key may be given a time that is over: its deletion is somebody else's affair. */
  get keepsExpired(): boolean {
    return this.isLoading || this.replication.isReplica;
  }

  keyReady(database: Database, key: string): void {
    this.blocking.keyReady(database, key);
  }

  keyGone(database: Database, key: string, value: Value): void {
    if (value.kind === 'stream') this.blocking.keyGone(database, key);
  }

  keyExpired(database: Database, key: string): void {
    this.stats.expiredKeys += 1;
    this.propagation.now(database.number, removeKey(key));
    this.notify(database, NOTIFY.expired, 'expired', key);
    database.modified(key);
  }

  expirySet(database: Database, key: string, atMs: number): void {
    this.expiry.add(database, key, atMs);
  }

  touched(value: Value): void {
    value.usedAtMs = this.nowMs;
    if (this.config.isLfu) noteFrequency(value, this.nowMs, this.config, this.stream('lfu'));
  }

  keyCreated(database: Database, key: string): void {
    if ((this.config.notifyFlags & NOTIFY.created) !== 0) this.notify(database, NOTIFY.created, 'new', key);
  }

  keyMissed(database: Database, key: string): void {
    if ((this.config.notifyFlags & NOTIFY.keymiss) !== 0) this.notify(database, NOTIFY.keymiss, 'keymiss', key);
  }

  countLookup(isHit: boolean): void {
    if (isHit) this.stats.keyspaceHits += 1;
    else this.stats.keyspaceMisses += 1;
  }

  /** Publishes a keyspace event, if its class is wanted. */
  notify(database: Database, notifyClass: number, event: string, key: string): void {
    const flags = this.config.notifyFlags;
    if ((flags & notifyClass) === 0) return;
    if ((flags & NOTIFY.keyspace) !== 0) this.pubsub.publish(`__keyspace@${database.number}__:${key}`, event);
    if ((flags & NOTIFY.keyevent) !== 0) this.pubsub.publish(`__keyevent@${database.number}__:${event}`, key);
  }

  // Memory.

  usedMemory(): number {
    let bytes = BASE_MEMORY_BYTES + this.clients.size * CLIENT_MEMORY_BYTES;
    for (const database of this.databases) bytes += database.bytes;
    return bytes;
  }

  keyCount(): number {
    let count = 0;
    for (const database of this.databases) count += database.size;
    return count;
  }

  /** Evicts until the memory fits. @returns whether it fits now */
  makeRoom(): boolean {
    const limit = this.config.maxmemoryBytes;
    if (limit === 0) return true;
    while (this.usedMemory() > limit) {
      const victim = chooseVictim(this.databases, this.config, this.nowMs, this.stream('eviction'));
      if (victim === null) return false;
      victim.database.delete(victim.key);
      this.stats.evictedKeys += 1;
      this.propagation.now(victim.database.number, removeKey(victim.key));
      victim.database.modified(victim.key);
      this.notify(victim.database, NOTIFY.evicted, 'evicted', victim.key);
      this.propagation.unitDone();
    }
    return true;
  }

  // Loading.

  /** Exchanges all data for a master's snapshot. */
  replaceDataset(file: RdbFile): void {
    this.isLoading = true;
    for (const database of this.databases) {
      breakWatches(database, () => true);
      database.clear();
    }
    this.functions.flush();
    const host = new RunHost(this.scriptRunner());
    for (const code of file.libraries) this.functions.load(code, { host, isReplacing: true });
    for (const [number, keys] of file.databases) {
      for (const [key, value] of keys) this.databases[number]?.add(key, value);
    }
    this.propagation.clear();
    this.isLoading = false;
    if (this.config.isAppendOnly) this.persistence.rewrite();
  }

  /** Fills the databases from what survived. */
  load(state: DurableState | null, snapshot: Dataset | null): void {
    this.isLoading = true;
    const base = state?.base ?? snapshot ?? EMPTY_DATASET;
    const host = new RunHost(this.scriptRunner());
    for (const code of base.libraries) this.functions.load(code, { host, isReplacing: false });
    for (let number = 0; number < base.databases.length; number++) {
      for (const [key, value] of base.databases[number]!) {
        // A key that has expired while the server was down is not loaded.
        if (value.expireAtMs < 0 || value.expireAtMs >= this.nowMs) this.databases[number]!.add(key, copyValue(value));
      }
    }
    const loader = this.newClient(null);
    for (const batch of state?.batches ?? []) {
      for (const effect of batch) this.dispatcher!.replay(loader, effect);
    }
    this.propagation.clear();
    this.isLoading = false;
  }
}
