/**
 * A corpus: plans that reached something new, one JSON file each, in a folder that may be committed and used again. Files are named
 * after their content, so that two machines may add to one folder. Entries of other scenarios are left alone; those of another subject
 * of the same scenario are used, as plans do not depend on the program.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { SeedstormError } from '../../sim/kernel/errors.ts';
import { type Plan, planShape } from '../plan/format.ts';
import { readPlan } from '../plan/validate.ts';

const CORPUS_FORMAT = 'seedstorm/corpus@1';

const entryShape = z.strictObject({
  format: z.literal(CORPUS_FORMAT),
  /** How the plan came about. */
  how: z.string(),
  /** Number of pairs that it reached first. */
  news: z.int().min(0),
  plan: planShape,
});

export interface CorpusEntry {
  readonly plan: Plan;
  readonly how: string;
  readonly news: number;
}

/**
 * The entries of a scenario, in the order of their file names; none where the folder does not exist yet.
 * @throws SeedstormError `E_PARSE`, `E_VERSION`, `E_INPUT`: each names the file
 */
export function readCorpus(folder: string, scenario: string): readonly CorpusEntry[] {
  if (!existsSync(folder)) return [];
  if (!statSync(folder).isDirectory()) throw new SeedstormError('E_INPUT', `--corpus: ${folder} is not a folder.`);
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => readEntry(join(folder, name)))
    .filter(({ plan }) => plan.scenario === scenario);
}

function readEntry(path: string): CorpusEntry {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new SeedstormError(
      'E_PARSE',
      `The corpus file ${path} is not JSON: ${(error as Error).message}. Was it cut off? Delete it, the search goes on without it.`,
    );
  }
  const format = (json as { format?: unknown } | null)?.format;
  if (typeof format === 'string' && format.startsWith('seedstorm/corpus@') && format !== CORPUS_FORMAT)
    throw new SeedstormError(
      'E_VERSION',
      `The corpus file ${path} has the format ${format}; this seedstorm reads ${CORPUS_FORMAT}. Update seedstorm, or use another folder.`,
    );
  const parsed = entryShape.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw new SeedstormError(
      'E_INPUT',
      `${path} is not a corpus file: ${issue.path.join('.') || 'the file'}: ${issue.message}.`,
    );
  }
  try {
    return { plan: readPlan(parsed.data.plan), how: parsed.data.how, news: parsed.data.news };
  } catch (error) {
    if (error instanceof SeedstormError) throw new SeedstormError(error.code, `${path}: plan: ${error.message}`);
    throw error;
  }
}

/** Adds an entry to the folder, which is made where it is missing. */
export function writeEntry(folder: string, { plan, how, news }: CorpusEntry): void {
  mkdirSync(folder, { recursive: true });
  const hash = createHash('sha256').update(JSON.stringify(plan)).digest('hex').slice(0, 12);
  const path = join(folder, `${plan.scenario}-${hash}.json`);
  writeFileSync(path, `${JSON.stringify({ format: CORPUS_FORMAT, how, news, plan }, null, 2)}\n`);
}
