/**
 * The module loader of the virtual Node process: turns program files into running modules, once per incarnation.
 *
 * What lives here, in reading order:
 *   program-code.ts    each file compiled once per real process (`vm.compileFunction`, globals as parameters), shared by all incarnations
 *   module-graph.ts    the simple entry: one incarnation's modules (`createModuleGraph`): ES modules, and who loads what
 *   commonjs.ts        `require`, `module`, `require.cache`, and the virtual `node:module`
 *   namespace.ts       module namespace objects and the interop between the two module systems
 *   global-object.ts   the virtual `globalThis`, and accessors on the real one for code that escapes lexical scope
 *   stack.ts           stack traces in terms of the program's own source
 * What does not: reading, resolving and transforming program text (`harness/source/`, shared with the real world), virtual `node:`
 * modules (`sim/runtime/modules`), and who is the current process (`sim/runtime/process.ts`).
 *
 * Use: per real process `installRealmAccessors`, `installStackTraces`; per incarnation `createGlobalObject`, `createModuleGraph`,
 * `graph.runMain(file)`.
 */
import type { PatchSet } from '../../../harness/source/patch.ts';

/** Name to value of everything an incarnation sees as a free variable: `Date`, `setTimeout`, `process`, `globalThis`, ... */
export type GlobalRecord = Record<string, unknown>;

/** A module namespace: null prototype, live getters, `Symbol.toStringTag` is `Module`. */
export type ModuleNamespace = Record<string, unknown>;

export interface ModuleGraphOptions {
  /**
   * Keys must be the same list, in the same order, for all graphs that share code. Values are read when a module is
   * instantiated, so replacing one (as `globalThis.fetch = ...` does) is seen by modules loaded later.
   */
  readonly globals: GlobalRecord;
  /**
   * Virtual built-in modules: asked at most once for each id, with Node's own always spelled `node:net`; other bare ids
   * (`seedstorm`, `seedstorm/service`) as written. `undefined` means "not mine": a bare id is then looked up in node_modules,
   * a `node:` id fails as an unknown built-in. `node:module` is answered by the graph when this returns `undefined`.
   */
  builtin(id: string): unknown;
  /** Absolute folder against which paths are shown; `firstUserFrame` and stack traces print files below it relatively. */
  readonly root: string;
  /** Called for a `.node` file, with the real path; must throw. */
  onNativeAddon(file: string): never;
  /** What CommonJS files (absolute) that hold only constants export, shared by all incarnations; absent: none. */
  readonly constants?: ReadonlyMap<string, unknown>;
  /** Mutant edits by absolute file; absent: none. Graphs with the same set share code. */
  readonly patches?: PatchSet;
}

export interface ModuleGraph {
  /**
   * Runs a program file as Node runs its main module. Returns a promise only when the file or something that it statically
   * imports uses top-level await; everything else has been evaluated on return. Throws or rejects with what the program threw.
   */
  runMain(file: string): void | Promise<void>;
  /** `require(id)` as written in `parent` (absolute file). */
  require(id: string, parent: string): unknown;
  /** `import(id)` as written in `parent` (absolute file). Settles in microtasks only. */
  importModule(id: string, parent: string): Promise<ModuleNamespace>;
  /** What virtual `node:module` exports as `createRequire`. */
  createRequire(from: string | URL): VirtualRequire;
  /** Virtual `node:module`: the `Module` function with `createRequire`, `builtinModules`, `isBuiltin`, `_cache`, ... */
  readonly moduleBuiltin: object;
  /** Files loaded so far, in load order. */
  loadedFiles(): readonly string[];
  /** The incarnation is gone: a later `import()` stays pending for ever, a module not loaded yet is an empty object to `require`. */
  close(): void;
}

/** `require` inside one incarnation. */
export interface VirtualRequire {
  (id: string): unknown;
  resolve: { (id: string, options?: { paths?: string[] }): string; paths(id: string): string[] | null };
  readonly main: VirtualModule | undefined;
  readonly cache: Record<string, VirtualModule>;
  readonly extensions: Record<string, unknown>;
}

/** `module` inside one incarnation, with the members of Node's own. */
export interface VirtualModule {
  id: string;
  path: string;
  filename: string;
  exports: unknown;
  loaded: boolean;
  parent: VirtualModule | null | undefined;
  children: VirtualModule[];
  paths: string[];
  isPreloading: boolean;
  require(id: string): unknown;
}

export { prepareProgram } from '../../../harness/source/prepare.ts';
export { createGlobalObject, installRealmAccessors } from './global-object.ts';
export { createModuleGraph } from './module-graph.ts';
export { firstUserFrame, installStackTraces, type StackTraces } from './stack.ts';
