import { describe, expect, it } from 'vitest';
import { generatePlan } from '../../harness/plan/generate.ts';
import { fault, fc, invariant, ledger, postgres, redis, scenario } from '../../harness/scenario.ts';

/** The example of the guide, as a user writes it: it must compile as it stands, without casts or exclamation marks. */
const billing = scenario({
  name: 'billing',
  servers: { cache: redis(), db: postgres({ schema: './schema.sql' }), bank: ledger() },
  processes: {
    worker: {
      program: './worker.ts',
      count: 3,
      env: ({ cache, db, bank }) => ({ REDIS_URL: cache.url, DATABASE_URL: db.url, BANK_URL: bank.url }),
    },
  },
  observe: { db: ['jobs'] },
  workload: {
    draws: fc.record({ invoices: fc.integer({ min: 1, max: 40 }) }),
    run: async (t, d) =>
      t.each(d.invoices, async (t, i) => {
        await t.post('worker', `/bill/${i}`);
        await t.sleep(t.between(50, 400));
      }),
  },
  faults: fault.any(fault.partition(), fault.pause({ max: '20s' }), fault.crash()),
  invariants: [
    invariant.effectExactlyOnce('bank', { by: 'invoice', settle: '60s' }),
    invariant.drains('db', { table: 'jobs', open: { state: ['queued', 'running'] }, settle: '60s' }),
  ],
});

describe('scenario', () => {
  it('keeps what the user wrote, and plans can be drawn for it', () => {
    expect(billing.kind).toBe('seedstorm/scenario');
    const plan = generatePlan({ scenario: billing, subject: 'program', seed: 1, profile: 'full' });
    expect(plan.faults.length).toBeGreaterThan(0);
    expect(plan.workload.draws).toEqual({ invoices: expect.any(Number) });
  });

  it('knows the names of its servers', () => {
    const typed = scenario({
      name: 'typed',
      servers: { cache: redis() },
      processes: {
        worker: {
          env: (servers) => ({
            REDIS_URL: servers.cache.url,
            // @ts-expect-error: there is no server of that name.
            OTHER_URL: servers.cash?.url ?? 'none',
          }),
        },
      },
      workload: { run: async () => {} },
      invariants: [],
    });
    const address = { host: 'cache', port: 6379, url: 'redis://cache' };
    const context = { durations: {}, instance: 1, name: 'worker', processes: {} };
    expect(typed.definition.processes.worker?.env?.({ cache: address }, context)).toEqual({
      REDIS_URL: 'redis://cache',
      OTHER_URL: 'none',
    });
  });

  it('refuses a name that cannot be part of a path', () => {
    expect(() =>
      scenario({ name: 'My Row', servers: {}, processes: {}, workload: { run: async () => {} }, invariants: [] }),
    ).toThrow('A scenario\'s name is made of a-z, 0-9 and "-"; "My Row" is not.');
  });
});
