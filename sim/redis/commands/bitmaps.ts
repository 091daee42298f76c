/** Bitmap commands on strings (bitops.c), without BITFIELD. Bit 0 is the highest bit of the first byte. */
import type { Client } from '../client.ts';
import type { Handlers } from '../command.ts';
import { NOTIFY } from '../config.ts';
import * as errors from '../errors.ts';
import { asString } from '../keyspace.ts';
import { parseSafeInteger } from '../numbers.ts';
import { int, type Reply } from '../reply.ts';
import { StringValue } from '../values/string-value.ts';
import { integerArgument } from './arguments.ts';

export const bitmapCommands: Handlers = {
  setbit(client, args) {
    const offset = bitOffsetArgument(client, args[2]!, null);
    const bit = integerArgument(args[3]!, errors.BIT_VALUE);
    if (bit !== 0 && bit !== 1) return errors.fail(errors.BIT_VALUE);
    const key = args[1]!;
    const { value, hasGrown } = stringForBits(client, key, offset);
    const old = bitAt(value.buffer, offset);
    if (hasGrown || old !== bit) {
      const bytes = value.writable(0);
      const mask = 128 >> (offset & 7);
      const byte = bytes[Math.floor(offset / 8)]!;
      bytes[Math.floor(offset / 8)] = bit === 1 ? byte | mask : byte & ~mask;
      client.changed(key, NOTIFY.string, 'setbit');
    }
    return int(old);
  },

  getbit(client, args) {
    const offset = bitOffsetArgument(client, args[2]!, null);
    const value = asString(client.db.read(args[1]!));
    return int(value === undefined ? 0 : bitAt(value.buffer, offset));
  },

  bitcount(client, args) {
    return bitCount(client, args);
  },

  bitpos(client, args) {
    return bitPosition(client, args);
  },

  bitop(client, args) {
    return bitOperation(client, args);
  },
};

/**
 * A bit offset, `#n` counting in fields of `fieldBits` where that is allowed.
 * @param fieldBits null where `#` is not allowed
 */
export function bitOffsetArgument(client: Client, text: string, fieldBits: number | null): number {
  const isCounted = fieldBits !== null && text.startsWith('#');
  const number = parseSafeInteger(isCounted ? text.slice(1) : text);
  const offset = isCounted ? number * fieldBits : number;
  if (Number.isNaN(offset) || offset < 0 || Math.floor(offset / 8) >= client.engine.config.bulkBytesMax) {
    return errors.fail(errors.BIT_OFFSET);
  }
  return offset;
}

/** The string for writing a bit, grown so that the bit is inside. */
export function stringForBits(client: Client, key: string, offset: number): { value: StringValue; hasGrown: boolean } {
  let value = asString(client.db.write(key));
  const length = Math.floor(offset / 8) + 1;
  const hasGrown = (value?.length ?? 0) < length;
  if (value === undefined) {
    value = new StringValue('');
    value.writable(length);
    client.db.add(key, value);
  } else if (hasGrown) value.writable(length);
  return { value, hasGrown };
}

function bitAt(bytes: Buffer, offset: number): 0 | 1 {
  const byte = bytes[Math.floor(offset / 8)];
  return byte !== undefined && (byte & (128 >> (offset & 7))) !== 0 ? 1 : 0;
}

interface BitRange {
  /** Bits, both included. */
  readonly first: number;
  readonly last: number;
}

/** The bits of a range given in bytes or bits; null when it is empty. */
function bitRange(start: number, end: number, isBits: boolean, length: number): BitRange | null {
  const total = isBits ? length * 8 : length;
  let from = start < 0 ? start + total : start;
  let to = end < 0 ? end + total : end;
  if (from < 0) from = 0;
  if (to < 0) to = 0;
  if (to >= total) to = total - 1;
  if (from > to) return null;
  return isBits ? { first: from, last: to } : { first: from * 8, last: to * 8 + 7 };
}

function isBitUnit(text: string): boolean {
  const unit = text.toUpperCase();
  if (unit === 'BIT') return true;
  return unit === 'BYTE' ? false : errors.fail(errors.SYNTAX);
}

