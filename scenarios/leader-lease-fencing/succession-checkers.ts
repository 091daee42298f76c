/**
 * Two claims about how leadership passes on. Evidence: the grants that workers commit to the database, each with its owner. Judged are
 * disturbances that happened alone, since of several at once nobody can say which of them a change answers.
 */
import type { Checker, HistoryRecord } from 'seedstorm';
import { judge, seconds } from './judge.ts';

export interface SuccessionOptions {
  /** Longest time from the end of a leader to the next grant. */
  readonly takeoverMs: number;
  /** A fault is alone when no other was in force for so long before it. */
  readonly quietMs: number;
  readonly settleMs: number;
  /** Table and columns of the grants. */
  readonly table: string;
  readonly owner: string;
}

/** Settle: after the crash of a leader, a new grant is committed within `takeoverMs`. */
export function takeoverInTime(options: SuccessionOptions): Checker {
  const { takeoverMs, settleMs } = options;
  return {
    name: 'takeoverInTime(leader)',
    claim: `a crashed leader is succeeded within ${takeoverMs / 1000} s, if nothing else is disturbed`,
    id: 'C11',
    when: 'settle',
    settleMs,
    liveness: true,
    start: () => {
      const succession = new Succession(options);
      const crashes: { readonly atMs: number; readonly process: string; readonly seq: number }[] = [];
      let premises = 0;
      return judge({
        premises: () => premises,
        record: (record) => {
          succession.record(record);
          if (record.kind !== 'process' || record.state !== 'crashed' || record.process === undefined) return;
          if (record.process !== succession.leader) return;
          crashes.push({ atMs: record.at / 1000, process: record.process, seq: record.seq });
        },
        settle: ({ now }) => {
          for (const { atMs, process, seq } of crashes) {
            const untilMs = atMs + takeoverMs;
            if (untilMs > now / 1000 || succession.disturbances(atMs, untilMs).length !== 1) continue;
            premises += 1;
            if (succession.grants(atMs, untilMs).length > 0) continue;
            return {
              violation: {
                invariant: 'takeoverInTime(leader)',
                message: `${process}, the leader, crashed at ${seconds(atMs)}, and by ${seconds(untilMs)} nobody had succeeded it.`,
                witness: [seq],
              },
            };
          }
          return undefined;
        },
      });
    },
  };
}

/** Settle: one fault moves the leadership at most once, until `takeoverMs` after its heal. */
export function oneChangeAFault(options: SuccessionOptions): Checker {
  const { takeoverMs, settleMs } = options;
  return {
    name: 'oneChangeAFault(leader)',
    claim: 'one fault moves the leadership at most once, if nothing else is disturbed',
    id: 'C11',
    when: 'settle',
    settleMs,
    liveness: false,
    start: () => {
      const succession = new Succession(options);
      let premises = 0;
      return judge({
        premises: () => premises,
        record: (record) => succession.record(record),
        settle: ({ now }) => {
          for (const fault of succession.faults.values()) {
            const untilMs = fault.untilMs + takeoverMs;
            if (untilMs > now / 1000 || succession.disturbances(fault.sinceMs, untilMs).length !== 1) continue;
            const changes = succession.grants(fault.sinceMs, untilMs).filter(({ isChange }) => isChange);
            if (changes.length > 0) premises += 1;
            if (changes.length <= 1) continue;
            const owners = changes.map(({ owner, atMs }) => `${owner} at ${seconds(atMs)}`).join(', ');
            return {
              violation: {
                invariant: 'oneChangeAFault(leader)',
                message: `One fault (${fault.detail}) moved the leadership ${changes.length} times: to ${owners}.`,
                witness: [fault.seq, ...changes.map(({ seq }) => seq)],
              },
            };
          }
          return undefined;
        },
      });
    },
  };
}

interface Grant {
  readonly atMs: number;
  readonly owner: string;
  /** Whether another owner had it before. */
  readonly isChange: boolean;
  readonly seq: number;
}

interface Disturbance {
  readonly sinceMs: number;
  /** Infinite while it is in force. */
  untilMs: number;
  readonly detail: string;
  readonly seq: number;
}

/** Grants and faults as they come. */
class Succession {
  readonly faults = new Map<string, Disturbance>();
  readonly #options: SuccessionOptions;
  readonly #grants: Grant[] = [];

  constructor(options: SuccessionOptions) {
    this.#options = options;
  }

  /** Owner of the newest grant. */
  get leader(): string | undefined {
    return this.#grants.at(-1)?.owner;
  }

  record(record: HistoryRecord): void {
    const atMs = record.at / 1000;
    if (record.kind === 'fault') {
      const { id, phase, detail, seq } = record;
      const span = this.faults.get(id);
      if (span === undefined) this.faults.set(id, { sinceMs: atMs, untilMs: Number.POSITIVE_INFINITY, detail, seq });
      else if (phase === 'heal') span.untilMs = atMs;
    } else if (record.kind === 'commit') {
      for (const row of record.rows) {
        if (row.table !== this.#options.table || row.op !== 'update') continue;
        const owner = String(row.new?.[this.#options.owner]);
        const isChange = this.leader !== undefined && owner !== this.leader;
        this.#grants.push({ atMs, owner, isChange, seq: record.seq });
      }
    }
  }

  grants(sinceMs: number, untilMs: number): readonly Grant[] {
    return this.#grants.filter(({ atMs }) => atMs > sinceMs && atMs <= untilMs);
  }

  /** Faults that may have had a part in what happened in a span of time. */
  disturbances(sinceMs: number, untilMs: number): readonly Disturbance[] {
    return [...this.faults.values()].filter(
      (fault) => fault.sinceMs <= untilMs && fault.untilMs >= sinceMs - this.#options.quietMs,
    );
  }
}
