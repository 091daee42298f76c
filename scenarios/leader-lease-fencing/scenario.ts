/**
 * A billing leader that keeps working after its lease has passed to another: the same invoice is charged twice.
 *
 * Workers compete for a Redis lease; the order system inserts invoices into Postgres, whoever leads; the leader charges them at the bank
 * and marks them paid. The workload also looks at the election from outside, which is the evidence of the lease claims
 * (lease-checkers.ts).
 */
import type { Redis } from 'ioredis';
import { fault, fc, invariant, postgres, redis, scenario, service, type WorkloadTools } from 'seedstorm';
import { leaderAppears, type Sighting, tenuresDisjoint, trustWithinGrant } from './lease-checkers.ts';
import { oneChangeAFault, takeoverInTime } from './succession-checkers.ts';

const workers = ['worker-1', 'worker-2'] as const;

type Answer = Pick<Sighting, 'leader' | 'token' | 'lease' | 'remainingMs'>;

interface Draws {
  readonly invoices: number;
}

export default scenario<Draws>({
  name: 'leader-lease-fencing',
  about: 'A leader works on after its lease has passed to another, and an invoice is charged twice.',
  durations: {
    full: {
      leaseTtl: 15_000,
      leaseMargin: 2_000,
      campaignEvery: 2_000,
      pollEvery: 2_000,
      callTimeout: 3_000,
      faults: 50_000,
      // Faults are over after nine tenths of their time; the claims about the end are due 60 s later.
      watch: 105_000,
      watchEvery: 4_000,
      pauseBetweenOrders: 10_000,
      takeover: 22_000,
      leaderless: 25_000,
    },
    short: {
      leaseTtl: 1_500,
      leaseMargin: 200,
      campaignEvery: 100,
      pollEvery: 50,
      callTimeout: 400,
      faults: 8_000,
      watch: 15_000,
      watchEvery: 200,
      pauseBetweenOrders: 1_600,
      takeover: 2_500,
      leaderless: 3_500,
    },
  },
  servers: {
    redis: redis(),
    db: postgres({ schema: './schema.sql' }),
    // The bank honours Idempotency-Key, for the naive worker as well: without it no client could make a charge happen just once.
    bank: service({ program: './bank.ts', env: { BANK_LATENCY_MS: '400' } }),
  },
  processes: {
    worker: {
      count: workers.length,
      env: (servers, { name, durations }) => ({
        WORKER_NAME: name,
        REDIS_URL: servers.redis!.url,
        DATABASE_URL: servers.db!.url,
        BANK_URL: servers.bank!.url,
        LEASE_TTL_MS: String(durations.leaseTtl),
        LEASE_MARGIN_MS: String(durations.leaseMargin),
        CAMPAIGN_EVERY_MS: String(durations.campaignEvery),
        POLL_EVERY_MS: String(durations.pollEvery),
        CALL_TIMEOUT_MS: String(durations.callTimeout),
      }),
    },
  },
  subjects: {
    naive: { worker: '../../subjects/leader-lease-fencing/naive.ts' },
    hardened: { worker: '../../subjects/leader-lease-fencing/hardened.ts' },
    mutants: {
      folder: '../../subjects/leader-lease-fencing/mutants',
      names: ['deadline-from-reply', 'no-fence-predicate', 'renewal-without-owner', 'token-from-clock'],
    },
    faultProvoked: true,
  },
  observe: { db: ['invoices', 'leadership'] },
  workload: {
    draws: fc.record({ invoices: fc.integer({ min: 15, max: 40 }) }),
    run: async (t, { invoices }) => {
      await Promise.all([insertInvoices(t, invoices), watchElection(t)]);
    },
  },
  duration: ({ faults }) => faults!,
  faults: ({ leaseTtl, callTimeout }) => {
    const processes = ['worker-*'];
    // Only to Redis do all workers talk all the time; a fault elsewhere would often meet nobody.
    const requests = 'worker-*>redis';
    const replies = 'redis>worker-*';
    // Between the charge and the write that relies on a check before it; and around the writes themselves.
    const charged = { link: 'bank>worker-*', label: '* POST /charge', nth: 20 };
    const points = [charged, { link: 'db>worker-*', label: 'UPDATE invoices*', nth: 40 }];
    // Most partitions and pauses outlast the lease.
    const long = { min: 0.8 * leaseTtl!, max: 2 * leaseTtl! };
    const slow = { min: 0.4 * leaseTtl!, max: 2 * leaseTtl! };
    return fault.any(
      fault.partition({ links: [requests], ...long, weight: 4 }),
      fault.pause({ processes, points: [charged], ...long, weight: 9 }),
      // Wrong from the start, or nearly: what a leader did by a wrong clock shows when the next one has a right one.
      fault.clock({ hosts: processes, points: [{ link: replies, nth: 8 }], step: '7d', weight: 5 }),
      fault.clock({ hosts: processes, offset: '1h', drift: 10_000, weight: 2 }),
      fault.redisRestart({ lose: ['everything', 'everything', 'unsynced'], max: callTimeout!, weight: 5 }),
      fault.crash({ processes, points, max: leaseTtl! / 3, weight: 5 }),
      fault.exit({ processes, points, min: leaseTtl! / 3, max: leaseTtl! / 2, weight: 2 }),
      fault.stall({ processes, ...slow, stall: callTimeout! / 2, weight: 1 }),
      fault.replyLost({ links: [replies], weight: 2 }),
      // A renewal that took effect long before its reply came.
      fault.delay({ links: [replies], ...slow, latency: { min: callTimeout! / 6, max: callTimeout! }, weight: 5 }),
      fault.delay({
        links: [requests],
        ...slow,
        latency: { min: callTimeout! / 10, max: 2 * callTimeout! },
        weight: 2,
      }),
      { min: 1, max: 4 },
    );
  },
  invariants: ({ leaseTtl, callTimeout, takeover, leaderless }) => {
    const lease = { leaseTtlMs: leaseTtl!, redis: 'redis', drift: 0.03 };
    const succession = {
      takeoverMs: takeover!,
      quietMs: 3 * callTimeout!,
      settleMs: 1_000,
      table: 'leadership',
      owner: 'owner',
    };
    return [
      invariant.effectAtMostOnce('bank', { by: 'invoice' }),
      invariant.fenceMonotone('db', { table: 'invoices', resource: 'id', token: 'fence_seen' }),
      invariant.fenceMonotone('db', { table: 'leadership', resource: 'role', token: 'token', owner: 'owner' }),
      trustWithinGrant(lease),
      tenuresDisjoint(lease),
      invariant.effectExactlyOnce('bank', { by: 'invoice', settle: '1s' }),
      invariant.drains('db', { table: 'invoices', open: { state: ['open', 'charging'] }, settle: '1s' }),
      leaderAppears({ leaderlessMs: leaderless!, settleMs: 1_000 }),
      takeoverInTime(succession),
      oneChangeAFault(succession),
    ];
  },
});

