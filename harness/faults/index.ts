/**
 * Faults as a scenario chooses them: `fault.any(fault.partition(), fault.pause({ max: '20s' }))`.
 *
 * Each function gives data only; plans are drawn from it by `harness/plan/generate.ts`. The kinds are one file each, listed in
 * registry.ts; kind.ts says what a kind is, define.ts makes one, draw.ts and shrinking.ts hold what they share, and sides.ts,
 * process-target.ts and server-target.ts what related kinds share.
 */
import type { BandwidthOptions } from './bandwidth.ts';
import type { BlackholeOptions } from './blackhole.ts';
import type { ClockOptions } from './clock.ts';
import type { ClockStepOptions } from './clock-step.ts';
import type { CrashOptions } from './crash.ts';
import type { DelayOptions } from './delay.ts';
import type { CommonOptions } from './draw.ts';
import type { ExitOptions } from './exit.ts';
import type { HoldLockOptions } from './hold-lock.ts';
import type { FaultChoice } from './kind.ts';
import type { LateRequestOptions } from './late-request.ts';
import type { PartitionOptions } from './partition.ts';
import type { PauseOptions } from './pause.ts';
import type { PoisonOptions } from './poison.ts';
import type { PostgresRestartOptions } from './postgres-restart.ts';
import type { RedisRestartOptions } from './redis-restart.ts';
import type { ReplyLostOptions } from './reply-lost.ts';
import type { ResetOptions } from './reset.ts';
import type { TerminateBackendsOptions } from './terminate-backends.ts';

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
/** Postgres goes down, and comes back. */
export const postgresRestart = (options: PostgresRestartOptions = {}): FaultChoice =>
  choice('postgres-restart', options);
/** Postgres ends connections. */
export const terminateBackends = (options: TerminateBackendsOptions = {}): FaultChoice =>
  choice('terminate-backends', options);
/** Another session keeps a table locked. */
export const holdLock = (options: HoldLockOptions): FaultChoice => choice('hold-lock', options);

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
  return { choose: 'any', choices, min: 1, max: 1, weight };
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
  return { choose: 'any', choices, min, max, weight };
}

/** No faults at all: for scenarios that load or configuration breaks. */
export function none(): FaultChoice {
  return { choose: 'any', choices: [], min: 0, max: 0, weight: 1 };
}

function choice<Options extends CommonOptions>(kind: string, options: Options): FaultChoice {
  const { weight = 1, ...rest } = options;
  // Options are data: a plan's generator, and the kind, read them.
  return { choose: 'kind', kind, options: rest as Readonly<Record<string, unknown>>, weight };
}
