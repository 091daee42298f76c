/** Necessity and likelihood by a judge that is a rule, and the first difference of two histories. */
import { describe, expect, it } from 'vitest';
import { figuresOf, type Judge } from '../../../harness/explore/explain.ts';
import { firstDifference } from '../../../harness/explore/nearest-pass.ts';
import type { HistoryRecord } from '../../../harness/history/record.ts';
import type { Plan } from '../../../harness/plan/format.ts';
import { Streams } from '../../../sim/kernel/streams.ts';

const planOf = (faults: number): Plan => ({
  format: 'seedstorm/plan@1',
  scenario: 'example',
  subject: 'naive',
  seed: 1,
  profile: 'full',
  workload: { draws: null, skip: [] },
  faults: Array.from({ length: faults }, (_, index) => ({ id: `f${index + 1}`, kind: 'pause', at: 0, for: 1 })),
});
const SECOND = 1_000_000;
/** Chance decides at 12.4 s: one future in ten violates before, nine in ten after. */
const judge: Judge = async ({ faults }, fresh) => {
  if (!faults.some(({ id }) => id === 'f1')) return false;
  if (fresh === undefined) return true;
  return fresh.fromMicros > 12.4 * SECOND ? fresh.salt !== '3' : fresh.salt === '3';
};

describe('figuresOf', () => {
  it('tells which fault is needed, and finds the instant at which the share rises', async () => {
    let runs = 0;
    const counted: Judge = (plan, fresh) => {
      runs += 1;
      return judge(plan, fresh);
    };
    const options = { plan: planOf(2), judge: counted, endMicros: 60 * SECOND, runs: 300, lanes: 3 };
    const { necessity, likelihood, needed } = await figuresOf(options);
    expect(runs).toBeLessThan(300);
    expect(needed).toBe('f1');
    expect(necessity).toEqual([
      { faultId: 'f1', runs: 20, violations: 0 },
      { faultId: 'f2', runs: 20, violations: 2 },
    ]);
    const before = likelihood.findLast(({ violations }) => violations === 1)!;
    const after = likelihood.find(({ violations }) => violations === 9)!;
    expect(before.at).toBeLessThanOrEqual(12.4 * SECOND);
    expect(after.at - before.at).toBeLessThan(SECOND / 50);
    expect([likelihood[0]!.at, likelihood.at(-1)!.at]).toEqual([0, 60 * SECOND]);
    expect((await figuresOf(options)).likelihood).toEqual(likelihood);
  });

  it('never makes more runs than its budget, and counts only runs with a verdict', async () => {
    for (const [faults, budget] of [
      [0, 1],
      [1, 10],
      [40, 300],
      [3, 57],
    ] as const) {
      let runs = 0;
      const { necessity, likelihood } = await figuresOf({
        plan: planOf(faults),
        judge: async () => (runs++ % 2 === 0 ? true : undefined),
        endMicros: SECOND,
        runs: budget,
        lanes: 1,
      });
      expect(runs).toBeLessThan(Math.max(budget, 1));
      for (const figure of [...necessity, ...likelihood]) expect(figure.violations).toBe(figure.runs);
    }
  });

  it('ends when the judge has no budget left', async () => {
    const none = await figuresOf({ plan: planOf(1), judge: async () => undefined, endMicros: 9, runs: 300, lanes: 2 });
    expect(none).toEqual({ necessity: [], likelihood: [], needed: undefined });
  });
});

describe('fresh streams', () => {
  it('draw the same up to the refresh and otherwise after it, each salt its own, whoever holds the stream', () => {
    const draws = (salt: string | undefined): readonly number[] => {
      const streams = new Streams(7);
      const held = streams.of('net');
      const before = [held.uint32(), held.uint32()];
      if (salt !== undefined) streams.refresh(salt);
      return [...before, held.uint32(), streams.of('net').uint32(), streams.of('new').uint32()];
    };
    const plain = draws(undefined);
    const a = draws('a');
    expect(draws('a')).toEqual(a);
    expect(a.slice(0, 2)).toEqual(plain.slice(0, 2));
    for (let index = 2; index < 5; index++) expect(new Set([plain[index], a[index], draws('b')[index]]).size).toBe(3);
  });
});

describe('firstDifference', () => {
  const effect = (seq: number, key: string, caller = 'worker-1'): HistoryRecord => ({
    ...{ seq, at: seq * 1000, kind: 'effect', host: 'bank', ledger: 'bank', key, caller },
  });
  const log: HistoryRecord = { seq: 0, at: 1, kind: 'log', host: 'a', stream: 'stdout', text: 'x' };

  it('is the first thing that the world saw otherwise, whenever it happened', () => {
    const here = [log, effect(1, 'one'), effect(2, 'two'), effect(3, 'two', 'worker-2')];
    const there = [effect(4, 'one'), effect(5, 'two')];
    expect(firstDifference(here, there, 'the same plan without f1')).toEqual({
      words: 'the same plan without f1',
      at: 3000,
      here: 'bank records two for worker-2',
      there: null,
      seq: 3,
    });
  });

  it('is nothing where the world saw the same', () => {
    expect(firstDifference([log, effect(1, 'one')], [effect(9, 'one')], '')).toBeUndefined();
  });
});
