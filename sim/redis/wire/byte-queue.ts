/**
 * Bytes that arrived and are not decoded yet. Appending is amortised linear: what is left over is copied into a buffer that doubles, so a
 * large value that comes in many pieces is not copied once per piece. A chunk that arrives while nothing is left over is not copied at all.
 */
export class ByteQueue {
  /** Holds the bytes from `start` to `end`. */
  buffer: Buffer = Buffer.alloc(0);
  start = 0;
  end = 0;

  push(bytes: Buffer): void {
    const left = this.end - this.start;
    if (left === 0) {
      this.buffer = bytes;
      this.start = 0;
      this.end = bytes.length;
      return;
    }
    if (this.end + bytes.length > this.buffer.length || this.buffer.buffer === bytes.buffer)
      this.#grow(left, bytes.length);
    bytes.copy(this.buffer, this.end);
    this.end += bytes.length;
  }

  /** Position of the first CR at or after `from` with no NUL before it (the server looks with `strchr`), or -1. */
  findReturn(from: number): number {
    const buffer = this.buffer;
    for (let index = from; index < this.end; index++) {
      const byte = buffer[index]!;
      if (byte === 13) return index;
      if (byte === 0) return -1;
    }
    return -1;
  }

  /** Position of the first LF at or after `from` with no NUL before it, or -1. */
  findNewline(from: number): number {
    const buffer = this.buffer;
    for (let index = from; index < this.end; index++) {
      const byte = buffer[index]!;
      if (byte === 10) return index;
      if (byte === 0) return -1;
    }
    return -1;
  }

  text(from: number, to: number): string {
    return this.buffer.toString('latin1', from, to);
  }

  #grow(left: number, more: number): void {
    const grown = Buffer.allocUnsafe(Math.max(2 * (left + more), 256));
    this.buffer.copy(grown, 0, this.start, this.end);
    this.buffer = grown;
    this.start = 0;
    this.end = left;
  }
}
