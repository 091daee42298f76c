/** A scenario with a Redis, a Postgres, a ledger, files and a workload that picks and sleeps: for the faults that the narrow one has no use for. */
import { fault, invariant, ledger, postgres, redis, scenario } from 'seedstorm';

export default scenario({
  name: 'faults-in-sim-wide',
  servers: {
    cache: redis(),
    db: postgres({ schema: 'CREATE TABLE turns (at timestamptz NOT NULL DEFAULT now(), worker text NOT NULL)' }),
    bank: ledger(),
  },
  processes: {
    worker: {
      program: './wide-worker.ts',
      count: 2,
      env: ({ cache, db, bank }, { name }) => ({
        REDIS_URL: cache.url,
        DATABASE_URL: db.url,
        BANK_URL: bank.url,
        NAME: name,
      }),
    },
  },
  observe: { db: ['turns'] },
  workload: {
    run: async (t) => {
      await t.each(20, async (t, i) => {
        await t.post('bank', '/workload', { key: `workload-${i}-${t.pick(['a', 'b', 'c', 'd'])}` });
        await t.sleep('500ms');
      });
    },
  },
  duration: '15s',
  faults: fault.none(),
  invariants: [
    invariant.custom({
      name: 'used',
      claim: 'the ledger saw something',
      when: 'settle',
      settle: '2s',
      start: () => {
        let effects = 0;
        return {
          record: ({ kind }) => {
            if (kind === 'effect') effects++;
            return undefined;
          },
          settle: () => undefined,
          premises: () => effects,
        };
      },
    }),
  ],
});
