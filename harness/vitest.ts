/**
 * `seedstorm/vitest`: a sweep as a test. `storm('billing survives', billing, { seeds: 100, time: '60s' })`.
 *
 * Nothing is simulated in the test runner's process: its module graph, globals and timers are not those of a run. Children of seedstorm's
 * own get the path of the scenario's module and the seeds, load its default export themselves, and run. So a scenario has to be the
 * default export of a module of its own; one that is defined in the test file fails, and the message says where to move it.
 *
 * The module of a scenario value is found by the stack that `scenario()` keeps. Where that is in doubt (a factory in another file, say),
 * give the path or URL of the module in place of the value.
 */
import { writeFileSync } from 'node:fs';
import { dirname, isAbsolute, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { formatViolation, readClientScript, renderRunPage, runPageName } from '../reports/index.ts';
import { SeedstormError } from '../sim/kernel/errors.ts';
import { writeCapsule } from './capsule.ts';
import { describeScenario } from './cli/describe-scenario.ts';
import { runCommand } from './cli/run-command.ts';
import { runReport } from './cli/run-report.ts';
import { parseSeeds } from './cli/seeds.ts';
import { type Duration, milliseconds } from './duration.ts';
import { type FoundCase, packViolation } from './explore/found.ts';
import { Pool } from './explore/pool.ts';
import type { ScenarioDescription, Target } from './explore/protocol.ts';
import { type SweepResult, sweep } from './explore/sweep.ts';
import { loadPeer } from './peer.ts';
import type { Scenario } from './scenario.ts';

export interface StormOptions {
  /** A number means 1 to that number; also `'5..9,12'`. Default 100. */
  readonly seeds?: number | string;
  /** No further seed is started after this real time. Default `'60s'`. The test's own timeout follows from it. */
  readonly time?: Duration;
  /** For the built-in rows: `naive`, `hardened` or `mutant:NAME`. Default: the scenario's own programs, or `hardened`. */
  readonly subject?: string;
  /** Child processes; default one a core. */
  readonly workers?: number;
  /** Most runs, and most real time, that shrinking a violation may take. Default 200 and `'30s'`. */
  readonly shrinkRuns?: number;
  readonly shrinkTime?: Duration;
  /** Folder of capsules and pages. Default `seedstorm-report`. */
  readonly out?: string;
}

/** Time for starting children, writing the page and the like, beside sweep and shrinking. */
const SLACK_MS = 60_000;
/** Fewer seeds than this say nothing about a checker that had nothing to judge. */
const VACUITY_SEEDS_MIN = 50;

const { test } = await loadPeer('vitest', 'seedstorm/vitest', () => import('vitest'));

/**
 * Registers a test that runs the scenario over many seeds, and fails at the first violation with what happened in words.
 * @param scenario the default export of its module, or the module's path (relative to the test file), URL, or a built-in row's name
 * @example storm('billing survives', billing, { seeds: 100, time: '60s' })
 */
export function storm(
  name: string,
  scenario: Scenario | string | { readonly href: string },
  options: StormOptions = {},
): void {
  const timeMs = milliseconds(options.time ?? '60s');
  const timeout = timeMs + milliseconds(options.shrinkTime ?? '30s') + SLACK_MS;
  test(name, { timeout }, async ({ signal, task }) => {
    try {
      await run({ scenario, options, signal, testFile: task.file.filepath, deadline: performance.now() + timeMs });
    } catch (error) {
      throw error instanceof SeedstormError ? new StormFailure(`${error.code}: ${error.message}`) : error;
    }
  });
}

interface Storm {
  readonly scenario: Scenario | string | { readonly href: string };
  readonly options: StormOptions;
  readonly signal: AbortSignal;
  readonly testFile: string;
  /** Real time (`performance.now()`) after which no seed is started. */
  readonly deadline: number;
}

async function run({ scenario, options, signal, testFile, deadline }: Storm): Promise<void> {
  const module = moduleOf(scenario, testFile);
  const pool = new Pool(options.workers === undefined ? {} : { workers: options.workers });
  const onAbort = (): void => pool.close();
  signal.addEventListener('abort', onAbort);
  try {
    const description = await describeScenario(pool, module, 'full', dirname(testFile));
    checkIsDefault(scenario, description);
    const target: Target = {
      scenario: module,
      subject: options.subject ?? (description.subjects.includes('hardened') ? 'hardened' : description.subjects[0]!),
      profile: 'full',
      cwd: dirname(testFile),
    };
    const seeds = parseSeeds(String(options.seeds ?? 100), 'seeds');
    const result = await sweep({ pool, target, seeds, deadline, signal, faults: true, stopsAtViolation: true });
    signal.throwIfAborted();
    if (result.first !== undefined) throw await failureOf({ pool, target, description, result, options, signal });
    checkIsSound(result, description);
  } finally {
    signal.removeEventListener('abort', onAbort);
    pool.close();
  }
}

/** Path, URL or name for the children. */
function moduleOf(scenario: Storm['scenario'], testFile: string): string {
  if (typeof scenario === 'string') return scenario.startsWith('file:') ? fileURLToPath(scenario) : scenario;
  if ('href' in scenario) return fileURLToPath(scenario.href);
  const file = scenario.place === undefined ? undefined : definingFile(scenario.place);
  const name = scenario.definition.name;
  if (file === undefined)
    throw new SeedstormError(
      'E_INPUT',
      `storm cannot tell in which module the scenario "${name}" is defined. Give its path: storm(name, new URL('./${name}.scenario.ts', import.meta.url)).`,
    );
  if (file === testFile)
    throw new SeedstormError(
      'E_INPUT',
      `The scenario "${name}" is defined in the test file ${relative(process.cwd(), testFile)}. Children load it by its module, and would register the tests again. ` +
        `Move it to ${relative(process.cwd(), join(dirname(testFile), `${name}.scenario.ts`))} with "export default scenario({ ... })", and import it: import ${identifier(name)} from './${name}.scenario.ts'.`,
    );
  return file;
}

/** The file of the frame that called `scenario()`: the second one. */
function definingFile({ stack = '' }: Error): string | undefined {
  const frames = stack.split('\n').filter((line) => /^\s*at /.test(line));
  const place = /^\s*at (?:.*? \()?(.+?):\d+:\d+\)?$/.exec(frames[1] ?? '')?.[1]?.replace(/[?#].*$/, '');
  if (place === undefined) return undefined;
  const file = place.startsWith('file:') ? fileURLToPath(place) : place;
  return isAbsolute(file) ? file : undefined;
}

function identifier(name: string): string {
  return name.replace(/-+(.)?/g, (_, letter: string | undefined) => (letter ?? '').toUpperCase());
}

/** What the children load is what the test was given. */
function checkIsDefault(scenario: Storm['scenario'], description: ScenarioDescription): void {
  if (typeof scenario === 'string' || 'href' in scenario || scenario.definition.name === description.name) return;
  throw new SeedstormError(
    'E_INPUT',
    `The default export of ${description.file} is the scenario "${description.name}", not "${scenario.definition.name}". Give each scenario a module of its own, or give storm the module's path.`,
  );
}

/** A sweep without a violation is a pass only when it had something to judge. */
function checkIsSound(result: SweepResult, { claims, name }: ScenarioDescription): void {
  if (result.refusal !== undefined) throw new SeedstormError(result.refusal.code as 'E_INPUT', result.refusal.message);
  if (result.seeds === 0) throw new SeedstormError('E_LIMIT', `${name}: the time was over before any seed had run.`);
  const [trouble] = result.troubles;
  if (trouble !== undefined) {
    const { error, vacuous, unknown } = result.counts;
    throw new SeedstormError(
      'E_PROGRAM',
      `${name}: of ${result.seeds} seeds, ${error} ended as error, ${vacuous} as vacuous, ${unknown} as unknown. Seed ${trouble.seed}: ${trouble.verdict}: ${trouble.message}`,
    );
  }
  const empty = claims.filter(({ invariant }) => (result.premises.get(invariant)?.sum ?? 0) === 0);
  if (empty.length > 0 && result.seeds >= VACUITY_SEEDS_MIN)
    throw new SeedstormError(
      'E_PROGRAM',
      `${name}: in ${result.seeds} seeds there was nothing to judge for ${empty.map(({ invariant }) => invariant).join(', ')}.`,
    );
}

/** What the test fails with. Its message is the whole story; a stack would only show seedstorm. */
class StormFailure extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'StormFailure';
    this.stack = `${this.name}: ${message}`;
  }
}

async function failureOf({
  pool,
  target,
  description,
  result,
  options,
  signal,
}: {
  readonly pool: Pool;
  readonly target: Target;
  readonly description: ScenarioDescription;
  readonly result: SweepResult;
  readonly options: StormOptions;
  readonly signal: AbortSignal;
}): Promise<StormFailure> {
  const { seed, answer } = result.first!;
  const budget = { runs: options.shrinkRuns ?? 200, seconds: milliseconds(options.shrinkTime ?? '30s') / 1000 };
  const found = await packViolation({ pool, target, scenario: description, original: answer, budget, signal });
  const out = options.out ?? 'seedstorm-report';
  const capsulePath = relative(process.cwd(), writeCapsule(found.capsule, join(out, 'capsules')));
  const page = await writePage({ found, description, out, subject: target.subject, capsulePath });
  const { invariant, message } = found.traced.outcome.violation ?? answer.outcome.violation!;
  const claim = description.claims.find((known) => known.invariant === invariant)?.claim;
  return new StormFailure(
    `\n${formatViolation({
      replayCommand: `npx seedstorm replay ${capsulePath}`,
      scenario: description.name,
      subject: target.subject,
      seed,
      invariant,
      message,
      ...(claim === undefined ? {} : { claim }),
      planInWords: found.traced.planInWords,
      faults: {
        now: found.capsule.plan.faults.length,
        ...(found.shrinkRuns > 0 ? { before: found.original.plan.faults.length, runs: found.shrinkRuns } : {}),
      },
      runCommand: runCommand(description, target.subject, seed, 'full'),
      page,
    })}\n`,
  );
}

async function writePage({
  found,
  description,
  out,
  subject,
  capsulePath,
}: {
  readonly found: FoundCase;
  readonly description: ScenarioDescription;
  readonly out: string;
  readonly subject: string;
  readonly capsulePath: string;
}): Promise<string> {
  const { capsule, traced, original } = found;
  const report = runReport({
    capsule,
    traced,
    ...(capsule.found?.original === undefined ? {} : { originalPlanInWords: original.planInWords }),
    claims: description.claims,
    capsulePath,
  });
  const path = join(out, runPageName(description.name, subject));
  writeFileSync(path, renderRunPage(report, { script: await readClientScript(), suiteHref: null }));
  return path;
}
