/**
 * The modules of one incarnation: a CommonJS cache and ES module records over code that all incarnations share.
 *
 * CommonJS follows Node's `lib/internal/modules/cjs/loader.js` in what a program can observe (`require.cache`, `module.children`, a module
 * leaves the cache when its code throws). ES modules follow the specification's order: a graph is resolved before any of it runs, then
 * dependencies run before dependents, each once; the body of a module asks for its imports one by one in source order, which gives a
 * cycle the hoisted functions of a module that has not finished. When something in the graph uses top-level await, each module waits
 * for its asynchronous dependencies.
 *
 * Invariant: everything happens at once or in microtasks, never in a turn of the real event loop.
 * Differs: a name that a module does not export is reported when the importing module runs, not before the whole graph; `import()`
 * takes fewer turns than Node's, which reads files in between; `arguments` exists at the top of an ES module.
 */
import { realpathSync } from 'node:fs';
import { dirname, extname } from 'node:path';
import { pathToFileURL, URL } from 'node:url';
import * as errors from '../../../harness/source/node-error.ts';
import { NO_PATCHES } from '../../../harness/source/patch.ts';
import { builtinId, hasKnownExtension, type Resolution, resolveImport } from '../../../harness/source/resolve.ts';
import { CommonJsLoader } from './commonjs.ts';
import { outsideProcess } from './global-object.ts';
import type { ModuleGraph, ModuleGraphOptions, ModuleNamespace, VirtualRequire } from './index.ts';
import { exportsOfNamespace, NamespaceBuilder, namespaceOfExports } from './namespace.ts';
import { type CompiledFile, type ProgramCode, sharedProgramCode } from './program-code.ts';

/** Makes the module graph of one incarnation. Cheap: nothing is read or compiled before the first load. */
export function createModuleGraph(options: ModuleGraphOptions): ModuleGraph {
  return new VirtualModuleGraph(options);
}

type RecordState = 'fresh' | 'linked' | 'evaluating' | 'evaluated' | 'failed';

/** One ES module. */
interface ModuleRecord {
  readonly compiled: CompiledFile;
  readonly url: string;
  readonly namespace: NamespaceBuilder;
  state: RecordState;
  /** What each static import refers to, by specifier; records are evaluated, the rest is loaded when asked for. */
  readonly dependencies: Map<string, Dependency>;
  /** Whether it or anything that it statically imports uses top-level await; asked for only when the whole graph is linked. */
  isAsyncGraph: boolean | undefined;
  /** Settles when an asynchronous evaluation has. */
  pending: Promise<void> | undefined;
  failure: unknown;
}

type Dependency =
  | { readonly kind: 'record'; readonly record: ModuleRecord }
  | { readonly kind: 'other'; readonly resolution: Resolution };

class VirtualModuleGraph implements ModuleGraph {
  private readonly options: ModuleGraphOptions;
  private readonly code: ProgramCode;
  private readonly commonJs: CommonJsLoader;
  private readonly records = new Map<string, ModuleRecord>();
  /** Namespaces of CommonJS files, JSON and built-in modules, by file or id. */
  private readonly otherNamespaces = new Map<string, NamespaceBuilder>();
  private readonly builtins = new Map<string, unknown>();
  private readonly loaded: string[] = [];
  private isClosed = false;

  constructor(options: ModuleGraphOptions) {
    this.options = options;
    const globalNames = Object.keys(options.globals);
    this.code = sharedProgramCode({ globalNames, patches: options.patches ?? NO_PATCHES });
    this.commonJs = new CommonJsLoader({
      constants: (file) => options.constants?.get(file),
      compiledFile: (file) => this.compiledFile(file),
      instantiate: (compiled) => this.instantiate(compiled),
      builtin: (id) => this.builtin(id),
      virtualId: (specifier) => this.virtualId(specifier),
      requireModule: (file, parent) => this.requireModule(file, parent),
      onNativeAddon: options.onNativeAddon,
      syncBuiltinNamespaces: () => this.syncBuiltinNamespaces(),
      isClosed: () => this.isClosed,
    });
  }

