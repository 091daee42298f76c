/**
 * Replies from bytes, in any split, RESP2 and RESP3. Used by the label of a message and by tests; a real client has its own.
 *
 * Nested replies are kept on a stack, so that a large array that comes in many pieces is read once. An attribute is read and dropped, as
 * clients do that do not ask for it.
 */
import { error, int64, type Reply } from '../reply.ts';
import { ByteQueue } from './byte-queue.ts';
import { LETTER } from './messages.ts';

/** The bytes are no RESP reply. */
export class ReplyFormatError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ReplyFormatError';
  }
}

type AggregateKind = 'array' | 'set' | 'push' | 'map' | 'attribute';

interface Frame {
  readonly kind: AggregateKind;
  /** Items still to come; a map has two per pair. */
  left: number;
  readonly items: Reply[];
}

export class ReplyDecoder {
  readonly #queue = new ByteQueue();
  readonly #stack: Frame[] = [];
  #consumed = 0;

  push(bytes: Buffer): void {
    this.#queue.push(bytes);
  }

  /** Bytes of the stream that belong to replies returned so far. */
  get bytesConsumed(): number {
    return this.#consumed;
  }

  /**
   * The next whole reply, or null when more bytes are needed.
   * @throws ReplyFormatError
   */
  next(): Reply | null {
    for (;;) {
      const start = this.#queue.start;
      let reply = this.#readOne();
      this.#consumed += this.#queue.start - start;
      if (reply === INCOMPLETE) return null;
      while (reply !== OPENED) {
        const frame = this.#stack[this.#stack.length - 1];
        if (frame === undefined) return reply;
        frame.items.push(reply);
        frame.left -= 1;
        if (frame.left > 0) break;
        this.#stack.pop();
        const closed = closeFrame(frame);
        if (closed === null) break;
        reply = closed;
      }
    }
  }

  #readOne(): Reply | typeof INCOMPLETE | typeof OPENED {
    const queue = this.#queue;
    if (queue.start >= queue.end) return INCOMPLETE;
    const end = this.#lineEnd();
    if (end < 0) return INCOMPLETE;
    const letter = queue.buffer[queue.start]!;
    const line = queue.text(queue.start + 1, end);
    switch (letter) {
      case LETTER.status:
        return this.#take(end, { kind: 'status', value: line });
      case LETTER.error:
        return this.#take(end, error(line));
      case LETTER.int:
        return this.#take(end, int64(BigInt(line)));
      case LETTER.nil:
        return this.#take(end, { kind: 'nil' });
      case LETTER.bool:
        return this.#take(end, { kind: 'bool', value: line === 't' });
      case LETTER.double:
        return this.#take(end, { kind: 'double', value: readDouble(line) });
      case LETTER.bignum:
        return this.#take(end, { kind: 'bignum', value: line });
      case LETTER.bulk:
      case LETTER.blobError:
      case LETTER.verbatim:
        return this.#readBlob(letter, Number(line), end + 2);
      case LETTER.array:
        return this.#open('array', Number(line), end);
      case LETTER.set:
        return this.#open('set', Number(line), end);
      case LETTER.push:
        return this.#open('push', Number(line), end);
      case LETTER.map:
        return this.#open('map', 2 * Number(line), end);
      case LETTER.attribute:
        return this.#open('attribute', 2 * Number(line), end);
      default:
        throw new ReplyFormatError(`A RESP reply cannot start with byte 0x${letter.toString(16)}.`);
    }
  }

  /** Position of the CR of the CR LF that ends the current line, or -1. Unlike the server's, a reply's line may hold a NUL. */
  #lineEnd(): number {
    const { buffer, end } = this.#queue;
    const at = buffer.indexOf('\r\n', this.#queue.start, 'latin1');
    return at < 0 || at + 2 > end ? -1 : at;
  }

  #take(end: number, reply: Reply): Reply {
    this.#queue.start = end + 2;
    return reply;
  }

  #readBlob(letter: number, length: number, from: number): Reply | typeof INCOMPLETE {
    const queue = this.#queue;
    if (Number.isNaN(length)) throw new ReplyFormatError('A RESP blob has no length.');
    if (length < 0) return this.#take(from - 2, { kind: 'nil' });
    if (from + length + 2 > queue.end) return INCOMPLETE;
    const value = queue.text(from, from + length);
    queue.start = from + length + 2;
    if (letter === LETTER.blobError) return error(value);
    if (letter === LETTER.verbatim) return { kind: 'verbatim', format: value.slice(0, 3), value: value.slice(4) };
    return { kind: 'bulk', value };
  }

  #open(kind: AggregateKind, count: number, end: number): Reply | typeof OPENED {
    if (Number.isNaN(count)) throw new ReplyFormatError('A RESP aggregate has no length.');
    this.#queue.start = end + 2;
    if (count < 0) return { kind: 'nil-array' };
    if (count === 0 && kind === 'map') return { kind, value: [] };
    if (count === 0 && kind !== 'attribute') return { kind: kind as 'array', value: [] };
    if (count > 0) this.#stack.push({ kind, left: count, items: [] });
    return OPENED;
  }
}

const INCOMPLETE = 'incomplete';
const OPENED = 'opened';

/** The reply of a complete frame; null for an attribute, which is no reply. */
function closeFrame(frame: Frame): Reply | null {
  switch (frame.kind) {
    case 'attribute':
      return null;
    case 'map': {
      const pairs: (readonly [Reply, Reply])[] = [];
      for (let index = 0; index < frame.items.length; index += 2)
        pairs.push([frame.items[index]!, frame.items[index + 1]!]);
      return { kind: 'map', value: pairs };
    }
    default:
      return { kind: frame.kind, value: frame.items };
  }
}

function readDouble(text: string): number {
  if (text === 'inf') return Number.POSITIVE_INFINITY;
  if (text === '-inf') return Number.NEGATIVE_INFINITY;
  return text === 'nan' ? Number.NaN : Number(text);
}
