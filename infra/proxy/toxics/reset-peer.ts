/**
 * `reset_peer`: at the first data, or at the end of the stream, waits `timeout` ms and closes; the data is dropped. Both sockets of a
 * connection that began while the toxic was there close with RST. On a connection that was open before, it is a plain close.
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

export const resetPeer: ToxicKind = {
  ...plainToxic,
  type: 'reset_peer',
  structure: 'ResetToxic',
  attributes: [{ name: 'timeout', type: 'int64' }],
  resetsSockets: true,
  run: (place, attributes) => new ResetPeer(place, attributes),
};

class ResetPeer implements RunningToxic {
  readonly #place: Place;
  readonly #timeoutMs: number;

  constructor(place: Place, attributes: Attributes) {
    this.#place = place;
    this.#timeoutMs = durationMs(attributes['timeout'], NANOS_PER_MS);
  }

  chunk(): void {
    this.end();
  }

  end(): void {
    this.#place.bite();
    this.#place.waitFirmly(this.#timeoutMs, () => this.#place.close());
  }

  interrupted(): void {}
}
