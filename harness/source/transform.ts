/**
 * Program text to something that a function can run: TypeScript is stripped, an ES module becomes the body of a function.
 *
 * esbuild does both. What it makes of a module is kept in shape for a loader that supplies the meaning: `require("x")` gives the
 * namespace of a static import, and the helpers `__export`, `__reExport`, `__toESM` and `__toCommonJS` are the loader's (their bodies in the
 * output are renamed out of the way), so bindings stay live. `import(x)` becomes a call of `importCall`, a free name of
 * the same length as `import`, and `import.meta` becomes `__this_meta`, again of the same length, so columns stay true. Free `require`,
 * `module` and `exports` of an ES module become names that nothing defines, so `typeof require` is `'undefined'` as in Node.
 *
 * Top-level await has no CommonJS form in esbuild. Such a module is first normalised (imports on top, one export list at the end), then
 * its body goes into `__runAsync(async () => { __exportLate({ name: () => name, ... }); body })` below its imports, and esbuild
 * turns the imports into live references.
 *
 * Left out: enums and other TypeScript that needs code generation (`E_PARSE`), tsconfig options.
 */
import { parse as lex } from 'es-module-lexer/js';
import type * as esbuild from 'esbuild';
import { SeedstormError } from '../../sim/kernel/errors.ts';
import { cached, keep, transformKey } from './compile-cache.ts';
import { findNonErasable } from './erasable.ts';
import { loadEsbuild } from './esbuild.ts';

/** How the text is to be run. CommonJS JavaScript only has its `import()` rewritten. */
export type ModuleKind = 'commonjs' | 'module';

export interface TransformOptions {
  /** Absolute path; its extension says whether the text is TypeScript, and messages name it. */
  readonly file: string;
  readonly kind: ModuleKind;
}

/** A static import that survived the removal of types. */
export interface StaticImport {
  readonly specifier: string;
  /** Names read from it (`default` included); empty for namespace imports, side effects and `export *`. */
  readonly names: readonly string[];
  /** Written `with { type: 'json' }`. */
  readonly isJson: boolean;
}

export interface TransformResult {
  readonly code: string;
  /** Source map (version 3, JSON) back to the text that was given; null when every position is unchanged. */
  readonly map: string | null;
  readonly imports: readonly StaticImport[];
  /** Uses top-level await: `code` then calls `__runAsync`. */
  readonly isAsync: boolean;
  /** The name called in place of `import`. */
  readonly importCall: string;
}

/** Transforms `source`, from the caches when it has been seen before. Throws `E_PARSE` with file, line, column and the line. */
export function transform(source: string, options: TransformOptions): TransformResult {
  if (isPlain(options)) return rewriteImportCalls(source);
  const key = keyOf(source, options);
  const known = cached<TransformResult>(key);
  if (known !== undefined) return known;
  refuseNonErasable(source, options);
  let result: TransformResult;
  try {
    result = finish(source, options, loadEsbuild().transformSync(source, stripOptions(options)));
  } catch (error) {
    if (!isTopLevelAwait(error, options)) throw parseError(error, source, options);
    result = transformAsyncModule(source, options);
  }
  keep(key, result);
  return result;
}

/** Like `transform`, for many files at once: esbuild works in parallel. */
export async function transformInParallel(source: string, options: TransformOptions): Promise<TransformResult> {
  if (isPlain(options)) return rewriteImportCalls(source);
  const key = keyOf(source, options);
  const known = cached<TransformResult>(key);
  if (known !== undefined) return known;
  refuseNonErasable(source, options);
  try {
    const result = finish(source, options, await loadEsbuild().transform(source, stripOptions(options)));
    keep(key, result);
    return result;
  } catch (error) {
    if (!isTopLevelAwait(error, options)) throw parseError(error, source, options);
    return transform(source, options);
  }
}

/** CommonJS JavaScript with `import(` replaced by a call; a text without one is returned as it is. */
function rewriteImportCalls(source: string): TransformResult {
  const text = source.startsWith('#!') ? `//${source.slice(2)}` : source;
  return { ...replaceImportCalls(text), map: null, imports: [], isAsync: false };
}

export function isTypeScript(file: string): boolean {
  return /\.[cm]?ts$/.test(file);
}

/** Whether the text has `import` or `export` statements or `import.meta`. Text that cannot be lexed has not. */
export function hasModuleSyntax(source: string): boolean {
  if (!/\b(?:import|export)\b/.test(source)) return false;
  try {
    return lex(source)[3];
  } catch {
    // Not a module, or broken: compiling it as CommonJS names the error.
    return false;
  }
}

/** What esbuild calls an anonymous `export default`, by the name of the file that it is given. */
export const ANONYMOUS_DEFAULT = 'program_default';

const TARGET = 'es2023';
const OUT_OF_MODULE_SCOPE = {
  'import.meta': '__this_meta',
  require: '__require_is_not_defined_in_an_ES_module',
  module: '__module_is_not_defined_in_an_ES_module',
  exports: '__exports_is_not_defined_in_an_ES_module',
};
const TOP_LEVEL_AWAIT = 'Top-level await is currently not supported';

