/**
 * `npm run nightly`: the long forms. Differential tests with many draws, virtual hours of queue libraries, and sweeps of every hardened
 * subject, which take up again where they were broken off (sweep.ts). Each step's figure is printed; the exit code is 1 when any step
 * failed. `--seeds N` sets the length of the sweeps (10,000), `--only TEXT` runs the steps with that text in their names.
 */
import { spawnSync } from 'node:child_process';
import { builtinScenarios } from '../harness/load.ts';
import { rarelyJudged, sweep } from './sweep.ts';

const option = (name: string): string | undefined => {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : process.argv[at + 1];
};
const seeds = Number(option('--seeds') ?? 10_000);
const only = option('--only') ?? '';
if (!Number.isInteger(seeds) || seeds < 1) {
  console.error(`--seeds takes a number of seeds, not ${option('--seeds')}.`);
  process.exit(2);
}

interface Step {
  readonly name: string;
  /** Whether it passed. */
  run(): boolean;
}

const command = (name: string, words: readonly string[], env: Readonly<Record<string, string>> = {}): Step => ({
  name,
  run: () => spawnSync(words[0]!, words.slice(1), { stdio: 'inherit', env: { ...process.env, ...env } }).status === 0,
});
const vitest = (name: string, path: string, env: Readonly<Record<string, string>>): Step =>
  command(name, ['npx', 'vitest', 'run', path], env);

/** Every seed passes, and every claim has something to judge in one seed of a hundred. */
const sweepOf = (scenario: string): Step => ({
  name: `sweep of ${scenario}`,
  run() {
    const sum = sweep(scenario, 'hardened', {
      seeds,
      onPortion: ({ seeds, pass, seconds }) =>
        console.log(`  ${seeds} seeds, ${pass} passed, ${Math.round(seconds)} s`),
    });
    const rare = rarelyJudged(sum);
    console.log(
      `  ${sum.pass} of ${sum.seeds} passed, ${sum.violation} violated, ${sum.vacuous} vacuous, ${sum.unknown} unknown, ${sum.error} errors`,
    );
    if (rare.length > 0) console.log(`  judged in fewer than 1 % of the seeds: ${rare.join(', ')}`);
    return sum.pass === sum.seeds && rare.length === 0;
  },
});

const steps: readonly Step[] = [
  command('build', ['npm', 'run', '--silent', 'build']),
  vitest('Redis against redis-server', 'test/differential/redis', { DIFFERENTIAL_RUNS: '400' }),
  vitest('Lua against redis-server', 'test/differential/lua', { SEEDSTORM_LUA_RUNS: '3000' }),
  vitest('Postgres expressions against Postgres', 'test/differential/postgres-expressions', {
    SEEDSTORM_DIFFERENTIAL: 'long',
  }),
  vitest('Postgres statements and interleavings', 'test/differential/postgres', { SEEDSTORM_RUNS: '60' }),
  vitest('virtual hours of queue libraries', 'test/sim/runtime/queues.test.ts', { SEEDSTORM_NIGHTLY: '1' }),
  ...builtinScenarios().map(sweepOf),
  command('verify every subject', [process.execPath, 'dist/harness/cli/main.js', 'verify', '--seeds', '200']),
];

let failed = 0;
let passed = 0;
for (const { name, run } of steps) {
  if (!name.includes(only) && name !== 'build') continue;
  const startedMs = performance.now();
  console.log(`== ${name}`);
  const isPassed = run();
  if (isPassed) passed++;
  else failed++;
  console.log(
    `== ${name}: ${isPassed ? 'passed' : 'FAILED'} after ${Math.round((performance.now() - startedMs) / 1000)} s`,
  );
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
