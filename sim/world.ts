/**
 * The simulated world: assembles hosts, links, servers and processes, and offers the planner's acts (`harness/world.ts`) on them.
 * No logic of its own: time is the kernel's, bytes are the network's, life is the process's.
 */
import type { UnplacedRecord } from '../harness/history/record.ts';
import { linkMatches, matchesGlob } from '../harness/labels/glob.ts';
import type { Trigger } from '../harness/plan/format.ts';
import type { PatchSet } from '../harness/source/patch.ts';
import type {
  Act,
  Bite,
  ClockShift,
  HostCondition,
  HostRole,
  Lift,
  Link,
  LinkCondition,
  LoadCondition,
  MessageOnLink,
  Setting,
  TamperOptions,
  World,
  WorldHost,
} from '../harness/world.ts';
import { assert } from './kernel/assert.ts';
import type { Micros } from './kernel/clock.ts';
import { SeedstormError } from './kernel/errors.ts';
import { Kernel, type KernelEnd } from './kernel/kernel.ts';
import type { Loss, ServerFactory } from './kernel/server.ts';
import type { LabellerFactory, MessageLabel } from './net/label.ts';
import type { DirectedLink } from './net/link.ts';
import { type MessageObserver, Network } from './net/network.ts';
import type { Segment } from './net/socket.ts';
import { dispatchedNames } from './runtime/globals/index.ts';
import { type IncarnationOptions, startIncarnation } from './runtime/incarnation.ts';
import { watchLeftovers } from './runtime/leftovers.ts';
import { installRealmAccessors, installStackTraces } from './runtime/loader/index.ts';
import type { ProcessEnd, ProcessObserver, VirtualProcess } from './runtime/process.ts';
import { installRealmRules, type RealmRules } from './runtime/realm.ts';
import { ServerHost } from './server-host.ts';

/** Default median of one-way latency between hosts of one data centre, µs, and the spread of its logarithm. */
const LATENCY = { medianMicros: 200, sigma: 0.25 };
/** Default time of handling an event in a process, µs. */
const CPU_MICROS = 20;

export interface ProgramSpec {
  readonly name: string;
  readonly role: Exclude<HostRole, 'server'>;
  readonly file: string;
  readonly args?: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly timeZone: string;
  readonly restart: { readonly when: 'never' | 'on-failure' | 'always'; readonly delayMs: number };
  readonly patches?: PatchSet;
  readonly extraModules?: IncarnationOptions['extraModules'];
  readonly main?: IncarnationOptions['main'];
}

export interface ServerSpec {
  readonly name: string;
  readonly type: 'redis' | 'postgres';
  readonly factory: ServerFactory;
}

export interface SimWorldOptions {
  readonly seed: number;
  /** Unix time, µs, at true time zero. */
  readonly epochMicros: Micros;
  readonly eventsMax: number;
  /** Folder against which file names are shown. */
  readonly root: string;
  readonly servers: readonly ServerSpec[];
  readonly programs: readonly ProgramSpec[];
  /** Outside names that stand for hosts. */
  readonly aliases?: Readonly<Record<string, string>>;
  /** Intrinsics that programs may change. */
  readonly polyfills?: readonly string[];
  /** Names messages; required when the plan has `on` triggers or messages are recorded. */
  readonly labels?: LabellerFactory;
  /** What of the plan's setting the epoch and the zones come from. */
  readonly setting?: Setting;
  /** Takes the plan's conditions on the workload. */
  disturbLoad?(condition: LoadCondition, bite: Bite): Lift;
  /** Takes records with their true time (µs), in order. */
  record(at: Micros, record: UnplacedRecord): void;
  /** Messages become records (a traced run). */
  readonly tracesMessages: boolean;
}

interface ProcessSlot {
  readonly spec: ProgramSpec;
  incarnations: number;
  current: VirtualProcess | undefined;
  onEnd: ((end: ProcessEnd) => void) | undefined;
}

interface Watch {
  readonly trigger: Trigger;
  readonly callback: (message: MessageOnLink) => void;
  /** Messages met so far, by link. */
  readonly counts: Map<string, number>;
}

export class SimWorld implements World {
  readonly kind = 'sim';
  readonly kernel: Kernel;
  readonly network: Network;
  readonly unsupported: ReadonlyMap<Act, string> = new Map();
  readonly hosts: readonly WorldHost[];
  readonly setting: Setting;
  readonly #options: SimWorldOptions;
  readonly #servers = new Map<string, ServerHost>();
  readonly #slots = new Map<string, ProcessSlot>();
  readonly #watches: Readonly<Record<Trigger['when'], Watch[]>> = { before: [], after: [] };
  #arriving: { readonly message: MessageOnLink; readonly segment: Segment } | undefined;
  readonly #observer: ProcessObserver;

