/**
 * The last bytes of the replication stream, for replicas that come back after a break (replication.c, `repl_backlog`).
 *
 * Offsets count the stream's bytes from 1. The oldest bytes go in whole pieces once the limit is exceeded, as in Redis, so somewhat more than the
 * limit may be kept.
 */
import { assert } from '../../kernel/assert.ts';

export class Backlog {
  /** Offset of the first byte that is kept; of the next byte to come when none is. */
  firstOffset: number;
  length = 0;
  #pieces: string[] = [];

  /** @param offset how much of the stream has passed already */
  constructor(offset: number) {
    this.firstOffset = offset + 1;
  }

  push(piece: string, bytesMax: number): void {
    this.#pieces.push(piece);
    this.length += piece.length;
    while (this.#pieces.length > 1 && this.length - this.#pieces[0]!.length >= bytesMax) {
      const oldest = this.#pieces.shift()!;
      this.length -= oldest.length;
      this.firstOffset += oldest.length;
    }
  }

  /** Whether the stream can be continued from this offset. */
  reaches(offset: number): boolean {
    return offset >= this.firstOffset && offset <= this.firstOffset + this.length;
  }

  /** Everything from an offset on. */
  from(offset: number): string {
    assert(this.reaches(offset), 'a backlog was asked for bytes that it does not have');
    let skip = offset - this.firstOffset;
    let text = '';
    for (const piece of this.#pieces) {
      if (skip < piece.length) text += skip > 0 ? piece.slice(skip) : piece;
      skip = Math.max(0, skip - piece.length);
    }
    return text;
  }
}
