/**
 * `WeakRef` and `FinalizationRegistry` without the garbage collector: when it runs is the one thing in a realm that no seed decides.
 * Differs: a WeakRef holds strongly, and a registry never calls back. ECMA-262 allows both; a program can notice by memory only.
 */

/** A WeakRef that holds strongly. */
export class StrongWeakRef<T extends WeakKey> {
  readonly #target: T;
  constructor(target: T) {
    if ((typeof target !== 'object' && typeof target !== 'function' && typeof target !== 'symbol') || target === null) {
      throw new TypeError('WeakRef: target must be an object');
    }
    this.#target = target;
  }
  deref(): T {
    return this.#target;
  }
  get [Symbol.toStringTag](): string {
    return 'WeakRef';
  }
}

/** A registry whose callback never comes. */
export class SilentFinalizationRegistry {
  constructor(callback: unknown) {
    if (typeof callback !== 'function') throw new TypeError('FinalizationRegistry: cleanup must be callable');
  }
  register(): void {}
  unregister(): boolean {
    return false;
  }
  get [Symbol.toStringTag](): string {
    return 'FinalizationRegistry';
  }
}
Object.defineProperty(StrongWeakRef, 'name', { value: 'WeakRef' });
Object.defineProperty(SilentFinalizationRegistry, 'name', { value: 'FinalizationRegistry' });
