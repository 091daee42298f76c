/**
 * Lua tables with the exact memory layout of Lua 5.1's ltable.c: an array part and a hash part of chained scatter with Brent's variation.
 *
 * The layout is visible: it decides the order of `next`, hence of `pairs` and `cjson.encode`, and the border that `#t` finds in a table with
 * holes. Every step of C's algorithm is kept: `lastfree`, rehash with `computesizes`, re-insertion from the top, keys that stay behind after
 * their value became nil, and the insertion of a key even when the assigned value is nil.
 * Strings hash over all their bytes, as in Redis's build (stock Lua skips bytes of strings longer than 31).
 *
 * Nodes are kept in one flat array, four slots each: key, value, hash code, index of the next node in the chain (or -1).
 *
 * Differs: tables, functions and threads as keys hash by a number given at first use, in Redis by address; their order is arbitrary there too.
 * Differs: the garbage collector marks keys without value as dead in Redis, so that a key removed and added again may get another slot.
 */
import { LuaError } from './error.ts';
import type { LuaValue } from './value.ts';

const STRIDE = 4;
const END = -1;
const MAX_BITS = 26;
const MAX_ARRAY_SIZE = 1 << MAX_BITS;

type Slot = LuaValue;

/** The shared empty hash part; it has one node that is never written. */
const DUMMY: Slot[] = [undefined, undefined, 0, END];

const doubleView = new Float64Array(1);
const wordView = new Uint32Array(doubleView.buffer);

/** Lua's hash of a byte string. */
export function hashString(text: string): number {
  let hash = text.length;
  for (let i = text.length - 1; i >= 0; i--) {
    hash ^= ((hash << 5) + (hash >>> 2) + text.charCodeAt(i)) | 0;
  }
  return hash;
}

function hashNumber(value: number): number {
  if (value === 0) return 0;
  doubleView[0] = value;
  return (wordView[0]! + wordView[1]!) >>> 0;
}

const identities = new WeakMap<object, number>();
let identityCount = 0;

/** A number that stands for an object's address. */
export function identityOf(value: object): number {
  let identity = identities.get(value);
  if (identity === undefined) {
    identity = ++identityCount;
    identities.set(value, identity);
  }
  return identity;
}

/** Called at the start of each run, so that the identities seen in a run follow from the run alone. */
export function restartIdentities(): void {
  identityCount = 0;
}

function ceilLog2(value: number): number {
  return value <= 1 ? 0 : 32 - Math.clz32(value - 1);
}

const counts = new Int32Array(MAX_BITS + 1);

export class LuaTable {
  /** The array part: values of the keys 1 to its length. */
  array: LuaValue[] = [];
  nodes: Slot[] = DUMMY;
  /** Number of nodes minus one; the number is a power of two. */
  mask = 0;
  private lastFree = 0;
  metatable: LuaTable | undefined = undefined;
  isReadonly = false;

  /**
   * @param arraySize slots of the array part
   * @param hashSize number of entries for which the hash part has room
   */
  constructor(arraySize: number, hashSize: number) {
    if (arraySize > 0) this.growArray(arraySize);
    if (hashSize > 0) this.makeNodes(hashSize);
  }

  /** A table whose array part holds exactly these values, as after assigning them in turn to 1, 2, 3, .... */
  static fromList(values: readonly LuaValue[]): LuaTable {
    const table = new LuaTable(0, 0);
    const length = values.length;
    if (length === 0) return table;
    // Assignment in turn doubles the array part: a rehash at key n finds n integer keys and gives the next power of two.
    const array = values.slice();
    for (let size = 1 << ceilLog2(length); array.length < size; ) array.push(undefined);
    table.array = array;
    return table;
  }

  get(key: LuaValue): LuaValue {
    if (typeof key === 'string') return this.getString(key, hashString(key));
    if (typeof key === 'number') return this.getNumber(key);
    if (key === undefined) return undefined;
    const i = this.find(key, this.hashOf(key));
    return i < 0 ? undefined : this.nodes[i + 1];
  }

  getString(key: string, hash: number): LuaValue {
    const nodes = this.nodes;
    let i = (hash & this.mask) * STRIDE;
    do {
      if (nodes[i] === key) return nodes[i + 1];
      i = nodes[i + 3] as number;
    } while (i >= 0);
    return undefined;
  }

  getNumber(key: number): LuaValue {
    const array = this.array;
    if (key > 0 && key <= array.length && (key | 0) === key) return array[key - 1];
    if (this.nodes === DUMMY) return undefined;
    const i = this.find(key, hashNumber(key));
    return i < 0 ? undefined : this.nodes[i + 1];
  }

