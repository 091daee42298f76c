import { describe, expect, it } from 'vitest';
import { conserved, noLoss, noStateOlderThan, stateMachine } from '../../../harness/checkers/index.ts';
import { commit, effect, historyOf, insert, judge, op, remove, update } from './history-builder.ts';

const account = (id: number, balance: number | string) => ({ id, balance });
const job = (id: number, state: string) => ({ id, state });

describe('conserved', () => {
  const sum = [{ table: 'accounts', column: 'balance' }];
  const move = (at: number, from: [number, number], to: [number, number], amount: number) =>
    commit(
      at,
      update('accounts', account(...from), account(from[0], from[1] - amount)),
      update('accounts', account(...to), account(to[0], to[1] + amount)),
    );
  const filled = commit(1, insert('accounts', account(1, 60)), insert('accounts', account(2, 40)));

  it('passes moves within one transaction', () => {
    const history = historyOf(filled, move(2, [1, 60], [2, 40], 10), commit(3, insert('mails', { id: 1 })));
    expect(judge(conserved('db', { sum }), history)).toEqual({ violation: undefined, unknown: undefined, premises: 1 });
  });

  it('names the transaction that made or lost some', () => {
    const history = historyOf(filled, commit(2.5, update('accounts', account(1, 60), account(1, 50))));
    const { violation } = judge(conserved('db', { sum }), history);
    expect(violation?.message).toMatch(
      /^accounts\.balance adds up to 90 after transaction \d+ at 2\.5 s; it was 100 before\.$/,
    );
    expect(violation?.witness).toEqual([0, 1]);
  });

  it('waits for the total where one is given, and counts several tables and decimal texts', () => {
    const both = conserved('db', { sum: [...sum, { table: 'pots', column: 'held' }], total: 100 });
    const history = historyOf(
      commit(1, insert('accounts', account(1, '60.10'))),
      commit(2, insert('accounts', account(2, '39.90'))),
      commit(3, update('accounts', account(1, '60.10'), account(1, '0.1')), insert('pots', { id: 1, held: '60' })),
      commit(4, remove('pots', { id: 1, held: '60' })),
    );
    const { violation, premises } = judge(both, history);
    expect(violation?.message).toMatch(/^accounts\.balance \+ pots\.held adds up to 40 after transaction/);
    expect(premises).toBe(2);
  });
});

describe('noLoss', () => {
  const checker = noLoss({
    in: [{ ledger: 'bank' }, { server: 'db', table: 'dlq', by: 'dedup', where: { state: 'open' } }],
    settle: '60s',
  });
  const asked = (key: string, end: 'ok' | 'info' = 'ok') => op('enqueue', [0, 1.5], { key, end });

  it('passes when each accepted request is somewhere', () => {
    const history = historyOf(
      asked('1'),
      asked('2'),
      asked('3', 'info'),
      effect('1', 3),
      commit(4, insert('dlq', { id: 9, dedup: '2', state: 'open' })),
    );
    expect(judge(checker, history)).toEqual({ violation: undefined, unknown: undefined, premises: 2 });
  });

  it('names what is nowhere', () => {
    const history = historyOf(asked('1'), asked('2'), commit(4, insert('dlq', { id: 9, dedup: '2', state: 'closed' })));
    expect(judge(checker, history).violation?.message).toBe(
      '2 accepted requests are in none of bank, db.dlq at 100 s: 1 (accepted at 1.5 s) and 2 (accepted at 1.5 s).',
    );
  });
});

describe('stateMachine', () => {
  const checker = stateMachine('db', {
    table: 'jobs',
    transitions: { queued: ['running'], running: ['queued', 'done'], done: [] },
    initial: ['queued'],
  });

  it('passes legal transitions, changes of other columns, and deletions', () => {
    const history = historyOf(
      commit(1, insert('jobs', job(1, 'queued'))),
      commit(2, update('jobs', job(1, 'queued'), job(1, 'running'))),
      commit(3, update('jobs', job(1, 'running'), { ...job(1, 'running'), attempts: 2 })),
      commit(4, update('jobs', job(1, 'running'), job(1, 'done'))),
      commit(5, remove('jobs', job(1, 'done'))),
    );
    expect(judge(checker, history)).toEqual({ violation: undefined, unknown: undefined, premises: 3 });
  });

  it('names row, states and times of an illegal one', () => {
    const history = historyOf(
      commit(1, insert('jobs', job(1, 'queued'))),
      commit(2, update('jobs', job(1, 'queued'), job(1, 'running'))),
      commit(3, update('jobs', job(1, 'running'), job(1, 'done'))),
      commit(4, update('jobs', job(1, 'done'), job(1, 'running'))),
    );
    expect(judge(checker, history).violation).toEqual({
      invariant: 'stateMachine(db.jobs.state)',
      message: 'row 1 of db.jobs went from state done (since 3 s) to running at 4 s; from done it may go to nothing.',
      witness: [2, 3],
    });
  });

  it('names a row that began in the middle', () => {
    expect(judge(checker, historyOf(commit(1, insert('jobs', job(1, 'done'))))).violation?.message).toBe(
      'row 1 of db.jobs began in state done at 1 s; it may begin in queued.',
    );
  });
});

describe('noStateOlderThan', () => {
  const checker = noStateOlderThan('db', { table: 'jobs', state: { state: 'running' }, age: '20s' });
  it('passes rows that changed lately, and names those that did not', () => {
    const rows = [commit(1, insert('jobs', job(1, 'running'))), commit(2, insert('jobs', job(2, 'running')))];
    const touched = commit(90, update('jobs', job(1, 'running'), { ...job(1, 'running'), beat: 1 }));
    const done = commit(91, update('jobs', job(2, 'running'), job(2, 'done')));
    expect(judge(checker, historyOf(...rows, touched, done))).toMatchObject({ violation: undefined, premises: 2 });
    expect(judge(checker, historyOf(...rows, touched)).violation?.message).toBe(
      '1 row of db.jobs with state running did not change for more than 20 s at 100 s: 2 (since 2 s).',
    );
  });
});
