/**
 * The one reply type of the simulated Redis: what commands return, what the encoder writes, what the reply decoder yields and what a
 * Lua script sees. One type, so that nothing is converted on the way between a command and a script.
 *
 * All text is a byte string: a JavaScript string whose code units are bytes (latin1). Such strings hash and compare fast, compare in
 * the order of `memcmp`, and hold binary data unharmed.
 *
 * Integers are `int` while they are safe integers; beyond 2^53 they are `bigint` (still a 64-bit value). A decoder and a command always
 * choose `int` when the value fits, so equal numbers have equal replies.
 */

export type Reply =
  /** The null bulk string: `$-1` in RESP2, `_` in RESP3. */
  | { readonly kind: 'nil' }
  /** The null array: `*-1` in RESP2, `_` in RESP3 (where a decoder reports it as `nil`). */
  | { readonly kind: 'nil-array' }
  | { readonly kind: 'int'; readonly value: number }
  /** A 64-bit integer outside the safe range of doubles. */
  | { readonly kind: 'bigint'; readonly value: bigint }
  | { readonly kind: 'bulk'; readonly value: string }
  /** A simple string, such as `OK`. */
  | { readonly kind: 'status'; readonly value: string }
  /** An error, with its code and without the leading `-`: `ERR unknown command ...`. */
  | { readonly kind: 'error'; readonly value: string }
  | { readonly kind: 'array'; readonly value: readonly Reply[] }
  /** RESP3 map; a flat array in RESP2. */
  | { readonly kind: 'map'; readonly value: readonly (readonly [Reply, Reply])[] }
  /** RESP3 set; an array in RESP2. */
  | { readonly kind: 'set'; readonly value: readonly Reply[] }
  /** RESP3 double; a bulk string in RESP2. */
  | { readonly kind: 'double'; readonly value: number }
  /** RESP3 boolean; 1 or 0 in RESP2. */
  | { readonly kind: 'bool'; readonly value: boolean }
  /** RESP3 big number (decimal digits); a bulk string in RESP2. */
  | { readonly kind: 'bignum'; readonly value: string }
  /** RESP3 verbatim string; `format` has three letters (`txt`, `mkd`). A bulk string in RESP2. */
  | { readonly kind: 'verbatim'; readonly format: string; readonly value: string }
  /** RESP3 out-of-band message; an array in RESP2. */
  | { readonly kind: 'push'; readonly value: readonly Reply[] };

/** The name under which scripts know the same type. */
export type LuaReply = Reply;

export const OK: Reply = { kind: 'status', value: 'OK' };
export const QUEUED: Reply = { kind: 'status', value: 'QUEUED' };
export const NIL: Reply = { kind: 'nil' };
export const NIL_ARRAY: Reply = { kind: 'nil-array' };
export const EMPTY_ARRAY: Reply = { kind: 'array', value: [] };
export const EMPTY_SET: Reply = { kind: 'set', value: [] };
export const EMPTY_MAP: Reply = { kind: 'map', value: [] };

/** Nothing is written for this command: it blocked, or it has written by itself. Compared by identity. */
export const NO_REPLY: Reply = { kind: 'array', value: [] };

const SMALL_INTEGERS: readonly Reply[] = Array.from({ length: 256 }, (_, value): Reply => ({ kind: 'int', value }));

/** An integer reply for a safe integer. */
export function int(value: number): Reply {
  if (value >= 0 && value < 256) return SMALL_INTEGERS[value]!;
  return { kind: 'int', value };
}

const SAFE_MAX = BigInt(Number.MAX_SAFE_INTEGER);

/** An integer reply for any 64-bit value: `int` when it is safe, else `bigint`. */
export function int64(value: bigint): Reply {
  if (value <= SAFE_MAX && value >= -SAFE_MAX) return int(Number(value));
  return { kind: 'bigint', value };
}

export function bulk(value: string): Reply {
  return { kind: 'bulk', value };
}

export function bulkOrNil(value: string | undefined): Reply {
  return value === undefined ? NIL : { kind: 'bulk', value };
}

export function status(value: string): Reply {
  return { kind: 'status', value };
}

export function error(value: string): Reply {
  return { kind: 'error', value };
}

export function array(value: readonly Reply[]): Reply {
  return { kind: 'array', value };
}

/** An array of bulk strings. */
export function bulks(values: Iterable<string>): Reply {
  const value: Reply[] = [];
  for (const item of values) value.push({ kind: 'bulk', value: item });
  return { kind: 'array', value };
}

/** A set of bulk strings. */
export function bulkSet(values: Iterable<string>): Reply {
  const value: Reply[] = [];
  for (const item of values) value.push({ kind: 'bulk', value: item });
  return { kind: 'set', value };
}

/** A map with bulk-string keys. */
export function mapOf(entries: readonly (readonly [string, Reply])[]): Reply {
  const value: (readonly [Reply, Reply])[] = [];
  for (const [key, item] of entries) value.push([bulk(key), item]);
  return { kind: 'map', value };
}

export function double(value: number): Reply {
  return { kind: 'double', value };
}

export function isError(reply: Reply): reply is { readonly kind: 'error'; readonly value: string } {
  return reply.kind === 'error';
}
