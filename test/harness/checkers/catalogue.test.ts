import { existsSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkerCatalogue } from '../../../harness/checkers/catalogue.ts';
import * as checkers from '../../../harness/checkers/index.ts';
import { judge } from './history-builder.ts';

const folder = new URL('../../../harness/checkers/', import.meta.url);
/** Files that are no checkers. */
const others = [
  'catalogue.ts',
  'checker.ts',
  'conditions.ts',
  'define.ts',
  'index.ts',
  'merge.ts',
  'sources.ts',
  'versions.ts',
  'wall-time.ts',
];

describe('the catalogue of checkers', () => {
  it('lists each checker of the library once, and nothing else', () => {
    expect(checkerCatalogue.map(({ name }) => name).sort()).toEqual(Object.keys(checkers).sort());
    const files = readdirSync(folder, { withFileTypes: true })
      .filter(({ name }) => !others.includes(name))
      .map((entry) => (entry.isDirectory() ? `${entry.name}/index.ts` : entry.name));
    expect(checkerCatalogue.map(({ file }) => file).sort()).toEqual(files.sort());
  });

  it.each(checkerCatalogue.map((entry) => [entry.name, entry] as const))(
    '%s says its claim, and finds nothing in an empty history',
    (name, entry) => {
      const checker = entry.example();
      expect(existsSync(new URL(entry.file, folder))).toBe(true);
      expect(checker.id).toBe(entry.id);
      if (name !== 'custom') expect(checker.name.startsWith(name)).toBe(true);
      expect(checker.claim).toMatch(/^[a-z0-9 ]/i);
      expect(checker.claim).not.toMatch(/undefined|\[object|NaN|Infinity/);
      // A schedule is due whether anybody asked or not, at the second hour of the run's first night: the run is over before.
      expect(judge(checker, [])).toEqual({ violation: undefined, unknown: undefined, premises: 0 });
    },
  );

  it('covers the whole of the catalogue', () => {
    const ids = new Set(checkerCatalogue.map(({ id }) => id));
    for (let number = 1; number <= 25; number++) expect(ids.has(`C${number}`)).toBe(true);
  });
});
