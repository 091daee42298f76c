/**
 * No script reaches JavaScript.
 *
 * Two methods: generated code is scanned for names, which must all be `$`-prefixed, JavaScript keywords, or member names; and scripts full
 * of names that mean something to JavaScript run while a canary sits on `globalThis`, which must stay as it is.
 */
import { Script } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LuaCompileError } from '../../../../sim/redis/lua/index.ts';
import { generateSource } from '../../../../sim/redis/lua/runtime.ts';
import { brokenProgram, program, quoteLua } from '../../../differential/lua/program-arbitrary.ts';
import { createHost, evaluate } from './engine-host.ts';

const SEED = 7;
const WORDS = [
  '__proto__',
  'constructor',
  'prototype',
  'arguments',
  'eval',
  'this',
  'globalThis',
  'process',
  'require',
  'Function',
  'undefined',
  'NaN',
  'let',
  'var',
  'class',
  'await',
  'yield',
  'async',
  'new',
  'delete',
  'typeof',
  'void',
  'toString',
  'valueOf',
  'hasOwnProperty',
  'canary',
  'run',
  'c0',
];

/** Keywords that the generator uses. */
const KEYWORDS = new Set(
  'use strict const let return function if else for while break try catch finally throw typeof void instanceof true false yield'.split(
    ' ',
  ),
);

/** Names in JavaScript source outside of strings and not after a dot, which are neither keywords nor `$`-prefixed. */
function freeNames(code: string): string[] {
  const bare = code.replace(/"(?:[^"\\]|\\.)*"/g, '""').replace(/'(?:[^'\\]|\\.)*'/g, "''");
  const names = bare.match(/(?<![\w$.])[A-Za-z_][\w$]*/g) ?? [];
  return names.filter((name) => !KEYWORDS.has(name));
}

function generate(source: string): string | undefined {
  try {
    return generateSource(source, {
      chunk: 'user_script',
      source: '@user_script',
      globals: () => undefined,
      hasKeys: true,
    }).code;
  } catch (error) {
    if (error instanceof LuaCompileError) return undefined;
    throw error;
  }
}

function checkCode(source: string): void {
  const code = generate(source);
  if (code === undefined) return;
  expect(freeNames(code)).toEqual([]);
  // Compiles as the body of a function: no string broke out of its quotes.
  new Script(`(function($rt){${code}\n})`);
}

/** Programs in which every name and string is one that JavaScript knows, or has characters that end its strings. */
const hostile = fc
  .array(
    fc.oneof(
      fc.tuple(fc.constantFrom(...WORDS), fc.constantFrom(...WORDS)).map(([a, b]) => `local ${a} = ${b}`),
      fc
        .tuple(fc.constantFrom(...WORDS), fc.constantFrom(...WORDS))
        .map(([a, b]) => `pcall(function() return ${a}.${b}() end)`),
      fc.constantFrom(...WORDS).map((name) => `local function ${name}(${name}, ...) return ${name}, arg end`),
      fc.constantFrom(...WORDS).map((name) => `local t = {${name} = 1, ["${name}"] = 2} t.${name} = t["${name}"]`),
      fc.constantFrom(...WORDS).map((name) => `pcall(function() ${name} = 666 end)`),
      fc.constantFrom(...WORDS).map((name) => `for ${name} = 1, 2 do end for ${name}, _ in pairs({}) do end`),
      fc.constantFrom(...WORDS).map((name) => `pcall(function() local s = "x" return s.${name}, s:${name}() end)`),
      fc
        .constantFrom(
          '"',
          "'",
          '`',
          '$' + '{globalThis}',
          '\\',
          '*/',
          '//',
          '</script>',
          '\n',
          '\r',
          '\u0085',
          '"+globalThis.canary+"',
          '\0',
        )
        .map((string) => `local s = ${quoteLua(string)} redis.call("ECHO", s) local t = {[s] = s}`),
    ),
    { minLength: 1, maxLength: 12 },
  )
  .map((statements) => statements.join('\n'));

describe('the sandbox of compiled scripts', () => {
  it(`has only names of its own in the code of hostile programs (seed ${SEED})`, () => {
    fc.assert(fc.property(hostile, checkCode), { seed: SEED, numRuns: 300 });
  });

  it(`has only names of its own in the code of ordinary and broken programs (seed ${SEED})`, () => {
    fc.assert(fc.property(fc.oneof(program, brokenProgram), checkCode), { seed: SEED, numRuns: 300 });
  });

  it('names the free identifier that the scan would find', () => {
    expect(freeNames('"use strict";const $a=globalThis.x;return $a.process')).toEqual(['globalThis']);
  });

  it(`leaves a canary on globalThis alone and hands no JavaScript value to the host (seed ${SEED})`, () => {
    const canary = Object.freeze({});
    const scope = globalThis as { canary?: object };
    scope.canary = canary;
    const before = Reflect.ownKeys(globalThis).length;
    try {
      fc.assert(
        fc.property(hostile, (source) => {
          const host = createHost();
          try {
            evaluate(`${source}\nreturn 1`, { host });
          } catch (error) {
            if (!(error instanceof LuaCompileError)) throw error;
          }
          for (const call of host.calls) for (const arg of call) expect(typeof arg).toBe('string');
          expect(scope.canary).toBe(canary);
          expect(Reflect.ownKeys(globalThis).length).toBe(before);
        }),
        { seed: SEED, numRuns: 300 },
      );
    } finally {
      delete scope.canary;
    }
  });
});
