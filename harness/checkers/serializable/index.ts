/**
 * Transactions behave as if they ran one after the other, or as well as a weaker level promises. Anomalies are those of Adya (1999):
 * G0, G1a, G1b, G1c, G-single and G2, found as cycles of dependencies and as reads that should not be; and the lost update.
 *
 * transactions.ts reads transactions from records, dependencies.ts finds what must come before what, cycles.ts finds cycles; this file
 * is the checker and its sentence. Left out: predicates (G2 on phantoms shows only through items that were read), and of snapshot
 * isolation the ban on cycles whose anti-dependencies are not adjacent.
 */
import { type Duration, timeText } from '../../duration.ts';
import { matchesGlob } from '../../labels/glob.ts';
import type { Checker, Finding } from '../checker.ts';
import { settleChecker, violated } from '../define.ts';
import { type Cycle, type CycleName, findCycle } from './cycles.ts';
import { type Dependency, findDependencies } from './dependencies.ts';
import { type Transaction, Transactions } from './transactions.ts';

export type IsolationLevel = 'readCommitted' | 'snapshotIsolation' | 'serializable' | 'strictSerializable';

export interface SerializableOptions {
  /** Default `serializable`. */
  readonly level?: IsolationLevel;
  /** Glob over the operations that are transactions; default `txn*`. */
  readonly transactions?: string;
  readonly settle?: Duration;
}

const readCommitted: readonly CycleName[] = ['G0', 'G1c'];
const forbiddenBy: Readonly<Record<IsolationLevel, readonly CycleName[]>> = {
  readCommitted,
  snapshotIsolation: [...readCommitted, 'G-single'],
  serializable: [...readCommitted, 'G-single', 'G2'],
  strictSerializable: [...readCommitted, 'G-single', 'G2'],
};

/**
 * The committed transactions show no anomaly that the level forbids.
 * Premises: committed transactions.
 * @example invariant.serializable({ level: 'snapshotIsolation' })
 */
export function serializable({
  level = 'serializable',
  transactions: glob = 'txn*',
  settle,
}: SerializableOptions = {}): Checker {
  const name = `serializable(${level})`;
  return settleChecker({
    id: 'serializable',
    name,
    claim: `transactions are ${level}: there is no ${['G1a', 'G1b', ...forbiddenBy[level]].join(', ')}`,
    settle,
    start() {
      const transactions = new Transactions();
      return {
        record(record) {
          if (record.kind === 'op' && matchesGlob(glob, record.f)) transactions.record(record);
        },
        settle: () => judge(name, transactions.close(), level),
        premises: () => transactions.committed,
      };
    },
  });
}

function judge(name: string, transactions: readonly Transaction[], level: IsolationLevel): Finding {
  const { edges, anomalies, unknown } = findDependencies(transactions, { realTime: level === 'strictSerializable' });
  if (unknown !== undefined) return { unknown };
  const anomaly = anomalies.find(({ name: kind }) => kind !== 'lost update' || level !== 'readCommitted');
  if (anomaly !== undefined) {
    return violated(name, `${anomaly.message} (${anomaly.name}).`, witnessOf(transactions, anomaly.transactions));
  }
  const cycle = findCycle(edges, transactions.length, new Set(forbiddenBy[level]));
  if (cycle === undefined) return undefined;
  const members = cycle.edges.map(({ from }) => from);
  return violated(name, cycleText(transactions, cycle), witnessOf(transactions, members));
}

function cycleText(transactions: readonly Transaction[], { name, edges }: Cycle): string {
  const members = edges.map(({ from }) => {
    const { name: id, from: begun, to } = transactions[from]!;
    return `${id} (${timeText(begun)} to ${to === undefined ? 'no end' : timeText(to)})`;
  });
  const reasons = edges.map((edge) => edgeText(transactions, edge));
  return `No order of ${members.join(', ')} is possible: ${reasons.join('; ')} (${name}).`;
}

function edgeText(transactions: readonly Transaction[], { kind, from, to, key, value }: Dependency): string {
  const [first, second] = [transactions[from]!.name, transactions[to]!.name];
  switch (kind) {
    case 'ww':
      return `${second} wrote ${value} to ${key} after ${first}`;
    case 'wr':
      return `${second} read ${value} of ${key} from ${first}`;
    case 'rw':
      return `${first} read ${key} before ${second} wrote ${value}`;
    case 'time':
      return `${first} had ended when ${second} began`;
  }
}

function witnessOf(transactions: readonly Transaction[], members: readonly number[]): readonly number[] {
  return [...new Set(members)].flatMap((index) => {
    const { invoked, completed } = transactions[index]!;
    return completed === undefined ? [invoked] : [invoked, completed];
  });
}
