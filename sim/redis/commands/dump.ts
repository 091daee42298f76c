/** DUMP and RESTORE: a value as bytes, which the real server reads as well (cluster.c). The bytes are made in `../rdb/`. */
import type { Client } from '../client.ts';
import type { Handlers } from '../command.ts';
import { NOTIFY } from '../config.ts';
import * as errors from '../errors.ts';
import { dump, isPayloadIntact, RdbFormatError, undump } from '../rdb/index.ts';
import { bulk, NIL, OK, type Reply } from '../reply.ts';
import type { Value } from '../values/value.ts';
import { integerArgument } from './arguments.ts';

export const dumpCommands: Handlers = {
  dump(client, args) {
    const value = client.db.read(args[1]!);
    return value === undefined ? NIL : bulk(dump(value));
  },

  restore,
  'restore-asking': restore,
};

interface RestoreOptions {
  readonly isReplacing: boolean;
  readonly isAbsolute: boolean;
  /** Seconds since the last use; -1 when not given. */
  readonly idleSeconds: number;
  /** Counter of LFU; -1 when not given. */
  readonly frequency: number;
}

function restore(client: Client, args: string[]): Reply {
  const [, key, ttlText, payload] = args as [string, string, string, string];
  const options = restoreOptions(args);
  const { engine, db } = client;
  if (!options.isReplacing && db.peek(key) !== undefined) return errors.fail(errors.KEY_BUSY);
  const ttlMs = integerArgument(ttlText);
  if (ttlMs < 0) return errors.fail(errors.RESTORE_TTL);
  if (!isPayloadIntact(payload)) return errors.fail(errors.RESTORE_CHECKSUM);
  const value = decode(client, payload);
  const wasThere = options.isReplacing && db.peek(key) !== undefined;
  if (wasThere) db.delete(key);
  const expireAtMs = ttlMs === 0 || options.isAbsolute ? ttlMs : ttlMs + engine.nowMs;
  if (ttlMs > 0 && expireAtMs <= engine.nowMs && !engine.keepsExpired) {
    if (wasThere) {
      client.changed(key, NOTIFY.generic, 'del');
      engine.propagation.replace(db.number, ['DEL', key]);
    }
    return OK;
  }
  if (ttlMs > 0) value.expireAtMs = expireAtMs;
  db.add(key, value);
  if (options.idleSeconds >= 0) value.usedAtMs = engine.nowMs - 1000 * options.idleSeconds;
  if (options.frequency >= 0) value.frequency = options.frequency;
  client.changed(key, NOTIFY.generic, 'restore');
  if (ttlMs > 0 && !options.isAbsolute) {
    const rest = args.slice(4);
    engine.propagation.replace(db.number, ['RESTORE', key, String(expireAtMs), payload, ...rest, 'ABSTTL']);
  }
  return OK;
}

function decode(client: Client, payload: string): Value {
  try {
    return undump(payload, client.engine.config);
  } catch (failure) {
    if (!(failure instanceof RdbFormatError)) throw failure;
    return errors.fail(errors.RESTORE_FORMAT);
  }
}

function restoreOptions(args: readonly string[]): RestoreOptions {
  let isReplacing = false;
  let isAbsolute = false;
  let idleSeconds = -1;
  let frequency = -1;
  for (let at = 4; at < args.length; at++) {
    const option = args[at]!.toUpperCase();
    const hasMore = at + 1 < args.length;
    if (option === 'REPLACE') isReplacing = true;
    else if (option === 'ABSTTL') isAbsolute = true;
    else if (option === 'IDLETIME' && hasMore && frequency < 0) {
      idleSeconds = integerArgument(args[++at]!);
      if (idleSeconds < 0) errors.fail(errors.RESTORE_IDLETIME);
    } else if (option === 'FREQ' && hasMore && idleSeconds < 0) {
      frequency = integerArgument(args[++at]!);
      if (frequency < 0 || frequency > 255) errors.fail(errors.RESTORE_FREQUENCY);
    } else errors.fail(errors.SYNTAX);
  }
  return { isReplacing, isAbsolute, idleSeconds, frequency };
}
