/**
 * Builds `dist/`: each source file transformed on its own (types stripped, `.ts` specifiers turned into `.js`), the tree kept, so that
 * stack traces and lazy imports are those of the source. The two simulated servers, some 350 files, are a bundle each: a child that has
 * hooks for a scenario's modules loads one module in place of hundreds. The report's browser part is bundled beside it. `--types` adds
 * declarations (needed to publish only). Files that no longer have a source are removed.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { init, parse } from 'es-module-lexer';
import * as esbuild from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const out = join(root, 'dist');
const sources = ['sim', 'infra', 'harness', 'reports'];
const browserEntry = join(root, 'reports/html/client.ts');
/** Folders with an `index.ts` that stands for them in `dist/`. */
const bundledFolders = ['sim/postgres', 'sim/redis'].map((folder) => join(root, folder));

/** How code is read, one file or a bundle of them. */
const reading = {
  target: 'node20.19',
  // Fields by assignment: a definition misses the engine's cache in every class that a hot base class has below it.
  tsconfigRaw: { compilerOptions: { useDefineForClassFields: false } },
  sourcemap: true,
  sourcesContent: false,
} satisfies esbuild.CommonOptions;

function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return path === join(root, 'reports/html/client') ? [] : filesBelow(path);
    return entry.name.endsWith('.ts') && !entry.name.endsWith('.d.ts') && path !== browserEntry ? [path] : [];
  });
}

/** Turns relative `.ts` specifiers into `.js`; positions come from a lexer, so texts and comments stay as they are. */
function withJsSpecifiers(code: string): string {
  const [imports] = parse(code);
  let result = '';
  let last = 0;
  for (const { specifier, end } of imports) {
    if (typeof specifier !== 'string' || !/^\.{1,2}\/.*\.ts$/.test(specifier)) continue;
    // The end is behind the last character, or behind the quote of a dynamic import.
    const at = code.lastIndexOf('.ts', end);
    result += `${code.slice(last, at)}.js`;
    last = at + 3;
  }
  return result + code.slice(last);
}

const targetOf = (source: string): string => join(out, relative(root, source).replace(/\.ts$/, '.js'));
const isIn = (folder: string, path: string): boolean => path.startsWith(folder + sep);

/** Whether `target` was built after the last change of all `inputs`, this script among them. */
function isFresh(target: string, inputs: readonly string[]): boolean {
  if (!existsSync(target)) return false;
  const builtMs = statSync(target).mtimeMs;
  return [...inputs, fileURLToPath(import.meta.url)].every((input) => statSync(input).mtimeMs < builtMs);
}

async function buildOne(source: string): Promise<string> {
  const target = targetOf(source);
  if (isFresh(target, [source])) return target;
  const { code, map } = await esbuild.transform(readFileSync(source, 'utf8'), {
    ...reading,
    loader: 'ts',
    format: 'esm',
    sourcefile: relative(dirname(target), source),
  });
  mkdirSync(dirname(target), { recursive: true });
  const text = withJsSpecifiers(code);
  writeFileSync(target, `${text}//# sourceMappingURL=${target.split('/').pop()}.map\n`);
  writeFileSync(`${target}.map`, map);
  return target;
}

/** The folder's `index.ts` with all that it imports from the folder, except what others import past the index (`apart`). */
async function buildBundle(folder: string, inputs: readonly string[], apart: ReadonlySet<string>): Promise<string> {
  const source = join(folder, 'index.ts');
  const target = targetOf(source);
  if (isFresh(target, inputs)) return target;
  await esbuild.build({
    ...reading,
    entryPoints: [source],
    outfile: target,
    bundle: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    logLevel: 'error',
    plugins: [
      {
        name: 'only-this-folder',
        setup(build) {
          build.onResolve({ filter: /^\.{1,2}\/.*\.ts$/ }, ({ path, resolveDir }) => {
            const imported = join(resolveDir, path);
            if (isIn(folder, imported) && !apart.has(imported)) return undefined;
            const shown = relative(dirname(target), targetOf(imported));
            return { path: shown.startsWith('.') ? shown : `./${shown}`, external: true };
          });
        },
      },
    ],
  });
  return target;
}

/** Relative imports of a source file, those of types left out. */
function importsOf(source: string): string[] {
  const statements = readFileSync(source, 'utf8').matchAll(/^(?:import|export) (?!type )[^;]*?from '(\.[^']+)'/gm);
  return [...statements].map(([, specifier]) => join(dirname(source), specifier!));
}

/** What of a bundled folder is imported from outside past its index, and all that this imports in turn: it must not exist twice. */
function importedPastIndex(folder: string, files: readonly string[]): ReadonlySet<string> {
  const found = new Set<string>();
  const open = files.filter((file) => !isIn(folder, file)).flatMap(importsOf);
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (!isIn(folder, file) || file === join(folder, 'index.ts') || found.has(file)) continue;
    found.add(file);
    open.push(...importsOf(file));
  }
  return found;
}

/**
 * Declarations of what the public entries reach. The compiler leaves `.ts` specifiers in them, which a reader without the sources would
 * not find: they become `.js` as in the code.
 */
function writeDeclarations(): void {
  for (const path of declarations()) rmSync(path);
  execFileSync(
    process.execPath,
    [join(root, 'node_modules/typescript/bin/tsc'), '-p', join(root, 'tsconfig.build.json')],
    { stdio: 'inherit' },
  );
  for (const path of declarations()) {
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.replace(/(\bfrom |\bimport\(|\bimport )'(\.{1,2}\/[^']+)\.ts'/g, "$1'$2.js'"));
  }
}

function declarations(): string[] {
  return readdirSync(out, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.d.ts'))
    .map((path) => join(out, path));
}

await init;
const started = performance.now();
const files = sources.flatMap((folder) => filesBelow(join(root, folder)));
const targets = new Set<string>();
const alone = files.filter((file) => !bundledFolders.some((folder) => isIn(folder, file)));
for (const folder of bundledFolders) {
  const apart = importedPastIndex(folder, files);
  const inputs = files.filter((file) => isIn(folder, file));
  targets.add(await buildBundle(folder, inputs, apart));
  alone.push(...apart);
}
for (const target of await Promise.all(alone.map(buildOne))) targets.add(target);
if (existsSync(browserEntry)) {
  await esbuild.build({
    entryPoints: [browserEntry],
    outfile: join(out, 'reports/html/client.js'),
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2022',
    logLevel: 'error',
  });
  targets.add(join(out, 'reports/html/client.js'));
}
for (const folder of sources) {
  const built = join(out, folder);
  if (!existsSync(built)) continue;
  for (const entry of readdirSync(built, { recursive: true, encoding: 'utf8' })) {
    if (entry.endsWith('.js') && !targets.has(join(built, entry))) {
      rmSync(join(built, entry));
      rmSync(`${join(built, entry)}.map`, { force: true });
    }
  }
}
if (process.argv.includes('--types')) writeDeclarations();
if (!process.argv.includes('--quiet'))
  console.log(`Built ${targets.size} files in ${Math.round(performance.now() - started)} ms.`);
