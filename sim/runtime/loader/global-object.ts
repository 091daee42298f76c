/**
 * Globals of virtual processes that share one realm with each other and with the harness.
 *
 * Program code gets its globals as parameters of the function around it. Code that leaves lexical scope (`new Function`, indirect eval,
 * `fn.constructor(...)`) lands in the real global scope instead; accessors there answer for the current process. The same holds for names that a
 * program adds: `globalThis.foo = 1` followed by a bare `foo` works because the virtual `globalThis` defines a dispatching accessor
 * for `foo` on the real one.
 *
 * Invariant: the virtual `globalThis` is never linked to the real one by prototype, or a symbol-keyed registry (undici keeps its
 * dispatcher under `Symbol.for('undici.globalDispatcher.1')`) would be shared between processes and with the real network.
 * Differs: a program that replaces a global (`globalThis.fetch = mine`) is heard by code loaded afterwards and by escaping code; modules loaded before
 * keep what they had, where Node would show them the new one.
 * Differs: assigning to an undeclared name in sloppy code makes a real global that all processes see.
 */
import type { GlobalRecord } from './index.ts';

/** Taken at load: while a process is current, even the name `globalThis` in this file answers for that process. */
const realGlobal = globalThis;

export interface RealmAccessors {
  uninstall(): void;
}

type CurrentGlobals = () => GlobalRecord | null;

let current: CurrentGlobals = () => null;
/** Above zero while harness code runs on behalf of a process: it must see the real globals. */
let outsideDepth = 0;
/** What the real global had before an accessor replaced it; `undefined` for a name it did not have. */
const replaced = new Map<string, PropertyDescriptor | undefined>();

/** The real global's own string-named properties, taken before any accessor is in place. */
const realDescriptors = new Map(
  Object.entries(Object.getOwnPropertyDescriptors(realGlobal)).filter(([name]) => typeof name === 'string'),
);
const SELF_NAMES = ['globalThis', 'global', 'self'];

/**
 * Makes the names on the real `globalThis` answer for the process that `currentGlobals` gives, and as before when it gives null.
 * One installation at a time.
 */
export function installRealmAccessors(globalNames: readonly string[], currentGlobals: CurrentGlobals): RealmAccessors {
  current = currentGlobals;
  for (const name of globalNames) defineDispatch(name);
  return {
    uninstall() {
      current = () => null;
      for (const [name, descriptor] of replaced) {
        if (descriptor === undefined) Reflect.deleteProperty(realGlobal, name);
        else Object.defineProperty(realGlobal, name, descriptor);
      }
      replaced.clear();
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
 * The virtual `globalThis`: the realm's intrinsics, overlaid with `globals`, whose values it reads and writes. The caller sets
 * `globals.globalThis` and `globals.global` to it, if they are among the names.
 */
export function createGlobalObject(globals: GlobalRecord): object {
  const target: Record<string, unknown> = {};
  for (const [name, descriptor] of realDescriptors) {
    if (!Object.hasOwn(globals, name) && !SELF_NAMES.includes(name)) Object.defineProperty(target, name, descriptor);
  }
  for (const name of Object.keys(globals)) {
    if (!SELF_NAMES.includes(name)) Object.defineProperty(target, name, linkedDescriptor(globals, name));
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

/** Own string names that a program sets become visible to its bare references; symbols stay on the object. */
class GlobalTraps implements ProxyHandler<Record<string, unknown>> {
  private readonly globals: GlobalRecord;
  constructor(globals: GlobalRecord) {
    this.globals = globals;
  }

  set(target: Record<string, unknown>, name: string | symbol, value: unknown): boolean {
    // Without the receiver, so that a plain write does not come back through `defineProperty`.
    if (!Reflect.set(target, name, value)) return false;
    this.publish(target, name);
    return true;
  }

  defineProperty(target: Record<string, unknown>, name: string | symbol, descriptor: PropertyDescriptor): boolean {
    if (!Reflect.defineProperty(target, name, descriptor)) return false;
    this.publish(target, name);
    return true;
  }

  deleteProperty(target: Record<string, unknown>, name: string | symbol): boolean {
    if (!Reflect.deleteProperty(target, name)) return false;
    if (typeof name === 'string' && added.get(this.globals)?.delete(name) !== true && name in this.globals) {
      this.globals[name] = undefined;
    }
    return true;
  }

  private publish(target: Record<string, unknown>, name: string | symbol): void {
    if (typeof name !== 'string') return;
    if (Object.hasOwn(this.globals, name)) {
      this.globals[name] = target[name];
      return;
    }
    const names = added.get(this.globals) ?? new Map<string, Record<string, unknown>>();
    added.set(this.globals, names);
    names.set(name, target);
    if (!replaced.has(name) && !realDescriptors.has(name)) defineDispatch(name);
  }
}

/** Names that a program added to its global object, by its record, with the object that holds them. */
const added = new WeakMap<GlobalRecord, Map<string, Record<string, unknown>>>();

function defineDispatch(name: string): void {
  if (replaced.has(name)) return;
  const real = Object.getOwnPropertyDescriptor(realGlobal, name);
  if (real !== undefined && real.configurable !== true) return;
  replaced.set(name, real);
  let value = real?.value as unknown;
  const readReal = real?.get;
  const writeReal = real?.set;
  const isVirtualOnly = real === undefined;
  Object.defineProperty(realGlobal, name, {
    configurable: true,
    enumerable: real?.enumerable ?? false,
    get() {
      const globals = outsideDepth > 0 ? null : current();
      if (globals === null) return readReal === undefined ? value : readReal.call(realGlobal);
      if (Object.hasOwn(globals, name)) return globals[name];
      const holder = added.get(globals)?.get(name);
      if (holder !== undefined) return holder[name];
      // Differs: a bare name that only another process has defined reads as undefined instead of throwing a ReferenceError.
      return isVirtualOnly ? undefined : value;
    },
    set(next: unknown) {
      const globals = outsideDepth > 0 ? null : current();
      if (globals !== null && Object.hasOwn(globals, name)) globals[name] = next;
      else if (globals !== null) {
        const holder = added.get(globals)?.get(name);
        if (holder !== undefined) holder[name] = next;
      } else if (writeReal !== undefined) writeReal.call(realGlobal, next);
      else value = next;
    },
  });
}
