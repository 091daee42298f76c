/** Numbers of the RDB format (rdb.h), version 10: what Redis 7.0 writes. */

export const RDB_VERSION = 10;

/** Kinds of values. The simulator writes the plain ones and reads all that Redis 5 to 7.0 write. */
export const TYPE = {
  string: 0,
  list: 1,
  set: 2,
  hash: 4,
  zset2: 5,
  setIntset: 11,
  streamListpacks: 15,
  hashListpack: 16,
  zsetListpack: 17,
  listQuicklist2: 18,
  streamListpacks2: 19,
} as const;

export const OPCODE = {
  function2: 245,
  idle: 248,
  frequency: 249,
  auxiliary: 250,
  resizeDatabase: 251,
  expireMs: 252,
  expireSeconds: 253,
  selectDatabase: 254,
  end: 255,
} as const;

/** What the two high bits of a length's first byte say. */
export const LENGTH = { bits6: 0, bits14: 1, wide: 2, special: 3 } as const;
export const LENGTH_32 = 0x80;
export const LENGTH_64 = 0x81;

/** Special strings. */
export const STRING = { int8: 0, int16: 1, int32: 2, lzf: 3 } as const;

/** Flags of a stream entry in its listpack. */
export const STREAM_ENTRY = { deleted: 1, sameFields: 2 } as const;
