import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SeedstormError } from '../../../../sim/kernel/errors.ts';
import { firstUserFrame, installStackTraces, type StackTraces } from '../../../../sim/runtime/loader/index.ts';
import { prepareStackTrace } from '../../../../sim/runtime/loader/stack.ts';
import { createIncarnation, type Incarnation, removeProgram, writeProgram } from './incarnation.ts';

let root = '';
let traces: StackTraces | undefined;
let current: object | null = null;

const files = {
  'subjects/main.ts': `import { EventEmitter } from 'node:events';
interface Job { readonly id: number }
class Worker {
  async run(job: Job): Promise<string> { await null; return this.fail(job); }
  fail(job: Job): string { throw new RangeError('job ' + job.id); }
}
export const trace = async () => new Worker().run({ id: 1 }).catch((e) => e.stack);
export const inNode = () => { let stack; const e = new EventEmitter(); e.on('x', () => { stack = new Error('inside').stack; }); e.emit('x'); return stack; };
export const ofNode = () => { try { Buffer.alloc('x' as never); } catch (e) { return e.stack; } };
export const ask = (where: () => string) => where();
export const own = () => { const before = Error.prepareStackTrace; Error.prepareStackTrace = (_, s) => s.length; const n = new Error().stack; Error.prepareStackTrace = before; return [n, new Error('x').stack]; };
export const evaluated = () => (0, eval)('new Error("in eval").stack');
export const builtin = (f: (g: () => string) => string) => [f(() => [1].map(() => new Error('in map').stack)[0]!), f(() => { let s; new Promise(() => { s = new Error('in promise').stack; }); return s; })];
export const all = async () => { await Promise.all([1, 2].map(async () => { await null; throw new Error('in all'); })); };
import { inPackage } from 'tool'; export const viaPackage = (where: () => string) => inPackage(where);
`,
  'node_modules/tool/index.js': 'exports.inPackage = (f) => f();\nexports.boom = () => new Error("tool").stack;',
  'package.json': '{"type":"module"}',
};

interface Program {
  trace(): Promise<string>;
  inNode(): string;
  ofNode(): string;
  ask(where: () => string): string;
  own(): [unknown, string];
  evaluated(): string;
  builtin(around: (inner: () => string) => string): string[];
  all(): Promise<void>;
  viaPackage(where: () => string): string;
}

function load(one: Incarnation): Program {
  return one.graph.require('./subjects/main.ts', join(root, 'start.cjs')) as Program;
}

beforeEach(() => {
  root = writeProgram(files);
  traces = installStackTraces({ root, current: () => current });
});
afterEach(() => {
  current = null;
  traces?.uninstall();
  removeProgram(root);
});

describe('stack traces of a program', () => {
  it('show its own lines, relative to the root, with asynchronous frames and without others', async () => {
    const one = createIncarnation({ root });
    const program = load(one);
    current = one;
    expect(await program.trace()).toBe(
      'RangeError: job 1\n    at Worker.fail (subjects/main.ts:5:34)\n    at Worker.run (subjects/main.ts:4:66)',
    );
  });

  it('leave frames of Node out and keep the code of its errors', () => {
    const one = createIncarnation({ root });
    const program = load(one);
    current = one;
    const inNode = program.inNode();
    expect(inNode.split('\n').slice(0, 2)).toEqual([
      'Error: inside',
      expect.stringMatching(/^ {4}at .*subjects\/main\.ts:8:\d+\)?$/),
    ]);
    expect(inNode).not.toContain('node:');
    expect(program.ofNode()).toMatch(
      /^TypeError \[ERR_INVALID_ARG_TYPE\]: The "size" argument .*\n {4}at .*subjects\/main\.ts:9:/,
    );
  });

  it('are whole when the environment asks for it', () => {
    const program = load(createIncarnation({ root }));
    traces?.uninstall();
    process.env.SEEDSTORM_FULL_STACKS = '1';
    try {
      traces = installStackTraces({ root, current: () => current });
      expect(program.inNode()).toMatch(/ {4}at .*subjects\/main\.ts:8:.*\n {4}at .*node:events/);
    } finally {
      Reflect.deleteProperty(process.env, 'SEEDSTORM_FULL_STACKS');
    }
  });

  it('are the same when nobody is current any more', async () => {
    const program = load(createIncarnation({ root }));
    expect(await program.trace()).toContain('at Worker.fail (subjects/main.ts:5:34)');
  });

  it('keep errors of seedstorm and of the harness whole', () => {
    expect(new Error('harness').stack).toContain('stack.test.ts');
    current = {};
    expect(new SeedstormError('E_ASSERT', 'broken').stack).toContain('stack.test.ts');
  });

  it('let a program have its own prepareStackTrace, for itself alone', () => {
    const one = createIncarnation({ root });
    const program = load(one);
    current = one;
    const [count, after] = program.own();
    expect(count).toBeGreaterThan(1);
    expect(after).toMatch(/^Error: x\n {4}at .*subjects\/main\.ts:11:/);
    current = {};
    expect(typeof new Error('other').stack).toBe('string');
  });

  it('show functions of the language where the program calls them, and only there', async () => {
    const one = createIncarnation({ root });
    const program = load(one);
    current = one;
    const [inMap, inPromise] = program.builtin((inner) => [1].map(() => inner())[0]!);
    const functions = (stack: string | undefined) => stack?.match(/Array\.map|new Promise/g);
    expect([functions(inMap), functions(inPromise)]).toEqual([['Array.map'], ['new Promise']]);
    const error = await program.all().catch((failure: Error) => failure);
    expect(error?.stack).toMatch(
      /^Error: in all\n {4}at .*main\.ts:14:.*\n {4}at async Promise\.all \(index 0\)\n {4}at async .*main\.ts:14:/,
    );
  });

  it('can pass through eval', () => {
    const one = createIncarnation({ root });
    const program = load(one);
    current = one;
    expect(program.evaluated()).toMatch(
      /^Error: in eval\n {4}at eval \(eval at evaluated \(subjects\/main\.ts:12:\d+\), <anonymous>:1:1\)\n(?:.*\n)? {4}at .*subjects\/main\.ts:12:/,
    );
  });
});

