/** The reference pages are those of the code, and name everything that there is. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkerCatalogue } from '../../../harness/checkers/catalogue.ts';
import { faultKinds } from '../../../harness/faults/registry.ts';
import { pages } from '../../../scripts/docs.ts';

const root = new URL('../../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');

describe('generated pages', () => {
  it.each([...pages()])('%s is as "npm run docs" writes it', (path, text) => {
    expect(read(path)).toBe(text);
  });

  it('describes each fault kind with an example in words', () => {
    const page = pages().get('docs/faults.md')!;
    for (const kind of faultKinds.keys()) {
      const section = page.split(`\n## ${kind}\n`)[1]?.split('\n## ')[0] ?? '';
      expect(section, kind).toMatch(/`fault\.\w+\(\)`/);
      expect(section, kind).toContain(`"kind": "${kind}"`);
      expect(section, kind).toMatch(/^f1, .+: .+$/m);
    }
  });

  it('describes each invariant with its claim and what it judges', () => {
    const page = pages().get('docs/invariants.md')!;
    for (const { name } of checkerCatalogue) {
      const section = page.split(`\n## ${name}\n`)[1]?.split('\n## ')[0] ?? '';
      expect(section, name).toMatch(/^In words: .+\.$/m);
      expect(section, name).toContain(`invariant.${name}(`);
    }
  });
});

describe('docs/errors.md', () => {
  it('describes each error code once', () => {
    const codes = [...read('sim/kernel/errors.ts').matchAll(/\| '(E_[A-Z_]+)'/g)].map(([, code]) => code!);
    const described = [...read('docs/errors.md').matchAll(/^\| `(E_[A-Z_]+)` \|/gm)].map(([, code]) => code!);
    expect(codes.length).toBeGreaterThan(10);
    expect(described.sort()).toEqual(codes.sort());
  });
});

describe('pages written by hand', () => {
  const handwritten = [
    'README.md',
    'CONTRIBUTING.md',
    'CHANGELOG.md',
    'docs/guide.md',
    'docs/how-it-works.md',
    'docs/errors.md',
  ];

  it.each(handwritten.filter((path) => existsSync(new URL(path, root))))('%s links only to what is there', (path) => {
    for (const [, target] of read(path).matchAll(/(?<!!)\[[^\]]*\]\((?!https?:|#)([^)#\s]+)(?:#[^)]*)?\)/g))
      expect(existsSync(new URL(target!, new URL(path, root))), `${path} links to ${target}`).toBe(true);
  });

  it('names only commands and options of the command line', () => {
    const source = read('harness/cli/main.ts');
    const commands = new Set([...source.matchAll(/\.command\('(\w+)/g)].map(([, name]) => name!));
    const options = new Set([...source.matchAll(/\.option\('--(?:no-)?([\w-]+)/g)].map(([, name]) => name!));
    for (const path of handwritten.filter((file) => existsSync(new URL(file, root))))
      for (const [, command, rest] of read(path).matchAll(/npx seedstorm (\w+)([^\n`]*)/g)) {
        expect(commands, `${path}: seedstorm ${command}`).toContain(command);
        for (const [, option] of rest!.matchAll(/ --(?:no-)?([\w-]+)/g))
          expect(options, `${path}: seedstorm ${command} --${option}`).toContain(option === 'help' ? 'json' : option);
      }
  });
});
