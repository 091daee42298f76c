/**
 * The words of the job system, and the interface that both back ends implement.
 *
 * A job is claimed under a *lease* (a timed right, counted by the store's clock) and with a *fence* (a number that grows with each
 * claim). All writes about a claimed job carry the fence, and the store refuses those of a claim that is not the newest.
 */

/** What a producer wants done. */
export interface NewJob {
  readonly type: string;
  /** Business key: a second job of the same type and key is the same job. */
  readonly key: string;
  /** JSON. */
  readonly payload?: unknown;
  /** Not before this much later, by the store's clock. */
  readonly delayMs?: number;
  /** Attempts until it is dead; default 5. */
  readonly attemptsMax?: number;
  /** Set for children only; everything else gets its id from type and key. */
  readonly id?: string;
  readonly parentId?: string;
  /** Jobs about one entity, and their order, for handlers that must keep it. */
  readonly entity?: string;
  readonly seq?: number;
}

export interface Enqueued {
  readonly id: string;
  /** False when the job was known already. */
  readonly isNew: boolean;
}

/** A job in the hands of one worker. */
export interface ClaimedJob {
  readonly id: string;
  readonly type: string;
  readonly key: string;
  readonly payload: unknown;
  /** Number of this attempt, from 1. */
  readonly attempt: number;
  readonly attemptsMax: number;
  /** Token of this claim; every write carries it. */
  readonly fence: string;
  /** What the back end needs to find its own record of the claim. */
  readonly handle?: string;
}

/** A fact to be published after the transaction that made it true. */
export interface NewEvent {
  readonly topic: string;
  readonly key: string;
  readonly payload: unknown;
}

/** What a handler returns; all of it is committed together with the job's end, or not at all. */
export interface Outcome<Transaction> {
  readonly result?: unknown;
  /** Follow-up jobs. Their ids are the parent's id and their index, so that a repetition makes no second set. */
  readonly children?: readonly NewJob[];
  readonly events?: readonly NewEvent[];
  /** Writes of the handler's own. */
  readonly within?: (transaction: Transaction) => Promise<void> | void;
}

/** Why a job was given up. */
export interface DeathReport {
  /** `permanent`: an error that no retry cures. `attempts`: all used up. `crashes`: it took its workers along. */
  readonly reason: 'permanent' | 'attempts' | 'crashes';
  readonly error: string;
  readonly worker: string;
}

export interface Depths {
  readonly queued: number;
  readonly running: number;
  readonly dead: number;
  /** How long the oldest job that could run has been waiting. */
  readonly oldestMs: number;
}

export interface SweepOptions {
  /** A job with so many claims in a row that left no sign of life is given up. */
  readonly silentClaimsMax: number;
  /** The lease under which jobs are claimed. */
  readonly leaseMs: number;
  readonly worker: string;
}

export interface Swept {
  /** Jobs whose lease had run out, made ready again. */
  readonly requeued: number;
  /** Jobs given up. */
  readonly buried: number;
}

/** A back end. Every method may reject when the store is out of reach; none of them may then be taken for done, or for undone. */
export interface JobStore<Transaction> {
  enqueue(job: NewJob): Promise<Enqueued>;
  /** The next job that is due, if any: the attempt is counted here, before anything can go wrong. */
  claim(options: { readonly worker: string; readonly leaseMs: number }): Promise<ClaimedJob | undefined>;
  /** Extends the lease. False: the claim is not the newest any more. */
  heartbeat(job: ClaimedJob, leaseMs: number): Promise<boolean>;
  /** Ends the job. False: the claim is not the newest any more, and nothing was written. */
  complete(job: ClaimedJob, outcome: Outcome<Transaction>): Promise<boolean>;
  /** Makes the job ready again after a failure. */
  retry(job: ClaimedJob, options: { readonly delayMs: number; readonly error: string }): Promise<boolean>;
  /** Gives the job back as if it had never been claimed: a shutdown is not the job's fault. */
  release(job: ClaimedJob): Promise<boolean>;
  bury(job: ClaimedJob, report: DeathReport): Promise<boolean>;
  /** Takes care of jobs whose worker went silent. Any number of workers may sweep. */
  sweep(options: SweepOptions): Promise<Swept>;
  depths(): Promise<Depths>;
}

export const ATTEMPTS_MAX_DEFAULT = 5;
