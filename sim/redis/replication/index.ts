/**
 * Replication (replication.c): which stream of effects this server has, how far it is, who follows it, and whom it follows.
 *
 * A stream has an ID and offsets in bytes. A master makes it (`feed`), a replica takes it from its master and passes the very same bytes on. A
 * server that becomes a master keeps the old ID as its second one up to the point where it took over, so that its fellow replicas can go
 * on without a full resynchronisation. `backlog.ts` keeps the last bytes, `replica-state.ts` is a follower as its master sees it, `master-link.ts`
 * is the way to the master.
 *
 * Invariant: `offset` is the number of stream bytes fed or applied. Every byte fed goes to the backlog and to each follower whose copy has begun,
 * in the same order.
 *
 * Differs: a master that starts again always has a new ID, so its replicas resynchronise in full; the real one remembers it when it was stopped
 * cleanly and had no append-only file. A snapshot is sent at once and whole; it is never in the way of a client (no LOADING, no fork).
 */
import type { Timer } from '../../kernel/clock.ts';
import type { Client } from '../client.ts';
import type { Engine } from '../engine.ts';
import * as errors from '../errors.ts';
import type { Effect } from '../propagation.ts';
import { encodeFile } from '../rdb/index.ts';
import { encodeRequest } from '../wire/encode.ts';
import { Backlog } from './backlog.ts';
import { MasterLink } from './master-link.ts';
import { ReplicaState } from './replica-state.ts';

export const NO_ID = '0'.repeat(40);
const CRON_MS = 1000;
/** As `now` in seconds sees it, in the engine's wall clock. */
type Seconds = number;

export class Replication {
  id: string;
  /** The stream that this one goes on from, and the first offset that no longer belongs to it. */
  secondId = NO_ID;
  secondOffset = -1;
  offset = 0;
  backlog: Backlog | null = null;
  /** The way to the master; null on a master. */
  link: MasterLink | null = null;
  /** The database that the next byte of the stream works on; -1 when the stream must say so first. */
  database = -1;
  /** Followers in the order of their coming. */
  readonly replicas = new Map<Client, ReplicaState>();
  /** Followers that answer often enough: `min-replicas-to-write` looks at them. */
  goodReplicas = 0;
  fullSyncs = 0;
  partialSyncs = 0;
  partialSyncsRefused = 0;
  /** The command that runs now was sent by the master. */
  isApplying = false;
  readonly #engine: Engine;
  #cron: Timer | null = null;
  #ticks = 0;
  #snapshotTimer: Timer | null = null;
  #backlogIdleSince: Seconds = 0;
  #asksForAcks = false;

  constructor(engine: Engine) {
    this.#engine = engine;
    this.id = this.#newId();
    engine.propagation.listen((batch) => this.#feedBatch(batch));
  }

  get isReplica(): boolean {
    return this.link !== null;
  }

  /** Somebody takes the stream, or may come back for it. */
  get hasFollowers(): boolean {
    return this.backlog !== null || this.replicas.size > 0;
  }

  get nowSeconds(): Seconds {
    return Math.floor(this.#engine.nowMs / 1000);
  }

  // The master's side.

  /** A follower asks for the stream from an offset on (PSYNC). */
  attach(client: Client, id: string, offset: number): void {
    const link = this.link;
    if (link !== null && link.state !== 'connected') errors.fail(errors.NO_MASTER_LINK);
    const replica = this.announced(client);
    if (this.#continues(id, offset)) {
      this.partialSyncs += 1;
      this.replicas.set(client, replica);
      replica.state = 'online';
      replica.ackAtSeconds = this.nowSeconds;
      client.isReplica = true;
      client.writeRaw(replica.knowsIdChanges ? `+CONTINUE ${this.id}\r\n` : '+CONTINUE\r\n');
      client.writeRaw(this.backlog!.from(offset));
      this.refreshGoodReplicas();
    } else {
      if (id !== '?') this.partialSyncsRefused += 1;
      this.fullSyncs += 1;
      this.replicas.set(client, replica);
      replica.state = 'wait_bgsave';
      client.isReplica = true;
      this.#startBacklog();
      this.#planSnapshot(replica.knowsEofMark);
    }
    this.#startCron();
  }

  /** What a connection said of itself before it became a follower. */
  announced(client: Client): ReplicaState {
    client.announced ??= new ReplicaState(client);
    return client.announced;
  }

  detach(client: Client): void {
    if (!this.replicas.delete(client)) return;
    this.#backlogIdleSince = this.nowSeconds;
    this.refreshGoodReplicas();
  }

  #continues(id: string, offset: number): boolean {
    const isOwn = id === this.id;
    const isFormer = id === this.secondId && offset <= this.secondOffset;
    return (isOwn || isFormer) && this.backlog !== null && this.backlog.reaches(offset);
  }

  #startBacklog(): void {
    if (this.backlog !== null) return;
    // Without a backlog nobody can have followed this stream: its past counts as unknown.
    if (!this.isReplica) {
      this.id = this.#newId();
      this.secondId = NO_ID;
      this.secondOffset = -1;
    }
    this.backlog = new Backlog(this.offset);
  }

