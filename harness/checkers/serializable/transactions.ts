/**
 * Transactions in a history: operations whose value is a list of steps `[f, key, value]`, as Jepsen's Elle has them.
 *
 * `['append', 'x', 3]` appends to a list, `['w', 'x', 3]` writes a register, `['r', 'x', null]` reads either; the completion has the same
 * steps with what was read. No two steps of a run may append or write the same value to one key: that is what makes versions traceable.
 */
import type { OperationRecord } from '../../history/record.ts';
import { valueText } from '../../models/model.ts';

export type Step =
  | { readonly kind: 'append'; readonly key: string; readonly value: string }
  | { readonly kind: 'write'; readonly key: string; readonly value: string }
  /** Of a list: its elements, in order. */
  | { readonly kind: 'readList'; readonly key: string; readonly elements: readonly string[] }
  /** Of a register: its value, or undefined when it had none. */
  | { readonly kind: 'readRegister'; readonly key: string; readonly value: string | undefined };

export interface Transaction {
  /** Its name in sentences: the operation's id. */
  readonly name: string;
  /** `ok`: committed. `fail`: certainly not. `info`: nobody knows. */
  readonly state: 'ok' | 'fail' | 'info';
  readonly steps: readonly Step[];
  /** True times, µs; the end is undefined when it never ended. */
  readonly from: number;
  readonly to: number | undefined;
  /** `seq` of invocation and completion. */
  readonly invoked: number;
  readonly completed: number | undefined;
}

/** Collects transactions as their records come. */
export class Transactions {
  private readonly open = new Map<string, OperationRecord>();
  private readonly ended: Transaction[] = [];

  record(record: OperationRecord): void {
    if (record.phase === 'invoke') {
      this.open.set(record.id, record);
      return;
    }
    const from = this.open.get(record.id);
    if (from === undefined) return;
    this.open.delete(record.id);
    this.ended.push(transactionOf(from, record, record.phase));
  }

  /** Transactions that committed so far. */
  get committed(): number {
    return this.ended.reduce((count, { state }) => count + Number(state === 'ok'), 0);
  }

  /** All transactions, in order of their beginning; those that never ended are of unknown outcome. */
  close(): readonly Transaction[] {
    for (const from of this.open.values()) this.ended.push(transactionOf(from, undefined, 'info'));
    this.open.clear();
    return this.ended.toSorted((a, b) => a.invoked - b.invoked);
  }
}

function transactionOf(
  from: OperationRecord,
  to: OperationRecord | undefined,
  state: Transaction['state'],
): Transaction {
  const isRead = state === 'ok';
  // What an aborted or unknown transaction read says nothing; what it wrote may still turn up.
  const steps = stepsIn(isRead ? (to?.value ?? from.value) : from.value).filter(
    ({ kind }) => isRead || kind === 'append' || kind === 'write',
  );
  return {
    name: from.id,
    state,
    steps,
    from: from.at,
    to: to?.at,
    invoked: from.seq,
    completed: to?.seq,
  };
}

function stepsIn(value: unknown): Step[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((step): readonly Step[] => {
    if (!Array.isArray(step)) return [];
    const [f, rawKey, content] = step as readonly unknown[];
    const key = typeof rawKey === 'string' ? rawKey : valueText(rawKey);
    if (f === 'append') return [{ kind: 'append', key, value: valueText(content) }];
    if (f === 'w' || f === 'write') return [{ kind: 'write', key, value: valueText(content) }];
    if (f !== 'r' && f !== 'read') return [];
    if (Array.isArray(content)) return [{ kind: 'readList', key, elements: content.map(valueText) }];
    return [
      { kind: 'readRegister', key, value: content === null || content === undefined ? undefined : valueText(content) },
    ];
  });
}
