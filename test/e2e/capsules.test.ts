/**
 * What a person does with a capsule and with a history: shrink, report, replay with traces and logs, check. A scenario of `seedstorm init`
 * serves as the project. Each command is seen with its files, its JSON and its exit code.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WebSocket } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Capsule } from '../../harness/capsule-format.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
let folder: string;
let capsule: string;

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function seedstorm(...args: string[]): Ended {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'dist/harness/cli/main.js'), ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1', GITHUB_STEP_SUMMARY: '' },
    timeout: 110_000,
  });
  return { code: status, stdout, stderr };
}

const read = (path: string): string => readFileSync(join(folder, path), 'utf8');
const readCapsule = (path: string): Capsule => JSON.parse(read(path)) as Capsule;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'seedstorm-capsules-'));
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(root, join(folder, 'node_modules/seedstorm'));
  writeFileSync(join(folder, 'package.json'), '{ "name": "shop" }');
  seedstorm('init');
  seedstorm('run', '--seeds', '10', '--workers', '1', '--bail', '--no-shrink', '--bundle', '--no-report');
  capsule = join('seedstorm-report/capsules', readdirSync(join(folder, 'seedstorm-report/capsules'))[0]!);
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('run --bundle', () => {
  it('puts the sources into the capsule, and hashes each', () => {
    const { bundle, subject, scenario } = readCapsule(capsule);
    expect(Object.keys(bundle ?? {}).sort()).toEqual(['charge-worker.ts', 'charge.scenario.ts']);
    expect(bundle?.['charge-worker.ts']).toBe(read('charge-worker.ts'));
    expect(Object.keys(subject.files)).toEqual(['charge-worker.ts']);
    expect(scenario.hash).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe('shrink', () => {
  it('writes a smaller capsule of the same violation, and says what was dropped', () => {
    const ended = seedstorm('shrink', capsule, '--runs', '60', '--explain-time', '10s', '--json');
    expect(ended.code, ended.stderr).toBe(0);
    const report = JSON.parse(ended.stdout);
    const before = readCapsule(capsule);
    const after = readCapsule(report.capsule);
    expect(report).toMatchObject({ format: 'seedstorm/shrink@1', invariant: before.expected.invariant });
    expect(report.runs).toBeGreaterThan(0);
    expect(report.runs).toBeLessThanOrEqual(60);
    expect(after.expected.invariant).toBe(before.expected.invariant);
    expect(after.found?.original).toEqual(before.plan);
    const explained = after.found!.explained!;
    expect(explained.runs).toBeLessThanOrEqual(300);
    expect(explained.necessity.map(({ faultId }) => faultId)).toEqual(after.plan.faults.map(({ id }) => id));
    expect(explained.likelihood.length).toBeGreaterThan(1);
    expect(after.plan.workload.skip.length).toBe(before.plan.workload.skip.length + report.itemsDropped);
    expect(report.itemsDropped).toBeGreaterThan(0);
    expect(ended.stderr).toContain(`dropped  ${report.itemsDropped} of`);
    const replayed = seedstorm('replay', report.capsule, '--json');
    expect(JSON.parse(replayed.stdout)).toMatchObject({ reproduced: true, verdict: 'violation' });
    expect(replayed.code).toBe(1);
  }, 120_000);

  it('refuses a capsule without a violation, and a budget that is no number', () => {
    const passed = { ...readCapsule(capsule) };
    writeFileSync(
      join(folder, 'passed.json'),
      JSON.stringify({ ...passed, expected: { ...passed.expected, verdict: 'pass', invariant: null } }),
    );
    const refused = seedstorm('shrink', 'passed.json');
    expect(refused.stderr).toContain('only a violation can be shrunk');
    expect(refused.code).toBe(2);
    const budget = seedstorm('shrink', capsule, '--runs', 'many');
    expect(budget.stderr).toContain('--runs: "many" is not a number');
    expect(budget.code).toBe(2);
  });
});

describe('replay', () => {
  it('writes trace, perfetto trace and page, prints logs, and ends them at --until', () => {
    const whole = seedstorm('replay', capsule, '--trace', 'whole.ndjson');
    expect(whole.stderr).toContain('Reproduced: violation');
    const until = seedstorm(
      ...['replay', capsule, '--until', '50ms', '--trace', 'part.ndjson', '--perfetto', 'part.json'],
      ...['--page', 'part.html', '--logs'],
    );
    expect(until.stderr).toContain('Reproduced: violation');
    expect(until.stderr).toMatch(/^ +0\.0\d+ {2}.*worker +-- worker started$/m);
    const lines = read('part.ndjson').trim().split('\n');
    const all = read('whole.ndjson').trim().split('\n');
    expect(lines).toEqual(all.slice(0, lines.length));
    expect(lines.length).toBeLessThan(all.length);
    expect(JSON.parse(lines.at(-1)!).at).toBeLessThanOrEqual(50_000);
    expect(JSON.parse(all[lines.length]!).at).toBeGreaterThan(50_000);
    const { traceEvents } = JSON.parse(read('part.json')) as { traceEvents: { ts: number }[] };
    expect(traceEvents.length).toBeGreaterThan(5);
    expect(read('part.html')).toContain('<title>charge, program, seed');
  }, 60_000);

  it('stops in a debugger at --until, and ends as the capsule has it', async () => {
    const child = spawn(
      process.execPath,
      [
        join(root, 'dist/harness/cli/main.js'),
        'replay',
        capsule,
        '--until',
        '50ms',
        '--inspect',
        '--inspect-port',
        '0',
      ],
      { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, NO_COLOR: '1' } },
    );
    let stderr = '';
    const url = await new Promise<string>((resolve) => {
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        stderr += text;
        const found = /ws:\/\/\S+/.exec(stderr)?.[0];
        if (found !== undefined) resolve(found);
      });
    });
    const socket = new WebSocket(url);
    await new Promise((resolve) => socket.addEventListener('open', resolve));
    let id = 0;
    const send = (method: string, params: object = {}) => socket.send(JSON.stringify({ id: ++id, method, params }));
    const stops: string[] = [];
    socket.addEventListener('message', ({ data }) => {
      const { method, params } = JSON.parse(String(data));
      if (method !== 'Debugger.paused') return;
      stops.push(params.callFrames[0].functionName);
      send('Debugger.resume');
    });
    send('Runtime.enable');
    send('Debugger.enable');
    send('Runtime.runIfWaitingForDebugger');
    await new Promise((resolve) => child.on('close', resolve));
    socket.close();
    expect(stops).toEqual(['haltAt']);
    expect(stderr).toContain('Reproduced: violation');
    expect(child.exitCode).toBe(1);
    const refused = seedstorm('replay', capsule, '--inspect');
    expect(refused.stderr).toContain('--inspect needs the instant at which to stop: add --until');
    expect(refused.code).toBe(2);
  }, 60_000);

  it('says of a capsule of infra, which has no hash, whether its verdict was seen', () => {
    const { expected, ...rest } = readCapsule(capsule);
    writeFileSync(join(folder, 'infra.json'), JSON.stringify({ ...rest, expected: { ...expected, hash: '' } }));
    const seen = seedstorm('replay', 'infra.json', '--json');
    expect(seen.code).toBe(1);
    expect(JSON.parse(seen.stdout)).toMatchObject({ verdict: 'violation', hash: expected.hash, reproduced: true });
    expect(seen.stderr).toContain(`Seen in sim too: violation, trace hash ${expected.hash}.`);
    const other = { ...expected, hash: '', invariant: 'drains(db.jobs)' };
    writeFileSync(join(folder, 'infra.json'), JSON.stringify({ ...rest, expected: other }));
    const unseen = seedstorm('replay', 'infra.json', '--json');
    expect(unseen.code).toBe(3);
    expect(JSON.parse(unseen.stdout)).toMatchObject({ reproduced: false });
  });

  it('names what has changed since', () => {
    const changed = readCapsule(capsule);
    writeFileSync(
      join(folder, 'changed.json'),
      JSON.stringify({
        ...changed,
        subject: { ...changed.subject, files: { 'charge-worker.ts': 'x', 'gone.ts': 'y' } },
      }),
    );
    const { stderr } = seedstorm('replay', 'changed.json');
    expect(stderr).toContain(
      'Changed: charge-worker.ts is not the file that the capsule was made with. The capsule carries its text',
    );
    expect(stderr).toContain('Changed: gone.ts is not part of the subject any more.');
  });
});

describe('report', () => {
  it('makes the pages of a capsule, and of a folder of them', () => {
    const ended = seedstorm('report', 'seedstorm-report', '--out', 'pages', '--json');
    expect(ended.code, ended.stderr).toBe(0);
    const { index, pages } = JSON.parse(ended.stdout);
    expect(index).toBe('pages/index.html');
    expect(pages.length).toBe(readdirSync(join(folder, 'seedstorm-report/capsules')).length);
    for (const { page, verdict, reproduced } of pages) {
      expect(read(`pages/${page}`)).toContain('order-');
      expect({ verdict, reproduced }).toEqual({ verdict: 'violation', reproduced: true });
    }
    expect(read(index)).toContain(pages[0].page);
  }, 60_000);

  it('names a folder without capsules', () => {
    mkdirSync(join(folder, 'nothing'));
    const { code, stderr } = seedstorm('report', 'nothing');
    expect(stderr).toContain('no capsules (*.json) in nothing');
    expect(code).toBe(2);
  });
});

describe('check', () => {
  const history = (...ops: [phase: string, id: string, f: string, value?: unknown][]): string => {
    const lines = ops.map(([phase, id, f, value], seq) =>
      JSON.stringify({ seq, at: seq * 1000, host: 'client', kind: 'op', id, phase, f, key: 'x', value }),
    );
    writeFileSync(join(folder, 'history.ndjson'), `${lines.join('\n')}\n`);
    return 'history.ndjson';
  };

  it('passes a linearizable history', () => {
    const file = history(
      ['invoke', '1', 'write', 1],
      ['ok', '1', 'write'],
      ['invoke', '2', 'read'],
      ['ok', '2', 'read', 1],
    );
    const { code, stdout } = seedstorm('check', file, '--model', 'register', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ format: 'seedstorm/check@1', verdict: 'pass', operations: 2 });
    expect(code).toBe(0);
  });

  it('finds a read of what was never written, and prints the records that prove it', () => {
    const file = history(
      ['invoke', '1', 'write', 1],
      ['ok', '1', 'write'],
      ['invoke', '2', 'read'],
      ['ok', '2', 'read', 7],
    );
    const { code, stdout, stderr } = seedstorm('check', file, '--model', 'register', '--json');
    const report = JSON.parse(stdout);
    expect(report.verdict).toBe('violation');
    expect(report.witness).toContain(3);
    expect(stderr).toContain('"f":"read"');
    expect(code).toBe(1);
  });

  it('judges nothing in a history without operations, and names wrong input', () => {
    writeFileSync(join(folder, 'empty.ndjson'), '');
    expect(seedstorm('check', 'empty.ndjson', '--model', 'register').code).toBe(3);
    expect(seedstorm('check', 'empty.ndjson').stderr).toMatch(/needs --model.*register.*queue/s);
    expect(seedstorm('check', 'empty.ndjson', '--model', 'stack').code).toBe(2);
    writeFileSync(join(folder, 'bad.ndjson'), '{"seq":0}\n');
    const bad = seedstorm('check', 'bad.ndjson', '--model', 'register');
    expect(bad.stderr).toContain('bad.ndjson:1');
    expect(bad.code).toBe(2);
  });
});

describe('init', () => {
  it('overwrites nothing', () => {
    const { code, stderr } = seedstorm('init');
    expect(stderr).toContain('charge-worker.ts and charge.scenario.ts exists already');
    expect(code).toBe(2);
  });

  it('writes the scenario for a program: its servers, its environment, how it gets work', () => {
    mkdirSync(join(folder, 'jobs'));
    writeFileSync(join(folder, 'jobs/schema.sql'), "CREATE TABLE jobs (id int, state text DEFAULT 'queued');");
    writeFileSync(
      join(folder, 'jobs/mailer.ts'),
      `import { createServer } from 'node:http';
import { db } from './store.ts';
const { MAIL_API_URL, LIMIT } = process.env;
createServer((request, response) => { if (request.url === '/send') void fetch(MAIL_API_URL!); response.end(String(db) + LIMIT); }).listen(Number(process.env.PORT));
`,
    );
    writeFileSync(
      join(folder, 'jobs/store.ts'),
      `import pg from 'pg';
import { Redis } from 'ioredis';
export const db = [pg, Redis, process.env['DATABASE_URL'], process.env.REDIS_HOST, process.env.REDIS_PORT];
`,
    );
    const { code, stdout } = seedstorm('init', '--from', './jobs/mailer.ts', '--json');
    expect(code).toBe(0);
    const { files, notes } = JSON.parse(stdout);
    expect(files).toEqual(['jobs/mailer.scenario.ts']);
    expect(notes.join('\n')).toContain('imports Redis, Postgres, an HTTP server');
    expect(notes.join('\n')).toContain('Give a value to LIMIT');
    const text = read('jobs/mailer.scenario.ts');
    for (const part of [
      "db: postgres({ schema: './schema.sql' })",
      'cache: redis()',
      'mailapi: ledger()',
      'DATABASE_URL: db.url',
      'REDIS_HOST: cache.host',
      'REDIS_PORT: String(cache.port)',
      'MAIL_API_URL: mailapi.url',
      "observe: { db: ['jobs'] }",
      "t.post('worker', `/send/item-$",
      "invariant.drains('db', { table: 'jobs'",
    ])
      expect(text).toContain(part);
  });
});

describe('a program whose import is not installed', () => {
  it('is refused at once, with the command that installs it', () => {
    writeFileSync(join(folder, 'lacking.ts'), "import { thing } from 'not-there-at-all';\nconsole.log(thing);\n");
    writeFileSync(
      join(folder, 'lacking.scenario.ts'),
      read('charge.scenario.ts')
        .replace("name: 'charge'", "name: 'lacking'")
        .replace('./charge-worker.ts', './lacking.ts'),
    );
    const { code, stderr } = seedstorm('run', './lacking.scenario.ts', '--seeds', '1', '--no-report');
    expect(stderr).toMatch(
      /lacking\.ts imports not-there-at-all, which is not installed\. Install it with: npm install --save-dev not-there-at-all/,
    );
    expect(code).toBe(2);
  });
});

describe('help', () => {
  it('is there for every command, and every command has --json', () => {
    for (const command of ['run', 'replay', 'shrink', 'report', 'check', 'init', 'verify', 'list', 'serve']) {
      const { code, stdout } = seedstorm(command, '--help');
      expect(code).toBe(0);
      expect(stdout).toContain(`seedstorm ${command}`);
      expect(stdout).toContain('--json');
    }
  });
});
