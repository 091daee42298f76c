/**
 * Shrinks the plan of a violation on the pool: by the moves of `plan/shrink.ts`, then by triggers in place of times where these break
 * the invariant under more seeds. The best so far is told after each run, so that it is never lost, whatever ends the search.
 */
import { SeedstormError } from '../../sim/kernel/errors.ts';
import { faultKinds } from '../faults/registry.ts';
import type { Plan } from '../plan/format.ts';
import { type ShrinkResult, shrinking } from '../plan/shrink.ts';
import { triggersInPlaceOfTime } from '../plan/shrink-triggers.ts';
import { expectAnswer, type Pool } from './pool.ts';
import type { RunAnswer, ScenarioDescription, Target } from './protocol.ts';

export interface ShrinkBudget {
  readonly runs: number;
  readonly seconds: number;
}

export interface Minimised {
  readonly plan: Plan;
  readonly runs: number;
  readonly stopped: ShrinkResult['stopped'] | 'interrupted';
}

export interface MinimiseOptions {
  readonly pool: Pool;
  readonly target: Target;
  readonly scenario: Pick<ScenarioDescription, 'processes'>;
  /** The run that broke the invariant. */
  readonly original: Pick<RunAnswer, 'plan' | 'items'>;
  readonly invariant: string;
  readonly budget: ShrinkBudget;
  readonly signal: AbortSignal;
  readonly onProgress?: (runs: number, faults: number) => void;
}

/** Other seeds under which a time and a trigger are compared. */
const SURVIVAL_SEEDS = 5;
/** Codes of runs that gave no verdict. */
const unjudgedCodes = new Set(['E_SPIN', 'E_CHILD']);

/** Runs a plan and returns the answer; a lost child or a refusal is thrown. */
export async function runPlan(
  pool: Pool,
  target: Target,
  plan: Plan,
  traces = false,
  inspect?: { readonly atMicros: number; readonly port: number },
): Promise<RunAnswer> {
  const halt = inspect === undefined ? {} : { inspect };
  return (await expectAnswer(pool, { type: 'plan', target, plan, traces, ...halt }, 'ran')).answer;
}

/** Shrinks within the budget. */
export async function minimise(options: MinimiseOptions): Promise<Minimised> {
  return new Minimiser(options).run();
}

class Minimiser {
  private readonly options: MinimiseOptions;
  private readonly startedMs = performance.now();
  private best: Plan;
  private runs = 0;
  private items: number;

  constructor(options: MinimiseOptions) {
    this.options = options;
    this.best = options.original.plan;
    this.items = options.original.items;
  }

  async run(): Promise<Minimised> {
    let stopped = await this.shrink();
    // A trigger may be shrunk again: to an earlier message.
    if (stopped === 'minimal' && (await this.preferTriggers())) stopped = await this.shrink();
    if (this.options.signal.aborted) stopped = 'interrupted';
    return { plan: this.best, runs: this.runs, stopped };
  }

  private get secondsLeft(): number {
    return this.options.budget.seconds - (performance.now() - this.startedMs) / 1000;
  }

  private async shrink(): Promise<Minimised['stopped']> {
    const { pool, target, budget, signal, scenario, onProgress } = this.options;
    const runsBefore = this.runs;
    const search = shrinking(this.best, (plan) => this.stillFails(plan), {
      runs: budget.runs - runsBefore,
      seconds: this.secondsLeft,
      now: () => performance.now(),
      items: this.items,
      processes: scenario.processes,
      draws: async (draws) => (await expectAnswer(pool, { type: 'simpler-draws', target, draws }, 'drawn')).draws,
    });
    for (;;) {
      const step = await search.next();
      if (step.done === true) {
        this.best = step.value.plan;
        return step.value.stopped;
      }
      this.best = step.value.best;
      this.runs = runsBefore + step.value.runs;
      if (signal.aborted) return 'interrupted';
      onProgress?.(this.runs, this.best.faults.length);
    }
  }

  private async stillFails(plan: Plan): Promise<'unjudged' | { fails: boolean; items: number }> {
    const { pool, target, invariant } = this.options;
    try {
      const { outcome, items } = await runPlan(pool, target, plan);
      const fails = outcome.verdict === 'violation' && outcome.violation!.invariant === invariant;
      if (fails && plan.seed === this.best.seed) this.items = items;
      return { fails, items };
    } catch (error) {
      if (error instanceof SeedstormError && unjudgedCodes.has(error.code)) return 'unjudged';
      throw error;
    }
  }

  /** Ties faults to messages where that breaks the invariant under more seeds. True when a fault was changed. */
  private async preferTriggers(): Promise<boolean> {
    const { pool, target } = this.options;
    let hasChanged = false;
    if (!this.best.faults.some(({ on }) => on === undefined) || !this.mayRun()) return false;
    this.runs += 1;
    const { history = [] } = await runPlan(pool, target, this.best, true);
    for (let index = 0; index < this.best.faults.length; index++) {
      let survivals: number | undefined;
      const timed = this.best;
      for (const tied of triggersInPlaceOfTime(timed.faults[index]!, history, faultKinds)) {
        const candidate: Plan = { ...timed, faults: timed.faults.with(index, tied) };
        if (!this.mayRun() || (await this.countFailures(candidate, [candidate.seed])) === 0) continue;
        survivals ??= await this.countFailures(timed, otherSeeds(timed));
        const now = await this.countFailures(candidate, otherSeeds(candidate));
        if (now <= survivals) continue;
        survivals = now;
        this.best = candidate;
        hasChanged = true;
      }
    }
    return hasChanged;
  }

  private mayRun(): boolean {
    return !this.options.signal.aborted && this.runs < this.options.budget.runs && this.secondsLeft > 0;
  }

  /** Seeds under which the plan breaks the invariant; those for which no budget is left do not count. */
  private async countFailures(plan: Plan, seeds: readonly number[]): Promise<number> {
    let failures = 0;
    for (const seed of seeds) {
      if (!this.mayRun()) break;
      this.runs += 1;
      const answer = await this.stillFails({ ...plan, seed });
      if (answer !== 'unjudged' && answer.fails) failures += 1;
    }
    return failures;
  }
}

function otherSeeds({ seed }: Plan): readonly number[] {
  return Array.from({ length: SURVIVAL_SEEDS }, (_, index) => (seed + 1 + index) % 0x1_0000_0000);
}
