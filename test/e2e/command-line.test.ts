/**
 * The command line as a user meets it: a project of its own in a temporary folder, with a scenario over its own worker.
 * Goal: what is printed, what is written, and the exit code, on good and bad input, on a killed child and on Ctrl-C.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const main = join(root, 'dist/harness/cli/main.js');
let folder: string;

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(
  args: readonly string[],
  env: Record<string, string> = {},
): { child: ChildProcess; ended: Promise<Ended> } {
  const child = spawn(process.execPath, [main, ...args], {
    cwd: folder,
    env: { ...process.env, NO_COLOR: '1', GITHUB_STEP_SUMMARY: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout!.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return { child, ended: new Promise((resolve) => child.on('close', (code) => resolve({ code, stdout, stderr }))) };
}

const seedstorm = (...args: string[]): Promise<Ended> => start(args).ended;

const worker = `
import http from 'node:http';
import { Redis } from 'ioredis';
const redis = new Redis(process.env.REDIS_URL!, { retryStrategy: () => 100 });
redis.on('error', () => {});
// The naive part: a request that is repeated after a lost reply is charged again.
http.createServer(async (request, response) => {
  const id = request.url!.slice(1);
  try {
    await redis.incr('requests');
    await fetch(process.env.BANK_URL + '/charge', { method: 'POST', body: JSON.stringify({ key: id }) });
    response.end('ok');
  } catch (error) {
    response.statusCode = 500;
    response.end(String(error));
  }
}).listen(Number(process.env.PORT));
`;

const scenario = (name: string, more = '') => `
import { scenario, redis, ledger, fault, invariant, fc } from 'seedstorm';
export default scenario<{ count: number }>({
  name: '${name}',
  about: 'A repeated request is charged twice.',
  duration: '10s',
  servers: { cache: redis(), bank: ledger() },
  processes: { worker: { program: './worker.ts', env: ({ cache, bank }) => ({ REDIS_URL: cache!.url, BANK_URL: bank!.url }) } },
  workload: {
    draws: fc.record({ count: fc.integer({ min: 10, max: 20 }) }),
    run: async (t, { count }) => {
      await t.each(count, async (t, i) => {
        for (let attempt = 0; attempt < 3; attempt++) {
          const reply = await t.post('worker', '/order-' + i, undefined, { key: 'order-' + i, timeout: '1s' });
          if (reply?.status === 200) break;
          await t.sleep('100ms');
        }
        await t.sleep(t.between(100, 800));
      });
    },
  },
  faults: fault.any(fault.replyLost(), fault.crash(), fault.partition()),
  invariants: [invariant.effectAtMostOnce('bank'), invariant.effectExactlyOnce('bank', { settle: '5s' })],
  ${more}
});
`;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'seedstorm-e2e-'));
  mkdirSync(join(folder, 'node_modules'));
  for (const name of ['ioredis', 'fast-check'])
    symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name));
  symlinkSync(root, join(folder, 'node_modules/seedstorm'));
  const files: Record<string, string> = {
    'package.json': '{ "name": "shop", "type": "module" }',
    'worker.ts': worker,
    'shop.scenario.ts': scenario('shop'),
    'broken.scenario.ts': 'export default scenario({',
    'empty.scenario.ts': 'export default 7;',
    'missing.scenario.ts': scenario('missing').replace('./worker.ts', './nowhere.ts'),
    'syntax.scenario.ts': scenario('syntax').replace('./worker.ts', './syntax.ts'),
    'syntax.ts': 'const a = 1;\nconst b = ;\n',
    'refused.scenario.ts': scenario('refused').replace('./worker.ts', './refused.ts'),
    'refused.ts': "import dgram from 'node:dgram';\ndgram.createSocket('udp4');\n",
    'spins.scenario.ts': scenario('spins').replace('./worker.ts', './spins.ts'),
    'spins.ts': 'function spin() {\n  for (;;);\n}\nsetTimeout(spin, 10);\n',
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('run', () => {
  it('finds a violation, shrinks it, writes capsule and pages, and replays to the same hash', async () => {
    const { code, stdout, stderr } = await seedstorm('run', './shop.scenario.ts', '--seeds', '1..40', '--json');
    expect(code).toBe(1);
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({
      format: 'seedstorm/run@1',
      ok: false,
      scenarios: [{ name: 'shop', subject: 'program', mode: 'sim', seeds: 40, expected: false }],
    });
    const [row] = report.scenarios;
    expect(row.pass + row.violation + row.vacuous + row.unknown + row.error).toBe(40);
    expect(row.first.message).toMatch(/order-\d+/);
    expect(stderr).toContain('Report: seedstorm-report/index.html');
    expect(existsSync(join(folder, 'seedstorm-report/index.html'))).toBe(true);
    expect(readdirSync(join(folder, 'seedstorm-report')).some((name) => name.startsWith('run-shop'))).toBe(true);
    const replayed = await seedstorm('replay', row.first.capsule, '--json');
    expect(replayed.code).toBe(1);
    expect(JSON.parse(replayed.stdout)).toMatchObject({
      verdict: 'violation',
      invariant: row.first.invariant,
      reproduced: true,
    });
    expect(replayed.stderr).toContain('Reproduced: violation');
    expect(replayed.stderr.indexOf('Replay:')).toBeLessThan(replayed.stderr.indexOf('Violation'));
    expect(JSON.parse(readFileSync(join(folder, row.first.capsule), 'utf8')).plan.faults.length).toBeLessThanOrEqual(2);
  }, 120_000);

  it('passes without faults', async () => {
    const { code, stdout } = await seedstorm(
      'run',
      './shop.scenario.ts',
      '--seeds',
      '5',
      '--no-faults',
      '--json',
      '--no-report',
    );
    expect(JSON.parse(stdout).scenarios[0]).toMatchObject({ pass: 5, expected: true });
    expect(code).toBe(0);
  });

  it('loses one seed only when a child is killed, and says so', async () => {
    const { child, ended } = start([
      'run',
      './shop.scenario.ts',
      '--seeds',
      '150',
      '--no-faults',
      '--json',
      '--no-report',
      '--workers',
      '2',
    ]);
    // Only once seeds are under way: a child that is killed while it describes the scenario ends the command.
    await new Promise<void>((resolve) => {
      child.stderr!.on('data', (text: string) => {
        if (/ of \d+ seeds/.test(text)) resolve();
      });
    });
    const victims = await childrenOf(child.pid!);
    process.kill(victims[0]!, 'SIGKILL');
    const { code, stdout } = await ended;
    const [row] = JSON.parse(stdout).scenarios;
    expect(row).toMatchObject({ seeds: 150, pass: 149, error: 1 });
    expect(row.troubles[0]).toMatchObject({ verdict: 'error', code: 'E_CHILD' });
    expect(code).toBe(3);
  }, 120_000);

  it('prints what was found so far and writes the page on Ctrl-C', async () => {
    const { child, ended } = start([
      'run',
      './shop.scenario.ts',
      '--seeds',
      '100000',
      '--no-faults',
      '--json',
      '--out',
      'interrupted',
    ]);
    await childrenOf(child.pid!);
    await new Promise((resolve) => setTimeout(resolve, 2500));
    child.kill('SIGINT');
    const { code, stdout, stderr } = await ended;
    expect(code).toBe(130);
    expect(stderr).toContain('Interrupted');
    expect(JSON.parse(stdout).scenarios[0].pass).toBeGreaterThan(0);
    expect(existsSync(join(folder, 'interrupted/index.html'))).toBe(true);
  }, 60_000);

  it('stops a handler that spins, with its place, and goes on', async () => {
    const { ended } = start(['run', './spins.scenario.ts', '--seeds', '2', '--json', '--no-report'], {
      SEEDSTORM_SPIN_MS: '1500',
    });
    const { code, stdout } = await ended;
    const [row] = JSON.parse(stdout).scenarios;
    expect(row).toMatchObject({ seeds: 2, error: 2 });
    expect(row.troubles[0].code).toBe('E_SPIN');
    expect(row.troubles[0].message).toMatch(/spins\.ts/);
    expect(code).toBe(3);
  }, 60_000);
});

/** Process ids of the children, once there are any. */
async function childrenOf(pid: number): Promise<number[]> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const path = `/proc/${pid}/task/${pid}/children`;
    const found = existsSync(path) ? readFileSync(path, 'utf8').trim().split(' ').filter(Boolean).map(Number) : [];
    if (found.length > 0) {
      // Long enough that a task is under way in it.
      await new Promise((resolve) => setTimeout(resolve, 1200));
      return found;
    }
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error('no child was started');
}

