/**
 * A sorted set: scores by member, and members ordered by (score, bytes of the member).
 *
 * The order is kept in blocks of a few hundred entries instead of a skip list: ranks are sums of block sizes, no randomness is drawn, and the
 * outcome is the same total order. Byte strings compare like `memcmp`, so equal scores fall as in Redis.
 */

import type { ListpackLimits } from './hash-value.ts';
import { OrderedIndex } from './ordered-index.ts';
import { KeyValue } from './value.ts';

export interface ScoredMember {
  readonly member: string;
  readonly score: number;
}

const BLOCK_SIZE_MAX = 512;

export class SortedSetValue extends KeyValue {
  readonly kind = 'zset';
  isSkiplist = false;
  readonly #scores = new Map<string, number>();
  #blocks: ScoredMember[][] = [];
  #payload = 0;
  #index: OrderedIndex | null = null;

  get size(): number {
    return this.#scores.size;
  }

  score(member: string): number | undefined {
    return this.#scores.get(member);
  }

  /** Adds a member or moves it to a new score. */
  set(member: string, given: number, limits: ListpackLimits): void {
    const old = this.#scores.get(member);
    if (old !== undefined) {
      // 0 and -0 compare equal, and the old sign stays as in Redis, which moves nothing then.
      if (old === given) return;
      this.#removeEntry(member, old);
    } else {
      this.#payload += member.length;
      this.#index?.add(member);
    }
    const size = old === undefined ? this.#scores.size + 1 : this.#scores.size;
    if (size > limits.entriesMax || member.length > limits.valueBytesMax) this.isSkiplist = true;
    // A listpack holds whole scores as integers, and those have no minus zero.
    const score = given === 0 && !this.isSkiplist ? 0 : given;
    this.#scores.set(member, score);
    this.#insertEntry({ member, score });
  }

  delete(member: string): boolean {
    const score = this.#scores.get(member);
    if (score === undefined) return false;
    this.#scores.delete(member);
    this.#payload -= member.length;
    this.#index?.remove(member);
    this.#removeEntry(member, score);
    return true;
  }

  /** Entry at a rank in 0..size-1. */
  at(rank: number): ScoredMember {
    let left = rank;
    for (const block of this.#blocks) {
      if (left < block.length) return block[left]!;
      left -= block.length;
    }
    throw new RangeError(`rank ${rank} of ${this.size}`);
  }

  /** Rank of a member, or -1. */
  rank(member: string): number {
    const score = this.#scores.get(member);
    if (score === undefined) return -1;
    return this.countBefore((entry) => entry.score < score || (entry.score === score && entry.member < member));
  }

  /** How many entries come before the first one for which `isBefore` is false; the claim must be monotonic in the order. */
  countBefore(isBefore: (entry: ScoredMember) => boolean): number {
    let count = 0;
    for (const block of this.#blocks) {
      if (isBefore(block[block.length - 1]!)) {
        count += block.length;
        continue;
      }
      let low = 0;
      let high = block.length - 1;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (isBefore(block[middle]!)) low = middle + 1;
        else high = middle;
      }
      return count + low;
    }
    return count;
  }

  /** Entries by rank, both ends included and in range; from the end backwards when reversed. */
  range(start: number, stop: number, isReversed: boolean): ScoredMember[] {
    const found: ScoredMember[] = [];
    let rank = 0;
    for (const block of this.#blocks) {
      if (rank > stop) break;
      const next = rank + block.length;
      if (next > start) {
        const from = Math.max(0, start - rank);
        const to = Math.min(block.length - 1, stop - rank);
        for (let index = from; index <= to; index++) found.push(block[index]!);
      }
      rank = next;
    }
    if (isReversed) found.reverse();
    return found;
  }

  /** All entries in order. Must not be used across a change. */
  *entries(): Iterable<ScoredMember> {
    for (const block of this.#blocks) yield* block;
  }

  /** The index for scans and random picks, kept from the first use on. */
  index(): OrderedIndex {
    this.#index ??= new OrderedIndex(this.#scores.keys());
    return this.#index;
  }

  encoding(): 'listpack' | 'skiplist' {
    return this.isSkiplist ? 'skiplist' : 'listpack';
  }

  bytes(): number {
    return this.isSkiplist ? 144 + this.#payload + 96 * this.size : 32 + this.#payload + 12 * this.size;
  }

  copy(): SortedSetValue {
    const copy = new SortedSetValue();
    for (const [member, score] of this.#scores) copy.#scores.set(member, score);
    copy.#blocks = this.#blocks.map((block) => block.slice());
    copy.isSkiplist = this.isSkiplist;
    copy.#payload = this.#payload;
    return copy;
  }

  #insertEntry(entry: ScoredMember): void {
    if (this.#blocks.length === 0) {
      this.#blocks.push([entry]);
      return;
    }
    const at = this.#blockFor(entry.member, entry.score);
    const block = this.#blocks[at]!;
    block.splice(positionIn(block, entry.member, entry.score), 0, entry);
    if (block.length > BLOCK_SIZE_MAX) this.#blocks.splice(at + 1, 0, block.splice(block.length >>> 1));
  }

  #removeEntry(member: string, score: number): void {
    const at = this.#blockFor(member, score);
    const block = this.#blocks[at]!;
    block.splice(positionIn(block, member, score), 1);
    if (block.length === 0) this.#blocks.splice(at, 1);
  }

  /** Index of the first block whose last entry is not before the given one; the last block when all are. */
  #blockFor(member: string, score: number): number {
    let low = 0;
    let high = this.#blocks.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const block = this.#blocks[middle]!;
      if (isBefore(block[block.length - 1]!, member, score)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function isBefore(entry: ScoredMember, member: string, score: number): boolean {
  return entry.score < score || (entry.score === score && entry.member < member);
}

function positionIn(block: readonly ScoredMember[], member: string, score: number): number {
  let low = 0;
  let high = block.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBefore(block[middle]!, member, score)) low = middle + 1;
    else high = middle;
  }
  return low;
}
