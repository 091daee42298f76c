/**
 * `seedstorm merge`: one result from those of the shards of a run. Counts and premises are summed, and what is expected is judged anew over
 * all seeds: a bug that one shard of eight found is found, and a checker that had nothing to judge in one may have had in another.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import {
  colourFor,
  formatSuite,
  renderAnnotations,
  renderJunit,
  renderStepSummary,
  type ScenarioReport,
  type SuiteReport,
} from '../../reports/index.ts';
import { SeedstormError } from '../../sim/kernel/errors.ts';
import { detectionBudget, seedstormVersion } from '../load.ts';
import { exitCode } from './exit-codes.ts';
import { exitCodeOfSweeps, expectationOf } from './expectation.ts';
import { partsOfShard } from './seeds.ts';

export interface MergeOptions {
  readonly junit?: string;
  readonly json?: boolean;
}

const RUN_FORMAT = 'seedstorm/run@1';
const count = z.int().min(0);
const rowShape = z.looseObject({
  name: z.string(),
  subject: z.string(),
  mode: z.enum(['sim', 'infra']),
  seeds: count,
  pass: count,
  violation: count,
  vacuous: count,
  unknown: count,
  error: count,
  seconds: z.number(),
  events: count,
  first: z.looseObject({ seed: count, invariant: z.string(), message: z.string(), capsule: z.string() }).nullable(),
  premises: z.record(z.string(), z.object({ sum: count, seeds: count })),
  troubles: z.array(z.looseObject({ seed: count, verdict: z.string(), code: z.string(), message: z.string() })),
});
const runShape = z.looseObject({
  format: z.literal(RUN_FORMAT),
  shard: z.string().nullable().default(null),
  faults: z.boolean().default(true),
  explore: z.string().default('blind'),
  scenarios: z.array(rowShape),
  seconds: z.number(),
});
type RunResult = z.infer<typeof runShape>;
type Row = z.infer<typeof rowShape>;

/** Runs the command; resolves to the exit code. */
export async function merge(paths: readonly string[], options: MergeOptions): Promise<number> {
  if (paths.length === 0)
    throw new SeedstormError('E_USAGE', 'merge needs the files that "run --shard i/n --json" printed.');
  const results = paths.map(readResult);
  checkShards(paths, results);
  const rows = mergeRows(results);
  const scenarios = rows.map((row) => reportOf(row, results[0]!));
  const suite: SuiteReport = {
    title: 'seedstorm',
    startedAt: new Date().toISOString(),
    seconds: Math.max(...results.map(({ seconds }) => seconds)),
    versions: { seedstorm: seedstormVersion, node: process.version },
    scenarios,
  };
  process.stderr.write(`${formatSuite(suite, colourFor(process.stderr, process.env))}\n`);
  for (const { name, subject, troubles } of rows)
    for (const { seed, verdict, code, message } of troubles.slice(0, 3))
      process.stderr.write(`${name} (${subject}), seed ${seed}: ${verdict} ${code}: ${message}\n`);
  publish(suite, options);
  const isRefused = rows.some(({ troubles }) => troubles.some(({ code }) => code === 'E_REFUSED'));
  const code = exitCodeOfSweeps(scenarios, { isRefused });
  if (options.json === true) {
    const merged = rows.map((row, index) => ({ ...row, expected: scenarios[index]!.expected, empty: emptyIn(row) }));
    const { faults, explore } = results[0]!;
    process.stdout.write(
      `${JSON.stringify({ format: RUN_FORMAT, ok: code === exitCode.expected, shard: null, faults, explore, scenarios: merged, seconds: suite.seconds })}\n`,
    );
  }
  return code;
}

function readResult(path: string): RunResult {
  if (!existsSync(path)) throw new SeedstormError('E_NOT_FOUND', `There is no file ${path}.`);
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new SeedstormError('E_PARSE', `${path} is not JSON: ${(error as Error).message}. Was the shard cut off?`);
  }
  const format = (json as { format?: unknown } | null)?.format;
  if (typeof format === 'string' && format.startsWith('seedstorm/run@') && format !== RUN_FORMAT)
    throw new SeedstormError('E_VERSION', `${path} has the format ${format}; this seedstorm reads ${RUN_FORMAT}.`);
  const parsed = runShape.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw new SeedstormError(
    'E_INPUT',
    `${path} is not a result of "run --json": ${issue.path.join('.') || 'the file'}: ${issue.message}.`,
  );
}

