/**
 * A child process of a sweep: loads scenarios, runs seeds and plans, answers over IPC. It has a fixed environment (`pool.ts`), and a
 * watchdog thread that reports a handler which spins.
 */
import { createHash } from 'node:crypto';
import { readFileSync, realpathSync } from 'node:fs';
import * as inspector from 'node:inspector';
import { dirname, join, relative, resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import { SeedstormError } from '../../sim/kernel/errors.ts';
import { Kernel } from '../../sim/kernel/kernel.ts';
import type { FreshChance } from '../../sim/kernel/streams.ts';
import type { InfraOptions } from '../infra-options.ts';
import {
  type LoadedScenario,
  loadScenario,
  type ResolvedSubject,
  resolveSubject,
  shownPath,
  subjectNames,
} from '../load.ts';
import { describePlan } from '../plan/describe.ts';
import type { Plan } from '../plan/format.ts';
import { generatePlan, kindsOf, withoutFaults } from '../plan/generate.ts';
import { durationsOf, faultChoiceOf, faultContextOf } from '../plan/surroundings.ts';
import { prepareRun, type RunReport, runInSim } from '../run.ts';
import { checkImports, localFiles } from '../source/local-files.ts';
// Its hooks see what is imported from here on, scenarios above all; over our own modules they would only take time.
import '../source/register.ts';
import { simOnlyActs } from '../world.ts';
import { startCoverage } from './coverage.ts';
import type {
  Answer,
  FoldRequest,
  Request,
  RunAnswer,
  ScenarioDescription,
  SubjectDescription,
  Target,
} from './protocol.ts';

/** Simpler draws that one request is answered with. */
const SIMPLER_DRAWS_MAX = 100;

const loadedScenarios = new Map<string, LoadedScenario>();
const resolvedSubjects = new Map<string, ResolvedSubject>();

async function loadOnce({ scenario, cwd }: Pick<Target, 'scenario' | 'cwd'>): Promise<LoadedScenario> {
  const key = `${cwd}\0${scenario}`;
  let loaded = loadedScenarios.get(key);
  if (loaded === undefined) {
    loaded = await loadScenario(scenario, cwd);
    loadedScenarios.set(key, loaded);
  }
  return loaded;
}

async function prepareOnce(target: Target): Promise<{ loaded: LoadedScenario; subject: ResolvedSubject }> {
  const loaded = await loadOnce(target);
  const key = `${target.cwd}\0${target.scenario}\0${target.subject}`;
  let subject = resolvedSubjects.get(key);
  if (subject === undefined) {
    subject = resolveSubject(loaded, target.subject, target.cwd);
    await prepareRun({ loaded, subject });
    checkImports(modulesOf(loaded, subject));
    resolvedSubjects.set(key, subject);
  }
  return { loaded, subject };
}

async function answer(request: Request): Promise<Answer> {
  switch (request.type) {
    case 'describe':
      return { type: 'described', description: describe(await loadOnce(request.target), request.target.profile) };
    case 'describe-subject':
      return { type: 'subject-described', description: await describeSubject(request.target) };
    case 'simpler-draws':
      return { type: 'drawn', draws: simplerDraws(await loadOnce(request.target), request.draws) };
    case 'generate':
      return { type: 'planned', plan: await generate(request) };
    case 'seed': {
      const plan = await generate(request);
      const { coverage = false } = request;
      return {
        type: 'ran',
        answer: await run(request.target, request.faults ? plan : withoutFaults(plan), {
          traces: request.infra !== undefined,
          coverage,
          ...(request.infra === undefined ? {} : { infra: request.infra }),
        }),
      };
    }
    case 'plan':
      return { type: 'ran', answer: await run(request.target, request.plan, request) };
  }
}

async function generate(request: {
  readonly target: Target;
  readonly seed: number;
  readonly swarm?: boolean;
  readonly infra?: InfraOptions;
}): Promise<Plan> {
  const { loaded } = await prepareOnce(request.target);
  const { subject, profile } = request.target;
  const { seed, swarm = false, infra } = request;
  const without = infra === undefined ? {} : { without: new Set(simOnlyActs.keys()) };
  return generatePlan({ scenario: loaded.scenario, subject, seed, profile, swarm, ...without });
}

async function run(
  target: Target,
  plan: Plan,
  options: {
    readonly traces: boolean;
    readonly infra?: InfraOptions;
    readonly folds?: FoldRequest;
    readonly collectsGarbage?: boolean;
    readonly fresh?: FreshChance;
    readonly coverage?: boolean;
    readonly inspect?: { readonly atMicros: number; readonly port: number };
  },
): Promise<RunAnswer> {
  const { loaded, subject } = await prepareOnce(target);
  const { folds, infra } = options;
  const hashes: string[] = [];
  let description = '';
  let count = 0;
  const started = performance.now();
  const startedMs = Date.now();
  if (options.collectsGarbage) globalThis.gc?.();
  const onFold = (hash: string, describeEvent: () => string): void => {
    if (folds !== undefined && 'all' in folds) hashes.push(hash);
    else if (folds !== undefined && count === folds.describe) description = describeEvent();
    // Collections at odd places: a run that depends on the collector shows itself.
    if (options.collectsGarbage && count % 97 === 13) globalThis.gc?.();
    count++;
  };
  const observes = folds !== undefined || options.collectsGarbage === true;
  const { traces, fresh } = options;
  const coverage = options.coverage === true ? startCoverage(plan.faults) : undefined;
  const { inspect } = options;
  if (inspect !== undefined) {
    // Node itself prints the address for the debugger on stderr.
    inspector.open(inspect.port, '127.0.0.1');
    inspector.waitForDebugger();
  }
  let report: RunReport;
  if (infra === undefined) {
    report = await runInSim({
      loaded,
      subject,
      plan,
      traces,
      ...(fresh === undefined ? {} : { fresh }),
      ...(observes ? { onFold } : {}),
      ...(inspect === undefined
        ? {}
        : { halt: { atMicros: inspect.atMicros, call: () => haltAt(inspect.atMicros / 1000) } }),
      ...(coverage === undefined ? {} : { onRecord: coverage.note }),
    });
  } else {
    // Real waiting is not a handler that spins.
    isRunning[0] = 0;
    // Loaded on need: most children never leave the simulator.
    const { runInInfra } = await import('../run-infra.ts');
    report = await runInInfra({ loaded, subject, plan, traces, infra });
  }
  return {
    outcome: report.outcome,
    plan,
    millis: performance.now() - started,
    items: report.items,
    planInWords: describePlan(plan),
    ...(options.traces
      ? {
          history: report.history,
          hosts: report.hosts,
          epochMs:
            infra === undefined ? Date.parse(loaded.scenario.definition.epoch ?? '2026-01-01T00:00:00Z') : startedMs,
        }
      : {}),
    ...(coverage === undefined ? {} : { coverage: coverage.pairs() }),
    ...(report.servedBy === undefined ? {} : { servedBy: report.servedBy }),
    ...(folds === undefined ? {} : { foldHashes: hashes, foldDescription: description }),
  };
}

/** Where a debugger stops: all processes of the run are in this one, and none of them goes on before it does. */
function haltAt(trueTimeMs: number): number {
  // biome-ignore lint/suspicious/noDebugger: this is what the option --inspect is for.
  debugger;
  return trueTimeMs;
}

function describe(loaded: LoadedScenario, profile: Target['profile']): ScenarioDescription {
  const { definition } = loaded.scenario;
  const { invariants } = definition;
  const checkers = typeof invariants === 'function' ? invariants(durationsOf(loaded.scenario, profile)) : invariants;
  return {
    name: loaded.name,
    about: definition.about ?? '',
    file: loaded.file,
    root: loaded.root,
    isBuiltin: loaded.isBuiltin,
    subjects: subjectNames(loaded),
    faultProvoked: definition.subjects?.faultProvoked ?? false,
    claims: checkers.map(({ name, claim, id }) => ({ invariant: name, claim, checkerId: id })),
    faultKinds: [...new Set(kindsOf(faultChoiceOf(loaded.scenario, profile)))],
    processes: faultContextOf(loaded.scenario, profile).processes,
  };
}

/** By the arbitrary's own rules, where it can shrink a value whose drawing it does not remember. */
function simplerDraws({ scenario }: LoadedScenario, draws: unknown): readonly unknown[] {
  const arbitrary = scenario.definition.workload.draws;
  if (arbitrary === undefined || !arbitrary.canShrinkWithoutContext(draws)) return [];
  const values: unknown[] = [];
  for (const { value } of arbitrary.shrink(draws, undefined)) {
    values.push(value);
    if (values.length === SIMPLER_DRAWS_MAX) break;
  }
  return values;
}

async function describeSubject(target: Target): Promise<SubjectDescription> {
  const { loaded, subject } = await prepareOnce(target);
  const files: Record<string, string> = {};
  const sources: Record<string, string> = {};
  for (const file of filesOf(loaded, subject)) {
    const text = readFileSync(file, 'utf8');
    const shown = shownPath(loaded.root, file);
    files[shown] = createHash('sha256').update(text).digest('hex');
    sources[shown] = text;
  }
  return { files, sources };
}

/** The modules at which a run starts: scenario, programs, setup and services of the author's own. */
function modulesOf(loaded: LoadedScenario, subject: ResolvedSubject): readonly string[] {
  const { servers, setup = [] } = loaded.scenario.definition;
  const folder = dirname(loaded.file);
  const services = Object.values(servers).flatMap((server) =>
    server.type === 'service' && !server.program.startsWith('builtin:') ? [resolve(folder, server.program)] : [],
  );
  return [loaded.file, ...Object.values(subject.programs), ...setup.map((file) => resolve(folder, file)), ...services];
}

/** Every file of the scenario's author that a run reads: modules and what they import, patches, schemas. */
function filesOf(loaded: LoadedScenario, subject: ResolvedSubject): ReadonlySet<string> {
  const folder = dirname(loaded.file);
  const files = new Set([loaded.file, ...subject.files]);
  for (const server of Object.values(loaded.scenario.definition.servers)) {
    const schema = server.type === 'postgres' ? server.options.schema : undefined;
    if (schema?.endsWith('.sql') === true) files.add(resolve(folder, schema));
  }
  const realRoot = realpathSync(loaded.root);
  // Found files have real paths; those of the scenario may lead through a link to the same folder.
  for (const { file } of localFiles(modulesOf(loaded, subject))) files.add(join(loaded.root, relative(realRoot, file)));
  return files;
}

function startWatchdog(): void {
  const worker = new Worker(new URL('./watchdog.js', import.meta.url), {
    workerData: { heartbeat: Kernel.heartbeat.buffer, isRunning: isRunning.buffer },
    execArgv: [],
  });
  worker.unref();
}

/** 1 while a simulation runs, where the watchdog can see it. */
const isRunning = new Int32Array(new SharedArrayBuffer(4));

function describeFailure(error: unknown): Answer {
  if (error instanceof SeedstormError) return { type: 'refused', code: error.code, message: error.message };
  return {
    type: 'refused',
    code: 'E_ASSERT',
    message: error instanceof Error ? (error.stack ?? error.message) : String(error),
  };
}

if (process.send !== undefined) {
  const send = process.send.bind(process);
  const exit = process.exit.bind(process);
  startWatchdog();
  process.on('message', (request: Request) => {
    isRunning[0] = 1;
    answer(request)
      .catch(describeFailure)
      .then((reply) => {
        isRunning[0] = 0;
        send(reply);
      });
  });
  process.on('disconnect', () => exit(0));
  // Ctrl-C is the parent's affair: it collects what was found and ends its children.
  process.on('SIGINT', () => {});
}
