/**
 * Which run comes next: the ways to explore a scenario. Each is asked for an attempt per seed and told its outcome.
 *
 * `blind` draws a plan per seed. `swarm` does too, with a random subset of fault kinds switched off for each seed (Groce et al., ISSTA
 * 2012). `guided` keeps the plans that reached something new (`coverage.ts`) and mutates them. `points` strikes at one message after
 * another (`points.ts`). With one child the same seeds give the same search; with several, what is learned when depends on which of
 * them is faster. A case that is found replays from its capsule in any case: the plan is whole.
 */
import { Draw } from '../faults/draw.ts';
import type { Fault, Plan } from '../plan/format.ts';
import { withoutFaults } from '../plan/generate.ts';
import { randomOf } from '../plan/random.ts';
import { type CorpusEntry, readCorpus, writeEntry } from './corpus.ts';
import { mutate } from './mutate.ts';
import { type Point, triggerPoints } from './points.ts';
import { expectAnswer, type Pool } from './pool.ts';
import type { Request, RunAnswer, ScenarioDescription, Target } from './protocol.ts';

export const explorations = ['blind', 'swarm', 'guided', 'points'] as const;
export type Exploration = (typeof explorations)[number];

export interface Attempt {
  readonly request: Request & { readonly type: 'seed' | 'plan' };
  /** How the plan came about, for the capsule: `seed 17`. */
  readonly how: string;
}

export interface Strategy {
  /** The attempt for a seed of the sweep. */
  next(seed: number): Promise<Attempt>;
  /** Learns what came of it; undefined where the run was lost. */
  learn(attempt: Attempt, answer: RunAnswer | undefined): void;
  /** For the summary and the JSON: `312 pairs reached, 41 plans kept`. */
  readonly summary: string | undefined;
}

export interface StrategyOptions {
  readonly pool: Pool;
  readonly target: Target;
  readonly scenario: Pick<ScenarioDescription, 'name' | 'processes'>;
  readonly faults: boolean;
  /** Folder of the corpus, for `guided`. */
  readonly corpus?: string | undefined;
}

/** Makes the strategy of one sweep. */
export function strategyOf(exploration: Exploration, options: StrategyOptions): Strategy {
  switch (exploration) {
    case 'blind':
      return new Drawn(options, false);
    case 'swarm':
      return new Drawn(options, true);
    case 'guided':
      return new Guided(options);
    case 'points':
      return new Points(options);
  }
}

/** A plan per seed. */
class Drawn implements Strategy {
  private readonly options: StrategyOptions;
  private readonly swarm: boolean;
  readonly summary = undefined;

  constructor(options: StrategyOptions, swarm: boolean) {
    this.options = options;
    this.swarm = swarm;
  }

  async next(seed: number): Promise<Attempt> {
    const { target, faults } = this.options;
    const request = { type: 'seed', target, seed, faults, swarm: this.swarm } as const;
    return { request, how: this.swarm ? `seed ${seed}, swarm` : `seed ${seed}` };
  }

  learn(): void {}
}

/** Of three runs, one is a plan of its own and two are mutants, once this many plans are kept. */
const CORPUS_FIRST = 4;

class Guided implements Strategy {
  private readonly options: StrategyOptions;
  private readonly reached = new Set<number>();
  private readonly kept: { readonly entry: CorpusEntry; chosen: number }[] = [];
  /** Plans of the folder that have not been run yet. */
  private readonly toReplay: CorpusEntry[];

  constructor(options: StrategyOptions) {
    this.options = options;
    const { corpus, scenario } = options;
    this.toReplay = corpus === undefined ? [] : [...readCorpus(corpus, scenario.name)];
  }

  get summary(): string {
    return `${this.reached.size} pairs of message and state reached, ${this.kept.length} plans kept`;
  }

  async next(seed: number): Promise<Attempt> {
    const { pool, target, faults } = this.options;
    const stored = this.toReplay.shift();
    if (stored !== undefined) {
      const plan = { ...stored.plan, subject: target.subject, profile: target.profile };
      return { request: { type: 'plan', target, plan, traces: false, coverage: true }, how: `corpus: ${stored.how}` };
    }
    const draw = new Draw(randomOf(seed, 'explore/guided'));
    if (!faults || this.kept.length < CORPUS_FIRST || draw.ratio(1, 3))
      return { request: { type: 'seed', target, seed, faults, coverage: true }, how: `seed ${seed}` };
    const parent = this.choose(draw);
    const { plan: other } = await expectAnswer(pool, { type: 'generate', target, seed }, 'planned');
    const { plan, how } = mutate(parent.plan, other, seed);
    return {
      request: { type: 'plan', target, plan, traces: false, coverage: true },
      how: `guided, run of seed ${seed}: the plan of ${originOf(parent.how)}, ${how}`,
    };
  }

