/**
 * `bandwidth`: `rate` thousand bytes a second. A chunk of more than 100 ms worth leaves in parts of that, 100 ms apart; the rest, and any
 * smaller chunk, waits for as long as its bytes take. How much a wait was late or early is made up for by the next one. A rate of 0 stalls.
 *
 * Differs: a rate below 0 stalls like 0; the real server ends with a panic at the first chunk.
 */
import type { Chunk } from '../chunk.ts';
import { type Attributes, type Place, plainToxic, type RunningToxic, type ToxicKind } from './toxic.ts';

const PART_MS = 100;

export const bandwidth: ToxicKind = {
  ...plainToxic,
  type: 'bandwidth',
  structure: 'BandwidthToxic',
  attributes: [{ name: 'rate', type: 'int64' }],
  run: (place, attributes) => new Bandwidth(place, attributes),
};

class Bandwidth implements RunningToxic {
  readonly #place: Place;
  readonly #attributes: Attributes;
  /** What the bytes so far should still take (ms); below zero when the last wait was late. */
  #owedMs = 0;
  #inHand: Chunk | undefined;

  constructor(place: Place, attributes: Attributes) {
    this.#place = place;
    this.#attributes = attributes;
  }

  chunk(chunk: Chunk): void {
    const bytesPerMs = this.#bytesPerMs();
    if (bytesPerMs === 0) this.#owedMs = 0;
    else this.#owedMs += chunk.length / bytesPerMs;
    this.#place.bite();
    this.#inHand = chunk;
    this.#sendParts();
  }

  end(): void {
    this.#place.close();
  }

  interrupted(): void {
    if (this.#inHand !== undefined) this.#place.send(this.#inHand, () => {});
  }

  /** One kilobyte a second is one byte a ms. */
  #bytesPerMs(): number {
    return Math.max(0, Number(this.#attributes['rate'] ?? 0n));
  }

  #sendParts(): void {
    const chunk = this.#inHand!;
    const partBytes = this.#bytesPerMs() * PART_MS;
    if (chunk.length <= partBytes) {
      this.#sendLast(chunk);
      return;
    }
    this.#place.wait(PART_MS, () => {
      if (partBytes === 0) {
        this.#sendParts();
        return;
      }
      this.#inHand = chunk.part(partBytes, chunk.length);
      this.#owedMs -= PART_MS;
      this.#place.send(chunk.part(0, partBytes), () => this.#sendParts());
    });
  }

  #sendLast(chunk: Chunk): void {
    const startMs = performance.now();
    this.#place.wait(this.#owedMs, () => {
      this.#owedMs -= performance.now() - startMs;
      this.#inHand = undefined;
      this.#place.send(chunk, () => this.#place.next());
    });
  }
}
