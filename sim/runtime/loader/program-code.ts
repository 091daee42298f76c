/**
 * Compiled program files, one compilation for all incarnations in a real process.
 *
 * A file becomes two nested functions: the outer one takes the globals of an incarnation and the stand-in of `import()`, the inner one
 * is the module wrapper. One level would not do: `const crypto = require('crypto')` at the top of a file would clash with the
 * parameter `crypto`. Lines and columns of the compiled text are those of the (transformed) file.
 */
import { createHash } from 'node:crypto';
import { url as debuggerUrl } from 'node:inspector';
import { pathToFileURL } from 'node:url';
import { compileFunction } from 'node:vm';
import { NO_PATCHES, type PatchSet } from '../../../harness/source/patch.ts';
import { type FileKind, loadProgramFile, type TransformedFile } from '../../../harness/source/program-file.ts';
import type { Resolution } from '../../../harness/source/resolve.ts';
import { explainSyntaxError, type StaticImport } from '../../../harness/source/transform.ts';
import { outsideProcess } from './global-object.ts';
import { registerProgramSource } from './stack.ts';

/** The inner function; its parameters are `COMMONJS_PARAMETERS` or `MODULE_PARAMETERS`. */
export type ModuleBody = (...parameters: unknown[]) => unknown;

export interface CompiledFile {
  readonly file: string;
  readonly kind: FileKind;
  /** Values of the globals in order, then the stand-in of `import()`. Fails by assertion for JSON and addons. */
  readonly instantiate: (...globalsAndImport: unknown[]) => ModuleBody;
  readonly imports: readonly StaticImport[];
  readonly isAsync: boolean;
  /** Text of a JSON file. */
  readonly source: string;
  /** What its static imports have resolved to so far. */
  readonly imported: Map<string, Resolution>;
}

export interface ProgramCodeOptions {
  readonly globalNames: readonly string[];
  /** Mutant edits by absolute file; absent: none. */
  readonly patches?: PatchSet;
}

const COMMONJS_PARAMETERS = 'exports, require, module, __filename, __dirname';
const MODULE_PARAMETERS =
  'require, module, __export, __reExport, __toESM, __toCommonJS, __exportLate, __runAsync, __this_meta';

export class ProgramCode {
  readonly globalNames: readonly string[];
  readonly patches: PatchSet;
  private readonly files = new Map<string, CompiledFile>();

  constructor({ globalNames, patches = NO_PATCHES }: ProgramCodeOptions) {
    this.globalNames = globalNames;
    this.patches = patches;
  }

  /** The compiled `file` (absolute, real path). Throws `E_PARSE`, or the error of the file system. */
  get(file: string): CompiledFile {
    const known = this.files.get(file);
    if (known !== undefined) return known;
    const compiled = outsideProcess(() => this.compile(file));
    this.files.set(file, compiled);
    return compiled;
  }

  private compile(file: string): CompiledFile {
    const loaded = loadProgramFile(file, this.patches);
    return {
      file,
      kind: loaded.kind,
      instantiate: loaded.kind === 'json' || loaded.kind === 'addon' ? noCode : this.compileBody(loaded),
      imports: loaded.imports,
      isAsync: loaded.isAsync,
      source: loaded.kind === 'json' ? loaded.source : '',
      imported: new Map(),
    };
  }

  private compileBody(loaded: TransformedFile): CompiledFile['instantiate'] {
    const { file, kind, code, map, importCall, source } = loaded;
    const parameters = kind === 'module' ? MODULE_PARAMETERS : COMMONJS_PARAMETERS;
    const head = `return (function (${parameters}) {${kind === 'module' ? '"use strict";' : ''}`;
    const filename = this.shownFile(file);
    registerProgramSource(filename, { file, map });
    try {
      const text = `${head}${code}\n})${debuggerMap(loaded)}`;
      const names = [...this.globalNames, importCall];
      return compileFunction(text, names, { filename, columnOffset: -head.length }) as CompiledFile['instantiate'];
    } catch (error) {
      throw explainSyntaxError(error, source, file);
    }
  }

  /**
   * The name that call sites carry. A patched text has lines of its own, so it must not share a source map with the file as it is on disk
   * when both run in one real process.
   */
  private shownFile(file: string): string {
    const edits = this.patches.get(file);
    if (edits === undefined) return file;
    return `${file}?patch=${createHash('sha256').update(JSON.stringify(edits)).digest('hex').slice(0, 8)}`;
  }
}

/** Under a debugger the text carries its source map, so that breakpoints can be set in the program as it was written. */
function debuggerMap({ file, map, source }: TransformedFile): string {
  if (map === null || debuggerUrl() === undefined) return '';
  const complete = { ...(JSON.parse(map) as object), sources: [pathToFileURL(file).href], sourcesContent: [source] };
  const encoded = Buffer.from(JSON.stringify(complete)).toString('base64');
  return `\n//# sourceMappingURL=data:application/json;base64,${encoded}`;
}

const shared = new WeakMap<PatchSet, Map<string, ProgramCode>>();

/** The code that all graphs with these names and patches share in this real process. */
export function sharedProgramCode(options: Required<ProgramCodeOptions>): ProgramCode {
  const byNames = shared.get(options.patches) ?? new Map<string, ProgramCode>();
  shared.set(options.patches, byNames);
  const key = options.globalNames.join();
  const code = byNames.get(key) ?? new ProgramCode(options);
  byNames.set(key, code);
  return code;
}

function noCode(): never {
  throw new Error('A JSON file or an addon has no code.');
}
