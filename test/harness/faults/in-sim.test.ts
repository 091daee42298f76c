/**
 * Goal: every fault kind is seen to change a run of ordinary programs, and to leave it well again. Method: one scenario with steady
 * traffic, run in sim once for each kind, in a process of its own, since a simulated world takes over the globals of the process.
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { faultKinds } from '../../../harness/faults/registry.ts';
import type { DrawnFault } from '../../../harness/plan/format.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const at = { at: 4000, for: 3000 };
const between = { between: [['worker-1'], ['cache', 'bank']], direction: 'both' };
const reply = { message: 'reply', label: '*', nth: 3, when: 'before' } as const;

/** One fault of each kind that needs no Postgres. */
const faults: readonly DrawnFault[] = [
  { kind: 'partition', ...at, ...between },
  { kind: 'blackhole', ...at, ...between },
  { kind: 'delay', ...at, links: ['cache>worker-1'], latencyMs: 300, jitterMs: 50 },
  { kind: 'bandwidth', ...at, links: ['worker-1>bank'], bytesPerSecond: 100 },
  { kind: 'reset', on: { ...reply, link: 'cache>worker-1' }, link: 'cache>worker-1' },
  { kind: 'reply-lost', on: { ...reply, link: 'bank>worker-1', label: '201 POST /turn' }, link: 'bank>worker-1' },
  {
    kind: 'late-request',
    on: { ...reply, link: 'worker-1>bank', message: 'request' },
    for: 2000,
    link: 'worker-1>bank',
  },
  { kind: 'crash', ...at, process: 'worker-1' },
  { kind: 'pause', ...at, process: 'worker-1' },
  { kind: 'exit', ...at, process: 'worker-1' },
  { kind: 'poison', at: 0, link: 'bank>worker-1', label: '201 POST /turn', restartMs: 2000 },
  { kind: 'clock', ...at, host: 'worker-1', offsetMs: 60_000 },
  { kind: 'clock-step', at: 4000, host: 'worker-1', stepMs: -60_000 },
  { kind: 'redis-restart', ...at, server: 'cache', lose: 'everything' },
  { kind: 'redis-failover', ...at, server: 'cache', to: 'cache-replica-1' },
];
const needPostgres = ['postgres-restart', 'terminate-backends', 'hold-lock'];

const request = { at: 4000, for: 3000, link: 'worker-1>bank', label: 'POST /charge', count: 2, share: 1 };

interface Wide {
  readonly fault: DrawnFault;
  /** What the programs met, seen from outside. */
  readonly met: (result: Result, calm: Result) => unknown;
  readonly expected: unknown;
}

/** Lines of worker-1 in which an attempt gave something. */
const lines = (result: Result, pattern: RegExp) =>
  result.log.filter((line) => line.startsWith('worker-1: ') && pattern.test(line)).length;
/** Effects that the ledger recorded twice. */
const twice = ({ effects }: Result) => effects.length - new Set(effects).size;
/** Commits of worker-1's turns that the database has seen. */
const commits = ({ commits: count }: Result) => count;
const slowest = (result: Result, what: string) =>
  Math.max(...result.log.map((line) => Number(new RegExp(`${what}=[^|]* in (\\d+)`).exec(line)?.[1] ?? 0)));

