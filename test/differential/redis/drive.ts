/**
 * One sequence of steps on both servers, step by step, on the same connections; after each step everything that has come on any connection is
 * compared. Ours runs in memory and its clock is set to the real server's before each step, so that times agree to a few milliseconds.
 */
import { type RedisOptions, redisServer } from '../../../sim/redis/index.ts';
import { type MemoryConnection, MemoryHost } from '../../sim/redis/memory-host.ts';
import { sameReplies } from './compare.ts';
import { type RealConnection, type RealRedis, settle } from './real-redis.ts';

export interface Step {
  /** Which of the connections, from 0. */
  readonly connection: number;
  readonly args: readonly string[];
}

/** The first difference, told. */
export class Difference extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'Difference';
  }
}

interface Pair {
  readonly real: RealConnection;
  readonly ours: MemoryConnection;
  /** The command that may be blocked; its reply is still to come. */
  waiting: string[] | null;
  queue: string[] | null;
}

const BLOCKING = new Set([
  'BLPOP',
  'BRPOP',
  'BRPOPLPUSH',
  'BLMOVE',
  'BLMPOP',
  'BZPOPMIN',
  'BZPOPMAX',
  'BZMPOP',
  'XREAD',
  'XREADGROUP',
]);

/**
 * Runs the steps on both.
 * @returns the number of commands sent
 * @throws Difference
 */
export async function drive(
  redis: RealRedis,
  control: RealConnection,
  steps: readonly Step[],
  options: RedisOptions = {},
): Promise<number> {
  await control.ask('FLUSHALL');
  await control.ask('SCRIPT', 'FLUSH');
  await control.ask('FUNCTION', 'FLUSH');
  control.takeBytes();
  const host = new MemoryHost(redisServer(options));
  const pairs: Pair[] = [];
  let sent = 0;
  try {
    for (let number = 0; number < 4; number++) {
      pairs.push({ real: await redis.connect(), ours: host.connect(), waiting: null, queue: null });
    }
    for (let at = 0; at < steps.length; at++) {
      const step = steps[at]!;
      const pair = pairs[step.connection]!;
      if (pair.waiting !== null || pair.real.isClosed || pair.ours.isDestroyed || pair.ours.isEnded) continue;
      host.clock.setWall(Date.now() * 1000);
      pair.real.send(step.args);
      await settle(control);
      pair.ours.sendRaw(encode(step.args));
      sent += 1;
      if (BLOCKING.has(step.args[0]!.toUpperCase())) pair.waiting = [...step.args];
      for (const other of pairs) await check(other, other === pair ? step.args : null, steps.slice(0, at + 1));
    }
  } finally {
    for (const pair of pairs) pair.real.close();
  }
  return sent;
}

function encode(args: readonly string[]): string {
  let text = `*${args.length}\r\n`;
  for (const word of args) text += `$${word.length}\r\n${word}\r\n`;
  return text;
}

/** Looks that are taken before a missing reply counts as missing, and the milliseconds between them: 2, 4, 8, ... */
const LOOKS = 7;

async function check(pair: Pair, args: readonly string[] | null, steps: readonly Step[]): Promise<void> {
  const ours = pair.ours.takeBytes();
  const name = nameOf(args ?? pair.waiting ?? []);
  const isExec = name === 'EXEC';
  const names = isExec ? (pair.queue ?? []) : [name];
  let real = pair.real.takeBytes();
  for (let look = 1; !sameReplies(real, ours, names, isExec); look++) {
    if (look === LOOKS || (real.length >= ours.length && look > 3)) throw new Difference(describe(steps, real, ours));
    await new Promise((resolve) => setTimeout(resolve, 2 ** look));
    real += pair.real.takeBytes();
  }
  if (real !== '') pair.waiting = null;
  if (args === null) return;
  if (name === 'MULTI') pair.queue ??= [];
  else if (name === 'EXEC' || name === 'DISCARD' || name === 'RESET') pair.queue = null;
  else if (real === '+QUEUED\r\n') pair.queue?.push(name);
}

/** The command's name, with the subcommand where compare.ts tells them apart. */
function nameOf(args: readonly string[]): string {
  const name = args[0]?.toUpperCase() ?? '';
  return name === 'PUBSUB' || name === 'COMMAND' || name === 'FUNCTION'
    ? `${name} ${args[1]?.toUpperCase() ?? ''}`
    : name;
}

function describe(steps: readonly Step[], real: string, ours: string): string {
  const lines = steps.map((step) => `  ${step.connection}> ${step.args.map(show).join(' ')}`);
  return `replies differ after\n${lines.join('\n')}\n  real ${show(real)}\n  ours ${show(ours)}`;
}

function show(text: string): string {
  return JSON.stringify(text);
}
