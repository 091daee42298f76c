/**
 * The databases: keys, their expiry, who watches them, and the modelled memory they take.
 *
 * Expiry is lazy here (a key past its time is deleted by whoever looks it up) and active in `expiry.ts`. A key whose time is exactly now
 * is still there, as in Redis. Every change of a key must be told by `modified`, which the account of memory and WATCH depend on.
 */
import { assert } from '../kernel/assert.ts';
import type { Client } from './client.ts';
import { fail, WRONG_TYPE } from './errors.ts';
import { HashValue } from './values/hash-value.ts';
import { ListValue } from './values/list-value.ts';
import { OrderedIndex } from './values/ordered-index.ts';
import { SetValue } from './values/set-value.ts';
import { SortedSetValue } from './values/sorted-set-value.ts';
import { StreamValue } from './values/stream-value.ts';
import { StringValue } from './values/string-value.ts';
import { ENTRY_BYTES, EXPIRY_BYTES, type Value } from './values/value.ts';

/** What a database needs of the server around it. */
export interface KeyspaceHost {
  /** Wall milliseconds, constant while a command (or transaction, or script) runs. */
  readonly nowMs: number;
  /** What becomes of a key past its time that somebody looks up: a replica leaves the deletion to its master. */
  readonly expiredKeys: 'deleted' | 'hidden' | 'kept';
  /** A key has come into being that clients may be blocked on. */
  keyReady(database: Database, key: string): void;
  /** A key was deleted or overwritten: clients blocked on it as a stream must learn it. */
  keyGone(database: Database, key: string, value: Value): void;
  /** A key has passed its expiry and was deleted. */
  keyExpired(database: Database, key: string): void;
  /** An expiry was set. */
  expirySet(database: Database, key: string, atMs: number): void;
  /** A key was used: the eviction policy keeps its books. */
  touched(value: Value): void;
  keyCreated(database: Database, key: string): void;
  keyMissed(database: Database, key: string): void;
  countLookup(isHit: boolean): void;
}

export class Database {
  readonly number: number;
  readonly keys = new Map<string, Value>();
  /** Keys with an expiry. */
  readonly volatile = new Set<string>();
  readonly watchers = new Map<string, Set<Client>>();
  /** Modelled memory of all keys, in bytes. */
  bytes = 0;
  readonly #host: KeyspaceHost;
  #index: OrderedIndex | null = null;

  constructor(host: KeyspaceHost, number: number) {
    this.#host = host;
    this.number = number;
  }

  get size(): number {
    return this.keys.size;
  }

  /** Looks a key up for reading: expires it, counts a hit or miss, and notes its use. */
  read(key: string): Value | undefined {
    const value = this.peek(key);
    this.#host.countLookup(value !== undefined);
    if (value !== undefined) this.#host.touched(value);
    else this.#host.keyMissed(this, key);
    return value;
  }

  /** Looks a key up for writing: expires it and notes its use. */
  write(key: string): Value | undefined {
    const value = this.peek(key);
    if (value !== undefined) this.#host.touched(value);
    return value;
  }

