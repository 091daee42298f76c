/**
 * Labels: the names of the requests inside the bytes of a connection. One module serves sim's network and the embedded proxy.
 *
 *   redis.ts     upper-case command and its arguments, up to 64 bytes; a script is `EVAL` and 8 digits of its SHA-1
 *   postgres.ts  the SQL with white space collapsed; an Execute takes its Parse's text
 *   http.ts      `METHOD /path`, and the reply `200 METHOD /path`
 *   glob.ts      patterns over labels
 *
 * A message counts at its last byte. A reply to a Redis or Postgres request carries the request's label.
 */
import { httpLabeller } from './http.ts';
import { postgresLabeller } from './postgres.ts';
import { redisLabeller } from './redis.ts';

/** A message that ends in the bytes just fed. */
export interface MessageLabel {
  readonly id: number;
  readonly type: 'request' | 'reply' | 'push';
  readonly label: string;
  readonly bytes: number;
  /** Where the message ends in the bytes just fed: the offset of the first byte after it. */
  readonly end: number;
  /** Id of the request that a reply answers. */
  readonly answers: number | undefined;
}

/** One connection's labeller, fed with the bytes of both directions in order. */
export interface ConnectionLabeller {
  fromClient(bytes: Buffer): readonly MessageLabel[] | undefined;
  fromServer(bytes: Buffer): readonly MessageLabel[] | undefined;
}

export type Protocol = 'redis' | 'postgres' | 'http';

/** Longest label, in bytes. */
export const LABEL_BYTES_MAX = 64;

/** A labeller for a connection; without a known protocol it names only what looks like HTTP. `nextId` numbers the messages of a run. */
export function createLabeller(protocol: Protocol | undefined, nextId: () => number): ConnectionLabeller {
  switch (protocol) {
    case 'redis':
      return redisLabeller(nextId);
    case 'postgres':
      return postgresLabeller(nextId);
    case 'http':
    case undefined:
      return httpLabeller(nextId);
  }
}
