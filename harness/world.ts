/**
 * The World: what both worlds, sim and infra, offer to the fault planner. Fault kinds are written once, against these acts.
 *
 * A world that cannot do an act lists it in `unsupported`, so that a plan which needs it is refused by name before the run starts.
 */
import type { Trigger } from './plan/format.ts';

/** A directed path between two hosts. */
export interface Link {
  readonly from: string;
  readonly to: string;
}

/** How a link is disturbed; several conditions add up. */
export type LinkCondition =
  /** Bytes are held and come late, after the lift, as TCP retransmission would bring them. */
  | { readonly kind: 'cut'; readonly connect: 'hang' | 'silent' }
  /** Bytes are lost; connections that lost some are reset at the lift. */
  | { readonly kind: 'blackhole' }
  | { readonly kind: 'latency'; readonly latencyMs: number; readonly jitterMs: number }
  | { readonly kind: 'bandwidth'; readonly bytesPerSecond: number };

/** How a host is disturbed; several conditions add up. */
export type HostCondition =
  /** All that it does takes so many times its CPU time; 1 is as ever. */
  | { readonly kind: 'slow'; readonly factor: number }
  /** Each event is handled so much later, while the host is busy: a blocked event loop. */
  | { readonly kind: 'stall'; readonly stallMs: number }
  /** Its file system fails: every write (`ENOSPC`), or every read, write and sync (`EIO`). */
  | { readonly kind: 'disk'; readonly error: 'ENOSPC' | 'EIO' };

/** How the workload is disturbed. */
export type LoadCondition =
  /** The workload sleeps so many times shorter. */
  | { readonly kind: 'burst'; readonly factor: number }
  /** So great a share (0 to 1) of its picks fall on the first item. */
  | { readonly kind: 'skew'; readonly share: number }
  /** Its items are taken out of order, up to so many places early. */
  | { readonly kind: 'shuffle'; readonly places: number };

/** What is done to HTTP exchanges, as a proxy between caller and service would do it. */
export type Tampering =
  /** The request never reaches the service; the caller gets this status. */
  | { readonly kind: 'refuse'; readonly status: number }
  /** The request is executed; the caller gets this status instead of the reply. */
  | { readonly kind: 'replace'; readonly status: number }
  /** One bit of the reply's body is flipped. */
  | { readonly kind: 'corrupt' }
  /** The connection ends in the middle of the reply's body. */
  | { readonly kind: 'truncate' }
  | { readonly kind: 'delay-request'; readonly delayMs: number }
  | { readonly kind: 'delay-reply'; readonly delayMs: number }
  /** So long after the request a copy of it arrives on another connection; nobody reads its reply. */
  | { readonly kind: 'duplicate'; readonly delayMs: number };

export interface TamperOptions {
  /** Glob, in the direction of the requests: `worker-*>bank`. */
  readonly link: string;
  /** Glob over labels of requests: `POST /charge`. */
  readonly label: string;
  readonly how: Tampering;
  /** Greatest number of exchanges that are hit. */
  readonly count: number;
  /** Share of the exchanges that are hit, 0 to 1. */
  readonly share: number;
}

/** What the whole run is set in, from its first event on. */
export interface Setting {
  /** Date of true time zero. */
  readonly epoch?: string;
  /** IANA zone of a process's local time, by process. */
  readonly timeZones?: Readonly<Record<string, string>>;
}

export interface ClockShift {
  /** Added to the node clock while in force (ms). */
  readonly offsetMs?: number;
  /** Rate error in parts per million while in force; positive runs fast. */
  readonly driftPpm?: number;
}

/** Undoes what an act did; calling it twice does nothing. */
export type Lift = () => void;
/** Called once, when the disturbance first changed something that a program could notice. */
export type Bite = (detail: string) => void;

export type Act =
  | 'disturb'
  | 'reset'
  | 'drop'
  | 'kill'
  | 'start'
  | 'stop'
  | 'continue'
  | 'signal'
  | 'shiftClock'
  | 'stepClock'
  | 'crashServer'
  | 'startServer'
  | 'serverAct'
  | 'watch'
  | 'hold'
  | 'tamper'
  | 'disturbHost'
  | 'disturbLoad'
  | 'setting';

