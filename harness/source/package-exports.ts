/**
 * The `exports` and `imports` fields of a package: from a subpath or a `#name` to a target.
 *
 * Source: Node's ESM documentation, "Resolution Algorithm Specification": PACKAGE_EXPORTS_RESOLVE, PACKAGE_IMPORTS_RESOLVE,
 * PACKAGE_IMPORTS_EXPORTS_RESOLVE, PATTERN_KEY_COMPARE, PACKAGE_TARGET_RESOLVE. Pure: files are not looked at.
 */
import { join } from 'node:path';
import { importNotDefined, invalidSpecifier, invalidTarget, notExported } from './node-error.ts';
import type { PackageScope } from './package-scope.ts';

/** A file that a package points to, or another specifier (only from `imports`) to be resolved from the package's folder. */
export type PackageTarget =
  | { readonly kind: 'file'; readonly file: string }
  | { readonly kind: 'specifier'; readonly specifier: string };

export interface TargetRequest {
  readonly scope: PackageScope;
  readonly conditions: ReadonlySet<string>;
  /** Absolute file that asks, for messages. */
  readonly parent: string;
}

/** `subpath` is `.` or `./...`. Throws ERR_PACKAGE_PATH_NOT_EXPORTED. */
export function resolvePackageExports(subpath: string, request: TargetRequest): PackageTarget {
  const { scope, parent } = request;
  const { exports } = scope;
  const table = isSubpathTable(exports) ? exports : { '.': exports };
  const target = matchTable(subpath, table, request);
  if (target === undefined || target === null) throw notExported(subpath, packageFileOf(scope), parent);
  return target;
}

/** `name` starts with `#`. Throws ERR_PACKAGE_IMPORT_NOT_DEFINED. */
export function resolvePackageImports(
  name: string,
  request: Omit<TargetRequest, 'scope'> & { readonly scope: PackageScope | null },
): PackageTarget {
  const { scope, parent } = request;
  if (name === '#' || name.startsWith('#/')) {
    throw invalidSpecifier(name, 'is not a valid internal imports specifier name', parent);
  }
  if (scope !== null && isTable(scope.imports)) {
    const target = matchTable(name, scope.imports, { ...request, scope });
    if (target !== undefined && target !== null) return target;
  }
  throw importNotDefined(name, scope === null ? undefined : packageFileOf(scope), parent);
}

type Table = Readonly<Record<string, unknown>>;
type Resolved = PackageTarget | null | undefined;

interface TargetPlace extends TargetRequest {
  readonly key: string;
  /** What `*` stands for; null for a key without one. */
  readonly match: string | null;
}

function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isSubpathTable(exports: unknown): exports is Table {
  return isTable(exports) && Object.keys(exports).some((key) => key.startsWith('.'));
}

function packageFileOf(scope: PackageScope): string {
  return join(scope.folder, 'package.json');
}

function matchTable(name: string, table: Table, request: TargetRequest): Resolved {
  if (Object.hasOwn(table, name) && !name.includes('*') && !name.endsWith('/')) {
    return resolveTarget(table[name], { ...request, key: name, match: null });
  }
  let best: string | undefined;
  for (const key of Object.keys(table)) {
    const star = key.indexOf('*');
    if (star < 0 || star !== key.lastIndexOf('*')) continue;
    const tail = key.slice(star + 1);
    const fits = name.length >= key.length && name.startsWith(key.slice(0, star)) && name.endsWith(tail);
    if (fits && (best === undefined || isMoreSpecific(key, best))) best = key;
  }
  if (best === undefined) return undefined;
  const star = best.indexOf('*');
  const match = name.slice(star, name.length - (best.length - star - 1));
  return resolveTarget(table[best], { ...request, key: best, match });
}

/** Longer text before the star wins, then the longer key. */
function isMoreSpecific(key: string, other: string): boolean {
  const difference = key.indexOf('*') - other.indexOf('*');
  return difference !== 0 ? difference > 0 : key.length > other.length;
}

function resolveTarget(target: unknown, place: TargetPlace): Resolved {
  if (typeof target === 'string') return resolveText(target, place);
  if (Array.isArray(target)) return resolveList(target, place);
  if (isTable(target)) {
    for (const condition of Object.keys(target)) {
      if (condition !== 'default' && !place.conditions.has(condition)) continue;
      const found = resolveTarget(target[condition], place);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (target === null) return null;
  throw invalidTarget(place.key, target, packageFileOf(place.scope), place.parent);
}

function resolveText(target: string, place: TargetPlace): Resolved {
  const fill = (text: string) => (place.match === null ? text : text.replaceAll('*', place.match));
  if (!target.startsWith('./')) {
    const isOutside = target.startsWith('../') || target.startsWith('/') || !place.key.startsWith('#');
    if (isOutside) throw invalidTarget(place.key, target, packageFileOf(place.scope), place.parent);
    return { kind: 'specifier', specifier: fill(target) };
  }
  if (leavesPackage(target.slice(2))) {
    throw invalidTarget(place.key, target, packageFileOf(place.scope), place.parent);
  }
  if (place.match !== null && leavesPackage(place.match)) {
    const reason = `request is not a valid match in pattern "${place.key}" for the "exports" resolution of ${packageFileOf(place.scope)}`;
    throw invalidSpecifier(place.match, reason, place.parent);
  }
  return { kind: 'file', file: join(place.scope.folder, fill(target)) };
}

function leavesPackage(path: string): boolean {
  return path.split(/[/\\]/).some((part) => part === '.' || part === '..' || part === 'node_modules');
}

/** The first entry that is valid and has a target; else the outcome of the last one. */
function resolveList(targets: readonly unknown[], place: TargetPlace): Resolved {
  let last: Resolved = null;
  let failure: unknown;
  for (const target of targets) {
    failure = undefined;
    try {
      last = resolveTarget(target, place);
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'ERR_INVALID_PACKAGE_TARGET') throw error;
      failure = error;
      continue;
    }
    if (last !== undefined && last !== null) return last;
  }
  if (failure !== undefined) throw failure;
  return last;
}
