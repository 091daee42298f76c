import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Streams } from '../../../sim/kernel/streams.ts';
import { TraceHash } from '../../../sim/kernel/trace-hash.ts';

describe('streams', () => {
  it('depend on the seed and their name only, not on what else is drawn', () => {
    const alone = new Streams(17);
    const crowded = new Streams(17);
    for (let index = 0; index < 100; index++) crowded.of(`other/${index}`).double();
    const draws = (streams: Streams): number[] => Array.from({ length: 20 }, () => streams.of('link/a>b').double());
    expect(draws(crowded)).toEqual(draws(alone));
    expect(draws(new Streams(18))).not.toEqual(draws(new Streams(17)));
    expect(new Streams(17).of('a').double()).not.toBe(new Streams(17).of('b').double());
  });

  it.each([
    ['names', (index: number) => new Streams(1).of(`workload/${index}`)],
    ['seeds', (index: number) => new Streams(index).of('workload/1')],
    ['hosts', (index: number) => new Streams(7).of(`link/worker-${index}>redis`)],
  ])('of neighbouring %s start independently of each other', (_what, streamOf) => {
    const count = 2000;
    for (const draw of [0, 1, 2]) {
      const values = Array.from({ length: count }, (_, index) => {
        const stream = streamOf(index);
        for (let skipped = 0; skipped < draw; skipped++) stream.double();
        return stream.double();
      });
      // Chi-square over 20 cells: 19 degrees of freedom, 0.1 % point 43.8.
      const cells = new Array<number>(20).fill(0);
      for (const value of values) cells[Math.floor(value * 20)]!++;
      expect(cells.reduce((sum, cell) => sum + (cell - count / 20) ** 2 / (count / 20), 0)).toBeLessThan(43.8);
      // Serial correlation of neighbours, and of those ten apart (the next last digit): about normal with deviation 1/sqrt(n).
      for (const lag of [1, 10]) {
        const mean = values.reduce((sum, value) => sum + value, 0) / count;
        const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
        let covariance = 0;
        for (let index = lag; index < count; index++)
          covariance += (values[index]! - mean) * (values[index - lag]! - mean);
        expect(Math.abs(covariance / variance)).toBeLessThan(4 / Math.sqrt(count));
      }
    }
  });

  it('keep to their ranges', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 32 }), fc.nat(), (bound, seed) => {
        const stream = new Streams(seed).of('x');
        const drawn = stream.int(bound);
        expect(drawn).toBeGreaterThanOrEqual(0);
        expect(drawn).toBeLessThan(bound);
        expect(stream.bytes(bound % 50)).toHaveLength(bound % 50);
      }),
    );
    expect(() => new Streams(1).of('x').int(0)).toThrow();
  });

  it('never fire at a probability of zero, and always at one', () => {
    const stream = new Streams(1).of('x');
    for (let index = 0; index < 1000; index++) {
      expect(stream.ratio(0, 10)).toBe(false);
      expect(stream.ratio(10, 10)).toBe(true);
    }
  });

  it('draw normal numbers with mean 0 and deviation 1', () => {
    const stream = new Streams(3).of('x');
    const drawn = Array.from({ length: 20_000 }, () => stream.normal());
    const mean = drawn.reduce((sum, value) => sum + value, 0) / drawn.length;
    const variance = drawn.reduce((sum, value) => sum + (value - mean) ** 2, 0) / drawn.length;
    expect(Math.abs(mean)).toBeLessThan(0.03);
    expect(Math.abs(variance - 1)).toBeLessThan(0.05);
  });
});

describe('the trace hash', () => {
  it('differs when one byte of one event differs', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 40 }),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (bytes, place, change) => {
          const other = Uint8Array.from(bytes);
          other[place % other.length]! ^= change;
          const hashOf = (content: Uint8Array): string => {
            const hash = new TraceHash();
            hash.bytes(content);
            return hash.digest();
          };
          expect(hashOf(other)).not.toBe(hashOf(bytes));
        },
      ),
    );
  });

  it('tells the order of events', () => {
    const hashOf = (texts: string[]): string => {
      const hash = new TraceHash();
      for (const text of texts) hash.text(text);
      return hash.digest();
    };
    expect(hashOf(['a', 'b'])).not.toBe(hashOf(['b', 'a']));
    expect(hashOf(['ab'])).not.toBe(hashOf(['a', 'b']));
    expect(hashOf(['a', 'b'])).toMatch(/^[0-9a-f]{16}$/);
  });
});
