/**
 * Globals of virtual processes that share one realm with each other and with the harness.
 *
 * Program code gets its globals as parameters of the function around it. Code that leaves lexical scope (`new Function`, indirect eval,
 * `fn.constructor(...)`) lands in the real global scope instead. Two layers there answer for the current process: accessors for the
 * names that every process has, and, for all others, a proxy as the prototype of the real global, which is asked only for names that
 * the global lacks. So `globalThis.foo = 1` followed by a bare `foo` works, sloppy `foo = 1` stays inside its process, and an unknown
 * name is a ReferenceError.
 *
 * Invariant: the virtual `globalThis` is never linked to the real one by prototype, or a symbol-keyed registry (undici keeps its
 * dispatcher under `Symbol.for('undici.globalDispatcher.1')`) would be shared between processes and with the real network.
 * Differs: a program that replaces a global (`globalThis.fetch = mine`) is heard by code loaded afterwards and by escaping code;
 * modules loaded before keep what they had, where Node would show them the new one.
 * Differs: strict code that assigns to an undeclared name makes a global of its process, where Node throws a ReferenceError: the engine
 * does not tell a prototype which kind of code asks.
 * Differs: `var x` in an indirect eval makes a real global that all processes see.
 */
import type { GlobalRecord } from './index.ts';

/** Taken at load: while a process is current, even the name `globalThis` in this file answers for that process. */
const realGlobal = globalThis;

export interface RealmAccessors {
  /** The global scope answers for nobody again. */
  leave(): void;
}

type CurrentGlobals = () => GlobalRecord | null;
type GlobalTarget = Record<string, unknown>;

let current: CurrentGlobals = () => null;
/** Above zero while harness code runs on behalf of a process: it must see the real globals. */
let outsideDepth = 0;

/** The names for which an accessor stands in the real global's place. */
const replaced = new Set<string>();

/** The real global's own string-named properties, taken before any accessor is in place. */
const realDescriptors = new Map(
  Object.entries(Object.getOwnPropertyDescriptors(realGlobal)).filter(([name]) => typeof name === 'string'),
);
const SELF_NAMES = ['globalThis', 'global', 'self'];
/** What stands behind the global object of each process. */
const targets = new WeakMap<GlobalRecord, GlobalTarget>();

/**
 * Makes the real global scope answer for the process that `currentGlobals` gives, and as before when it gives null; one run at a time.
 * The layers stay when the run is over and answer as the real global did: taking them away would throw away all code that the engine
 * has optimised by then, and a run would take a third longer.
 */
export function installRealmAccessors(globalNames: readonly string[], currentGlobals: CurrentGlobals): RealmAccessors {
  current = currentGlobals;
  if (replaced.size === 0) {
    Object.setPrototypeOf(realGlobal, new Proxy(Object.getPrototypeOf(realGlobal) as object, unknownNames));
  }
  for (const name of globalNames) dispatch(name);
  return {
    leave() {
      current = () => null;
    },
  };
}

/** Runs harness code that may look at real globals (`process`, `Buffer`, timers) while a process is current. */
export function outsideProcess<Result>(run: () => Result): Result {
  outsideDepth++;
  try {
    return run();
  } finally {
    outsideDepth--;
  }
}

/**
 * The virtual `globalThis`: the realm's intrinsics, overlaid with `globals`, whose values it takes now and keeps in step. The caller sets
 * `globals.globalThis` and `globals.global` to it, if they are among the names.
 */
export function createGlobalObject(globals: GlobalRecord): object {
  const target: GlobalTarget = {};
  targets.set(globals, target);
  for (const [name, descriptor] of realDescriptors) {
    if (!Object.hasOwn(globals, name) && !SELF_NAMES.includes(name)) Object.defineProperty(target, name, descriptor);
  }
  for (const name of Object.keys(globals)) {
    // A name without a value that this Node does not know either (`Temporal`) stays away.
    const isKnown = globals[name] !== undefined || realDescriptors.has(name);
    if (isKnown && !SELF_NAMES.includes(name)) Object.defineProperty(target, name, linkedDescriptor(globals, name));
  }
  Object.defineProperty(target, Symbol.toStringTag, { value: 'global', configurable: true });
  const proxy: object = new Proxy(target, new GlobalTraps(globals));
  for (const name of ['globalThis', 'global']) {
    Object.defineProperty(target, name, {
      value: proxy,
      writable: true,
      enumerable: name === 'global',
      configurable: true,
    });
  }
  return proxy;
}

