/**
 * Builds `dist/`: each source file transformed on its own (types stripped, `.ts` specifiers turned into `.js`), the tree kept, so that
 * stack traces and lazy imports are those of the source. The report's browser part is bundled beside it. `--types` adds declarations
 * (needed to publish only). Files that no longer have a source are removed.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { init, parse } from 'es-module-lexer';
import * as esbuild from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const out = join(root, 'dist');
const sources = ['sim', 'infra', 'harness', 'reports'];
const browserEntry = join(root, 'reports/html/client.ts');

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

async function buildOne(source: string): Promise<string> {
  const target = join(out, relative(root, source).replace(/\.ts$/, '.js'));
  if (
    existsSync(target) &&
    statSync(target).mtimeMs > statSync(source).mtimeMs &&
    statSync(target).mtimeMs > statSync(fileURLToPath(import.meta.url)).mtimeMs
  )
    return target;
  const { code, map } = await esbuild.transform(readFileSync(source, 'utf8'), {
    loader: 'ts',
    format: 'esm',
    target: 'node20.19',
    // Fields by assignment: a definition misses the engine's cache in every class that a hot base class has below it.
    tsconfigRaw: { compilerOptions: { useDefineForClassFields: false } },
    sourcemap: true,
    sourcefile: relative(dirname(target), source),
    sourcesContent: false,
  });
  mkdirSync(dirname(target), { recursive: true });
  const text = withJsSpecifiers(code);
  writeFileSync(target, `${text}//# sourceMappingURL=${target.split('/').pop()}.map\n`);
  writeFileSync(`${target}.map`, map);
  return target;
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
const targets = new Set(await Promise.all(files.map(buildOne)));
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
