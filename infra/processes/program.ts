/**
 * One program of a run: its incarnations one after the other, as real processes. Its life becomes `process` records, its output `log`
 * records.
 */
import type { ProcessRecord, UnplacedRecord } from '../../harness/history/record.ts';
import type { HostRole } from '../../harness/world.ts';
import { builtFile } from '../built.ts';
import type { HostClock } from '../clock-control.ts';
import type { ChannelMessage } from './channel.ts';
import { type Child, type ChildEnd, startChild } from './child.ts';

export interface ProgramSpec {
  readonly name: string;
  readonly role: Exclude<HostRole, 'server'>;
  /** Absolute path of the program. */
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly restart: { readonly when: 'never' | 'on-failure' | 'always'; readonly delayMs: number };
  /** Modules loaded before it, besides those that make TypeScript run: URLs. */
  readonly preloads?: readonly string[];
}

export interface ProgramSurroundings {
  record(record: UnplacedRecord): void;
  after(delayMs: number, callback: () => void): { cancel(): void };
  /** Its clock, where a plan shifts it. */
  readonly clock: HostClock | undefined;
  /** Messages of programs of the surroundings; absent: the program has no channel. */
  readonly onMessage?: (message: ChannelMessage) => void;
  /** An incarnation begins or has ended. */
  readonly onLife: (isUp: boolean) => void;
  /** The program cannot be started at all. */
  readonly onError: (error: Error) => void;
}

/** How an incarnation ended, as the harness tells it. */
export type ProgramEnd = ChildEnd & { readonly wasKilled: boolean };

const registerFile = new URL('../harness/source/register.js', builtFile('./')).href;
const clockPreload = builtFile('processes/clock-preload.js').href;
const ERROR_LINES_MAX = 40;

export class Program {
  readonly spec: ProgramSpec;
  readonly #surroundings: ProgramSurroundings;
  #child: Child | undefined;
  #incarnations = 0;
  /** Between the order to start and the process: acts upon it wait for nothing, they find nothing running. */
  #isStarting = false;
  #isStopped = false;
  #wasKilled = false;
  /** A start was asked for while the killed incarnation was still there. */
  #startsAfterEnd = false;
  #isClosed = false;
  #restartTimer: { cancel(): void } | undefined;
  #onEnd: ((end: ProgramEnd) => void) | undefined;
  #lastErrors: string[] = [];

  constructor(spec: ProgramSpec, surroundings: ProgramSurroundings) {
    this.spec = spec;
    this.#surroundings = surroundings;
  }

  /** Number of the incarnation that runs or is stopped; one that was killed does not, though the system may take a moment. */
  get incarnation(): number | undefined {
    return this.#child?.isRunning === true && !this.#wasKilled ? this.#incarnations : undefined;
  }

  get hasStarted(): boolean {
    return this.#child !== undefined;
  }

  /** Starts an incarnation, unless one runs. With `onEnd`, its end is told and no restart policy applies. */
  start(onEnd?: (end: ProgramEnd) => void): void {
    if (this.#isClosed || this.#isStarting || this.incarnation !== undefined) return;
    if (this.#child?.isRunning === true) {
      this.#startsAfterEnd = true;
      return;
    }
    this.#startsAfterEnd = false;
    this.#restartTimer?.cancel();
    this.#onEnd = onEnd;
    this.#incarnations += 1;
    this.#isStarting = true;
    this.#isStopped = false;
    this.#wasKilled = false;
    this.#lastErrors = [];
    this.#note('started');
    this.#spawn()
      .then((child) => {
        this.#isStarting = false;
        this.#child = child;
        if (this.#isClosed) child.kill();
        this.#surroundings.onLife(true);
        void child.ended.then((end) => this.#ended(end));
      })
      .catch((error: Error) => this.#surroundings.onError(error));
  }

  kill(): boolean {
    if (this.incarnation === undefined) return false;
    this.#wasKilled = true;
    return this.#child!.kill();
  }

  stop(): boolean {
    if (this.incarnation === undefined || this.#isStopped || !this.#child!.signalAll('SIGSTOP')) return false;
    this.#isStopped = true;
    this.#note('paused');
    return true;
  }

  continue(): boolean {
    if (this.incarnation === undefined || !this.#isStopped || !this.#child!.signalAll('SIGCONT')) return false;
    this.#isStopped = false;
    this.#note('resumed');
    return true;
  }

  signal(signal: NodeJS.Signals): boolean {
    if (this.incarnation === undefined || !this.#child!.signal(signal)) return false;
    this.#note('signalled', { signal });
    return true;
  }

  send(message: object): void {
    this.#child?.send(message);
  }

  /** The last lines of its error output. */
  get lastErrors(): string {
    return this.#lastErrors.join('\n');
  }

  /** Ends it for good. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#restartTimer?.cancel();
    this.#child?.kill();
    await this.#child?.ended;
  }

  #spawn(): Promise<Child> {
    const { file, args, env, cwd, preloads = [] } = this.spec;
    const { clock, onMessage } = this.#surroundings;
    const imports = [registerFile, ...preloads].flatMap((url) => ['--import', url]);
    return startChild({
      command: process.execPath,
      args: [...imports, '--no-warnings', file, ...args],
      cwd,
      env: {
        PATH: process.env['PATH'],
        HOME: process.env['HOME'],
        TZ: 'UTC',
        LC_ALL: 'en_US.UTF-8',
        ...(clock === undefined ? {} : { NODE_OPTIONS: `--import ${clockPreload}`, SEEDSTORM_CLOCK: clock.path }),
        ...env,
      },
      onLine: (stream, text) => {
        if (stream === 'stderr') {
          this.#lastErrors.push(text);
          if (this.#lastErrors.length > ERROR_LINES_MAX) this.#lastErrors.shift();
        }
        this.#surroundings.record({ kind: 'log', ...this.#place(), stream, text });
      },
      ...(onMessage === undefined ? {} : { onMessage: (message: unknown) => onMessage(message as ChannelMessage) }),
    });
  }

  #ended(end: ChildEnd): void {
    const wasKilled = this.#wasKilled;
    if (wasKilled) this.#note('crashed');
    else if (end.signal !== null) this.#note('exited', { signal: end.signal });
    else {
      const error = end.code === 0 ? {} : { error: this.lastErrors };
      this.#note('exited', { code: end.code ?? 0, ...error });
    }
    this.#surroundings.onLife(false);
    if (this.#isClosed) return;
    const onEnd = this.#onEnd;
    this.#onEnd = undefined;
    if (onEnd !== undefined) {
      onEnd({ ...end, wasKilled });
      return;
    }
    if (this.#startsAfterEnd) {
      this.start();
      return;
    }
    const { when, delayMs } = this.spec.restart;
    // A crash by a fault is followed by the fault's own restart.
    if (wasKilled || when === 'never' || (when === 'on-failure' && end.code === 0)) return;
    this.#restartTimer = this.#surroundings.after(delayMs, () => this.start());
  }

  #place() {
    const { name } = this.spec;
    const nodeAt = Math.round(Date.now() + (this.#surroundings.clock?.shiftMs ?? 0));
    return { host: name, process: name, incarnation: this.#incarnations, nodeAt };
  }

  #note(
    state: ProcessRecord['state'],
    more: { readonly code?: number; readonly signal?: string; readonly error?: string } = {},
  ): void {
    this.#surroundings.record({ kind: 'process', ...this.#place(), state, ...more });
  }
}