  /** Looks a key up without a trace, save that an expired one is deleted. */
  peek(key: string): Value | undefined {
    const value = this.keys.get(key);
    if (value === undefined) return undefined;
    if (value.expireAtMs < 0 || value.expireAtMs >= this.#host.nowMs) return value;
    const becomes = this.#host.expiredKeys;
    if (becomes === 'kept') return value;
    if (becomes === 'deleted') this.expire(key);
    return undefined;
  }

  /** Deletes a key that is past its time, with the effects of an expiry. */
  expire(key: string): void {
    this.delete(key);
    this.#host.keyExpired(this, key);
  }

  /** Puts a value under a key that is not there. */
  add(key: string, value: Value): void {
    assert(!this.keys.has(key), `key ${JSON.stringify(key)} added twice`);
    this.#host.touched(value);
    this.keys.set(key, value);
    this.#index?.add(key);
    if (value.expireAtMs >= 0) this.#registerExpiry(key, value);
    this.#account(key, value);
    if (value.kind === 'list' || value.kind === 'zset' || value.kind === 'stream') this.#host.keyReady(this, key);
    this.#host.keyCreated(this, key);
  }

  /** Puts a value under a key whether it is there or not. The expiry goes unless it is kept. */
  put(key: string, value: Value, keepExpiry = false): void {
    const old = this.peek(key);
    if (old === undefined) {
      this.add(key, value);
      return;
    }
    if (keepExpiry) value.expireAtMs = old.expireAtMs;
    else this.volatile.delete(key);
    this.#host.touched(value);
    value.frequency = old.frequency;
    value.accountedBytes = old.accountedBytes;
    this.keys.set(key, value);
    this.#account(key, value);
    this.#host.keyGone(this, key, old);
  }

  /** Removes a key. @returns whether it was there */
  delete(key: string): boolean {
    const value = this.keys.get(key);
    if (value === undefined) return false;
    this.keys.delete(key);
    this.volatile.delete(key);
    this.#index?.remove(key);
    this.bytes -= value.accountedBytes;
    value.accountedBytes = 0;
    this.#host.keyGone(this, key, value);
    return true;
  }

  setExpiry(key: string, value: Value, atMs: number): void {
    value.expireAtMs = atMs;
    this.#registerExpiry(key, value);
  }

  /** @returns whether there was an expiry */
  clearExpiry(key: string, value: Value): boolean {
    if (value.expireAtMs < 0) return false;
    value.expireAtMs = -1;
    this.volatile.delete(key);
    return true;
  }

  /** Must follow every change of a key: transactions that watch it fail, and its memory is counted anew. */
  modified(key: string): void {
    const watchers = this.watchers.get(key);
    if (watchers !== undefined) {
      for (const client of watchers) client.isWatchBroken = true;
    }
    const value = this.keys.get(key);
    if (value !== undefined) this.#account(key, value);
  }

  /** The index of key names for scans and random picks, kept from the first use on. */
  index(): OrderedIndex {
    this.#index ??= new OrderedIndex(this.keys.keys());
    return this.#index;
  }

  clear(): void {
    this.keys.clear();
    this.volatile.clear();
    this.#index = null;
    this.bytes = 0;
  }

  /** Exchanges the content with another database; watchers and blocked clients stay where they are. */
  swap(other: Database): void {
    const keys = [...this.keys];
    const volatile = [...this.volatile];
    const bytes = this.bytes;
    this.#refill(other.keys, other.volatile, other.bytes);
    other.#refill(keys, volatile, bytes);
  }

  #refill(keys: Iterable<[string, Value]>, volatile: Iterable<string>, bytes: number): void {
    const entries = [...keys];
    const names = [...volatile];
    this.clear();
    for (const [key, value] of entries) this.keys.set(key, value);
    for (const key of names) {
      this.volatile.add(key);
      this.#host.expirySet(this, key, this.keys.get(key)!.expireAtMs);
    }
    this.bytes = bytes;
  }

  #registerExpiry(key: string, value: Value): void {
    this.volatile.add(key);
    this.#host.expirySet(this, key, value.expireAtMs);
  }

  #account(key: string, value: Value): void {
    const bytes = ENTRY_BYTES + key.length + value.bytes() + (value.expireAtMs >= 0 ? EXPIRY_BYTES : 0);
    this.bytes += bytes - value.accountedBytes;
    value.accountedBytes = bytes;
  }
}

// Typed views of a looked-up value: undefined stays undefined, another kind ends the command with WRONGTYPE.

export function asString(value: Value | undefined): StringValue | undefined {
  if (value === undefined || value instanceof StringValue) return value;
  return fail(WRONG_TYPE);
}

export function asList(value: Value | undefined): ListValue | undefined {
  if (value === undefined || value instanceof ListValue) return value;
  return fail(WRONG_TYPE);
}

export function asSet(value: Value | undefined): SetValue | undefined {
  if (value === undefined || value instanceof SetValue) return value;
  return fail(WRONG_TYPE);
}

export function asHash(value: Value | undefined): HashValue | undefined {
  if (value === undefined || value instanceof HashValue) return value;
  return fail(WRONG_TYPE);
}

export function asSortedSet(value: Value | undefined): SortedSetValue | undefined {
  if (value === undefined || value instanceof SortedSetValue) return value;
  return fail(WRONG_TYPE);
}

export function asStream(value: Value | undefined): StreamValue | undefined {
  if (value === undefined || value instanceof StreamValue) return value;
  return fail(WRONG_TYPE);
}
