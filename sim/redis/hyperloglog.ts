/**
 * HyperLogLog as Redis stores it in a string (hyperloglog.c): 16384 registers of 6 bits, dense, or run-length encoded while most are zero, and
 * Ertl's estimator (arXiv:1702.01284), so that PFCOUNT gives the same figures.
 *
 * Differs: the sparse form is written anew after each change, runs as long as they can be; Redis patches it, so that the bytes of a run of five or
 * more equal registers may be split otherwise. Only GET on the key can tell.
 */

export const REGISTERS = 16_384;
const REGISTER_BITS = 6;
const INDEX_BITS = 14n;
/** Bits of the hash that count zeros. */
const RANK_BITS = 50;
const HEADER_BYTES = 16;
const DENSE_BYTES = HEADER_BYTES + (REGISTERS * REGISTER_BITS) / 8;
const DENSE = 0;
const SPARSE = 1;
const SPARSE_VALUE_MAX = 32;
const CACHE_MASK = 2n ** 63n - 1n;
const ALPHA_INFINITY = 0.7213475204444817;

export interface HyperLogLog {
  readonly registers: Uint8Array;
  isDense: boolean;
  /** The cardinality that was counted last. It stays, marked, when a register changes. */
  cached: bigint;
  isCacheValid: boolean;
}

export function newHyperLogLog(): HyperLogLog {
  return { registers: new Uint8Array(REGISTERS), isDense: false, cached: 0n, isCacheValid: true };
}

/** Reads the stored form. @returns `invalid` when it is no HyperLogLog, `corrupt` when it is a broken one */
export function readHyperLogLog(bytes: Buffer): HyperLogLog | 'invalid' | 'corrupt' {
  if (bytes.length < HEADER_BYTES || bytes.toString('latin1', 0, 4) !== 'HYLL') return 'invalid';
  const encoding = bytes[4]!;
  if (encoding > SPARSE || (encoding === DENSE && bytes.length !== DENSE_BYTES)) return 'invalid';
  const cached = bytes.readBigUInt64LE(8);
  const log: HyperLogLog = {
    registers: new Uint8Array(REGISTERS),
    isDense: encoding === DENSE,
    cached: cached & CACHE_MASK,
    isCacheValid: cached >> 63n === 0n,
  };
  if (encoding === DENSE) readDense(bytes, log.registers);
  else if (!readSparse(bytes, log.registers)) return 'corrupt';
  return log;
}

/** The form to store; dense once the sparse form would be too long or a register too large for it. */
export function writeHyperLogLog(log: HyperLogLog, sparseBytesMax: number): Buffer {
  const sparse = log.isDense ? null : writeSparse(log.registers);
  if (sparse === null || sparse.length > sparseBytesMax + HEADER_BYTES) {
    log.isDense = true;
    return withHeader(writeDense(log.registers), log);
  }
  return withHeader(sparse, log);
}

/** Adds an element. @returns whether a register changed */
export function addElement(log: HyperLogLog, element: string): boolean {
  const hash = murmurHash64(Buffer.from(element, 'latin1'));
  const index = Number(hash & (2n ** INDEX_BITS - 1n));
  const rest = (hash >> INDEX_BITS) | (1n << BigInt(RANK_BITS));
  let rank = 1;
  for (let bit = rest; (bit & 1n) === 0n; bit >>= 1n) rank += 1;
  if (rank <= log.registers[index]!) return false;
  log.registers[index] = rank;
  return true;
}

/** Takes the larger register of each pair. */
export function mergeRegisters(target: Uint8Array, source: Uint8Array): void {
  for (let index = 0; index < REGISTERS; index++) if (source[index]! > target[index]!) target[index] = source[index]!;
}

/** The estimated number of different elements. */
export function countElements(registers: Uint8Array): bigint {
  const histogram = new Float64Array(RANK_BITS + 2);
  for (let index = 0; index < REGISTERS; index++) histogram[registers[index]!]! += 1;
  let z = REGISTERS * tau((REGISTERS - histogram[RANK_BITS + 1]!) / REGISTERS);
  for (let rank = RANK_BITS; rank >= 1; rank--) {
    z += histogram[rank]!;
    z *= 0.5;
  }
  z += REGISTERS * sigma(histogram[0]! / REGISTERS);
  return BigInt(Math.round((ALPHA_INFINITY * REGISTERS * REGISTERS) / z));
}

