/**
 * Faults as a scenario chooses them: `fault.any(fault.partition(), fault.pause({ max: '20s' }))`.
 *
 * Each function gives data only; plans are drawn from it by `harness/plan/generate.ts`. The kinds are one file each, listed in
 * registry.ts; kind.ts says what a kind is, define.ts makes one, draw.ts and shrinking.ts hold what they share, and sides.ts,
 * process-target.ts and server-target.ts what related kinds share.
 */

import { type Duration, milliseconds } from '../duration.ts';
import { linkSides } from '../labels/glob.ts';
import type { BandwidthOptions } from './bandwidth.ts';
import type { BlackholeOptions } from './blackhole.ts';
import type { CalendarOptions } from './calendar.ts';
import type { ClockOptions } from './clock.ts';
import type { ClockStepOptions } from './clock-step.ts';
import type { ConnectionLimitOptions } from './connection-limit.ts';
import type { CrashOptions } from './crash.ts';
import type { DelayOptions } from './delay.ts';
import type { DiskOptions } from './disk.ts';
import type { CommonOptions, Point } from './draw.ts';
import type { DuplicateOptions } from './duplicate.ts';
import type { ExitOptions } from './exit.ts';
import type { HerdOptions } from './herd.ts';
import type { HoldLockOptions } from './hold-lock.ts';
import type { HttpOptions } from './http.ts';
import type { FaultChoice } from './kind.ts';
import type { LateRequestOptions } from './late-request.ts';
import type { LoadBurstOptions } from './load-burst.ts';
import type { LoadShuffleOptions } from './load-shuffle.ts';
import type { LoadSkewOptions } from './load-skew.ts';
import type { PartitionOptions } from './partition.ts';
import type { PauseOptions } from './pause.ts';
import type { PoisonOptions } from './poison.ts';
import type { PostgresRestartOptions } from './postgres-restart.ts';
import type { RedisFailoverOptions } from './redis-failover.ts';
import type { RedisFlushOptions } from './redis-flush.ts';
import type { RedisMemoryOptions } from './redis-memory.ts';
import type { RedisPauseOptions } from './redis-pause.ts';
import type { RedisRestartOptions } from './redis-restart.ts';
import type { ReorderOptions } from './reorder.ts';
import type { ReplyLostOptions } from './reply-lost.ts';
import type { ResetOptions } from './reset.ts';
import type { ResetAtCommitOptions } from './reset-at-commit.ts';
import type { SlowOptions } from './slow.ts';
import type { StallOptions } from './stall.ts';
import type { StormOptions } from './storm.ts';
import type { TerminateBackendsOptions } from './terminate-backends.ts';
import type { TimeZoneOptions } from './time-zone.ts';

export type { Point } from './draw.ts';
export { faultKinds } from './registry.ts';

/** Two sets of hosts are cut from each other: bytes are held and come late. */
export const partition = (options: PartitionOptions = {}): FaultChoice => choice('partition', options);
/** Links get slower. */
export const delay = (options: DelayOptions = {}): FaultChoice => choice('delay', options);
/** Links get narrower. */
export const bandwidth = (options: BandwidthOptions = {}): FaultChoice => choice('bandwidth', options);
/** Bytes between two sets of hosts are lost. */
export const blackhole = (options: BlackholeOptions = {}): FaultChoice => choice('blackhole', options);
/** All connections between two hosts are reset. */
export const reset = (options: ResetOptions = {}): FaultChoice => choice('reset', options);
/** A request is executed, and its reply lost. */
export const replyLost = (options: ReplyLostOptions = {}): FaultChoice => choice('reply-lost', options);
/** A request arrives long after it was sent. */
export const lateRequest = (options: LateRequestOptions = {}): FaultChoice => choice('late-request', options);
/** A process is killed, and started again. */
export const crash = (options: CrashOptions = {}): FaultChoice => choice('crash', options);
/** A process is stopped, and continues. */
export const pause = (options: PauseOptions = {}): FaultChoice => choice('pause', options);
/** A process gets SIGTERM, and is started again. */
export const exit = (options: ExitOptions = {}): FaultChoice => choice('exit', options);
/** A payload kills each process that receives it. */
export const poison = (options: PoisonOptions): FaultChoice => choice('poison', options);
/** Redis goes down, and comes back with or without its data. */
export const redisRestart = (options: RedisRestartOptions = {}): FaultChoice => choice('redis-restart', options);
/** The master of a replicated Redis goes down, and a replica takes over. */
export const redisFailover = (options: RedisFailoverOptions = {}): FaultChoice => choice('redis-failover', options);
/** Postgres goes down, and comes back. */
export const postgresRestart = (options: PostgresRestartOptions = {}): FaultChoice =>
  choice('postgres-restart', options);
