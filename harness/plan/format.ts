/**
 * The fault plan: everything that a run needs besides the code and the seed, as plain JSON.
 *
 * Times are in ms of true time. A fault starts `at` a time or `on` the n-th matching message of a link; with both, it starts on the
 * message, but at the latest `at` that time. A plan read from a file is checked against this schema and against the scenario
 * (`readPlan`), and the error names the field.
 */
import { z } from 'zod';

/** A fault starts before (the message waits until it is in force) or after the delivery of the n-th message that matches. */
export const trigger = z.strictObject({
  /** Directed: `worker-1>redis`; each side may be a glob. */
  link: z.string().regex(/^[^>]+>[^>]+$/, 'a link is written "from>to"'),
  message: z.enum(['request', 'reply', 'push']),
  /** A glob over labels: `SET leader *`. */
  label: z.string().min(1),
  /** Counted from 1, per link, from the start of the run. */
  nth: z.int().min(1).max(1_000_000),
  when: z.enum(['before', 'after']).default('before'),
});
export type Trigger = z.infer<typeof trigger>;

/** The fields that every fault has; each kind adds its own (`harness/faults/<kind>.ts`). */
export const faultBase = {
  id: z.string().min(1),
  /** ms of true time; next to `on` it is the latest start. */
  at: z.number().min(0).optional(),
  on: trigger.optional(),
};

/** How long a fault that has an end is in force, in ms. */
export const durationMs = z
  .number()
  .min(0)
  .max(86_400_000 * 400);

/** A fault before the plan gave it its id. */
export interface DrawnFault {
  readonly kind: string;
  readonly at?: number | undefined;
  readonly on?: Trigger | undefined;
  readonly for?: number | undefined;
  readonly [field: string]: unknown;
}

/** A fault as the plan carries it; the registry's schema of its `kind` says what else is inside. */
export interface Fault extends DrawnFault {
  readonly id: string;
}

export type Profile = 'full' | 'short';

export interface Plan {
  readonly format: 'seedstorm/plan@1';
  readonly scenario: string;
  readonly subject: string;
  readonly seed: number;
  readonly profile: Profile;
  readonly workload: {
    /** What the scenario's `draws` arbitrary gave. */
    readonly draws: unknown;
    /** Numbers of the workload items (`t.each`) that are left out: the unit of shrinking. */
    readonly skip: readonly number[];
  };
  /** Names of process instances that are never started: what shrinking found needless. Absent: all are started. */
  readonly absent?: readonly string[] | undefined;
  readonly faults: readonly Fault[];
}

export const PLAN_FORMAT = 'seedstorm/plan@1';

/** Schema of a plan less its faults' own fields. */
export const planShape = z.strictObject({
  format: z.literal(PLAN_FORMAT),
  scenario: z.string().min(1),
  subject: z.string().min(1),
  seed: z.int().min(0).max(0xffff_ffff),
  profile: z.enum(['full', 'short']),
  workload: z.strictObject({ draws: z.unknown(), skip: z.array(z.int().min(0)) }),
  absent: z.array(z.string().min(1)).optional(),
  faults: z.array(z.looseObject({ ...faultBase, kind: z.string().min(1) })).max(1000),
});
