import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { originalPositionFor, TraceMap } from '@jridgewell/trace-mapping';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cacheFolder, useCacheFolder } from '../../../harness/source/compile-cache.ts';
import { findNonErasable } from '../../../harness/source/erasable.ts';
import { hasModuleSyntax, transform, transformInParallel } from '../../../harness/source/transform.ts';

const before = cacheFolder();
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'seedstorm-transform-'));
  useCacheFolder(folder);
});
afterEach(() => {
  useCacheFolder(before);
  rmSync(folder, { recursive: true, force: true });
});

const module = { file: '/program/x.ts', kind: 'module' } as const;

describe('transform', () => {
  it('lists static imports with the names that are read, and forgets types', () => {
    const source = `import a, { b, type T } from './a.ts'; import type { U } from './types.ts'; import * as ns from 'ns';
      import './side.ts'; import json from './d.json' with { type: 'json' }; export * from 'star'; export { c as d } from 'named';
      const x: T | U = a(b, ns, json);`;
    expect(transform(source, module).imports).toEqual([
      { specifier: './a.ts', names: ['default', 'b'], isJson: false },
      { specifier: 'ns', names: [], isJson: false },
      { specifier: './side.ts', names: [], isJson: false },
      { specifier: './d.json', names: ['default'], isJson: true },
      { specifier: 'star', names: [], isJson: false },
      { specifier: 'named', names: ['c'], isJson: false },
    ]);
  });

  it('maps positions back, with and without top-level await', () => {
    for (const first of ['const a: number = 1;', 'const a: number = await 1;']) {
      const source = `interface Shape {\n  readonly side: number;\n}\n${first}\nexport function area(s: Shape) {\n  return missing(s);\n}\n`;
      const { code, map } = transform(source, module);
      const line = code.split('\n').findIndex((text) => text.includes('missing'));
      const column = code.split('\n')[line]!.indexOf('missing');
      const position = originalPositionFor(new TraceMap(map!), { line: line + 1, column });
      expect([position.line, position.column]).toEqual([6, 9]);
    }
  });

  it('keeps columns where it replaces import() and import.meta in plain code', () => {
    const source = 'const a = import("x"); const b = "import(y)";';
    const { code, importCall } = transform(source, { file: '/program/x.cjs', kind: 'commonjs' });
    expect(code).toBe('const a = __load("x"); const b = "import(y)";');
    expect(importCall).toHaveLength('import'.length);
    const clash = transform('const __load = 1; import("x");', { file: '/program/x.cjs', kind: 'commonjs' });
    expect(clash.code).toContain('$$load("x")');
  });

  it('names file, line, column and text of a syntax error', async () => {
    const source = 'const a = 1;\nlet b = ;\n';
    const message = '/program/x.ts:2:9: Unexpected ";".\n  let b = ;\n          ^';
    expect(() => transform(source, module)).toThrowError(expect.objectContaining({ code: 'E_PARSE', message }));
    await expect(transformInParallel(source, module)).rejects.toMatchObject({ code: 'E_PARSE', message });
  });

  it('gives the same result alone, in parallel and from either cache', async () => {
    const source = 'export const a: number = await import.meta.url;';
    const alone = transform(source, module);
    useCacheFolder(mkdtempSync(join(folder, 'other-')));
    expect(await transformInParallel(source, module)).toEqual(alone);
    useCacheFolder(folder);
    expect(transform(source, module)).toEqual(alone);
  });

  it('ignores a broken cache entry and mends it', () => {
    const source = 'export const a: number = 1;';
    const good = transform(source, module);
    const entry = join(folder, readdirSync(folder)[0]!);
    const text = readFileSync(entry, 'utf8');
    for (const bad of ['', text.slice(0, 80), text.replace('__export', '__exqort'), 'null']) {
      writeFileSync(entry, bad);
      useCacheFolder(folder);
      expect(transform(source, module)).toEqual(good);
      expect(readFileSync(entry, 'utf8')).toBe(text);
    }
    expect(readdirSync(folder)).toHaveLength(1);
  });

  it('works when the cache folder cannot be made', () => {
    writeFileSync(join(folder, 'file'), '');
    useCacheFolder(join(folder, 'file/below'));
    expect(transform('export const a: number = 1;', module).code).toContain('const a = 1;');
  });
});

describe('TypeScript that needs code generation', () => {
  const refused: readonly [source: string, what: string][] = [
    ['enum A { B }', 'an enum'],
    ['export const enum A { B }', 'an enum'],
    ['namespace A { export const b = 1 }', 'a namespace'],
    ['module A.B { }', 'a namespace'],
    ['class A { constructor(private readonly a: number) {} }', 'a parameter property'],
    ['class A { constructor(a: () => void, readonly b = 1) {} }', 'a parameter property'],
    ['@sealed class A {}', 'a decorator'],
    ['import fs = require("fs");', '"import x ="'],
    ['export = 5;', '"export ="'],
    [`const t = \`\${(() => { enum A { B } })()}\`;`, 'an enum'],
  ];
  for (const [source, what] of refused) {
    it(`is refused: ${source}`, () => {
      expect(findNonErasable(source)?.what).toBe(what);
      expect(() => transform(source, module)).toThrowError(/^\/program\/x\.ts:1:\d+: .* needs code generation/);
    });
  }

  const accepted: readonly string[] = [
    'declare enum A { B }',
    'declare const enum A { B }',
    'declare namespace A { const b: number }',
    'declare module "x" { export const a: number }',
    'const o = { enum: 1, namespace: 2 }; o.enum; o.namespace;',
    'class A { constructor(readonly: number, b = readonly) {} private c = 1; }',
    `const s = "enum A { B }"; // enum A { B }\n/* enum A { B } */ const r = /enum A {"/; const t = \`enum A { \${s} B }\`;`,
    'const module = { a: 1 }; module.a; function namespace() {} namespace();',
    'const a = 4 / 2; const b = a / 2; "@x"; x(/[/"]@/);\ndeclare function x(r: RegExp): void;',
  ];
  for (const source of accepted) it(`is not: ${source}`, () => expect(findNonErasable(source)).toBeUndefined());
});

describe('module syntax', () => {
  const texts: readonly [source: string, isModule: boolean][] = [
    ['import "x";', true],
    ['export {};', true],
    ['const a = import.meta.url;', true],
    ['import("x");', false],
    ['// import "x"\nexports.a = 1;', false],
    ['const s = `export const a = 1`;', false],
  ];
  for (const [source, isModule] of texts) {
    it(`is ${isModule ? '' : 'not '}seen in ${source}`, () => expect(hasModuleSyntax(source)).toBe(isModule));
  }
});