/** The order system: invoices come in bursts, and depend on no leader. */
async function insertInvoices(t: WorkloadTools, invoices: number): Promise<void> {
  const { default: pg } = await import('pg');
  const database = new pg.Pool({ connectionString: t.servers.db!.url, max: 1 });
  await t.each(invoices, async (t, _item, index) => {
    const id = index + 1;
    await t.operation('invoice', { key: String(id) }, async () => {
      await database.query('INSERT INTO invoices (id, amount) VALUES ($1, $2)', [id, t.between(100, 9_999)]);
    });
    if (t.between(1, 8) === 1) await t.sleep(t.between(0, t.durations.pauseBetweenOrders!));
  });
  await database.end();
}

/** An operator's dashboard: who says that it leads, and what does Redis say? */
async function watchElection(t: WorkloadTools): Promise<void> {
  const { Redis } = await import('ioredis');
  const timeoutMs = t.durations.watchEvery!;
  const store = new Redis(t.servers.redis!.url, {
    commandTimeout: timeoutMs,
    connectTimeout: timeoutMs,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    retryStrategy: () => timeoutMs,
  });
  // Redis is restarted by the plan; its absence shows in the sightings.
  store.on('error', () => {});
  while (t.now() < t.durations.watch!) {
    await Promise.all([t.sleep(timeoutMs), ...workers.map((worker) => look(t, store, worker))]);
  }
  store.disconnect();
}

async function look(t: WorkloadTools, store: Redis, worker: string): Promise<void> {
  const askedMs = t.now();
  try {
    const answer = (await getJson(`${t.processes[worker]!.url}/leadership`, t.durations.watchEvery!)) as Answer;
    const seen: Sighting = { ...answer, worker, askedMs, answeredMs: t.now() };
    t.mark('leadership', answer.lease === undefined ? seen : { ...seen, ...(await lookAtLease(t, store)) });
  } catch {
    // A worker that is down or paused does not answer, and says nothing about the lease.
  }
}

/** `fetch` would cost more than all the rest of a run. */
async function getJson(url: string, timeoutMs: number): Promise<unknown> {
  const { get } = await import('node:http');
  return new Promise((resolve, reject) => {
    const request = get(url, { timeout: timeoutMs }, (reply) => {
      let text = '';
      reply.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      reply.on('error', reject).on('end', () => resolve(JSON.parse(text)));
    });
    request.on('timeout', () => request.destroy(new Error('no answer'))).on('error', reject);
  });
}

async function lookAtLease(t: WorkloadTools, store: Redis): Promise<Pick<Sighting, 'store'>> {
  try {
    const replies = await store.multi().get('leader').pttl('leader').exec();
    const [owner, ttlMs] = replies!.map(([, reply]) => reply);
    return { store: { owner: owner as string | null, ttlMs: ttlMs as number, answeredMs: t.now() } };
  } catch {
    return {};
  }
}
