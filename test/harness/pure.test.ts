import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));

it('the scenario API reaches no node: module, since it is loaded inside virtual processes', () => {
  const seen = new Set<string>();
  const offences: string[] = [];
  const visit = (file: string) => {
    if (seen.has(file)) return;
    seen.add(file);
    const text = readFileSync(file, 'utf8').replaceAll(/\/\*[\s\S]*?\*\//g, '');
    for (const [, specifier = ''] of text.matchAll(/^(?:import|export) (?!type )[^;]*?from '([^']+)'/gm)) {
      if (specifier.startsWith('.')) visit(resolve(dirname(file), specifier));
      else if (!['fast-check', 'zod'].includes(specifier)) offences.push(`${file} imports ${specifier}`);
    }
  };
  visit(`${root}harness/scenario.ts`);
  expect(offences).toEqual([]);
  expect(seen.size).toBeGreaterThan(10);
});
