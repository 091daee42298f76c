/**
 * Brings an incarnation up: process, globals, modules, module graph, and its program started as the process's first event.
 */
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { NO_PATCHES, type PatchSet } from '../../harness/source/patch.ts';
import { readProgramFile } from '../../harness/source/program-file.ts';
import { resolveRequire } from '../../harness/source/resolve.ts';
import { SeedstormError } from '../kernel/errors.ts';
import { createGlobals, lazyGlobalNames, moduleGlobalNames } from './globals/index.ts';
import { outsideProcess } from './loader/global-object.ts';
import { createGlobalObject, createModuleGraph, type ModuleGraph } from './loader/index.ts';
import { createModules } from './modules/index.ts';
import { VirtualProcess, type VirtualProcessOptions } from './process.ts';

export interface IncarnationOptions extends VirtualProcessOptions {
  /** Folder against which file names are shown. */
  readonly root: string;
  readonly patches?: PatchSet;
  /** Modules of other names than Node's, such as `seedstorm`. */
  readonly extraModules?: (process: VirtualProcess) => Readonly<Record<string, unknown>>;
  /** What runs instead of the program file: the workload. */
  readonly main?: (graph: ModuleGraph, process: VirtualProcess) => void | Promise<void>;
}

/** Taken at load: while a process is current, the bare name is its own. */
const { nextTick } = process;
const ownFile = fileURLToPath(import.meta.url);

/** The table of header names that undici, our `fetch`, grows node by node: a third of what loading it takes, and the same for all. */
const headerNames = createRequire(ownFile).resolve('undici/lib/core/tree.js');
const constants = new Map<string, unknown>([[headerNames, createRequire(ownFile)(headerNames)]]);

/** Starts an incarnation now. */
export function startIncarnation(options: IncarnationOptions): VirtualProcess {
  const process = new VirtualProcess(options);
  const globals = createGlobals(process);
  const modules = createModules(process, globals);
  process.builtin = (id) => modules.get(id.replace(/^node:/, ''));
  const extra = options.extraModules?.(process) ?? {};
  const { record } = globals;
  const graph = createModuleGraph({
    globals: record,
    builtin: (id) => (id.startsWith('node:') ? modules.get(id.slice(5)) : extra[id]),
    root: options.root,
    constants,
    onNativeAddon(file): never {
      const error = new SeedstormError(
        'E_REFUSED',
        `${process.name} loads the native addon ${file}; sim cannot virtualise it. Run with --mode infra, or use a package without native code.`,
      );
      process.kernel.fail(error);
      throw error;
    },
    ...(options.patches === undefined ? {} : { patches: options.patches }),
  });
  addLazyGlobals(record, () => graph.require('undici', ownFile) as Record<string, unknown>);
  for (const name of moduleGlobalNames) {
    const home = name.endsWith('Stream') ? 'zlib' : 'worker_threads';
    record[name] = lazyClass(name, () => (modules.get(home) as Record<string, unknown> | undefined)?.[name]);
  }
  record['globalThis'] = record['global'] = createGlobalObject(record);
  process.globals = record;
  process.dispatch({
    perform: () => {
      // An ES module runs inside a microtask, so what it queues there comes before its next-ticks.
      const running =
        options.main !== undefined
          ? options.main(graph, process)
          : isModule(options)
            ? Promise.resolve().then(() => graph.runMain(options.program))
            : graph.runMain(options.program);
      process.awaitsTop = running !== undefined && options.main === undefined;
      void running?.then(
        () => {
          process.awaitsTop = false;
        },
        () => {
          process.awaitsTop = false;
        },
      );
      // A module with top-level await that fails ends its process as Node does: by an uncaught error.
      running?.catch((error: unknown) => {
        nextTick(() => {
          throw error;
        });
      });
    },
  });
  process.hold({ release: () => graph.close() });
  return process;
}

const kinds = new Map<string, string>();

function isModule({ program, patches = NO_PATCHES }: IncarnationOptions): boolean {
  let kind = kinds.get(program);
  if (kind === undefined) {
    try {
      kind = outsideProcess(() => {
        const found = resolveRequire(program, program);
        return found.kind === 'file' ? readProgramFile(found.file, patches).kind : 'commonjs';
      });
    } catch {
      // What is wrong with the file the run itself will say.
      kind = 'commonjs';
    }
    kinds.set(program, kind);
  }
  return kind === 'module';
}

/** `fetch` and its classes: npm `undici`, loaded into the process at first use, so that it talks through the virtual network. */
function addLazyGlobals(record: Record<string, unknown>, undici: () => Record<string, unknown>): void {
  for (const name of lazyGlobalNames) {
    if (name === 'fetch') {
      record[name] = function fetch(...args: unknown[]): unknown {
        return (undici()['fetch'] as (...values: unknown[]) => unknown)(...args);
      };
    } else {
      record[name] = lazyClass(name, () => undici()[name]);
    }
  }
}

/** A class that is made when it is first constructed, asked, or extended. */
function lazyClass(name: string, load: () => unknown): unknown {
  // A function, not a class: `prototype` of the target must be replaceable by the real one in the `get` trap.
  const target = function lazy(): void {};
  Object.defineProperty(target, 'name', { value: name });
  const real = (): NewableFunction => {
    const value = load();
    if (value === undefined) throw new SeedstormError('E_REFUSED', `The global ${name} is not there in sim.`);
    return value as NewableFunction;
  };
  const proxy: object = new Proxy(target, {
    construct: (_target, args, newTarget) => {
      const made = real();
      return Reflect.construct(made, args, (newTarget as unknown) === proxy ? made : newTarget) as object;
    },
    get: (_target, property) => Reflect.get(real(), property) as unknown,
    has: (_target, property) => Reflect.has(real(), property),
    apply: (_target, self, args) => Reflect.apply(real(), self, args) as unknown,
  });
  return proxy;
}
