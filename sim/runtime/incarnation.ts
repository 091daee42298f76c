/**
 * Brings an incarnation up: process, globals, modules, module graph, and its program started as the process's first event.
 */
import { fileURLToPath } from 'node:url';
import type { PatchSet } from '../../harness/source/patch.ts';
import { SeedstormError } from '../kernel/errors.ts';
import { createGlobals, lazyGlobalNames, moduleGlobalNames } from './globals/index.ts';
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

const ownFile = fileURLToPath(import.meta.url);

/** Starts an incarnation now. */
export function startIncarnation(options: IncarnationOptions): VirtualProcess {
  const process = new VirtualProcess(options);
  const globals = createGlobals(process);
  const modules = createModules(process, globals);
  const extra = options.extraModules?.(process) ?? {};
  const { record } = globals;
  const graph = createModuleGraph({
    globals: record,
    builtin: (id) => (id.startsWith('node:') ? modules.get(id.slice(5)) : extra[id]),
    root: options.root,
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
      const running = options.main === undefined ? graph.runMain(options.program) : options.main(graph, process);
      // A module with top-level await that fails ends its process as Node does: by an uncaught error.
      running?.catch((error: unknown) => {
        globalThis.process.nextTick(() => {
          throw error;
        });
      });
    },
  });
  process.hold({ release: () => graph.close() });
  return process;
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
      const constructor = real();
      return Reflect.construct(constructor, args, (newTarget as unknown) === proxy ? constructor : newTarget) as object;
    },
    get: (_target, property) => Reflect.get(real(), property) as unknown,
    has: (_target, property) => Reflect.has(real(), property),
    apply: (_target, self, args) => Reflect.apply(real(), self, args) as unknown,
  });
  return proxy;
}