  constructor(options: SimWorldOptions) {
    this.#options = options;
    this.setting = options.setting ?? {};
    this.kernel = new Kernel(options.seed, { eventsMax: options.eventsMax });
    this.network = new Network({ kernel: this.kernel, epochMicros: options.epochMicros, latency: LATENCY });
    this.#observer = {
      ended: (process, end) => this.#onEnd(process, end),
      log: (process, stream, text) =>
        this.record({
          kind: 'log',
          host: process.host.name,
          process: process.name,
          incarnation: process.incarnation,
          nodeAt: this.#nodeAt(process.host.name),
          stream,
          text,
        }),
    };
    if (options.labels !== undefined) this.network.observe(options.labels, this.#messageObserver());
    const hosts: WorldHost[] = [];
    for (const spec of options.servers) {
      const host = this.network.addHost(spec.name);
      hosts.push({ name: spec.name, role: 'server', type: spec.type });
      const server = new ServerHost({
        kernel: this.kernel,
        network: this.network,
        host,
        type: spec.type,
        factory: spec.factory,
        commit: ({ tx, lsn, rows }) =>
          this.record({ kind: 'commit', host: host.name, server: spec.name, tx, lsn, rows: rows as never }),
        log: (text) => this.record({ kind: 'log', host: host.name, stream: 'server', text }),
      });
      this.#servers.set(spec.name, server);
    }
    for (const spec of options.programs) {
      this.network.addHost(spec.name);
      hosts.push({ name: spec.name, role: spec.role });
      this.#slots.set(spec.name, { spec, incarnations: 0, current: undefined, onEnd: undefined });
    }
    for (const [name, host] of Object.entries(options.aliases ?? {})) this.network.addAlias(name, host);
    this.hosts = hosts;
  }

