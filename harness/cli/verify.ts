/**
 * `seedstorm verify`: is the same seed the same run? Each seed runs twice inside one process, then in other processes: in shuffled order,
 * with forced garbage collections, and with other Node binaries. On a mismatch the first event that differs is named.
 */
import { Streams } from '../../sim/kernel/streams.ts';
import { expectAnswer, Pool } from '../explore/pool.ts';
import type { FoldRequest, RunAnswer, Target } from '../explore/protocol.ts';
import { builtinScenarios } from '../load.ts';
import type { Plan, Profile } from '../plan/format.ts';
import { describeScenario } from './describe-scenario.ts';
import { exitCode } from './exit-codes.ts';
import { parseSeeds } from './seeds.ts';

export interface VerifyOptions {
  readonly seeds: string;
  readonly subject?: string;
  readonly profile: string;
  /** Other Node binaries: their verdicts must be equal, and their hashes unless `verdictsOnly`. */
  readonly node?: string | readonly string[];
  readonly verdictsOnly?: boolean;
  readonly workers?: string;
  readonly json?: boolean;
}

interface Mismatch {
  readonly scenario: string;
  readonly subject: string;
  readonly seed: number;
  readonly way: string;
  readonly hash: string;
  readonly otherHash: string;
  readonly verdict: string;
  readonly otherVerdict: string;
  /** Number and description of the first event that differs, where that was found out. */
  readonly event?: number;
  readonly description?: string;
  readonly otherDescription?: string;
}

interface Way {
  readonly name: string;
  readonly pool: Pool;
  readonly shuffles: boolean;
  readonly collectsGarbage: boolean;
  readonly comparesHashes: boolean;
}

/** Runs the command; resolves to the exit code. */
export async function verify(names: readonly string[], options: VerifyOptions): Promise<number> {
  const seeds = [...parseSeeds(options.seeds)];
  const workers = options.workers === undefined ? {} : { workers: Number(options.workers) };
  const first = new Pool({ ...workers });
  const nodes = options.node === undefined ? [] : [options.node].flat();
  const ways: Way[] = [
    { name: 'again in the same processes', pool: first, shuffles: false, collectsGarbage: false, comparesHashes: true },
    {
      name: 'in other processes, in shuffled order',
      pool: new Pool(workers),
      shuffles: true,
      collectsGarbage: false,
      comparesHashes: true,
    },
    {
      name: 'with forced garbage collections',
      pool: new Pool({ ...workers, exposesGc: true }),
      shuffles: false,
      collectsGarbage: true,
      comparesHashes: true,
    },
    ...nodes.map((node) => ({
      name: `with ${node}`,
      pool: new Pool({ ...workers, node }),
      shuffles: false,
      collectsGarbage: false,
      comparesHashes: options.verdictsOnly !== true,
    })),
  ];
  const mismatches: Mismatch[] = [];
  let runs = 0;
  try {
    for (const name of names.length > 0 ? names : builtinScenarios()) {
      const profile = options.profile as Profile;
      const scenario = await describeScenario(first, name, profile);
      const subjects =
        options.subject === undefined || options.subject === 'all' ? scenario.subjects : options.subject.split(',');
      for (const subject of subjects) {
        const target: Target = { scenario: name, subject, profile, cwd: process.cwd() };
        const baseline = new Map<number, RunAnswer>();
        await Promise.all(
          lanes(first.workers, seeds, async (seed) => {
            baseline.set(seed, await runSeed(first, target, seed));
            runs++;
          }),
        );
        for (const way of ways) {
          const order = way.shuffles ? shuffled(seeds) : seeds;
          await Promise.all(
            lanes(way.pool.workers, order, async (seed) => {
              const base = baseline.get(seed)!;
              const other = await runPlan(way, target, base.plan);
              runs++;
              const differs =
                (way.comparesHashes && other.outcome.hash !== base.outcome.hash) ||
                other.outcome.verdict !== base.outcome.verdict;
              if (!differs) return;
              mismatches.push({
                scenario: scenario.name,
                subject,
                seed,
                way: way.name,
                hash: base.outcome.hash,
                otherHash: other.outcome.hash,
                verdict: base.outcome.verdict,
                otherVerdict: other.outcome.verdict,
                ...(mismatches.length < 3 ? await firstDifference(first, way, target, base.plan) : {}),
              });
            }),
          );
          process.stderr.write(
            `${scenario.name} (${subject}): ${seeds.length} seeds ${way.name}: ${mismatches.filter((mismatch) => mismatch.way === way.name && mismatch.subject === subject).length} mismatches\n`,
          );
        }
      }
    }
  } finally {
    for (const { pool } of ways) pool.close();
  }
  for (const mismatch of mismatches.slice(0, 10)) {
    process.stderr.write(
      `\n${mismatch.scenario} (${mismatch.subject}), seed ${mismatch.seed}, ${mismatch.way}: ${mismatch.verdict} ${mismatch.hash} and ${mismatch.otherVerdict} ${mismatch.otherHash}\n`,
    );
    if (mismatch.event !== undefined)
      process.stderr.write(
        `  first difference at event ${mismatch.event}:\n  - ${mismatch.description}\n  + ${mismatch.otherDescription}\n`,
      );
  }
  if (options.json === true)
    process.stdout.write(
      `${JSON.stringify({ format: 'seedstorm/verify@1', seeds: seeds.length, runs, mismatches })}\n`,
    );
  return mismatches.length === 0 ? exitCode.expected : exitCode.error;
}

function lanes(count: number, seeds: readonly number[], work: (seed: number) => Promise<void>): Promise<void>[] {
  const queue = [...seeds];
  return Array.from({ length: count }, async () => {
    for (let seed = queue.shift(); seed !== undefined; seed = queue.shift()) await work(seed);
  });
}

/** The same shuffle every time. */
function shuffled(seeds: readonly number[]): number[] {
  const stream = new Streams('verify').of('order');
  const order = [...seeds];
  for (let index = order.length - 1; index > 0; index--) {
    const other = stream.int(index + 1);
    [order[index], order[other]] = [order[other]!, order[index]!];
  }
  return order;
}

async function runSeed(pool: Pool, target: Target, seed: number): Promise<RunAnswer> {
  return (await expectAnswer(pool, { type: 'seed', target, seed, faults: true }, 'ran')).answer;
}

async function runPlan(
  { pool, collectsGarbage }: Pick<Way, 'pool' | 'collectsGarbage'>,
  target: Target,
  plan: Plan,
  folds?: FoldRequest,
): Promise<RunAnswer> {
  const request = { type: 'plan', target, plan, traces: false, collectsGarbage } as const;
  return (await expectAnswer(pool, folds === undefined ? request : { ...request, folds }, 'ran')).answer;
}

/** Finds the first event whose prefix hash differs, and has both sides describe it. */
async function firstDifference(first: Pool, way: Way, target: Target, plan: Plan): Promise<Partial<Mismatch>> {
  const base = { pool: first, collectsGarbage: false };
  const one = await runPlan(base, target, plan, { all: true });
  const other = await runPlan(way, target, plan, { all: true });
  const hashes = one.foldHashes ?? [];
  const others = other.foldHashes ?? [];
  const event = hashes.findIndex((hash, index) => others[index] !== hash);
  if (event < 0) return {};
  const description = (await runPlan(base, target, plan, { describe: event })).foldDescription ?? '';
  const otherDescription = (await runPlan(way, target, plan, { describe: event })).foldDescription ?? '';
  return { event, description, otherDescription };
}
