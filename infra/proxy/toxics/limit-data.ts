/** `limit_data`: lets `bytes` bytes of a connection through, and closes it with the last of them. The count outlives updates. */
import type { Chunk } from '../chunk.ts';
import { type Attributes, type Place, plainToxic, type RunningToxic, type ToxicKind } from './toxic.ts';

export const limitData: ToxicKind = {
  ...plainToxic,
  type: 'limit_data',
  structure: 'LimitDataToxic',
  attributes: [{ name: 'bytes', type: 'int64' }],
  run: (place, attributes) => new LimitData(place, attributes),
};

class LimitData implements RunningToxic {
  readonly #place: Place;
  readonly #bytesMax: number;

  constructor(place: Place, attributes: Attributes) {
    this.#place = place;
    this.#bytesMax = Number(attributes['bytes'] ?? 0n);
  }

  chunk(chunk: Chunk): void {
    const place = this.#place;
    const bytesLeft = Math.max(0, this.#bytesMax - place.bytesPassed);
    const passing = bytesLeft < chunk.length ? chunk.part(0, bytesLeft) : chunk;
    if (passing.length === 0) {
      this.#closeAtLimit();
      return;
    }
    place.bytesPassed += passing.length;
    place.send(passing, () => {
      if (place.bytesPassed >= this.#bytesMax) this.#closeAtLimit();
      else place.next();
    });
  }

  end(): void {
    this.#place.close();
  }

  interrupted(): void {}

  #closeAtLimit(): void {
    this.#place.bite();
    this.#place.close();
  }
}
