/**
 * Names in the order of their arrival, by ordinal: what SCAN cursors and random picks stand on. Made only for a collection that needs it.
 *
 * A cursor is an ordinal and a scan goes down: it visits what is older than its cursor. So a name that is there from the first call to the
 * last is returned exactly once (Redis may repeat it), a name that is added meanwhile is not visited, and every scan ends, however fast
 * names are added. Removal leaves a hole; holes are squeezed out when they outnumber the names.
 *
 * Differs: the order of a scan is newest first, where Redis goes by hash. Clients cannot rely on either.
 */
import type { Stream } from '../../kernel/stream.ts';

const HOLES_MIN = 64;

export class OrderedIndex {
  readonly #ordinalOf = new Map<string, number>();
  #ordinals: number[] = [];
  #names: (string | undefined)[] = [];
  #nextOrdinal = 1;

  constructor(names: Iterable<string>) {
    for (const name of names) this.add(name);
  }

  get size(): number {
    return this.#ordinalOf.size;
  }

  /** Adds a name that is not there yet. */
  add(name: string): void {
    const ordinal = this.#nextOrdinal;
    this.#nextOrdinal += 1;
    this.#ordinalOf.set(name, ordinal);
    this.#ordinals.push(ordinal);
    this.#names.push(name);
  }

  remove(name: string): void {
    const ordinal = this.#ordinalOf.get(name);
    if (ordinal === undefined) return;
    this.#ordinalOf.delete(name);
    this.#names[this.#positionOf(ordinal)] = undefined;
    if (this.#names.length > HOLES_MIN + 2 * this.#ordinalOf.size) this.#squeeze();
  }

  /**
   * Visits names from the cursor on.
   * @param cursor 0 to begin, else what the last call returned
   * @param count how many names to visit
   * @returns the next cursor, 0 at the end
   */
  scan(cursor: bigint, count: number, visit: (name: string) => void): bigint {
    let position = cursor === 0n ? this.#names.length : this.#positionOf(Number(cursor));
    let visited = 0;
    while (position > 0 && visited < count) {
      position -= 1;
      const name = this.#names[position];
      if (name === undefined) continue;
      visit(name);
      visited += 1;
    }
    while (position > 0 && this.#names[position - 1] === undefined) position -= 1;
    return position === 0 ? 0n : BigInt(this.#ordinals[position]!);
  }

  /** A uniformly drawn name, or undefined when there is none. */
  random(stream: Stream): string | undefined {
    if (this.#ordinalOf.size === 0) return undefined;
    for (;;) {
      const name = this.#names[stream.int(this.#names.length)];
      if (name !== undefined) return name;
    }
  }

  /** Index of the first ordinal that is not below `ordinal`. */
  #positionOf(ordinal: number): number {
    const ordinals = this.#ordinals;
    let low = 0;
    let high = ordinals.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (ordinals[middle]! < ordinal) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #squeeze(): void {
    const ordinals: number[] = [];
    const names: string[] = [];
    for (let index = 0; index < this.#names.length; index++) {
      const name = this.#names[index];
      if (name === undefined) continue;
      names.push(name);
      ordinals.push(this.#ordinals[index]!);
    }
    this.#names = names;
    this.#ordinals = ordinals;
  }
}
