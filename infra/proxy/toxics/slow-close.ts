/** `slow_close`: data passes; the end of the stream comes `delay` ms later. An update during that time starts it anew. */
import type { Chunk } from '../chunk.ts';
import {
  type Attributes,
  durationMs,
  NANOS_PER_MS,
  type Place,
  plainToxic,
  type RunningToxic,
  type ToxicKind,
} from './toxic.ts';

export const slowClose: ToxicKind = {
  ...plainToxic,
  type: 'slow_close',
  structure: 'SlowCloseToxic',
  attributes: [{ name: 'delay', type: 'int64' }],
  run: (place, attributes) => new SlowClose(place, attributes),
};

class SlowClose implements RunningToxic {
  readonly #place: Place;
  readonly #attributes: Attributes;
  readonly #next: () => void;

  constructor(place: Place, attributes: Attributes) {
    this.#place = place;
    this.#attributes = attributes;
    this.#next = () => place.next();
  }

  chunk(chunk: Chunk): void {
    this.#place.send(chunk, this.#next);
  }

  end(): void {
    this.#place.bite();
    this.#place.wait(durationMs(this.#attributes['delay'], NANOS_PER_MS), () => this.#place.close());
  }

  interrupted(): void {}
}
