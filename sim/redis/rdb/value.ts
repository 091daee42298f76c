/**
 * One value as RDB bytes: what DUMP shows and a full resynchronisation carries.
 *
 * Differs: lists, hashes, sets and sorted sets are always written in the plain form and nothing is compressed, so DUMP's bytes are others than the
 * real server's; each reads the other's. Forms that only Redis before 5.0 wrote (ziplists, zipmaps) are refused as bad data.
 */
import type { Config } from '../config.ts';
import { parseDouble } from '../numbers.ts';
import { HashValue } from '../values/hash-value.ts';
import { ListValue } from '../values/list-value.ts';
import { SetValue } from '../values/set-value.ts';
import { SortedSetValue } from '../values/sorted-set-value.ts';
import { StringValue } from '../values/string-value.ts';
import type { Value } from '../values/value.ts';
import { TYPE } from './format.ts';
import { decodeListpack } from './listpack.ts';
import { RdbFormatError, RdbReader } from './reader.ts';
import { decodeStream, encodeStream } from './stream.ts';
import { encodeDouble, encodeSize, encodeString } from './writer.ts';

export interface EncodedValue {
  readonly type: number;
  readonly body: string;
}

export function encodeValue(value: Value): EncodedValue {
  switch (value.kind) {
    case 'string':
      return { type: TYPE.string, body: encodeString(value.text) };
    case 'list':
      return { type: TYPE.list, body: encodeStrings(value.size, value.range(0, value.size - 1)) };
    case 'set':
      return { type: TYPE.set, body: encodeStrings(value.size, value.members()) };
    case 'hash': {
      let body = encodeSize(value.size);
      for (const [field, text] of value.fields) body += encodeString(field) + encodeString(text);
      return { type: TYPE.hash, body };
    }
    case 'zset': {
      let body = encodeSize(value.size);
      for (const { member, score } of value.range(0, value.size - 1, true)) {
        body += encodeString(member) + encodeDouble(score);
      }
      return { type: TYPE.zset2, body };
    }
    case 'stream':
      return { type: TYPE.streamListpacks2, body: encodeStream(value) };
  }
}

function encodeStrings(count: number, items: Iterable<string>): string {
  let body = encodeSize(count);
  for (const item of items) body += encodeString(item);
  return body;
}

/**
 * Reads a value of the given type.
 * @throws RdbFormatError
 */
export function decodeValue(type: number, reader: RdbReader, config: Config): Value {
  switch (type) {
    case TYPE.string:
      return new StringValue(reader.string());
    case TYPE.list:
      return listOf(strings(reader, reader.count()));
    case TYPE.listQuicklist2:
      return listOf(quicklist(reader));
    case TYPE.set:
      return setOf(strings(reader, reader.count()), config);
    case TYPE.setIntset:
      return setOf(intset(new RdbReader(reader.string())), config);
    case TYPE.hash:
      return hashOf(strings(reader, 2 * reader.count()), config);
    case TYPE.hashListpack:
      return hashOf(listpack(reader), config);
    case TYPE.zset2: {
      const value = new SortedSetValue();
      for (let left = nonEmpty(reader.count()); left > 0; left--) {
        const member = reader.string();
        addScored(value, member, reader.double(), config);
      }
      return value;
    }
    case TYPE.zsetListpack: {
      const value = new SortedSetValue();
      const items = pairs(listpack(reader));
      for (let at = 0; at < items.length; at += 2) {
        const score = parseDouble(items[at + 1]!);
        if (score === null) throw new RdbFormatError('a score is no number');
        addScored(value, items[at]!, score, config);
      }
      return value;
    }
    case TYPE.streamListpacks:
    case TYPE.streamListpacks2:
      return decodeStream(reader, type === TYPE.streamListpacks2);
    default:
      throw new RdbFormatError(`values of type ${type} are not known`);
  }
}

function listpack(reader: RdbReader): string[] {
  return decodeListpack(new RdbReader(reader.string()));
}

function strings(reader: RdbReader, count: number): string[] {
  const items: string[] = [];
  for (let left = count; left > 0; left--) items.push(reader.string());
  return items;
}

const PLAIN_NODE = 1;
const PACKED_NODE = 2;

function quicklist(reader: RdbReader): string[] {
  const items: string[] = [];
  for (let left = reader.count(); left > 0; left--) {
    const container = reader.count();
    if (container === PLAIN_NODE) items.push(reader.string());
    else if (container === PACKED_NODE) items.push(...listpack(reader));
    else throw new RdbFormatError(`a list node has container ${container}`);
  }
  return items;
}

function intset(reader: RdbReader): string[] {
  const width = Number(reader.unsigned(4));
  if (width !== 2 && width !== 4 && width !== 8) throw new RdbFormatError(`an intset has width ${width}`);
  const items: string[] = [];
  for (let left = Number(reader.unsigned(4)); left > 0; left--) items.push(String(reader.signed(width)));
  return items;
}

/** An empty value does not exist, so none is stored. */
function nonEmpty(count: number): number {
  if (count === 0) throw new RdbFormatError('a value is empty');
  return count;
}

function pairs(items: string[]): string[] {
  if (items.length % 2 === 1) throw new RdbFormatError('a pair lacks its second half');
  nonEmpty(items.length);
  return items;
}

function listOf(items: readonly string[]): ListValue {
  nonEmpty(items.length);
  const value = new ListValue();
  value.replace(items);
  return value;
}

function setOf(items: readonly string[], config: Config): SetValue {
  nonEmpty(items.length);
  const value = new SetValue();
  for (const item of items) {
    if (!value.add(item, config.intsetEntriesMax)) throw new RdbFormatError('a set has a member twice');
  }
  return value;
}

function hashOf(items: string[], config: Config): HashValue {
  pairs(items);
  const value = new HashValue();
  for (let at = 0; at < items.length; at += 2) {
    if (value.get(items[at]!) !== undefined) throw new RdbFormatError('a hash has a field twice');
    value.set(items[at]!, items[at + 1]!, config.hashLimits);
  }
  value.convertFor(items, 0, config.hashLimits);
  return value;
}

function addScored(value: SortedSetValue, member: string, score: number, config: Config): void {
  if (Number.isNaN(score)) throw new RdbFormatError('a score is no number');
  if (value.score(member) !== undefined) throw new RdbFormatError('a sorted set has a member twice');
  value.set(member, score, config.sortedSetLimits);
}
