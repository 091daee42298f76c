import { describe, expect, it } from 'vitest';
import { readPlan } from '../../../harness/plan/validate.ts';
import { exampleScenario } from './example-scenario.ts';

const scenario = exampleScenario();
const cut = { id: 'f1', kind: 'partition', at: 100, for: 50, between: [['worker-1'], ['cache']], direction: 'both' };
const plan = (...faults: unknown[]) => ({
  format: 'seedstorm/plan@1',
  scenario: 'example',
  subject: 'naive',
  seed: 17,
  profile: 'full',
  workload: { draws: { invoices: 3 }, skip: [] },
  faults,
});
const on = { link: 'cache>worker-2', message: 'reply', label: 'SET leader *', nth: 2 };

describe('readPlan', () => {
  it('fills defaults in', () => {
    const { faults } = readPlan(plan(cut, { id: 'f2', kind: 'pause', process: 'worker-2', for: 20_000, on }), scenario);
    expect(faults).toEqual([
      { ...cut, connect: 'hang' },
      { id: 'f2', kind: 'pause', process: 'worker-2', for: 20_000, on: { ...on, when: 'before' } },
    ]);
  });

  it.each([
    ['no JSON', '{"format":', 'E_PARSE', /^The plan is not JSON: /],
    [
      'a newer format',
      { ...plan(), format: 'seedstorm/plan@2' },
      'E_VERSION',
      /^format: the plan is "seedstorm\/plan@2"/,
    ],
    [
      'another format',
      { format: 'seedstorm/capsule@1' },
      'E_INPUT',
      /^format: expected "seedstorm\/plan@1", found "seedstorm\/capsule@1"/,
    ],
    ['a list', [], 'E_INPUT', /^format: expected .* found nothing/],
    ['an unknown field', { ...plan(), sede: 1 }, 'E_INPUT', /^sede: unknown field\.$/],
    ['a seed that is none', { ...plan(), seed: -1 }, 'E_INPUT', /^seed: .*\(it is -1\)\.$/],
    [
      'an unknown kind',
      plan({ ...cut, kind: 'partiton' }),
      'E_INPUT',
      /^faults\[0\]\.kind: unknown kind "partiton"; kinds are partition, delay/,
    ],
    ['a negative time', plan({ ...cut, at: -5 }), 'E_INPUT', /^faults\[0\]\.at: .*\(it is -5\)\.$/],
    [
      'a negative duration',
      plan(cut, { ...cut, id: 'f2', for: -5 }),
      'E_INPUT',
      /^faults\[1\]\.for: .*\(it is -5\)\.$/,
    ],
    [
      'a fault that never starts',
      plan({ ...cut, at: undefined }),
      'E_INPUT',
      /^faults\[0\]\.at: a fault starts "at" a time/,
    ],
    [
      'a field of another kind',
      plan({ ...cut, process: 'worker-1' }),
      'E_INPUT',
      /^faults\[0\]\.process: unknown field\.$/,
    ],
    [
      'an unknown host',
      plan(cut, { ...cut, id: 'f2', between: [['worker-1', 'wroker-1'], ['cache']] }),
      'E_INPUT',
      /^faults\[1\]\.between\[0\]\[1\]: unknown host "wroker-1"; hosts are worker-1, worker-2, worker-3, api, cache, cache-replica-1, cache-replica-2, db, bank, client\.$/,
    ],
    [
      'a service that would be crashed',
      plan({ id: 'f1', kind: 'crash', at: 1, for: 1, process: 'bank' }),
      'E_INPUT',
      /^faults\[0\]\.process: unknown process "bank"; processes are worker-1/,
    ],
    [
      'a link without an arrow',
      plan({ id: 'f1', kind: 'reset', at: 1, link: 'cache' }),
      'E_INPUT',
      /^faults\[0\]\.link: a link is written "from>to"/,
    ],
    [
      'an unknown host of a link',
      plan({ id: 'f1', kind: 'delay', at: 1, for: 1, links: ['cache>api', 'cash>api'], latencyMs: 1, jitterMs: 0 }),
      'E_INPUT',
      /^faults\[0\]\.links\[1\]: unknown host "cash"/,
    ],
    [
      'a trigger that matches no host',
      plan({ ...cut, on: { ...on, link: 'cache>job-*' } }),
      'E_INPUT',
      /^faults\[0\]\.on\.link: no host matches "job-\*"/,
    ],
    [
      'a trigger that counts from zero',
      plan({ ...cut, on: { ...on, nth: 0 } }),
      'E_INPUT',
      /^faults\[0\]\.on\.nth: .*\(it is 0\)\.$/,
    ],
    [
      'a fault outside the run',
      plan({ ...cut, at: 60_000 }),
      'E_INPUT',
      /^faults\[0\]\.at: 60000 ms lies outside the run; faults start before 60000 ms\.$/,
    ],
    ['two faults of one id', plan(cut, cut), 'E_INPUT', /^faults\[1\]\.id: "f1" is the id of faults\[0\] already\.$/],
    ['a plan of another scenario', { ...plan(), scenario: 'other' }, 'E_INPUT', /^scenario: the plan is of "other"/],
    [
      'a delivered reply that gets lost',
      plan({ id: 'f1', kind: 'reply-lost', link: 'cache>api', on: { ...on, when: 'after' } }),
      'E_INPUT',
      /^faults\[0\]\.on: a delivered reply cannot be lost/,
    ],
    [
      'a clock fault without an error',
      plan({ id: 'f1', kind: 'clock', host: 'api', at: 1, for: 1 }),
      'E_INPUT',
      /^faults\[0\]\.offsetMs: a clock fault has/,
    ],
  ])('refuses %s by naming the field', (_what, value, code, message) => {
    let error: unknown;
    try {
      readPlan(value, scenario);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
  });
});
