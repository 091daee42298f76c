/**
 * From operation records to histories of single objects: pairs of invocation and completion, by key, in the words of the model.
 */
import type { OperationRecord } from '../../history/record.ts';
import type { Call, Model } from '../../models/model.ts';
import type { TimedCall } from './search.ts';

/** An operation on an object, with the records that it comes from. */
export interface ObjectOperation extends TimedCall {
  readonly from: OperationRecord;
  /** Undefined when it never ended, or its outcome is unknown. */
  readonly to: OperationRecord | undefined;
}

/** Says what an operation means to the model, or undefined when it is none of its business. */
export type CallOf = (
  invocation: OperationRecord,
  completion: OperationRecord | undefined,
) => Pick<Call, 'f' | 'input' | 'output'> | undefined;

/**
 * The first word of the operation's name, in any of the model's words for it; input is the invocation's value, output the completion's.
 */
export function callByWords(model: Model<unknown>): CallOf {
  const meaning = new Map<string, string>();
  for (const [word, others] of Object.entries(model.words)) for (const one of [word, ...others]) meaning.set(one, word);
  return (invocation, completion) => {
    const f = meaning.get(invocation.f.split(' ')[0]!.toLowerCase());
    return f === undefined ? undefined : { f, input: invocation.value, output: completion?.value };
  };
}

/** Collects operations as their records come. */
export class Objects {
  private readonly callOf: CallOf;
  private readonly reads: readonly string[];
  private readonly open = new Map<string, OperationRecord>();
  private readonly byKey = new Map<string, ObjectOperation[]>();
  /** Operations of known outcome so far. */
  count = 0;

  constructor(callOf: CallOf, reads: readonly string[]) {
    this.callOf = callOf;
    this.reads = reads;
  }

  record(record: OperationRecord): void {
    if (record.phase === 'invoke') {
      this.open.set(record.id, record);
      return;
    }
    const from = this.open.get(record.id);
    if (from === undefined) return;
    this.open.delete(record.id);
    // What certainly did not happen is no part of the history.
    if (record.phase !== 'fail') this.add(from, record.phase === 'ok' ? record : undefined);
  }

  /** Operations by key. Those that never ended are of unknown outcome. */
  close(): ReadonlyMap<string, readonly ObjectOperation[]> {
    for (const from of this.open.values()) this.add(from, undefined);
    this.open.clear();
    return this.byKey;
  }

  private add(from: OperationRecord, to: OperationRecord | undefined): void {
    const call = this.callOf(from, to);
    if (call === undefined || (to === undefined && this.reads.includes(call.f))) return;
    if (to !== undefined) this.count += 1;
    const operation: ObjectOperation = {
      call: { ...call, isKnown: to !== undefined, session: from.session ?? from.id },
      invoked: from.seq,
      completed: to?.seq,
      from,
      to,
    };
    const key = from.key ?? '';
    const list = this.byKey.get(key);
    if (list === undefined) this.byKey.set(key, [operation]);
    else list.push(operation);
  }
}
