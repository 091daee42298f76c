/**
 * Goal: shrinking finds the cause among many faults, within a budget that a person waits for. Method: plans of 30 to 40 drawn faults of
 * which one to three are the planted cause; the predicate knows the cause only, so the number of its calls is the cost.
 */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { faultKinds } from '../../../harness/faults/registry.ts';
import { describePlan } from '../../../harness/plan/describe.ts';
import type { Fault, Plan } from '../../../harness/plan/format.ts';
import { generatePlan } from '../../../harness/plan/generate.ts';
import { randomOf } from '../../../harness/plan/random.ts';
import { shrinking, shrinkPlan } from '../../../harness/plan/shrink.ts';
import { readPlan } from '../../../harness/plan/validate.ts';
import type { fault } from '../../../harness/scenario.ts';
import { everyFault, exampleScenario, furtherFaults } from './example-scenario.ts';

const wide = exampleScenario({ ...everyFault, choose: 'any', min: 30, max: 40 } as ReturnType<typeof fault.any>);
const further = exampleScenario({ ...furtherFaults, choose: 'any', min: 30, max: 40 } as ReturnType<typeof fault.any>);
const furtherPlan = (seed: number) => generatePlan({ scenario: further, subject: 'naive', seed, profile: 'full' });
const planOf = (seed: number) => generatePlan({ scenario: wide, subject: 'naive', seed, profile: 'full' });
const budget = { runs: 5000, seconds: 1e9, now: () => 0 };

/** Faults that must be there, each lasting at least half as long as it was drawn. */
function planted(plan: Plan, seed: number): readonly Fault[] {
  const random = randomOf(seed, 'planted');
  const count = random.nextInt(1, 3);
  const indices = new Set<number>();
  while (indices.size < count) indices.add(random.nextInt(0, plan.faults.length - 1));
  return [...indices].map((index) => plan.faults[index]!);
}

function stillBreaks(candidate: Plan, causes: readonly Fault[]): boolean {
  return causes.every((cause) =>
    candidate.faults.some(({ id, for: forMs }) => id === cause.id && (forMs ?? 0) >= (cause.for ?? 0) / 2),
  );
}

