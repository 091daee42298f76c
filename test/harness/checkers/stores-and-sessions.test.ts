import { describe, expect, it } from 'vitest';
import {
  converged,
  noLostUpdate,
  orderPerKey,
  replyEquality,
  sessionGuarantees,
  stalenessBound,
} from '../../../harness/checkers/index.ts';
import { commit, commitOn, effect, historyOf, insert, judge, op, remove, update } from './history-builder.ts';

describe('converged', () => {
  const order = (id: number, state: string, extra = {}) => ({ id, state, ...extra });
  const checker = converged(
    [
      { server: 'db', table: 'orders' },
      { server: 'reports', table: 'facts', key: 'order_id', columns: { state: 'status' }, where: { kind: 'order' } },
      { ledger: 'provider', by: 'order' },
    ],
    { columns: ['state'], settle: '60s' },
  );
  const fact = (at: number, order_id: number, status: string) =>
    commitOn('reports', at, insert('facts', { order_id, status, kind: 'order' }));
  const booked = (at: number, id: number, state: string) =>
    effect(`x${at}`, at, { ledger: 'provider', value: { order: id, state } });

  it('passes when all stores have the same keys and values at last', () => {
    const history = historyOf(
      commit(1, insert('orders', order(1, 'new'))),
      booked(1, 1, 'new'),
      commit(2, update('orders', order(1, 'new'), order(1, 'paid', { note: 'x' }))),
      fact(3, 1, 'paid'),
      commitOn('reports', 3, insert('facts', { order_id: 2, status: 'odd', kind: 'other' })),
      booked(4, 1, 'paid'),
    );
    expect(judge(checker, history)).toEqual({ violation: undefined, unknown: undefined, premises: 1 });
  });

  it('names the key, and what it is in each store', () => {
    const history = historyOf(
      commit(1, insert('orders', order(1, 'paid'))),
      booked(1, 1, 'paid'),
      commit(2, insert('orders', order(2, 'new'))),
      commit(3, remove('orders', order(2, 'new'))),
    );
    expect(judge(checker, history).violation).toEqual({
      invariant: 'converged(db.orders, reports.facts, provider)',
      message:
        '1 key differs at 100 s: 1 is state paid in db.orders, missing in reports.facts, state paid in provider.',
      witness: [0, 1],
    });
  });
});

describe('orderPerKey', () => {
  const entry = (at: number, account: string, n: number) => commit(at, insert('entries', { account, n }));
  const options = { table: 'entries', key: 'account', seq: 'n' };

  it('passes consecutive numbers per key, and declared gaps', () => {
    const history = historyOf(entry(1, 'a', 1), entry(2, 'b', 7), entry(3, 'a', 2), entry(4, 'a', 4));
    const gaps = orderPerKey('db', { ...options, gaps: (key, n) => key === 'a' && n === 3 });
    expect(judge(gaps, history)).toEqual({ violation: undefined, unknown: undefined, premises: 2 });
    expect(judge(orderPerKey('db', { ...options, order: 'increasing' }), history).violation).toBeUndefined();
  });

  it.each<[string, number, 'consecutive' | 'increasing' | 'nonDecreasing', RegExp | undefined]>([
    ['a gap', 4, 'consecutive', /^n 4 of a was applied in db\.entries at 3 s, without 3, after 2 \(at 2 s\)\.$/],
    ['a repeat', 2, 'increasing', /^n 2 of a was applied in db\.entries at 3 s, again after 2/],
    ['a repeat that is allowed', 2, 'nonDecreasing', undefined],
    ['a step back', 1, 'nonDecreasing', /^n 1 of a was applied in db\.entries at 3 s, after 2/],
  ])('judges %s', (_what, third, order, message) => {
    const { violation } = judge(
      orderPerKey('db', { ...options, order }),
      historyOf(entry(1, 'a', 1), entry(2, 'a', 2), entry(3, 'a', third)),
    );
    if (message === undefined) expect(violation).toBeUndefined();
    else expect(violation?.message).toMatch(message);
  });

  it('reads effects, and takes an update of other columns for none', () => {
    const sent = (at: number, seq: number) => effect('order-1', at, { value: { seq } });
    expect(judge(orderPerKey('bank', { seq: 'seq' }), historyOf(sent(1, 1), sent(2, 3))).violation?.message).toContain(
      'without 2',
    );
    const same = commit(2, update('entries', { account: 'a', n: 1 }, { account: 'a', n: 1, note: 'x' }));
    expect(judge(orderPerKey('db', options), historyOf(entry(1, 'a', 1), same))).toMatchObject({
      violation: undefined,
      premises: 0,
    });
  });
});