  get moduleBuiltin(): object {
    return this.commonJs.moduleBuiltin;
  }

  runMain(file: string): void | Promise<void> {
    const path = outsideProcess(() => realpathSync(file));
    if (this.compiledFile(path).kind !== 'module') {
      this.commonJs.runMain(path);
      return undefined;
    }
    return this.evaluateRoot(this.linkedRecord({ file: path, suffix: '' }));
  }

  require(id: string, parent: string): unknown {
    return this.createRequire(parent)(id);
  }

  createRequire(from: string | URL): VirtualRequire {
    return this.commonJs.createRequire(from);
  }

  importModule(id: string, parent: string): Promise<ModuleNamespace> {
    return this.importWithOptions(id, parent, undefined);
  }

  loadedFiles(): readonly string[] {
    return this.loaded;
  }

  close(): void {
    this.isClosed = true;
  }

  private async importWithOptions(specifier: unknown, parent: string, options: unknown): Promise<ModuleNamespace> {
    const id = `${specifier as string}`;
    // Node answers after at least one turn of microtasks as well.
    await undefined;
    if (this.isClosed) return new Promise<never>(() => {});
    const resolution = this.resolve(id, parent);
    const isJson = (options as { with?: { type?: unknown } } | undefined)?.with?.type === 'json';
    const dependency = this.dependency(resolution, isJson);
    if (dependency.kind === 'other') return this.otherNamespace(dependency.resolution).object;
    await this.evaluateRoot(dependency.record);
    return dependency.record.namespace.object;
  }

  private compiledFile(file: string): CompiledFile {
    return this.code.get(file);
  }

  private instantiate(compiled: CompiledFile): ReturnType<CompiledFile['instantiate']> {
    const { file } = compiled;
    const values: unknown[] = [];
    for (const name of this.code.globalNames) values.push(this.options.globals[name]);
    values.push((specifier: unknown, options: unknown) => this.importWithOptions(specifier, file, options));
    this.loaded.push(file);
    return compiled.instantiate(...values);
  }

  private builtin(id: string): unknown {
    if (this.builtins.has(id)) return this.builtins.get(id);
    let value = this.options.builtin(id);
    if (value === undefined && id === 'node:module') value = this.moduleBuiltin;
    this.builtins.set(id, value);
    return value;
  }

  /** The id of a bare specifier that the incarnation itself answers: one of Node's own, or an entry such as `seedstorm`. */
  private virtualId(specifier: string): string | undefined {
    const first = specifier[0];
    if (first === '.' || first === '/' || first === '#') return undefined;
    const own = builtinId(specifier);
    if (own !== undefined) return own;
    return this.builtin(specifier) === undefined ? undefined : specifier;
  }

  private resolve(specifier: string, parent: string): Resolution {
    const id = this.virtualId(specifier);
    return id === undefined ? outsideProcess(() => resolveImport(specifier, parent)) : { kind: 'builtin', id };
  }

  private linkedRecord({ file, suffix }: { file: string; suffix: string }): ModuleRecord {
    const url = pathToFileURL(file).href + suffix;
    const known = this.records.get(url);
    if (known !== undefined) return known;
    const record: ModuleRecord = {
      compiled: this.compiledFile(file),
      url,
      namespace: new NamespaceBuilder(),
      state: 'fresh',
      dependencies: new Map(),
      isAsyncGraph: undefined,
      pending: undefined,
      failure: undefined,
    };
    this.records.set(url, record);
    try {
      for (const { specifier, isJson } of record.compiled.imports) {
        record.dependencies.set(specifier, this.dependency(this.resolveStatic(record, specifier), isJson));
      }
    } catch (error) {
      // Never linked: a later import tries again, as Node does.
      this.records.delete(url);
      throw error;
    }
    record.state = 'linked';
    return record;
  }