/** Acts that only the simulator does so far, with what to do instead: plans that are drawn for infra leave their faults out. */
export const simOnlyActs: ReadonlyMap<Act, string> = new Map([
  ['tamper', 'no proxy of infra changes HTTP exchanges; run it in sim'],
  ['disturbHost', 'programs have the processor and the disk of the machine; run it in sim'],
  ['disturbLoad', 'the workload keeps its own pace; run it in sim'],
  ['setting', 'a run has the date and the time zones of the machine and the scenario; run it in sim'],
]);

export type HostRole = 'process' | 'server' | 'service' | 'client';

export interface WorldHost {
  readonly name: string;
  readonly role: HostRole;
  /** For servers: `redis`, `postgres`. */
  readonly type?: string;
}

/** A labelled message on its way, as a trigger meets it. */
export interface MessageOnLink {
  readonly id: number;
  readonly link: Link;
  readonly type: 'request' | 'reply' | 'push';
  readonly label: string;
  readonly connection: number;
}

export interface World {
  readonly kind: 'sim' | 'infra';
  readonly hosts: readonly WorldHost[];
  /** Acts that this world cannot do, with the reason. */
  readonly unsupported: ReadonlyMap<Act, string>;
  /** What of the plan's setting the run began with. */
  readonly setting: Setting;
  /** True time in ms since the run began. */
  nowMs(): number;
  /** Calls back once, `delayMs` of true time from now. */
  after(delayMs: number, callback: () => void): { cancel(): void };
  /** Puts a condition on a directed link until lifted. */
  disturb(link: Link, condition: LinkCondition, bite: Bite): Lift;
  /** Resets every connection between the two hosts, both sides seeing ECONNRESET. Returns how many there were. */
  reset(link: Link): number;
  /** Loses a message that a `before` trigger is holding, and resets its connection: executed, but the reply is lost. */
  drop(message: MessageOnLink): void;
  /** Holds a message that a `before` trigger is holding, and what follows it on its connection, until lifted; other connections go on. */
  hold(message: MessageOnLink): Lift;
  /** Tampers with HTTP exchanges until lifted. */
  tamper(options: TamperOptions, bite: Bite): Lift;
  /** Puts a condition on a host until lifted. */
  disturbHost(host: string, condition: HostCondition, bite: Bite): Lift;
  /** Puts a condition on the workload until lifted. */
  disturbLoad(condition: LoadCondition, bite: Bite): Lift;
  /** SIGKILL. A restart is the planner's affair (`start`). Returns false when it is not running. */
  kill(process: string): boolean;
  /** Starts a new incarnation; does nothing while one is running. */
  start(process: string): void;
  /** Number of the incarnation that is running or stopped, or undefined while there is none. */
  incarnation(process: string): number | undefined;
  /** SIGSTOP and SIGCONT. Return false when it is not running, or not stopped. */
  stop(process: string): boolean;
  continue(process: string): boolean;
  /** SIGTERM or another catchable signal. */
  signal(process: string, signal: 'SIGTERM' | 'SIGINT' | 'SIGHUP'): boolean;
  /** Shifts a host's clock until lifted; offsets add up. */
  shiftClock(host: string, shift: ClockShift, bite: Bite): Lift;
  /** Moves a host's wall clock at once and for good (ms, either sign). */
  stepClock(host: string, stepMs: number, bite: Bite): void;
  /** Takes a server down, with what a crash takes along, and up again. */
  crashServer(server: string, loss: 'nothing' | 'unsynced' | 'everything'): void;
  startServer(server: string): void;
  /** What only that kind of server can do. Returns what was done, for the history: an empty text when there was nothing to do. */
  serverAct(server: string, name: string, argument: Readonly<Record<string, unknown>>): string;
  /**
   * Calls back once, when the trigger's message is met: before delivery (it waits meanwhile) or after. `nth` counts the messages on
   * each link that match, from this call on.
   */
  watch(trigger: Trigger, callback: (message: MessageOnLink) => void): Lift;
}
