/** The protocol: any split of the input decodes alike, encode and decode are inverse, and violations are worded as by the real server. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeReply, encodeRequest, ReplyDecoder, RequestDecoder, redisServer } from '../../../sim/redis/index.ts';
import type { Reply } from '../../../sim/redis/reply.ts';
import { MemoryHost } from './memory-host.ts';

const bytes = fc.string({ unit: fc.nat(255).map((code) => String.fromCharCode(code)), maxLength: 40 });

function pieces(text: string, cuts: readonly number[]): Buffer[] {
  const at = [...new Set(cuts.map((cut) => cut % (text.length + 1)))].sort((left, right) => left - right);
  const found: Buffer[] = [];
  let from = 0;
  for (const to of [...at, text.length]) {
    found.push(Buffer.from(text.slice(from, to), 'latin1'));
    from = to;
  }
  return found;
}

const reply: fc.Arbitrary<Reply> = fc.letrec<{ reply: Reply }>((tie) => ({
  reply: fc.oneof(
    { maxDepth: 3 },
    bytes.map((value): Reply => ({ kind: 'bulk', value })),
    fc.maxSafeInteger().map((value): Reply => ({ kind: 'int', value })),
    fc.bigInt({ min: 2n ** 53n, max: 2n ** 63n - 1n }).map((value): Reply => ({ kind: 'bigint', value })),
    fc.constantFrom<Reply>({ kind: 'nil' }, { kind: 'bool', value: true }, { kind: 'status', value: 'OK' }),
    fc.constantFrom<Reply>(
      { kind: 'error', value: 'ERR x' },
      { kind: 'double', value: 1.5 },
      { kind: 'double', value: Number.POSITIVE_INFINITY },
    ),
    fc.array(tie('reply'), { maxLength: 4 }).map((value): Reply => ({ kind: 'array', value })),
    fc.array(tie('reply'), { maxLength: 4 }).map((value): Reply => ({ kind: 'set', value })),
    fc.array(fc.tuple(tie('reply'), tie('reply')), { maxLength: 3 }).map((value): Reply => ({ kind: 'map', value })),
    bytes.map((value): Reply => ({ kind: 'verbatim', format: 'txt', value })),
  ),
})).reply;

describe('requests', () => {
  test('decode alike however the bytes are split', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(bytes, { minLength: 1, maxLength: 5 }), { maxLength: 5 }),
        fc.array(fc.nat()),
        (requests, cuts) => {
          const decoder = new RequestDecoder();
          const found: string[][] = [];
          for (const piece of pieces(requests.map(encodeRequest).join(''), cuts)) {
            decoder.push(piece);
            for (let request = decoder.next(); request !== null; request = decoder.next()) {
              if (request.kind === 'command') found.push(request.args);
            }
          }
          expect(found).toEqual(requests);
        },
      ),
      { seed: 1 },
    );
  });

  test.each([
    ['*x\r\n', '-ERR Protocol error: invalid multibulk length\r\n'],
    ['*1\r\nx\r\n', "-ERR Protocol error: expected '$', got 'x'\r\n"],
    ['*1\r\n$-1\r\n', '-ERR Protocol error: invalid bulk length\r\n'],
    ['GET "a\r\n', '-ERR Protocol error: unbalanced quotes in request\r\n'],
    ['*-1\r\n*0\r\n\r\nPING\r\n', '+PONG\r\n'],
    ['SET k "\\x41\\n" \r\nGET k\r\n', '+OK\r\n$2\r\nA\n\r\n'],
  ])('%j is answered with %j', (sent, answer) => {
    const connection = new MemoryHost(redisServer()).connect();
    connection.sendRaw(sent);
    expect(connection.takeBytes()).toBe(answer);
  });

  test('a violation closes the connection and what follows is not read', () => {
    const connection = new MemoryHost(redisServer()).connect();
    connection.sendRaw('*x\r\nPING\r\n');
    expect(connection.takeBytes()).toBe('-ERR Protocol error: invalid multibulk length\r\n');
    expect(connection.isEnded).toBe(true);
  });

  test('a client that has not authenticated may not send large requests', () => {
    const connection = new MemoryHost(redisServer({ requirepass: 'secret' })).connect();
    connection.sendRaw('*11\r\n');
    expect(connection.takeBytes()).toBe('-ERR Protocol error: unauthenticated multibulk length\r\n');
  });
});

describe('replies', () => {
  test('are what was encoded, in RESP3, however the bytes are split', () => {
    fc.assert(
      fc.property(fc.array(reply, { maxLength: 4 }), fc.array(fc.nat()), (replies, cuts) => {
        const decoder = new ReplyDecoder();
        const found: Reply[] = [];
        const text = replies.map((item) => encodeReply(item, 3)).join('');
        for (const piece of pieces(text, cuts)) {
          decoder.push(piece);
          for (let item = decoder.next(); item !== null; item = decoder.next()) found.push(item);
        }
        expect(found).toEqual(replies);
        expect(decoder.bytesConsumed).toBe(text.length);
      }),
      { seed: 1 },
    );
  });
});
