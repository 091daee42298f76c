/**
 * One run, from plan to verdict, in the simulated world: the only module (besides `serve` and `proxy`) that knows which world it is.
 *
 * Order of a run: servers start; the `setup` programs run to their exit; services and processes start; the workload starts and the
 * plan's faults are armed; when the workload has ended and all faults are over, the world has healed, and the settle checkers judge,
 * each at its time. An `always` violation ends the run at once.
 */
import type * as nodeHttp from 'node:http';
import { dirname, resolve } from 'node:path';
import { assertNever } from '../sim/kernel/assert.ts';
import { SeedstormError } from '../sim/kernel/errors.ts';
import type { KernelEnd } from '../sim/kernel/kernel.ts';
import type { FreshChance } from '../sim/kernel/streams.ts';
import type * as simPostgres from '../sim/postgres/index.ts';
import { redisServer } from '../sim/redis/index.ts';
import { prepareProgram } from '../sim/runtime/loader/index.ts';
import type { VirtualProcess } from '../sim/runtime/process.ts';
import { type ProgramSpec, type ServerSpec, SimWorld } from '../sim/world.ts';
import { addressOf, HTTP_PORT, httpAddress, REDIS_PORT } from './addresses.ts';
import {
  checkersOf,
  type Instance,
  instancesOf,
  neverRestarted,
  restartOf,
  schemaText,
  serviceFile,
  serviceRestart,
  setupName,
} from './assembly.ts';
import { faultKinds } from './faults/registry.ts';
import type { HistoryRecord, UnplacedRecord } from './history/record.ts';
import { createRecorder } from './history/recorder.ts';
import { type Judging, type RunError, startJudging } from './judging.ts';
import { createLabeller } from './labels/index.ts';
import type { LoadedScenario, ResolvedSubject } from './load.ts';
import type { Plan } from './plan/format.ts';
import { createInjector, type Injector } from './plan/injector.ts';
import { looksAtMessages, settingOf } from './plan/setting.ts';
import { clientHost, durationsOf, faultsDurationMs } from './plan/surroundings.ts';
import { redisHosts } from './redis-topology.ts';
import type { Address, Durations, Scenario, Surroundings } from './scenario.ts';
import * as scenarioApi from './scenario.ts';
import { createServiceRecorder } from './service.ts';
import type { RunOutcome } from './verdict.ts';
import { type CountingTools, createWorkloadTools, httpExchange } from './workload.ts';
import { WorkloadShape } from './workload-shape.ts';
import type { Setting, WorldHost } from './world.ts';

export interface RunRequest {
  readonly loaded: LoadedScenario;
  readonly subject: ResolvedSubject;
  readonly plan: Plan;
  /** Keeps message records: for the page and for triggers that are looked at. Default false. */
  readonly traces?: boolean;
  readonly eventsMax?: number;
  /** Takes every record, messages too, which are not kept for it. */
  readonly onRecord?: (record: UnplacedRecord) => void;
  /** Called at a true time (µs), between two events. */
  readonly halt?: { readonly atMicros: number; readonly call: () => void };
  /** Another future: the streams of chance are fresh ones from this instant on. */
  readonly fresh?: FreshChance;
  /** Called with each event's prefix hash: how `verify` names the first difference. */
  readonly onFold?: (hash: string, description: () => string) => void;
}

export interface RunReport {
  readonly outcome: RunOutcome;
  readonly history: readonly HistoryRecord[];
  readonly hosts: readonly WorldHost[];
  /** Items of the workload, left-out ones too. */
  readonly items: number;
  /** In infra: the servers and the proxy that served. */
  readonly servedBy?: readonly string[];
}

const EVENTS_MAX = 5_000_000;
/** Virtual time after which setup programs, or a workload, that do not end are an error. */
const WORKLOAD_PATIENCE_MS = 3_600_000;

let postgres: typeof simPostgres | undefined;

/**
 * Loads what a run needs once per real process: the SQL parser and the programs' code.
 * @throws SeedstormError `E_PARSE` for a program that does not parse, with file and line
 */
