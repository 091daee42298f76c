/**
 * The hash functions of the hash operator classes, bit for bit: Bob Jenkins' lookup3 as hash_bytes and its 64-bit form use it. Programs take
 * advisory lock keys and partitions from hashtext(), so its values must be the real server's.
 * Source: common/hashfn.c. Left out: hash functions of arrays, records, ranges, jsonb and numeric, which refuse by name.
 */
import type { Datum, Interval } from '../types/datum.ts';
import { intervalSpan } from '../types/interval.ts';
import { trimPadding } from '../types/text.ts';
import type { Implementation } from './implementation.ts';

/** The three words of the state; one shared record, since hashing never nests. */
const state = { a: 0, b: 0, c: 0 };

const rotate = (value: number, bits: number): number => (value << bits) | (value >>> (32 - bits));

function mix(): void {
  let { a, b, c } = state;
  a = ((a - c) | 0) ^ rotate(c, 4);
  c = (c + b) | 0;
  b = ((b - a) | 0) ^ rotate(a, 6);
  a = (a + c) | 0;
  c = ((c - b) | 0) ^ rotate(b, 8);
  b = (b + a) | 0;
  a = ((a - c) | 0) ^ rotate(c, 16);
  c = (c + b) | 0;
  b = ((b - a) | 0) ^ rotate(a, 19);
  a = (a + c) | 0;
  c = ((c - b) | 0) ^ rotate(b, 4);
  b = (b + a) | 0;
  state.a = a;
  state.b = b;
  state.c = c;
}

function finalMix(): void {
  let { a, b, c } = state;
  c = ((c ^ b) - rotate(b, 14)) | 0;
  a = ((a ^ c) - rotate(c, 11)) | 0;
  b = ((b ^ a) - rotate(a, 25)) | 0;
  c = ((c ^ b) - rotate(b, 16)) | 0;
  a = ((a ^ c) - rotate(c, 4)) | 0;
  b = ((b ^ a) - rotate(a, 14)) | 0;
  c = ((c ^ b) - rotate(b, 24)) | 0;
  state.a = a;
  state.b = b;
  state.c = c;
}

function begin(length: number, seed: bigint): void {
  const start = (0x9e3779b9 + length + 3923095) | 0;
  state.a = start;
  state.b = start;
  state.c = start;
  if (seed !== 0n) {
    state.a = (state.a + Number((seed >> 32n) & 0xffffffffn)) | 0;
    state.b = (state.b + Number(seed & 0xffffffffn)) | 0;
    mix();
  }
}

function absorb(bytes: Buffer, seed: bigint): void {
  begin(bytes.length, seed);
  let at = 0;
  let left = bytes.length;
  while (left >= 12) {
    state.a = (state.a + bytes.readInt32LE(at)) | 0;
    state.b = (state.b + bytes.readInt32LE(at + 4)) | 0;
    state.c = (state.c + bytes.readInt32LE(at + 8)) | 0;
    mix();
    at += 12;
    left -= 12;
  }
  for (let i = 0; i < left; i++) {
    const byte = bytes[at + i]!;
    if (i < 4) state.a = (state.a + (byte << (8 * i))) | 0;
    else if (i < 8) state.b = (state.b + (byte << (8 * (i - 4)))) | 0;
    // The lowest byte of c is kept for the length.
    else state.c = (state.c + (byte << (8 * (i - 7)))) | 0;
  }
  finalMix();
}

const wide = (): bigint => BigInt.asIntN(64, (BigInt(state.b >>> 0) << 32n) | BigInt(state.c >>> 0));

export function hashBytes(bytes: Buffer): number {
  absorb(bytes, 0n);
  return state.c;
}

export function hashBytesExtended(bytes: Buffer, seed: bigint): bigint {
  absorb(bytes, BigInt.asUintN(64, seed));
  return wide();
}

export function hashInteger(value: number): number {
  begin(4, 0n);
  state.a = (state.a + value) | 0;
  finalMix();
  return state.c;
}

export function hashIntegerExtended(value: number, seed: bigint): bigint {
  begin(4, BigInt.asUintN(64, seed));
  state.a = (state.a + value) | 0;
  finalMix();
  return wide();
}

/** Both halves folded so that a value hashes as its int4 would. */
function fold(value: bigint): number {
  const low = Number(value & 0xffffffffn);
  const high = Number((value >> 32n) & 0xffffffffn);
  return (low ^ (value >= 0n ? high : ~high)) | 0;
}

function floatBytes(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return bytes;
}

/** How each type turns into what is hashed. */
type Subject = { readonly integer: number } | { readonly bytes: Buffer } | null;

const text = (datum: Datum): Subject => ({ bytes: Buffer.from(datum as string, 'utf8') });
const integer = (datum: Datum): Subject => ({ integer: datum as number });
const long = (datum: Datum): Subject => ({ integer: fold(BigInt(datum as number | bigint)) });
const epochMicrosOf2000 = 946_684_800_000_000;
const moment = (datum: Datum): Subject => {
  const micros = datum as number;
  if (!Number.isFinite(micros)) return { integer: fold(micros > 0 ? 2n ** 63n - 1n : -(2n ** 63n)) };
  return { integer: fold(BigInt(micros - epochMicrosOf2000)) };
};

const subjects: Record<string, (datum: Datum) => Subject> = {
  hashtext: text,
  hashname: text,
  hashbpchar: (datum) => ({ bytes: Buffer.from(trimPadding(datum as string), 'utf8') }),
  hashvarlena: (datum) => ({ bytes: Buffer.isBuffer(datum) ? datum : Buffer.from(datum as string, 'utf8') }),
  hashchar: (datum) => ({ integer: (((datum as string).charCodeAt(0) || 0) << 24) >> 24 }),
  hashint2: integer,
  hashint4: integer,
  hashint8: long,
  hashoid: integer,
  hashenum: text,
  // Zero of either sign has hash 0 whatever the seed is, which null stands for.
  hashfloat8: (datum) =>
    datum === 0 ? null : { bytes: floatBytes(Number.isNaN(datum) ? Number.NaN : (datum as number)) },
  hashfloat4: (datum) => (datum === 0 ? null : { bytes: floatBytes(datum as number) }),
  uuid_hash: (datum) => ({ bytes: Buffer.from((datum as string).replaceAll('-', ''), 'hex') }),
  timestamp_hash: moment,
  time_hash: long,
  interval_hash: (datum) => ({ integer: fold(BigInt.asIntN(64, intervalSpan(datum as Interval))) }),
  pg_lsn_hash: long,
};

export const hashing: Record<string, Implementation> = {};
for (const [name, subjectOf] of Object.entries(subjects)) {
  // An enum hashes its label's OID, which only the catalog knows.
  if (name === 'hashenum') continue;
  hashing[name] = (a) => {
    const subject = subjectOf(a[0]!);
    if (subject === null) return 0;
    return 'integer' in subject ? hashInteger(subject.integer) : hashBytes(subject.bytes);
  };
  const extended = name.endsWith('_hash') ? `${name}_extended` : `${name}extended`;
  hashing[extended] = (a) => {
    const subject = subjectOf(a[0]!);
    const seed = a[1] as bigint;
    if (subject === null) return seed;
    return 'integer' in subject ? hashIntegerExtended(subject.integer, seed) : hashBytesExtended(subject.bytes, seed);
  };
}