  /** Assigns, without metamethods. The key is added even if the value is nil, as in Lua 5.1. */
  set(key: LuaValue, value: LuaValue): void {
    if (typeof key === 'string') this.setString(key, hashString(key), value);
    else if (typeof key === 'number') this.setNumber(key, value);
    else this.setOther(key, value);
  }

  setString(key: string, hash: number, value: LuaValue): void {
    const nodes = this.nodes;
    let i = (hash & this.mask) * STRIDE;
    do {
      if (nodes[i] === key) {
        nodes[i + 1] = value;
        return;
      }
      i = nodes[i + 3] as number;
    } while (i >= 0);
    this.insert(key, hash, value);
  }

  setNumber(key: number, value: LuaValue): void {
    const array = this.array;
    if (key > 0 && key <= array.length && (key | 0) === key) {
      array[key - 1] = value;
      return;
    }
    if (Number.isNaN(key)) throw new LuaError('table index is NaN', 1);
    const hash = hashNumber(key);
    const i = this.find(key, hash);
    if (i >= 0) this.nodes[i + 1] = value;
    else this.insert(key, hash, value);
  }

  private setOther(key: LuaValue, value: LuaValue): void {
    if (key === undefined) throw new LuaError('table index is nil', 1);
    const hash = this.hashOf(key);
    const i = this.find(key, hash);
    if (i >= 0) this.nodes[i + 1] = value;
    else this.insert(key, hash, value);
  }

  /**
   * A border: n with t[n] not nil and t[n+1] nil, the one that Lua's search finds.
   */
  length(): number {
    const array = this.array;
    let high = array.length;
    if (high > 0 && array[high - 1] === undefined) {
      let low = 0;
      while (high - low > 1) {
        const middle = (low + high) >>> 1;
        if (array[middle - 1] === undefined) high = middle;
        else low = middle;
      }
      return low;
    }
    return this.nodes === DUMMY ? high : this.searchBeyond(high);
  }

