/** Labels of RESP messages (DESIGN of labels: `index.ts`). Pushes and pub/sub messages are `push`; everything else answers in order. */
import { createHash } from 'node:crypto';
import type { Reply } from '../../sim/redis/reply.ts';
import { ReplyDecoder, ReplyFormatError } from '../../sim/redis/wire/decode-reply.ts';
import { RequestDecoder } from '../../sim/redis/wire/decode-request.ts';
import { type ConnectionLabeller, LABEL_BYTES_MAX, type MessageLabel } from './index.ts';

const pubsubKinds = new Set([
  'message',
  'pmessage',
  'smessage',
  'subscribe',
  'unsubscribe',
  'psubscribe',
  'punsubscribe',
  'ssubscribe',
  'sunsubscribe',
]);
const subscribing = new Set(['SUBSCRIBE', 'PSUBSCRIBE', 'SSUBSCRIBE', 'UNSUBSCRIBE', 'PUNSUBSCRIBE', 'SUNSUBSCRIBE']);

/** The label of a request. */
export function redisLabel(args: readonly string[]): string {
  const name = args[0]!.toUpperCase();
  if (name === 'EVAL' || name === 'EVAL_RO')
    return `${name} ${createHash('sha1')
      .update(args[1] ?? '', 'latin1')
      .digest('hex')
      .slice(0, 8)}`;
  if (name === 'EVALSHA' || name === 'EVALSHA_RO')
    return `${name.replace('SHA', '')} ${(args[1] ?? '').toLowerCase().slice(0, 8)}`;
  if (name === 'AUTH') return 'AUTH';
  let label = name;
  for (let index = 1; index < args.length && label.length < LABEL_BYTES_MAX; index++) label += ` ${args[index]}`;
  return label.slice(0, LABEL_BYTES_MAX);
}

function firstText(reply: Reply): string | undefined {
  if (reply.kind !== 'array' && reply.kind !== 'push') return undefined;
  const first = reply.value[0];
  return first !== undefined && (first.kind === 'bulk' || first.kind === 'status') ? first.value : undefined;
}

export function redisLabeller(nextId: () => number): ConnectionLabeller {
  const requests = new RequestDecoder();
  const replies = new ReplyDecoder();
  const pending: MessageLabel[] = [];
  let isSubscribed = false;
  let isBroken = false;
  let requestBytes = 0;
  let replyBytes = 0;
  let replyBytesPushed = 0;
  return {
    fromClient(bytes) {
      requests.push(bytes);
      requestBytes += bytes.length;
      let found: MessageLabel[] | undefined;
      for (let request = requests.next(); request !== null && request.kind === 'command'; request = requests.next()) {
        const size = requestBytes - requests.bytesPending;
        requestBytes -= size;
        const label: MessageLabel = {
          id: nextId(),
          type: 'request',
          label: redisLabel(request.args),
          bytes: size,
          end: bytes.length - requests.bytesPending,
          answers: undefined,
        };
        if (subscribing.has(request.args[0]!.toUpperCase())) isSubscribed = true;
        pending.push(label);
        found ??= [];
        found.push(label);
      }
      return found;
    },
    fromServer(bytes) {
      if (isBroken) return undefined;
      replies.push(bytes);
      replyBytesPushed += bytes.length;
      let found: MessageLabel[] | undefined;
      try {
        for (let reply = replies.next(); reply !== null; reply = replies.next()) {
          const size = replies.bytesConsumed - replyBytes;
          replyBytes = replies.bytesConsumed;
          const kind = firstText(reply);
          const isConfirmation = kind !== undefined && /subscribe$/.test(kind);
          const isPush =
            (reply.kind === 'push' || (isSubscribed && kind !== undefined && pubsubKinds.has(kind))) && !isConfirmation;
          const request = isPush ? undefined : pending.shift();
          found ??= [];
          found.push({
            id: nextId(),
            type: isPush ? 'push' : 'reply',
            label: isPush ? (kind ?? 'push') : (request?.label ?? 'reply'),
            bytes: size,
            end: bytes.length - (replyBytesPushed - replyBytes),
            answers: request?.id,
          });
        }
      } catch (error) {
        if (!(error instanceof ReplyFormatError)) throw error;
        isBroken = true;
      }
      return found;
    },
  };
}
