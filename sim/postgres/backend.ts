/**
 * The engine's side of one session: its transaction, snapshots, settings, locks and waits. The protocol is in session.ts; a server-internal
 * job (the schema file, a held lock) has a backend and no session. It is one state machine: idle, in a transaction, in a failed one, closed.
 *
 * Invariants: locks outlive the transaction only when they are session-level; a snapshot in use is registered here, so that no version it
 * needs is removed; every wait ends by being over, by an interrupt, or with the session.
 */
import { assert } from '../kernel/assert.ts';
import type { Timer } from '../kernel/clock.ts';
import { DATABASE_OID, PG_CATALOG_OID } from './catalog/catalog.ts';
import type { Relation } from './catalog/objects.ts';
import { searchSchemas } from './catalog/search-path.ts';
import type { Engine } from './engine.ts';
import {
  deadlock,
  failure,
  lockTimeout,
  type PgError,
  readOnlyTransaction,
  statementMissing,
  transactionAborted,
} from './errors.ts';
import { checkDeadlock } from './lock/deadlock.ts';
import { type Grant, type GrantOwner, type LockHolder, SESSION_OWNER, type Waiter } from './lock/lock-manager.ts';
import { EXCLUSIVE, type LockMode, type LockTag, SHARE_LOCK } from './lock/lock-tag.ts';
import type { Listener } from './notify.ts';
import { SessionContext } from './session-context.ts';
import { Settings } from './settings.ts';
import { type Isolation, type Notification, Transaction, type TransactionHost } from './transaction.ts';
import type { CommitNumber, Snapshot, TransactionStatus, Xid } from './transaction-status.ts';
import type { CallContext } from './types/datum.ts';
import { Wait, type Waiting } from './wait.ts';

/** Where a transaction stands, as the protocol tells it. */
export type BlockState =
  /** No transaction. */
  | 'idle'
  /** One statement, or one batch of them, without BEGIN. */
  | 'implicit'
  | 'block'
  /** Failed inside a block: only ROLLBACK and ROLLBACK TO are heard. */
  | 'failed';

/** What the backend tells its session. */
export interface BackendClient {
  notice(error: PgError): void;
  notification(processId: number, notification: Notification): void;
  /** A notification has come; it is to be sent as soon as the session is idle outside a transaction. */
  notified(): void;
  /** The backend has been woken or interrupted while it waits: call it again. */
  resume(): void;
  /** COPY FROM STDIN: asks the client for data and waits for all of it. Absent: nobody is there to give it. */
  copyIn?(columns: number, format: 0 | 1): Waiting<readonly Buffer[]>;
  /** COPY TO STDOUT: announces the data; each piece is one CopyData. */
  copyOut?(columns: number, format: 0 | 1): { data(bytes: Buffer): void; done(): void };
  /** Ends the session with a FATAL error at the next chance. */
  terminate(error: PgError): void;
}

export class Backend implements LockHolder, TransactionHost, Listener {
  readonly engine: Engine;
  readonly processId: number;
  readonly secretKey: number;
  readonly userName: string;
  readonly settings = new Settings();
  readonly locks = new Map<string, Grant>();
  waiter: Waiter | null = null;
  readonly client: BackendClient;

  transaction: Transaction | null = null;
  blockState: BlockState = 'idle';
  statementMicros = 0;
  /** True while several statements of one simple query share an implicit transaction. */
  isBatch = false;
  /** How many statements of functions run around the present one. */
  depth = 0;
  /** How many functions of the user run within one another. */
  calls = 0;
  /** Set by the session: prepared statements by name, and what to do when a transaction ends. */
  preparedStatements: Map<string, unknown> = new Map();
  /** Cursors of DECLARE by name; those that are not held go with the transaction. */
  readonly cursors: Map<string, { readonly isHeld: boolean }> = new Map();
  onTransactionEnd: () => void = () => {};
  /** Set with the first temporary table: empties or drops what asks for it, and drops all at the end of the session. */
  beforeCommit: (() => void) | null = null;
  beforeClose: (() => void) | null = null;
  readonly callContext: CallContext;
  #planSettings = '';
  #planSettingsVersion = -1;
  /** Text of the running statement, for pg_stat_activity. */
  queryText = '';
  state: 'active' | 'idle' | 'idle in transaction' | 'idle in transaction (aborted)' = 'idle';
  readonly startedMicros: number;
  stateChangedMicros: number;