function bitCount(client: Client, args: readonly string[]): Reply {
  const value = asString(client.db.read(args[1]!));
  if (value === undefined) return int(0);
  if (args.length === 3 || args.length > 5) return errors.fail(errors.SYNTAX);
  const bytes = value.buffer;
  client.engine.walked(bytes.length / 64);
  if (args.length === 2) return int(countBits(bytes, { first: 0, last: bytes.length * 8 - 1 }));
  const start = integerArgument(args[2]!);
  const end = integerArgument(args[3]!);
  const isBits = args.length === 5 && isBitUnit(args[4]!);
  if (start < 0 && end < 0 && start > end) return int(0);
  const range = bitRange(start, end, isBits, bytes.length);
  return int(range === null ? 0 : countBits(bytes, range));
}

function countBits(bytes: Buffer, range: BitRange): number {
  let count = 0;
  const firstByte = Math.floor(range.first / 8);
  const lastByte = Math.floor(range.last / 8);
  for (let at = firstByte; at <= lastByte; at++) {
    let byte = bytes[at]!;
    if (at === firstByte) byte &= 255 >> (range.first & 7);
    if (at === lastByte) byte &= 255 << (7 - (range.last & 7));
    while (byte !== 0) {
      byte &= byte - 1;
      count += 1;
    }
  }
  return count;
}

function bitPosition(client: Client, args: readonly string[]): Reply {
  const bit = integerArgument(args[2]!);
  if (bit !== 0 && bit !== 1) return errors.fail(errors.BIT_ARGUMENT);
  const value = asString(client.db.read(args[1]!));
  if (value === undefined) return int(bit === 1 ? -1 : 0);
  if (args.length > 6) return errors.fail(errors.SYNTAX);
  const bytes = value.buffer;
  const start = args.length > 3 ? integerArgument(args[3]!) : 0;
  const isBits = args.length === 6 && isBitUnit(args[5]!);
  const end = args.length > 4 ? integerArgument(args[4]!) : -1;
  const range = bitRange(start, end, isBits, bytes.length);
  if (range === null) return int(-1);
  for (let offset = range.first; offset <= range.last; offset++) {
    if ((offset & 7) === 0 && offset + 7 <= range.last && bytes[Math.floor(offset / 8)] === (bit === 1 ? 0 : 255))
      offset += 7;
    else if (bitAt(bytes, offset) === bit) return int(offset);
  }
  // Without an end the string is thought to go on with zeros.
  return int(bit === 0 && args.length <= 4 ? range.last + 1 : -1);
}

function bitOperation(client: Client, args: readonly string[]): Reply {
  const operation = args[1]!.toUpperCase();
  if (!['AND', 'OR', 'XOR', 'NOT'].includes(operation)) return errors.fail(errors.SYNTAX);
  if (operation === 'NOT' && args.length !== 4) return errors.fail(errors.BITOP_NOT);
  const sources: Buffer[] = [];
  for (let at = 3; at < args.length; at++) sources.push(asString(client.db.read(args[at]!))?.buffer ?? Buffer.alloc(0));
  let length = 0;
  for (const source of sources) length = Math.max(length, source.length);
  client.engine.walked((length * sources.length) / 16);
  const target = args[2]!;
  if (length === 0) {
    if (client.db.peek(target) !== undefined) {
      client.db.delete(target);
      client.changed(target, NOTIFY.generic, 'del');
    }
    return int(0);
  }
  const result = Buffer.alloc(length);
  for (let at = 0; at < length; at++) {
    let byte = sources[0]![at] ?? 0;
    if (operation === 'NOT') byte = ~byte;
    for (let index = 1; index < sources.length; index++) {
      const other = sources[index]![at] ?? 0;
      byte = operation === 'AND' ? byte & other : operation === 'OR' ? byte | other : byte ^ other;
    }
    result[at] = byte;
  }
  client.db.put(target, new StringValue(result.toString('latin1')));
  client.changed(target, NOTIFY.string, 'set');
  return int(length);
}
