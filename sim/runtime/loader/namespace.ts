/**
 * Module namespace objects: null prototype, one live getter for each export, keys in order, `default` for CommonJS being `module.exports`.
 *
 * Exports of a module are known when its body starts, those that come through `export *` when the other module's body starts; in a cycle
 * that is later, so a namespace passes each new name on to the namespaces that re-export it.
 *
 * Differs: exports are accessor properties, where an engine's namespace shows data properties, so `util.inspect` prints `[Getter]`.
 */
import { ANONYMOUS_DEFAULT } from '../../../harness/source/transform.ts';
import type { ModuleNamespace } from './index.ts';

type Getter = () => unknown;

const builders = new WeakMap<object, NamespaceBuilder>();

/** The namespace of one module while it is being filled. */
export class NamespaceBuilder {
  readonly object: ModuleNamespace;
  private readonly getters = new Map<string, Getter>();
  private readonly own = new Set<string>();
  /** Names that two `export *` give differently: nobody gets them. */
  private readonly ambiguous = new Set<string>();
  private readonly followers: NamespaceBuilder[] = [];
  private isSorted = true;
  private lastName = '';

  constructor() {
    this.object = Object.create(null) as ModuleNamespace;
    Object.defineProperty(this.object, Symbol.toStringTag, { value: 'Module' });
    builders.set(this.object, this);
  }

  has(name: string): boolean {
    return this.getters.has(name);
  }

  /** Adds the module's own exports. */
  define(exports: Readonly<Record<string, Getter>>): void {
    for (const name of Object.keys(exports)) this.defineOne(name, exports[name]!);
  }

  defineOne(name: string, getter: Getter): void {
    this.own.add(name);
    this.ambiguous.delete(name);
    this.put(name, getter);
  }

  /** `export * from` the module with that namespace. */
  reExport(namespace: object): void {
    const source = builders.get(namespace);
    if (source === undefined || source === this) return;
    source.followers.push(this);
    for (const [name, getter] of source.getters) this.follow(name, getter);
  }

  /** All names are known: puts the keys in order and closes the object. */
  finish(): void {
    if (!this.isSorted) {
      const names = [...this.getters.keys()].sort();
      for (const name of names) Reflect.deleteProperty(this.object, name);
      for (const name of names) defineGetter(this.object, name, this.getters.get(name)!);
      this.isSorted = true;
    }
    this.nameDefault();
  }

  /** An anonymous `export default` is named `default`; esbuild has called it after its file. */
  private nameDefault(): void {
    const value = this.own.has('default') ? this.object.default : undefined;
    if (typeof value === 'function' && value.name === ANONYMOUS_DEFAULT) {
      Object.defineProperty(value, 'name', { value: 'default', configurable: true });
    }
  }

  private follow(name: string, getter: Getter): void {
    if (name === 'default' || this.own.has(name) || this.ambiguous.has(name)) return;
    const known = this.getters.get(name);
    if (known === getter) return;
    if (known === undefined) {
      this.put(name, getter);
      return;
    }
    this.ambiguous.add(name);
    this.getters.delete(name);
    Reflect.deleteProperty(this.object, name);
  }

  private put(name: string, getter: Getter): void {
    this.getters.set(name, getter);
    if (name < this.lastName) this.isSorted = false;
    this.lastName = name;
    defineGetter(this.object, name, getter);
    for (const follower of this.followers) follower.follow(name, getter);
  }
}

/** What `import` sees of a value that was exported by CommonJS or by a built-in module. */
export function namespaceOfExports(exports: unknown): NamespaceBuilder {
  const builder = new NamespaceBuilder();
  builder.defineOne('default', () => exports);
  if ((typeof exports !== 'object' && typeof exports !== 'function') || exports === null) return builder;
  for (const name of Object.keys(exports)) {
    if (name !== 'default') builder.defineOne(name, exportGetter(exports, name));
  }
  // The mark of transpiled code is not enumerable, yet Node exports it.
  if (Object.hasOwn(exports, '__esModule')) builder.defineOne('__esModule', exportGetter(exports, '__esModule'));
  builder.finish();
  return builder;
}

/**
 * Node copies the value when the module has been evaluated. An accessor is read at first use instead: packages put
 * expensive or optional parts behind them, and Node reads only those that its lexer finds.
 */
function exportGetter(exports: object, name: string): Getter {
  const descriptor = Object.getOwnPropertyDescriptor(exports, name);
  if (descriptor?.get === undefined) {
    const value: unknown = descriptor?.value;
    return () => value;
  }
  let isRead = false;
  let value: unknown;
  return () => {
    if (!isRead) {
      value = (exports as Record<string, unknown>)[name];
      isRead = true;
    }
    return value;
  };
}

/** What `require` of an ES module gives: its `module.exports` export, else the namespace, marked `__esModule` if it has a default. */
export function exportsOfNamespace(builder: NamespaceBuilder): unknown {
  const { object } = builder;
  if (builder.has('module.exports')) return object['module.exports'];
  if (!builder.has('default') || builder.has('__esModule')) return object;
  const marked = new NamespaceBuilder();
  marked.reExport(object);
  marked.defineOne('default', () => object.default);
  marked.defineOne('__esModule', () => true);
  marked.finish();
  return marked.object;
}

function defineGetter(object: object, name: string, get: Getter): void {
  Object.defineProperty(object, name, { get, enumerable: true, configurable: true });
}
