import { describe, expect, it } from 'vitest';
import { type Model, models } from '../../../harness/models/index.ts';

type Line = [f: string, input: unknown, output: unknown, isLegal: boolean, session?: string];

/** Runs calls one after the other; an illegal one must be refused, and changes nothing. */
function run(name: string, lines: readonly Line[]) {
  const model = models.get(name) as Model<unknown>;
  let state = model.initial;
  for (const [f, input, output, isLegal, session = 'a'] of lines) {
    const call = { f, input, output, isKnown: true, session };
    const next = model.step(state, call);
    expect(
      next !== undefined,
      `${f}(${JSON.stringify(input)}) -> ${JSON.stringify(output)} in ${model.keyOf(state)}`,
    ).toBe(isLegal);
    if (next !== undefined) state = next;
    expect(model.describe(call)).not.toBe('');
    // An unknown outcome is never more restricted than a known one.
    if (isLegal)
      expect(
        model.step(state, { ...call, isKnown: false, output: undefined }) !== undefined ||
          f === 'acquire' ||
          f === 'release',
      ).toBe(true);
  }
}

describe('sequential models', () => {
  it('register', () =>
    run('register', [
      ['read', undefined, null, true],
      ['write', 1, undefined, true],
      ['read', undefined, 1, true],
      ['read', undefined, 2, false],
      ['cas', [2, 3], true, false],
      ['cas', [2, 3], false, true],
      ['cas', [1, 3], false, false],
      ['cas', [1, 3], true, true],
      ['read', undefined, 3, true],
      ['write', { b: 1, a: [2] }, undefined, true],
      ['read', undefined, { a: [2], b: 1 }, true],
      ['shout', 1, 1, false],
    ]));

  it('kv', () =>
    run('kv', [
      ['append', 'a', undefined, true],
      ['append', 'b', undefined, true],
      ['read', undefined, 'ab', true],
      ['delete', undefined, undefined, true],
      ['read', undefined, 'ab', false],
      ['read', undefined, null, true],
      ['write', 'x', undefined, true],
      ['cas', ['x', 'y'], true, true],
      ['read', undefined, 'y', true],
    ]));

  it('queue', () =>
    run('queue', [
      ['dequeue', undefined, null, true],
      ['enqueue', 1, undefined, true],
      ['enqueue', 2, undefined, true],
      ['dequeue', undefined, 2, false],
      ['dequeue', undefined, null, false],
      ['dequeue', undefined, 1, true],
      ['dequeue', undefined, 2, true],
      ['dequeue', undefined, 2, false],
    ]));

  it('lock', () =>
    run('lock', [
      ['release', undefined, true, false],
      ['acquire', undefined, true, true],
      ['acquire', undefined, true, false, 'b'],
      ['acquire', undefined, false, true, 'b'],
      ['release', undefined, true, false, 'b'],
      ['release', undefined, true, true],
      ['acquire', undefined, false, false, 'b'],
      ['acquire', undefined, true, true, 'b'],
    ]));

  it('set', () =>
    run('set', [
      ['contains', 1, false, true],
      ['add', 1, true, true],
      ['add', 1, true, false],
      ['add', 1, undefined, true],
      ['add', 2, 'OK', true],
      ['contains', 2, false, false],
      ['read', undefined, [2, 1], true],
      ['read', undefined, [1], false],
      ['remove', 1, false, false],
      ['remove', 1, true, true],
      ['read', undefined, [2], true],
    ]));

  it('gives equal states equal texts, and different ones different texts', () => {
    const set = models.get('set')!;
    const add = (state: unknown, input: unknown) =>
      set.step(state, { f: 'add', input, output: undefined, isKnown: true, session: 'a' });
    expect(set.keyOf(add(add(set.initial, 1), 2))).toBe(set.keyOf(add(add(set.initial, 2), 1)));
    expect(set.keyOf(add(set.initial, '1'))).not.toBe(set.keyOf(add(set.initial, 1)));
  });
});
