/**
 * Classes that can be called without `new`, as Node's older constructors can: `net.Server(handler)` makes one, and
 * `http.Agent.call(this)` in the constructor of an old-style subclass (`util.inherits`) sets up the object that is there.
 */

type AnyClass = abstract new (...args: never[]) => object;

/**
 * Makes `base` callable. `setUp` does to an existing object of a subclass what the constructor does; absent: the constructor cannot
 * be called that way, and `refuse` says so.
 */
export function callable<Class extends AnyClass>(
  base: Class,
  old: { readonly setUp: (self: object, args: unknown[]) => void } | { readonly refuse: () => never },
): Class {
  const proxy: Class = new Proxy(base, {
    apply(target, self: unknown, args: unknown[]) {
      if (!(self instanceof (target as unknown as new () => object)))
        return Reflect.construct(target as never, args) as object;
      if ('refuse' in old) return old.refuse();
      old.setUp(self, args);
      return undefined;
    },
    // An object made with the proxy as `new.target` would get a hidden class of its own, each time: slow to make and to use.
    construct: (target, args, newTarget): object =>
      Reflect.construct(
        target as never,
        args,
        (newTarget as unknown) === proxy ? (target as never) : newTarget,
      ) as object,
  });
  Object.defineProperty(base.prototype, 'constructor', { value: proxy, writable: true, configurable: true });
  return proxy;
}
