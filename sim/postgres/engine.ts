/**
 * What all sessions of one server share: transactions, locks, catalog, log position, notifications and the run queue of woken sessions.
 * Invariants: a commit is one step, so no session ever sees half of it; commits are reported in the order of their numbers; a woken session
 * runs in an event of its own, in the order of waking.
 */
import type { Timer } from '../kernel/clock.ts';
import type { RowChange, ServerContext } from '../kernel/server.ts';
import type { Stream } from '../kernel/stream.ts';
import type { Backend } from './backend.ts';
import { Catalog } from './catalog/catalog.ts';
import { informationMakers } from './catalog/information-schema.ts';
import { addSystemRelations } from './catalog/system-relations.ts';
import { systemMakers } from './catalog/system-views.ts';
import { LockManager } from './lock/lock-manager.ts';
import { SerializableConflicts } from './lock/ssi.ts';
import { NotificationHub } from './notify.ts';
import { type Costs, DEFAULT_COSTS, type PostgresOptions } from './options.ts';
import { Roles } from './roles.ts';
import type { ParsedStatement } from './sql/parse.ts';
import type { Planned } from './sql/statement.ts';
import { type CommitNumber, TransactionStatus } from './transaction-status.ts';
import { TypeRegistry } from './types/index.ts';

/** Log position after initdb. */
const LSN_FIRST = 0x14fb7f0;

/** Sees what is committed and nothing else. */
const NOBODY = { processId: 0 };

export class Engine {
  readonly context: ServerContext;
  readonly options: PostgresOptions;
  readonly costs: Costs;
  readonly status = new TransactionStatus();
  locks = new LockManager();
  readonly catalog: Catalog;
  readonly roles: Roles;
  readonly types = new TypeRegistry();
  /** Plans by statement; here, so that they go when the server goes. */
  readonly plans = new WeakMap<ParsedStatement, Map<string, Planned>>();
  notifications = new NotificationHub();
  conflicts: SerializableConflicts;
  readonly backends = new Map<number, Backend>();
  /** Bytes of log written and flushed. */
  lsn = LSN_FIRST;
  flushedLsn = LSN_FIRST;
  flushedCommit: CommitNumber = 1;
  startedMicros = 0;
  readonly randomStream: Stream;
  readonly walWriterDelayMicros: number;
  #walWriter: Timer | null = null;
  #nextProcessId = 100;
  readonly #woken: (() => void)[] = [];
  #wakeTimer: Timer | null = null;
  readonly #timers = new Set<Timer>();

  constructor(context: ServerContext, options: PostgresOptions, walWriterDelayMicros: number) {
    this.context = context;
    this.options = options;
    this.costs = { ...DEFAULT_COSTS, ...options.costs };
    this.catalog = new Catalog(this.status);
    addSystemRelations(this.catalog, systemMakers, informationMakers);
    this.roles = new Roles(options.users ?? { postgres: {} }, this.catalog.roles, context.stream('postgres/salts'));
    this.conflicts = new SerializableConflicts(this.status);
    this.randomStream = context.stream('postgres/random');
    this.walWriterDelayMicros = walWriterDelayMicros;
  }

  newProcessId(): number {
    this.#nextProcessId += 1;
    return this.#nextProcessId;
  }

  /** Writes to the log. */
  log(bytes: number): void {
    this.lsn += bytes;
  }

  /** Everything written so far is on disk. */
  flush(): void {
    this.flushedLsn = this.lsn;
    this.flushedCommit = this.status.latest;
    this.#walWriter?.cancel();
    this.#walWriter = null;
  }

  /** Leaves the flush to the log writer. */
  flushLater(): void {
    if (this.#walWriter !== null) return;
    this.#walWriter = this.after(this.walWriterDelayMicros, () => {
      this.#walWriter = null;
      this.flush();
    });
  }

  report(tx: number, rows: readonly RowChange[]): void {
    if (rows.length > 0) this.context.commit({ tx, lsn: lsnText(this.lsn), rows });
  }

  /** The oldest commit number that a snapshot in use, or a crash, may need. */
  horizon(): CommitNumber {
    let oldest = Math.min(this.status.latest, this.flushedCommit);
    for (const backend of this.backends.values()) {
      const used = backend.oldestSnapshot();
      if (used < oldest) oldest = used;
    }
    return oldest;
  }

  /** A timer of the server's: a crash cancels it. */
  after(delayMicros: number, callback: () => void): Timer {
    const entry = { cancel: () => {} };
    const timer = this.context.clock.after(delayMicros, () => {
      this.#timers.delete(entry);
      callback();
    });
    entry.cancel = () => {
      this.#timers.delete(entry);
      timer.cancel();
    };
    this.#timers.add(entry);
    return entry;
  }

  /** Runs `run` in an event of its own, after those that were woken before. */
  schedule(run: () => void): void {
    this.#woken.push(run);
    if (this.#wakeTimer !== null) return;
    this.#wakeTimer = this.after(0, () => this.#runWoken());
  }

  /** One session an event, so that each is charged for its own work. */
  #runWoken(): void {
    const run = this.#woken.shift();
    this.#wakeTimer = this.#woken.length > 0 ? this.after(0, () => this.#runWoken()) : null;
    if (run !== undefined) run();
  }

  /** All sessions are gone with their locks and listeners. */
  forgetSessions(): void {
    this.backends.clear();
    this.locks = new LockManager();
    this.notifications = new NotificationHub();
    this.conflicts = new SerializableConflicts(this.status);
  }

  /** What a restart finds: flushed commits, and sequences as they were logged. */
  recover(): void {
    this.status.forgetAfter(this.flushedCommit);
    this.lsn = Math.max(this.flushedLsn, this.lsn);
    this.catalog.version += 1;
    for (const relation of this.catalog.relations.all(NOBODY))
      relation.sequence?.state.recover(relation.sequence.options);
  }

  /** Cancels its timers: the server goes down. */
  stop(): void {
    for (const timer of [...this.#timers]) timer.cancel();
    this.#walWriter = null;
    this.#wakeTimer = null;
    this.#woken.length = 0;
  }
}

/** A log position as pg_lsn prints it. */
export function lsnText(lsn: number): string {
  const high = Math.floor(lsn / 0x100000000);
  return `${high.toString(16).toUpperCase()}/${(lsn % 0x100000000).toString(16).toUpperCase()}`;
}
