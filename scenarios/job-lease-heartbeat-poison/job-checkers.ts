/**
 * Claims about jobs that the library's checkers cannot state, since their evidence is particular to this row: how often a poisonous
 * document was read and by whom, which charges a batch should lead to, and how long a row of `jobs` was in one worker's hands.
 */
import type { Checker, Finding, HistoryRecord, Judge } from 'seedstorm';

export interface PoisonOptions {
  /** Reads of one poisonous document. */
  readonly executionsMax: number;
  /** Processes that one poisonous document may kill. */
  readonly crashesMax: number;
  /** After its first kill it is among the dead letters within that time, or was read no more than `crashesMax` times. */
  readonly buryMs: number;
  readonly settleMs: number;
  /** Keys of jobs that a record shows among the dead letters. */
  readonly dead: (record: HistoryRecord) => readonly string[];
}

/** Settle: a poisonous document is read by few, kills few, and ends among the dead letters. */
export function poisonIsBuried({ executionsMax, crashesMax, buryMs, settleMs, dead }: PoisonOptions): Checker {
  const name = 'poisonIsBuried(jobs)';
  return {
    name,
    claim: `a job whose document kills its readers is tried at most ${executionsMax} times, costs at most ${crashesMax} crashes and is then a dead letter`,
    id: 'C15',
    when: 'settle',
    settleMs,
    liveness: false,
    start: () => {
      const poisonous = new Map<string, string>();
      const reads: { readonly key: string; readonly by: string; readonly atMs: number; readonly seq: number }[] = [];
      const kills: { readonly process: string; readonly atMs: number; readonly fault: string; readonly seq: number }[] =
        [];
      const crashes: { readonly process: string; readonly atMs: number; readonly seq: number }[] = [];
      const buried = new Set<string>();
      const readsOf = (key: string) => reads.filter((read) => read.key === key);
      return judge({
        premises: () => [...poisonous.values()].filter((key) => readsOf(key).length > 0).length,
        record: (record) => {
          const atMs = record.at / 1000;
          const { seq } = record;
          if (record.kind === 'effect' && record.ledger === 'reads') {
            reads.push({ key: record.key, by: record.caller, atMs, seq });
          } else if (record.kind === 'fault') {
            const key = /\/documents\/([\w.-]+)" kills/.exec(record.detail)?.[1];
            if (record.phase === 'start' && key !== undefined) poisonous.set(record.id, key);
            const killed = / killed$/.test(record.detail) ? record.host : undefined;
            if (record.phase === 'bit' && killed !== undefined) {
              kills.push({ process: killed, atMs, fault: record.id, seq });
            }
          } else if (record.kind === 'process' && record.state === 'crashed' && record.process !== undefined) {
            crashes.push({ process: record.process, atMs, seq });
          }
          for (const key of dead(record)) buried.add(key);
        },
        settle: ({ now }) => {
          for (const key of new Set(poisonous.values())) {
            const mine = readsOf(key);
            if (mine.length > executionsMax) {
              return violation(
                name,
                `The document of ${key} kills its readers, and was read ${mine.length} times.`,
                mine,
              );
            }
            // The crash of a worker which read the document, and which no other fault killed at that instant.
            const costs = crashes.filter(
              ({ process, atMs }) =>
                mine.some((read) => read.by === process && read.atMs <= atMs && atMs - read.atMs < 1_000) &&
                !kills.some((kill) => kill.process === process && kill.atMs === atMs),
            );
            if (costs.length > crashesMax) {
              return violation(name, `The document of ${key} killed ${costs.length} workers.`, costs);
            }
            const first = costs[0];
            if (first === undefined || first.atMs + buryMs > now / 1000 || buried.has(key)) continue;
            return violation(
              name,
              `The document of ${key} first killed a worker at ${seconds(first.atMs)}, and by ${seconds(now / 1000)} its job was no dead letter.`,
              costs,
            );
          }
          return undefined;
        },
      });
    },
  };
}

