/** The end of a line: the receiver's socket. Its room is the socket's; its end closes the socket once everything has been written. */
import type net from 'node:net';
import type { Chunk } from './chunk.ts';
import { nothing, type Sink } from './sink.ts';

const EMPTY = Buffer.alloc(0);

export class Outlet implements Sink {
  onRoom: () => void = nothing;
  readonly #socket: net.Socket;
  readonly #close: () => void;
  #isFull = false;
  #isEnding = false;

  /** `close` closes the socket as a whole. */
  constructor(socket: net.Socket, close: () => void) {
    this.#socket = socket;
    this.#close = close;
    socket.on('drain', () => {
      this.#isFull = false;
      if (!this.#isEnding) this.onRoom();
    });
  }

  get hasRoom(): boolean {
    return !this.#isFull && !this.#isEnding && !this.#socket.destroyed;
  }

  take(chunk: Chunk): void {
    this.write(chunk.bytes);
  }

  /** Bytes as they came, when no toxic and no gate looks at them. */
  write(bytes: Buffer): void {
    if (bytes.length === 0 || this.#isEnding || this.#socket.destroyed) return;
    if (!this.#socket.write(bytes)) this.#isFull = true;
  }

  end(): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    if (this.#socket.writableLength === 0) this.#close();
    else this.#socket.write(EMPTY, () => this.#close());
  }
}