  /** Values of nextval in this session, by sequence OID. */
  readonly sequenceValues = new Map<number, bigint>();
  lastSequence = 0;
  /** OID of the session's temporary schema, or 0. */
  temporarySchema = 0;
  /** Set while an interrupt is to be thrown at the next chance. */
  #interrupt: PgError | null = null;
  #owners = SESSION_OWNER;
  readonly #snapshots: Snapshot[] = [];
  #pendingNotifications: { readonly processId: number; readonly notification: Notification }[] = [];

  constructor(engine: Engine, client: BackendClient, userName: string) {
    this.engine = engine;
    this.client = client;
    this.userName = userName;
    this.processId = engine.newProcessId();
    this.secretKey = engine.context.stream('postgres/keys').uint32() | 0;
    this.startedMicros = engine.context.clock.wallMicros();
    this.stateChangedMicros = this.startedMicros;
    this.callContext = new SessionContext(this);
    engine.backends.set(this.processId, this);
  }

  get currentUser(): string {
    const role = this.settings.value('role');
    return role === 'none' ? this.userName : role;
  }

  /** First schema of the search path that exists, or 0. */
  firstSchema(): number {
    return searchSchemas(this).find((oid) => oid !== PG_CATALOG_OID) ?? 0;
  }

  /** All settings on which a plan may depend. */
  planSettings(): string {
    if (this.#planSettingsVersion !== this.settings.version) {
      const { settings } = this;
      this.#planSettings = [
        settings.value('search_path'),
        this.currentUser,
        settings.value('TimeZone'),
        settings.value('DateStyle'),
        settings.value('IntervalStyle'),
        String(this.temporarySchema),
      ].join('|');
      this.#planSettingsVersion = this.settings.version;
    }
    return this.#planSettings;
  }

  /** A message of the client begins to be worked on. */
  beginActivity(text: string): void {
    this.state = 'active';
    this.queryText = text;
    this.stateChangedMicros = this.engine.context.clock.wallMicros();
  }

  beginStatement(): void {
    this.statementMicros = this.engine.context.clock.wallMicros();
  }

  /** Runs the checks of a statement that is through. */
  *endOfStatement(): Waiting<void> {
    if (this.transaction !== null && this.blockState !== 'failed') yield* this.runChecks(false);
  }

  /** Puts a check off to the end of the statement, or of the transaction when it is deferred. */
  queueCheck(constraintOid: number, isDeferred: boolean, run: () => Waiting<void>): void {
    const transaction = this.current();
    const mode = transaction.constraintModes.get(constraintOid) ?? transaction.constraintModes.get('all');
    transaction.checks.push({ constraintOid, isDeferred: mode ?? isDeferred, depth: this.depth, run });
  }

  isDeferrable(constraintOid: number): boolean {
    return this.engine.catalog.constraints.get(this, constraintOid)?.isDeferrable === true;
  }

  /** DEALLOCATE one or all. */
  dropPreparedStatements(name?: string): void {
    if (name === undefined) this.preparedStatements.clear();
    else if (!this.preparedStatements.delete(name)) throw statementMissing(name);
  }

  /** Whether this transaction made the version. */
  isOwnVersion(tuple: { readonly xmin: Xid }): boolean {
    return this.status.ownerOf(tuple.xmin) === this;
  }

  get status(): TransactionStatus {
    return this.engine.status;
  }

  // Transactions.

  nextOwner(): GrantOwner {
    this.#owners += 1;
    return this.#owners;
  }

  releaseXid(xid: Xid): void {
    this.engine.locks.releaseAll(this, { kind: 'transactionid', xid });
  }

  releaseLocks(owner: GrantOwner): void {
    this.engine.locks.releaseOwner(this, owner);
  }

  reassignLocks(from: GrantOwner, to: GrantOwner): void {
    this.engine.locks.reassign(this, from, to);
  }

  /** The transaction in being; there is one whenever a statement runs. */
  current(): Transaction {
    const { transaction } = this;
    assert(transaction !== null, 'a statement runs outside a transaction');
    return transaction;
  }

  startTransaction(): Transaction {
    if (this.transaction !== null) return this.transaction;
    const now = this.engine.context.clock.wallMicros();
    const isolation = this.settings.value('default_transaction_isolation');
    const isReadOnly = this.settings.isOn('default_transaction_read_only');
    const isDeferrable = this.settings.isOn('default_transaction_deferrable');
    this.blockState = 'implicit';
    this.statementMicros = now;
    this.transaction = new Transaction(this, asIsolation(isolation), isReadOnly, isDeferrable, now);
    return this.transaction;
  }

  /** SET TRANSACTION and the options of BEGIN. */
  changeTransaction(isolation: Isolation | null, isReadOnly: boolean | null, isDeferrable: boolean | null): void {
    const transaction = this.current();
    if (isolation !== null && isolation !== transaction.isolation) {
      if (transaction.hasSnapshot)
        throw failure('25001', 'SET TRANSACTION ISOLATION LEVEL must be called before any query');
      if (transaction.current !== transaction.top)
        throw failure('25001', 'SET TRANSACTION ISOLATION LEVEL must not be called in a subtransaction');
    }
    if (isReadOnly === false && transaction.isReadOnly && transaction.hasSnapshot)
      throw failure('25001', 'transaction read-write mode must be set before any query');
    if (isolation !== null) transaction.isolation = isolation;
    if (isReadOnly !== null) transaction.isReadOnly = isReadOnly;
    if (isDeferrable !== null) transaction.isDeferrable = isDeferrable;
  }

  /** Runs what was put off to the commit, then commits. */
  *commit(): Waiting<void> {
    const { transaction } = this;
    if (transaction === null) return;
    try {
      yield* this.runChecks(true);
      this.beforeCommit?.();
      if (transaction.isolation === 'serializable') this.engine.conflicts.beforeCommit(this);
    } catch (error) {
      // A commit that fails leaves no failed block behind: the transaction is over.
      this.abort();
      throw error;
    }
    this.#finishCommit(transaction);
  }

  #finishCommit(transaction: Transaction): void {
    const { engine } = this;
    const owners = ownersOf(transaction);
    const xids = transaction.xids();
    const commit = transaction.commit();
    if (commit !== 0) {
      if (transaction.changedCatalog) engine.catalog.version += 1;
      engine.log(transaction.logBytes + 34);
      engine.report(xids[0]!, transaction.changes);
      if (this.settings.value('synchronous_commit') === 'off') engine.flushLater();
      else {
        engine.flush();
        engine.context.spend(engine.costs.flushMicros);
      }
    }
    if (transaction.isolation === 'serializable') engine.conflicts.committed(this, commit);
    for (const action of transaction.listens) {
      if (action.kind === 'listen') engine.notifications.listen(this, action.channel);
      else if (action.kind === 'unlisten') engine.notifications.unlisten(this, action.channel);
      else engine.notifications.unlistenAll(this);
    }
    this.#endTransaction();
    this.settings.endTransaction();
    for (const xid of xids) this.releaseXid(xid);
    for (const owner of owners) this.releaseLocks(owner);
    if (transaction.notifications.length > 0) engine.notifications.send(this.processId, transaction.notifications);
  }

  abort(): void {
    const { transaction } = this;
    if (transaction === null) return;
    if (transaction.isolation === 'serializable') this.engine.conflicts.aborted(this);
    transaction.abort();
    this.#endTransaction();
  }

  #endTransaction(): void {
    this.transaction = null;
    this.blockState = 'idle';
    this.#snapshots.length = 0;
    for (const [name, cursor] of this.cursors) if (!cursor.isHeld) this.cursors.delete(name);
    this.onTransactionEnd();
  }

  /** A statement failed: inside a block the transaction is kept as failed, otherwise it ends. */
  failStatement(): void {
    if (this.transaction === null) return;
    this.#snapshots.length = 0;
    this.depth = 0;
    this.calls = 0;
    if (this.blockState === 'block') {
      // Locks and versions of the failed part are given up now, as AbortCurrentTransaction does; savepoints stay known.
      this.#abortCurrentKeepingBlock();
      this.blockState = 'failed';
    } else if (this.blockState !== 'failed') this.abort();
  }

  #abortCurrentKeepingBlock(): void {
    const transaction = this.current();
    transaction.failCurrent();
    if (transaction.current === transaction.top && transaction.isolation === 'serializable')
      this.engine.conflicts.aborted(this);
  }

  /** Runs checks that are due: those of this statement, or with `atCommit` all. */
  *runChecks(atCommit: boolean): Waiting<void> {
    const transaction = this.current();
    for (let guard = 0; transaction.checks.length > 0; guard++) {
      const due = transaction.checks.filter((check) => atCommit || (!check.isDeferred && check.depth >= this.depth));
      if (due.length === 0) return;
      transaction.checks = transaction.checks.filter((check) => !due.includes(check));
      for (const check of due) yield* check.run();
      assert(guard < 100_000, 'deferred checks never end');
    }
  }

  // Snapshots.

  /** A snapshot for one statement; the transaction's own under REPEATABLE READ and above. */
  statementSnapshot(): Snapshot {
    const transaction = this.current();
    transaction.hasSnapshot = true;
    if (transaction.isolation === 'read committed')
      return { commit: this.status.latest, command: transaction.command, owner: this };
    if (transaction.snapshot === null) {
      transaction.snapshot = { commit: this.status.latest, command: 0, owner: this };
      if (transaction.isolation === 'serializable') this.engine.conflicts.begin(this, transaction.isReadOnly);
    }
    return { commit: transaction.snapshot.commit, command: transaction.command, owner: this };
  }

  useSnapshot(snapshot: Snapshot): void {
    this.#snapshots.push(snapshot);
  }

  dropSnapshot(snapshot: Snapshot): void {
    const at = this.#snapshots.lastIndexOf(snapshot);
    if (at >= 0) this.#snapshots.splice(at, 1);
  }

  /** The snapshot of the innermost statement that runs. */
  activeSnapshot(): Snapshot {
    return this.#snapshots.at(-1) ?? this.statementSnapshot();
  }

  /** How many snapshots are in use, to give back those of a block that failed. */
  get snapshotCount(): number {
    return this.#snapshots.length;
  }

  dropSnapshotsAfter(count: number): void {
    this.#snapshots.length = count;
  }

  oldestSnapshot(): CommitNumber {
    let oldest = this.transaction?.snapshot?.commit ?? Number.POSITIVE_INFINITY;
    for (const snapshot of this.#snapshots) if (snapshot.commit < oldest) oldest = snapshot.commit;
    return oldest;
  }

  requireWritable(command: string): void {
    if (this.transaction?.isReadOnly === true) throw readOnlyTransaction(command);
  }

  requireNotFailed(): void {
    if (this.blockState === 'failed') throw transactionAborted();
  }

  // Waiting.

  /** Takes a lock for the current subtransaction; false when it is refused and `isPatient` is false. */
  *lock(tag: LockTag, mode: LockMode, isPatient = true): Waiting<boolean> {
    return yield* this.lockAs(tag, mode, this.current().current.owner, isPatient);
  }

  *lockAs(tag: LockTag, mode: LockMode, owner: GrantOwner, isPatient: boolean): Waiting<boolean> {
    const acquired = this.engine.locks.acquire(this, tag, mode, owner, isPatient);
    if (acquired.kind === 'granted') return true;
    if (acquired.kind === 'refused') return false;
    yield* this.#waitForLock(acquired.waiter);
    return true;
  }

  *lockRelation(relation: Relation, mode: LockMode, isPatient = true): Waiting<boolean> {
    if (relation.rows !== null) return true;
    return yield* this.lock({ kind: 'relation', database: DATABASE_OID, relation: relation.oid }, mode, isPatient);
  }

  /** Waits until a transaction has ended; false when it has not and `isPatient` is false. */
  *awaitXid(xid: Xid, isPatient = true): Waiting<boolean> {
    const { status, locks } = this.engine;
    while (status.isInProgress(xid)) {
      const owner = status.ownerOf(xid);
      assert(owner !== null && owner !== this, `session ${this.processId} waits for its own transaction`);
      if (!isPatient) return false;
      const holder = owner as Backend;
      // A subtransaction that aborts wakes its waiters; one that is released passes them on to its parent's number.
      locks.ensureHeld(holder, { kind: 'transactionid', xid }, EXCLUSIVE, -xid);
      yield* this.lock({ kind: 'transactionid', xid }, SHARE_LOCK);
      locks.release(this, { kind: 'transactionid', xid }, SHARE_LOCK, this.current().current.owner);
    }
    return true;
  }

  *#waitForLock(waiter: Waiter): Waiting<void> {
    const { engine } = this;
    const timers: Timer[] = [];
    const timeoutMs = this.settings.integer('lock_timeout');
    const deadlockMs = this.settings.integer('deadlock_timeout');
    timers.push(engine.after(deadlockMs * 1000, () => this.#checkDeadlock(waiter)));
    if (timeoutMs > 0) timers.push(engine.after(timeoutMs * 1000, () => this.interrupt(lockTimeout())));
    try {
      yield* this.pause(waiter.wait);
    } finally {
      for (const timer of timers) timer.cancel();
    }
  }

  #checkDeadlock(waiter: Waiter): void {
    if (this.waiter !== waiter) return;
    const check = checkDeadlock(this.engine.locks, this);
    if (check.kind === 'deadlock') this.interrupt(deadlock(check.detail));
  }

  /** Waits, and leaves the queue when interrupted. */
  *pause(wait: Wait): Waiting<void> {
    try {
      while (!wait.isOver) {
        yield wait;
        if (!wait.isOver || this.#interrupt !== null) this.checkInterrupts();
      }
    } finally {
      if (!wait.isOver) wait.giveUp();
    }
  }

  /** pg_sleep and its like. */
  *sleep(micros: number): Waiting<void> {
    const timer: { current: Timer | null } = { current: null };
    const wait = new Wait('sleep', () => timer.current?.cancel());
    timer.current = this.engine.after(micros, () => wait.finish());
    yield* this.pause(wait);
  }

  /** Throws `error` into the running statement at its next chance; `isRunning` false drops it, as a late cancel is dropped. */
  interrupt(error: PgError): void {
    this.#interrupt = error;
    this.client.resume();
  }

  checkInterrupts(): void {
    const error = this.#interrupt;
    if (error === null) return;
    this.#interrupt = null;
    throw error;
  }

  /** Forgets an interrupt that came too late for its statement. */
  clearInterrupt(): void {
    this.#interrupt = null;
  }

  // Notifications.

  deliver(processId: number, notification: Notification): void {
    this.#pendingNotifications.push({ processId, notification });
    this.client.notified();
  }

  /** Sends what came while a transaction was open. */
  flushNotifications(): void {
    const pending = this.#pendingNotifications;
    if (pending.length === 0 || this.transaction !== null) return;
    this.#pendingNotifications = [];
    for (const { processId, notification } of pending) this.client.notification(processId, notification);
  }

  /** The session is over: gives up all it has. */
  close(): void {
    this.abort();
    if (this.temporarySchema !== 0) {
      this.startTransaction();
      this.beforeClose?.();
      this.#finishCommit(this.current());
    }
    this.engine.notifications.unlistenAll(this);
    this.engine.locks.releaseOwner(this, null);
    this.engine.locks.releaseOwner(this, SESSION_OWNER);
    this.engine.backends.delete(this.processId);
  }
}

export function asIsolation(text: string): Isolation {
  return text === 'read uncommitted' ? 'read committed' : (text as Isolation);
}

function ownersOf(transaction: Transaction): GrantOwner[] {
  const owners: GrantOwner[] = [];
  for (let sub: Transaction['current'] | null = transaction.current; sub !== null; sub = sub.parent)
    owners.push(sub.owner);
  return owners;
}