/** Settle: each accepted batch led to a charge for each of its items, and nothing was charged that nobody had asked for. */
export function childrenExact({ settleMs }: { readonly settleMs: number }): Checker {
  const name = 'childrenExact(charges)';
  return {
    name,
    claim: 'each accepted batch leads to exactly one charge for each of its items, and to no other',
    id: 'C2',
    when: 'settle',
    settleMs,
    liveness: true,
    start: () => {
      const asked = new Map<string, { readonly key: string; readonly items: number; readonly seq: number }>();
      const accepted = new Set<string>();
      const charged = new Map<string, number[]>();
      return judge({
        premises: () => accepted.size,
        record: (record) => {
          if (record.kind === 'op' && record.phase === 'invoke') {
            const order = record.value as {
              readonly type?: string;
              readonly payload?: { readonly amounts?: unknown[] };
            };
            const items = order?.type === 'batch' ? order.payload?.amounts?.length : undefined;
            if (items !== undefined) asked.set(record.id, { key: record.key ?? '', items, seq: record.seq });
          } else if (record.kind === 'op' && record.phase === 'ok') {
            const order = asked.get(record.id);
            if (order !== undefined) accepted.add(order.key);
          } else if (record.kind === 'effect' && record.ledger === 'charges') {
            charged.set(record.key, [...(charged.get(record.key) ?? []), record.seq]);
          }
        },
        settle: () => {
          const batches = new Map([...asked.values()].map((order) => [order.key, order]));
          for (const { key, items, seq } of batches.values()) {
            const children = Array.from({ length: items }, (_, index) => `${key}.${index}`);
            const missing = children.filter((child) => !charged.has(child));
            if (accepted.has(key) && missing.length > 0) {
              return violation(name, `${key} was accepted, and ${missing.join(', ')} was not charged.`, [{ seq }]);
            }
            for (const [child, seqs] of charged) {
              if (!child.startsWith(`${key}.`)) continue;
              const witness = seqs.map((one) => ({ seq: one }));
              if (!children.includes(child)) return violation(name, `${child} is no item of ${key}.`, witness);
              if (seqs.length > 1) return violation(name, `${child} was charged ${seqs.length} times.`, witness);
            }
          }
          return undefined;
        },
      });
    },
  };
}

/** What the workload finds in the store once all is settled: the value of a mark called `store`. */
export interface StoreSeen {
  /** Keys of the dead letters. */
  readonly dead: readonly string[];
  /** Keys of the papers, one entry for each that is stored. */
  readonly papers: readonly string[];
  /** Longest time that a job in somebody's hands has been without a sign of life, ms. */
  readonly idleMsMax: number;
}

/** The value of a mark called `store`. */
export function storeSeen(record: HistoryRecord): StoreSeen | undefined {
  // The workload of this row writes marks of that name, and nobody else does.
  return record.kind === 'mark' && record.name === 'store' ? (record.value as StoreSeen) : undefined;
}

/** Settle: the paper of each accepted job is stored exactly once, by what the workload found in the store. */
export function papersStoredOnce({
  except,
  settleMs,
}: {
  readonly except: readonly string[];
  readonly settleMs: number;
}): Checker {
  const name = 'papersStoredOnce(store)';
  return {
    name,
    claim: 'the paper of each accepted charge and statement is stored exactly once',
    id: 'C2',
    when: 'settle',
    settleMs,
    liveness: true,
    start: () => {
      const asked = new Map<string, { readonly key: string; readonly seq: number }>();
      const accepted = new Map<string, number>();
      let seen: { readonly store: StoreSeen; readonly seq: number } | undefined;
      return judge({
        premises: () => (seen === undefined ? 0 : accepted.size),
        record: (record) => {
          const { seq } = record;
          const store = storeSeen(record);
          if (store !== undefined) seen = { store, seq };
          if (record.kind !== 'op' || record.key === undefined) return;
          const order = record.value as { readonly type?: string } | undefined;
          const isWanted = order?.type === 'statement' || order?.type === 'charge';
          if (record.phase === 'invoke' && isWanted && !except.includes(record.key))
            asked.set(record.id, { key: record.key, seq });
          if (record.phase === 'ok' && asked.has(record.id)) accepted.set(record.key, seq);
        },
        settle: () => {
          if (seen === undefined) return { unknown: 'the workload did not get to see the store' };
          const { store, seq } = seen;
          const times = (key: string) => store.papers.filter((one) => one === key).length;
          for (const [key, asked] of accepted) {
            if (times(key) === 0)
              return violation(name, `${key} was accepted, and its paper is not stored.`, [{ seq: asked }, { seq }]);
          }
          for (const { key, seq: askedAt } of asked.values()) {
            if (times(key) > 1)
              return violation(name, `${key} is stored ${times(key)} times.`, [{ seq: askedAt }, { seq }]);
          }
          return undefined;
        },
      });
    },
  };
}

/** Settle: no job is in the hands of a worker that went silent. */
export function noneForgotten({ idleMs, settleMs }: { readonly idleMs: number; readonly settleMs: number }): Checker {
  const name = 'noneForgotten(store)';
  return {
    name,
    claim: `no job has been in a silent worker's hands for more than ${idleMs / 1000} s`,
    id: 'C10',
    when: 'settle',
    settleMs,
    liveness: false,
    start: () => {
      let premises = 0;
      let finding: Finding;
      return judge({
        premises: () => premises,
        record: (record) => {
          const seen = storeSeen(record);
          if (seen === undefined) return;
          premises += 1;
          if (seen.idleMsMax <= idleMs) return;
          finding = violation(name, `A job was without a sign of life for ${seconds(seen.idleMsMax)}.`, [record]);
        },
        settle: () => finding,
      });
    },
  };
}

