/**
 * The injector puts a plan's faults in force in a world, at their times and messages, and lifts them again.
 *
 * A fault is `waiting` for its start, then `active`, then `over`. It starts at its time, or on its message, whichever of those it has
 * comes first; a message that did not come before the end of the faults' time is given up. A fault that nothing met while it was in
 * force (its process was down, its link was silent) stays until something does, and its time counts from there: a planned fault that
 * disturbs nothing would make the run vacuous. That, too, is given up at the end. Start, bite and heal are recorded. A fault
 * that never started or never bit is told by `idleFaults`, for a run that disturbed nothing proves nothing.
 */
import { SeedstormError } from '../../sim/kernel/errors.ts';
import type { FaultKind } from '../faults/kind.ts';
import type { UnplacedRecord } from '../history/record.ts';
import type { Lift, MessageOnLink, World } from '../world.ts';
import type { Fault, Plan, Trigger } from './format.ts';

export interface InjectorOptions {
  readonly world: World;
  readonly plan: Plan;
  /** Takes the fault records; the world places them at its present true time. */
  readonly record: (record: UnplacedRecord) => void;
  /** The registry of kinds by name (`faultKinds`). */
  readonly kinds: ReadonlyMap<string, FaultKind>;
  /** Time (ms) at which messages that did not come, and faults that nothing met, are given up: the scenario's duration. */
  readonly durationMs: number;
}

/** A planned fault that disturbed nothing. */
export interface IdleFault {
  readonly id: string;
  /** Goes on after `fault f1 ...`. */
  readonly reason: string;
}

export interface Injector {
  /** Arms all faults; called once, when the programs have been started. */
  arm(): void;
  /** True when every fault is over, or was given up. */
  readonly isOver: boolean;
  /** True time (ms) at which the last fault was lifted: 0 before the first. */
  readonly lastHealMs: number;
  /** Calls back once all faults are over: at once, if they are. */
  whenOver(callback: () => void): void;
  /** Faults that never started or never bit, in the plan's order. */
  idleFaults(): readonly IdleFault[];
  /** Lifts what is in force and disarms the rest: the run has ended. */
  close(): void;
}

interface Entry {
  readonly fault: Fault;
  readonly kind: FaultKind;
  state: 'waiting' | 'active' | 'over';
  hasBitten: boolean;
  /** Its time is up and nothing has met it: it stays in force, and its time counts from the moment when something does. */
  isOverdue: boolean;
  hasStarted: boolean;
  /** Disarms the timers and watches of a waiting fault, or lifts an active one. */
  undo: Lift[];
}

/**
 * Makes the injector of one run.
 * @throws SeedstormError `E_UNSUPPORTED` when the world lacks an act that the plan needs, `E_INPUT` for an unknown kind
 */
export function createInjector(options: InjectorOptions): Injector {
  refuseWhatIsLacking(options);
  return new InjectorOfRun(options);
}

function refuseWhatIsLacking({ world, plan, kinds }: InjectorOptions): void {
  for (const fault of plan.faults) {
    const kind = kinds.get(fault.kind);
    if (kind === undefined) throw new SeedstormError('E_INPUT', `Fault ${fault.id}: unknown kind "${fault.kind}".`);
    const acts =
      fault.on !== undefined || kind.awaits?.(fault) !== undefined ? [...kind.acts, 'watch' as const] : kind.acts;
    for (const act of acts) {
      const why = world.unsupported.get(act);
      if (why === undefined) continue;
      throw new SeedstormError(
        'E_UNSUPPORTED',
        `Fault ${fault.id} (${fault.kind}) needs "${act}", which ${world.kind} cannot do: ${why}.`,
      );
    }
  }
}

class InjectorOfRun implements Injector {
  private readonly options: InjectorOptions;
  private readonly entries: readonly Entry[];
  private readonly waiters: (() => void)[] = [];
  /** Ends the wait for messages. */
  private patience: { cancel(): void } | undefined;
  private hasGivenUp = false;
  lastHealMs = 0;

  constructor(options: InjectorOptions) {
    this.options = options;
    this.entries = options.plan.faults.flatMap((fault): Entry[] => {
      const kind = options.kinds.get(fault.kind)!;
      if (kind.isNothing?.(fault) === true) return [];
      return [{ fault, kind, state: 'waiting', hasBitten: false, isOverdue: false, hasStarted: false, undo: [] }];
    });
  }

