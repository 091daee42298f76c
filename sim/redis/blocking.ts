/**
 * Clients that wait for a key: first come, first served, per key (blocked.c).
 *
 * A push does not wake anybody by itself. It marks the key as ready, and after the whole command, transaction or script the ready keys are
 * served in the order in which they became ready; so a pusher's own reply is first, and a list that is empty again by then wakes nobody.
 */
import type { Timer } from '../kernel/clock.ts';
import type { Client } from './client.ts';
import type { Engine } from './engine.ts';
import type { Database } from './keyspace.ts';
import { error, type Reply } from './reply.ts';
import type { Value, ValueKind } from './values/value.ts';

export interface BlockedOperation {
  /** The kind of value that can serve it; `wait` waits for no key but for replicas. */
  readonly kind: ValueKind | 'wait';
  readonly keys: readonly string[];
  readonly database: Database;
  readonly timeoutReply: Reply | (() => Reply);
  /**
   * Tries to serve the client from a key that is ready. It writes the reply itself.
   * @param value undefined when the key is gone
   * @returns whether the client was served
   */
  readonly attempt: (client: Client, key: string, value: Value | undefined) => boolean;
  /** True when the disappearance of a key serves it as well. */
  readonly isServedByLoss: boolean;
}

export interface BlockOptions extends Omit<BlockedOperation, 'database'> {
  /** Milliseconds; 0 waits for ever. */
  readonly timeoutMs: number;
}

interface ReadyKey {
  readonly database: Database;
  readonly key: string;
}

export class Blocking {
  readonly #engine: Engine;
  readonly #waiting = new Map<number, Map<string, Client[]>>();
  readonly #timers = new Map<Client, Timer>();
  /** Clients that wait for replicas. */
  readonly #waiters = new Set<Client>();
  #ready: ReadyKey[] = [];
  readonly #readyNames = new Set<string>();
  #blockedCount = 0;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  get blockedCount(): number {
    return this.#blockedCount;
  }

  /** Blocks a client until one of the keys serves it or the time is over. */
  block(client: Client, options: BlockOptions): void {
    client.blocked = { ...options, database: client.db };
    this.#blockedCount += 1;
    const queues = this.#queuesOf(client.db);
    for (const key of options.keys) {
      const queue = queues.get(key);
      if (queue === undefined) queues.set(key, [client]);
      else if (!queue.includes(client)) queue.push(client);
    }
    if (options.kind === 'wait') this.#waiters.add(client);
    if (options.timeoutMs > 0) this.#startTimer(client, options.timeoutMs);
  }

  /** A key exists now, or has more: clients may be waiting for it. */
  keyReady(database: Database, key: string): void {
    if (this.#waiting.get(database.number)?.has(key) !== true) return;
    const name = `${database.number}/${key}`;
    if (this.#readyNames.has(name)) return;
    this.#readyNames.add(name);
    this.#ready.push({ database, key });
  }

  /** A stream key is gone: clients that need the key itself must learn it. */
  keyGone(database: Database, key: string): void {
    const queue = this.#waiting.get(database.number)?.get(key);
    if (queue?.some((client) => client.blocked!.isServedByLoss) === true) this.keyReady(database, key);
  }

  get hasReady(): boolean {
    return this.#ready.length > 0;
  }

  /** Serves waiting clients until no key is ready any more. */
  serve(): void {
    while (this.#ready.length > 0) {
      const ready = this.#ready;
      this.#ready = [];
      this.#readyNames.clear();
      for (const { database, key } of ready) this.#serveKey(database, key);
    }
  }

  /** Ends a client's wait; it goes on with its next request after the current event. */
  unblock(client: Client): void {
    const operation = client.blocked;
    if (operation === null) return;
    client.blocked = null;
    this.#blockedCount -= 1;
    this.#timers.get(client)?.cancel();
    this.#timers.delete(client);
    this.#waiters.delete(client);
    const queues = this.#queuesOf(operation.database);
    for (const key of operation.keys) {
      const queue = queues.get(key);
      const position = queue?.indexOf(client) ?? -1;
      if (position < 0) continue;
      queue!.splice(position, 1);
      if (queue!.length === 0) queues.delete(key);
    }
    if (!client.isClosed) this.#engine.unblocked.push(client);
  }

  /** A replica has told how far it is. */
  acknowledged(): void {
    for (const client of [...this.#waiters]) {
      if (client.blocked!.attempt(client, '', undefined)) this.unblock(client);
    }
  }

  /** Ends every wait with an error, and the connections with it: the server changes its role. */
  dropAll(text: string): void {
    for (const client of this.#engine.clients.values()) {
      if (client.blocked === null) continue;
      client.write(error(text));
      this.unblock(client);
      client.closeAfterReply();
    }
  }

  /** What a client gets whose time is over. */
  timeoutReplyOf(client: Client): Reply | undefined {
    const reply = client.blocked?.timeoutReply;
    return typeof reply === 'function' ? reply() : reply;
  }

  /** After SWAPDB: keys under the waiting clients may exist now. */
  databasesSwapped(database: Database): void {
    const queues = this.#waiting.get(database.number);
    if (queues === undefined) return;
    for (const key of [...queues.keys()]) {
      if (database.peek(key) !== undefined) this.keyReady(database, key);
    }
  }

  /** Forgets everybody: the server goes down. */
  clear(): void {
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
    this.#waiting.clear();
    this.#ready = [];
    this.#readyNames.clear();
    this.#waiters.clear();
    this.#blockedCount = 0;
  }

  #serveKey(database: Database, key: string): void {
    const queue = this.#waiting.get(database.number)?.get(key);
    if (queue === undefined) return;
    for (const client of queue.slice()) {
      const operation = client.blocked;
      if (operation === null) continue;
      const value = database.peek(key);
      if (value === undefined ? !operation.isServedByLoss : value.kind !== operation.kind && !operation.isServedByLoss)
        continue;
      if (!operation.attempt(client, key, value)) continue;
      this.unblock(client);
      this.#engine.propagation.unitDone();
    }
  }

  #startTimer(client: Client, timeoutMs: number): void {
    const timer = this.#engine.after(timeoutMs, () => {
      this.#timers.delete(client);
      const reply = this.timeoutReplyOf(client);
      if (reply === undefined) return;
      client.write(reply);
      this.unblock(client);
    });
    this.#timers.set(client, timer);
  }

  #queuesOf(database: Database): Map<string, Client[]> {
    let queues = this.#waiting.get(database.number);
    if (queues === undefined) {
      queues = new Map();
      this.#waiting.set(database.number, queues);
    }
    return queues;
  }
}
