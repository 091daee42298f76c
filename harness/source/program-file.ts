/**
 * A program file as the loaders see it: read from the real disk, edited by the mutant's patches, its kind decided as Node decides it, and
 * transformed. Program text is read when it is loaded and never again; what a program reads through `fs` is data and another matter.
 */
import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { packageScopeOf } from './package-scope.ts';
import { applyPatch, type PatchSet } from './patch.ts';
import {
  hasModuleSyntax,
  isTypeScript,
  type ModuleKind,
  type TransformResult,
  transform,
  transformInParallel,
} from './transform.ts';

export type FileKind = ModuleKind | 'json' | 'addon';

export interface ProgramFile {
  readonly file: string;
  readonly kind: FileKind;
  /** The text as patched, before any transform. */
  readonly source: string;
}

export interface TransformedFile extends ProgramFile, TransformResult {}

/** Reads `file` (absolute, real path). Throws the error of the file system when it is not there. */
export function readProgramFile(file: string, patches: PatchSet): ProgramFile {
  const extension = extname(file);
  if (extension === '.node') return { file, kind: 'addon', source: '' };
  const source = applyPatch(patches, file, withoutMark(readFileSync(file, 'utf8')));
  return { file, kind: extension === '.json' ? 'json' : moduleKindOf(file, source), source };
}

/** `readProgramFile` and `transform` in one; JSON and addons have no code. */
export function loadProgramFile(file: string, patches: PatchSet): TransformedFile {
  const read = readProgramFile(file, patches);
  if (read.kind === 'json' || read.kind === 'addon') return { ...read, ...NO_CODE };
  return { ...read, ...transform(read.source, { file, kind: read.kind }) };
}

/** The same through esbuild's parallel interface. */
export async function loadProgramFileInParallel(file: string, patches: PatchSet): Promise<TransformedFile> {
  const read = readProgramFile(file, patches);
  if (read.kind === 'json' || read.kind === 'addon') return { ...read, ...NO_CODE };
  return { ...read, ...(await transformInParallel(read.source, { file, kind: read.kind })) };
}

/**
 * Node's rule: the extension, else the `type` of the nearest package.json, else the syntax. TypeScript with module syntax is a
 * module whatever the package says, unless its extension is `.cts`, since stripping keeps `import` as it is.
 */
function moduleKindOf(file: string, source: string): ModuleKind {
  if (/\.m[jt]s$/.test(file)) return 'module';
  if (/\.c[jt]s$/.test(file)) return 'commonjs';
  const extension = extname(file);
  if (extension !== '.js' && extension !== '.ts' && extension !== '') return 'commonjs';
  const type = packageScopeOf(file)?.type;
  if (type === 'module') return 'module';
  if (type === 'commonjs' && !isTypeScript(file)) return 'commonjs';
  return hasModuleSyntax(source) ? 'module' : 'commonjs';
}

const NO_CODE: TransformResult = { code: '', map: null, imports: [], isAsync: false, importCall: 'import' };

function withoutMark(text: string): string {
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}
