/**
 * The worker: claims, runs handlers, and sees to it that each job ends in one of the ways that the store knows.
 *
 * Whatever happens to the process, a claimed job is either ended under its fence, or its lease runs out and a sweep makes it ready
 * again. Handlers must be repeatable: effects outside the store need an idempotency key (`context.idempotencyKey` stays the same over all
 * attempts), effects inside belong into `within`.
 *
 * A payload that kills the process takes the other jobs in it along. With `concurrency` 1 (the default) it takes none: scale by
 * processes where payloads are not to be trusted.
 */
import { type BackoffOptions, fullJitterMs } from './backoff.ts';
import { consequenceOf, DeadlineError, errorText, PermanentError, ShutdownError } from './failure.ts';
import type { ClaimedJob, JobStore, Outcome } from './job.ts';
import { Lease } from './lease.ts';
import type { Metrics } from './metrics.ts';

export interface HandlerContext {
  readonly jobId: string;
  readonly key: string;
  readonly attempt: number;
  readonly fence: string;
  /** Aborted at the deadline, when the lease is lost, and at the end of a shutdown's grace. */
  readonly signal: AbortSignal;
  /** For effects outside the store. */
  readonly idempotencyKey: string;
}

export interface HandlerDefinition<Transaction> {
  /** A handler that takes longer is aborted, and the attempt has failed. */
  readonly timeoutMs: number;
  // A method, so that handlers may narrow the payload.
  run(payload: never, context: HandlerContext): Promise<Outcome<Transaction>>;
}

export type Handlers<Transaction> = Readonly<Record<string, HandlerDefinition<Transaction>>>;

export interface WorkerOptions<Transaction> {
  readonly name: string;
  readonly store: JobStore<Transaction>;
  readonly handlers: Handlers<Transaction>;
  readonly metrics: Metrics;
  /** Default 30 s. */
  readonly leaseMs?: number;
  /** Default a third of the lease. */
  readonly heartbeatEveryMs?: number;
  /** Jobs at once; default 1. */
  readonly concurrency?: number;
  /** Wait between two looks at an empty queue; default 1 s. It doubles up to four times that. */
  readonly pollEveryMs?: number;
  /** Default 10 s. */
  readonly sweepEveryMs?: number;
  readonly backoff?: BackoffOptions;
  /** Default 3. */
  readonly silentClaimsMax?: number;
  /** Time that running handlers get at a shutdown before they are aborted; default 5 s. */
  readonly graceMs?: number;
  readonly log?: (text: string) => void;
}

/** Tries at storing an outcome before it is left to the lease: the handler's work is worth more than one lost connection. */
const completionTriesMax = 3;
/** Share of the lease that is given away to clocks of different rates. */
const marginShare = 0.1;

export class Worker<Transaction> {
  readonly #options: Required<WorkerOptions<Transaction>>;
  readonly #running = new Set<Promise<void>>();
  readonly #stopping = new AbortController();
  readonly #abandoning = new AbortController();
  #wake: (() => void) | undefined;

