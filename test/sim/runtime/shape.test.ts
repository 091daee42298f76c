/**
 * Every own key of the `node:` modules of this Node is there in sim with the same type, so that feature tests and destructuring go
 * the same way. Exceptions are listed with their reason.
 */
import { builtinModules, createRequire } from 'node:module';
import { expect, it } from 'vitest';
import { runPrograms } from './programs.ts';

const require = createRequire(import.meta.url);

/** `module.key`, and why it differs. */
const exceptions: Readonly<Record<string, string>> = {
  'module._debug': 'private',
  'module._findPath': 'private',
  'module._stat': 'private, and of no use over program text that is read once',
  'module._readPackage': 'private, and of no use over program text that is read once',
  'process.domain': 'there only once `node:domain` has been loaded',
  'process.emit': 'an own key only where a library of the test runner replaced it',
  'process.channel': 'a fork of the test runner has it',
  'process.send': 'a fork of the test runner has it',
  'process.disconnect': 'a fork of the test runner has it',
};

/** Modules that have side effects on the whole realm when they are loaded, so that their shape here is written by hand. */
const notLoaded = new Set(['domain', 'repl']);

const names = builtinModules.filter(
  (name) => !name.startsWith('_') && !name.startsWith('node:') && !notLoaded.has(name),
);

it('all modules have the keys of the real ones', async () => {
  const program = `const shapes: Record<string, Record<string, string>> = {};
    for (const name of ${JSON.stringify(names)}) { const module = require(name); shapes[name] = { '': typeof module }; for (const key of Reflect.ownKeys(module)) if (typeof key === 'string') shapes[name][key] = typeof module[key]; }
    console.log(JSON.stringify(shapes));`;
  const { lines, end } = await runPrograms({ programs: { 'a.cts': program } });
  expect(end.kind).toBe('quiescent');
  const shapes = JSON.parse(lines.find((line) => line.startsWith('a: {'))!.slice(3)) as Record<
    string,
    Record<string, string>
  >;
  const differences: string[] = [];
  for (const name of names) {
    const real = require(`node:${name}`) as Record<string, unknown>;
    if (typeof real !== shapes[name]!['']) differences.push(`${name}: ${shapes[name]!['']}, not ${typeof real}`);
    for (const key of Object.getOwnPropertyNames(real)) {
      // Private members of the real process are no interface.
      if (`${name}.${key}` in exceptions || (name === 'process' && key.startsWith('_'))) continue;
      const [mine, theirs] = [shapes[name]![key], typeof real[key]];
      if (mine !== theirs) differences.push(`${name}.${key}: ${mine ?? 'missing'}, not ${theirs}`);
    }
  }
  expect(differences).toEqual([]);
});

it('node:module is the loader’s own, process.getBuiltinModule finds all, and an unknown name is none', async () => {
  const { lines } = await runPrograms({
    programs: {
      a: `import { createRequire, isBuiltin } from 'node:module'; const require = createRequire(import.meta.url); console.log(require('node:path') === (process as any).getBuiltinModule('path'), (process as any).getBuiltinModule('nope'), isBuiltin('fs'), require('./package.json').type, require('node:console') === console); require('node:domain'); require('node:repl'); console.log((process as any).domain);`,
    },
  });
  expect(lines).toEqual(['a: true undefined true module true', 'a: undefined']);
});

it('the process object and the global object as well', async () => {
  const program = `console.log(JSON.stringify([Object.fromEntries(Reflect.ownKeys(process).filter((k) => typeof k === 'string').map((k) => [k, typeof (process as any)[k]])), Object.fromEntries(Object.getOwnPropertyNames(globalThis).map((k) => [k, typeof (globalThis as any)[k]]))]));`;
  const { lines } = await runPrograms({ programs: { 'a.cts': program } });
  const [process_, global_] = JSON.parse(lines.at(-1)!.slice(3)) as Record<string, string>[];
  const differences: string[] = [];
  for (const [name, object, mine] of [
    ['process', process, process_!],
    ['globalThis', globalThis, global_!],
  ] as const) {
    for (const key of Object.getOwnPropertyNames(object)) {
      const theirs = typeof (object as unknown as Record<string, unknown>)[key];
      if (/^_|^vitest|^__/.test(key) || `${name}.${key}` in exceptions) continue;
      if (mine[key] !== theirs) differences.push(`${name}.${key}: ${mine[key] ?? 'missing'}, not ${theirs}`);
    }
  }
  expect(differences).toEqual([]);
});
