import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { faultKinds } from '../../../harness/faults/registry.ts';
import { describePlan } from '../../../harness/plan/describe.ts';
import type { Plan } from '../../../harness/plan/format.ts';
import { generatePlan, withoutFaults } from '../../../harness/plan/generate.ts';
import { readPlan } from '../../../harness/plan/validate.ts';
import { fault } from '../../../harness/scenario.ts';
import { exampleScenario, furtherFaults } from './example-scenario.ts';

const scenario = exampleScenario();
const planOf = (seed: number, profile: 'full' | 'short' = 'full') =>
  generatePlan({ scenario, subject: 'naive', seed, profile });
const plans = (count: number) => Array.from({ length: count }, (_, index) => planOf(index + 1));
const goldenFile = new URL('./generate.golden.txt', import.meta.url);

const further = exampleScenario(furtherFaults);
const furtherPlan = (seed: number, profile: 'full' | 'short' = 'full') =>
  generatePlan({ scenario: further, subject: 'naive', seed, profile });

function inWords(plan: Plan): string {
  return [
    `seed ${plan.seed}: ${JSON.stringify(plan.workload.draws)}`,
    ...describePlan(plan).map((line) => `  ${line}`),
  ].join('\n');
}

describe('generatePlan', () => {
  it('gives the plans of the golden file for 100 seeds (UPDATE_GOLDEN=1 writes it)', () => {
    const text = `${plans(100).map(inWords).join('\n')}\n`;
    if (process.env.UPDATE_GOLDEN === '1') writeFileSync(goldenFile, text);
    expect(existsSync(goldenFile)).toBe(true);
    expect(text).toBe(readFileSync(goldenFile, 'utf8'));
  });

  it('gives the same plan for the same seed, and plans that its own reader accepts', () => {
    for (const plan of plans(300)) {
      expect(planOf(plan.seed)).toEqual(plan);
      expect(readPlan(JSON.stringify(plan), scenario)).toEqual(plan);
      const other = furtherPlan(plan.seed);
      expect(readPlan(JSON.stringify(other), further)).toEqual(other);
      for (const line of describePlan(other)) expect(line).not.toMatch(/undefined|NaN|unknown kind/);
    }
  });

  it('ends all faults before nine tenths of the duration, in both profiles', () => {
    for (const [profile, durationMs] of [
      ['full', 60_000],
      ['short', 8_000],
    ] as const) {
      for (let seed = 1; seed <= 300; seed++) {
        for (const { at, for: forMs } of [...planOf(seed, profile).faults, ...furtherPlan(seed, profile).faults]) {
          expect((at ?? Number.NaN) + (forMs ?? 0)).toBeLessThanOrEqual(durationMs * 0.9);
        }
      }
    }
  });

  it('leaves no fault without its message behind cuts and pauses, one after the other until the time for faults is over', () => {
    const cuts = fault.partition({ links: ['worker-1>cache'], min: '15s', max: '26s' });
    const pauses = fault.pause({ processes: ['worker-1'], min: '15s', max: '26s' });
    const delay = fault.delay({ links: ['cache>worker-1'] });
    const crowded = exampleScenario(fault.any(cuts, pauses, delay, { min: 3, max: 4 }));
    const left: Plan[] = [];
    let met = 0;
    for (let seed = 1; seed <= 500; seed++) {
      const plan = generatePlan({ scenario: crowded, subject: 'naive', seed, profile: 'full' });
      for (const waiting of plan.faults.filter(({ kind, on }) => kind === 'delay' && on !== undefined)) {
        const silent = plan.faults.filter((other) => other !== waiting && ['partition', 'pause'].includes(other.kind));
        if (silent.length < 2) continue;
        met++;
        let endMs = 0;
        for (const { at, for: forMs } of silent) endMs = Math.max(endMs, at!) + forMs!;
        if (endMs > 54_000) left.push(plan);
      }
    }
    expect(met).toBeGreaterThan(50);
    expect(left).toEqual([]);
  });

  it('leaves out the kinds that need an act which the world of the run lacks', () => {
    const without = new Set(['disturbHost', 'tamper'] as const);
    const options = { scenario: further, subject: 'naive', profile: 'full' } as const;
    const kinds = Array.from({ length: 300 }, (_, index) => generatePlan({ ...options, seed: index + 1, without }))
      .flatMap((plan) => plan.faults)
      .map(({ kind }) => kind);
    expect(kinds.length).toBeGreaterThan(100);
    for (const kind of new Set(kinds)) {
      expect(faultKinds.get(kind)!.acts.filter((act) => act === 'disturbHost' || act === 'tamper')).toEqual([]);
    }
  });

  it('uses every kind, and ties about six faults in ten to a message, of links nine', () => {
    const faults = plans(600).flatMap((plan) => plan.faults);
    const further = Array.from({ length: 600 }, (_, index) => furtherPlan(index + 1).faults).flat();
    const kinds = new Set([...faults, ...further].map(({ kind }) => kind));
    expect([...kinds].sort()).toEqual([...faultKinds.keys()].sort());
    const share = (kinds: readonly string[]) => {
      const some = faults.filter(({ kind }) => kinds.includes(kind));
      return some.filter(({ on }) => on !== undefined).length / some.length;
    };
    expect(Math.abs(share(['crash', 'pause', 'exit', 'clock', 'redis-restart']) - 0.6)).toBeLessThan(0.06);
    expect(Math.abs(share(['partition', 'blackhole', 'delay', 'bandwidth']) - 0.9)).toBeLessThan(0.06);
    expect(share(['reset', 'reply-lost', 'late-request'])).toBe(1);
  });

  it('makes points concrete', () => {
    const faults = plans(400).flatMap((plan) => plan.faults);
    const pauses = faults.filter(({ kind, on }) => kind === 'pause' && on?.label === 'SET leader *');
    expect(new Set(pauses.map(({ on }) => on?.link))).toEqual(
      new Set(['cache>worker-1', 'cache>worker-2', 'cache>worker-3']),
    );
    for (const { process, on } of pauses) expect(on?.link).toBe(`cache>${process}`);
    for (const { on } of faults.filter(({ kind }) => kind === 'reply-lost')) {
      expect(on?.nth).toBeLessThanOrEqual(on?.label === '*' ? 200 : 20);
    }
  });

  it('does not let the faults change the workload of a seed, nor the workload the faults', () => {
    const calm = exampleScenario(fault.none());
    for (let seed = 1; seed <= 20; seed++) {
      const plan = generatePlan({ scenario: calm, subject: 'naive', seed, profile: 'full' });
      expect(plan.workload).toEqual(planOf(seed).workload);
      expect(plan.faults).toEqual([]);
      expect(withoutFaults(planOf(seed)).faults).toEqual([]);
    }
  });

  it('honours weights, and a choice of one kind', () => {
    const scenario = exampleScenario(fault.any(fault.crash({ weight: 0 }), fault.pause(), { min: 2, max: 2 }));
    const kinds = new Set<string>();
    for (let seed = 1; seed <= 100; seed++) {
      const { faults } = generatePlan({ scenario, subject: 'naive', seed, profile: 'full' });
      expect(faults).toHaveLength(2);
      for (const { kind } of faults) kinds.add(kind);
    }
    // A swarm may switch everything but the weightless kind off.
    expect(kinds.has('pause')).toBe(true);
  });

  it('names a glob that matches nothing', () => {
    const scenario = exampleScenario(fault.crash({ processes: ['wroker-*'] }));
    expect(() => generatePlan({ scenario, subject: 'naive', seed: 1, profile: 'full' })).toThrow(
      'fault.crash: no process matches wroker-*; the scenario has worker-1, worker-2, worker-3, api.',
    );
  });
});