/** Data to look at, but the record stays the one place that holds the value. */
function linkedDescriptor(globals: GlobalRecord, name: string): PropertyDescriptor {
  const enumerable = realDescriptors.get(name)?.enumerable ?? false;
  return { value: globals[name], writable: true, enumerable, configurable: true };
}

/** Keeps the record of globals in step with what a program does to its global object. */
class GlobalTraps implements ProxyHandler<GlobalTarget> {
  private readonly globals: GlobalRecord;
  constructor(globals: GlobalRecord) {
    this.globals = globals;
  }

  set(target: GlobalTarget, name: string | symbol, value: unknown): boolean {
    // Without the receiver, so that a plain write does not come back through `defineProperty`.
    return Reflect.set(target, name, value) && this.publish(target, name);
  }

  defineProperty(target: GlobalTarget, name: string | symbol, descriptor: PropertyDescriptor): boolean {
    return Reflect.defineProperty(target, name, descriptor) && this.publish(target, name);
  }

  deleteProperty(target: GlobalTarget, name: string | symbol): boolean {
    return Reflect.deleteProperty(target, name) && this.publish(target, name);
  }

  private publish(target: GlobalTarget, name: string | symbol): boolean {
    if (typeof name !== 'string') return true;
    if (Object.hasOwn(this.globals, name)) this.globals[name] = target[name];
    // An intrinsic that this process replaces (`globalThis.Promise = Bluebird`): from now on the scope has to ask.
    else if (realDescriptors.has(name)) dispatch(name);
    return true;
  }
}

/** The record of the process for which the global scope answers now. */
function dispatched(): GlobalRecord | null {
  return outsideDepth > 0 ? null : current();
}

/** Puts an accessor in place of the real global's property, once. */
function dispatch(name: string): void {
  const real = Object.getOwnPropertyDescriptor(realGlobal, name);
  // A name that the real global lacks is the proxy's affair.
  if (replaced.has(name) || real === undefined || real.configurable === false) return;
  replaced.add(name);
  Object.defineProperty(realGlobal, name, dispatchingDescriptor(name, real));
}

function dispatchingDescriptor(name: string, real: PropertyDescriptor): PropertyDescriptor {
  let value = real.value as unknown;
  const { get: readReal, set: writeReal } = real;
  const read = () => (readReal === undefined ? value : (readReal.call(realGlobal) as unknown));
  return {
    configurable: true,
    enumerable: real.enumerable ?? false,
    get() {
      const globals = dispatched();
      if (globals === null) return read();
      if (Object.hasOwn(globals, name)) return globals[name];
      const target = targets.get(globals);
      return target === undefined ? read() : target[name];
    },
    set(next: unknown) {
      const globals = dispatched();
      const target = globals === null ? undefined : targets.get(globals);
      if (globals !== null && Object.hasOwn(globals, name)) globals[name] = next;
      if (globals === null && writeReal !== undefined) writeReal.call(realGlobal, next);
      else if (globals === null) value = next;
      if (target !== undefined) target[name] = next;
    },
  };
}

/** Traps of the real global's prototype: names that the real global does not have itself. */
const unknownNames: ProxyHandler<object> = {
  has(prototype, name) {
    const target = targetOf(name);
    return (target !== undefined && Object.hasOwn(target, name)) || Reflect.has(prototype, name);
  },
  get(prototype, name, receiver) {
    const target = targetOf(name);
    return target !== undefined && Object.hasOwn(target, name)
      ? target[name as string]
      : (Reflect.get(prototype, name, receiver) as unknown);
  },
  set(prototype, name, value, receiver) {
    const target = targetOf(name);
    return target === undefined ? Reflect.set(prototype, name, value, receiver) : Reflect.set(target, name, value);
  },
};

/** Symbols are never dispatched: nobody reaches one by a bare name. */
function targetOf(name: string | symbol): GlobalTarget | undefined {
  if (typeof name === 'symbol') return undefined;
  const globals = dispatched();
  return globals === null ? undefined : targets.get(globals);
}
