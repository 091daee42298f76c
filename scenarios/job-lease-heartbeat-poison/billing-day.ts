/**
 * The workload of both back ends: a client that has jobs to be done and asks again until it gets an answer, and a scraper that reads the
 * workers' metrics. Also the durations, the fault kinds and the jobs' draws that the two scenarios share.
 */
import { type Durations, type FaultChoice, fault, fc, type WorkloadTools } from 'seedstorm';

export const workers = ['worker-1', 'worker-2', 'worker-3'] as const;

/** The jobs whose documents a fault may make poisonous. No effect is demanded of them. */
export const suspects = ['suspect-1', 'suspect-2'] as const;

export interface Draws {
  readonly charges: number;
  readonly statements: number;
  /** Items of each batch. */
  readonly batches: readonly number[];
}

export const draws = fc.record({
  charges: fc.integer({ min: 3, max: 8 }),
  statements: fc.integer({ min: 1, max: 2 }),
  batches: fc.array(fc.integer({ min: 2, max: 4 }), { minLength: 1, maxLength: 2 }),
});

export const durations = {
  full: {
    lease: 30_000,
    sweepEvery: 10_000,
    pollEvery: 2_000,
    shortTimeout: 25_000,
    longTimeout: 120_000,
    // Five pages take twice a lease.
    page: 12_000,
    backoffBase: 1_000,
    backoffCap: 60_000,
    callTimeout: 3_000,
    grace: 4_000,
    faults: 90_000,
    jobEvery: 5_000,
    scrapeEvery: 15_000,
    settle: 120_000,
  },
  short: {
    lease: 1_500,
    sweepEvery: 500,
    pollEvery: 75,
    shortTimeout: 1_250,
    longTimeout: 6_000,
    page: 600,
    backoffBase: 50,
    backoffCap: 3_000,
    callTimeout: 400,
    grace: 300,
    faults: 6_000,
    jobEvery: 250,
    scrapeEvery: 750,
    settle: 9_000,
  },
} as const;

/** The environment of a worker, besides where its stores are. */
export function workerEnv(durations: Durations, name: string, providerUrl: string): Record<string, string> {
  return {
    WORKER_NAME: name,
    PROVIDER_URL: providerUrl,
    LEASE_MS: String(durations.lease),
    SWEEP_EVERY_MS: String(durations.sweepEvery),
    POLL_EVERY_MS: String(durations.pollEvery),
    SHORT_TIMEOUT_MS: String(durations.shortTimeout),
    LONG_TIMEOUT_MS: String(durations.longTimeout),
    PAGE_MS: String(durations.page),
    BACKOFF_BASE_MS: String(durations.backoffBase),
    BACKOFF_CAP_MS: String(durations.backoffCap),
    CALL_TIMEOUT_MS: String(durations.callTimeout),
    GRACE_MS: String(durations.grace),
  };
}

/** For `except`: keys of which no effect is demanded, since they are of another type, or may be poisonous. */
export function allBut(...types: readonly string[]): (key: string, value: unknown) => boolean {
  return (key, value) =>
    !types.includes((value as { readonly type: string }).type) || suspects.some((suspect) => suspect === key);
}

export interface StoreFaults {
  /** Labels of the requests that end a job. */
  readonly ends: readonly string[];
  /** Faults of that kind of server. */
  readonly own: readonly FaultChoice[];
}

/**
 * The faults of a day. A hanging handler is a clearing house out of reach; poison is a document that kills its reader.
 * @param store name of the server with the queue
 */
export function faultsOfADay(durations: Durations, store: string, { ends, own }: StoreFaults): FaultChoice {
  const { lease, callTimeout } = durations;
  const processes = ['worker-*'];
  const charged = { link: 'provider>worker-*', label: '* POST /charges', nth: 5 };
  const ended = ends.map((label) => ({ link: `${store}>worker-*`, label, nth: 8 }));
  const points = [charged, ...ended, { link: 'provider>worker-*', label: '* GET /documents/*', nth: 5 }];
  const enqueued = { link: 'worker-*>client', label: '* POST /jobs', nth: 4 };
  return fault.any(
    fault.crash({ processes, points, max: lease!, weight: 4 }),
    fault.pause({ processes, points, min: (6 * lease!) / 5, max: (5 * lease!) / 3, weight: 5 }),
    fault.poison({
      link: 'provider>worker-*',
      labels: suspects.map((key) => `200 GET /documents/${key}`),
      restart: callTimeout!,
      weight: 3,
    }),
    fault.blackhole({ links: ['worker-*>provider'], tied: true, min: lease! / 3, max: (5 * lease!) / 3, weight: 2 }),
    fault.partition({ links: [`worker-*>${store}`], tied: true, min: lease! / 3, max: (5 * lease!) / 3, weight: 3 }),
    fault.reset({ links: [`${store}>worker-*`], points: ended, weight: 3 }),
    fault.replyLost({ links: ['worker-*>client'], points: [enqueued], weight: 3 }),
    fault.replyLost({ links: ['provider>worker-*'], points: [{ link: 'provider>worker-*', nth: 12 }], weight: 2 }),
    fault.lateRequest({ links: [`worker-*>${store}`, 'worker-*>provider'], max: (5 * lease!) / 3, weight: 2 }),
    fault.exit({ processes, points, min: lease! / 6, max: lease!, weight: 2 }),
    ...own,
    { min: 1, max: 3 },
  );
}