  /** Runs until stopped, failed or quiescent; the realm is the run's own meanwhile. */
  async run(): Promise<KernelEnd> {
    const current = (): Record<string, unknown> | null =>
      (this.kernel.current as Partial<VirtualProcess> | null)?.globals ?? null;
    const rules: RealmRules = installRealmRules({
      polyfills: this.#options.polyfills ?? [],
      currentMath: () => current()?.['Math'] as typeof Math | undefined,
      currentProcess: () => current()?.['process'] as NodeJS.Process | undefined,
    });
    const accessors = installRealmAccessors(dispatchedNames, current);
    const traces = installStackTraces({ root: this.#options.root, current });
    const leftovers = watchLeftovers();
    try {
      const end = await this.kernel.run();
      const change = rules.firstChange();
      if (change !== undefined && end.kind !== 'failed') {
        return {
          kind: 'failed',
          error: new SeedstormError(
            'E_INTRINSICS',
            `A program changed ${change}, which all processes of a simulation share. List it in the scenario's polyfills if that is meant.`,
          ),
        };
      }
      return end;
    } finally {
      leftovers.release();
      traces.uninstall();
      accessors.leave();
      rules.uninstall();
    }
  }

  /** Puts a record in its place: at the local time of whoever speaks. */
  record(record: UnplacedRecord): void {
    const { kernel } = this;
    const at = kernel.localNow();
    if (at === kernel.now) this.#place(at, record);
    else kernel.at(at, () => this.#place(at, record));
  }

  #place(at: Micros, record: UnplacedRecord): void {
    const { hash } = this.kernel;
    if (record.kind !== 'message' && record.kind !== 'log') {
      hash.integer(at);
      hash.text(JSON.stringify(record));
      hash.onFold?.(hash.digest(), () => `${(at / 1e6).toFixed(6)} s ${JSON.stringify(record)}`);
    }
    this.#options.record(at, record);
  }

  #nodeAt(host: string): number {
    return Math.round(this.network.hosts.get(host)!.clock.wallMicros(this.kernel.localNow()) / 1000);
  }

  // The World's acts.

  nowMs(): number {
    return this.kernel.localNow() / 1000;
  }

  after(delayMs: number, callback: () => void): { cancel(): void } {
    const task = this.kernel.at(this.kernel.localNow() + Math.round(delayMs * 1000), callback);
    return { cancel: () => this.kernel.queue.cancel(task) };
  }

  disturb(link: Link, condition: LinkCondition, bite: Bite): Lift {
    return this.network.disturb(link.from, link.to, condition, bite);
  }

  reset(link: Link): number {
    return this.network.reset(link.from, link.to);
  }

  drop(message: MessageOnLink): void {
    const arriving = this.#arriving;
    assert(arriving?.message.id === message.id, 'a message is dropped that is not arriving');
    arriving.segment.isLost = true;
    this.network.breakConnection(message.connection);
  }

  hold(message: MessageOnLink): Lift {
    const arriving = this.#arriving;
    assert(arriving?.message.id === message.id, 'a message is held that is not arriving');
    const { segment } = arriving;
    segment.source.hold([segment]);
    return () => segment.source.release();
  }

  tamper(options: TamperOptions, bite: Bite): Lift {
    assert(this.#options.labels !== undefined, 'tampering needs labels');
    const { link, label } = options;
    const matches = (from: string, to: string, request: string): boolean =>
      linkMatches(link, from, to) && matchesGlob(label, request);
    return this.network.tamper(options, matches, bite);
  }

  disturbHost(name: string, condition: HostCondition, bite: Bite): Lift {
    const host = this.network.hosts.get(name);
    assert(host !== undefined, `no host ${name}`);
    return host.disturb(condition, bite);
  }

  disturbLoad(condition: LoadCondition, bite: Bite): Lift {
    assert(this.#options.disturbLoad !== undefined, 'a run without a workload has no load');
    return this.#options.disturbLoad(condition, bite);
  }

  kill(process: string): boolean {
    return this.#slot(process).current?.crash() ?? false;
  }

  start(process: string): void {
    const slot = this.#slot(process);
    if (slot.current !== undefined) return;
    const { spec } = slot;
    const incarnation = ++slot.incarnations;
    this.#note(slot, 'started');
    slot.current = startIncarnation({
      kernel: this.kernel,
      network: this.network,
      host: this.network.hosts.get(spec.name)!,
      name: spec.name,
      incarnation,
      program: spec.file,
      args: spec.args ?? [],
      env: spec.env,
      cwd: spec.cwd,
      timeZone: spec.timeZone,
      observer: this.#observer,
      cpuMicros: CPU_MICROS,
      isService: spec.role === 'service',
      root: this.#options.root,
      ...(spec.patches === undefined ? {} : { patches: spec.patches }),
      ...(spec.extraModules === undefined ? {} : { extraModules: spec.extraModules }),
      ...(spec.main === undefined ? {} : { main: spec.main }),
    });
  }

  incarnation(process: string): number | undefined {
    return this.#slot(process).current?.incarnation;
  }

  /** Starts a program and calls back when it ends; no restart policy applies. */
  startOnce(process: string, onEnd: (end: ProcessEnd) => void): void {
    this.#slot(process).onEnd = onEnd;
    this.start(process);
  }

  stop(process: string): boolean {
    const slot = this.#slot(process);
    if (slot.current?.pause() !== true) return false;
    this.#note(slot, 'paused');
    return true;
  }

  continue(process: string): boolean {
    const slot = this.#slot(process);
    if (slot.current?.resume() !== true) return false;
    this.#note(slot, 'resumed');
    return true;
  }

  signal(process: string, signal: string): boolean {
    const slot = this.#slot(process);
    if (slot.current?.signal(signal) !== true) return false;
    this.#note(slot, 'signalled', { signal });
    return true;
  }

  shiftClock(host: string, shift: ClockShift, bite: Bite): Lift {
    const { clock } = this.network.hosts.get(host)!;
    const { offsetMs = 0, driftPpm = 0 } = shift;
    clock.addOffset(offsetMs * 1000);
    if (driftPpm !== 0) clock.addDrift(this.kernel.now, driftPpm);
    bite(`the clock of ${host} is off`);
    let isLifted = false;
    return () => {
      if (isLifted) return;
      isLifted = true;
      clock.addOffset(-offsetMs * 1000);
      if (driftPpm !== 0) clock.addDrift(this.kernel.now, -driftPpm);
    };
  }

  stepClock(host: string, stepMs: number, bite: Bite): void {
    this.network.hosts.get(host)!.clock.addOffset(stepMs * 1000);
    bite(`the clock of ${host} jumped by ${stepMs} ms`);
  }

  crashServer(server: string, loss: Loss): void {
    this.#server(server).crash(loss);
    this.record({ kind: 'process', host: server, state: loss === 'nothing' ? 'exited' : 'crashed' });
  }

  startServer(server: string): void {
    this.#server(server).start();
    this.record({ kind: 'process', host: server, state: 'started' });
  }

  serverAct(server: string, name: string, argument: Readonly<Record<string, unknown>>): string {
    return this.#server(server).act(name, argument);
  }

  watch(trigger: Trigger, callback: (message: MessageOnLink) => void): Lift {
    assert(this.#options.labels !== undefined, 'a trigger needs labels');
    const watch: Watch = { trigger, callback, counts: new Map() };
    const list = this.#watches[trigger.when ?? 'before'];
    list.push(watch);
    return () => {
      const index = list.indexOf(watch);
      if (index >= 0) list.splice(index, 1);
    };
  }

  // Life of processes.

  #onEnd(process: VirtualProcess, end: ProcessEnd): void {
    const slot = this.#slot(process.name);
    slot.current = undefined;
    if (end.kind === 'crashed') this.#note(slot, 'crashed');
    else if (end.kind === 'signalled') this.#note(slot, 'exited', { signal: end.signal });
    else this.#note(slot, 'exited', { code: end.code, ...(end.error === undefined ? {} : { error: end.error }) });
    if (slot.onEnd !== undefined) {
      const { onEnd } = slot;
      slot.onEnd = undefined;
      this.kernel.at(this.kernel.localNow(), () => onEnd(end));
      return;
    }
    const { when, delayMs } = slot.spec.restart;
    // A crash by a fault is followed by the fault's own restart.
    if (end.kind === 'crashed' || when === 'never') return;
    if (when === 'on-failure' && end.kind === 'exited' && end.code === 0) return;
    this.after(delayMs, () => this.start(process.name));
  }

  #note(
    slot: ProcessSlot,
    state: 'started' | 'paused' | 'resumed' | 'crashed' | 'exited' | 'signalled',
    more: { code?: number; signal?: string; error?: string } = {},
  ): void {
    const { name } = slot.spec;
    this.record({
      kind: 'process',
      host: name,
      process: name,
      incarnation: slot.incarnations,
      nodeAt: this.#nodeAt(name),
      state,
      ...more,
    });
  }

  #slot(process: string): ProcessSlot {
    const slot = this.#slots.get(process);
    assert(slot !== undefined, `no process ${process}`);
    return slot;
  }

  #server(server: string): ServerHost {
    const host = this.#servers.get(server);
    assert(host !== undefined, `no server ${server}`);
    return host;
  }

