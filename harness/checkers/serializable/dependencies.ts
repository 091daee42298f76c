/**
 * Which transaction must come before which: Adya's dependencies (1999), found in what was read, as Elle finds them (Kingsbury and Alvaro,
 * VLDB 2020).
 *
 * Reads of a list show its history, so the longest read gives the order of its versions. Of a register only those versions are ordered
 * that a transaction read and then replaced, and the initial one, which is before all others. What order cannot be known adds no
 * dependency: nothing is reported that is not certain.
 */
import type { Transaction } from './transactions.ts';

export type DependencyKind =
  /** The second overwrote the first's version. */
  | 'ww'
  /** The second read the first's version. */
  | 'wr'
  /** The first read a version that the second overwrote. */
  | 'rw'
  /** The first ended before the second began. */
  | 'time';

export interface Dependency {
  readonly kind: DependencyKind;
  readonly from: number;
  readonly to: number;
  readonly key: string;
  /** The version that the later one wrote or read, for the sentence. */
  readonly value: string;
}

/** A break that needs no cycle. */
export interface Anomaly {
  readonly name: 'G1a' | 'G1b' | 'internal' | 'incompatible order' | 'duplicate' | 'unwritten' | 'lost update';
  readonly message: string;
  readonly transactions: readonly number[];
}

export interface Dependencies {
  readonly edges: readonly Dependency[];
  readonly anomalies: readonly Anomaly[];
  /** Why nothing can be said, when the workload did not keep to the rules. */
  readonly unknown: string | undefined;
}

interface Write {
  readonly transaction: number;
  /** False when the same transaction wrote the key again afterwards: nobody else should see it. */
  readonly isLast: boolean;
}

/** What a transaction read of others: the version that it found, before its own writes. */
interface ExternalRead {
  readonly transaction: number;
  readonly elements: readonly string[];
  readonly register: string | undefined;
  readonly isList: boolean;
}

interface Key {
  readonly writes: Map<string, Write>;
  readonly reads: ExternalRead[];
  /** For registers: the version that a transaction read, and the one by which it replaced it. */
  readonly replaced: { readonly old: string | undefined; readonly next: string }[];
}

/** Finds all dependencies between transactions that committed, or were seen to have. */
export function findDependencies(
  transactions: readonly Transaction[],
  options: { readonly realTime: boolean },
): Dependencies {
  const keys = new Map<string, Key>();
  const anomalies: Anomaly[] = [];
  const unknown = collect(transactions, keys, anomalies);
  if (unknown !== undefined) return { edges: [], anomalies, unknown };
  const edges: Dependency[] = [];
  for (const [name, key] of keys) {
    judgeReads(name, key, transactions, anomalies);
    if (key.reads.some(({ isList }) => isList)) listEdges(name, key, transactions, anomalies, edges);
    else registerEdges(name, key, transactions, anomalies, edges);
  }
  if (options.realTime) timeEdges(transactions, edges);
  return { edges: edges.filter(({ from, to }) => from !== to), anomalies, unknown: undefined };
}

