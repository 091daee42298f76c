import { describe, expect, test } from 'vitest';
import {
  colourFor,
  createProgress,
  formatLogs,
  formatSuite,
  formatViolation,
  renderAnnotations,
  renderJunit,
  renderPerfettoTrace,
  renderStepSummary,
  type SuiteReport,
  type ViolationText,
} from '../../reports/index.ts';
import { leaseRun, mixedSuite } from './fixture.ts';

const run = leaseRun();
const suite = mixedSuite();
const violation: ViolationText = {
  replayCommand: run.replayCommand,
  scenario: 'leader-lease-fencing',
  subject: 'naive',
  seed: 17,
  invariant: run.violation?.invariant ?? '',
  message: run.violation?.message ?? '',
  claim: run.premises[0]?.claim ?? '',
  planInWords: run.planInWords,
  faults: { now: 1, before: 5, runs: 41 },
  runCommand: 'npx seedstorm run leader-lease-fencing --subject naive --seed 17',
  page: 'seedstorm-report/run-leader-lease-fencing-naive.html',
};

/** The first line of a suite with one text from a program in every place. */
function hostile(text: string): SuiteReport {
  const scenario = suite.scenarios[5]!;
  return {
    ...suite,
    title: text,
    scenarios: [
      { ...scenario, name: text, about: text, first: { seed: 1, invariant: text, message: text, capsulePath: text } },
    ],
  };
}

describe('terminal', () => {
  test('a violation begins with its replay line', async () => {
    const text = formatViolation(violation);
    expect(text.split('\n')[0]).toBe(`Replay: ${run.replayCommand}`);
    await expect(text).toMatchFileSnapshot('../golden/reports/violation.txt');
  });

  test('a plan without faults says so', () => {
    const text = formatViolation({ ...violation, planInWords: [], faults: { now: 0, before: 4 } });
    expect(text).toContain('The plan has no faults, shrunk from 4: the violation needs none.');
  });

  test('the suite is a table with what was not expected below it', async () => {
    await expect(formatSuite(suite)).toMatchFileSnapshot('../golden/reports/suite.txt');
  });

  test('without colour nothing but text is written, whatever a program put into it', () => {
    const text = `${formatViolation({ ...violation, message: '\u001b[2Jgone' })}${formatSuite(hostile('\u001b[2Jgone'))}`;
    expect(text).not.toContain('\u001b');
    expect(text).toContain('\\x1b[2Jgone');
  });

  test('colour needs a terminal and yields to NO_COLOR', () => {
    const isColoured = (isTTY: boolean, environment: Record<string, string>): boolean =>
      colourFor({ isTTY }, environment)('red', 'x') !== 'x';
    expect(isColoured(true, {})).toBe(true);
    expect(isColoured(false, {})).toBe(false);
    expect(isColoured(true, { NO_COLOR: '1' })).toBe(false);
    expect(isColoured(true, { NO_COLOR: '' })).toBe(true);
    expect(isColoured(true, { TERM: 'dumb' })).toBe(false);
    expect(isColoured(false, { FORCE_COLOR: '1' })).toBe(true);
  });

  const state = { scenario: 'row', subject: 'naive', done: 1, total: 200, violations: 0, errors: 0, elapsedMs: 0 };

  test('progress on a terminal rewrites one line within its width', () => {
    const written: string[] = [];
    const progress = createProgress(
      { isTTY: true, columns: 50, write: (text) => written.push(text) },
      (_, text) => text,
    );
    progress.update(state);
    progress.update({ ...state, done: 2, elapsedMs: 20 });
    progress.update({ ...state, done: 200, violations: 1, elapsedMs: 30 });
    progress.print('found one');
    progress.end();
    expect(written).toEqual([
      `\r\u001b[2K${'─'.repeat(20)}  1/200  0 µs  row (naive)`,
      `\r\u001b[2K${'━'.repeat(20)}  200/200, 1 violation  30 m…`,
      '\r\u001b[2K',
      'found one\n',
    ]);
    for (const text of written.slice(0, 2)) expect(text.length - 5).toBeLessThan(50);
  });

  test('progress elsewhere is a plain line every ten seconds', () => {
    const written: string[] = [];
    const progress = createProgress({ write: (text) => written.push(text) }, (_, text) => text);
    for (let elapsedMs = 0; elapsedMs <= 25_000; elapsedMs += 500) progress.update({ ...state, elapsedMs });
    progress.end();
    expect(written).toEqual([
      'row (naive): 1 of 200 seeds, 0 µs\n',
      'row (naive): 1 of 200 seeds, 10 s\n',
      'row (naive): 1 of 200 seeds, 20 s\n',
    ]);
  });
});

