/** PFADD, PFCOUNT, PFMERGE over `../hyperloglog.ts`. PFDEBUG and PFSELFTEST are refused by name. */
import type { Client } from '../client.ts';
import type { Handlers } from '../command.ts';
import { NOTIFY } from '../config.ts';
import * as errors from '../errors.ts';
import {
  addElement,
  countElements,
  type HyperLogLog,
  mergeRegisters,
  newHyperLogLog,
  REGISTERS,
  readHyperLogLog,
  writeHyperLogLog,
} from '../hyperloglog.ts';
import { asString } from '../keyspace.ts';
import { int, int64, OK } from '../reply.ts';
import { StringValue } from '../values/string-value.ts';
import type { Value } from '../values/value.ts';

export const hyperLogLogCommands: Handlers = {
  pfadd(client, args) {
    const key = args[1]!;
    const existing = logOf(client.db.write(key));
    const log = existing ?? newHyperLogLog();
    let isChanged = existing === null;
    for (let at = 2; at < args.length; at++) if (addElement(log, args[at]!)) isChanged = true;
    if (!isChanged) return int(0);
    log.isCacheValid = false;
    store(client, key, log);
    client.changed(key, NOTIFY.string, 'pfadd');
    return int(1);
  },

  pfcount(client, args) {
    if (args.length > 2) {
      const union = new Uint8Array(REGISTERS);
      for (let at = 1; at < args.length; at++) {
        const log = logOf(client.db.read(args[at]!));
        if (log !== null) mergeRegisters(union, log.registers);
      }
      client.engine.walked(REGISTERS / 16);
      return int64(countElements(union));
    }
    const log = logOf(client.db.read(args[1]!));
    if (log === null) return int(0);
    if (log.isCacheValid) return int64(log.cached);
    // The count is kept in the value: a read that is a write.
    log.cached = countElements(log.registers);
    log.isCacheValid = true;
    store(client, args[1]!, log);
    client.db.modified(args[1]!);
    client.engine.dirty += 1;
    return int64(log.cached);
  },

  pfmerge(client, args) {
    const key = args[1]!;
    const merged = newHyperLogLog();
    for (let at = 1; at < args.length; at++) {
      const log = logOf(client.db.read(args[at]!));
      if (log === null) continue;
      if (at === 1) merged.cached = log.cached;
      if (log.isDense) merged.isDense = true;
      mergeRegisters(merged.registers, log.registers);
    }
    merged.isCacheValid = false;
    store(client, key, merged);
    client.changed(key, NOTIFY.string, 'pfadd');
    return OK;
  },
};

function logOf(value: Value | undefined): HyperLogLog | null {
  const string = asString(value);
  if (string === undefined) return null;
  const log = readHyperLogLog(string.buffer);
  if (log === 'invalid') return errors.fail(errors.HLL_INVALID);
  return log === 'corrupt' ? errors.fail(errors.HLL_CORRUPT) : log;
}

function store(client: Client, key: string, log: HyperLogLog): void {
  const text = writeHyperLogLog(log, client.engine.config.hyperLogLogSparseBytesMax).toString('latin1');
  const value = client.db.peek(key);
  if (value instanceof StringValue) {
    value.text = text;
    value.isRaw = true;
    return;
  }
  const fresh = new StringValue(text);
  fresh.isRaw = true;
  client.db.add(key, fresh);
}
