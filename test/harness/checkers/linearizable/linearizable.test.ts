/**
 * Goal: the search is right, fast enough, and explains itself. Method: short random histories are judged by it and by trying all orders
 * of all subsets; long ones are made from real sequential runs, so that they must pass, and broken in one place, so that they must fail.
 */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { linearizable } from '../../../../harness/checkers/index.ts';
import { searchLinearization, type TimedCall } from '../../../../harness/checkers/linearizable/search.ts';
import { type Call, type Model, models } from '../../../../harness/models/index.ts';
import { historyOf, judge, op } from '../history-builder.ts';

/** Tries every order of every subset that has all known operations. */
function bruteForce(model: Model<unknown>, operations: readonly TimedCall[]): boolean {
  const visit = (state: unknown, left: readonly TimedCall[]): boolean => {
    if (left.every(({ completed }) => completed === undefined)) return true;
    return left.some((one) => {
      // Nothing that ended before it began may still be left.
      if (left.some(({ completed }) => completed !== undefined && completed < one.invoked)) return false;
      const next = model.step(state, one.call);
      return (
        next !== undefined &&
        visit(
          next,
          left.filter((other) => other !== one),
        )
      );
    });
  };
  return visit(model.initial, operations);
}

const small = fc.integer({ min: 0, max: 2 });
const callsOf: Readonly<Record<string, fc.Arbitrary<Pick<Call, 'f' | 'input' | 'output'>>>> = {
  register: fc.oneof(
    fc.record({ f: fc.constant('read'), input: fc.constant(null), output: fc.option(small) }),
    fc.record({ f: fc.constant('write'), input: small, output: fc.constant(null) }),
    fc.record({ f: fc.constant('cas'), input: fc.tuple(small, small), output: fc.boolean() }),
  ),
  queue: fc.oneof(
    fc.record({ f: fc.constant('enqueue'), input: small, output: fc.constant(null) }),
    fc.record({ f: fc.constant('dequeue'), input: fc.constant(null), output: fc.option(small) }),
  ),
  set: fc.oneof(
    fc.record({ f: fc.constantFrom('add', 'remove', 'contains'), input: small, output: fc.boolean() }),
    fc.record({ f: fc.constant('read'), input: fc.constant(null), output: fc.uniqueArray(small) }),
  ),
  lock: fc.record({ f: fc.constantFrom('acquire', 'release'), input: fc.constant(null), output: fc.boolean() }),
};

/** Up to seven operations with random, distinct times. */
function histories(model: string): fc.Arbitrary<TimedCall[]> {
  const one = fc.record({ call: callsOf[model]!, isKnown: fc.boolean(), session: fc.constantFrom('a', 'b') });
  return fc.array(one, { minLength: 1, maxLength: 7 }).chain((list) =>
    fc
      .shuffledSubarray(
        Array.from({ length: list.length * 2 }, (_, index) => index),
        { minLength: list.length * 2 },
      )
      .map((times) =>
        list.map(({ call, isKnown, session }, index) => {
          const [invoked, completed] = [times[index * 2]!, times[index * 2 + 1]!].sort((a, b) => a - b) as [
            number,
            number,
          ];
          // Three in four outcomes are known.
          const known = isKnown || index % 2 === 0;
          return { call: { ...call, isKnown: known, session }, invoked, completed: known ? completed : undefined };
        }),
      ),
  );
}

describe('the search for a linearization', () => {
  it.each(Object.keys(callsOf))('agrees with trying all orders, for %s', (name) => {
    const model = models.get(name)!;
    const found = { yes: 0, no: 0 };
    fc.assert(
      fc.property(histories(name), (operations) => {
        const expected = bruteForce(model, operations);
        const result = searchLinearization(model, operations, 1e6);
        found[expected ? 'yes' : 'no'] += 1;
        expect(result.kind).toBe(expected ? 'linearizable' : 'impossible');
        if (result.kind !== 'linearizable') return;
        // The order itself is legal, and has all known operations.
        let state = model.initial;
        for (const index of result.order) {
          state = model.step(state, operations[index]!.call);
          expect(state).not.toBeUndefined();
        }
        for (const [index, { completed }] of operations.entries())
          if (completed !== undefined) expect(result.order).toContain(index);
      }),
      { seed: 11, numRuns: 1500 },
    );
    expect(Math.min(found.yes, found.no)).toBeGreaterThan(100);
  });

  /** A sequential run of a register, whose operations then overlap with their neighbours. */
  function overlapping(count: number, reach: number): TimedCall[] {
    let value: number | null = null;
    return Array.from({ length: count }, (_, index) => {
      const isWrite = index % 3 === 0;
      if (isWrite) value = index;
      const call: Call = {
        f: isWrite ? 'write' : 'read',
        input: isWrite ? value : null,
        output: isWrite ? null : value,
        isKnown: true,
        session: 'a',
      };
      return { call, invoked: index * 2 - reach + 0.25, completed: index * 2 + reach + 0.75 };
    });
  }

  it('judges a thousand overlapping operations within its budget', () => {
    const operations = overlapping(1000, 5);
    expect(searchLinearization(models.get('register')!, operations, 1e6)).toMatchObject({ kind: 'linearizable' });
    const broken = operations.with(500, {
      ...operations[500]!,
      call: { ...operations[500]!.call, f: 'read', output: 10 },
    });
    expect(searchLinearization(models.get('register')!, broken, 1e6)).toMatchObject({ kind: 'impossible', stuck: 500 });
  });

  it('says unknown when the budget is spent, never a pass', () => {
    const calls = Array.from(
      { length: 20 },
      (_, index): TimedCall => ({
        call: { f: 'enqueue', input: index, output: null, isKnown: true, session: 'a' },
        invoked: index,
        completed: 100 + index,
      }),
    );
    const read: TimedCall = {
      call: { f: 'dequeue', input: null, output: 99, isKnown: true, session: 'a' },
      invoked: 200,
      completed: 201,
    };
    expect(searchLinearization(models.get('queue')!, [...calls, read], 10_000)).toEqual({
      kind: 'unknown',
      steps: 10_000,
    });
  });
});