  learn({ how }: Attempt, answer: RunAnswer | undefined): void {
    if (answer?.coverage === undefined) return;
    let news = 0;
    for (const pair of answer.coverage) {
      if (this.reached.has(pair)) continue;
      this.reached.add(pair);
      news += 1;
    }
    const { verdict } = answer.outcome;
    if (news === 0 || (verdict !== 'pass' && verdict !== 'violation' && verdict !== 'vacuous')) return;
    const entry: CorpusEntry = { plan: answer.plan, how: originOf(how), news };
    this.kept.push({ entry, chosen: 0 });
    const { corpus } = this.options;
    if (corpus !== undefined) writeEntry(corpus, entry);
  }

  /** Plans with much that was new, and those not chosen often yet, come first. */
  private choose(draw: Draw): CorpusEntry {
    const weights = this.kept.map(({ entry, chosen }) => Math.ceil((8 * Math.log2(2 + entry.news)) / (1 + chosen)));
    let left = draw.integer(0, weights.reduce((sum, weight) => sum + weight, 0) - 1);
    const index = weights.findIndex((weight) => {
      left -= weight;
      return left < 0;
    });
    const chosen = this.kept[index]!;
    chosen.chosen += 1;
    return chosen.entry;
  }
}

/** A chain of mutants is told by its last link. */
function originOf(how: string): string {
  return how.replace(/^corpus: /, '').replace(/^guided, run of (seed \d+):.*$/, '$1 (guided)');
}

/** Plans drawn to learn how long faults of each kind last in this scenario. */
const TEMPLATE_SEEDS = 30;

class Points implements Strategy {
  private readonly options: StrategyOptions;
  private points: Iterator<Point> | undefined;
  private tried = 0;
  private base: Plan | undefined;
  private isAsked = false;
  private tellBase: (answer: RunAnswer | undefined) => void = () => {};
  private readonly baseKnown = new Promise<RunAnswer | undefined>((resolve) => {
    this.tellBase = resolve;
  });

  constructor(options: StrategyOptions) {
    this.options = options;
  }

  get summary(): string {
    return `${this.tried} trigger points tried`;
  }

  async next(seed: number): Promise<Attempt> {
    const { target, pool, scenario, faults } = this.options;
    const asDrawn: Attempt = { request: { type: 'seed', target, seed, faults }, how: `seed ${seed}` };
    if (!this.isAsked) {
      // The first run shows what there is to strike at: it has no faults.
      this.isAsked = true;
      const { plan } = await expectAnswer(pool, { type: 'generate', target, seed }, 'planned');
      const request = { type: 'plan', target, plan: withoutFaults(plan), traces: true } as const;
      return { request, how: `seed ${seed}, no faults` };
    }
    const base = await this.baseKnown;
    if (base === undefined || !faults) return asDrawn;
    this.base = base.plan;
    this.points ??= triggerPoints(base.history ?? [], scenario.processes, await this.templates());
    const point = this.points.next();
    if (point.done === true) return asDrawn;
    this.tried += 1;
    const plan: Plan = { ...this.base, faults: [point.value.fault] };
    return {
      request: { type: 'plan', target, plan, traces: false },
      how: `points, run of seed ${seed}: ${point.value.how}`,
    };
  }

  learn({ request }: Attempt, answer: RunAnswer | undefined): void {
    if (request.type === 'plan' && request.traces) this.tellBase(answer);
  }

  /** The longest fault of each kind among some drawn plans. */
  private async templates(): Promise<ReadonlyMap<string, Fault>> {
    const { pool, target } = this.options;
    const templates = new Map<string, Fault>();
    for (let seed = 1; seed <= TEMPLATE_SEEDS; seed++) {
      const { plan } = await expectAnswer(pool, { type: 'generate', target, seed }, 'planned');
      for (const fault of plan.faults) {
        if ((fault.for ?? 0) >= (templates.get(fault.kind)?.for ?? 0)) templates.set(fault.kind, fault);
      }
    }
    return templates;
  }
}