  // Messages.

  #messageObserver(): MessageObserver {
    const traces = this.#options.tracesMessages;
    const note = (
      link: DirectedLink,
      connection: number,
      message: MessageLabel,
      phase: 'sent' | 'held' | 'delivered' | 'lost',
      at: Micros,
      segment?: Segment,
    ): void => {
      if (!traces) return;
      const record: UnplacedRecord = {
        kind: 'message',
        host: phase === 'delivered' ? link.to : link.from,
        id: message.id,
        from: link.from,
        to: link.to,
        label: message.label,
        type: message.type,
        bytes: message.bytes,
        phase,
        connection,
        ...(message.answers === undefined ? {} : { answers: message.answers }),
        ...(segment === undefined ? {} : { preview: segment.bytes.toString('latin1', 0, 128) }),
      };
      if (at === this.kernel.now) this.#place(at, record);
      else this.kernel.at(at, () => this.#place(at, record));
    };
    const meet = (watches: readonly Watch[], message: MessageOnLink): void => {
      const { from, to } = message.link;
      for (const watch of [...watches]) {
        const { trigger, counts } = watch;
        if (trigger.message !== message.type) continue;
        if (!linkMatches(trigger.link, from, to) || !matchesGlob(trigger.label, message.label)) continue;
        const link = `${from}>${to}`;
        const count = (counts.get(link) ?? 0) + 1;
        counts.set(link, count);
        if (count === trigger.nth) watch.callback(message);
      }
    };
    const onLink = (link: DirectedLink, connection: number, { id, type, label }: MessageLabel): MessageOnLink => ({
      id,
      link: { from: link.from, to: link.to },
      type,
      label,
      connection,
    });
    const { before, after } = this.#watches;
    return {
      sent: (link, connection, message, segment, at) => note(link, connection, message, 'sent', at, segment),
      held: (link, connection, message) => note(link, connection, message, 'held', this.kernel.now),
      lost: (link, connection, message) => note(link, connection, message, 'lost', this.kernel.now),
      arriving: (link, connection, message, segment) => {
        if (before.length === 0) return;
        this.#arriving = { message: onLink(link, connection, message), segment };
        meet(before, this.#arriving.message);
        this.#arriving = undefined;
      },
      delivered: (link, connection, message) => {
        note(link, connection, message, 'delivered', this.kernel.localNow());
        if (after.length === 0) return;
        // The fault comes into force when the handler is done: between two events.
        this.kernel.at(this.kernel.now, () => meet(after, onLink(link, connection, message)));
      },
    };
  }
}
