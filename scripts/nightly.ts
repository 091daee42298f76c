/**
 * `npm run nightly`: the long forms. Differential tests with many draws, virtual hours of queue libraries, and sweeps of every hardened
 * subject. Each step's figure is printed; the exit code is 1 when any step failed. `--seeds N` sets the length of the sweeps (10,000).
 */
import { spawnSync } from 'node:child_process';
import { builtinScenarios } from '../harness/load.ts';

const at = process.argv.indexOf('--seeds');
const seeds = at < 0 ? '10000' : process.argv[at + 1]!;

interface Step {
  readonly name: string;
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

const vitest = (name: string, path: string, env: Readonly<Record<string, string>>): Step => ({
  name,
  command: ['npx', 'vitest', 'run', path],
  env,
});
const cli = (...args: string[]): readonly string[] => [process.execPath, 'dist/harness/cli/main.js', ...args];

const steps: readonly Step[] = [
  { name: 'build', command: ['npm', 'run', '--silent', 'build'] },
  vitest('Redis against redis-server', 'test/differential/redis', { DIFFERENTIAL_RUNS: '400' }),
  vitest('Lua against redis-server', 'test/differential/lua', { SEEDSTORM_LUA_RUNS: '3000' }),
  vitest('Postgres expressions against Postgres', 'test/differential/postgres-expressions', {
    SEEDSTORM_DIFFERENTIAL: 'long',
  }),
  vitest('Postgres statements and interleavings', 'test/differential/postgres', { SEEDSTORM_RUNS: '60' }),
  vitest('virtual hours of queue libraries', 'test/sim/runtime/queues.test.ts', { SEEDSTORM_NIGHTLY: '1' }),
  ...builtinScenarios().map(
    (name): Step => ({
      name: `sweep of ${name}`,
      command: cli('run', name, '--subject', 'hardened', '--seeds', seeds, '--no-report'),
    }),
  ),
  { name: 'verify every subject', command: cli('verify', '--seeds', '200') },
];

let failed = 0;
for (const { name, command, env } of steps) {
  const startedMs = performance.now();
  console.log(`== ${name}`);
  const { status } = spawnSync(command[0]!, command.slice(1), { stdio: 'inherit', env: { ...process.env, ...env } });
  if (status !== 0) failed++;
  console.log(
    `== ${name}: ${status === 0 ? 'passed' : `FAILED (${status})`} after ${Math.round((performance.now() - startedMs) / 1000)} s`,
  );
}
console.log(`${steps.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
