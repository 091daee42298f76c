/**
 * The reaper: a process of its own that outlives the harness and then ends whatever a run left, also after `kill -9`. It reads what there
 * is to end from its standard input, whose end tells that the harness is gone.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { builtFile } from '../built.ts';

/** Something that must not survive the harness. */
export type Remains =
  /** `quitSignal` comes first, for a program that has something of the system's to give back. */
  | { readonly kind: 'process'; readonly pid: number; readonly quitSignal?: NodeJS.Signals }
  | { readonly kind: 'folder'; readonly path: string }
  /** A request that undoes something elsewhere: a proxy of a foreign Toxiproxy. */
  | { readonly kind: 'request'; readonly method: 'DELETE'; readonly url: string }
  /** A command that undoes something elsewhere: a container, a database. */
  | { readonly kind: 'command'; readonly command: string; readonly args: readonly string[] };

export interface Reaper {
  /** From now on this goes when the harness goes. The result takes it back: it is gone already. */
  watch(remains: Remains): () => void;
}

/** One line to the reaper. */
export type ReaperLine =
  | { readonly type: 'watch'; readonly id: number; readonly remains: Remains }
  | { readonly type: 'forget'; readonly id: number };

let running: Reaper | undefined;

/** The reaper of this process, started on first use. */
export function reaper(): Reaper {
  running ??= startReaper();
  return running;
}

function startReaper(): Reaper {
  const child: ChildProcess = spawn(process.execPath, [fileURLToPath(builtFile('processes/reaper-main.js'))], {
    // In a session of its own: Ctrl-C in the terminal is not for it.
    detached: true,
    cwd: '/',
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], DOCKER_HOST: process.env['DOCKER_HOST'] },
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const input = child.stdin!;
  // A harness that is about to end does not wait for its reaper.
  child.unref();
  (input as unknown as { unref(): void }).unref();
  input.on('error', () => {});
  let nextId = 0;
  const tell = (line: ReaperLine): void => {
    input.write(`${JSON.stringify(line)}\n`);
  };
  return {
    watch(remains) {
      const id = nextId++;
      tell({ type: 'watch', id, remains });
      return () => tell({ type: 'forget', id });
    },
  };
}