describe('an error of a module body', () => {
  it('shows the frames that Node shows, less its own', async () => {
    const program = writeProgram({
      'main.mjs': 'import "./middle.mjs";',
      'middle.mjs': 'import "./late.mjs";',
      'late.mjs': "await import('./inner.mjs').catch((error) => console.log(error.stack));\nimport './cjs.cjs';",
      'inner.mjs': 'import "./thrower.mjs";',
      'thrower.mjs': 'function fail() {\n  throw new Error("on load");\n}\nfail();',
      'cjs.cjs': 'try { require("./deep.cjs"); } catch (error) { console.log(error.stack); }',
      'deep.cjs': '[1].forEach(() => { throw new TypeError("deep"); });',
    });
    traces?.uninstall();
    traces = installStackTraces({ root: program, current: () => current });
    try {
      const { graph, printed } = createIncarnation({ root: program });
      current = {};
      await graph.runMain(join(program, 'main.mjs'));
      current = null;
      const real = execFileSync(process.execPath, [join(program, 'main.mjs')], { encoding: 'utf8', env: {} });
      const own = real.split('\n').filter((line) => !line.includes('node:'));
      const shown = own.map((line) => line.replaceAll(`file://${program}/`, '').replaceAll(`${program}/`, ''));
      expect(`${printed.join('\n')}\n`).toBe(shown.join('\n'));
    } finally {
      removeProgram(program);
    }
  });
});

describe('prepareStackTrace', () => {
  it('survives what has no text', () => {
    const mute = {
      get message(): string {
        throw new Error('no text');
      },
    };
    expect(prepareStackTrace(mute, [])).toBe('<error>');
    expect(prepareStackTrace(new TypeError('text'), [])).toBe('TypeError: text');
    expect(prepareStackTrace({ name: 'Own', message: '' }, [])).toBe('Own');
  });
});

describe('firstUserFrame', () => {
  it('is the innermost line of the program, before that of a package', () => {
    const program = load(createIncarnation({ root }));
    expect(program.ask(firstUserFrame)).toBe('subjects/main.ts:10');
    expect(program.viaPackage(firstUserFrame)).toBe('subjects/main.ts:15');
    const tool = createIncarnation({ root }).graph.require('tool', join(root, 'x.cjs')) as {
      inPackage(f: () => string): string;
    };
    expect(tool.inPackage(firstUserFrame)).toBe('node_modules/tool/index.js:1');
    expect(firstUserFrame()).toBe('');
  });
});

describe('installing', () => {
  it('gives back what was there', () => {
    const during = Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace');
    traces?.uninstall();
    const after = Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace');
    traces = installStackTraces({ root, current: () => current });
    traces.uninstall();
    expect(Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace')).toEqual(after);
    expect(during?.get).toBeDefined();
  });
});