/** Faults that need a Postgres, files, or a workload that picks and sleeps, each with what makes it more than a record. */
const wide: readonly Wide[] = [
  {
    fault: { kind: 'http', ...request, how: 'refuse', status: 503 },
    met: (result, calm) => [lines(result, /bank=503 Service Unavailable/), calm.effects.length - result.effects.length],
    expected: [2, 2],
  },
  {
    fault: { kind: 'http', ...request, how: 'error-after-effect', status: 502 },
    met: (result, calm) => [lines(result, /bank=502 Bad Gateway/), calm.effects.length - result.effects.length],
    expected: [2, 0],
  },
  {
    fault: { kind: 'http', ...request, count: 5, how: 'corrupt' },
    met: (result) => lines(result, /bank=(?:failed Unexpected|failed Expected|failed Bad|201 (?!true))/) > 0,
    expected: true,
  },
  {
    fault: { kind: 'http', ...request, how: 'truncate' },
    met: (result) => lines(result, /bank=failed terminated/),
    expected: 2,
  },
  // The caller gives up after 2 s (a DOMException's code 23 is TimeoutError); what it asked for happens all the same.
  {
    fault: { kind: 'http', ...request, how: 'delay-request', delayMs: 2500 },
    met: (result) => [lines(result, /bank=failed 23/), result.effects.length - lines(result, /./) - 20 > 0],
    expected: [2, true],
  },
  {
    fault: { kind: 'http', ...request, count: 1, how: 'delay-reply', delayMs: 1500 },
    met: (result) => slowest(result, 'bank') >= 1500,
    expected: true,
  },
  { fault: { kind: 'duplicate', ...request, delayMs: 2500 }, met: twice, expected: 2 },
  {
    fault: { kind: 'duplicate', ...request, link: 'client>bank', label: 'POST /workload', count: 1, delayMs: 0 },
    met: twice,
    expected: 1,
  },
  {
    fault: { kind: 'reorder', ...at, link: 'worker-1>cache', overtakenBy: 2 },
    met: (result) => slowest(result, 'redis') > 100,
    expected: true,
  },
  {
    fault: { kind: 'slow', ...at, host: 'worker-1', factor: 500 },
    met: (result) => slowest(result, 'db') > 80,
    expected: true,
  },
  {
    fault: { kind: 'stall', ...at, process: 'worker-1', stallMs: 40 },
    met: (result) => slowest(result, 'file') >= 160,
    expected: true,
  },
  {
    fault: { kind: 'storm', ...at, server: 'bank', perSecond: 4 },
    met: (result) => slowest(result, 'bank') > 900,
    expected: true,
  },
  {
    fault: { kind: 'load-burst', ...at, factor: 10 },
    met: (result, calm) => result.log.length < calm.log.length,
    expected: true,
  },
  {
    fault: { kind: 'load-skew', ...at, share: 1 },
    met: (result, calm) => hot(result) > hot(calm),
    expected: true,
  },
  {
    fault: { kind: 'load-shuffle', ...at, places: 5 },
    met: (result) => {
      const items = result.effects.filter((key) => key.startsWith('workload')).map((key) => Number(key.split('-')[1]));
      return [items.length, items.some((item, index) => item !== index)];
    },
    expected: [20, true],
  },
  {
    fault: { kind: 'herd', ...at, processes: ['worker-1', 'worker-2'] },
    met: (result, calm) => result.log.length < calm.log.length - 8,
    expected: true,
  },
  {
    fault: { kind: 'calendar', at: 0, epoch: '2026-03-29T00:59:58.000Z' },
    met: (result) => result.log[0]?.includes('2026-03-29T00:59:58.'),
    expected: true,
  },
  {
    fault: { kind: 'time-zone', at: 0, process: 'worker-1', zone: 'Asia/Kathmandu' },
    met: (result) => [lines(result, /zone -345/) > 0, lines(result, /zone 0/)],
    expected: [true, 0],
  },
  {
    fault: { kind: 'reset-at-commit', at: 4000, link: 'db>worker-1', committed: true },
    met: (result, calm) => [lines(result, /db=failed ECONNRESET/), commits(calm) - commits(result)],
    expected: [1, 0],
  },
  {
    fault: { kind: 'reset-at-commit', at: 4000, link: 'worker-1>db', committed: false },
    met: (result, calm) => [lines(result, /db=failed ECONNRESET/), commits(calm) - commits(result)],
    expected: [1, 1],
  },
  {
    fault: { kind: 'connection-limit', ...at, server: 'db', limit: 0 },
    met: (result) => [lines(result, /db=failed 53300/) > 3, result.log.at(-1)?.includes('db=done')],
    expected: [true, true],
  },
  {
    fault: { kind: 'redis-memory', ...at, server: 'cache', policy: 'noeviction' },
    met: (result) => [lines(result, /redis=failed OOM/) > 3, result.log.at(-1)?.includes('redis=failed')],
    expected: [true, false],
  },
  {
    fault: { kind: 'redis-pause', ...at, for: 2000, server: 'cache', mode: 'write' },
    met: (result) => slowest(result, 'redis') > 1900,
    expected: true,
  },
  {
    fault: { kind: 'redis-flush', at: 4000, server: 'cache', what: 'keys' },
    met: (result) => result.log.filter((line) => line.includes('redis=1 ')).length,
    expected: 2,
  },
  {
    fault: { kind: 'disk', ...at, process: 'worker-1', error: 'ENOSPC' },
    met: (result) => [lines(result, /file=failed ENOSPC/) > 3, result.log.at(-1)?.includes('file=written')],
    expected: [true, true],
  },
];

function hot({ effects }: Result): number {
  return effects.filter((key) => key.startsWith('workload') && key.endsWith('-a')).length;
}

interface Result {
  readonly verdict: string;
  readonly reason?: string;
  readonly hash: string;
  readonly phases: readonly string[];
  readonly failures: number;
  readonly log: readonly string[];
  readonly effects: readonly string[];
  readonly commits: number;
}

