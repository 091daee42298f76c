/** A scenario with steady traffic between two workers, Redis and a ledger, for trying faults on. */
import { fault, invariant, ledger, redis, scenario } from 'seedstorm';

export default scenario({
  name: 'faults-in-sim',
  servers: { cache: redis({ replicas: 1 }), bank: ledger() },
  processes: {
    worker: {
      program: './worker.ts',
      count: 2,
      env: ({ cache, bank }) => ({ REDIS_URL: cache.url, BANK_URL: bank.url }),
    },
  },
  workload: {
    run: async (t) => {
      await t.each(10, async (t, i) => {
        await t.post('bank', '/workload', { key: `workload-${i}` });
        await t.sleep('1s');
      });
    },
  },
  duration: '15s',
  faults: fault.none(),
  invariants: [invariant.effectExactlyOnce('bank', { settle: '2s' })],
});
