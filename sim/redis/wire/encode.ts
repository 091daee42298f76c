/**
 * Bytes from replies, RESP2 and RESP3, and from requests. The result is a byte string: the caller joins many and turns them into one buffer.
 */
import { formatDouble } from '../numbers.ts';
import type { Reply } from '../reply.ts';

/** The wire form of a reply. What RESP2 lacks (maps, sets, doubles, ...) takes the form that Redis gives it there. */
export function encodeReply(reply: Reply, resp: 2 | 3): string {
  switch (reply.kind) {
    case 'bulk':
      return `$${reply.value.length}\r\n${reply.value}\r\n`;
    case 'int':
    case 'bigint':
      return `:${reply.value}\r\n`;
    case 'status':
      return `+${reply.value}\r\n`;
    case 'error':
      return `-${reply.value}\r\n`;
    case 'nil':
      return resp === 3 ? '_\r\n' : '$-1\r\n';
    case 'nil-array':
      return resp === 3 ? '_\r\n' : '*-1\r\n';
    case 'array':
      return encodeItems('*', reply.value, resp);
    case 'set':
      return encodeItems(resp === 3 ? '~' : '*', reply.value, resp);
    case 'push':
      return encodeItems(resp === 3 ? '>' : '*', reply.value, resp);
    case 'map':
      return encodePairs(reply.value, resp);
    case 'double':
      return resp === 3 ? `,${formatDouble(reply.value)}\r\n` : encodeBulk(formatDouble(reply.value));
    case 'bool':
      return resp === 3 ? (reply.value ? '#t\r\n' : '#f\r\n') : reply.value ? ':1\r\n' : ':0\r\n';
    case 'bignum':
      return resp === 3 ? `(${reply.value}\r\n` : encodeBulk(reply.value);
    case 'verbatim':
      return resp === 3 ? `=${reply.value.length + 4}\r\n${reply.format}:${reply.value}\r\n` : encodeBulk(reply.value);
  }
}

/** The wire form of a request: an array of bulk strings. */
export function encodeRequest(args: readonly string[]): string {
  let text = `*${args.length}\r\n`;
  for (let index = 0; index < args.length; index++) {
    const argument = args[index]!;
    text += `$${argument.length}\r\n${argument}\r\n`;
  }
  return text;
}

function encodeBulk(value: string): string {
  return `$${value.length}\r\n${value}\r\n`;
}

function encodeItems(letter: string, items: readonly Reply[], resp: 2 | 3): string {
  let text = `${letter}${items.length}\r\n`;
  for (let index = 0; index < items.length; index++) text += encodeReply(items[index]!, resp);
  return text;
}

function encodePairs(pairs: readonly (readonly [Reply, Reply])[], resp: 2 | 3): string {
  let text = resp === 3 ? `%${pairs.length}\r\n` : `*${2 * pairs.length}\r\n`;
  for (let index = 0; index < pairs.length; index++) {
    const pair = pairs[index]!;
    text += encodeReply(pair[0], resp);
    text += encodeReply(pair[1], resp);
  }
  return text;
}