/** Postgres ends connections. */
export const terminateBackends = (options: TerminateBackendsOptions = {}): FaultChoice =>
  choice('terminate-backends', options);
/** Another session keeps a table locked. */
export const holdLock = (options: HoldLockOptions): FaultChoice => choice('hold-lock', options);
/** An HTTP service refuses, fails after the effect, corrupts, breaks off or is late. */
export const http = (options: HttpOptions = {}): FaultChoice => choice('http', options);
/** An HTTP request is delivered twice. */
export const duplicate = (options: DuplicateOptions = {}): FaultChoice => choice('duplicate', options);
/** A request is overtaken by those of other connections. */
export const reorder = (options: ReorderOptions = {}): FaultChoice => choice('reorder', options);
/** A host is slower. */
export const slow = (options: SlowOptions = {}): FaultChoice => choice('slow', options);
/** The event loop of a process comes behind. */
export const stall = (options: StallOptions = {}): FaultChoice => choice('stall', options);
/** The capacity of a server or service drops. */
export const storm = (options: StormOptions = {}): FaultChoice => choice('storm', options);
/** The workload hurries. */
export const loadBurst = (options: LoadBurstOptions = {}): FaultChoice => choice('load-burst', options);
/** The workload prefers one item. */
export const loadSkew = (options: LoadSkewOptions = {}): FaultChoice => choice('load-skew', options);
/** The workload takes items out of order. */
export const loadShuffle = (options: LoadShuffleOptions = {}): FaultChoice => choice('load-shuffle', options);
/** Several processes are killed, and started again together. */
export const herd = (options: HerdOptions = {}): FaultChoice => choice('herd', options);
/** The run begins shortly before a treacherous date. */
export const calendar = (options: CalendarOptions = {}): FaultChoice => choice('calendar', options);
/** A process has another local time. */
export const timeZone = (options: TimeZoneOptions = {}): FaultChoice => choice('time-zone', options);
/** A connection dies around a COMMIT. */
export const resetAtCommit = (options: ResetAtCommitOptions = {}): FaultChoice => choice('reset-at-commit', options);
/** Postgres takes no more connections. */
export const connectionLimit = (options: ConnectionLimitOptions = {}): FaultChoice =>
  choice('connection-limit', options);
/** The memory of Redis is full. */
export const redisMemory = (options: RedisMemoryOptions = {}): FaultChoice => choice('redis-memory', options);
/** Redis keeps its clients waiting. */
export const redisPause = (options: RedisPauseOptions = {}): FaultChoice => choice('redis-pause', options);
/** Redis loses all keys, or all scripts. */
export const redisFlush = (options: RedisFlushOptions = {}): FaultChoice => choice('redis-flush', options);
/** A file system is full, or broken. */
export const disk = (options: DiskOptions = {}): FaultChoice => choice('disk', options);

/**
 * A clock is wrong for a while (`offset`, `drift`), or jumps for good (`step`). Of the three only those given are drawn; all of them
 * when none is given.
 */
export function clock(options: ClockOptions & ClockStepOptions = {}): FaultChoice {
  const { step, offset, drift, weight = 1, ...rest } = options;
  const hasNone = step === undefined && offset === undefined && drift === undefined;
  const choices: FaultChoice[] = [];
  if (hasNone) choices.push(choice('clock', rest));
  else if (offset !== undefined || drift !== undefined)
    choices.push(choice('clock', { ...rest, offset: offset ?? 0, drift: drift ?? 0 }));
  if (hasNone || step !== undefined) {
    const { min: _min, max: _max, ...instant } = rest;
    choices.push(choice('clock-step', step === undefined ? instant : { ...instant, step }));
  }
  return { choose: 'any', choices, min: 1, max: 1, distinct: false, weight };
}

