import { describe, expect, it } from 'vitest';
import { effectAtMostOnce, effectExactlyOnce, progress } from '../../../harness/checkers/index.ts';
import { commit, effect, historyOf, insert, judge, op } from './history-builder.ts';

const post = (key: string, times: [number, number?], end: 'ok' | 'fail' | 'info' = 'ok') =>
  op(`POST worker /bill/${key}`, times, { key, end });

describe('effectAtMostOnce', () => {
  const checker = effectAtMostOnce('bank', { by: 'invoice' });

  it('passes one effect a key, and ignores other ledgers', () => {
    const history = historyOf(effect('7', 1), effect('8', 2), effect('7', 3, { ledger: 'mail' }));
    expect(judge(checker, history)).toEqual({ violation: undefined, unknown: undefined, premises: 2 });
  });

  it('names key, times and callers of a second effect', () => {
    const history = historyOf(effect('7', 1), effect('x', 12.5, { value: { invoice: 7 }, caller: 'worker-2' }));
    expect(judge(checker, history).violation).toEqual({
      invariant: 'effectAtMostOnce(bank by invoice)',
      message:
        'invoice 7 took effect in bank a second time at 12.5 s (by worker-2); the first time was at 1 s (by worker-1).',
      witness: [0, 1],
    });
  });

  it('reads inserted rows as effects', () => {
    const table = effectAtMostOnce('db', { table: 'charges', by: 'invoice' });
    const one = historyOf(
      commit(1, insert('charges', { invoice: 1 })),
      commit(2, insert('charges', { invoice: 2 }), insert('jobs', { invoice: 1 })),
    );
    expect(judge(table, one)).toMatchObject({ violation: undefined, premises: 2 });
    const two = historyOf(commit(1, insert('charges', { invoice: 1 })), commit(2, insert('charges', { invoice: 1 })));
    expect(judge(table, two).violation?.message).toMatch(
      /^invoice 1 took effect in db\.charges a second time at 2 s \(by transaction \d+\)/,
    );
  });
});

describe('effectExactlyOnce', () => {
  const checker = effectExactlyOnce('bank', { by: 'invoice', settle: '60s' });

  it('says its claim with its settle time', () => {
    expect(checker.claim).toBe('each accepted invoice has exactly one effect in bank, 60 s after the last heal');
    expect(checker).toMatchObject({ id: 'C2', when: 'settle', settleMs: 60_000, liveness: true });
  });

  it('passes one effect for each accepted request, and asks nothing for the others', () => {
    const history = historyOf(
      post('1', [0, 1]),
      post('2', [0, 1], 'info'),
      post('3', [0, 1], 'fail'),
      post('4', [0]),
      op('GET worker /status', [0, 1], { key: 'status' }),
      effect('1', 30),
      effect('5', 31),
    );
    expect(judge(checker, history)).toEqual({ violation: undefined, unknown: undefined, premises: 1 });
  });

  it('lets a request of unknown outcome have its effect', () => {
    expect(judge(checker, historyOf(post('2', [0, 1], 'info'), effect('2', 5))).violation).toBeUndefined();
  });

  it('counts a request that was retried until it was accepted once', () => {
    const history = historyOf(post('1', [0, 1], 'info'), post('1', [2, 3]), effect('1', 30));
    expect(judge(checker, history)).toMatchObject({ violation: undefined, premises: 1 });
  });

  it('names the accepted request that has no effect', () => {
    const history = historyOf(post('1', [0, 1.5]), post('2', [2, 3]), post('3', [4, 5]), effect('1', 30));
    expect(judge(checker, history).violation).toEqual({
      invariant: 'effectExactlyOnce(bank by invoice)',
      message:
        'invoice 2 was accepted at 3 s (POST worker /bill/2), and has no effect in bank at 100 s, and neither have 3.',
      witness: [2, 3, 4, 5],
    });
  });

  it('names both effects of a key, asked for or not', () => {
    const history = historyOf(post('1', [0, 1], 'info'), effect('1', 20), effect('1', 30.25, { caller: 'worker-2' }));
    expect(judge(checker, history).violation).toMatchObject({
      message: 'invoice 1 took effect in bank 2 times: at 20 s by worker-1 and at 30.25 s by worker-2.',
      witness: [2, 3],
    });
  });

  it('demands nothing for poison', () => {
    const spared = effectExactlyOnce('bank', { except: (key) => key === '2' });
    const history = historyOf(post('1', [0, 1]), post('2', [0, 1]), effect('1', 30));
    expect(judge(spared, history)).toMatchObject({ violation: undefined, premises: 1 });
  });
});

describe('progress', () => {
  it('passes when enough was done, and fails below the share', () => {
    const checker = progress('bank', { share: 0.5 });
    const asked = ['1', '2', '3', '4'].map((key) => post(key, [0, 1]));
    expect(judge(checker, historyOf(...asked, effect('1', 5), effect('2', 5)))).toMatchObject({
      violation: undefined,
      premises: 4,
    });
    expect(judge(checker, historyOf(...asked, effect('1', 5))).violation?.message).toBe(
      '1 of 4 accepted requests took effect in bank by 100 s, fewer than 50 %; missing are 2, 3 and 4.',
    );
  });

  it('finds the class that starves', () => {
    const checker = progress('bank', { share: 0.5, per: 'tenant' });
    const asked = ['a', 'b'].flatMap((tenant) =>
      [1, 2].map((n) => op('bill', [0, 1], { key: `${tenant}${n}`, value: { tenant } })),
    );
    const done = historyOf(...asked, effect('a1', 5), effect('a2', 5));
    expect(judge(checker, done).violation?.message).toContain('0 of 2 accepted requests of tenant b took effect');
    expect(judge(checker, historyOf(...asked, effect('a1', 5), effect('b2', 5))).violation).toBeUndefined();
  });
});
