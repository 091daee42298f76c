/**
 * An ordered index in memory: blocks of at most 512 entries, each sorted, in order; the same questions as a B-tree, with two binary searches.
 * Entries are ordered by key and then by the order of their versions, so the order is total and a scan can find its place again after changes.
 * Invariant: keys never change; equal (key, tid) is one entry.
 */
import { assert } from '../../kernel/assert.ts';
import type { Datum } from '../types/datum.ts';
import type { Tuple } from './tuple.ts';

const BLOCK_ENTRIES_MAX = 512;

export class IndexEntry {
  readonly key: readonly Datum[];
  readonly tuple: Tuple;

  constructor(key: readonly Datum[], tuple: Tuple) {
    this.key = key;
    this.tuple = tuple;
  }
}

/** How one column of an index is ordered. */
export interface KeyOrder {
  readonly compare: (left: Datum, right: Datum) => number;
  readonly isDescending: boolean;
  readonly nullsFirst: boolean;
}

/** Compares the first `count` columns of two keys. */
export function compareKeys(
  orders: readonly KeyOrder[],
  left: readonly Datum[],
  right: readonly Datum[],
  count: number,
): number {
  for (let column = 0; column < count; column++) {
    const order = orders[column]!;
    const a = left[column]!;
    const b = right[column]!;
    if (a === null || b === null) {
      if (a === b) continue;
      return (a === null) === order.nullsFirst ? -1 : 1;
    }
    const sign = order.compare(a, b);
    if (sign !== 0) return order.isDescending ? -sign : sign;
  }
  return 0;
}

export class SortedIndex {
  readonly orders: readonly KeyOrder[];
  readonly #blocks: IndexEntry[][] = [];
  #length = 0;
  /** Counts changes, so that a scan knows when to look for its place again. */
  version = 0;

  constructor(orders: readonly KeyOrder[]) {
    this.orders = orders;
  }

  get length(): number {
    return this.#length;
  }

  get blocks(): readonly (readonly IndexEntry[])[] {
    return this.#blocks;
  }

  insert(key: readonly Datum[], tuple: Tuple): void {
    const entry = new IndexEntry(key, tuple);
    this.version += 1;
    this.#length += 1;
    if (this.#blocks.length === 0) {
      this.#blocks.push([entry]);
      return;
    }
    const blockIndex = this.#blockOf(key, tuple.tid);
    const block = this.#blocks[blockIndex]!;
    const last = block[block.length - 1]!;
    if (this.#compare(last, key, tuple.tid) < 0) block.push(entry);
    else block.splice(this.#lowerBound(block, key, tuple.tid), 0, entry);
    if (block.length > BLOCK_ENTRIES_MAX) {
      // A block that only grows at its end stays nearly full, as keys that rise fill a B-tree.
      const isAppend = blockIndex === this.#blocks.length - 1 && block[block.length - 1] === entry;
      const cut = isAppend ? BLOCK_ENTRIES_MAX - 8 : BLOCK_ENTRIES_MAX >> 1;
      this.#blocks.splice(blockIndex + 1, 0, block.splice(cut));
    }
  }

  remove(key: readonly Datum[], tuple: Tuple): boolean {
    if (this.#blocks.length === 0) return false;
    const blockIndex = this.#blockOf(key, tuple.tid);
    const block = this.#blocks[blockIndex]!;
    const at = this.#lowerBound(block, key, tuple.tid);
    const entry = block[at];
    if (entry === undefined || entry.tuple !== tuple) return false;
    block.splice(at, 1);
    if (block.length === 0) this.#blocks.splice(blockIndex, 1);
    this.version += 1;
    this.#length -= 1;
    return true;
  }

  /** Where the first entry at or after (`prefix`, tid) stands; with `after`, the first entry beyond all that begin with `prefix`. */
  seek(prefix: readonly Datum[], count: number, after: boolean): IndexPosition {
    let low = 0;
    let high = this.#blocks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const block = this.#blocks[middle]!;
      if (this.#isBefore(block[block.length - 1]!, prefix, count, after)) low = middle + 1;
      else high = middle;
    }
    const block = this.#blocks[low];
    if (block === undefined) return { block: low, at: 0 };
    let first = 0;
    let last = block.length;
    while (first < last) {
      const middle = (first + last) >> 1;
      if (this.#isBefore(block[middle]!, prefix, count, after)) first = middle + 1;
      else last = middle;
    }
    return { block: low, at: first };
  }

  /** Where the first entry beyond `entry` stands, whether or not `entry` is still there. */
  seekAfter(entry: IndexEntry): IndexPosition {
    if (this.#blocks.length === 0) return { block: 0, at: 0 };
    const blockIndex = this.#blockOf(entry.key, entry.tuple.tid);
    const block = this.#blocks[blockIndex]!;
    let at = this.#lowerBound(block, entry.key, entry.tuple.tid);
    const found = block[at];
    if (found !== undefined && found.tuple === entry.tuple) at += 1;
    return at >= block.length ? { block: blockIndex + 1, at: 0 } : { block: blockIndex, at };
  }

  /** Where the first entry at or after `entry` stands; the one before it is the last entry below `entry`. */
  seekAt(entry: IndexEntry): IndexPosition {
    if (this.#blocks.length === 0) return { block: 0, at: 0 };
    const blockIndex = this.#blockOf(entry.key, entry.tuple.tid);
    return { block: blockIndex, at: this.#lowerBound(this.#blocks[blockIndex]!, entry.key, entry.tuple.tid) };
  }

  #isBefore(entry: IndexEntry, prefix: readonly Datum[], count: number, after: boolean): boolean {
    const sign = compareKeys(this.orders, entry.key, prefix, count);
    return after ? sign <= 0 : sign < 0;
  }

  #compare(entry: IndexEntry, key: readonly Datum[], tid: number): number {
    const sign = compareKeys(this.orders, entry.key, key, this.orders.length);
    return sign !== 0 ? sign : entry.tuple.tid - tid;
  }

  /** The block where (key, tid) is or belongs. */
  #blockOf(key: readonly Datum[], tid: number): number {
    let low = 0;
    let high = this.#blocks.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      const block = this.#blocks[middle]!;
      assert(block.length > 0, 'an index keeps an empty block');
      if (this.#compare(block[block.length - 1]!, key, tid) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #lowerBound(block: readonly IndexEntry[], key: readonly Datum[], tid: number): number {
    let low = 0;
    let high = block.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#compare(block[middle]!, key, tid) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

export interface IndexPosition {
  block: number;
  at: number;
}