export async function prepareRun({ loaded, subject }: Pick<RunRequest, 'loaded' | 'subject'>): Promise<void> {
  const { servers, setup = [] } = loaded.scenario.definition;
  if (Object.values(servers).some(({ type }) => type === 'postgres')) {
    // Loaded on need: the SQL parser is a WebAssembly module.
    postgres ??= await import('../sim/postgres/index.ts');
    await postgres.preparePostgres();
  }
  const folder = dirname(loaded.file);
  const files = new Set([
    ...Object.values(subject.programs),
    ...setup.map((file) => resolve(folder, file)),
    loaded.file,
  ]);
  for (const definition of Object.values(servers))
    if (definition.type === 'service') files.add(serviceFile(folder, definition.program));
  for (const file of files) await prepareProgram(file, { patches: subject.patches });
}

/** Runs a plan in sim. Never throws for what a program or a checker does: that is the outcome. */
export async function runInSim(request: RunRequest): Promise<RunReport> {
  return new SimRun(request).run();
}

class SimRun {
  readonly #request: RunRequest;
  readonly #scenario: Scenario;
  readonly #durations: Durations;
  readonly #setting: Setting;
  readonly #shape = new WorkloadShape();
  readonly #addresses: Record<string, Address> = {};
  readonly #processes: Record<string, Address> = {};
  readonly #names: readonly Instance[];
  readonly #recorder;
  readonly #judging: Judging;
  readonly #world: SimWorld;
  readonly #injector: Injector;
  #error: RunError | undefined;
  #tools: CountingTools | undefined;

