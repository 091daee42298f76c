/** `seedstorm run`: sweeps scenarios and subjects over seeds, and tells what was found. */
import { appendFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import {
  colourFor,
  createProgress,
  formatSuite,
  formatViolation,
  type Progress,
  renderAnnotations,
  renderJunit,
  renderStepSummary,
  runPageName,
  type ScenarioReport,
  type SuiteReport,
  writeReport,
} from '../../reports/index.ts';
import { SeedstormError } from '../../sim/kernel/errors.ts';
import { writeCapsule } from '../capsule.ts';
import { milliseconds } from '../duration.ts';
import { type FoundCase, packViolation } from '../explore/found.ts';
import type { ShrinkBudget } from '../explore/minimise.ts';
import { Pool } from '../explore/pool.ts';
import type { ScenarioDescription, Target } from '../explore/protocol.ts';
import { type Exploration, explorations, strategyOf } from '../explore/strategy.ts';
import { type SweepResult, sweep } from '../explore/sweep.ts';
import type { InfraOptions } from '../infra-options.ts';
import { builtinScenarios, detectionBudget, packageRoot, seedstormVersion } from '../load.ts';
import type { Profile } from '../plan/format.ts';
import { count } from './count.ts';
import { describeScenario } from './describe-scenario.ts';
import { exitCode } from './exit-codes.ts';
import { exitCodeOfSweeps, expectationOf, VACUITY_SEEDS_MIN } from './expectation.ts';
import { explainBudget } from './explain-budget.ts';
import { type InfraFlags, infraOptions } from './infra-flags.ts';
import { runCommand } from './run-command.ts';
import { runReport } from './run-report.ts';
import { parseSeed, parseSeeds, type SeedList, shardOf } from './seeds.ts';

export interface RunOptions extends InfraFlags {
  readonly subject?: string;
  readonly seeds?: string;
  readonly seed?: string;
  readonly time?: string;
  readonly faults: boolean;
  readonly all?: boolean;
  readonly bail?: boolean;
  readonly shrink: boolean;
  readonly explain: boolean;
  readonly explainTime: string;
  readonly bundle?: boolean;
  readonly explore: string;
  readonly corpus?: string;
  readonly shrinkRuns: string;
  readonly shrinkTime: string;
  readonly profile?: string;
  readonly workers?: string;
  readonly shard?: string;
  readonly node?: string;
  readonly json?: boolean;
  readonly junit?: string;
  readonly out: string;
  readonly report: boolean;
}

/** Seeds of a subject that must hold, when none are named. */
const HARDENED_SEEDS = 100;
/** The same in infra, where a run takes its time. */
const INFRA_SEEDS = 10;

interface Row {
  readonly report: ScenarioReport;
  readonly result: SweepResult;
  readonly found: FoundCase | undefined;
  readonly emptyCheckers: readonly string[];
  /** A changed plan may have a fault that never bites; of a drawn plan that would be a fault of ours. */
  readonly toleratesVacuous: boolean;
  readonly explored: string | undefined;
}

/** Runs the command; resolves to the exit code. */
export async function run(names: readonly string[], options: RunOptions): Promise<number> {
  const infra = infraOptions(options);
  const profile = profileOf(options, infra);
  const seeds =
    options.seed !== undefined
      ? parseSeed(options.seed)
      : options.seeds !== undefined
        ? parseSeeds(options.seeds)
        : undefined;
  const exploration = explorationOf(options);
  const startedAt = new Date();
  const startedMs = performance.now();
  const deadline = options.time === undefined ? Number.POSITIVE_INFINITY : startedMs + milliseconds(options.time);
  const interruption = new AbortController();
  const pool = new Pool({
    ...(options.workers === undefined || options.workers === 'auto'
      ? {}
      : { workers: count(options.workers, '--workers') }),
    ...(options.node === undefined ? {} : { node: options.node }),
  });
  const onSignal = (): void => {
    if (interruption.signal.aborted) process.exit(exitCode.interrupted);
    interruption.abort();
    process.stderr.write('\nInterrupted: writing what was found so far. Press Ctrl-C again to leave at once.\n');
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  const colour = colourFor(process.stderr, process.env);
  const progress = createProgress(process.stderr, colour);
  const rows: Row[] = [];
  const context: SweepContext = {
    options,
    exploration,
    infra,
    pool,
    seeds,
    deadline,
    signal: interruption.signal,
    progress,
    startedMs,
  };
  try {
    const targets = await targetsOf(pool, names, options, profile);
    for (const { target, scenario } of targets) {
      if (interruption.signal.aborted || performance.now() >= deadline) break;
      rows.push(await runRow(context, target, scenario));
      if (options.bail === true && rows.at(-1)!.report.expected === false) break;
    }
  } finally {
    progress.end();
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
    pool.close();
  }
  const suite: SuiteReport = {
    title: 'seedstorm',
    startedAt: startedAt.toISOString(),
    seconds: (performance.now() - startedMs) / 1000,
    versions: { seedstorm: seedstormVersion, node: process.version },
    scenarios: rows.map(({ report }) => report),
  };
  await publish(suite, rows, options);
  return interruption.signal.aborted ? exitCode.interrupted : exitCodeOf(rows);
}

/** @throws SeedstormError `E_USAGE` for a profile that is none, or that the real world has no time for */
function profileOf(options: RunOptions, infra: InfraOptions | undefined): Profile {
  const { profile = infra === undefined ? 'full' : 'short' } = options;
  if (profile !== 'full' && profile !== 'short')
    throw new SeedstormError('E_USAGE', `--profile: "${profile}" is neither full nor short.`);
  if (infra !== undefined && profile === 'full')
    throw new SeedstormError('E_USAGE', '--mode infra runs in true time, with --profile short only.');
  return profile;
}

interface SweepContext {
  readonly options: RunOptions;
  readonly exploration: Exploration;
  readonly infra: InfraOptions | undefined;
  readonly pool: Pool;
  readonly seeds: SeedList | undefined;
  readonly deadline: number;
  readonly signal: AbortSignal;
  readonly progress: Progress;
  readonly startedMs: number;
}

function explorationOf({ explore, corpus }: RunOptions): Exploration {
  const exploration = explorations.find((name) => name === explore);
  if (exploration === undefined)
    throw new SeedstormError('E_USAGE', `--explore: "${explore}" is none of ${explorations.join(', ')}.`);
  if (corpus !== undefined && exploration !== 'guided')
    throw new SeedstormError('E_USAGE', `--corpus is for --explore guided; this is ${exploration}.`);
  return exploration;
}

/** The scenarios of the project in which the command runs; in seedstorm's own repository these are the built-in rows. */
function ownScenarios(): string[] {
  const folder = process.cwd();
  return folder === resolve(packageRoot) ? [] : scenariosBelow(folder);
}

/** Scenario modules below a folder, by their name `*.scenario.ts`. */
function scenariosBelow(folder: string): string[] {
  const skipped = /(^|[\\/])(node_modules|dist|\.[^\\/]+)([\\/]|$)/;
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.scenario\.(ts|mts|js|mjs)$/.test(path) && !skipped.test(path))
    .sort()
    .map((path) => resolve(folder, path));
}

async function targetsOf(
  pool: Pool,
  names: readonly string[],
  options: RunOptions,
  profile: Profile,
): Promise<{ target: Target; scenario: ScenarioDescription }[]> {
  const own = names.length > 0 ? names : ownScenarios();
  const all = own.length > 0 ? own : builtinScenarios();
  const targets: { target: Target; scenario: ScenarioDescription }[] = [];
  for (const name of all) {
    const scenario = await describeScenario(pool, name, profile);
    const subjects =
      options.subject === undefined || options.subject === 'all' ? scenario.subjects : options.subject.split(',');
    for (const subject of subjects)
      targets.push({ scenario, target: { scenario: name, subject, profile, cwd: process.cwd() } });
  }
  return targets;
}

async function runRow(context: SweepContext, target: Target, scenario: ScenarioDescription): Promise<Row> {
  const { options, infra, exploration, pool, deadline, signal, progress } = context;
  const budget = detectionBudget(target.subject);
  const expectsViolation = budget !== undefined && options.faults;
  const seeds = shardOf(
    context.seeds ?? parseSeeds(String(infra === undefined ? (budget ?? HARDENED_SEEDS) : INFRA_SEEDS)),
    options.shard,
  );
  const startedMs = performance.now();
  const strategy = strategyOf(exploration, {
    ...{ pool, target, scenario, faults: options.faults, corpus: options.corpus },
  });
  const update = (result: SweepResult): void =>
    progress.update({
      scenario: scenario.name,
      subject: target.subject,
      done: result.seeds,
      total: seeds.count,
      violations: result.counts.violation,
      errors: result.counts.error,
      elapsedMs: performance.now() - context.startedMs,
    });
  const result = await sweep({
    pool,
    target,
    seeds,
    deadline,
    signal,
    faults: options.faults,
    strategy,
    ...(infra === undefined ? {} : { infra }),
    stopsAtViolation: (expectsViolation && options.all !== true) || options.bail === true,
    onRun: update,
  });
  if (result.refusal !== undefined) throw new SeedstormError(result.refusal.code as 'E_INPUT', result.refusal.message);
  const seconds = (performance.now() - startedMs) / 1000;
  const found = result.first === undefined ? undefined : await pack(context, target, scenario, result);
  const premises = scenario.claims.map((claim) => ({
    ...claim,
    ...(result.premises.get(claim.invariant) ?? { sum: 0, seeds: 0 }),
  }));
  const mustHold = !expectsViolation;
  const emptyCheckers =
    mustHold && result.seeds > 0 ? premises.filter(({ sum }) => sum === 0).map(({ invariant }) => invariant) : [];
  const violation = found === undefined ? undefined : found.original.outcome.violation!;
  const capsulePath =
    found === undefined
      ? undefined
      : relative(process.cwd(), writeCapsule(found.capsule, join(options.out, 'capsules')));
  const report: ScenarioReport = {
    name: scenario.name,
    about: scenario.about,
    subject: target.subject,
    mode: infra === undefined ? 'sim' : 'infra',
    seeds: result.seeds,
    pass: result.counts.pass,
    violation: result.counts.violation,
    vacuous: result.counts.vacuous,
    unknown: result.counts.unknown,
    error: result.counts.error,
    expected: expectationOf(
      { subject: target.subject, seeds: result.seeds, ...result.counts, empty: emptyCheckers },
      { faults: options.faults, toleratesVacuous: options.explore !== 'blind', isShard: options.shard !== undefined },
    ),
    seconds,
    events: result.events,
    premises,
    first:
      violation === undefined
        ? null
        : {
            seed: result.first!.seed,
            invariant: violation.invariant,
            message: found!.traced.outcome.violation?.message ?? violation.message,
            capsulePath: capsulePath!,
          },
    ...(found === undefined
      ? {}
      : {
          run: runReport({
            capsule: found.capsule,
            traced: found.traced,
            ...(found.capsule.found?.original === undefined ? {} : { originalPlanInWords: found.original.planInWords }),
            claims: scenario.claims,
            capsulePath: capsulePath!,
          }),
        }),
  };
  if (found !== undefined && !options.json) {
    const page = options.report ? join(options.out, runPageName(scenario.name, target.subject)) : undefined;
    const isSurprise = mustHold || options.all === true;
    if (isSurprise) progress.print(`\n${violationText(scenario, report, found, options, page)}\n`);
  }
  return {
    report,
    result,
    found,
    emptyCheckers,
    toleratesVacuous: exploration !== 'blind',
    explored: strategy.summary,
  };
}

function violationText(
  scenario: ScenarioDescription,
  report: ScenarioReport,
  found: FoundCase,
  options: RunOptions,
  page: string | undefined,
): string {
  const { first, run: traced } = report;
  return formatViolation(
    {
      replayCommand: traced!.replayCommand,
      scenario: report.name,
      subject: report.subject,
      seed: first!.seed,
      invariant: first!.invariant,
      message: first!.message,
      ...(report.premises.find(({ invariant }) => invariant === first!.invariant)?.claim === undefined
        ? {}
        : { claim: report.premises.find(({ invariant }) => invariant === first!.invariant)!.claim }),
      planInWords: found.traced.planInWords,
      faults: {
        now: found.capsule.plan.faults.length,
        ...(found.shrinkRuns > 0 ? { before: found.original.plan.faults.length, runs: found.shrinkRuns } : {}),
      },
      ...(options.explore === 'blind' || options.explore === 'swarm'
        ? {
            runCommand: `${runCommand(scenario, report.subject, first!.seed, found.capsule.plan.profile)}${options.explore === 'swarm' ? ' --explore swarm' : ''}`,
          }
        : {}),
      ...(page === undefined ? {} : { page }),
    },
    colourFor(process.stderr, process.env),
  );
}

async function pack(
  { options, infra, pool, signal, progress }: SweepContext,
  target: Target,
  scenario: ScenarioDescription,
  result: SweepResult,
): Promise<FoundCase> {
  // What happens in the real world happens once: there is nothing to run again and compare.
  const budget: ShrinkBudget | undefined =
    options.shrink && infra === undefined
      ? { runs: count(options.shrinkRuns, '--shrink-runs'), seconds: milliseconds(options.shrinkTime) / 1000 }
      : undefined;
  let shownMs = 0;
  return packViolation({
    pool,
    target,
    scenario,
    budget,
    explain: infra === undefined ? explainBudget(options) : undefined,
    mode: infra === undefined ? 'sim' : 'infra',
    signal,
    bundles: options.bundle === true,
    original: result.first!.answer,
    how: result.first!.how,
    onProgress: (runs, faults) => {
      if (process.stderr.isTTY !== true || performance.now() - shownMs < 1000) return;
      shownMs = performance.now();
      progress.print(`shrinking seed ${result.first!.seed}: ${faults} faults after ${runs} runs`);
    },
  });
}

async function publish(suite: SuiteReport, rows: readonly Row[], options: RunOptions): Promise<void> {
  if (options.report) {
    const index = await writeReport(suite, options.out);
    process.stderr.write(`\n${formatSuite(suite, colourFor(process.stderr, process.env))}\n`);
    explainTroubles(rows);
    process.stderr.write(`Report: ${relative(process.cwd(), index) || index}\n`);
  } else {
    process.stderr.write(`\n${formatSuite(suite, colourFor(process.stderr, process.env))}\n`);
    explainTroubles(rows);
  }
  if (options.junit !== undefined) {
    mkdirSync(resolve(options.junit, '..'), { recursive: true });
    writeFileSync(options.junit, renderJunit(suite));
  }
  const stepSummary = process.env['GITHUB_STEP_SUMMARY'];
  if (stepSummary !== undefined && stepSummary !== '') {
    appendFileSync(stepSummary, renderStepSummary(suite));
    for (const line of renderAnnotations(suite)) process.stderr.write(`${line}\n`);
  }
  if (options.json === true) process.stdout.write(`${JSON.stringify(jsonOf(suite, rows, options))}\n`);
}

function explainTroubles(rows: readonly Row[]): void {
  for (const { report, result, emptyCheckers, toleratesVacuous, explored } of rows) {
    const troubles = result.troubles.filter(({ verdict }) => verdict !== 'vacuous' || !toleratesVacuous);
    for (const { seed, verdict, code, message } of troubles.slice(0, 3)) {
      process.stderr.write(
        `${report.name} (${report.subject}), seed ${seed}: ${verdict}${code === verdict ? '' : ` ${code}`}: ${message}\n`,
      );
    }
    if (troubles.length > 3)
      process.stderr.write(
        `${report.name} (${report.subject}): and more of that kind, ${report.error} errors, ${report.vacuous} vacuous, ${report.unknown} unknown in all.\n`,
      );
    if (explored !== undefined) process.stderr.write(`${report.name} (${report.subject}): ${explored}.\n`);
    if (emptyCheckers.length > 0 && result.counts.violation === 0) {
      process.stderr.write(
        `${report.name} (${report.subject}): nothing to judge in ${report.seeds} seeds for ${emptyCheckers.join(', ')}${report.seeds < VACUITY_SEEDS_MIN ? `; fewer than ${VACUITY_SEEDS_MIN} seeds ran, so this is inconclusive` : ''}.\n`,
      );
    }
  }
}

/** The JSON of the command; its shape is a contract. */
function jsonOf(suite: SuiteReport, rows: readonly Row[], options: RunOptions): unknown {
  return {
    format: 'seedstorm/run@1',
    ok: exitCodeOf(rows) === exitCode.expected,
    shard: options.shard ?? null,
    faults: options.faults,
    explore: options.explore,
    scenarios: rows.map(({ report, result, found, emptyCheckers, explored }) => ({
      name: report.name,
      subject: report.subject,
      mode: report.mode,
      seeds: report.seeds,
      pass: report.pass,
      violation: report.violation,
      vacuous: report.vacuous,
      unknown: report.unknown,
      error: report.error,
      expected: report.expected,
      seconds: Number(report.seconds.toFixed(3)),
      events: report.events,
      first:
        report.first === null
          ? null
          : {
              seed: report.first.seed,
              invariant: report.first.invariant,
              message: report.first.message,
              capsule: report.first.capsulePath,
              foundBy: found!.capsule.found!.by,
            },
      premises: Object.fromEntries(report.premises.map(({ invariant, sum, seeds }) => [invariant, { sum, seeds }])),
      empty: emptyCheckers,
      ...(explored === undefined ? {} : { explored }),
      troubles: result.troubles,
    })),
    seconds: Number(suite.seconds.toFixed(3)),
  };
}

function exitCodeOf(rows: readonly Row[]): number {
  const isRefused = rows.some(({ result }) => result.troubles.some(({ code }) => code === 'E_REFUSED'));
  return exitCodeOfSweeps(
    rows.map(({ report }) => report),
    { isRefused },
  );
}
