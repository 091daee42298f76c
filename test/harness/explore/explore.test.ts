/** The ways to explore, without a simulation: coverage, mutants, trigger points, the corpus folder, and what strategies ask for. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readCorpus, writeEntry } from '../../../harness/explore/corpus.ts';
import { startCoverage } from '../../../harness/explore/coverage.ts';
import { mutate } from '../../../harness/explore/mutate.ts';
import { triggerPoints } from '../../../harness/explore/points.ts';
import type { Pool } from '../../../harness/explore/pool.ts';
import type { Request, RunAnswer } from '../../../harness/explore/protocol.ts';
import { type Attempt, type Exploration, strategyOf } from '../../../harness/explore/strategy.ts';
import type { HistoryRecord, UnplacedRecord } from '../../../harness/history/record.ts';
import type { Fault, Plan } from '../../../harness/plan/format.ts';
import { generatePlan } from '../../../harness/plan/generate.ts';
import { readPlan } from '../../../harness/plan/validate.ts';
import { exampleScenario } from '../plan/example-scenario.ts';

const scenario = exampleScenario();
const planOf = (seed: number, swarm = false): Plan =>
  generatePlan({ scenario, subject: 'naive', seed, profile: 'full', swarm });

const message = (link: string, label: string): UnplacedRecord => {
  const [from, to] = link.split('>') as [string, string];
  const type = from === 'cache' ? 'reply' : 'request';
  return { kind: 'message', host: to, id: 1, from, to, label, type, bytes: 9, phase: 'delivered', connection: 1 };
};

describe('coverage', () => {
  const pause: Fault = { id: 'f1', kind: 'pause', at: 0, for: 1, process: 'worker-1' };
  const pairsOf = (...records: readonly UnplacedRecord[]): readonly number[] => {
    const coverage = startCoverage([pause]);
    for (const record of records) coverage.note(record);
    return coverage.pairs();
  };
  const fault = (phase: 'bit' | 'heal'): UnplacedRecord => ({
    kind: 'fault',
    host: 'worker-1',
    id: 'f1',
    phase,
    detail: '',
  });

  it('is the same for numbers that differ, and another for a fault in force, a state and a mark', () => {
    const plain = pairsOf(message('cache>worker-1', 'GET job:1'));
    expect(pairsOf(message('cache>worker-1', 'GET job:2'))).toEqual(plain);
    expect(pairsOf(message('cache>worker-1', 'GET other:2'))).not.toEqual(plain);
    expect(pairsOf(fault('bit'), message('cache>worker-1', 'GET job:1'))).toHaveLength(2);
    expect(pairsOf(fault('bit'), fault('heal'), message('cache>worker-1', 'GET job:1'))).toEqual(plain);
    const far = pairsOf(fault('bit'), message('cache>worker-2', 'GET job:1'));
    expect(far).not.toEqual(pairsOf(fault('bit'), message('cache>worker-1', 'GET job:1')));
    const again = pairsOf(
      { kind: 'process', host: 'worker-1', state: 'started', incarnation: 2 },
      message('cache>worker-1', 'GET job:1'),
    );
    expect(again).not.toEqual(plain);
    expect(pairsOf({ kind: 'mark', host: 'client', name: 'takeover' })).toHaveLength(1);
  });
});

describe('mutate', () => {
  it('gives valid plans, the same for the same seed, and no fault out of thin air', () => {
    let changed = 0;
    for (let seed = 1; seed <= 200; seed++) {
      const [plan, other] = [planOf(seed), planOf(seed + 1000)];
      const mutant = mutate(plan, other, seed);
      expect(mutate(plan, other, seed)).toEqual(mutant);
      expect(readPlan(mutant.plan, scenario)).toEqual(mutant.plan);
      const kinds = new Set([...plan.faults, ...other.faults].map(({ kind }) => kind));
      for (const { kind } of mutant.plan.faults) expect(kinds).toContain(kind);
      if (JSON.stringify(mutant.plan.faults) !== JSON.stringify(plan.faults)) changed += 1;
    }
    expect(changed).toBeGreaterThan(150);
  });
});

describe('swarm', () => {
  it('switches kinds off per seed, and leaves the plans of other modes as they were', () => {
    const kindsIn = (seeds: readonly number[], swarm: boolean): readonly number[] =>
      seeds.map((seed) => new Set(planOf(seed, swarm).faults.map(({ kind }) => kind)).size);
    const seeds = Array.from({ length: 60 }, (_, index) => index + 1);
    const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);
    expect(sum(kindsIn(seeds, true))).toBeLessThan(sum(kindsIn(seeds, false)));
    expect(planOf(9, true)).toEqual(planOf(9, true));
    expect(planOf(9, true).workload).toEqual(planOf(9).workload);
  });
});

describe('triggerPoints', () => {
  const history = ['GET a1', 'GET a2', 'GET a3', 'SET b'].map(
    (label, seq) => ({ ...message('cache>worker-1', label), seq, at: seq }) as HistoryRecord,
  );
  const templates = new Map<string, Fault>([
    ['crash', { id: 'x', kind: 'crash', at: 5, for: 2000, process: 'api' }],
    ['reply-lost', { id: 'x', kind: 'reply-lost', at: 5, link: 'a>b', label: '*' }],
    [
      'partition',
      { id: 'x', kind: 'partition', at: 5, for: 900, between: [['a'], ['b']], direction: 'both', connect: 'hang' },
    ],
  ]);

  it('strikes at each message, first ones first, with each kind that fits there', () => {
    const points = [...triggerPoints(history, ['worker-1'], templates)];
    expect(points[0]!.how).toBe('crash before reply 1 "GET a*" on cache>worker-1');
    // Four messages; crash and partition before and after each, and each reply lost.
    expect(points).toHaveLength(4 * 5);
    expect(new Set(points.map(({ how }) => how)).size).toBe(points.length);
    expect(points.map(({ fault }) => fault.on!.nth)).toEqual([
      ...Array(10).fill(1),
      ...Array(5).fill(2),
      ...Array(5).fill(3),
    ]);
    for (const { fault } of points) {
      expect(fault.at).toBeUndefined();
      if (fault.kind === 'crash') expect(fault).toMatchObject({ process: 'worker-1', for: 2000 });
    }
  });

  it('has none where nothing was seen, or no kind is allowed', () => {
    expect([...triggerPoints([], ['worker-1'], templates)]).toEqual([]);
    expect([...triggerPoints(history, ['worker-1'], new Map())]).toEqual([]);
  });
});

describe('corpus', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'seedstorm-corpus-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const entry = { plan: planOf(3), how: 'seed 3', news: 7 };

  it('is read as it was written, less the entries of other scenarios; a missing folder is empty', () => {
    writeEntry(folder, entry);
    writeEntry(folder, entry);
    writeEntry(folder, { ...entry, plan: { ...planOf(4), scenario: 'other' } });
    expect(readdirSync(folder)).toHaveLength(2);
    expect(readCorpus(folder, 'example')).toEqual([entry]);
    expect(readCorpus(join(folder, 'none'), 'example')).toEqual([]);
  });

  it('names the file that is cut off, of a newer format, or not a corpus file', () => {
    writeEntry(folder, entry);
    const path = join(folder, readdirSync(folder)[0]!);
    const text = readFileSync(path, 'utf8');
    const readWith = (changed: string) => () => {
      writeFileSync(path, changed);
      return readCorpus(folder, 'example');
    };
    expect(readWith(text.slice(0, 90))).toThrow(/corpus file .*example-.*\.json is not JSON/);
    expect(readWith(text.replace('corpus@1', 'corpus@2'))).toThrow(/format seedstorm\/corpus@2; this seedstorm reads/);
    expect(readWith('[]')).toThrow(/is not a corpus file/);
    expect(readWith(text.replace(/"kind": "[a-z-]+"/, '"kind": "earthquake"'))).toThrow(/unknown kind "earthquake"/);
    expect(() => readCorpus(path, 'example')).toThrow(/is not a folder/);
  });
});

describe('strategies', () => {
  const target = { scenario: 'example', subject: 'naive', profile: 'full', cwd: '/' } as const;
  /** Answers `generate` requests; runs are answered by the test. */
  const pool = {
    serve: async (request: Request) => ({ type: 'planned', plan: planOf((request as { seed: number }).seed) }),
  } as unknown as Pool;
  const make = (exploration: Exploration, corpus?: string) =>
    strategyOf(exploration, {
      pool,
      target,
      scenario: { name: 'example', processes: ['worker-1'] },
      faults: true,
      corpus,
    });
  const ran = (plan: Plan, more: Partial<RunAnswer> = {}): RunAnswer => ({
    ...{ plan, millis: 1, items: 0, planInWords: [] },
    outcome: { verdict: 'pass' } as RunAnswer['outcome'],
    ...more,
  });
  const planIn = ({ request }: Attempt): Plan => (request.type === 'plan' ? request.plan : planOf(request.seed));

  it('guided keeps plans with news, mutates them, says how, and is the same for the same answers', async () => {
    const search = async (): Promise<readonly string[]> => {
      const guided = make('guided');
      const hows: string[] = [];
      for (let seed = 1; seed <= 40; seed++) {
        const attempt = await guided.next(seed);
        hows.push(attempt.how);
        expect(attempt.request).toMatchObject({ coverage: true });
        guided.learn(attempt, ran(planIn(attempt), { coverage: [1, 2, seed % 10] }));
      }
      expect(guided.summary).toBe('10 pairs of message and state reached, 9 plans kept');
      return hows;
    };
    const hows = await search();
    expect(hows.slice(0, 4)).toEqual(['seed 1', 'seed 2', 'seed 3', 'seed 4']);
    expect(hows.filter((how) => how.startsWith('guided, run of seed ')).length).toBeGreaterThan(15);
    expect(await search()).toEqual(hows);
  });

  it('guided runs the corpus first, with the subject of this sweep', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'seedstorm-corpus-'));
    writeEntry(folder, { plan: { ...planOf(8), subject: 'mutant:x' }, how: 'seed 8', news: 1 });
    const { how, request } = await make('guided', folder).next(1);
    expect(how).toBe('corpus: seed 8');
    expect(request).toMatchObject({ type: 'plan', plan: { subject: 'naive', faults: planOf(8).faults } });
    rmSync(folder, { recursive: true });
  });

  it('points looks at a run without faults first, then strikes, then goes on with drawn plans', async () => {
    const points = make('points');
    const base = await points.next(1);
    expect(base.request).toMatchObject({ type: 'plan', traces: true, plan: { faults: [] } });
    const waiting = points.next(2);
    points.learn(
      base,
      ran(planIn(base), {
        history: [{ ...message('cache>worker-1', 'GET a'), seq: 0, at: 0 } as HistoryRecord],
      }),
    );
    const first = await waiting;
    expect(first.how).toMatch(/^points, run of seed 2: \S+ before reply 1 "GET a" on cache>worker-1$/);
    expect(planIn(first).faults).toHaveLength(1);
    expect(readPlan(planIn(first), scenario).faults).toHaveLength(1);
    let how = first.how;
    for (let seed = 3; seed < 60 && how.startsWith('points'); seed++) how = (await points.next(seed)).how;
    expect(how).toMatch(/^seed \d+$/);
  });

  it('points does without a first run that was lost', async () => {
    const points = make('points');
    points.learn(await points.next(1), undefined);
    expect(await points.next(2)).toMatchObject({ how: 'seed 2', request: { type: 'seed' } });
  });
});
