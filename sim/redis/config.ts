/**
 * The configuration: every parameter as text for CONFIG GET, and typed fields for the ones the simulator acts upon.
 *
 * A typed field is written in one place, `#apply`, so text and field never differ. CONFIG SET is all or nothing.
 */
import { SeedstormError } from '../kernel/errors.ts';
import { CONFIG_ROWS, type ConfigRow } from './config-table.ts';
import { inMessage } from './errors.ts';
import { globMatches } from './glob.ts';
import { parseInt64 } from './numbers.ts';
import type { ListpackLimits } from './values/hash-value.ts';
import type { StreamLimits } from './values/stream-value.ts';

export type EvictionPolicy =
  | 'volatile-lru'
  | 'volatile-lfu'
  | 'volatile-random'
  | 'volatile-ttl'
  | 'allkeys-lru'
  | 'allkeys-lfu'
  | 'allkeys-random'
  | 'noeviction';

export interface OutputLimit {
  readonly hardBytes: number;
  readonly softBytes: number;
  readonly softSeconds: number;
}

export interface SavePoint {
  readonly seconds: number;
  readonly changes: number;
}

/** Names that are two spellings of one parameter. */
const ALIASES: Readonly<Record<string, string>> = {
  'hash-max-ziplist-entries': 'hash-max-listpack-entries',
  'hash-max-ziplist-value': 'hash-max-listpack-value',
  'zset-max-ziplist-entries': 'zset-max-listpack-entries',
  'zset-max-ziplist-value': 'zset-max-listpack-value',
  'list-max-ziplist-size': 'list-max-listpack-size',
  'lua-time-limit': 'busy-reply-threshold',
  slaveof: 'replicaof',
  'slave-announce-ip': 'replica-announce-ip',
  'slave-announce-port': 'replica-announce-port',
  'slave-ignore-maxmemory': 'replica-ignore-maxmemory',
  'slave-lazy-flush': 'replica-lazy-flush',
  'slave-priority': 'replica-priority',
  'slave-read-only': 'replica-read-only',
  'slave-serve-stale-data': 'replica-serve-stale-data',
  'min-slaves-max-lag': 'min-replicas-max-lag',
  'min-slaves-to-write': 'min-replicas-to-write',
  'cluster-slave-no-failover': 'cluster-replica-no-failover',
  'cluster-slave-validity-factor': 'cluster-replica-validity-factor',
  'repl-ping-slave-period': 'repl-ping-replica-period',
};

/** Letters of `notify-keyspace-events`, each one bit. */
export const NOTIFY = {
  keyspace: 1,
  keyevent: 2,
  generic: 4,
  string: 8,
  list: 16,
  set: 32,
  hash: 64,
  zset: 128,
  expired: 256,
  evicted: 512,
  stream: 1024,
  keymiss: 2048,
  module: 4096,
  created: 8192,
} as const;

const NOTIFY_LETTERS: readonly (readonly [string, number])[] = [
  ['g', NOTIFY.generic],
  ['$', NOTIFY.string],
  ['l', NOTIFY.list],
  ['s', NOTIFY.set],
  ['h', NOTIFY.hash],
  ['z', NOTIFY.zset],
  ['x', NOTIFY.expired],
  ['e', NOTIFY.evicted],
  ['t', NOTIFY.stream],
  ['d', NOTIFY.module],
];

const NOTIFY_TAIL: readonly (readonly [string, number])[] = [
  ['K', NOTIFY.keyspace],
  ['E', NOTIFY.keyevent],
  ['m', NOTIFY.keymiss],
  ['n', NOTIFY.created],
];

/** What `A` stands for. */
const NOTIFY_ALL = NOTIFY_LETTERS.reduce((bits, [, bit]) => bits | bit, 0);

