/**
 * `seedstorm doctor PROGRAM`: what a program reaches among Node's modules by its static imports and requires, and which of it sim has.
 * A module that is refused may well be imported and never used; the page says who imports it, so that a reader can judge.
 */
import { existsSync, realpathSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { SeedstormError } from '../../sim/kernel/errors.ts';
import { supportOf } from '../source/node-support.ts';
import { NO_PATCHES } from '../source/patch.ts';
import { loadProgramFile } from '../source/program-file.ts';
import { type Resolution, resolveImport, resolveRequire } from '../source/resolve.ts';
import { exitCode } from './exit-codes.ts';

export interface DoctorOptions {
  readonly json?: boolean;
}

/** One module of Node's that the program reaches. */
export interface ReachedModule {
  readonly name: string;
  readonly support: 'virtual' | 'pure' | 'partly' | 'refused';
  readonly note?: string;
  /** Files that import it, relative to the current folder, sorted. */
  readonly importedBy: readonly string[];
  /** Members that refuse, where a file names them: `watch (src/config.ts)`. */
  readonly refusedMembers: readonly string[];
}

export interface Diagnosis {
  readonly program: string;
  readonly files: number;
  readonly modules: readonly ReachedModule[];
  /** Native addons, which are refused when they are loaded. */
  readonly addons: readonly string[];
  /** Specifiers that resolve to nothing, with the file that names them: often optional dependencies. */
  readonly missing: readonly string[];
}

/** Prints the diagnosis of a program. Exits with 1 when it loads a native addon, which no simulation can, else with 0. */
export async function doctor(program: string, options: DoctorOptions): Promise<number> {
  const diagnosis = diagnose(program);
  process.stdout.write(options.json === true ? `${JSON.stringify(diagnosis)}\n` : page(diagnosis));
  return diagnosis.addons.length > 0 ? exitCode.violation : exitCode.expected;
}

/**
 * Follows static imports, literal `require`s and literal `import()`s from a program file.
 * @throws SeedstormError `E_NOT_FOUND` for a file that is not there, `E_PARSE` for one that does not parse
 */
export function diagnose(program: string): Diagnosis {
  const entry = resolve(program);
  if (!existsSync(entry)) throw new SeedstormError('E_NOT_FOUND', `The program ${program} does not exist.`);
  const reached = new Map<string, { readonly files: Set<string>; readonly members: Set<string> }>();
  const addons = new Set<string>();
  const missing = new Set<string>();
  const seen = new Set<string>();
  const waiting = [realpathSync(entry)];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (seen.has(file)) continue;
    seen.add(file);
    const shown = relative(process.cwd(), file);
    const { kind, source, imports } = loadProgramFile(file, NO_PATCHES);
    if (kind === 'addon') addons.add(shown);
    if (kind === 'json' || kind === 'addon') continue;
    const named = new Map(imports.map(({ specifier, names }) => [specifier, names]));
    for (const { specifier, how } of specifiersOf(source, kind, [...named.keys()])) {
      const resolution = resolved(specifier, file, how);
      if (resolution === undefined) missing.add(`${specifier} (${shown})`);
      else if (resolution.kind === 'file') waiting.push(resolution.file);
      else {
        const name = resolution.id.replace(/^node:/, '');
        const entryOf = reached.get(name) ?? { files: new Set<string>(), members: new Set<string>() };
        reached.set(name, entryOf);
        entryOf.files.add(shown);
        for (const member of supportOf(name).refused ?? [])
          if (named.get(specifier)?.includes(member) || namesMember(source, member))
            entryOf.members.add(`${member} (${shown})`);
      }
    }
  }
  return {
    program: relative(process.cwd(), entry),
    files: seen.size,
    modules: [...reached.keys()].sort().map((name) => reachedModule(name, reached.get(name)!)),
    addons: [...addons].sort(),
    missing: [...missing].sort(),
  };
}

function reachedModule(
  name: string,
  { files, members }: { readonly files: ReadonlySet<string>; readonly members: ReadonlySet<string> },
): ReachedModule {
  const { support, note } = supportOf(name);
  return {
    name,
    support,
    ...(note === undefined ? {} : { note }),
    importedBy: [...files].sort(),
    refusedMembers: [...members].sort(),
  };
}

type How = 'import' | 'require';

function specifiersOf(source: string, kind: string, imports: readonly string[]): { specifier: string; how: How }[] {
  const found: { specifier: string; how: How }[] = imports.map((specifier) => ({ specifier, how: 'import' }));
  for (const [, single, double] of source.matchAll(/\bimport\(\s*(?:'([^'\n]+)'|"([^"\n]+)")\s*\)/g))
    found.push({ specifier: (single ?? double)!, how: 'import' });
  if (kind === 'commonjs' || source.includes('createRequire')) {
    for (const [, single, double] of source.matchAll(/\brequire\(\s*(?:'([^'\n]+)'|"([^"\n]+)")\s*\)/g))
      found.push({ specifier: (single ?? double)!, how: 'require' });
  }
  return found;
}

function resolved(specifier: string, file: string, how: How): Resolution | undefined {
  try {
    return how === 'require' ? resolveRequire(specifier, file) : resolveImport(specifier, file);
  } catch {
    return undefined;
  }
}

/** Whether the text calls or constructs a member of that name; a hint, since it may be of something else. */
function namesMember(source: string, member: string): boolean {
  return new RegExp(`\\.${member}\\s*\\(|new\\s+(?:\\w+\\.)?${member}\\b`).test(source);
}

const IMPORTERS_SHOWN = 3;

function page({ program, files, modules, addons, missing }: Diagnosis): string {
  const lines = [`${program} reaches ${modules.length} modules of Node's through ${files} files.`, ''];
  const there = modules.filter(({ support }) => support === 'virtual' || support === 'pure');
  if (there.length > 0) lines.push(`there: ${there.map(({ name }) => name).join(', ')}`);
  for (const module of modules) {
    if (module.support === 'partly') {
      lines.push(`partly: ${module.name}${module.note === undefined ? '' : ` (${module.note})`}`);
      for (const member of module.refusedMembers) lines.push(`  seems to use ${member}, which is refused`);
    } else if (module.support === 'refused') {
      const [importers, others] = [
        module.importedBy.slice(0, IMPORTERS_SHOWN),
        module.importedBy.length - IMPORTERS_SHOWN,
      ];
      const more = others > 0 ? ` and ${others} more` : '';
      lines.push(`refused at first use: ${module.name}, imported by ${importers.join(', ')}${more}`);
    }
  }
  for (const addon of addons) lines.push(`refused when loaded: the native addon ${addon}`);
  if (missing.length > 0) lines.push(`not installed: ${missing.join(', ')}`);
  return `${lines.join('\n')}\n`;
}
