/** One virtual incarnation over real `node:` modules, and folders of program files to run in it. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { format } from 'node:util';
import type { PatchSet } from '../../../../harness/source/patch.ts';
import {
  createGlobalObject,
  createModuleGraph,
  type GlobalRecord,
  type ModuleGraph,
} from '../../../../sim/runtime/loader/index.ts';

export const GLOBAL_NAMES = [
  'Date',
  'setTimeout',
  'process',
  'console',
  'Buffer',
  'URL',
  'crypto',
  'globalThis',
  'global',
];

export interface Incarnation {
  readonly graph: ModuleGraph;
  readonly globals: GlobalRecord;
  /** What the program printed, one entry a call. */
  readonly printed: string[];
}

export interface IncarnationOptions {
  readonly root: string;
  readonly patches?: PatchSet;
  readonly globals?: GlobalRecord;
  readonly builtin?: (id: string) => unknown;
}

const realRequire = createRequire(import.meta.url);

export function createIncarnation({ root, patches, globals: own = {}, builtin }: IncarnationOptions): Incarnation {
  const printed: string[] = [];
  const globals: GlobalRecord = {};
  for (const name of GLOBAL_NAMES) globals[name] = (globalThis as GlobalRecord)[name];
  globals.console = { log: (...values: unknown[]) => printed.push(format(...values)) };
  Object.assign(globals, own);
  globals.globalThis = createGlobalObject(globals);
  globals.global = globals.globalThis;
  const graph = createModuleGraph({
    globals,
    builtin: (id) => builtin?.(id) ?? (id.startsWith('node:') && id !== 'node:module' ? realRequire(id) : undefined),
    root,
    onNativeAddon(file) {
      throw new Error(`native addon ${file}`);
    },
    ...(patches === undefined ? {} : { patches }),
  });
  return { graph, globals, printed };
}

/** Writes program files into a fresh folder (real path); the caller removes it. */
export function writeProgram(files: Readonly<Record<string, string>>): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'seedstorm-loader-')));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

export function removeProgram(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}
