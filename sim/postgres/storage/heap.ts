/**
 * The versions of one table in the order in which they came, as a linked list: a scan keeps its place while versions come and go.
 * Invariant: a version in the list is either needed by some snapshot or not yet found to be dead; `remove` is only called for the dead.
 * Differs: a new version always goes to the end, where Postgres may reuse freed space, so the order of rows without ORDER BY can differ
 * after deletes.
 */
import { assert } from '../../kernel/assert.ts';
import type { Xid } from '../transaction-status.ts';
import type { Datum } from '../types/datum.ts';
import { Tuple } from './tuple.ts';

/** Versions of a block; a real block holds up to 226 rows of one integer. */
const LINES_PER_BLOCK = 226;

export class Heap {
  first: Tuple | null = null;
  last: Tuple | null = null;
  /** Versions in the list, dead ones not yet found included: the planner's only statistics. */
  length = 0;
  #inserted = 0;

  insert(values: Datum[], xmin: Xid, cmin: number): Tuple {
    const tid = Math.floor(this.#inserted / LINES_PER_BLOCK) * 256 + (this.#inserted % LINES_PER_BLOCK) + 1;
    this.#inserted += 1;
    const tuple = new Tuple(tid, values, xmin, cmin);
    tuple.previous = this.last;
    if (this.last === null) this.first = tuple;
    else this.last.following = tuple;
    this.last = tuple;
    this.length += 1;
    return tuple;
  }

  remove(tuple: Tuple): void {
    assert(!tuple.isRemoved, 'a row version is removed twice');
    tuple.isRemoved = true;
    const { previous, following } = tuple;
    if (previous === null) this.first = following;
    else previous.following = following;
    if (following === null) this.last = previous;
    else following.previous = previous;
    this.length -= 1;
  }
}
