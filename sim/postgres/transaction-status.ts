/**
 * Transaction numbers, what became of each, and what a snapshot sees.
 * Source: PostgreSQL 15 manual 13.2 and the visibility rules of its heap access method.
 *
 * A commit takes the next commit number; a snapshot is the newest commit number at the time it was taken. A version is visible when its
 * inserter committed at or before the snapshot and its deleter did not. Subtransactions have numbers of their own and get the commit number of
 * their top transaction, so a rollback to a savepoint only marks numbers as aborted and undoes nothing.
 * Differs: numbers never wrap around and the first one is always the same; a client cannot tell.
 */
import { assert } from '../kernel/assert.ts';

export type Xid = number;
/** Position in the order of commits; larger is later. */
export type CommitNumber = number;

const IN_PROGRESS = 0;
const ABORTED = -1;
/** Number of the first transaction, as after initdb. */
const XID_FIRST = 730;

/** Whoever owns a transaction number while it runs. */
export interface XidOwner {
  readonly processId: number;
}

export interface Snapshot {
  readonly commit: CommitNumber;
  /** Sees its own versions of commands before this one. */
  command: number;
  readonly owner: XidOwner;
}

export class TransactionStatus {
  /** By xid - XID_FIRST: IN_PROGRESS, ABORTED or the commit number. */
  readonly #outcome: CommitNumber[] = [];
  readonly #owner: (XidOwner | null)[] = [];
  readonly #top: Xid[] = [];
  #latest: CommitNumber = 1;

  /** The newest commit number given. */
  get latest(): CommitNumber {
    return this.#latest;
  }

  get nextXid(): Xid {
    return XID_FIRST + this.#outcome.length;
  }

  /** Starts a transaction number; `top` is 0 for a top transaction. */
  assign(owner: XidOwner, top: Xid): Xid {
    const xid = this.nextXid;
    this.#outcome.push(IN_PROGRESS);
    this.#owner.push(owner);
    this.#top.push(top === 0 ? xid : top);
    return xid;
  }

  /** All numbers of one transaction become visible at once. */
  commit(xids: readonly Xid[]): CommitNumber {
    this.#latest += 1;
    for (const xid of xids) {
      const index = xid - XID_FIRST;
      assert(this.#outcome[index] === IN_PROGRESS, `transaction ${xid} ends twice`);
      this.#outcome[index] = this.#latest;
      this.#owner[index] = null;
    }
    return this.#latest;
  }

  abort(xid: Xid): void {
    const index = xid - XID_FIRST;
    assert(this.#outcome[index] === IN_PROGRESS, `transaction ${xid} ends twice`);
    this.#outcome[index] = ABORTED;
    this.#owner[index] = null;
  }

  /** Undoes commits after `last` and everything in progress: what a crash leaves of the log. */
  forgetAfter(last: CommitNumber): void {
    for (let index = 0; index < this.#outcome.length; index++) {
      const outcome = this.#outcome[index]!;
      if (outcome === IN_PROGRESS || outcome > last) {
        this.#outcome[index] = ABORTED;
        this.#owner[index] = null;
      }
    }
  }

  isInProgress(xid: Xid): boolean {
    return this.#outcome[xid - XID_FIRST] === IN_PROGRESS;
  }

  isCommitted(xid: Xid): boolean {
    return xid < XID_FIRST || this.#outcome[xid - XID_FIRST]! > 0;
  }

  isAborted(xid: Xid): boolean {
    return xid >= XID_FIRST && this.#outcome[xid - XID_FIRST] === ABORTED;
  }

  /** Commit number of a committed transaction; 0 in progress, -1 aborted. */
  outcome(xid: Xid): CommitNumber {
    return xid < XID_FIRST ? 1 : this.#outcome[xid - XID_FIRST]!;
  }

  ownerOf(xid: Xid): XidOwner | null {
    return xid < XID_FIRST ? null : (this.#owner[xid - XID_FIRST] ?? null);
  }

  topOf(xid: Xid): Xid {
    return xid < XID_FIRST ? xid : this.#top[xid - XID_FIRST]!;
  }

  /** Top numbers in progress, ascending: for pg_current_snapshot. */
  running(): Xid[] {
    const list: Xid[] = [];
    for (let index = 0; index < this.#outcome.length; index++) {
      const xid = XID_FIRST + index;
      if (this.#outcome[index] === IN_PROGRESS && this.#top[index] === xid) list.push(xid);
    }
    return list;
  }
}