describe('stalenessBound', () => {
  const checker = stalenessBound({
    reads: 'GET api *',
    bound: '5s',
    truth: { server: 'db', table: 'items', key: 'id', column: 'version' },
  });
  const item = (at: number, version: number) => commit(at, insert('items', { id: 'x', version }));
  const read = (version: number, at: number) =>
    op('GET api /x', [at, at + 1], { key: 'x', reply: { status: 200, body: { version } } });

  it('passes reads that lag within the bound', () => {
    expect(judge(checker, historyOf(item(1, 1), item(4, 2), read(1, 8), read(2, 9)))).toMatchObject({
      violation: undefined,
      premises: 2,
    });
  });
  it('names the stale read and what it should have seen', () => {
    expect(judge(checker, historyOf(item(1, 1), item(4, 2), read(1, 9.5))).violation?.message).toBe(
      'GET api /x at 9.5 s returned version 1 of x; version 2 was there since 4 s, longer than 5 s.',
    );
  });
  it('counts writes of the workload from their confirmation', () => {
    const byWrites = stalenessBound({ reads: 'read', writes: 'write', bound: 0 });
    const write = op('write', [0, 3], { key: 'x', reply: 7 });
    expect(judge(byWrites, historyOf(write, op('read', [2, 4], { key: 'x', reply: 6 })))).toMatchObject({
      violation: undefined,
      premises: 0,
    });
    expect(judge(byWrites, historyOf(write, op('read', [3, 4], { key: 'x', reply: 6 }))).violation?.message).toContain(
      'version 7 was there since 3 s',
    );
  });
});

describe('sessionGuarantees', () => {
  const options = { reads: 'read', writes: 'write' };
  const write = (version: number, times: [number, number], session = 'a') =>
    op('write', times, { key: 'x', reply: { version }, session });
  const read = (version: number, times: [number, number], session = 'a', value?: unknown) =>
    op('read', times, { key: 'x', reply: { version }, session, value });

  it('passes what a session may see, also of writes under way and of others', () => {
    const history = historyOf(
      write(1, [0, 1]),
      read(1, [2, 3]),
      write(5, [4, 9]),
      read(1, [5, 6]),
      read(0, [7, 8], 'b'),
    );
    expect(judge(sessionGuarantees(options), history)).toMatchObject({ violation: undefined, premises: 3 });
  });
  it('names a session that does not see its own write', () => {
    expect(judge(sessionGuarantees(options), historyOf(write(3, [0, 1]), read(2, [2, 3]))).violation?.message).toBe(
      'a had written version 3 of x at 1 s, and read version 2 at 2 s (readYourWrites).',
    );
  });
  it('names a session whose reads go back', () => {
    expect(judge(sessionGuarantees(options), historyOf(read(3, [0, 1]), read(2, [2, 3]))).violation?.message).toBe(
      'a had read version 3 of x at 1 s, and read version 2 at 2 s (monotonicReads).',
    );
  });
  it('follows causality by token across sessions', () => {
    const causal = sessionGuarantees({ ...options, guarantees: ['causal'] });
    expect(judge(causal, historyOf(read(3, [2, 3], 'b', { token: 3 }), read(9, [4, 5])))).toMatchObject({
      violation: undefined,
      premises: 1,
    });
    expect(judge(causal, historyOf(read(2, [2, 3], 'b', { token: 3 }))).violation?.message).toBe(
      'b held a token of version 3 of x, and read version 2 at 2 s (causal).',
    );
  });
});

describe('noLostUpdate', () => {
  const checker = noLostUpdate({ writes: 'PUT *' });
  const put = (key: string, based: number, at: number, end: 'ok' | 'fail' = 'ok') =>
    op('PUT api /x', [at, at + 1], { key, value: { based }, end });
  it('passes one accepted write per version, and names two', () => {
    expect(
      judge(checker, historyOf(put('x', 1, 0), put('x', 1, 2, 'fail'), put('x', 2, 4), put('y', 1, 5))),
    ).toMatchObject({ violation: undefined, premises: 3 });
    expect(judge(checker, historyOf(put('x', 1, 0), put('x', 1, 2))).violation?.message).toBe(
      'two writes of x were accepted that were both based on version 1: at 1 s and at 3 s; one of them is lost.',
    );
  });
});

describe('replyEquality', () => {
  const checker = replyEquality('POST api /pay');
  const pay = (amount: number, at: number, body: unknown, end: 'ok' | 'fail' = 'ok') =>
    op('POST api /pay', [at, at + 1], { key: 'k', value: { amount }, reply: { status: 201, body }, end });
  it('passes equal replies, and refusals of other requests', () => {
    expect(
      judge(checker, historyOf(pay(5, 0, { id: 1, ok: true }), pay(5, 2, { ok: true, id: 1 }), pay(6, 4, {}, 'fail'))),
    ).toMatchObject({ violation: undefined, premises: 1 });
  });
  it('names replies that differ', () => {
    expect(judge(checker, historyOf(pay(5, 0, { id: 1 }), pay(5, 2, { id: 2 }))).violation?.message).toBe(
      'k was answered with {"body":{"id":1},"status":201} at 1 s, and with {"body":{"id":2},"status":201} at 3 s.',
    );
  });
  it('names another request that was accepted under the key', () => {
    const history = historyOf(pay(5, 0, { id: 1 }), pay(6, 2, { id: 1 }));
    expect(judge(checker, history).violation?.message).toBe(
      'k stood for {"amount":5} at 1 s, and was accepted for {"amount":6} at 3 s.',
    );
    expect(judge(replyEquality('POST *', { refusesOtherRequests: false }), history).violation).toBeUndefined();
  });
});