export class Config {
  hashLimits: ListpackLimits = { entriesMax: 512, valueBytesMax: 64 };
  sortedSetLimits: ListpackLimits = { entriesMax: 128, valueBytesMax: 64 };
  intsetEntriesMax = 512;
  streamLimits: StreamLimits = { nodeBytesMax: 4096, nodeEntriesMax: 100 };
  /** Bytes; 0 for no limit. */
  maxmemoryBytes = 0;
  maxmemoryPolicy: EvictionPolicy = 'noeviction';
  maxmemorySamples = 5;
  isLfu = false;
  lfuLogFactor = 10;
  lfuDecayMinutes = 1;
  notifyFlags = 0;
  requirepass = '';
  databases = 16;
  bulkBytesMax = 512 * 1024 * 1024;
  hyperLogLogSparseBytesMax = 3000;
  isAppendOnly = false;
  appendfsync: 'always' | 'everysec' | 'no' = 'everysec';
  savePoints: readonly SavePoint[] = [];
  slowlogMicros = 10_000;
  slowlogLengthMax = 128;
  latencyThresholdMs = 0;
  maxClients = 10_000;
  /** Seconds after which an idle client is closed; 0 for never. */
  timeoutSeconds = 0;
  isDebugEnabled = false;
  backlogBytes = 1_048_576;
  /** Seconds without replicas after which the backlog goes; 0 for never. */
  backlogTtlSeconds = 3600;
  minReplicasToWrite = 0;
  minReplicasMaxLagSeconds = 10;
  replicationTimeoutSeconds = 60;
  pingReplicaSeconds = 10;
  isReplicaReadOnly = true;
  servesStaleData = true;
  isReplicaIgnoringMaxmemory = true;
  outputLimits: { normal: OutputLimit; replica: OutputLimit; pubsub: OutputLimit } = {
    normal: { hardBytes: 0, softBytes: 0, softSeconds: 0 },
    replica: { hardBytes: 268435456, softBytes: 67108864, softSeconds: 60 },
    pubsub: { hardBytes: 33554432, softBytes: 8388608, softSeconds: 60 },
  };
  aclPubsubDefault: 'allchannels' | 'resetchannels' = 'resetchannels';
  readonly #rows = new Map<string, ConfigRow>();
  readonly #values = new Map<string, string>();

  /** @param overrides parameters by name, as CONFIG SET takes them; immutable ones are allowed here */
  constructor(overrides: Readonly<Record<string, string>>) {
    for (const row of CONFIG_ROWS) {
      this.#rows.set(row[0], row);
      this.#store(row[0], row[2]);
    }
    for (const [name, value] of Object.entries(overrides)) {
      const row = this.#rows.get(name);
      const problem = row === undefined ? 'no such parameter' : this.#check(row, value);
      if (problem !== null) throw new SeedstormError('E_INPUT', `Redis configuration ${name} = ${value}: ${problem}.`);
      this.#store(name, normalise(row!, value));
    }
  }

  /** Pairs of name and value for parameters that match any of the patterns, sorted by name. */
  matching(patterns: readonly string[]): [string, string][] {
    const found: [string, string][] = [];
    for (const name of this.#rows.keys()) {
      if (patterns.some((pattern) => globMatches(pattern, name, true))) found.push([name, this.get(name)]);
    }
    return found;
  }

  get(name: string): string {
    return this.#values.get(name) ?? '';
  }

  /** Sets a parameter that the server itself changes: `replicaof`. */
  note(name: string, value: string): void {
    this.#store(name, value);
  }

  /**
   * Sets pairs `[name, value, name, value, ...]`, all or none.
   * @returns the error text, or null when all is set
   */
  set(pairs: readonly string[]): string | null {
    const seen = new Set<string>();
    for (let index = 0; index < pairs.length; index += 2) {
      const name = pairs[index]!.toLowerCase();
      const row = this.#rows.get(name);
      if (row === undefined)
        return `ERR Unknown option or number of arguments for CONFIG SET - '${inMessage(pairs[index]!)}'`;
      const problem = row[3]
        ? "can't set immutable config"
        : seen.has(name)
          ? 'duplicate parameter'
          : this.#check(row, pairs[index + 1]!);
      if (problem !== null)
        return `ERR CONFIG SET failed (possibly related to argument '${inMessage(pairs[index]!)}') - ${problem}`;
      seen.add(name);
    }
    for (let index = 0; index < pairs.length; index += 2) {
      const name = pairs[index]!.toLowerCase();
      this.#store(name, normalise(this.#rows.get(name)!, pairs[index + 1]!));
    }
    return null;
  }