  private resolveStatic({ compiled }: ModuleRecord, specifier: string): Resolution {
    const known = compiled.imported.get(specifier);
    if (known !== undefined) return known;
    const resolution = this.resolve(specifier, compiled.file);
    if (resolution.kind === 'file') compiled.imported.set(specifier, resolution);
    return resolution;
  }

  /** Links what the resolution refers to. Throws for a file that no import may load. */
  private dependency(resolution: Resolution, isJson: boolean): Dependency {
    if (resolution.kind === 'builtin') {
      if (this.builtin(resolution.id) === undefined) throw errors.unknownBuiltin(resolution.id);
      return { kind: 'other', resolution };
    }
    const { file } = resolution;
    if (!hasKnownExtension(file)) throw errors.unknownExtension(extname(file), file);
    const { kind } = this.compiledFile(file);
    if (kind === 'json' && !isJson) throw errors.missingJsonAttribute(pathToFileURL(file).href);
    return kind === 'module'
      ? { kind: 'record', record: this.linkedRecord(resolution) }
      : { kind: 'other', resolution };
  }

  private otherNamespace(resolution: Resolution): NamespaceBuilder {
    const key = resolution.kind === 'builtin' ? resolution.id : resolution.file + resolution.suffix;
    const known = this.otherNamespaces.get(key);
    if (known !== undefined) return known;
    const namespace = this.loadOther(resolution);
    this.otherNamespaces.set(key, namespace);
    return namespace;
  }

  private loadOther(resolution: Resolution): NamespaceBuilder {
    if (resolution.kind === 'builtin') return namespaceOfExports(this.builtin(resolution.id));
    const exports = this.commonJs.load(resolution.file, undefined);
    if (this.compiledFile(resolution.file).kind !== 'json') return namespaceOfExports(exports);
    const namespace = new NamespaceBuilder();
    namespace.defineOne('default', () => exports);
    return namespace;
  }

  private syncBuiltinNamespaces(): void {
    for (const [id, namespace] of this.otherNamespaces) {
      const exports = this.builtins.get(id);
      if (exports === undefined || exports === null) continue;
      for (const name of Object.keys(exports)) {
        const value = (exports as Record<string, unknown>)[name];
        if (name !== 'default') namespace.defineOne(name, () => value);
      }
    }
  }

  /** Evaluates a linked graph; a promise only if something in it uses top-level await. */
  private evaluateRoot(record: ModuleRecord): void | Promise<void> {
    return isAsyncGraph(record) ? this.evaluateAsync(record) : this.evaluateSync(record);
  }

  private evaluateSync(record: ModuleRecord): void {
    if (record.state === 'failed') throw record.failure;
    if (record.state === 'evaluated' || record.state === 'evaluating') return;
    record.state = 'evaluating';
    try {
      this.runBody(record);
      record.namespace.finish();
      record.state = 'evaluated';
    } catch (error) {
      record.state = 'failed';
      record.failure = error;
      throw error;
    }
  }

  private evaluateAsync(record: ModuleRecord): void | Promise<void> {
    // `pending` is still unset for a module that waits for us: then the two are in a cycle, and the inner one goes first.
    if (record.state !== 'linked') return record.state === 'failed' ? Promise.reject(record.failure) : record.pending;
    record.state = 'evaluating';
    const waits: Promise<void>[] = [];
    try {
      for (const dependency of record.dependencies.values()) {
        const wait = this.evaluateDependency(dependency);
        if (wait !== undefined) waits.push(wait);
      }
    } catch (error) {
      waits.push(Promise.reject(error));
    }
    record.pending = this.finishAsync(record, waits);
    return record.pending;
  }

  private evaluateDependency(dependency: Dependency): Promise<void> | undefined {
    if (dependency.kind === 'record') return this.evaluateRoot(dependency.record) as Promise<void> | undefined;
    this.otherNamespace(dependency.resolution);
    return undefined;
  }

  private async finishAsync(record: ModuleRecord, waits: readonly Promise<void>[]): Promise<void> {
    try {
      if (waits.length > 0) await Promise.all(waits);
      await this.runBody(record);
      record.namespace.finish();
      record.state = 'evaluated';
    } catch (error) {
      record.state = 'failed';
      record.failure = error;
      throw error;
    }
  }