describe('junit', () => {
  test('a failure is what was not expected; a violated naive subject passes', async () => {
    await expect(renderJunit(suite)).toMatchFileSnapshot('../golden/reports/junit.xml');
  });

  test('texts from programs stay text', () => {
    const xml = renderJunit(hostile('<b a="1">\u0000]]>&\ud800'));
    expect(xml).not.toContain('<b');
    expect(xml).toContain('&lt;b a=&quot;1&quot;&gt;\\x00]]&gt;&amp;\\ud800');
  });

  test('a sweep that only erred is an error', () => {
    const xml = renderJunit({
      ...suite,
      scenarios: [{ ...suite.scenarios[1]!, pass: 199, error: 1, expected: false }],
    });
    expect(xml).toContain('errors="1"');
    expect(xml).toContain('<error message="not as expected" type="error">');
  });
});

describe('github', () => {
  test('the step summary says what was not expected, then the table', async () => {
    await expect(renderStepSummary(suite)).toMatchFileSnapshot('../golden/reports/step-summary.md');
  });

  test('texts from programs cannot become Markdown or HTML', () => {
    const summary = renderStepSummary(hostile('# <img src=x>|`a` ``` [b](c)'));
    expect(summary.replace(/^````sh\n.*\n````$/gm, '')).not.toContain('<img');
    expect(summary).toContain('\\# &lt;img src=x&gt;\\|\\`a\\`');
    expect(summary).toContain('````sh');
  });

  test('a huge suite is cut below the limit', () => {
    const scenarios = Array.from({ length: 3000 }, () => ({ ...suite.scenarios[5]!, name: 'x'.repeat(300) }));
    expect(Buffer.byteLength(renderStepSummary({ ...suite, scenarios }))).toBeLessThan(1_000_000);
  });

  test('an annotation is one line per subject that was not as expected', () => {
    const lines = renderAnnotations(suite);
    expect(lines).toHaveLength(3);
    expect(lines[1]).toBe(
      '::error title=job-lease-heartbeat-poison (hardened)%3A expected no violation::Job 8 had two effects: at 20.01 s by worker-1 ' +
        'and at 51.30 s by worker-3.%0AReplay: npx seedstorm replay seedstorm-report/job-lease-hardened-148.json',
    );
    expect(renderAnnotations(hostile('a\n::error::b'))[0]?.split('\n')).toHaveLength(1);
  });
});

describe('logs', () => {
  test('lines of all processes are interleaved with both clocks, faults between them', async () => {
    const text = formatLogs(run.history, { epochMs: Date.UTC(2026, 0, 1) });
    await expect(`${text.split('\n').slice(0, 40).join('\n')}\n`).toMatchFileSnapshot('../golden/reports/logs.txt');
  });

  test('a text of several lines keeps its columns, and controls become visible', () => {
    const log = { seq: 0, at: 5, host: 'w', kind: 'log', stream: 'stdout', text: 'a\n\u001b[31mb\n' } as const;
    expect(formatLogs([log], { epochMs: 0 }).split('\n')).toEqual([
      '    0.000005                w  a',
      '    0.000005                w  \\x1b[31mb',
    ]);
  });
});

describe('perfetto', () => {
  test('every message that arrived is an arrow between two slices, every operation and fault a span', () => {
    const trace = JSON.parse(renderPerfettoTrace(run.history)) as { traceEvents: Record<string, unknown>[] };
    const of = (ph: string, cat: string): Record<string, unknown>[] =>
      trace.traceEvents.filter((event) => event.ph === ph && String(event.cat).startsWith(cat));
    const sent = run.history.filter((record) => record.kind === 'message' && record.phase === 'sent').length;
    expect(of('s', 'message')).toHaveLength(sent);
    expect(new Set(of('f', 'message').map((event) => event.id))).toEqual(
      new Set(of('s', 'message').map((event) => event.id)),
    );
    expect(of('b', 'op')).toHaveLength(60);
    expect(of('e', 'op')).toHaveLength(60);
    expect(of('b', 'fault').map((event) => event.ts)).toEqual([12_400_000]);
    expect(of('e', 'fault').map((event) => event.ts)).toEqual([32_400_000]);
    const paused = of('X', 'process').find((event) => event.name === 'paused');
    expect(paused?.dur).toBe(19_999_999);
    const hosts = trace.traceEvents
      .filter((event) => event.name === 'process_name')
      .map((event) => (event.args as { name: string }).name);
    expect(hosts.sort()).toEqual(['bank', 'client', 'db', 'faults', 'redis', 'worker-1', 'worker-2']);
  });
});
