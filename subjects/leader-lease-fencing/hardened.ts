/**
 * Billing worker. Several run; the one that holds the lease `leader` in Redis charges the open invoices.
 *
 * A lease can be lost without its holder noticing: the process is paused, the network is cut, Redis comes back without its data.
 * So there are four lines of defence, and the last two hold even where the first two fail:
 *
 *  1. The holder stops by its own monotonic clock, counted from before the request that renewed the lease, less a margin.
 *  2. Renewal and release touch the key only while it still carries the holder's own id.
 *  3. Each grant has a fencing token, and Postgres refuses the write of a leader older than one it has seen on that row.
 *  4. A charge carries an idempotency key, so that finishing somebody else's work cannot charge twice.
 */
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import pg from 'pg';

const {
  WORKER_NAME = 'worker',
  REDIS_URL = 'redis://127.0.0.1:6379',
  DATABASE_URL = 'postgres://127.0.0.1:5432/postgres',
  BANK_URL = 'http://127.0.0.1:8080',
} = process.env;
const leaseTtlMs = Number(process.env.LEASE_TTL_MS ?? 15_000);
const leaseMarginMs = Number(process.env.LEASE_MARGIN_MS ?? 2_000);
const renewEveryMs = leaseTtlMs / 3;
const campaignEveryMs = Number(process.env.CAMPAIGN_EVERY_MS ?? 1_000);
const pollEveryMs = Number(process.env.POLL_EVERY_MS ?? 500);
const callTimeoutMs = Number(process.env.CALL_TIMEOUT_MS ?? 3_000);

/** Extends only the caller's own lease. */
const RENEW = `
  if redis.call('GET', KEYS[1]) == ARGV[1] then
    return redis.call('PEXPIRE', KEYS[1], ARGV[2])
  end
  return 0`;

/** Deletes only the caller's own lease. */
const RELEASE = `
  if redis.call('GET', KEYS[1]) == ARGV[1] then
    return redis.call('DEL', KEYS[1])
  end
  return 0`;

/** Takes a free lease; a candidate that already has it, since the reply to an earlier attempt was lost, gets it afresh. */
const ACQUIRE = `
  local owner = redis.call('GET', KEYS[1])
  if owner == false or owner == ARGV[1] then
    redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
    return 1
  end
  return 0`;

const UNPAID = `SELECT id FROM invoices WHERE state <> 'paid' ORDER BY id LIMIT 10`;
const CLAIM = `
  UPDATE invoices SET state = 'charging', fence_seen = $2
   WHERE id = $1 AND state <> 'paid' AND fence_seen <= $2 RETURNING amount`;
const MARK_PAID = `
  UPDATE invoices SET state = 'paid', fence_seen = $2, paid_at = now()
   WHERE id = $1 AND fence_seen <= $2`;

const redis = new Redis(REDIS_URL, {
  connectTimeout: callTimeoutMs,
  commandTimeout: callTimeoutMs,
  socketTimeout: 2 * callTimeoutMs,
  // A command that waits for a reconnection acts at a time which its caller no longer knows: fail it instead.
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  retryStrategy: (attempt) => jittered(Math.min(100 * 2 ** attempt, callTimeoutMs)),
});
redis.on('error', (error) => console.error('redis:', error.message));

const database = new pg.Pool({
  connectionString: DATABASE_URL,
  connectionTimeoutMillis: callTimeoutMs,
  query_timeout: callTimeoutMs,
});
database.on('error', (error) => console.error('postgres:', error.message));

const shutdown = new AbortController();
let current: Tenure | undefined;

/** One time in office, from the grant to the first sign of its end. It never comes back: the next time is a new tenure. */
class Tenure {
  readonly leaseId: string;
  readonly token: string;
  readonly #ending = new AbortController();
  #deadline: number;
  #alarm: NodeJS.Timeout | undefined;

  constructor(leaseId: string, token: string, deadline: number) {
    this.leaseId = leaseId;
    this.token = token;
    this.#deadline = deadline;
    this.#setAlarm();
  }

  /** Aborted at the end, so that running calls stop. */
  get signal(): AbortSignal {
    return this.#ending.signal;
  }

  get remainingMs(): number {
    return this.#ending.signal.aborted ? 0 : Math.max(0, this.#deadline - performance.now());
  }

  get isInOffice(): boolean {
    return this.remainingMs > 0;
  }

  extend(deadline: number): void {
    if (!this.isInOffice) return;
    this.#deadline = deadline;
    this.#setAlarm();
  }

