/**
 * What a violation needed, and from when on it was likely: by running it again, otherwise.
 *
 * Necessity: the plan less one fault, once with the same chance and then with other chance. Likelihood: the plan itself with the same
 * streams up to t and fresh ones after it, for several t; the share of violating futures then rises where the run was decided. The
 * instants are chosen by halving the stretch over which the share differs most, so that the rise is found and not a grid drawn. Every
 * figure comes with the number of its runs. With the same budget of runs the result is the same; a budget of time may cut it short.
 */
import type { FreshChance } from '../../sim/kernel/streams.ts';
import type { Explanation } from '../capsule-format.ts';
import type { Plan } from '../plan/format.ts';
import { runPlan, type ShrinkBudget } from './minimise.ts';
import { firstDifference } from './nearest-pass.ts';
import type { Pool } from './pool.ts';
import type { RunAnswer, Target } from './protocol.ts';

export interface ExplainOptions {
  readonly pool: Pool;
  readonly target: Target;
  readonly plan: Plan;
  readonly invariant: string;
  /** The violating run with its history. */
  readonly traced: RunAnswer;
  readonly budget: ShrinkBudget;
  readonly signal: AbortSignal;
}

/** Judges one run: true when it breaks the invariant; undefined when it has no verdict, or no budget was left. */
export type Judge = (plan: Plan, fresh: FreshChance | undefined) => Promise<boolean | undefined>;

export interface Figures {
  readonly necessity: Explanation['necessity'];
  readonly likelihood: Explanation['likelihood'];
  /** The first fault without which the run passes under the same chance. */
  readonly needed: string | undefined;
}

/** Runs of the plan without one fault: at most, and no fewer (or that fault is left out). */
const NECESSITY_RUNS = { most: 20, least: 5 };
/** Of all runs, so many are for necessity at most. */
const NECESSITY_SHARE = 0.4;
/** Futures from one instant. */
const FUTURES = 10;
/** Instants closer than this are one. */
const INSTANT_MICROS = 1000;

/** Explains a violation within the budget. */
export async function explain(options: ExplainOptions): Promise<Explanation> {
  const { pool, target, plan, invariant, traced, budget, signal } = options;
  const deadline = performance.now() + budget.seconds * 1000;
  let runs = 0;
  const judge: Judge = async (candidate, fresh) => {
    if (signal.aborted || runs >= budget.runs || performance.now() >= deadline) return undefined;
    runs += 1;
    const answer = await pool.serve({
      type: 'plan',
      target,
      plan: candidate,
      traces: false,
      ...(fresh === undefined ? {} : { fresh }),
    });
    return answer.type === 'ran' ? answer.answer.outcome.violation?.invariant === invariant : undefined;
  };
  const endMicros = decidedBy(traced);
  const { necessity, likelihood, needed } = await figuresOf({
    plan,
    judge,
    endMicros,
    runs: budget.runs,
    lanes: pool.workers,
  });
  const without = needed === undefined ? undefined : withoutFault(plan, needed);
  let nearestPass: Explanation['nearestPass'];
  if (without !== undefined && !signal.aborted) {
    runs += 1;
    const other = await runPlan(pool, target, without, true);
    nearestPass = firstDifference(traced.history ?? [], other.history ?? [], `the same plan without ${needed}`);
  }
  return {
    runs,
    necessity: [...necessity],
    likelihood: [...likelihood],
    ...(nearestPass === undefined ? {} : { nearestPass }),
  };
}

