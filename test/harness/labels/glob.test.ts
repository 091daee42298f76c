import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { linkMatches, matchesGlob } from '../../../harness/labels/glob.ts';

describe('globs over labels', () => {
  it.each([
    ['*', '', true],
    ['*', 'SET leader a', true],
    ['SET leader *', 'SET leader worker-1 NX', true],
    ['SET leader *', 'SET leader', false],
    ['SET leader*', 'SET leader', true],
    ['worker-?', 'worker-1', true],
    ['worker-?', 'worker-10', false],
    ['a*b*c', 'a-b-b-c', true],
    ['a*b*c', 'a-c-b', false],
    ['\\*', '*', true],
    ['\\*', 'x', false],
    ['\\?', 'x', false],
    ['POST /bill/*', 'POST /bill/3', true],
    ['200 POST /[x]', '200 POST /[x]', true],
    ['commit', 'COMMIT', false],
  ])('%j on %j is %j', (glob, text, expected) => {
    expect(matchesGlob(glob, text)).toBe(expected);
  });

  it('agrees with a regular expression on any text', () => {
    const alphabet = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?', '.'), maxLength: 8 });
    fc.assert(
      fc.property(alphabet, fc.string({ unit: fc.constantFrom('a', 'b', '.'), maxLength: 8 }), (glob, text) => {
        const source = glob.replaceAll('.', '\\.').replaceAll('*', '.*').replaceAll('?', '.');
        expect(matchesGlob(glob, text)).toBe(new RegExp(`^${source}$`).test(text));
      }),
      { seed: 1, numRuns: 2000 },
    );
  });

  it('matches the sides of a link apart', () => {
    expect(linkMatches('redis>worker-*', 'redis', 'worker-2')).toBe(true);
    expect(linkMatches('redis>worker-*', 'worker-2', 'redis')).toBe(false);
    expect(linkMatches('*>*', 'a', 'b')).toBe(true);
  });
});
