/**
 * Requests from bytes, in any split: multibulk (`*2\r\n$3\r\nGET\r\n...`) and inline (`GET key\r\n`, with quotes as `redis-cli` writes them).
 *
 * Limits and violations are those of Redis 7.0. After a violation the decoder yields nothing more: the server answers and closes.
 */
import { parseSafeInteger } from '../numbers.ts';
import { ByteQueue } from './byte-queue.ts';
import {
  ARGUMENTS_MAX,
  BULK_BYTES_MAX,
  INLINE_BYTES_MAX,
  LETTER,
  type Request,
  UNAUTHENTICATED_ARGUMENTS_MAX,
  UNAUTHENTICATED_BULK_BYTES_MAX,
} from './messages.ts';

export class RequestDecoder {
  /** While false, the limits for clients that have not authenticated apply. */
  isAuthenticated = true;
  /** Longest argument, in bytes (`proto-max-bulk-len`). */
  bulkBytesMax = BULK_BYTES_MAX;
  readonly #queue = new ByteQueue();
  #args: string[] = [];
  /** Arguments of the current multibulk request that have not come yet. */
  #argumentsLeft = 0;
  /** Length of the argument that is being read; -1 between arguments. */
  #bulkLength = -1;
  #isBroken = false;

  push(bytes: Buffer): void {
    this.#queue.push(bytes);
  }

  /** Bytes received and not yet part of a returned request. */
  get bytesPending(): number {
    return this.#queue.end - this.#queue.start;
  }

  /** The next whole request, or null when more bytes are needed. Requests without any argument are skipped. */
  next(): Request | null {
    const queue = this.#queue;
    while (!this.#isBroken) {
      if (this.#argumentsLeft > 0) return this.#readArguments();
      if (queue.start >= queue.end) return null;
      const request = queue.buffer[queue.start] === LETTER.array ? this.#readCount() : this.#readInline();
      if (request !== SKIPPED) return request;
    }
    return null;
  }

  #violation(message: string): Request {
    this.#isBroken = true;
    return { kind: 'violation', message };
  }

  #readCount(): Request | null | typeof SKIPPED {
    const queue = this.#queue;
    const end = queue.findReturn(queue.start);
    if (end < 0) {
      if (this.bytesPending > INLINE_BYTES_MAX) return this.#violation('Protocol error: too big mbulk count string');
      return null;
    }
    if (end + 1 >= queue.end) return null;
    const count = parseSafeInteger(queue.text(queue.start + 1, end));
    if (Number.isNaN(count) || count > ARGUMENTS_MAX)
      return this.#violation('Protocol error: invalid multibulk length');
    if (count > UNAUTHENTICATED_ARGUMENTS_MAX && !this.isAuthenticated) {
      return this.#violation('Protocol error: unauthenticated multibulk length');
    }
    queue.start = end + 2;
    if (count <= 0) return SKIPPED;
    this.#argumentsLeft = count;
    this.#args = [];
    return this.#readArguments();
  }

  #readArguments(): Request | null {
    const queue = this.#queue;
    while (this.#argumentsLeft > 0) {
      if (this.#bulkLength < 0) {
        const end = queue.findReturn(queue.start);
        if (end < 0) {
          if (this.bytesPending > INLINE_BYTES_MAX) return this.#violation('Protocol error: too big bulk count string');
          return null;
        }
        if (end + 1 >= queue.end) return null;
        const letter = queue.buffer[queue.start]!;
        if (letter !== LETTER.bulk) {
          return this.#violation(`Protocol error: expected '$', got '${String.fromCharCode(letter)}'`);
        }
        const length = parseSafeInteger(queue.text(queue.start + 1, end));
        if (Number.isNaN(length) || length < 0 || length > this.bulkBytesMax) {
          return this.#violation('Protocol error: invalid bulk length');
        }
        if (length > UNAUTHENTICATED_BULK_BYTES_MAX && !this.isAuthenticated) {
          return this.#violation('Protocol error: unauthenticated bulk length');
        }
        queue.start = end + 2;
        this.#bulkLength = length;
      }
      const end = queue.start + this.#bulkLength;
      // The two bytes that end an argument are skipped unseen, as the server does.
      if (end + 2 > queue.end) return null;
      this.#args.push(queue.text(queue.start, end));
      queue.start = end + 2;
      this.#bulkLength = -1;
      this.#argumentsLeft -= 1;
    }
    const args = this.#args;
    this.#args = [];
    return { kind: 'command', args };
  }

  #readInline(): Request | null | typeof SKIPPED {
    const queue = this.#queue;
    const newline = queue.findNewline(queue.start);
    if (newline < 0) {
      if (this.bytesPending > INLINE_BYTES_MAX) return this.#violation('Protocol error: too big inline request');
      return null;
    }
    let end = newline;
    if (end > queue.start && queue.buffer[end - 1] === 13) end -= 1;
    const args = splitArguments(queue.text(queue.start, end));
    if (args === null) return this.#violation('Protocol error: unbalanced quotes in request');
    queue.start = newline + 1;
    return args.length === 0 ? SKIPPED : { kind: 'command', args };
  }
}

const SKIPPED = 'skipped';

/** Splits a line as `redis-cli` and inline requests quote it (`sdssplitargs`); null when quotes do not close or touch other text. */
export function splitArguments(line: string): string[] | null {
  const args: string[] = [];
  let at = 0;
  for (;;) {
    while (isSpace(line.charCodeAt(at))) at += 1;
    if (at >= line.length) return args;
    let text = '';
    while (at < line.length && !isSpace(line.charCodeAt(at))) {
      const char = line[at]!;
      if (char !== '"' && char !== "'") {
        text += char;
        at += 1;
        continue;
      }
      const quoted = char === '"' ? readDoubleQuoted(line, at + 1) : readSingleQuoted(line, at + 1);
      if (quoted === null) return null;
      if (quoted.end < line.length && !isSpace(line.charCodeAt(quoted.end))) return null;
      text += quoted.text;
      at = quoted.end;
    }
    args.push(text);
  }
}

interface Quoted {
  readonly text: string;
  /** Position after the closing quote. */
  readonly end: number;
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', a: '\x07' };

function readDoubleQuoted(line: string, from: number): Quoted | null {
  let text = '';
  for (let at = from; at < line.length; at++) {
    const char = line[at]!;
    if (char === '"') return { text, end: at + 1 };
    if (char !== '\\' || at + 1 >= line.length) {
      text += char;
      continue;
    }
    at += 1;
    const escaped = line[at]!;
    const pair = line.slice(at + 1, at + 3);
    if (escaped === 'x' && isHexPair(pair)) {
      text += String.fromCharCode(Number.parseInt(pair, 16));
      at += 2;
    } else text += ESCAPES[escaped] ?? escaped;
  }
  return null;
}

function readSingleQuoted(line: string, from: number): Quoted | null {
  let text = '';
  for (let at = from; at < line.length; at++) {
    const char = line[at]!;
    if (char === "'") return { text, end: at + 1 };
    if (char === '\\' && line[at + 1] === "'") {
      text += "'";
      at += 1;
    } else text += char;
  }
  return null;
}

function isHexPair(text: string): boolean {
  return text.length === 2 && isHexDigit(text.charCodeAt(0)) && isHexDigit(text.charCodeAt(1));
}

function isHexDigit(code: number): boolean {
  const lower = code | 32;
  return (code >= 48 && code <= 57) || (lower >= 97 && lower <= 102);
}

/** C's `isspace`; NaN (past the end) is none. */
function isSpace(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13);
}
