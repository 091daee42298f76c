/**
 * Labels of HTTP/1.1 messages: a cursor over header blocks, `Content-Length` and chunked bodies (RFC 9112). What does not look like
 * HTTP gets no label, and neither does anything after an upgrade.
 */
import type { ConnectionLabeller, MessageLabel } from './index.ts';

const HEADER_BYTES_MAX = 64 * 1024;
const NEWLINE = 0x0a;
/** Sim's modelled TLS opens each direction with one line that begins so; the HTTP inside follows in the clear. */
const MODELLED_TLS = '\x16seedstorm-tls ';

interface Head {
  readonly line: string;
  readonly headers: string;
}

/** Takes a whole message: its head, its size, and how far it reaches into the bytes at hand. */
type Whole = (head: Head, bytes: number, end: number) => void;

/** Finds where messages end in one direction. */
class HttpCursor {
  #pending = Buffer.alloc(0);
  #head: Head | undefined;
  #state: 'head' | 'length' | 'chunk-size' | 'chunk-data' | 'trailer' | 'until-close' | 'lost' = 'head';
  #left = 0;
  #bytes = 0;
  readonly #bodyless: (head: Head) => boolean;

  constructor(bodyless: (head: Head) => boolean) {
    this.#bodyless = bodyless;
  }

  /** Feeds bytes; calls back for each message that is whole. */
  feed(bytes: Buffer, whole: Whole): void {
    if (this.#state === 'lost' || this.#state === 'until-close') return;
    let rest = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes]);
    for (;;) {
      const left = rest.length;
      const taken = this.#take(rest, (head, size, consumed) => whole(head, size, bytes.length - left + consumed));
      if (taken < 0) break;
      this.#bytes += taken;
      rest = rest.subarray(taken);
      if (rest.length === 0 && this.#state !== 'length') break;
      if (this.#isLost()) return;
    }
    this.#pending = Buffer.from(rest);
    if (this.#pending.length > HEADER_BYTES_MAX) this.#state = 'lost';
  }

  #isLost(): boolean {
    return this.#state === 'lost' || this.#state === 'until-close';
  }

  /** Bytes consumed, or -1 when more are needed. */
  #take(bytes: Buffer, whole: Whole): number {
    switch (this.#state) {
      case 'head': {
        if (bytes[0] === MODELLED_TLS.charCodeAt(0) && isOpening(bytes)) return bytes.indexOf(NEWLINE) + 1 || -1;
        const end = bytes.indexOf('\r\n\r\n');
        if (end < 0) return -1;
        const text = bytes.toString('latin1', 0, end);
        const newline = text.indexOf('\r\n');
        this.#head = {
          line: newline < 0 ? text : text.slice(0, newline),
          headers: newline < 0 ? '' : text.slice(newline),
        };
        this.#bytes = 0;
        this.#enterBody(this.#head);
        const consumed = end + 4;
        if (this.#hasEnded()) this.#finish(consumed, whole);
        return consumed;
      }
      case 'length':
      case 'chunk-data': {
        if (bytes.length === 0) return -1;
        const consumed = Math.min(this.#left, bytes.length);
        this.#left -= consumed;
        if (this.#left === 0) {
          if (this.#state === 'length') this.#finish(consumed, whole);
          else this.#state = 'chunk-size';
        }
        return consumed;
      }
      case 'chunk-size': {
        const end = bytes.indexOf(NEWLINE);
        if (end < 0) return -1;
        const size = Number.parseInt(bytes.toString('latin1', 0, end), 16);
        if (Number.isNaN(size)) this.#state = 'lost';
        else if (size === 0) this.#state = 'trailer';
        else {
          this.#left = size + 2;
          this.#state = 'chunk-data';
        }
        return end + 1;
      }
      case 'trailer': {
        const end = bytes.indexOf(NEWLINE);
        if (end < 0) return -1;
        if (end <= 1) this.#finish(end + 1, whole);
        return end + 1;
      }
      case 'until-close':
      case 'lost':
        return -1;
    }
  }

  #hasEnded(): boolean {
    return this.#state === 'length' && this.#left === 0;
  }

  #enterBody(head: Head): void {
    const { line, headers } = head;
    if (!/ HTTP\/1\.[01]$|^HTTP\/1\.[01] \d{3}/.test(line)) {
      this.#state = 'lost';
      return;
    }
    const length = /\r\ncontent-length: *(\d+)/i.exec(headers);
    this.#left = 0;
    this.#state = 'length';
    if (this.#bodyless(head)) return;
    if (/\r\ntransfer-encoding:[^\r]*chunked/i.test(headers)) this.#state = 'chunk-size';
    else if (length !== null) this.#left = Number(length[1]);
    else if (line.startsWith('HTTP/')) this.#state = 'until-close';
  }

  #finish(last: number, whole: Whole): void {
    const head = this.#head!;
    this.#state = 'head';
    whole(head, this.#bytes + last, last);
  }
}

function isOpening(bytes: Buffer): boolean {
  const opening = bytes.toString('latin1', 0, MODELLED_TLS.length);
  return MODELLED_TLS.startsWith(opening);
}

export function httpLabeller(nextId: () => number): ConnectionLabeller {
  const pending: MessageLabel[] = [];
  const requests = new HttpCursor(() => false);
  const replies = new HttpCursor(({ line }) => {
    const status = Number(line.slice(9, 12));
    return status < 200 || status === 204 || status === 304 || (pending[0]?.label.startsWith('HEAD ') ?? false);
  });
  return {
    fromClient(bytes) {
      let found: MessageLabel[] | undefined;
      requests.feed(bytes, ({ line }, size, end) => {
        const [method, path] = line.split(' ');
        const message: MessageLabel = {
          id: nextId(),
          type: 'request',
          label: `${method} ${path?.split('?')[0]}`,
          bytes: size,
          end,
          answers: undefined,
        };
        pending.push(message);
        found ??= [];
        found.push(message);
      });
      return found;
    },
    fromServer(bytes) {
      let found: MessageLabel[] | undefined;
      replies.feed(bytes, ({ line }, size, end) => {
        const status = line.slice(9, 12);
        // An interim reply (100, 103) is followed by the real one.
        if (status.startsWith('1') && status !== '101') return;
        const request = pending.shift();
        found ??= [];
        found.push({
          id: nextId(),
          type: 'reply',
          label: `${status} ${request?.label ?? ''}`.trim(),
          bytes: size,
          end,
          answers: request?.id,
        });
      });
      return found;
    },
  };
}
