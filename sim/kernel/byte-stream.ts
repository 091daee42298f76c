/**
 * What a server knows of a connection: ordered bytes, two directions, an end and a close.
 *
 * The simulator puts one of these on a virtual socket and `serve` puts one on a real socket, so a server is written once and can be
 * held against real clients. A server never sees hosts, links or faults.
 */

/** The server's hand on one connection. */
export interface ByteStream {
  /** Number of the connection on this server, from 1, in order of acceptance. */
  readonly id: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
  /** Bytes written that the peer's side has not taken yet: what a server's output-buffer limits look at. */
  readonly bytesQueued: number;
  /** Sends bytes. The writer must not change them afterwards. Does nothing once the stream is closed. */
  write(bytes: Uint8Array): void;
  /** Sends what is queued, then half-closes. */
  end(): void;
  /** Drops what is queued and closes at once: `close` sends FIN, `reset` sends RST. */
  destroy(how: 'close' | 'reset'): void;
}

/** The connection's hand on the server. Calls never overlap and come in the order of the bytes. */
export interface ByteStreamHandler {
  /** Bytes arrived. The buffer belongs to the handler. */
  data(bytes: Buffer): void;
  /** The peer half-closed: no more data will come. */
  end(): void;
  /** The connection is gone, for whatever reason; always the last call, exactly once. */
  close(): void;
  /** All queued bytes were taken after some had been queued. */
  drain?(): void;
}

/** The hand of a connection that the server itself opens. `close` is its last call as well, and its only one when the connection fails. */
export interface OutgoingHandler extends ByteStreamHandler {
  /** The connection is open. Nothing may be written before. */
  connected(): void;
}
