import { describe, expect, it } from 'vitest';
import { drains, fenceMonotone, ownerIntervalsDisjoint } from '../../../harness/checkers/index.ts';
import { compareTokens } from '../../../harness/checkers/sources.ts';
import { commit, historyOf, insert, judge, mark, op, remove, update } from './history-builder.ts';

describe('fenceMonotone', () => {
  const checker = fenceMonotone('db', { table: 'invoices', token: 'fence', resource: 'tenant', owner: 'by' });
  const write = (at: number, tenant: string, fence: unknown, by = 'worker-1') =>
    commit(at, update('invoices', { tenant, fence: 0 }, { tenant, fence, by }));

  it('passes tokens that stay or grow, per resource, and skips rows without one', () => {
    const history = historyOf(
      write(1, 'a', '9'),
      write(2, 'b', '1'),
      write(3, 'a', null),
      write(4, 'a', '9'),
      write(5, 'a', '10'),
    );
    expect(judge(checker, history)).toEqual({ violation: undefined, unknown: undefined, premises: 2 });
  });

  it('names both writes when a token goes back in commit order', () => {
    const history = historyOf(write(1, 'a', 3), write(12.5, 'a', 4, 'worker-2'), write(14.25, 'a', 3));
    const { violation, premises } = judge(checker, history);
    expect(violation?.message).toMatch(
      /^a write to a with fence 3 was accepted at 14\.25 s \(worker-1, transaction \d+\), after one with fence 4 at 12\.5 s \(worker-2, transaction \d+\)\.$/,
    );
    expect(violation?.witness).toEqual([1, 2]);
    expect(premises).toBe(2);
  });

  it('compares tokens as integers of any size', () => {
    expect(compareTokens('9', '10')).toBeLessThan(0);
    expect(compareTokens('9007199254740993', '9007199254740992')).toBeGreaterThan(0);
    expect(compareTokens(2, 2n)).toBe(0);
    expect(compareTokens('1.5', 1.25)).toBeGreaterThan(0);
    expect(compareTokens('a', 'b')).toBeLessThan(0);
  });
});

describe('ownerIntervalsDisjoint', () => {
  const checker = ownerIntervalsDisjoint({ acquire: 'lock', release: 'unlock', lease: '10s' });
  const lock = (session: string, times: [number, number], end: 'ok' | 'fail' = 'ok') =>
    op('lock', times, { key: 'r', session, end });
  const unlock = (session: string, times: [number, number]) => op('unlock', times, { key: 'r', session });

  it('passes owners one after the other, by release or by the end of a lease', () => {
    const history = historyOf(
      lock('a', [0, 1]),
      unlock('a', [5, 6]),
      lock('b', [4, 5.5]),
      lock('c', [15, 15]),
      lock('d', [16, 17], 'fail'),
    );
    expect(judge(checker, history)).toMatchObject({ violation: undefined, premises: 2 });
  });

  it('finds an owner that comes before the last one is gone', () => {
    const history = historyOf(lock('a', [0, 1]), lock('b', [2, 3]));
    expect(judge(checker, history).violation?.message).toBe(
      'b got r at 3 s, while a, owner since 1 s, held it until 10 s.',
    );
  });

  it('counts a renewal from the time at which it was asked for', () => {
    expect(
      judge(checker, historyOf(lock('a', [0, 1]), lock('a', [5, 9]), lock('b', [11, 14.9]))).violation,
    ).toBeDefined();
    expect(
      judge(checker, historyOf(lock('a', [0, 1]), lock('a', [5, 9]), lock('b', [11, 15]))).violation,
    ).toBeUndefined();
  });

  it('reads marks', () => {
    const held = (name: string, at: number, owner: string) => mark(name, at, { resource: 'r', owner });
    const history = historyOf(held('lock', 1, 'a'), held('unlock', 2, 'a'), held('lock', 2, 'b'), held('lock', 3, 'a'));
    expect(judge(checker, history).violation?.message).toBe(
      'a got r at 3 s, while b, owner since 2 s, held it until 12 s.',
    );
  });
});

describe('drains', () => {
  const checker = drains('db', { table: 'jobs', open: { state: ['queued', 'running'] }, settle: '60s' });
  const job = (id: number, state: string) => ({ id, state });

  it('passes when every row that was open is closed or gone', () => {
    const history = historyOf(
      commit(1, insert('jobs', job(1, 'queued')), insert('jobs', job(2, 'queued'))),
      commit(2, update('jobs', job(1, 'queued'), job(1, 'running'))),
      commit(3, update('jobs', job(1, 'running'), job(1, 'done')), remove('jobs', job(2, 'queued'))),
      commit(4, insert('mails', job(3, 'queued'))),
    );
    expect(judge(checker, history)).toEqual({ violation: undefined, unknown: undefined, premises: 2 });
  });

  it('names the rows that are left', () => {
    const history = historyOf(
      commit(1, insert('jobs', job(1, 'queued')), insert('jobs', job(2, 'queued'))),
      commit(12.5, update('jobs', job(1, 'queued'), job(1, 'running'))),
    );
    expect(judge(checker, history).violation).toEqual({
      invariant: 'drains(db.jobs)',
      message:
        '2 rows of db.jobs with state queued or running are left at 100 s: 2 (unchanged since 1 s) and 1 (unchanged since 12.5 s).',
      witness: [0, 1],
    });
  });

  it('knows rows by updates alone, without their old content', () => {
    const blind = (at: number, row: Record<string, unknown>) => commit(at, { table: 'jobs', op: 'update', new: row });
    const history = historyOf(blind(1, job(1, 'running')), blind(2, job(1, 'done')));
    expect(judge(checker, history)).toMatchObject({ violation: undefined, premises: 1 });
  });

  it('allows some when told so, and has no premise without open rows', () => {
    const some = drains('db', { table: 'jobs', open: { state: 'queued' }, atMost: 1 });
    expect(judge(some, historyOf(commit(1, insert('jobs', job(1, 'queued'))))).violation).toBeUndefined();
    expect(judge(some, historyOf(commit(1, insert('jobs', job(1, 'done'))))).premises).toBe(0);
  });
});
