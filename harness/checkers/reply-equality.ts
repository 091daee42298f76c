/**
 * C23: an idempotency key means one request: all accepted replies to it are equal, and another request under the same key is refused
 * (422), or told to wait while the first is under way (409).
 */
import { timeText } from '../duration.ts';
import type { OperationRecord } from '../history/record.ts';
import { matchesGlob } from '../labels/glob.ts';
import { valueText } from '../models/model.ts';
import type { Checker } from './checker.ts';
import { alwaysChecker, violated } from './define.ts';

export interface ReplyEqualityOptions {
  /** False: another request under the same key may be accepted too, if its reply is the first one's; default true. */
  readonly refusesOtherRequests?: boolean;
}

interface Answered {
  readonly request: string;
  readonly reply: string;
  readonly at: number;
  readonly witness: readonly number[];
}

/**
 * The key of an operation is its idempotency key, its value the request.
 * @param requests glob over the operations
 * Premises: accepted repeats of a key.
 * @example invariant.replyEquality('POST api /pay')
 */
export function replyEquality(requests: string, { refusesOtherRequests = true }: ReplyEqualityOptions = {}): Checker {
  const name = `replyEquality(${requests})`;
  return alwaysChecker({
    id: 'C23',
    name,
    claim: `accepted replies to one idempotency key are equal${refusesOtherRequests ? ', and another request under it is refused' : ''}`,
    start() {
      const open = new Map<string, OperationRecord>();
      const first = new Map<string, Answered>();
      let compared = 0;
      return {
        record(record) {
          if (record.kind !== 'op' || !matchesGlob(requests, record.f) || record.key === undefined) return undefined;
          if (record.phase === 'invoke') {
            open.set(record.id, record);
            return undefined;
          }
          const from = open.get(record.id);
          open.delete(record.id);
          if (from === undefined || record.phase !== 'ok') return undefined;
          const answered: Answered = {
            request: valueText(from.value),
            reply: valueText(record.value),
            at: record.at,
            witness: [from.seq, record.seq],
          };
          const before = first.get(record.key);
          if (before === undefined) {
            first.set(record.key, answered);
            return undefined;
          }
          compared += 1;
          const witness = [...before.witness, ...answered.witness];
          if (refusesOtherRequests && before.request !== answered.request) {
            const message = `${record.key} stood for ${before.request} at ${timeText(before.at)}, and was accepted for ${answered.request} at ${timeText(record.at)}.`;
            return violated(name, message, witness);
          }
          if (before.reply === answered.reply) return undefined;
          const message = `${record.key} was answered with ${before.reply} at ${timeText(before.at)}, and with ${answered.reply} at ${timeText(record.at)}.`;
          return violated(name, message, witness);
        },
        premises: () => compared,
      };
    },
  });
}
