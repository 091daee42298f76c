/**
 * A thread beside the simulation. When a run's event counter stands still for too long, some handler spins: the thread pauses the main
 * thread through the inspector, reads its stack, reports it on descriptor 3, and kills the process (the main thread cannot answer any
 * more). The parent replaces the child; only that seed is lost, as `error`.
 */
import { writeSync } from 'node:fs';
import { Session } from 'node:inspector';
import { workerData } from 'node:worker_threads';

const SPIN_MS_MAX = Number(process.env['SEEDSTORM_SPIN_MS'] ?? 10_000);
const LOOK_MS = 250;
/** Descriptor on which the parent listens. */
const REPORT_FD = 3;

const { heartbeat, isRunning } = workerData as { heartbeat: SharedArrayBuffer; isRunning: SharedArrayBuffer };
const counter = new Int32Array(heartbeat);
const running = new Int32Array(isRunning);

interface CallFrame {
  readonly functionName: string;
  readonly url: string;
  readonly location: { readonly lineNumber: number; readonly columnNumber: number };
}

let lastCount = 0;
let lastChange = Date.now();

setInterval(() => {
  const count = Atomics.load(counter, 0);
  if (count !== lastCount || Atomics.load(running, 0) === 0) {
    lastCount = count;
    lastChange = Date.now();
    return;
  }
  if (Date.now() - lastChange < SPIN_MS_MAX) return;
  lastChange = Number.POSITIVE_INFINITY;
  report();
}, LOOK_MS);

function report(): void {
  const session = new Session() as Session & { connectToMainThread(): void };
  session.connectToMainThread();
  session.on('Debugger.paused', ({ params }: { params: { callFrames: CallFrame[] } }) => {
    const stack = params.callFrames
      .filter(
        ({ url }) =>
          url !== '' && !url.startsWith('node:') && !/[\\/]seedstorm[\\/]dist[\\/]|[\\/]dist[\\/]sim[\\/]/.test(url),
      )
      .slice(0, 12)
      .map(
        ({ functionName, url, location }) =>
          `    at ${functionName || '<anonymous>'} (${url.replace(/^file:\/\//, '')}:${location.lineNumber + 1})`,
      );
    writeSync(REPORT_FD, JSON.stringify({ spin: SPIN_MS_MAX, stack: stack.join('\n') }));
    process.kill(process.pid, 'SIGKILL');
  });
  session.post('Debugger.enable', () => session.post('Debugger.pause'));
  // A main thread inside native code never pauses: then the place is not known.
  setTimeout(() => {
    writeSync(REPORT_FD, JSON.stringify({ spin: SPIN_MS_MAX, stack: '    (inside native code)' }));
    process.kill(process.pid, 'SIGKILL');
  }, 3000);
}
