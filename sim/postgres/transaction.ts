/**
 * One session's transaction: its numbers, savepoints, snapshot, and what happens at its end.
 * Source: PostgreSQL 15 manual 3.4, 13.2 and SAVEPOINT; README of its transaction manager.
 *
 * A savepoint is a subtransaction with an owner number for its locks, marks into every list that the transaction has grown, and a
 * transaction number once it writes. Rolling back cuts the lists at the marks, marks the numbers as aborted and gives the locks back.
 * Invariant: numbers of subtransactions are larger than their parents'.
 */
import { assert } from '../kernel/assert.ts';
import type { RowChange } from '../kernel/server.ts';
import type { Settings, SettingsMark } from './settings.ts';
import type { CommitNumber, Snapshot, TransactionStatus, Xid, XidOwner } from './transaction-status.ts';

export type Isolation = 'read committed' | 'repeatable read' | 'serializable';

/** A check put off to the end of the statement or of the transaction. */
export interface DeferredCheck {
  /** OID of the constraint, so that SET CONSTRAINTS finds it. */
  readonly constraintOid: number;
  isDeferred: boolean;
  /** How deep in functions the statement ran that put it off: it is due at the end of that statement. */
  readonly depth: number;
  readonly run: () => Generator<import('./wait.ts').Wait, void, void>;
}

export interface Notification {
  readonly channel: string;
  readonly payload: string;
}

export type ListenAction =
  | { readonly kind: 'listen' | 'unlisten'; readonly channel: string }
  | { readonly kind: 'unlisten all' };

/** How long the lists were when a subtransaction began. */
interface Marks {
  readonly changes: number;
  readonly notifications: number;
  readonly listens: number;
  readonly checks: number;
  readonly settings: SettingsMark;
}

export class SubTransaction {
  /** Owner of its locks; unique within the session. */
  readonly owner: number;
  readonly parent: SubTransaction | null;
  /** Name of the savepoint; null for the top and for blocks of PL/pgSQL. */
  readonly name: string | null;
  xid: Xid = 0;
  /** Failed, and waiting for the ROLLBACK that takes it away. */
  isAborted = false;
  /** Numbers of its released children. */
  readonly released: Xid[] = [];
  readonly marks: Marks;

  constructor(owner: number, parent: SubTransaction | null, name: string | null, marks: Marks) {
    this.owner = owner;
    this.parent = parent;
    this.name = name;
    this.marks = marks;
  }
}

/** What a transaction needs of its session. */
export interface TransactionHost extends XidOwner {
  readonly status: TransactionStatus;
  readonly settings: Settings;
  nextOwner(): number;
  /** The numbers have ended: whoever waits for them goes on. */
  releaseXid(xid: Xid): void;
  releaseLocks(owner: number): void;
  reassignLocks(from: number, to: number): void;
}

export class Transaction {
  isolation: Isolation;
  isDeferrable: boolean;
  isReadOnly: boolean;
  readonly startedMicros: number;
  readonly top: SubTransaction;
  current: SubTransaction;
  /** Command counter: a statement sees what earlier commands of its transaction did. */
  command = 0;
  /** The snapshot of the whole transaction under REPEATABLE READ and SERIALIZABLE. */
  snapshot: Snapshot | null = null;
  /** True once a statement took a snapshot: SET TRANSACTION comes too late then. */
  hasSnapshot = false;
  changes: RowChange[] = [];
  notifications: Notification[] = [];
  listens: ListenAction[] = [];
  checks: DeferredCheck[] = [];
  /** SET CONSTRAINTS: by constraint OID, or `all`. */
  constraintModes = new Map<number | 'all', boolean>();
  /** Whether catalog objects changed, so that cached plans are out of date. */
  changedCatalog = false;
  /** Approximate bytes of log written. */
  logBytes = 0;
  readonly #host: TransactionHost;

