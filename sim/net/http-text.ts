/** HTTP/1.1 replies as text: what a fault on the way makes of them. Pure functions over whole messages (RFC 9112). */
import { STATUS_CODES } from 'node:http';
import type { Stream } from '../kernel/stream.ts';

const HEAD_END = '\r\n\r\n';

/** Status or request line and headers, with the empty line. */
export function headOf(message: Buffer): string {
  return message.toString('latin1', 0, message.indexOf(HEAD_END) + HEAD_END.length);
}

/** A reply with a small JSON body; the connection is kept, or closed, as the head of the other message has it. */
export function statusReply(status: number, otherHead: string): Buffer {
  const reason = STATUS_CODES[status] ?? 'Unknown';
  const body = JSON.stringify({ error: reason });
  const connection = /\r\nconnection: *([^\r]*)/i.exec(otherHead)?.[1] ?? 'keep-alive';
  return Buffer.from(
    `HTTP/1.1 ${status} ${reason}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: ${connection}${HEAD_END}${body}`,
  );
}

/** Where the body's bytes lie: of a chunked body, those of its first chunk. Undefined without a body. */
function bodyOf(message: Buffer): { readonly from: number; readonly to: number } | undefined {
  const head = headOf(message);
  const start = head.length;
  if (!/\r\ntransfer-encoding:[^\r]*chunked/i.test(head))
    return start < message.length ? { from: start, to: message.length } : undefined;
  const sizeEnd = message.indexOf('\r\n', start);
  const size = Number.parseInt(message.toString('latin1', start, sizeEnd), 16);
  return size > 0 ? { from: sizeEnd + 2, to: sizeEnd + 2 + size } : undefined;
}

/** The message with the lowest bit of one byte of its body flipped, or undefined when it has none. */
export function corrupted(message: Buffer, stream: Stream): Buffer | undefined {
  const body = bodyOf(message);
  if (body === undefined) return undefined;
  const changed = Buffer.from(message);
  const at = body.from + stream.int(body.to - body.from);
  changed[at] = changed[at]! ^ 1;
  return changed;
}

/** The message up to the middle of its body, or undefined when it has none. */
export function truncated(message: Buffer): Buffer | undefined {
  const body = bodyOf(message);
  return body === undefined ? undefined : Buffer.from(message.subarray(0, Math.floor((body.from + body.to) / 2)));
}
