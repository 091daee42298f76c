import { expect, it } from 'vitest';
import { describePlan } from '../../../harness/plan/describe.ts';
import type { Fault, Plan } from '../../../harness/plan/format.ts';

it('tells a plan in words, one line a fault', () => {
  const on = { link: 'redis>worker-2', message: 'reply', label: 'SET leader *', nth: 2, when: 'before' } as const;
  const faults: Fault[] = [
    {
      id: 'f1',
      kind: 'partition',
      at: 12_000,
      for: 8000,
      between: [['worker-1'], ['redis', 'db']],
      direction: 'both',
      connect: 'hang',
    },
    { id: 'f2', kind: 'pause', process: 'worker-2', for: 20_000, on },
    { id: 'f3', kind: 'pause', process: 'worker-2', for: 250, at: 40_000, on: { ...on, label: '*', when: 'after' } },
    { id: 'f4', kind: 'reply-lost', at: 1500, link: 'bank>worker-1', label: '201 POST /charge' },
    { id: 'f5', kind: 'reset', at: 5000, on, link: 'redis>worker-2' },
    { id: 'f6', kind: 'clock', host: 'worker-1', at: 0, for: 60_000, offsetMs: -300_000, driftPpm: 200 },
  ];
  const plan = { faults, workload: { draws: { invoices: 9 }, skip: [7, 1, 2, 3, 5] } } as unknown as Plan;
  expect(describePlan(plan)).toEqual([
    'f1, at 12 s: worker-1 cut from redis and db for 8 s',
    'f2, before delivery of reply 2 "SET leader *" from redis to worker-2: worker-2 is paused for 20 s',
    'f3, after delivery of reply 2 from redis to worker-2, or at 40 s: worker-2 is paused for 250 ms',
    'f4, with the next reply after 1.5 s: the reply to "201 POST /charge" from bank to worker-1 is lost, its request executed',
    'f5, before delivery of reply 2 "SET leader *" from redis to worker-2, or of the next one after 5 s: connections between redis and worker-2 are reset',
    'f6, at 0 ms: the clock of worker-1 is 300 s behind and runs 200 ppm fast for 60 s',
    'workload without its items 1-3, 5, 7',
  ]);
  expect(describePlan({ ...plan, faults: [], workload: { draws: null, skip: [] } })).toEqual(['no faults']);
});