/** Necessity and likelihood by any judge: the part without a pool. */
export async function figuresOf(options: {
  readonly plan: Plan;
  readonly judge: Judge;
  /** When the violation was there at the latest. */
  readonly endMicros: number;
  /** Most runs in all; one is kept for the nearest passing run. */
  readonly runs: number;
  /** Runs at once. */
  readonly lanes: number;
}): Promise<Figures> {
  const { plan, judge, lanes } = options;
  const { necessity, needed, spent } = await necessityOf(options);
  let left = options.runs - spent - 1;
  const points = new Map<number, { at: number; runs: number; violations: number }>();
  for (
    let at: number | undefined = 0;
    at !== undefined && left > 0;
    at = nextInstant([...points.values()], options.endMicros)
  ) {
    const fromMicros = at;
    const futures = Array.from({ length: Math.min(FUTURES, left) }, (_, index) => index);
    left -= futures.length;
    const verdicts = await inLanes(lanes, futures, (salt) => judge(plan, { fromMicros, salt: String(salt) }));
    const point = { at: fromMicros, ...tally(verdicts) };
    // No verdicts: the time is up.
    if (point.runs === 0) break;
    points.set(fromMicros, point);
  }
  return { necessity, needed, likelihood: [...points.values()].sort((a, b) => a.at - b.at) };
}

async function necessityOf({
  plan,
  judge,
  runs,
  lanes,
}: {
  readonly plan: Plan;
  readonly judge: Judge;
  readonly runs: number;
  readonly lanes: number;
}): Promise<Pick<Figures, 'necessity' | 'needed'> & { readonly spent: number }> {
  const share = Math.floor(runs * NECESSITY_SHARE);
  const each = Math.min(
    NECESSITY_RUNS.most,
    Math.max(NECESSITY_RUNS.least, Math.floor(share / Math.max(1, plan.faults.length))),
  );
  const necessity: { faultId: string; runs: number; violations: number }[] = [];
  let needed: string | undefined;
  let spent = 0;
  for (const { id } of plan.faults) {
    if (spent + each > share) break;
    spent += each;
    const without = withoutFault(plan, id);
    const chances = Array.from({ length: each }, (_, index) => index);
    const verdicts = await inLanes(lanes, chances, (salt) =>
      judge(without, salt === 0 ? undefined : { fromMicros: 0, salt: String(salt) }),
    );
    const figure = { faultId: id, ...tally(verdicts) };
    if (figure.runs > 0) necessity.push(figure);
    if (verdicts[0] === false) needed ??= id;
  }
  return { necessity, needed, spent };
}

/** Where the next futures begin: at the end first, then amid the two instants between which the share differs most. */
function nextInstant(
  points: readonly { readonly at: number; readonly runs: number; readonly violations: number }[],
  endMicros: number,
): number | undefined {
  const ordered = points.toSorted((a, b) => a.at - b.at);
  if (ordered.at(-1)!.at < endMicros) return endMicros;
  let best: { readonly at: number; readonly weight: number } | undefined;
  for (let index = 1; index < ordered.length; index++) {
    const [low, high] = [ordered[index - 1]!, ordered[index]!];
    const width = high.at - low.at;
    if (width < 2 * INSTANT_MICROS) continue;
    const rise = Math.abs(high.violations / high.runs - low.violations / low.runs);
    // A rise counts by how often its stretch can still be halved; without one the widest stretch is looked into.
    const weight = (rise + 0.01) * Math.log2(width / INSTANT_MICROS);
    if (best === undefined || weight > best.weight) best = { at: Math.round((low.at + high.at) / 2), weight };
  }
  return best?.at;
}

/** True time (µs) of the last record that proves the violation. */
function decidedBy({ outcome, history = [] }: RunAnswer): number {
  const witness = new Set(outcome.violation?.witness);
  const times = history.filter(({ seq }) => witness.has(seq)).map(({ at }) => at);
  return times.length === 0 ? outcome.virtualMicros : Math.max(...times);
}

function withoutFault(plan: Plan, id: string): Plan {
  return { ...plan, faults: plan.faults.filter((fault) => fault.id !== id) };
}

function tally(verdicts: readonly (boolean | undefined)[]): { runs: number; violations: number } {
  const judged = verdicts.filter((verdict) => verdict !== undefined);
  return { runs: judged.length, violations: judged.filter((verdict) => verdict).length };
}

/** Maps the items, so many at once, in order. */
async function inLanes<T, R>(lanes: number, items: readonly T[], map: (item: T) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let index = next++; index < items.length; index = next++) results[index] = await map(items[index]!);
  };
  await Promise.all(Array.from({ length: Math.min(lanes, items.length) }, lane));
  return results;
}
