/**
 * Transforms the modules that a program will need before it runs, in parallel: the first load of a real process then finds
 * every ES module and TypeScript file in the cache. Only a head start: what is missed here is transformed when it is met.
 */
import { realpathSync } from 'node:fs';
import { extname } from 'node:path';
import { NO_PATCHES, type PatchSet } from './patch.ts';
import { loadProgramFileInParallel, type TransformedFile } from './program-file.ts';
import { resolveImport } from './resolve.ts';

export interface PrepareOptions {
  /** Mutant edits by absolute file; absent: none. */
  readonly patches?: PatchSet;
}

/**
 * Walks the static imports from `entry` (absolute file) and transforms each module once. A module that does not resolve is left for the
 * run to report; text that does not parse rejects with `E_PARSE`.
 */
export async function prepareProgram(entry: string, { patches = NO_PATCHES }: PrepareOptions = {}): Promise<void> {
  const seen = new Set<string>();
  const visit = async (file: string): Promise<void> => {
    if (seen.has(file) || extname(file) === '.node') return;
    seen.add(file);
    const loaded = await loadProgramFileInParallel(file, patches);
    await Promise.all(importedFiles(loaded).map(visit));
  };
  await visit(realpathSync(entry));
}

function importedFiles({ file, imports }: TransformedFile): string[] {
  const files: string[] = [];
  for (const { specifier } of imports) {
    try {
      const resolution = resolveImport(specifier, file);
      if (resolution.kind === 'file') files.push(resolution.file);
    } catch {
      // Virtual entries such as `seedstorm`, and what is really missing: the loader knows which.
    }
  }
  return files;
}
