/**
 * CommonJS of one incarnation: `module`, `require`, its cache, and the `Module` function that virtual `node:module` exports.
 *
 * Every `require` goes through `Module.prototype.require` and `Module._load`, as in Node, so that programs which wrap those are heard.
 * Source: Node's `lib/internal/modules/cjs/loader.js`. Left out: `Module._extensions` as a way to load other languages (the entries are
 * there to be looked at and called, a new one is not consulted), and `register`, which is refused.
 */
import * as nodeModule from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath, URL } from 'node:url';
import * as errors from '../../../harness/source/node-error.ts';
import { resolveRequire } from '../../../harness/source/resolve.ts';
import { SeedstormError } from '../../kernel/errors.ts';
import { outsideProcess } from './global-object.ts';
import type { VirtualModule, VirtualRequire } from './index.ts';
import type { CompiledFile, ModuleBody } from './program-code.ts';
import { firstUserFrame } from './stack.ts';

/** What the loader needs from the graph around it. */
export interface CommonJsHost {
  /** What the file exports in every incarnation, if it holds only constants. */
  constants(file: string): unknown;
  compiledFile(file: string): CompiledFile;
  instantiate(compiled: CompiledFile): ModuleBody;
  /** `undefined` when nobody answers to the id. */
  builtin(id: string): unknown;
  /** The id of a specifier that a built-in or virtual entry answers. */
  virtualId(specifier: string): string | undefined;
  requireModule(file: string, parent: string | undefined): unknown;
  onNativeAddon(file: string): never;
  syncBuiltinNamespaces(): void;
  isClosed(): boolean;
}

type ModuleConstructor = {
  new (id?: string, parent?: VirtualModule | null): VirtualModule;
  prototype: VirtualModule;
} & Record<string, unknown>;

type Load = (request: string, parent: VirtualModule | null | undefined, isMain?: boolean) => unknown;

export class CommonJsLoader {
  readonly cache = Object.create(null) as Record<string, VirtualModule>;
  readonly moduleBuiltin: ModuleConstructor;
  private readonly host: CommonJsHost;
  private readonly extensions: Record<string, unknown>;
  private main: VirtualModule | undefined;

  constructor(host: CommonJsHost) {
    this.host = host;
    this.moduleBuiltin = this.createModuleConstructor();
    this.extensions = this.createExtensions();
    this.addStatics();
  }

  runMain(file: string): void {
    this.load(file, null, { isMain: true });
  }

  /** `exports` of the file (absolute, real path), run once. `parent` is undefined when an ES module imports it. */
  load(file: string, parent: VirtualModule | null | undefined, { isMain = false } = {}): unknown {
    const known = this.cache[file];
    if (known !== undefined) {
      // An ES module that waits for us has no exports yet; only CommonJS may be seen half done.
      if (!known.loaded && this.host.compiledFile(file).kind === 'module') {
        return this.host.requireModule(file, parent?.filename);
      }
      addChild(parent, known);
      return known.exports;
    }
    // A continuation of a dead process: nothing more of it may run.
    if (this.host.isClosed()) return {};
    const constants = this.host.constants(file);
    if (constants !== undefined) return constants;
    const compiled = this.host.compiledFile(file);
    if (compiled.kind === 'addon') this.host.onNativeAddon(file);
    const module = new this.moduleBuiltin(isMain ? '.' : file, parent);
    module.filename = file;
    module.paths = nodeModulePaths(dirname(file));
    if (isMain) this.main = module;
    this.cache[file] = module;
    addChild(parent, module);
    let isLoaded = false;
    try {
      this.fill(module, compiled, parent);
      isLoaded = true;
    } finally {
      if (!isLoaded) this.forget(module, parent);
    }
    module.loaded = true;
    return module.exports;
  }

  createRequire(from: string | URL): VirtualRequire {
    const file = requireBase(from);
    const module = new this.moduleBuiltin(file, undefined);
    module.filename = file;
    module.paths = nodeModulePaths(dirname(file));
    return this.requireOf(module);
  }

