/**
 * The page's script as text. A build puts `client.js` next to this module; run from source there is none, and esbuild bundles it here.
 */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The script that both pages embed. */
export async function readClientScript(): Promise<string> {
  const built = new URL('./client.js', import.meta.url);
  if (existsSync(built)) {
    const text = readFileSync(built, 'utf8');
    // A compiled but unbundled module in its place would ask for files that a page does not have.
    if (/^\s*import\b/m.test(text)) {
      throw new Error(`${fileURLToPath(built)} is not a bundle; build it with bundleClientScript.`);
    }
    return text;
  }
  const source = new URL('./client.ts', import.meta.url);
  if (!existsSync(source)) {
    throw new Error(`The page's script ${fileURLToPath(built)} is missing; the installation is incomplete.`);
  }
  return bundleClientScript(fileURLToPath(source));
}

/** Bundles `reports/html/client.ts`; the build writes the result to `client.js`. */
export async function bundleClientScript(entry: string): Promise<string> {
  const { build } = await import('esbuild');
  const result = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    minify: true,
    format: 'iife',
    target: 'es2022',
    legalComments: 'none',
    charset: 'ascii',
    logLevel: 'silent',
  });
  const text = result.outputFiles[0]?.text;
  if (text === undefined) throw new Error(`esbuild gave no output for ${entry}.`);
  return text;
}
