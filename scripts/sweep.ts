/**
 * A long sweep in portions, which can be broken off and taken up again: each finished portion leaves its figures in a folder whose name
 * is the content of everything that a run depends on, so that figures of different code never add up.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const SEEDS_PER_PORTION = 250;

/** The figures of a sweep, summed over its portions; counts are numbers of seeds. */
export interface SweepSum {
  seeds: number;
  pass: number;
  violation: number;
  vacuous: number;
  unknown: number;
  error: number;
  seconds: number;
  /** In how many seeds each claim had something to judge. */
  readonly premises: Map<string, number>;
}

interface Portion extends Omit<SweepSum, 'premises'> {
  readonly premises: Readonly<Record<string, { readonly seeds: number }>>;
}

/** Runs seeds 1 to `seeds` of a subject, save the portions that are there from before. `onPortion` hears the sum so far. */
export function sweep(
  scenario: string,
  subject: string,
  { seeds, onPortion }: { readonly seeds: number; readonly onPortion: (sum: SweepSum) => void },
): SweepSum {
  const folder = join(root, 'node_modules/.cache/seedstorm-sweeps', contentOf(['dist', 'scenarios', 'subjects']));
  mkdirSync(folder, { recursive: true });
  const sum: SweepSum = {
    seeds: 0,
    pass: 0,
    violation: 0,
    vacuous: 0,
    unknown: 0,
    error: 0,
    seconds: 0,
    premises: new Map(),
  };
  for (let first = 1; first <= seeds; first += SEEDS_PER_PORTION) {
    const last = Math.min(seeds, first + SEEDS_PER_PORTION - 1);
    const file = join(folder, `${scenario}-${subject.replaceAll(':', '-')}-${first}-${last}.json`);
    add(sum, readPortion(file) ?? runPortion(scenario, subject, `${first}..${last}`, file));
    onPortion(sum);
  }
  return sum;
}

/** Claims that had something to judge in fewer than one seed in a hundred. */
export function rarelyJudged({ premises, seeds }: SweepSum): string[] {
  return [...premises].filter(([, judged]) => judged < seeds / 100).map(([claim]) => claim);
}

function runPortion(scenario: string, subject: string, range: string, file: string): Portion {
  const main = join(root, 'dist/harness/cli/main.js');
  const args = ['run', scenario, '--subject', subject, '--seeds', range, '--no-report', '--no-shrink', '--json'];
  const { stdout, status } = spawnSync(process.execPath, [main, ...args], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: 64 * 1024 * 1024,
  });
  let portion: Portion | undefined;
  try {
    portion = (JSON.parse(stdout) as { readonly scenarios: readonly Portion[] }).scenarios[0];
  } catch {
    // Said below, with the exit code.
  }
  if (portion === undefined) throw new Error(`seeds ${range} of ${scenario} (${subject}) ended with ${status}`);
  writeFileSync(`${file}.part`, JSON.stringify(portion));
  renameSync(`${file}.part`, file);
  return portion;
}

function readPortion(file: string): Portion | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Portion;
  } catch {
    return undefined;
  }
}

function add(sum: SweepSum, portion: Portion): void {
  for (const name of ['seeds', 'pass', 'violation', 'vacuous', 'unknown', 'error', 'seconds'] as const) {
    sum[name] += portion[name];
  }
  for (const [claim, { seeds }] of Object.entries(portion.premises)) {
    sum.premises.set(claim, (sum.premises.get(claim) ?? 0) + seeds);
  }
}

/** A hash over the files below some folders, declarations and source maps aside. */
function contentOf(folders: readonly string[]): string {
  const hash = createHash('sha256');
  for (const folder of folders) {
    const files = readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !/\.(map|d\.ts|md)$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
    for (const file of files) hash.update(relative(root, file)).update('\0').update(readFileSync(file)).update('\0');
  }
  hash.update(readFileSync(join(root, 'package-lock.json')));
  return hash.digest('hex').slice(0, 16);
}