  /** Returns the promise of a body with top-level await. */
  private runBody(record: ModuleRecord): Promise<void> | undefined {
    const { compiled, namespace } = record;
    let completion: Promise<void> | undefined;
    const define = (exports: Record<string, () => unknown>) => namespace.define(exports);
    const body = this.instantiate(compiled);
    body.call(
      undefined,
      (specifier: string) => this.importedNamespace(record, specifier),
      {},
      (_: object, exports: Record<string, () => unknown>) => define(exports),
      (_: object, source: object) => namespace.reExport(source),
      (source: object) => source,
      (exports: object) => exports,
      define,
      (run: () => Promise<void>) => {
        completion = run();
      },
      this.importMeta(record),
    );
    return completion;
  }

  /** What a static import sees; evaluates it first unless it is running already. */
  private importedNamespace(record: ModuleRecord, specifier: string): ModuleNamespace {
    const dependency = record.dependencies.get(specifier)!;
    let namespace: NamespaceBuilder;
    let isComplete = true;
    if (dependency.kind === 'other') namespace = this.otherNamespace(dependency.resolution);
    else {
      // Asynchronous dependencies have been awaited before the body started.
      if (!isAsyncGraph(dependency.record)) this.evaluateSync(dependency.record);
      namespace = dependency.record.namespace;
      isComplete = dependency.record.state === 'evaluated';
    }
    if (isComplete) checkNames(record, specifier, namespace);
    return namespace.object;
  }

  private importMeta({ compiled: { file }, url }: ModuleRecord): object {
    const meta = Object.create(null) as Record<string, unknown>;
    meta.dirname = dirname(file);
    meta.filename = file;
    meta.resolve = (specifier: string) => this.resolveUrl(`${specifier}`, file);
    meta.url = url;
    return meta;
  }

  /** `import.meta.resolve`: a path need not exist. */
  private resolveUrl(specifier: string, parent: string): string {
    try {
      const resolution = this.resolve(specifier, parent);
      return resolution.kind === 'builtin' ? resolution.id : pathToFileURL(resolution.file).href + resolution.suffix;
    } catch (error) {
      const { code } = error as { code?: unknown };
      const isPath = /^(?:\.\.?\/|\/|file:)/.test(specifier);
      if (!isPath || (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'ERR_UNSUPPORTED_DIR_IMPORT')) throw error;
      return new URL(specifier, pathToFileURL(parent)).href;
    }
  }

  /** `require` of an ES module. */
  private requireModule(file: string, parent: string | undefined): unknown {
    const record = this.linkedRecord({ file, suffix: '' });
    if (isAsyncGraph(record)) throw errors.requireAsyncModule(file, parent);
    if (record.state === 'evaluating') throw errors.requireCycleModule(file, parent);
    this.evaluateSync(record);
    return exportsOfNamespace(record.namespace);
  }
}

function isAsyncGraph(record: ModuleRecord): boolean {
  record.isAsyncGraph ??= usesAwait(record, new Set());
  return record.isAsyncGraph;
}

function usesAwait(record: ModuleRecord, seen: Set<ModuleRecord>): boolean {
  if (record.isAsyncGraph !== undefined) return record.isAsyncGraph;
  if (record.compiled.isAsync) return true;
  if (seen.has(record)) return false;
  seen.add(record);
  for (const dependency of record.dependencies.values()) {
    if (dependency.kind === 'record' && usesAwait(dependency.record, seen)) return true;
  }
  return false;
}

function checkNames({ compiled }: ModuleRecord, specifier: string, namespace: NamespaceBuilder): void {
  const names = compiled.imports.find((found) => found.specifier === specifier)?.names ?? [];
  for (const name of names) {
    if (!namespace.has(name)) {
      const message = `The requested module '${specifier}' does not provide an export named '${name}'`;
      throw new SyntaxError(message);
    }
  }
}
