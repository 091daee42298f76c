/**
 * The API that a user's scenario imports: `import { scenario, redis, postgres, ledger, fault, invariant, fc } from 'seedstorm'`.
 *
 * A scenario is data and pure functions. This module and all that it imports use no `node:` module, because it is loaded inside
 * virtual processes as well (the workload runs in one).
 */
import * as fc from 'fast-check';
import type { Checker, Finding, Judge, SettleContext, Violation } from './checkers/checker.ts';
import type { Duration } from './duration.ts';
import { milliseconds } from './duration.ts';
import type { FaultChoice } from './faults/kind.ts';
import type { HistoryRecord } from './history/record.ts';
import type { Profile } from './plan/format.ts';

export * as invariant from './checkers/index.ts';
export * as fault from './faults/index.ts';
export type { Checker, Duration, FaultChoice, Finding, HistoryRecord, Judge, Profile, SettleContext, Violation };
export { fc, milliseconds };

/** Named durations (ms) of a scenario, per profile: `full` has the real numbers, `short` ends within 20 s of true time. */
export type Durations = Readonly<Record<string, number>>;

/** Where a process finds a server or another process. */
export interface Address {
  readonly host: string;
  readonly port: number;
  /** `redis://...`, `postgres://...` or `http://...` */
  readonly url: string;
}

export interface RedisOptions {
  readonly password?: string;
  /** Durability: what a crash takes along. Default `everysec`. */
  readonly appendfsync?: 'always' | 'everysec' | 'no';
  /** Bytes; 0 is no limit (default). */
  readonly maxmemory?: number;
  /**
   * Number of replicas, on hosts `NAME-replica-1` and so on; default 0. They follow asynchronously: a failover (`fault.redisFailover`) loses what
   * they have not received.
   */
  readonly replicas?: number;
}

export interface PostgresOptions {
  /** SQL text, or the path of an `.sql` file relative to the scenario, run before anything else. */
  readonly schema?: string;
  readonly password?: string;
  readonly auth?: 'trust' | 'md5' | 'scram-sha-256';
  readonly maxConnections?: number;
}

export interface LedgerOptions {
  /** Honours `Idempotency-Key`: a repeated key is answered with the first reply and makes no second effect. Default false. */
  readonly idempotency?: boolean;
}

export type ServerDefinition =
  | { readonly type: 'redis'; readonly options: RedisOptions }
  | { readonly type: 'postgres'; readonly options: PostgresOptions }
  /** An ordinary Node HTTP program of the surroundings; never crashed or paused by a plan. */
  | { readonly type: 'service'; readonly program: string; readonly env: Readonly<Record<string, string>> };

/** A Redis server. */
export function redis(options: RedisOptions = {}): ServerDefinition {
  return { type: 'redis', options };
}

/** A Postgres server with one database. */
export function postgres(options: PostgresOptions = {}): ServerDefinition {
  return { type: 'postgres', options };
}

/** A service: a Node HTTP program that listens on `PORT`; it may import `seedstorm/service` to record history. */
export function service(options: { program: string; env?: Readonly<Record<string, string>> }): ServerDefinition {
  return { type: 'service', program: options.program, env: options.env ?? {} };
}

/** The effect ledger: records every `POST` that it accepts as an effect. */
export function ledger(options: LedgerOptions = {}): ServerDefinition {
  return service({ program: 'builtin:ledger', env: options.idempotency === true ? { LEDGER_IDEMPOTENCY: '1' } : {} });
}

export type RestartPolicy =
  | 'never'
  | 'on-failure'
  | 'always'
  | { readonly when: 'on-failure' | 'always'; readonly delay: Duration };

/** What `env` and the workload know of the surroundings. */
export interface Surroundings {
  /** The servers' addresses as this process reaches them, by name. */
  readonly [server: string]: Address;
}

export interface EnvContext {
  readonly durations: Durations;
  /** Number of this instance, from 1. */
  readonly instance: number;
  /** Name of this process: `worker-1`, or `worker` where there is one only. */
  readonly name: string;
  /** Addresses of all processes of the scenario that listen, as this process reaches them. */
  readonly processes: Readonly<Record<string, Address>>;
}

/** `Name`: names of the scenario's servers, so that `env` knows them. */
export interface ProcessDefinition<Name extends string = string> {
  /** Path of the program, relative to the scenario. Left out where the subjects give it. */
  readonly program?: string;
  readonly args?: readonly string[];
  /** Number of instances; default 1. They are called `name-1` ... `name-n`. */
  readonly count?: number;
  readonly env?: (servers: Readonly<Record<Name, Address>>, context: EnvContext) => Readonly<Record<string, string>>;
  /** What follows an exit; a crash by a fault is followed by the fault's own restart. Default `on-failure` after 1 s. */
  readonly restart?: RestartPolicy;
  /** IANA zone of the process's local time; default UTC. */
  readonly timeZone?: string;
}

/** What the outside world does. Runs as a process of its own on the host `client`. */
export interface Workload<Draws> {
  /** Draws of a seed; part of the plan, and shrunk with it. */
  readonly draws?: fc.Arbitrary<Draws>;
  readonly run: (t: WorkloadTools, draws: Draws) => Promise<void>;
}