function isPlain({ file, kind }: TransformOptions): boolean {
  return kind === 'commonjs' && !isTypeScript(file);
}

function keyOf(source: string, { file, kind }: TransformOptions): string {
  return transformKey([kind, isTypeScript(file) ? 'ts' : 'js', source]);
}

/** How esbuild is asked for one file. */
export function stripOptions({ file, kind }: TransformOptions): esbuild.TransformOptions {
  const loader = isTypeScript(file) ? 'ts' : 'js';
  return {
    loader,
    format: 'cjs',
    target: TARGET,
    platform: 'neutral',
    sourcefile: `program.${loader}`,
    sourcemap: 'external',
    sourcesContent: false,
    logLevel: 'silent',
    supported: { 'import-attributes': true },
    define: kind === 'module' ? OUT_OF_MODULE_SCOPE : {},
    // No tsconfig.json decides what a program means: the same text gives the same program everywhere.
    tsconfigRaw: '{}',
  };
}

function isTopLevelAwait(error: unknown, { kind }: TransformOptions): boolean {
  const errors = (error as Partial<esbuild.TransformFailure>).errors ?? [];
  return kind === 'module' && errors.length > 0 && errors.every(({ text }) => text.startsWith(TOP_LEVEL_AWAIT));
}

function finish(
  source: string,
  { kind }: TransformOptions,
  { code: text, map }: { readonly code: string; readonly map: string },
): TransformResult {
  const { code, importCall } = replaceImportCalls(text);
  // CommonJS in TypeScript keeps esbuild's helpers: its imports mean what TypeScript makes of them.
  if (kind === 'commonjs') return { code, map, imports: [], isAsync: false, importCall };
  const renamed = code.replace(/^var (__(?:export|reExport|toESM|toCommonJS)) = /gm, 'var $1_ = ');
  return { code: renamed, map, imports: staticImports(source, code), isAsync: false, importCall };
}

function transformAsyncModule(source: string, options: TransformOptions): TransformResult {
  const { loader, sourcefile, platform, target, logLevel, sourcesContent, supported } = stripOptions(options);
  try {
    const { outputFiles } = loadEsbuild().buildSync({
      stdin: { contents: source, loader: loader!, sourcefile: sourcefile!, resolveDir: '/' },
      platform: platform!,
      target: target!,
      logLevel: logLevel!,
      supported: supported!,
      sourcesContent: sourcesContent!,
      define: OUT_OF_MODULE_SCOPE,
      tsconfigRaw: '{}',
      format: 'esm',
      bundle: true,
      external: ['*'],
      treeShaking: false,
      sourcemap: 'inline',
      write: false,
      outdir: '/',
    });
    const hoisted = moveBodyIntoFunction(outputFiles[0]!.text);
    const output = loadEsbuild().transformSync(hoisted, { ...stripOptions(options), loader: 'js' });
    return { ...finish(source, options, output), isAsync: true };
  } catch (error) {
    throw parseError(error, source, options);
  }
}

/**
 * Imports go to the front of the first line, wherever they stood, as an engine hoists them; all else keeps its line, so that the source
 * map of `normalised` stays true.
 */
