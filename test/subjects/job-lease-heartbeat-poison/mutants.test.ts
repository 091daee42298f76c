/** Each mutant breaks one part of what a hardened worker runs, and fits the text as it is now. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { applyPatch, loadPatch } from '../../../harness/source/patch.ts';

const folder = fileURLToPath(new URL('../../../subjects/job-lease-heartbeat-poison/', import.meta.url));
const names = ['attempt-counted-in-catch', 'completion-without-fence', 'slow-heartbeat'];

describe.each(['mutants', 'mutants-redis'])('%s of the billing worker', (kind) => {
  it('are the three that the catalogue names', () => {
    expect(readdirSync(`${folder}${kind}`).sort()).toEqual(names.map((name) => `${name}.patch.json`));
  });

  it.each(names)('%s fits', (name) => {
    const patches = loadPatch(`${folder}${kind}/${name}.patch.json`);
    for (const file of patches.keys()) {
      const source = readFileSync(file, 'utf8');
      expect(applyPatch(patches, file, source)).not.toBe(source);
    }
  });
});
