/**
 * `slicer`: cuts each chunk into slices of `average_size` ± `size_variation` bytes and waits `delay` µs after each. The cut halves the chunk
 * again and again, so that no end of it has smaller slices. What is left of an interrupted chunk leaves in one piece.
 *
 * Differs: an average size and variation that would halve forever (both 0, or a variation below 0) leave slices of one byte; the real
 * server ends when its stack is full.
 */
import type { Chunk } from '../chunk.ts';
import {
  type Attributes,
  durationMs,
  NANOS_PER_MICRO,
  type Place,
  plainToxic,
  type RunningToxic,
  type ToxicKind,
} from './toxic.ts';

export const slicer: ToxicKind = {
  ...plainToxic,
  type: 'slicer',
  structure: 'SlicerToxic',
  attributes: [
    { name: 'average_size', type: 'int' },
    { name: 'size_variation', type: 'int' },
    { name: 'delay', type: 'int' },
  ],
  run: (place, attributes) => new Slicer(place, attributes),
};

class Slicer implements RunningToxic {
  readonly #place: Place;
  readonly #attributes: Attributes;
  /** What is still to be sent, and where its slices stop. */
  #inHand: Chunk | undefined;
  #stops: readonly number[] = [];
  #sent = 0;
  #from = 0;

  constructor(place: Place, attributes: Attributes) {
    this.#place = place;
    this.#attributes = attributes;
  }

  chunk(chunk: Chunk): void {
    const averageBytes = Number(this.#attributes['average_size'] ?? 0n);
    const variationBytes = Number(this.#attributes['size_variation'] ?? 0n);
    this.#inHand = chunk;
    this.#stops = sliceStops(chunk.length, averageBytes, variationBytes);
    this.#sent = 0;
    this.#from = 0;
    if (this.#stops.length > 1) this.#place.bite();
    this.#sendSlice();
  }

  end(): void {
    this.#place.close();
  }

  interrupted(): void {
    const chunk = this.#inHand;
    if (chunk !== undefined && this.#from < chunk.length)
      this.#place.send(chunk.part(this.#from, chunk.length), () => {});
  }

  #sendSlice(): void {
    const stop = this.#stops[this.#sent]!;
    const slice = this.#inHand!.part(this.#from, stop);
    this.#sent += 1;
    this.#from = stop;
    this.#place.send(slice, () =>
      this.#place.wait(durationMs(this.#attributes['delay'], NANOS_PER_MICRO), () => {
        if (this.#sent < this.#stops.length) {
          this.#sendSlice();
          return;
        }
        this.#inHand = undefined;
        this.#place.next();
      }),
    );
  }
}

/** Offsets at which the slices of `length` bytes stop, ascending; the last is `length`. */
export function sliceStops(length: number, averageBytes: number, variationBytes: number): number[] {
  const stops: number[] = [];
  halve(0, length, averageBytes, variationBytes, stops);
  return stops;
}

function halve(start: number, stop: number, averageBytes: number, variationBytes: number, stops: number[]): void {
  if (stop - start - averageBytes <= variationBytes || stop - start <= 1) {
    stops.push(stop);
    return;
  }
  let middle = start + Math.floor((stop - start) / 2);
  if (variationBytes > 0) middle += Math.floor(Math.random() * variationBytes * 2) - variationBytes;
  // A variation above the average may point outside the piece.
  middle = Math.min(Math.max(middle, start + 1), stop - 1);
  halve(start, middle, averageBytes, variationBytes, stops);
  halve(middle, stop, averageBytes, variationBytes, stops);
}
