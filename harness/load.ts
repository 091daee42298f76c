/**
 * Finds scenarios and subjects: by name among the built-in rows, or by path. What it returns is plain data with absolute paths; a
 * scenario's module is evaluated here once for the harness, and again inside the workload's process by the world.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { SeedstormError } from '../sim/kernel/errors.ts';
import type { Scenario } from './scenario.ts';
import { loadPatch, NO_PATCHES, type PatchSet } from './source/patch.ts';

export interface LoadedScenario {
  readonly scenario: Scenario;
  readonly name: string;
  /** Absolute path of its module. */
  readonly file: string;
  /** Folder against which file names are shown. */
  readonly root: string;
  readonly isBuiltin: boolean;
}

export interface ResolvedSubject {
  /** `naive`, `hardened`, `mutant:NAME`, `path:FILE`, or `program` for a scenario without built-in subjects. */
  readonly name: string;
  /** Absolute program file per process name. */
  readonly programs: Readonly<Record<string, string>>;
  readonly patches: PatchSet;
  /** Absolute path of the patch, for a mutant. */
  readonly patchFile?: string;
  /** Files whose content the capsule hashes: programs and the patch. */
  readonly files: readonly string[];
}

/** The package's own folder: where `scenarios/` and `subjects/` are. */
export const packageRoot: string = findPackageRoot();

function findPackageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
}

/** Version of this package. */
export const seedstormVersion: string = (
  JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as { version: string }
).version;

/** Names of the built-in rows. */
export function builtinScenarios(): readonly string[] {
  const folder = join(packageRoot, 'scenarios');
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => existsSync(join(folder, name, 'scenario.ts')))
    .sort();
}

/** The file of a scenario given by name or path. */
export function scenarioFile(nameOrPath: string, cwd = process.cwd()): { file: string; isBuiltin: boolean } {
  const builtin = join(packageRoot, 'scenarios', nameOrPath, 'scenario.ts');
  if (/^[a-z0-9-]+$/.test(nameOrPath) && existsSync(builtin)) return { file: builtin, isBuiltin: true };
  const path = resolve(cwd, nameOrPath.replace(/^builtin:/, ''));
  if (existsSync(path)) return { file: path, isBuiltin: false };
  const names = builtinScenarios();
  throw new SeedstormError(
    'E_NOT_FOUND',
    `There is no scenario "${nameOrPath}": it is neither a built-in row nor a file (${path}). ` +
      `Built-in: ${names.join(', ') || 'none'}. "seedstorm list" shows them; give a path such as ./billing.scenario.ts for your own.`,
  );
}

/**
 * Loads a scenario's module. The real process must be able to import TypeScript (children are started with the register hook).
 * @throws SeedstormError `E_NOT_FOUND`, `E_PARSE` (the module does not load), `E_INPUT` (its default export is no scenario)
 */
