/**
 * Resolution under `import` against Node's own `import.meta.resolve`, for every installed package and each subpath that its `exports` name.
 *
 * Node runs once and prints what it finds; a specifier that it refuses must be refused with the same code.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { resolveImport } from '../../../harness/source/resolve.ts';

const project = join(import.meta.dirname, '../../..');

it('finds for every installed package what Node finds', () => {
  const specifiers = installedSpecifiers();
  const ours = specifiers.map((specifier) => ourAnswer(specifier));
  expect(ours).toEqual(nodeAnswers(specifiers));
  expect(ours.length).toBeGreaterThan(300);
});

function installedSpecifiers(): string[] {
  const specifiers: string[] = ['fs', 'node:fs', 'nope', '@nope', '@nope/x', '.hidden', 'a%2fb', '#none', './nope.js'];
  for (const name of packageNames()) {
    const text = readFileSync(join(project, 'node_modules', name, 'package.json'), 'utf8');
    const { exports } = JSON.parse(text) as { exports?: unknown };
    specifiers.push(name, `${name}/package.json`, `${name}/nothing-here`);
    if (typeof exports !== 'object' || exports === null) continue;
    for (const key of Object.keys(exports)) {
      if (key.startsWith('./')) specifiers.push(`${name}/${key.slice(2).replace('*', 'index')}`);
    }
  }
  return specifiers;
}

function packageNames(): string[] {
  const root = join(project, 'node_modules');
  const names: string[] = [];
  for (const name of readdirSync(root).sort()) {
    if (name.startsWith('@')) names.push(...readdirSync(join(root, name)).map((inner) => `${name}/${inner}`));
    else if (!name.startsWith('.')) names.push(name);
  }
  return names.filter((name) => existsSync(join(root, name, 'package.json')));
}

function ourAnswer(specifier: string): string {
  try {
    const resolution = resolveImport(specifier, join(project, 'program.mjs'));
    return `${specifier} -> ${resolution.kind === 'builtin' ? resolution.id : resolution.file}`;
  } catch (error) {
    return `${specifier} -> ${(error as { code?: string }).code}`;
  }
}

function nodeAnswers(specifiers: readonly string[]): string[] {
  const program = `const answers = ${JSON.stringify(specifiers)}.map((s) => { try { return import.meta.resolve(s); } catch (e) { return e.code; } });
    console.log(JSON.stringify(answers));`;
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: project,
    encoding: 'utf8',
  });
  return (JSON.parse(output) as string[]).map((answer, index) => `${specifiers[index]} -> ${checked(answer)}`);
}

/** Node resolves a path without looking whether anything is there, and reports that at load. */
function checked(answer: string): string {
  if (!answer.startsWith('file:')) return answer;
  const path = fileURLToPath(answer);
  if (!existsSync(path)) return 'ERR_MODULE_NOT_FOUND';
  return realpathSync(path);
}