  get isOver(): boolean {
    return this.entries.every(({ state }) => state === 'over');
  }

  arm(): void {
    const { world, durationMs } = this.options;
    for (const entry of this.entries) {
      const { at, on } = entry.fault;
      if (on !== undefined) this.watch(entry, on);
      if (at !== undefined) {
        const timer = world.after(this.untilMs(at), () => this.startByClock(entry));
        entry.undo.push(() => timer.cancel());
      }
    }
    if (this.entries.length === 0) return;
    const latestAt = this.entries.reduce((latest, { fault }) => Math.max(latest, fault.at ?? 0), 0);
    this.patience = world.after(this.untilMs(Math.max(durationMs, latestAt + 1)), () => this.giveUp());
  }

  whenOver(callback: () => void): void {
    if (this.isOver) callback();
    else this.waiters.push(callback);
  }

  idleFaults(): readonly IdleFault[] {
    return this.entries
      .filter(({ hasBitten }) => !hasBitten)
      .map(({ fault, kind, hasStarted }) => ({
        id: fault.id,
        reason: hasStarted
          ? `never bit: ${kind.describe(fault)}`
          : `never started: ${fault.on === undefined ? 'the run ended before' : `its message did not come (${triggerText(fault.on)})`}`,
      }));
  }

  close(): void {
    this.patience?.cancel();
    for (const entry of this.entries) this.finish(entry);
  }

  /** Plans speak of true time, which began before the faults are armed: programs were set up meanwhile. */
  private untilMs(timeMs: number): number {
    return Math.max(0, timeMs - this.options.world.nowMs());
  }

  private watch(entry: Entry, trigger: Trigger): void {
    entry.undo.push(this.options.world.watch(trigger, (message) => this.start(entry, message)));
  }

  private startByClock(entry: Entry): void {
    if (entry.state !== 'waiting') return;
    const awaited = entry.kind.awaits?.(entry.fault);
    if (awaited === undefined) this.start(entry, undefined);
    else this.watch(entry, awaited);
  }

  private start(entry: Entry, message: MessageOnLink | undefined): void {
    if (entry.state !== 'waiting') return;
    const { world } = this.options;
    this.undoAll(entry);
    entry.state = 'active';
    entry.hasStarted = true;
    this.note(entry, 'start', entry.kind.describe(entry.fault));
    const forMs = entry.fault.for ?? 0;
    const end = (): void => {
      const timer = world.after(forMs, () => {
        if (entry.hasBitten || this.hasGivenUp) this.finish(entry);
        else entry.isOverdue = true;
      });
      entry.undo.push(() => timer.cancel());
    };
    const bite = (detail: string) => {
      if (entry.hasBitten) return;
      entry.hasBitten = true;
      this.note(entry, 'bit', detail);
      if (!entry.isOverdue) return;
      entry.isOverdue = false;
      end();
    };
    const lift = entry.kind.apply({ world, bite, message }, entry.fault);
    entry.undo.push(lift);
    if (!entry.kind.lasting) {
      this.finish(entry);
      return;
    }
    end();
  }

  private giveUp(): void {
    this.hasGivenUp = true;
    for (const entry of this.entries) if (entry.state === 'waiting' || entry.isOverdue) this.finish(entry);
  }

  private finish(entry: Entry): void {
    if (entry.state === 'over') return;
    const wasActive = entry.state === 'active';
    entry.state = 'over';
    this.undoAll(entry);
    if (wasActive) {
      this.lastHealMs = this.options.world.nowMs();
      this.note(entry, 'heal', `${entry.kind.describe(entry.fault)}: over`);
    }
    if (this.isOver) for (const waiter of this.waiters.splice(0)) waiter();
  }

  private undoAll(entry: Entry): void {
    for (const undo of entry.undo.splice(0)) undo();
  }

  private note({ fault, kind }: Entry, phase: 'start' | 'bit' | 'heal', detail: string): void {
    const host = kind.names(fault)[0]?.name ?? 'network';
    this.options.record({ kind: 'fault', host, id: fault.id, phase, detail });
  }
}

/** A trigger in words: `the reply 3 to "SET leader *" from redis to worker-1`. */
export function triggerText({ link, message, label, nth }: Trigger): string {
  const [from, to] = link.split('>');
  const which = label === '*' ? `${message} ${nth}` : `${message} ${nth} "${label}"`;
  return `${which} from ${from} to ${to}`;
}
