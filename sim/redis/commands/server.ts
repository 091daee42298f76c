/** INFO, CONFIG, TIME, DEBUG, MEMORY, SLOWLOG, LATENCY and other commands about the server itself. */
import type { Client } from '../client.ts';
import type { Handlers } from '../command.ts';
import { quote } from '../dispatch.ts';
import * as errors from '../errors.ts';
import { infoText } from '../info.ts';
import { parseDouble } from '../numbers.ts';
import { array, bulk, bulks, EMPTY_ARRAY, int, mapOf, NIL, OK, type Reply, status } from '../reply.ts';
import type { SlowlogEntry } from '../statistics.ts';
import { integerArgument, positiveArgument, rangedArgument } from './arguments.ts';
import { textReply } from './clients.ts';
import { helpCommand } from './help.ts';

export const serverCommands: Handlers = {
  info: (client, args) => textReply(infoText(client, args.slice(1))),

  time(client) {
    const micros = client.engine.nowMicros;
    return bulks([String(Math.floor(micros / 1e6)), String(micros % 1_000_000)]);
  },

  lolwut: () => textReply('Redis ver. 7.0.15\n'),
  lastsave: (client) => int(Math.floor(client.engine.persistence.lastSaveMs / 1000)),

  save(client) {
    client.engine.persistence.save();
    return OK;
  },

  bgsave(client, args) {
    if (args.length > 2 || (args.length === 2 && args[1]!.toUpperCase() !== 'SCHEDULE'))
      return errors.fail(errors.SYNTAX);
    client.engine.persistence.save();
    return status('Background saving started');
  },

  bgrewriteaof(client) {
    client.engine.persistence.rewrite();
    return status('Background append only file rewriting started');
  },

  readonly: () => errors.fail(errors.CLUSTER_DISABLED),
  readwrite: () => errors.fail(errors.CLUSTER_DISABLED),
  asking: () => errors.fail(errors.CLUSTER_DISABLED),

  monitor(client) {
    if (client.isBlockingDenied) return errors.fail("ERR MONITOR isn't allowed for DENY BLOCKING client");
    client.isMonitor = true;
    client.engine.monitors.add(client);
    return OK;
  },

  'config|get'(client, args) {
    const found = client.engine.config.matching(args.slice(2));
    return mapOf(found.map(([name, value]): [string, Reply] => [name, bulk(value)]));
  },

  'config|set'(client, args) {
    if (args.length % 2 === 1) return errors.fail(errors.SYNTAX);
    const { config, acl, persistence } = client.engine;
    const wasAppendOnly = config.isAppendOnly;
    const problem = config.set(args.slice(2));
    if (problem !== null) return errors.fail(problem);
    for (let at = 2; at < args.length; at += 2) {
      if (args[at]!.toLowerCase() === 'requirepass') acl.setDefaultPassword(args[at + 1]!);
    }
    if (config.isAppendOnly && !wasAppendOnly) persistence.enable();
    client.engine.makeRoom();
    return OK;
  },

  'config|resetstat'(client) {
    client.engine.stats.reset();
    for (const command of client.engine.table.all.values()) {
      command.calls = 0;
      command.micros = 0;
      command.rejectedCalls = 0;
      command.failedCalls = 0;
    }
    return OK;
  },

  'config|rewrite'(client) {
    return client.engine.keepConfig() ? OK : errors.fail('ERR The server is running without a config file');
  },

  'config|help': helpCommand('config'),

  debug: (client, args) => debug(client, args),

  'memory|usage'(client, args) {
    for (let at = 3; at < args.length; at += 2) {
      if (args[at]!.toUpperCase() !== 'SAMPLES' || at + 1 >= args.length) return errors.fail(errors.SYNTAX);
      if (integerArgument(args[at + 1]!) < 0) return errors.fail(errors.SYNTAX);
    }
    const value = client.db.peek(args[2]!);
    return value === undefined ? NIL : int(value.accountedBytes);
  },

  'memory|doctor': () => textReply('Sam, I detected a few issues in this Redis instance memory implants:\n'),
  'memory|purge': () => OK,
  'memory|stats': (client) =>
    mapOf([
      ['total.allocated', int(client.engine.usedMemory())],
      ['keys.count', int(client.engine.keyCount())],
    ]),
  'memory|help': helpCommand('memory'),

  'slowlog|get'(client, args) {
    const { slowlog } = client.engine.stats;
    let count = 10;
    if (args.length === 3) {
      count = rangedArgument(args[2]!, -1, 9.3e18, 'ERR count should be greater than or equal to -1');
      if (count === -1) count = slowlog.length;
    }
    return array(slowlog.slice(0, count).map(slowlogReply));
  },

  'slowlog|len': (client) => int(client.engine.stats.slowlog.length),

  'slowlog|reset'(client) {
    client.engine.stats.slowlog.length = 0;
    return OK;
  },

  'slowlog|help': helpCommand('slowlog'),
  'latency|latest': () => EMPTY_ARRAY,
  'latency|history': () => EMPTY_ARRAY,
  'latency|reset': () => int(0),
  'latency|histogram': () => ({ kind: 'map', value: [] }),
  'latency|doctor': (client) => textReply(latencyAdvice(client)),
  'latency|help': helpCommand('latency'),
};

function latencyAdvice(client: Client): string {
  if (client.engine.config.latencyThresholdMs > 0) return 'No latency spikes were recorded.\n';
  return 'Latency monitoring is off: latency-monitor-threshold is 0.\n';
}

function slowlogReply(entry: SlowlogEntry): Reply {
  return array([
    int(entry.id),
    int(entry.atSeconds),
    int(entry.micros),
    bulks(entry.args),
    bulk(entry.address),
    bulk(entry.name),
  ]);
}

function debug(client: Client, args: readonly string[]): Reply {
  switch (args[1]!.toUpperCase()) {
    case 'SLEEP': {
      const seconds = parseDouble(args[2] ?? '') ?? 0;
      client.engine.chargeMicros(Math.max(0, seconds * 1e6));
      return OK;
    }
    case 'SET-ACTIVE-EXPIRE':
      client.engine.expiry.enable(positiveArgument(args[2] ?? '') !== 0);
      return OK;
    case 'JMAP':
    case 'QUICKLIST-PACKED-THRESHOLD':
    case 'SET-DISABLE-DENY-SCRIPTS':
      return OK;
    case 'OBJECT': {
      const value = client.db.peek(args[2] ?? '');
      if (value === undefined) return errors.fail(errors.NO_SUCH_KEY);
      const length = value.accountedBytes;
      return status(
        `Value at:0x0 refcount:1 encoding:${value.encoding()} serializedlength:${length} lru:0 lru_seconds_idle:0`,
      );
    }
    default:
      return errors.fail(errors.notSimulated(`DEBUG ${quote(args[1]!)}`));
  }
}
