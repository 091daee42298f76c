/**
 * Mutants: a hardened program with one part broken on purpose, kept as text edits and applied in memory, never as a copied file.
 *
 * A patch file is JSON: `[{ "file": "../hardened.ts", "find": "...", "replace": "..." }]`, paths relative to the patch file. Each `find`
 * must occur exactly once in the text that it meets (edits of one file are applied in order), so that a mutant breaks loudly when
 * the program under it changes.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import type * as zod from 'zod';
import { SeedstormError } from '../../sim/kernel/errors.ts';

export interface PatchEdit {
  readonly find: string;
  readonly replace: string;
}

/** Edits by absolute file. */
export type PatchSet = ReadonlyMap<string, readonly PatchEdit[]>;

export const NO_PATCHES: PatchSet = new Map();

/** Reads a patch file. Throws `E_INPUT` that names the file and the path inside it. */
export function loadPatch(patchFile: string): PatchSet {
  return parsePatch(readPatchText(patchFile), patchFile);
}

/** The edits in `text`, with files resolved against the folder of `patchFile`. */
export function parsePatch(text: string, patchFile: string): PatchSet {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new SeedstormError('E_INPUT', `${patchFile} is not JSON: ${(error as Error).message}.`, { cause: error });
  }
  const parsed = patchSchema().safeParse(json);
  if (!parsed.success) {
    const issues = parsed.error.issues.map((issue) => `${describePath(issue.path)}: ${issue.message}`);
    throw new SeedstormError('E_INPUT', `${patchFile} is not a patch: ${issues.join('; ')}.`, { cause: parsed.error });
  }
  const edits = new Map<string, PatchEdit[]>();
  for (const { file, find, replace } of parsed.data) {
    const target = resolve(dirname(patchFile), file);
    const known = edits.get(target);
    if (known === undefined) edits.set(target, [{ find, replace }]);
    else known.push({ find, replace });
  }
  return edits;
}

/** `source` of the absolute `file` after the edits that `patches` has for it. Throws `E_INPUT` unless each is found exactly once. */
export function applyPatch(patches: PatchSet, file: string, source: string): string {
  const edits = patches.get(file);
  if (edits === undefined) return source;
  let text = source;
  for (const { find, replace } of edits) {
    const start = text.indexOf(find);
    if (start < 0) throw new SeedstormError('E_INPUT', `A patch does not fit ${file}: ${quote(find)} is not in it.`);
    const again = text.indexOf(find, start + 1);
    if (again >= 0) {
      throw new SeedstormError(
        'E_INPUT',
        `A patch does not fit ${file}: ${quote(find)} is in it more than once (lines ${lineAt(text, start)} and ${lineAt(text, again)}). Quote more of the text around it.`,
      );
    }
    text = text.slice(0, start) + replace + text.slice(start + find.length);
  }
  return text;
}

interface PatchLine extends PatchEdit {
  readonly file: string;
}

/** Made when a patch is read: most processes that load this module read none, and zod takes longer to start than they may. */
function patchSchema(): zod.ZodType<PatchLine[]> {
  const { z } = createRequire(import.meta.url)('zod') as typeof zod;
  return z.array(z.strictObject({ file: z.string().min(1), find: z.string().min(1), replace: z.string() })).min(1);
}

function readPatchText(patchFile: string): string {
  try {
    return readFileSync(patchFile, 'utf8');
  } catch (error) {
    throw new SeedstormError('E_INPUT', `Cannot read the patch ${patchFile}: ${(error as Error).message}.`, {
      cause: error,
    });
  }
}

function describePath(path: readonly PropertyKey[]): string {
  let text = '';
  for (const part of path) text += typeof part === 'number' ? `[${part}]` : `.${String(part)}`;
  return text === '' ? 'the whole file' : text.replace(/^\./, '');
}

function quote(text: string): string {
  return JSON.stringify(text.length > 120 ? `${text.slice(0, 117)}...` : text);
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}
