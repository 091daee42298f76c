/**
 * Goal: each anomaly is found under its name, at the levels that forbid it, and what is serializable never is accused. Method: the
 * textbook histories, and random transactions that were really run one after the other (or on snapshots) and then recorded as overlapping.
 */
import { describe, expect, it } from 'vitest';
import { serializable } from '../../../../harness/checkers/index.ts';
import type { IsolationLevel } from '../../../../harness/checkers/serializable/index.ts';
import { randomOf } from '../../../../harness/plan/random.ts';
import { historyOf, judge, op } from '../history-builder.ts';

type Part = ReturnType<typeof op>;
type Steps = [f: string, key: string, value: unknown][];
const txn = (session: string, reply: Steps, times: [number, number] = [0, 10], end: 'ok' | 'fail' | 'info' = 'ok') =>
  op('txn', times, {
    session,
    value: reply.map(([f, key, value]) => (f === 'r' ? [f, key, null] : [f, key, value])),
    reply,
    end,
  });

const levels: readonly IsolationLevel[] = ['readCommitted', 'snapshotIsolation', 'serializable', 'strictSerializable'];
const verdicts = (...steps: readonly Part[]) =>
  levels.map((level) => {
    const { violation } = judge(serializable({ level }), historyOf(...steps));
    return violation === undefined ? 'pass' : (/\(([^()]+)\)\.$/.exec(violation.message)?.[1] ?? violation.message);
  });

describe('anomalies', () => {
  it.each<[string, readonly Part[], string[]]>([
    [
      'a dirty write',
      [
        txn('a', [
          ['append', 'x', 1],
          ['append', 'y', 1],
        ]),
        txn('b', [
          ['append', 'x', 2],
          ['append', 'y', 2],
        ]),
        txn(
          'c',
          [
            ['r', 'x', [1, 2]],
            ['r', 'y', [2, 1]],
          ],
          [11, 12],
        ),
      ],
      ['G0', 'G0', 'G0', 'G0'],
    ],
    [
      'an aborted read',
      [txn('a', [['append', 'x', 1]], [0, 5], 'fail'), txn('b', [['r', 'x', [1]]])],
      ['G1a', 'G1a', 'G1a', 'G1a'],
    ],
    [
      'an intermediate read',
      [
        txn('a', [
          ['append', 'x', 1],
          ['append', 'x', 2],
        ]),
        txn('b', [['r', 'x', [1]]]),
      ],
      ['G1b', 'G1b', 'G1b', 'G1b'],
    ],
    [
      'circular information flow',
      [
        txn('a', [
          ['append', 'x', 1],
          ['r', 'y', [2]],
        ]),
        txn('b', [
          ['append', 'y', 2],
          ['r', 'x', [1]],
        ]),
      ],
      ['G1c', 'G1c', 'G1c', 'G1c'],
    ],
    [
      'a fractured read',
      [
        txn('a', [
          ['append', 'x', 1],
          ['append', 'y', 2],
        ]),
        txn('b', [
          ['r', 'x', [1]],
          ['r', 'y', []],
        ]),
      ],
      ['pass', 'G-single', 'G-single', 'G-single'],
    ],
    [
      'a lost update of a register',
      [
        txn('a', [['w', 'x', 1]], [0, 1]),
        txn(
          'b',
          [
            ['r', 'x', 1],
            ['w', 'x', 2],
          ],
          [2, 9],
        ),
        txn(
          'c',
          [
            ['r', 'x', 1],
            ['w', 'x', 3],
          ],
          [2, 9],
        ),
      ],
      ['pass', 'lost update', 'lost update', 'lost update'],
    ],
    [
      'write skew',
      [
        txn('a', [
          ['r', 'x', []],
          ['append', 'y', 1],
        ]),
        txn('b', [
          ['r', 'y', []],
          ['append', 'x', 2],
        ]),
        txn(
          'c',
          [
            ['r', 'x', [2]],
            ['r', 'y', [1]],
          ],
          [11, 12],
        ),
      ],
      ['pass', 'pass', 'G2', 'G2'],
    ],
    [
      'write skew that nobody saw afterwards',
      [
        txn('a', [
          ['r', 'x', []],
          ['append', 'y', 1],
        ]),
        txn('b', [
          ['r', 'y', []],
          ['append', 'x', 2],
        ]),
      ],
      ['pass', 'pass', 'G2', 'G2'],
    ],
    [
      'a stale read',
      [txn('a', [['append', 'x', 1]], [0, 1]), txn('b', [['r', 'x', []]], [2, 3]), txn('c', [['r', 'x', [1]]], [4, 5])],
      ['pass', 'pass', 'pass', 'G-single'],
    ],
    [
      'a read of its own that is wrong',
      [
        txn('a', [
          ['append', 'x', 1],
          ['r', 'x', []],
        ]),
      ],
      ['internal', 'internal', 'internal', 'internal'],
    ],
    [
      'lists that contradict each other',
      [
        txn('a', [['append', 'x', 1]]),
        txn('b', [['append', 'x', 2]]),
        txn('c', [['r', 'x', [1]]]),
        txn('d', [['r', 'x', [2, 1]]]),
      ],
      levels.map(() => 'incompatible order'),
    ],
    [
      'an element that is there twice',
      [txn('a', [['append', 'x', 1]]), txn('c', [['r', 'x', [1, 1]]])],
      levels.map(() => 'duplicate'),
    ],
    ['a value that nobody wrote', [txn('a', [['r', 'x', 7]])], levels.map(() => 'unwritten')],
  ])('%s', (_what, steps, expected) => {
    expect(verdicts(...steps)).toEqual(expected);
  });

  it('says which transactions, and why they have no order', () => {
    const history = historyOf(
      txn(
        'a',
        [
          ['append', 'x', 1],
          ['append', 'y', 2],
        ],
        [0, 1.5],
      ),
      txn(
        'b',
        [
          ['r', 'x', [1]],
          ['r', 'y', []],
        ],
        [1, 2],
      ),
    );
    const { violation, premises } = judge(serializable(), history);
    expect(violation?.message).toMatch(
      /^No order of op-\d+ \(1 s to 2 s\), op-\d+ \(0 s to 1\.5 s\) is possible: op-\d+ read y before op-\d+ wrote 2; op-\d+ read 1 of x from op-\d+ \(G-single\)\.$/,
    );
    expect(violation?.witness).toEqual([0, 1, 2, 3]);
    expect(premises).toBe(2);
  });

  it('lets a transaction of unknown outcome have committed, or not', () => {
    expect(verdicts(txn('a', [['append', 'x', 1]], [0, 5], 'info'), txn('b', [['r', 'x', [1]]], [6, 7]))).toEqual(
      levels.map(() => 'pass'),
    );
    expect(verdicts(txn('a', [['append', 'x', 1]], [0, 5], 'info'), txn('b', [['r', 'x', []]], [6, 7]))).toEqual(
      levels.map(() => 'pass'),
    );
  });

  it('says unknown when versions cannot be told apart', () => {
    expect(judge(serializable(), historyOf(txn('a', [['w', 'x', 1]]), txn('b', [['w', 'x', 1]])))).toMatchObject({
      violation: undefined,
      unknown: '1 was written to x twice; versions cannot be told apart',
    });
  });
});