  constructor(request: RunRequest) {
    this.#request = request;
    const { loaded, plan, onRecord } = request;
    this.#scenario = loaded.scenario;
    const { definition } = this.#scenario;
    this.#durations = durationsOf(this.#scenario, plan.profile);
    this.#setting = settingOf(plan.faults, faultKinds);
    this.#names = instancesOf(this.#scenario);
    for (const [name, server] of Object.entries(definition.servers)) this.#addresses[name] = addressOf(name, server);
    for (const { name } of this.#names) this.#processes[name] = httpAddress(name);
    this.#recorder = createRecorder({ keepMessages: request.traces ?? false });
    this.#judging = startJudging(checkersOf(this.#scenario, this.#durations), {
      onAlwaysViolation: () => this.#world.kernel.stop('violation'),
    });
    this.#recorder.subscribe((record) => this.#judging.feed(record));
    const seesMessages = request.traces === true || onRecord !== undefined;
    const needsLabels = seesMessages || looksAtMessages(plan.faults, faultKinds);
    this.#world = new SimWorld({
      seed: plan.seed,
      epochMicros: Date.parse(this.#setting.epoch ?? definition.epoch ?? '2026-01-01T00:00:00Z') * 1000,
      setting: this.#setting,
      disturbLoad: (condition, bite) => this.#shape.disturb(condition, bite),
      eventsMax: request.eventsMax ?? EVENTS_MAX,
      root: loaded.root,
      servers: this.#servers(),
      programs: this.#programs(),
      aliases: definition.hosts ?? {},
      polyfills: definition.polyfills ?? [],
      ...(needsLabels ? { labels: createLabeller } : {}),
      tracesMessages: seesMessages,
      record: (at, record) => {
        onRecord?.(record);
        this.#recorder.record(at, record);
      },
    });
    if (request.onFold !== undefined) this.#world.kernel.hash.onFold = request.onFold;
    this.#injector = createInjector({
      world: this.#world,
      plan,
      record: (record) => this.#world.record(record),
      kinds: faultKinds,
      durationMs: faultsDurationMs(this.#scenario, plan.profile),
    });
  }

  async run(): Promise<RunReport> {
    const { kernel } = this.#world;
    const { fresh, halt } = this.#request;
    // First in the queue, so that nothing of that instant draws before it.
    if (fresh !== undefined) kernel.at(fresh.fromMicros, () => kernel.streams.refresh(fresh.salt));
    if (halt !== undefined) kernel.at(halt.atMicros, halt.call);
    kernel.at(0, () => this.#begin());
    const end = await this.#world.run();
    this.#injector.close();
    this.#note(end);
    const judgement = this.#judging.conclude({
      faults: this.#injector.idleFaults(),
      ...(this.#error === undefined ? {} : { error: this.#error }),
    });
    return {
      outcome: { ...judgement, hash: kernel.hash.digest(), events: kernel.events, virtualMicros: kernel.now },
      history: this.#recorder.records,
      hosts: this.#world.hosts,
      items: this.#tools?.itemCount ?? 0,
    };
  }

  #note(end: KernelEnd): void {
    if (end.kind === 'failed') {
      const { error } = end;
      this.#error ??= {
        code: error instanceof SeedstormError ? error.code : 'E_ASSERT',
        message:
          error instanceof Error
            ? error instanceof SeedstormError
              ? error.message
              : (error.stack ?? error.message)
            : String(error),
      };
    } else if (end.kind === 'quiescent') {
      this.#error ??= {
        code: 'E_PROGRAM',
        message:
          'Nothing was left to happen before the checkers could judge: the workload waits for something that never comes.',
      };
    }
  }

  // The phases of a run.

  #begin(): void {
    const { definition } = this.#scenario;
    for (const [name, server] of Object.entries(definition.servers)) {
      if (server.type === 'service') this.#world.start(name);
      else if (server.type === 'postgres') this.#world.startServer(name);
      else for (const host of redisHosts(name, server.options)) this.#world.startServer(host.name);
    }
    this.#setUp(0);
  }

  #setUp(index: number): void {
    const { setup = [] } = this.#scenario.definition;
    if (index === setup.length) {
      this.#main();
      return;
    }
    this.#world.after(WORKLOAD_PATIENCE_MS, () => {
      if (this.#settingUp === index)
        this.#fail(
          'E_LIMIT',
          `The setup program ${setup[index]} had not ended after ${WORKLOAD_PATIENCE_MS / 60_000} minutes.`,
        );
    });
    this.#settingUp = index;
    this.#world.startOnce(setupName(index), (end) => {
      if (end.kind === 'exited' && end.code === 0) this.#setUp(index + 1);
      else
        this.#fail(
          'E_PROGRAM',
          `The setup program ${setup[index]} ended with ${end.kind === 'exited' ? `code ${end.code}${end.error === undefined ? '' : `:\n${end.error}`}` : end.kind}.`,
        );
    });
  }

  #settingUp = -1;

  #main(): void {
    this.#settingUp = -1;
    const { absent } = this.#request.plan;
    for (const { name } of this.#names) if (absent?.includes(name) !== true) this.#world.start(name);
    this.#injector.arm();
    this.#world.startOnce(clientHost, (end) => {
      if (end.kind === 'exited' && end.code === 0) this.#injector.whenOver(() => this.#healed());
      else
        this.#fail(
          'E_PROGRAM',
          `The workload failed: ${end.kind === 'exited' ? (end.error ?? `code ${end.code}`) : end.kind}`,
        );
    });
    this.#world.after(faultsDurationMs(this.#scenario, this.#request.plan.profile) + WORKLOAD_PATIENCE_MS, () => {
      if (this.#healedAt === undefined)
        this.#fail(
          'E_LIMIT',
          `The workload had not ended ${WORKLOAD_PATIENCE_MS / 60_000} minutes after the last fault.`,
        );
    });
  }

  #healedAt: number | undefined;

  #healed(): void {
    this.#healedAt = this.#world.kernel.now;
    this.#judgeNext();
  }

  #judgeNext(): void {
    const { kernel } = this.#world;
    const healedAt = this.#healedAt!;
    const at = this.#judging.nextSettleAt(healedAt);
    if (at === undefined) {
      kernel.stop('judged');
      return;
    }
    kernel.at(at, () => {
      this.#judging.settle({ healedAt, now: kernel.now });
      this.#judgeNext();
    });
  }

  #fail(code: RunError['code'], message: string): void {
    this.#error ??= { code, message };
    this.#world.kernel.stop('failed');
  }

  // What the world is made of.

  #servers(): readonly ServerSpec[] {
    const { servers, observe = {} } = this.#scenario.definition;
    const folder = dirname(this.#request.loaded.file);
    return Object.entries(servers).flatMap(([name, definition]): readonly ServerSpec[] => {
      switch (definition.type) {
        case 'redis':
          return redisHosts(name, definition.options).map((host) => ({
            name: host.name,
            type: 'redis',
            factory: redisServer({
              ...redisOptions(definition.options),
              ...(host.role === 'replica' ? { replicaOf: { host: name, port: REDIS_PORT } } : {}),
              // Roles outlive a restart.
              hasConfigFile: definition.options.replicas !== undefined,
            }),
          }));
        case 'postgres':
          return [
            {
              name,
              type: 'postgres',
              factory: postgres!.postgresServer({
                schema: schemaText(folder, definition.options.schema),
                database: 'seedstorm',
                users: { seedstorm: { password: definition.options.password ?? 'seedstorm' } },
                observe: observe[name] ?? [],
                ...(definition.options.auth === undefined ? {} : { authentication: definition.options.auth }),
                ...(definition.options.maxConnections === undefined
                  ? {}
                  : { maxConnections: definition.options.maxConnections }),
              }),
            },
          ];
        case 'service':
          return [];
        default:
          return assertNever(definition);
      }
    });
  }

  #programs(): readonly ProgramSpec[] {
    const { loaded, subject, plan } = this.#request;
    const { definition } = this.#scenario;
    const folder = dirname(loaded.file);
    const shared = { cwd: loaded.root, timeZone: 'UTC' };
    const extraModules = (): Readonly<Record<string, unknown>> => ({ seedstorm: scenarioApi });
    const services = Object.entries(definition.servers).flatMap(([name, server]): readonly ProgramSpec[] =>
      server.type !== 'service'
        ? []
        : [
            {
              ...shared,
              name,
              role: 'service',
              file: serviceFile(folder, server.program),
              env: { PORT: String(HTTP_PORT), HOST: '0.0.0.0', LEDGER_NAME: name, ...server.env },
              restart: serviceRestart,
              extraModules: (process: VirtualProcess) => ({
                'seedstorm/service': { record: this.#serviceRecorder(process) },
              }),
            },
          ],
    );
    const env = (entry: Instance): Readonly<Record<string, string>> => ({
      PORT: String(HTTP_PORT),
      HOST: '0.0.0.0',
      ...entry.definition.env?.(this.#addresses as Surroundings, {
        durations: this.#durations,
        instance: entry.instance,
        name: entry.name,
        processes: this.#processes,
      }),
    });
    const processes = this.#names.map((entry): ProgramSpec => {
      const { definition: process, key, name } = entry;
      return {
        ...shared,
        name,
        role: 'process',
        file: subject.programs[key]!,
        args: process.args ?? [],
        env: env(entry),
        timeZone: this.#setting.timeZones?.[name] ?? process.timeZone ?? 'UTC',
        restart: restartOf(process),
        patches: subject.patches,
      };
    });
    const setup = (definition.setup ?? []).map(
      (file, index): ProgramSpec => ({
        ...shared,
        name: setupName(index),
        role: 'client',
        file: resolve(folder, file),
        env: this.#names[0] === undefined ? {} : env(this.#names[0]),
        restart: neverRestarted,
      }),
    );
    const client: ProgramSpec = {
      ...shared,
      name: clientHost,
      role: 'client',
      file: loaded.file,
      env: {},
      restart: neverRestarted,
      extraModules,
      main: async (graph, process) => {
        const module = await graph.importModule(loaded.file, loaded.file);
        const { workload } = (module['default'] as Scenario).definition;
        const http = graph.require('node:http', loaded.file) as typeof nodeHttp;
        const globals = process.globals as unknown as {
          setTimeout: typeof setTimeout;
          clearTimeout: typeof clearTimeout;
        };
        this.#tools = createWorkloadTools({
          exchange: httpExchange(http),
          setTimeout: (callback, delayMs) => globals.setTimeout(callback, delayMs),
          clearTimeout: (timer) => globals.clearTimeout(timer as never),
          stream: (name) => this.#world.kernel.streams.of(name),
          record: (record) => this.#world.record(record),
          now: () => this.#world.nowMs(),
          workload: plan.workload,
          shape: this.#shape,
          durations: this.#durations,
          servers: this.#addresses as Surroundings,
          processes: this.#processes,
        });
        await workload.run(this.#tools, plan.workload.draws);
        // Connections that the workload left open must not keep it alive.
        process.exit(0);
      },
    };
    return [...services, ...processes, ...setup, client];
  }

  #serviceRecorder(process: VirtualProcess): ReturnType<typeof createServiceRecorder> {
    return createServiceRecorder({
      host: process.host.name,
      hostOf: (address) => this.#world.network.hostByAddress(address.replace(/^::ffff:/, ''))?.name ?? address,
      record: (record) => this.#world.record(record),
    });
  }
}

function redisOptions({
  password,
  appendfsync,
  maxmemory,
}: scenarioApi.RedisOptions): Parameters<typeof redisServer>[0] {
  return {
    appendonly: true,
    appendfsync: appendfsync ?? 'everysec',
    config: {
      // Replicas that start together need not be waited for.
      'repl-diskless-sync-delay': '0',
      ...(password === undefined ? {} : { masterauth: password }),
    },
    ...(password === undefined ? {} : { requirepass: password }),
    ...(maxmemory === undefined ? {} : { maxmemory }),
  } as Parameters<typeof redisServer>[0];
}