  private fill(module: VirtualModule, compiled: CompiledFile, parent: VirtualModule | null | undefined): void {
    const { file, kind, source } = compiled;
    if (kind === 'json') module.exports = parseJson(file, source);
    else if (kind === 'module') module.exports = this.host.requireModule(file, parent?.filename);
    else {
      const body = this.host.instantiate(compiled);
      body.call(module.exports, module.exports, this.requireOf(module), module, file, dirname(file));
    }
  }

  private forget(module: VirtualModule, parent: VirtualModule | null | undefined): void {
    if (this.cache[module.filename] === module) delete this.cache[module.filename];
    const at = parent?.children.indexOf(module) ?? -1;
    if (at >= 0) parent!.children.splice(at, 1);
  }

  private requireOf(module: VirtualModule): VirtualRequire {
    const require = ((id: string) => module.require(id)) as VirtualRequire;
    const resolve = (id: string, options?: { paths?: string[] }) => this.resolveText(id, module, options);
    resolve.paths = (id: string) => {
      checkId(id);
      return outsideProcess(() => nodeModule.createRequire(module.filename).resolve.paths(id));
    };
    return Object.assign(require, {
      resolve,
      main: this.main,
      extensions: this.extensions,
      cache: this.cache,
    });
  }

  /** What `require.resolve` answers. */
  private resolveText(id: string, module: VirtualModule, options?: { paths?: string[] }): string {
    checkId(id);
    if (this.host.virtualId(id) !== undefined) return id;
    if (options?.paths === undefined) return this.resolveFile(id, module);
    return outsideProcess(() => nodeModule.createRequire(module.filename).resolve(id, options));
  }

  private resolveFile(id: string, parent: VirtualModule | null | undefined): string {
    const from = parent?.filename ?? '/main.js';
    try {
      const resolution = outsideProcess(() => resolveRequire(id, from));
      return resolution.kind === 'file' ? resolution.file : resolution.id;
    } catch (error) {
      throw withRequireStack(error, parent);
    }
  }

  private readonly loadRequest: Load = (request, parent, isMain = false) => {
    checkId(request);
    const id = this.host.virtualId(request);
    if (id !== undefined) {
      const value = this.host.builtin(id);
      if (value === undefined) throw errors.unknownBuiltin(id);
      return value;
    }
    return this.load(this.resolveFile(request, parent), parent, { isMain });
  };

  private createModuleConstructor(): ModuleConstructor {
    const loader = this;
    function Module(this: VirtualModule, id = '', parent?: VirtualModule | null) {
      this.id = id;
      this.path = dirname(id);
      this.exports = {};
      this.filename = id;
      this.loaded = false;
      this.children = [];
      this.paths = [];
      Object.defineProperty(this, 'parent', { value: parent, writable: true, configurable: true });
    }
    Object.assign(Module.prototype, {
      isPreloading: false,
      require(this: VirtualModule, id: string): unknown {
        return (loader.moduleBuiltin._load as Load)(id, this, false);
      },
      load(this: VirtualModule, file: string): void {
        this.exports = loader.load(file, this.parent);
        this.loaded = true;
      },
      _compile(this: VirtualModule): never {
        throw refused('module._compile');
      },
    });
    return Module as unknown as ModuleConstructor;
  }

  private createExtensions(): Record<string, unknown> {
    const extensions = Object.create(null) as Record<string, unknown>;
    for (const extension of ['.js', '.json', '.node']) {
      extensions[extension] = (module: VirtualModule, file: string) => {
        const compiled = this.host.compiledFile(file);
        if (compiled.kind === 'addon') this.host.onNativeAddon(file);
        this.fill(module, compiled, module.parent);
      };
    }
    return extensions;
  }

