/**
 * Runs one program text twice, on real Node (a child process over loopback) and in sim, so that a test can ask for equal output.
 *
 * A program is an ES module, or CommonJS by `kind`. It listens on port 0, connects to `127.0.0.1`, and prints nothing that only one
 * world can know, such as a port. The last line of its output says how it ended, as the operating system saw it.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runPrograms } from '../../sim/runtime/programs.ts';

export interface ProgramOptions {
  readonly kind?: 'mjs' | 'cjs';
  /** Sent once the program has printed its first line. */
  readonly signal?: 'SIGTERM' | 'SIGINT' | 'SIGHUP';
}

/** Lines of stdout, then how it ended: `exit CODE` or `signal NAME`. */
export type Output = readonly string[];

const PATIENCE_MS = 20_000;

/** The program on real Node. */
export async function onNode(program: string, { kind = 'mjs', signal }: ProgramOptions = {}): Promise<Output> {
  const folder = mkdtempSync(join(tmpdir(), 'seedstorm-node-'));
  const file = join(folder, `a.${kind}`);
  writeFileSync(file, program);
  try {
    return await new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [file], {
        cwd: folder,
        env: { TZ: 'UTC', LC_ALL: 'en_US.UTF-8', PATH: process.env['PATH'] },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let text = '';
      let errors = '';
      let isSignalled = false;
      const timer = setTimeout(() => {
        child.kill('SIGKILL');
        reject(new Error(`The program did not end on real Node. It printed:\n${text}${errors}`));
      }, PATIENCE_MS);
      child.stdout.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        if (signal !== undefined && !isSignalled) isSignalled = child.kill(signal);
      });
      child.stderr.on('data', (chunk: Buffer) => {
        errors += chunk.toString();
      });
      child.on('close', (code, killedBy) => {
        clearTimeout(timer);
        resolve([...linesOf(text), code === null ? `signal ${killedBy}` : `exit ${code}`]);
      });
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The program in sim. */
export async function inSim(program: string, { kind = 'mjs', signal }: ProgramOptions = {}): Promise<Output> {
  const { records, end } = await runPrograms({
    programs: { [`a.${kind}`]: program },
    arrange: (world) => {
      if (signal !== undefined) world.after(20, () => world.signal('a', signal));
    },
  });
  if (end.kind === 'failed') throw end.error;
  const text = records.flatMap((record) => (record.kind === 'log' && record.stream === 'stdout' ? [record.text] : []));
  const last = records.findLast((record) => record.kind === 'process' && record.state === 'exited');
  if (last?.kind !== 'process') return [...linesOf(text.join('\n')), 'did not end'];
  return [...linesOf(text.join('\n')), last.code === undefined ? `signal ${last.signal}` : `exit ${last.code}`];
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}
