/**
 * One run, from plan to verdict, in the real world: the sibling of run.ts, and besides `proxy` the only module that knows infra.
 *
 * Order of a run: servers and proxies start; services start and listen; the `setup` programs run to their exit; the processes start and
 * listen, those that do; then true time begins: the workload starts and the faults are armed. The end is that of run.ts. Records are judged
 * behind the watermark of infra's timeline, so that a verdict comes a moment after what it is about.
 */
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type InfraWorld,
  type ProgramEnd,
  type ProgramNeeds,
  providerOf,
  type Reachability,
  type ServerNeeds,
  startInfraWorld,
} from '../infra/index.ts';
import { assertNever } from '../sim/kernel/assert.ts';
import { SeedstormError } from '../sim/kernel/errors.ts';
import { addressOf, httpAddress } from './addresses.ts';
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
import { NO_HASH } from './capsule-format.ts';
import { faultKinds } from './faults/registry.ts';
import type { HistoryRecord } from './history/record.ts';
import { createRecorder } from './history/recorder.ts';
import type { InfraOptions } from './infra-options.ts';
import { type Judging, type RunError, startJudging } from './judging.ts';
import type { LoadedScenario, ResolvedSubject } from './load.ts';
import type { Plan } from './plan/format.ts';
import { createInjector, type Injector } from './plan/injector.ts';
import { clientHost, durationsOf, faultsDurationMs } from './plan/surroundings.ts';
import type { RunReport } from './run.ts';
import type { ClientNote, ClientOrder } from './run-infra-client.ts';
import type { Address, Durations, Scenario } from './scenario.ts';

export interface InfraRunRequest {
  readonly loaded: LoadedScenario;
  readonly subject: ResolvedSubject;
  readonly plan: Plan;
  readonly infra: InfraOptions;
  /** Keeps message records. Default false. */
  readonly traces?: boolean;
}

/** How often the timeline is looked at, ms. */
const SETTLE_EVERY_MS = 20;
/** Patience with what starts (services, setup programs, the workload's module), ms. */
const START_PATIENCE_MS = 30_000;
/** A process that listens does so by then; one that does not is not waited for any longer, ms. */
const LISTEN_PATIENCE_MS = 3_000;
/** Time after the last fault in which the workload must end, ms. */
const WORKLOAD_PATIENCE_MS = 120_000;

/** The workload runs from what is built, as all children do. */
const clientFile = fileURLToPath(
  new URL(`${import.meta.url.endsWith('.ts') ? '../dist/harness/' : './'}run-infra-client.js`, import.meta.url),
);

/**
 * Runs a plan with real processes and servers.
 * @throws SeedstormError for what is refused before the run: an act that infra lacks, a server that is not there
 */
export async function runInInfra(request: InfraRunRequest): Promise<RunReport> {
  refuseWhatIsSimOnly(request);
  return new InfraRun(request).run();
}

function refuseWhatIsSimOnly({ loaded, plan }: InfraRunRequest): void {
  const { hosts = {}, servers } = loaded.scenario.definition;
  const [alias] = Object.keys(hosts);
  if (alias !== undefined)
    throw new SeedstormError(
      'E_UNSUPPORTED',
      `The scenario ${loaded.name} gives ${alias} to a host of its own, which infra cannot do. Run it in sim.`,
    );
  for (const [name, server] of Object.entries(servers)) {
    if (server.type === 'redis' && (server.options.replicas ?? 0) > 0)
      throw new SeedstormError(
        'E_UNSUPPORTED',
        `The Redis ${name} has replicas, which infra cannot start yet. Run it in sim.`,
      );
  }
  for (const fault of plan.faults) {
    const host = String(fault['host']);
    if (fault.kind.startsWith('clock') && servers[host] !== undefined)
      throw new SeedstormError(
        'E_UNSUPPORTED',
        `Fault ${fault.id} (${fault.kind}) shifts the clock of the server ${host}; in infra servers keep the clock of the machine. Run it in sim.`,
      );
  }
}

