/**
 * Serializable snapshot isolation: which serializable transaction read what another wrote, and when two such edges in a row make a cycle
 * possible. Source: Ports and Grittner, "Serializable Snapshot Isolation in PostgreSQL" (VLDB 2012); README-SSI.
 *
 * An edge R -> W says that R read a version that W replaced (or did not see a row that W added). A transaction with an edge in and an edge out,
 * whose out-neighbour committed first of the three, is a pivot; one of the three must fail. Readers leave marks on relations, index ranges and
 * versions; a write looks for marks of others that it breaks.
 * Differs: marks are exact (no pages, no promotion to relations), so some harmless histories pass that the real server refuses.
 */

import type { IndexInfo } from '../catalog/objects.ts';
import { serializationFailure } from '../errors.ts';
import { compareKeys } from '../storage/sorted-index.ts';
import type { Tuple } from '../storage/tuple.ts';
import type { CommitNumber, Snapshot, TransactionStatus, XidOwner } from '../transaction-status.ts';
import type { Datum } from '../types/datum.ts';

interface RangeMark {
  readonly low: readonly Datum[];
  readonly high: readonly Datum[];
  readonly info: IndexInfo;
}

class SerializableTransaction {
  readonly owner: XidOwner;
  readonly snapshot: CommitNumber;
  /** 0 while it runs; then its commit number, or that of the moment for one that wrote nothing. */
  commit: CommitNumber = 0;
  isAborted = false;
  isDoomed = false;
  isPrepared = false;
  hasWritten = false;
  /** Its number, once it has written. */
  xid = 0;
  /** Those who read what this one wrote, and those who wrote what this one read. */
  readonly in = new Set<SerializableTransaction>();
  readonly out = new Set<SerializableTransaction>();
  readonly relations = new Set<number>();
  readonly tuples = new Set<Tuple>();
  readonly ranges = new Map<number, RangeMark[]>();

  constructor(owner: XidOwner, snapshot: CommitNumber) {
    this.owner = owner;
    this.snapshot = snapshot;
  }
}

export class SerializableConflicts {
  readonly #status: TransactionStatus;
  readonly #running = new Map<XidOwner, SerializableTransaction>();
  /** Committed ones that overlap a running one. */
  #finished: SerializableTransaction[] = [];
  /** Writers by transaction number, to find who made or removed a version. */
  readonly #byXid = new Map<number, SerializableTransaction>();

  constructor(status: TransactionStatus) {
    this.#status = status;
  }

  begin(owner: XidOwner, _isReadOnly: boolean): void {
    if (!this.#running.has(owner)) this.#running.set(owner, new SerializableTransaction(owner, this.#status.latest));
  }

  readRelation(owner: XidOwner, relation: number): void {
    this.#running.get(owner)?.relations.add(relation);
  }

  readRange(
    owner: XidOwner,
    _relation: number,
    index: number,
    low: readonly Datum[],
    high: readonly Datum[],
    info: IndexInfo,
  ): void {
    const reader = this.#running.get(owner);
    if (reader === undefined) return;
    const marks = reader.ranges.get(index);
    const mark = { low, high, info };
    if (marks === undefined) reader.ranges.set(index, [mark]);
    else marks.push(mark);
  }

  /** The reader saw a version: whoever replaced it meanwhile is an edge out. */
  sawVisible(owner: XidOwner, _relation: number, tuple: Tuple, snapshot: Snapshot): void {
    const reader = this.#running.get(owner);
    if (reader === undefined) return;
    requireNotDoomed(reader, 'out');
    reader.tuples.add(tuple);
    if (tuple.xmax !== 0) this.#readAround(reader, tuple.xmax, snapshot);
  }

  /** The reader did not see a version: whoever made it meanwhile is an edge out. */
  sawInvisible(owner: XidOwner, _relation: number, tuple: Tuple, snapshot: Snapshot): void {
    const reader = this.#running.get(owner);
    if (reader !== undefined) this.#readAround(reader, tuple.xmin, snapshot);
  }

  #readAround(reader: SerializableTransaction, xid: number, snapshot: Snapshot): void {
    const outcome = this.#status.outcome(xid);
    if (outcome < 0 || (outcome > 0 && outcome <= snapshot.commit)) return;
    const writer =
      this.#byXid.get(this.#status.topOf(xid)) ?? this.#running.get(this.#status.ownerOf(xid) ?? reader.owner);
    if (writer !== undefined && writer !== reader) this.#addEdge(reader, writer, reader);
  }

