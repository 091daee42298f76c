/**
 * The real world: servers, programs and proxies of one run, and the planner's acts (`harness/world.ts`) on them. True time is the system's
 * monotonic clock.
 *
 * Acts are told to return at once, and what they ask for takes a moment here. So a message that a `before` trigger holds is let go only
 * when all that was asked for is in force, and acts upon one server or one link keep their order.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { UnplacedRecord } from '../harness/history/record.ts';
import type { Trigger } from '../harness/plan/format.ts';
import {
  type Act,
  type Bite,
  type ClockShift,
  type Lift,
  type Link,
  type LinkCondition,
  type MessageOnLink,
  type Setting,
  simOnlyActs,
  type World,
  type WorldHost,
} from '../harness/world.ts';
import { SeedstormError } from '../sim/kernel/errors.ts';
import { actsOf, type ServerActs } from './acts.ts';
import { type Addresses, type SocketAddress, takeAddresses } from './addresses.ts';
import { builtFile } from './built.ts';
import { HostClock } from './clock-control.ts';
import { listens as isListening } from './listening.ts';
import { MessageGate } from './message-gate.ts';
import { type ProxyNetwork, startNetwork } from './network.ts';
import { type Commits, prepareDatabase } from './observation/commits.ts';
import { type Source, Timeline } from './observation/timeline.ts';
import { findPlaces, type Places } from './places.ts';
import type { ChannelMessage } from './processes/channel.ts';
import { Program, type ProgramEnd, type ProgramSpec } from './processes/program.ts';
import type { PostgresNeeds, Provider, RunningServer, ServerNeeds } from './providers/server.ts';
import { makeRunFolder, type RunFolder } from './run-folder.ts';

export type { ProgramEnd } from './processes/program.ts';

/** A program before its addresses are known. */
export interface ProgramNeeds extends Omit<ProgramSpec, 'env' | 'preloads'> {
  /** Whether it may be called: its address is given to others, and to itself as PORT and HOST. */
  readonly listens: boolean;
  /** Hosts that it may call. */
  readonly calls: readonly string[];
  /** It is part of the surroundings and speaks with the harness: services, and the workload. */
  readonly hasChannel: boolean;
  /** The clock of its host may be shifted. */
  readonly hasClock: boolean;
  env(world: Reachability): Readonly<Record<string, string>>;
}

/** Where things are, as one host sees them. */
export interface Reachability {
  /** Address of the proxy to another host. */
  reach(host: string): SocketAddress;
  server(name: string): RunningServer;
}

export interface InfraWorldOptions {
  readonly provider: Provider;
  readonly servers: readonly ServerNeeds[];
  readonly programs: readonly ProgramNeeds[];
  /** URL of a Toxiproxy that runs already; absent: the embedded proxy. */
  readonly toxiproxyUrl: string | undefined;
  /** Messages become records. */
  readonly tracesMessages: boolean;
  /** Takes records with their true time (µs), in order. */
  place(at: number, record: UnplacedRecord): void;
  /** What a program of the surroundings says besides records. */
  onNote(program: string, note: unknown): void;
  /** Something that the run cannot go on after. */
  onError(error: Error): void;
}

/** How often a program is looked at that does not listen yet (ms), and one that may never. */
const LISTEN_LOOK_EVERY_MS = 20;
const LISTEN_LOOK_RARELY_MS = 200;
const LISTEN_SOON_MS = 2_000;
const servicePreload = builtFile('processes/service-preload.js').href;

/** Starts servers and proxies; the programs are started by the run. */
export async function startInfraWorld(options: InfraWorldOptions): Promise<InfraWorld> {
  const names = [...options.servers, ...options.programs].map(({ name }) => name);
  const addresses = await takeAddresses(names);
  const folder = makeRunFolder();
  const world = new InfraWorld(options, { addresses, folder });
  try {
    await world.open();
    return world;
  } catch (error) {
    await world.close();
    throw error;
  }
}

