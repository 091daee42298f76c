/**
 * What the embedded proxy tells its own process about the messages of its links, and what may be done with them: the means of `on`
 * triggers. None of it goes over HTTP, so a foreign Toxiproxy has none of it.
 *
 * A message is `sent` when its last byte reaches the proxy. It then passes the toxics of its direction, and is `arriving` when nothing but
 * the write to the receiver is left: there it can be held, let go, or dropped. In that order every message is met exactly once, and one
 * direction of a connection never reorders. A held message, and all that waits behind it, meets every toxic that is added in the meantime:
 *
 *   arriving "SET lock:1" → hold → latency toxic added over HTTP → release → the message waits in the new toxic
 *
 * Messages that were sent and never delivered (dropped by a toxic, cut short, or on a connection that ended) are `lost`.
 */
import type { Protocol } from '../../harness/labels/index.ts';
import type { MessageOnLink } from '../../harness/world.ts';

/** Whose traffic a proxy carries: `client` connects, `server` is the upstream. */
export interface Route {
  readonly client: string;
  readonly server: string;
  /** Absent: only what looks like HTTP gets labels. */
  readonly protocol?: Protocol;
}

/** A message as the hooks see it. `id` and `connection` are unique in the proxy server; `link` is the direction in which it travels. */
export interface ProxyMessage extends MessageOnLink {
  readonly proxy: string;
  /** Size of the whole message. */
  readonly bytes: number;
  /** Id of the request that a reply answers. */
  readonly answers: number | undefined;
}

/** A message at the gate, before delivery. Its three acts may be called at once or later, in the callback or after it. */
export interface Arrival {
  readonly message: ProxyMessage;
  /** Keeps the message, and what follows it in its direction of its connection, until `release` or `drop`. */
  hold(): void;
  /** Lets a held message go. Does nothing when it is not held. */
  release(): void;
  /**
   * Loses the message, and all that follows it, and resets both sides of its connection. In the callback, or while the message is held or
   * frozen; returns false when it is too late (delivered, or the connection has ended).
   */
  drop(): boolean;
}

/**
 * Called synchronously, in order. A callback may hold, drop, freeze or reset; it must not throw. Each hook that is absent is skipped.
 */
export interface MessageHooks {
  /** Names the two hosts of a proxy, by its name, once per connection; `undefined` leaves that connection without labels. */
  route(proxy: string): Route | undefined;
  sent?(message: ProxyMessage, lastBytes: Buffer): void;
  arriving?(arrival: Arrival): void;
  /** The message has been written to the receiver's socket; nothing after it has. */
  delivered?(message: ProxyMessage): void;
  lost?(message: ProxyMessage): void;
  /** A toxic changed something for the first time since it was added: it delayed, dropped, sliced or closed. */
  bitten?(bite: ToxicBite): void;
}

export interface ToxicBite {
  readonly proxy: string;
  readonly toxic: string;
  readonly connection: number;
}
