/** Ordered-set aggregates and window functions, with results taken from a real PostgreSQL 15. Plain aggregates are in the differential test. */
import { describe, expect, test } from 'vitest';
import {
  aggregateByFunction,
  aggregateImplementation,
  functionsByName,
  type WindowView,
  windowImplementation,
} from '../../../../sim/postgres/functions/index.ts';
import type { Datum } from '../../../../sim/postgres/types/datum.ts';
import { Oid } from '../../../../sim/postgres/types/index.ts';
import { testContext } from '../types/context.ts';

const context = testContext();

function orderedSet(
  name: string,
  oidArgs: readonly number[],
  rows: readonly Datum[],
  direct: readonly Datum[],
  resultType: number,
): Datum {
  const row = functionsByName(name).find((candidate) => candidate.argTypes.join() === oidArgs.join())!;
  expect(aggregateByFunction(row.oid)?.kind).not.toBe('n');
  const implementation = aggregateImplementation(row)!;
  const site = {
    argTypes: oidArgs.map((oid) => (oid === Oid.anyelement || oid === Oid.any ? Oid.int4 : oid)),
    resultType,
  };
  let state = implementation.start(site);
  for (const value of rows) state = implementation.step(state, [value], context, site);
  return implementation.finish(state, context, site, direct);
}

describe('ordered-set aggregates', () => {
  test('percentile_cont interpolates, percentile_disc picks', () => {
    expect(orderedSet('percentile_cont', [Oid.float8, Oid.float8], [1, 2, 3, 10], [0.5], Oid.float8)).toBe(2.5);
    expect(orderedSet('percentile_disc', [Oid.float8, Oid.anyelement], [1, 2, 3, 10], [0.5], Oid.int4)).toBe(2);
    expect(orderedSet('percentile_cont', [Oid.float8, Oid.float8], [null, null], [0.5], Oid.float8)).toBeNull();
  });

  test('a fraction outside 0..1 is refused', () => {
    expect(() => orderedSet('percentile_cont', [Oid.float8, Oid.float8], [1], [1.5], Oid.float8)).toThrow(
      'percentile value 1.5 is not between 0 and 1',
    );
  });

  test('mode takes the first of the most frequent', () => {
    expect(orderedSet('mode', [Oid.anyelement], [1, 2, 2, 3, 3], [], Oid.int4)).toBe(2);
  });

  test('hypothetical ranks', () => {
    expect(orderedSet('rank', [Oid.any], [1, 2, 2, 4], [3], Oid.int8)).toBe(4n);
    expect(orderedSet('dense_rank', [Oid.any], [1, 2, 2, 4], [3], Oid.int8)).toBe(3n);
    expect(orderedSet('percent_rank', [Oid.any], [1, 2, 2, 4], [3], Oid.float8)).toBe(0.75);
    expect(orderedSet('cume_dist', [Oid.any], [1, 2, 2, 4], [3], Oid.float8)).toBe(0.8);
  });
});

/** A partition of one column, sorted, with the default frame up to the current peers. */
function views(values: readonly number[], extra: readonly Datum[] = []): WindowView[] {
  return values.map((value, row) => {
    const peerStart = values.indexOf(value);
    const peerEnd = values.lastIndexOf(value) + 1;
    return {
      row,
      rowCount: values.length,
      peerStart,
      peerEnd,
      peerGroup: new Set(values.slice(0, peerStart)).size,
      frameCount: peerEnd,
      frameRow: (n) => (n < peerEnd ? n : -1),
      argument: (at, index) => (index === 0 ? values[at]! : (extra[index - 1] ?? null)),
    };
  });
}

function windowed(name: string, argCount: number, values: readonly number[], extra: readonly Datum[] = []): Datum[] {
  const row = functionsByName(name).find(
    (candidate) => candidate.kind === 'w' && candidate.argTypes.length === argCount,
  )!;
  const implementation = windowImplementation(row)!;
  return views(values, extra).map((view) =>
    implementation(view, context, { argTypes: [Oid.int4], resultType: Oid.int4 }),
  );
}

describe('window functions', () => {
  const values = [10, 20, 20, 30];

  test('ranks', () => {
    expect(windowed('row_number', 0, values)).toEqual([1n, 2n, 3n, 4n]);
    expect(windowed('rank', 0, values)).toEqual([1n, 2n, 2n, 4n]);
    expect(windowed('dense_rank', 0, values)).toEqual([1n, 2n, 2n, 3n]);
    expect(windowed('cume_dist', 0, values)).toEqual([0.25, 0.75, 0.75, 1]);
    expect(windowed('percent_rank', 0, values)).toEqual([0, 1 / 3, 1 / 3, 1]);
  });

  test('lag and lead look past the frame and take a default', () => {
    expect(windowed('lag', 1, values)).toEqual([null, 10, 20, 20]);
    expect(windowed('lead', 3, values, [2, -1])).toEqual([20, 30, -1, -1]);
    expect(windowed('lag', 2, values, [null])).toEqual([null, null, null, null]);
  });

  test('values of the frame', () => {
    expect(windowed('first_value', 1, values)).toEqual([10, 10, 10, 10]);
    expect(windowed('last_value', 1, values)).toEqual([10, 20, 20, 30]);
    expect(windowed('nth_value', 2, values, [2])).toEqual([null, 20, 20, 20]);
    expect(() => windowed('nth_value', 2, values, [0])).toThrow('argument of nth_value must be greater than zero');
  });

  test('ntile puts the larger buckets first', () => {
    const row = functionsByName('ntile')[0]!;
    const buckets = views([1, 2, 3, 4, 5]).map((view) =>
      windowImplementation(row)!({ ...view, argument: () => 3 }, context, {
        argTypes: [Oid.int4],
        resultType: Oid.int4,
      }),
    );
    expect(buckets).toEqual([1, 1, 2, 2, 3]);
  });
});
