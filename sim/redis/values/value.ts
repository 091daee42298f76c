/**
 * What all values of the keyspace share: the key's expiry and its use, which eviction and OBJECT look at, and a model of its memory.
 *
 * Each kind keeps the byte count of its payload up to date as it changes, so the memory of a key is known without walking it. The model's
 * constants are round figures near jemalloc's, not the real server's allocations.
 */
import type { HashValue } from './hash-value.ts';
import type { ListValue } from './list-value.ts';
import type { SetValue } from './set-value.ts';
import type { SortedSetValue } from './sorted-set-value.ts';
import type { StreamValue } from './stream-value.ts';
import type { StringValue } from './string-value.ts';

export type Value = StringValue | ListValue | SetValue | HashValue | SortedSetValue | StreamValue;
export type ValueKind = Value['kind'];

/** Bytes of a key's entry in the keyspace beside its name and its value. */
export const ENTRY_BYTES = 56;
/** Bytes of a key's entry in the table of expiries. */
export const EXPIRY_BYTES = 32;

export abstract class KeyValue {
  /** Wall milliseconds at which the key expires; -1 without expiry. Belongs to the key, moves with it on RENAME. */
  expireAtMs = -1;
  /** Wall milliseconds of the last use, for LRU. */
  usedAtMs = 0;
  /** Logarithmic use counter of LFU, 0..255, and the minute of its last decay. */
  frequency = 5;
  decayedAtMinute = 0;
  /** Bytes that the keyspace has on its account for this key. */
  accountedBytes = 0;

  /** Modelled bytes of the value itself, without key and entry. */
  abstract bytes(): number;
}