export interface HttpReply {
  readonly status: number;
  readonly body: string;
  json<T = unknown>(): T;
}

export interface OperationOptions {
  readonly key?: string;
  readonly value?: unknown;
  readonly session?: string;
  /** True for calls that only read: a timeout of one is `fail`, not `info`. */
  readonly reads?: boolean;
}

export interface HttpOptions extends OperationOptions {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Default 10 s. */
  readonly timeout?: Duration;
}

/** The workload's tools. All calls are recorded; random draws come from a stream of their own per item. */
export interface WorkloadTools {
  readonly durations: Durations;
  readonly servers: Surroundings;
  readonly processes: Readonly<Record<string, Address>>;
  /** True time in ms since the run began. */
  now(): number;
  sleep(duration: Duration): Promise<void>;
  /** An integer in [low, high]. */
  between(low: number, high: number): number;
  /** One of the items. */
  pick<T>(items: readonly T[]): T;
  /**
   * Runs the items one after the other (`concurrency` at once). Each is a unit of shrinking with its own random stream: leaving one
   * out shifts no other. `items` is a number (items are 0..n-1) or a list.
   */
  each<T = number>(
    items: number | readonly T[],
    body: (t: WorkloadTools, item: T, index: number) => Promise<void>,
    options?: { readonly concurrency?: number },
  ): Promise<void>;
  /** Records `invoke` and then `ok`, `fail` or `info` around the call. A rejected promise is recorded, and not thrown again. */
  operation<T>(f: string, options: OperationOptions, call: () => Promise<T>): Promise<T | undefined>;
  /**
   * An HTTP request to a process or a service by name; recorded as `METHOD target path`. A name with several instances takes one of
   * them. The operation's key is `options.key`, or the body's `key`, or the last part of the path (`/bill/17`). Resolves to undefined
   * when no reply came.
   */
  post(target: string, path: string, body?: unknown, options?: HttpOptions): Promise<HttpReply | undefined>;
  get(target: string, path: string, options?: HttpOptions): Promise<HttpReply | undefined>;
  request(method: string, target: string, path: string, options?: HttpOptions): Promise<HttpReply | undefined>;
  /** Records a mark. */
  mark(name: string, value?: unknown): void;
}

/** The built-in rows' programs: the published mistake, its cure, and the cure with one part broken. */
export interface SubjectsDefinition {
  /** Program per process name. */
  readonly naive: Readonly<Record<string, string>>;
  readonly hardened: Readonly<Record<string, string>>;
  /** Names of the mutants: patches of the hardened program, `NAME.patch.json` in the folder. */
  readonly mutants: { readonly folder: string; readonly names: readonly string[] };
  /** True where the naive program must pass when the faults are off. */
  readonly faultProvoked: boolean;
}

export interface ScenarioDefinition<Draws, Name extends string = string> {
  /** Words of `[a-z0-9-]`. */
  readonly name: string;
  /** One sentence: what can go wrong. */
  readonly about?: string;
  readonly durations?: { readonly full: Durations; readonly short?: Durations };
  readonly servers: Readonly<Record<Name, ServerDefinition>>;
  readonly processes: Readonly<Record<string, ProcessDefinition<NoInfer<Name>>>>;
  readonly subjects?: SubjectsDefinition;
  /** Programs that run to their exit, one after the other, before the processes start; their env is the first process's. */
  readonly setup?: readonly string[];
  /** Tables whose commits are recorded, by server. */
  readonly observe?: Readonly<Record<string, readonly string[]>>;
  readonly workload: Workload<Draws>;
  /** Faults may start in [0, duration); default 60 s. */
  readonly duration?: Duration | ((durations: Durations) => Duration);
  readonly faults?: FaultChoice | ((durations: Durations) => FaultChoice);
  readonly invariants: readonly Checker[] | ((durations: Durations) => readonly Checker[]);
  /** Intrinsics that programs may change, as `Array.prototype.foo`. */
  readonly polyfills?: readonly string[];
  /** Outside host names that stand for a server or service: `{ 'api.stripe.com': 'bank' }`. */
  readonly hosts?: Readonly<Record<string, string>>;
  /** Date at which true time zero lies; default 2026-01-01T00:00:00Z. */
  readonly epoch?: string;
}

export interface Scenario {
  readonly kind: 'seedstorm/scenario';
  // The draws' type matters between the arbitrary and the workload of one definition only.
  readonly definition: ScenarioDefinition<unknown>;
  /** Its stack tells in which file it was defined: `storm` sends that file to the children. Absent: the file is not known. */
  readonly place?: Error;
}

/**
 * Defines a scenario; the module's default export.
 * @throws Error for a name that is not made of `[a-z0-9-]`
 */
export function scenario<Draws = undefined, Name extends string = string>(
  definition: ScenarioDefinition<Draws, Name>,
): Scenario {
  if (!/^[a-z0-9][a-z0-9-]*$/.test(definition.name)) {
    throw new Error(`A scenario's name is made of a-z, 0-9 and "-"; "${definition.name}" is not.`);
  }
  return {
    kind: 'seedstorm/scenario',
    definition: definition as unknown as ScenarioDefinition<unknown>,
    // Cheap: a stack becomes a text only when somebody reads it.
    place: new Error('a scenario was defined here'),
  };
}
