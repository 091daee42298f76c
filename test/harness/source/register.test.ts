/**
 * A plain Node with the preload runs TypeScript, and runs it as the virtual loader does.
 *
 * The preload is bundled first, since the Node that it serves cannot read it as TypeScript.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildSync } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createIncarnation, removeProgram, writeProgram } from '../../sim/runtime/loader/incarnation.ts';

const project = join(import.meta.dirname, '../../..');
let folder = '';
let register = '';

beforeAll(() => {
  // Below node_modules, so that the packages which the preload leaves outside are found.
  const cache = join(project, 'node_modules/.cache');
  mkdirSync(cache, { recursive: true });
  folder = mkdtempSync(join(cache, 'seedstorm-register-'));
  register = join(folder, 'register.mjs');
  const entry = join(project, 'harness/source/register.ts');
  buildSync({
    entryPoints: [entry],
    outfile: register,
    bundle: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
  });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const typed = {
  'package.json': '{"type":"module"}',
  'main.ts': `import { greet, type Greeting } from './greet.js';
import { old } from './old.cts';
import data from './data.json' with { type: 'json' };
import type { Missing } from './missing.ts';
interface Local { readonly a: number }
const local: Local = { a: await Promise.resolve(1) } satisfies Local;
const greeting: Greeting = greet<string>('x' as string);
console.log(greeting, local.a, old!.kind, data.n, (await import('./lazy.ts')).lazy, import.meta.filename.endsWith('main.ts'));
declare const never: Missing;
abstract class Base { abstract name(): string; protected readonly x: number = 1; declare y: string; }
class Child extends Base { override name(): string { return 'child' + this.x; } static #p = 2; static p() { return Child.#p; } }
console.log(new Child().name(), Child.p(), Object.keys(new Child()));
`,
  'greet.ts': `export type Greeting = \`hello \${string}\`;
export function greet<T extends string>(name: T): Greeting { return \`hello \${name}\`; }
`,
  'old.cts': 'const kind: string = "cjs"; exports.old = { kind, self: require.main !== undefined };',
  'lazy.ts': 'export const lazy: number = 3 as const satisfies number;',
  'data.json': '{"n":4}',
};

describe('node --import seedstorm/register', () => {
  it('prints for a TypeScript program what the virtual loader prints', async () => {
    const root = writeProgram(typed);
    try {
      const { graph, printed } = createIncarnation({ root });
      await graph.runMain(join(root, 'main.ts'));
      const { stdout } = await run(root, 'main.ts');
      expect(stdout).toBe(printed.map((line) => `${line}\n`).join(''));
      expect(printed[0]).toBe('hello x 1 cjs 4 3 true');
    } finally {
      removeProgram(root);
    }
  });

  it('runs a CommonJS TypeScript program, its requires, and its ES modules', async () => {
    const root = writeProgram({
      'main.cts': `const typed = require('./typed.ts'); const late: Promise<{ n: number }> = import('./typed.ts');
        late.then((ns) => console.log(ns.n, ns.n === typed.n)); console.log(require.main === module);`,
      'typed.ts': 'export const n: number = 5;',
      'package.json': '{"type":"module"}',
    });
    try {
      const { graph, printed } = createIncarnation({ root });
      await graph.runMain(join(root, 'main.cts'));
      await new Promise((resolve) => setImmediate(resolve));
      const { stdout } = await run(root, 'main.cts');
      expect(printed).toEqual(['true', '5 true']);
      expect(stdout).toBe('true\n5 true\n');
    } finally {
      removeProgram(root);
    }
  });

  it('applies the patch named by SEEDSTORM_PATCH to modules and to CommonJS', async () => {
    const root = writeProgram({
      'main.ts': 'import { limit } from "./plain.cjs"; const factor: number = 2; console.log(limit * factor);',
      'plain.cjs': 'exports.limit = 10;',
      'mutants/broken.patch.json': JSON.stringify([
        { file: '../main.ts', find: 'number = 2', replace: 'number = 3' },
        { file: '../plain.cjs', find: '10', replace: '100' },
      ]),
    });
    try {
      expect((await run(root, 'main.ts')).stdout).toBe('20\n');
      expect((await run(root, 'main.ts', { SEEDSTORM_PATCH: join(root, 'mutants/broken.patch.json') })).stdout).toBe(
        '300\n',
      );
    } finally {
      removeProgram(root);
    }
  });

  it('shows TypeScript lines in stack traces', async () => {
    const root = writeProgram({
      'main.ts': 'interface A {\n  a: number;\n}\n\nconst a: A = { a: 1 };\nthrow new Error(String(a.a));\n',
    });
    try {
      const { stderr } = await run(root, 'main.ts').catch((error: { stderr: string }) => error);
      expect(stderr).toContain('main.ts:6:7');
    } finally {
      removeProgram(root);
    }
  });

  it('refuses TypeScript that stripping cannot remove, with its place', async () => {
    const root = writeProgram({ 'main.ts': 'const a = 1;\nenum Color { Red }\n' });
    try {
      const { stderr } = await run(root, 'main.ts').catch((error: { stderr: string }) => error);
      expect(stderr).toContain('main.ts:2:1: an enum needs code generation');
    } finally {
      removeProgram(root);
    }
  });
});

function run(
  root: string,
  main: string,
  env: Record<string, string> = {},
): Promise<{ stdout: string; stderr: string }> {
  return promisify(execFile)(process.execPath, ['--import', register, join(root, main)], {
    env: { PATH: process.env.PATH, NO_COLOR: '1', NODE_NO_WARNINGS: '1', ...env },
  });
}
