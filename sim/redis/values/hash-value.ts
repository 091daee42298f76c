/**
 * A hash: fields in insertion order. A small one is a listpack in Redis, whose order is insertion order too; a large one is a hash table,
 * whose order is free, and insertion order is as good as any.
 */
import { OrderedIndex } from './ordered-index.ts';
import { KeyValue } from './value.ts';

export interface ListpackLimits {
  readonly entriesMax: number;
  readonly valueBytesMax: number;
}

export class HashValue extends KeyValue {
  readonly kind = 'hash';
  readonly fields = new Map<string, string>();
  isTable = false;
  #payload = 0;
  #index: OrderedIndex | null = null;

  get size(): number {
    return this.fields.size;
  }

  get(field: string): string | undefined {
    return this.fields.get(field);
  }

  /** Sets a field. @returns whether it is new */
  set(field: string, value: string, limits: ListpackLimits): boolean {
    const old = this.fields.get(field);
    this.fields.set(field, value);
    if (old === undefined) {
      this.#payload += field.length + value.length;
      this.#index?.add(field);
    } else this.#payload += value.length - old.length;
    if (!this.isTable) {
      if (field.length > limits.valueBytesMax || value.length > limits.valueBytesMax) this.isTable = true;
      else if (this.fields.size > limits.entriesMax) this.isTable = true;
    }
    return old === undefined;
  }

  /** Redis looks at the sizes of a whole command's arguments first, and converts even if the command then changes little. */
  convertFor(args: readonly string[], from: number, limits: ListpackLimits): void {
    if (this.isTable) return;
    for (let index = from; index < args.length; index++) {
      if (args[index]!.length > limits.valueBytesMax) {
        this.isTable = true;
        return;
      }
    }
  }

  delete(field: string): boolean {
    const old = this.fields.get(field);
    if (old === undefined) return false;
    this.fields.delete(field);
    this.#payload -= field.length + old.length;
    this.#index?.remove(field);
    return true;
  }

  /** The index for scans and random picks, kept from the first use on. */
  index(): OrderedIndex {
    this.#index ??= new OrderedIndex(this.fields.keys());
    return this.#index;
  }

  encoding(): 'listpack' | 'hashtable' {
    return this.isTable ? 'hashtable' : 'listpack';
  }

  bytes(): number {
    return this.isTable ? 96 + this.#payload + 80 * this.fields.size : 32 + this.#payload + 4 * this.fields.size;
  }

  copy(): HashValue {
    const copy = new HashValue();
    for (const [field, value] of this.fields) copy.fields.set(field, value);
    copy.isTable = this.isTable;
    copy.#payload = this.#payload;
    return copy;
  }
}