export interface ExecutionOptions {
  readonly server: string;
  /** Longest time of an attempt, by type of job. */
  readonly timeoutMs: Readonly<Record<string, number>>;
  readonly slackMs: number;
  readonly settleMs: number;
}

interface Execution {
  readonly job: string;
  readonly type: string;
  readonly owner: string;
  readonly fence: string;
  readonly fromMs: number;
  readonly seq: number;
  untilMs: number;
}

/**
 * Settle: an attempt ends within its time limit, by a row that says so.
 *
 * Judged for attempts during which their worker lived undisturbed and nothing stood between the workers and the database: a clearing
 * house that hangs is no excuse.
 */
export function attemptsEnd({ server, timeoutMs, slackMs, settleMs }: ExecutionOptions): Checker {
  const name = 'attemptsEnd(jobs)';
  return {
    name,
    claim: `each attempt ends at most ${slackMs / 1000} s after its time limit, or its worker died`,
    id: 'C11',
    when: 'settle',
    settleMs,
    liveness: false,
    start: () => {
      const open = new Map<string, Execution>();
      const all: Execution[] = [];
      const disturbances: { readonly process: string | undefined; readonly fromMs: number; untilMs: number }[] = [];
      const faults = new Map<string, { readonly fromMs: number; untilMs: number }>();
      return judge({
        premises: () => all.length,
        record: (record) => {
          const atMs = record.at / 1000;
          if (record.kind === 'commit' && record.server === server) {
            for (const { table, new: row } of record.rows) {
              if (table !== 'jobs' || row === undefined) continue;
              const { id, type, state, lease_owner: owner, fence } = row as Record<string, string>;
              const known = open.get(id!);
              if (
                known !== undefined &&
                state === 'running' &&
                known.owner === owner &&
                known.fence === String(fence)
              ) {
                continue;
              }
              if (known !== undefined) known.untilMs = atMs;
              open.delete(id!);
              if (state !== 'running') continue;
              const execution: Execution = {
                job: id!,
                type: type!,
                owner: owner!,
                fence: String(fence),
                fromMs: atMs,
                seq: record.seq,
                untilMs: Number.POSITIVE_INFINITY,
              };
              open.set(id!, execution);
              all.push(execution);
            }
          } else if (record.kind === 'process' && record.state !== 'started') {
            disturbances.push({ process: record.process, fromMs: atMs, untilMs: atMs });
          } else if (record.kind === 'fault' && record.phase !== 'bit' && !isAboutProvider(record.detail)) {
            const span = faults.get(record.id);
            if (span === undefined) faults.set(record.id, { fromMs: atMs, untilMs: Number.POSITIVE_INFINITY });
            else span.untilMs = atMs;
          }
        },
        settle: ({ now }) => {
          for (const execution of all) {
            const { type, owner, fromMs, job, seq } = execution;
            const untilMs = Math.min(execution.untilMs, now / 1000);
            const limitMs = timeoutMs[type];
            if (limitMs === undefined || untilMs - fromMs <= limitMs + slackMs) continue;
            const dueMs = fromMs + limitMs + slackMs;
            const spans = [...disturbances.filter(({ process }) => process === owner), ...faults.values()];
            if (spans.some((span) => span.fromMs <= dueMs && span.untilMs >= fromMs)) continue;
            return violation(
              name,
              `${owner} began ${type} ${job} at ${seconds(fromMs)} and had not ended it by ${seconds(dueMs)}.`,
              [{ seq }],
            );
          }
          return undefined;
        },
      });
    },
  };
}

function isAboutProvider(detail: string): boolean {
  return /\bprovider\b/.test(detail) && !/kills/.test(detail);
}

function violation(invariant: string, message: string, witness: readonly { readonly seq: number }[]): Finding {
  return { violation: { invariant, message, witness: witness.map(({ seq }) => seq).sort((a, b) => a - b) } };
}

function judge(parts: {
  readonly premises: () => number;
  readonly record: (record: HistoryRecord) => void;
  readonly settle: Judge['settle'];
}): Judge {
  return {
    premises: parts.premises,
    record: (record) => {
      parts.record(record);
      return undefined;
    },
    settle: parts.settle,
  };
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(3)} s`;
}