export async function loadScenario(nameOrPath: string, cwd?: string): Promise<LoadedScenario> {
  const { file, isBuiltin } = scenarioFile(nameOrPath, cwd);
  let module: { default?: unknown };
  try {
    module = (await import(pathToFileURL(file).href)) as { default?: unknown };
  } catch (error) {
    // Errors of the register hook come from its own thread, without their class.
    if (error instanceof Error && (error as { code?: unknown }).code === 'E_PARSE')
      throw new SeedstormError('E_PARSE', error.message, { cause: error });
    throw new SeedstormError(
      'E_PARSE',
      `The scenario ${file} does not load: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
      { cause: error },
    );
  }
  const scenario = module.default as Partial<Scenario> | undefined;
  if (scenario?.kind !== 'seedstorm/scenario') {
    throw new SeedstormError(
      'E_INPUT',
      `${file} has no scenario as its default export. Write: export default scenario({ name: '...', ... })`,
    );
  }
  return {
    scenario: scenario as Scenario,
    name: scenario.definition!.name,
    file,
    root: isBuiltin ? packageRoot : projectRoot(file),
    isBuiltin,
  };
}

/** The nearest folder above a file that has a package.json; else the file's own. */
export function projectRoot(file: string): string {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder;
    if (folder === dirname(folder)) return dirname(file);
  }
}

/** All subjects that `--subject all` means. */
export function subjectNames({ scenario }: LoadedScenario): readonly string[] {
  const { subjects } = scenario.definition;
  if (subjects === undefined) return ['program'];
  return ['naive', 'hardened', ...subjects.mutants.names.map((name) => `mutant:${name}`)];
}

/** Seeds within which a subject must show what is expected of it: violations, or none. */
export function detectionBudget(subject: string): number | undefined {
  if (subject === 'naive') return 50;
  return subject.startsWith('mutant:') ? 200 : undefined;
}

/**
 * The programs of a subject.
 * @throws SeedstormError `E_NOT_FOUND` for an unknown subject or a program that does not exist, `E_INPUT` for a patch that does not fit
 */
export function resolveSubject(loaded: LoadedScenario, name: string, cwd = process.cwd()): ResolvedSubject {
  const { definition } = loaded.scenario;
  const folder = dirname(loaded.file);
  const programs: Record<string, string> = {};
  const absolute = (path: string): string => (isAbsolute(path) ? path : resolve(folder, path));
  for (const [process, { program }] of Object.entries(definition.processes))
    if (program !== undefined) programs[process] = absolute(program);
  const { subjects } = definition;
  let patches: PatchSet = NO_PATCHES;
  let patchFile: string | undefined;
  const files: string[] = [];
  const use = (given: Readonly<Record<string, string>>): void => {
    for (const [process, program] of Object.entries(given)) programs[process] = absolute(program);
  };
  if (name.startsWith('path:')) {
    const path = resolve(cwd, name.slice('path:'.length));
    const target = Object.keys(subjects?.hardened ?? definition.processes)[0]!;
    if (subjects !== undefined) use(subjects.hardened);
    programs[target] = path;
  } else if (subjects === undefined) {
    if (name !== 'program') throw unknownSubject(loaded, name);
  } else if (name === 'naive' || name === 'hardened') {
    use(subjects[name]);
  } else if (name.startsWith('mutant:') && subjects.mutants.names.includes(name.slice('mutant:'.length))) {
    use(subjects.hardened);
    patchFile = join(absolute(subjects.mutants.folder), `${name.slice('mutant:'.length)}.patch.json`);
    patches = loadPatch(patchFile);
    files.push(patchFile);
  } else {
    throw unknownSubject(loaded, name);
  }
  for (const [process, file] of Object.entries(programs)) {
    if (!existsSync(file))
      throw new SeedstormError('E_NOT_FOUND', `The program of ${process}, ${file}, does not exist.`);
    files.push(file);
  }
  const missing = Object.keys(definition.processes).filter((process) => programs[process] === undefined);
  if (missing.length > 0)
    throw new SeedstormError(
      'E_INPUT',
      `${loaded.file}: processes.${missing[0]} has no program, neither of its own nor from the subject "${name}".`,
    );
  return {
    name,
    programs,
    patches,
    files: [...new Set(files)],
    ...(patchFile === undefined ? {} : { patchFile }),
  };
}

function unknownSubject(loaded: LoadedScenario, name: string): SeedstormError {
  return new SeedstormError(
    'E_NOT_FOUND',
    `${loaded.name} has no subject "${name}". Subjects: ${subjectNames(loaded).join(', ')}, all, or path:FILE.`,
  );
}

/** A path as reports and capsules show it. */
export function shownPath(root: string, file: string): string {
  const path = relative(root, file);
  return path.startsWith('..') ? file : path;
}

/** The file of a built-in service (`builtin:ledger`), as source or as built. */
export function builtinService(name: string): string {
  const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
  const file = fileURLToPath(new URL(`./services/${basename(name)}${extension}`, import.meta.url));
  if (!existsSync(file)) throw new SeedstormError('E_NOT_FOUND', `There is no built-in service "${name}".`);
  return file;
}
