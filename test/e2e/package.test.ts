/**
 * The packed package as a user meets it: the tarball's content, its types, its entries, and a project with its own scenario over its own
 * worker that uses it. Goal: nothing that works here works only because the sources are near. Dependencies are linked, not downloaded.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runsLong } from '../long.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  version: string;
  dependencies: Record<string, string>;
};
let folder: string;
let tarball: string;
let files: readonly string[];

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(cwd: string, command: string, ...args: string[]): Ended {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1', CI: '', GITHUB_STEP_SUMMARY: '', VITEST: '', NODE_ENV: '' },
    timeout: 280_000,
  });
  return { code: status, stdout, stderr };
}

/** A folder with the unpacked package and links to what it and the project depend on. */
function install(name: string, ...more: string[]): string {
  const project = join(folder, name);
  mkdirSync(join(project, 'node_modules'), { recursive: true });
  execFileSync('tar', ['xzf', tarball, '-C', join(project, 'node_modules')]);
  renameSync(join(project, 'node_modules/package'), join(project, 'node_modules/seedstorm'));
  for (const dependency of [...Object.keys(manifest.dependencies), ...more]) {
    const link = join(project, 'node_modules', dependency);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(root, 'node_modules', dependency), link);
  }
  return project;
}

const seedstorm = (project: string, ...args: string[]): Ended =>
  run(project, process.execPath, join(project, 'node_modules/seedstorm/dist/harness/cli/main.js'), ...args);

