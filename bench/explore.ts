/**
 * How soon each way to explore finds a bug that is known to be there: runs to the first violation of each mutant of rows 1 and 17, the
 * median over several starts. Start i takes the seeds from i * 10,000 on; a search that finds nothing counts as its limit.
 * BENCH_STARTS and BENCH_RUNS set how many starts, and the limit of runs of each.
 */
import { Pool } from '../harness/explore/pool.ts';
import type { ScenarioDescription, Target } from '../harness/explore/protocol.ts';
import { type Exploration, strategyOf } from '../harness/explore/strategy.ts';
import { sweep } from '../harness/explore/sweep.ts';
import type { Bench } from './benches.ts';

const ROWS = ['job-lease-heartbeat-poison', 'leader-lease-fencing'];
const WAYS: readonly Exploration[] = ['blind', 'swarm', 'guided'];
const starts = Number(process.env['BENCH_STARTS'] ?? 11);
const runsMax = Number(process.env['BENCH_RUNS'] ?? 200);

export const explore: Bench = {
  about: `median runs to the first violation of each mutant of rows 1 and 17, ${starts} starts of at most ${runsMax} runs`,
  isLong: true,
  async *run() {
    yield `${'mutant'.padEnd(64)}${WAYS.map((way) => way.padStart(10)).join('')}`;
    for (const scenario of ROWS) {
      const pool = new Pool({ workers: 1 });
      try {
        const target = { scenario, profile: 'full', cwd: process.cwd() } as const;
        const described = await pool.serve({ type: 'describe', target });
        if (described.type !== 'described') {
          yield `${scenario}: ${'message' in described ? described.message : described.type}`;
          continue;
        }
        for (const subject of described.description.subjects.filter((name) => name.startsWith('mutant:'))) {
          const cells: string[] = [];
          for (const way of WAYS) cells.push(await median(pool, { ...target, subject }, described.description, way));
          yield `${`${scenario} ${subject}`.padEnd(64)}${cells.map((cell) => cell.padStart(10)).join('')}`;
        }
      } finally {
        pool.close();
      }
    }
  },
};

async function median(pool: Pool, target: Target, scenario: ScenarioDescription, way: Exploration): Promise<string> {
  const costs: number[] = [];
  for (let start = 0; start < starts; start++) {
    const result = await sweep({
      pool,
      target,
      seeds: Array.from({ length: runsMax }, (_, index) => start * 10_000 + index + 1),
      faults: true,
      strategy: strategyOf(way, { pool, target, scenario, faults: true }),
      stopsAtViolation: true,
      deadline: Number.POSITIVE_INFINITY,
      signal: new AbortController().signal,
    });
    costs.push(result.first === undefined ? runsMax : result.seeds);
  }
  costs.sort((a, b) => a - b);
  const middle = costs[Math.floor(costs.length / 2)]!;
  return middle >= runsMax ? `>=${runsMax}` : String(middle);
}
