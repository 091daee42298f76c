/**
 * A set. While all members are integers and few, Redis keeps it sorted (`intset`) and clients see that order; otherwise the order is free and
 * is insertion order here.
 */
import { parseInt64 } from '../numbers.ts';
import { OrderedIndex } from './ordered-index.ts';
import { KeyValue } from './value.ts';

export class SetValue extends KeyValue {
  readonly kind = 'set';
  readonly #members = new Set<string>();
  isTable = false;
  #payload = 0;
  #index: OrderedIndex | null = null;
  /** The members in numeric order, made on demand while the set is an intset. */
  #sorted: string[] | null = null;

  get size(): number {
    return this.#members.size;
  }

  has(member: string): boolean {
    return this.#members.has(member);
  }

  /** Adds a member. @returns whether it is new */
  add(member: string, intsetEntriesMax: number): boolean {
    if (this.#members.has(member)) return false;
    this.#members.add(member);
    this.#payload += member.length;
    this.#index?.add(member);
    this.#sorted = null;
    if (!this.isTable && (this.#members.size > intsetEntriesMax || parseInt64(member) === null)) this.isTable = true;
    return true;
  }

  delete(member: string): boolean {
    if (!this.#members.delete(member)) return false;
    this.#payload -= member.length;
    this.#index?.remove(member);
    this.#sorted = null;
    return true;
  }

  /** The members, in numeric order for an intset. Must not be used across a change of the set. */
  members(): Iterable<string> {
    if (this.isTable) return this.#members;
    this.#sorted ??= sortIntegers(this.#members);
    return this.#sorted;
  }

  /** The index for scans and random picks, kept from the first use on. */
  index(): OrderedIndex {
    this.#index ??= new OrderedIndex(this.#members);
    return this.#index;
  }

  encoding(): 'intset' | 'hashtable' {
    return this.isTable ? 'hashtable' : 'intset';
  }

  bytes(): number {
    return this.isTable ? 96 + this.#payload + 56 * this.#members.size : 24 + 8 * this.#members.size;
  }

  copy(): SetValue {
    const copy = new SetValue();
    for (const member of this.#members) copy.#members.add(member);
    copy.isTable = this.isTable;
    copy.#payload = this.#payload;
    return copy;
  }
}

function sortIntegers(members: Iterable<string>): string[] {
  const numbers: { readonly text: string; readonly value: bigint }[] = [];
  for (const text of members) numbers.push({ text, value: parseInt64(text)! });
  numbers.sort((left, right) => (left.value < right.value ? -1 : left.value > right.value ? 1 : 0));
  return numbers.map((entry) => entry.text);
}
