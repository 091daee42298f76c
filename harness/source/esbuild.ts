/** esbuild, loaded at the first text that no cache knows: a warm start never pays for it. */
import { createRequire } from 'node:module';
import type * as esbuild from 'esbuild';

const require = createRequire(import.meta.url);
let loaded: typeof esbuild | undefined;
let version: string | undefined;

export function loadEsbuild(): typeof esbuild {
  loaded ??= require('esbuild') as typeof esbuild;
  return loaded;
}

/** Its version, read without loading it. */
export function esbuildVersion(): string {
  version ??= (require('esbuild/package.json') as { version: string }).version;
  return version;
}