  /** A write by `owner`: marks of other readers that it breaks are edges in. */
  wrote(owner: XidOwner, relation: number, old: Tuple | null, added: Tuple | null): void {
    const writer = this.#running.get(owner);
    if (writer === undefined) return;
    requireNotDoomed(writer, 'in');
    writer.hasWritten = true;
    const xid = added !== null ? added.xmin : (old?.xmax ?? 0);
    writer.xid = this.#status.topOf(xid);
    this.#byXid.set(writer.xid, writer);
    for (const reader of [...this.#running.values(), ...this.#finished]) {
      if (reader === writer || reader.isAborted) continue;
      if (reader.commit !== 0 && reader.commit <= writer.snapshot) continue;
      if (this.#hasRead(reader, relation, old, added)) this.#addEdge(reader, writer, writer);
    }
  }

  /** Index entries of a new version come after it: whether they fall into ranges that others have read. */
  addedEntry(owner: XidOwner, index: number, key: readonly Datum[]): void {
    const writer = this.#running.get(owner);
    if (writer === undefined) return;
    for (const reader of [...this.#running.values(), ...this.#finished]) {
      if (reader === writer || reader.isAborted || (reader.commit !== 0 && reader.commit <= writer.snapshot)) continue;
      for (const mark of reader.ranges.get(index) ?? []) {
        const { orders } = mark.info.tree;
        if (
          compareKeys(orders, key, mark.low, mark.low.length) >= 0 &&
          compareKeys(orders, key, mark.high, mark.high.length) <= 0
        ) {
          this.#addEdge(reader, writer, writer);
          break;
        }
      }
    }
  }

  #hasRead(reader: SerializableTransaction, relation: number, old: Tuple | null, added: Tuple | null): boolean {
    if (reader.relations.has(relation)) return true;
    if (old !== null && reader.tuples.has(old)) return true;
    return added !== null && reader.tuples.has(added);
  }

  #addEdge(reader: SerializableTransaction, writer: SerializableTransaction, actor: SerializableTransaction): void {
    if (reader.isAborted || writer.isAborted || reader.out.has(writer)) return;
    reader.out.add(writer);
    writer.in.add(reader);
    this.#checkPivot(reader, actor, actor === writer);
    this.#checkPivot(writer, actor, actor === writer);
  }

  /** in -> pivot -> out, with out committed before both others: dangerous. The actor fails unless another can be made to. */
  #checkPivot(pivot: SerializableTransaction, actor: SerializableTransaction, isWrite: boolean): void {
    for (const after of pivot.out) {
      if (after.isAborted || after.commit === 0) continue;
      for (const before of pivot.in) {
        if (before.isAborted) continue;
        if (before.commit !== 0 && before.commit < after.commit && before !== after) continue;
        if (pivot.commit !== 0 && pivot.commit < after.commit) continue;
        // A reader that writes nothing is only in danger when its snapshot is newer than the first commit.
        if (before.commit !== 0 && !before.hasWritten && before.snapshot < after.commit) continue;
        if (pivot.commit === 0 && pivot !== actor) {
          pivot.isDoomed = true;
          continue;
        }
        throw serializationFailure(
          isWrite
            ? 'Canceled on identification as a pivot, during write'
            : `Canceled on conflict out to pivot ${pivot.xid}, during read`,
        );
      }
    }
  }

  beforeCommit(owner: XidOwner): void {
    const own = this.#running.get(owner);
    if (own === undefined) return;
    if (own.isDoomed) throw serializationFailure('Canceled on identification as a pivot, during commit attempt');
    // Its commit is the first of the three: running pivots before it are doomed.
    for (const pivot of own.in) {
      if (pivot.isAborted || pivot.commit !== 0) continue;
      for (const before of pivot.in) {
        if (before.isAborted || (before.commit !== 0 && before !== own)) continue;
        pivot.isDoomed = true;
      }
    }
  }

  committed(owner: XidOwner, commit: CommitNumber): void {
    const own = this.#running.get(owner);
    if (own === undefined) return;
    own.commit = commit === 0 ? this.#status.latest : commit;
    this.#running.delete(owner);
    this.#finished.push(own);
    this.#forgetOld();
  }

  aborted(owner: XidOwner): void {
    const own = this.#running.get(owner);
    if (own === undefined) return;
    own.isAborted = true;
    this.#running.delete(owner);
    for (const other of own.in) other.out.delete(own);
    for (const other of own.out) other.in.delete(own);
    this.#forgetOld();
  }

  #forgetOld(): void {
    let oldest = Number.POSITIVE_INFINITY;
    for (const running of this.#running.values()) oldest = Math.min(oldest, running.snapshot);
    this.#finished = this.#finished.filter((finished) => finished.commit > oldest);
    if (this.#running.size === 0) {
      this.#finished = [];
      this.#byXid.clear();
    }
  }
}

/** One that was chosen to fail does so at its next read or write. */
function requireNotDoomed(transaction: SerializableTransaction, direction: 'in' | 'out'): void {
  if (transaction.isDoomed)
    throw serializationFailure(`Canceled on identification as a pivot, during conflict ${direction} checking`);
}
