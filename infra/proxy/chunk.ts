/**
 * A piece of a stream on its way through the proxy: what one read gave, or a part of it. Bytes are never copied; parts share memory.
 *
 * Invariant: the messages' ends lie inside the bytes, in ascending order; splitting hands each of them to the part that has its last byte.
 */
import type { TrackedMessage } from './gate.ts';

/** A message whose last byte is in the chunk; `end` is the offset after it. */
export interface MessageEnd {
  readonly end: number;
  readonly message: TrackedMessage;
}

export class Chunk {
  readonly bytes: Buffer;
  /** When it was read, ms of the monotonic clock; each latency moves it on by what it waited. */
  readonly atMs: number;
  readonly ends: readonly MessageEnd[] | undefined;

  constructor(bytes: Buffer, atMs: number, ends: readonly MessageEnd[] | undefined) {
    this.bytes = bytes;
    this.atMs = atMs;
    this.ends = ends;
  }

  get length(): number {
    return this.bytes.length;
  }

  /** The part from `start` up to `stop`, offsets in bytes. */
  part(start: number, stop: number): Chunk {
    const ends = this.ends
      ?.filter(({ end }) => end > start && end <= stop)
      .map(({ end, message }) => ({ end: end - start, message }));
    return new Chunk(this.bytes.subarray(start, stop), this.atMs, ends?.length === 0 ? undefined : ends);
  }

  /** The same bytes as if read at another time. */
  readAt(atMs: number): Chunk {
    return new Chunk(this.bytes, atMs, this.ends);
  }
}
