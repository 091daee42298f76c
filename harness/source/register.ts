/**
 * `node --import seedstorm/register program.ts`: a plain Node runs TypeScript programs and mutants from the same text as the virtual
 * loader.
 *
 * Modules stay modules and CommonJS stays CommonJS: only types are stripped, and the edits of the patch file named by the
 * environment variable SEEDSTORM_PATCH are applied. This one file is both the preload and, under the query `?hooks`, the hooks
 * themselves: a Node without `module.registerHooks` runs those in a thread of their own.
 */
import * as nodeModule from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { loadPatch, NO_PATCHES, type PatchSet } from './patch.ts';
import { type ProgramFile, readProgramFile } from './program-file.ts';
import { siblingSource } from './resolve.ts';
import { stripTypes } from './strip-types.ts';
import { isTypeScript } from './transform.ts';

type Later<Value> = Value | Promise<Value>;

interface Resolved {
  readonly url: string;
  readonly format?: string | null;
  readonly shortCircuit?: boolean;
}

interface Loaded {
  readonly format: string;
  readonly source?: string | undefined;
  readonly shortCircuit?: boolean;
}

type NextResolve = (specifier: string, context: { parentURL?: string }) => Later<Resolved>;
type NextLoad = (url: string, context: object) => Later<Loaded>;

/** Members of `node:module` that its types do not have: older or newer than they are. */
interface ModuleInternals {
  registerHooks?(hooks: { resolve: typeof resolve; load: typeof load }): void;
  readonly _extensions: Record<string, CommonJsExtension>;
}

interface CompilableModule {
  _compile(source: string, file: string, format?: string): void;
}

type CommonJsExtension = (module: CompilableModule, file: string) => void;

const patchFile = process.env.SEEDSTORM_PATCH;
const patches: PatchSet = patchFile === undefined || patchFile === '' ? NO_PATCHES : loadPatch(patchFile);
const internals = nodeModule.default as unknown as ModuleInternals;

/** Hook: what Node finds, else `./x.ts` for the `./x.js` of a TypeScript file. */
export function resolve(specifier: string, context: { parentURL?: string }, next: NextResolve): Later<Resolved> {
  const recover = (error: unknown): Resolved => {
    const source = sourceUrl(specifier, context.parentURL);
    if (source === undefined) throw error;
    return { url: source, shortCircuit: true };
  };
  try {
    const found = next(specifier, context);
    return found instanceof Promise ? found.catch(recover) : found;
  } catch (error) {
    return recover(error);
  }
}

/** Hook: TypeScript and patched files come from here, everything else from Node. */
export function load(url: string, context: object, next: NextLoad): Later<Loaded> {
  const file = url.startsWith('file:') ? fileURLToPath(url) : undefined;
  if (file === undefined || !isOurs(file)) return next(url, context);
  const program = readProgramFile(file, patches);
  // Node's own CommonJS loader takes over, and comes back through the extension below.
  if (program.kind === 'commonjs') return { format: 'commonjs', shortCircuit: true };
  return { format: program.kind, source: textOf(program), shortCircuit: true };
}

function isOurs(file: string): boolean {
  return isTypeScript(file) || patches.has(file);
}

function textOf(program: ProgramFile): string {
  const { file, kind, source } = program;
  return kind === 'commonjs' || kind === 'module' ? stripTypes(source, { file, kind }) : source;
}

function sourceUrl(specifier: string, parentUrl: string | undefined): string | undefined {
  if (parentUrl?.startsWith('file:') !== true || !/^(?:\.\.?\/|\/|file:)/.test(specifier)) return undefined;
  const source = siblingSource(fileURLToPath(new URL(specifier, parentUrl)), fileURLToPath(parentUrl));
  return source === undefined ? undefined : pathToFileURL(source).href;
}

function install(): void {
  process.setSourceMapsEnabled(true);
  if (internals.registerHooks === undefined) nodeModule.register(`${import.meta.url}?hooks`);
  else internals.registerHooks({ resolve, load });
  for (const extension of ['.js', '.ts', '.cts', '.mts']) extendCommonJs(extension);
}

/** `require` of a TypeScript or patched file. */
function extendCommonJs(extension: string): void {
  const javascript = internals._extensions['.js']!;
  const before = internals._extensions[extension] ?? javascript;
  internals._extensions[extension] = (module, file) => {
    if (!isOurs(file)) return before(module, file);
    const program = readProgramFile(file, patches);
    return module._compile(textOf(program), file, program.kind);
  };
}

if (!import.meta.url.endsWith('?hooks')) install();
