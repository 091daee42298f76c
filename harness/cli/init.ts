/** `seedstorm init`: writes a first scenario and its worker, or the scenario for a program that is there. It never overwrites a file. */
import { existsSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { SeedstormError } from '../../sim/kernel/errors.ts';
import { exitCode } from './exit-codes.ts';
import { firstScenario, firstScenarioName, firstWorker, firstWorkerName } from './init-first.ts';
import { scenarioFor } from './init-from.ts';

export interface InitOptions {
  readonly from?: string;
  readonly json?: boolean;
}

interface NewFile {
  readonly path: string;
  readonly text: string;
}

/** Runs the command; resolves to the exit code. */
export async function init({ from, json }: InitOptions): Promise<number> {
  const { files, notes, next } = from === undefined ? first() : forProgram(from);
  const taken = files.filter(({ path }) => existsSync(path));
  if (taken.length > 0)
    throw new SeedstormError(
      'E_USAGE',
      `${taken.map(({ path }) => shown(path)).join(' and ')} exists already; init overwrites nothing. Rename it or work in another folder.`,
    );
  for (const { path, text } of files) writeFileSync(path, text);
  const written = files.map(({ path }) => shown(path));
  for (const path of written) process.stderr.write(`Wrote ${path}\n`);
  if (notes.length > 0) process.stderr.write(`\n${notes.map((note) => `- ${note}`).join('\n')}\n`);
  process.stderr.write(`\nNext: ${next}\n`);
  if (json === true)
    process.stdout.write(`${JSON.stringify({ format: 'seedstorm/init@1', files: written, notes, next })}\n`);
  return exitCode.expected;
}

interface Planned {
  readonly files: readonly NewFile[];
  readonly notes: readonly string[];
  readonly next: string;
}

function first(): Planned {
  return {
    files: [
      { path: resolve(firstWorkerName), text: firstWorker },
      { path: resolve(firstScenarioName), text: firstScenario },
    ],
    notes: [],
    next: `npx seedstorm run ./${firstScenarioName}`,
  };
}

function forProgram(from: string): Planned {
  const program = resolve(from);
  if (!existsSync(program)) throw new SeedstormError('E_NOT_FOUND', `--from: there is no file ${from}.`);
  const { name, text, facts, open } = scenarioFor(program);
  const path = join(dirname(program), `${name}.scenario.ts`);
  const found = [
    ...(facts.usesRedis ? ['Redis'] : []),
    ...(facts.usesPostgres ? ['Postgres'] : []),
    ...(facts.listens ? ['an HTTP server'] : []),
  ];
  const what = found.length === 0 ? 'neither a server nor a client that is known' : found.join(', ');
  return {
    files: [{ path, text }],
    notes: [`${from} imports ${what}.`, ...open],
    next: `npx seedstorm run ./${shown(path)}`,
  };
}

function shown(path: string): string {
  return relative(process.cwd(), path);
}
