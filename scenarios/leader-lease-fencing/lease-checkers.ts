/**
 * Three claims about a lease that the library's checkers cannot state, since their evidence is particular to this scenario.
 *
 * Evidence. The workload asks each worker over HTTP whether it leads, and then Redis who owns the lease and for how long. Both answers
 * are the outside's record. A belief is no violation by itself; what is judged is a belief that Redis or another worker's answer proves
 * wrong. An answer was given at an unknown moment between the question and its arrival, so every rule takes the end of that span which
 * speaks for the worker: what is reported is certain.
 *
 * Exemption. When Redis loses its data it grants a lease which it had granted already; no lease can survive that, and fencing must. So
 * a belief that may stem from before a loss is not judged; one that reaches further than a lease behind the loss was renewed since.
 */
import type { Checker, HistoryRecord } from 'seedstorm';
import { judge, seconds } from './judge.ts';

/** What the workload saw of one worker: the value of a mark called `leadership`. Times are true time in ms. */
export interface Sighting {
  readonly worker: string;
  readonly askedMs: number;
  readonly answeredMs: number;
  readonly leader: boolean;
  /** Fencing token of the tenure; absent in a worker that has none. */
  readonly token?: string;
  /** How much longer it trusts its lease, by its own clock. */
  readonly remainingMs?: number;
  /** The id under which it holds the lease, and what Redis said of the key right after. */
  readonly lease?: string;
  readonly store?: { readonly owner: string | null; readonly ttlMs: number; readonly answeredMs: number };
}

export interface LeaseOptions {
  readonly leaseTtlMs: number;
  /** Name of the Redis server whose loss of data is exempt. */
  readonly redis: string;
  /** Greatest rate error of a worker's clock, as a share: 0.01 is one percent. The clock of Redis is taken as right. */
  readonly drift: number;
}

/** Always: a leader never trusts its lease for longer than Redis grants it. */
export function trustWithinGrant({ leaseTtlMs, redis, drift }: LeaseOptions): Checker {
  return {
    name: 'trustWithinGrant(leader)',
    claim: 'no leader trusts its lease for longer than Redis has granted it',
    id: 'C6',
    when: 'always',
    settleMs: 0,
    liveness: false,
    start: () => {
      const losses = new Losses({ redis, leaseTtlMs, drift });
      let premises = 0;
      return judge({
        premises: () => premises,
        record: (record) => {
          losses.record(record);
          const seen = sighting(record);
          if (seen?.store === undefined || seen.remainingMs === undefined || seen.lease !== seen.store.owner) return;
          if (losses.excuse(seen)) return;
          premises += 1;
          // A renewal between the two answers makes the grant longer only.
          const trustedUntilMs = leastTrust(seen, drift);
          const grantedUntilMs = seen.store.answeredMs + seen.store.ttlMs + 1;
          if (trustedUntilMs <= grantedUntilMs) return;
          return {
            violation: {
              invariant: 'trustWithinGrant(leader)',
              message: `${seen.worker} trusts its lease until ${seconds(trustedUntilMs)}, but Redis grants it until ${seconds(grantedUntilMs)} at most.`,
              witness: [record.seq],
            },
          };
        },
      });
    },
  };
}

interface TenureSeen {
  readonly worker: string;
  readonly token: string;
  /** Certainly in office between these two. */
  readonly sinceMs: number;
  untilMs: number;
  readonly firstSeq: number;
  lastSeq: number;
}