describe('composition', () => {
  const faultsOf = (choice: Parameters<typeof exampleScenario>[0], seed: number) =>
    generatePlan({ scenario: exampleScenario(choice), subject: 'naive', seed, profile: 'full' }).faults;
  const seeds = Array.from({ length: 100 }, (_, index) => index + 1);

  it('exactly takes so many kinds, none twice, and all there are when it asks for more', () => {
    const three = [fault.pause(), fault.crash(), fault.replyLost()];
    for (const seed of seeds) {
      const kinds = faultsOf(fault.exactly(2, ...three), seed).map(({ kind }) => kind);
      expect([kinds.length, new Set(kinds).size]).toEqual([2, 2]);
      expect(faultsOf(fault.exactly(9, ...three), seed)).toHaveLength(3);
    }
  });

  it('a burst draws each fault anew, close together, and all end in time', () => {
    const choice = fault.burst(fault.any(fault.pause(), fault.crash(), { max: 1 }), { times: [4, 4], within: '2s' });
    const seen = new Set<string>();
    for (const seed of seeds) {
      const faults = faultsOf(choice, seed);
      expect(faults).toHaveLength(4);
      expect(faults[3]!.at! - faults[0]!.at!).toBeLessThanOrEqual(3 * 2000);
      for (const { at, for: forMs, on } of faults) {
        expect(at! + forMs!).toBeLessThanOrEqual(54_000);
        expect(on).toBeUndefined();
      }
      for (const { process } of faults) seen.add(String(process));
    }
    expect(seen.size).toBe(4);
  });

  it('flapping brings the same fault back with one period, over before it comes again', () => {
    for (const seed of seeds) {
      const faults = faultsOf(fault.flapping(fault.partition(), { times: [3, 8], period: ['1s', '5s'] }), seed);
      expect(faults.length).toBeGreaterThanOrEqual(3);
      const periods = new Set(faults.slice(1).map(({ at }, index) => at! - faults[index]!.at!));
      expect(periods.size).toBe(1);
      const [period = 0] = periods;
      for (const { for: forMs, between } of faults) {
        expect(forMs!).toBeLessThanOrEqual(period / 2);
        expect(between).toEqual(faults[0]!.between);
      }
    }
  });

  it('between ties faults to the reply of the check or to the request of the act', () => {
    const pair = { link: 'db>worker-*', check: 'SELECT *', act: 'UPDATE *' };
    const tied = seeds
      .flatMap((seed) => faultsOf(fault.between(fault.pause({ processes: ['worker-*'] }), pair), seed))
      .flatMap(({ on }) =>
        on === undefined ? [] : [`${on.link.replace(/\d/, 'n')} ${on.message} ${on.label} ${on.when}`],
      );
    expect(new Set(tied)).toEqual(new Set(['db>worker-n reply SELECT * after', 'worker-n>db request UPDATE * before']));
  });

  it('refuses a link of a pair that no host has', () => {
    const pair = { link: 'nowhere>worker-*', check: 'A', act: 'B' };
    expect(() => seeds.map((seed) => faultsOf(fault.between(fault.pause(), pair), seed))).toThrow('No link matches');
  });
});
