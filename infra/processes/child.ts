/**
 * A child process of a run: in a group of its own, watched by the reaper, its output cut into lines.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { SeedstormError } from '../../sim/kernel/errors.ts';
import { killTree, signalGroup } from './process-tree.ts';
import { reaper } from './reaper.ts';

export interface ChildOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** User and group to run as; those of this process when absent. */
  readonly user?: { readonly uid: number; readonly gid: number };
  /** What the reaper sends before SIGKILL. */
  readonly quitSignal?: NodeJS.Signals;
  /** Takes each line of output, without its end. */
  readonly onLine: (stream: 'stdout' | 'stderr', line: string) => void;
  /** Takes messages of a program that was given a channel; absent: it gets none. */
  readonly onMessage?: (message: unknown) => void;
}

export interface ChildEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A running child. Its group dies with it, so that no grandchild stays. */
export class Child {
  readonly pid: number;
  /** Resolves once it has ended and its output has been read. */
  readonly ended: Promise<ChildEnd>;
  readonly #process: ChildProcess;
  #hasEnded = false;

  constructor(process: ChildProcess, ended: Promise<ChildEnd>) {
    this.#process = process;
    this.pid = process.pid!;
    this.ended = ended;
    process.once('exit', () => {
      this.#hasEnded = true;
      // What it started goes as well; nobody else leads a group of that number while one of them lives.
      signalGroup(this.pid, 'SIGKILL');
    });
  }

  get isRunning(): boolean {
    return !this.#hasEnded;
  }

  /** Signals the program itself, as a supervisor would. */
  signal(signal: NodeJS.Signals): boolean {
    return this.isRunning && this.#process.kill(signal);
  }

  /** Signals the whole group: stopping a program means that nothing of it runs. */
  signalAll(signal: NodeJS.Signals): boolean {
    return this.isRunning && signalGroup(this.pid, signal);
  }

  /** SIGKILL to it and everything below it. */
  kill(): boolean {
    if (!this.isRunning) return false;
    killTree(this.pid);
    return true;
  }

  send(message: object): void {
    if (this.#process.connected) this.#process.send(message, () => {});
  }
}

/**
 * Starts a child.
 * @throws SeedstormError `E_CHILD` when the command cannot be started
 */
export async function startChild(options: ChildOptions): Promise<Child> {
  const { command, args, cwd, env, user, quitSignal, onLine, onMessage } = options;
  const process = spawn(command, [...args], {
    cwd,
    env,
    detached: true,
    stdio: onMessage === undefined ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'pipe', 'pipe', 'ipc'],
    serialization: 'advanced',
    ...(user === undefined ? {} : user),
  });
  // Told before anything else can happen: a harness that is killed now leaves nothing either.
  const forget =
    process.pid === undefined
      ? undefined
      : reaper().watch({ kind: 'process', pid: process.pid, ...(quitSignal === undefined ? {} : { quitSignal }) });
  const started = new Promise<void>((resolve, reject) => {
    process.once('spawn', resolve);
    process.once('error', (error) =>
      reject(new SeedstormError('E_CHILD', `${command} could not be started: ${error.message}.`, { cause: error })),
    );
  });
  const ended = new Promise<ChildEnd>((resolve) => {
    process.once('close', (code, signal) => {
      forget?.();
      resolve({ code, signal });
    });
  });
  readLines(process.stdout!, (line) => onLine('stdout', line));
  readLines(process.stderr!, (line) => onLine('stderr', line));
  if (onMessage !== undefined) process.on('message', onMessage);
  const child = process.pid === undefined ? undefined : new Child(process, ended);
  await started;
  return child!;
}

function readLines(stream: Readable, onLine: (line: string) => void): void {
  createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on('line', onLine);
}
