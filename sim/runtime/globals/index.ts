/**
 * The globals of a virtual process, one file each. `createGlobals` puts them together; `globalNames` is the list, in order, of what a
 * program sees as free variables and what the accessors on the realm's global object dispatch.
 *
 * Not here: modules (`../modules`), the global object itself (`../loader/global-object.ts`).
 */
import type { VirtualProcess } from '../process.ts';
import { createAbortSignal } from './abort.ts';
import { createConsole } from './console.ts';
import { createCrypto, type VirtualCrypto } from './crypto.ts';
import { createDate } from './date.ts';
import { createIntl } from './intl.ts';
import { createPerformance, type PerformanceParts, type VirtualPerformance } from './performance.ts';
import { createProcessObject } from './process-object.ts';
import { createMath } from './random.ts';
import { createTimers, type TimerFunctions } from './timers.ts';
import { SilentFinalizationRegistry, StrongWeakRef } from './weak.ts';

/** What modules need of the globals as well. */
export interface ProcessGlobals {
  readonly record: Record<string, unknown>;
  readonly timers: TimerFunctions;
  readonly performance: VirtualPerformance;
  readonly observePerformance: PerformanceParts['observe'];
  readonly crypto: VirtualCrypto;
  readonly processObject: NodeJS.Process;
}

/** Names whose value is made by a module of the process at first use. */
export const lazyGlobalNames = [
  'fetch',
  'Headers',
  'Request',
  'Response',
  'FormData',
  'WebSocket',
  'EventSource',
  'CloseEvent',
  'MessageEvent',
] as const;

/** Names of `node:worker_threads` and the streams of zlib that are globals too. */
export const moduleGlobalNames = [
  'MessageChannel',
  'MessagePort',
  'BroadcastChannel',
  'CompressionStream',
  'DecompressionStream',
] as const;

/** All names, in the order in which the loader passes them. */
export const globalNames: readonly string[] = [
  'globalThis',
  'global',
  'process',
  'console',
  'Buffer',
  'Date',
  'Math',
  'Intl',
  'performance',
  'crypto',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'clearTimeout',
  'clearInterval',
  'clearImmediate',
  'queueMicrotask',
  'AbortSignal',
  'WeakRef',
  'FinalizationRegistry',
  'Atomics',
  'SharedArrayBuffer',
  'navigator',
  'Temporal',
  ...lazyGlobalNames,
  ...moduleGlobalNames,
];

/** Names whose value is the realm's own: no accessor on the real global object is needed, so our own code pays none for them. */
const sharedNames = new Set(['Buffer', 'Math', 'queueMicrotask', 'Atomics', 'SharedArrayBuffer']);

/** Names that the accessors on the realm's global object dispatch. `Math` is not among them: the realm rules take care of `random`. */
export const dispatchedNames: readonly string[] = globalNames.filter((name) => !sharedNames.has(name));

/** Makes the globals of one incarnation; the caller adds the global object, the lazy names and the module names. */
export function createGlobals(process: VirtualProcess): ProcessGlobals {
  const { timeZone } = process.options;
  const timers = createTimers(process);
  const { performance, observe } = createPerformance(process);
  const crypto = createCrypto(process);
  const { object: processObject, emitter } = createProcessObject(process);
  process.emitter = emitter;
  const record: Record<string, unknown> = {};
  for (const name of globalNames) record[name] = undefined;
  Object.assign(record, {
    process: processObject,
    console: createConsole(processObject.stdout, processObject.stderr, performance),
    Buffer,
    Date: createDate(process, timeZone),
    Math: createMath(process),
    Intl: createIntl(process, timeZone),
    performance,
    crypto: crypto.web,
    setTimeout: timers.setTimeout,
    setInterval: timers.setInterval,
    setImmediate: timers.setImmediate,
    clearTimeout: timers.clearTimeout,
    clearInterval: timers.clearInterval,
    clearImmediate: timers.clearImmediate,
    queueMicrotask,
    AbortSignal: createAbortSignal(process, timers),
    WeakRef: StrongWeakRef,
    FinalizationRegistry: SilentFinalizationRegistry,
    Atomics,
    SharedArrayBuffer,
    navigator: {
      hardwareConcurrency: 1,
      language: 'en-US',
      languages: ['en-US'],
      platform: 'linux',
      userAgent: `Node.js/${globalThis.process.version.slice(1).split('.')[0]}`,
    },
  });
  return { record, timers, performance, observePerformance: observe, crypto, processObject };
}