interface Order {
  readonly type: 'charge' | 'statement' | 'batch';
  readonly key: string;
  readonly payload: unknown;
}

/** Faults end before nine tenths of their time have passed. */
const lateOrdersShare = 0.92;

/** Enqueues the day's jobs, and scrapes until the faults are over. */
export async function billingDay(t: WorkloadTools, { charges, statements, batches }: Draws): Promise<void> {
  const orders: Order[] = [
    ...suspects.map((key): Order => ({ type: 'charge', key, payload: { amount: 100 } })),
    ...numbered(statements, (n): Order => ({ type: 'statement', key: `statement-${n}`, payload: { pages: 5 } })),
    ...numbered(charges, (n): Order => ({ type: 'charge', key: `charge-${n}`, payload: { amount: 100 + n } })),
    ...batches.map(
      (items, index): Order => ({
        type: 'batch',
        key: `batch-${index + 1}`,
        payload: { amounts: numbered(items, (n) => 10 * n) },
      }),
    ),
  ];
  await Promise.all([takeOrders(t, orders), scrape(t)]);
}

/** Orders come in turn to each worker; the last ones when all faults are over, so that each worker hears of the client again. */
async function takeOrders(t: WorkloadTools, orders: readonly Order[]): Promise<void> {
  await t.each(orders, async (t, order, index) => {
    await enqueue(t, order, index);
    await t.sleep(t.between(0, t.durations.jobEvery!));
  });
  const { faults } = t.durations;
  await t.sleep(Math.max(0, lateOrdersShare * faults! - t.now()));
  const late = workers.map((worker): Order => ({ type: 'charge', key: `late-${worker}`, payload: { amount: 1 } }));
  await t.each(late, (t, order, index) => enqueue(t, order, index));
}

/** A client that does not know whether its request arrived asks again, elsewhere. */
async function enqueue(t: WorkloadTools, { type, key, payload }: Order, first: number): Promise<void> {
  for (let attempt = 0; t.now() < 2 * t.durations.faults!; attempt++) {
    const target = workers[(first + attempt) % workers.length]!;
    const reply = await t.post(target, '/jobs', { type, key, payload }, { timeout: t.durations.callTimeout! });
    if (reply !== undefined && reply.status < 500) return;
    await t.sleep(t.durations.callTimeout! / 3);
  }
}

/** Reads the depth of the queue off the workers' metrics, one worker after the other. */
async function scrape(t: WorkloadTools): Promise<void> {
  for (let round = 0; t.now() < t.durations.faults!; round++) {
    await t.sleep(t.durations.scrapeEvery!);
    const url = `${t.processes[workers[round % workers.length]!]!.url}/metrics`;
    await t.operation('read depth', { reads: true }, async () => {
      const text = await getText(url, t.durations.callTimeout!);
      return { queued: gaugeIn(text, 'queued'), running: gaugeIn(text, 'running') };
    });
  }
}

function gaugeIn(text: string, state: string): number {
  const found = new RegExp(`^jobs_depth\\{state="${state}"\\} (\\d+)$`, 'm').exec(text);
  if (found === null) throw new Error(`no depth of ${state} in the metrics`);
  return Number(found[1]);
}

async function getText(url: string, timeoutMs: number): Promise<string> {
  const { get } = await import('node:http');
  return new Promise((resolve, reject) => {
    const request = get(url, { timeout: timeoutMs, agent: false }, (reply) => {
      let text = '';
      reply.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      reply.on('error', reject).on('end', () => {
        if (reply.statusCode === 200) resolve(text);
        else reject(new Error(`HTTP ${reply.statusCode}`));
      });
    });
    request.on('timeout', () => request.destroy(new Error('no answer'))).on('error', reject);
  });
}

function numbered<T>(count: number, make: (n: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index + 1));
}
