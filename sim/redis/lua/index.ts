/**
 * Lua 5.1 as Redis 7.0.15 embeds it, compiled to JavaScript.
 *
 * Simple entry: `compileScript(source, sha).run(host, keys, argv)`.
 *
 * Reading order: `value.ts` (what a Lua value is), `table.ts` (ltable.c's layout), `error.ts` (how positions get into messages without a
 * stack to walk), `lexer.ts`, `parser.ts`, `parse-expression.ts` and `scopes.ts` (source to `syntax-tree.ts`), `emit.ts` and `emit-expression.ts` (tree to
 * JavaScript),
 * `runtime.ts` and `operators.ts` (what the JavaScript calls), `library/` (one file per Lua library), `globals.ts`, `engine.ts` (a run).
 *
 * Not here: commands, keys, clients, script caches and flags; those are the server's, reached through `ScriptHost`.
 */
export { compileScript } from './engine.ts';
export { LuaCompileError } from './error.ts';
export { compileLibrary, type FunctionFlag, type RegisteredFunction } from './function-library.ts';
export { sha1Hex } from './sha1.ts';
export { createLuaMemory, type LuaHost, type LuaMemory } from './state.ts';
