/** What makes a graph virtual: several incarnations of the same files side by side, each with its own modules, globals and built-ins. */
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { parsePatch } from '../../../../harness/source/patch.ts';
import { installRealmAccessors, prepareProgram } from '../../../../sim/runtime/loader/index.ts';
import { createIncarnation, GLOBAL_NAMES, type Incarnation, removeProgram, writeProgram } from './incarnation.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) removeProgram(folder);
});

function program(files: Readonly<Record<string, string>>): string {
  const root = writeProgram(files);
  folders.push(root);
  return root;
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('two incarnations of one program', () => {
  it('have their own module state and their own globals', () => {
    const root = program({
      'main.mjs': 'import { next } from "./count.cjs"; console.log(next(), Date.now(), crypto.name); next();',
      'count.cjs': 'let count = 0; exports.next = () => ++count; const crypto = 5;',
    });
    for (const now of [7, 8]) {
      const { graph, printed } = createIncarnation({
        root,
        globals: { Date: { now: () => now }, crypto: { name: 'c' } },
      });
      graph.runMain(join(root, 'main.mjs'));
      expect(printed).toEqual([`1 ${now} c`]);
    }
  });

  it('read each file once', () => {
    const root = program({ 'main.cjs': 'console.log(1);' });
    createIncarnation({ root }).graph.runMain(join(root, 'main.cjs'));
    writeFileSync(join(root, 'main.cjs'), 'console.log(2);');
    const { graph, printed } = createIncarnation({ root });
    graph.runMain(join(root, 'main.cjs'));
    expect(printed).toEqual(['1']);
    expect(graph.loadedFiles()).toEqual([join(root, 'main.cjs')]);
  });

  it('get built-in modules from their own list, the same by every spelling', () => {
    const root = program({
      'main.mjs': `import net, { id } from 'net'; import * as nodeNet from 'node:net'; import { createRequire } from 'node:module'; import storm from 'seedstorm';
        const require = createRequire(import.meta.url); console.log(id, net === nodeNet.default, require('net') === net, require('node:net').id, storm.name, require('seedstorm').name);`,
    });
    const asked: string[] = [];
    const { graph, printed } = createIncarnation({
      root,
      builtin: (id) => {
        asked.push(id);
        return id === 'node:net' ? { id: 'virtual' } : id === 'seedstorm' ? { name: 'storm' } : undefined;
      },
    });
    graph.runMain(join(root, 'main.mjs'));
    expect(printed).toEqual(['virtual true true virtual storm storm']);
    expect(asked.sort()).toEqual(['node:module', 'node:net', 'seedstorm']);
  });

  it('can differ by the patches of a mutant', () => {
    const root = program({ 'main.ts': 'const limit: number = 10; console.log(limit);' });
    const patches = parsePatch('[{"file":"main.ts","find":"10","replace":"99"}]', join(root, 'm.patch.json'));
    const printed: string[] = [];
    for (const own of [undefined, patches, undefined]) {
      const one = createIncarnation({ root, ...(own === undefined ? {} : { patches: own }) });
      one.graph.runMain(join(root, 'main.ts'));
      printed.push(...one.printed);
    }
    expect(printed).toEqual(['10', '99', '10']);
  });
});

describe('a module graph', () => {
  it('returns at once for a program without top-level await, and a promise for one with it below', async () => {
    const root = program({
      'sync.mjs': 'import "./leaf.mjs";',
      'leaf.mjs': 'console.log("leaf");',
      'async.mjs': 'import "./waits.mjs"; console.log("after");',
      'waits.mjs': 'await null; console.log("waits");',
    });
    const { graph, printed } = createIncarnation({ root });
    expect(graph.runMain(join(root, 'sync.mjs'))).toBeUndefined();
    const done = graph.runMain(join(root, 'async.mjs'));
    expect(printed).toEqual(['leaf']);
    await done;
    expect(printed).toEqual(['leaf', 'waits', 'after']);
  });

  it('runs nothing of a program in which a static import cannot be resolved or parsed', () => {
    const root = program({
      'main.mjs': 'import "./first.mjs"; import "./missing.mjs";',
      'other.mjs': 'import "./first.mjs"; import "./broken.mjs";',
      'first.mjs': 'console.log("ran");',
      'broken.mjs': 'export const a = ;',
    });
    const { graph, printed } = createIncarnation({ root });
    expect(() => graph.runMain(join(root, 'main.mjs'))).toThrowError(
      expect.objectContaining({ code: 'ERR_MODULE_NOT_FOUND' }),
    );
    expect(() => graph.runMain(join(root, 'other.mjs'))).toThrowError(expect.objectContaining({ code: 'E_PARSE' }));
    expect(printed).toEqual([]);
  });

  it('names place and text of a syntax error in CommonJS', () => {
    const root = program({ 'main.cjs': 'const a = 1;\nconst a = 2;\n', 'bad.cjs': 'x(;' });
    const { graph } = createIncarnation({ root });
    expect(() => graph.runMain(join(root, 'bad.cjs'))).toThrowError(/bad\.cjs:1:3: Unexpected ";"\.\n {2}x\(;\n {4}\^/);
    expect(() => graph.runMain(join(root, 'main.cjs'))).toThrowError(/main\.cjs:2:7: .*"a" has already been declared/);
  });

  it('hands native addons to its owner and refuses module.register by name and place', () => {
    const root = program({
      'main.cjs': 'require("./addon.node");',
      'addon.node': '',
      'hooks.cjs': '\nrequire("module").register("./x.mjs");',
    });
    const { graph } = createIncarnation({ root });
    expect(() => graph.runMain(join(root, 'main.cjs'))).toThrowError(`native addon ${join(root, 'addon.node')}`);
    expect(() => graph.require('./hooks.cjs', join(root, 'main.cjs'))).toThrowError(
      expect.objectContaining({
        code: 'E_REFUSED',
        message: expect.stringMatching(/module\.register \(.*hooks\.cjs:2\)/),
      }),
    );
  });

  it('loads one module for a file and the symbolic links to it', () => {
    const root = program({
      'main.cjs':
        'console.log(require("./a.cjs") === require("./link.cjs"), require("linked") === require("./packages/linked/index.js"));',
      'a.cjs': '',
      'packages/linked/index.js': '',
      'node_modules/.keep': '',
    });
    symlinkSync(join(root, 'a.cjs'), join(root, 'link.cjs'));
    symlinkSync(join(root, 'packages/linked'), join(root, 'node_modules/linked'));
    const { graph, printed } = createIncarnation({ root });
    graph.runMain(join(root, 'main.cjs'));
    expect(printed).toEqual(['true true']);
  });

  it('loads nothing more once it is closed', async () => {
    const root = program({
      'main.cjs':
        'exports.later = () => import("./x.mjs").then(() => console.log("settled")); exports.now = () => require("./y.cjs");',
      'x.mjs': 'console.log("x");',
      'y.cjs': 'console.log("y");',
    });
    const { graph, printed } = createIncarnation({ root });
    const main = graph.require('./main.cjs', join(root, 'start.cjs')) as { later(): void; now(): unknown };
    main.later();
    graph.close();
    main.later();
    expect(main.now()).toEqual({});
    await turn();
    expect(printed).toEqual([]);
  });

  it('finds everything in the cache after prepareProgram', async () => {
    const root = program({
      'main.ts': 'import { b } from "./b.js"; console.log(b);',
      'b.ts': 'export const b: number = await 2;',
    });
    await prepareProgram(join(root, 'main.ts'));
    const { graph, printed } = createIncarnation({ root });
    await graph.runMain(join(root, 'main.ts'));
    expect(printed).toEqual(['2']);
    writeFileSync(join(root, 'bad.ts'), 'let x = ;');
    await expect(prepareProgram(join(root, 'bad.ts'))).rejects.toMatchObject({ code: 'E_PARSE' });
  });
});

describe('globals of virtual processes in one realm', () => {
  const code = {
    'main.cjs': `const seen = {
        direct: Date.now(), escaped: new Function('return Date.now()')(), evaluated: (0, eval)('Date.now()'), constructed: (() => {}).constructor('return Date')().now(),
        global: globalThis.Date.now(), self: new Function('return globalThis')() === globalThis, sloppy: new Function('return this')().Date.now() };
      exports.seen = seen; exports.read = () => foo; exports.write = (v) => { globalThis.foo = v; }; exports.assign = (v) => { foo = v; };
      exports.intrinsic = (v) => { globalThis.Promise = v; return [Promise === v, new Function('return Promise')() === v]; }; exports.typeOf = () => typeof foo; exports.symbol = () => globalThis[Symbol.for('registry')]; exports.mark = (v) => { globalThis[Symbol.for('registry')] = v; };
      exports.replace = (f) => { globalThis.setTimeout = f; return require('./late.cjs'); };`,
    'late.cjs': 'module.exports = setTimeout;',
  };
  interface Probe {
    seen: Record<string, unknown>;
    read(): unknown;
    write(value: unknown): void;
    assign(value: unknown): void;
    symbol(): unknown;
    typeOf(): string;
    intrinsic(value: unknown): unknown;
    mark(value: unknown): void;
    replace(value: unknown): unknown;
  }

  it('reach code that escapes lexical scope, and end with the installation', () => {
    const root = program(code);
    let current: Record<string, unknown> | null = null;
    // The assertions run as the harness: nothing of theirs may look at a program's globals.
    const as = <Result>(one: Incarnation, act: () => Result): Result => {
      current = one.globals;
      try {
        return act();
      } finally {
        current = null;
      }
    };
    const real = Date;
    const accessors = installRealmAccessors(GLOBAL_NAMES, () => current);
    try {
      const [first, second] = [1, 2].map((now) => {
        const one = createIncarnation({ root, globals: { Date: { now: () => now } } });
        const probe = as(one, () => one.graph.require('./main.cjs', join(root, 'x.cjs')) as Probe);
        const { self, ...clocks } = probe.seen;
        expect(self).toBe(true);
        expect(new Set(Object.values(clocks))).toEqual(new Set([now]));
        return { one, probe };
      }) as [{ one: Incarnation; probe: Probe }, { one: Incarnation; probe: Probe }];
      expect(Date).toBe(real);
      as(first.one, () => first.probe.write('a'));
      as(first.one, () => first.probe.mark('s'));
      expect(as(first.one, () => [first.probe.read(), first.probe.symbol()])).toEqual(['a', 's']);
      as(first.one, () => first.probe.assign('b'));
      expect(as(second.one, () => second.probe.symbol())).toBeUndefined();
      expect(() => as(second.one, () => second.probe.read())).toThrowError(new ReferenceError('foo is not defined'));
      as(second.one, () => second.probe.assign('sloppy'));
      expect(as(second.one, () => [second.probe.read(), second.probe.typeOf()])).toEqual(['sloppy', 'string']);
      as(second.one, () => second.probe.write('c'));
      expect(as(second.one, () => second.probe.read())).toBe('c');
      expect(as(first.one, () => first.probe.read())).toBe('b');
      const mine = () => {};
      expect(as(first.one, () => first.probe.replace(mine))).toBe(mine);
      expect(setTimeout).not.toBe(mine);
      const realPromise = Promise;
      expect(as(first.one, () => first.probe.intrinsic(mine))).toEqual([true, true]);
      expect(Promise).toBe(realPromise);
      expect(as(second.one, () => second.probe.intrinsic(realPromise))).toEqual([true, true]);
    } finally {
      accessors.leave();
    }
    current = { Date: {} };
    expect(Date).toBe(real);
    expect('foo' in globalThis).toBe(false);
  });
});
