/** What the parent and its children say to each other. All values are plain; one task is in flight per child. */
import type { FreshChance } from '../../sim/kernel/streams.ts';
import type { HistoryRecord } from '../history/record.ts';
import type { InfraOptions } from '../infra-options.ts';
import type { Plan, Profile } from '../plan/format.ts';
import type { RunOutcome } from '../verdict.ts';
import type { WorldHost } from '../world.ts';

export interface Target {
  /** Name of a built-in row, or path of a scenario module. */
  readonly scenario: string;
  readonly subject: string;
  readonly profile: Profile;
  readonly cwd: string;
}

/** A claim of the scenario, for reports. */
export interface ClaimDescription {
  readonly invariant: string;
  readonly claim: string;
  readonly checkerId: string;
}

export interface ScenarioDescription {
  readonly name: string;
  readonly about: string;
  readonly file: string;
  readonly root: string;
  readonly isBuiltin: boolean;
  readonly subjects: readonly string[];
  readonly faultProvoked: boolean;
  readonly claims: readonly ClaimDescription[];
  readonly faultKinds: readonly string[];
  /** Names of the process instances. */
  readonly processes: readonly string[];
}

export interface SubjectDescription {
  /** Content hashes of the program files by shown path. */
  readonly files: Readonly<Record<string, string>>;
  /** Source texts by shown path. */
  readonly sources: Readonly<Record<string, string>>;
}

export type Request =
  | { readonly type: 'describe'; readonly target: Omit<Target, 'subject'> }
  | { readonly type: 'describe-subject'; readonly target: Target }
  /** Simpler values of the workload's draws, for shrinking. */
  | { readonly type: 'simpler-draws'; readonly target: Target; readonly draws: unknown }
  /** Generates the seed's plan. */
  | { readonly type: 'generate'; readonly target: Target; readonly seed: number }
  /** Generates the seed's plan and runs it. */
  | {
      readonly type: 'seed';
      readonly target: Target;
      readonly seed: number;
      readonly faults: boolean;
      readonly swarm?: boolean;
      readonly coverage?: boolean;
      /** Runs in the real world; its history comes back with the answer, since no second run would be the same. */
      readonly infra?: InfraOptions;
    }
  /** Runs a given plan. */
  | {
      readonly type: 'plan';
      readonly target: Target;
      readonly plan: Plan;
      readonly traces: boolean;
      readonly coverage?: boolean;
      readonly infra?: InfraOptions;
      readonly fresh?: FreshChance;
      /** Waits for a debugger on that port of 127.0.0.1, runs, and stops in it at the true time (µs). */
      readonly inspect?: { readonly atMicros: number; readonly port: number };
      readonly folds?: FoldRequest;
      readonly collectsGarbage?: boolean;
    };

/** How much of the trace to send back: all prefix hashes, or the description of one event. */
export type FoldRequest = { readonly all: true } | { readonly describe: number };

export interface RunAnswer {
  readonly outcome: RunOutcome;
  readonly plan: Plan;
  /** Real milliseconds. */
  readonly millis: number;
  readonly items: number;
  readonly planInWords: readonly string[];
  /** What the run reached, where that was asked for (`coverage.ts`). */
  readonly coverage?: readonly number[];
  readonly history?: readonly HistoryRecord[];
  readonly hosts?: readonly WorldHost[];
  readonly epochMs?: number;
  /** In infra: the servers and the proxy that served. */
  readonly servedBy?: readonly string[];
  readonly foldHashes?: readonly string[];
  readonly foldDescription?: string;
}

export type Answer =
  | { readonly type: 'described'; readonly description: ScenarioDescription }
  | { readonly type: 'subject-described'; readonly description: SubjectDescription }
  | { readonly type: 'planned'; readonly plan: Plan }
  | { readonly type: 'drawn'; readonly draws: readonly unknown[] }
  | { readonly type: 'ran'; readonly answer: RunAnswer }
  /** The request itself could not be served: bad input, or a bug of ours. */
  | { readonly type: 'refused'; readonly code: string; readonly message: string };
