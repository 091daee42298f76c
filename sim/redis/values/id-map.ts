/** Records ordered by a 128-bit stream ID, in blocks: pending entries of a consumer group, which come mostly in order and go in any. */

export interface Identified {
  readonly id: bigint;
}

const BLOCK_SIZE_MAX = 256;

export class IdMap<Item extends Identified> {
  #blocks: Item[][] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(id: bigint): Item | undefined {
    const block = this.#blocks[this.#blockFor(id)];
    if (block === undefined) return undefined;
    const item = block[positionIn(block, id)];
    return item !== undefined && item.id === id ? item : undefined;
  }

  /** Adds an item, or replaces the one with its ID. */
  set(item: Item): void {
    if (this.#blocks.length === 0) this.#blocks.push([]);
    const at = this.#blockFor(item.id);
    const block = this.#blocks[at]!;
    const position = positionIn(block, item.id);
    if (block[position]?.id === item.id) {
      block[position] = item;
      return;
    }
    block.splice(position, 0, item);
    this.#size += 1;
    if (block.length > BLOCK_SIZE_MAX) this.#blocks.splice(at + 1, 0, block.splice(block.length >>> 1));
  }

  delete(id: bigint): boolean {
    const at = this.#blockFor(id);
    const block = this.#blocks[at];
    if (block === undefined) return false;
    const position = positionIn(block, id);
    if (block[position]?.id !== id) return false;
    block.splice(position, 1);
    if (block.length === 0) this.#blocks.splice(at, 1);
    this.#size -= 1;
    return true;
  }

  first(): Item | undefined {
    return this.#blocks[0]?.[0];
  }

  last(): Item | undefined {
    const block = this.#blocks[this.#blocks.length - 1];
    return block?.[block.length - 1];
  }

  /** Items from `start` on, in order. Must not be used across a change. */
  *from(start: bigint): Iterable<Item> {
    for (let at = this.#blockFor(start); at < this.#blocks.length; at++) {
      const block = this.#blocks[at]!;
      for (let position = positionIn(block, start); position < block.length; position++) yield block[position]!;
    }
  }

  /** Index of the first block whose last ID is not below `id`; the last block when all are. */
  #blockFor(id: bigint): number {
    let low = 0;
    let high = this.#blocks.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const block = this.#blocks[middle]!;
      if (block[block.length - 1]!.id < id) low = middle + 1;
      else high = middle;
    }
    return Math.max(low, 0);
  }
}

function positionIn(block: readonly Identified[], id: bigint): number {
  let low = 0;
  let high = block.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (block[middle]!.id < id) low = middle + 1;
    else high = middle;
  }
  return low;
}