function run(plans: readonly (readonly DrawnFault[])[], scenario = 'scenario.ts'): readonly Result[] {
  const input = JSON.stringify(plans.map((plan) => plan.map((fault, index) => ({ id: `f${index + 1}`, ...fault }))));
  const output = execFileSync(process.execPath, ['--import', 'tsx', 'test/harness/faults/in-sim/run.ts', scenario], {
    cwd: root,
    maxBuffer: 64 * 1024 * 1024,
    input,
    encoding: 'utf8',
  });
  return JSON.parse(output.trim().split('\n').pop() ?? '') as readonly Result[];
}

it('each kind changes a run, bites once, heals once, and the same fault changes it in the same way', {
  timeout: 120_000,
}, () => {
  const kinds = [...faults, ...wide.map(({ fault }) => fault)].map(({ kind }) => kind);
  expect(new Set([...kinds, ...needPostgres])).toEqual(new Set(faultKinds.keys()));
  const [calm, ...disturbed] = run([[], ...faults.map((fault) => [fault])]);
  expect(calm).toMatchObject({ verdict: 'pass', phases: [], failures: 0 });
  for (const [index, result] of disturbed.entries()) {
    const { kind } = faults[index]!;
    expect({ kind, verdict: result.verdict, reason: result.reason }).toEqual({
      kind,
      verdict: 'pass',
      reason: undefined,
    });
    // Poison is in the payload from the start, and bites whoever reads it, to the end of the run.
    const phases = kind === 'poison' ? ['start', 'heal', 'bit'] : ['start', 'bit', 'heal'];
    expect({ kind, phases: result.phases }).toEqual({ kind, phases });
    expect(result.hash, kind).not.toBe(calm?.hash);
  }
  const failing = disturbed
    .map(({ failures }, index) => (failures > 0 ? faults[index]?.kind : undefined))
    .filter((kind) => kind !== undefined);
  expect(failing).toEqual([
    'partition',
    'blackhole',
    'bandwidth',
    'reset',
    'reply-lost',
    'late-request',
    'redis-restart',
  ]);
  // A few are enough here: `seedstorm verify` is about this.
  const repeated = [0, 4, 7, 12];
  const again = run(repeated.map((index) => [faults[index]!]));
  expect(again.map(({ hash }) => hash)).toEqual(repeated.map((index) => disturbed[index]?.hash));
});

it('programs meet what each fault of services, load, files, calendar and stores says', { timeout: 240_000 }, () => {
  const [calm, ...disturbed] = run([[], ...wide.map(({ fault }) => [fault])], 'wide-scenario.ts');
  expect(calm).toMatchObject({ verdict: 'pass', phases: [], failures: 0 });
  const found = disturbed.map((result, index) => {
    const { verdict, phases } = result;
    return { fault: wide[index]!.fault, verdict, phases, met: wide[index]!.met(result, calm!) };
  });
  const phases = ['start', 'bit', 'heal'];
  expect(found).toEqual(wide.map(({ fault, expected }) => ({ fault, verdict: 'pass', phases, met: expected })));
});

it('a plan that asks for nothing has the hash of the empty plan, and a fault that nothing meets makes the run vacuous', {
  timeout: 120_000,
}, () => {
  const nothing: readonly DrawnFault[] = [
    { kind: 'http', ...request, how: 'refuse', status: 503, count: 0 },
    { kind: 'http', ...request, how: 'truncate', share: 0 },
    { kind: 'http', ...request, how: 'delay-reply', delayMs: 0 },
    { kind: 'duplicate', ...request, delayMs: 0, count: 0 },
    { kind: 'duplicate', ...request, delayMs: 0, share: 0 },
    { kind: 'slow', ...at, host: 'worker-1', factor: 1 },
    { kind: 'stall', ...at, process: 'worker-1', stallMs: 0 },
    { kind: 'load-burst', ...at, factor: 1 },
    { kind: 'load-skew', ...at, share: 0 },
    { kind: 'load-shuffle', ...at, places: 0 },
    { kind: 'delay', ...at, links: ['cache>worker-1'], latencyMs: 0, jitterMs: 0 },
    { kind: 'clock', ...at, host: 'worker-1', offsetMs: 0 },
    { kind: 'clock-step', at: 4000, host: 'worker-1', stepMs: 0 },
  ];
  const never: DrawnFault = { kind: 'http', ...request, label: 'GET /nowhere', how: 'refuse', status: 503 };
  const results = run([[], ...nothing.map((fault) => [fault]), [...nothing], [never]]);
  const vacuous = results.at(-1);
  const [empty, ...same] = results.slice(0, -1);
  for (const [index, { hash, phases, verdict }] of same.entries())
    expect([nothing[index]?.kind, hash, phases, verdict]).toEqual([nothing[index]?.kind, empty?.hash, [], 'pass']);
  expect(vacuous).toMatchObject({ verdict: 'vacuous', phases: ['start', 'heal'] });
  expect(vacuous?.reason).toContain('never bit');
});