  private addStatics(): void {
    const real = nodeModule.default as unknown as Record<string, unknown>;
    const Module = this.moduleBuiltin;
    Object.assign(Module, {
      builtinModules: [...nodeModule.builtinModules],
      _cache: this.cache,
      _pathCache: Object.create(null),
      _extensions: this.extensions,
      globalPaths: [],
      Module,
      _load: this.loadRequest,
      _resolveFilename: (
        request: string,
        parent?: VirtualModule | null,
        _isMain?: boolean,
        options?: { paths?: string[] },
      ) =>
        parent === undefined || parent === null
          ? this.resolveFile(request, parent)
          : this.resolveText(request, parent, options),
      _resolveLookupPaths: (request: string, parent?: VirtualModule | null) =>
        outsideProcess(() => nodeModule.createRequire(parent?.filename ?? '/main.js').resolve.paths(request)),
      _nodeModulePaths: nodeModulePaths,
      _initPaths: () => {},
      _preloadModules: () => {},
      createRequire: (from: string | URL) => this.createRequire(from),
      isBuiltin: nodeModule.isBuiltin,
      wrap: real.wrap,
      wrapper: real.wrapper,
      findSourceMap: () => undefined,
      SourceMap: nodeModule.SourceMap,
      syncBuiltinESMExports: () => this.host.syncBuiltinNamespaces(),
      register: () => {
        throw refused('module.register');
      },
      runMain: () => {
        throw refused('module.runMain');
      },
    });
  }
}

function refused(what: string): SeedstormError {
  const message = `The program called ${what} (${firstUserFrame()}); sim cannot virtualise it. Run with --mode infra.`;
  return new SeedstormError('E_REFUSED', message);
}

function addChild(parent: VirtualModule | null | undefined, child: VirtualModule): void {
  if (parent && !parent.children.includes(child)) parent.children.push(child);
}

function checkId(id: unknown): asserts id is string {
  if (typeof id !== 'string') {
    const received = id === null || id === undefined ? `${id}` : `type ${typeof id} (${String(id)})`;
    const message = `The "id" argument must be of type string. Received ${received}`;
    throw errors.nodeError('ERR_INVALID_ARG_TYPE', message, TypeError);
  }
  if (id === '') {
    const message = "The argument 'id' must be a non-empty string. Received ''";
    throw errors.nodeError('ERR_INVALID_ARG_VALUE', message, TypeError);
  }
}

/** The file that a `createRequire` argument stands for: a folder stands for any file in it. */
function requireBase(from: string | URL): string {
  const isUrl = from instanceof URL || (typeof from === 'string' && from.startsWith('file:'));
  if (!isUrl && !(typeof from === 'string' && from.startsWith('/'))) {
    const message = `The argument 'filename' must be a file URL object, file URL string, or absolute path string. Received ${JSON.stringify(from)}`;
    throw errors.nodeError('ERR_INVALID_ARG_VALUE', message, TypeError);
  }
  const path = isUrl ? fileURLToPath(from) : (from as string);
  return path.endsWith('/') ? join(path, 'noop.js') : path;
}

const pathsByFolder = new Map<string, readonly string[]>();

/** The folders in which Node looks for packages, from the innermost outwards; a fresh list, since programs change it. */
function nodeModulePaths(from: string): string[] {
  const known = pathsByFolder.get(from);
  if (known !== undefined) return known.slice();
  const paths: string[] = [];
  for (let at = from; ; at = dirname(at)) {
    if (basename(at) !== 'node_modules') paths.push(join(at, 'node_modules'));
    if (dirname(at) === at) break;
  }
  pathsByFolder.set(from, paths);
  return paths.slice();
}

function parseJson(file: string, source: string): unknown {
  try {
    return JSON.parse(source);
  } catch (error) {
    (error as Error).message = `${file}: ${(error as Error).message}`;
    throw error;
  }
}

/** Node lists the whole chain of requiring files; the resolver that was asked knows only the last. */
function withRequireStack(error: unknown, parent: VirtualModule | null | undefined): unknown {
  if ((error as { code?: unknown }).code !== 'MODULE_NOT_FOUND') return error;
  const requireStack: string[] = [];
  for (let at = parent; at; at = at.parent) requireStack.push(at.filename);
  const tail = requireStack.length === 0 ? '' : `\nRequire stack:\n- ${requireStack.join('\n- ')}`;
  const head = (error as Error).message.split('\nRequire stack')[0] ?? '';
  return Object.assign(new Error(head + tail), { code: 'MODULE_NOT_FOUND', requireStack });
}