/** Goes through the steps of all transactions; returns why nothing can be said, if so. */
function collect(
  transactions: readonly Transaction[],
  keys: Map<string, Key>,
  anomalies: Anomaly[],
): string | undefined {
  for (const [index, { steps, name }] of transactions.entries()) {
    const own = new Map<string, string[]>();
    const lastRead = new Map<string, string | undefined>();
    for (const [place, step] of steps.entries()) {
      const key: Key = keys.get(step.key) ?? { writes: new Map(), reads: [], replaced: [] };
      keys.set(step.key, key);
      const written = own.get(step.key) ?? [];
      own.set(step.key, written);
      if (step.kind === 'append' || step.kind === 'write') {
        const other = key.writes.get(step.value);
        if (other !== undefined) return `${step.value} was written to ${step.key} twice; versions cannot be told apart`;
        const isLast = !steps.slice(place + 1).some((later) => later.key === step.key && later.kind === step.kind);
        key.writes.set(step.value, { transaction: index, isLast });
        if (step.kind === 'write' && written.length === 0 && lastRead.has(step.key)) {
          const last = steps.findLast((later) => later.key === step.key && later.kind === 'write');
          if (last !== undefined && 'value' in last && last.value !== undefined)
            key.replaced.push({ old: lastRead.get(step.key), next: last.value });
        }
        written.push(step.value);
        continue;
      }
      if (step.kind === 'readRegister') {
        // A list that is empty may be read as null.
        const seen = written[written.length - 1];
        if (seen === undefined) {
          key.reads.push({ transaction: index, elements: [], register: step.value, isList: false });
          lastRead.set(step.key, step.value);
        } else if (step.value !== seen) {
          anomalies.push({
            name: 'internal',
            message: `${name} wrote ${seen} to ${step.key} and then read ${step.value ?? 'nothing'}`,
            transactions: [index],
          });
        }
        continue;
      }
      const base = step.elements.slice(0, step.elements.length - written.length);
      const tail = step.elements.slice(step.elements.length - written.length);
      if (written.length > step.elements.length || tail.some((element, at) => element !== written[at])) {
        anomalies.push({
          name: 'internal',
          message: `${name} appended ${written.join(', ')} to ${step.key} and then read [${step.elements.join(', ')}]`,
          transactions: [index],
        });
      } else key.reads.push({ transaction: index, elements: base, register: undefined, isList: true });
    }
  }
  return undefined;
}

function judgeReads(
  name: string,
  { writes, reads }: Key,
  transactions: readonly Transaction[],
  anomalies: Anomaly[],
): void {
  for (const { transaction, elements, register, isList } of reads) {
    const reader = transactions[transaction]!.name;
    const values = isList ? elements : register === undefined ? [] : [register];
    const seen = new Set<string>();
    for (const value of values) {
      const write = writes.get(value);
      if (seen.has(value))
        anomalies.push({
          name: 'duplicate',
          message: `${reader} found ${value} twice in ${name}`,
          transactions: [transaction],
        });
      seen.add(value);
      if (write === undefined) {
        anomalies.push({
          name: 'unwritten',
          message: `${reader} read ${value} of ${name}, which nobody wrote`,
          transactions: [transaction],
        });
      } else if (transactions[write.transaction]!.state === 'fail') {
        const writer = transactions[write.transaction]!.name;
        anomalies.push({
          name: 'G1a',
          message: `${reader} read ${value} of ${name}, which ${writer} wrote and took back`,
          transactions: [write.transaction, transaction],
        });
      }
    }
    const last = values[values.length - 1];
    const write = last === undefined ? undefined : writes.get(last);
    if (write === undefined || write.isLast || write.transaction === transaction) continue;
    const writer = transactions[write.transaction]!.name;
    anomalies.push({
      name: 'G1b',
      message: `${reader} read ${last} of ${name}, which was not yet the last that ${writer} wrote to it`,
      transactions: [write.transaction, transaction],
    });
  }
}

