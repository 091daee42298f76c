/**
 * What a toxic is: its name, its attributes, and what it does to one direction of one connection. Each kind is a file of its own, and
 * `index.ts` lists them.
 *
 * Source: Toxiproxy 2.12, toxics/*.go. There a toxic is a goroutine between two channels; here it is a small machine that is given a chunk
 * at a time and says when it is done with it.
 */
import type { Chunk } from '../chunk.ts';

/** An attribute of a toxic, an integer; absent means 0. */
export interface Attribute {
  readonly name: string;
  /** The type's name in error texts. */
  readonly type: 'int64' | 'int';
}

/** Values by attribute. Changed in place by an update, so a running toxic reads them when it needs them. */
export type Attributes = Record<string, bigint>;

/** What a toxic may do at its place in the line. */
export interface Place {
  /** Sends a chunk on, and calls `then` once the next in line has room for another. */
  send(chunk: Chunk, then: () => void): void;
  /** The chunk is dealt with: gives the next one, at once or when it comes. */
  next(): void;
  /** Closes the line from here on: what has been sent arrives, then the receiver's socket is closed. */
  close(): void;
  /** Calls back after `delayMs`, unless interrupted before. One wait at a time. */
  wait(delayMs: number, callback: () => void): void;
  /** As `wait`, and neither an update nor a removal of the toxic ends it. */
  waitFirmly(delayMs: number, callback: () => void): void;
  cancelWait(): void;
  /** Tells that the toxic has changed something. */
  bite(): void;
  /** Bytes that `limit_data` has let through here; outlives changes of the toxic. */
  bytesPassed: number;
}

/** A toxic at its place. It gets the next chunk only after `next`, and its end only after the last chunk. */
export interface RunningToxic {
  chunk(chunk: Chunk): void;
  end(): void;
  /** The toxic is changed, removed, or another comes after it: sends what it has in hand. Nothing is called afterwards. */
  interrupted(): void;
  /** It begins. */
  started?(): void;
}

export interface ToxicKind {
  readonly type: string;
  /** The name of its structure in error texts. */
  readonly structure: string;
  readonly attributes: readonly Attribute[];
  /** Chunks that may wait before it; 0: none but the one in hand. */
  readonly waitingChunksMax: number;
  /** Its removal closes the connections that it is on. */
  readonly closesWhenRemoved: boolean;
  /** Connections that begin while it is there end with RST instead of FIN. */
  readonly resetsSockets: boolean;
  run(place: Place, attributes: Attributes): RunningToxic;
}

/** What most kinds are. */
export const plainToxic = {
  waitingChunksMax: 0,
  closesWhenRemoved: false,
  resetsSockets: false,
} as const;

/** An attribute's duration in ms. It wraps where Go's 64 bits of nanoseconds do: a `latency` of the greatest integer is none at all. */
export function durationMs(value: bigint | undefined, nanosPerUnit: bigint): number {
  return Number(BigInt.asIntN(64, (value ?? 0n) * nanosPerUnit)) / 1e6;
}

export const NANOS_PER_MS = 1_000_000n;
export const NANOS_PER_MICRO = 1000n;
