/** A world for tests of faults and plans: a clock moved by hand, messages sent by hand, and a log of the acts. */
import type { Trigger } from '../../../harness/plan/format.ts';
import type {
  Act,
  Bite,
  HostCondition,
  Lift,
  Link,
  LinkCondition,
  LoadCondition,
  MessageOnLink,
  Setting,
  TamperOptions,
  World,
  WorldHost,
} from '../../../harness/world.ts';

interface Due {
  readonly at: number;
  readonly order: number;
  readonly callback: () => void;
  isCancelled: boolean;
}

interface Watch {
  readonly trigger: Trigger;
  readonly callback: (message: MessageOnLink) => void;
  count: number;
  isLifted: boolean;
}

export class FakeWorld implements World {
  readonly kind = 'sim';
  readonly hosts: readonly WorldHost[];
  readonly unsupported = new Map<Act, string>();
  readonly acts: string[] = [];
  setting: Setting = {};
  private now = 0;
  private order = 0;
  private due: Due[] = [];
  private readonly watches: Watch[] = [];
  private readonly running = new Map<string, number>();
  private readonly stopped = new Set<string>();
  private messageCount = 0;

  constructor(hosts: readonly WorldHost[]) {
    this.hosts = hosts;
    for (const { name, role } of hosts) if (role === 'process') this.running.set(name, 1);
  }

  nowMs(): number {
    return this.now;
  }

  after(delayMs: number, callback: () => void): { cancel(): void } {
    const due: Due = { at: this.now + delayMs, order: this.order++, callback, isCancelled: false };
    this.due.push(due);
    return {
      cancel: () => {
        due.isCancelled = true;
      },
    };
  }

  /** Lets time pass, calling back what falls due. */
  advanceTo(ms: number): void {
    for (;;) {
      const next = this.due
        .filter(({ isCancelled, at }) => !isCancelled && at <= ms)
        .sort((a, b) => a.at - b.at || a.order - b.order)[0];
      if (next === undefined) break;
      this.due = this.due.filter((due) => due !== next);
      this.now = next.at;
      next.callback();
    }
    this.now = ms;
  }

  /** Sends a message, meeting the triggers that watch for it. */
  message(link: string, type: MessageOnLink['type'], label: string): void {
    const [from = '', to = ''] = link.split('>');
    const message: MessageOnLink = { id: ++this.messageCount, link: { from, to }, type, label, connection: 1 };
    for (const watch of [...this.watches]) {
      const { trigger } = watch;
      if (watch.isLifted || trigger.link !== link || trigger.message !== type) continue;
      if (trigger.label !== '*' && trigger.label !== label) continue;
      watch.count += 1;
      if (watch.count === trigger.nth) watch.callback(message);
    }
  }

  disturb(link: Link, condition: LinkCondition, bite: Bite): Lift {
    const name = `${link.from}>${link.to}`;
    this.acts.push(`${this.now} ${condition.kind} ${name}`);
    bite(`${condition.kind} on ${name}`);
    return this.lift(`lift ${condition.kind} ${name}`);
  }

  reset(link: Link): number {
    this.acts.push(`${this.now} reset ${link.from}>${link.to}`);
    return 1;
  }

  drop(message: MessageOnLink): void {
    this.acts.push(`${this.now} drop ${message.label}`);
  }

  hold(message: MessageOnLink): Lift {
    this.acts.push(`${this.now} hold ${message.label}`);
    return this.lift(`release ${message.label}`);
  }

  tamper({ link, label, how, count, share }: TamperOptions, bite: Bite): Lift {
    const what = `${JSON.stringify(how)} ${link} ${label}`;
    this.acts.push(`${this.now} tamper ${what} ${count} ${share}`);
    bite(what);
    return this.lift('lift tamper');
  }

  disturbHost(host: string, condition: HostCondition, bite: Bite): Lift {
    this.acts.push(`${this.now} ${JSON.stringify(condition)} ${host}`);
    bite(condition.kind);
    return this.lift(`lift ${condition.kind} ${host}`);
  }

  disturbLoad(condition: LoadCondition, bite: Bite): Lift {
    this.acts.push(`${this.now} ${JSON.stringify(condition)}`);
    bite(condition.kind);
    return this.lift(`lift ${condition.kind}`);
  }

  kill(process: string): boolean {
    this.acts.push(`${this.now} kill ${process}`);
    this.stopped.delete(process);
    return this.running.delete(process);
  }

  private readonly incarnations = new Map<string, number>();
  start(process: string): void {
    if (this.running.has(process)) return;
    const incarnation = (this.incarnations.get(process) ?? 1) + 1;
    this.incarnations.set(process, incarnation);
    this.running.set(process, incarnation);
    this.acts.push(`${this.now} start ${process}`);
  }

  incarnation(process: string): number | undefined {
    return this.running.get(process);
  }

  stop(process: string): boolean {
    if (!this.running.has(process) || this.stopped.has(process)) return false;
    this.stopped.add(process);
    this.acts.push(`${this.now} stop ${process}`);
    return true;
  }

  continue(process: string): boolean {
    this.acts.push(`${this.now} continue ${process}`);
    return this.stopped.delete(process);
  }

  signal(process: string, signal: string): boolean {
    this.acts.push(`${this.now} ${signal} ${process}`);
    return this.running.has(process);
  }

  shiftClock(host: string, shift: { offsetMs?: number; driftPpm?: number }, bite: Bite): Lift {
    this.acts.push(`${this.now} shift ${host} ${JSON.stringify(shift)}`);
    bite(`${host} read its shifted clock`);
    return this.lift(`unshift ${host}`);
  }

  stepClock(host: string, stepMs: number, bite: Bite): void {
    this.acts.push(`${this.now} step ${host} ${stepMs}`);
    bite(`${host} read its stepped clock`);
  }

  crashServer(server: string, loss: string): void {
    this.acts.push(`${this.now} crash ${server} losing ${loss}`);
  }

  startServer(server: string): void {
    this.acts.push(`${this.now} start ${server}`);
  }

  serverAct(server: string, name: string, argument: Readonly<Record<string, unknown>>): string {
    this.acts.push(`${this.now} ${server} ${name} ${JSON.stringify(argument)}`);
    return name;
  }

  watch(trigger: Trigger, callback: (message: MessageOnLink) => void): Lift {
    const watch: Watch = { trigger, callback, count: 0, isLifted: false };
    this.watches.push(watch);
    return () => {
      watch.isLifted = true;
    };
  }

  private lift(text: string): Lift {
    let isLifted = false;
    return () => {
      if (isLifted) return;
      isLifted = true;
      this.acts.push(`${this.now} ${text}`);
    };
  }
}

export const exampleHosts: readonly WorldHost[] = [
  { name: 'worker-1', role: 'process' },
  { name: 'worker-2', role: 'process' },
  { name: 'redis', role: 'server', type: 'redis' },
  { name: 'db', role: 'server', type: 'postgres' },
  { name: 'bank', role: 'service' },
  { name: 'client', role: 'client' },
];
