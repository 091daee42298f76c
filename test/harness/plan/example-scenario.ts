/** A scenario for tests of plans: two stores, a ledger, three workers and one api. */
import { fault, fc, ledger, postgres, redis, type Scenario, scenario } from '../../../harness/scenario.ts';

export const everyFault = fault.any(
  fault.partition(),
  fault.delay(),
  fault.bandwidth(),
  fault.blackhole(),
  fault.reset(),
  fault.replyLost({ points: [{ link: 'bank>worker-*', label: '200 POST *', nth: 20 }] }),
  fault.lateRequest(),
  fault.crash(),
  fault.pause({ max: '20s', points: [{ link: 'cache>worker-*', label: 'SET leader *' }] }),
  fault.exit(),
  fault.clock(),
  fault.redisRestart(),
  fault.redisFailover(),
  fault.postgresRestart(),
  fault.terminateBackends(),
  fault.holdLock({ tables: ['jobs'] }),
  fault.poison({ link: 'bank>worker-*', labels: ['201 POST *'] }),
  { min: 1, max: 6 },
);

/** Kinds that came later: apart, so that the golden plans stay. */
export const furtherFaults = fault.any(
  fault.http(),
  fault.duplicate(),
  fault.reorder(),
  fault.slow(),
  fault.stall(),
  fault.storm(),
  fault.loadBurst(),
  fault.loadSkew(),
  fault.loadShuffle(),
  fault.herd(),
  fault.calendar(),
  fault.timeZone(),
  fault.resetAtCommit(),
  fault.connectionLimit(),
  fault.redisMemory(),
  fault.redisPause(),
  fault.redisFlush(),
  fault.disk(),
  { min: 1, max: 6 },
);

export function exampleScenario(faults = everyFault): Scenario {
  return scenario({
    name: 'example',
    servers: { cache: redis({ replicas: 2 }), db: postgres(), bank: ledger() },
    processes: { worker: { program: './worker.ts', count: 3 }, api: { program: './api.ts' } },
    workload: { draws: fc.record({ invoices: fc.integer({ min: 1, max: 40 }) }), run: async () => {} },
    faults,
    invariants: [],
    durations: { full: { lease: 15_000 }, short: { lease: 500 } },
    duration: ({ lease }) => (lease === 15_000 ? '60s' : '8s'),
  });
}