function moveBodyIntoFunction(normalised: string): string {
  let head = '';
  let body = '';
  let copied = 0;
  for (const found of lex(normalised)[0]) {
    if (found.type !== 'static' && found.type !== 'reexport-star') continue;
    const end = endOfStatement(normalised, found.importEnd);
    const statement = normalised.slice(found.importStart, end);
    head += `${statement.replaceAll('\n', ' ')}${statement.endsWith(';') ? '' : ';'} `;
    body += normalised.slice(copied, found.importStart) + statement.replace(/[^\n]/g, '');
    copied = end;
  }
  body = (body + normalised.slice(copied)).replace(/^#!.*/, '');
  const mapStart = body.lastIndexOf('//# sourceMappingURL=');
  const exportList = /^export \{\n((?: {2}.*\n)*)\};\n$/m.exec(body.slice(0, mapStart));
  const getters = (exportList?.[1] ?? '')
    .split('\n')
    .filter((line) => line !== '')
    .map(exportGetter);
  const late = getters.length === 0 ? '' : `__exportLate({ ${getters.join(', ')} });`;
  const statements = body.slice(0, exportList?.index ?? mapStart);
  return `${head}__runAsync(async () => { ${late}${statements}});\n${body.slice(mapStart)}`;
}

/** One line of esbuild's export list: `local`, `local as name` or `local as "any text"`. */
function exportGetter(line: string): string {
  const [local, name = local] = line.trim().replace(/,$/, '').split(' as ');
  return `${name}: () => ${local}`;
}

/** After the semicolon, if there is one; `export *` is reported up to its specifier's quote. */
function endOfStatement(text: string, from: number): number {
  const rest = /^["']?(?: with \{[^}]*\})?;?/.exec(text.slice(from, from + 200));
  return from + (rest?.[0].length ?? 0);
}

/** Columns stay as they are: the name put in place of `import` has six letters as well. */
function replaceImportCalls(source: string): { code: string; importCall: string } {
  const importCall = ['__load', '$$load', '__Load', '$$Load'].find((name) => !source.includes(name)) ?? '__1oad';
  // A call has its parenthesis next, or a comment before it: most files only write about imports, and lexing them is not free.
  if (!/\bimport\s*[(/]/.test(source)) return { code: source, importCall };
  let code = '';
  let copied = 0;
  try {
    for (const found of lex(source)[0]) {
      if (found.type !== 'dynamic') continue;
      code += source.slice(copied, found.importStart) + importCall;
      copied = found.importStart + 'import'.length;
    }
  } catch {
    // Text that cannot be lexed is left alone: compiling it says what is wrong.
    return { code: source, importCall };
  }
  return { code: code + source.slice(copied), importCall };
}

/** Reads the imports off esbuild's output, where each stands at the start of a line. */
function staticImports(source: string, code: string): StaticImport[] {
  const json = jsonSpecifiers(source);
  const mayAliasNamespace = /\bas\s+import_/.test(source);
  const found: StaticImport[] = [];
  const pattern =
    /^(?:var ([\w$]+) = )?(?:__toESM\(|__reExport\([\w$]+, )?require\(("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')\)(?:, module\.exports)?\)?;$/gm;
  for (const [, local, quoted] of code.matchAll(pattern)) {
    const specifier = unquote(quoted!);
    const names =
      local === undefined || !local.startsWith('import_') || mayAliasNamespace ? [] : memberNames(code, local);
    found.push({ specifier, names, isJson: json.has(specifier) });
  }
  return found;
}

function memberNames(code: string, local: string): string[] {
  const names = new Set<string>();
  const pattern = new RegExp(`(?<![\\w$.])${local.replaceAll('$', '\\$')}\\.([\\w$]+)`, 'g');
  for (const [, name] of code.matchAll(pattern)) names.add(name!);
  return [...names];
}

function unquote(quoted: string): string {
  return quoted.startsWith('"') ? (JSON.parse(quoted) as string) : quoted.slice(1, -1);
}

function jsonSpecifiers(source: string): Set<string> {
  const specifiers = new Set<string>();
  if (!/\bwith\b/.test(source)) return specifiers;
  try {
    for (const found of lex(source)[0]) {
      if (found.type !== 'static' && found.type !== 'reexport-star') continue;
      const isJson = found.attributes?.some(([name, value]) => name === 'type' && value === 'json') ?? false;
      if (isJson) specifiers.add(found.specifier);
    }
  } catch {
    // esbuild has accepted the text; an import of JSON then fails for want of its attribute, which names the file.
  }
  return specifiers;
}

/** Throws `E_PARSE` for TypeScript that stripping cannot remove. */
export function refuseNonErasable(source: string, { file }: TransformOptions): void {
  if (!isTypeScript(file)) return;
  const found = findNonErasable(source);
  if (found === undefined) return;
  const before = source.slice(0, found.at).split('\n');
  throw located({
    file,
    line: before.length,
    column: before[before.length - 1]!.length,
    lineText: source.split('\n')[before.length - 1]!,
    text: `${found.what} needs code generation; programs may use only TypeScript that type stripping can remove (erasableSyntaxOnly)`,
  });
}

/** `E_PARSE` from what esbuild reports. */
export function parseError(error: unknown, source: string, { file }: TransformOptions): SeedstormError {
  if (error instanceof SeedstormError) return error;
  const first = (error as Partial<esbuild.TransformFailure>).errors?.[0];
  if (first === undefined) {
    return new SeedstormError('E_PARSE', `Cannot transform ${file}: ${(error as Error).message}`, { cause: error });
  }
  const line = first.location?.line ?? 1;
  const lineText = first.location?.lineText ?? source.split('\n')[line - 1] ?? '';
  return located({ file, line, column: first.location?.column ?? 0, lineText, text: first.text });
}

/** `column` counts from 0; messages count from 1. */
function located(place: {
  file: string;
  line: number;
  column: number;
  lineText: string;
  text: string;
}): SeedstormError {
  const { file, line, column, lineText, text } = place;
  const marker = `${' '.repeat(column)}^`;
  return new SeedstormError('E_PARSE', `${file}:${line}:${column + 1}: ${text}.\n  ${lineText}\n  ${marker}`);
}

/** `E_PARSE` for text that the engine refused: esbuild says where, the engine itself where esbuild sees nothing wrong. */
export function explainSyntaxError(error: unknown, source: string, file: string): Error {
  if (!(error instanceof SyntaxError)) return error as Error;
  try {
    loadEsbuild().transformSync(source, { loader: isTypeScript(file) ? 'ts' : 'js', logLevel: 'silent' });
  } catch (failure) {
    return parseError(failure, source, { file, kind: 'commonjs' });
  }
  const line = Number(/^.*?:(\d+)\n/.exec(error.stack ?? '')?.[1] ?? 1);
  const lineText = source.split('\n')[line - 1] ?? '';
  return located({ file, line, column: 0, lineText, text: error.message });
}