function tau(fraction: number): number {
  if (fraction === 0 || fraction === 1) return 0;
  let x = fraction;
  let y = 1;
  let z = 1 - x;
  let previous: number;
  do {
    x = Math.sqrt(x);
    previous = z;
    y *= 0.5;
    z -= (1 - x) ** 2 * y;
  } while (previous !== z);
  return z / 3;
}

function sigma(fraction: number): number {
  if (fraction === 1) return Number.POSITIVE_INFINITY;
  let x = fraction;
  let y = 1;
  let z = x;
  let previous: number;
  do {
    x *= x;
    previous = z;
    z += x * y;
    y += y;
  } while (previous !== z);
  return z;
}

function withHeader(bytes: Buffer, log: HyperLogLog): Buffer {
  bytes.write('HYLL', 0, 'latin1');
  bytes[4] = log.isDense ? DENSE : SPARSE;
  bytes.writeBigUInt64LE(log.isCacheValid ? log.cached : log.cached | (1n << 63n), 8);
  return bytes;
}

function readDense(bytes: Buffer, registers: Uint8Array): void {
  for (let index = 0; index < REGISTERS; index++) {
    const bit = index * REGISTER_BITS;
    const at = HEADER_BYTES + (bit >> 3);
    const pair = bytes[at]! | ((bytes[at + 1] ?? 0) << 8);
    registers[index] = (pair >> (bit & 7)) & 63;
  }
}

function writeDense(registers: Uint8Array): Buffer {
  const bytes = Buffer.alloc(DENSE_BYTES);
  for (let index = 0; index < REGISTERS; index++) {
    const bit = index * REGISTER_BITS;
    const at = HEADER_BYTES + (bit >> 3);
    const shifted = registers[index]! << (bit & 7);
    bytes[at]! |= shifted & 255;
    if (shifted > 255) bytes[at + 1]! |= shifted >> 8;
  }
  return bytes;
}

/** `00xxxxxx` is a run of zeros, `01xxxxxx yyyyyyyy` a long one, `1vvvvvxx` a run of up to four equal values. */
function readSparse(bytes: Buffer, registers: Uint8Array): boolean {
  let index = 0;
  for (let at = HEADER_BYTES; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if ((byte & 0xc0) === 0) index += (byte & 0x3f) + 1;
    else if ((byte & 0xc0) === 0x40) {
      at += 1;
      index += (((byte & 0x3f) << 8) | (bytes[at] ?? 0)) + 1;
    } else {
      const run = (byte & 3) + 1;
      if (index + run > REGISTERS) return false;
      registers.fill(((byte >> 2) & 31) + 1, index, index + run);
      index += run;
    }
  }
  return index === REGISTERS;
}

/** Null when a register is too large for the form. */
function writeSparse(registers: Uint8Array): Buffer | null {
  const bytes: number[] = new Array<number>(HEADER_BYTES).fill(0);
  let index = 0;
  while (index < REGISTERS) {
    const value = registers[index]!;
    if (value > SPARSE_VALUE_MAX) return null;
    let run = 1;
    while (index + run < REGISTERS && registers[index + run] === value && (value === 0 || run < 4)) run += 1;
    if (value > 0) bytes.push(0x80 | ((value - 1) << 2) | (run - 1));
    else if (run <= 64) bytes.push(run - 1);
    else bytes.push(0x40 | ((run - 1) >> 8), (run - 1) & 255);
    index += run;
  }
  return Buffer.from(bytes);
}

const MULTIPLIER = 0xc6a4a7935bd1e995n;
const MASK = 2n ** 64n - 1n;
const SEED = 0xadc83b19n;

/** MurmurHash64A by Austin Appleby, little-endian. */
function murmurHash64(bytes: Buffer): bigint {
  let hash = SEED ^ ((BigInt(bytes.length) * MULTIPLIER) & MASK);
  const whole = bytes.length - (bytes.length % 8);
  for (let at = 0; at < whole; at += 8) {
    let word = (bytes.readBigUInt64LE(at) * MULTIPLIER) & MASK;
    word ^= word >> 47n;
    word = (word * MULTIPLIER) & MASK;
    hash = ((hash ^ word) * MULTIPLIER) & MASK;
  }
  if (whole < bytes.length) {
    let tail = 0n;
    for (let at = bytes.length - 1; at >= whole; at--) tail = (tail << 8n) | BigInt(bytes[at]!);
    hash = ((hash ^ tail) * MULTIPLIER) & MASK;
  }
  hash ^= hash >> 47n;
  hash = (hash * MULTIPLIER) & MASK;
  return hash ^ (hash >> 47n);
}