  constructor(
    host: TransactionHost,
    isolation: Isolation,
    isReadOnly: boolean,
    isDeferrable: boolean,
    startedMicros: number,
  ) {
    this.#host = host;
    this.isolation = isolation;
    this.isReadOnly = isReadOnly;
    this.isDeferrable = isDeferrable;
    this.startedMicros = startedMicros;
    this.top = new SubTransaction(host.nextOwner(), null, null, this.#marks());
    this.current = this.top;
  }

  /** The number for a write by the current subtransaction; parents get theirs first. */
  xid(): Xid {
    const current = this.current;
    if (current.xid === 0) this.#assign(current);
    return current.xid;
  }

  topXid(): Xid {
    if (this.top.xid === 0) this.#assign(this.top);
    return this.top.xid;
  }

  /** What comes next sees what was done so far. */
  endCommand(): void {
    this.command += 1;
  }

  begin(name: string | null): void {
    this.current = new SubTransaction(this.#host.nextOwner(), this.current, name, this.#marks());
  }

  /** Makes the current subtransaction part of its parent. */
  release(): void {
    const { current } = this;
    const { parent } = current;
    assert(parent !== null, 'the top transaction is released as a savepoint');
    if (current.xid !== 0) parent.released.push(current.xid);
    parent.released.push(...current.released);
    this.#host.reassignLocks(current.owner, parent.owner);
    this.current = parent;
  }

  /** Undoes the current subtransaction and makes its parent current. */
  rollback(): void {
    const { current } = this;
    const { parent } = current;
    assert(parent !== null, 'the top transaction is rolled back as a savepoint');
    this.#abort(current);
    this.current = parent;
  }

  /** The savepoint of that name that is innermost, or null. */
  savepoint(name: string): SubTransaction | null {
    for (let sub: SubTransaction | null = this.current; sub !== null; sub = sub.parent)
      if (sub.name === name) return sub;
    return null;
  }

  releaseTo(savepoint: SubTransaction): void {
    while (this.current !== savepoint) this.release();
    this.release();
  }

  /** A statement failed: the current subtransaction is undone at once, and stays known until a ROLLBACK names it or one around it. */
  failCurrent(): void {
    this.#abort(this.current);
  }

  /** Back to the savepoint, which stays in being. */
  rollbackTo(savepoint: SubTransaction): void {
    while (this.current !== savepoint) this.rollback();
    this.rollback();
    this.begin(savepoint.name);
  }

  /** @returns the commit number, or 0 when nothing was written */
  commit(): CommitNumber {
    while (this.current !== this.top) this.release();
    const xids = this.xids();
    if (xids.length === 0) return 0;
    return this.#host.status.commit(xids);
  }

  abort(): void {
    while (this.current !== this.top) this.rollback();
    this.#abort(this.top);
  }

  /** All its numbers that are not aborted; the top one first. */
  xids(): Xid[] {
    return this.top.xid === 0 ? [] : [this.top.xid, ...this.top.released];
  }

  #assign(sub: SubTransaction): void {
    if (sub.parent !== null && sub.parent.xid === 0) this.#assign(sub.parent);
    sub.xid = this.#host.status.assign(this.#host, sub.parent === null ? 0 : this.top.xid);
  }

  #abort(sub: SubTransaction): void {
    if (sub.isAborted) return;
    sub.isAborted = true;
    const { marks } = sub;
    this.changes.length = marks.changes;
    this.notifications.length = marks.notifications;
    this.listens.length = marks.listens;
    this.checks.length = Math.min(this.checks.length, marks.checks);
    this.#host.settings.restore(marks.settings);
    for (const xid of sub.released) this.#end(xid);
    if (sub.xid !== 0) this.#end(sub.xid);
    this.#host.releaseLocks(sub.owner);
  }

  #end(xid: Xid): void {
    this.#host.status.abort(xid);
    this.#host.releaseXid(xid);
  }

  #marks(): Marks {
    return {
      changes: this.changes.length,
      notifications: this.notifications.length,
      listens: this.listens.length,
      checks: this.checks.length,
      settings: this.#host.settings.mark(),
    };
  }
}