  #check(row: ConfigRow, value: string): string | null {
    const [kind, ...rest] = row[1].split(' ');
    switch (kind) {
      case 'bool':
        return /^(yes|no)$/i.test(value) ? null : "argument must be 'yes' or 'no'";
      case 'int': {
        const number = parseInt64(value);
        if (number === null) return "argument couldn't be parsed into an integer";
        if (number < BigInt(rest[0]!) || number > BigInt(rest[1]!)) {
          return `argument must be between ${rest[0]} and ${rest[1]} inclusive`;
        }
        return null;
      }
      case 'memory':
        return parseMemory(value) === null ? 'argument must be a memory value' : null;
      case 'enum':
        return rest.includes(value.toLowerCase())
          ? null
          : `argument(s) must be one of the following: ${rest.map((item) => `${item}`).join(', ')}`;
      case 'special':
        return checkSpecial(row[0], value);
      default:
        return null;
    }
  }

  #store(name: string, value: string): void {
    const own = ALIASES[name] ?? name;
    this.#values.set(own, value);
    for (const [alias, target] of Object.entries(ALIASES)) {
      if (target === own) this.#values.set(alias, value);
    }
    this.#apply(own, value);
  }

  #apply(name: string, value: string): void {
    switch (name) {
      case 'hash-max-listpack-entries':
        this.hashLimits = { ...this.hashLimits, entriesMax: Number(value) };
        break;
      case 'hash-max-listpack-value':
        this.hashLimits = { ...this.hashLimits, valueBytesMax: Number(value) };
        break;
      case 'zset-max-listpack-entries':
        this.sortedSetLimits = { ...this.sortedSetLimits, entriesMax: Number(value) };
        break;
      case 'zset-max-listpack-value':
        this.sortedSetLimits = { ...this.sortedSetLimits, valueBytesMax: Number(value) };
        break;
      case 'set-max-intset-entries':
        this.intsetEntriesMax = Number(value);
        break;
      case 'stream-node-max-bytes':
        this.streamLimits = { ...this.streamLimits, nodeBytesMax: Number(value) };
        break;
      case 'stream-node-max-entries':
        this.streamLimits = { ...this.streamLimits, nodeEntriesMax: Number(value) };
        break;
      case 'hll-sparse-max-bytes':
        this.hyperLogLogSparseBytesMax = Number(value);
        break;
      case 'maxmemory':
        this.maxmemoryBytes = Number(value);
        break;
      case 'maxmemory-policy':
        this.maxmemoryPolicy = value as EvictionPolicy;
        this.isLfu = value.endsWith('lfu');
        break;
      case 'maxmemory-samples':
        this.maxmemorySamples = Number(value);
        break;
      case 'lfu-log-factor':
        this.lfuLogFactor = Number(value);
        break;
      case 'lfu-decay-time':
        this.lfuDecayMinutes = Number(value);
        break;
      case 'notify-keyspace-events':
        this.notifyFlags = parseNotifyFlags(value) ?? 0;
        break;
      case 'requirepass':
        this.requirepass = value;
        break;
      case 'databases':
        this.databases = Number(value);
        break;
      case 'proto-max-bulk-len':
        this.bulkBytesMax = Number(value);
        break;
      case 'appendonly':
        this.isAppendOnly = value === 'yes';
        break;
      case 'appendfsync':
        this.appendfsync = value as 'always' | 'everysec' | 'no';
        break;
      case 'save':
        this.savePoints = parseSavePoints(value) ?? [];
        break;
      case 'slowlog-log-slower-than':
        this.slowlogMicros = Number(value);
        break;
      case 'slowlog-max-len':
        this.slowlogLengthMax = Number(value);
        break;
      case 'latency-monitor-threshold':
        this.latencyThresholdMs = Number(value);
        break;
      case 'maxclients':
        this.maxClients = Number(value);
        break;
      case 'timeout':
        this.timeoutSeconds = Number(value);
        break;
      case 'enable-debug-command':
        this.isDebugEnabled = value !== 'no';
        break;
      case 'repl-backlog-size':
        this.backlogBytes = Number(value);
        break;
      case 'repl-backlog-ttl':
        this.backlogTtlSeconds = Number(value);
        break;
      case 'min-replicas-to-write':
        this.minReplicasToWrite = Number(value);
        break;
      case 'min-replicas-max-lag':
        this.minReplicasMaxLagSeconds = Number(value);
        break;
      case 'repl-timeout':
        this.replicationTimeoutSeconds = Number(value);
        break;
      case 'repl-ping-replica-period':
        this.pingReplicaSeconds = Math.max(1, Number(value));
        break;
      case 'replica-read-only':
        this.isReplicaReadOnly = value === 'yes';
        break;
      case 'replica-serve-stale-data':
        this.servesStaleData = value === 'yes';
        break;
      case 'replica-ignore-maxmemory':
        this.isReplicaIgnoringMaxmemory = value === 'yes';
        break;
      case 'acl-pubsub-default':
        this.aclPubsubDefault = value as 'allchannels' | 'resetchannels';
        break;
      case 'client-output-buffer-limit':
        this.outputLimits = parseOutputLimits(value, this.outputLimits) ?? this.outputLimits;
        this.#values.set(name, formatOutputLimits(this.outputLimits));
        break;
    }
  }
}

