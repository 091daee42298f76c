import { describe, expect, it } from 'vitest';
import type { Checker, Finding, Judge } from '../../harness/checkers/checker.ts';
import { mergeVerdicts } from '../../harness/checkers/merge.ts';
import { createRecorder } from '../../harness/history/recorder.ts';
import { startJudging } from '../../harness/judging.ts';

function checker(name: string, when: 'always' | 'settle', judge: Partial<Judge>, settleMs = 0): Checker {
  return {
    name,
    claim: name,
    id: 'C0',
    when,
    settleMs,
    liveness: false,
    start: () => ({ record: () => undefined, settle: () => undefined, premises: () => 1, ...judge }),
  };
}

const violated = (invariant: string): Finding => ({ violation: { invariant, message: 'it broke', witness: [0] } });

function history() {
  const recorder = createRecorder({ keepMessages: false });
  const accept = () => {
    recorder.record(0, { kind: 'op', host: 'client', id: '1', phase: 'invoke', f: 'post' });
    recorder.record(1, { kind: 'op', host: 'client', id: '1', phase: 'ok', f: 'post' });
  };
  return { recorder, accept };
}

describe('judging', () => {
  it('ends at the first violation of an always checker and feeds nobody after it', () => {
    const { recorder, accept } = history();
    let later = 0;
    const judging = startJudging(
      [
        checker('first', 'always', { record: (record) => (record.seq === 1 ? violated('first') : undefined) }),
        checker('second', 'always', {
          record: () => {
            later += 1;
            return undefined;
          },
        }),
      ],
      { onAlwaysViolation: ({ invariant }) => calls.push(invariant) },
    );
    const calls: string[] = [];
    recorder.subscribe((record) => judging.feed(record));
    accept();
    recorder.record(2, { kind: 'mark', host: 'client', name: 'late' });
    expect(calls).toEqual(['first']);
    expect(later).toBe(1);
    expect(judging.conclude({ faults: [] })).toMatchObject({ verdict: 'violation', violation: { invariant: 'first' } });
  });

  it('lets each settle checker judge once, at its own time after the heal', () => {
    const settled: string[] = [];
    const at = (name: string) => ({
      settle: () => {
        settled.push(name);
        return undefined;
      },
    });
    const judging = startJudging([
      checker('slow', 'settle', at('slow'), 60_000),
      checker('fast', 'settle', at('fast'), 5_000),
    ]);
    expect(judging.nextSettleAt(1_000_000)).toBe(6_000_000);
    judging.settle({ healedAt: 1_000_000, now: 6_000_000 });
    judging.settle({ healedAt: 1_000_000, now: 6_000_000 });
    expect(settled).toEqual(['fast']);
    expect(judging.nextSettleAt(1_000_000)).toBe(61_000_000);
    judging.settle({ healedAt: 1_000_000, now: 61_000_000 });
    expect(judging.nextSettleAt(1_000_000)).toBeUndefined();
    expect(judging.conclude({ faults: [], accepted: 1 }).verdict).toBe('pass');
  });

  it('never passes when nothing was accepted, nothing was judged, a fault never bit, or a checker did not judge', () => {
    const settle = (judge: Partial<Judge>) => {
      const judging = startJudging([checker('settle', 'settle', judge)]);
      judging.settle({ healedAt: 0, now: 0 });
      return judging;
    };
    expect(settle({}).conclude({ faults: [], accepted: 0 })).toMatchObject({
      verdict: 'vacuous',
      reason: 'no workload operation was accepted',
    });
    expect(settle({ premises: () => 0 }).conclude({ faults: [], accepted: 1 })).toMatchObject({ verdict: 'vacuous' });
    expect(settle({}).conclude({ faults: [{ id: 'f1', reason: 'never bit: a cut' }], accepted: 1 })).toMatchObject({
      verdict: 'vacuous',
      reason: 'fault f1 never bit: a cut',
      idleFaults: ['f1'],
    });
    expect(
      settle({ settle: () => ({ unknown: 'out of budget' }) }).conclude({ faults: [], accepted: 1 }),
    ).toMatchObject({
      verdict: 'unknown',
      reason: 'settle: out of budget',
    });
    expect(startJudging([checker('settle', 'settle', {})]).conclude({ faults: [], accepted: 1 }).verdict).toBe(
      'unknown',
    );
  });

  it('turns a checker that throws into an error that a violation still outranks', () => {
    const throws = checker('broken', 'always', {
      record: () => {
        throw new Error('oops');
      },
    });
    const alone = startJudging([throws]);
    alone.feed({ seq: 0, at: 0, kind: 'mark', host: 'client', name: 'x' });
    expect(alone.conclude({ faults: [], accepted: 1 })).toMatchObject({ verdict: 'error', errorCode: 'E_ASSERT' });
    const both = startJudging([throws, checker('found', 'always', { record: () => violated('found') })]);
    both.feed({ seq: 0, at: 0, kind: 'mark', host: 'client', name: 'x' });
    expect(both.conclude({ faults: [], error: { code: 'E_LIMIT', message: 'too much' } }).verdict).toBe('violation');
  });

  it('reports an error of the run with its code', () => {
    const judging = startJudging([checker('settle', 'settle', {})]);
    expect(judging.conclude({ faults: [], error: { code: 'E_SPIN', message: 'worker-1 spins' } })).toMatchObject({
      verdict: 'error',
      errorCode: 'E_SPIN',
      reason: 'worker-1 spins',
    });
  });

  it('merges verdicts with the worst first', () => {
    expect(mergeVerdicts(['pass', 'vacuous', 'violation', 'error'])).toBe('violation');
    expect(mergeVerdicts(['pass', 'unknown', 'vacuous'])).toBe('unknown');
    expect(mergeVerdicts([])).toBe('vacuous');
  });
});
