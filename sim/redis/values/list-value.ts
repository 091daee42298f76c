/** A list: a ring buffer that grows by doubling, so that both ends are O(1) and an index is one lookup. */
import { KeyValue } from './value.ts';

const CAPACITY_MIN = 8;

export class ListValue extends KeyValue {
  readonly kind = 'list';
  #items: (string | undefined)[] = new Array<string | undefined>(CAPACITY_MIN).fill(undefined);
  #head = 0;
  #size = 0;
  #payload = 0;

  get size(): number {
    return this.#size;
  }

  /** The element at a position in 0..size-1. */
  at(position: number): string {
    return this.#items[(this.#head + position) & (this.#items.length - 1)]!;
  }

  set(position: number, text: string): void {
    const slot = (this.#head + position) & (this.#items.length - 1);
    this.#payload += text.length - this.#items[slot]!.length;
    this.#items[slot] = text;
  }

  pushHead(text: string): void {
    this.#reserve();
    this.#head = (this.#head - 1) & (this.#items.length - 1);
    this.#items[this.#head] = text;
    this.#size += 1;
    this.#payload += text.length;
  }

  pushTail(text: string): void {
    this.#reserve();
    this.#items[(this.#head + this.#size) & (this.#items.length - 1)] = text;
    this.#size += 1;
    this.#payload += text.length;
  }

  popHead(): string | undefined {
    if (this.#size === 0) return undefined;
    const text = this.#items[this.#head]!;
    this.#items[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#items.length - 1);
    this.#size -= 1;
    this.#payload -= text.length;
    return text;
  }

  popTail(): string | undefined {
    if (this.#size === 0) return undefined;
    const slot = (this.#head + this.#size - 1) & (this.#items.length - 1);
    const text = this.#items[slot]!;
    this.#items[slot] = undefined;
    this.#size -= 1;
    this.#payload -= text.length;
    return text;
  }

  /** Elements from `start` to `stop`, both included and in range. */
  range(start: number, stop: number): string[] {
    const items: string[] = [];
    for (let position = start; position <= stop; position++) items.push(this.at(position));
    return items;
  }

  /** Replaces the whole content: for edits in the middle. */
  replace(items: readonly string[]): void {
    let capacity = CAPACITY_MIN;
    while (capacity < items.length) capacity *= 2;
    this.#items = new Array<string | undefined>(capacity).fill(undefined);
    this.#head = 0;
    this.#size = items.length;
    this.#payload = 0;
    for (let index = 0; index < items.length; index++) {
      this.#items[index] = items[index]!;
      this.#payload += items[index]!.length;
    }
  }

  encoding(): 'quicklist' {
    return 'quicklist';
  }

  bytes(): number {
    return 144 + this.#payload + 4 * this.#size;
  }

  copy(): ListValue {
    const copy = new ListValue();
    copy.replace(this.range(0, this.#size - 1));
    return copy;
  }

  #reserve(): void {
    if (this.#size < this.#items.length) return;
    const items = this.range(0, this.#size - 1) as (string | undefined)[];
    const capacity = this.#items.length * 2;
    while (items.length < capacity) items.push(undefined);
    this.#items = items;
    this.#head = 0;
  }
}
