/**
 * A thread beside the simulation. When a run's event counter stands still while the process uses CPU, some handler spins: the thread pauses the main
 * thread through the inspector, reads its stack, reports it on descriptor 3, and kills the process (the main thread cannot answer any
 * more). The parent replaces the child; only that seed is lost, as `error`.
 */
import { readFileSync, writeSync } from 'node:fs';
import { Session } from 'node:inspector';
import { isAbsolute } from 'node:path';
import { fileURLToPath } from 'node:url';
import { workerData } from 'node:worker_threads';
import { originalPositionFor, TraceMap } from '@jridgewell/trace-mapping';
import { transform } from '../source/transform.ts';

const SPIN_MS_MAX = Number(process.env['SEEDSTORM_SPIN_MS'] ?? 10_000);
const LOOK_MS = 250;
/**
 * A handler that hangs without using CPU is given this many times as long. CPU is what counts, since on a busy machine an honest handler
 * may stand still for long, and time in which the whole process was stopped is not counted at all.
 */
const IDLE_FACTOR = 6;
/** Descriptor on which the parent listens. */
const REPORT_FD = 3;

/** Frames of our own are of no interest. */
const ownFolder = fileURLToPath(new URL('../..', import.meta.url));

const { heartbeat, isRunning } = workerData as { heartbeat: SharedArrayBuffer; isRunning: SharedArrayBuffer };
const counter = new Int32Array(heartbeat);
const running = new Int32Array(isRunning);

interface CallFrame {
  readonly functionName: string;
  readonly location: { readonly scriptId: string; readonly lineNumber: number; readonly columnNumber: number };
}

let lastCount = 0;
let standingMs = 0;
let cpuAtChange = process.cpuUsage();
let lookedAt = performance.now();

const looking = setInterval(() => {
  const count = Atomics.load(counter, 0);
  const now = performance.now();
  const sinceLookMs = Math.min(now - lookedAt, 2 * LOOK_MS);
  lookedAt = now;
  if (count !== lastCount || Atomics.load(running, 0) === 0) {
    lastCount = count;
    standingMs = 0;
    cpuAtChange = process.cpuUsage();
    return;
  }
  standingMs += sinceLookMs;
  const cpuMs = process.cpuUsage(cpuAtChange).user / 1000;
  if (cpuMs < SPIN_MS_MAX && standingMs < IDLE_FACTOR * SPIN_MS_MAX) return;
  clearInterval(looking);
  report();
}, LOOK_MS);

function report(): void {
  const session = new Session() as Session & { connectToMainThread(): void };
  const files = new Map<string, string>();
  session.connectToMainThread();
  session.on('Debugger.scriptParsed', ({ params: { scriptId, url } }) =>
    files.set(scriptId, url.startsWith('file:') ? fileURLToPath(url) : url),
  );
  session.on('Debugger.paused', ({ params }: { params: { callFrames: CallFrame[] } }) => {
    const stack = params.callFrames
      .map((frame) => ({ ...frame, file: files.get(frame.location.scriptId) ?? '' }))
      .filter(({ file }) => isAbsolute(file) && !file.startsWith(ownFolder))
      .slice(0, 12)
      .map(
        ({ functionName, file, location }) => `    at ${functionName || '<anonymous>'} (${placeOf(file, location)})`,
      );
    end(stack.join('\n'));
  });
  session.post('Debugger.enable', () => session.post('Debugger.pause'));
  // A main thread inside native code never pauses: then the place is not known.
  setTimeout(() => end('    (inside native code)'), 3000);
}

/** Reports and kills: the main thread cannot answer any more. */
function end(stack: string): void {
  writeSync(REPORT_FD, JSON.stringify({ spin: SPIN_MS_MAX, stack }));
  process.kill(process.pid, 'SIGKILL');
}

/** File and line of the program's own source: what runs is its transformed text. */
function placeOf(file: string, { lineNumber, columnNumber }: CallFrame['location']): string {
  try {
    const { map } = transform(readFileSync(file, 'utf8'), {
      file,
      kind: file.endsWith('.cts') || file.endsWith('.cjs') ? 'commonjs' : 'module',
    });
    const original =
      map === null ? null : originalPositionFor(new TraceMap(map), { line: lineNumber + 1, column: columnNumber });
    return `${file}:${original?.line ?? lineNumber + 1}`;
  } catch {
    return file;
  }
}
