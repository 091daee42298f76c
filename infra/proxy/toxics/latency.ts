/**
 * `latency`: every chunk leaves `latency` ± `jitter` ms after it was read. Chunks keep their order, so with jitter one may wait for the one
 * before it. An interrupted chunk leaves at once.
 */
import type { Chunk } from '../chunk.ts';
import { type Attributes, durationMs, NANOS_PER_MS, type Place, type RunningToxic, type ToxicKind } from './toxic.ts';

export const latency: ToxicKind = {
  type: 'latency',
  structure: 'LatencyToxic',
  attributes: [
    { name: 'latency', type: 'int64' },
    { name: 'jitter', type: 'int64' },
  ],
  waitingChunksMax: 1024,
  closesWhenRemoved: false,
  resetsSockets: false,
  run: (place, attributes) => new Latency(place, attributes),
};

class Latency implements RunningToxic {
  readonly #place: Place;
  readonly #attributes: Attributes;
  readonly #next: () => void;
  #inHand: Chunk | undefined;

  constructor(place: Place, attributes: Attributes) {
    this.#place = place;
    this.#attributes = attributes;
    this.#next = () => place.next();
  }

  chunk(chunk: Chunk): void {
    const waitMs = this.#delayMs() - (performance.now() - chunk.atMs);
    this.#inHand = chunk;
    if (waitMs > 0) this.#place.bite();
    this.#place.wait(waitMs, () => {
      this.#inHand = undefined;
      // The time is moved on by the wait that was meant, even one below zero, so that a second latency adds up with this one.
      this.#place.send(chunk.readAt(chunk.atMs + waitMs), this.#next);
    });
  }

  end(): void {
    this.#place.close();
  }

  interrupted(): void {
    if (this.#inHand !== undefined) this.#place.send(this.#inHand, () => {});
  }

  #delayMs(): number {
    const { latency: latencyMs = 0n, jitter: jitterMs = 0n } = this.#attributes;
    if (jitterMs <= 0n) return durationMs(latencyMs, NANOS_PER_MS);
    const drawn = BigInt(Math.floor(Math.random() * 2 * Number(jitterMs))) - jitterMs;
    return durationMs(latencyMs + drawn, NANOS_PER_MS);
  }
}
