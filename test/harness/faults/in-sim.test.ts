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
];
const needPostgres = ['postgres-restart', 'terminate-backends', 'hold-lock'];

interface Result {
  readonly verdict: string;
  readonly reason?: string;
  readonly hash: string;
  readonly phases: readonly string[];
  readonly failures: number;
}

function run(plans: readonly (readonly DrawnFault[])[]): readonly Result[] {
  const input = JSON.stringify(plans.map((plan) => plan.map((fault, index) => ({ id: `f${index + 1}`, ...fault }))));
  const output = execFileSync(process.execPath, ['--import', 'tsx', 'test/harness/faults/in-sim/run.ts'], {
    cwd: root,
    input,
    encoding: 'utf8',
  });
  return JSON.parse(output.trim().split('\n').pop() ?? '') as readonly Result[];
}

it('each kind changes a run, bites once, heals once, and the same fault changes it in the same way', {
  timeout: 120_000,
}, () => {
  expect([...faults.map(({ kind }) => kind), ...needPostgres].sort()).toEqual([...faultKinds.keys()].sort());
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