export class InfraWorld implements World {
  readonly kind = 'infra';
  readonly hosts: readonly WorldHost[];
  readonly unsupported: Map<Act, string> = new Map(simOnlyActs);
  readonly setting: Setting = {};
  readonly timeline: Timeline;
  readonly #options: InfraWorldOptions;
  readonly #addresses: Addresses;
  readonly #folder: RunFolder;
  readonly #servers = new Map<string, RunningServer>();
  readonly #acts = new Map<string, ServerActs>();
  readonly #programs = new Map<string, Program>();
  readonly #clocks = new Map<string, HostClock>();
  readonly #commits: Commits[] = [];
  readonly #gate: MessageGate;
  readonly #timers = new Set<NodeJS.Timeout>();
  /** Work under way upon each server, in order. */
  readonly #serverQueues = new Map<string, Promise<void>>();
  #places: Places | undefined;
  #network: ProxyNetwork | undefined;
  #isClosed = false;
  /** Distinguishes what this run makes in places that others share. */
  readonly #id = randomUUID().slice(0, 8);

  constructor(options: InfraWorldOptions, parts: { readonly addresses: Addresses; readonly folder: RunFolder }) {
    this.#options = options;
    this.#addresses = parts.addresses;
    this.#folder = parts.folder;
    this.timeline = new Timeline(options.place);
    this.#gate = new MessageGate({
      record: options.tracesMessages ? (record) => this.record(record) : undefined,
      network: () => this.#network!,
    });
    this.hosts = [
      ...options.servers.map(({ name, type }) => ({ name, role: 'server', type }) as const),
      ...options.programs.map(({ name, role }) => ({ name, role })),
    ];
  }

  /** What served, for the report. */
  get description(): readonly string[] {
    return [...[...this.#servers.values()].map(({ description }) => description), this.#network!.description];
  }

  async open(): Promise<void> {
    const { provider, servers, programs, toxiproxyUrl } = this.#options;
    const started = await Promise.allSettled(
      servers.map(async (needs) => {
        const server = await provider(needs, {
          folder: this.#folder.path,
          listener: (host, port) => this.#addresses.listener(host, port),
          log: (name, text) => this.record({ kind: 'log', host: name, stream: 'server', text }),
        });
        this.#servers.set(needs.name, server);
        this.#acts.set(needs.name, actsOf(server));
        if (server.life === undefined) {
          const why = `${needs.name} is not ours to take down (${server.description}); use --provider local`;
          this.unsupported.set('crashServer', why);
          this.unsupported.set('startServer', why);
        }
        if (needs.type === 'postgres') await this.#prepareDatabase(server, needs);
      }),
    );
    // Only when all have started or failed: what starts late must be closed as well.
    for (const result of started) if (result.status === 'rejected') throw result.reason;
    for (const { name, hasClock } of programs)
      if (hasClock) this.#clocks.set(name, new HostClock(this.#folder.path, name));
    this.#places = await findPlaces(this.#addresses, {
      servers: servers.map(({ name, type }) => ({ name, protocol: type, address: this.server(name).address })),
      programs: programs.map(({ role, ...program }) => ({ ...program, isService: role === 'service' })),
    });
    this.#network = await startNetwork({
      pairs: this.#places.pairs,
      toxiproxyUrl,
      prefix: this.#id,
      hooks: this.#gate.hooks,
      onError: (error) => this.#options.onError(error),
    });
    if (!this.#network.isEmbedded) {
      const why =
        'a foreign Toxiproxy tells of no messages and resets no connections; unset TOXIPROXY_URL to use the embedded proxy';
      for (const act of ['watch', 'hold', 'drop', 'reset'] as const) this.unsupported.set(act, why);
    }
    for (const needs of programs) this.#programs.set(needs.name, this.#program(needs));
  }

  /** Where `from` finds `to`. */
  reach(from: string, to: string): SocketAddress {
    return this.#places!.reach(from, to);
  }

  server(name: string): RunningServer {
    return this.#servers.get(name)!;
  }

  /** Starts a program and tells its end; no restart policy applies. */
  startOnce(name: string, onEnd: (end: ProgramEnd) => void): void {
    this.#program$(name).start(onEnd);
  }

  /** The last lines that a program wrote to its error output. */
  lastErrors(name: string): string {
    return this.#program$(name).lastErrors;
  }

  send(name: string, message: object): void {
    this.#program$(name).send(message);
  }

  /** Resolves once a program listens, or has ended, or the patience is over; to whether it listens. */
  async untilListening(name: string, patienceMs: number): Promise<boolean> {
    const address = this.#places!.own(name)!;
    const program = this.#program$(name);
    const startedAt = performance.now();
    for (;;) {
      if (await isListening(address)) return true;
      const elapsedMs = performance.now() - startedAt;
      const hasEnded = program.hasStarted && program.incarnation === undefined;
      if (this.#isClosed || hasEnded || elapsedMs > patienceMs) return false;
      await sleep(elapsedMs < LISTEN_SOON_MS ? LISTEN_LOOK_EVERY_MS : LISTEN_LOOK_RARELY_MS);
    }
  }

  /** Records something that happens now. */
  record(record: UnplacedRecord): void {
    if (!this.#isClosed) this.timeline.add(record);
  }

  /** Ends everything; nothing is left running, listening or on disk. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const timer of this.#timers) clearTimeout(timer);
    await Promise.all([...this.#programs.values()].map((program) => program.close()));
    await Promise.all(this.#commits.map((commits) => commits.close()));
    await Promise.all([...this.#serverQueues.values()]);
    await Promise.all([...this.#acts.values()].map((acts) => acts.close()));
    await Promise.all([this.#network?.close(), ...[...this.#servers.values()].map((server) => server.close())]);
    for (const clock of this.#clocks.values()) clock.close();
    this.#addresses.release();
    this.#folder.remove();
  }

  // The World's acts.

  nowMs(): number {
    return this.timeline.now() / 1_000;
  }

  after(delayMs: number, callback: () => void): { cancel(): void } {
    const timer = setTimeout(
      () => {
        this.#timers.delete(timer);
        if (!this.#isClosed) callback();
      },
      Math.min(delayMs, 2 ** 31 - 1),
    );
    this.#timers.add(timer);
    return {
      cancel: () => {
        clearTimeout(timer);
        this.#timers.delete(timer);
      },
    };
  }

  disturb(link: Link, condition: LinkCondition, bite: Bite): Lift {
    return this.#network!.disturb(link, condition, bite);
  }

  reset(link: Link): number {
    return this.#network!.reset(link);
  }

  drop(message: MessageOnLink): void {
    this.#gate.drop(message);
  }

  kill(process: string): boolean {
    return this.#program$(process).kill();
  }

  start(process: string): void {
    this.#program$(process).start();
  }

  incarnation(process: string): number | undefined {
    return this.#program$(process).incarnation;
  }

  stop(process: string): boolean {
    return this.#program$(process).stop();
  }

  continue(process: string): boolean {
    return this.#program$(process).continue();
  }

  signal(process: string, signal: 'SIGTERM' | 'SIGINT' | 'SIGHUP'): boolean {
    return this.#program$(process).signal(signal);
  }

  shiftClock(host: string, { offsetMs = 0, driftPpm = 0 }: ClockShift, bite: Bite): Lift {
    const clock = this.#clocks.get(host)!;
    clock.addOffset(offsetMs);
    if (driftPpm !== 0) clock.addDrift(driftPpm);
    bite(`the clock of ${host} is off`);
    let isLifted = false;
    return () => {
      if (isLifted) return;
      isLifted = true;
      clock.addOffset(-offsetMs);
      if (driftPpm !== 0) clock.addDrift(-driftPpm);
    };
  }

  stepClock(host: string, stepMs: number, bite: Bite): void {
    this.#clocks.get(host)!.addOffset(stepMs);
    bite(`the clock of ${host} jumped by ${stepMs} ms`);
  }

  crashServer(server: string, loss: 'nothing' | 'unsynced' | 'everything'): void {
    const { life, needs } = this.server(server);
    if (needs.type === 'postgres' && loss === 'everything')
      throw new SeedstormError('E_UNSUPPORTED', `${server}: a real Postgres does not lose everything in infra.`);
    life!.crash(loss);
    this.#acts.get(server)!.forget();
    this.#network!.setReachable(server, false);
    this.record({ kind: 'process', host: server, state: loss === 'nothing' ? 'exited' : 'crashed' });
  }

  startServer(server: string): void {
    this.#onServer(server, async () => {
      await this.server(server).life!.start();
      this.#network!.setReachable(server, true);
      this.record({ kind: 'process', host: server, state: 'started' });
    });
  }

  serverAct(server: string, name: string, argument: Readonly<Record<string, unknown>>): string {
    const { text, done } = this.#acts.get(server)!.perform(name, argument);
    done.catch(() => {
      // Asked of a server that went down meanwhile: nothing was done, and nobody is told otherwise by the record of its end.
    });
    this.#onServer(server, () => done.catch(() => {}));
    return text;
  }

  hold(message: MessageOnLink): Lift {
    return this.#gate.hold(message);
  }

  tamper(): Lift {
    throw this.#lacking('tamper');
  }

  disturbHost(): Lift {
    throw this.#lacking('disturbHost');
  }

  disturbLoad(): Lift {
    throw this.#lacking('disturbLoad');
  }

  #lacking(act: Act): SeedstormError {
    return new SeedstormError('E_UNSUPPORTED', `infra cannot do "${act}": ${this.unsupported.get(act)}.`);
  }

  watch(trigger: Trigger, callback: (message: MessageOnLink) => void): Lift {
    return this.#gate.watch(trigger, callback);
  }

  // Servers.

  async #prepareDatabase({ address, credentials }: RunningServer, needs: PostgresNeeds): Promise<void> {
    const { name, observe, schema } = needs;
    const source = observe.length === 0 ? undefined : this.timeline.addSource();
    const commits = await prepareDatabase({
      server: name,
      address,
      credentials,
      schema,
      tables: observe,
      slot: `seedstorm_${this.#id}_${name.replace(/[^a-z0-9]/g, '_')}`,
      onCommit: ({ tx, lsn, wallMicros, rows }) =>
        this.timeline.add(
          { kind: 'commit', host: name, server: name, tx, lsn, rows: [...rows] },
          this.timeline.monotonicOf(wallMicros),
        ),
      onProgress: (monotonic) => source?.advance(monotonic),
      onError: (error) => this.#options.onError(error),
    });
    if (commits !== undefined) this.#commits.push(commits);
  }

  #onServer(server: string, work: () => Promise<void>): void {
    const before = this.#serverQueues.get(server) ?? Promise.resolve();
    this.#serverQueues.set(
      server,
      before.then(work).catch((error: Error) => {
        if (!this.#isClosed) this.#options.onError(error);
      }),
    );
  }

  #program(needs: ProgramNeeds): Program {
    const { name, role, env, file, args, cwd, restart } = needs;
    const own = this.#places!.own(name);
    const reachability: Reachability = {
      reach: (host) => this.reach(name, host),
      server: (server) => this.server(server),
    };
    let source: Source | undefined;
    return new Program(
      {
        name,
        role,
        file,
        args,
        cwd,
        restart,
        env: {
          ...(own === undefined ? {} : { PORT: String(own.port), HOST: own.address }),
          ...(role === 'service'
            ? { SEEDSTORM_HOST: name, SEEDSTORM_CALLERS: JSON.stringify(this.#places!.entrances(name)) }
            : {}),
          ...env(reachability),
        },
        preloads: role === 'service' ? [servicePreload] : [],
      },
      {
        record: (record) => this.record(record),
        after: (delayMs, callback) => this.after(delayMs, callback),
        clock: this.#clocks.get(name),
        onLife: (isUp) => {
          if (needs.hasChannel) {
            source?.close();
            source = isUp ? this.timeline.addSource() : undefined;
          }
          if (own !== undefined) this.#followLife(name, isUp);
        },
        onError: (error) => this.#options.onError(error),
        ...(needs.hasChannel
          ? {
              onMessage: (message: ChannelMessage) => {
                if (message.type === 'record') this.timeline.add(message.record, message.at);
                else if (message.type === 'progress') source?.advance(message.at);
                else this.#options.onNote(name, message.note);
              },
            }
          : {}),
      },
    );
  }

  /** Connections to a program are refused while it does not listen. */
  #followLife(name: string, isUp: boolean): void {
    if (this.#isClosed) return;
    if (!isUp) {
      this.#network!.setReachable(name, false);
      return;
    }
    const incarnation = this.incarnation(name);
    void this.untilListening(name, Number.POSITIVE_INFINITY).then((isListening) => {
      if (isListening && !this.#isClosed && this.incarnation(name) === incarnation)
        this.#network!.setReachable(name, true);
    });
  }

  #program$(name: string): Program {
    const program = this.#programs.get(name);
    if (program === undefined) throw new SeedstormError('E_ASSERT', `There is no process ${name}.`);
    return program;
  }
}
