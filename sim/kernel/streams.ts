/**
 * Seeded, named random streams over seedrandom's Alea (J. Baagøe's generator). A stream's state depends on the seed and its name only,
 * and, once the streams were refreshed in the midst of a run, on the salt of that: the same past, another future.
 */
import alea from 'seedrandom/lib/alea.js';
import { assert } from './assert.ts';
import { seedText } from './seed-text.ts';
import type { Stream } from './stream.ts';

interface AleaGenerator {
  (): number;
  int32(): number;
}

class AleaStream implements Stream {
  #generator: AleaGenerator;
  #spareNormal = 0;
  #hasSpareNormal = false;

  constructor(seed: string) {
    this.#generator = alea(seed) as unknown as AleaGenerator;
  }

  /** Starts anew from another seed; those who hold the stream go on with it. */
  restart(seed: string): void {
    this.#generator = alea(seed) as unknown as AleaGenerator;
    this.#hasSpareNormal = false;
  }

  double(): number {
    return this.#generator();
  }

  int(bound: number): number {
    assert(
      Number.isInteger(bound) && bound >= 1 && bound <= 0x1_0000_0000,
      `a stream is asked for an integer below ${bound}`,
    );
    return Math.floor(this.#generator() * bound);
  }

  uint32(): number {
    return this.#generator.int32() >>> 0;
  }

  bytes(length: number): Buffer {
    const bytes = Buffer.alloc(length);
    let index = 0;
    for (; index + 4 <= length; index += 4) bytes.writeUInt32LE(this.uint32(), index);
    for (let word = this.uint32(); index < length; index++, word >>>= 8) bytes[index] = word & 0xff;
    return bytes;
  }

  /** Marsaglia's polar method (1964). */
  normal(): number {
    if (this.#hasSpareNormal) {
      this.#hasSpareNormal = false;
      return this.#spareNormal;
    }
    for (;;) {
      const x = 2 * this.#generator() - 1;
      const y = 2 * this.#generator() - 1;
      const square = x * x + y * y;
      if (square >= 1 || square === 0) continue;
      const factor = Math.sqrt((-2 * Math.log(square)) / square);
      this.#spareNormal = y * factor;
      this.#hasSpareNormal = true;
      return x * factor;
    }
  }

  ratio(numerator: number, denominator: number): boolean {
    return numerator > 0 && this.int(denominator) < numerator;
  }
}

/** Another future: from a true time (µs) on, chance is another one; each salt gives one of its own. */
export interface FreshChance {
  readonly fromMicros: number;
  readonly salt: string;
}

/** All streams of one run; each is made when it is first asked for. */
export class Streams {
  #seed: string;
  readonly #streams = new Map<string, AleaStream>();

  constructor(seed: number | string) {
    this.#seed = String(seed);
  }

  of(name: string): Stream {
    let stream = this.#streams.get(name);
    if (stream === undefined) {
      stream = new AleaStream(seedText(this.#seed, name));
      this.#streams.set(name, stream);
    }
    return stream;
  }

  /** From now on all streams, those not yet made too, draw what the run's seed and this salt give. */
  refresh(salt: string): void {
    this.#seed = `${this.#seed}~${salt}`;
    for (const [name, stream] of this.#streams) stream.restart(seedText(this.#seed, name));
  }
}
