/**
 * `timeout`: drops all data, and closes the connection when `timeout` ms have passed since the last of it; 0 means never. Data that was
 * dropped never comes: removing the toxic closes the connections that it is on.
 */
import {
  type Attributes,
  durationMs,
  NANOS_PER_MS,
  type Place,
  plainToxic,
  type RunningToxic,
  type ToxicKind,
} from './toxic.ts';

export const timeout: ToxicKind = {
  ...plainToxic,
  type: 'timeout',
  structure: 'TimeoutToxic',
  attributes: [{ name: 'timeout', type: 'int64' }],
  closesWhenRemoved: true,
  run: (place, attributes) => new Timeout(place, attributes),
};

class Timeout implements RunningToxic {
  readonly #place: Place;
  readonly #timeoutMs: number;

  constructor(place: Place, attributes: Attributes) {
    this.#place = place;
    this.#timeoutMs = durationMs(attributes['timeout'], NANOS_PER_MS);
  }

  started(): void {
    if (this.#timeoutMs <= 0) return;
    this.#place.wait(this.#timeoutMs, () => {
      this.#place.bite();
      this.#place.close();
    });
  }

  chunk(): void {
    this.#place.bite();
    this.#place.cancelWait();
    this.started();
    this.#place.next();
  }

  end(): void {
    this.#place.close();
  }

  interrupted(): void {}
}
