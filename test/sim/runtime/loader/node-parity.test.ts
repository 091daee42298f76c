/**
 * The same files under plain Node and under the virtual loader, compared by what they print.
 *
 * Each case is a small program about one part of Node's module systems. Whatever it prints under the Node that runs this test is
 * right by definition; no expectation is written down here, so a case is worth something only if it prints what it is about.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createIncarnation, removeProgram, writeProgram } from './incarnation.ts';

interface Case {
  readonly claim: string;
  readonly main: string;
  readonly files: Readonly<Record<string, string>>;
}

const packageFiles = {
  'node_modules/both/package.json': JSON.stringify({
    name: 'both',
    exports: { '.': { import: './esm.mjs', require: './cjs.cjs' }, './deep/*': './files/*.js', './hidden/*': null },
  }),
  'node_modules/both/esm.mjs': 'export const kind = "esm"; export default 1;',
  'node_modules/both/cjs.cjs': 'exports.kind = "cjs";',
  'node_modules/both/files/one.js': 'exports.one = 1;',
  'node_modules/old/package.json': JSON.stringify({ name: 'old', main: './lib/start' }),
  'node_modules/old/lib/start.js': 'module.exports = function old() {}; module.exports.extra = 1;',
};

const describeError = 'const say = (e) => console.log(e.name, e.code, e.message.split("\\n")[0]);';

const cases: readonly Case[] = [
  {
    claim: 'CommonJS: cache, children, main, paths, this',
    main: 'main.cjs',
    files: {
      'main.cjs': `const a = require('./a.cjs');
        console.log(this === module.exports, require.main === module, module.id, module.loaded, module.parent);
        console.log(Object.keys(require.cache).length, module.children.map((m) => m.id === m.filename), a.parent === module);
        console.log(require('./a.cjs') === a, a.loaded, module.children.length, module.paths.length > 1, arguments.length);
        delete require.cache[require.resolve('./a.cjs')];
        console.log(require('./a.cjs') === a, typeof require.extensions['.js'], require.resolve('fs'), require.resolve('node:fs'));
        console.log(Object.keys(module).sort().join(), module.constructor === require('module'));
        console.log(require.resolve.paths('x').length === module.paths.length + 3 || require.resolve.paths('x').length >= module.paths.length, require.resolve.paths('fs'));`,
      'a.cjs':
        'exports.parent = module.parent; exports.loaded = module.loaded; exports.main = require.main.filename === __filename;',
    },
  },
  {
    claim: 'CommonJS: a cycle sees what was exported so far',
    main: 'main.cjs',
    files: {
      'main.cjs': 'exports.early = 1; const b = require("./b.cjs"); exports.late = 2; console.log(b.seen, b.all());',
      'b.cjs': 'const a = require("./main.cjs"); exports.seen = Object.keys(a); exports.all = () => Object.keys(a);',
    },
  },
  {
    claim: 'CommonJS: errors of require',
    main: 'main.cjs',
    files: {
      ...packageFiles,
      'main.cjs': `${describeError}
        for (const id of ['./nope.cjs', 'nope', 'both/none', 'both/hidden/x', 'node:nope', '', 1, undefined]) { try { require(id); } catch (e) { say(e); } }
        try { require('./thrower.cjs'); } catch (e) { say(e); }
        console.log(Object.keys(require.cache).length, module.children.length);
        try { require('./deeper/asks.cjs'); } catch (e) { console.log(e.message.split('\\n').length, e.requireStack.length); }
        try { require('./bad.json'); } catch (e) { console.log(e.name, e.message.includes('bad.json')); }`,
      'thrower.cjs': 'throw new RangeError("on load");',
      'deeper/asks.cjs': 'require("missing-package");',
      'bad.json': '{ not json',
    },
  },
  {
    claim: 'CommonJS: folders, extensions, JSON, packages, symbols of a package',
    main: 'main.cjs',
    files: {
      ...packageFiles,
      'main.cjs': `console.log(require('./folder').it, require('./data').n, require('./data.json') === require('./data.json'), require('./plain').p);
        console.log(require('both').kind, require('both/deep/one').one, require('old').name, require('old').extra);`,
      'folder/index.js': 'exports.it = __dirname.endsWith("folder") && __filename.endsWith("index.js");',
      'data.json': '{"n":5}',
      'plain.js': 'exports.p = typeof module;',
    },
  },
  {
    claim: 'ES modules: live bindings, cycles, hoisted functions, order',
    main: 'main.mjs',
    files: {
      'main.mjs': `import { count, bump, late } from './counter.mjs'; import './order-1.mjs'; import './order-2.mjs';
        console.log(count); bump(); console.log(count, late()); export function hoisted() { return 'hoisted'; }
        try { count = 5; } catch (e) { console.log(e.name); } console.log(typeof this, typeof require, typeof module, typeof exports, typeof __filename);`,
      'counter.mjs': `import { hoisted } from './main.mjs'; export let count = 0; export function bump() { count++; }
        console.log('counter', hoisted()); export const late = () => hoisted();`,
      'order-1.mjs': 'console.log("one"); import "./shared.mjs";',
      'order-2.mjs': 'import "./shared.mjs"; console.log("two");',
      'shared.mjs': 'console.log("shared");',
    },
  },
  {
    claim: 'ES modules: namespaces and export stars',
    main: 'main.mjs',
    files: {
      'main.mjs': `import * as ns from './hub.mjs'; import again, { renamed, inner } from './hub.mjs';
        console.log(Object.keys(ns), Object.getPrototypeOf(ns), ns[Symbol.toStringTag], String(Object.prototype.toString.call(ns)));
        console.log(again, renamed, inner.x, 'y' in ns, 'both' in ns, ns.zeta, (await import('./hub.mjs')) === ns);
        try { ((o) => { o.zeta = 1; })(ns); } catch (e) { console.log(e.name); }
        console.log(JSON.stringify(Object.entries(ns).map(([k, v]) => [k, typeof v])));`,
      'hub.mjs': `export * from './x.mjs'; export * from './y.mjs'; export * as inner from './x.mjs'; export { x as renamed } from './x.mjs';
        const zeta = 'z'; export { zeta, zeta as "any name" }; export default class Named {}`,
      'x.mjs': 'export const x = 1; export const both = 1; export default 2;',
      'y.mjs': 'export const y = 2; export const both = 2; import "./hub.mjs";',
    },
  },
  {
    claim: 'ES modules: a star through a cycle delivers names that come later',
    main: 'main.mjs',
    files: {
      'main.mjs': 'import * as a from "./a.mjs"; console.log(Object.keys(a), a.own(), a.fromB);',
      'a.mjs': 'export * from "./b.mjs"; export const fromA = 1; export function own() { return "own"; }',
      'b.mjs': 'export * from "./a.mjs"; import { own } from "./a.mjs"; export const fromB = own();',
    },
  },
  {
    claim: 'ES modules import CommonJS: default and named',
    main: 'main.mjs',
    files: {
      ...packageFiles,
      'main.mjs': `import whole, { a, b } from './cjs.cjs'; import * as ns from './cjs.cjs'; import transpiled, { named } from './transpiled.cjs'; import * as nst from './transpiled.cjs'; console.log(Object.keys(nst));
        console.log(whole.a, a, b(), Object.keys(ns), ns.default === whole, (await import('./cjs.cjs')) === ns);
        console.log(transpiled, named, typeof transpiled.default); import old, { extra } from 'old'; console.log(old.name, extra);
        import fs, { readFileSync } from 'fs'; import * as nsfs from 'node:fs'; console.log(fs.readFileSync === readFileSync, nsfs.default === fs, nsfs.promises === fs.promises);`,
      'cjs.cjs':
        'exports.a = 1; exports.b = () => "b"; setTimeout(() => {}, 0); exports.parentIs = String(module.parent);',
      'transpiled.cjs':
        'Object.defineProperty(exports, "__esModule", { value: true }); exports.default = "d"; exports.named = "n";',
    },
  },
  {
    claim: 'ES modules: conditions, self reference, package imports',
    main: 'main.mjs',
    files: {
      ...packageFiles,
      'package.json': JSON.stringify({
        name: 'self',
        exports: { '.': './main.mjs', './tool': { node: './tool.mjs', default: './nothing.mjs' } },
        imports: { '#tool': './tool.mjs', '#both': 'both', '#dir/*': './dir/*.mjs' },
      }),
      'main.mjs': `import { kind } from 'both'; import { tool } from 'self/tool'; import { tool as again } from '#tool';
        import { kind as mapped } from '#both'; import { leaf } from '#dir/leaf'; import { createRequire } from 'node:module';
        const require = createRequire(import.meta.url);
        console.log(kind, tool === again, mapped, leaf, require('both').kind, require('self/tool').tool === tool);`,
      'tool.mjs': 'export const tool = {};',
      'dir/leaf.mjs': 'export const leaf = "leaf";',
    },
  },
  {
    claim: 'ES modules: errors of import()',
    main: 'main.mjs',
    files: {
      ...packageFiles,
      'dir/x.mjs': '',
      'file.txt': '',
      'bad.mjs': 'throw new TypeError("again");',
      'main.mjs': `const errors = []; const root = import.meta.dirname;
        for (const id of ['./nope.mjs', 'nope', 'both/none', 'both/hidden/x', './dir', '#none', 'node:nope', 'https://x/y', './file.txt', './a%2fb.mjs', './data.json']) {
          await import(id).catch((e) => console.log(id, e.name, e.code, e.message.split('\\n')[0].replaceAll(root, '')));
        }
        const first = await import('./bad.mjs').catch((e) => e); const second = await import('./bad.mjs').catch((e) => e);
        console.log(first === second, first.name);`,
      'data.json': '{}',
    },
  },
  {
    claim: 'ES modules: import.meta, JSON with its attribute, queries, computed import()',
    main: 'main.mjs',
    files: {
      'main.mjs': `import data from './data.json' with { type: 'json' };
        const root = import.meta.dirname; const show = (t) => t.replace(root, '');
        console.log(Object.keys(import.meta).sort(), show(import.meta.url), show(import.meta.filename), show(import.meta.resolve('./x.mjs')), import.meta.resolve('node:fs'), import.meta.resolve('fs'));
        const name = './once.mjs'; const [a, b] = await Promise.all([import(name), import(name)]); const c = await import(name + '?v=1');
        console.log(data.n, a === b, a === c, a.object === c.object, (await import('./data.json', { with: { type: 'json' } })).default.n);
        console.log(typeof import('./once.mjs').then, await import({ toString: () => './once.mjs' }) === a);`,
      'data.json': '{"n":7}',
      'once.mjs': 'export const object = {}; console.log("once", import.meta.url.split("once.mjs")[1]);',
    },
  },
  {
    claim: 'top-level await: order, live bindings, hoisting, failures',
    main: 'main.mjs',
    files: {
      'main.mjs': `import { value, bump, later } from './slow.mjs'; import { plain } from './plain.mjs'; import './sync.mjs';
        console.log('main', value, plain, later()); bump(); console.log(value); const failed = await import('./fails.mjs').catch((e) => e.message);
        console.log(failed); export { helper as default }; function helper() {} for await (const x of [1, Promise.resolve(2)]) console.log(x);`,
      'slow.mjs': `console.log('slow starts'); export let value = await Promise.resolve(1); await null; export function bump() { value++; }
        console.log('slow ends'); export const later = () => later.name; export default await 5;`,
      'plain.mjs': 'import { value } from "./slow.mjs"; console.log("plain", value); export const plain = value + 1;',
      'sync.mjs': 'console.log("sync");',
      'fails.mjs': 'await null; throw new Error("late failure");',
    },
  },
  {
    claim: 'top-level await in a cycle',
    main: 'main.mjs',
    files: {
      'main.mjs': 'import { a } from "./a.mjs"; console.log("main", a);',
      'a.mjs': 'import { b } from "./b.mjs"; console.log("a", b); export const a = await Promise.resolve("a" + b);',
      'b.mjs': 'import "./a.mjs"; import { c } from "./c.mjs"; export const b = "b" + c; console.log("b");',
      'c.mjs': 'import "./a.mjs"; export const c = await Promise.resolve("c"); console.log("c");',
    },
  },
  {
    claim: 'syntax decides when nothing else does',
    main: 'main.js',
    files: {
      'package.json': '{"name":"undecided"}',
      'main.js':
        'import { a } from "./a.js"; import b from "./b.js"; console.log(a, b.b, import.meta.filename.endsWith("main.js"));',
      'a.js': 'export const a = typeof require;',
      'b.js': 'exports.b = typeof require; // export const x = 1;',
      'typed/package.json': '{"type":"commonjs"}',
    },
  },
  {
    claim: 'import() from CommonJS, and the same instance from both systems',
    main: 'main.cjs',
    files: {
      'main.cjs': `#!/usr/bin/env node
        const cjs = require('./value.cjs');
        import('./esm.mjs').then(async (ns) => {
          console.log(ns.default, ns.seen === cjs, (await import('./value.cjs')).default === cjs);
          console.log(await import('./nothing.mjs').catch((e) => e.code), /* import( */ "import('x')", \`\${(await import('./esm.mjs')).default}\`);
        });
        console.log('first');`,
      'value.cjs': 'module.exports = { tag: {} };',
      'esm.mjs': 'import value from "./value.cjs"; export const seen = value; export default "esm";',
    },
  },
  {
    claim: 'module: createRequire, builtinModules, isBuiltin, wrapping _load',
    main: 'main.mjs',
    files: {
      'main.mjs': `import Module, { createRequire, builtinModules, isBuiltin } from 'node:module';
        const require = createRequire(import.meta.url); console.log(require('./c.cjs').ok, builtinModules.includes('fs'), isBuiltin('node:fs'), isBuiltin('nope'), require.main);
        for (const bad of ['./x', 'x', 5]) { try { createRequire(bad); } catch (e) { console.log(e.name, e.code); } }
        const load = Module._load; const seen = []; Module._load = function (id, ...rest) { seen.push(id); return load.call(this, id, ...rest); };
        require('./d.cjs'); console.log(seen, Module.Module === Module, require.resolve('./c.cjs') === Module._resolveFilename('./c.cjs', { filename: import.meta.filename, paths: [], id: import.meta.filename }));`,
      'c.cjs': 'exports.ok = module.parent === undefined ? "no parent" : typeof module.parent;',
      'd.cjs': 'require("./c.cjs"); require("fs");',
    },
  },
  {
    claim: 'CommonJS requires ES modules',
    main: 'main.cjs',
    files: {
      'package.json': '{"type":"module"}',
      'main.cjs': `${describeError}
        const ns = require('./with-default.mjs'); console.log(Object.keys(ns).sort(), ns.__esModule, ns.default, require('./with-default.mjs') === ns);
        const plain = require('./plain.js'); console.log(Object.keys(plain), plain.__esModule, plain[Symbol.toStringTag]); plain.bump(); console.log(plain.n);
        console.log(require('./as-exports.mjs'));
        for (const id of ['./waits.mjs', './waits-below.mjs', './cycle.mjs']) { try { require(id); } catch (e) { console.log(id, e.code, e.name); } }
        import('./plain.js').then((esm) => console.log(esm.n, esm.object === plain.object));`,
      'with-default.mjs': 'export default 1; export const other = 2;',
      'plain.js': 'export let n = 0; export function bump() { n++; } export const object = {};',
      'as-exports.mjs': 'export { f as "module.exports" }; function f() {} export default 0;',
      'waits.mjs': 'await null; export const a = 1;',
      'waits-below.mjs': 'import "./waits.mjs";',
      'cycle.mjs': 'import "./back.cjs";',
      'back.cjs': 'require("./cycle.mjs");',
    },
  },
  {
    claim: 'names that a module does not export',
    main: 'main.mjs',
    files: {
      'main.mjs': `for (const id of ['./a.mjs', './b.mjs', './c.mjs']) await import(id).catch((e) => console.log(e.name, e.message.split('\\n')[0]));`,
      'a.mjs': 'import { nope } from "./values.mjs"; console.log(nope);',
      'b.mjs': 'import nope from "./values.mjs"; console.log(nope);',
      'c.mjs': 'export { nope } from "./values.mjs"; import { nope as x } from "./values.mjs"; console.log(x);',
      'values.mjs': 'export const yes = 1;',
    },
  },
  {
    claim: 'names of functions and classes, strictness, bindings before their time',
    main: 'main.mjs',
    files: {
      'main.mjs': `import named from './named.mjs'; import anonymous from './anonymous.mjs'; import arrow from './arrow.mjs'; import C from './class.mjs';
        console.log(named.name, C.name, anonymous.name, arrow.name); try { undeclared = 1; } catch (e) { console.log(e.name, e.message); }
        try { early; } catch (e) { console.log(e.name); } let early = 1;
        console.log((function () { return this; })(), [typeof anonymous, typeof arrow]);
        import { probe } from './probe.mjs'; export const late = 1; console.log(probe());`,
      'named.mjs': 'export default function named() {}',
      'anonymous.mjs': 'export default function () {}',
      'arrow.mjs': 'export default () => {};',
      'class.mjs': 'export default class Named { static x = Named.name; }',
      'probe.mjs': `import { late } from './main.mjs'; let seen; try { seen = late; } catch (e) { seen = e.name; } export const probe = () => [seen, late];`,
    },
  },
  {
    claim: 'eval, new Function and globals of the program',
    main: 'main.cjs',
    files: {
      'main.cjs': `var local = 1; console.log(eval('local + 1'), typeof globalThis, global === globalThis, Object.prototype.toString.call(globalThis));
        console.log('Array' in globalThis, globalThis.Array === Array, typeof globalThis.setTimeout, globalThis.nope, typeof globalThis.globalThis);
        globalThis.added = 5; console.log(globalThis.added, Object.keys(globalThis).includes('added'), delete globalThis.added, globalThis.added, [] instanceof globalThis.Array);`,
    },
  },
  {
    claim: 'syntax that looks like something else',
    main: 'main.cjs',
    files: {
      'main.cjs': `const crypto = require('crypto'); const process = 1; let console_ = console; var Buffer = require('buffer').Buffer;
        const o = { import: 1, 'import(x)': 2 }; console.log(typeof crypto.randomBytes, process, o.import, /import\\(/.source, Buffer.from('a').length);
        "use strict"; console.log((function () { return this !== undefined; })());`,
    },
  },
];

describe('a program prints under the virtual loader what it prints under Node', () => {
  for (const { claim, main, files } of cases) {
    it(claim, async () => {
      const root = writeProgram(files);
      try {
        const [real, virtual] = [await runInNode(root, main), await runVirtually(root, main)];
        expect(virtual).toBe(real);
        expect(real).not.toBe('');
      } finally {
        removeProgram(root);
      }
    });
  }
});

async function runInNode(root: string, main: string): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [join(root, main)], {
    env: { PATH: process.env.PATH, NO_COLOR: '1', NODE_NO_WARNINGS: '1' },
  });
  return stdout;
}

async function runVirtually(root: string, main: string): Promise<string> {
  const { graph, printed } = createIncarnation({ root });
  await graph.runMain(join(root, main));
  // Programs that end with a pending import() finish in microtasks.
  await new Promise((resolve) => setImmediate(resolve));
  return printed.map((line) => `${line}\n`).join('');
}
