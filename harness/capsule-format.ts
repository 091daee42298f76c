/** The capsule: one JSON file from which anyone replays one run. */
import { z } from 'zod';
import { planShape } from './plan/format.ts';

/** The real world has no trace hash: no two runs are the same. */
export const NO_HASH = '';

export const CAPSULE_FORMAT = 'seedstorm/capsule@1';

/** What was learned about a violation by running it again, otherwise: see `explore/explain.ts`. */
const explanationShape = z.strictObject({
  /** All runs behind these figures. */
  runs: z.int(),
  /** Per fault: runs of the plan without it, and how many of them broke the same invariant. */
  necessity: z.array(z.strictObject({ faultId: z.string(), runs: z.int(), violations: z.int() })),
  /** Per instant (true time, µs): runs with the same chance up to it and other chance from then on. */
  likelihood: z.array(z.strictObject({ at: z.number(), runs: z.int(), violations: z.int() })),
  /** The first difference from the same plan less one fault, which passed. */
  nearestPass: z
    .strictObject({
      words: z.string(),
      at: z.number(),
      here: z.string().nullable(),
      there: z.string().nullable(),
      seq: z.int().optional(),
    })
    .optional(),
});
export type Explanation = z.infer<typeof explanationShape>;

export const capsuleShape = z.strictObject({
  format: z.literal(CAPSULE_FORMAT),
  /** Versions of seedstorm and Node that wrote it. */
  seedstorm: z.string(),
  node: z.string(),
  mode: z.enum(['sim', 'infra']),
  scenario: z.strictObject({
    name: z.string(),
    /** Path of the scenario's module, relative to the project root, or `builtin:NAME`. */
    file: z.string(),
    hash: z.string(),
  }),
  subject: z.strictObject({
    name: z.string(),
    /** Content hashes of the program files by path, mutants' patches included. */
    files: z.record(z.string(), z.string()),
  }),
  /** Content hash of the lock file, or null where there is none. */
  lock: z.string().nullable(),
  plan: planShape,
  expected: z.strictObject({
    verdict: z.enum(['pass', 'violation', 'vacuous', 'unknown', 'error']),
    invariant: z.string().nullable(),
    /** The violation in words. */
    message: z.string().nullable(),
    hash: z.string(),
  }),
  /** How it was found, for reports: the seed of the search, the plan before shrinking. */
  found: z
    .strictObject({
      by: z.string(),
      original: planShape.optional(),
      runs: z.int().optional(),
      explained: explanationShape.optional(),
    })
    .optional(),
  /** Source texts by path (`--bundle`). */
  bundle: z.record(z.string(), z.string()).optional(),
});
export type Capsule = z.infer<typeof capsuleShape>;

/** Whether a run has the hash that the capsule expects; a capsule of infra expects none. */
export function isExpectedHash(hash: string, { expected }: Pick<Capsule, 'expected'>): boolean {
  return expected.hash === NO_HASH || expected.hash === hash;
}