class InfraRun {
  readonly #request: InfraRunRequest;
  readonly #scenario: Scenario;
  readonly #durations: Durations;
  readonly #instances: readonly Instance[];
  readonly #recorder;
  readonly #judging: Judging;
  /** Resolves when there is nothing more to find out. */
  readonly #over = deferred();
  #error: RunError | undefined;
  #items = 0;
  #onClientNote: (note: ClientNote) => void = () => {};

  constructor(request: InfraRunRequest) {
    this.#request = request;
    this.#scenario = request.loaded.scenario;
    this.#durations = durationsOf(this.#scenario, request.plan.profile);
    this.#instances = instancesOf(this.#scenario);
    this.#recorder = createRecorder({ keepMessages: request.traces ?? false });
    this.#judging = startJudging(checkersOf(this.#scenario, this.#durations), {
      onAlwaysViolation: () => this.#over.resolve(),
    });
    this.#recorder.subscribe((record: HistoryRecord) => this.#judging.feed(record));
  }

  async run(): Promise<RunReport> {
    const { infra, plan, traces = false } = this.#request;
    const world = await startInfraWorld({
      provider: providerOf(infra),
      servers: this.#servers(),
      programs: this.#programs(),
      toxiproxyUrl: infra.toxiproxyUrl,
      tracesMessages: traces,
      place: (at, record) => this.#recorder.record(at, record),
      onNote: (_program, note) => this.#onClientNote(note as ClientNote),
      onError: (error) => this.#fail(error instanceof SeedstormError ? error.code : 'E_ASSERT', error.message),
    });
    let injector: Injector | undefined;
    const ticking = setInterval(() => world.timeline.settle(), SETTLE_EVERY_MS);
    try {
      injector = createInjector({
        world,
        plan,
        record: (record) => world.record(record),
        kinds: faultKinds,
        durationMs: faultsDurationMs(this.#scenario, plan.profile),
      });
      await Promise.race([this.#over.promise, this.#phases(world, injector)]);
    } catch (error) {
      if (!(error instanceof RunFailure)) throw error;
      this.#fail(error.code, error.message);
    } finally {
      clearInterval(ticking);
      injector?.close();
      world.timeline.end();
      await world.close();
    }
    const judgement = this.#judging.conclude({
      faults: injector!.idleFaults(),
      ...(this.#error === undefined ? {} : { error: this.#error }),
    });
    const { records } = this.#recorder;
    return {
      outcome: { ...judgement, hash: NO_HASH, events: records.length, virtualMicros: records.at(-1)?.at ?? 0 },
      history: records,
      hosts: world.hosts,
      items: this.#items,
      servedBy: world.description,
    };
  }

  // The phases of a run.

  async #phases(world: InfraWorld, injector: Injector): Promise<void> {
    const client = this.#startClient(world);
    await this.#startServices(world);
    await this.#setUp(world);
    for (const { name } of this.#instances) world.start(name);
    await Promise.all([
      ...this.#instances.map(({ name }) => world.untilListening(name, LISTEN_PATIENCE_MS)),
      client.ready,
    ]);
    world.timeline.begin();
    client.begin();
    injector.arm();
    const patience = faultsDurationMs(this.#scenario, this.#request.plan.profile) + WORKLOAD_PATIENCE_MS;
    await within(
      patience,
      client.ended,
      `The workload had not ended ${WORKLOAD_PATIENCE_MS / 1000} s after the last fault.`,
    );
    await new Promise<void>((resolve) => injector.whenOver(resolve));
    await this.#judge(world);
  }

  async #startServices(world: InfraWorld): Promise<void> {
    const services = Object.entries(this.#scenario.definition.servers).filter(([, { type }]) => type === 'service');
    for (const [name] of services) world.start(name);
    await Promise.all(
      services.map(async ([name]) => {
        if (await world.untilListening(name, START_PATIENCE_MS)) return;
        throw new RunFailure(
          'E_PROGRAM',
          `The service ${name} did not listen on PORT of HOST. It said:\n${world.lastErrors(name)}`,
        );
      }),
    );
  }

  async #setUp(world: InfraWorld): Promise<void> {
    const { setup = [] } = this.#scenario.definition;
    for (const [index, file] of setup.entries()) {
      const name = setupName(index);
      const end = await within(
        START_PATIENCE_MS,
        new Promise<ProgramEnd>((resolve) => world.startOnce(name, resolve)),
        `The setup program ${file} had not ended after ${START_PATIENCE_MS / 1000} s.`,
      );
      if (end.code !== 0)
        throw new RunFailure(
          'E_PROGRAM',
          `The setup program ${file} ended with ${end.signal ?? `code ${end.code}`}:\n${world.lastErrors(name)}`,
        );
    }
  }

  /** The workload's process loads its module while the rest starts. */
  #startClient(world: InfraWorld): { ready: Promise<void>; ended: Promise<void>; begin(): void } {
    const { plan } = this.#request;
    const ready = deferred();
    const ended = deferred();
    this.#onClientNote = (note) => {
      if (note.type === 'ready') ready.resolve();
      else this.#items = note.items;
    };
    world.startOnce(clientHost, (end) => {
      if (end.code === 0) {
        ended.resolve();
        return;
      }
      const failure = new RunFailure('E_PROGRAM', `The workload failed: ${world.lastErrors(clientHost)}`);
      ready.reject(failure);
      ended.reject(failure);
    });
    const order = (): ClientOrder => ({
      plan,
      durations: this.#durations,
      servers: this.#serverAddresses(world, clientHost),
      processes: this.#processAddresses(world, clientHost),
      zeroMicros: world.timeline.zero,
    });
    return { ready: ready.promise, ended: ended.promise, begin: () => world.send(clientHost, order()) };
  }

  /** Lets the settle checkers judge, each at its time and when the history is complete up to it. */
  async #judge(world: InfraWorld): Promise<void> {
    const healedAt = world.timeline.now();
    for (;;) {
      const at = this.#judging.nextSettleAt(healedAt);
      if (at === undefined) return;
      while (world.timeline.settle() < at) await new Promise((resolve) => setTimeout(resolve, SETTLE_EVERY_MS));
      this.#judging.settle({ healedAt, now: at });
    }
  }

  #fail(code: RunError['code'], message: string): void {
    this.#error ??= { code, message };
    this.#over.resolve();
  }

  // What the world is made of.

  #servers(): readonly ServerNeeds[] {
    const { servers, observe = {} } = this.#scenario.definition;
    const folder = dirname(this.#request.loaded.file);
    return Object.entries(servers).flatMap(([name, server]): readonly ServerNeeds[] => {
      switch (server.type) {
        case 'redis': {
          const { password, appendfsync = 'everysec', maxmemory = 0 } = server.options;
          return [{ type: 'redis', name, password, appendfsync, maxmemory }];
        }
        case 'postgres': {
          const { schema, password = 'seedstorm', auth = 'trust', maxConnections = 100 } = server.options;
          const text = schemaText(folder, schema);
          return [
            { type: 'postgres', name, schema: text, password, auth, maxConnections, observe: observe[name] ?? [] },
          ];
        }
        case 'service':
          return [];
        default:
          return assertNever(server);
      }
    });
  }

  #programs(): readonly ProgramNeeds[] {
    const { loaded, subject, plan } = this.#request;
    const { servers, setup = [] } = this.#scenario.definition;
    const folder = dirname(loaded.file);
    const shared = { args: [], cwd: loaded.root, hasClock: false, hasChannel: false };
    const serverNames = Object.keys(servers);
    const processNames = this.#instances.map(({ name }) => name);
    const services = Object.entries(servers).flatMap(([name, server]): readonly ProgramNeeds[] =>
      server.type !== 'service'
        ? []
        : [
            {
              ...shared,
              name,
              role: 'service',
              file: serviceFile(folder, server.program),
              restart: serviceRestart,
              listens: true,
              calls: [],
              hasChannel: true,
              env: () => ({ LEDGER_NAME: name, ...server.env }),
            },
          ],
    );
    const shifted = new Set(plan.faults.flatMap(({ kind, host }) => (kind.startsWith('clock') ? [String(host)] : [])));
    const processes = this.#instances.map(
      (entry): ProgramNeeds => ({
        ...shared,
        name: entry.name,
        role: 'process',
        file: subject.programs[entry.key]!,
        args: entry.definition.args ?? [],
        restart: restartOf(entry.definition),
        listens: true,
        calls: [...serverNames, ...processNames.filter((name) => name !== entry.name)],
        hasClock: shifted.has(entry.name),
        env: (reachability) => ({
          TZ: entry.definition.timeZone ?? 'UTC',
          ...(subject.patchFile === undefined ? {} : { SEEDSTORM_PATCH: subject.patchFile }),
          ...this.#envOf(entry, entry.name, reachability),
        }),
      }),
    );
    const [first] = this.#instances;
    const setups = setup.map(
      (file, index): ProgramNeeds => ({
        ...shared,
        name: setupName(index),
        role: 'client',
        file: resolve(folder, file),
        restart: neverRestarted,
        listens: false,
        calls: [...serverNames, ...processNames],
        env: (reachability) => (first === undefined ? {} : this.#envOf(first, setupName(index), reachability)),
      }),
    );
    const client: ProgramNeeds = {
      ...shared,
      name: clientHost,
      role: 'client',
      file: clientFile,
      args: [loaded.file],
      restart: neverRestarted,
      listens: false,
      calls: [...serverNames, ...processNames],
      hasChannel: true,
      env: () => ({}),
    };
    return [...services, ...processes, ...setups, client];
  }

  #envOf(entry: Instance, caller: string, reachability: Reachability): Readonly<Record<string, string>> {
    const own = { reach: (_from: string, to: string) => reachability.reach(to), server: reachability.server };
    return (
      entry.definition.env?.(this.#serverAddresses(own, caller), {
        durations: this.#durations,
        instance: entry.instance,
        name: entry.name,
        processes: this.#processAddresses(own, caller),
      }) ?? {}
    );
  }

  #serverAddresses(world: Addressing, from: string): Readonly<Record<string, Address>> {
    const addresses: Record<string, Address> = {};
    for (const [name, server] of Object.entries(this.#scenario.definition.servers)) {
      const { address, port } = world.reach(from, name);
      const found = addressOf(address, server, port);
      addresses[name] = server.type === 'service' ? found : withCredentials(found, world.server(name).credentials);
    }
    return addresses;
  }

  #processAddresses(world: Addressing, from: string): Readonly<Record<string, Address>> {
    const addresses: Record<string, Address> = {};
    for (const { name } of this.#instances) {
      const { address, port } = world.reach(from, name);
      addresses[name] = httpAddress(address, port);
    }
    return addresses;
  }
}

type Addressing = Pick<InfraWorld, 'reach' | 'server'>;

/** An external server has a login of its own. */
function withCredentials(
  address: Address,
  { user, password, database }: ReturnType<InfraWorld['server']>['credentials'],
): Address {
  const url = new URL(address.url);
  if (user !== undefined) url.username = encodeURIComponent(user);
  if (password !== undefined) url.password = encodeURIComponent(password);
  if (database !== undefined) url.pathname = `/${database}`;
  return { ...address, url: url.href };
}

interface Deferred {
  readonly promise: Promise<void>;
  resolve(): void;
  reject(error: Error): void;
}

/** A promise that others settle; nobody need listen to its rejection. */
function deferred(): Deferred {
  let resolve: () => void = () => {};
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<void>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  promise.catch(() => {});
  return { promise, resolve, reject };
}

/** What ends the run as `error`. */
class RunFailure extends Error {
  readonly code: RunError['code'];
  constructor(code: RunError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

async function within<T>(patienceMs: number, promise: Promise<T>, message: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new RunFailure('E_LIMIT', message)), patienceMs);
  });
  try {
    return await Promise.race([promise, patience]);
  } finally {
    clearTimeout(timer);
  }
}