function listEdges(
  name: string,
  { writes, reads }: Key,
  transactions: readonly Transaction[],
  anomalies: Anomaly[],
  edges: Dependency[],
): void {
  const longest = reads.reduce((best, read) => (read.elements.length > best.elements.length ? read : best));
  const order = longest.elements;
  for (const { transaction, elements } of reads) {
    if (elements.every((element, at) => element === order[at])) continue;
    const [one, other] = [transactions[transaction]!.name, transactions[longest.transaction]!.name];
    anomalies.push({
      name: 'incompatible order',
      message: `${one} read [${elements.join(', ')}] of ${name}, and ${other} read [${order.join(', ')}]`,
      transactions: [transaction, longest.transaction],
    });
    return;
  }
  const writerOf = (element: string | undefined) =>
    element === undefined ? undefined : writes.get(element)?.transaction;
  for (const [at, element] of order.entries()) {
    const [from, to] = [writerOf(order[at - 1]), writerOf(element)];
    if (from !== undefined && to !== undefined) edges.push({ kind: 'ww', from, to, key: name, value: element });
  }
  // What committed and was never read comes after the longest read.
  const seen = new Set(order);
  const unseen = [...writes].filter(
    ([value, { transaction }]) => !seen.has(value) && transactions[transaction]!.state === 'ok',
  );
  for (const { transaction, elements } of reads) {
    const last = elements[elements.length - 1];
    const from = writerOf(last);
    if (from !== undefined && last !== undefined)
      edges.push({ kind: 'wr', from, to: transaction, key: name, value: last });
    const next = order[elements.length];
    const overwriter = writerOf(next);
    if (next !== undefined && overwriter !== undefined)
      edges.push({ kind: 'rw', from: transaction, to: overwriter, key: name, value: next });
    else if (next === undefined) {
      for (const [value, write] of unseen)
        edges.push({ kind: 'rw', from: transaction, to: write.transaction, key: name, value });
    }
  }
}

function registerEdges(
  name: string,
  { writes, reads, replaced }: Key,
  transactions: readonly Transaction[],
  anomalies: Anomaly[],
  edges: Dependency[],
): void {
  const isCommitted = ({ transaction }: Write) => transactions[transaction]!.state === 'ok';
  const replacedBy = new Map<string | undefined, number>();
  for (const { old, next } of replaced) {
    const write = writes.get(next);
    if (write === undefined || !isCommitted(write)) continue;
    const other = replacedBy.get(old);
    replacedBy.set(old, write.transaction);
    if (other === undefined) continue;
    const [one, two] = [transactions[other]!.name, transactions[write.transaction]!.name];
    anomalies.push({
      name: 'lost update',
      message: `${one} and ${two} both read ${old ?? 'nothing'} of ${name} and replaced it`,
      transactions: [other, write.transaction],
    });
  }
  for (const { old, next } of replaced) {
    const [from, to] = [old === undefined ? undefined : writes.get(old), writes.get(next)];
    if (from !== undefined && to !== undefined && isCommitted(to))
      edges.push({ kind: 'ww', from: from.transaction, to: to.transaction, key: name, value: next });
  }
  for (const { transaction, register } of reads) {
    if (register === undefined) {
      // The initial version is before all others.
      for (const [value, write] of writes) {
        if (write.isLast && isCommitted(write))
          edges.push({ kind: 'rw', from: transaction, to: write.transaction, key: name, value });
      }
      continue;
    }
    const write = writes.get(register);
    if (write !== undefined)
      edges.push({ kind: 'wr', from: write.transaction, to: transaction, key: name, value: register });
    for (const { old, next } of replaced) {
      const overwriter = old === register ? writes.get(next) : undefined;
      if (overwriter !== undefined && isCommitted(overwriter))
        edges.push({ kind: 'rw', from: transaction, to: overwriter.transaction, key: name, value: next });
    }
  }
}

/** Real-time order, reduced: only edges that no others imply. */
function timeEdges(transactions: readonly Transaction[], edges: Dependency[]): void {
  const events = transactions.flatMap(({ invoked, completed, state }, index) =>
    state === 'ok' && completed !== undefined
      ? [
          { order: invoked, index, isEnd: false },
          { order: completed, index, isEnd: true },
        ]
      : [],
  );
  events.sort((a, b) => a.order - b.order);
  let frontier: number[] = [];
  for (const { index, isEnd } of events) {
    if (!isEnd) {
      for (const from of frontier) edges.push({ kind: 'time', from, to: index, key: '', value: '' });
      continue;
    }
    const { invoked } = transactions[index]!;
    frontier = [...frontier.filter((other) => transactions[other]!.completed! > invoked), index];
  }
}
