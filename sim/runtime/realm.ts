/**
 * Rules of the realm during a run: what all processes share stays as it was, and what the garbage collector or uninitialised memory
 * would decide is decided otherwise.
 *
 * Own keys of the intrinsics are noted before a run and compared after it; a change means that one process could see another's
 * doing, so the run is an error, unless the scenario lists the key in `polyfills`.
 */

import { EventEmitter } from 'node:events';
import * as http from 'node:http';
import { createRequire } from 'node:module';
import * as stream from 'node:stream';

const require = createRequire(import.meta.url);
/** The objects that programs get, not namespaces of them. */
const util = require('node:util') as typeof import('node:util');
const path = require('node:path') as object;

/** Taken at load: while a process is current, the bare name is its own. */
const realProcess = process;

export interface RealmRules {
  /** The first intrinsic that a program changed, as `Array.prototype.foo`. */
  firstChange(): string | undefined;
  uninstall(): void;
}

const intrinsics: Readonly<Record<string, object>> = {
  Object,
  'Object.prototype': Object.prototype,
  Function,
  'Function.prototype': Function.prototype,
  Array,
  'Array.prototype': Array.prototype,
  String,
  'String.prototype': String.prototype,
  Number,
  'Number.prototype': Number.prototype,
  Boolean,
  'Boolean.prototype': Boolean.prototype,
  Symbol,
  'Symbol.prototype': Symbol.prototype,
  BigInt,
  'BigInt.prototype': BigInt.prototype,
  Promise,
  'Promise.prototype': Promise.prototype,
  Map,
  'Map.prototype': Map.prototype,
  Set,
  'Set.prototype': Set.prototype,
  WeakMap,
  'WeakMap.prototype': WeakMap.prototype,
  WeakSet,
  'WeakSet.prototype': WeakSet.prototype,
  RegExp,
  'RegExp.prototype': RegExp.prototype,
  Error,
  'Error.prototype': Error.prototype,
  TypeError,
  'TypeError.prototype': TypeError.prototype,
  Date,
  'Date.prototype': Date.prototype,
  Math,
  JSON,
  Reflect,
  Proxy,
  Buffer,
  'Buffer.prototype': Buffer.prototype,
  Uint8Array,
  'Uint8Array.prototype': Uint8Array.prototype,
  ArrayBuffer,
  'ArrayBuffer.prototype': ArrayBuffer.prototype,
  URL,
  'URL.prototype': URL.prototype,
  AbortSignal,
  'AbortSignal.prototype': AbortSignal.prototype,
  EventTarget,
  'EventTarget.prototype': EventTarget.prototype,
  EventEmitter,
  'EventEmitter.prototype': EventEmitter.prototype,
  'stream.prototype': stream.Stream.prototype,
  'stream.Readable.prototype': stream.Readable.prototype,
  'stream.Writable.prototype': stream.Writable.prototype,
  'stream.Duplex.prototype': stream.Duplex.prototype,
  'stream.Transform.prototype': stream.Transform.prototype,
  'http.IncomingMessage.prototype': http.IncomingMessage.prototype,
  'http.OutgoingMessage.prototype': http.OutgoingMessage.prototype,
  'http.Agent.prototype': http.Agent.prototype,
  util,
  'util.inspect': util.inspect,
  'util.inspect.defaultOptions': util.inspect.defaultOptions,
  path,
};

/** Set by the stack-trace layer and by programs themselves; per incarnation by other means (shared-state.ts). */
const exempt = new Set(['Error.prepareStackTrace', 'Error.stackTraceLimit', 'Error.captureStackTrace']);

type Snapshot = Map<object, Map<PropertyKey, PropertyDescriptor>>;

function snapshot(): Snapshot {
  const taken: Snapshot = new Map();
  for (const intrinsic of Object.values(intrinsics)) {
    const values = new Map<PropertyKey, PropertyDescriptor>();
    for (const key of Reflect.ownKeys(intrinsic)) {
      values.set(key, Reflect.getOwnPropertyDescriptor(intrinsic, key)!);
    }
    taken.set(intrinsic, values);
  }
  return taken;
}

function isSame(before: PropertyDescriptor | undefined, now: PropertyDescriptor): boolean {
  return before !== undefined && Object.is(before.get ?? before.value, now.get ?? now.value);
}

/** Puts back what programs changed, whether they were allowed to or not: the next run starts from the same realm. */
function restore(before: Snapshot): void {
  for (const [intrinsic, values] of before) {
    for (const key of Reflect.ownKeys(intrinsic)) if (!values.has(key)) Reflect.deleteProperty(intrinsic, key);
    for (const [key, descriptor] of values) {
      const now = Reflect.getOwnPropertyDescriptor(intrinsic, key);
      if (now === undefined || !isSame(descriptor, now)) Reflect.defineProperty(intrinsic, key, descriptor);
    }
  }
}

export interface RealmRulesOptions {
  readonly polyfills: readonly string[];
  /** The running process's `Math`: code that escaped its scope (`new Function`) draws from the right stream. */
  readonly currentMath: () => typeof Math | undefined;
  /** The running process's `process`: Node's own warnings, and rejections that were handled late, are its affair. */
  readonly currentProcess: () => NodeJS.Process | undefined;
}

/** Puts the rules in force; one installation at a time. */
export function installRealmRules({ polyfills, currentMath, currentProcess }: RealmRulesOptions): RealmRules {
  const allowed = new Set(polyfills);
  const { allocUnsafe, allocUnsafeSlow } = Buffer;
  const { stackTraceLimit } = Error;
  Buffer.allocUnsafe = (size) => Buffer.alloc(size);
  Buffer.allocUnsafeSlow = (size) => Buffer.alloc(size);
  const { random } = Math;
  Math.random = () => (currentMath()?.random ?? random)();
  const { emitWarning } = realProcess;
  realProcess.emitWarning = ((...args: Parameters<typeof emitWarning>) => {
    const process = currentProcess();
    if (process === undefined) emitWarning.apply(realProcess, args);
    else process.emitWarning(...args);
  }) as typeof emitWarning;
  const onHandled = (promise: Promise<unknown>): void =>
    void (currentProcess() as { emit(name: string, ...args: unknown[]): boolean } | undefined)?.emit(
      'rejectionHandled',
      promise,
    );
  realProcess.on('rejectionHandled', onHandled);
  const before = snapshot();
  return {
    firstChange() {
      for (const [name, intrinsic] of Object.entries(intrinsics)) {
        const values = before.get(intrinsic)!;
        const keys = Reflect.ownKeys(intrinsic);
        for (const key of keys) {
          const path = `${name}.${String(key)}`;
          if (exempt.has(path) || allowed.has(path) || name === 'util.inspect.defaultOptions') continue;
          if (!isSame(values.get(key), Reflect.getOwnPropertyDescriptor(intrinsic, key)!)) return path;
        }
        if (keys.length < values.size) {
          const lost = [...values.keys()].find((key) => !keys.includes(key as never));
          if (lost !== undefined && !allowed.has(`${name}.${String(lost)}`) && !exempt.has(`${name}.${String(lost)}`))
            return `${name}.${String(lost)}`;
        }
      }
      return undefined;
    },
    uninstall() {
      restore(before);
      realProcess.emitWarning = emitWarning;
      realProcess.off('rejectionHandled', onHandled);
      Math.random = random;
      Buffer.allocUnsafe = allocUnsafe;
      Buffer.allocUnsafeSlow = allocUnsafeSlow;
      Error.stackTraceLimit = stackTraceLimit;
    },
  };
}
