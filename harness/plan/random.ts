/**
 * The generator behind plans: seedrandom's Alea (J. Baagøe), put behind the interface that fast-check draws through.
 *
 * It is pinned: a plan is a function of its seed for as long as this file, fast-check's arbitraries and a scenario's choice stay the
 * same. A golden test of 100 seeds tells when they do not.
 */
import * as fc from 'fast-check';
import alea from 'seedrandom/lib/alea.js';
import { seedText } from '../../sim/kernel/seed-text.ts';

interface AleaGenerator {
  int32(): number;
  state(): object;
}
type MakeAlea = (seed: string, options: { readonly state: true | object }) => AleaGenerator;
// The declaration of the module knows the seed only.
const makeAlea = alea as unknown as MakeAlea;

/** A random generator as fast-check wants it: 32 signed bits at a time, and a way to copy it. */
class PinnedGenerator {
  private readonly generator: AleaGenerator;

  constructor(generator: AleaGenerator) {
    this.generator = generator;
  }

  next(): number {
    return this.generator.int32();
  }

  clone(): PinnedGenerator {
    return new PinnedGenerator(makeAlea('', { state: this.generator.state() }));
  }

  getState(): readonly number[] {
    return Object.values(this.generator.state()) as number[];
  }
}

/** fast-check's view of the stream of that name under a seed. */
export function randomOf(seed: number, name: string): fc.Random {
  return new fc.Random(new PinnedGenerator(makeAlea(seedText(seed, name), { state: true })));
}
