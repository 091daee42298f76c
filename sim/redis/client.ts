/**
 * One connection's state, and the hand that a command handler has on it. A script runs its commands through a client of its own without a
 * stream, as in Redis.
 */
import type { ByteStream } from '../kernel/byte-stream.ts';
import type { User } from './acl.ts';
import type { BlockedOperation } from './blocking.ts';
import type { Command } from './command.ts';
import type { Engine } from './engine.ts';
import type { Database } from './keyspace.ts';
import type { ReplicaState } from './replication/replica-state.ts';
import { NO_REPLY, type Reply } from './reply.ts';
import { RequestDecoder } from './wire/decode-request.ts';
import { encodeReply } from './wire/encode.ts';

export interface QueuedCommand {
  readonly command: Command;
  readonly args: string[];
}

export interface WatchedKey {
  readonly database: Database;
  readonly key: string;
  /** The key had expired already when the watch began, so its deletion changes nothing. */
  readonly wasExpired: boolean;
}

export interface ClientOptions {
  readonly id: number;
  readonly engine: Engine;
  /** Null for the client of scripts, which writes nothing. */
  readonly stream: ByteStream | null;
  readonly user: User;
  readonly isAuthenticated: boolean;
}

export class Client {
  readonly id: number;
  readonly engine: Engine;
  readonly stream: ByteStream | null;
  readonly decoder = new RequestDecoder();
  readonly createdAtMs: number;
  db: Database;
  resp: 2 | 3 = 2;
  name = '';
  user: User;
  isAuthenticated: boolean;
  /** Commands queued since MULTI; null outside. */
  transaction: QueuedCommand[] | null = null;
  /** A queued command was refused: EXEC will abort. */
  isTransactionBroken = false;
  /** A watched key was changed: EXEC will answer nil. */
  isWatchBroken = false;
  watched: WatchedKey[] = [];
  blocked: BlockedOperation | null = null;
  /** Inside EXEC or a script: blocking commands answer at once. */
  isBlockingDenied = false;
  /** A request held back by CLIENT PAUSE. */
  postponed: string[] | null = null;
  readonly channels = new Set<string>();
  readonly patterns = new Set<string>();
  readonly shardChannels = new Set<string>();
  replyMode: 'on' | 'off' | 'skip-next' | 'skip' = 'on';
  isNoEvict = false;
  isMonitor = false;
  /** Takes the replication stream. */
  isReplica = false;
  /** What the peer said of itself as a replica. */
  announced: ReplicaState | null = null;
  /** Offset of the replication stream after the last command: WAIT waits for it. */
  writeOffset = 0;
  isReadOnlyScript = false;
  /** The script that runs on this client declares `allow-oom`. */
  mayExceedMemory = false;
  /** Closes once what was written has been sent. */
  isClosing = false;
  isClosed = false;
  lastCommand: Command | null = null;
  lastUsedAtMs: number;
  /** When the output first exceeded the soft limit; -1 while below. */
  softLimitSinceMs = -1;
  #output = '';

  constructor(options: ClientOptions) {
    this.id = options.id;
    this.engine = options.engine;
    this.stream = options.stream;
    this.user = options.user;
    this.isAuthenticated = options.isAuthenticated;
    this.decoder.isAuthenticated = options.isAuthenticated;
    this.decoder.bulkBytesMax = options.engine.config.bulkBytesMax;
    this.db = options.engine.databases[0]!;
    this.createdAtMs = options.engine.nowMs;
    this.lastUsedAtMs = options.engine.nowMs;
  }

  get isSubscriber(): boolean {
    return this.channels.size > 0 || this.patterns.size > 0 || this.shardChannels.size > 0;
  }

  /** Writes a reply, unless the client has turned replies off. */
  write(reply: Reply): void {
    if (reply === NO_REPLY || this.replyMode === 'off' || this.replyMode === 'skip') return;
    this.#append(encodeReply(reply, this.resp));
  }

  /** Writes bytes as they are: the replication stream. */
  writeRaw(text: string): void {
    this.#append(text);
  }

  /** Writes the head of an array whose items follow one by one. */
  writeArrayLength(length: number): void {
    if (this.replyMode === 'off' || this.replyMode === 'skip') return;
    this.#append(`*${length}\r\n`);
  }

  /** Writes a message that answers no request. With RESP3 it goes out even while replies are off. */
  push(reply: Reply): void {
    if (this.resp === 2 && (this.replyMode === 'off' || this.replyMode === 'skip')) return;
    this.#append(encodeReply(reply, this.resp));
  }

  /** Closes the connection once everything written so far has been sent. */
  closeAfterReply(): void {
    this.isClosing = true;
    this.engine.writers.push(this);
  }

  get outputLength(): number {
    return this.#output.length;
  }

  /** Takes what is to be sent. */
  takeOutput(): string {
    const output = this.#output;
    this.#output = '';
    return output;
  }

  /**
   * Tells of a change of a key: watchers, memory, the dirty counter, and a keyspace event.
   * @param notifyClass one bit of NOTIFY
   */
  changed(key: string, notifyClass: number, event: string, count = 1): void {
    this.db.modified(key);
    this.engine.dirty += count;
    if (this.engine.config.notifyFlags !== 0) this.engine.notify(this.db, notifyClass, event, key);
  }

  #append(text: string): void {
    if (this.stream === null || this.isClosed) return;
    if (this.#output === '') this.engine.writers.push(this);
    this.#output += text;
  }
}