  /** Followers that come within the delay share a snapshot. */
  #planSnapshot(isDiskless: boolean): void {
    const { config } = this.#engine;
    const isDelayed = isDiskless && config.get('repl-diskless-sync') === 'yes';
    if (!isDelayed) this.#sendSnapshot();
    else if (this.#snapshotTimer === null) {
      const delayMs = 1000 * Number(config.get('repl-diskless-sync-delay'));
      this.#snapshotTimer = this.#engine.after(delayMs, () => {
        this.#snapshotTimer = null;
        this.#sendSnapshot();
      });
    }
  }

  #sendSnapshot(): void {
    const { databases, functions } = this.#engine;
    const waiting = [...this.replicas.values()].filter((replica) => replica.state === 'wait_bgsave');
    if (waiting.length === 0) return;
    // On a replica the stream is not its own: the follower is told where it stands instead.
    const auxiliary: Record<string, string> = {
      'redis-ver': '7.0.15',
      'redis-bits': '64',
      'repl-stream-db': String(this.isReplica ? this.database : 0),
      'repl-id': this.id,
      'repl-offset': String(this.offset),
    };
    if (!this.isReplica) this.database = -1;
    const snapshot = encodeFile(
      {
        databases: new Map(databases.map((database) => [database.number, database.keys])),
        libraries: Array.from(functions.all, ({ code }) => code),
      },
      auxiliary,
    );
    this.#engine.log(`sending a snapshot of ${snapshot.length} bytes to ${waiting.length} replicas`);
    for (const replica of waiting) {
      replica.state = 'send_bulk';
      replica.ackAtSeconds = this.nowSeconds;
      const head = `+FULLRESYNC ${this.id} ${this.offset}\r\n$${snapshot.length}\r\n`;
      replica.client.writeRaw(head + snapshot);
    }
  }

  #feedBatch(batch: readonly Effect[]): void {
    if (this.isReplica || this.#engine.isLoading || !this.hasFollowers) return;
    let text = '';
    const isWhole = batch.length > 1;
    for (const [at, { database, args }] of batch.entries()) {
      if (database !== this.database) {
        text += encodeRequest(['SELECT', String(database)]);
        this.database = database;
      }
      if (isWhole && at === 0) text += encodeRequest(['MULTI']);
      text += encodeRequest(args);
    }
    if (isWhole) text += encodeRequest(['EXEC']);
    this.feed(text);
  }

  /** Appends bytes to the stream. */
  feed(text: string): void {
    this.offset += text.length;
    this.backlog?.push(text, this.#engine.config.backlogBytes);
    for (const replica of this.replicas.values()) {
      if (replica.state !== 'wait_bgsave') replica.client.writeRaw(text);
    }
  }

  /** A follower tells how far it is. */
  acknowledged(client: Client, offset: number): void {
    const replica = this.replicas.get(client);
    if (replica === undefined) return;
    replica.ackOffset = Math.max(replica.ackOffset, offset);
    replica.ackAtSeconds = this.nowSeconds;
    if (replica.state === 'send_bulk') {
      replica.state = 'online';
      this.refreshGoodReplicas();
    }
    this.#engine.blocking.acknowledged();
  }

  /** Number of followers that have this much of the stream. */
  countAcknowledged(offset: number): number {
    let count = 0;
    for (const { state, ackOffset } of this.replicas.values()) {
      if (state === 'online' && ackOffset >= offset) count += 1;
    }
    return count;
  }

  /** Before the replies of this turn leave, followers are asked how far they are. */
  askForAcks(): void {
    this.#asksForAcks = true;
  }

  beforeReplies(): void {
    if (!this.#asksForAcks) return;
    this.#asksForAcks = false;
    if (this.replicas.size > 0 && !this.isReplica) this.feed(encodeRequest(['REPLCONF', 'GETACK', '*']));
  }

  refreshGoodReplicas(): void {
    const lagMax = this.#engine.config.minReplicasMaxLagSeconds;
    let good = 0;
    for (const { state, ackAtSeconds } of this.replicas.values()) {
      if (state === 'online' && this.nowSeconds - ackAtSeconds <= lagMax) good += 1;
    }
    this.goodReplicas = good;
  }

  /** Whether enough followers are near for a write to be accepted. */
  get hasEnoughReplicas(): boolean {
    const { minReplicasToWrite, minReplicasMaxLagSeconds } = this.#engine.config;
    if (this.isReplica || minReplicasToWrite === 0 || minReplicasMaxLagSeconds === 0) return true;
    return this.goodReplicas >= minReplicasToWrite;
  }

  // The change of roles.

  /** REPLICAOF host port. */
  follow(host: string, port: number): void {
    const wasMaster = this.link === null;
    this.link?.leave();
    this.#engine.blocking.dropAll(errors.ROLE_CHANGED);
    this.link = new MasterLink(this.#engine, { host, port, lastDatabase: Math.max(0, this.database) });
    if (wasMaster) this.disconnectReplicas();
    this.#startCron();
    this.link.connect();
  }

  /** REPLICAOF NO ONE. */
  lead(): void {
    const link = this.link;
    if (link === null) return;
    link.leave();
    this.link = null;
    // The old stream goes on here under another name; its first byte that may differ is the next one.
    this.#shiftId();
    this.disconnectReplicas();
    this.database = -1;
    if (this.backlog === null) this.backlog = new Backlog(this.offset);
    this.#engine.expiry.resume();
    this.#startCron();
  }

  /** The master has become another stream, or its name has changed (`+CONTINUE` with a new ID). */
  renamed(id: string): void {
    if (id === this.id) return;
    this.secondId = this.id;
    this.secondOffset = this.offset + 1;
    this.id = id;
    this.disconnectReplicas();
  }

  /** A snapshot of the master has been loaded: the stream is the master's from here. */
  restartedAt(id: string, offset: number): void {
    this.id = id;
    this.secondId = NO_ID;
    this.secondOffset = -1;
    this.offset = offset;
    this.backlog = new Backlog(offset);
  }

  disconnectReplicas(): void {
    for (const client of [...this.replicas.keys()]) this.#engine.kill(client);
  }

  stop(): void {
    this.#cron = null;
    this.#snapshotTimer = null;
    this.link?.abandon();
  }

  #shiftId(): void {
    this.secondId = this.id;
    this.secondOffset = this.offset + 1;
    this.id = this.#newId();
  }

  #newId(): string {
    return this.#engine.stream('replication-id').bytes(20).toString('hex');
  }

  // Once a second, while there is anything to look after.

  #startCron(): void {
    this.#cron ??= this.#engine.after(CRON_MS, () => this.#tick());
  }

  #tick(): void {
    this.#cron = null;
    this.#ticks += 1;
    const { config } = this.#engine;
    this.link?.tick();
    for (const [client, replica] of [...this.replicas]) {
      if (replica.state === 'online' && this.nowSeconds - replica.ackAtSeconds > config.replicationTimeoutSeconds) {
        this.#engine.log(`disconnecting a replica that has not answered for ${config.replicationTimeoutSeconds} s`);
        this.#engine.kill(client);
      }
    }
    if (this.replicas.size > 0 && this.#ticks % config.pingReplicaSeconds === 0) this.#pingReplicas();
    this.refreshGoodReplicas();
    this.#dropIdleBacklog();
    if (this.link !== null || this.replicas.size > 0 || this.backlog !== null) this.#startCron();
  }

  #pingReplicas(): void {
    if (!this.isReplica) this.feed(encodeRequest(['PING']));
    for (const { state, client } of this.replicas.values()) if (state === 'wait_bgsave') client.writeRaw('\n');
  }

  #dropIdleBacklog(): void {
    const seconds = this.#engine.config.backlogTtlSeconds;
    if (this.isReplica || this.replicas.size > 0 || this.backlog === null || seconds === 0) return;
    if (this.nowSeconds - this.#backlogIdleSince <= seconds) return;
    this.id = this.#newId();
    this.secondId = NO_ID;
    this.secondOffset = -1;
    this.backlog = null;
  }
}