describe('shrinkPlan', () => {
  it('finds 1 to 3 planted causes among 30 to 40 faults in a median of at most 150 runs', async () => {
    const costs: number[] = [];
    for (let seed = 1; seed <= 100; seed++) {
      const plan = planOf(seed);
      const causes = planted(plan, seed);
      const result = await shrinkPlan(plan, async (candidate) => stillBreaks(candidate, causes), budget);
      expect(result.stopped).toBe('minimal');
      expect(result.plan.faults.map(({ id }) => id).sort()).toEqual(causes.map(({ id }) => id).sort());
      expect(stillBreaks(result.plan, causes)).toBe(true);
      costs.push(result.runs);
    }
    costs.sort((a, b) => a - b);
    const median = costs[costs.length / 2]!;
    console.log(`shrinking, 100 plans: median ${median} runs, at most ${costs.at(-1)}`);
    expect(median).toBeLessThanOrEqual(150);
  });

  it('claims a minimum only where no fault can be dropped, shortened or weakened', async () => {
    for (let seed = 1; seed <= 40; seed++) {
      const plan = planOf(seed);
      const causes = planted(plan, seed);
      // Causes must overlap, too: a rule over several faults at once.
      const fails = (candidate: Plan) =>
        stillBreaks(candidate, causes) && candidate.faults.reduce((sum, fault) => sum + (fault.at ?? 0), 0) % 7 !== 3;
      const start = fails(plan) ? plan : planOf(seed + 1000);
      if (!fails(start)) continue;
      const result = await shrinkPlan(start, async (candidate) => fails(candidate), budget);
      expect(result.stopped).toBe('minimal');
      for (const [index, fault] of result.plan.faults.entries()) {
        expect(fails({ ...result.plan, faults: result.plan.faults.toSpliced(index, 1) })).toBe(false);
        for (const simpler of faultKinds.get(fault.kind)!.shrink(fault))
          expect(fails({ ...result.plan, faults: result.plan.faults.with(index, simpler) })).toBe(false);
      }
    }
  });

  it('claims no minimum while a candidate has no verdict, and asks for it again', async () => {
    const plan = planOf(4);
    const needed = plan.faults[2]!.id;
    let asked = 0;
    const result = await shrinkPlan(
      plan,
      async ({ faults }) => {
        if (faults.length === 0) {
          asked += 1;
          return 'unjudged';
        }
        return faults.some(({ id }) => id === needed);
      },
      budget,
    );
    expect(result.plan.faults.map(({ id }) => id)).toEqual([needed]);
    expect(result.stopped).toBe('unproven');
    expect(asked).toBeGreaterThan(1);
  });

  it('leaves out processes that no fault names, and says so in words', async () => {
    const plan: Plan = {
      ...planOf(1),
      faults: [{ id: 'f1', kind: 'pause', at: 0, for: 1, process: 'worker-1' }],
    };
    const result = await shrinkPlan(
      plan,
      async ({ faults, absent = [] }) => faults.length === 1 && !absent.includes('api'),
      { ...budget, processes: ['worker-1', 'worker-2', 'worker-3', 'api'] },
    );
    expect(result).toMatchObject({ stopped: 'minimal', plan: { absent: ['worker-2', 'worker-3'] } });
    expect(describePlan(result.plan)).toContain('without worker-2, worker-3');
    expect(readPlan(result.plan, wide).absent).toEqual(['worker-2', 'worker-3']);
    expect(() => readPlan({ ...result.plan, absent: ['worker-9'] }, wide)).toThrow(
      /absent\[0\]: unknown process "worker-9"/,
    );
    expect(() => readPlan({ ...result.plan, absent: ['worker-1'] }, wide)).toThrow(
      /faults\[0\]\.process: "worker-1" is never started/,
    );
  });

  it('shortens together what must end together, and closes gaps between groups', async () => {
    const pause = { kind: 'pause', for: 8000 };
    const plan: Plan = {
      ...planOf(1),
      faults: [
        { id: 'f1', ...pause, at: 10_000, process: 'worker-1' },
        { id: 'f2', ...pause, at: 30_000, process: 'worker-2' },
        { id: 'f3', ...pause, at: 30_000, process: 'worker-3' },
      ],
    };
    const fails = async ({ faults }: Plan) =>
      faults.length === 3 &&
      faults.every(({ for: forMs }) => forMs === faults[0]!.for && (forMs ?? 0) >= 2000) &&
      faults[1]!.at === faults[2]!.at &&
      faults[1]!.at! >= faults[0]!.at! + 5000;
    const { plan: shrunk } = await shrinkPlan(plan, fails, budget);
    expect(shrunk.faults.map(({ for: forMs }) => forMs)).toEqual([2000, 2000, 2000]);
    expect(shrunk.faults[0]!.at).toBe(0);
    expect(shrunk.faults[1]!.at).toBeLessThan(6000);
  });

  it('never returns a plan that does not fail, whatever the predicate', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 0, max: 60 }), async (seed, runs) => {
        const plan = planOf(seed);
        const failing = new Set<string>([JSON.stringify(plan)]);
        let asked = 0;
        const seen = new Set<string>();
        const result = await shrinkPlan(
          plan,
          async (candidate) => {
            const text = JSON.stringify(candidate);
            expect(seen.has(text)).toBe(false);
            seen.add(text);
            asked += 1;
            const fails = (text.length * 31 + asked) % 3 === 0;
            if (fails) failing.add(text);
            return fails;
          },
          { ...budget, runs },
        );
        expect(failing.has(JSON.stringify(result.plan))).toBe(true);
        expect(asked).toBeLessThanOrEqual(runs);
        expect(result.runs).toBe(asked);
      }),
      { seed: 7, numRuns: 50 },
    );
  });

  it('keeps the best so far when the time is up or the predicate throws', async () => {
    const plan = planOf(3);
    const needed = plan.faults[4]!.id;
    const fails = async (candidate: Plan) => candidate.faults.some(({ id }) => id === needed);
    let ms = 0;
    const timed = await shrinkPlan(plan, fails, { runs: 1000, seconds: 4, now: () => (ms += 1000) });
    expect(timed).toMatchObject({ stopped: 'seconds', runs: 3 });
    expect(timed.plan.faults.length).toBeLessThan(30);
    let calls = 0;
    const broken = await shrinkPlan(
      plan,
      async (candidate) => {
        calls += 1;
        if (calls === 4) throw new Error('the child died');
        return fails(candidate);
      },
      budget,
    );
    expect(broken).toMatchObject({ stopped: 'error', error: new Error('the child died') });
    expect(await fails(broken.plan)).toBe(true);
  });

  it('leaves workload items out, and makes draws smaller', async () => {
    const plan = { ...planOf(5), faults: [], workload: { draws: { invoices: 37 }, skip: [] } };
    const arbitrary = fc.record({ invoices: fc.integer({ min: 1, max: 40 }) }) as fc.Arbitrary<unknown>;
    const draws = async (value: unknown) => [...arbitrary.shrink(value, undefined)].map((smaller) => smaller.value);
    const result = await shrinkPlan(
      plan,
      async ({ workload }) => {
        const { invoices } = workload.draws as { invoices: number };
        const runs = (item: number) => item < invoices && !workload.skip.includes(item);
        return { fails: runs(3) && runs(11), items: invoices };
      },
      { ...budget, items: 37, draws },
    );
    expect(result.plan.workload.draws).toEqual({ invoices: 12 });
    expect(result.plan.workload.skip).toEqual([0, 1, 2, 4, 5, 6, 7, 8, 9, 10]);
  });

  it('moves faults that must overlap together', async () => {
    const pause = { kind: 'pause', for: 1000, process: 'worker-1' };
    const plan: Plan = {
      ...planOf(1),
      faults: [
        { id: 'f1', ...pause, at: 20_000 },
        { id: 'f2', ...pause, at: 20_000, process: 'worker-2' },
      ],
    };
    const fails = async ({ faults }: Plan) =>
      faults.length === 2 && faults[0]!.at === faults[1]!.at && faults[0]!.for === 1000;
    const { plan: shrunk } = await shrinkPlan(plan, fails, budget);
    expect(shrunk.faults.map(({ at }) => at)).toEqual([0, 0]);
  });

  it('tells its progress after each run, and can be left at any time', async () => {
    const plan = planOf(2);
    const steps: number[] = [];
    for await (const { runs, best } of shrinking(plan, async () => true, budget)) {
      steps.push(runs);
      expect(best.faults).toEqual([]);
      if (runs === 1) break;
    }
    expect(steps).toEqual([1]);
  });
});

