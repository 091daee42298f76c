import { describe, expect, it } from 'vitest';
import type { UnplacedRecord } from '../../../harness/history/record.ts';
import { oneChangeAFault, takeoverInTime } from '../../../scenarios/leader-lease-fencing/succession-checkers.ts';
import { check, fault } from './check.ts';

const succession = {
  takeoverMs: 22_000,
  quietMs: 10_000,
  settleMs: 60_000,
  table: 'leadership',
  owner: 'owner',
};

const grant = (atMs: number, owner: string) =>
  [
    atMs,
    {
      kind: 'commit',
      host: 'db',
      server: 'db',
      tx: 1,
      lsn: '0/1',
      rows: [{ table: 'leadership', op: 'update', new: { role: 'billing', token: '1', owner } }],
    },
  ] as const satisfies readonly [number, UnplacedRecord];
const crash = (atMs: number, process: string) =>
  [atMs, { kind: 'process', host: process, process, state: 'crashed' }] as const satisfies readonly [
    number,
    UnplacedRecord,
  ];
const crashOf = (atMs: number, process: string) => [
  fault(atMs, 'start', `${process} is killed`, process, `crash at ${atMs}`),
  crash(atMs, process),
  fault(atMs + 5_000, 'heal', `${process} is killed: over`, process, `crash at ${atMs}`),
];

describe('takeoverInTime', () => {
  it('passes a grant within the bound', () => {
    const records = [grant(100, 'worker-1'), ...crashOf(20_000, 'worker-1'), grant(36_000, 'worker-2')];
    expect(check(takeoverInTime(succession), records)).toEqual({ violation: undefined, premises: 1 });
  });

  it('finds a crash that no grant follows in time', () => {
    const records = [grant(100, 'worker-1'), ...crashOf(20_000, 'worker-1'), grant(42_001, 'worker-2')];
    expect(check(takeoverInTime(succession), records).violation?.message).toBe(
      'worker-1, the leader, crashed at 20.000 s, and by 42.000 s nobody had succeeded it.',
    );
  });

  it('does not judge the crash of another worker, nor one near another fault', () => {
    const other = [grant(100, 'worker-1'), ...crashOf(20_000, 'worker-2')];
    expect(check(takeoverInTime(succession), other).premises).toBe(0);
    const near = [
      grant(100, 'worker-1'),
      fault(12_000, 'start', 'x', 'redis', 'f9'),
      fault(13_000, 'heal', 'x', 'redis', 'f9'),
    ];
    expect(check(takeoverInTime(succession), [...near, ...crashOf(20_000, 'worker-1')]).premises).toBe(0);
  });
});

describe('oneChangeAFault', () => {
  const cut = (id = 'f1') => [
    fault(20_000, 'start', 'worker-1 cut from redis', 'worker-1', id),
    fault(40_000, 'heal', 'worker-1 cut from redis: over', 'worker-1', id),
  ];

  it('passes one change, and renewed grants of the same leader', () => {
    const records = [grant(100, 'worker-1'), ...cut(), grant(41_000, 'worker-2'), grant(50_000, 'worker-2')];
    expect(check(oneChangeAFault(succession), records, 40_000)).toEqual({ violation: undefined, premises: 1 });
  });

  it('finds a leadership that goes to and fro', () => {
    const records = [grant(100, 'worker-1'), ...cut(), grant(41_000, 'worker-2'), grant(43_000, 'worker-1')];
    expect(check(oneChangeAFault(succession), records, 40_000).violation).toMatchObject({
      message:
        'One fault (worker-1 cut from redis) moved the leadership 2 times: to worker-2 at 41.000 s, worker-1 at 43.000 s.',
      witness: [1, 3, 4],
    });
  });

  it('does not judge two faults at once, nor one whose time is not over', () => {
    const changes = [grant(41_000, 'worker-2'), grant(43_000, 'worker-1')];
    const [start, heal] = cut('f2') as [ReturnType<typeof fault>, ReturnType<typeof fault>];
    const both = [grant(100, 'worker-1'), start, ...cut(), heal, ...changes];
    expect(check(oneChangeAFault(succession), both, 40_000)).toEqual({ violation: undefined, premises: 0 });
    const early = [grant(100, 'worker-1'), ...cut(), ...changes];
    expect(check(oneChangeAFault({ ...succession, takeoverMs: 90_000 }), early).premises).toBe(0);
  });
});