/** Always: the tenures of two workers never overlap in true time. */
export function tenuresDisjoint({ leaseTtlMs, redis, drift }: LeaseOptions): Checker {
  return {
    name: 'ownerIntervalsDisjoint(leader)',
    claim: 'two workers are never in office at the same time, unless Redis has forgotten the lease of one',
    id: 'C6',
    when: 'always',
    settleMs: 0,
    liveness: false,
    start: () => {
      const losses = new Losses({ redis, leaseTtlMs, drift });
      const tenures = new Map<string, TenureSeen>();
      return judge({
        // Each change of the leader is an occasion to overlap.
        premises: () => Math.max(0, tenures.size - 1),
        record: (record) => {
          losses.record(record);
          const seen = sighting(record);
          if (seen === undefined || !seen.leader || seen.token === undefined || losses.excuse(seen)) return undefined;
          const { worker, token, askedMs, answeredMs } = seen;
          const known = tenures.get(`${worker} ${token}`);
          const tenure = known ?? { worker, token, sinceMs: answeredMs, untilMs: 0, firstSeq: record.seq, lastSeq: 0 };
          tenure.untilMs = askedMs;
          tenure.lastSeq = record.seq;
          if (known === undefined) tenures.set(`${worker} ${token}`, tenure);
          for (const other of tenures.values()) {
            if (other.worker === worker) continue;
            const sinceMs = Math.max(tenure.sinceMs, other.sinceMs);
            const untilMs = Math.min(tenure.untilMs, other.untilMs);
            if (sinceMs >= untilMs) continue;
            return {
              violation: {
                invariant: 'ownerIntervalsDisjoint(leader)',
                message: `${tenure.worker} (token ${tenure.token}) and ${other.worker} (token ${other.token}) were both in office from ${seconds(sinceMs)} to ${seconds(untilMs)}.`,
                witness: [tenure.firstSeq, other.firstSeq, other.lastSeq, tenure.lastSeq].sort((a, b) => a - b),
              },
            };
          }
          return undefined;
        },
      });
    },
  };
}

/**
 * Settle: after the last heal somebody always leads, gaps of `leaderlessMs` excepted.
 *
 * Judged between the heal and the last sighting. A gap is measured between the moments at which a worker certainly led.
 */
export function leaderAppears(options: { readonly leaderlessMs: number; readonly settleMs: number }): Checker {
  const { leaderlessMs, settleMs } = options;
  return {
    name: 'leaderAppears(leader)',
    claim: `once all is healed, the workers are never without a leader for more than ${leaderlessMs / 1000} s`,
    id: 'C18',
    when: 'settle',
    settleMs,
    liveness: true,
    start: () => {
      const sightings: { readonly atMs: number; readonly leader: boolean; readonly seq: number }[] = [];
      // The workload goes on watching, so the run's own heal is later than that of the faults.
      let healedMs = 0;
      let premises = 0;
      return judge({
        premises: () => premises,
        record: (record) => {
          if (record.kind === 'fault' && record.phase === 'heal') healedMs = record.at / 1000;
          const seen = sighting(record);
          // Widened in favour of the worker: it may have led already when it was asked, and still when the answer came.
          if (seen !== undefined) {
            sightings.push({ atMs: seen.askedMs, leader: seen.leader, seq: record.seq });
            sightings.push({ atMs: seen.answeredMs, leader: seen.leader, seq: record.seq });
          }
        },
        settle: () => {
          let leaderlessSinceMs = healedMs;
          for (const { atMs, leader, seq } of sightings) {
            if (atMs < leaderlessSinceMs) continue;
            if (leader) {
              leaderlessSinceMs = atMs;
              premises += 1;
            } else if (atMs - leaderlessSinceMs > leaderlessMs) {
              return {
                violation: {
                  invariant: 'leaderAppears(leader)',
                  message: `Nobody led from ${seconds(leaderlessSinceMs)} to ${seconds(atMs)}, though all faults were healed at ${seconds(healedMs)}.`,
                  witness: [seq],
                },
              };
            }
          }
          return undefined;
        },
      });
    },
  };
}

/** The moments at which Redis lost data, and which beliefs they excuse. */
class Losses {
  readonly #options: LeaseOptions;
  readonly #atMs: number[] = [];

  constructor(options: LeaseOptions) {
    this.#options = options;
  }

  record(record: HistoryRecord): void {
    if (record.kind !== 'fault' || record.phase !== 'start' || record.host !== this.#options.redis) return;
    if (record.detail.includes('loses')) this.#atMs.push(record.at / 1000);
  }

  /** True when the worker may trust a lease that Redis granted before a loss, and forgot in it. */
  excuse(seen: Sighting): boolean {
    const answeredMs = seen.store?.answeredMs ?? seen.answeredMs;
    const trustedUntilMs = leastTrust(seen, this.#options.drift);
    return this.#atMs.some((atMs) => atMs <= answeredMs && trustedUntilMs <= atMs + this.#options.leaseTtlMs);
  }
}

/** The earliest true time at which its trust may end, by what the worker said. */
function leastTrust({ askedMs, remainingMs = 0 }: Sighting, drift: number): number {
  return askedMs + remainingMs * (1 - drift);
}

function sighting(record: HistoryRecord): Sighting | undefined {
  // The workload of this scenario writes marks of that name, and nobody else does.
  return record.kind === 'mark' && record.name === 'leadership' ? (record.value as Sighting) : undefined;
}