describe('linearizable', () => {
  const checker = linearizable({ model: 'register' });
  const write = (value: number, times: [number, number?], options = {}) =>
    op('write', times, { key: 'x', value, ...options });
  const read = (reply: number | null, times: [number, number?], options = {}) =>
    op('read', times, { key: 'x', reply, ...options });

  it('passes what can be put in order, also with writes of unknown outcome and writes that failed', () => {
    const history = historyOf(
      write(1, [0, 1]),
      write(2, [2, 10], { end: 'info' }),
      read(1, [3, 4]),
      write(3, [4.5, 4.6], { end: 'fail' }),
      read(2, [20, 21]),
      read(2, [22, 23]),
      read(null, [0, 30], { key: 'y' }),
    );
    expect(judge(checker, history)).toEqual({ violation: undefined, unknown: undefined, premises: 5 });
  });

  it('names the operation that no order explains, what it could have found, and what ran beside it', () => {
    const history = historyOf(
      write(1, [0, 1]),
      write(2, [2, 3]),
      read(1, [4, 5.5], { session: 's1' }),
      write(4, [5, 6]),
      read(4, [7, 8]),
    );
    expect(judge(checker, history).violation).toEqual({
      invariant: 'linearizable(register)',
      message:
        'No order of the operations on x explains that s1 read 1 (from 4 s to 5.5 s). It could only have found 2 or 4. Beside it, wrote 4 (from 5 s on).',
      witness: [2, 3, 4, 5, 6],
    });
  });

  it('finds a value that is lost again after it was read', () => {
    const history = historyOf(write(1, [0, 1]), write(2, [2, 9], { end: 'info' }), read(2, [3, 4]), read(1, [5, 6]));
    expect(judge(checker, history).violation?.message).toContain('explains that read 1 (from 5 s to 6 s)');
  });

  it('judges each key on its own, and finds a violation although another key spends the budget', () => {
    const many = Array.from({ length: 14 }, (_, index) => op('enqueue', [1, 5], { key: 'big', value: index }));
    const queue = linearizable({ model: 'queue', budget: 2000 });
    const hard = [...many, op('dequeue', [6, 7], { key: 'big', reply: 99 })];
    expect(judge(queue, historyOf(...hard))).toMatchObject({
      violation: undefined,
      unknown: expect.stringContaining('on big took more than 2000 steps'),
    });
    const bad = op('dequeue', [6, 7], { key: 'small', reply: 1 });
    expect(judge(queue, historyOf(...hard, bad)).violation?.message).toContain(
      'No order of the operations on small explains that dequeued 1',
    );
  });

  it('takes a meaning of its own for operations', () => {
    const http = linearizable({
      model: 'kv',
      operations: '* api /kv/*',
      call: ({ f, value }, completion) => ({
        f: f.startsWith('GET') ? 'read' : 'write',
        input: (value as { v?: unknown } | undefined)?.v,
        output: (completion?.value as { body?: { v?: unknown } } | undefined)?.body?.v,
      }),
    });
    const put = op('PUT api /kv/x', [0, 1], { key: 'x', value: { v: 1 } });
    const get = (v: number) => op('GET api /kv/x', [2, 3], { key: 'x', reply: { status: 200, body: { v } } });
    expect(judge(http, historyOf(put, get(1)))).toMatchObject({ violation: undefined, premises: 2 });
    expect(judge(http, historyOf(put, get(2))).violation?.message).toContain(
      'read 2 (from 2 s to 3 s). It could only have found 1.',
    );
  });
});
