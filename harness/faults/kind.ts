/**
 * What a fault kind is. Each kind is one file that keeps its schema, its arbitrary, the way it shrinks, its sentence and its
 * implementation against the World's acts together.
 */
import type * as fc from 'fast-check';
import type { z } from 'zod';
import type { DrawnFault, Fault, Trigger } from '../plan/format.ts';
import type { Act, Bite, Lift, MessageOnLink, Setting, World } from '../world.ts';

/** What an arbitrary may know of the scenario. */
export interface FaultContext {
  /** Names of the process instances. */
  readonly processes: readonly string[];
  /** Names of the servers by type. */
  readonly redis: readonly string[];
  /** The replicas of each Redis that has some; they are among `redis` as well. */
  readonly replicated: Readonly<Record<string, readonly string[]>>;
  readonly postgres: readonly string[];
  readonly services: readonly string[];
  /** Faults start before this true time, ms. */
  readonly durationMs: number;
}

/** A scenario's choice of fault kinds, as data: what `fault.partition()` or `fault.any(...)` gives. */
export type FaultChoice =
  | {
      readonly choose: 'kind';
      readonly kind: string;
      readonly options: Readonly<Record<string, unknown>>;
      readonly weight: number;
    }
  | {
      readonly choose: 'any';
      readonly choices: readonly FaultChoice[];
      /** Fewest and most faults. */
      readonly min: number;
      readonly max: number;
      /** No choice is taken twice. */
      readonly distinct: boolean;
      readonly weight: number;
    }
  | {
      /** One fault of the choice, again and again: close together (a burst), or with a period (flapping). */
      readonly choose: 'repeat';
      readonly choice: FaultChoice;
      /** Fewest and most times. */
      readonly times: readonly [number, number];
      /** Shortest and longest time from one start to the next, ms. */
      readonly everyMs: readonly [number, number];
      /** True: each time is drawn anew; false: the same fault comes again. */
      readonly isDrawnAnew: boolean;
      readonly weight: number;
    };

export interface Application {
  readonly world: World;
  readonly bite: Bite;
  /** The message at which an `on` trigger met, if any. */
  readonly message: MessageOnLink | undefined;
}

export interface FaultKind {
  readonly kind: string;
  /** Schema of the whole fault, base fields included; strict, so that an unknown field is named. */
  readonly schema: z.ZodType;
  /** Acts that it needs: a world without one refuses the plan by name. */
  readonly acts: readonly Act[];
  /** Draws a fault less its `id`; `options` are what the scenario passed. */
  arbitrary(context: FaultContext, options: Readonly<Record<string, unknown>>): fc.Arbitrary<DrawnFault>;
  /** Simpler versions of a fault, the simplest first; never the fault itself. */
  shrink(fault: Fault): readonly Fault[];
  /** Names of hosts and processes inside, for validation: a pair of field path and name. */
  names(
    fault: Fault,
  ): readonly { readonly field: string; readonly name: string; readonly role: 'process' | 'host' | 'server' }[];
  /** The fault in words, without its start: `worker-1 is cut from redis for 8 s`. */
  describe(fault: Fault): string;
  /** True when it ends by itself after `for`; the others happen at an instant. */
  readonly lasting: boolean;
  /**
   * The message for which a fault waits once the clock has started it: the next one that matches. Undefined, or no such member: it is
   * put in force at once.
   */
  awaits?(fault: Fault): Trigger | undefined;
  /** What it asks of the run before its first event. Undefined, or no such member: nothing. */
  setting?(fault: Fault): Setting | undefined;
  /** True when it asks for nothing (a count or a share of zero): a plan with it is the plan without it. Absent: never. */
  isNothing?(fault: Fault): boolean;
  /** Puts it in force; the planner calls the result after `for`. */
  apply(application: Application, fault: Fault): Lift;
}
