/** `noop`: lets everything pass. It also stands in for a toxic that a connection was not drawn for. */
import type { Chunk } from '../chunk.ts';
import { type Place, plainToxic, type RunningToxic, type ToxicKind } from './toxic.ts';

export const noop: ToxicKind = {
  ...plainToxic,
  type: 'noop',
  structure: 'NoopToxic',
  attributes: [],
  run: (place) => new Noop(place),
};

class Noop implements RunningToxic {
  readonly #place: Place;
  readonly #next: () => void;

  constructor(place: Place) {
    this.#place = place;
    this.#next = () => place.next();
  }

  chunk(chunk: Chunk): void {
    this.#place.send(chunk, this.#next);
  }

  end(): void {
    this.#place.close();
  }

  interrupted(): void {}
}