describe('each kind shrinks to smaller faults only', () => {
  it('a shrunk value is strictly smaller, valid, and never the fault itself', () => {
    const seen = new Set<string>();
    for (let seed = 1; seed <= 40; seed++) {
      for (const drawn of [...planOf(seed).faults, ...furtherPlan(seed).faults]) {
        const kind = faultKinds.get(drawn.kind)!;
        for (const smaller of kind.shrink(drawn)) {
          seen.add(drawn.kind);
          expect(kind.schema.safeParse(smaller).success).toBe(true);
          expect(smaller).not.toEqual(drawn);
          expect(size(smaller)).toBeLessThan(size(drawn));
        }
      }
    }
    // What holds for the whole run has nothing smaller.
    for (const [name, { setting }] of faultKinds) expect([name, seen.has(name)]).toEqual([name, setting === undefined]);
  });
});

/** Sum of all magnitudes, names and non-default words of a fault. */
function size(value: unknown): number {
  if (typeof value === 'number') return Math.abs(value);
  if (typeof value === 'string')
    return { nothing: 0, unsynced: 1, everything: 2, forward: 0, backward: 0, write: 0, ENOSPC: 0 }[value] ?? 3;
  if (typeof value !== 'object' || value === null) return 0;
  return Object.values(value).reduce((sum: number, part) => sum + 1 + size(part), 0);
}