export interface AnyOptions {
  /** Fewest and most faults of a plan; default 1 to 3. */
  readonly min?: number;
  readonly max?: number;
  readonly weight?: number;
}

/** Several faults, each of any of the kinds: `any(partition(), crash(), { max: 5 })`. */
export function any(...parts: readonly (FaultChoice | AnyOptions)[]): FaultChoice {
  const choices: FaultChoice[] = [];
  let options: AnyOptions = {};
  for (const part of parts) {
    if ('choose' in part) choices.push(part);
    else options = part;
  }
  const { min = 1, max = Math.max(3, min), weight = 1 } = options;
  return { choose: 'any', choices, min, max, distinct: false, weight };
}

/**
 * Exactly so many of the kinds, each once at most: `exactly(2, pause(), replyLost(), crash())`.
 * @param count fewer when there are fewer kinds
 */
export function exactly(count: number, ...choices: readonly FaultChoice[]): FaultChoice {
  return { choose: 'any', choices, min: count, max: count, distinct: true, weight: 1 };
}

export interface BurstOptions {
  /** Fewest and most faults; default 3 to 6. */
  readonly times?: readonly [number, number];
  /** Longest time from one to the next; default 2 s. */
  readonly within?: Duration;
  readonly weight?: number;
}

/** Several faults of a choice close together, each drawn anew: `burst(reset())`. */
export function burst(of: FaultChoice, { times = [3, 6], within = '2s', weight = 1 }: BurstOptions = {}): FaultChoice {
  const everyMs = [1, Math.max(1, milliseconds(within))] as const;
  return { choose: 'repeat', choice: of, times, everyMs, isDrawnAnew: true, weight };
}

export interface FlappingOptions {
  /** Fewest and most times; default 3 to 8. */
  readonly times?: readonly [number, number];
  /** Shortest and longest time from one start to the next; default 1 s to 5 s. The fault is in force for half of it at most. */
  readonly period?: readonly [Duration, Duration];
  readonly weight?: number;
}

/** The same fault again and again with a period: `flapping(partition())`. */
export function flapping(
  of: FaultChoice,
  { times = [3, 8], period = ['1s', '5s'], weight = 1 }: FlappingOptions = {},
): FaultChoice {
  const everyMs = [milliseconds(period[0]), milliseconds(period[1])] as const;
  return { choose: 'repeat', choice: of, times, everyMs, isDrawnAnew: false, weight };
}

export interface Pair {
  /** Links of the first message's reply, as a glob: `db>worker-*`. */
  readonly link: string;
  /** Labels of what is asked, and of what is done upon it: `SELECT * FROM seats*`, `UPDATE seats*`. */
  readonly check: string;
  readonly act: string;
}

/** Faults of the choice between a check and the act that rests on it: `between(pause(), { link: 'db>worker-*', check, act })`. */
export function between(of: FaultChoice, { link, check, act }: Pair): FaultChoice {
  const { from, to } = linkSides(link);
  const points: readonly Point[] = [
    { link, message: 'reply', label: check, when: 'after' },
    { link: `${to}>${from}`, message: 'request', label: act, when: 'before' },
  ];
  return withPoints(of, points);
}

function withPoints(of: FaultChoice, points: readonly Point[]): FaultChoice {
  switch (of.choose) {
    case 'kind':
      return { ...of, options: { ...of.options, points } };
    case 'any':
      return { ...of, choices: of.choices.map((choice) => withPoints(choice, points)) };
    case 'repeat':
      return { ...of, choice: withPoints(of.choice, points) };
  }
}

/** No faults at all: for scenarios that load or configuration breaks. */
export function none(): FaultChoice {
  return { choose: 'any', choices: [], min: 0, max: 0, distinct: false, weight: 1 };
}

function choice<Options extends CommonOptions>(kind: string, options: Options): FaultChoice {
  const { weight = 1, ...rest } = options;
  // Options are data: a plan's generator, and the kind, read them.
  return { choose: 'kind', kind, options: rest as Readonly<Record<string, unknown>>, weight };
}
