/** Capsules: written when a run is worth keeping, read and checked when it is replayed. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SeedstormError } from '../sim/kernel/errors.ts';
import { CAPSULE_FORMAT, type Capsule, capsuleShape } from './capsule-format.ts';
import type { ScenarioDescription, SubjectDescription } from './explore/protocol.ts';
import { seedstormVersion, shownPath } from './load.ts';
import type { Plan } from './plan/format.ts';
import { readPlan } from './plan/validate.ts';
import type { RunOutcome } from './verdict.ts';

export interface CapsuleContents {
  /** The world in which it was found. */
  readonly mode: Capsule['mode'];
  readonly scenario: ScenarioDescription;
  readonly subject: SubjectDescription;
  readonly plan: Plan;
  readonly outcome: RunOutcome;
  readonly found?: NonNullable<Capsule['found']>;
  /** Source texts by path, to carry along. */
  readonly bundle?: Readonly<Record<string, string>>;
}

/** Makes the capsule of a run. */
export function makeCapsule({ mode, scenario, subject, plan, outcome, found, bundle }: CapsuleContents): Capsule {
  const shown = shownPath(scenario.root, scenario.file);
  const scenarioHash = subject.files[shown] ?? '';
  const files = Object.fromEntries(Object.entries(subject.files).filter(([path]) => path !== shown));
  return {
    format: CAPSULE_FORMAT,
    seedstorm: seedstormVersion,
    node: process.version,
    mode,
    scenario: {
      name: scenario.name,
      file: scenario.isBuiltin ? `builtin:${scenario.name}` : shown,
      hash: scenarioHash,
    },
    subject: { name: plan.subject, files },
    lock: lockHash(scenario.root),
    plan: plan as Capsule['plan'],
    expected: {
      verdict: outcome.verdict,
      invariant: outcome.violation?.invariant ?? null,
      message: outcome.violation?.message ?? outcome.reason ?? null,
      hash: outcome.hash,
    },
    ...(found === undefined ? {} : { found }),
    ...(bundle === undefined ? {} : { bundle: { ...bundle } }),
  };
}

/** Content hash of the project's lock file, or null where there is none. */
export function lockHash(root: string): string | null {
  for (const name of ['package-lock.json', 'npm-shrinkwrap.json', 'pnpm-lock.yaml', 'yarn.lock']) {
    const path = join(root, name);
    if (existsSync(path)) return createHash('sha256').update(readFileSync(path)).digest('hex');
  }
  return null;
}

/** Writes a capsule into a folder; returns its path. */
export function writeCapsule(capsule: Capsule, folder: string): string {
  mkdirSync(folder, { recursive: true });
  const subject = capsule.subject.name.replace(/[^A-Za-z0-9._-]+/g, '-');
  const path = join(folder, `${capsule.scenario.name}-${subject}-${capsule.plan.seed}.json`);
  writeFileSync(path, `${JSON.stringify(capsule, null, 2)}\n`);
  return path;
}

/**
 * Reads and checks a capsule.
 * @throws SeedstormError `E_NOT_FOUND`, `E_PARSE` (not JSON), `E_VERSION` (another format), `E_INPUT` (names the field)
 */
export function readCapsule(path: string): Capsule {
  if (!existsSync(path)) throw new SeedstormError('E_NOT_FOUND', `There is no file ${path}.`);
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new SeedstormError('E_PARSE', `${path} is not JSON: ${(error as Error).message}.`, { cause: error });
  }
  const format = (json as { format?: unknown } | null)?.format;
  if (typeof format === 'string' && format !== CAPSULE_FORMAT && format.startsWith('seedstorm/capsule@')) {
    throw new SeedstormError(
      'E_VERSION',
      `${path} has the format ${format}; this seedstorm (${seedstormVersion}) reads ${CAPSULE_FORMAT}. Use the version that wrote it (see its "seedstorm" field).`,
    );
  }
  const parsed = capsuleShape.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const field = issue!.path.reduce<string>(
      (text, key) => (typeof key === 'number' ? `${text}[${key}]` : `${text}${text === '' ? '' : '.'}${String(key)}`),
      '',
    );
    throw new SeedstormError(
      'E_INPUT',
      `${path} is not a capsule: ${field === '' ? 'the file' : `field ${field}`}: ${issue!.message}.`,
    );
  }
  readPlan(parsed.data.plan);
  return parsed.data;
}
