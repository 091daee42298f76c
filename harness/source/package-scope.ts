/**
 * What `package.json` files say about a program file: the nearest one decides its type, a package's own decides what it exports.
 * Read once per real process: program text does not change under a running program.
 */
import { readFileSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';

export interface PackageScope {
  /** Absolute folder that holds the package.json. */
  readonly folder: string;
  readonly name: string | undefined;
  readonly type: 'module' | 'commonjs' | undefined;
  readonly main: string | undefined;
  /** `undefined` when absent; `null` is treated alike, as in Node. */
  readonly exports: unknown;
  readonly imports: unknown;
}

const scopes = new Map<string, PackageScope | null>();
const nearest = new Map<string, PackageScope | null>();

/** The package whose package.json is nearest above `file`, not looking past a node_modules folder. */
export function packageScopeOf(file: string): PackageScope | null {
  return nearestScope(dirname(file));
}

/** The package in `folder`; null when it has no package.json. Throws Node's error for one that is not JSON. */
export function readPackage(folder: string): PackageScope | null {
  const known = scopes.get(folder);
  if (known !== undefined) return known;
  const scope = parsePackage(folder);
  scopes.set(folder, scope);
  return scope;
}

function nearestScope(folder: string): PackageScope | null {
  const known = nearest.get(folder);
  if (known !== undefined) return known;
  let scope: PackageScope | null = null;
  if (!folder.endsWith(`${sep}node_modules`)) {
    scope = readPackage(folder) ?? (dirname(folder) === folder ? null : nearestScope(dirname(folder)));
  }
  nearest.set(folder, scope);
  return scope;
}

function parsePackage(folder: string): PackageScope | null {
  const path = join(folder, 'package.json');
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return null;
  }
  let json: Record<string, unknown>;
  try {
    json = JSON.parse(text) as Record<string, unknown>;
  } catch (cause) {
    const message = `Invalid package config ${path}.`;
    throw Object.assign(new Error(message, { cause }), { code: 'ERR_INVALID_PACKAGE_CONFIG' });
  }
  return {
    folder,
    name: typeof json.name === 'string' ? json.name : undefined,
    type: json.type === 'module' || json.type === 'commonjs' ? json.type : undefined,
    main: typeof json.main === 'string' ? json.main : undefined,
    exports: json.exports ?? undefined,
    imports: json.imports ?? undefined,
  };
}
