/** What follows in a line: a toxic's place, the gate, or the receiver's socket. */
import type { Chunk } from './chunk.ts';

export interface Sink {
  /** While false, nothing should be sent; what is sent nevertheless is kept. */
  readonly hasRoom: boolean;
  /** Called when there is room again. Set by whatever comes before. */
  onRoom: () => void;
  take(chunk: Chunk): void;
  /** No chunk follows. */
  end(): void;
}

export function nothing(): void {}
