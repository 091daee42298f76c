/**
 * From a specifier and the file that names it to a file, under `require` and under `import`.
 *
 * `require` asks Node itself (`createRequire(parent).resolve`); `import` follows Node's ESM documentation, "Resolution Algorithm
 * Specification". On top of both, a relative `./x.js` written in TypeScript finds `./x.ts` when no `./x.js` exists, as TypeScript
 * itself reads it. Results are real paths and are kept for the life of the real process.
 */
import { realpathSync, statSync } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import { dirname, extname, isAbsolute, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { SeedstormError } from '../../sim/kernel/errors.ts';
import { directoryImport, invalidSpecifier, moduleNotFound, packageNotFound, unsupportedScheme } from './node-error.ts';
import { type PackageTarget, resolvePackageExports, resolvePackageImports } from './package-exports.ts';
import { packageScopeOf, readPackage } from './package-scope.ts';
import { isTypeScript } from './transform.ts';

export type Resolution =
  | { readonly kind: 'builtin'; readonly id: string }
  /** `suffix` is the query and fragment of an import: another suffix is another module of the same file. */
  | { readonly kind: 'file'; readonly file: string; readonly suffix: string };

/** Conditions under which a package's `exports` are read by `import`. */
const IMPORT_CONDITIONS: ReadonlySet<string> = new Set(['node', 'import', 'module-sync', 'node-addons']);

const required = new Map<string, Resolution>();
const imported = new Map<string, Resolution>();

/** What `require(specifier)` in `parent` (absolute file) means. Throws Node's MODULE_NOT_FOUND and its kin. */
export function resolveRequire(specifier: string, parent: string): Resolution {
  const builtin = builtinId(specifier);
  if (builtin !== undefined) return { kind: 'builtin', id: builtin };
  const key = `${dirname(parent)}\0${specifier}`;
  const known = required.get(key);
  if (known !== undefined) return known;
  const resolution: Resolution = { kind: 'file', file: requiredFile(specifier, parent), suffix: '' };
  required.set(key, resolution);
  return resolution;
}

/** What `import` of `specifier` in `parent` (absolute file) means. Throws ERR_MODULE_NOT_FOUND and its kin. */
export function resolveImport(specifier: string, parent: string): Resolution {
  const builtin = builtinId(specifier);
  if (builtin !== undefined) return { kind: 'builtin', id: builtin };
  const key = `${dirname(parent)}\0${specifier}`;
  const known = imported.get(key);
  if (known !== undefined) return known;
  const resolution = resolveModule(specifier, parent);
  imported.set(key, resolution);
  return resolution;
}

/** `node:net` for `net` and `node:net`; `undefined` for what is no built-in. */
export function builtinId(specifier: string): string | undefined {
  if (specifier.startsWith('node:')) return specifier;
  return isBuiltin(specifier) ? `node:${specifier}` : undefined;
}

/** The real path of an existing file, with `./x.ts` for `./x.js` if only that exists; `undefined` when there is neither. */
function existingFile(file: string, parent: string): string | undefined {
  return isFile(file) ? realpathSync(file) : siblingSource(file, parent);
}

/** The TypeScript file that a TypeScript `parent` means by the missing JavaScript `file`. */
export function siblingSource(file: string, parent: string): string | undefined {
  if (!isTypeScript(parent) || !/\.[cm]?js$/.test(file)) return undefined;
  const source = file.replace(/js$/, 'ts');
  return isFile(source) ? realpathSync(source) : undefined;
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function requiredFile(specifier: string, parent: string): string {
  try {
    return createRequire(parent).resolve(specifier);
  } catch (error) {
    const isPath = /^(?:\.\.?\/|\/)/.test(specifier);
    const source = isPath
      ? existingFile(isAbsolute(specifier) ? specifier : join(dirname(parent), specifier), parent)
      : undefined;
    if (source !== undefined) return source;
    throw error;
  }
}

function resolveModule(specifier: string, parent: string): Resolution {
  if (specifier.startsWith('#')) {
    const scope = packageScopeOf(parent);
    const target = resolvePackageImports(specifier, { scope, conditions: IMPORT_CONDITIONS, parent });
    return followTarget(target, parent, scope?.folder ?? dirname(parent));
  }
  if (/^(?:\.\.?\/|\/)/.test(specifier) || specifier === '.' || specifier === '..') {
    return fileOfUrl(new URL(specifier, pathToFileURL(parent)), parent);
  }
  if (/^[a-z][a-z\d+.-]*:/i.test(specifier)) {
    const url = new URL(specifier);
    if (url.protocol === 'data:') {
      throw new SeedstormError('E_UNSUPPORTED', `${parent} imports a data: URL, which seedstorm cannot load.`);
    }
    if (url.protocol !== 'file:') throw unsupportedScheme(url.protocol);
    return fileOfUrl(url, parent);
  }
  return resolvePackage(specifier, parent);
}

function fileOfUrl(url: URL, parent: string): Resolution {
  if (/%2f|%5c/i.test(url.pathname)) {
    throw invalidSpecifier(url.pathname, 'must not include encoded "/" or "\\" characters', parent);
  }
  return { kind: 'file', file: checkedFile(fileURLToPath(url), parent), suffix: url.search + url.hash };
}

function checkedFile(path: string, parent: string): string {
  const file = existingFile(path, parent);
  if (file !== undefined) return file;
  throw isFolder(path) ? directoryImport(path, parent) : moduleNotFound(path, parent);
}

function followTarget(target: PackageTarget, parent: string, folder: string): Resolution {
  if (target.kind === 'file') return { kind: 'file', file: checkedFile(target.file, parent), suffix: '' };
  // A bare target of `imports` is looked up from the package that declares it.
  return resolveImport(target.specifier, join(folder, 'package.json'));
}

function resolvePackage(specifier: string, parent: string): Resolution {
  const { name, subpath } = splitSpecifier(specifier, parent);
  const self = packageScopeOf(parent);
  if (self !== null && self.exports !== undefined && self.name === name) {
    const target = resolvePackageExports(subpath, { scope: self, conditions: IMPORT_CONDITIONS, parent });
    return followTarget(target, parent, self.folder);
  }
  for (let at = dirname(parent); ; at = dirname(at)) {
    const folder = join(at, 'node_modules', name);
    if (!at.endsWith('/node_modules') && isFolder(folder)) return resolveInPackage(folder, subpath, parent);
    if (dirname(at) === at) throw packageNotFound(name, parent);
  }
}

function splitSpecifier(specifier: string, parent: string): { name: string; subpath: string } {
  const parts = /^(@[^/]+\/[^/]+|[^@/][^/]*)(\/.*)?$/.exec(specifier);
  const name = parts?.[1];
  if (name === undefined || name.startsWith('.') || /[\\%]/.test(name)) {
    throw invalidSpecifier(specifier, 'is not a valid package name', parent);
  }
  return { name, subpath: `.${parts?.[2] ?? ''}` };
}

function resolveInPackage(folder: string, subpath: string, parent: string): Resolution {
  const scope = readPackage(folder);
  if (scope !== null && scope.exports !== undefined) {
    const target = resolvePackageExports(subpath, { scope, conditions: IMPORT_CONDITIONS, parent });
    return followTarget(target, parent, folder);
  }
  const file = subpath === '.' ? legacyMain(folder, scope?.main) : join(folder, subpath);
  if (file === undefined) throw packageNotFound(folder, parent);
  return { kind: 'file', file: checkedFile(file, parent), suffix: '' };
}

/** LEGACY_MAIN_RESOLVE: `main` and what may be left out of it, then `index`. */
function legacyMain(folder: string, main: string | undefined): string | undefined {
  const candidates: string[] = [];
  if (main !== undefined) {
    for (const tail of ['', '.js', '.json', '.node', '/index.js', '/index.json', '/index.node']) {
      candidates.push(join(folder, main) + tail);
    }
  }
  for (const index of ['index.js', 'index.json', 'index.node']) candidates.push(join(folder, index));
  return candidates.find(isFile);
}

/** Whether an import of `file` can be run at all: Node refuses unknown extensions inside a `type: module` package. */
export function hasKnownExtension(file: string): boolean {
  return /^(?:\.[cm]?[jt]s|\.json|\.node|)$/.test(extname(file));
}