function normalise(row: ConfigRow, value: string): string {
  if (row[1] === 'memory') return String(parseMemory(value));
  if (row[1] === 'bool' || row[1].startsWith('enum')) return value.toLowerCase();
  if (row[0] === 'notify-keyspace-events') return formatNotifyFlags(parseNotifyFlags(value)!);
  return value;
}

function checkSpecial(name: string, value: string): string | null {
  if (name === 'notify-keyspace-events' && parseNotifyFlags(value) === null) {
    return "Invalid event class character. Use 'Ag$lshzxeKEtmdn'.";
  }
  if (name === 'save' && parseSavePoints(value) === null) return 'Invalid save parameters';
  if (name === 'client-output-buffer-limit' && parseOutputLimits(value, null) === null) {
    return 'Error in hard_bytes or soft_bytes setting';
  }
  return null;
}

const MEMORY_UNITS: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  k: 1000,
  kb: 1024,
  m: 1_000_000,
  mb: 1024 ** 2,
  g: 1_000_000_000,
  gb: 1024 ** 3,
};

/** Bytes of a size such as `100mb`; null when it is none. */
function parseMemory(text: string): number | null {
  const match = /^([0-9]+)([a-z]*)$/i.exec(text);
  if (match === null) return null;
  const unit = MEMORY_UNITS[match[2]!.toLowerCase()];
  return unit === undefined ? null : Number(match[1]) * unit;
}

function parseNotifyFlags(text: string): number | null {
  let bits = 0;
  for (const letter of text) {
    if (letter === 'A') bits |= NOTIFY_ALL;
    else {
      const row = NOTIFY_LETTERS.find(([name]) => name === letter) ?? NOTIFY_TAIL.find(([name]) => name === letter);
      if (row === undefined) return null;
      bits |= row[1];
    }
  }
  return bits;
}

function formatNotifyFlags(bits: number): string {
  let text = '';
  if ((bits & NOTIFY_ALL) === NOTIFY_ALL) text += 'A';
  else {
    for (const [letter, bit] of NOTIFY_LETTERS) if ((bits & bit) !== 0) text += letter;
  }
  for (const [letter, bit] of NOTIFY_TAIL) if ((bits & bit) !== 0) text += letter;
  return text;
}

function parseSavePoints(text: string): SavePoint[] | null {
  const words = text.split(' ').filter((word) => word !== '');
  if (words.length % 2 !== 0) return null;
  const points: SavePoint[] = [];
  for (let index = 0; index < words.length; index += 2) {
    const seconds = Number(words[index]);
    const changes = Number(words[index + 1]);
    if (!Number.isInteger(seconds) || !Number.isInteger(changes) || seconds < 1 || changes < 0) return null;
    points.push({ seconds, changes });
  }
  return points;
}

type OutputLimits = Config['outputLimits'];

function parseOutputLimits(text: string, old: OutputLimits | null): OutputLimits | null {
  const words = text.split(' ').filter((word) => word !== '');
  if (words.length === 0 || words.length % 4 !== 0) return null;
  const none: OutputLimit = { hardBytes: 0, softBytes: 0, softSeconds: 0 };
  const limits = { ...(old ?? { normal: none, replica: none, pubsub: none }) };
  for (let index = 0; index < words.length; index += 4) {
    const name = words[index]!.toLowerCase();
    const hardBytes = parseMemory(words[index + 1]!);
    const softBytes = parseMemory(words[index + 2]!);
    const softSeconds = Number(words[index + 3]);
    if (hardBytes === null || softBytes === null || !Number.isInteger(softSeconds)) return null;
    const limit = { hardBytes, softBytes, softSeconds };
    if (name === 'normal') limits.normal = limit;
    else if (name === 'slave' || name === 'replica') limits.replica = limit;
    else if (name === 'pubsub') limits.pubsub = limit;
    else return null;
  }
  return limits;
}

function formatOutputLimits(limits: OutputLimits): string {
  const format = (name: string, limit: OutputLimit) =>
    `${name} ${limit.hardBytes} ${limit.softBytes} ${limit.softSeconds}`;
  return `${format('normal', limits.normal)} ${format('slave', limits.replica)} ${format('pubsub', limits.pubsub)}`;
}
