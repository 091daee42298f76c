/** The reaper's own program; see reaper.ts. */
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { killTree, signalGroup } from './process-tree.ts';
import type { ReaperLine, Remains } from './reaper.ts';

const watched = new Map<number, Remains>();
let rest = '';
const QUIT_PATIENCE_MS = 1_000;

process.stdin.setEncoding('utf8');
process.stdin.on('data', (text: string) => {
  const lines = (rest + text).split('\n');
  rest = lines.pop()!;
  for (const line of lines) {
    const order = JSON.parse(line) as ReaperLine;
    if (order.type === 'watch') watched.set(order.id, order.remains);
    else watched.delete(order.id);
  }
});
process.stdin.on('close', () => void reap());
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});

/** Processes first: they write into the folders. */
async function reap(): Promise<void> {
  const remains = [...watched.values()];
  const quitting = remains.flatMap((part) => (part.kind === 'process' && part.quitSignal !== undefined ? [part] : []));
  for (const { pid, quitSignal } of quitting) attempt(() => process.kill(pid, quitSignal));
  const giveUpAt = performance.now() + QUIT_PATIENCE_MS;
  while (quitting.some(({ pid }) => signalGroup(pid, 0)) && performance.now() < giveUpAt) await sleep(20);
  for (const part of remains) if (part.kind === 'process') killTree(part.pid);
  for (const part of remains)
    if (part.kind === 'command') attempt(() => execFileSync(part.command, part.args, { stdio: 'ignore' }));
  for (const part of remains)
    if (part.kind === 'request') await fetch(part.url, { method: part.method }).catch(() => {});
  for (let round = 0; round < 3; round++) {
    for (const part of remains) {
      if (part.kind === 'folder')
        attempt(() => rmSync(part.path, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 }));
    }
    // A killed process may have had a last write under way.
    await sleep(100);
  }
  process.exit(0);
}

function attempt(act: () => void): void {
  try {
    act();
  } catch {
    // The next part may still go.
  }
}