  constructor(options: WorkerOptions<Transaction>) {
    const { leaseMs = 30_000 } = options;
    this.#options = {
      leaseMs,
      heartbeatEveryMs: leaseMs / 3,
      concurrency: 1,
      pollEveryMs: 1_000,
      sweepEveryMs: 10_000,
      backoff: { baseMs: 1_000, capMs: 60_000 },
      silentClaimsMax: 3,
      graceMs: 5_000,
      log: (text) => console.log(text),
      ...options,
    };
  }

  /** Works until `stop` is called; resolves when nothing is running any more. */
  async run(): Promise<void> {
    const sweeping = this.#sweepUntilStopped();
    let idleRounds = 0;
    while (!this.#isStopping) {
      if (this.#running.size >= this.#options.concurrency) {
        await Promise.race(this.#running);
      } else if (await this.#startOne()) {
        idleRounds = 0;
      } else {
        await this.#pause(this.#options.pollEveryMs * 2 ** Math.min(idleRounds, 2) * jitter());
        idleRounds += 1;
      }
    }
    await Promise.all([...this.#running, sweeping]);
  }

  /** Looks for work at once: something was enqueued here. */
  wake(): void {
    this.#wake?.();
  }

  /** Takes no more jobs; handlers that have not ended after the grace are aborted and their jobs given back. */
  stop(): void {
    if (this.#isStopping) return;
    this.#stopping.abort();
    this.wake();
    setTimeout(
      () => this.#abandoning.abort(new ShutdownError('the worker is stopping')),
      this.#options.graceMs,
    ).unref();
  }

  get #isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  /** Claims a job and starts it; false when there is none. Does not reject. */
  async #startOne(): Promise<boolean> {
    const { store, name, leaseMs, metrics } = this.#options;
    const askedAt = performance.now();
    try {
      const job = await store.claim({ worker: name, leaseMs });
      if (job === undefined) return false;
      const execution = this.#execute(job, askedAt).finally(() => this.#running.delete(execution));
      this.#running.add(execution);
      return true;
    } catch (error) {
      metrics.count('jobs_store_errors_total', { operation: 'claim' });
      this.#report('claim', error);
      return false;
    }
  }

  /** Runs one claimed job to its end. Does not reject. */
  async #execute(job: ClaimedJob, askedAt: number): Promise<void> {
    const { store, handlers, leaseMs, heartbeatEveryMs, metrics } = this.#options;
    const startedAt = performance.now();
    const lease = new Lease({
      leaseMs,
      heartbeatEveryMs,
      marginMs: leaseMs * marginShare,
      grantedAt: askedAt,
      extend: () => store.heartbeat(job, leaseMs),
    });
    let ending = 'done';
    try {
      const handler = handlers[job.type];
      // Retried, not buried: a newer worker may know the type.
      if (handler === undefined) throw new Error(`no handler for type ${job.type}`);
      const outcome = await this.#withinTime(handler, job, lease.signal);
      if (!(await this.#complete(job, outcome, lease.signal))) ending = 'refused';
    } catch (error) {
      ending = consequenceOf(error);
      this.#report(`${job.type} ${job.key} (attempt ${job.attempt}) failed`, error);
      await this.#settle(job, error).catch((failure) => this.#report(`${job.type} ${job.key} ${ending}`, failure));
    } finally {
      lease.end();
    }
    metrics.count('jobs_attempts_total', { type: job.type, ending });
    metrics.observe('jobs_run_seconds', (performance.now() - startedAt) / 1000, { type: job.type });
  }

  /** Runs the handler; rejects with the reason as soon as it must stop, even when it does not listen to its signal. */
  async #withinTime(
    handler: HandlerDefinition<Transaction>,
    job: ClaimedJob,
    leaseLost: AbortSignal,
  ): Promise<Outcome<Transaction>> {
    const deadline = new AbortController();
    const timer = setTimeout(
      () => deadline.abort(new DeadlineError(`no result after ${handler.timeoutMs} ms`)),
      handler.timeoutMs,
    );
    const signal = AbortSignal.any([deadline.signal, leaseLost, this.#abandoning.signal]);
    try {
      const context = {
        jobId: job.id,
        key: job.key,
        attempt: job.attempt,
        fence: job.fence,
        signal,
        idempotencyKey: job.id,
      };
      return await Promise.race([handler.run(job.payload as never, context), aborted(signal)]);
    } catch (error) {
      // A handler's own words for its abortion tell less than the reason.
      throw signal.aborted ? signal.reason : error;
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * Stores the outcome. A lost connection leaves the question whether it was stored; asking again is safe, since the fence lets it
   * happen only once.
   */
  async #complete(job: ClaimedJob, outcome: Outcome<Transaction>, leaseLost: AbortSignal): Promise<boolean> {
    const { store, backoff } = this.#options;
    for (let tries = 1; ; tries++) {
      try {
        return await store.complete(job, outcome);
      } catch (error) {
        if (error instanceof PermanentError || tries >= completionTriesMax || leaseLost.aborted) throw error;
        this.#report(`${job.type} ${job.key} completion`, error);
        await this.#sleep(fullJitterMs(tries, backoff));
      }
    }
  }

  async #settle(job: ClaimedJob, error: unknown): Promise<void> {
    const { store, name, backoff } = this.#options;
    const text = errorText(error);
    switch (consequenceOf(error)) {
      case 'abandon':
        return;
      case 'release':
        await store.release(job);
        return;
      case 'bury':
        await store.bury(job, { reason: 'permanent', error: text, worker: name });
        return;
      case 'retry':
        if (job.attempt >= job.attemptsMax) await store.bury(job, { reason: 'attempts', error: text, worker: name });
        else await store.retry(job, { delayMs: fullJitterMs(job.attempt, backoff), error: text });
    }
  }

  async #sweepUntilStopped(): Promise<void> {
    const { store, leaseMs, sweepEveryMs, silentClaimsMax, name, metrics } = this.#options;
    while (!this.#isStopping) {
      await this.#sleep(sweepEveryMs * jitter());
      if (this.#isStopping) return;
      try {
        const { requeued, buried } = await store.sweep({ silentClaimsMax, leaseMs, worker: name });
        metrics.count('jobs_swept_total', { ending: 'requeued' }, requeued);
        metrics.count('jobs_swept_total', { ending: 'buried' }, buried);
        if (requeued > 0) this.wake();
      } catch (error) {
        metrics.count('jobs_store_errors_total', { operation: 'sweep' });
        this.#report('sweep', error);
      }
    }
  }

  /** A wait between two looks at the queue: ends early at `wake`. */
  async #pause(durationMs: number): Promise<void> {
    if (this.#isStopping) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, durationMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = undefined;
  }

  /** A wait that ends early when the worker stops. */
  #sleep(durationMs: number): Promise<void> {
    const { signal } = this.#stopping;
    return new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, durationMs);
      signal.addEventListener('abort', done);
    });
  }

  #report(activity: string, error: unknown): void {
    this.#options.log(`${this.#options.name} ${activity}: ${errorText(error)}`);
  }
}

/** Rejects with the signal's reason. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

/** Between 75 and 125 percent, so that workers do not march in step. */
function jitter(): number {
  return 0.75 + Math.random() / 2;
}