describe('random transactions', () => {
  /** Runs them one after the other on lists and registers; each is recorded as if it had taken `reach` turns. */
  function serialRun(seed: number, count: number, reach: number) {
    const random = randomOf(seed, 'serial');
    const lists = new Map<string, number[]>();
    const registers = new Map<string, number>();
    let value = 0;
    return Array.from({ length: count }, (_, index) => {
      const steps: Steps = Array.from({ length: random.nextInt(1, 4) }, () => {
        const isList = random.nextInt(0, 1) === 0;
        const key = `${isList ? 'list' : 'register'}-${random.nextInt(1, 4)}`;
        value += 1;
        if (random.nextInt(0, 1) === 0)
          return ['r', key, isList ? [...(lists.get(key) ?? [])] : (registers.get(key) ?? null)];
        if (isList) lists.set(key, [...(lists.get(key) ?? []), value]);
        else registers.set(key, value);
        return [isList ? 'append' : 'w', key, value];
      });
      return {
        steps,
        times: [index - random.nextInt(0, reach) / 2 + reach, index + 0.1 + random.nextInt(0, reach) / 2 + reach] as [
          number,
          number,
        ],
      };
    });
  }

  it('that were run one after the other pass at every level', () => {
    for (let seed = 1; seed <= 40; seed++) {
      const run = serialRun(seed, 60, 8).map(({ steps, times }) => txn('s', steps, times));
      expect(verdicts(...run)).toEqual(levels.map(() => 'pass'));
    }
  });

  it('of which one read an older state are found, as soon as it matters', () => {
    let found = 0;
    for (let seed = 1; seed <= 60; seed++) {
      const run = serialRun(seed, 40, 0);
      const victim = run.findIndex(
        ({ steps }, index) =>
          index > 20 && steps.some(([f, , list]) => f === 'r' && Array.isArray(list) && list.length > 2),
      );
      if (victim === -1) continue;
      const steps = run[victim]!.steps.map(([f, key, list]): Steps[number] => [
        f,
        key,
        f === 'r' && Array.isArray(list) ? list.slice(0, 1) : list,
      ]);
      const broken = run.with(victim, { ...run[victim]!, steps });
      const [, , , strict] = verdicts(...broken.map(({ steps, times }) => txn('s', steps, times)));
      if (strict !== 'pass') found += 1;
    }
    expect(found).toBeGreaterThan(30);
  });

  it('two thousand of them are judged in a second or two', () => {
    const run = serialRun(1, 2000, 20).map(({ steps, times }) => txn('s', steps, times));
    const records = historyOf(...run);
    expect(judge(serializable({ level: 'strictSerializable' }), records, { now: 5000 })).toMatchObject({
      violation: undefined,
      premises: 2000,
    });
  });
});
