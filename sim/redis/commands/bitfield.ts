/** BITFIELD and BITFIELD_RO (bitops.c): integers of any width inside a string, with wrapping, saturation or failure on overflow. */
import type { Client } from '../client.ts';
import type { Handlers } from '../command.ts';
import { NOTIFY } from '../config.ts';
import * as errors from '../errors.ts';
import { asString } from '../keyspace.ts';
import { parseSafeInteger } from '../numbers.ts';
import { array, int64, NIL, type Reply } from '../reply.ts';
import { int64Argument } from './arguments.ts';
import { bitOffsetArgument, stringForBits } from './bitmaps.ts';

export const bitfieldCommands: Handlers = {
  bitfield: (client, args) => bitfield(client, args, false),
  bitfield_ro: (client, args) => bitfield(client, args, true),
};

type Overflow = 'WRAP' | 'SAT' | 'FAIL';

interface Field {
  readonly isSigned: boolean;
  readonly bits: number;
}

interface Operation {
  readonly kind: 'GET' | 'SET' | 'INCRBY';
  readonly field: Field;
  readonly offset: number;
  readonly operand: bigint;
  readonly overflow: Overflow;
}

function bitfield(client: Client, args: readonly string[], isReadOnly: boolean): Reply {
  const operations = parse(client, args);
  const writes = operations.filter((operation) => operation.kind !== 'GET');
  const key = args[1]!;
  if (writes.length === 0) {
    const bytes = asString(client.db.read(key))?.buffer ?? Buffer.alloc(0);
    return array(operations.map((operation) => int64(readField(bytes, operation))));
  }
  if (isReadOnly) return errors.fail(errors.BITFIELD_READ_ONLY);
  let highest = 0;
  for (const write of writes) highest = Math.max(highest, write.offset + write.field.bits - 1);
  const { value } = stringForBits(client, key, highest);
  const bytes = value.writable(0);
  const replies = operations.map((operation) => perform(bytes, operation));
  const changes = writes.length - replies.filter((reply) => reply === NIL).length;
  if (changes > 0) client.changed(key, NOTIFY.string, 'setbit', changes);
  return array(replies);
}

function parse(client: Client, args: readonly string[]): Operation[] {
  const operations: Operation[] = [];
  let overflow: Overflow = 'WRAP';
  for (let at = 2; at < args.length; at++) {
    const word = args[at]!.toUpperCase();
    const left = args.length - at - 1;
    if (word === 'OVERFLOW' && left >= 1) {
      at += 1;
      const kind = args[at]!.toUpperCase();
      if (kind !== 'WRAP' && kind !== 'SAT' && kind !== 'FAIL') return errors.fail(errors.BITFIELD_OVERFLOW);
      overflow = kind;
    } else if ((word === 'GET' && left >= 2) || ((word === 'SET' || word === 'INCRBY') && left >= 3)) {
      const field = fieldArgument(args[at + 1]!);
      const offset = bitOffsetArgument(client, args[at + 2]!, field.bits);
      const operand = word === 'GET' ? 0n : int64Argument(args[at + 3]!);
      operations.push({ kind: word as Operation['kind'], field, offset, operand, overflow });
      at += word === 'GET' ? 2 : 3;
    } else return errors.fail(errors.SYNTAX);
  }
  return operations;
}

function fieldArgument(text: string): Field {
  const isSigned = text[0] === 'i';
  const bits = parseSafeInteger(text.slice(1));
  const isKnown = isSigned || text[0] === 'u';
  if (!isKnown || !(bits >= 1) || bits > (isSigned ? 64 : 63)) return errors.fail(errors.BITFIELD_TYPE);
  return { isSigned, bits };
}

function readField(bytes: Buffer, operation: Pick<Operation, 'field' | 'offset'>): bigint {
  const { bits, isSigned } = operation.field;
  let value = 0n;
  for (let index = 0; index < bits; index++) {
    const offset = operation.offset + index;
    const byte = bytes[Math.floor(offset / 8)] ?? 0;
    value = (value << 1n) | BigInt((byte >> (7 - (offset & 7))) & 1);
  }
  return isSigned ? BigInt.asIntN(bits, value) : value;
}

function writeField(bytes: Buffer, operation: Operation, value: bigint): void {
  const { bits } = operation.field;
  const unsigned = BigInt.asUintN(bits, value);
  for (let index = 0; index < bits; index++) {
    const offset = operation.offset + index;
    const mask = 128 >> (offset & 7);
    const at = Math.floor(offset / 8);
    const isSet = ((unsigned >> BigInt(bits - 1 - index)) & 1n) === 1n;
    bytes[at] = isSet ? bytes[at]! | mask : bytes[at]! & ~mask;
  }
}

function perform(bytes: Buffer, operation: Operation): Reply {
  const old = readField(bytes, operation);
  if (operation.kind === 'GET') return int64(old);
  const isSet = operation.kind === 'SET';
  // An unsigned field takes the operand of SET as 64 unsigned bits: a negative one is far too large, not too small.
  const given = operation.field.isSigned ? operation.operand : BigInt.asUintN(64, operation.operand);
  const wanted = isSet ? given : old + operation.operand;
  const value = fitInto(wanted, operation.field, operation.overflow);
  if (value === null) return NIL;
  writeField(bytes, operation, value);
  return int64(isSet ? old : value);
}

/** The value as the field can hold it; null when it does not fit and must not be changed. */
function fitInto(value: bigint, field: Field, overflow: Overflow): bigint | null {
  const max = field.isSigned ? 2n ** BigInt(field.bits - 1) - 1n : 2n ** BigInt(field.bits) - 1n;
  const min = field.isSigned ? -max - 1n : 0n;
  if (value >= min && value <= max) return value;
  if (overflow === 'FAIL') return null;
  if (overflow === 'SAT') return value > max ? max : min;
  return field.isSigned ? BigInt.asIntN(field.bits, value) : BigInt.asUintN(field.bits, value);
}