  private searchBeyond(start: number): number {
    let low = start;
    let high = start + 1;
    while (this.getNumber(high) !== undefined) {
      low = high;
      high *= 2;
      if (high > 0x7fffffff) {
        low = 1;
        while (this.getNumber(low) !== undefined) low++;
        return low - 1;
      }
    }
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (this.getNumber(middle) === undefined) high = middle;
      else low = middle;
    }
    return low;
  }

  /**
   * The position of a key in the order of traversal: array slots first, then nodes. -1 before the first.
   * @returns `undefined` if the table does not know the key
   */
  positionOf(key: LuaValue): number | undefined {
    if (key === undefined) return -1;
    const size = this.array.length;
    if (typeof key === 'number' && key > 0 && key <= size && (key | 0) === key) return key - 1;
    const i = this.find(key, this.hashOf(key));
    return i < 0 ? undefined : size + i / STRIDE;
  }

  /** The first position after `position` that holds a value, or -1 at the end. */
  positionAfter(position: number): number {
    const array = this.array;
    let i = position + 1;
    for (; i < array.length; i++) if (array[i] !== undefined) return i;
    const nodes = this.nodes;
    const size = array.length;
    for (let at = (i - size) * STRIDE; at < nodes.length; at += STRIDE) {
      if (nodes[at + 1] !== undefined) return size + at / STRIDE;
    }
    return -1;
  }

  keyAt(position: number): LuaValue {
    const size = this.array.length;
    return position < size ? position + 1 : this.nodes[(position - size) * STRIDE];
  }

  valueAt(position: number): LuaValue {
    const size = this.array.length;
    return position < size ? this.array[position] : this.nodes[(position - size) * STRIDE + 1];
  }

  /** Grows the array part to at least `size`, as a list constructor does before it stores. */
  reserveArray(size: number): void {
    if (size <= this.array.length) return;
    this.resize(size, this.nodes === DUMMY ? 0 : this.mask + 1);
  }

  /** Index of the node of a key, or -1. */
  private find(key: LuaValue, hash: number): number {
    const nodes = this.nodes;
    let i = this.mainPosition(key, hash);
    do {
      if (nodes[i] === key) return i;
      i = nodes[i + 3] as number;
    } while (i >= 0);
    return END;
  }

  private hashOf(key: LuaValue): number {
    switch (typeof key) {
      case 'string':
        return hashString(key);
      case 'number':
        return hashNumber(key);
      case 'boolean':
        return key ? 1 : 0;
      default:
        return identityOf(key as object);
    }
  }

  private mainPosition(key: LuaValue, hash: number): number {
    if (typeof key === 'string' || typeof key === 'boolean') return (hash & this.mask) * STRIDE;
    // Numbers and addresses tend to have factors of two, so C takes them modulo an odd number; zero goes to the first node.
    return (hash % ((this.mask | 1) >>> 0)) * STRIDE;
  }

  private insert(key: LuaValue, hash: number, value: LuaValue): void {
    const nodes = this.nodes;
    let main = this.mainPosition(key, hash);
    if (nodes[main + 1] !== undefined || nodes === DUMMY) {
      const free = this.freePosition();
      if (free < 0) {
        this.rehash(key);
        this.set(key, value);
        return;
      }
      let other = this.mainPosition(nodes[main], nodes[main + 2] as number);
      if (other !== main) {
        // The node in our place belongs to another chain: move it away.
        while (nodes[other + 3] !== main) other = nodes[other + 3] as number;
        nodes[other + 3] = free;
        nodes[free] = nodes[main];
        nodes[free + 1] = nodes[main + 1];
        nodes[free + 2] = nodes[main + 2];
        nodes[free + 3] = nodes[main + 3];
        nodes[main + 3] = END;
      } else {
        nodes[free + 3] = nodes[main + 3];
        nodes[main + 3] = free;
        main = free;
      }
    }
    nodes[main] = key;
    nodes[main + 1] = value;
    nodes[main + 2] = hash;
  }

  private freePosition(): number {
    const nodes = this.nodes;
    while (this.lastFree > 0) {
      this.lastFree -= STRIDE;
      if (nodes[this.lastFree] === undefined) return this.lastFree;
    }
    return END;
  }

  private growArray(size: number): void {
    const array = this.array;
    while (array.length < size) array.push(undefined);
  }

  private makeNodes(size: number): void {
    if (size === 0) {
      this.nodes = DUMMY;
      this.mask = 0;
      this.lastFree = 0;
      return;
    }
    const bits = ceilLog2(size);
    if (bits > MAX_BITS) throw new LuaError('table overflow', 1);
    const count = 1 << bits;
    const nodes: Slot[] = [];
    for (let i = 0; i < count; i++) nodes.push(undefined, undefined, 0, END);
    this.nodes = nodes;
    this.mask = count - 1;
    this.lastFree = count * STRIDE;
  }

  private rehash(extraKey: LuaValue): void {
    counts.fill(0);
    let integers = this.countArray();
    let total = integers;
    const nodes = this.nodes;
    for (let at = nodes.length - STRIDE; at >= 0; at -= STRIDE) {
      if (nodes[at + 1] === undefined) continue;
      integers += countInteger(nodes[at]);
      total++;
    }
    integers += countInteger(extraKey);
    total++;
    // The array part gets the largest n of which more than half the slots 1..n are in use.
    let size = 0;
    let placed = 0;
    let sum = 0;
    for (let i = 0, power = 1; power / 2 < integers; i++, power *= 2) {
      const count = counts[i]!;
      if (count > 0) {
        sum += count;
        if (sum > power / 2) {
          size = power;
          placed = sum;
        }
      }
      if (sum === integers) break;
    }
    this.resize(size, total - placed);
  }

  private countArray(): number {
    const array = this.array;
    let total = 0;
    let i = 1;
    for (let bits = 0, limit = 1; bits <= MAX_BITS; bits++, limit *= 2) {
      let end = limit;
      if (end > array.length) {
        end = array.length;
        if (i > end) break;
      }
      let count = 0;
      for (; i <= end; i++) if (array[i - 1] !== undefined) count++;
      counts[bits] = counts[bits]! + count;
      total += count;
    }
    return total;
  }

  private resize(arraySize: number, hashSize: number): void {
    const array = this.array;
    const oldNodes = this.nodes;
    const oldSize = array.length;
    if (arraySize > oldSize) this.growArray(arraySize);
    this.makeNodes(hashSize);
    if (arraySize < oldSize) {
      const vanishing = array.splice(arraySize);
      for (let i = 0; i < vanishing.length; i++) {
        if (vanishing[i] !== undefined) this.setNumber(arraySize + i + 1, vanishing[i]);
      }
    }
    for (let at = oldNodes.length - STRIDE; at >= 0; at -= STRIDE) {
      const value = oldNodes[at + 1];
      if (value === undefined) continue;
      const key = oldNodes[at];
      if (typeof key === 'string') this.setString(key, oldNodes[at + 2] as number, value);
      else this.set(key, value);
    }
  }
}

function countInteger(key: LuaValue): number {
  if (typeof key !== 'number' || key <= 0 || key > MAX_ARRAY_SIZE || (key | 0) !== key) return 0;
  const bits = ceilLog2(key);
  counts[bits] = counts[bits]! + 1;
  return 1;
}