/** All shards of one run, each once. */
function checkShards(paths: readonly string[], results: readonly RunResult[]): void {
  const seen = new Map<number, string>();
  let total: number | undefined;
  for (const [index, { shard, faults, explore }] of results.entries()) {
    const path = paths[index]!;
    if (shard === null) throw new SeedstormError('E_INPUT', `${path} is the result of a whole run, not of a shard.`);
    const parts = partsOfShard(shard);
    if (parts === undefined) throw new SeedstormError('E_INPUT', `${path}: shard: "${shard}" is not of the form 2/8.`);
    total ??= parts.count;
    if (parts.count !== total)
      throw new SeedstormError('E_INPUT', `${path} is shard ${shard}, ${paths[0]} is one of ${total}.`);
    if (faults !== results[0]!.faults || explore !== results[0]!.explore)
      throw new SeedstormError('E_INPUT', `${path} ran with other options (--no-faults, --explore) than ${paths[0]}.`);
    const twin = seen.get(parts.index);
    if (twin !== undefined) throw new SeedstormError('E_INPUT', `${path} and ${twin} are both shard ${shard}.`);
    seen.set(parts.index, path);
  }
  for (let index = 1; index <= total!; index++)
    if (!seen.has(index)) throw new SeedstormError('E_INPUT', `Shard ${index}/${total} is missing.`);
}

function mergeRows(results: readonly RunResult[]): readonly Row[] {
  const rows = new Map<string, Row>();
  for (const row of results.flatMap(({ scenarios }) => scenarios)) {
    const key = JSON.stringify([row.name, row.subject, row.mode]);
    const known = rows.get(key);
    rows.set(key, known === undefined ? row : sumOf(known, row));
  }
  return [...rows.values()];
}

function sumOf(one: Row, other: Row): Row {
  const premises = { ...one.premises };
  for (const [invariant, { sum, seeds }] of Object.entries(other.premises)) {
    const known = premises[invariant] ?? { sum: 0, seeds: 0 };
    premises[invariant] = { sum: known.sum + sum, seeds: known.seeds + seeds };
  }
  const earlier = (one.first?.seed ?? Number.POSITIVE_INFINITY) <= (other.first?.seed ?? Number.POSITIVE_INFINITY);
  return {
    ...one,
    seeds: one.seeds + other.seeds,
    pass: one.pass + other.pass,
    violation: one.violation + other.violation,
    vacuous: one.vacuous + other.vacuous,
    unknown: one.unknown + other.unknown,
    error: one.error + other.error,
    seconds: one.seconds + other.seconds,
    events: one.events + other.events,
    first: earlier ? one.first : other.first,
    premises,
    troubles: [...one.troubles, ...other.troubles].sort((a, b) => a.seed - b.seed),
  };
}

function emptyIn({ premises, subject }: Row): readonly string[] {
  if (detectionBudget(subject) !== undefined) return [];
  return Object.entries(premises).flatMap(([invariant, { sum }]) => (sum === 0 ? [invariant] : []));
}

function reportOf(row: Row, { faults, explore }: RunResult): ScenarioReport {
  const { name, subject, mode, seeds, pass, violation, vacuous, unknown, error, seconds, events, first } = row;
  return {
    ...{ name, about: '', subject, mode, seeds, pass, violation, vacuous, unknown, error, seconds, events },
    expected: expectationOf(
      { ...row, empty: emptyIn(row) },
      { faults, toleratesVacuous: explore !== 'blind', isShard: false },
    ),
    premises: Object.entries(row.premises).map(([invariant, sums]) => ({
      ...{ invariant, claim: invariant, checkerId: '' },
      ...sums,
    })),
    first:
      first === null
        ? null
        : { seed: first.seed, invariant: first.invariant, message: first.message, capsulePath: first.capsule },
  };
}

function publish(suite: SuiteReport, { junit }: MergeOptions): void {
  if (junit !== undefined) {
    mkdirSync(resolve(junit, '..'), { recursive: true });
    writeFileSync(junit, renderJunit(suite));
  }
  const stepSummary = process.env['GITHUB_STEP_SUMMARY'];
  if (stepSummary === undefined || stepSummary === '') return;
  appendFileSync(stepSummary, renderStepSummary(suite));
  for (const line of renderAnnotations(suite)) process.stderr.write(`${line}\n`);
}
