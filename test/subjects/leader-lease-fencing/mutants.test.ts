/** Each mutant breaks one part of the hardened worker, and fits the text as it is now. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { applyPatch, loadPatch } from '../../../harness/source/patch.ts';

const folder = fileURLToPath(new URL('../../../subjects/leader-lease-fencing/', import.meta.url));
const hardened = `${folder}hardened.ts`;
const names = readdirSync(`${folder}mutants`).sort();

describe('mutants of the billing worker', () => {
  it('are the four that the catalogue names', () => {
    expect(names).toEqual([
      'deadline-from-reply.patch.json',
      'no-fence-predicate.patch.json',
      'renewal-without-owner.patch.json',
      'token-from-clock.patch.json',
    ]);
  });

  it.each(names)('%s fits the hardened worker and no other file', (name) => {
    const patches = loadPatch(`${folder}mutants/${name}`);
    const source = readFileSync(hardened, 'utf8');
    expect([...patches.keys()]).toEqual([hardened]);
    expect(applyPatch(patches, hardened, source)).not.toBe(source);
  });
});
