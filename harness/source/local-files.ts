/**
 * The files of a program that are its author's own: what its relative imports and requires reach, from its entry on. Packages are left
 * out: the lock file stands for them. Calls of `import(x)` and `require(x)` with a computed name are not seen.
 */
import { existsSync, realpathSync } from 'node:fs';
import { SeedstormError } from '../../sim/kernel/errors.ts';
import { NO_PATCHES } from './patch.ts';
import { loadProgramFile } from './program-file.ts';
import { resolveImport, resolveRequire } from './resolve.ts';

export interface LocalFile {
  /** Absolute, real path. */
  readonly file: string;
  /** Its text as it is on disk. */
  readonly source: string;
  /** What it imports statically, as written: without one of these it cannot start. */
  readonly imports: readonly string[];
  /** All that it imports and requires, as written. */
  readonly specifiers: readonly string[];
}

/**
 * Walks from the entries (absolute files), each file once, in the order in which they are met.
 * @throws SeedstormError `E_PARSE` for text that does not parse
 */
export function localFiles(entries: readonly string[]): readonly LocalFile[] {
  const found = new Map<string, LocalFile>();
  const waiting = entries.filter((entry) => existsSync(entry)).map((entry) => realpathSync(entry));
  for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
    if (found.has(file)) continue;
    const { kind, source, imports } = loadProgramFile(file, NO_PATCHES);
    if (kind === 'addon') continue;
    const required = kind === 'json' ? [] : requiredNames(source);
    const imported = imports.map(({ specifier }) => specifier);
    found.set(file, { file, source, imports: imported, specifiers: [...new Set([...imported, ...required])] });
    for (const specifier of imported) pushLocal(waiting, specifier, file, resolveImport);
    for (const specifier of required) pushLocal(waiting, specifier, file, resolveRequire);
  }
  return [...found.values()];
}

/**
 * Checks that programs can start: each static import of their own files is there. Found here it is one clear sentence; found by a run, it
 * is a process that starts and dies until the run's limit.
 * @throws SeedstormError `E_NOT_FOUND` with the file that imports and, for a package, the command that installs it
 */
export function checkImports(programs: readonly string[]): void {
  for (const { file, imports } of localFiles(programs))
    for (const specifier of imports) {
      // The world supplies this one.
      if (/^seedstorm(?:\/|$)/.test(specifier)) continue;
      try {
        resolveImport(specifier, file);
      } catch (error) {
        if ((error as { code?: unknown }).code !== 'ERR_MODULE_NOT_FOUND') continue;
        const isFile = /^(?:\.{1,2}\/|\/|file:)/.test(specifier);
        const name = /^(?:@[^/]+\/)?[^/]+/.exec(specifier)![0];
        throw new SeedstormError(
          'E_NOT_FOUND',
          isFile
            ? `${file} imports ${specifier}, which does not exist.`
            : `${file} imports ${specifier}, which is not installed. Install it with: npm install --save-dev ${name}`,
          { cause: error },
        );
      }
    }
}

type Resolve = typeof resolveImport;

function pushLocal(waiting: string[], specifier: string, parent: string, resolve: Resolve): void {
  if (!/^\.{1,2}\//.test(specifier)) return;
  try {
    const resolution = resolve(specifier, parent);
    if (resolution.kind === 'file') waiting.push(resolution.file);
  } catch {
    // What is really missing is the run's to report.
  }
}

/** `require('x')` and `import('x')` with a literal name. */
function requiredNames(source: string): string[] {
  return [...source.matchAll(/\b(?:require|import)\(\s*(['"])([^'"\n]+)\1\s*\)/g)].map(([, , name]) => name!);
}