beforeAll(() => {
  if (!runsLong) return;
  folder = mkdtempSync(join(tmpdir(), 'seedstorm-package-'));
  execFileSync(process.execPath, ['--import', 'tsx', 'scripts/build.ts', '--quiet', '--types'], { cwd: root });
  execFileSync('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], { cwd: root, stdio: 'ignore' });
  tarball = join(folder, `seedstorm-${manifest.version}.tgz`);
  files = execFileSync('tar', ['tzf', tarball], { encoding: 'utf8' }).trim().split('\n');
}, 120_000);

afterAll(() => {
  if (runsLong) rmSync(folder, { recursive: true, force: true });
});

describe.skipIf(!runsLong)('the tarball', () => {
  it('has code, declarations and documents, and nothing else', () => {
    for (const name of [
      'dist/harness/cli/main.js',
      'dist/harness/scenario.d.ts',
      'dist/reports/html/client.js',
      'docs/guide.md',
    ])
      expect(files).toContain(`package/${name}`);
    expect(files.filter((name) => /\.map$|^package\/(?:test|sim|harness|scripts)\//.test(name))).toEqual([]);
    expect(
      files.filter((name) => name.endsWith('.ts') && !/\.d\.ts$|^package\/(?:scenarios|subjects)\//.test(name)),
    ).toEqual([]);
  });

  it('passes publint and attw', () => {
    const bin = join(root, 'node_modules/.bin');
    const lint = run(root, join(bin, 'publint'), tarball, '--strict');
    expect(`${lint.stdout}${lint.stderr}`).toContain('All good!');
    const types = run(root, join(bin, 'attw'), tarball, '--profile', 'esm-only', '--format', 'json');
    expect(types.code, types.stdout).toBe(0);
  }, 60_000);
});

describe.skipIf(!runsLong)('a project of its own', () => {
  let project: string;

  beforeAll(() => {
    project = install('shop', 'ioredis', 'vitest', '@types/node');
    cpSync(join(root, 'test/e2e/project'), project, { recursive: true });
  });

  it('type-checks against the declarations, without skipping them', () => {
    writeFileSync(
      join(project, 'tsconfig.json'),
      JSON.stringify({
        compilerOptions: {
          module: 'nodenext',
          target: 'es2023',
          strict: true,
          noEmit: true,
          allowImportingTsExtensions: true,
          types: ['node'],
        },
        include: ['src', 'test'],
      }),
    );
    const checked = run(project, process.execPath, join(root, 'node_modules/typescript/bin/tsc'), '-p', '.');
    expect(checked.stdout).toBe('');
    expect(checked.code).toBe(0);
  }, 60_000);

  it('storm passes a careful worker, and tells what a careless one did', () => {
    const ended = run(
      project,
      process.execPath,
      'node_modules/vitest/vitest.mjs',
      'run',
      '--reporter=json',
      '--outputFile=tests.json',
    );
    expect(ended.code).toBe(1);
    const report = JSON.parse(readFileSync(join(project, 'tests.json'), 'utf8')) as {
      testResults: { assertionResults: { fullName: string; status: string; failureMessages: string[] }[] }[];
    };
    const tests = new Map(
      report.testResults.flatMap(({ assertionResults }) => assertionResults).map((test) => [test.fullName, test]),
    );
    expect(tests.get('careful billing survives')?.failureMessages).toEqual([]);
    expect(tests.get('careful billing survives, given by path')?.status).toBe('passed');

    const careless = tests.get('no order is charged twice')!.failureMessages.join('\n');
    expect(careless).toMatch(
      /^StormFailure: \n?\nReplay: npx seedstorm replay (seedstorm-report\/capsules\/billing-program-\d+\.json)/,
    );
    expect(careless).toMatch(/key order-\d+ took effect in bank a second time/);
    expect(careless).toMatch(/The plan, 1 fault/);
    expect(careless).toMatch(/npx seedstorm run \.\/src\/billing\.scenario\.ts --seed \d+/);
    expect(careless).not.toContain('node_modules');
    const capsule = /replay (\S+)/.exec(careless)![1]!;
    const replayed = seedstorm(project, 'replay', capsule, '--json');
    expect(JSON.parse(replayed.stdout)).toMatchObject({ verdict: 'violation', reproduced: true });
    expect(existsSync(join(project, 'seedstorm-report/run-billing-program.html'))).toBe(true);

    const inline = tests.get('a scenario in a test file')!.failureMessages.join('\n');
    expect(inline).toContain('E_INPUT: The scenario "inline-billing" is defined in the test file test/inline.spec.ts.');
    expect(inline).toContain('Move it to test/inline-billing.scenario.ts');
  }, 300_000);
});

describe.skipIf(!runsLong)('an empty folder', () => {
  let project: string;

  beforeAll(() => {
    project = install('empty');
    writeFileSync(join(project, 'package.json'), '{ "name": "empty" }');
  });

  it('gets a first scenario that runs at once, is violated, and holds after the cure that its worker names', () => {
    const started = seedstorm(project, 'init', '--json');
    expect(JSON.parse(started.stdout)).toMatchObject({ files: ['charge-worker.ts', 'charge.scenario.ts'] });
    const found = seedstorm(project, 'run', '--seeds', '10', '--shrink-runs', '40', '--workers', '2', '--json');
    expect(found.code, found.stderr).toBe(1);
    expect(JSON.parse(found.stdout).scenarios[0].first.message).toMatch(
      /took effect in bank (?:a second time|2 times)/,
    );

    const worker = join(project, 'charge-worker.ts');
    const cured = readFileSync(worker, 'utf8').replace("// 'idempotency-key': order,", "'idempotency-key': order,");
    expect(cured).not.toBe(readFileSync(worker, 'utf8'));
    writeFileSync(worker, cured);
    const held = seedstorm(project, 'run', '--seeds', '20', '--workers', '2', '--json', '--no-report');
    expect(JSON.parse(held.stdout).scenarios[0]).toMatchObject({ pass: 20, expected: true });
    expect(held.code).toBe(0);
  }, 180_000);

  it('is told how to install vitest when seedstorm/vitest misses it', () => {
    const ended = run(project, process.execPath, '--input-type=module', '--eval', "await import('seedstorm/vitest')");
    expect(ended.stderr).toContain('npm install --save-dev vitest');
    expect(ended.stderr).toContain('E_NOT_FOUND');
  });

  it('is told how to install what a built-in row needs', () => {
    const ended = seedstorm(project, 'list');
    expect(ended.code).toBe(0);
    const missing = seedstorm(
      project,
      'run',
      'leader-lease-fencing',
      '--subject',
      'naive',
      '--seeds',
      '1',
      '--no-report',
    );
    expect(missing.stderr).toMatch(/npm install --save-dev ioredis/);
    expect(missing.code).toBe(2);
  }, 60_000);
});