describe('bad input ends with 2 and a message that names it', () => {
  const capsule = (change: (json: Record<string, unknown>) => unknown): string => {
    const path = join(folder, 'bad.json');
    const [name] = readdirSync(join(folder, 'seedstorm-report/capsules'));
    const json = JSON.parse(readFileSync(join(folder, 'seedstorm-report/capsules', name!), 'utf8')) as Record<
      string,
      unknown
    >;
    const changed = change(json);
    writeFileSync(path, typeof changed === 'string' ? changed : JSON.stringify(changed));
    return path;
  };

  it.each<[string, () => string[], RegExp]>([
    ['an unknown command', () => ['fly'], /no command "fly"/],
    ['an unknown option', () => ['run', '--sedes', '3'], /sedes/],
    ['an unknown scenario', () => ['run', 'no-such-row'], /no scenario "no-such-row".*seedstorm list/s],
    ['a seed that is not a number', () => ['run', './shop.scenario.ts', '--seed', 'abc'], /"abc" is not a seed/],
    ['a range that is empty', () => ['run', './shop.scenario.ts', '--seeds', '9..3'], /9\.\.3 is empty/],
    ['an unknown subject', () => ['run', './shop.scenario.ts', '--subject', 'brave'], /no subject "brave"/],
    ['a scenario that does not parse', () => ['run', './broken.scenario.ts'], /broken\.scenario\.ts:1/],
    ['a module that is no scenario', () => ['run', './empty.scenario.ts'], /no scenario as its default export/],
    ['a program that does not exist', () => ['run', './missing.scenario.ts'], /nowhere\.ts, does not exist/],
    ['a program that does not parse', () => ['run', './syntax.scenario.ts'], /syntax\.ts:2/],
    [
      'a refused API',
      () => ['run', './refused.scenario.ts', '--seeds', '1', '--no-report'],
      /dgram\.createSocket \(refused\.ts:2\)/,
    ],
    ['a capsule that is not there', () => ['replay', 'nowhere.json'], /no file nowhere\.json/],
    ['a capsule that is not JSON', () => ['replay', capsule(() => '{')], /is not JSON/],
    [
      'a capsule of another version',
      () => ['replay', capsule((json) => ({ ...json, format: 'seedstorm/capsule@9' }))],
      /seedstorm\/capsule@9/,
    ],
    [
      'a capsule with a wrong field',
      () => ['replay', capsule((json) => ({ ...json, plan: { ...(json['plan'] as object), seed: -1 } }))],
      /plan\.seed/,
    ],
    [
      'a plan with an unknown fault',
      () => [
        'replay',
        capsule((json) => ({
          ...json,
          plan: { ...(json['plan'] as object), faults: [{ id: 'f1', kind: 'meteor', at: 1 }] },
        })),
      ],
      /faults\[0\].*meteor/,
    ],
  ])('%s', async (_name, args, message) => {
    const { code, stderr } = await seedstorm(...args());
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/^\s+at .*harness/m);
    expect(code).toBe(2);
  });
});

describe('verify', () => {
  it('finds no mismatch in and across processes, shuffled and with garbage collections', async () => {
    const { code, stdout } = await seedstorm('verify', './shop.scenario.ts', '--seeds', '6', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ seeds: 6, runs: 24, mismatches: [] });
    expect(code).toBe(0);
  }, 120_000);
});

describe('list and help', () => {
  it('shows scenarios with their claims, and every command has help', async () => {
    const { stdout } = await seedstorm('list', './shop.scenario.ts');
    expect(stdout).toContain('shop\n  A repeated request is charged twice.');
    for (const command of ['run', 'replay', 'verify', 'list', 'serve', 'proxy']) {
      const help = await seedstorm(command, '--help');
      expect(help.code).toBe(0);
      expect(help.stdout).toContain(`seedstorm ${command}`);
    }
    expect((await seedstorm('--version')).stdout).toMatch(/seedstorm\/\d+\.\d+\.\d+/);
  });
});
