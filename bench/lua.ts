/**
 * What a Lua script costs besides its commands, in microseconds per EVAL.
 *
 * The host answers each command with a prepared reply, so the figures are the engine's. The scripts of BullMQ are read from an installed
 * package: `SEEDSTORM_BULLMQ=/path/to/node_modules/bullmq npx tsx bench/lua.ts`; without it only the small scripts run.
 * For scale: redis-server 7.0.15 reports 24 to 29 us for the three BullMQ scripts with their commands, 2.5 us for the one GET.
 */
import { createRequire } from 'node:module';
import { compileScript, createLuaMemory, type LuaHost, sha1Hex } from '../sim/redis/lua/index.ts';
import { bulk, int, NIL, OK, type Reply } from '../sim/redis/reply.ts';

const ROUNDS = 5;
const TIMESTAMP = '1700000000000';

const JOB: Reply = {
  kind: 'array',
  value: ['name', 'mail', 'data', '{"to":"a@b.c"}', 'opts', '{"attempts":3}', 'timestamp', TIMESTAMP, 'delay', '0'].map(
    bulk,
  ),
};
const EMPTY: Reply = { kind: 'array', value: [] };

const REPLIES: Readonly<Record<string, Reply>> = {
  GET: bulk('value'),
  INCR: int(7),
  HMSET: OK,
  HSET: int(1),
  HGET: NIL,
  HMGET: { kind: 'array', value: [NIL, NIL, NIL, NIL] },
  HGETALL: JOB,
  HINCRBY: int(1),
  HDEL: int(1),
  LPUSH: int(1),
  RPUSH: int(1),
  LLEN: int(1),
  LREM: int(1),
  LRANGE: EMPTY,
  RPOPLPUSH: bulk('7'),
  EXISTS: int(0),
  DEL: int(1),
  SET: OK,
  SREM: int(1),
  SCARD: int(0),
  SMEMBERS: EMPTY,
  PTTL: int(-2),
  XADD: bulk('1700000000000-0'),
  XTRIM: int(0),
  ZADD: int(1),
  ZCARD: int(0),
  ZRANGE: EMPTY,
  ZRANGEBYSCORE: EMPTY,
  ZREVRANGEBYSCORE: EMPTY,
  ZPOPMIN: EMPTY,
  ZREM: int(1),
};

function hostOf(overrides: Readonly<Record<string, Reply>>): LuaHost & { calls: number } {
  const replies = new Map(Object.entries({ ...REPLIES, ...overrides }));
  return {
    calls: 0,
    call(args) {
      this.calls++;
      const reply = replies.get(args[0]!);
      if (reply === undefined) throw new Error(`bench/lua: no prepared reply for ${args[0]}`);
      return reply;
    },
    log() {},
    setResp() {},
    memory: createLuaMemory(),
  };
}

interface Case {
  readonly name: string;
  readonly source: string;
  readonly keys: string[];
  readonly argv: string[];
  readonly replies?: Readonly<Record<string, Reply>>;
}

function measure({ name, source, keys, argv, replies = {} }: Case): void {
  const begin = performance.now();
  const script = compileScript(source, sha1Hex(source));
  const compileMs = performance.now() - begin;
  const host = hostOf(replies);
  const result = script.run(host, keys, argv);
  if (result.kind === 'error') throw new Error(`bench/lua: ${name}: ${result.value}`);
  const calls = host.calls;
  let best = Infinity;
  let count = 1;
  for (let round = 0; round < ROUNDS; ) {
    const start = performance.now();
    for (let i = 0; i < count; i++) script.run(host, keys, argv);
    const elapsed = performance.now() - start;
    if (elapsed < 60) {
      count *= 4;
      continue;
    }
    best = Math.min(best, (elapsed / count) * 1000);
    round++;
  }
  const text = `${name.padEnd(16)} ${best.toFixed(2).padStart(10)} us   ${String(calls).padStart(2)} calls   compiled in ${compileMs.toFixed(1)} ms`;
  process.stdout.write(`${text}\n`);
}

/** Bytes that BullMQ would send, made by the engine itself. */
function packed(expression: string): string {
  const source = `return cmsgpack.pack(${expression})`;
  const reply = compileScript(source, sha1Hex(source)).run(hostOf({}), [], []);
  if (reply.kind !== 'bulk') throw new Error('bench/lua: cannot pack');
  return reply.value;
}

const SMALL: readonly Case[] = [
  { name: 'return 1', source: 'return 1', keys: [], argv: [] },
  { name: 'GET', source: "return redis.call('GET', KEYS[1])", keys: ['key'], argv: [] },
  {
    name: 'compare-delete',
    source: "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) else return 0 end",
    keys: ['lock'],
    argv: ['value'],
  },
  {
    name: 'fib(22)',
    source: 'local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end return fib(22)',
    keys: [],
    argv: [],
  },
  {
    name: 'loop 1e6',
    source: 'local s = 0 for i = 1, 1000000 do s = s + i % 7 end return s',
    keys: [],
    argv: [],
  },
  {
    name: 'table 1000',
    source:
      'local t = {} for i = 1, 1000 do t[#t + 1] = i end local s = 0 for i, v in ipairs(t) do s = s + v end return s',
    keys: [],
    argv: [],
  },
  {
    name: 'json 20 fields',
    source: 'local t = {} for i = 1, 20 do t["field" .. i] = i end return cjson.decode(cjson.encode(t)).field7',
    keys: [],
    argv: [],
  },
];

function bullmqCases(folder: string): Case[] {
  const require = createRequire(import.meta.url);
  const content = (file: string, name: string): string => {
    const module = require(`${folder}/dist/cjs/scripts/${file}.js`) as Record<string, { content: string }>;
    return module[name]!.content;
  };
  const keys = (count: number): string[] => Array.from({ length: count }, (_, i) => `bull:mail:key${i + 1}`);
  const options = '{attempts = 3, backoff = {type = "exponential", delay = 1000}, removeOnComplete = true}';
  const worker = '{token = "0d8c1d5e-token:1", lockDuration = 30000, name = "worker-1"}';
  const finish =
    '{token = "0d8c1d5e-token:1", name = "worker-1", keepJobs = {count = 0}, lockDuration = 30000, attempts = 3, maxMetricsSize = "", ' +
    'fpof = false, cpof = false, idof = false, rdof = false}';
  return [
    {
      name: 'addStandardJob',
      source: content('addStandardJob-9', 'addStandardJob'),
      keys: keys(9),
      argv: [packed(`{"bull:mail:", "", "mail", ${TIMESTAMP}}`), '{"to":"a@b.c"}', packed(options)],
    },
    {
      name: 'moveToActive',
      source: content('moveToActive-11', 'moveToActive'),
      keys: keys(11),
      argv: ['bull:mail:', TIMESTAMP, packed(worker)],
    },
    {
      name: 'moveToFinished',
      source: content('moveToFinished-14', 'moveToFinished'),
      keys: keys(14),
      argv: ['7', TIMESTAMP, 'returnvalue', '"ok"', 'completed', '1', 'bull:mail:', packed(finish)],
      replies: { EXISTS: int(1), GET: bulk('0d8c1d5e-token:1') },
    },
  ];
}

for (const item of SMALL) measure(item);
const folder = process.env.SEEDSTORM_BULLMQ;
if (folder !== undefined) for (const item of bullmqCases(folder)) measure(item);