  end(reason: string): void {
    if (this.#ending.signal.aborted) return;
    clearTimeout(this.#alarm);
    console.log(`${WORKER_NAME} steps down (token ${this.token}): ${reason}`);
    this.#ending.abort(new Error(reason));
  }

  #setAlarm(): void {
    clearTimeout(this.#alarm);
    this.#alarm = setTimeout(() => this.end('the lease was not renewed in time'), this.#deadline - performance.now());
  }
}

/**
 * Until when a lease may be trusted. Redis started to count when it executed the request, which was after `sentAt`; the margin is for
 * clocks that run at different rates.
 */
function localDeadline(sentAt: number): number {
  return sentAt + leaseTtlMs - leaseMarginMs;
}

async function campaign(): Promise<void> {
  let leaseId = `${WORKER_NAME}:${randomUUID()}`;
  while (!shutdown.signal.aborted) {
    try {
      const sentAt = performance.now();
      if ((await redis.eval(ACQUIRE, 1, 'leader', leaseId, leaseTtlMs)) === 1) {
        await holdOffice(leaseId, localDeadline(sentAt));
        // A release that is still on its way must not hit the next lease.
        leaseId = `${WORKER_NAME}:${randomUUID()}`;
      }
    } catch (error) {
      report('campaign', error);
    }
    await pause(jittered(campaignEveryMs), shutdown.signal);
  }
}

/** From a granted lease to its release. Does not reject. */
async function holdOffice(leaseId: string, deadline: number): Promise<void> {
  try {
    const token = await storeGrant();
    const tenure = new Tenure(leaseId, token, deadline);
    const onShutdown = () => tenure.end('shutdown');
    shutdown.signal.addEventListener('abort', onShutdown);
    if (shutdown.signal.aborted) onShutdown();
    console.log(`${WORKER_NAME} is the leader (token ${token})`);
    current = tenure;
    await Promise.all([keepRenewing(tenure), billInvoices(tenure)]);
    tenure.end('the lease was not renewed in time');
    shutdown.signal.removeEventListener('abort', onShutdown);
  } catch (error) {
    report('grant', error);
  }
  current = undefined;
  await redis.eval(RELEASE, 1, 'leader', leaseId).catch((error) => report('release', error));
}

/** Stores the grant and returns its fencing token: greater than all before, whatever the clocks say and whatever Redis has lost. */
async function storeGrant(): Promise<string> {
  const { rows } = await database.query<{ token: string }>(
    `UPDATE leadership SET token = nextval('leadership_token'), owner = $1, granted_at = now()
      WHERE role = 'billing' RETURNING token`,
    [WORKER_NAME],
  );
  return rows[0]!.token;
}

/** Returns when the tenure has ended. Does not reject. */
async function keepRenewing(tenure: Tenure): Promise<void> {
  let nextInMs = renewEveryMs;
  for (;;) {
    await pause(nextInMs, tenure.signal);
    if (!tenure.isInOffice) return;
    try {
      const sentAt = performance.now();
      const isStillOurs = (await redis.eval(RENEW, 1, 'leader', tenure.leaseId, leaseTtlMs)) === 1;
      if (!isStillOurs) return tenure.end('the lease passed to another');
      tenure.extend(localDeadline(sentAt));
      nextInMs = renewEveryMs;
    } catch (error) {
      report('renewal', error);
      nextInMs = jittered(campaignEveryMs);
    }
  }
}

/** Returns when the tenure has ended. Does not reject. */
async function billInvoices(tenure: Tenure): Promise<void> {
  while (tenure.isInOffice) {
    try {
      const { rows } = await database.query<{ id: number }>(UNPAID);
      for (const { id } of rows) {
        if (!tenure.isInOffice) return;
        await bill(id, tenure).catch((error) => report(`invoice ${id}`, error));
      }
    } catch (error) {
      report('billing', error);
    }
    await pause(jittered(pollEveryMs), tenure.signal);
  }
}

/** Claims the invoice, charges it, marks it paid. Both writes are fenced, and each step may safely be done again by anybody. */
async function bill(id: number, tenure: Tenure): Promise<void> {
  const claimed = await database.query<{ amount: number }>(CLAIM, [id, tenure.token]);
  const invoice = claimed.rows[0];
  if (invoice === undefined) return;
  const reply = await fetch(`${BANK_URL}/charge`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': `invoice-${id}` },
    body: JSON.stringify({ invoice: id, amount: invoice.amount }),
    signal: AbortSignal.any([tenure.signal, AbortSignal.timeout(callTimeoutMs)]),
  });
  const answer = await reply.text();
  if (!reply.ok) throw new Error(`the bank answered ${reply.status}: ${answer}`);
  const paid = await database.query(MARK_PAID, [id, tenure.token]);
  if (paid.rowCount !== 1) tenure.end('a newer leader has written');
}

/** Between 50 and 150 percent, so that candidates do not march in step. */
function jittered(durationMs: number): number {
  return durationMs * (0.5 + Math.random());
}

/** A sleep that ends early, without an error, when the signal is aborted. */
async function pause(durationMs: number, signal: AbortSignal): Promise<void> {
  await sleep(durationMs, undefined, { signal }).catch(() => {});
}

function report(activity: string, error: unknown): void {
  console.error(`${WORKER_NAME} ${activity}:`, error instanceof Error ? error.message : error);
}

/** The leadership metric. */
const status = createServer((_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(
    JSON.stringify({
      worker: WORKER_NAME,
      leader: current?.isInOffice ?? false,
      token: current?.token,
      lease: current?.leaseId,
      remainingMs: current?.remainingMs,
    }),
  );
});
status.on('error', (error) => report('status', error));
if (process.env.PORT !== undefined) status.listen(Number(process.env.PORT), process.env.HOST ?? '127.0.0.1');

process.once('SIGTERM', () => shutdown.abort());
process.once('SIGINT', () => shutdown.abort());

void campaign().then(async () => {
  redis.disconnect();
  await Promise.race([database.end().catch(() => {}), sleep(callTimeoutMs)]);
  process.exit(0);
});
